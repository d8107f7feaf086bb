"""IMDb's ratings in the DuckDB file: those of stored films, with what says something of how they changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.commit import Commit
from ayne.data_collection.imdb.models import ImdbEpisode, ImdbFile, ImdbRating, StoredEpisodesFile, StoredRatingsFile
from ayne.data_collection.omdb.quota import LeaseTerms
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import BadPayload, StoreError
from ayne.kinds import SERIES
from tests.made_once import in_memory
from tests.series_bodies import episode, season
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
    return db.store_imdb(ImdbFile(Path("title.ratings.tsv.gz"), NOON + day * DAY, 1), read)


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
        db.store_imdb(ImdbFile(Path("x"), NOON, 1), breaking_off())
    assert (held(db), db.newest_imdb()) == ([], None)


def test_films_that_came_since_are_noticed(db: DuckDBClient) -> None:
    assert db.has_new_titles()
    store(db, (1, 7.1, 100))
    assert not db.has_new_titles()
    db.commit(Commit(details=[details(4, imdb_id=imdb(4))]))
    assert db.has_new_titles()


def test_a_title_that_is_known_in_two_places_is_one(db: DuckDBClient) -> None:
    with_episodes(db)
    # A film of TMDB's, and there an episode too; and two series that are one at IMDb.
    join(db, ImdbEpisode(imdb(1), imdb(20), 1, 1))
    db.of(SERIES).commit(Commit(details=[a_series(id=40, external_ids={"imdb_id": imdb(2)})]))
    assert db.has_new_titles()
    store(db, (1, 7.1, 100))
    assert not db.has_new_titles()


def test_a_title_that_came_after_another_went_is_noticed(db: DuckDBClient) -> None:
    store(db, (1, 7.1, 100))
    db.commit(Commit(details=[details(3, imdb_id=None)]))
    assert db.has_new_titles()
    store(db, (1, 7.1, 100))
    db.commit(Commit(details=[details(4, imdb_id=imdb(4))]))
    assert db.has_new_titles()


def test_as_many_that_came_as_went_are_noticed(db: DuckDBClient) -> None:
    store(db, (1, 7.1, 100))
    db.commit(Commit(details=[details(3, imdb_id=None), details(4, imdb_id=imdb(4))]))
    assert db.has_new_titles()
    store(db, (1, 7.1, 100))
    assert not db.has_new_titles()


def test_a_file_of_before_that_could_be_told_reads_once_more(empty_file: Path) -> None:
    db = DuckDBClient(empty_file)
    db.commit(Commit(details=[details(1, imdb_id=imdb(1))]))
    store(db, (1, 7.1, 100))
    with duckdb.connect(str(empty_file)) as con:
        con.execute("ALTER TABLE imdb_files DROP COLUMN known")
        con.execute("DELETE FROM schema_steps WHERE step > 10")
    assert DuckDBClient(empty_file).has_new_titles()
    db = DuckDBClient(empty_file)
    store(db, (1, 7.1, 100))
    assert not db.has_new_titles()


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


def with_episodes(db: DuckDBClient) -> None:
    """Two series that IMDb knows and one that it does not, with two of the seven episodes of one number."""
    series = db.of(SERIES)
    of_both = season(1, episode(11, episode_number=1), episode(12, episode_number=2), episode(13, episode_number=2))
    known = a_series(season(0, episode(10, episode_number=1)), of_both, external_ids={"imdb_id": imdb(8)})
    other = season(1, episode(21, episode_number=1), episode(22, episode_number=2), id=201)
    unknown = season(1, episode(31, episode_number=1), id=301)
    series.commit(
        Commit(
            details=[
                known,
                a_series(other, id=20, external_ids={"imdb_id": imdb(20)}),
                a_series(unknown, id=30, external_ids={"imdb_id": None}),
            ]
        )
    )


def join(db: DuckDBClient, *lines: ImdbEpisode | UnreadableLine) -> StoredEpisodesFile:
    return db.store_imdb_episodes(ImdbFile(Path("title.episode.tsv.gz"), NOON, 1), lines)


def joined(db: DuckDBClient) -> list[tuple[object, ...]]:
    return db.query("SELECT tmdb_id, imdb_id FROM imdb_episodes ORDER BY ALL").rows


def test_episodes_are_found_by_the_imdb_id_of_their_series_and_their_numbers(db: DuckDBClient) -> None:
    with_episodes(db)
    stored = join(
        db,
        ImdbEpisode(imdb(1000), imdb(8), 0, 1),
        ImdbEpisode(imdb(1001), imdb(8), 1, 1),
        ImdbEpisode(imdb(1002), imdb(8), 1, 2),
        ImdbEpisode(imdb(2001), imdb(20), None, None),
        ImdbEpisode(imdb(2002), imdb(20), 1, 2),
        ImdbEpisode(imdb(9001), imdb(99), 1, 1),
        UnreadableLine(8, "it is none"),
    )
    assert joined(db) == [(10, imdb(1000)), (11, imdb(1001)), (22, imdb(2002))]
    assert (stored.titles, stored.episodes, stored.joined, stored.unreadable) == (6, 7, 3, 1)
    # Numbers that two stored episodes have; one that IMDb does not number; one whose series IMDb does not know.
    assert (stored.ambiguous, stored.elsewhere, stored.without_series) == (2, 1, 1)
    assert stored.examples == ["line 8: it is none"]


def test_a_file_without_series_has_no_episodes_to_find(db: DuckDBClient) -> None:
    stored = join(db, ImdbEpisode(imdb(2001), imdb(20), 1, 1), UnreadableLine(2, "it is none"))
    assert (stored.titles, stored.episodes, stored.joined, stored.unreadable) == (1, 0, 0, 1)
    assert joined(db) == []


def test_numbers_that_two_episodes_have_at_imdb_say_nothing(db: DuckDBClient) -> None:
    with_episodes(db)
    stored = join(db, ImdbEpisode(imdb(2001), imdb(20), 1, 1), ImdbEpisode(imdb(2003), imdb(20), 1, 1))
    assert (joined(db), stored.ambiguous) == ([], 1)


def test_what_moved_is_joined_anew_and_the_rest_stays(db: DuckDBClient) -> None:
    with_episodes(db)
    join(db, ImdbEpisode(imdb(2001), imdb(20), 1, 1), ImdbEpisode(imdb(2002), imdb(20), 1, 2))
    join(db, ImdbEpisode(imdb(2001), imdb(20), 1, 1), ImdbEpisode(imdb(2003), imdb(20), 1, 2))
    assert joined(db) == [(21, imdb(2001)), (22, imdb(2003))]


def test_ratings_of_joined_episodes_come_with_the_file_of_ratings(db: DuckDBClient) -> None:
    with_episodes(db)
    store(db, (20, 8.0, 100), (2001, 9.9, 70))
    assert held(db) == [(imdb(20), 8.0, 100)]
    assert not db.has_new_titles()
    join(db, ImdbEpisode(imdb(2001), imdb(20), 1, 1))
    # The file of ratings is read once more, although there is no newer one.
    assert db.has_new_titles()
    assert store(db, (20, 8.0, 100), (2001, 9.9, 70)).rated == 2
    assert held(db) == [(imdb(20), 8.0, 100), (imdb(2001), 9.9, 70)]
    assert not db.has_new_titles()
