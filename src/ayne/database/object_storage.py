"""Where shared tables lie: a bucket of an object store, or a folder; how it is reached, and what goes wrong, in words.

Credentials come out of the environment, as the store's own tools read it. They go to the libraries that send the
requests and nowhere else: no address may hold them, and no message of the libraries' is handed on as it is, for a
server may repeat in its answer what it was sent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ayne.errors import AyneError, ConfigurationError, SharedStorageError

SCHEMES = ("s3", "gs", "az", "abfs", "abfss")

# No request takes longer, nor are they sent again for longer: a network that is gone is told within a minute.
_TIMEOUT = "60s"
_CONNECT_TIMEOUT = "5s"
_RETRIES = "5"
_RETRY_TIMEOUT = "30s"

# By the order in which AWS's own tools look for it.
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def is_url(place: str) -> bool:
    """Return whether a text is an address and not a folder.

    >>> is_url("s3://bucket/films"), is_url("films")
    (True, False)
    """
    return "://" in place


@dataclass(frozen=True, slots=True)
class Place:
    """The place of shared tables, each in a folder of its own.

    Attributes:
        address: the URL without a slash at its end, or the absolute path of a folder.
    """

    address: str
    config: dict[str, str] = field(default_factory=dict, repr=False)
    allow_http: bool = False

    def of(self, table: str) -> str:
        """Return where a table lies."""
        return f"{self.address}/{table}"

    @property
    def options(self) -> dict[str, str]:
        """The options to reach it, for the library of the table format."""
        if not is_url(self.address):
            return {}
        return {
            **self.config,
            "allow_http": str(self.allow_http).lower(),
            "timeout": _TIMEOUT,
            "connect_timeout": _CONNECT_TIMEOUT,
            "max_retries": _RETRIES,
            "retry_timeout": _RETRY_TIMEOUT,
        }

    def in_words(self, error: Exception) -> AyneError:
        """Return what went wrong there and what to do, without any text of a server or a library."""
        if not is_url(self.address):
            return ConfigurationError(f"{self.address} cannot be written to. Does the folder exist, and is it yours?")
        said = f"{type(error).__name__} {error}"
        code = next(iter(re.findall(r"<Code>(\w{1,60})</Code>", said)), "")
        known = {"address": self.address, "bucket": urlsplit(self.address).netloc, "code": f" ({code})" if code else ""}
        for sign, kind, words in _FAILURES:
            if re.search(sign, said):
                return kind(words.format(**known, credentials=_credentials_help(self.address)))
        status = next(iter(re.findall(r"\b[45]\d\d [A-Z][\w ]{2,30}", said)), "")
        what = ", ".join(filter(None, [type(error).__name__, code, status]))
        return SharedStorageError(f"{self.address} could not be read or written ({what}). Export again.")


# What the libraries or a server say, what kind of error it is, and our words for it; the first that fits.
_FAILURES: tuple[tuple[str, type[AyneError], str], ...] = (
    ("NoSuchBucket|ContainerNotFound", ConfigurationError, "There is no bucket {bucket}. Make it, or name another."),
    # Where a virtual machine of a cloud is told its credentials; who is asked when there are no others.
    (
        r"169\.254\.169\.254|metadata\.google\.internal",
        ConfigurationError,
        "There are no credentials for {address}. {credentials}",
    ),
    (
        "InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken",
        ConfigurationError,
        "{bucket} does not accept these credentials{code}. {credentials}",
    ),
    (
        r"\b40[13] (Forbidden|Unauthorized)|PermissionDenied|Unauthenticated|Permission denied",
        ConfigurationError,
        "These credentials may not use {address}{code}. Let them list, read, write and replace objects there.",
    ),
    (
        "dns error",
        SharedStorageError,
        "The server of {address} is not found. Is there a network? If AWS_ENDPOINT_URL is set, is it right?",
    ),
    (
        "[Cc]onnection refused|timed out|connect error|kind: Connect|kind: Timeout",
        SharedStorageError,
        "The server of {address} does not answer. Is there a network? If AWS_ENDPOINT_URL is set, is it right?",
    ),
)


# What the library of the format cannot make an address of, or reads as something else.
_NO_FOLDER = re.compile(r"[][^|\\]|%[0-9A-Fa-f]{2}" if os.sep == "/" else r"[][^|]|%[0-9A-Fa-f]{2}")


def place_of(out: str | Path, environment: Mapping[str, str] | None = None) -> Place:
    """Return the place to share tables in.

    Args:
        out: a folder, or a URL like ``s3://bucket/films``.
        environment: settings of the object store; this process's by default.

    Raises:
        ConfigurationError: it is no such URL, or may not be reached as it is set up.
    """
    if not is_url(str(out)):
        folder = str(Path(out).expanduser().resolve())
        if odd := _NO_FOLDER.search(folder):
            raise ConfigurationError(
                f"Delta tables cannot lie in a folder with {odd[0]} in its path: {folder}. Name another with --out."
            )
        return Place(folder)
    environment = os.environ if environment is None else environment
    parts = urlsplit(str(out))
    if "@" in parts.netloc and parts.scheme not in {"abfs", "abfss"}:
        raise ConfigurationError("An address may not hold credentials. Set AWS_ACCESS_KEY_ID and the like instead.")
    if parts.query or parts.fragment:
        raise ConfigurationError("An address of shared tables ends with its path. Leave out what begins with ? or #.")
    if parts.scheme not in SCHEMES or not parts.netloc:
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise ConfigurationError(f"{out} is no address of an object store. It begins with one of {known}")
    address = str(out).rstrip("/")
    if parts.scheme != "s3":
        return Place(address)
    endpoint = next((environment[name] for name in _ENDPOINTS if environment.get(name)), "")
    config = _profile(environment) | ({"aws_endpoint": endpoint} if endpoint else {})
    return Place(address, config, _plain_http(endpoint, environment))


def _plain_http(endpoint: str, environment: Mapping[str, str]) -> bool:
    """Return whether requests may be unencrypted: on this machine, or because the user allows it."""
    parts = urlsplit(endpoint)
    if parts.scheme != "http":
        return False
    if environment.get("AWS_ALLOW_HTTP", "").lower() in {"1", "true"} or _is_here(parts.hostname or ""):
        return True
    raise ConfigurationError(
        "AWS_ENDPOINT_URL names another machine, without encryption. Use https, or set AWS_ALLOW_HTTP=true."
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _profile(environment: Mapping[str, str]) -> dict[str, str]:
    """Read a profile of AWS's; the libraries that send the requests do not read profiles."""
    if environment.get("AWS_ACCESS_KEY_ID") or not environment.get("AWS_PROFILE"):
        return {}
    try:
        import boto3  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError("AWS_PROFILE is read by boto3. Install it: pip install boto3") from None
    try:
        session = boto3.Session(profile_name=environment["AWS_PROFILE"])
        found = session.get_credentials()
        known = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise ConfigurationError(f"The profile in AWS_PROFILE cannot be used ({type(error).__name__}).") from None
    if known is None:
        raise ConfigurationError("The profile in AWS_PROFILE has no credentials. `aws configure` sets them.")
    values = {
        "aws_access_key_id": known.access_key,
        "aws_secret_access_key": known.secret_key,
        "aws_session_token": known.token,
        "aws_region": session.region_name,
    }
    return {name: value for name, value in values.items() if value}


def _credentials_help(address: str) -> str:
    if address.startswith("s3:"):
        return "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."
    if address.startswith("gs:"):
        return "Set GOOGLE_APPLICATION_CREDENTIALS."
    return "Set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY."
