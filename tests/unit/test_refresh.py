from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayne.data_collection.commit import StoredCopy
from ayne.data_collection.refresh import LONGEST_ALLOWED, RefreshPolicy, discovery_due, due, retry_at
from ayne.data_collection.tmdb.models import FetchFailure

NOW = datetime(2026, 6, 1, tzinfo=UTC)
POLICY = RefreshPolicy()
RECENT, OLD = date(2026, 5, 1), date(1999, 10, 15)
SECOND = timedelta(seconds=1)


def copy(released: date | None, age: timedelta, tmdb_id: int = 1) -> StoredCopy:
    return StoredCopy(tmdb_id, "Released", released, NOW - age)


@pytest.mark.parametrize(
    ("released", "allowed"),
    [
        (RECENT, timedelta(days=7)),
        (date(2031, 1, 1), timedelta(days=7)),
        (None, timedelta(days=7)),
        (date(2025, 6, 2), timedelta(days=7)),
        (date(2025, 6, 1), timedelta(days=90)),
        (OLD, timedelta(days=90)),
    ],
)
def test_a_film_is_due_from_the_very_age_its_copy_may_reach(released: date | None, allowed: timedelta) -> None:
    assert due(copy(released, allowed - SECOND), NOW, POLICY) is None
    found = due(copy(released, allowed), NOW, POLICY)
    assert found is not None
    assert found.urgency == 1


def test_urgency_is_the_age_as_a_multiple_of_what_it_may_be() -> None:
    copies = [
        copy(RECENT, timedelta(days=21), 1),
        copy(OLD, timedelta(days=180), 2),
        copy(None, timedelta(days=70), 3),
        copy(OLD, timedelta(days=80), 4),
    ]
    found = [item for item in (due(one, NOW, POLICY) for one in copies) if item]
    assert [item.tmdb_id for item in sorted(found, key=lambda item: -item.urgency)] == [3, 1, 2]
    assert [item.urgency for item in found] == [3, 2, 10]


@settings(deadline=None)
@given(
    st.none() | st.dates(date(1870, 1, 1), date(2200, 1, 1)),
    st.timedeltas(SECOND, LONGEST_ALLOWED),
    st.timedeltas(SECOND, LONGEST_ALLOWED),
    st.timedeltas(timedelta(0), timedelta(days=4000)),
)
def test_no_policy_keeps_a_copy_for_six_months(
    released: date | None, recent: timedelta, older: timedelta, age: timedelta
) -> None:
    policy = RefreshPolicy(recent_film=recent, older_film=older)
    found = due(copy(released, age), NOW, policy)
    assert found is not None or age < LONGEST_ALLOWED < timedelta(days=180)
    assert found is None or age >= policy.shortest


@pytest.mark.parametrize("name", ["recent_film", "older_film"])
@pytest.mark.parametrize("age", [timedelta(0), -SECOND, LONGEST_ALLOWED + SECOND, timedelta(days=180)])
def test_an_age_that_the_terms_forbid_is_refused(name: str, age: timedelta) -> None:
    with pytest.raises(ValueError, match=f"{name} must be more than nothing and at most 179 days"):
        RefreshPolicy(**{name: age})


def test_the_longest_age_allowed_is_accepted() -> None:
    assert RefreshPolicy(recent_film=LONGEST_ALLOWED, older_film=LONGEST_ALLOWED).shortest == timedelta(days=179)


def test_a_policy_is_made_of_spans_of_time() -> None:
    assert {type(getattr(POLICY, field.name)) for field in fields(POLICY)} == {timedelta}


@pytest.mark.parametrize(
    ("last_day", "allowed"),
    [
        (date(2026, 12, 31), timedelta(days=1)),
        (date(2025, 12, 31), timedelta(days=1)),
        (date(2024, 12, 31), timedelta(days=30)),
        (OLD, timedelta(days=30)),
    ],
)
def test_a_span_is_discovered_again_when_its_time_is_over(last_day: date, allowed: timedelta) -> None:
    assert not discovery_due(last_day, NOW - allowed + SECOND, NOW, POLICY)
    assert discovery_due(last_day, NOW - allowed, NOW, POLICY)


@pytest.mark.parametrize(
    "reason", ["connection_failed", "timed_out", "rate_limited", "server_failure", "bad_payload", "not_found"]
)
def test_what_failed_for_a_passing_reason_may_be_asked_at_once(reason: str) -> None:
    assert retry_at(FetchFailure(1, reason, "…"), NOW, POLICY) == NOW


@pytest.mark.parametrize("reason", ["merged", "invalid_request", "anything_new"])
def test_what_was_refused_is_left_alone_for_a_while(reason: str) -> None:
    assert retry_at(FetchFailure(1, reason, "…"), NOW, POLICY) == NOW + timedelta(days=7)
