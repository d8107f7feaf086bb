"""Listing every film, and knowing when all are there, although TMDB's lists are cut off, cached and unsteady.

A discovery covers its ranges and keeps the ledger. Each range ends in one of these ways:

* It is *saturated*: TMDB would cut it off, so pieces take its place (:mod:`~ayne.data_collection.tmdb.ranges`).
* As many distinct films are known to lie in it as TMDB ever reported for it: it is *proven*, whatever pages are left.
* All pages are there and films are missing. Each page of a list is a cached snapshot of its own age, so films that
  change places in between are listed twice or not at all. A range of a few pages is swept once more from its other
  end, which is another set of snapshots, page by page until nothing is missing. A longer one is cut into pieces: a
  piece takes over the films that are known to lie in it, so one request proves it or shows how many it lacks, and a
  query of one page cannot lose any. When nothing more can be done the range is *best effort*.

A server whose pages repeat films is *drifting*. Long lists of such a server lose films all along, and finding those
costs as much as the list did; so as soon as repeats show, all ranges are cut to a width at which little is lost.

Totals flicker from page to page; every page is allowed to show that there is more to fetch. A page that is not full is
not the last, and an empty answer may say ``total_pages: 1``. But behind a page without rows nothing is looked for, lest
a total that is far too high has hundreds of empty pages asked for; what is missing then makes a gap like any other.

Everything here is a decision about values. The client asks.
"""

# Pure: values in, values out.

from __future__ import annotations

import math
from bisect import bisect_right
from collections import ChainMap, Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ayne.data_collection.tmdb import ranges
from ayne.data_collection.tmdb.coverage import Listed, PageRequest, Range, RangeProgress, RangeState
from ayne.data_collection.tmdb.models import ROWS_PER_PAGE
from ayne.data_collection.tmdb.ranges import PAGE_LIMIT, ROW_LIMIT

# A server that calls everything saturated must not keep us splitting for ever. All of TMDB needs some hundreds.
MAX_SPLITS = 5_000

# Pieces that a search for missing films may make: some for any discovery, and one for so many films that were reported.
_FREE_PIECES, _FILMS_PER_PIECE = 200, 10

# A page that could not be had is asked for again at the end, when the trouble may be over; this many times.
MOST_PUT_BACK = 2

# A server is drifting when this share of its rows are repeats, judged after so many rows. A film that is added while a
# long list is walked makes one repeat; that is no drift.
_DRIFT = 0.003
_ENOUGH_ROWS = 200

# A piece is made a little smaller than it may be: what it really has is only known when it is asked for.
_FILL = 0.9

# How many films a range should have on a drifting server. Two pages lose hardly anything; more pages lose more, and of
# fewer the last, which is seldom full, makes up too much.
NARROW = 40

# Ranges of so few pages are swept again as they are rather than cut.
_FEW_PAGES = 3


@dataclass(slots=True)
class _Span:
    """A range of the discovery that is not finished, with the films that are known to lie in it."""

    progress: RangeProgress
    films: dict[int, Listed] = field(default_factory=dict)
    own: set[int] = field(default_factory=set)
    """Those that the sweep under way has listed itself."""
    asked: set[int] = field(default_factory=set)
    """Pages of the sweep under way that are received, under way or waiting."""
    empty_from: int | None = None
    """The first page of the sweep under way that had no rows."""
    under_way: int = 0
    other_end: int | None = None
    """The last page of the first sweep, if it was asked for from the other end; later there may be more pages."""
    is_closing: bool = False
    """Made to find missing films, not because TMDB would not list its parent."""
    pieces: tuple[Range, ...] = ()


