"""A living world, a file that syncs keep, and what is true of the file, judged by values.

A sync is a real one: client, orchestrator, DuckDB file and sandbox in one process, without sockets, on a clock that
jumps from noon to noon. Simple policies beside it need no requests to be judged: a film that is fetched is as the world
has it at that moment.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from ayne.data_collection.change_feed import follow_feed
from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.discovery import discover
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.sync import Sync, plans_of
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import BudgetSpent
from ayne.net.allowance import within
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.films.columns import ADULT, VIDEO
from ayne.sandbox.pace import Pace
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from benchmarks.processes import KEY

START = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = (1870, 2030)
DAY = timedelta(days=1)
_SECONDS = 86_400


class Noon:
    """A clock that stands at noon of a day until it is moved on; waiting takes no time."""

    def __init__(self, start: datetime) -> None:
        self.day = start + timedelta(hours=12)
        self._waited = 0.0

    def now(self) -> datetime:
        """Noon of the day."""
        return self.day

    def monotonic(self) -> float:
        """Seconds that were waited so far."""
        return self._waited

    async def sleep(self, seconds: float) -> None:
        """Wait, in no time."""
        self._waited += max(seconds, 0.0)
        await asyncio.sleep(0)


class Copy(NamedTuple):
    """What a policy knows of a film: when its details were made (seconds since 1970), votes and their average."""

    at: float
    votes: int
    average: float


Copies = dict[int, Copy]


class Right(NamedTuple):
    """The share of copies that are as they should be.

    Attributes:
        equal: made after the last edit, with TMDB's count of votes and their average.
        midnight: the same as of the last midnight, which is the most that lists can know.
        close: made after the last edit, with a count of votes within 1 or 1 percent.
        votes_equal: with TMDB's count of votes.
        votes_close: with a count of votes within 1 or 1 percent.
    """

    equal: float
    midnight: float
    close: float
    votes_equal: float
    votes_close: float


@dataclass
class Delays:
    """Since when each thing waits to be noticed, and how many days the others waited."""

    waiting: dict[int, float] = field(default_factory=dict)
    days: list[tuple[float, float]] = field(default_factory=list)

    def notice(self, noticed: Iterable[int], now: float) -> None:
        """Films that were noticed by now."""
        for film in noticed:
            if (since := self.waiting.pop(film, None)) is not None:
                self.days.append((since, (now - since) / _SECONDS))

    def figures(self, now: float, grace: int = 14) -> dict[str, Any]:
        """Median and 95th percentile, in days, of what is ``grace`` days past or more; what waits never ends."""
        until = now - grace * _SECONDS
        late = sum(1 for since in self.waiting.values() if since <= until)
        days = sorted([days for since, days in self.days if since <= until]) + [float("inf")] * late
        at = {name: days[ceil(share * len(days)) - 1] for name, share in (("median", 0.5), ("p95", 0.95)) if days}
        told = {name: None if days == float("inf") else round(days, 2) for name, days in at.items()}
        return {"number": len(days), **told, "never": late}


class _World(World):
    """A world whose feed is made once a day: nobody asks for it at another moment of it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._told = lru_cache(2)(super().changes)

    def changes(self, first: date, last: date, now: float) -> list[dict[str, Any]]:
        """The feed of some days, as of a moment."""
        return self._told(first, last, now)


