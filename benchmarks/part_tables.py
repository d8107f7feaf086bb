"""Parts of films: rows in each table, what nobody reads, and whether the tables can be made again."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ayne.data_collection.rebuild import rebuild
from ayne.data_collection.tmdb.models import TYPED_PARTS
from ayne.data_collection.tmdb.parts import read_part
from ayne.data_collection.tmdb.records import read_again
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import MOVIE
from benchmarks.processes import Figures, Skipped, collect, sandbox
from benchmarks.whole_runs import recordings

_FILMS = 500


def parts() -> Figures:
    """Collect 500 films of the sandbox with all twelve parts, make the tables again, and read every recorded part."""
    figures = {"sandbox": _sandbox()}
    try:
        figures["recorded"] = _recorded()
    except Skipped:
        figures["recorded"] = {}
    return figures


def _sandbox() -> Figures:
    span = ("--from", "1890", "--to", "2040", "--min-votes", "0", "--rate", "2000")
    with TemporaryDirectory() as folder, sandbox("--movies", "600") as server:
        path = Path(folder) / "films.duckdb"
        collect(server, path, *span, "--parts", "all", "--limit", str(_FILMS))
        db = DuckDBClient(path)
        rows = {part: db.query(f"SELECT count(*) FROM {MOVIE.table_of(part)}").rows[0][0] for part in TYPED_PARTS}  # noqa: S608 - our own names
        before = _dump(db)
        began = time.perf_counter()
        report = rebuild(db)
        seconds = time.perf_counter() - began
        return {
            "films": db.query("SELECT count(details_at) FROM movies").rows[0][0],
            "rows": rows,
            "unreadable": db.query("SELECT sum(unreadable)::BIGINT FROM parts").rows[0][0],
            "films_with_leftovers": db.query("SELECT count(*) FROM parts WHERE leftovers IS NOT NULL").rows[0][0],
            "leftovers": db.named("unread_keys").as_dicts(),
            "rebuilt_films": report.films,
            "rebuilt_equal": _dump(db) == before,
            "rebuilt_films_per_second": round(report.films / seconds),
        }


def _dump(db: DuckDBClient) -> dict[str, list[str]]:
    tables = ["movies", "parts", "raw", *(layout.table for layout in MOVIE.parts.values())]
    return {table: sorted(map(repr, db.query(f"FROM {table}").rows)) for table in tables}


def _recorded() -> Figures:
    bodies: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    leftovers: Counter[str] = Counter()
    unreadable = with_leftovers = 0
    for part, body in recorded_parts(recordings() / "tmdb"):
        read = read_part(part, body)
        bodies[part] += 1
        rows[part] += len(read.rows)
        unreadable += read.unreadable
        with_leftovers += bool(read.leftovers)
        leftovers.update({f"{part}.{key}": count for key, count in read.leftovers.items()})
    return {
        "bodies": dict(sorted(bodies.items())),
        "rows": dict(sorted(rows.items())),
        "unreadable": unreadable,
        "bodies_with_leftovers": with_leftovers,
        "leftovers": dict(leftovers),
    }


def recorded_parts(folder: Path) -> Iterator[tuple[str, Any]]:
    """Parts that came with a film, and parts that were asked for by themselves."""
    for file in [*sorted((folder / "movie").glob("*.json")), *sorted((folder / "fixtures").glob("*movie_*.json"))]:
        body = file.read_bytes()
        if "title" in json.loads(body):
            found = read_again(body, datetime.now(UTC))["parts"]
            yield from ((part, value) for part, value in found.items() if part in MOVIE.parts)
    for part in MOVIE.parts:
        for file in sorted((folder / part).glob("*.json")):
            yield part, json.loads(file.read_bytes())
