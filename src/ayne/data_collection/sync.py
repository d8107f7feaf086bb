"""Keeping a store fresh within a budget: new films, changes, what is due, and ratings; what a nightly job runs.

The order is that of what a request buys: a film that is new is worth more than a newer vote count. The budget is never
passed, and what was left undone is what the next sync begins with.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from ayne.data_collection.change_feed import follow_feed
from ayne.data_collection.discovery import discover
from ayne.data_collection.run import Run
from ayne.data_collection.tmdb.coverage import SweepPlan

log = logging.getLogger("ayne.collection")


def plans_of(plan: SweepPlan, this_year: int) -> list[SweepPlan]:
    """The spans of a sync: what is recent or yet to come, in which films appear, and all before that.

    The first is due every day, the second about once a month: one sweep over both would be due every day.

    >>> [(part.start_year, part.end_year) for part in plans_of(SweepPlan(1990, 2027), 2026)]
    [(2025, 2027), (1990, 2024)]
    """
    recent = this_year - 1
    if plan.start_year >= recent or plan.end_year < recent:
        return [plan]
    return [replace(plan, start_year=recent), replace(plan, end_year=recent - 1)]


async def sync(run: Run, plans: Sequence[SweepPlan], *, add_changed: bool) -> None:
    """Discover what is new, follow the change feed, and fetch what is due.

    Raises:
        BudgetSpent: there was more to do.
    """
    for plan in plans:
        sweep = await discover(run, plan)
        await run.fetch_missing(*run.listed(sweep.sweep_id))
        # What is recent is kept fresh before older films are looked for.
        if plan is plans[0]:
            await follow_feed(run, add=add_changed)
            await run.refresh(None)
        run.report.waiting += await run.call(run.store.count_waiting, sweep.sweep_id, run.clock.now())
