"""Where settings come from when they are not given: the environment, and a ``.env`` file.

Variables: ``TMDB_API_KEY`` or ``TMDB_ACCESS_TOKEN``, ``OMDB_API_KEY``, ``AYNE_TMDB_URL``, ``AYNE_OMDB_URL``,
``AYNE_EXPORTS_URL``, ``AYNE_DB``.
"""

from __future__ import annotations

import codecs
import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from ayne.errors import ConfigurationError, MissingCredentials

# The sentence that TMDB's terms ask for: https://developer.themoviedb.org/docs/faq
ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."

# What no name of a host holds.
_NO_HOST = re.compile(r"[^a-z0-9._:-]|\.\.")

DEFAULT_DATABASE = "films.duckdb"

NO_TMDB_KEY = (
    "There is no TMDB key. A free one is at https://www.themoviedb.org/settings/api: "
    "put it into TMDB_API_KEY (or the read access token into TMDB_ACCESS_TOKEN). "
    "To try ayne without a key: ayne collect --sandbox"
)

NO_OMDB_KEY = (
    "There is no OMDb key, so there are no ratings. A free one is at http://www.omdbapi.com/apikey.aspx: "
    "put it into OMDB_API_KEY. Everything else works without it."
)


def tmdb_key(environ: Mapping[str, str] = os.environ) -> str:
    """Return the TMDB credential of the environment.

    Raises:
        MissingCredentials: there is none; the message says where to get one.

    Example:
        >>> tmdb_key({"TMDB_API_KEY": "0123456789abcdef0123456789abcdef"})
        '0123456789abcdef0123456789abcdef'
    """
    key = environ.get("TMDB_API_KEY", "").strip() or environ.get("TMDB_ACCESS_TOKEN", "").strip()
    if not key:
        raise MissingCredentials(NO_TMDB_KEY)
    return key


def omdb_key(environ: Mapping[str, str] = os.environ) -> str:
    """Return the OMDb key of the environment.

    Raises:
        MissingCredentials: there is none; the message says where to get one.

    Example:
        >>> omdb_key({"OMDB_API_KEY": "0123abcd"})
        '0123abcd'
    """
    key = environ.get("OMDB_API_KEY", "").strip()
    if not key:
        raise MissingCredentials(NO_OMDB_KEY)
    return key


def server_url(text: str, name: str, like: str = "https://api.themoviedb.org/3") -> str:
    """Return a server's address, checked.

    Args:
        text: the address.
        name: where it was set.
        like: an example, for the error.

    Raises:
        ConfigurationError: it is no http address.

    Example:
        >>> server_url("http://127.0.0.1:8080/3/", "AYNE_TMDB_URL")
        'http://127.0.0.1:8080/3'
    """
    url = text.strip().rstrip("/")
    if not _is_address(url):
        # The text is not repeated: it may hold a password.
        raise ConfigurationError(f"{name} must be an address like {like}, without user, password, query or blanks")
    return url


def server_for(base_url: str | None, variable: str, usual: str) -> str:
    """Return the address of a server: the one given, that of an environment variable, or the usual one.

    Raises:
        ConfigurationError: it is no http address.
    """
    return server_url(base_url or os.environ.get(variable) or usual, "base_url" if base_url else variable, usual)


# Places where a setting is the user's own word. A file is not: it may have come with the folder that it lies in.
COMMAND_LINE, ENVIRONMENT = "the command line", "the environment"


