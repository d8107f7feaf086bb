"""Sixty days of a living sandbox, followed day by day: what the file says of any of them is what was true then."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.models import FetchFailure, Unchanged
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.pace import Pace
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from benchmarks.processes import KEY, Figures

_FILMS = 3_000
_DAYS = 60
_START = datetime(2026, 6, 1, tzinfo=UTC)
_AT_ONCE = 200
_FOLLOWED = ("vote_count", "vote_average", "popularity", "revenue", "budget", "status")
# Livelier than TMDB, so that much is to be remembered.
_PACE = Pace(added=0, edited=0.02, moved=0.1, deleted=0.002, merged=0.001, returned=0.05)


class _OwnTime:
    """The sandbox's time as the client's."""

    def __init__(self, own_time: SandboxClock) -> None:
        self._own_time = own_time

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._own_time.now(), UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def history() -> Figures:
    """Ask for every film each day, then compare the state of each day with what was true when it was asked for."""
    # Each film that is gone is told of each day.
    logging.getLogger("ayne").setLevel(logging.ERROR)
    films = Catalogue.generated(_FILMS, seed=5)
    world = World(films, seed=9, pace=_PACE, start=_START.timestamp())
    own_time = SandboxClock(_START.timestamp(), 0)
    app = SandboxApp(world, own_time=own_time)
    ids = films.ids(range(len(films)))
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        store = DuckDBClient(Path(folder) / "films.duckdb")
        seen = asyncio.run(_follow(store, app, own_time, ids))
        seconds = time.perf_counter() - began
        compared = 0
        mismatches: list[dict[str, Any]] = []
        for day in range(_DAYS):
            at = (_START + timedelta(days=day)).timestamp()
            rows = store.query("SELECT * FROM film_as_of($day)", {"day": (_START + timedelta(days=day)).date()})
            said = {row["tmdb_id"]: row for row in rows.as_dicts()}
            for film in ids:
                truth = _truth(world, film, at)
                compared += 1
                row = said.get(film)
                if row is None or any(row[name] != value for name, value in truth.items()):
                    mismatches.append({"day": day, "film": film, "truth": truth, "said": row})
        marks = store.query(
            "SELECT count(*) FILTER (gone), count(*) FILTER (NOT gone AND merged_into IS NOT NULL), count(*) "
            "FROM movie_history"
        ).rows[0]
    return {
        "films": len(ids),
        "days": _DAYS,
        "states_compared": compared,
        "mismatches": len(mismatches),
        "examples": mismatches[:3],
        "rows_of_history": marks[2],
        "rows_gone": marks[0],
        "rows_merged": marks[1],
        "requests": sum(seen["answers"].values()),
        "unchanged": seen["answers"]["unchanged"],
        "bytes_of_a_film": round(seen["bytes_whole"] / len(ids)),
        "bytes_received": seen["bytes"],
        "seconds": round(seconds, 1),
    }


async def _follow(store: DuckDBClient, app: SandboxApp, own_time: SandboxClock, ids: list[int]) -> dict[str, Any]:
    answers: Counter[str] = Counter()
    bytes_whole = 0
    async with TMDBClient(
        KEY, transport=SandboxTransport(app), clock=_OwnTime(own_time), requests_per_second=1e6, burst=1e6
    ) as client:
        for day in range(_DAYS):
            names = store.etags(ids, (), keep_raw=False) if day else {}
            batch = Commit()
            async for film in client.iter_movie_details(ids, etags=names):
                if isinstance(film, Unchanged):
                    batch.unchanged.append(film)
                    answers["unchanged"] += 1
                elif isinstance(film, FetchFailure):
                    batch.failures.append((film, datetime.fromtimestamp(own_time.now(), UTC)))
                    answers["failed"] += 1
                else:
                    batch.details.append(film)
                    answers["whole"] += 1
                if batch.rows >= _AT_ONCE:
                    store.commit(batch)
                    batch = Commit()
            store.commit(batch)
            bytes_whole = bytes_whole or client.traffic.bytes_received
            if day < _DAYS - 1:
                own_time.advance(86_400)
        return {"answers": answers, "bytes": client.traffic.bytes_received, "bytes_whole": bytes_whole}


def _truth(world: World, film: int, at: float) -> dict[str, Any]:
    """What is true of a film, by way of all merges."""
    fate, target = world.fate(film, at), film
    while fate and fate.merged_into is not None:
        target = fate.merged_into
        fate = world.fate(target, at)
    if fate is None or not fate.exists:
        return {"gone": True}
    if target != film:
        return {"gone": False, "merged_into": target}
    body = world.details(film, (), at) or {}
    # 0 is how TMDB says that it does not know; of votes it is a number.
    values = {name: body[name] if name in ("vote_count", "popularity") else body[name] or None for name in _FOLLOWED}
    return {"gone": False, "merged_into": None, **values}
