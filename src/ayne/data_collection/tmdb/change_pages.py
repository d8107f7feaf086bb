"""Read the change feed, page by page."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import date

from ayne.data_collection.tmdb.changes import ChangesPage, FeedPlanner, FeedRequest
from ayne.data_collection.tmdb.paginate import paginate
from ayne.errors import IncompleteChanges, OutOfReach, SourceError, TransientError

log = logging.getLogger("ayne.tmdb")


async def change_pages(
    start: date, end: date, ask: Callable[[FeedRequest], Awaitable[ChangesPage]], width: int
) -> AsyncGenerator[ChangesPage, None]:
    """Yield the pages of the feed for a span of days as they come.

    Raises:
        ValueError: the span runs backwards; nothing was requested.
        IncompleteChanges: after the last page, when some pages could not be fetched.
        SourceError: TMDB is out of reach, or refuses the question.
    """
    if end < start:
        raise ValueError(f"the span of changes runs backwards: {start} to {end}")
    planner = FeedPlanner(start, end)
    async with aclosing(paginate(planner, ask, _may_be_missing, width, IncompleteChanges)) as pages:
        async for request, page in pages:
            for reason in page.unreadable:
                log.warning("a row of %s was left out: %s", request, reason)
            planner.record(request, page.total_pages)
            yield page


def _may_be_missing(error: SourceError) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, OutOfReach)
