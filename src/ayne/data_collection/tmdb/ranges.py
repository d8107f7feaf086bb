"""Listing every film although TMDB lists at most 10,000 for one query.

``/discover/movie`` stops at page 500. A query that has more is *saturated*; it is cut in two until each piece
fits: a span of years between years, a year between months, a month between days. A single day is cut by votes
(``[0, 0]``, ``[1, ∞)``…) and then by genres: a film either has a genre or it has not, so the two halves are
disjoint and nothing falls between them, whatever the film lacks. What cannot be cut any more is *overfull*, and
is said to be.

TMDB reports totals in two ways, and both are understood: the truth (``57004`` pages) and, in other years and
other lists, clamped (exactly ``500`` pages and ``10000`` results). Totals flicker from page to page; every page is
allowed to show that there is more to fetch. A page that is not full is not the last, and an empty answer may
say ``total_pages: 1``.

Everything here is a decision about values. :class:`Walk` holds what is known and what is still to be asked;
the client asks.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from ayne.data_collection.tmdb.coverage import Range, RangeProgress, RangeState
from ayne.data_collection.tmdb.models import ROWS_PER_PAGE

PAGE_LIMIT = 500
ROW_LIMIT = PAGE_LIMIT * ROWS_PER_PAGE

# Ordered by how evenly they cut: the most common genres first. Source: /genre/movie/list.
GENRES = (18, 35, 99, 53, 10749, 28, 27, 80, 16, 10751, 12, 878, 14, 9648, 10402, 36, 10752, 10770, 37)

# No film has a million votes; past that, doubling the bound finds nothing.
_MOST_VOTES = 1_000_000

# A server that calls everything saturated must not keep us splitting for ever. All of TMDB needs some hundreds.
MAX_SPLITS = 5_000

# A page that could not be had is asked for again at the end, when the trouble may be over; this many times.
MOST_PUT_BACK = 2


def years(start_year: int, end_year: int) -> tuple[date, date]:
    """First and last day of a span of years.

    Raises:
        ValueError: a year is out of reach, or the span runs backwards.
    """
    for year in (start_year, end_year):
        if not 1870 <= year <= 2200:
            raise ValueError(f"{year} is not a year that films come from; use 1870 to 2200")
    if end_year < start_year:
        raise ValueError(f"the span runs backwards: {start_year} to {end_year}")
    return date(start_year, 1, 1), date(end_year, 12, 31)


def check_span(start_year: int, end_year: int, min_vote_count: int, max_pages: int | None) -> None:
    """Refuse a span that makes no sense, before anything is asked.

    Raises:
        ValueError: it does not; the message says what would.
    """
    years(start_year, end_year)
    if min_vote_count < 0:
        raise ValueError(f"min_vote_count must not be negative, got {min_vote_count}")
    if max_pages is not None and not 1 <= max_pages <= PAGE_LIMIT:
        raise ValueError(f"max_pages must be 1 to {PAGE_LIMIT}, got {max_pages}; leave it out for all pages")


def start(start_year: int, end_year: int, min_vote_count: int = 0, *, by_year: bool = False) -> list[Range]:
    """The ranges a discovery begins with: the whole span at once, or year by year.

    >>> [str(r) for r in start(2023, 2024, 200)]
    ['2023-01-01..2024-12-31 votes 200..']
    """
    votes = min_vote_count or None
    if not by_year:
        first, last = years(start_year, end_year)
        return [Range(first, last, votes)]
    years(start_year, end_year)
    return [Range(*years(year, year), votes) for year in range(end_year, start_year - 1, -1)]


def saturated(total_pages: int, total_results: int) -> bool:
    """Whether these totals mean that some films cannot be listed.

    Exactly 10,000 results may be the truth or a clamp; one more split is cheaper than a lost film.

    >>> saturated(500, 9_990), saturated(500, 10_000), saturated(57_004, 1_140_065)
    (False, True, True)
    """
    return total_pages > PAGE_LIMIT or total_results >= ROW_LIMIT


def split(whole: Range) -> tuple[Range, Range] | None:
    """Two disjoint ranges that together cover ``whole``, or None when it cannot be cut any more.

    >>> [str(half) for half in split(Range(date(2022, 1, 1), date(2024, 12, 31)))]
    ['2022-01-01..2022-12-31', '2023-01-01..2024-12-31']
    >>> [str(half) for half in split(Range(date(2024, 2, 1), date(2024, 2, 29)))]
    ['2024-02-01..2024-02-14', '2024-02-15..2024-02-29']
    >>> [str(half) for half in split(Range(date(2019, 1, 1), date(2019, 1, 1)))]
    ['2019-01-01 votes 0..0', '2019-01-01 votes 1..']
    """
    if whole.start < whole.end:
        cut = _cut_between(whole.start, whole.end)
        return replace(whole, end=cut - timedelta(days=1)), replace(whole, start=cut)
    return _split_votes(whole) or _split_genres(whole)


def _cut_between(first: date, last: date) -> date:
    """The day a second half begins: at a new year where there is one, else a new month, else in the middle."""
    if first.year < last.year:
        return date((first.year + last.year + 1) // 2, 1, 1)
    if first.month < last.month:
        return date(first.year, (first.month + last.month + 1) // 2, 1)
    return first + timedelta(days=((last - first).days + 1) // 2)


def _split_votes(day: Range) -> tuple[Range, Range] | None:
    low = day.min_votes or 0
    if day.max_votes is None:
        middle = 2 * low
    elif low < day.max_votes:
        middle = (low + day.max_votes) // 2
    else:
        return None
    if middle >= _MOST_VOTES:
        return None
    return replace(day, max_votes=middle), replace(day, min_votes=middle + 1)


def _split_genres(day: Range) -> tuple[Range, Range] | None:
    for genre in GENRES:
        if genre not in day.with_genres and genre not in day.without_genres:
            return (
                replace(day, with_genres=(*day.with_genres, genre)),
                replace(day, without_genres=(*day.without_genres, genre)),
            )
    return None


class Walk:
    """Which pages are still to be asked for, in the light of those that came.

    Args:
        ranges: what to cover.
        max_pages: at most this many pages of each range; a range is then never split.
        known: progress of an earlier, unfinished walk over the same ranges; only what it lacks is asked for.
        count_only: ask for the first page of each range and no more: enough to know what all of them would be.

    Attributes:
        pages_done: pages received.

    Example:
        >>> walk = Walk(start(2024, 2024))
        >>> whole, page = walk.take()
        >>> progress, pieces = walk.record(whole, page, total_pages=40_000, total_results=800_000, rows=20)
        >>> progress.state, [str(piece) for piece in pieces]
        ('split', ['2024-01-01..2024-06-30', '2024-07-01..2024-12-31'])
    """

    def __init__(
        self,
        ranges: Iterable[Range],
        *,
        max_pages: int | None = None,
        known: Iterable[RangeProgress] = (),
        count_only: bool = False,
    ) -> None:
        self._count_only = count_only
        self._max_pages = max_pages
        self._progress = {progress.range: progress for progress in known}
        self._splits = sum(progress.state == "split" for progress in self._progress.values())
        self._todo: deque[tuple[Range, int]] = deque()
        self._put_back: Counter[tuple[Range, int]] = Counter()
        for item in ranges:
            self._progress.setdefault(item, RangeProgress(item))
        for progress in self._progress.values():
            self._resume(progress)
        self.pages_done = sum(len(progress.pages_done) for progress in self._progress.values())
        self._asked = self.pages_done

    def _resume(self, progress: RangeProgress) -> None:
        if progress.state == "open":
            missing = set(range(1, max(1, progress.pages) + 1)) - progress.pages_done
            self._todo.extend((progress.range, page) for page in sorted(missing))

    def take(self) -> tuple[Range, int] | None:
        """The next page to ask for, None when there is none at the moment."""
        while self._todo:
            item, page = self._todo.popleft()
            # A range may have turned out saturated while this page was waiting; its pieces list the films now.
            if self._progress[item].state != "split":
                self._asked += 1
                return item, page
        return None

    @property
    def progress(self) -> list[RangeProgress]:
        """Every range seen so far."""
        return list(self._progress.values())

    @property
    def pages_known(self) -> int:
        """Pages received, under way and known to be missing."""
        return self._asked + len(self._todo)

    def put_back(self, item: Range, page: int) -> bool:
        """Ask for a page again later, unless that was done often enough; whether it will be asked for."""
        self._asked -= 1
        self._put_back[item, page] += 1
        if self._put_back[item, page] > MOST_PUT_BACK:
            return False
        self._todo.append((item, page))
        return True

    def record(
        self, item: Range, page: int, *, total_pages: int, total_results: int, rows: int
    ) -> tuple[RangeProgress, tuple[Range, ...]]:
        """Take note of a page; returns the range as it stands now and, if it has to be split, its pieces."""
        self.pages_done += 1
        before = self._progress[item]
        now = replace(
            before,
            pages_done=before.pages_done | {page},
            rows=before.rows + rows,
            reported_low=min(total_results, before.reported_low if before.reported_low is not None else total_results),
            reported_high=max(total_results, before.reported_high or 0),
        )
        pieces: tuple[Range, ...] = ()
        if before.state != "split":
            pieces = self._pieces(item, total_pages, total_results)
            now = replace(now, state="split") if pieces else self._fetch_more(now, total_pages)
        self._progress[item] = now
        for piece in pieces:
            self._progress[piece] = RangeProgress(piece)
            # The first page of a piece goes ahead of everything: the sooner the plan is known, the better the
            # estimate, and a saturated piece is not left for the end.
            self._todo.appendleft((piece, 1))
        return now, pieces

    def _pieces(self, item: Range, total_pages: int, total_results: int) -> tuple[Range, ...]:
        if self._max_pages is not None or not saturated(total_pages, total_results) or self._splits >= MAX_SPLITS:
            return ()
        pieces = split(item) or ()
        self._splits += bool(pieces)
        return pieces

    def _fetch_more(self, now: RangeProgress, total_pages: int) -> RangeProgress:
        """Ask for pages not known of before; close the range when none is missing."""
        reachable = min(total_pages, PAGE_LIMIT, self._max_pages or PAGE_LIMIT)
        # At least the page in hand: an answer may claim no pages at all.
        pages = max(reachable, now.pages, 1)
        if not self._count_only:
            self._todo.extend((now.range, page) for page in range(max(now.pages, 1) + 1, pages + 1))
        now = replace(now, pages=pages)
        finished = self._count_only or len(now.pages_done) >= pages
        return replace(now, state=self._final_state(now, total_pages)) if finished else now

    def _final_state(self, now: RangeProgress, total_pages: int) -> RangeState:
        most_results = now.reported_high or 0
        if self._max_pages is not None and max(total_pages, -(-most_results // ROWS_PER_PAGE)) > self._max_pages:
            return "capped"
        return "overfull" if saturated(total_pages, most_results) else "complete"
