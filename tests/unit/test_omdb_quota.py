"""A day's quota: what is left of it, when it starts anew, and how long the rest will take."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.omdb.quota import (
    BEFORE_MIDNIGHT,
    DayQuota,
    Lease,
    RatingPolicy,
    days_needed,
    is_open,
    midnight_after,
    utc_day,
)
from ayne.errors import QuotaSpent

DAY = date(2026, 2, 13)
NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)

# Of some two years.
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=700)).map(lambda passed: NOON + passed)


@given(st.integers(0, 50), st.integers(0, 80))
def test_a_lease_lets_through_what_was_granted_and_not_one_more(granted: int, wanted: int) -> None:
    lease = Lease(1, "OMDb", DAY, granted)
    for _ in range(min(granted, wanted)):
        lease.take(NOON)
    if wanted > granted:
        with pytest.raises(QuotaSpent) as caught:
            lease.take(NOON)
        assert caught.value.status is None
    assert lease.used == min(granted, wanted)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_no_request_leaves_that_could_arrive_on_another_day(taken_at: datetime, later: timedelta) -> None:
    day, now = utc_day(taken_at), taken_at.astimezone(UTC) + later
    if is_open(day, now):
        assert day == now.date() == (now + BEFORE_MIDNIGHT - timedelta(microseconds=1)).date()
    else:
        with pytest.raises(QuotaSpent):
            Lease(1, "OMDb", day, 1).take(now)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_what_is_left_is_never_negative_and_nothing_once_omdb_says_so(quota: int, spent: int) -> None:
    assert DayQuota(DAY, quota, spent).left == max(0, quota - spent)
    assert DayQuota(DAY, quota, spent, learned_at=NOON).left == 0


def test_there_is_a_whole_quota_again_at_midnight_utc() -> None:
    assert DayQuota(DAY, 1000).resets_at == datetime(2026, 2, 14, tzinfo=UTC) == midnight_after(DAY)


@given(st.integers(0, 5000), st.integers(0, 1500), st.integers(1, 1500))
def test_the_days_that_the_rest_takes_are_those_it_would_take(films: int, left: int, quota: int) -> None:
    days, today, rest = 0, left, films
    while rest > 0:
        days += today > 0
        rest -= today
        today = quota
    assert days_needed(films, left, quota) == days


def test_without_a_quota_the_rest_takes_for_ever() -> None:
    assert days_needed(1, left=0, quota=0) is None
    assert days_needed(1, left=1, quota=0) == 1


@pytest.mark.parametrize("name", ["recent_film", "older_film", "failed"])
def test_an_age_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        RatingPolicy(**{name: timedelta(0)})


def test_a_moment_counts_to_the_day_that_it_is_in_utc() -> None:
    tokyo, honolulu = timezone(timedelta(hours=9)), timezone(timedelta(hours=-10))
    assert utc_day(datetime(2026, 2, 14, 8, 59, tzinfo=tokyo)) == DAY
    assert utc_day(datetime(2026, 2, 14, 9, tzinfo=tokyo)) == date(2026, 2, 14)
    assert utc_day(datetime(2026, 2, 12, 14, tzinfo=honolulu)) == DAY


def test_a_day_is_open_until_a_minute_before_its_end() -> None:
    closes = midnight_after(DAY) - BEFORE_MIDNIGHT
    assert is_open(DAY, closes - timedelta(seconds=1))
    assert not is_open(DAY, closes)
    assert not is_open(DAY, closes + timedelta(days=-1))
    assert not is_open(DAY, NOON + timedelta(days=1))


def test_a_lease_that_is_used_up_and_one_that_is_over_say_which_they_are() -> None:
    with pytest.raises(QuotaSpent, match="no request is left of those that were taken"):
        Lease(1, "OMDb", DAY, granted=0).take(NOON)
    with pytest.raises(QuotaSpent, match="the day is over for which requests were taken"):
        Lease(1, "OMDb", DAY, granted=1).take(NOON + timedelta(days=1))


def test_an_age_of_ratings_may_be_short_but_not_nothing() -> None:
    assert RatingPolicy(failed=timedelta(seconds=1)).failed == timedelta(seconds=1)
    with pytest.raises(ValueError, match="failed must be more than nothing"):
        RatingPolicy(failed=timedelta(0))


def test_nothing_takes_no_day() -> None:
    assert days_needed(0, left=5, quota=10) == 0
