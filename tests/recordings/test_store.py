"""Recorded films in the DuckDB file: stored as they are, and made again from their answers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.rebuild import rebuild
from ayne.data_collection.tmdb.models import MovieDetails
from ayne.data_collection.tmdb.records import read_again, read_details
from ayne.database.duckdb_client import DuckDBClient
from tests.integration.test_parts import damage, dump
from tests.store.test_store import DAY, NOW


@pytest.fixture
def db(empty_file: Path) -> DuckDBClient:
    return DuckDBClient(empty_file)


def test_every_recorded_film_is_stored_and_read_back(db: DuckDBClient, recordings: Path) -> None:
    movies = [
        read_details(SimpleNamespace(status=200, headers={}, body=path.read_bytes(), received_at=NOW))
        for path in sorted((recordings / "tmdb" / "movie").glob("*.json"))
        if not path.name.startswith("_")
    ]
    db.commit(Commit(details=movies))
    last = {movie["tmdb_id"]: movie for movie in movies}
    found = db.query("SELECT tmdb_id, title, revenue, CAST(release_date AS VARCHAR), overview FROM movies").rows
    assert {row[0]: row[1:] for row in found} == {
        tmdb_id: (movie["title"], movie["revenue"], movie["release_date"], movie["overview"])
        for tmdb_id, movie in last.items()
    }


def test_every_recorded_film_can_be_made_again(db: DuckDBClient, recordings: Path) -> None:
    answers = [file.read_bytes() for file in sorted((recordings / "tmdb" / "movie").glob("*.json"))]
    films = [
        cast("MovieDetails", {**read_again(body, NOW + number * DAY), "body": body})
        for number, body in enumerate(answers)
    ]
    db.commit(Commit(details=films))
    before = dump(db)
    damage(db, "UPDATE movies SET overview = NULL, revenue = 1", "DELETE FROM credits", "DELETE FROM reviews")
    rebuild(db)
    assert dump(db) == before
