"""Decide which page of a discovery to ask for next, and what is proven, although TMDB's lists are cut off and unsteady.

(Which lists renew votes is decided in :mod:`~ayne.data_collection.numbers`.)

A discovery covers its ranges and keeps the ledger. A range goes through these stages:

* *counting*: its first page is to come, which says how many films it has.
* *waiting*: it is a piece of another range, and the other pieces are not counted yet. If the pieces together have more
  films than the range they were cut from, the server ignores the filter that they were cut by. Then they are given up,
  and that range is cut by another filter or listed as it is.
* *listing*: its pages are asked for.
* *sweeping*: all pages have come and films are missing, so it is listed again from its other end, page by page, until
  nothing is missing. Each page of a list is a cached snapshot of its own age, so films that change places in between
  are listed twice or not at all; from the other end they come from other snapshots. If nothing orders the films of a
  drifting server (a day's films without votes), both ends are listed as far as the middle, because the far half of a
  list drifts less; then again in another order, until nothing is missing.
* *divided*: pieces take its place, or what it was cut from does.
* *closed*: ``proven``, ``best effort``, ``capped`` or ``overfull``.

A range is split (into which pieces, :mod:`~ayne.data_collection.tmdb.splitting` decides) for one of three reasons:

* It is *saturated*: TMDB cannot list it whole (:mod:`~ayne.data_collection.tmdb.ranges`).
* It lacks films that TMDB counts, and is long. A piece takes over the films that are known to lie in it, so one request
  proves it or shows how many it lacks. Such a search has a budget: :mod:`~ayne.data_collection.tmdb.request_bounds`.
* The server is *drifting* (:mod:`~ayne.data_collection.tmdb.drift`): its pages repeat films, so they miss others. The
  beginning of a long list is safe from that, so only first pages are asked for
  (:mod:`~ayne.data_collection.tmdb.chains`).

Titles are rarely equal and rarely change, so lists are asked for in the order of titles, except those that are cut
where a page ends.

Totals vary from page to page; any page may show that there is more to fetch. A page that is not full need not be the
last, and an empty answer may say ``total_pages: 1``. But after a page without rows no further page is asked for;
otherwise a total that is far too high would cost hundreds of empty pages. Films that are missing then are searched for
as in any other gap.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from ayne.data_collection.tmdb import ranges
from ayne.data_collection.tmdb.chains import Chain, page_order, reaches_into
from ayne.data_collection.tmdb.coverage import Listed, ListOrder, PageRequest, Range, RangeProgress, RangeState
from ayne.data_collection.tmdb.drift import Drift
from ayne.data_collection.tmdb.limits import PAGE_LIMIT, ROWS_PER_PAGE
from ayne.data_collection.tmdb.open_ranges import FEW_PAGES, Family, Span
from ayne.data_collection.tmdb.request_bounds import RequestBounds
from ayne.data_collection.tmdb.splitting import Pieces, piece_with
from ayne.kinds.movie import GENRES

# A page that could not be fetched is asked for again at the end, when the trouble may be over; this many times.
MOST_PUT_BACK = 2

# A range that has no order in which it could be cut is listed so often again: in three orders, from both ends.
MOST_SWEEPS = 5


class Planner:
    """Decides which page of a discovery to request next, from the pages received so far.

    Args:
        ranges: what to cover.
        max_pages: at most this many pages of each range; a range is then never split, and swept once.
        known: progress of an earlier, unfinished discovery over the same ranges; only what it lacks is asked for.
        listed: the films that discovery met in the ranges it left open.
        films_of_day: how many films of each day are known from elsewhere; it makes for better pieces.
        count_only: ask for the first page of each range and no more: enough to know what all of them would be.
        genres: those that a range may be cut by, in this order; by default films'.
        may_order: whether the planner may choose in which order a range is listed.

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
        genres: Sequence[int] = GENRES,
        may_order: bool = True,
    ) -> None:
        self._max_pages = max_pages
        self._pieces = Pieces(genres, films_of_day or {})
        self._count_only = count_only
        self._may_order = may_order and max_pages is None
        self._todo: deque[PageRequest] = deque()
        self._put_back: Counter[PageRequest] = Counter()
        self._changed: dict[Range, Span] = {}
        self._is_spent = False
        # First pages that wait to be asked for.
        self._first_pages = 0
        known = list(known)
        self._spans = {progress.range: Span(progress) for progress in known}
        # What an earlier discovery saw of repeats counts; films that a range was handed down are none.
        self._drift = Drift(
            sum(progress.rows for progress in known), sum(max(0, item.rows - item.distinct) for item in known)
        )
        self.pages_done = sum(len(progress.pages_done) for progress in known)
        self._bounds = RequestBounds(self.pages_done, sum(item.distinct for item in known if item.state != "split"))
        for item in ranges:
            self._spans.setdefault(item, Span(RangeProgress(item)))
        films = list(listed)
        # Each first page goes ahead of everything; so the last is asked for first.
        for span in reversed(self._spans.values()):
            self._resume(span, films)

    def _resume(self, span: Span, listed: Sequence[Listed]) -> None:
        progress = span.progress
        if progress.state != "open":
            span.stage = "divided" if progress.state == "split" else "closed"
            return
        span.films.update((film.tmdb_id, film) for film in listed if progress.range.holds(film))
        span.shown = progress.distinct if progress.reported_high == 0 else 0
        span.order = self._order(progress.range)
        if progress.pages_done or progress.sweeps:
            span.order = _order_of_sweep(progress.sweeps) if self._may_order else "asked"
        if not progress.pages_done and not progress.sweeps:
            self._ask_first(span)
            return
        span.most_pages = progress.pages
        span.by_halves = self._is_tied(span)
        if span.is_whole and not progress.sweeps:
            # It was waiting for the other pieces of its family.
            progress = replace(progress, sweeps=1, pages_done=frozenset())
        span.progress = replace(progress, pages=max(1, progress.pages))
        span.stage = "sweeping" if progress.sweeps else "listing"
        span.asked.update(progress.pages_done)
        # One page is enough to see that a range is saturated.
        self._ask(span, most=1 if span.is_saturated else PAGE_LIMIT)

    def take(self) -> PageRequest | None:
        """Return the next page to ask for, None when there is none at the moment."""
        while self._todo:
            request = self._todo.popleft()
            self._first_pages -= self._spans[request.range].stage == "counting"
            # A range may have been split or proven, or have come to its end, while this page was waiting.
            span = self._spans[request.range]
            if span.progress.state == "open" and request.page <= (span.empty_from or PAGE_LIMIT):
                span.under_way += 1
                self._bounds.asked += 1
                self._bounds.searched += span.is_searching
                return request
            span.asked.discard(span.place(request))
            if request.reverse and not span.progress.sweeps:
                span.other_end = None
        return None

    @property
    def progress(self) -> list[RangeProgress]:
        """Return the progress of every range seen so far."""
        return [span.progress for span in self._spans.values()]

    @property
    def pages_known(self) -> int:
        """Return how many pages came, are under way, or are known to be missing."""
        return self._bounds.asked + len(self._todo)

    def put_back(self, request: PageRequest) -> bool:
        """Retry a page later, unless it was tried too often; return whether it will be retried."""
        span = self._spans[request.range]
        self._bounds.asked -= 1
        span.under_way -= 1
        self._put_back[request] += 1
        if self._put_back[request] <= MOST_PUT_BACK:
            self._first_pages += span.stage == "counting"
            self._todo.append(request)
            return True
        if span.family and span.stage == "counting":
            # The others need not wait for what will not come. They go on when one of their pages comes.
            for piece in span.family.pieces:
                piece.family = None
                if piece.stage == "waiting":
                    piece.stage = "listing"
                    self._ask(piece, most=1 if piece.is_saturated else PAGE_LIMIT)
        return False

    def record(
        self, request: PageRequest, *, total_pages: int, total_results: int, films: Sequence[Listed], rows: int
    ) -> tuple[RangeProgress, ...]:
        """Note a page; return every range whose progress changed, the page's own first."""
        self.pages_done += 1
        span = self._spans[request.range]
        span.under_way -= 1
        before = span.progress
        page = span.place(request)
        span.note_end(page, rows)
        if rows:
            span.shown = max(span.shown, ROWS_PER_PAGE * (request.page - 1) + rows)
        span.most_pages = max(span.most_pages, total_pages)
        span.progress = replace(
            before,
            pages_done=before.pages_done | {page},
            rows=before.rows + rows,
            reported_low=total_results if before.reported_low is None else min(before.reported_low, total_results),
            reported_high=max(total_results, before.reported_high or 0),
        )
        if span.is_miscounted and {film.tmdb_id for film in films} - span.films.keys():
            # As long as there are films behind every page, there may be more.
            span.most_pages = max(span.most_pages, page + 1)
        self._bounds.films.update(film.tmdb_id for film in films)
        if request.reverse == span.is_backwards:
            self._watch_for_repeats(span, films)
        self._changed = {request.range: span}
        if span.stage == "divided":
            self._hand_down(span, films)
        else:
            self._add(span, films)
            self._decide(span, request, total_results, films)
            if span.link and span.stage in {"closed", "divided"}:
                self._prove_chain(span.link)
            if not self._is_spent and not self._bounds.may_ask(1):
                self._stop()
        for changed in self._changed.values():
            if changed.stage in {"closed", "divided"} and not (changed.under_way or changed.family or changed.link):
                changed.films, changed.own, changed.first_page = {}, set(), ()
        return tuple(changed.progress for changed in self._changed.values())

    # --- what is known of a range -------------------------------------------------------------------------------

    def _add(self, span: Span, films: Iterable[Listed]) -> None:
        span.films.update((film.tmdb_id, film) for film in films)
        # The films of a closed range are forgotten; what it had is not.
        span.progress = replace(span.progress, distinct=max(span.progress.distinct, len(span.films)))

    def _hand_down(self, span: Span, films: Iterable[Listed]) -> None:
        """Give films that came for a divided range to the ranges that cover it."""
        gained: dict[Range, list[Listed]] = {}
        for film in films:
            owner: Span | None = span
            while owner is not None and owner.stage == "divided":
                owner = self._spans.get(owner.given_back or piece_with(film, owner.pieces) or _NOWHERE)
            if owner is not None and owner.progress.state == "open":
                gained.setdefault(owner.progress.range, []).append(film)
        for item, more in gained.items():
            owner = self._spans[item]
            self._add(owner, more)
            self._changed[item] = owner
            # Its pages may be all here by now; there will be no other moment to see it.
            if owner.progress.reported_high is not None and owner.is_proven:
                self._close(owner, "proven")

    def _watch_for_repeats(self, span: Span, films: Sequence[Listed]) -> None:
        ids = {film.tmdb_id for film in films}
        self._drift.note(len(ids), len(ids & span.own))
        span.own |= ids

    # --- what to do with a range --------------------------------------------------------------------------------

    def _decide(self, span: Span, request: PageRequest, total_results: int, films: Sequence[Listed]) -> None:
        """Count the range if it was not, and go on with it, or with all that waited for it."""
        if span.progress.state not in {"open", "proven"}:
            return
        if span.stage == "counting":
            if request.order == page_order(span.progress.range):
                span.first_page = tuple(films)
            span.stage = "listing"
            if span.family:
                span.family.count(span, total_results, films)
        family = span.family
        if not family:
            self._go_on(span)
        elif family.overlaps:
            self._give_back(family)
        elif family.uncounted:
            span.stage = "waiting"
            self._note_pages(span)
            if not span.is_saturated and span.is_proven:
                self._close(span, "proven")
        else:
            self._release(family)

    def _release(self, family: Family) -> None:
        """Go on with all pieces: each is counted, and together they are no more than the whole."""
        for piece in family.pieces:
            piece.family = None
        for piece in family.pieces:
            if piece is not family.before and piece.progress.state in {"open", "proven"}:
                self._changed[piece.progress.range] = piece
                piece.stage = "closed" if piece.stage == "closed" else "listing"
                self._go_on(piece)
        if family.before and family.chain:
            family.before.link = family.chain
            family.chain.add(family.before, family.films)
            last = self._spans.get(family.pieces[-1].pieces[-1]) if family.pieces[-1].pieces else None
            family.chain.has_ended = last is None or last.chain is not family.chain
            self._prove_chain(family.chain)

    def _prove_chain(self, chain: Chain[Span]) -> None:
        """Prove the links of a chain by the totals around them, or ask for the oldest that may lack a film."""
        for span in chain.prove():
            self._changed[span.progress.range] = span
            span.link = None
            if not span.is_asked and span.progress.state == "open":
                films = len(span.films)
                span.progress = replace(span.progress, reported_low=films, reported_high=films)
                self._close(span, "proven")
        suspect = chain.suspect()
        if suspect:
            self._changed[suspect.progress.range] = suspect
            self._ask_first(suspect)

    def _give_back(self, family: Family) -> None:
        """Undo a cut along a filter that does not divide."""
        whole = family.whole
        for piece in family.pieces:
            whole.films.update(piece.films)
            piece.family, piece.stage, piece.given_back = None, "divided", whole.progress.range
            piece.progress = replace(piece.progress, state="split")
            self._changed[piece.progress.range] = piece
        whole.pieces, whole.stage, whole.undivided = (), "listing", whole.undivided | {family.axis}
        whole.progress = replace(whole.progress, state="open")
        self._add(whole, ())
        self._changed[whole.progress.range] = whole
        self._go_on(whole)
        if family.chain:
            family.chain.has_ended = True
            self._prove_chain(family.chain)

    def _go_on(self, span: Span) -> None:
        """Close a range that is counted, ask for more of it, or cut it."""
        if not span.is_saturated and span.is_proven:
            self._close(span, "proven")
            return
        if self._is_spent:
            self._close(span, self._without_proof(span))
            return
        if span.stage == "closed":
            # A late page says that there is more than what was proven.
            span.stage = "sweeping" if span.progress.sweeps else "listing"
        if self._max_pages is None and self._divide(span):
            return
        self._note_pages(span)
        if span.stage == "listing" and span.asked == {1}:
            span.by_halves = self._is_tied(span)
        if self._count_only:
            if span.is_saturated and self._max_pages is None:
                self._close(span, "overfull")
            return
        self._ask(span)
        # What is still to come from behind the end may show that it is none.
        if span.is_whole and span.under_way <= 0:
            self._close_gap(span)

    def _note_pages(self, span: Span) -> None:
        before = span.progress
        reachable = min(span.most_pages, PAGE_LIMIT, self._max_pages or PAGE_LIMIT)
        # At least the page in hand: an answer may claim no pages at all.
        pages = min(max(reachable, before.pages, 1), span.empty_from or PAGE_LIMIT)
        span.progress = replace(before, state="open", pages=pages)

    def _order(self, item: Range) -> ListOrder:
        if not self._may_order:
            return "asked"
        return page_order(item) if self._drift.is_noticed else "title"

    def _ask_first(self, span: Span) -> None:
        """Ask for the first page of a range, ahead of everything: the sooner the plan is known, the better."""
        span.order = self._order(span.progress.range)
        span.asked = {1}
        self._first_pages += 1
        self._todo.appendleft(PageRequest(span.progress.range, 1, order=span.order))

    def _ask(self, span: Span, most: int = PAGE_LIMIT) -> None:
        progress = span.progress
        wanted = [page for page in span.pages_to_list if page not in span.asked][:most]
        if not span.is_listing_first_time:
            # Each page may bring the film that was missing; then the others need not be asked for.
            wanted = [] if span.asked - progress.pages_done else wanted[:1]
        span.asked.update(wanted)
        self._todo.extend(self._request(span, page) for page in wanted)

    def _request(self, span: Span, page: int) -> PageRequest:
        progress = span.progress
        is_last_of_few = not progress.sweeps and page == progress.pages and 1 < page <= FEW_PAGES
        # The last page of a short list is seldom full. Asked for from the other end it is, and it lists a second time,
        # out of another snapshot, films that stand where two pages meet: the ones that get lost there.
        if self._drift.is_noticed and is_last_of_few and span.other_end is None:
            span.other_end = page
            return PageRequest(progress.range, 1, reverse=True, order=span.order)
        return PageRequest(progress.range, page, span.is_backwards, span.order)

    def _close_gap(self, span: Span) -> None:
        """Decide what to do when every page has come and the range is not proven."""
        progress = span.progress
        if self._max_pages is not None:
            most_pages = max(span.most_pages, -(-(progress.reported_high or 0) // ROWS_PER_PAGE))
            self._close(span, "capped" if most_pages > self._max_pages else "best effort")
        elif span.is_saturated:
            self._close(span, "overfull")
        elif span.by_halves and progress.sweeps < MOST_SWEEPS and (not progress.sweeps or self._bounds.may_search(1)):
            self._sweep(span)
        elif progress.pages > (1 if progress.sweeps else FEW_PAGES) and self._search(span):
            pass
        elif progress.sweeps or not self._bounds.may_search(1):
            self._close(span, "best effort")
        else:
            self._sweep(span)

    def _sweep(self, span: Span) -> None:
        """List a range from its other end."""
        # The same page would come out of the same cache.
        done = frozenset({1}) if span.other_end in span.progress.pages_done else frozenset[int]()
        span.progress = replace(span.progress, sweeps=span.progress.sweeps + 1, pages_done=done)
        if span.by_halves:
            span.order = _order_of_sweep(span.progress.sweeps)
        span.stage, span.own, span.asked, span.empty_from = "sweeping", set(), set(done), None
        self._ask(span)

    def _without_proof(self, span: Span) -> RangeState:
        return "overfull" if span.is_saturated else "best effort"

    def _close(self, span: Span, state: RangeState) -> None:
        span.stage = "closed"
        span.progress = replace(span.progress, state=state)

    def _stop(self) -> None:
        """Close all that is counted: the discovery took as many requests as its films are worth."""
        self._is_spent = True
        for span in list(self._spans.values()):
            if span.progress.state == "open" and span.stage in {"waiting", "listing", "sweeping"}:
                self._changed[span.progress.range] = span
                self._close(span, "proven" if span.is_proven else self._without_proof(span))
            elif span.stage == "counting" and not span.asked:
                # Nobody would ask for it any more.
                span.family = span.link = None
                self._ask_first(span)

    # --- pieces -------------------------------------------------------------------------------------------------

    def _divide(self, span: Span) -> bool:
        if span.is_saturated:
            return self._replace(span, self._pieces.of_saturated(span))
        if self._drift.is_noticed and self._may_order and span.stage == "listing":
            return self._divide_drifting(span)
        return self._is_nearly_known(span) and self._search(span)

    def _divide_drifting(self, span: Span) -> bool:
        """Cut a range where its first page ends, or into ranges in which that takes not too many steps."""
        had = len(span.progress.pages_done)
        # What is mostly listed is searched for the rest.
        if span.reported <= ROWS_PER_PAGE or 4 * (had - 1) > span.reported / ROWS_PER_PAGE:
            return False
        if not span.first_page:
            return self._replace(span, self._pieces.by_days(span))
        return had <= 1 and self._replace(span, self._pieces.after_page(span), after_page=True)

    def _is_tied(self, span: Span) -> bool:
        """Return whether nothing orders the films of a long range on a drifting server.

        The deep half of a list drifts less than the other, so it is listed from both ends as far as the middle.
        """
        return (
            self._drift.is_noticed
            and self._may_order
            and page_order(span.progress.range) == "title"
            and span.progress.pages > FEW_PAGES
        )

    def _is_nearly_known(self, span: Span) -> bool:
        """Return whether splitting a piece finds its missing films in fewer requests than listing it."""
        pages = -(-span.reported // ROWS_PER_PAGE)
        return span.is_searched and pages > FEW_PAGES and span.cost_of_halving < pages

    def _search(self, span: Span) -> bool:
        """Cut a range so that its pieces list what it did not, if the search may still take so many requests."""
        pieces = self._pieces.of_search(span)
        return self._bounds.may_search(len(pieces) + self._first_pages) and self._replace(span, pieces, is_search=True)

    def _replace(
        self, span: Span, pieces: tuple[Range, ...], *, after_page: bool = False, is_search: bool = False
    ) -> bool:
        """Put pieces in the place of a range, if there are any; they take over its films."""
        if not pieces or not self._bounds.may_ask(len(pieces) + self._first_pages):
            return False
        spans = tuple(
            Span(RangeProgress(piece), is_searched=is_search or span.is_searched, undivided=span.undivided)
            for piece in pieces
        )
        whole = span.progress.range
        family = Family(span, ranges.axis(whole, pieces[0]), spans, uncounted=len(spans))
        span.progress = replace(span.progress, state="split")
        span.stage, span.pieces = "divided", pieces
        for piece in spans:
            piece.family = family
            self._spans[piece.progress.range] = piece
            self._changed[piece.progress.range] = piece
        self._hand_down(span, list(span.films.values()))
        # What lies before the end of a page is on it, unless the page ends where it begins.
        if after_page and spans[0].films and not reaches_into(pieces[0], span.first_page):
            family.before = spans[0]
            family.chain = spans[-1].chain = span.chain or Chain(span.reported)
            family.uncounted -= 1
        for piece in spans:
            if piece is not family.before:
                self._ask_first(piece)
        return True


_NOWHERE = Range(date.min, date.min)


def _order_of_sweep(sweeps: int) -> ListOrder:
    """Return the order of a sweep. A range without an order of its own is listed from both ends, order after order."""
    orders: tuple[ListOrder, ...] = ("title", "date", "votes")
    return orders[sweeps // 2]
