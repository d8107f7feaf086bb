"""What the people of films had done before them: how long 20,000 films take, and whether 1,000 of them are right."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from ayne.data_collection.tmdb.models import MovieDetails
from ayne.database.duckdb_client import DuckDBClient
from benchmarks.processes import Figures, finish
from benchmarks.store_speed import commit_all, sandbox_films
from benchmarks.track_record_by_hand import track_records

_FILMS = 20_000
_JUDGED = 1_000
_DAY = date(2026, 12, 31)
# Sums of fractions depend on the order in the last digits.
_PRECISION = 1e-9

Record = dict[str, Any]


def track_record() -> Figures:
    """Ask a file of 20,000 films for the record of all, and reckon that of 1,000 by hand."""
    films = finish(sandbox_films(("credits",), _FILMS))
    with TemporaryDirectory() as folder:
        store = DuckDBClient(Path(folder) / "films.duckdb")
        commit_all(store, films)
        began = time.perf_counter()
        said = records(store, _DAY)
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        pairs = store.query("SELECT count(*) FROM earlier_films($day)", {"day": _DAY}).rows[0][0]
        seconds_of_pairs = time.perf_counter() - began
    ids = sorted({record["tmdb_id"] for record in said})
    judged = set(Random(1).sample(ids, _JUDGED))  # noqa: S311 - a draw, no secret
    began = time.perf_counter()
    truth = track_records(judged, bodies(films), _DAY)
    by_hand = time.perf_counter() - began
    return {
        "films": len(ids),
        "records": len(said),
        "earlier_films": pairs,
        "seconds": round(seconds, 2),
        "seconds_of_earlier_films": round(seconds_of_pairs, 2),
        "films_judged": len(judged),
        "records_judged": len(truth),
        "earlier_films_judged": sum(record["films"] for record in truth),
        "mismatches": len(mismatches([record for record in said if record["tmdb_id"] in judged], truth)),
        "seconds_by_hand": round(by_hand, 1),
    }


def records(store: DuckDBClient, day: date) -> list[Record]:
    """The record of each film, as the macro tells it."""
    return store.query("FROM track_record($day) ORDER BY tmdb_id, role", {"day": day}).as_dicts()


def bodies(films: Iterable[MovieDetails]) -> list[Any]:
    """The answers that films came in."""
    return [json.loads(film["body"]) for film in films]


def mismatches(said: list[Record], truth: list[Record]) -> list[tuple[Record | None, Record | None]]:
    """Records that differ, or that only one of the two has."""
    by_film = {(record["tmdb_id"], record["role"]): record for record in truth}
    told = {(record["tmdb_id"], record["role"]): record for record in said}
    return [
        (told.get(key), by_film.get(key))
        for key in sorted(by_film.keys() | told.keys())
        if not _alike(told.get(key), by_film.get(key))
    ]


def _alike(said: Record | None, truth: Record | None) -> bool:
    if said is None or truth is None or said.keys() != truth.keys():
        return False
    return all(
        abs(said[name] - value) <= _PRECISION
        if isinstance(said[name], float) and value is not None
        else said[name] == value
        for name, value in truth.items()
    )
