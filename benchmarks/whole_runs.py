"""``ayne collect`` from beginning to end: real films come out as they went in, and no kill makes a difference."""

from __future__ import annotations

import csv
import io
import json
import os
import statistics
import subprocess
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ayne.database.duckdb_client import DuckDBClient
from benchmarks.processes import MOST_SECONDS, ROOT, Figures, Sandbox, Skipped, collect, sandbox, start_collect

_COMPARED = ("title", "release_date", "runtime", "budget", "revenue", "genres", "production_companies")

_KILLED_FILMS = 4_000
# Requests after which each run is killed: three times among the lists, then among the films.
_KILLED_AFTER = (30, 60, 100, 250, 400, 450, 500, 500, 500, 500)

# The moments at which a film was stored; no two runs have the same.
_DUMP = "SELECT * EXCLUDE (first_seen_at, summary_at, details_at) FROM movies ORDER BY tmdb_id"


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


def kill() -> Figures:
    """Kill ``ayne collect`` ten times, let it finish, and compare with a run that nobody disturbed."""
    options = ("--from", "1890", "--to", "2040", "--min-votes", "0", "--rate", "500")
    with TemporaryDirectory() as folder, sandbox("--movies", str(_KILLED_FILMS), "--seed", "11") as server:
        unbroken, broken = Path(folder) / "unbroken.duckdb", Path(folder) / "broken.duckdb"
        collect(server, unbroken, *options)
        unbroken_requests = server.report()["total"]
        server.reset()
        ends = _kill_again_and_again(server, broken, options)
        collect(server, broken, *options)
        log = server.log()
        rows = DuckDBClient(unbroken).query(_DUMP).rows
        rows_after_kills = DuckDBClient(broken).query(_DUMP).rows
    films = _asked_again(log, ends, "details")
    pages = _asked_again(log, ends, "discover")
    return {
        "kills": len(ends),
        "requests_at_kills": ends,
        "rows_unbroken": len(rows),
        "rows_after_kills": len(rows_after_kills),
        "rows_that_differ": len({repr(row) for row in rows} ^ {repr(row) for row in rows_after_kills}),
        "equal": rows == rows_after_kills,
        "requests_unbroken": unbroken_requests,
        "requests_after_kills": len(log),
        "films_asked_again_by_kill": films,
        "films_asked_again_most": max(films, default=0),
        "films_asked_again_mean": round(statistics.fmean(films), 1) if films else 0.0,
        "pages_asked_again_by_kill": pages,
    }


def _kill_again_and_again(server: Sandbox, database: Path, options: tuple[str, ...]) -> list[int]:
    """How many requests the sandbox had got by the end of each killed run."""
    ends: list[int] = []
    for step in _KILLED_AFTER:
        goal = (ends[-1] if ends else 0) + step
        give_up_at = time.monotonic() + MOST_SECONDS / len(_KILLED_AFTER)
        process = start_collect(server, database, *options)
        try:
            while process.poll() is None and server.report()["total"] < goal and time.monotonic() < give_up_at:
                time.sleep(0.01)
            finished = process.poll() is not None
        finally:
            process.kill()
            _wait(process)
        if finished:
            break
        # What the run had sent may still be on its way.
        time.sleep(0.2)
        ends.append(server.report()["total"])
    return ends


def _wait(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)


def _asked_again(log: list[dict[str, Any]], ends: list[int], kind: str) -> list[int]:
    """For each kill, how many things were asked for after it that had been asked for before."""
    again: list[int] = []
    for begin, end in zip(ends, [*ends[1:], len(log)], strict=True):
        before, after = (
            {(entry["target"], entry["number"]) for entry in part if entry["kind"] == kind}
            for part in (log[:begin], log[begin:end])
        )
        again.append(len(before & after))
    return again
