"""OMDb's ratings for the films of a store, within a day's quota.

Requests are taken from the quota before they are sent, some at a time, together with the films they are for; what came
of them and what was not used is committed together. So any number of processes may rate films of one store at once, and
what is interrupted is carried on by running the same again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from ayne.clock import Clock, SystemClock
from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.omdb.quota import (
    DEFAULT_QUOTA,
    LEASE,
    Allowance,
    DueRatings,
    Lease,
    LeaseTerms,
    RatingPolicy,
    days_needed,
)
from ayne.data_collection.ratings_report import Outcome, RatingsReport
from ayne.data_collection.run_report import Progress, Snapshot, TrafficCounters
from ayne.errors import QuotaSpent, ServerFailure, StoreBusy, StoreError, Unauthorized

log = logging.getLogger("ayne.ratings")

T = TypeVar("T")

# One title failing is the title's trouble; ten in a row are OMDb's, and each costs as much as one that succeeds.
GIVE_UP_AFTER = 10


class RatingsSource(Protocol):
    """Where ratings come from; :class:`~ayne.data_collection.omdb.OMDBClient` is one."""

    @property
    def server(self) -> str:
        """Whose quota is spent."""
        ...

    @property
    def traffic(self) -> TrafficCounters:
        """What was sent and received so far."""
        ...

    def iter_ratings(
        self, imdb_ids: Iterable[str], *, permit: Callable[[], None] | None = None
    ) -> AsyncGenerator[OMDbMovie | RatingFailure, None]:
        """Ratings as they come; ``permit`` is called before each request."""
        ...


class RatingsStore(Protocol):
    """Where ratings go; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def lease_ratings(self, terms: LeaseTerms, now: datetime) -> tuple[Lease | None, Allowance, DueRatings]:
        """Take requests from the day's quota and films to spend them on."""
        ...

    def commit_ratings(
        self,
        lease: Lease,
        results: Sequence[OMDbMovie | RatingFailure],
        now: datetime,
        learned_at: datetime | None = None,
    ) -> None:
        """Store what a lease brought, and give back the rest of it, together."""
        ...


class RatingsCollection:
    """Asks OMDb for what is not rated yet, or was rated long ago.

    Args:
        store: where ratings go.
        source: where they come from.
        quota: requests a day that OMDb grants the key.
        policy: how old ratings may grow.
        clock: where time comes from.
        on_progress: called after each title.
        store_executor: where the store is called, one call at a time; by default a thread of its own.
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
        if not quota >= 0:
            raise ValueError(f"quota must not be negative, got {quota}")
        self._store = store
        self._source = source
        self._quota = quota
        self._policy = policy or RatingPolicy()
        self._clock = clock or SystemClock()
        self._on_progress = on_progress
        self._store_executor = store_executor
        self._work: asyncio.Task[None] | None = None
        self._run: _Run | None = None
        self._stop_asked = False

    def snapshot(self) -> Snapshot:
        """What the run at hand, or the last one, is doing; it may be asked for at any time, from any thread."""
        return self._run.snapshot() if self._run else Snapshot()

    def stop(self) -> None:
        """Ask the run to end: requests under way are dropped, what has come is committed, and the report says so."""
        self._stop_asked = True
        if self._work:
            self._work.cancel()

    async def run(
        self, limit: int | None = None, max_requests: int | None = None, max_seconds: float | None = None
    ) -> RatingsReport:
        """Rate films until nothing is due, no request is left today, or as many were sent as were asked for.

        Run again, on the same day or another, it carries on where it was.

        Args:
            limit: the most titles to ask for; 0 only to see what is left and due.
            max_requests: the most requests to send, retries included.
            max_seconds: no request is sent after so long.

        Raises:
            ValueError: an argument makes no sense; nothing was requested.
            Unauthorized: OMDb does not accept the key; nothing was stored.
            ServerFailure: OMDb is out of reach; what came before is stored.
            StoreError: the file cannot be used.
        """
        for name, most in (("limit", limit), ("max_requests", max_requests), ("max_seconds", max_seconds)):
            if most is not None and not most >= 0:
                raise ValueError(f"{name} must not be negative, got {most}")
        own_thread = None if self._store_executor else ThreadPoolExecutor(1, thread_name_prefix="ayne-store")
        executor = self._store_executor or own_thread
        bounds = _Bounds(limit, max_requests, max_seconds)
        run = _Run(self._store, self._source, self._quota, self._policy, self._clock, bounds, executor, self._say)
        self._run = run
        try:
            return await self._see_through(run)
        finally:
            if own_thread:
                own_thread.shutdown(wait=False)

    async def _see_through(self, run: _Run) -> RatingsReport:
        """Run to the end, be it its own or ours, and leave nothing uncommitted."""
        self._work = asyncio.ensure_future(run.rate())
        if self._stop_asked:
            self._work.cancel()
        try:
            await self._work
        except asyncio.CancelledError:
            try:
                await run.finish("interrupted")
            except StoreBusy as error:
                log.error("%s What was not stored yet is asked for again by the next run.", error)  # noqa: TRY400 - it is told, not traced
            if not self._stop_asked:
                raise
        except BaseException:
            # Whatever comes of writing it down, the reason why the run stopped is what its caller must hear.
            with suppress(StoreError):
                await run.finish("stopped")
            raise
        finally:
            self._work = None
            self._stop_asked = False
        return run.report

    def _say(self, progress: Progress) -> None:
        if self._on_progress:
            self._on_progress(progress)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Where a run ends although more could be done."""

    titles: int | None
    requests: int | None
    seconds: float | None


