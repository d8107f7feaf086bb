"""Tables as relations: of any kind a notebook wants, and in nobody's way."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreError
from tests.made_once import in_memory
from tests.store.test_store import NOW, details

GENRES = [{"id": 18, "name": "Drama"}, {"id": 35, "name": "Comedy"}]


@pytest.fixture
def db(empty_file: Path) -> DuckDBClient:
    db = DuckDBClient(empty_file)
    films = [details(number, title=f"Film {number}", genres=GENRES, imdb_id=f"tt{number:07}") for number in range(1, 6)]
    gone = FetchFailure(3, "not_found", "gone", gone=True, observed_at=NOW)
    db.commit(Commit(details=films))
    db.commit(Commit(failures=[(gone, NOW)]))
    return db


def ids(relation: duckdb.DuckDBPyRelation) -> list[Any]:
    return [tmdb_id for (tmdb_id,) in relation.select("tmdb_id").order("tmdb_id").fetchall()]


def test_movies_are_the_films_that_tmdb_has_unless_all_are_asked_for(db: DuckDBClient) -> None:
    assert ids(db.movies()) == [1, 2, 4, 5]
    assert ids(db.movies(everything=True)) == [1, 2, 3, 4, 5]


def test_another_process_writes_while_a_relation_is_kept(db: DuckDBClient) -> None:
    kept = db.movies()
    assert ids(kept) == [1, 2, 4, 5]
    write = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('DELETE FROM movies WHERE tmdb_id = 1')"
    subprocess.run([sys.executable, "-c", write, db.path], check=True, timeout=60)
    assert ids(kept) == [1, 2, 4, 5]
    assert ids(db.movies()) == [2, 4, 5]


def test_an_unchanged_file_is_copied_once(db: DuckDBClient, tmp_path: Path) -> None:
    db.movies()
    # Held, it could not be read again.
    with duckdb.connect(db.path):
        impatient = db.movies()
        assert ids(impatient) == [1, 2, 4, 5]


def test_relations_of_one_client_can_be_joined(db: DuckDBClient) -> None:
    both = db.movies().set_alias("f").join(db.movie_history().set_alias("h"), "f.tmdb_id = h.tmdb_id")
    assert both.count("*").fetchall() == [(4,)]


@pytest.mark.parametrize(
    "table", ["movies", "films", "ratings", "credits", "keywords", "watch_providers", "runs", "given"]
)
def test_every_table_can_be_had_by_name(db: DuckDBClient, table: str) -> None:
    assert db.relation(table).columns == db.query(f"SELECT * FROM {table} LIMIT 0").columns


def test_types_are_those_of_the_file(db: DuckDBClient) -> None:
    with duckdb.connect(db.path) as con:
        expected = [str(kind) for kind in con.table("films").types]
    assert [str(kind) for kind in db.movies().types] == expected


def test_a_table_that_does_not_exist_is_named_with_those_that_do(db: DuckDBClient) -> None:
    with pytest.raises(ValueError, match=r"no table 'movie; DROP'.*films.*movies"):
        db.relation("movie; DROP")


def test_without_a_file_it_is_said_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="ayne collect"):
        DuckDBClient(tmp_path / "none.duckdb").movies()


def test_closing_removes_the_copies(db: DuckDBClient) -> None:
    relation = db.movies()
    db.close()
    with pytest.raises(duckdb.Error):
        relation.fetchall()
    assert ids(db.movies()) == [1, 2, 4, 5]


def test_a_database_in_memory_has_relations_too() -> None:
    db = in_memory()
    db.commit(Commit(details=[details(7)]))
    assert ids(db.movies()) == [7]
    db.commit(Commit(details=[details(8)]))
    assert ids(db.movies()) == [7, 8]


def test_a_relation_outlives_the_client_it_came_from_and_its_copy_goes_with_it(
    db: DuckDBClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    drama = DuckDBClient(db.path).movies().filter("list_contains(genres, 'Drama')")
    gc.collect()
    assert ids(drama) == [1, 2, 4, 5]
    del drama
    gc.collect()
    assert not list(copies.iterdir())
