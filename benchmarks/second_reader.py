"""Somebody looks at the file while a collection is running: what that is like for them, and for the collection."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreError
from benchmarks.processes import Figures, Sandbox, collect, sandbox

_QUERY = "SELECT count(*), max(revenue), avg(vote_average) FROM films"

# About as fast as TMDB lets anybody be, and as fast as it goes.
_RATES = {"at_40": (40, 1000), "without_limit": (100_000, 3000)}


def second_reader() -> Figures:
    """Collect alone, under the eyes of somebody who types commands, and of a program that asks without a pause."""
    figures: Figures = {}
    with sandbox("--movies", "20000") as server:
        for name, (rate, films) in _RATES.items():
            options = ("--from", "1900", "--to", "2030", "--min-votes", "0", "--limit", str(films), "--rate", str(rate))
            alone, _ = _collect(server, options, None)
            by_command, commands = _collect(server, options, _type_a_command)
            by_program, queries = _collect(server, options, _ask)
            figures[name] = {
                "films": films,
                "seconds_alone": alone,
                "commands": _waits(commands, by_command) | {"slowdown": by_command / alone - 1},
                "program": _waits(queries, by_program) | {"slowdown": by_program / alone - 1},
            }
    return figures


def _collect(
    server: Sandbox, options: tuple[str, ...], look: Callable[[Path], None] | None
) -> tuple[float, list[float]]:
    """How long the collection took by its own word, and how long each look did."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        database = Path(folder) / "films.duckdb"
        collecting = thread.submit(collect, server, database, *options)
        waits = list(_looks(collecting, database, look)) if look else []
        collecting.result()
        ((report,),) = DuckDBClient(database).query("SELECT report FROM runs").rows
        return float(msgspec.json.decode(report)["seconds"]), waits


def _looks(collecting: Future[None], database: Path, look: Callable[[Path], None]) -> Iterator[float]:
    """Look again and again, for as long as the collection runs."""
    while not collecting.done():
        if not database.exists():
            time.sleep(0.05)
            continue
        began = time.perf_counter()
        try:
            look(database)
        except StoreError as error:
            if "is empty" not in str(error):
                raise
            continue
        took = time.perf_counter() - began
        if not collecting.done():
            yield took
        if look is not _ask:
            time.sleep(0.2)


def _type_a_command(database: Path) -> None:
    command = [sys.executable, "-m", "ayne", "sql", "--db", str(database), _QUERY]
    done = subprocess.run(  # noqa: S603 - our own command line
        command, cwd=database.parent, capture_output=True, text=True, check=False
    )
    if done.returncode and "is empty" not in done.stderr:
        raise RuntimeError(done.stderr)


def _ask(database: Path) -> None:
    DuckDBClient(database).query(_QUERY)


def _waits(waits: list[float], seconds: float) -> dict[str, float]:
    return {
        "answers": len(waits),
        "a_minute": round(60 * len(waits) / seconds),
        "longest_ms": round(1000 * max(waits, default=0.0)),
        "median_ms": round(1000 * sorted(waits)[len(waits) // 2]) if waits else 0,
    }
