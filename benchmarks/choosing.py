"""What the daily work takes in computing where all of TMDB is stored: choosing lists, and storing the day's export."""

from __future__ import annotations

import csv
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ayne.data_collection.commit import Commit
from ayne.data_collection.numbers import cells, choose
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.models import Export, ExportedMovie
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.catalogue import Catalogue
from benchmarks.processes import Figures
from benchmarks.scale import run_ayne

FILMS = 1_200_000
_BUDGET = 3_000
_ALL = ("--from", "1870", "--to", "2040", "--min-votes", "0", "--max-requests", str(_BUDGET))

# Details were fetched within six months, and each list was asked for once a month.
_OLDEST, _LISTED = 165, 30


def choosing(films: int = FILMS) -> Figures:
    """Choose a day's lists among the cells of 1,200,000 films, foresee a sync, and store two daily exports."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "films.duckdb"
        _in_a_process(_fill, path, films)
        before = path.stat().st_size
        chosen = _in_a_process(_choose, path)
        planned = run_ayne(path, None, "plan", "--sync", *_ALL, "--json")
        exports = {name: _in_a_process(_store_export, path, day, films) for name, day in (("first", 1), ("next", 2))}
        return {
            "films": films,
            "file_mb": round(before / 1e6, 1),
            "choose": chosen,
            "plan_sync": planned,
            "export": exports,
            "file_with_exports_mb": round(path.stat().st_size / 1e6, 1),
        }


def _in_a_process(function: Callable[..., Figures], *arguments: object) -> Figures:
    """Call a function where nothing else has used memory before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, function, arguments).result()


def _measured(function: Callable[..., Figures], arguments: tuple[object, ...]) -> Figures:
    began = time.perf_counter()
    found = function(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"seconds": round(time.perf_counter() - began, 2), "cpu_seconds": round(time.process_time(), 2)}
    return {**told, "peak_mb": round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024)), **found}


def _fill(path: Path, films: int) -> Figures:
    """Put films with the days and votes of a sandbox's into a file, with history, fetched and listed over months."""
    columns = Catalogue.generated(films, seed=1).columns
    told = path.with_suffix(".csv")
    with told.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for number, day, votes, popularity in zip(
            columns.ids, columns.days, columns.votes, columns.popularities, strict=True
        ):
            writer.writerow((number, date.fromordinal(day) if day else "", votes, popularity))
    # It makes the tables; no client stores a million films that nobody sent.
    DuckDBClient(path).commit(Commit())
    now = datetime.now(UTC).replace(tzinfo=None)
    with duckdb.connect(path) as con:
        con.execute(
            """INSERT INTO movies BY NAME
            SELECT tmdb_id, 'Film ' || tmdb_id AS title, release_date, vote_count, popularity, false AS adult,
                   false AS video, $now AS first_seen_at, $now - to_seconds(86400 * $listed * random()) AS summary_at,
                   $now - to_seconds(86400 * $oldest * random()) AS details_at
            FROM read_csv($told, header=false, columns={'tmdb_id': 'BIGINT', 'release_date': 'DATE',
                                                        'vote_count': 'BIGINT', 'popularity': 'DOUBLE'})""",
            {"now": now, "listed": _LISTED, "oldest": _OLDEST, "told": str(told)},
        )
        con.execute(
            """INSERT INTO movie_history BY NAME
            SELECT tmdb_id, details_at AS observed_at, vote_count, popularity, false AS gone, 'details' AS source
            FROM movies"""
        )
    told.unlink()
    return {}


def _choose(path: Path) -> Figures:
    """What a sync does before it asks for lists."""
    store, plan, today = DuckDBClient(path), SweepPlan(1870, 2040, 0), datetime.now(UTC).date()
    choice = choose(cells(store.number_copies(plan), today), requests=_BUDGET)
    return {
        "cells_requests": choice.total,
        "chosen": choice.requests,
        "close_before": round(choice.before.close_share, 4),
        "close_after": round(choice.after.close_share, 4),
    }


def _store_export(path: Path, days: int, films: int) -> Figures:
    """Store a daily export in which each popularity is another one; and how the file grows."""
    db = DuckDBClient(path)
    before = path.stat().st_size
    export = Export("movie_ids", datetime.now(UTC).date() + timedelta(days=days), path, 1)
    db.store_export(export, _lines(films, days))
    return {"grows_mb": round((path.stat().st_size - before) / 1e6, 1)}


def _lines(films: int, days: int) -> Iterator[ExportedMovie]:
    columns = Catalogue.generated(films, seed=1).columns
    for number, popularity in zip(columns.ids, columns.popularities, strict=True):
        yield ExportedMovie(number, f"Film {number}", popularity * (1 + days / 100), adult=False, video=False)
