"""Series in the file, with their seasons and episodes: all of them or none, none twice, and none lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.rebuild import rebuild
from ayne.data_collection.refresh import RefreshPolicy, most_urgent
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import SERIES
from tests.made_once import in_memory
from tests.series_bodies import NOW, episode, season, series

DAY = timedelta(days=1)


@pytest.fixture
def db() -> Iterator[DuckDBClient]:
    with closing(in_memory(SERIES)) as store:
        yield store


def store(db: DuckDBClient, *records: MovieDetails) -> None:
    db.commit(Commit(details=list(records)))


def numbers(db: DuckDBClient, what: str = "live_episodes") -> list[tuple[Any, ...]]:
    return db.query(f"SELECT tmdb_id, season_id, episode_number FROM {what} ORDER BY 1").rows


def test_a_series_comes_with_its_seasons_and_episodes(db: DuckDBClient) -> None:
    store(db, series(season(0, episode(1)), season(1, episode(2), episode(3))))
    assert numbers(db) == [(1, 100, 1), (2, 101, 2), (3, 101, 3)]
    assert db.query("SELECT tmdb_id, series_id, season_number, episode_count FROM live_seasons ORDER BY 1").rows == [
        (100, 9, 0, 1),
        (101, 9, 1, 2),
    ]
    assert db.children_of([9, 10]) == {9: [0, 1]}


def test_what_a_newer_answer_does_not_name_is_gone_and_comes_back_when_it_is_named_again(db: DuckDBClient) -> None:
    both, one = season(1, episode(2), episode(3)), season(1, episode(2))
    store(db, series(both, season(2)))
    store(db, series(one, at=NOW + DAY))
    assert numbers(db) == [(2, 101, 2)]
    gone = db.query("SELECT tmdb_id, gone_at FROM episodes WHERE gone_at IS NOT NULL").rows
    assert gone == [(3, (NOW + DAY).replace(tzinfo=None))]
    assert db.children_of([9]) == {9: [1]}
    store(db, series(both, at=NOW + 2 * DAY))
    assert numbers(db) == [(2, 101, 2), (3, 101, 3)]
    told = db.query("SELECT observed_at, gone FROM episode_history WHERE tmdb_id = 3 ORDER BY 1").rows
    assert [(at, gone) for at, gone in told] == [
        (moment.replace(tzinfo=None), gone)
        for moment, gone in ((NOW, False), (NOW + DAY, True), (NOW + 2 * DAY, False))
    ]


def test_an_episode_that_moves_is_one_row_with_the_numbers_of_now(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2), episode(3)), season(2)))
    store(
        db, series(season(1, episode(2)), season(2, episode(3, episode_number=1, air_date="2024-02-01")), at=NOW + DAY)
    )
    assert numbers(db, "episodes") == [(2, 101, 2), (3, 102, 1)]
    days = db.query("SELECT air_date::VARCHAR FROM episode_history WHERE tmdb_id = 3 ORDER BY observed_at").rows
    assert days == [("2024-01-01",), ("2024-02-01",)]


def test_an_episode_that_moves_to_another_series_is_no_longer_the_first_one_s_to_lose(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2))))
    store(db, series(season(3, episode(2)), at=NOW + DAY, id=10))
    store(db, series(season(1), at=NOW + 2 * DAY))
    assert db.query("SELECT tmdb_id, series_id, gone_at FROM episodes").rows == [(2, 10, None)]


def test_an_answer_out_of_a_cache_that_is_older_than_what_is_stored_changes_nothing(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2), episode(3)), at=NOW + DAY))
    store(db, series(season(1, episode(4)), at=NOW))
    assert numbers(db, "episodes") == [(2, 101, 2), (3, 101, 3)]


def test_of_equal_ids_in_one_commit_one_row_stays(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2), episode(2, name="later"))), series(season(1, episode(2)), id=10))
    assert db.query("SELECT count(*), count(DISTINCT tmdb_id) FROM episodes").rows == [(1, 1)]


def test_an_error_while_episodes_are_stored_leaves_the_series_as_it_was(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2))))
    broken = series(season(1, episode(3)), at=NOW + DAY, name="New")
    broken["seasons"][0]["episodes"][0]["air_date"] = "no day"  # type: ignore[typeddict-item]
    with pytest.raises(Exception, match="no day"):
        store(db, broken)
    assert db.query("SELECT name FROM series").rows == [("Nine",)]
    assert numbers(db, "episodes") == [(2, 101, 2)]


def test_a_series_that_is_as_it_was_confirms_its_episodes(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2))))
    db.commit(Commit(unchanged=[Unchanged(9, (), NOW + DAY)]))
    for table in ("series", "seasons", "episodes"):
        assert db.query(f"SELECT details_at FROM {table}").rows == [((NOW + DAY).replace(tzinfo=None),)], table


def test_the_episodes_of_a_series_that_is_gone_are_not_among_those_that_there_are(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2))))
    gone = FetchFailure(9, "not_found", "404", gone=True, status=404, observed_at=NOW + DAY)
    db.commit(Commit(failures=[(gone, NOW)]))
    assert (numbers(db), numbers(db, "episodes")) == ([], [(2, 101, 2)])


def test_a_purge_removes_what_may_not_be_kept_of_episodes_too(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2))), series(season(1, episode(3), id=500), at=NOW + 9 * DAY, id=10))
    db.purge(NOW + DAY)
    assert numbers(db, "episodes") == [(3, 500, 3)]
    assert db.query("SELECT DISTINCT tmdb_id FROM episode_history").rows == [(3,)]


def test_a_rebuild_makes_the_same_rows(db: DuckDBClient) -> None:
    guest = {"id": 1, "name": "A", "credit_id": "c"}
    store(db, series(season(1, episode(2, guest_stars=[guest]), episode(3)), season(2013), parts=["episode_credits"]))
    tables = ("series", "seasons", "episodes", "episode_credits", "episode_history")
    before = {table: db.query(f"FROM {table} ORDER BY ALL").rows for table in tables}
    assert before["episode_credits"]
    written = rebuild(db).written
    assert {table: db.query(f"FROM {table} ORDER BY ALL").rows for table in tables} == before
    assert (written.rows["episodes"], written.rows["seasons"]) == (2, 2)


def test_what_nobody_reads_of_an_episode_is_counted(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2, mood="sad"), {**episode(3), "id": None})))
    told = {row["key"]: row["films"] for row in db.named("unread_keys").as_dicts()}
    assert told == {"episode.mood": 1, "episodes": 1}
    assert dict(rebuild(db).written.leftovers) == told


def test_a_clock_that_was_ahead_is_set_back_for_episodes_too(db: DuckDBClient) -> None:
    store(db, series(season(1, episode(2)), at=NOW + 9 * DAY))
    db.set_back(NOW)
    assert db.query("SELECT details_at FROM episodes").rows == [(NOW.replace(tzinfo=None),)]
    assert db.query("SELECT kind, tmdb_id FROM changed").rows == [("series", 9)]


def test_episodes_are_exported_and_can_be_looked_at(db: DuckDBClient, tmp_path: Path) -> None:
    store(db, series(season(1, episode(2))))
    written = {table for table, _, _ in db.export(tmp_path / "out", "parquet", by_year=True)}
    assert {"series", "seasons", "episodes", "episode_history"} <= written
    assert (tmp_path / "out" / "episodes" / "year=2024").is_dir()
    assert db.episodes().select("tmdb_id", "series_id").fetchall() == [(2, 9)]
    db.close()


def test_a_series_with_an_episode_this_week_is_due_before_one_that_is_over(db: DuckDBClient) -> None:
    def told(day: str) -> dict[str, Any]:
        return {"id": 1, "air_date": day, "season_number": 1, "episode_number": 1}

    old: dict[str, Any] = {"first_air_date": "1999-01-01", "vote_count": 500, "popularity": 9}
    airing = series(**old, status="Returning Series", last_episode_to_air=told("2026-04-29"))
    over = series(id=10, **old, status="Ended", last_episode_to_air=told("2026-03-01"))
    store(db, airing, over)
    policy, later = RefreshPolicy(), NOW + 4 * DAY
    copies = list(db.stored_copies(policy.may_be_due(later), later))
    assert [found.tmdb_id for found in most_urgent(copies, later, policy, None)] == [9]
    assert [(copy.tmdb_id, copy.goes_on, str(copy.latest)) for copy in copies if copy.tmdb_id == 9] == [
        (9, True, "2026-04-29")
    ]


@pytest.mark.parametrize(
    ("odd", "column", "held"),
    [
        ({"first_air_date": None, "last_air_date": ""}, "first_air_date", None),
        ({"number_of_seasons": 7, "number_of_episodes": 1}, "number_of_seasons", 7),
        ({"episode_run_time": []}, "episode_run_time", []),
        ({"popularity": "5.25", "vote_count": "12", "vote_average": "8.5"}, "popularity", 5.25),
        ({"popularity": "5.25", "vote_count": "12", "vote_average": "8.5"}, "vote_count", 12),
        ({"number_of_seasons": "many", "first_air_date": "2024-02-30"}, "number_of_seasons", None),
        ({"next_episode_to_air": "soon", "networks": None}, "next_episode_id", None),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_what_is_odd_about_a_series_costs_itself(db: DuckDBClient, odd: dict[str, Any], column: str, held: Any) -> None:
    seasons = (season(0, episode(1, air_date=None)), season(1, episode(2, air_date=""), episode(3)))
    store(db, series(*seasons, status="Ended", **odd))
    assert db.query(f"SELECT {column}, name, status FROM live_series").rows == [(held, "Nine", "Ended")]
    days = db.query("SELECT tmdb_id, CAST(air_date AS VARCHAR) FROM live_episodes ORDER BY 1").rows
    assert days == [(1, None), (2, None), (3, "2024-01-01")]


def test_a_repeated_number_and_an_episode_without_an_id_cost_themselves(db: DuckDBClient) -> None:
    named = [{"id": 101, "season_number": 1}, {"id": 77, "season_number": 1, "name": "Again", "episode_count": 4}]
    store(db, series(season(1, episode(2), {**episode(3), "id": None}, episode(4, episode_number=2)), named=named))
    assert numbers(db) == [(2, 101, 2), (4, 101, 2)]
    assert db.query("SELECT tmdb_id, season_number FROM live_seasons ORDER BY 1").rows == [(77, 1), (101, 1)]
