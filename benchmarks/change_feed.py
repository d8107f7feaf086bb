"""The change feed: what a day's refresh costs, and that no change is lost when runs are killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import httpx

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
from benchmarks.processes import KEY, MOST_SECONDS, ROOT, Figures, Sandbox, finish, sandbox

# The day of a film's life that each setting is measured on is a normal one: half a percent of all films change.
_FILMS = 10_000
_PACE = Pace(added=0, edited=0.005, moved=0.02, deleted=0, merged=0)
_DAYS = 4
_START = datetime(2026, 6, 1, tzinfo=UTC)
# Copies that TMDB's terms are about: a hundred and eightieth of all films comes near six months each day.
_NEAR_TERMS = "UPDATE movies SET details_at = details_at - INTERVAL 166 DAY WHERE tmdb_id % 180 = $day"

KILLS = int(os.environ.get("AYNE_BENCHMARK_KILLS", "100"))


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


def change_feed_kills() -> Figures:
    """Kill a refresh between feed and details, again and again while films change, and compare with the truth."""
    films = "1000"
    living = ("--clock", "2026-06-01T16:00:00Zx0", "--pace", "edited=0.03,moved=0,added=0,returned=0.3")
    with TemporaryDirectory() as folder, sandbox("--movies", films, "--seed", "11", *living) as server:
        database = Path(folder) / "films.duckdb"
        _once(server, database, "collect")
        kills = between = 0
        began = time.monotonic()
        while kills < KILLS and time.monotonic() - began < MOST_SECONDS:
            if kills % 2 == 0:
                _post(server, "clock", advance=str(DAY))
            killed = _kill_after(server, database, requests=1 + kills * 7 % 20)
            kills += killed
            between += killed and _changed(database) > 0
        _once(server, database)
        wrong, compared = _compare(server, database)
        watermark = DuckDBClient(database).feed_position().watermark
        left = _changed(database)
    return {
        "kills": kills,
        "kills_with_changes_waiting": between,
        "days": -(-kills // 2),
        "watermark": str(watermark),
        "films_compared": compared,
        "films_wrong": len(wrong),
        "changed_left": left,
        "seconds": round(time.monotonic() - began),
    }


def _start(server: Sandbox, database: Path, *what: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.refresh_once", server.url, str(database), *what]
    return subprocess.Popen(  # noqa: S603 - our own command line
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _once(server: Sandbox, database: Path, *what: str) -> None:
    with _start(server, database, *what) as process:
        if process.wait(MOST_SECONDS):
            raise RuntimeError("a run that nobody disturbed failed")


def _kill_after(server: Sandbox, database: Path, requests: int) -> bool:
    """Kill a refresh when it has sent so many requests; False when it was over before."""
    server.reset()
    with _start(server, database) as process:
        while process.poll() is None and server.report()["total"] < requests:
            time.sleep(0.005)
        was_alive = process.poll() is None
        process.kill()
    return was_alive


def _changed(database: Path) -> int:
    return int(DuckDBClient(database).query("SELECT count(*) FROM changed").rows[0][0])


def _compare(server: Sandbox, database: Path) -> tuple[list[int], int]:
    """Stored films that are neither as they were at the watermark nor as they became after it."""
    store = DuckDBClient(database)
    watermark = store.feed_position().watermark or date.min
    since = datetime(watermark.year, watermark.month, watermark.day, tzinfo=UTC) + timedelta(days=1)
    events = _get(server, "truth/changes", **{"from": _moment(since)})["events"]
    later: dict[int, list[str]] = {}
    for event in events:
        later.setdefault(event["film"], []).append(event["at"])
    bodies = {answer.tmdb_id: json.loads(answer.body) for answer in store.kept_answers(0, 10**6)}
    stored = store.query(
        "SELECT tmdb_id, gone_at IS NULL AND merged_into IS NULL FROM movies WHERE details_at IS NOT NULL"
    )
    wrong = []
    for tmdb_id, is_there in stored.rows:
        held = bodies[tmdb_id] if is_there else None
        moments = [_moment(since), *later.get(tmdb_id, ())]
        if not any(held == _truth(server, tmdb_id, moment) for moment in moments):
            wrong.append(tmdb_id)
    return wrong, len(stored.rows)


def _truth(server: Sandbox, tmdb_id: int, moment: str) -> Any:
    told = _get(server, f"truth/movie/{tmdb_id}", at=moment)
    return told["body"] if told["exists"] else None


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _get(server: Sandbox, path: str, **parameters: str) -> dict[str, Any]:
    address = f"{server.url.removesuffix('/3')}/sandbox/{path}"
    answer = httpx.get(address, params=parameters, trust_env=False, timeout=60)
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


def _post(server: Sandbox, path: str, **parameters: str) -> None:
    address = f"{server.url.removesuffix('/3')}/sandbox/{path}"
    httpx.post(address, params=parameters, trust_env=False, timeout=60).raise_for_status()
