"""Exported files: what Parquet says of itself, what CSV is to a spreadsheet, and that no half file is ever there."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from ayne.cli import cli
from ayne.data_collection.commit import Commit
from ayne.database.duckdb_client import DuckDBClient
from ayne.settings import ATTRIBUTION
from tests.store.test_store import details

RISKY = ["=HYPERLINK(0)", "+1", "-1 or so", "@SUM(1)", "\tx", "\rx", "\n=1", "＝1+1", "'Til Death", "''", "'=1"]  # noqa: RUF001 - the wide form is meant
HARMLESS = ["Up", "a=b", " =1", "M - a", "1917", ""]
GENRES = [{"id": 18, "name": "Drama"}, {"id": 35, "name": "=Comedy"}]


@pytest.fixture
def db(tmp_path: Path) -> DuckDBClient:
    db = DuckDBClient(tmp_path / "films.duckdb")
    titles = enumerate([*RISKY, *HARMLESS])
    db.commit(
        Commit(
            details=[
                details(
                    number,
                    title=title,
                    genres=GENRES,
                    vote_average=-1.5,
                    release_date=None if number == 5 else f"{1990 + number % 3}-05-01",
                )
                for number, title in titles
            ]
        )
    )
    return db


def read(sql: str, *values: object) -> list[tuple[Any, ...]]:
    with duckdb.connect(":memory:") as con:
        return con.execute(sql, values).fetchall()


def exported(db: DuckDBClient, folder: Path, form: str, **options: bool) -> Path:
    return next(path for name, _, path in db.export(folder, form, **options) if name == "movies")


def titles(db: DuckDBClient) -> list[Any]:
    return [title for (title,) in db.query("SELECT title FROM movies ORDER BY tmdb_id").rows]


def test_no_cell_of_a_csv_begins_like_a_formula(db: DuckDBClient, tmp_path: Path) -> None:
    with exported(db, tmp_path / "out", "csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == len(RISKY) + len(HARMLESS)
    for row in found:
        assert not row["title"].startswith(tuple("=+-@\t\r\n＝"))  # noqa: RUF001 - the wide form is meant
    assert found[0]["title"] == "'=HYPERLINK(0)"


def test_taking_one_apostrophe_away_gives_every_text_as_it_was(db: DuckDBClient, tmp_path: Path) -> None:
    with exported(db, tmp_path / "out", "csv").open(encoding="utf-8-sig", newline="") as file:
        found = [row["title"].removeprefix("'") for row in csv.DictReader(file)]
    assert found == [title or "" for title in titles(db)]


def test_numbers_and_dates_of_a_csv_are_as_they_are_and_lists_are_readable(db: DuckDBClient, tmp_path: Path) -> None:
    path = exported(db, tmp_path / "out", "csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["vote_average"], row["genres"], row["genre_ids"]) == ("-1.5", "Drama; =Comedy", "18; 35")
    assert row["release_date"] == "1990-05-01"
    assert path.read_bytes().startswith(b"\xef\xbb\xbftmdb_id,")


def test_verbatim_csv_is_what_the_database_holds(db: DuckDBClient, tmp_path: Path) -> None:
    path = exported(db, tmp_path / "out", "csv", verbatim=True)
    assert path.read_bytes().startswith(b"tmdb_id,")
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["title"] for row in csv.DictReader(file)] == [title or "" for title in titles(db)]


def test_films_by_year_are_a_folder_of_files_that_read_as_one_table(db: DuckDBClient, tmp_path: Path) -> None:
    folder = exported(db, tmp_path / "out", "parquet", by_year=True)
    assert {path.name for path in folder.iterdir()} == {
        *(f"year={year}" for year in (1990, 1991, 1992)),
        "year=__HIVE_DEFAULT_PARTITION__",
    }
    back = read("SELECT title FROM read_parquet(?, hive_partitioning = true) ORDER BY tmdb_id", f"{folder}/*/*.parquet")
    assert [title for (title,) in back] == titles(db)
    of_1991 = read("SELECT DISTINCT year(release_date) FROM read_parquet(?)", f"{folder}/year=1991/*.parquet")
    assert of_1991 == [(1991,)]


def test_a_second_export_by_year_leaves_nothing_of_the_first(db: DuckDBClient, tmp_path: Path) -> None:
    exported(db, tmp_path / "out", "parquet", by_year=True)
    with duckdb.connect(db.path) as con:
        con.execute("DELETE FROM movies WHERE year(release_date) = 1991")
    folder = exported(db, tmp_path / "out", "parquet", by_year=True)
    assert "year=1991" not in {path.name for path in folder.iterdir()}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"movies", "movie_history.parquet", "schema.json"}


@pytest.mark.parametrize("by_year", [False, True])
def test_a_parquet_file_says_what_its_columns_are(db: DuckDBClient, tmp_path: Path, by_year: bool) -> None:
    path = exported(db, tmp_path / "out", "parquet", by_year=by_year)
    file = next(path.rglob("*.parquet")) if by_year else path
    said = dict(read("SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", str(file)))
    assert said["table_comment"].startswith("One row a film")
    assert json.loads(said["column_comments"])["runtime"] == "Minutes"
    assert said["attribution"] == ATTRIBUTION
    types = dict(read("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))", str(file)))
    assert (types["genres"], types["release_date"], types["details_at"]) == ("VARCHAR[]", "DATE", "TIMESTAMP")


def test_the_schema_beside_the_files_names_every_column(db: DuckDBClient, tmp_path: Path) -> None:
    exported(db, tmp_path / "out", "jsonl")
    schema = json.loads((tmp_path / "out" / "schema.json").read_text(encoding="utf-8"))
    columns = {column["name"]: column for column in schema["movies"]["columns"]}
    assert list(columns) == db.query("SELECT * FROM movies LIMIT 0").columns
    assert columns["budget"] == {"name": "budget", "type": "BIGINT", "comment": "US dollars, as entered by users"}
    assert all(column["comment"] for column in columns.values())


def test_a_database_without_films_is_exported_too(tmp_path: Path) -> None:
    for form, by_year in (("csv", False), ("jsonl", False), ("parquet", False), ("parquet", True)):
        path = exported(DuckDBClient(":memory:"), tmp_path / f"{form}{by_year}", form, by_year=by_year)
        assert path.exists()


def test_an_export_that_fails_leaves_the_old_file_and_no_other(db: DuckDBClient, tmp_path: Path) -> None:
    out = tmp_path / "out"
    path = exported(db, out, "csv")
    before = path.read_bytes()
    # Nothing can be renamed to what is a folder with something in it.
    (out / "schema.json").unlink()
    (out / "schema.json" / "x").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        db.export(out, "csv")
    assert path.read_bytes() == before
    assert not [file.name for file in out.iterdir() if file.suffix in {".part", ".old", ".marked"}]


def test_a_killed_export_leaves_no_half_file_under_a_final_name(db: DuckDBClient, tmp_path: Path) -> None:
    with duckdb.connect(db.path) as con:
        # As many as take some time to write.
        copies = "SELECT m.* REPLACE (r.i + 100 AS tmdb_id) FROM movies m, range(40000) r(i) WHERE m.tmdb_id = 0"
        con.execute(f"INSERT INTO movies BY NAME {copies}")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "ayne", "export", "--db", db.path, "--format", "jsonl", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _until(lambda: (out / "movies.jsonl.part").exists() or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    films = len(titles(db))
    if (out / "movies.jsonl").exists():
        assert len((out / "movies.jsonl").read_bytes().splitlines()) == films
    path = exported(db, out, "jsonl")
    assert len(path.read_bytes().splitlines()) == films
    assert not [file.name for file in out.iterdir() if file.suffix in {".part", ".old"}]


def _until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "csv", "--by-year"), "only Parquet files can be split by year"),
        (("--format", "jsonl", "--verbatim"), "only CSV has cells that are changed"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    db: DuckDBClient, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = CliRunner().invoke(cli, ["export", "--db", db.path, "--out", str(tmp_path / "out"), *options])
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "out").exists()
