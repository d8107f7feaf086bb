"""Keeping a store fresh within a budget: new films, changes, what is due, and ratings; what a nightly job runs.

The order is that of what a request buys: a film that is new is worth more than a newer vote count. The budget is never
passed, and what was left undone is what the next sync begins with.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ayne.data_collection.budget import Budget
from ayne.data_collection.change_feed import follow_feed
from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.discovery import discover
from ayne.data_collection.ratings import Rate, RatingsRun
from ayne.data_collection.retention import to_be_removed_before
from ayne.data_collection.run import Engine
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.errors import BudgetSpent
from ayne.net.allowance import within

log = logging.getLogger("ayne.collection")

# Copies that have used up this share of their time may be fetched ahead of it.
_NEXT = 1 / 6


def plans_of(plan: SweepPlan, this_year: int) -> list[SweepPlan]:
    """Return the spans of a sync: what is recent or yet to come, where films appear, and all before that.

    The first is due every day, the second about once a month: one sweep over both would be due every day.

    >>> [(part.start_year, part.end_year) for part in plans_of(SweepPlan(1990, 2027), 2026)]
    [(2025, 2027), (1990, 2024)]
    """
    recent = this_year - 1
    if plan.start_year >= recent or plan.end_year < recent:
        return [plan]
    return [replace(plan, start_year=recent), replace(plan, end_year=recent - 1)]


@dataclass(frozen=True, slots=True)
class Sync:
    """Discover what is new, follow the change feed, fetch what is due, and rate, within a budget.

    Attributes:
        plan: what is discovered.
        append: parts to fetch with the details.
        keep_raw: keep each film's answer as it came too.
        budget: what may be sent in all, retries and OMDb's requests included.
        add_changed: fetch films that the change feed names and that are not stored, too.
        ahead: spend what is left of the budget on the copies that come due next.
        rate: how films are rated, None when they are not.

    Raises:
        ValueError: ``ahead`` without a bound.
    """

    plan: SweepPlan
    append: tuple[str, ...]
    keep_raw: bool
    budget: Budget
    add_changed: bool
    ahead: bool
    rate: Rate | None

    def __post_init__(self) -> None:
        if self.ahead and self.budget.requests is None:
            raise ValueError("ahead needs max_requests: without a bound it would fetch everything again")

    def asked(self) -> dict[str, Any]:
        """Return what was asked for, as it is kept with the run."""
        limits = {"max_requests": self.budget.requests, "max_seconds": self.budget.seconds}
        return {**self.plan.as_dict(), "sync": {**limits, "add_changed": self.add_changed}}

    async def work(self, run: CollectionRun) -> None:
        """Do it."""
        budget = self.budget
        with within(run.source, budget.take):
            try:
                await self._renew(run)
            except BudgetSpent as error:
                log.info("%s", error)
                run.report.budget_spent = True
            await _purge(run)
            if self.rate and not run.report.budget_spent:
                await self._rate(run, self.rate)
            if self.ahead and budget.requests_left:
                # A retry may use up the last request; that is no sign of more that is due.
                with suppress(BudgetSpent):
                    await run.refresh(budget.requests_left, run.policy.sooner(_NEXT))

    async def _renew(self, run: CollectionRun) -> None:
        plans = plans_of(self.plan, run.clock.now().year)
        for plan in plans:
            sweep = await discover(run, plan)
            await run.fetch_missing(*run.listed(sweep.sweep_id))
            # What is recent is kept fresh before older films are looked for.
            if plan is plans[0]:
                if run.kind.changes:
                    await follow_feed(run, add=self.add_changed)
                await run.refresh(None)
            run.report.waiting += await run.call(run.store.count_waiting, sweep.sweep_id, run.clock.now())

    async def _rate(self, run: CollectionRun, rate: Rate) -> None:
        job = replace(rate, requests=self.budget.requests_left, for_seconds=self.budget.seconds_left)
        await run.writer.flush()
        ratings = run.beside = RatingsRun(run.thread, run.clock, run.on_progress, run.store, job)
        await Engine().see_through(ratings.rate(), ratings.finish)
        run.report.ratings = ratings.report.as_dict()
        self.budget.spent += ratings.report.requests


async def _purge(run: CollectionRun) -> None:
    """Remove what could not be renewed in time: it may not be kept."""
    if doubt := run.clock_doubt():
        log.warning("nothing is removed for its age: %s", doubt)
        return
    removed = await run.call(run.store.purge, to_be_removed_before(run.clock.now()))
    run.report.purged = removed.details + removed.summaries
