"""Films from the sandbox into DuckDB, beside fetching them alone: what storing costs, and who waits for it."""

from __future__ import annotations

import time
from contextlib import aclosing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from ayne.clock import SystemClock
from ayne.data_collection.collection import CollectionRun, Search
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.writer import Writer
from ayne.database.duckdb_client import DuckDBClient
from benchmarks.processes import KEY, Figures, Sandbox, each_on_its_core, finish, move, sandbox

_FILMS, _TURNS, _AT_ONCE = 4_000, 3, 50
_PARTS = {"details": (), "three parts": ("credits", "keywords", "watch/providers")}


def end_to_end() -> Figures:
    """Fetch films alone, and fetch and store them, in turns; the sandbox is on the other core and limits nothing."""
    figures: Figures = {"films": _FILMS, "at_once": _AT_ONCE}
    with each_on_its_core(), sandbox("--movies", str(2 * _FILMS)) as server:
        move(server.pid, 0)
        ids = server.ids()[:_FILMS]
        for name, parts in _PARTS.items():
            turns = [(finish(_fetch(server, ids, parts)), finish(_store(server, ids, parts))) for _ in range(_TURNS)]
            alone, stored = zip(*turns, strict=True)
            figures[name] = {
                "fetched_per_second": round(_FILMS / median(seen["seconds"] for seen in alone)),
                "stored_per_second": round(_FILMS / median(seen["seconds"] for seen in stored)),
                "fetching_cpu_ms": round(median(seen["cpu_ms"] for seen in alone), 3),
                "storing_cpu_ms": round(median(seen["cpu_ms"] for seen in stored), 3),
                "share_waiting_for_the_store": round(median(seen["waited"] / seen["seconds"] for seen in stored), 3),
                "share_flushing_at_the_end": round(median(seen["flushing"] / seen["seconds"] for seen in stored), 3),
            }
    return figures


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    return "; ".join(
        f"{name}: {seen['stored_per_second']:,} films a second stored, {seen['fetched_per_second']:,} fetched alone; "
        f"{seen['share_waiting_for_the_store']:.0%} of the time waiting for the store"
        for name, seen in figures.items()
        if isinstance(seen, dict)
    )


def _client(server: Sandbox) -> TMDBClient:
    return TMDBClient(KEY, base_url=server.url, requests_per_second=1e6, max_concurrent=_AT_ONCE)


async def _fetch(server: Sandbox, ids: list[int], parts: tuple[str, ...]) -> dict[str, float]:
    began, computed = time.perf_counter(), time.process_time()
    async with (
        _client(server) as client,
        aclosing(client.iter_movie_details(ids, append=parts, keep_bodies=True)) as films,
    ):
        received = sum([1 async for film in films if isinstance(film, dict)])
    if received != len(ids):
        raise RuntimeError(f"{received} of {len(ids)} films were received")
    return _seen(began, computed, len(ids))


async def _store(server: Sandbox, ids: list[int], parts: tuple[str, ...]) -> dict[str, float]:
    clock = SystemClock()
    with TemporaryDirectory() as folder:
        store = DuckDBClient(Path(folder) / "films.duckdb")
        async with _client(server) as client:
            writer = Writer(store.commit, clock)
            run = CollectionRun(writer, clock, None, store, client, RefreshPolicy(), append=parts)
            await run.begin({})
            began, computed, before = time.perf_counter(), time.process_time(), writer.waited
            # They are fewer than are looked for at a time.
            await run.fetch_missing(Search(lambda: len(ids), lambda most: ids[:most]))
            # What is still gathered is written at the end whatever the pace: that is no lack of speed.
            waited, flushed = writer.waited - before, time.perf_counter()
            await writer.flush()
            seen = _seen(began, computed, len(ids)) | {"waited": waited, "flushing": time.perf_counter() - flushed}
            await run.finish("done")
            writer.close()
        stored = store.query("SELECT count(*) FROM movies WHERE details_at IS NOT NULL").rows[0][0]
        if stored != len(ids):
            raise RuntimeError(f"{stored} of {len(ids)} films were stored")
    return seen


def _seen(began: float, computed: float, films: int) -> dict[str, float]:
    return {
        "seconds": time.perf_counter() - began,
        "cpu_ms": 1000 * (time.process_time() - computed) / films,
    }
