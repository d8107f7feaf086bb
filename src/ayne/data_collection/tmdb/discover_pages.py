"""Discovery, page by page: what is asked of every range, and the ranges' progress as their pages come."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from difflib import get_close_matches
from typing import Any

from ayne.data_collection.tmdb import filters as discover_filters
from ayne.data_collection.tmdb import protocol, ranges, records
from ayne.data_collection.tmdb.coverage import DiscoverPage, DiscoverQuery, PageRequest, RangeProgress, SweepPlan
from ayne.data_collection.tmdb.models import ListPage
from ayne.data_collection.tmdb.paginate import paginate
from ayne.data_collection.tmdb.planner import Planner
from ayne.errors import IncompleteDiscovery, OutOfReach, SourceError, TransientError, Unauthorized

log = logging.getLogger("ayne.tmdb")

AskForPage = Callable[[dict[str, str], int], Awaitable[ListPage]]


def checked_query(
    sort_by: str,
    language: str | None,
    *,
    include_adult: bool,
    include_video: bool,
    filters: Mapping[str, object] | None,
) -> DiscoverQuery:
    """What is asked of every range.

    Raises:
        ValueError: TMDB would silently ignore some of it.
    """
    if sort_by not in protocol.SORT_ORDERS:
        near = get_close_matches(sort_by, protocol.SORT_ORDERS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(protocol.SORT_ORDERS)}."
        raise ValueError(f"TMDB cannot sort by {sort_by!r}: {hint}")
    return DiscoverQuery(sort_by, include_adult, include_video, language, discover_filters.checked(filters or {}))


def checked_plan(
    start_year: int, end_year: int | None, min_vote_count: int, max_pages: int | None, query: DiscoverQuery
) -> SweepPlan:
    """What a sweep covers.

    Raises:
        ValueError: the span makes no sense.
    """
    last = start_year if end_year is None else end_year
    ranges.check_span(start_year, last, min_vote_count, max_pages)
    return SweepPlan(start_year, last, min_vote_count, max_pages, query)


def new_planner(plan: SweepPlan, **known: Any) -> Planner:
    """Return the planner of a discovery, with what is ``known`` of it from before."""
    roots = ranges.start(plan.start_year, plan.end_year, plan.min_vote_count, by_year=plan.max_pages is not None)
    by_genre = discover_filters.may_split_by_genre(plan.query.filters)
    # Revenue is not part of a list row: only TMDB can put films in its order.
    may_order = not plan.query.sort_by.startswith("revenue.")
    return Planner(roots, max_pages=plan.max_pages, by_genre=by_genre, may_order=may_order, **known)


async def discover_pages(
    planner: Planner, query: DiscoverQuery, ask: AskForPage, width: int
) -> AsyncGenerator[DiscoverPage, None]:
    """Yield the pages of a discovery as they come, each with the ranges that stand differently by it.

    Raises:
        IncompleteDiscovery: after the last page, when some pages could not be had.
        SourceError: TMDB is out of reach, or refuses the question.
    """
    dates_are_regional = discover_filters.dates_are_regional(query.filters)

    async def fetch(request: PageRequest) -> ListPage:
        page = await ask(protocol.discover_params(query, request), request.page)
        if dates_are_regional:
            for film in page.results:
                film["release_date"] = None
        return page

    async with aclosing(paginate(planner, fetch, _may_be_missing, width, IncompleteDiscovery)) as pages:
        async for request, page in pages:
            ledger = planner.record(
                request,
                total_pages=page.total_pages,
                total_results=page.total_results,
                films=[records.listed(film) for film in page.results],
                rows=page.rows,
            )
            _log_progress(ledger, page)
            yield DiscoverPage(page, ledger, planner.pages_done, planner.pages_known)


def _may_be_missing(error: SourceError) -> bool:
    """TMDB's own refusal concerns the question; one without its number comes from something in between."""
    return not isinstance(error, Unauthorized | OutOfReach) and (
        isinstance(error, TransientError) or error.code is None
    )


def _log_progress(ledger: tuple[RangeProgress, ...], page: ListPage) -> None:
    progress, *others = ledger
    for closed in others:
        if closed.state == "overfull":
            log.warning("%s is overfull: TMDB reports %d films", closed.range, closed.reported_high or 0)
    if progress.state == "split" and any(other.reported_high is None for other in others):
        log.info("%s has %d films: split into %d pieces", progress.range, page.total_results, len(others))
    elif progress.state == "best effort":
        log.info(
            "%s: TMDB reports up to %d films and lists %d",
            progress.range,
            progress.reported_high,
            progress.distinct,
        )
    elif progress.state == "overfull":
        log.warning(
            "%s is overfull: TMDB reports %d films and lists %d; it cannot be split further",
            progress.range,
            progress.reported_high or 0,
            progress.rows,
        )
