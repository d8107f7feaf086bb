"""What an export may replace: what an export wrote, and nothing else, whatever kills it on the way."""

from __future__ import annotations

import json
import shutil
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
from ayne.database import export_folder
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError
from tests.made_once import empty
from tests.store.test_store import details


@pytest.fixture
def db(tmp_path: Path) -> DuckDBClient:
    db = DuckDBClient(shutil.copy(empty(), tmp_path / "films.duckdb"))
    db.commit(Commit(details=[details(number, release_date=f"{1990 + number % 3}-05-01") for number in range(10)]))
    return db


def exported(db: DuckDBClient, folder: Path, form: str, **options: bool) -> Path:
    return next(path for name, _, path in db.export(folder, form, **options) if name == "movies")


def titles(db: DuckDBClient) -> list[Any]:
    return [title for (title,) in db.query("SELECT title FROM movies ORDER BY tmdb_id").rows]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def foreign_folder(out: Path) -> None:
    (out / "movies" / "holidays").mkdir(parents=True)
    (out / "movies" / "holidays" / "rome.mkv").write_bytes(b"us")


def foreign_file_in_ours(out: Path) -> None:
    (out / "movies" / "year=1990" / "notes.txt").write_bytes(b"watch this")


def changed_file(out: Path) -> None:
    path = next((out / "movies").rglob("*.parquet"))
    path.write_bytes(path.read_bytes() + b"mine")


def foreign_schema(out: Path) -> None:
    (out / "schema.json").write_bytes(b'{"$schema": "https://json-schema.org/draft/2020-12/schema"}')


def changed_schema(out: Path) -> None:
    path = out / "schema.json"
    path.write_bytes(path.read_bytes().replace(b"Minutes", b"minutes, I think"))


def schema_folder(out: Path) -> None:
    (out / "schema.json").unlink(missing_ok=True)
    (out / "schema.json").mkdir()


def link_to_elsewhere(out: Path) -> None:
    elsewhere = out.with_name("elsewhere")
    elsewhere.mkdir()
    (elsewhere / "rome.mkv").write_bytes(b"us")
    if (out / "movies").exists():
        (out / "movies").rename(out / "before")
    (out / "movies").symlink_to(elsewhere)


def foreign_history(out: Path) -> None:
    (out / "movie_history.parquet").write_bytes(b"of the film club")


@pytest.mark.parametrize("exported_before", [False, True])
@pytest.mark.parametrize(
    "put",
    [
        foreign_folder,
        foreign_file_in_ours,
        changed_file,
        foreign_schema,
        changed_schema,
        schema_folder,
        link_to_elsewhere,
        foreign_history,
    ],
)
def test_what_no_export_wrote_is_not_replaced_and_nothing_is_written(
    db: DuckDBClient, tmp_path: Path, put: Callable[[Path], None], exported_before: bool
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    # Some change what an export wrote.
    if exported_before or put in {foreign_file_in_ours, changed_file, changed_schema}:
        exported(db, out, "parquet", by_year=True)
    put(out)
    before = contents(tmp_path)
    done = CliRunner().invoke(cli, ["export", "--by-year", "--db", db.path, "--out", str(out)])
    assert isinstance(done.exception, ConfigurationError), done.output
    assert "left alone. Move it away, or name another folder" in str(done.exception)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["movies.part", "movies.old", "movies.parquet.part", "schema.json.part", ".ayne-export-x"]
)
def test_a_file_or_folder_beside_them_stays(db: DuckDBClient, tmp_path: Path, name: str) -> None:
    (tmp_path / "out" / name).mkdir(parents=True)
    (tmp_path / "out" / name / "rome.mkv").write_bytes(b"us")
    exported(db, tmp_path / "out", "parquet", by_year=True)
    exported(db, tmp_path / "out", "parquet")
    assert (tmp_path / "out" / name / "rome.mkv").read_bytes() == b"us"


def test_exports_of_all_forms_share_a_folder_and_replace_what_they_wrote(db: DuckDBClient, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        for form, by_year in (("csv", False), ("jsonl", False), ("parquet", True), ("parquet", False)):
            exported(db, out, form, by_year=by_year)
    listed = json.loads((out / "schema.json").read_text(encoding="utf-8"))["movies"]["files"]
    assert set(listed) == {"movies.csv", "movies.jsonl", "movies.parquet", "schema.json"}


def test_an_export_that_was_killed_between_two_files_can_be_made_again(db: DuckDBClient, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(db, out, "csv")
    old = contents(out)["movies.csv"]
    with duckdb.connect(db.path) as con:
        con.execute("DELETE FROM movies WHERE tmdb_id > 3")
    # As a kill leaves it: the schema tells of old and new files, and not all of the new ones are in their place.
    with export_folder.held(out) as folder, folder.staging() as staging:
        (staging / "movies.csv").write_bytes(b"tmdb_id\n1\n")
        (staging / "ratings.csv").mkdir()
        table = export_folder.Table(None, [])
        with pytest.raises(OSError, match="ratings"):
            folder.publish(staging, {"movies": ("movies.csv", table), "ratings": ("absent.csv/ratings", table)})
    assert contents(out)["movies.csv"] != old
    exported(db, out, "csv")
    assert len(contents(out)["movies.csv"].splitlines()) == 1 + len(titles(db))


def test_a_killed_export_leaves_no_half_file_under_a_final_name(db: DuckDBClient, tmp_path: Path) -> None:
    with duckdb.connect(db.path) as con:
        # As many as take some time to write.
        copies = "SELECT m.* REPLACE (r.i + 10_000 AS tmdb_id) FROM movies m, range(40000) r(i) WHERE m.tmdb_id = 0"
        con.execute(f"INSERT INTO movies BY NAME {copies}")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "ayne", "export", "--db", db.path, "--format", "jsonl", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _until(lambda: any(out.glob(".ayne-export-*/movies.jsonl")) or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    films = len(titles(db))
    if (out / "movies.jsonl").exists():
        assert len((out / "movies.jsonl").read_bytes().splitlines()) == films
    path = exported(db, out, "jsonl")
    assert len(path.read_bytes().splitlines()) == films
    assert {file.name for file in out.iterdir()} == {"movies.jsonl", "movie_history.jsonl", "schema.json"}


def _until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.001)
