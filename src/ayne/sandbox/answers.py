"""The input and output of the sandbox: a request and an answer, as values.

An answer says how it reaches the client as well: late, cut off, or not at all. So the server on a socket and the
transport in the same process act on the same value, and nothing about a fault has to be decided twice.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from enum import Enum, auto
from functools import lru_cache
from hashlib import md5
from urllib.parse import parse_qsl

import msgspec

from .ties import Ties

#: TMDB's own number of an error: its HTTP status and its message. https://developer.themoviedb.org/docs/errors
ERRORS = {
    3: (401, "Authentication failed: You do not have permissions to access the service."),
    5: (422, "Invalid parameters: Your request parameters are incorrect."),
    6: (404, "Invalid id: The pre-requisite id is invalid or not found."),
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    11: (500, "Internal error: Something went wrong, contact TMDB."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    22: (400, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    23: (400, "Invalid date: Format needs to be YYYY-MM-DD."),
    25: (429, "Your request count (#) is over the allowed limit of (40)."),
    27: (400, "Too many append to response objects: The maximum number of remote calls is 20."),
    33: (401, "Invalid request token: The request token is either expired or invalid."),
    34: (404, "The resource you requested could not be found."),
    35: (401, "Invalid token."),
    37: (404, "The requested session could not be found."),
    42: (405, "This request method is not supported for this resource."),
}

JSON = "application/json;charset=utf-8"
_MAX_AGE = 28_800
# Smaller bodies do not get smaller.
_WORTH_COMPRESSING = 500
# In how many pieces a body trickles.
_PIECES = 10
_TEXTS = ("application/json", "text/")
# Who says one of these knows what a cache may do with it.
_OWN_CACHING = frozenset({"Cache-Control", "ETag"})
_TAG = re.compile(r'"[^"]*"')
_NEVER = re.compile(r"q=0(\.0*)?")


class Ending(Enum):
    """How an answer ends on the wire."""

    WHOLE = auto()
    CUT = auto()
    """What there is gets sent; then a pause, and the connection is closed although more was promised."""
    NOTHING = auto()
    """The connection is closed and not a byte was sent."""
    RESET = auto()
    """The connection is reset and not a byte was sent."""
    REFUSED = auto()
    """The connection is reset, as all others, and for the time of the pause nobody can connect."""
    OVERLONG = auto()
    """More is sent than `Content-Length` says; then the connection is closed."""
    BROKEN_CHUNK = auto()
    """What there is gets sent as a chunk, then something that is none, and the connection is closed."""
    PADDED_CHUNKS = auto()
    """All of it is sent as one chunk whose size is padded with blanks, and the connection is closed."""
    LF_HEAD = auto()
    """All of it is sent behind a head whose lines end in LF alone, and the connection is closed."""
    LENGTH_TWICE = auto()
    """All of it is sent behind a head that says `Content-Length` twice, and the connection is closed."""
    TWICE = auto()
    """All of it is sent, and then once more, as if it answered the next request of the connection."""
    TWICE_LATE = auto()
    """The same, but what comes once more is sent when the next request has come."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, as far as TMDB looks at it. Header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    ties: Ties | None = None
    """In which order the server that answers keeps films that a list's order does not tell apart; None: as always."""

    def parameters(self) -> dict[str, str]:
        """Return the query parameters; the ones without a value count as absent, as at TMDB."""
        return dict(_parameters(self.query))