class Living:
    """A world, day by day, and what is true in it."""

    def __init__(self, films: int, pace: Pace) -> None:
        self.world = _World(Catalogue.generated(films), pace=pace, start=START.timestamp())
        self.elsewhere = pace.elsewhere
        self.now = START.timestamp()
        self.truth: dict[int, tuple[int, float]] = {}
        self.at_midnight: dict[int, tuple[int, float]] = {}
        self.edited: dict[int, float] = {}
        self.edited_by_midnight: dict[int, float] = {}
        self.named: list[int] = []
        self.added, self.deleted, self.merged = Delays(), Delays(), Delays()
        self._named_today: dict[int, None] = {}

    def reach(self, now: float) -> None:
        """Live until a moment: a noon, one day after another."""
        midnight = now - now % _SECONDS
        self._live(self.now, midnight)
        self.named, self._named_today = list(self._named_today), {}
        self.edited_by_midnight = dict(self.edited)
        self._live(midnight, now)
        self.now = now
        existing, listed = self.world.existing(now), self.world.listed(now).columns
        columns = existing.columns
        numbers = zip(columns.votes, columns.averages, strict=True)
        self.truth = dict(zip(columns.ids, numbers, strict=True))
        self.at_midnight = dict(zip(listed.ids, zip(listed.votes, listed.averages, strict=True), strict=True))
        # No list shows adult films and videos, and of what is gone again there is nothing to find.
        for film in list(self.added.waiting):
            position = existing.position(film)
            if position is None or columns.flags[position] & (ADULT | VIDEO):
                del self.added.waiting[film]

    def _live(self, since: float, until: float) -> None:
        for event in self.world.events(since, until, until):
            if event.kind == "moved":
                continue
            self._named_today[event.film] = None
            if event.kind == "edited":
                self.edited[event.film] = event.at
            elif event.kind == "added":
                self.added.waiting[event.film] = event.at
            elif event.kind in ("deleted", "merged"):
                (self.deleted if event.kind == "deleted" else self.merged).waiting[event.film] = event.at
            elif event.kind == "returned":
                self.deleted.waiting.pop(event.film, None)

    @property
    def feed_pages(self) -> int:
        """How many pages yesterday's change feed has."""
        return max(1, -(-(len(self.named) + self.elsewhere) // 100))

    def judge(self, copies: Mapping[int, Copy]) -> Right:
        """Compare copies with what is true."""
        counts = [0] * len(Right._fields)
        for film, (at, votes, average) in copies.items():
            true = self.truth.get(film)
            if true is None:
                continue
            is_equal = votes == true[0]
            is_close = abs(votes - true[0]) <= max(1, true[0] / 100)
            is_current = self.edited.get(film, 0.0) <= at
            of_midnight = self.at_midnight.get(film, true)
            was_current = self.edited_by_midnight.get(film, 0.0) <= at
            is_same = is_equal and average == true[1]
            facts = (
                is_same and is_current,
                (is_same or (votes, average) == of_midnight) and was_current,
                is_close and is_current,
                is_equal,
                is_close,
            )
            for number, fact in enumerate(facts):
                counts[number] += fact
        return Right(*(count / len(copies) for count in counts))

    def fetch(self, copies: Copies, films: Iterable[int]) -> None:
        """Fetch the details of films into copies."""
        for film in films:
            true = self.truth.get(film)
            if true is None:
                copies.pop(film, None)
            else:
                copies[film] = Copy(self.now, *true)


@dataclass
class InTurn:
    """Fetches the oldest copies, day by day, and asks for nothing else."""

    copies: Copies
    budget: int

    def spend(self, living: Living) -> None:
        """Spend the requests of a day."""
        oldest = heapq.nsmallest(self.budget, self.copies, key=lambda film: self.copies[film].at)
        living.fetch(self.copies, oldest)


@dataclass
class FeedOnly:
    """Fetches what the change feed names, as far as the budget reaches."""

    copies: Copies
    budget: int
    waiting: dict[int, None] = field(default_factory=dict)

    def spend(self, living: Living) -> None:
        """Spend the requests of a day."""
        self.waiting |= dict.fromkeys(living.named)
        now = list(self.waiting)[: max(0, self.budget - living.feed_pages)]
        living.fetch(self.copies, now)
        for film in now:
            del self.waiting[film]


class _SyncOfBefore(Sync):
    """Spends requests as a sync did before lists renewed numbers: on discovery, the feed, and what is due by age."""

    async def work(self, run: CollectionRun) -> None:
        with within(run.source, self.budget.take), suppress(BudgetSpent):
            for number, plan in enumerate(plans_of(self.plan, run.clock.now().year)):
                sweep = await discover(run, plan)
                await run.fetch_missing(*run.listed(sweep.sweep_id))
                if number == 0:
                    await follow_feed(run)
                    await run.refresh(None)


class _Collection(DataCollectionOrchestrator):
    async def _carry_out(self, job: Any, **how: Any) -> RunReport:
        if isinstance(job, Sync):
            given = {name: getattr(job, name) for name in job.__dataclass_fields__}
            job = _SyncOfBefore(**given)
        return await super()._carry_out(job, **how)


@dataclass
class Syncs:
    """Real syncs of a DuckDB database, in memory: opening a file takes longer than what a sync stores.

    Attributes:
        living: the world.
        path: the database.
        clock: where time comes from.
        budget: requests a day, None for what the target needs.
        target: the share of films whose votes are to be close.
        min_votes: the fewest votes of films that are kept.
        is_before: spend as syncs did before lists renewed numbers.
        start: a file to begin with.
        report: of the last sync.
    """

    living: Living
    path: str
    clock: Noon
    budget: int | None
    target: float | None = None
    min_votes: int = 0
    is_before: bool = False
    start: Path | None = None
    report: RunReport | None = None

    def __post_init__(self) -> None:
        self.app = SandboxApp(
            self.living.world, wall_clock=lambda: self.clock.now().timestamp(), clock=self.clock.monotonic
        )
        self.db = DuckDBClient(self.path, clock=self.clock)
        if self.start:
            with self.db._file._connection() as con:  # noqa: SLF001 - no user fills a database in memory from a file
                con.execute(f"ATTACH '{self.start}' AS start (READ_ONLY)")
                con.execute("COPY FROM DATABASE start TO memory")
                con.execute("DETACH start")

    def _client(self) -> TMDBClient:
        transport = SandboxTransport(self.app)
        return TMDBClient(
            KEY, transport=transport, requests_per_second=1e6, max_concurrent=20, clock=self.clock, jitter=0
        )

    async def collect(self) -> RunReport:
        """Collect everything there is, details and all."""
        async with self._client() as client:
            collection = DataCollectionOrchestrator(self.db, client, clock=self.clock)
            return await collection.run_full_collection(*SPAN, 0, min_vote_count=self.min_votes, keep_raw=False)

    async def sync(self) -> int:
        """Sync; return how many requests the sandbox saw, but for daily files."""
        self.app.log.clear()
        made = _Collection if self.is_before else DataCollectionOrchestrator
        async with self._client() as client:
            with TemporaryDirectory(prefix="ayne-upkeep-") as folder:
                exports = ExportClient(
                    folder, transport=SandboxTransport(self.app), requests_per_second=1e6, clock=self.clock
                )
                collection = made(self.db, client, clock=self.clock, exports=None if self.is_before else exports)
                self.report = await collection.run_sync(
                    *SPAN,
                    min_vote_count=self.min_votes,
                    max_requests=self.budget,
                    target=self.target,
                    keep_raw=False,
                    popularity_history=None,
                )
                await exports.aclose()
        seen = self.app.log.report()
        return int(seen["total"]) - int(seen["by_kind"].get("export", 0))

    def copies(self) -> Copies:
        """What the file holds of films that it does not take to be gone."""
        found = self.db.query(
            "SELECT tmdb_id, coalesce(epoch(details_at), 0), coalesce(vote_count, 0), coalesce(vote_average, 0) "
            "FROM movies WHERE gone_at IS NULL AND merged_into IS NULL AND coalesce(details_at, summary_at) IS NOT NULL"
        )
        return {film: Copy(*rest) for film, *rest in found.rows}

    def notice(self) -> None:
        """Tell the world what the file knows of what was added, deleted and merged."""
        now = self.living.now
        for delays, state in (
            (self.living.added, "details_at IS NOT NULL"),
            (self.living.deleted, "gone_at IS NOT NULL OR merged_into IS NOT NULL"),
            (self.living.merged, "gone_at IS NOT NULL OR merged_into IS NOT NULL"),
        ):
            if delays.waiting:
                sql = f"SELECT tmdb_id FROM movies WHERE tmdb_id IN (SELECT unnest(?)) AND ({state})"  # noqa: S608 - ours
                found = self.db.query(sql, [list(delays.waiting)])
                delays.notice([film for (film,) in found.rows], now)

    def oldest_copy(self) -> float:
        """Days since the oldest details were made."""
        ((oldest,),) = self.db.query(
            "SELECT min(epoch(details_at)) FROM movies WHERE gone_at IS NULL AND merged_into IS NULL"
        ).rows
        return (self.clock.now().timestamp() - float(oldest)) / _SECONDS
