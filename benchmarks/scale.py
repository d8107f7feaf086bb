"""As it grows: what a collection takes, from a thousand films to all of TMDB, and what the full file is like to use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ayne.data_collection.tmdb.models import PARTS
from ayne.database.duckdb_client import DuckDBClient
from benchmarks.processes import KEY, Figures, Sandbox, sandbox

_SIZES = (1_000, 10_000, 100_000)
_ALL_OF_TMDB = 1_200_000
_PARTS_ASKED = (0, 1, 3, 10, 20)
_FILMS_WITH_PARTS = 1_000

# What lists by date can reach: all but the films without one, adult films and videos.
_DATED = {"primary_release_date.gte": "1870-01-01", "primary_release_date.lte": "2040-12-31"}
_WHOLE = ("--from", "1870", "--to", "2040", "--min-votes", "0", "--rate", "100000", "--max-concurrent", "50")


def growth() -> Figures:
    """Collect 1,000 to 100,000 films from a sandbox, then again with nothing to do; and films with up to 20 parts."""
    figures: Figures = {f"{size:,}": _collected(size) for size in _SIZES}
    figures["parts"] = {str(count): _with_parts(count) for count in _PARTS_ASKED}
    return figures


def whole_catalogue() -> Figures:
    """Collect 1,200,000 films into an empty file, and again with nothing to do."""
    return _collected(_ALL_OF_TMDB)


def _collected(size: int) -> Figures:
    with TemporaryDirectory() as folder, sandbox("--movies", str(size)) as server:
        path = Path(folder) / "films.duckdb"
        first = run_ayne(path, server, "collect", *_WHOLE)
        first["requests"] = server.report()["total"]
        exist = len(server.ids(**_DATED))
        db = DuckDBClient(path)
        ((stored,),) = db.query("SELECT count(details_at) FROM movies").rows
        ((report,),) = db.query("SELECT report FROM runs").rows
        told = json.loads(report)
        first["bytes_received"] = told["bytes_received"]
        first["store_share"] = round(told["store_seconds"] / told["seconds"], 3)
        server.reset()
        again = run_ayne(path, server, "collect", *_WHOLE)
        again["requests"] = server.report()["total"]
        return {
            "films": stored,
            "exist": exist,
            "file_mb": round(path.stat().st_size / 1e6, 1),
            "first": first | {"films_per_second": round(stored / first["seconds"])},
            "again": again,
            "status": run_ayne(path, server, "status", "--json"),
        }


def _with_parts(count: int) -> Figures:
    parts = ("--parts", ",".join(PARTS[:count])) if count else ()
    with TemporaryDirectory() as folder, sandbox("--movies", str(_FILMS_WITH_PARTS)) as server:
        path = Path(folder) / "films.duckdb"
        seen = run_ayne(path, server, "collect", *_WHOLE, *parts)
        return seen | {"file_mb": round(path.stat().st_size / 1e6, 1)}


# What the system tells of a process's memory is that of its parent, if that had more; this one has next to none.
_SMALL_PARENT = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
seconds, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
json.dump([code, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss], sys.stdout)
"""


def run_ayne(database: Path, server: Sandbox | None, command: str, *options: str) -> Figures:
    """Run a command to its end: how long it took, what of a core, and the most memory it had.

    Raises:
        RuntimeError: it did not end well; the message is what it said.
    """
    environment = {**os.environ, "TMDB_API_KEY": KEY, **({"AYNE_TMDB_URL": server.url} if server else {})}
    environment.pop("TMDB_ACCESS_TOKEN", None)
    quiet = ("--quiet",) if command == "collect" else ()
    ayne = [sys.executable, "-m", "ayne", command, "--db", str(database), *quiet, *options]
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-c", _SMALL_PARENT, *ayne],
        env=environment,
        cwd=database.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    code, seconds, computed, peak = json.loads(done.stdout)
    if code:
        raise RuntimeError(f"ayne {command} ended with exit code {code}: {done.stderr}")
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(computed, 2),
        "peak_mb": round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024)),
    }
