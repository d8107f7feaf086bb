"""Where settings come from when they are not given: the environment.

Variables: ``TMDB_API_KEY`` or ``TMDB_ACCESS_TOKEN``, ``OMDB_API_KEY``, ``AYNE_TMDB_URL``, ``AYNE_OMDB_URL``,
``AYNE_EXPORTS_URL``, ``AYNE_DB``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ayne.errors import ConfigurationError, MissingCredentials

# The sentence that TMDB's terms ask for: https://developer.themoviedb.org/docs/faq
ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."

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
    """The TMDB credential of the environment.

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
    """The OMDb key of the environment.

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
    """A server's address, checked.

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
    if not url.startswith(("http://", "https://")) or "@" in url or "?" in url or " " in url:
        # The text is not repeated: it may hold a password.
        raise ConfigurationError(f"{name} must be an address like {like}, without user, password, query or blanks")
    return url


def database_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The database file: ``AYNE_DB``, or ``films.duckdb`` in the working directory."""
    return Path(environ.get("AYNE_DB", "").strip() or DEFAULT_DATABASE)


def read_env_file(path: Path) -> dict[str, str]:
    """The ``NAME=value`` lines of a ``.env`` file; nothing when there is no such file.

    Only names that begin with ``TMDB_``, ``OMDB_`` or ``AYNE_`` are read; other lines belong to other programs.
    A leading ``export`` and quotes around a value are understood.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    found: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip().startswith(("TMDB_", "OMDB_", "AYNE_")):
            value = value.strip()
            if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
                value = value[1:-1]
            found[name.strip()] = value
    return found