class Planner:
    """Which pages are still to be asked for, in the light of those that came.

    Args:
        ranges: what to cover.
        max_pages: at most this many pages of each range; a range is then never split, and swept once.
        known: progress of an earlier, unfinished discovery over the same ranges; only what it lacks is asked for.
        listed: the films that discovery met in the ranges it left open.
        films_of_day: how many films of each day are known from elsewhere; it makes for better pieces.
        count_only: ask for the first page of each range and no more: enough to know what all of them would be.
        by_genre: whether a day may be cut by genres.

    Attributes:
        pages_done: pages received.

    Example:
        >>> planner = Planner(ranges.start(2024, 2024))
        >>> request = planner.take()
        >>> ledger = planner.record(request, total_pages=40_000, total_results=800_000, films=[], rows=20)
        >>> ledger[0].state, [str(piece.range) for piece in ledger[1:]]
        ('split', ['2024-01-01..2024-06-30', '2024-07-01..2024-12-31'])
    """

    def __init__(
        self,
        ranges: Iterable[Range],
        *,
        max_pages: int | None = None,
        known: Iterable[RangeProgress] = (),
        listed: Iterable[Listed] = (),
        films_of_day: Mapping[date, int] | None = None,
        count_only: bool = False,
        by_genre: bool = True,
    ) -> None:
        self._by_genre = by_genre
        self._max_pages = max_pages
        self._films_of_day = dict(films_of_day or {})
        self._count_only = count_only
        self._spans = {progress.range: _Span(progress) for progress in known}
        self._todo: deque[PageRequest] = deque()
        self._put_back: Counter[PageRequest] = Counter()
        # What an earlier discovery saw of repeats counts; films that a range was handed down are none.
        self._rows = sum(span.progress.rows for span in self._spans.values())
        self._repeats = sum(max(0, span.progress.rows - span.progress.distinct) for span in self._spans.values())
        self._is_drifting = self._rows >= _ENOUGH_ROWS and self._repeats >= _DRIFT * self._rows
        self._splits = sum(span.progress.state == "split" for span in self._spans.values())
        self._closing_pieces = 0
        self._reported = sum(
            span.progress.reported_high or 0 for span in self._spans.values() if span.progress.state != "split"
        )
        for item in ranges:
            self._spans.setdefault(item, _Span(RangeProgress(item)))
        self._resume(listed)
        self.pages_done = sum(len(span.progress.pages_done) for span in self._spans.values())
        self._asked = self.pages_done

    def _resume(self, listed: Iterable[Listed]) -> None:
        films = list(listed)
        for span in self._spans.values():
            progress = span.progress
            if progress.state == "open":
                span.films.update((film.tmdb_id, film) for film in films if progress.range.holds(film))
                span.asked.update(progress.pages_done)
                span.progress = replace(progress, pages=max(1, progress.pages))
                self._ask(span)

    def take(self) -> PageRequest | None:
        """The next page to ask for, None when there is none at the moment."""
        while self._todo:
            request = self._todo.popleft()
            # A range may have been split or proven, or have come to its end, while this page was waiting.
            span = self._spans[request.range]
            if span.progress.state == "open" and request.page <= (span.empty_from or PAGE_LIMIT):
                span.under_way += 1
                self._asked += 1
                return request
            span.asked.discard(_place(request, span))
            if request.reverse and not span.progress.sweeps:
                span.other_end = None
        return None

    @property
    def progress(self) -> list[RangeProgress]:
        """Every range seen so far."""
        return [span.progress for span in self._spans.values()]

    @property
    def pages_known(self) -> int:
        """Pages received, under way and known to be missing."""
        return self._asked + len(self._todo)

    def put_back(self, request: PageRequest) -> bool:
        """Ask for a page again later, unless that was done often enough; whether it will be asked for."""
        self._asked -= 1
        self._spans[request.range].under_way -= 1
        self._put_back[request] += 1
        if self._put_back[request] > MOST_PUT_BACK:
            return False
        self._todo.append(request)
        return True

    def record(
        self, request: PageRequest, *, total_pages: int, total_results: int, films: Sequence[Listed], rows: int
    ) -> tuple[RangeProgress, ...]:
        """Take note of a page; returns every range that stands differently now, the page's own first."""
        self.pages_done += 1
        span = self._spans[request.range]
        span.under_way -= 1
        before = span.progress
        if before.reported_high is None and not span.is_closing:
            self._reported += total_results
        page = _place(request, span)
        _note_end(span, page, rows)
        low = total_results if before.reported_low is None else min(before.reported_low, total_results)
        span.progress = replace(
            before,
            pages_done=before.pages_done | {page},
            rows=before.rows + rows,
            reported_low=low,
            reported_high=max(total_results, before.reported_high or 0),
        )
        if request.reverse == _backwards(before):
            self._watch_for_repeats(span, films)
        if before.state == "split":
            return (span.progress, *self._hand_down(span, films))
        self._add(span, films)
        pieces = self._decide(span, total_pages, total_results)
        if span.progress.state != "open" and not span.under_way:
            span.films, span.own = {}, set()
        return (span.progress, *(self._spans[piece].progress for piece in pieces))

    # --- what is known of a range -------------------------------------------------------------------------------

    def _add(self, span: _Span, films: Iterable[Listed]) -> None:
        span.films.update((film.tmdb_id, film) for film in films)
        # The films of a closed range are forgotten; what it had is not.
        span.progress = replace(span.progress, distinct=max(span.progress.distinct, len(span.films)))

    def _hand_down(self, span: _Span, films: Iterable[Listed]) -> list[RangeProgress]:
        """Give films that came for a range which has been split to its pieces; returns those that gained."""
        gained: dict[Range, _Span] = {}
        for film in films:
            item: Range | None = span.progress.range
            while item is not None and self._spans[item].pieces:
                item = _piece_with(film, self._spans[item].pieces)
            if item is not None and self._spans[item].progress.state == "open":
                self._add(self._spans[item], [film])
                gained[item] = self._spans[item]
        for piece in gained.values():
            # Its pages may be all here by now; there will be no other moment to see it.
            if piece.progress.reported_high is not None and self._is_proven(piece):
                piece.progress = replace(piece.progress, state="proven")
        return [piece.progress for piece in gained.values()]

    def _is_proven(self, span: _Span) -> bool:
        reported = span.progress.reported_high or 0
        return reported < ROW_LIMIT and len(span.films) >= reported

    def _watch_for_repeats(self, span: _Span, films: Sequence[Listed]) -> None:
        ids = {film.tmdb_id for film in films}
        self._rows += len(ids)
        self._repeats += len(ids & span.own)
        span.own |= ids
        # Narrow ranges have few repeats; that does not make the server steady again.
        self._is_drifting |= self._rows >= _ENOUGH_ROWS and self._repeats >= _DRIFT * self._rows

    # --- what to do with a range --------------------------------------------------------------------------------

    def _decide(self, span: _Span, total_pages: int, total_results: int) -> tuple[Range, ...]:
        """Close the range, ask for more of it, or put pieces in its place, which are returned."""
        if span.progress.state not in {"open", "proven"}:
            return ()
        is_saturated = ranges.saturated(total_pages, total_results)
        if not is_saturated and self._is_proven(span):
            return self._close(span, "proven")
        if self._max_pages is None and (pieces := self._split_at_once(span, is_saturated=is_saturated)):
            return pieces
        self._ask_for_more(span, total_pages)
        if self._count_only:
            return self._close(span, "overfull") if is_saturated and self._max_pages is None else ()
        # What is still to come from behind the end may show that it is none.
        return self._close_gap(span, total_pages) if _is_whole(span.progress) and span.under_way <= 0 else ()

    def _ask_for_more(self, span: _Span, total_pages: int) -> None:
        before = span.progress
        reachable = min(total_pages, PAGE_LIMIT, self._max_pages or PAGE_LIMIT)
        # At least the page in hand: an answer may claim no pages at all.
        pages = min(max(reachable, before.pages, 1), span.empty_from or PAGE_LIMIT)
        span.progress = replace(before, state="open", pages=pages)
        if not self._count_only:
            self._ask(span)

    def _ask(self, span: _Span) -> None:
        progress = span.progress
        wanted = [page for page in range(1, progress.pages + 1) if page not in span.asked]
        if progress.sweeps:
            # Each page may bring the film that was missing; then the others need not be asked for.
            wanted = [] if span.asked - progress.pages_done else wanted[:1]
        span.asked.update(wanted)
        self._todo.extend(self._request(span, page) for page in wanted)

    def _request(self, span: _Span, page: int) -> PageRequest:
        progress = span.progress
        is_last_of_few = not progress.sweeps and page == progress.pages and 1 < page <= _FEW_PAGES
        # The last page of a short list is seldom full. Asked for from the other end it is, and it lists a second time,
        # out of another snapshot, films that stand where two pages meet: the ones that get lost there.
        if self._is_drifting and is_last_of_few and span.other_end is None:
            span.other_end = page
            return PageRequest(progress.range, 1, reverse=True)
        return PageRequest(progress.range, page, _backwards(progress))

    def _close_gap(self, span: _Span, total_pages: int) -> tuple[Range, ...]:
        """Every page is here, and the range is not proven."""
        progress = span.progress
        reported = progress.reported_high or 0
        if self._max_pages is not None:
            most_pages = max(total_pages, -(-reported // ROWS_PER_PAGE))
            return self._close(span, "capped" if most_pages > self._max_pages else "best effort")
        if ranges.saturated(total_pages, reported):
            return self._close(span, "overfull")
        is_first_sweep = not progress.sweeps
        if progress.pages > (_FEW_PAGES if is_first_sweep else 1) and (pieces := self._split_closing(span)):
            return pieces
        if not is_first_sweep:
            return self._close(span, "best effort")
        # The same page would come out of the same cache.
        done = frozenset({1}) if span.other_end in progress.pages_done else frozenset[int]()
        span.progress = replace(progress, sweeps=1, pages_done=done)
        span.own, span.asked, span.empty_from = set(), set(done), None
        self._ask(span)
        return ()

    def _close(self, span: _Span, state: RangeState) -> tuple[Range, ...]:
        span.progress = replace(span.progress, state=state)
        return ()

    # --- pieces -------------------------------------------------------------------------------------------------

    def _is_too_wide(self, progress: RangeProgress) -> bool:
        # A little more than wanted is better fetched than cut: the page in hand would be wasted.
        return self._is_drifting and not progress.sweeps and (progress.reported_high or 0) > 1.5 * NARROW

    def _split_at_once(self, span: _Span, *, is_saturated: bool) -> tuple[Range, ...]:
        if is_saturated:
            return self._split_saturated(span)
        return self._split_closing(span) if self._is_too_wide(span.progress) or self._is_nearly_known(span) else ()

    def _is_nearly_known(self, span: _Span) -> bool:
        """Whether finding what a piece lacks by cutting it takes fewer requests than listing it."""
        pages = -(-(span.progress.reported_high or 0) // ROWS_PER_PAGE)
        return span.is_closing and pages > _FEW_PAGES and self._cost_of_halving(span) < pages

    def _cost_of_halving(self, span: _Span) -> float:
        """Halving down to single pages takes two requests a level for each missing film."""
        reported = span.progress.reported_high or 0
        return 2 * (reported - len(span.films)) * math.log2(max(1, reported / ROWS_PER_PAGE))

    def _split_saturated(self, span: _Span) -> tuple[Range, ...]:
        if self._splits >= MAX_SPLITS:
            return ()
        pieces: tuple[Range, ...] = ()
        total = span.progress.reported_high or 0
        if self._films_of_day and total > ROW_LIMIT:
            pieces = ranges.cut(span.progress.range, total, int(_FILL * ROW_LIMIT), self._films_of_day)
        return self._replace(span, pieces or self._halves(span))

    def _split_closing(self, span: _Span) -> tuple[Range, ...]:
        """Cut a range so that its pieces list what it did not, for as few requests as may be."""
        progress = span.progress
        if self._closing_pieces >= _FREE_PIECES + self._reported / _FILMS_PER_PIECE:
            return ()
        reported = progress.reported_high or 0
        pieces: tuple[Range, ...] = ()
        # When much is missing it is cheaper to ask everywhere.
        if self._is_too_wide(progress) or (reported > NARROW and self._cost_of_halving(span) > reported / NARROW):
            pieces = ranges.cut(progress.range, reported, int(_FILL * NARROW), self._days_of(span))
        pieces = self._replace(span, pieces or self._halves(span))
        self._closing_pieces += len(pieces)
        for piece in pieces:
            self._spans[piece].is_closing = True
        return pieces

    def _halves(self, span: _Span) -> tuple[Range, ...]:
        return ranges.split(span.progress.range, by_genre=self._by_genre) or ()

    def _days_of(self, span: _Span) -> Mapping[date, int]:
        """How many films the days of a range have, as far as known: from elsewhere, or from its own pages."""
        known = Counter(film.day for film in span.films.values() if film.day)
        return ChainMap(
            {day: max(films, self._films_of_day.get(day, 0)) for day, films in known.items()}, self._films_of_day
        )

    def _replace(self, span: _Span, pieces: tuple[Range, ...]) -> tuple[Range, ...]:
        """Put pieces in the place of a range; they take over its films."""
        if not pieces:
            return ()
        self._splits += 1
        span.progress = replace(span.progress, state="split")
        span.pieces = pieces
        for piece in pieces:
            self._spans[piece] = _Span(RangeProgress(piece), asked={1})
            # The first page of a piece goes ahead of everything: the sooner the plan is known, the better the
            # estimate, and a saturated piece is not left for the end.
            self._todo.appendleft(PageRequest(piece, 1))
        self._hand_down(span, span.films.values())
        span.films = {}
        return pieces


def _note_end(span: _Span, page: int, rows: int) -> None:
    """A page without rows is the end of a list, until a page behind it has some."""
    if not rows:
        span.empty_from = min(page, span.empty_from or page)
    elif page >= (span.empty_from or PAGE_LIMIT + 1):
        span.empty_from = None


def _is_whole(progress: RangeProgress) -> bool:
    """Whether every page is here; there may be others too, from behind the end."""
    done, pages = progress.pages_done, progress.pages
    return len(done) >= pages and sum(page <= pages for page in done) >= pages


def _backwards(progress: RangeProgress) -> bool:
    return progress.sweeps % 2 == 1


def _place(request: PageRequest, span: _Span) -> int:
    """Which page of the sweep under way this is: in the first, what comes from the other end is the last."""
    return span.other_end or request.page if request.reverse and not span.progress.sweeps else request.page


def _piece_with(film: Listed, pieces: Sequence[Range]) -> Range | None:
    """The one of disjoint pieces that holds a film. Pieces of a span stand in the order of their days."""
    if film.day is None:
        return None
    if pieces[0].end < pieces[-1].start:
        pieces = pieces[max(0, bisect_right(pieces, film.day, key=lambda piece: piece.start) - 1) :][:1]
    return next((piece for piece in pieces if piece.holds(film)), None)
