"""Renew the numbers of stored films by lists, twenty films a request: a phase of a sync.

Which lists are worth it is for :mod:`~ayne.data_collection.numbers` to say. A film that its list does not show has
moved to another class of votes or another day, or is gone: it is fetched by itself.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC
from functools import partial

from ayne.data_collection.answers import CACHED_FOR
from ayne.data_collection.collection import CollectionRun, Search
from ayne.data_collection.numbers import Cell, Choice, cells, choose, surprises
from ayne.data_collection.refresh import StoredCopy
from ayne.data_collection.run_report import NumbersReport
from ayne.data_collection.tmdb.coverage import Range, SweepPlan
from ayne.errors import IncompleteDiscovery

log = logging.getLogger("ayne.collection")

# Parts that change without a word of the change feed, so that lists do not stand in for the details.
_UNTOLD = frozenset({"watch/providers", "recommendations", "similar", "reviews", "lists"})


@dataclass(frozen=True, slots=True)
class Reach:
    """Which stored films the lists of a plan can show.

    Attributes:
        plan: the question that lists are asked by.
        append: the parts that films are fetched with.
    """

    plan: SweepPlan
    append: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether lists can renew votes: not with filters, and not of a kind without votes."""
        return not self.plan.filters and bool(self.plan.kind.votes and self.plan.kind.discover)

    def renews(self, copy: StoredCopy) -> bool:
        """Return whether lists renew a film that the change feed does not name."""
        return (
            self.is_known
            and _UNTOLD.isdisjoint(self.append)
            and copy.release_date is not None
            and self.plan.start_year <= copy.release_date.year <= self.plan.end_year
            and (copy.vote_count or 0) >= self.plan.min_vote_count
        )


def range_of(cell: Cell, plan: SweepPlan) -> Range:
    """Return the list that shows the films of a cell."""
    return Range(cell.first, cell.last, max(cell.min_votes, plan.min_vote_count) or None, cell.max_votes)


async def renew_numbers(run: CollectionRun, reach: Reach, *, most: int | None, target: float | None) -> None:
    """Ask for the lists that are worth most, and for the films that they turn out not to show.

    Args:
        run: the run it belongs to.
        reach: which films lists can show.
        most: the most lists to ask for, None for as many as the target needs.
        target: the share of films whose votes are to be within 1 or 1 percent, None for as many as ``most`` allows.

    Raises:
        BudgetSpent: no more may be sent; what came is stored.
        SourceError: the source cannot be used.
    """
    if not reach.is_known:
        return
    plan, now = reach.plan, run.clock.now()
    began = run.began or now
    today = now.astimezone(UTC).date()

    def chosen() -> Choice:
        surprising = surprises(run.store.number_looks(today), today)
        return choose(cells(run.store.number_copies(plan), today, surprising), requests=most, target=target)

    choice = await run.call(chosen)
    report = run.report.numbers = NumbersReport(
        films=choice.before.films,
        lists=choice.requests,
        all_lists=choice.total,
        close_before=round(choice.before.close_share, 4),
        close_expected=round(choice.after.close_share, 4),
    )
    told = (choice.requests, 100 * choice.before.close_share, 100 * choice.after.close_share)
    log.info("%d lists bring the films whose votes are right from %.1f to %.1f %%", *told)
    ranges = {range_of(cell, plan): cell.requests for cell in choice.cells}
    asked: list[Range] = []
    shown: dict[int, None] = {}
    try:
        pages = run.source.iter_lists(plan, ranges.items())
        async with aclosing(pages):
            async for item, page in pages:
                asked.append(item)
                report.pages += 1
                report.listed += len(page.results)
                shown |= dict.fromkeys(row["tmdb_id"] for row in page.results)
                await run.writer.add_listed(page.results)
                run.tell("numbers", report.pages, max(report.pages, choice.requests))
    except IncompleteDiscovery as error:
        run.report.missing_pages += error.missing
        log.warning("%s", error)
    # Lists show new films too.
    without = partial(run.store.without_details, list(shown), began)
    await run.fetch_missing(Search(lambda: len(without()), without))
    unseen = await run.call(run.store.unseen_in, list(dict.fromkeys(asked)), plan, now - CACHED_FOR, began)
    report.not_shown = len(unseen)
    await run.fetch_again(dict.fromkeys(unseen, "age"))
