"""Exported files: what Parquet says of itself, what CSV is to a spreadsheet, and that no half file is ever there."""

from __future__ import annotations

import csv
import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from ayne.cli import cli
from ayne.data_collection.commit import Commit
from ayne.database import export_folder
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError, SharedStorageBusy, StoreUnreadable
from ayne.settings import ATTRIBUTION
from tests import spreadsheet_cells
from tests.made_once import empty, in_memory
from tests.spreadsheet_cells import HARMLESS, RISKY
from tests.store.test_store import details

GENRES = [{"id": 18, "name": "Drama"}, {"id": 35, "name": "=Comedy"}]


@pytest.fixture(scope="module")
def odd_titles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = DuckDBClient(shutil.copy(empty(), tmp_path_factory.mktemp("odd") / "films.duckdb"))
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
    return Path(db.path)


@pytest.fixture
def db(odd_titles: Path, tmp_path: Path) -> DuckDBClient:
    return DuckDBClient(shutil.copy(odd_titles, tmp_path / "films.duckdb"))


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
    spreadsheet_cells.check([row["title"] for row in found])


def test_no_head_of_a_csv_begins_like_a_formula(db: DuckDBClient, tmp_path: Path) -> None:
    with duckdb.connect(db.path) as con:
        con.execute('ALTER TABLE movies ADD COLUMN "=1+1, ""odd" INTEGER')
    with exported(db, tmp_path / "out", "csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file))[-1] == "'=1+1, \"odd"


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
    with closing(in_memory()) as db:
        for form, by_year in (("csv", False), ("jsonl", False), ("parquet", False), ("parquet", True)):
            assert exported(db, tmp_path / f"{form}{by_year}", form, by_year=by_year).exists()


def test_an_export_that_fails_leaves_the_old_files_and_no_other(db: DuckDBClient, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(db, out, "csv")
    before = contents(out)
    with duckdb.connect(db.path) as con:
        # Found out when the films are written already.
        con.execute("DROP VIEW IF EXISTS film_as_of")
        con.execute("ALTER TABLE movie_history RENAME TO kept")
        failing = "SELECT rowid, * REPLACE (error('no history')::VARCHAR AS status) FROM kept"
        con.execute(f"CREATE VIEW movie_history AS {failing}")
    with pytest.raises(StoreUnreadable, match="no history"):
        db.export(out, "csv")
    assert contents(out) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def foreign_history(out: Path) -> None:
    (out / "movie_history.parquet").write_bytes(b"of the film club")


def test_what_no_export_wrote_is_left_alone(db: DuckDBClient, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    foreign_history(out)
    done = CliRunner().invoke(cli, ["export", "--db", db.path, "--out", str(out)])
    assert isinstance(done.exception, ConfigurationError), done.output
    assert "left alone. Move it away, or name another folder" in str(done.exception)
    assert list(contents(out).values()) == [b"of the film club"]


def test_two_exports_into_one_folder_do_not_mix(db: DuckDBClient, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(db, out, "csv")
    before = contents(out)
    with export_folder.held(out), pytest.raises(SharedStorageBusy, match="Another export is writing to"):
        db.export(out, "csv")
    assert contents(out) == before


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
