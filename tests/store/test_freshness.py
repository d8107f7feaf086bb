"""How fresh a file is, and who is collecting into it, as seen from another process."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreBusy, StoreError

COLLECTOR = """
import sys
from ayne.database.duckdb_client import DuckDBClient
with DuckDBClient(sys.argv[1]).collecting():
    print("collecting", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(empty_file: Path) -> DuckDBClient:
    return DuckDBClient(empty_file)


def test_a_file_is_as_fresh_as_its_last_commit(file: DuckDBClient) -> None:
    os.utime(file.path, (1_700_000_000, 1_700_000_000))
    assert file.freshness().as_of == datetime.fromtimestamp(1_700_000_000, UTC)
    file.begin_run("1", {}, datetime.now(UTC))
    assert abs(file.freshness().as_of - datetime.now(UTC)) < timedelta(minutes=1)
    assert file.freshness().collector is None


def test_what_lies_beside_the_file_and_not_yet_in_it_counts(file: DuckDBClient) -> None:
    os.utime(file.path, (1_700_000_000, 1_700_000_000))
    beside = Path(f"{file.path}.wal")
    beside.touch()
    os.utime(beside, (1_700_000_007, 1_700_000_007))
    assert file.freshness().as_of == datetime.fromtimestamp(1_700_000_007, UTC)


def test_two_who_look_do_not_take_each_other_for_a_collection(file: DuckDBClient) -> None:
    with file.collecting():
        pass
    with Path(f"{file.path}.lock").open() as mark:
        fcntl.flock(mark, fcntl.LOCK_SH)
        assert file.freshness().collector is None


def test_reading_makes_nothing_fresher(file: DuckDBClient) -> None:
    os.utime(file.path, (1_700_000_000, 1_700_000_000))
    file.query("SELECT 1")
    assert file.freshness().as_of == datetime.fromtimestamp(1_700_000_000, UTC)


def test_there_is_no_freshness_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="ayne collect"):
        DuckDBClient(tmp_path / "films.duckdb").freshness()


def test_who_collects_is_told_from_another_process_and_forgotten_when_it_is_killed(file: DuckDBClient) -> None:
    command = [sys.executable, "-c", COLLECTOR, file.path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        seen = file.freshness()
        assert seen.collector == process.pid
        assert seen.since
        assert timedelta(0) <= datetime.now(UTC) - seen.since < timedelta(minutes=1)
        with pytest.raises(StoreBusy), file.collecting():
            pass
        process.kill()
        process.wait()
        assert file.freshness().collector is None


def test_whoever_only_looks_keeps_nobody_from_collecting(file: DuckDBClient) -> None:
    for _ in range(50):
        file.freshness()
        with file.collecting():
            assert file.freshness().collector == os.getpid()


def test_queries_of_one_moment_see_the_same_and_keep_writers_waiting(file: DuckDBClient) -> None:
    code = f"from ayne.database.duckdb_client import *; DuckDBClient({file.path!r}, patience=0).finish_sweep(1, None)"
    with file.one_moment():
        first = file.query("SELECT count(*) FROM movies").rows
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "is held by process" in done.stderr
        assert file.query("SELECT count(*) FROM movies").rows == first
    DuckDBClient(file.path, patience=0).finish_sweep(1, datetime.now(UTC))
