"""The list of changed films in the store: what enters it, what leaves it, and what that makes due."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.refresh import RefreshPolicy, due, most_urgent
from ayne.data_collection.tmdb.changes import DayOfChanges, FeedPosition
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.database.duckdb_client import DuckDBClient
from tests.made_once import in_memory
from tests.store.test_store import details
from tests.virtual_time import Standing

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
CHANGED_ON = date(2026, 5, 1)
OVER = datetime(2026, 5, 2, tzinfo=UTC)
SAFE = OVER + 8 * HOUR
NOW = OVER + 10 * HOUR
POLICY = RefreshPolicy()


@pytest.fixture
def db() -> Iterator[DuckDBClient]:
    with closing(in_memory(clock=Standing(NOW))) as store:
        yield store


def changes(*films: int, may_add: tuple[int, ...] = (), complete: bool = True, later: int = 0) -> DayOfChanges:
    """Films that changed on a day, so many days later than the first."""
    on = later * DAY
    return DayOfChanges(CHANGED_ON + on, films, may_add, OVER + on, SAFE + on, SAFE + on, complete)


def changed(db: DuckDBClient) -> list[int]:
    return [tmdb_id for (tmdb_id,) in db.query("SELECT tmdb_id FROM changed ORDER BY tmdb_id").rows]


def asked(db: DuckDBClient, now: datetime = NOW) -> list[int]:
    """The changed films that would be fetched."""
    copies = db.stored_copies(POLICY.may_be_due(now), now)
    return [found.tmdb_id for found in most_urgent(copies, now, POLICY, None) if found.reason == "changed"]


def test_changed_films_and_the_watermark_are_entered_together(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, OVER - DAY), details(2, OVER - DAY)]))
    assert db.feed_position().watermark is None
    assert db.enter_changes(changes(1, 2, 1), NOW) == (2, 0)
    assert (changed(db), db.feed_position().watermark) == ([1, 2], CHANGED_ON)


def test_the_watermark_stays_where_a_day_is_not_complete(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, OVER - DAY)]))
    db.enter_changes(changes(1, complete=False), NOW)
    assert (changed(db), db.feed_position().watermark) == ([1], None)


def test_what_fails_in_entering_changes_moves_nothing(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, OVER - DAY)]))
    broken: Any = ["no id"]
    with pytest.raises(duckdb.Error):
        db.enter_changes(DayOfChanges(CHANGED_ON, broken, (), OVER, SAFE, SAFE, complete=True), NOW)
    assert (changed(db), db.feed_position().watermark) == ([], None)


def test_details_that_surely_show_the_change_are_not_asked_for_again(db: DuckDBClient) -> None:
    second = timedelta(seconds=1)
    db.commit(Commit(details=[details(1, SAFE - second), details(2, SAFE)]))
    db.enter_changes(changes(1, 2), NOW)
    assert changed(db) == [1]


def test_films_that_are_not_stored_are_left_out_unless_they_are_wanted(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, OVER - DAY)]))
    assert db.enter_changes(changes(1, 7, 8, may_add=(8,)), NOW) == (1, 1)
    assert changed(db) == [1, 8]
    assert sorted(asked(db)) == [1, 8]


def test_an_answer_made_late_enough_takes_the_film_off_the_list(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, OVER - DAY), details(2, OVER - DAY)]))
    db.enter_changes(changes(1, 2), NOW)
    db.commit(Commit(details=[details(1, SAFE)]))
    assert changed(db) == asked(db) == [2]


def test_an_answer_made_too_early_is_looked_at_again_when_no_cache_has_it_any_more(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, OVER - DAY)]))
    db.enter_changes(changes(1), NOW)
    db.commit(Commit(details=[details(1, SAFE - HOUR)]))
    again = SAFE + 7 * HOUR
    assert changed(db) == [1]
    assert asked(db, again - timedelta(seconds=1)) == []
    assert asked(db, again) == [1]


def test_a_film_that_changes_again_waits_for_the_later_day(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, OVER - DAY)]))
    db.enter_changes(changes(1), NOW)
    db.enter_changes(changes(1, later=1), NOW + DAY)
    db.commit(Commit(details=[details(1, SAFE + DAY - HOUR)]))
    assert changed(db) == [1]
    db.commit(Commit(details=[details(1, SAFE + DAY)]))
    assert changed(db) == []


def test_a_film_that_is_gone_or_merged_is_off_the_list_and_one_that_failed_is_not(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(number, OVER - DAY) for number in (1, 2, 3)]))
    db.enter_changes(changes(1, 2, 3), NOW)
    gone = FetchFailure(1, "not_found", "…", gone=True)
    merged = FetchFailure(2, "merged", "…", merged_into=9)
    db.commit(Commit(failures=[(gone, NOW), (merged, NOW), (FetchFailure(3, "timed_out", "…"), NOW + HOUR)]))
    assert changed(db) == [3]
    assert (asked(db), asked(db, NOW + HOUR)) == ([], [3])


def test_a_film_that_is_gone_is_asked_for_when_the_feed_names_it_again(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, OVER - 200 * DAY)]))
    db.commit(Commit(failures=[(FetchFailure(1, "not_found", "…", gone=True), NOW)]))
    later = NOW + DAY
    assert list(db.stored_copies(POLICY.may_be_due(later), later)) == []
    db.enter_changes(changes(1, later=1), later)
    assert asked(db, later) == [1]
    db.commit(Commit(details=[details(1, SAFE + DAY)]))
    film = db.movie(1)
    assert film is not None
    assert (film["gone_at"], changed(db)) == (None, [])


def test_the_parts_that_films_have_are_known(db: DuckDBClient) -> None:
    parts: dict[str, Any] = {"keywords": {"keywords": []}, "credits": {"cast": [], "crew": []}}
    db.commit(Commit(details=[details(1, parts=parts), details(2)]))
    assert db.parts_of([1, 2, 3]) == {1: ["credits", "keywords"]}


def test_the_store_finds_every_film_that_is_due_and_few_others(db: DuckDBClient) -> None:
    dice = random.Random(5)  # noqa: S311 - films, no secrets
    days = [None, *(NOW.date() + timedelta(days=number) for number in range(-900, 60, 7))]
    films = [
        details(
            number,
            NOW - timedelta(days=dice.uniform(0, 200)),
            release_date=(day := dice.choice(days)) and day.isoformat(),
            status=dice.choice(["Released", "Planned", "Canceled"]),
            vote_count=dice.choice([None, 0, 5, 50]),
            popularity=dice.choice([None, 0.1, 5.0]),
        )
        for number in range(1, 1500)
    ]
    db.commit(Commit(details=films))
    forever = RefreshPolicy().may_be_due(NOW + 400 * DAY)
    everything = list(db.stored_copies(forever, NOW))
    assert len(everything) == len(films)
    expected = {copy.tmdb_id for copy in everything if due(copy, NOW, POLICY)}
    found = {copy.tmdb_id for copy in db.stored_copies(POLICY.may_be_due(NOW), NOW)}
    assert expected <= found
    assert 0 < len(expected) < len(films)
    assert len(found - expected) < 0.1 * len(films)


def test_the_feed_is_read_from_before_the_oldest_of_details_and_lists(db: DuckDBClient) -> None:
    assert db.feed_position() == FeedPosition(None, None)
    db.commit(Commit(details=[details(5, NOW - DAY)]))
    assert db.feed_position() == FeedPosition(None, NOW - DAY)
    # Of a film that came after the list only the feed tells.
    db.begin_sweep(SweepPlan(2024, 2024), NOW - 3 * DAY)
    assert db.feed_position() == FeedPosition(None, NOW - 3 * DAY)
