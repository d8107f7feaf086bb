"""An HTTP answer, as its readers see it, whichever source it comes from."""

# Pure: values in, values out.

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Protocol

# The longest that TMDB's caches were seen to hand out a film or a list after it was made.
CACHED_FOR = timedelta(hours=8)

# The same for its change feed, and for OMDb.
CACHED_FOR_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer of the source, as received.

    Attributes:
        parts: the parts that were asked for.
        body: JSON.
    """

    tmdb_id: int
    parts: tuple[str, ...]
    body: bytes
    observed_at: datetime


class Answer(Protocol):
    """What a reader needs of an HTTP answer."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, looked up in lower case."""
        ...

    @property
    def body(self) -> bytes:
        """The body, decompressed."""
        ...

    @property
    def received_at(self) -> datetime:
        """When the answer arrived, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line of a daily file that was left out.

    Attributes:
        number: counted from 1.
        reason: what is wrong with it, and how it begins.
    """

    number: int
    reason: str


def is_success(status: int) -> bool:
    """Return whether an answer with this status brings what was asked for.

    Source: RFC 9110, section 15.3. 203 is a 200 that something in between has changed; 204 and 205 have no body, and
    206 is a part of one.

    >>> [status for status in (200, 203, 204, 206, 301, 404) if is_success(status)]
    [200, 203]
    """
    return 200 <= status < 300 and status not in {204, 205, 206}


def observed_at(answer: Answer, longest: timedelta = CACHED_FOR) -> datetime:
    """Return when the source made the answer: it may have been in a cache for hours.

    ``Date`` is the moment of making and ``Age`` the seconds since (RFC 9111, section 4.2.3), but both are only claims:
    a server's clock may be a year off, and so may ours. What was received now is no older than the caches on its way
    keep anything, and a moment in our future is no moment at which it was made.

    Args:
        answer: what came.
        longest: how long caches keep such answers; nothing is taken to be older.
    """
    age = _age(answer)
    if made := _moment(answer.headers.get("date", "")):
        age = max(age, answer.received_at - made)
    return answer.received_at - min(age, longest)


def clock_of(answer: Answer) -> datetime | None:
    """Return what the server's clock showed when the answer came, None when it does not say.

    An answer out of a cache that tells no ``Age`` looks like a clock that is behind, by as much as the cache keeps it.
    """
    made = _moment(answer.headers.get("date", ""))
    try:
        return made + _age(answer) if made else None
    except OverflowError:
        return None


def _age(answer: Answer) -> timedelta:
    text = answer.headers.get("age")
    if not text or not (text.isascii() and text.strip().isdigit()):
        return _NONE
    return timedelta(seconds=int(text.strip()[:9]))


_NONE = timedelta(0)


# All answers of a second have the same.
@lru_cache(maxsize=256)
def _moment(text: str) -> datetime | None:
    try:
        made = parsedate_to_datetime(text)
        # Whatever zone it names; one at the edge of time cannot be told in UTC.
        return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


# An escape of JSON, whole; the group is half a surrogate pair without its other half.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def whole_surrogates(body: bytes) -> bytes:
    r"""Replace each half of a surrogate pair in JSON, which is no text, by U+FFFD.

    >>> whole_surrogates(rb'{"a": "\ud83c\udfac \ud83c"}')
    b'{"a": "\\ud83c\\udfac \\ufffd"}'
    """
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], body)


def glimpse(body: bytes) -> str:
    """Return the beginning of an unexpected body, fit for one line of a log."""
    return one_line(body[:200].decode("utf-8", "replace"), 80) or "(an empty body)"


def one_line(text: str, most: int) -> str:
    """Return the beginning of a text, without control characters and line breaks."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:most]).strip()
