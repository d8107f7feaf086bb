"""``ayne collect`` from beginning to end: real films come out as they went in."""

from __future__ import annotations

import csv
import io
import json
import os
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ayne.database.duckdb_client import DuckDBClient
from benchmarks.processes import ROOT, Figures, Skipped, collect, sandbox

_COMPARED = ("title", "release_date", "runtime", "budget", "revenue", "genres", "production_companies")


def recordings() -> Path:
    """The folder of recorded traffic and tables.

    Raises:
        Skipped: there is none.
    """
    folder = Path(os.environ.get("AYNE_RECORDINGS") or ROOT.parent / "shared" / "recordings")
    if not folder.is_dir():
        raise Skipped("it needs the recordings, which AYNE_RECORDINGS names; they are no part of the repository")
    return folder


def real_films() -> Figures:
    """Collect the 4,803 films of "TMDB 5000" from a sandbox, and compare the database with the table."""
    table = recordings() / "tables" / "tmdb_5000_movies.csv.zip"
    if not table.exists():
        raise Skipped("it needs tables/tmdb_5000_movies.csv.zip among the recordings")
    films = _films(table)
    expected = {film_id: film for film_id, film in films.items() if film["release_date"]}
    with TemporaryDirectory() as folder, sandbox("--catalogue", str(table)) as server:
        database = Path(folder) / "films.duckdb"
        began = time.perf_counter()
        collect(server, database, "--from", "1900", "--to", "2030", "--min-votes", "0", "--rate", "2000")
        seconds = time.perf_counter() - began
        requests = server.report()["total"]
        found = DuckDBClient(database).query(
            f"SELECT tmdb_id, {', '.join(_COMPARED)} FROM movies WHERE details_at IS NOT NULL"  # noqa: S608 - our own names
        )
    stored = {row["tmdb_id"]: row for row in found.as_dicts()}
    mismatches = [
        {"tmdb_id": film_id, "column": name, "table": film[name], "stored": stored[film_id][name]}
        for film_id, film in expected.items()
        if film_id in stored
        for name in _COMPARED
        if film[name] != _text_of_day(stored[film_id][name], name)
    ]
    return {
        "films_in_table": len(films),
        "rows_expected": len(expected),
        "rows_stored": len(stored),
        "missing": len(expected.keys() - stored.keys()),
        "unexpected": len(stored.keys() - expected.keys()),
        "columns_compared": len(_COMPARED),
        "mismatches": len(mismatches),
        "first_mismatches": mismatches[:5],
        "requests": requests,
        "seconds": round(seconds, 1),
    }


def _films(table: Path) -> dict[int, dict[str, Any]]:
    """The table as its readers mean it: 0 and an empty text are unknown."""
    with zipfile.ZipFile(table) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".csv"))
        text = archive.read(name).decode("utf-8")
    return {
        int(row["id"]): {
            "title": row["title"] or None,
            "release_date": row["release_date"] or None,
            "runtime": int(float(row["runtime"] or 0)) or None,
            "budget": int(row["budget"]) or None,
            "revenue": int(row["revenue"]) or None,
            "genres": [genre["name"] for genre in json.loads(row["genres"])],
            "production_companies": [company["name"] for company in json.loads(row["production_companies"])],
        }
        for row in csv.DictReader(io.StringIO(text, newline=""))
    }


def _text_of_day(value: Any, name: str) -> Any:
    return value.isoformat() if name == "release_date" and value else value
