"""Find new films within a day: ids that no export named before, and films that reach the minimum of votes.

The difference of two daily id exports shows what TMDB has added in between, so finding new ids takes no list. A new
film has no votes yet. So the rule is:

* If a collection holds films without votes, each new id is fetched once, and kept if it lies in the span.
* If it has a minimum of votes, no new id belongs to it. A film belongs as soon as it has the votes, and is then in the
  list of films with just so many.
* If it has filters, only lists show what belongs to it.
"""

from __future__ import annotations

import logging
from collections.abc import Set
from contextlib import aclosing
from datetime import date
from functools import partial

from ayne.data_collection.collection import CollectionRun, Entries, Search
from ayne.data_collection.exported_ids import ExportSource, take_exported_ids
from ayne.data_collection.tmdb.coverage import Range, SweepPlan
from ayne.data_collection.tmdb.models import MovieDetails, Unchanged
from ayne.errors import IncompleteDiscovery, SourceError

log = logging.getLogger("ayne.collection")

# Films that have up to so much more than the least votes have come by them lately. At TMDB some two hundred have 200 to
# 204 votes, and stay there for weeks; what gains votes faster is recent, and is listed anyway.
_LATELY = 0.02


def just_enough_votes(plan: SweepPlan) -> Range:
    """Return the list of films that have just enough votes for a plan.

    >>> str(just_enough_votes(SweepPlan(1990, 2026, min_vote_count=200)))
    '1990-01-01..2026-12-31 votes 200..204'
    """
    least = plan.min_vote_count
    most = least + max(1, int(least * _LATELY))
    return Range(date(plan.start_year, 1, 1), date(plan.end_year, 12, 31), least, most)


class OfThePlan(Entries):
    """Enters new films only if they belong to a collection.

    Args:
        run: the run it belongs to.
        plan: what the collection holds.
        new: the ids of which nobody knows yet what they are.
    """

    def __init__(self, run: CollectionRun, plan: SweepPlan, new: Set[int]) -> None:
        super().__init__(run)
        self._plan, self._new = plan, new

    async def had(self, film: MovieDetails | Unchanged) -> None:
        """Enter a film that came, or that it is not wanted."""
        if isinstance(film, Unchanged) or film["tmdb_id"] not in self._new or self._plan.holds(film):
            await super().had(film)
        else:
            self.run.report.outside += 1
            await self.run.writer.add_outside(film)


async def take_new_ids(
    run: CollectionRun, exports: ExportSource, plan: SweepPlan, *, noted_change: float | None
) -> bool:
    """Store the newest exports, and enter what they name for the first time among what changed.

    Args:
        run: the run it belongs to.
        exports: where exports come from.
        plan: what the collection holds.
        noted_change: by what share a popularity must differ to be noted in the history; see ``store_export``.

    Returns:
        Whether that tells what is new: without an earlier export, and without one of today, the change feed has to.
    """
    names = run.kind.exports if plan.include_adult else run.kind.exports[:1]
    is_told = await run.call(run.store.begin_new_ids, names)

    def say(_name: str, done: int, total: int | None) -> None:
        run.tell("export", done, total or done)

    try:
        stored = await take_exported_ids(exports, run.store, run.writer, names, say, noted_change=noted_change)
    except SourceError as error:
        log.warning("%s", error)
        run.report.missing_exports.append(str(error))
        return False
    for export in stored:
        run.report.exports.append(f"{export.name} of {export.day}: {export.films:,} {run.kind.plural}")
        run.report.unreadable += export.unreadable
    is_wanted = bool(plan.kind.discover) and not plan.min_vote_count and not plan.filters
    enter = partial(run.store.enter_new_ids, names, is_wanted=is_wanted, include_video=plan.include_video)
    run.report.new_ids = await run.call(enter, run.clock.now())
    return is_told and bool(stored)


async def fetch_just_enough(run: CollectionRun, plan: SweepPlan) -> None:
    """Fetch the films that have reached the minimum of votes of a plan.

    Raises:
        BudgetSpent: no more may be sent; what came is stored.
        SourceError: the source cannot be used.
    """
    began = run.began or run.clock.now()
    shown: dict[int, None] = {}
    try:
        pages = run.source.iter_lists(plan, [(just_enough_votes(plan), 1)])
        async with aclosing(pages):
            async for _, page in pages:
                run.report.pages += 1
                run.report.listed += len(page.results)
                shown |= dict.fromkeys(row["tmdb_id"] for row in page.results)
                await run.writer.add_listed(page.results)
    except IncompleteDiscovery as error:
        run.report.missing_pages += error.missing
        log.warning("%s", error)
    without = partial(run.store.without_details, list(shown), began)
    await run.fetch_missing(Search(lambda: len(without()), without))
