"""Fetch OMDb's ratings for the films of a store, within a day's quota.

Requests are taken from the quota before they are sent, some at a time, together with the films they are for; what came
of them and what was not used is committed together. So any number of processes may rate films of one store at once, and
what is interrupted is carried on by running the same again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from ayne.clock import Clock, SystemClock
from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.omdb.quota import (
    DEFAULT_QUOTA,
    LEASE,
    DayQuota,
    DueRatings,
    Lease,
    LeaseTerms,
    RatingPolicy,
    days_needed,
)
from ayne.data_collection.ratings_report import Outcome, RatingsReport
from ayne.data_collection.run import Engine, Run
from ayne.data_collection.run_limits import check_limits
from ayne.data_collection.run_report import Counted, Progress, Snapshot
from ayne.data_collection.writer import StoreThread
from ayne.errors import QuotaSpent, ServerFailure, Unauthorized
from ayne.net.allowance import Sender, within

# One title failing is the title's trouble; ten in a row are OMDb's, and each costs as much as one that succeeds.
GIVE_UP_AFTER = 10


class RatingsSource(Sender, Counted, Protocol):
    """Where ratings come from; :class:`~ayne.data_collection.omdb.OMDBClient` is one."""

    @property
    def server(self) -> str:
        """Whose quota is spent."""
        ...

    def iter_ratings(self, imdb_ids: Iterable[str]) -> AsyncGenerator[OMDbMovie | RatingFailure, None]:
        """Yield ratings as they come."""
        ...


class RatingsStore(Protocol):
    """Where ratings go; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def lease_ratings(self, terms: LeaseTerms, now: datetime) -> tuple[Lease | None, DayQuota, DueRatings]:
        """Take requests from the day's quota and films to spend them on."""
        ...

    def commit_ratings(
        self,
        lease: Lease,
        results: Sequence[OMDbMovie | RatingFailure],
        now: datetime,
        learned_at: datetime | None = None,
    ) -> None:
        """Store the ratings of a lease and give back its unused requests, together."""
        ...


class RatingsCollection:
    """Asks OMDb for titles that are not rated yet, or were rated long ago.

    Args:
        store: where ratings go.
        source: where they come from.
        quota: requests a day that OMDb grants the key.
        policy: how old ratings may grow.
        clock: the clock to use.
        on_progress: called after each title.
        store_executor: the executor that calls the store, one call at a time; by default a separate thread.
    """

    def __init__(
        self,
        store: RatingsStore,
        source: RatingsSource,
        *,
        quota: int = DEFAULT_QUOTA,
        policy: RatingPolicy | None = None,
        clock: Clock | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        store_executor: Executor | None = None,
    ) -> None:
        self._store = store
        self._job = Rate(source, quota, policy or RatingPolicy())
        self._clock = clock or SystemClock()
        self._on_progress = on_progress
        self._store_executor = store_executor
        self._engine = Engine()
        self._run: RatingsRun | None = None

    def snapshot(self) -> Snapshot:
        """Return what the current run, or the last one, is doing. Call it at any time, from any thread."""
        return self._run.snapshot() if self._run else Snapshot()

    def stop(self) -> None:
        """Ask the run to end: it drops requests under way, commits what has come, and says so in the report."""
        self._engine.stop()

    async def run(
        self, limit: int | None = None, max_requests: int | None = None, max_seconds: float | None = None
    ) -> RatingsReport:
        """Rate films until nothing is due, no request is left today, or a limit is reached.

        Run again, on the same day or another, it carries on where it was.

        Args:
            limit: the most titles to ask for; 0 only to see what is left and due.
            max_requests: the most requests to send, retries included.
            max_seconds: no request is sent after so long.

        Raises:
            ValueError: an argument is invalid; nothing was requested.
            Unauthorized: OMDb does not accept the key; nothing was stored.
            ServerFailure: OMDb is out of reach; what came before is stored.
            StoreError: the file cannot be used.
        """
        check_limits(limit=limit, max_requests=max_requests, max_seconds=max_seconds)
        job = replace(self._job, titles=limit, requests=max_requests, for_seconds=max_seconds)
        thread = StoreThread(self._clock, self._store_executor)
        self._run = run = RatingsRun(thread, self._clock, self._on_progress, self._store, job)
        try:
            await self._engine.see_through(run.rate(), run.finish)
        finally:
            thread.close()
        return run.report


@dataclass(frozen=True, slots=True)
class Rate:
    """The job of rating films, and where it ends although more could be done.

    Attributes:
        source: where ratings come from.
        quota: requests a day that OMDb grants the key.
        policy: how old ratings may grow.
        titles, requests, for_seconds: the most titles to ask for, requests to send, and time; None for any.

    Raises:
        ValueError: the quota is negative.
    """

    source: RatingsSource
    quota: int = DEFAULT_QUOTA
    policy: RatingPolicy = field(default_factory=RatingPolicy)
    titles: int | None = None
    requests: int | None = None
    for_seconds: float | None = None

    def __post_init__(self) -> None:
        check_limits(quota=self.quota)