@lru_cache(1024)
def _parameters(query: str) -> list[tuple[str, str]]:
    # A batch asks about each film with the same parameters.
    return parse_qsl(query)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the way it reaches the client."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    """Seconds until the first byte, or until the connection ends without one."""
    pause: float = 0.0
    """Seconds of silence between the last byte of a CUT answer and the end of its connection, or of a closed port."""
    trickle: float = 0.0
    """Seconds over which the body of a WHOLE answer is spread."""
    ending: Ending = Ending.WHOLE

    def pieces(self) -> list[bytes]:
        """Return the body in the pieces in which it is sent: one, unless it trickles."""
        if not self.trickle or not self.body:
            return [self.body]
        size = -(-len(self.body) // _PIECES)
        return [self.body[start : start + size] for start in range(0, len(self.body), size)]

    @property
    def pause_between_pieces(self) -> float:
        """Seconds of silence after each piece but the last."""
        return self.trickle / max(1, len(self.pieces()) - 1)

    def with_body(self, body: bytes, **headers: str) -> "Answer":
        """Return this answer with another body and more headers (`Content_Type` for `Content-Type`)."""
        return replace(
            self, body=body, headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
        )


def ok(body: object) -> Answer:
    """Return a body as JSON with status 200."""
    return Answer(200, {"Content-Type": JSON}, msgspec.json.encode(body))


def error(code: int) -> Answer:
    """Return the answer to a mistake, by TMDB's own number of it."""
    status, message = ERRORS[code]
    body = {"success": False, "status_code": code, "status_message": message}
    return Answer(status, {"Content-Type": JSON}, msgspec.json.encode(body))


def encoded(answer: Answer, request: Request, now: float, cached: Mapping[str, str] | None = None) -> Answer:
    """Return the answer as the network sees it: dated, with caching headers, compressed if the client can read that.

    Args:
        answer: The answer. Headers that it has of its own stay as they are.
        request: What it answers.
        now: Seconds since 1970, for `Date` and the countdown of `max-age`.
        cached: What a cache between says of its copy's age.
    """
    if "Content-Length" in answer.headers:
        # A file, and compressed already: a piece of it stays a piece, and a HEAD keeps the length it tells.
        return replace(answer, headers={"Date": formatdate(now, usegmt=True), **answer.headers})
    headers = {
        "Date": formatdate(now, usegmt=True),
        "Vary": "Accept-Encoding",
        **_caching(answer, now),
        **(cached or {}),
        **answer.headers,
    }
    if answer.status == 200 and is_current(request.headers.get("if-none-match", ""), headers.get("ETag", "")):
        headers.pop("Content-Type", None)
        return replace(answer, status=304, headers=headers, body=b"")
    body = answer.body
    is_text = headers.get("Content-Type", "").startswith(_TEXTS)
    if is_text and len(body) > _WORTH_COMPRESSING and _reads_gzip(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = zlib.compress(body, level=1, wbits=31)
    headers["Content-Length"] = str(len(body))
    return replace(answer, headers=headers, body=b"" if request.method == "HEAD" else body)


def is_current(if_none_match: str, etag: str) -> bool:
    """Tell whether a client that sends this `If-None-Match` has the body with this `ETag`.

    Tags are compared weakly, as RFC 9110 (13.1.2) has it: `W/"a"` and `"a"` are the same. `*` is any body at all.

    >>> is_current('"b", W/"a"', 'W/"a"'), is_current("*", 'W/"a"'), is_current('"b"', 'W/"a"')
    (True, True, False)
    """
    return bool(etag) and (if_none_match.strip() == "*" or etag.removeprefix("W/") in _TAG.findall(if_none_match))


def _reads_gzip(accepted: str) -> bool:
    for coding in accepted.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in ("gzip", "*"):
            return not _NEVER.fullmatch(weight.replace(" ", ""))
    return False


def _caching(answer: Answer, now: float) -> dict[str, str]:
    """TMDB marks even a 401 as publicly cacheable; a 429 and a 5xx come without any caching header."""
    if not _OWN_CACHING.isdisjoint(answer.headers):
        return {}
    if answer.status == 401:
        return {"Cache-Control": "public, max-age=300"}
    countdown = {"Cache-Control": f"public, max-age={_MAX_AGE - int(now) % _MAX_AGE}"}
    if answer.status == 404:
        return countdown
    if answer.status != 200:
        return {}
    return countdown | {"ETag": f'W/"{md5(answer.body, usedforsecurity=False).hexdigest()}"'}
