"""TMDB's change feed as values: which films changed in a span of days, but neither what nor when.

Source: https://developer.themoviedb.org/docs/tracking-content-changes
"""

# Pure: values in, values out.

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from ayne.data_collection.answers import CACHED_FOR_A_DAY, Answer, glimpse, observed_at
from ayne.data_collection.tmdb.limits import LONGEST_WINDOW, PAGE_LIMIT
from ayne.data_collection.tmdb.protocol import fields
from ayne.errors import BadPayload
from ayne.kinds.readers import UNREADABLE

# How often a page that could not be fetched is asked for again, after the retries of each request.
MOST_PUT_BACK = 3

_Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class ChangedFilm(msgspec.Struct, frozen=True, gc=False, rename={"tmdb_id": "id"}):
    """A row of the feed.

    Attributes:
        tmdb_id: TMDB's id of the film.
        adult: flag; None for films that are new, or gone.
    """

    tmdb_id: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    adult: bool | None = None


@dataclass(frozen=True, slots=True)
class DayOfChanges:
    """What the change feed says of a day (UTC).

    Attributes:
        films: the films that it names.
        may_add: those of them to be fetched even if they are not stored.
        changed_by: the moment by which they had changed: the end of the day.
        safe_at: an answer made after this shows the change, whatever caches it came through.
        not_before: they are not asked for earlier.
        complete: no page is missing, and all were made late enough to name every film of the day.
    """

    day: date
    films: Sequence[int]
    may_add: Sequence[int]
    changed_by: datetime
    safe_at: datetime
    not_before: datetime
    complete: bool


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """Up to which day the change feed was read.

    Attributes:
        watermark: the last day whose films are all in the store's list of changed ones; None before the first.
        oldest: when the oldest details, list or id export in the store was made; None when there is none.
    """

    watermark: date | None
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of the feed, decoded. A page may have any number of rows.

    Attributes:
        page: its number, from 1.
        total_pages: as TMDB reports them.
        films: its rows.
        unreadable: why rows had to be left out; they had no usable id.
        observed_at: when TMDB made the page.
    """

    page: int
    total_pages: int
    films: list[ChangedFilm]
    observed_at: datetime
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """A page of a window of days, both ends included."""

    start: date
    end: date
    page: int

    @property
    def params(self) -> dict[str, str]:
        """Return the parameters of ``/movie/changes``."""
        return {"start_date": str(self.start), "end_date": str(self.end), "page": str(self.page)}

    def __str__(self) -> str:
        return f"page {self.page} of the changes from {self.start} to {self.end}"


class _OnlyId(msgspec.Struct):
    id: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]


class _Page(msgspec.Struct):
    results: list[msgspec.Raw]
    page: _Count
    total_pages: _Count
    total_results: _Count


_PAGE = msgspec.json.Decoder(_Page)
_ROW = msgspec.json.Decoder(ChangedFilm, strict=False)
_ID = msgspec.json.Decoder(_OnlyId, strict=False)


def read_changes(answer: Answer, page: int) -> ChangesPage:
    """Decode a page of the feed, which must be the page asked for.

    Raises:
        SourceError: the answer is an error, or no such page.
    """
    fields(answer)
    try:
        found = _PAGE.decode(answer.body)
    except UNREADABLE:
        raise BadPayload(f"200, but not a page of changes: {glimpse(answer.body)}", status=200) from None
    if found.page != page:
        raise BadPayload(f"asked for page {page} of the changes, got page {found.page}", status=200)
    if not found.results and found.total_results and page <= found.total_pages:
        raise BadPayload(f"page {page} of the changes is empty, although it is one of {found.total_pages}", status=200)
    films: list[ChangedFilm] = []
    unreadable: list[str] = []
    for row in found.results:
        try:
            films.append(_changed(row))
        except UNREADABLE:
            unreadable.append(f"no usable id: {glimpse(bytes(row))}")
    return ChangesPage(page, found.total_pages, films, observed_at(answer, CACHED_FOR_A_DAY), unreadable)


def _changed(row: msgspec.Raw) -> ChangedFilm:
    """Read a row; drop a flag of the wrong kind, and raise if there is no usable id."""
    try:
        return _ROW.decode(row)
    except UNREADABLE:
        return ChangedFilm(_ID.decode(row).id)


def windows(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Split a span of days into windows that TMDB accepts.

    >>> [str(last) for _, last in windows(date(2026, 1, 1), date(2026, 1, 20))]
    ['2026-01-14', '2026-01-20']
    """
    while start <= end:
        last = min(end, start + LONGEST_WINDOW - timedelta(days=1))
        yield start, last
        start = last + timedelta(days=1)


class FeedPlanner:
    """Decides which pages of the feed to request: the first of each window, then the others that it reports."""

    def __init__(self, start: date, end: date) -> None:
        self._todo = deque(FeedRequest(first, last, 1) for first, last in windows(start, end))
        self._asked: dict[tuple[date, date], int] = {}
        self._put_back: Counter[FeedRequest] = Counter()

    def take(self) -> FeedRequest | None:
        """Return the next page to ask for, None when there is none at the moment."""
        return self._todo.popleft() if self._todo else None

    def put_back(self, request: FeedRequest) -> bool:
        """Retry a page later, unless it was tried too often; return whether it will be retried."""
        self._put_back[request] += 1
        if self._put_back[request] > MOST_PUT_BACK:
            return False
        self._todo.append(request)
        return True

    def record(self, request: FeedRequest, total_pages: int) -> None:
        """Take note of a page. The feed of a day that is not over grows, so each page may report more of them."""
        start, end = request.start, request.end
        if total_pages > PAGE_LIMIT and start < end:
            middle = start + (end - start) // 2
            if request.page == 1:
                self._todo.extend((FeedRequest(start, middle, 1), FeedRequest(middle + timedelta(days=1), end, 1)))
            return
        asked = self._asked.get((start, end), 1)
        last = min(total_pages, PAGE_LIMIT)
        self._todo.extend(FeedRequest(start, end, page) for page in range(asked + 1, last + 1))
        self._asked[start, end] = max(asked, last)