@dataclass(slots=True)
class RatingsRun(Run):
    """A run that rates: one lease after the other, and the results of the current one."""

    store: RatingsStore
    job: Rate
    report: RatingsReport = field(default_factory=RatingsReport)
    lease: Lease | None = None
    came: list[OMDbMovie | RatingFailure] = field(default_factory=list)
    learned_at: datetime | None = None
    failures_in_a_row: int = 0
    total: int | None = None
    committed: int = 0
    is_counted: bool = False
    """Whether the report says what is left and due now."""

    def __post_init__(self) -> None:
        self.count(self.job.source)

    def what_came(self) -> Snapshot:
        """Return what was committed, what could not be fetched, and what is left of the quota."""
        report = self.report
        return Snapshot(
            rows={"ratings": self.committed},
            failures=dict(report.failures_by_reason),
            quota_left=report.left_today if report.resets_at else None,
            quota_resets_at=report.resets_at,
        )

    def _progress(self) -> Progress:
        """Return how many titles came to an end, of those that this run may ask for."""
        done, failures = self.report.asked, sum(self.report.failures_by_reason.values())
        return Progress("ratings", done, max(self.total or 0, done), failures, self.requests)

    async def rate(self) -> Outcome:
        """Lease requests, send them and commit the ratings, until there is a reason to end; return it."""
        while True:
            titles, requests = self._may_lease()
            await self.thread.call_now(self._take, titles, requests, self.clock.now())
            if self.lease is None:
                return self._reason_to_end(bounded=not (titles and requests))
            try:
                await self._spend(self.lease)
            except Unauthorized:
                if not self.report.asked and not self.sent().retries:
                    # OMDb counts requests by key, and this is none. It was one if there was another answer before.
                    self.lease.used = 0
                raise
            except QuotaSpent as error:
                # Without a status it is only the lease that is over.
                self.learned_at = error.observed_at if error.status is not None else None
            over = self.learned_at is not None
            # Retries may use up a lease before any of its titles comes to an end.
            self.failures_in_a_row += not self.came
            await self.thread.call_now(self._settle, self.clock.now())
            if over:
                return "quota"
            if self.failures_in_a_row >= GIVE_UP_AFTER:
                last = self.report.failed[-1].message if self.report.failed else "no answer at all"
                raise ServerFailure(f"{self.failures_in_a_row} titles in a row could not be fetched from OMDb: {last}")

    async def finish(self, outcome: Outcome) -> None:
        """Commit the results, and report how the run ended and what is left."""
        await self.thread.call_now(self._settle, self.clock.now())
        if not self.is_counted:
            await self.thread.call_now(self._take, 0, 0, self.clock.now())
        self.report.outcome = outcome
        self.sum_up(self.report)

    # --- bounds ---------------------------------------------------------------------------------------------------

    def _may_lease(self) -> tuple[int, int]:
        """Return for how many titles, and how many requests, a lease may be taken; 0 when the run reached a limit."""
        titles = requests = 0 if self._is_late() else LEASE
        if self.job.titles is not None:
            titles = min(titles, self.job.titles - self.report.asked)
        if self.job.requests is not None:
            requests = min(requests, self.job.requests - self.requests)
        return max(0, titles), max(0, requests)

    def _is_late(self) -> bool:
        return self.job.for_seconds is not None and self.seconds >= self.job.for_seconds

    def _reason_to_end(self, *, bounded: bool) -> Outcome:
        if not self.report.due:
            return "done"
        return "limit" if bounded else "quota"

    # --- the store, in its thread; one call at a time, so that each sees what the one before has done ---------------

    def _take(self, titles: int, requests: int, now: datetime) -> None:
        """Take a lease. It is noted here, in the thread, so that it is given back even if nobody waits any more."""
        terms = LeaseTerms(self.job.source.server, self.job.quota, titles, requests, self.job.policy)
        self.lease, allowance, due = self.store.lease_ratings(terms, now)
        self.is_counted = self.lease is None
        report = self.report
        report.quota, report.left_today, report.resets_at = self.job.quota, allowance.left, allowance.resets_at
        report.due = due.films
        report.days_needed = days_needed(due.films, allowance.left, self.job.quota)
        if self.total is None and self.lease:
            left = allowance.left + self.lease.granted
            self.total = min(most for most in (due.films, left, self.job.titles) if most is not None)
        self.phases["ratings"] = self._progress()

    def _settle(self, now: datetime) -> None:
        if self.lease:
            self.store.commit_ratings(self.lease, self.came, now, self.learned_at)
            self.committed += len(self.came)
            self.lease, self.came, self.learned_at = None, [], None
            self.is_counted = False

    # --- OMDb -----------------------------------------------------------------------------------------------------

    async def _spend(self, lease: Lease) -> None:
        """Ask for the films of a lease; raises QuotaSpent when it or the day's quota is used up."""

        def take_one() -> None:
            if self._is_late():
                raise QuotaSpent("the time for this run is over")
            lease.take(self.clock.now())

        with within(self.job.source, take_one):
            async with aclosing(self.job.source.iter_ratings(lease.imdb_ids)) as results:
                async for found in results:
                    self.came.append(found)
                    self.report.add(found)
                    failed = isinstance(found, RatingFailure) and not found.of_the_title
                    self.failures_in_a_row = self.failures_in_a_row + 1 if failed else 0
                    self.say(self._progress())
