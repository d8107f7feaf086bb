"""OMDb's API as values: build requests, and decide what an answer means. ``records`` reads the titles.

Four things about OMDb shape this file (https://www.omdbapi.com):

* A success is ``"Response": "True"`` in the body. HTTP 200 says nothing: OMDb has "Movie not found!" with 200 too.
* 401 is a wrong key, or a right one whose daily quota is used up; only the text tells them apart.
* Its JSON is written by hand: texts hold control characters, quotes and backslashes as they are. It is mended first.
* A title is asked for by its IMDb id alone: by its name OMDb answers with whatever sounds alike.
"""

# Pure: values in, values out.

from __future__ import annotations

import re
from contextlib import suppress

import msgspec

from ayne.data_collection.answers import Answer, glimpse, is_success, whole_surrogates
from ayne.errors import (
    BadPayload,
    ConfigurationError,
    Malformed,
    NotFound,
    QuotaSpent,
    RateLimited,
    ServerFailure,
    SourceError,
    Unauthorized,
)
from ayne.kinds.imdb_ids import imdb_id_of
from ayne.kinds.readers import UNREADABLE

BASE_URL = "https://www.omdbapi.com"

# The only path there is; what is asked stands in the query.
PATH = "/"

KEY_ADVICE = (
    "A free key is at http://www.omdbapi.com/apikey.aspx: put it into OMDB_API_KEY. "
    "A new key works only after the link in OMDb's e-mail was followed."
)


def checked_key(key: str) -> str:
    """Return a key without the blanks around it.

    Raises:
        ConfigurationError: the text cannot be a key.

    Example:
        >>> checked_key(" 0123abcd ")
        '0123abcd'
    """
    text = key.strip()
    if not text.isascii() or not text.isalnum():
        raise ConfigurationError("The OMDb key holds characters no key has; was it copied whole?")
    return text


def title_params(imdb_id: str) -> dict[str, str]:
    """Return the parameters that ask for one title.

    Raises:
        ValueError: the id is not an IMDb id.

    Example:
        >>> title_params(" https://www.imdb.com/title/tt0770828/ ")
        {'i': 'tt0770828'}
    """
    found = imdb_id_of(imdb_id)
    if found is None:
        raise ValueError(f"{imdb_id!r} is not an IMDb id (like 'tt0137523')")
    return {"i": found}


# --- what an answer means -----------------------------------------------------------------------------------------

# OMDb's own words, in lower case and without the mark at their end. They are believed before the HTTP status: the
# same words have come with 200 and with 401. Whatever is not here is OMDb's trouble, and may pass.
MEANING: dict[str, type[SourceError]] = {
    "movie not found": NotFound,
    "error getting data": NotFound,
    "incorrect imdb id": NotFound,
    "series or season not found": NotFound,
    "series or episode not found": NotFound,
    "invalid api key": Unauthorized,
    "no api key provided": Unauthorized,
    "request limit reached": QuotaSpent,
}

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TRUE = frozenset({b'"True"', b'"true"', b"true"})


class _ErrorBody(msgspec.Struct):
    Error: str = ""


_ERROR_BODY = msgspec.json.Decoder(_ErrorBody)


# A text ends at a quote behind which JSON goes on; any other quote belongs to it. Each byte is looked at once.
_TEXT = re.compile(
    rb"""
    (?P<key>"[^"\\]*"\s*:)
    | "(?P<text>(?:\\.|[^"\\]|"(?!\s*(?:,\s*["{\[]|,?\s*[}\]]|\Z)))*+)(?:"|\Z)
    | (?P<comma>,(?=\s*[}\]]))
    """,
    re.DOTALL | re.VERBOSE,
)
_IN_TEXT = re.compile(rb"""\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|'|)|["\x00-\x1f]""")


def mended(body: bytes) -> bytes:
    r"""Correct a body that was meant to be JSON: escape texts, and remove a comma after the last value.

    >>> mended(b'{"Plot": "a\t\\s it\\\'s a "b"", }')
    b'{"Plot": "a\\u0009\\\\s it\'s a \\"b\\"" }'
    """
    return whole_surrogates(_TEXT.sub(_mended, body))


def _mended(found: re.Match[bytes]) -> bytes:
    if found["text"] is None:
        return found["key"] or b""
    return b'"' + _IN_TEXT.sub(_escape, found["text"]) + b'"'


def _escape(found: re.Match[bytes]) -> bytes:
    match found[0]:
        case b"\\":
            return rb"\\"
        case b"\\'":
            return b"'"
        case b'"':
            return rb"\""
        case letter if len(letter) == 1:
            return b"\\u%04x" % letter[0]
        case escape:
            return escape


def _decoded(body: bytes) -> tuple[dict[str, msgspec.Raw] | None, bytes]:
    """Return the keys of an object, None if it is none, and the body, corrected where necessary."""
    with suppress(*UNREADABLE):
        return _OBJECT.decode(body), body
    if not body.lstrip().startswith(b"{"):
        return None, body
    body = mended(body)
    with suppress(*UNREADABLE):
        return _OBJECT.decode(body), body
    return None, body


def fields(answer: Answer) -> dict[str, msgspec.Raw]:
    """Return the keys of a successful answer, with their values not decoded yet.

    Raises:
        SourceError: the subclass that :data:`MEANING` gives for OMDb's words, or for the lack of them.
    """
    found, body = _decoded(answer.body)
    if found is not None and is_success(answer.status) and bytes(found.get("Response", b"")).strip() in _TRUE:
        return found
    said = ""
    with suppress(*UNREADABLE):
        said = _ERROR_BODY.decode(body).Error
    if found is None and is_success(answer.status) and _is_whole_object(answer.body):
        raise Malformed(f"200, but OMDb's answer is no JSON: {glimpse(body)}", status=200)
    raise _source_error(answer, said, is_json=found is not None)


def _is_whole_object(body: bytes) -> bool:
    """Return whether a body begins and ends as a JSON object: error pages and cut bodies do not."""
    text = body.strip()
    return text.startswith(b"{") and text.endswith(b"}")


def _source_error(answer: Answer, said: str, *, is_json: bool) -> SourceError:
    kind = MEANING.get(said.strip().rstrip("!.").casefold())
    if kind is None:
        kind = _by_status(answer.status, has_words=bool(said), is_json=is_json)
    return kind(f"OMDb answered {answer.status}: {glimpse((said or '').encode() or answer.body)}", status=answer.status)


def _by_status(status: int, *, has_words: bool, is_json: bool) -> type[SourceError]:
    """Return what an answer without a known message of OMDb's means: an error page, or an unknown message."""
    if status == 429:
        return RateLimited
    if status == 401 and has_words:
        return Unauthorized
    return BadPayload if is_success(status) and not (is_json and has_words) else ServerFailure
