"""The change feed: what a day's refresh costs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ayne.clock import SystemClock
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.life.events import DAY
from ayne.sandbox.life.journal import is_in_feed
from ayne.sandbox.pace import Pace
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from benchmarks.processes import KEY, Figures, finish

# The day of a film's life that each setting is measured on is a normal one: half a percent of all films change.
_FILMS = 10_000
_PACE = Pace(added=0, edited=0.005, moved=0.02, deleted=0, merged=0)
_DAYS = 4
_START = datetime(2026, 6, 1, tzinfo=UTC)
# Copies that TMDB's terms are about: a hundred and eightieth of all films comes near six months each day.
_NEAR_TERMS = "UPDATE movies SET details_at = details_at - INTERVAL 166 DAY WHERE tmdb_id % 180 = $day"


class _WorldTime(SystemClock):
    def __init__(self, own: SandboxClock) -> None:
        self._own = own

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._own.now(), UTC)


def daily_refresh() -> Figures:
    """Requests of a daily refresh when half a percent of the films changed, against the fewest possible."""
    films = Catalogue.generated(_FILMS, seed=5)
    return {
        "films": _FILMS,
        "days": _DAYS,
        "no_caches": _days_of_refreshing(films, hour=9, cached=False),
        "caches_at_9": _days_of_refreshing(films, hour=9, cached=True),
        "caches_at_16": _days_of_refreshing(films, hour=16, cached=True),
    }


def _days_of_refreshing(films: Catalogue, *, hour: int, cached: bool) -> Figures:
    own = SandboxClock(_START.timestamp() + hour * 3600, 0)
    world = World(films, seed=5, pace=_PACE, start=_START.timestamp())
    app = SandboxApp(world, own_time=own, cached=cached)
    clock = _WorldTime(own)
    sums = dict.fromkeys(("requests", "feed_pages", "changed", "terms", "age", "fewest"), 0)
    with TemporaryDirectory() as folder:
        store = DuckDBClient(Path(folder) / "films.duckdb", clock=clock)

        async def run(*, collects: bool = False) -> RunReport:
            transport = SandboxTransport(app)
            async with TMDBClient(KEY, transport=transport, requests_per_second=1e6, clock=clock) as client:
                collection = DataCollectionOrchestrator(store, client, clock=clock)
                if collects:
                    return await collection.run_full_collection(1870, 2040, 0, min_vote_count=0, keep_raw=False)
                return await collection.run_refresh(keep_raw=False)

        finish(run(collects=True))
        # The first day's list begins where the collection did.
        own.advance(DAY)
        finish(run())
        for day in range(_DAYS):
            with duckdb.connect(store.path) as con:
                con.execute(_NEAR_TERMS, {"day": day})
            own.advance(DAY)
            report = finish(run())
            why = report.refreshed_by_reason
            over = _START.timestamp() + (day + 1) * DAY
            named = {event.film for event in world.events(over, over + DAY - 1, own.now()) if is_in_feed(event)}
            stored = {tmdb_id for (tmdb_id,) in store.query("SELECT tmdb_id FROM movies").rows}
            terms = store.query("SELECT count(*) FROM movies WHERE tmdb_id % 180 = ?", [day]).rows[0][0]
            both = sum(film % 180 == day for film in named & stored)
            sums["requests"] += report.requests
            sums["feed_pages"] += report.feed.pages if report.feed else 0
            for reason in ("changed", "terms", "age"):
                sums[reason] += why.get(reason, 0)
            sums["fewest"] += -(-len(named) // 100) + len(named & stored) + terms - both
    ratio = (sums["requests"] - sums["age"]) / sums["fewest"]
    return {**sums, "ratio_without_age": round(ratio, 3)}
