"""IMDb's ratings in the DuckDB file: those of stored films, with what says something of how they changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.commit import Commit
from ayne.data_collection.imdb.models import ImdbRating, RatingsFile, StoredRatingsFile
from ayne.data_collection.omdb.quota import LeaseTerms
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import BadPayload, StoreError
from ayne.kinds import SERIES
from tests.made_once import in_memory
from tests.series_bodies import series as a_series
from tests.store.test_ratings_store import imdb, movie
from tests.store.test_store import details

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def db() -> Iterator[DuckDBClient]:
    with closing(in_memory()) as db:
        db.commit(Commit(details=[details(number, imdb_id=imdb(number)) for number in (1, 2, 3)]))
        yield db


def store(
    db: DuckDBClient, *lines: tuple[int, float | None, int | None] | UnreadableLine, day: int = 0
) -> StoredRatingsFile:
    read = (line if isinstance(line, UnreadableLine) else ImdbRating(imdb(line[0]), *line[1:]) for line in lines)
    return db.store_imdb(RatingsFile(Path("title.ratings.tsv.gz"), NOON + day * DAY, 1), read)


def held(db: DuckDBClient) -> list[tuple[object, ...]]:
    return db.query("SELECT imdb_id, rating, votes FROM imdb_ratings ORDER BY ALL").rows


def history(db: DuckDBClient, number: int) -> list[tuple[object, ...]]:
    found = db.query("SELECT imdb_id, observed_at, rating, votes FROM imdb_history ORDER BY observed_at").rows
    return [(at.day, rating, votes) for imdb_id, at, rating, votes in found if imdb_id == imdb(number)]


def test_titles_of_stored_films_are_kept_and_no_others(db: DuckDBClient) -> None:
    stored = store(db, (1, 7.1, 100), (9, 5.0, 10), (3, 6.0, 20))
    assert held(db) == [(imdb(1), 7.1, 100), (imdb(3), 6.0, 20)]
    assert (stored.titles, stored.films, stored.rated) == (3, 3, 2)
    assert db.newest_imdb() == stored


def test_the_titles_of_all_kinds_of_a_file_are_kept(db: DuckDBClient) -> None:
    series = db.of(SERIES)
    series.commit(Commit(details=[a_series(external_ids={"imdb_id": imdb(8)})]))
    assert db.has_new_titles()
    stored = store(db, (1, 7.1, 100), (8, 9.5, 2000), (9, 5.0, 10))
    assert (held(db), stored.films) == ([(imdb(1), 7.1, 100), (imdb(8), 9.5, 2000)], 4)
    assert not db.has_new_titles()
    assert not series.has_new_titles()
    extras = series.named("series_extras", id=9).as_dicts()[0]
    assert (extras["imdb_id"], extras["imdb_rating"], extras["imdb_votes"]) == (imdb(8), 9.5, 2000)
    assert series.movie(imdb(8)) is not None
    assert series.named("ratings_overview").as_dicts()[0]["not_asked"] == 1


def test_of_two_lines_of_one_title_the_last_counts(db: DuckDBClient) -> None:
    store(db, (1, 7.1, 100), (1, 7.2, 101))
    assert held(db) == [(imdb(1), 7.2, 101)]


def test_what_a_title_was_said_to_have_stays_when_it_is_in_the_file_no_more(db: DuckDBClient) -> None:
    store(db, (1, 7.1, 100), (2, 5.0, 10))
    store(db, (1, 7.1, 120), day=1)
    assert held(db) == [(imdb(1), 7.1, 120), (imdb(2), 5.0, 10)]


def test_history_has_what_says_something(db: DuckDBClient) -> None:
    store(db, (1, 7.1, 1000), (2, 5.0, 10))
    store(db, (1, 7.1, 1009), (2, 5.0, 11), day=1)
    # Little by little, too, it comes to more than one per cent.
    store(db, (1, 7.1, 1011), (2, 5.0, 12), day=2)
    store(db, (1, 7.2, 1012), (2, 5.1, 12), day=3)
    assert history(db, 1) == [(1, 7.1, 1000), (3, 7.1, 1011), (4, 7.2, 1012)]
    assert history(db, 2) == [(1, 5.0, 10), (3, 5.0, 12), (4, 5.1, 12)]


def test_the_same_file_twice_is_no_news(db: DuckDBClient) -> None:
    store(db, (1, 7.1, None))
    store(db, (1, 7.1, None))
    assert history(db, 1) == [(1, 7.1, None)]


def test_unreadable_lines_are_counted_with_examples(db: DuckDBClient) -> None:
    bad = [UnreadableLine(number, "it is no rating") for number in range(2, 40)]
    stored = store(db, (1, 7.1, 100), *bad)
    assert (stored.titles, stored.unreadable, len(stored.examples)) == (1, 38, 10)
    assert stored.examples[0] == "line 2: it is no rating"


def test_a_file_that_turns_out_to_be_damaged_leaves_nothing_of_itself(db: DuckDBClient) -> None:
    def breaking_off() -> Iterable[ImdbRating]:
        yield ImdbRating(imdb(1), 7.1, 100)
        raise BadPayload("it breaks off")

    with pytest.raises(BadPayload):
        db.store_imdb(RatingsFile(Path("x"), NOON, 1), breaking_off())
    assert (held(db), db.newest_imdb()) == ([], None)


def test_films_that_came_since_are_noticed(db: DuckDBClient) -> None:
    assert db.has_new_titles()
    store(db, (1, 7.1, 100))
    assert not db.has_new_titles()
    db.commit(Commit(details=[details(4, imdb_id=imdb(4))]))
    assert db.has_new_titles()


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    db = DuckDBClient(tmp_path / "none.duckdb")
    with pytest.raises(StoreError, match="no database"):
        db.newest_imdb()
    assert not (tmp_path / "none.duckdb").exists()


def shown(db: DuckDBClient) -> tuple[object, object]:
    (found,) = db.named("movie_extras", id=1).as_dicts()
    return found["imdb_rating"], found["imdb_votes"]


def ask_omdb(db: DuckDBClient, at: datetime) -> None:
    lease, *_ = db.lease_ratings(LeaseTerms("OMDb", quota=100, titles=1, requests=1), at)
    assert lease
    db.commit_ratings(lease, [movie(imdb(1), at)], at)


def test_a_film_shows_what_was_said_of_it_last(db: DuckDBClient) -> None:
    assert shown(db) == (None, None)
    store(db, (1, 7.5, 500))
    assert shown(db) == (7.5, 500)
    ask_omdb(db, NOON + DAY)
    assert shown(db) == (7.1, 858_780)
    store(db, (1, 7.6, 600), day=2)
    assert shown(db) == (7.6, 600)
