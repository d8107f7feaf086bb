"""Keep a store fresh within a budget: new films, changes, what is due, numbers, ratings. A nightly job runs this.

A sync does first what a request gains most from: a new film is worth more than a newer vote count. Lists renew votes,
averages and popularity, twenty films a request, the most useful lists first. Details of all films are renewed little by
little within six months. A sync never exceeds its budget, and the next one begins with what was left.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC
from math import ceil
from typing import Any

from ayne.data_collection.budget import Budget
from ayne.data_collection.change_feed import follow_feed
from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.discovery import discover
from ayne.data_collection.exported_ids import ExportSource
from ayne.data_collection.imdb.models import MissingFile
from ayne.data_collection.imdb_ratings import EpisodesFileSource, RatingsFileSource, take_imdb_files
from ayne.data_collection.list_renewal import Reach, renew_numbers
from ayne.data_collection.new_ids import OfThePlan, fetch_just_enough, take_new_ids
from ayne.data_collection.numbers import NOTED_CHANGE, details_quota
from ayne.data_collection.ratings import Rate, RatingsRun
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.retention import to_be_removed_before
from ayne.data_collection.run import Engine
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.limits import LONGEST_ALLOWED, ROWS_PER_PAGE
from ayne.errors import BudgetSpent
from ayne.net.allowance import within

log = logging.getLogger("ayne.collection")

# The share of films whose votes a sync without a bound sees to, within 1 or 1 percent of TMDB's.
TARGET = 0.99

# What the daily list of recent films may take of a budget, and how seldom it is asked for at least: every so many days.
# Meanwhile the change feed and the lists of stored films tell of new ones.
_SHARE, _SELDOM = 0.1, 7

# Copies that have used up this share of their time may be fetched ahead of it.
_NEXT = 1 / 6


def plans_of(plan: SweepPlan, this_year: int) -> list[SweepPlan]:
    """Return the two spans of a sync: recent and future days, where films appear, and all days before.

    The first is due every day, the second about once a month: one sweep over both would be due every day.

    >>> [(part.start_year, part.end_year) for part in plans_of(SweepPlan(1990, 2027), 2026)]
    [(2025, 2027), (1990, 2024)]
    """
    recent = this_year - 1
    if plan.start_year >= recent or plan.end_year < recent:
        return [plan]
    return [replace(plan, start_year=recent), replace(plan, end_year=recent - 1)]


def is_everything(plan: SweepPlan, this_year: int) -> bool:
    """Return whether a plan wants all films: then every new film belongs to it, before anybody has voted for it.

    >>> is_everything(SweepPlan(1870, 2027, 0), 2026), is_everything(SweepPlan(2024, 2027, 0), 2026)
    (True, False)
    """
    discover = plan.kind.discover
    whole = discover is not None and plan.start_year <= discover.first_year and plan.end_year >= this_year
    return whole and not plan.min_vote_count and not plan.filters


def list_policy(
    policy: RefreshPolicy, stored: int, requests: int | None, *, whole: bool = False, named: bool = False
) -> RefreshPolicy:
    """Return the policy for how often to list spans as a whole.

    Recent spans are listed every day, unless that took more than its share of a budget, or an export has named what is
    new. Where all films are wanted, what is older hardly ever is: feed and exports name what is new, and the lists that
    renew numbers show it too.

    Args:
        policy: how often without a budget.
        stored: how many films are stored that the list would show.
        requests: the budget.
        whole: all films are wanted.
        named: an export has named those that are new.

    >>> list_policy(RefreshPolicy(), 20_000, requests=400).recent_span.days
    7
    >>> list_policy(RefreshPolicy(), 20_000, None, whole=True).older_span.days
    165
    """
    if whole:
        policy = replace(policy, older_span=max(policy.older_span, LONGEST_ALLOWED - policy.near_limit))
    if requests is None and not named:
        return policy
    pages = stored / ROWS_PER_PAGE
    days = _SELDOM if named else min(_SELDOM, max(1, ceil(pages / max(1, _SHARE * (requests or 1)))))
    return replace(policy, recent_span=max(policy.recent_span, days * policy.recent_span))


def oldest_quota(ages: Iterable[tuple[int, int]], policy: RefreshPolicy, renewed: float) -> int:
    """Return how many of the oldest copies to fetch a day, so that not all reach their age limit at once.

    Args:
        ages: how many copies are how many days old: pairs of days and copies.
        policy: how long before the limit a copy comes before all else.
        renewed: the share of copies that the feed renews anyway each day. Of older ones it renews fewer, as films are
            edited most around their release; the quota makes up for that as these come nearer to their limit.
    """
    limit = (LONGEST_ALLOWED - policy.near_limit).days
    return details_quota([(limit - age, count) for age, count in ages], renewed)


@dataclass(frozen=True, slots=True)
class Sync:
    """Discover what is new, follow the change feed, fetch what is due, and rate, within a budget.

    Attributes:
        plan: what is discovered.
        append: parts to fetch with the details.
        keep_raw: also keep each film's answer as received.
        budget: what may be sent in all, retries and OMDb's requests included.
        add_changed: fetch films that the change feed names and that are not stored, too.
        ahead: spend what is left of the budget on the copies that come due next.
        rate: how films are rated, None when they are not.
        exports: where daily id exports come from, None to leave them out.
        ratings_file: where IMDb's file of ratings comes from, None to leave it out.
        episodes_file: where IMDb's file of episodes comes from, by which these are rated too.
        noted_change: by what share a popularity out of an export must differ from the one noted last, to be noted in
            the history too; 0 for every change, None for none.
        now: ask for what changed on days that are not over, too.
        target: the share of films whose votes are to be within 1 or 1 percent of TMDB's; None for as many as the budget
            allows, and without a budget for :data:`TARGET`.

    Raises:
        ValueError: ``ahead`` without a bound, or a target that is no share.
    """

    plan: SweepPlan
    append: tuple[str, ...]
    keep_raw: bool
    budget: Budget
    add_changed: bool
    ahead: bool
    rate: Rate | None
    target: float | None = None
    exports: ExportSource | None = None
    ratings_file: RatingsFileSource | None = None
    episodes_file: EpisodesFileSource | None = None
    noted_change: float | None = NOTED_CHANGE
    now: bool = False

    def __post_init__(self) -> None:
        if self.target is not None and not 0 < self.target <= 1:
            raise ValueError(f"a target is a share of films up to 1, not {self.target}")
        if self.ahead and self.budget.requests is None:
            raise ValueError("ahead needs max_requests: without a bound it would fetch everything again")

    def asked(self) -> dict[str, Any]:
        """Return the question, as the run stores it."""
        limits = {"max_requests": self.budget.requests, "max_seconds": self.budget.seconds}
        return {**self.plan.as_dict(), "sync": {**limits, "add_changed": self.add_changed, "target": self.target}}

    async def work(self, run: CollectionRun) -> None:
        """Run the job."""
        budget = self.budget
        with within(run.source, budget.take):
            try:
                await self._renew(run)
            except BudgetSpent as error:
                log.info("%s", error)
                run.report.budget_spent = True
            await _purge(run)
            if self.ratings_file:
                await _take_imdb_files(run, self.ratings_file, self.episodes_file)
            if self.rate and not run.report.budget_spent:
                await self._rate(run, self.rate)
            # More lists would always be of some use, so a budget that they use up is no sign of more to do.
            with suppress(BudgetSpent):
                await self._renew_numbers(run)
            if self.ahead and budget.requests_left:
                # A retry may use up the last request; that is no sign of more that is due.
                with suppress(BudgetSpent):
                    await run.refresh(budget.requests_left, run.policy.sooner(_NEXT))

    async def _renew(self, run: CollectionRun) -> None:
        this_year = run.clock.now().year
        whole = is_everything(self.plan, this_year)
        by_export = False
        if self.exports and run.kind.exports:
            by_export = await take_new_ids(run, self.exports, self.plan, noted_change=self.noted_change)
        if run.kind.discover is None:
            await self._keep_fresh(run)
            return
        if not whole and not self.add_changed and (new := await run.call(run.store.new_and_waiting)):
            run.entries = OfThePlan(run, self.plan, new)
        plans = plans_of(self.plan, this_year)
        for plan in plans:
            policy = await self._discovery_policy(run, plan, named=whole and by_export)
            sweep = await discover(run, plan, policy, self.plan)
            await run.fetch_missing(*run.listed(sweep.sweep_id))
            # What is recent is kept fresh before older films are looked for.
            if plan is plans[0]:
                # Of what the feed names and nobody stored, about half was removed; an export names what is there.
                await self._keep_fresh(run, add_new=whole and not by_export)
            run.report.waiting += await run.call(run.store.count_waiting, sweep.sweep_id, run.clock.now())

    async def _keep_fresh(self, run: CollectionRun, *, add_new: bool = False) -> None:
        if run.kind.changes:
            await follow_feed(run, add=self.add_changed, add_new=add_new, now=self.now)
        if self.plan.min_vote_count and run.kind.votes and not self.plan.filters:
            await fetch_just_enough(run, self.plan)
        await run.refresh(None, renewed_by_lists=self._reach.renews)
        await _renew_oldest(run)

    async def _discovery_policy(self, run: CollectionRun, plan: SweepPlan, *, named: bool) -> RefreshPolicy:
        if not self._reach.is_known:
            return run.policy
        has_gap = run.report.feed and run.report.feed.gap
        whole = is_everything(self.plan, run.clock.now().year) and not has_gap
        films = await run.call(run.store.films_of_day, plan)
        return list_policy(run.policy, sum(films.values()), self.budget.requests, whole=whole, named=named)

    @property
    def _reach(self) -> Reach:
        return Reach(self.plan, self.append)

    async def _renew_numbers(self, run: CollectionRun) -> None:
        left = self.budget.requests_left
        target = TARGET if self.target is None and left is None else self.target
        await renew_numbers(run, self._reach, most=left, target=target)

    async def _rate(self, run: CollectionRun, rate: Rate) -> None:
        left = self.budget.requests_left
        if left is not None and self.ratings_file:
            # OMDb is asked until its quota is used then, and votes are to be renewed too.
            left = ceil(left / 2)
        job = replace(rate, requests=left, for_seconds=self.budget.seconds_left)
        await run.writer.flush()
        ratings = run.beside = RatingsRun(run.thread, run.clock, run.on_progress, run.store, job)
        await Engine().see_through(ratings.rate(), ratings.finish)
        run.report.ratings = ratings.report.as_dict()
        self.budget.spent += ratings.report.requests


async def _renew_oldest(run: CollectionRun) -> None:
    """Fetch the day's share of the oldest copies, so that none comes to its limit together with all others."""
    now = run.clock.now()
    ages = await run.call(run.store.details_ages, now.astimezone(UTC).date())
    films, of_today = sum(count for _, count in ages), sum(count for age, count in ages if age <= 0)
    changed = run.report.refreshed_by_reason.get("changed", 0)
    days = run.report.feed.days if run.report.feed else 0
    renewed = changed / films / days if films and days else 0.0
    quota = oldest_quota(ages, run.policy, renewed)
    # A sync that is not the first of its day has had its share.
    if (left := quota - max(0, of_today - run.report.refreshed - run.report.details)) > 0:
        ids = await run.call(run.store.oldest_details, left, now.astimezone(UTC).date(), run.began or now)
        await run.fetch_again(dict.fromkeys(ids, "terms"))


async def _take_imdb_files(run: CollectionRun, ratings: RatingsFileSource, episodes: EpisodesFileSource | None) -> None:
    """Bring IMDb's ratings up to date; a file that cannot be fetched is named, and the run continues without it."""
    await run.writer.flush()
    stored, found = await take_imdb_files(ratings, episodes, run.store, run.writer.executor)
    for file in (found, stored):
        if isinstance(file, MissingFile):
            log.warning("%s", file.missing)
    run.report.imdb = asdict(stored) if stored else {}
    run.report.imdb_episodes = asdict(found) if found else {}


async def _purge(run: CollectionRun) -> None:
    """Remove what could not be renewed in time: it may not be kept."""
    if doubt := run.clock_doubt():
        log.warning("nothing is removed for its age: %s", doubt)
        return
    removed = await run.call(run.store.purge, to_be_removed_before(run.clock.now()))
    run.report.purged = removed.details + removed.summaries
