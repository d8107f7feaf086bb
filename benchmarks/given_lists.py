"""Lists of films as MovieLens' ``links.csv`` has them: what they take, how their rows end, and what kills change."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.catalogue import Catalogue
from benchmarks.processes import Figures, Sandbox, sandbox, see_through, start_collect
from benchmarks.scale import run_ayne

_AS_MOVIELENS = 60_000
_LONG = 1_000_000
_KILLS = 5
# A run that takes longer hangs: seconds, and rows a second beyond them.
_PATIENCE = 300.0
_SLOWEST = 100
_FAST = ("--rate", "100000", "--max-concurrent", "50")

# Of so many rows one has no id of TMDB's, one an id that TMDB has not, and one no id at all.
_WITHOUT_TMDB_ID, _REMOVED, _EMPTY = 100, 150, 5_000

_ROWS = "SELECT row, given, tmdb_id, imdb_id, outcome FROM given ORDER BY row"
# As a number: a million films twice would not go into memory.
_FILMS = """
SELECT tmdb_id, hash(film)
FROM (SELECT * EXCLUDE (first_seen_at, summary_at, details_at, popularity_at) FROM movies) AS film ORDER BY tmdb_id
"""


def links() -> Figures:
    """Collect a list of 60,000 rows."""
    return _whole_and_killed(_AS_MOVIELENS)


def long_list() -> Figures:
    """Collect a list of a million rows."""
    return _whole_and_killed(_LONG)


def _whole_and_killed(rows: int) -> Figures:
    """Collect a list in one go, and ask again what is left of it; and killed five times on the way: the same.

    Both at once, each from a server of its own.
    """
    with TemporaryDirectory() as name, ThreadPoolExecutor(1) as beside:
        folder = Path(name)
        path = write_links(folder, Catalogue.generated(rows, seed=1), rows)
        killing = beside.submit(_killed, folder / "killed.duckdb", path, rows)
        with sandbox("--movies", str(rows)) as server:
            figures = _collected(server, folder / "whole.duckdb", path)
        requests = killing.result()
        whole, killed = DuckDBClient(folder / "whole.duckdb"), DuckDBClient(folder / "killed.duckdb")
        figures["kills"] = {
            "kills": _KILLS,
            "requests_repeated": requests - figures["requests"],
            "rows_different": _different(whole.query(_ROWS).rows, killed.query(_ROWS).rows),
            "films_different": _different(whole.query(_FILMS).rows, killed.query(_FILMS).rows),
        }
        return figures


def _killed(database: Path, path: Path, rows: int) -> int:
    """Collect a list, killed on the way; return how many requests that took."""
    with sandbox("--movies", str(rows)) as server:
        for number in range(1, _KILLS + 1):
            _collect_until(server, database, path, number * rows // (_KILLS + 1))
        see_through(start_collect(server, database, "--ids", str(path), *_FAST), _PATIENCE + rows / _SLOWEST)
        total: int = server.report()["total"]
        return total


def write_links(folder: Path, films: Catalogue, rows: int) -> Path:
    """Write a list of MovieLens' form, with gaps as MovieLens' has them."""
    ids = sorted(films.ids(range(len(films))))[:rows]
    path = folder / "links.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("movieId,imdbId,tmdbId\r\n")
        for number, tmdb_id in enumerate(ids, 1):
            file.write(f"{number},{_ids_of(films, number, tmdb_id, ids[-1])}\r\n")
    return path


def _ids_of(films: Catalogue, number: int, tmdb_id: int, last: int) -> str:
    if number % _EMPTY == 0:
        return ","
    if number % _REMOVED == 0:
        return f",{last + number}"
    if number % _WITHOUT_TMDB_ID == 0:
        imdb_id = (films.details(tmdb_id) or {}).get("imdb_id") or ""
        return f"{imdb_id.removeprefix('tt')},"
    return f"{number:07},{tmdb_id}"


def _collected(server: Sandbox, database: Path, path: Path) -> Figures:
    first = run_ayne(database, server, "collect", "--ids", str(path), *_FAST)
    first["requests"] = server.report()["total"]
    server.reset()
    again = run_ayne(database, server, "collect", "--ids", str(path), *_FAST)
    again["requests"] = server.report()["total"]
    plan = run_ayne(database, server, "plan", "--ids", str(path))
    ((report,),) = DuckDBClient(database).query("SELECT report FROM runs ORDER BY run_id LIMIT 1").rows
    given = json.loads(report)["given"]
    return {**first, "rows": given["rows"], "outcomes": given["outcomes"], "again": again, "plan": plan}


def _collect_until(server: Sandbox, database: Path, path: Path, requests: int) -> None:
    """Collect until the server has so many requests, and kill the collector then."""
    process = start_collect(server, database, "--ids", str(path), *_FAST)
    with process:
        try:
            while process.poll() is None and server.report()["total"] < requests:
                # To count so many requests takes the server a while.
                time.sleep(0.5)
        finally:
            process.kill()


def _different(first: Sequence[object], second: Sequence[object]) -> int:
    return sum(one != other for one, other in zip(first, second, strict=False)) + abs(len(first) - len(second))
