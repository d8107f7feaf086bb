"""Freshness: how many stored films are as TMDB has them, day by day, for a fixed number of requests a day.

The syncs are real ones: client, store and sandbox in one process, on a clock that jumps from noon to noon. The three
simple policies need no requests to be judged: a film that is fetched is as the world has it at that moment.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.pace import Pace
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from benchmarks import pictures
from benchmarks.processes import KEY, Figures

FILMS, DAYS, BUDGET = 50_000, 120, 700
# Half a per cent of the films are edited each day, which the feed tells; two per cent get votes, which it does not.
_PACE = Pace(edited=0.005, moved=0.02)
_START = datetime(2026, 6, 1, tzinfo=UTC)
_DAY = 86_400.0
_SHOWN_DAYS = (1, 7, 30, 60, 90, 120)


class Noon:
    """A clock that stands at noon of a day until it is moved on; waiting takes no time."""

    def __init__(self, start: datetime) -> None:
        self.day = start + timedelta(hours=12)
        self._waited = 0.0

    def now(self) -> datetime:
        """The noon."""
        return self.day

    def monotonic(self) -> float:
        """What was waited, in seconds."""
        return self._waited

    async def sleep(self, seconds: float) -> None:
        """Wait without waiting."""
        self._waited += max(seconds, 0.0)
        await asyncio.sleep(0)


@dataclass(slots=True)
class _Copies:
    """When each film was fetched last, and when it changed last."""

    fetched: dict[int, float] = field(default_factory=dict)

    def fetch(self, ids: Iterable[int], now: float) -> None:
        self.fetched.update(dict.fromkeys(ids, now))

    def fresh(self, changed: dict[int, float]) -> float:
        """The share of the films that have not changed since they were fetched."""
        right = sum(1 for film, at in self.fetched.items() if changed.get(film, 0.0) <= at)
        return right / len(self.fetched)


def upkeep() -> Figures:
    """Keep 50,000 living films fresh for 120 days with 700 requests a day, by ``sync`` and by three simple policies."""
    began = time.perf_counter()
    films = Catalogue.generated(FILMS)
    world = World(films, pace=_PACE, start=_START.timestamp())
    clock = Noon(_START)
    app = SandboxApp(world, wall_clock=lambda: clock.now().timestamp(), clock=clock.monotonic)
    db = DuckDBClient(":memory:", clock=clock)
    ids = sorted(films.ids(range(len(films))))
    simple = {name: _Copies() for name in ("in turn", "change feed only")}
    days: dict[int, dict[str, float]] = {}
    edited: dict[int, float] = {}
    moved: dict[int, float] = {}
    spent: list[int] = []
    by_age = _AgeOnly(world, clock)
    waiting: list[int] = []
    asyncio.run(_collect(app, clock, db))
    asyncio.run(by_age.collect())
    start = clock.now().timestamp()
    for copies in simple.values():
        copies.fetch(_stored(db), start)
    ids = sorted(_stored(db))
    for day in range(1, DAYS + 1):
        before = clock.now().timestamp()
        clock.day += timedelta(days=1)
        now = clock.now().timestamp()
        for event in world.events(before, now, now):
            (moved if event.kind == "moved" else edited)[event.film] = event.at
        app.log.clear()
        asyncio.run(_sync(app, clock, db))
        spent.append(app.log.report()["total"])
        asyncio.run(by_age.refresh())
        turn = [ids[(day * BUDGET + n) % len(ids)] for n in range(BUDGET)]
        simple["in turn"].fetch(turn, now)
        waiting = list(dict.fromkeys([*waiting, *(film for film, at in edited.items() if before < at <= now)]))
        pages = -(-len(waiting) // 100)
        simple["change feed only"].fetch(waiting[: BUDGET - pages], now)
        waiting = waiting[BUDGET - pages :]
        policies = {"sync": _Copies(_fetched(db)), "by age only": _Copies(_fetched(by_age.db)), **simple}
        known = set(ids)
        days[day] = {
            f"{name}, {what}": round(_Copies({f: at for f, at in kept.fetched.items() if f in known}).fresh(changed), 4)
            for name, kept in policies.items()
            for what, changed in (("edits", edited), ("edits and votes", _latest(edited, moved)))
        }
    if find_spec("matplotlib"):
        _plot(days)
    return {
        "films": len(ids),
        "days": DAYS,
        "budget": BUDGET,
        "most_requests_a_day": max(spent),
        "edited_films_a_day": round(len(edited) / DAYS),
        "by_day": {str(day): days[day] for day in _SHOWN_DAYS},
        "seconds": round(time.perf_counter() - began),
    }


def _latest(*moments: dict[int, float]) -> dict[int, float]:
    films = set().union(*moments)
    return {film: max(each.get(film, 0.0) for each in moments) for film in films}


def _stored(db: DuckDBClient) -> set[int]:
    return set(_fetched(db))


def _fetched(db: DuckDBClient) -> dict[int, float]:
    found = db.query("SELECT tmdb_id, epoch(details_at) FROM movies WHERE details_at IS NOT NULL AND gone_at IS NULL")
    return dict(found.rows)


def _collection(app: SandboxApp, clock: Any, db: DuckDBClient) -> tuple[TMDBClient, DataCollectionOrchestrator]:
    client = TMDBClient(
        KEY, transport=SandboxTransport(app), requests_per_second=1e6, max_concurrent=20, clock=clock, jitter=0
    )
    return client, DataCollectionOrchestrator(db, client, clock=clock)


async def _collect(app: SandboxApp, clock: Any, db: DuckDBClient) -> RunReport:
    client, collection = _collection(app, clock, db)
    async with client:
        return await collection.run_full_collection(1870, 2030, 0, min_vote_count=0, keep_raw=False)


async def _sync(app: SandboxApp, clock: Any, db: DuckDBClient) -> RunReport:
    client, collection = _collection(app, clock, db)
    async with client:
        return await collection.run_sync(1870, 2030, min_vote_count=0, max_requests=BUDGET, ahead=True, keep_raw=False)


class _AgeOnly:
    """A store that is refreshed by the policy's ages alone, without the change feed."""

    def __init__(self, world: World, clock: Noon) -> None:
        self._app = SandboxApp(world, wall_clock=lambda: clock.now().timestamp(), clock=clock.monotonic)
        self._clock = clock
        self.db = DuckDBClient(":memory:", clock=clock)

    async def collect(self) -> None:
        await _collect(self._app, self._clock, self.db)

    async def refresh(self) -> None:
        client, collection = _collection(self._app, self._clock, self.db)
        async with client:
            await collection.run_refresh(BUDGET, changes=False, keep_raw=False)


def _plot(days: dict[int, dict[str, float]]) -> None:
    figure, axes = pictures.style().subplots(1, 2, figsize=(10, 4), sharey=True)
    for axis, what in zip(axes, ("edits", "edits and votes"), strict=True):
        for name in ("sync", "change feed only", "by age only", "in turn"):
            axis.plot(list(days), [100 * shares[f"{name}, {what}"] for shares in days.values()], label=name)
        axis.set(title=f"as TMDB has them: {what}", xlabel="day")
    axes[0].set_ylabel("% of stored films")
    axes[0].legend()
    pictures.save(figure, "freshness")
