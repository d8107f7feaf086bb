"""What the file remembers of a film: how it changed, that it was gone or merged, and that it came back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreError
from tests.made_once import in_memory
from tests.schemas import bring_to
from tests.store.test_store import DAY, NOW, details, page, stored, summary

HOUR = timedelta(hours=1)


@pytest.fixture
def db() -> Iterator[DuckDBClient]:
    with closing(in_memory()) as store:
        yield store


def gone(tmdb_id: int, at: datetime) -> Commit:
    failure = FetchFailure(tmdb_id, "not_found", "404", gone=True, status=404, observed_at=at)
    return Commit(failures=[(failure, at)])


def merged(tmdb_id: int, target: int, at: datetime) -> Commit:
    failure = FetchFailure(tmdb_id, "merged", "another", merged_into=target, status=200, observed_at=at)
    return Commit(failures=[(failure, at)])


def named(tmdb_id: int, at: datetime, etag: str = 'W/"a"', **values: Any) -> MovieDetails:
    film = details(tmdb_id, at, **values)
    film["etag"] = etag
    return film


def unchanged(tmdb_id: int, at: datetime, *parts: str) -> Commit:
    return Commit(unchanged=[Unchanged(tmdb_id, parts, at)])


def told(db: DuckDBClient, tmdb_id: int = 5) -> list[tuple[Any, ...]]:
    """Moment, votes and mark of each row."""
    return [
        (row["observed_at"] - NOW.replace(tzinfo=None), row["vote_count"], row["mark"])
        for row in db.history(tmdb_id).as_dicts()
    ]


def as_of(db: DuckDBClient, day: str) -> list[tuple[Any, ...]]:
    return db.query("SELECT tmdb_id, vote_count, gone FROM film_as_of($day) ORDER BY tmdb_id", {"day": day}).rows


def test_the_first_details_and_each_that_differ_are_remembered(db: DuckDBClient) -> None:
    for days, votes in enumerate([10, 10, 12, 12, 9]):
        db.commit(Commit(details=[details(5, NOW + days * DAY, vote_count=votes)]))
    assert told(db) == [(0 * DAY, 10, None), (2 * DAY, 12, None), (4 * DAY, 9, None)]


@pytest.mark.parametrize(
    "change",
    [{"vote_average": 7.5}, {"popularity": 3.0}, {"revenue": 5}, {"budget": 9}, {"status": "Released"}],
    ids=lambda change: next(iter(change)),
)
def test_each_of_its_columns_makes_a_row(db: DuckDBClient, change: dict[str, Any]) -> None:
    db.commit(Commit(details=[details(5, vote_count=1)]))
    db.commit(Commit(details=[details(5, NOW + DAY, vote_count=1, **change)]))
    last = db.history(5).as_dicts()[-1]
    assert len(told(db)) == 2
    assert {name: last[name] for name in change} == change


def test_what_is_not_followed_makes_no_row(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5)]))
    db.commit(Commit(details=[details(5, NOW + DAY, title="Other", runtime=9)]))
    assert len(told(db)) == 1


def test_what_a_list_says_otherwise_is_remembered_as_of_its_midnight(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, NOW, vote_count=3, revenue=9)]))
    db.commit(Commit(1, [page(summary(5, NOW + 3 * DAY, vote_count=3))]))
    db.commit(Commit(1, [page(summary(5, NOW + 4 * DAY, vote_count=4))]))
    assert told(db) == [(0 * DAY, 3, None), (3.5 * DAY, 4, None)]
    assert [(row["source"], row["revenue"]) for row in db.history(5).as_dicts()] == [("details", 9), ("list", 9)]
    # Details are compared with it.
    db.commit(Commit(details=[details(5, NOW + 5 * DAY, vote_count=4, revenue=9)]))
    db.commit(Commit(details=[details(5, NOW + 6 * DAY, vote_count=3, revenue=9)]))
    assert [votes for _, votes, _ in told(db)] == [3, 4, 3]


def test_of_what_has_no_details_lists_are_not_remembered(db: DuckDBClient) -> None:
    db.commit(Commit(1, [page(summary(5, vote_count=1))]))
    db.commit(Commit(1, [page(summary(5, NOW + 3 * DAY, vote_count=2))]))
    assert told(db) == []


def test_of_a_day_details_are_more_certain_than_a_list_as_of_its_midnight(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, NOW, vote_count=3)]))
    db.commit(Commit(1, [page(summary(5, NOW + 3 * DAY, vote_count=4))]))
    assert as_of(db, "2026-05-04") == [(5, 4, False)]
    # Out of a cache, of the evening before that midnight.
    db.commit(Commit(details=[details(5, NOW + 2.25 * DAY, vote_count=5)]))
    assert as_of(db, "2026-05-03") == as_of(db, "2026-05-04") == [(5, 5, False)]


def test_an_older_answer_out_of_a_cache_changes_nothing(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, vote_count=10)]))
    db.commit(Commit(details=[details(5, NOW - HOUR, vote_count=8)]))
    assert told(db) == [(0 * DAY, 10, None)]
    film = stored(db, 5)
    assert (film["vote_count"], film["details_at"]) == (10, NOW.replace(tzinfo=None))


def test_a_newer_part_takes_the_place_of_the_one_before(db: DuckDBClient) -> None:
    for name, at in (("old", NOW), ("new", NOW + DAY)):
        parts = {"keywords": {"keywords": [{"id": 1, "name": name}]}}
        db.commit(Commit(details=[details(5, at, parts=parts)]))
    assert db.query("SELECT keyword FROM keywords").rows == [("new",)]


def test_parts_that_only_an_older_answer_has_are_kept(db: DuckDBClient) -> None:
    new = {"keywords": {"keywords": [{"id": 1, "name": "new"}]}}
    old = {"keywords": {"keywords": [{"id": 2, "name": "old"}]}, "lists": {"results": []}}
    db.commit(Commit(details=[details(5, parts=new)]))
    db.commit(Commit(details=[details(5, NOW - HOUR, parts=old, body=b"{}")]))
    assert db.query("SELECT keyword FROM keywords").rows == [("new",)]
    assert db.query("SELECT part FROM parts ORDER BY part").rows == [("keywords",), ("lists",)]
    assert db.query("SELECT parts FROM raw").rows == [(["keywords", "lists"],)]


def test_history_is_committed_with_the_film_or_not_at_all(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    unwritable = FetchFailure(9, "timed_out", "slow", status=cast("int", "no number"))
    with pytest.raises((duckdb.Error, StoreError)):
        db.commit(Commit(details=[details(2)], failures=[(unwritable, NOW)]))
    assert db.query("SELECT tmdb_id FROM movie_history").rows == [(1,)]


def test_the_state_of_any_day_can_be_asked_for(db: DuckDBClient) -> None:
    for days, votes in ((0, 10), (2, 12)):
        db.commit(Commit(details=[details(5, NOW + days * DAY, vote_count=votes)]))
    db.commit(Commit(details=[details(6, NOW + DAY, vote_count=1)]))
    db.commit(gone(6, NOW + 3 * DAY))
    assert as_of(db, "2026-04-30") == []
    assert as_of(db, "2026-05-01") == [(5, 10, False)]
    assert as_of(db, "2026-05-02") == [(5, 10, False), (6, 1, False)]
    assert as_of(db, "2026-05-03") == [(5, 12, False), (6, 1, False)]
    assert as_of(db, "2026-05-09") == [(5, 12, False), (6, 1, True)]


def test_a_film_that_is_gone_and_comes_back_is_both_in_its_history(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, vote_count=10)]))
    db.commit(gone(5, NOW + DAY))
    db.commit(gone(5, NOW + 2 * DAY))
    assert stored(db, 5)["gone_at"] == (NOW + 2 * DAY).replace(tzinfo=None)
    db.commit(Commit(details=[details(5, NOW + 3 * DAY, vote_count=10)]))
    assert stored(db, 5)["gone_at"] is None
    assert told(db) == [(0 * DAY, 10, None), (DAY, 10, "gone"), (3 * DAY, 10, "back")]


def test_a_film_without_details_that_is_gone_is_remembered(db: DuckDBClient) -> None:
    db.commit(Commit(1, [page(summary(5, vote_count=1))]))
    db.commit(gone(5, NOW + DAY))
    assert told(db) == [(DAY, None, "gone")]


def test_a_404_that_is_older_than_the_details_is_asked_again(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5)]))
    db.commit(gone(5, NOW - HOUR))
    assert stored(db, 5)["gone_at"] is None
    assert len(told(db)) == 1
    assert db.query("SELECT tmdb_id, reason FROM failures").rows == [(5, "not_found")]


def test_a_404_that_is_older_than_another_word_of_the_film_is_let_go(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5)]))
    db.commit(merged(5, 7, NOW + DAY))
    db.commit(gone(5, NOW + HOUR))
    film = stored(db, 5)
    assert (film["gone_at"], film["merged_into"]) == (None, 7)
    assert [mark for *_, mark in told(db)] == [None, "merged into 7"]


def test_details_older_than_the_404_do_not_bring_a_film_back(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5)]))
    db.commit(gone(5, NOW + 2 * HOUR))
    # The same as before the film was gone, so nothing new; then something new, in its place.
    db.commit(Commit(details=[details(5, NOW + HOUR / 2)]))
    assert len(told(db)) == 2
    db.commit(Commit(details=[details(5, NOW + HOUR, vote_count=4)]))
    film = stored(db, 5)
    assert (film["gone_at"], film["vote_count"]) == ((NOW + 2 * HOUR).replace(tzinfo=None), 4)
    assert [(at, mark) for at, _, mark in told(db)] == [(0 * DAY, None), (HOUR, None), (2 * HOUR, "gone")]


def test_newer_details_of_its_own_id_undo_a_merge(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5)]))
    db.commit(merged(5, 7, NOW + DAY))
    db.commit(Commit(details=[details(5, NOW + 2 * DAY)]))
    film = stored(db, 5)
    assert (film["merged_into"], film["merged_at"]) == (None, None)
    assert [mark for *_, mark in told(db)] == [None, "merged into 7", "back"]


def test_a_list_of_the_same_day_does_not_bring_a_film_back_and_one_of_days_later_does(db: DuckDBClient) -> None:
    """Lists are made of what was there at midnight."""
    db.commit(Commit(details=[details(5), details(6)]))
    db.commit(gone(5, NOW + HOUR))
    db.commit(merged(6, 7, NOW + HOUR))
    db.commit(Commit(1, [page(summary(5, NOW + DAY), summary(6, NOW + DAY))]))
    assert (stored(db, 5)["gone_at"] is None, stored(db, 6)["merged_into"]) == (False, 7)
    db.commit(Commit(1, [page(summary(5, NOW + 3 * DAY), summary(6, NOW + 3 * DAY))]))
    assert (stored(db, 5)["gone_at"], stored(db, 6)["merged_into"]) == (None, None)
    assert [mark for *_, mark in told(db, 5)] == [None, "gone", "back"]
    assert [mark for *_, mark in told(db, 6)] == [None, "merged into 7", "back"]


def test_users_see_only_the_films_that_are_there(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1), details(2), details(3)]))
    db.commit(gone(2, NOW + DAY))
    db.commit(merged(3, 1, NOW + DAY))
    assert db.query("SELECT tmdb_id FROM films").rows == [(1,)]
    assert len(db.query("FROM movies").rows) == 3


def test_the_view_shows_whatever_a_film_has(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    columns = set(db.query("FROM movies").columns)
    assert columns - set(db.query("FROM films").columns) == {"gone_at", "merged_into", "merged_at"}


# --- films that are as they were ----------------------------------------------------------------------------------


def test_a_film_that_is_as_it_was_is_only_seen_again(db: DuckDBClient) -> None:
    parts = {"keywords": {"keywords": [{"id": 1, "name": "new"}]}}
    db.commit(Commit(details=[named(5, NOW, vote_count=10, parts=parts, body=b'{"id":5}')]))
    before = db.query("SELECT * EXCLUDE (details_at) FROM movies").rows
    db.commit(unchanged(5, NOW + DAY, "keywords"))
    later = (NOW + DAY).replace(tzinfo=None)
    assert stored(db, 5)["details_at"] == later
    assert db.query("SELECT * EXCLUDE (details_at) FROM movies").rows == before
    assert db.query("SELECT part, fetched_at FROM parts").rows == [("keywords", later)]
    assert db.query("SELECT body, observed_at FROM raw").rows == [('{"id":5}', later)]
    assert len(told(db)) == 1


def test_a_304_out_of_a_cache_does_not_make_a_copy_older(db: DuckDBClient) -> None:
    db.commit(Commit(details=[named(5, NOW)]))
    db.commit(unchanged(5, NOW - HOUR))
    assert stored(db, 5)["details_at"] == NOW.replace(tzinfo=None)


def test_a_film_that_was_gone_and_is_as_it_was_is_back(db: DuckDBClient) -> None:
    db.commit(Commit(details=[named(5, NOW)]))
    db.commit(gone(5, NOW + DAY))
    db.commit(unchanged(5, NOW + 2 * DAY))
    assert stored(db, 5)["gone_at"] is None
    assert [mark for *_, mark in told(db)] == [None, "gone", "back"]


def test_a_name_is_offered_only_for_the_parts_it_is_of(db: DuckDBClient) -> None:
    db.commit(Commit(details=[named(5, NOW, 'W/"b"', parts={"lists": {}, "credits": {"cast": []}}), details(6)]))
    assert db.etags([5, 6], ["lists", "credits"], keep_raw=False) == {5: 'W/"b"'}
    assert db.etags([5, 6], [], keep_raw=False) == {}


def test_a_name_is_not_offered_when_the_answer_is_wanted_and_was_not_kept(db: DuckDBClient) -> None:
    db.commit(Commit(details=[named(5, NOW), named(6, NOW, body=b"{}")]))
    assert db.etags([5, 6], [], keep_raw=True) == {6: 'W/"a"'}


def test_details_without_a_name_take_the_old_one_away(db: DuckDBClient) -> None:
    db.commit(Commit(details=[named(5, NOW)]))
    db.commit(Commit(details=[details(5, NOW + DAY)]))
    assert db.etags([5], [], keep_raw=False) == {}


def test_a_film_that_a_list_changed_has_to_come_whole(db: DuckDBClient) -> None:
    """Otherwise what the list said would stay, although TMDB says that its details are as they were."""
    db.commit(Commit(details=[named(tmdb_id, NOW, title="A", vote_count=3) for tmdb_id in (5, 6)]))
    db.commit(
        Commit(1, [page(summary(5, NOW + 3 * DAY, title="A"), summary(6, NOW + 3 * DAY, title="A", vote_count=2))])
    )
    assert db.etags([5, 6], [], keep_raw=False) == {5: 'W/"a"'}


# --- older files --------------------------------------------------------------------------------------------------


def test_a_file_from_before_there_was_history_has_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as con:
        bring_to(con, 6)
        con.execute("""INSERT INTO movies BY NAME
            SELECT 5 AS tmdb_id, 9 AS vote_count, '2026-01-01' AS first_seen_at, '2026-01-02' AS details_at
            UNION ALL BY NAME SELECT 6 AS tmdb_id, '2026-01-01' AS first_seen_at, '2026-02-03' AS gone_at
            UNION ALL BY NAME
            SELECT 7 AS tmdb_id, '2026-01-01' AS first_seen_at, '2026-01-02' AS details_at, 5 AS merged_into
        """)
    db = DuckDBClient(path)
    found = db.query(
        "SELECT tmdb_id, observed_at::DATE::VARCHAR, vote_count, gone, merged_into FROM movie_history"
    ).rows
    assert sorted(found, key=str) == [
        (5, "2026-01-02", 9, False, None),
        (6, "2026-02-03", None, True, None),
        (7, "2026-01-02", None, False, 5),
        (7, "2026-01-02", None, False, None),
    ]
    assert [mark for *_, mark in db.history(7).rows] == [None, "merged into 5"]
    assert [row[0] for row in db.query("FROM films").rows] == [5]
    db.commit(Commit(details=[details(7, NOW)]))
    assert stored(db, 7)["merged_into"] is None


def test_what_a_clock_ahead_wrote_is_set_back_and_what_never_happened_stays_so(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, NOW + 365 * DAY), details(6, NOW - DAY)]))
    db.set_back(NOW)
    moments = "SELECT details_at, first_seen_at <= $now, gone_at, merged_at FROM movies ORDER BY tmdb_id"
    now = NOW.replace(tzinfo=None)
    found = db.query(moments, {"now": now}).rows
    assert found[0] == (now, True, None, None)
    assert found[1] == (now - DAY, True, None, None)
    assert db.query("SELECT tmdb_id FROM films ORDER BY tmdb_id").rows == [(5,), (6,)]


def test_an_answer_that_came_late_leaves_a_film_without_a_name_so_that_it_comes_whole(db: DuckDBClient) -> None:
    db.commit(Commit(details=[named(5, NOW)]))
    late = named(5, NOW - DAY, 'W/"b"', parts={"keywords": {"keywords": [{"id": 1, "name": "late"}]}})
    db.commit(Commit(details=[late]))
    assert db.query("SELECT keyword FROM keywords").rows == [("late",)]
    assert db.query("SELECT etag FROM etags").rows == []
