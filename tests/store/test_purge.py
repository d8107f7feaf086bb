"""What may no longer be kept is removed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.retention import LONGEST_KEPT, expiring_before, to_be_removed_before
from ayne.data_collection.tmdb.limits import LONGEST_ALLOWED
from ayne.data_collection.tmdb.models import Export, ExportedMovie
from ayne.database.duckdb_client import DuckDBClient
from tests.made_once import in_memory
from tests.store.test_history import gone, named
from tests.store.test_store import DAY, NOW, details, page, stored, summary

OLD = NOW - 200 * DAY
LIMIT = NOW - 180 * DAY
BOOKKEEPING = {"tmdb_id", "first_seen_at", "gone_at", "merged_into", "merged_at"}


@pytest.fixture
def db() -> Iterator[DuckDBClient]:
    with closing(in_memory()) as store:
        yield store


def known(db: DuckDBClient, tmdb_id: int) -> set[str]:
    return {name for name, value in stored(db, tmdb_id).items() if value is not None}


def test_copies_go_a_day_after_they_should_have_been_renewed_and_before_six_months_are_over() -> None:
    assert LONGEST_ALLOWED < LONGEST_KEPT < timedelta(days=181)
    now = datetime(2026, 7, 1, tzinfo=UTC)
    assert expiring_before(now) - to_be_removed_before(now) == timedelta(days=7)


def test_of_a_film_whose_copy_is_too_old_only_its_id_and_what_became_of_it_stays(db: DuckDBClient) -> None:
    parts = {"credits": {"cast": [{"id": 1, "credit_id": "a", "name": "X"}], "crew": []}, "lists": {"results": []}}
    rich = named(5, OLD, title="A", revenue=5, vote_count=3, genres=[{"id": 1, "name": "G"}], parts=parts, body=b"{}")
    db.commit(Commit(1, [page(summary(5, OLD))]))
    db.commit(Commit(details=[rich]))
    db.commit(gone(5, OLD + DAY))
    db.commit(Commit(details=[named(6, NOW, title="B", parts=parts, body=b"{}")]))
    expected = {"details": 1, "summaries": 0, "parts": 2, "answers": 1, "observations": 2, "exported": 0}
    assert asdict(db.overdue(LIMIT)) == expected
    assert asdict(db.purge(LIMIT)) == expected
    assert known(db, 5) <= BOOKKEEPING
    assert stored(db, 5)["gone_at"] is not None
    for table in ("parts", "raw", "credits", "movie_history", "etags"):
        assert set(db.query(f"SELECT tmdb_id FROM {table}").rows) == {(6,)}, table
    assert stored(db, 6)["title"] == "B"
    assert set(asdict(db.purge(LIMIT)).values()) == {0}


def test_a_film_that_only_a_list_named_goes_too(db: DuckDBClient) -> None:
    db.commit(Commit(1, [page(summary(5, OLD), summary(6, NOW))]))
    assert db.purge(LIMIT).summaries == 1
    assert known(db, 5) <= BOOKKEEPING
    assert stored(db, 6)["title"] == "Film 6"
    assert db.query("SELECT tmdb_id FROM films").rows == [(6,)]


def test_what_a_list_said_since_stays_when_the_details_go(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, OLD, revenue=5, runtime=90, genres=[{"id": 1, "name": "G"}])]))
    db.commit(Commit(1, [page(summary(5, NOW, title="New", vote_count=4))]))
    db.purge(LIMIT)
    film = stored(db, 5)
    assert (film["title"], film["vote_count"], film["revenue"], film["genres"]) == ("New", 4, None, None)
    assert (film["details_at"], film["summary_at"]) == (None, NOW.replace(tzinfo=None))


def test_a_purged_film_is_filled_again_when_it_is_seen_again(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, OLD)]))
    db.purge(LIMIT)
    first_seen = stored(db, 5)["first_seen_at"]
    db.commit(Commit(details=[details(5, NOW, title="Again")]))
    film = stored(db, 5)
    assert (film["title"], film["first_seen_at"]) == ("Again", first_seen)
    assert len(db.history(5).rows) == 1


def test_parts_that_were_not_renewed_with_their_film_go_alone(db: DuckDBClient) -> None:
    keywords = {"keywords": {"keywords": [{"id": 1, "name": "k"}]}}
    db.commit(Commit(details=[details(5, OLD, parts=keywords)]))
    db.commit(Commit(details=[details(5, NOW)]))
    found = db.purge(LIMIT)
    assert (found.parts, found.details) == (1, 0)
    assert db.query("FROM keywords").rows == []
    assert stored(db, 5)["title"] == "Film 5"


def test_old_observations_of_a_film_that_is_kept_go_only_when_asked_for(db: DuckDBClient) -> None:
    for days, votes in ((0, 1), (1, 2), (200, 3)):
        db.commit(Commit(details=[details(5, OLD + days * DAY, vote_count=votes)]))
    db.commit(Commit(details=[details(6, OLD), details(6, NOW)]))
    assert db.purge(LIMIT).observations == 0
    assert db.overdue(LIMIT, history=True).observations == db.purge(LIMIT, history=True).observations == 2
    assert [row["vote_count"] for row in db.history(5).as_dicts()] == [3]
    assert len(db.history(6).rows) == 1


def test_what_old_exports_said_of_films_goes(db: DuckDBClient, tmp_path: Path) -> None:
    for day, tmdb_id in ((OLD, 1), (NOW, 2)):
        export = Export("movie_ids", day.date(), tmp_path / "x.gz", 9)
        db.store_export(export, [ExportedMovie(tmdb_id, "Title", 2.0, adult=False, video=False)])
    assert db.purge(LIMIT).exported == 1
    assert db.query("SELECT tmdb_id, original_title FROM census ORDER BY tmdb_id").rows == [(1, None), (2, "Title")]
    assert db.overdue(LIMIT).exported == 0


def test_it_is_told_what_must_be_renewed_or_removed_soon(db: DuckDBClient) -> None:
    ages = {1: 181, 2: 179, 3: 174, 4: 100}
    db.commit(Commit(details=[details(tmdb_id, NOW - age * DAY) for tmdb_id, age in ages.items()]))
    db.commit(Commit(1, [page(summary(5, NOW - 178 * DAY))]))
    db.commit(gone(2, NOW - DAY))
    found = db.expiring(expiring_before(NOW), to_be_removed_before(NOW))
    assert found == {"overdue": 1, "expiring": 3, "not_to_be_had": 1}
