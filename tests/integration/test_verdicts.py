"""Outages that look like deletions, and clocks that are wrong: nothing of the user's goes for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.errors import ConfigurationError, ServerFailure
from tests.nights import DAY, HOUR, NOT_FOUND, OUTAGES, START, Nights, film
from tests.store.test_store import details


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_removes_no_film_however_long_it_lasts(outage: str) -> None:
    nights = Nights()
    nights.source.says = OUTAGES[outage]
    for _ in range(5):
        try:
            report = nights.refresh()
        except ServerFailure as error:
            assert "Nothing was removed for it" in str(error)  # noqa: PT017
        else:
            # All are waiting for a second look by now.
            assert not report.complete
        assert nights.seen >= 199
        assert nights.marked <= 1
        nights.source.now += DAY
    # A film that is answered with another is asked for twice.
    assert len(nights.source.asked) < 2 * (200 + 3 * 200)
    nights.source.says = film
    assert nights.refresh().complete
    assert (nights.seen, nights.count("failures")) == (200, 0)


def test_an_outage_in_the_middle_of_a_run_removes_no_film() -> None:
    nights = Nights()
    nights.source.says = lambda number: film(number) if len(nights.source.asked) < 100 else (404, NOT_FOUND)
    with pytest.raises(ServerFailure):
        nights.refresh()
    assert (nights.seen, nights.marked) == (200, 0)


def test_films_that_are_truly_gone_are_marked_in_the_same_run() -> None:
    nights = Nights()
    nights.source.says = lambda number: (404, NOT_FOUND) if number % 70 == 0 else film(number)
    report = nights.refresh()
    assert (report.complete, report.gone, nights.seen) == (True, 2, 198)


def test_three_films_that_are_all_gone_are_confirmed_by_a_second_look_hours_later() -> None:
    nights = Nights(films=3)
    nights.source.says = OUTAGES["404"]
    first = nights.refresh()
    assert (first.complete, first.failures_by_reason, nights.seen) == (False, {"unconfirmed_gone": 3}, 3)
    nights.source.now += HOUR
    nights.refresh()
    assert (len(nights.source.asked), nights.seen) == (3, 3)
    nights.source.now += 8 * HOUR
    second = nights.refresh()
    assert (second.complete, second.gone, nights.seen) == (True, 3, 0)


def test_many_that_are_truly_gone_are_confirmed_once_other_films_were_had() -> None:
    nights = Nights(films=60)
    nights.source.says = lambda number: (404, NOT_FOUND) if number <= 40 else film(number)
    nights.refresh(40)
    for _ in range(4):
        nights.source.now += DAY
        nights.refresh()
    assert nights.seen == 60 - 40 or nights.count("failures") == 40
    nights.db.commit(Commit(details=[details(n, nights.source.now + HOUR) for n in range(100, 600)]))
    nights.source.now += 3 * HOUR + DAY
    nights.refresh()
    assert nights.count("films WHERE tmdb_id < 100") == 20


def test_what_was_marked_by_many_at_once_is_asked_for_again_the_next_day() -> None:
    nights = Nights()
    gone = [FetchFailure(n, "not_found", "404", gone=True, observed_at=START) for n in range(1, 101)]
    nights.db.commit(Commit(failures=[(failure, START) for failure in gone]))
    assert nights.seen == 100
    nights.source.now += DAY
    nights.source.says = lambda number: (404, NOT_FOUND) if number == 50 else film(number)
    nights.refresh()
    assert nights.seen == 199
    asked = len(nights.source.asked)
    nights.source.now += DAY
    nights.refresh()
    assert len(nights.source.asked) == asked


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [-365 * DAY, 365 * DAY, -3 * DAY, -20_000 * DAY])
def test_a_clock_that_is_off_removes_nothing_and_dates_nothing_to_another_year(ahead: timedelta) -> None:
    nights = Nights()
    nights.source.clock_is_ahead = ahead
    # Half of the films cannot be renewed, and would be overdue by either clock.
    nights.source.now += 200 * DAY
    nights.source.says = lambda number: film(number) if number % 2 else (500, b"")
    report = nights.sync()
    assert report.clock
    assert (report.purged, nights.seen) == (0, 200)
    oldest, newest = nights.db.query("SELECT min(details_at), max(details_at) FROM movies WHERE tmdb_id % 2 = 1").rows[
        0
    ]
    now = nights.source.now.replace(tzinfo=None)
    assert now - 8 * HOUR <= oldest <= newest <= now


def test_clocks_that_agree_let_go_of_what_may_no_longer_be_kept() -> None:
    nights = Nights()
    nights.source.now += 200 * DAY
    nights.source.says = lambda number: film(number) if number % 2 else (500, b"")
    report = nights.sync()
    assert (report.clock, report.purged, nights.seen) == (None, 100, 100)


def test_what_a_clock_wrote_that_was_ahead_is_set_back_and_fetched_again() -> None:
    nights = Nights()
    nights.refresh(ours=START + 365 * DAY)
    assert nights.db.newest_moment() == START + 365 * DAY
    nights.source.asked.clear()
    nights.source.now += DAY
    report = nights.refresh()
    assert (report.clock, report.refreshed) == (None, 200)
    newest = nights.db.newest_moment()
    assert newest
    assert newest <= nights.source.now
    assert nights.count("movie_history WHERE observed_at > TIMESTAMP '2026-06-03'") == 0


def test_a_clock_that_is_behind_the_servers_and_the_file_stores_nothing() -> None:
    nights = Nights()
    nights.refresh()
    with pytest.raises(ConfigurationError, match=r"shows 1970-01-01, the server's 2026-06-01.*Set the clock first"):
        nights.refresh(ours=datetime(1970, 1, 1, tzinfo=UTC))
    assert nights.count("movies WHERE details_at < TIMESTAMP '2026-01-01'") == 0
