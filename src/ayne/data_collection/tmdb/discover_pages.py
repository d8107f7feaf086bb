"""Discover page by page: ask for the pages of every range, and follow the progress of the ranges."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from ayne.data_collection.tmdb import filters as discover_filters
from ayne.data_collection.tmdb import protocol, records
from ayne.data_collection.tmdb.coverage import DiscoverPage, PageRequest, RangeProgress, SweepPlan
from ayne.data_collection.tmdb.models import ListPage
from ayne.data_collection.tmdb.paginate import paginate
from ayne.data_collection.tmdb.planner import Planner
from ayne.errors import IncompleteDiscovery, OutOfReach, SourceError, TransientError, Unauthorized

log = logging.getLogger("ayne.tmdb")

AskForPage = Callable[[dict[str, str], int], Awaitable[ListPage]]


async def discover_pages(
    plan: SweepPlan, planner: Planner, ask: AskForPage, width: int
) -> AsyncGenerator[DiscoverPage, None]:
    """Yield the pages of a discovery as they come, each with the ranges whose progress it changed.

    Raises:
        IncompleteDiscovery: after the last page, when some pages could not be fetched.
        SourceError: TMDB is out of reach, or refuses the question.
    """
    dates_are_regional = discover_filters.dates_are_regional(plan.filters)

    async def fetch(request: PageRequest) -> ListPage:
        page = await ask(protocol.discover_params(plan, request), request.page)
        if dates_are_regional:
            for row in page.results:
                row[plan.kind.day] = None  # type: ignore[literal-required] # a kind says what its rows have
        return page

    async with aclosing(paginate(planner, fetch, may_be_missing, width, IncompleteDiscovery)) as pages:
        async for request, page in pages:
            ledger = planner.record(
                request,
                total_pages=page.total_pages,
                total_results=page.total_results,
                films=[records.listed(row, plan.kind) for row in page.results],
                rows=page.rows,
            )
            _log_progress(ledger, page)
            yield DiscoverPage(page, ledger, planner.pages_done, planner.pages_known)


def may_be_missing(error: SourceError) -> bool:
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