def objection_to_send(
    address: str, address_from: str, key_from: str, *, own: bool = False, any_scheme: bool = False
) -> Literal["stranger", "unencrypted"] | None:
    """Return why a key must not be sent to an address, None when it may be.

    A key goes to the source it is of, and to this machine. It goes elsewhere when the place that the key is from named
    the address too, or the user did, on the command line or in the environment. It goes unencrypted to another machine
    only when the user named the address.

    Args:
        address: where it would go.
        address_from: where the address is from: ``COMMAND_LINE``, ``ENVIRONMENT``, or the name of a file.
        key_from: where the key is from.
        own: the address is the key's own source's, TMDB's or OMDb's.
        any_scheme: the address is none of HTTP's, so that its scheme does not tell whether it is encrypted.

    Example:
        >>> objection_to_send("https://films.example/3", "ayne.toml", ENVIRONMENT)
        'stranger'
        >>> objection_to_send("http://films.example/3", ".env", ".env")
        'unencrypted'
        >>> objection_to_send("http://films.example/3", COMMAND_LINE, ".env") is None
        True
    """
    if address_from in {COMMAND_LINE, ENVIRONMENT} or is_here(address):
        return None
    if not own and address_from != key_from:
        return "stranger"
    return None if any_scheme or urlsplit(address).scheme == "https" else "unencrypted"


def is_here(address: str) -> bool:
    """Return whether an address is on this machine.

    >>> [is_here(address) for address in ("http://127.0.0.1:8080/3", "redis://[::1]/0", "unix:///r.sock", "local:4")]
    [True, True, True, True]
    >>> is_here("http://127.0.0.1.films.example/3"), is_here("localhost.example:8786")
    (False, False)
    """
    if address.startswith(("unix:", "local:")):
        return True
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(url: str) -> bool:
    """Return whether a text names a host, perhaps with a port and a path, and nothing else."""
    if not url.isprintable() or any(letter in url for letter in "@?# \\\"'<>"):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
        if host.replace(".", "").isdigit() or ":" in host:
            ipaddress.ip_address(host)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host.strip(".")) and port != 0 and not _NO_HOST.search(host)


def database_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the database file: ``AYNE_DB``, or ``films.duckdb`` in the working directory."""
    return Path(environ.get("AYNE_DB", "").strip() or DEFAULT_DATABASE)


# How Windows' programs mark what a text is written in. UTF-32's mark begins as UTF-16's does.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, or in UTF-16 or UTF-32 if it begins with a byte order mark.

    Raises:
        FileNotFoundError: there is no such file.
        ConfigurationError: it cannot be read, or is no such text.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}. Is it a file, and yours?") from None
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    # UTF-16 without a mark has one after each letter.
    if "\0" in text:
        raise ConfigurationError(f"{path} cannot be read: it is no text in UTF-8. Save it as UTF-8.")
    return text


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        FileNotFoundError: there is no such file.
        ConfigurationError: it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(read_text(path))
    except ValueError as error:
        reason = str(error)
    except RecursionError:
        reason = "it is nested too deeply"
    raise ConfigurationError(f"{path} cannot be read as TOML: {reason}. Mend it or remove it.")


# A line that sets a variable, as a shell, PowerShell or Windows' prompt would have it too.
_SETS = re.compile(
    r"\s*(?P<how>(?:export|declare\s+-x|set)\s+|\$env:)?(?P<name>(?:TMDB|OMDB|AYNE)_\w*)\s*(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)


def read_env_file(path: Path) -> dict[str, str]:
    """Return the ``NAME=value`` lines of a ``.env`` file; nothing when there is no such file.

    Only names that begin with ``TMDB_``, ``OMDB_`` or ``AYNE_`` are read; other lines belong to other programs.
    A leading ``export`` and quotes around a value are understood.

    Raises:
        ConfigurationError: the file cannot be read, or a line begins with such a name and sets nothing.
    """
    try:
        lines = read_text(path).splitlines()
    except FileNotFoundError:
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        said = _SETS.fullmatch(line)
        # `export NAME` hands on what was set before; a name alone asks for what the environment has.
        if not said or not said["rest"] or (said["how"] and "=" not in line):
            continue
        if not said["rest"].startswith("="):
            # The line is not repeated: it may hold a key.
            raise ConfigurationError(f"{path}, line {number} sets no {said['name']}. Write it as {said['name']}=value.")
        value = said["rest"][1:].strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[said["name"]] = value
    return found
