"""Run discovery as a phase of a run: sweep a span, or resume a sweep, and keep the ledger."""

from __future__ import annotations

import logging
from contextlib import aclosing
from datetime import date, datetime

from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.ports import MovieStore
from ayne.data_collection.refresh import RefreshPolicy, discovery_due
from ayne.data_collection.tmdb.coverage import Range, Sweep, SweepPlan
from ayne.data_collection.tmdb.question import roots
from ayne.errors import IncompleteDiscovery

log = logging.getLogger("ayne.collection")


async def discover(
    run: CollectionRun, plan: SweepPlan, policy: RefreshPolicy | None = None, part_of: SweepPlan | None = None
) -> Sweep:
    """Discover what a plan covers, unless that was done lately; return the sweep, unfinished if pages are missing.

    Args:
        run: the run it belongs to.
        plan: what is discovered.
        policy: what lately means; by default what it means to the run.
        part_of: a plan that covers this one: when that was finished lately, there is nothing to list.
    """
    sweep = await _sweep(run, plan, policy or run.policy, part_of)
    run.sweeps.append(sweep.sweep_id)
    run.report.overfull += [str(known.range) for known in sweep.known if known.state == "overfull"]
    unanswered = set() if sweep.finished_at else set(roots(plan)) - {known.range for known in sweep.known}
    try:
        if not sweep.finished_at:
            await _list(run, plan, sweep, unanswered)
    finally:
        counts = await run.call(run.store.coverage, sweep.sweep_id)
        # The ledger knows nothing of a range before its first answer.
        counts["open"] += len(unanswered)
        # A run may discover more than one span.
        for name, count in counts.items():
            run.report.coverage[name] = run.report.coverage.get(name, 0) + count
    return sweep


async def _sweep(run: CollectionRun, plan: SweepPlan, policy: RefreshPolicy, part_of: SweepPlan | None) -> Sweep:
    """Return the sweep to carry on, the one that is still fresh, or a new one."""
    now = run.clock.now()
    sweep = await run.call(valid_sweep, run.store, plan, now, policy, part_of)
    if sweep:
        run.report.discovery = "fresh" if sweep.finished_at else "carried on"
        return sweep
    return await run.call(run.store.begin_sweep, plan, now)


def valid_sweep(
    store: MovieStore, plan: SweepPlan, now: datetime, policy: RefreshPolicy, part_of: SweepPlan | None = None
) -> Sweep | None:
    """Return the sweep of a plan that is still valid or can be resumed; None when discovery has to start again.

    Args:
        store: where discoveries are kept.
        plan: what is discovered.
        now: the moment to judge by.
        policy: how long a discovery stays valid.
        part_of: a plan that covers this one; what it has listed lately, finished, is not listed again.
    """
    last_day = date(plan.end_year, 12, 31)
    sweep = store.latest_sweep(plan)
    whole = store.latest_sweep(part_of) if part_of and part_of != plan else None
    if whole and whole.finished_at and not (sweep and sweep.started_at >= whole.started_at):
        sweep = whole
    if sweep is None or discovery_due(last_day, sweep.finished_at or sweep.started_at, now, policy):
        return None
    return sweep


async def _list(run: CollectionRun, plan: SweepPlan, sweep: Sweep, unanswered: set[Range]) -> None:
    """List what a sweep lacks; takes ranges that were answered out of ``unanswered``."""
    # How many of the stored films a filter would let through is not known.
    films_of_day = {} if plan.filters else await run.call(run.store.films_of_day, plan)
    pages = run.source.iter_sweep(plan, known=sweep.known, listed=sweep.listed, films_of_day=films_of_day)
    try:
        async with aclosing(pages):
            async for page in pages:
                unanswered.discard(page.progress.range)
                run.report.pages += 1
                run.report.listed += len(page.results)
                run.report.unreadable += len(page.content.unreadable)
                run.report.overfull += [str(item.range) for item in page.ledger if item.state == "overfull"]
                await run.writer.add_page(sweep.sweep_id, page)
                run.tell("discover", page.pages_done, page.pages_known)
    except IncompleteDiscovery as error:
        run.report.missing_pages = error.missing
        log.warning("%s", error)
    else:
        await run.call(run.store.finish_sweep, sweep.sweep_id, run.clock.now())
