"""As it grows: what a collection takes, from a thousand films to all of TMDB, and what the full file is like to use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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


def run_ayne(database: Path, server: Sandbox | None, command: str, *options: str) -> Figures:
    """Run a command to its end: how long it took, what of a core, and the most memory it had.

    Raises:
        RuntimeError: it did not end well; the message is what it said.
    """
    environment = {**os.environ, "TMDB_API_KEY": KEY, **({"AYNE_TMDB_URL": server.url} if server else {})}
    environment.pop("TMDB_ACCESS_TOKEN", None)
    quiet = ("--quiet",) if command == "collect" else ()
    began = time.perf_counter()
    with (database.parent / "said").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-m", "ayne", command, "--db", str(database), *quiet, *options],
            env=environment,
            cwd=database.parent,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        # Not wait(): this tells what the process took.
        _, status, took = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        said.seek(0)
        if process.returncode:
            raise RuntimeError(f"ayne {command} ended with exit code {process.returncode}: {said.read()}")
    return _figures(seconds, took)


def _figures(seconds: float, took: Any) -> Figures:
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(took.ru_utime + took.ru_stime, 2),
        "peak_mb": round(took.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)),
    }
