"""What daily files bring and cost: popularity of TMDB's exports in the history, and IMDb's ratings beside OMDb's."""

from __future__ import annotations

import asyncio
import shutil
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.data_collection.imdb.client import ImdbClient
from ayne.data_collection.imdb_ratings import take_imdb_ratings
from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.omdb.quota import RatingPolicy
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.ratings import RatingsCollection
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.models import Export, ExportedMovie
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.pace import Pace
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from benchmarks.living import Noon
from benchmarks.processes import KEY, Figures

_START = datetime(2026, 6, 1, tzinfo=UTC)
_PACE = Pace.parse("tmdb,added=0,edited=0,deleted=0,merged=0")

# How much of popularity is noted: none, changes of more than a share, or all.
_NOTED = {"none": None, "50 %": 0.5, "20 %": 0.2, "daily": 0.0}
_FILMS, _DAYS = 5_000, 30

# A fortieth of 46,685 titles at 1,000 requests a day: the shares and ages are those of the whole.
_TITLES, _QUOTA, _SHOWN = 1_280, 25, (1, 10, 60)


def popularity_history(films: int = _FILMS, days: int = _DAYS) -> Figures:
    """Store thirty daily exports of 5,000 films at TMDB's pace, and weigh the history that each choice keeps."""
    world, clock = World(Catalogue.generated(films), pace=_PACE, start=_START.timestamp()), Noon(_START)
    app = SandboxApp(world, wall_clock=lambda: clock.now().timestamp(), clock=clock.monotonic)
    figures: Figures = {"days": days}
    weights: dict[str, int] = {}
    with TemporaryDirectory() as folder:
        collected, path = Path(folder) / "collected.duckdb", Path(folder) / "films.duckdb"
        asyncio.run(_collect(app, clock, DuckDBClient(collected, clock=clock)))
        exports = [(_START + timedelta(days=day)) for day in range(1, days + 1)]
        lines = {midnight: _export(world, midnight) for midnight in exports}
        for name, change in _NOTED.items():
            shutil.copy(collected, path)
            db = DuckDBClient(path, clock=clock)
            for midnight in exports:
                db.store_export(Export("movie_ids", midnight.date(), path, 1), lines[midnight], change)
            ((noted, stored),) = db.query(
                "SELECT (SELECT count(*) FROM movie_history WHERE source = 'export'), (SELECT count(*) FROM movies)"
            ).rows
            weights[name] = _weight(path, Path(folder) / f"{len(weights)}.duckdb")
            heavier = weights[name] - weights["none"]
            figures["films"] = stored
            figures[name] = {
                "rows": noted,
                "share_of_films_a_day": round(noted / stored / days, 4),
                "mb": round(heavier / 1e6, 2),
                "bytes_a_row": round(heavier / noted, 1) if noted else 0.0,
            }
    return figures


def _export(world: World, midnight: datetime) -> list[ExportedMovie]:
    """The lines of a day's export."""
    columns = world.listed(midnight.timestamp()).columns
    return [
        ExportedMovie(number, f"Film {number}", popularity, adult=False, video=False)
        for number, popularity in zip(columns.ids, columns.popularities, strict=True)
    ]


def _weight(path: Path, compact: Path) -> int:
    """The bytes of a file's history by itself, without what was freed in it."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS films (READ_ONLY)")
        con.execute(f"ATTACH '{compact}' AS compact")
        con.execute("CREATE TABLE compact.history AS SELECT * FROM films.movie_history ORDER BY tmdb_id, observed_at")
    return compact.stat().st_size


def ratings_file(films: int = _TITLES, quota: int = _QUOTA) -> Figures:
    """Rate films for sixty days with and without IMDb's daily file: how many have ratings, and how old those are."""
    told: Figures = {"quota": quota}
    for name, by_file in (("OMDb alone", False), ("OMDb and IMDb's file", True)):
        told[name] = asyncio.run(_rate(films, quota, by_file=by_file))
    return told


async def _rate(films: int, quota: int, *, by_file: bool) -> Figures:
    clock = Noon(_START)
    world = World(Catalogue.generated(films), pace=_PACE, start=_START.timestamp())
    app = SandboxApp(world, wall_clock=lambda: clock.now().timestamp(), clock=clock.monotonic)
    db = DuckDBClient(":memory:", clock=clock)
    await _collect(app, clock, db)
    found: Figures = {}
    options: Any = {"transport": SandboxTransport(app), "clock": clock, "requests_per_second": 1e6}
    with TemporaryDirectory() as folder:
        for day in range(1, max(_SHOWN) + 1):
            async with (
                OMDBClient("any", base_url="http://sandbox/omdb", **options) as omdb,
                ImdbClient(folder, base_url="http://sandbox/imdb", **options) as imdb,
            ):
                policy = None
                if by_file:
                    await take_imdb_ratings(imdb, db)
                    policy = RatingPolicy().of_what_only_omdb_has()
                await RatingsCollection(db, omdb, quota=quota, policy=policy, clock=clock).run()
            if day in _SHOWN:
                found[f"day {day}"] = _state(db, clock)
            clock.day += timedelta(days=1)
    return found


def _state(db: DuckDBClient, clock: Noon) -> Figures:
    """The share of the titles that have ratings of each source, and the median age of those in days."""
    now = clock.now().replace(tzinfo=None)
    ((titles,),) = db.query("SELECT count(DISTINCT imdb_id) FROM films WHERE imdb_id IS NOT NULL").rows
    by_omdb = dict(db.query("SELECT imdb_id, fetched_at FROM ratings WHERE fetched_at IS NOT NULL").rows)
    imdb = dict(db.query("SELECT imdb_id, fetched_at FROM ratings WHERE imdb_rating IS NOT NULL").rows)
    imdb |= dict(db.query("SELECT imdb_id, made_at FROM imdb_ratings").rows)
    return {
        "titles": titles,
        **{
            name: {
                "share": round(len(moments) / titles, 4),
                "median_age_days": round(statistics.median((now - at).total_seconds() / 86_400 for at in moments), 1),
            }
            for name, moments in (("IMDb", list(imdb.values())), ("OMDb", list(by_omdb.values())))
        },
    }


async def _collect(app: SandboxApp, clock: Noon, db: DuckDBClient) -> None:
    client = TMDBClient(
        KEY, transport=SandboxTransport(app), requests_per_second=1e6, max_concurrent=20, clock=clock, jitter=0
    )
    async with client:
        collection = DataCollectionOrchestrator(db, client, clock=clock)
        await collection.run_full_collection(1870, 2030, 0, min_vote_count=0, keep_raw=False)
