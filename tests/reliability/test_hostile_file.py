"""A database file from somebody else, and queries from anybody: neither reads or writes anything beside the file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import AyneError, StoreError

NOW = datetime(2026, 2, 12, tzinfo=UTC)

# FILE stands for a file that is there and is none of the query's business, NEW for one that is not there.
OUTSIDE = [
    "SELECT * FROM read_text('FILE')",
    "SELECT * FROM read_blob('FILE')",
    "SELECT * FROM read_csv('FILE')",
    "SELECT * FROM read_json('FILE')",
    "SELECT * FROM read_parquet('https://127.0.0.1:1/x.parquet')",
    "SELECT * FROM sniff_csv('FILE')",
    "SELECT * FROM glob('FILE*')",
    "SELECT * FROM 'FILE'",
    "ATTACH 'NEW'",
    "ATTACH 'FILE' (READ_ONLY)",
    "COPY (SELECT 1) TO 'NEW'",
    "COPY (SELECT 1) TO 'FILE'",
    "EXPORT DATABASE 'NEW'",
    "IMPORT DATABASE 'NEW'",
    "INSTALL httpfs",
    "LOAD 'NEW'",
    "SELECT getenv('HOME')",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "SET temp_directory = 'NEW'",
    "SET memory_limit = '1TB'",
    "PRAGMA profiling_output = 'NEW'",
    "CREATE SECRET (TYPE s3, KEY_ID 'x', SECRET 'y')",
    "SELECT 1; COPY (SELECT 1) TO 'NEW'",
    "SELECT * FROM secret_variable",
]


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A file that nobody should read or write."""
    path = tmp_path / "private" / "diary.txt"
    path.parent.mkdir()
    path.write_text("dear diary 7c1f\n")
    return path


@pytest.fixture
def db(empty_file: Path) -> DuckDBClient:
    """A database with nothing much in it."""
    client = DuckDBClient(empty_file)
    client.commit(Commit(failures=[(FetchFailure(1, "timed_out", "?"), NOW)]))
    return client


@pytest.mark.parametrize("sql", OUTSIDE)
def test_a_query_reaches_nothing_but_the_file(db: DuckDBClient, other: Path, sql: str) -> None:
    secret_variable = [1]
    new = other.with_name("new")
    with pytest.raises((duckdb.Error, AyneError)) as caught:
        db.query(sql.replace("FILE", str(other)).replace("NEW", str(new)))
    assert "7c1f" not in str(caught.value)
    assert sorted(path.name for path in other.parent.iterdir()) == ["diary.txt"]
    assert other.read_text() == "dear diary 7c1f\n"
    assert secret_variable


def spoiled(db: DuckDBClient, other: Path, table: str, column: str = "title") -> None:
    """Make a table of the file a view that reads another file."""
    with duckdb.connect(db.path) as con:
        columns = [(name, kind) for name, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()]
        con.execute(f"DROP TABLE {table} CASCADE")
        values = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns if name != column)
        con.execute(f"CREATE VIEW {table} AS SELECT content AS {column}, {values} FROM read_text('{other}')")


def test_a_view_in_the_file_cannot_read_another_file(db: DuckDBClient, other: Path) -> None:
    spoiled(db, other, "movie_history")
    with pytest.raises((duckdb.Error, AyneError)):
        db.query("SELECT * FROM movie_history")


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_an_export_of_such_a_file_takes_nothing_along(db: DuckDBClient, other: Path, tmp_path: Path, form: str) -> None:
    spoiled(db, other, "movie_history")
    with pytest.raises((duckdb.Error, AyneError)):
        db.export(tmp_path / "out", form)
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"7c1f" not in written


def test_a_shared_table_of_such_a_file_takes_nothing_along(db: DuckDBClient, other: Path, tmp_path: Path) -> None:
    spoiled(db, other, "movie_history")
    with pytest.raises((duckdb.Error, AyneError)):
        db.export_delta(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_column_that_nobody_knows_is_named(db: DuckDBClient, tmp_path: Path) -> None:
    with duckdb.connect(db.path) as con:
        con.execute('ALTER TABLE movies ADD COLUMN "odd""one" VARCHAR')
        con.execute('INSERT INTO movies (tmdb_id, "odd""one", first_seen_at) VALUES (1, \'x\', now()::TIMESTAMP)')
    assert [table.rows for table in db.export_delta(tmp_path / "it's (odd)")] == [1]
    with duckdb.connect(db.path) as con:
        con.execute("ALTER TABLE movies ADD COLUMN odder TIME")
    with pytest.raises(StoreError, match="The column odder is of the type TIME"):
        db.export_delta(tmp_path / "it's (odd)")


def test_what_is_asked_of_a_source_is_read_from_no_other_file(db: DuckDBClient, other: Path) -> None:
    spoiled(db, other, "movies", "imdb_id")
    with pytest.raises(AyneError):
        db.unrated(1, NOW)


def test_an_export_writes_into_its_folder_alone(db: DuckDBClient, tmp_path: Path) -> None:
    folder = tmp_path / "it's an [odd] folder, and 'quoted'"
    written = db.export(folder, "csv")
    assert {path.parent for _, _, path in written} == {folder}
    assert {path.name for path in tmp_path.iterdir()} - {"films.duckdb", folder.name} == set()
