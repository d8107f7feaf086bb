"""The certificates that the environment names are checked before they are trusted."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path

from ayne.errors import ConfigurationError

# How OpenSSL finds a certificate in a folder: by a hash of its subject. `openssl rehash FOLDER` makes the names.
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def check_certificates(environ: Mapping[str, str] = os.environ) -> None:
    """Check what ``SSL_CERT_FILE``, ``SSL_CERT_DIR`` and ``SSLKEYLOGFILE`` say, which httpx and OpenSSL read.

    What is wrong with them would else be told as a failure of the network, or as a traceback.

    Raises:
        ConfigurationError: a variable names what is not there, or holds no certificate.
    """
    file, folders, log = (environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"))
    if log:
        _check_log(Path(log))
    if file:
        _check_file(Path(file))
    elif folders:
        _check_folders(folders.split(os.pathsep))


def _check_log(path: Path) -> None:
    try:
        path.open("ab").close()
    except OSError as error:
        raise ConfigurationError(
            f"SSLKEYLOGFILE names {path}, which cannot be written to: {error.strerror or error}. "
            "Name another file, or unset it."
        ) from None


def _check_file(path: Path) -> None:
    todo = "Name a file with certificates in PEM, or unset it."
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise ConfigurationError(f"SSL_CERT_FILE names {path}, which holds no certificate. {todo}") from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"SSL_CERT_FILE names {path}, which cannot be read: {said}. {todo}") from None
    if not context.get_ca_certs():
        raise ConfigurationError(f"SSL_CERT_FILE names {path}, which holds no certificate to trust. {todo}")


def _check_folders(folders: list[str]) -> None:
    """OpenSSL looks into a folder only when it needs a certificate, and takes a missing one for an empty one."""
    for folder in folders:
        try:
            if any(_HASHED.fullmatch(path.name) for path in Path(folder).iterdir()):
                return
        except (OSError, ValueError):
            continue
    raise ConfigurationError(
        f"SSL_CERT_DIR names {os.pathsep.join(folders)}, where no certificates are. "
        "Name a folder that `openssl rehash` was run on, or unset it."
    )
