"""The file alone, at TMDB's size and at ten times that: opening, storing, looking, and what is due all at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from ayne.data_collection.commit import Commit
from ayne.data_collection.refresh import RefreshPolicy, StoredCopy, most_urgent
from ayne.database.duckdb_client import DuckDBClient
from benchmarks.processes import ROOT, Figures, finish, most_memory
from benchmarks.scale import run_ayne
from benchmarks.store_speed import fill, like, sandbox_films

SIZES = (1_200_000, 12_000_000)
_PATTERN = 5_000
_COMMIT = 1_000
_ROUNDS = 5
# The most that one run fetches again here; without such a bound all that is due is listed at once.
_BOUND = 20_000


def larger_files() -> Figures:
    """Make files of 1,200,000 and 12,000,000 films, and do with each what a run does with it."""
    films = finish(sandbox_films((), _PATTERN))
    figures: Figures = {"films_a_commit": _COMMIT, "bound": _BOUND}
    with TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / "films.duckdb"
            began = time.perf_counter()
            step = fill(path, films, size)
            made = round(time.perf_counter() - began, 1)
            figures[f"{size}"] = {
                "made_in_seconds": made,
                **_in_a_process("store", path, step, size),
                "due_bounded": _in_a_process("due", path, _BOUND),
                "status": run_ayne(path, None, "status", "--json"),
            }
            if size == SIZES[0]:
                figures[f"{size}"]["due_unbounded"] = _in_a_process("due", path, 0)
            path.unlink()
    return figures


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    return "; ".join(
        f"{int(size):,} films: opened in {seen['open_ms']:.0f} ms, {seen['added_per_cpu_second']:,} films added and "
        f"{seen['updated_per_cpu_second']:,} updated for each second of one core, with {seen['peak_mb']} MB of memory; "
        f"the {figures['bound']:,} most urgent of {seen['due_bounded']['due']:,} found in "
        f"{seen['due_bounded']['cpu_seconds']:.0f} s with {seen['due_bounded']['peak_mb']} MB; `ayne status` in "
        f"{seen['status']['cpu_seconds']:.1f} s"
        for size, seen in figures.items()
        if size.isdigit()
    )


def _in_a_process(what: str, path: Path, *numbers: int) -> Figures:
    """Do one thing in a process of its own, so that the memory it takes is its own."""
    command = [sys.executable, "-m", "benchmarks.larger_files", what, str(path), *map(str, numbers)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own command line
    return dict(json.loads(done.stdout))


def _store(path: Path, step: int, size: int) -> Figures:
    """Open the file; add films in commits of a thousand, and update others all over it."""
    db, chance = DuckDBClient(path), Random(11)  # noqa: S311 - no secret is made of it
    films = finish(sandbox_films((), _PATTERN))
    db.query("SELECT 1")
    before = most_memory()
    opening = median(_seconds(db.query, "SELECT 1") for _ in range(_ROUNDS))
    adding: list[float] = []
    updating: list[float] = []
    waited: list[float] = []
    likes = size // _PATTERN
    for rounds in range(_ROUNDS):
        later = datetime.now(UTC) + timedelta(seconds=rounds)
        new = [like(film, step * (likes + 1 + rounds), later, chance) for film in films[:_COMMIT]]
        again = [
            like(films[number % _PATTERN], step * (number // _PATTERN), later, chance)
            for number in chance.sample(range(_PATTERN * likes), _COMMIT)
        ]
        for films_of, computed in ((new, adding), (again, updating)):
            began = time.process_time()
            waited.append(_seconds(db.commit, Commit(details=films_of)))
            computed.append(time.process_time() - began)
    return {
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "open_ms": round(1000 * opening, 1),
        "added_per_cpu_second": round(_COMMIT / median(adding)),
        "updated_per_cpu_second": round(_COMMIT / median(updating)),
        "slowest_commit_seconds": round(max(waited), 2),
        "peak_mb": most_memory(),
        "peak_mb_before": before,
    }


def _due(path: Path, bound: int) -> Figures:
    """List what is due when nothing was fetched for half a year, which is all; the most urgent, or (by 0) all of it."""
    rules, now = RefreshPolicy(), datetime.now(UTC) + timedelta(days=170)
    db, seen = DuckDBClient(path), 0

    def counted() -> Iterator[StoredCopy]:
        nonlocal seen
        for copy in db.stored_copies(rules.may_be_due(now), now):
            seen += 1
            yield copy

    began = time.process_time()
    found = most_urgent(counted(), now, rules, bound or None)
    return {
        "due": seen,
        "listed": len(found),
        "cpu_seconds": round(time.process_time() - began, 1),
        "peak_mb": most_memory(),
    }


def _seconds(work: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


if __name__ == "__main__":
    _FILE, _NUMBERS = Path(sys.argv[2]), [int(text) for text in sys.argv[3:]]
    sys.stdout.write(json.dumps(_store(_FILE, *_NUMBERS) if sys.argv[1] == "store" else _due(_FILE, *_NUMBERS)))
