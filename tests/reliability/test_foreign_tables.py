"""A file with ayne's names for its tables, and others in them: two lines, whatever is asked; odd values are drawn."""

from __future__ import annotations

import resource
import signal
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ayne.data_collection.commit import Commit
from ayne.database import duckdb_errors
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreError, StoreUnreadable
from tests.reliability.children import Said, command, in_child
from tests.store.test_store import details


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "films.duckdb"
    db = DuckDBClient(path)
    db.begin_run("1", {}, datetime(2026, 1, 1, tzinfo=UTC))
    db.commit(Commit(details=[details(1, release_date="2020-01-01"), details(2, release_date="2021-01-01")]))
    return path


def changed(file: Path, *statements: str) -> None:
    with duckdb.connect(str(file)) as con:
        for sql in statements:
            con.execute(sql)


ODD_TABLES = [
    ("DROP VIEW films", "CREATE VIEW films AS SELECT 1 AS i"),
    ("DROP VIEW films", "CREATE VIEW films AS SELECT * REPLACE ('x' AS release_date) FROM movies"),
    ("DROP VIEW films", "CREATE VIEW films AS SELECT * REPLACE ({'a': 1} AS vote_average) FROM movies"),
    ("DROP VIEW films", "CREATE VIEW films AS SELECT * FROM read_csv('/etc/passwd')"),
    ("DROP TABLE runs", "CREATE TABLE runs (run_id INTEGER)"),
    ("DROP TABLE ratings CASCADE",),
    ("UPDATE runs SET plan = '[1]'",),
]


@pytest.mark.parametrize("statements", ODD_TABLES)
def test_tables_that_are_not_aynes_are_refused_in_two_lines(file: Path, statements: tuple[str, ...]) -> None:
    changed(file, *statements)
    said: Said = in_child(command, ["report", "--db", str(file), "--out", str(file.with_name("r.html"))], {})
    assert "Traceback" not in said.err
    assert said.code in {0, 1}, said
    if said.code:
        assert len(said.err.splitlines()) == 2, said.err
        assert "--db" in said.err
        assert not file.with_name("r.html").exists()


def test_a_report_draws_what_is_beyond_all_bounds(file: Path) -> None:
    most = 2**63 - 1
    changed(
        file,
        f"UPDATE movies SET vote_count = {most}, budget = {most}, revenue = {most}",
        "UPDATE movies SET vote_average = 77 WHERE tmdb_id = 1",
        "UPDATE movies SET vote_average = -3 WHERE tmdb_id = 2",
    )
    said: Said = in_child(command, ["report", "--db", str(file), "--out", str(file.with_name("r.html"))], {})
    assert said.code == 0, said


def _export_to_a_full_disk(file: Path, form: str) -> Said:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
    return command(["export", "--db", str(file), "--format", form, "--out", str(file.with_name("out"))], {})


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_a_full_disk_for_an_export_is_not_a_database_that_cannot_be_read(file: Path, form: str) -> None:
    copies = "SELECT m.* REPLACE (r.i AS tmdb_id, md5(r.i::VARCHAR) AS overview) FROM movies m, range(10, 3000) r(i)"
    changed(file, f"INSERT INTO movies BY NAME {copies} WHERE m.tmdb_id = 1")
    said: Said = in_child(_export_to_a_full_disk, file, form)
    assert said.code == 2, said
    assert said.err.startswith(f"ayne: {file.with_name('out')} cannot be written to"), said.err
    assert "Traceback" not in said.err
    assert list(file.with_name("out").iterdir()) == []


@pytest.mark.parametrize("read_only", [True, False])
def test_too_little_memory_is_no_damage(read_only: bool) -> None:
    error = duckdb.OutOfMemoryException("failed to allocate")
    for told in (
        duckdb_errors.failed("films.duckdb", error, read_only=read_only),
        duckdb_errors.refused("films.duckdb", error, read_only=read_only),
    ):
        assert isinstance(told, StoreError)
        assert not isinstance(told, StoreUnreadable)
        assert "too little memory" in str(told)
