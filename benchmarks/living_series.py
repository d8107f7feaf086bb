"""Series that go on: how much of the file is as TMDB has it, day by day, and when a new episode is there.

The syncs are real ones: client, store and sandbox in one process, on a clock that jumps from noon to noon, each without
a budget. On each day some series are compared with their whole bodies, in every column.

    python -m benchmarks.living_series 1000 60       so many series for so many days, as JSON, kept nowhere
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import fmean, median
from typing import Any

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import SERIES
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.pace import Pace
from ayne.sandbox.series.guide import Place
from ayne.sandbox.television import Television
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from benchmarks.living import Noon
from benchmarks.processes import KEY, Figures
from benchmarks.series_truth import MOMENTS, TABLES, Row, rows, whole

_SERIES, _DAYS, _COMPARED = 1_000, 60, 100
_START = datetime(2026, 6, 1, tzinfo=UTC)
_SPAN = (1936, 2040)
# What the change feed does not tell, and what a series' episodes change by the day alone.
_NUMBERS = {"vote_average", "vote_count", "popularity"}
_BY_DAY = {"last_air_date"} | {
    f"{which}_episode_{what}" for which in ("last", "next") for what in ("id", "on", "season", "number")
}
_SHOWN = (1, 2, 5, 10, 20, 30, 45, 60)

# What is left out of which comparison.
_SHARES = {
    "every column": frozenset[str](),
    "all but votes and popularity": frozenset(_NUMBERS),
    "nor what the day alone changes": frozenset(_NUMBERS | _BY_DAY),
}


def living_series() -> Figures:
    """Keep 1,000 living series fresh for sixty days."""
    return measured(_SERIES, _DAYS)


def measured(count: int, days: int) -> Figures:
    """The figures of so many living series that are kept fresh for so many days."""
    began = time.perf_counter()
    clock = Noon(_START)
    world = World(
        Catalogue.generated(1),
        pace=Pace(),
        start=_START.timestamp(),
        series=lambda as_of: Television.generated(count, as_of=as_of),
    )
    app = SandboxApp(world, wall_clock=lambda: clock.now().timestamp(), clock=clock.monotonic)
    db = DuckDBClient(":memory:", clock=clock).of(SERIES)
    asyncio.run(_run(app, clock, db, is_first=True))
    first, begun = app.log.report()["total"], clock.now().timestamp()
    chance = Random(7)  # noqa: S311 - which series does not matter
    by_day: dict[int, dict[str, float]] = {}
    spent: list[int] = []
    reasons: Counter[str] = Counter()
    off: Counter[str] = Counter()
    for day in range(1, days + 1):
        clock.day += timedelta(days=1)
        app.log.clear()
        reasons.update(asyncio.run(_run(app, clock, db, is_first=False)))
        spent.append(app.log.report()["total"])
        by_day[day] = _shares(db, world, clock.now().timestamp(), chance, off)
    shares = {name: [seen[name] for seen in by_day.values()] for name in _SHARES}
    return {
        "series": count,
        "days": days,
        "series_compared_a_day": _COMPARED,
        "first_collection_requests": first,
        "requests_a_day": {"mean": round(fmean(spent), 1), "most": max(spent)},
        "refreshed_by_reason": dict(reasons),
        "share_equal": {
            name: {"mean": round(fmean(seen), 4), "least": min(seen), "last": seen[-1]} for name, seen in shares.items()
        },
        "by_day": {str(day): by_day[day] for day in _SHOWN if day in by_day},
        "columns_off": dict(off.most_common(12)),
        "new_episodes": _delays(db, world, begun, clock.now().timestamp()),
        "seconds": round(time.perf_counter() - began),
    }


async def _run(app: SandboxApp, clock: Any, db: DuckDBClient, *, is_first: bool) -> dict[str, int]:
    client = TMDBClient(
        KEY, transport=SandboxTransport(app), requests_per_second=1e6, max_concurrent=20, clock=clock, jitter=0
    )
    collection = DataCollectionOrchestrator(db, client, clock=clock)
    async with client:
        if is_first:
            report = await collection.run_full_collection(*_SPAN, 0, min_vote_count=0, keep_raw=False)
        else:
            report = await collection.run_sync(*_SPAN, min_vote_count=0, keep_raw=False)
    return {str(reason): count for reason, count in report.refreshed_by_reason.items()}


def _shares(db: DuckDBClient, world: World, now: float, chance: Random, off: Counter[str]) -> dict[str, float]:
    """Of some series, how many are equal to the truth with all their seasons and episodes."""
    listed = [series for (series,) in db.query("SELECT tmdb_id FROM series WHERE details_at IS NOT NULL").rows]
    chosen = chance.sample(sorted(listed), min(_COMPARED, len(listed)))
    equal: Counter[str] = Counter()
    for series in chosen:
        wrong = _wrong_columns(db, world, series, now)
        off.update(wrong)
        for name, left_out in _SHARES.items():
            equal[name] += not {column.partition(".")[2] for column in wrong} - left_out
    return {name: round(equal[name] / len(chosen), 4) for name in _SHARES}


def _wrong_columns(db: DuckDBClient, world: World, series: int, now: float) -> set[str]:
    """The columns in which a series, or anything of it, is not as it is in truth."""
    body = whole(lambda work, append: world.television.details(work, append, now), series)
    had = {table: _stored(db, table, owner, series) for table, owner in TABLES}
    if body is None or body["id"] != series:
        return {"series.gone"} if had["series"] else set()
    wrong: set[str] = set()
    for table, expected in rows(body).items():
        stored = had[table]
        if stored.keys() != expected.keys():
            wrong.add(f"{table}.rows")
        for number in stored.keys() & expected.keys():
            mine = {name: value for name, value in stored[number].items() if name not in MOMENTS}
            wrong |= {f"{table}.{name}" for name, value in expected[number].items() if mine[name] != value}
    return wrong


def _stored(db: DuckDBClient, table: str, owner: str, series: int) -> dict[int, Row]:
    found = db.query(f"SELECT * FROM {table} WHERE {owner} = {series} AND gone_at IS NULL AND merged_into IS NULL")  # noqa: S608 - our own names
    return {row["tmdb_id"]: row for row in found.as_dicts()}


def _delays(db: DuckDBClient, world: World, begun: float, ended: float) -> Figures:
    """When episodes that were entered meanwhile were there, of the series that were stored from the start."""
    from_start = "SELECT tmdb_id FROM series WHERE epoch(first_seen_at) <= $1"
    known = {series for (series,) in db.query(from_start.replace("$1", repr(begun))).rows}
    seen = dict(db.query("SELECT tmdb_id, epoch(first_seen_at) FROM episodes").rows)
    entered: dict[int, float] = {}
    for event in world.television.events(begun, ended, ended):
        place = Place.read(event.field) if event.key == "season" and event.film in known else None
        if place is None or place.name:
            continue
        for number in range(event.value - (event.before or 0)):
            entered.setdefault(place.episode - number, event.at)
    hours = sorted((seen[episode] - at) / 3600 for episode, at in entered.items() if episode in seen)
    late = [episode for episode in entered if episode not in seen]
    return {
        "entered": len(entered),
        "stored": len(hours),
        "not_stored_at_the_end": len(late),
        "of_these_entered_in_the_last_two_days": sum(entered[episode] > ended - 2 * 86_400 for episode in late),
        "median_hours": round(median(hours), 1) if hours else None,
        "p95_hours": round(hours[math.ceil(0.95 * len(hours)) - 1], 1) if hours else None,
        "most_hours": round(hours[-1], 1) if hours else None,
    }


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    equal, new = figures["share_equal"], figures["new_episodes"]
    return (
        f"{figures['series']:,} living series synced for {figures['days']} days with "
        f"{figures['requests_a_day']['mean']:g} requests a day, of those compared equal "
        f"to the truth with all seasons and episodes {equal['every column']['mean']:.1%} in every column, "
        f"{equal['all but votes and popularity']['mean']:.1%} in all but votes and popularity; "
        f"{new['stored']:,} new episodes stored after {new['median_hours']} hours in the middle, 95 of 100 within "
        f"{new['p95_hours']}"
    )


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(measured(int(sys.argv[1]), int(sys.argv[2])), indent=2)}\n")