@dataclass(slots=True)
class _Run:
    """One run: leases, one after the other, and what came of the one at hand."""

    store: RatingsStore
    source: RatingsSource
    quota: int
    policy: RatingPolicy
    clock: Clock
    bounds: _Bounds
    executor: Executor | None
    say: Callable[[Progress], None]
    report: RatingsReport = field(default_factory=RatingsReport)
    lease: Lease | None = None
    came: list[OMDbMovie | RatingFailure] = field(default_factory=list)
    learned_at: datetime | None = None
    failures_in_a_row: int = 0
    total: int | None = None
    committed: int = 0
    began_at: float = 0.0
    sent_before: int = 0
    bytes_before: int = 0
    retries_before: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        traffic = self.source.traffic
        self.began_at = self.clock.monotonic()
        self.sent_before, self.bytes_before = traffic.requests, traffic.bytes_received
        self.retries_before = Counter(traffic.retries)

    @property
    def sent(self) -> int:
        """Requests of this run so far."""
        return self.source.traffic.requests - self.sent_before

    def progress(self) -> Progress:
        """How many titles came to an end, of those that this run may ask for."""
        report = self.report
        failures = sum(report.failures_by_reason.values())
        return Progress("ratings", report.asked, max(self.total or 0, report.asked), failures, self.sent)

    def snapshot(self) -> Snapshot:
        """What it is doing."""
        report = self.report
        return Snapshot.of_traffic([self.source.traffic]) + Snapshot(
            phases=(self.progress(),),
            rows={"ratings": self.committed},
            failures=dict(report.failures_by_reason),
            quota_left=report.left_today if report.resets_at else None,
            quota_resets_at=report.resets_at,
        )

    async def rate(self) -> None:
        """Lease, ask, commit, until there is a reason to end."""
        while True:
            titles, requests = self._may_lease()
            await self._in_store(self._take, titles, requests, self.clock.now())
            if self.lease is None:
                await self.finish(self._reason_to_end(bounded=not (titles and requests)), look=False)
                return
            try:
                await self._spend(self.lease)
            except Unauthorized:
                if not self.report.asked and self.source.traffic.retries == self.retries_before:
                    # OMDb counts requests by key, and this is none. It was one if there was another answer before.
                    self.lease.used = 0
                raise
            except QuotaSpent as error:
                # Without a status it is only the lease that is over.
                self.learned_at = error.observed_at if error.status is not None else None
            over = self.learned_at is not None
            # Retries may use up a lease before any of its titles comes to an end.
            self.failures_in_a_row += not self.came
            await self._in_store(self._settle, self.clock.now())
            if over:
                await self.finish("quota")
                return
            if self.failures_in_a_row >= GIVE_UP_AFTER:
                last = self.report.failed[-1].message if self.report.failed else "no answer at all"
                raise ServerFailure(f"{self.failures_in_a_row} titles in a row could not be had from OMDb: {last}")

    async def finish(self, outcome: Outcome, *, look: bool = True) -> None:
        """Commit what came, and say in the report how it ended and what is left."""
        await self._in_store(self._settle, self.clock.now())
        if look:
            await self._in_store(self._take, 0, 0, self.clock.now())
        report, traffic = self.report, self.source.traffic
        report.outcome = outcome
        report.requests = self.sent
        report.retries = dict(Counter(traffic.retries) - self.retries_before)
        report.bytes_received = traffic.bytes_received - self.bytes_before
        report.seconds = self.clock.monotonic() - self.began_at

    # --- bounds ---------------------------------------------------------------------------------------------------

    def _may_lease(self) -> tuple[int, int]:
        """For how many titles, and how many requests, a lease may be taken; 0 when the run has come to a bound."""
        titles = requests = 0 if self._is_late() else LEASE
        if self.bounds.titles is not None:
            titles = min(titles, self.bounds.titles - self.report.asked)
        if self.bounds.requests is not None:
            requests = min(requests, self.bounds.requests - self.sent)
        return max(0, titles), max(0, requests)

    def _is_late(self) -> bool:
        return self.bounds.seconds is not None and self.clock.monotonic() - self.began_at >= self.bounds.seconds

    def _reason_to_end(self, *, bounded: bool) -> Outcome:
        if not self.report.due:
            return "done"
        return "limit" if bounded else "quota"

    # --- the store, in its thread; one call at a time, so that each sees what the one before has done ---------------

    async def _in_store(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.executor, function, *arguments)

    def _take(self, titles: int, requests: int, now: datetime) -> None:
        """Take a lease. It is noted here, in the thread, so that it is given back even if nobody waits any more."""
        terms = LeaseTerms(self.source.server, self.quota, titles, requests, self.policy)
        self.lease, allowance, due = self.store.lease_ratings(terms, now)
        report = self.report
        report.quota, report.left_today, report.resets_at = self.quota, allowance.left, allowance.resets_at
        report.due = due.films
        report.days_needed = days_needed(due.films, allowance.left, self.quota)
        if self.total is None and self.lease:
            left = allowance.left + self.lease.granted
            self.total = min(most for most in (due.films, left, self.bounds.titles) if most is not None)

    def _settle(self, now: datetime) -> None:
        if self.lease:
            self.store.commit_ratings(self.lease, self.came, now, self.learned_at)
            self.committed += len(self.came)
            self.lease, self.came, self.learned_at = None, [], None

    # --- OMDb -----------------------------------------------------------------------------------------------------

    async def _spend(self, lease: Lease) -> None:
        """Ask for the films of a lease; raises QuotaSpent when it or the day's quota is used up."""

        def permit() -> None:
            if self._is_late():
                raise QuotaSpent("the time for this run is over")
            lease.take(self.clock.now())

        async with aclosing(self.source.iter_ratings(lease.imdb_ids, permit=permit)) as results:
            async for found in results:
                self.came.append(found)
                self.report.add(found)
                failed = isinstance(found, RatingFailure) and not found.of_the_title
                self.failures_in_a_row = self.failures_in_a_row + 1 if failed else 0
                self.say(self.progress())
