from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ayne.data_collection.refresh import Due, RefreshPolicy, StoredCopy, discovery_due, due, most_urgent, retry_at
from ayne.data_collection.tmdb.limits import LONGEST_ALLOWED
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.errors import ConfigurationError

NOW = datetime(2026, 6, 1, tzinfo=UTC)
POLICY = RefreshPolicy()
RECENT, OLD = date(2026, 5, 1), date(1999, 10, 15)
SECOND = timedelta(seconds=1)
YOUNG = ["in_cinemas", "announced", "undated", "first_year"]


def copy(released: date | None, age: timedelta, tmdb_id: int = 1, **known: Any) -> StoredCopy:
    known = {"status": "Released", "vote_count": 500, "popularity": 9.0, **known}
    return StoredCopy(tmdb_id, release_date=released, details_at=NOW - age, **known)


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.mark.parametrize(
    ("released", "known", "allowed"),
    [
        (date(2031, 1, 1), {"status": "Planned"}, days(7)),
        (date(2026, 6, 30), {"status": "Post Production"}, days(7)),
        (date(2026, 6, 29), {}, days(3)),
        (RECENT, {}, days(3)),
        (date(2026, 2, 2), {}, days(3)),
        (date(2026, 2, 1), {}, days(21)),
        (date(2025, 6, 2), {}, days(21)),
        (date(2025, 6, 1), {}, days(90)),
        (OLD, {}, days(90)),
        (OLD, {"vote_count": None, "popularity": None}, days(150)),
        (OLD, {"vote_count": 9, "popularity": 0.9}, days(150)),
        (OLD, {"vote_count": 10, "popularity": 0.9}, days(90)),
        (OLD, {"vote_count": 9, "popularity": 1.0}, days(90)),
        (None, {"status": "In Production"}, days(30)),
        (None, {"status": None}, days(30)),
        (None, {"status": "Canceled"}, days(150)),
        # Of series: an episode this week, later, within the year, and none for long; over, or without any yet.
        (OLD, {"latest": date(2026, 5, 25), "goes_on": True}, days(3)),
        (OLD, {"latest": date(2026, 5, 20), "upcoming": date(2026, 6, 8), "goes_on": True}, days(3)),
        (OLD, {"latest": date(2026, 5, 27)}, days(3)),
        (OLD, {"latest": date(2025, 5, 1), "upcoming": date(2026, 6, 9), "goes_on": True}, days(7)),
        (OLD, {"latest": date(2025, 6, 2), "goes_on": True}, days(21)),
        (OLD, {"latest": date(2025, 6, 1), "goes_on": True}, days(90)),
        (RECENT, {"latest": date(2026, 5, 1)}, days(90)),
        (RECENT, {"latest": date(2026, 5, 1), "vote_count": 0, "popularity": 0.5}, days(150)),
        (date(2031, 1, 1), {"goes_on": True}, days(7)),
        (None, {"goes_on": True}, days(30)),
    ],
)
def test_a_film_is_due_from_the_very_age_its_copy_may_reach(
    released: date | None, known: dict[str, Any], allowed: timedelta
) -> None:
    assert due(copy(released, allowed - SECOND, **known), NOW, POLICY) is None
    assert due(copy(released, allowed, **known), NOW, POLICY) == Due(1, 1.0, "age")


@pytest.mark.parametrize("changed", [{}, {"changed_at": NOW - days(2)}])
@pytest.mark.parametrize("age", [days(100), days(178)])
def test_that_a_film_failed_is_told_whatever_it_is_due_for(age: timedelta, changed: dict[str, Any]) -> None:
    for failed in (True, False):
        found = due(copy(OLD, age, failed=failed, **changed), NOW, POLICY)
        assert found is not None
        assert found.failed == failed


def test_what_must_not_be_kept_comes_before_what_changed_and_that_before_what_is_old() -> None:
    changed = {"changed_at": NOW - days(2)}
    copies = [
        copy(RECENT, days(100), 1),
        copy(OLD, days(80), 2, **changed),
        copy(RECENT, days(3), 3, **changed),
        copy(OLD, days(165), 4),
        copy(OLD, days(170), 5, **changed),
        copy(OLD, days(10), 6),
        copy(OLD, days(91), 7),
    ]
    found = most_urgent(copies, NOW, POLICY, None)
    assert [(item.tmdb_id, item.reason) for item in found] == [
        (5, "terms"),
        (4, "terms"),
        (3, "changed"),
        (2, "changed"),
        (1, "age"),
        (7, "age"),
    ]


def test_a_film_that_failed_does_not_keep_others_from_their_turn() -> None:
    copies = [copy(OLD, days(178), 1, failed=True), copy(OLD, days(91), 2)]
    assert [item.tmdb_id for item in most_urgent(copies, NOW, POLICY, None)] == [2, 1]


def test_a_changed_film_without_details_is_due() -> None:
    new = StoredCopy(1, None, None, None, changed_at=NOW - days(1))
    assert due(new, NOW, POLICY) == Due(1, days(1) / POLICY.undated, "changed")


AGES = st.timedeltas(SECOND, LONGEST_ALLOWED)
POLICIES = st.builds(
    RefreshPolicy,
    in_cinemas=AGES,
    announced=AGES,
    undated=AGES,
    first_year=AGES,
    older=AGES,
    quiet=AGES,
    airing=AGES,
    near_limit=st.timedeltas(timedelta(0), days(178)),
    new_for=st.timedeltas(timedelta(0), days(4000)),
    after_release=st.timedeltas(timedelta(0), days(4000)),
    airing_for=st.timedeltas(timedelta(0), days(4000)),
)
COPIES = st.builds(
    copy,
    st.none() | st.dates(date(1870, 1, 1), date(2200, 1, 1)) | st.dates(date(2015, 1, 1), date(2027, 1, 1)),
    st.timedeltas(timedelta(0), days(400)),
    st.integers(1, 2**40),
    status=st.sampled_from([None, "Planned", "Released", "Canceled"]),
    vote_count=st.none() | st.integers(0, 20),
    popularity=st.none() | st.floats(0, 2),
    changed_at=st.none() | st.just(NOW - days(1)),
    latest=st.none() | st.dates(date(2015, 1, 1), date(2027, 1, 1)),
    upcoming=st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    goes_on=st.booleans(),
    failed=st.booleans(),
)


@given(COPIES, POLICIES)
def test_no_policy_keeps_a_copy_for_six_months(film: StoredCopy, policy: RefreshPolicy) -> None:
    assert film.details_at is not None
    assert due(film, NOW, policy) is not None or NOW - film.details_at < LONGEST_ALLOWED < days(180)


@given(st.lists(COPIES, max_size=30), st.integers(0, 10), POLICIES)
def test_the_most_urgent_are_the_first_of_all(films: list[StoredCopy], limit: int, policy: RefreshPolicy) -> None:
    everything = most_urgent(films, NOW, policy, None)
    assert most_urgent(films, NOW, policy, limit) == everything[:limit]
    sound = [item for item in everything if not item.failed]
    assert everything[: len(sound)] == sound
    reasons = [item.reason for item in sound]
    assert reasons == sorted(reasons, key=["terms", "changed", "age"].index)
    for one, next_one in pairwise(sound):
        assert one.urgency >= next_one.urgency or one.reason != next_one.reason


@given(COPIES, POLICIES)
@example(copy(None, days(2), 1, status="Canceled"), RefreshPolicy(quiet=days(1)))
def test_the_net_lets_nothing_through_that_is_due(film: StoredCopy, policy: RefreshPolicy) -> None:
    net = policy.may_be_due(NOW)
    assert film.details_at is not None
    episodes = [day for day in (film.latest, film.upcoming) if day]
    if episodes and max(episodes) > net.released_after:
        before = net.going_on_before
    elif not episodes and (film.release_date is None or film.release_date > net.released_after):
        before = net.young_before
    elif (film.vote_count or 0) < net.quiet_votes and (film.popularity or 0) < net.quiet_popularity:
        before = net.quiet_before
    else:
        before = net.old_before
    assert due(film, NOW, policy) is None or film.changed_at is not None or film.details_at <= before


@pytest.mark.parametrize("name", ["in_cinemas", "announced", "undated", "first_year", "older", "quiet"])
@pytest.mark.parametrize("age", [timedelta(0), -SECOND, LONGEST_ALLOWED + SECOND, timedelta(days=180)])
def test_an_age_that_the_terms_forbid_is_refused(name: str, age: timedelta) -> None:
    values: dict[str, Any] = {name: age}
    with pytest.raises(ValueError, match=f"{name} must be more than nothing and at most 179 days"):
        RefreshPolicy(**values)


@pytest.mark.parametrize(
    ("values", "said"),
    [({"near_limit": days(179)}, "near_limit must be less"), ({"settled": -SECOND}, "settled must not be negative")],
)
def test_other_settings_that_make_no_sense_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RefreshPolicy(**values)


def test_a_policy_is_read_from_plain_values() -> None:
    read = RefreshPolicy.from_mapping(
        {"in_cinemas": 1.5, "older": "12 weeks", "settled": "90 minutes", "quiet_votes": 3, "quiet_popularity": 2}
    )
    assert read == RefreshPolicy(
        in_cinemas=days(1.5), older=days(84), settled=timedelta(minutes=90), quiet_votes=3, quiet_popularity=2.0
    )
    assert RefreshPolicy.from_mapping({}) == POLICY


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"in_cinema": 3}, "no 'in_cinema': did you mean 'in_cinemas'"),
        ({"zzz": 3}, "no 'zzz': there are before_release, "),
        ({"older": "soon"}, 'older .* must be a number of days, or a text like "12 hours" or "2 weeks", not \'soon\''),
        ({"older": True}, "older .* must be a number of days"),
        ({"older": float("nan")}, "older .* must be a number of days"),
        ({"older": 200}, "older must be more than nothing and at most 179 days"),
        ({"quiet_votes": 1.5}, "quiet_votes .* must be a whole number, not 1.5"),
        ({"quiet_popularity": "much"}, "quiet_popularity .* must be a number, not 'much'"),
    ],
)
def test_a_wrong_setting_is_named_with_the_right_one(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        RefreshPolicy.from_mapping(values)


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
    "reason",
    ["connection_failed", "no_connection", "timed_out", "rate_limited", "server_failure", "bad_payload", "not_found"],
)
def test_what_failed_for_a_passing_reason_may_be_asked_at_once(reason: str) -> None:
    assert retry_at(FetchFailure(1, reason, "…"), NOW, POLICY) == NOW


@pytest.mark.parametrize("reason", ["merged", "invalid_request", "anything_new"])
def test_what_was_refused_is_left_alone_for_a_while(reason: str) -> None:
    assert retry_at(FetchFailure(1, reason, "…"), NOW, POLICY) == NOW + timedelta(days=7)


def test_a_policy_made_shorter_makes_due_what_comes_due_next() -> None:
    sooner = POLICY.sooner(0.5)
    assert (sooner.in_cinemas, sooner.older, sooner.quiet) == (days(1.5), days(45), days(75))
    assert (sooner.settled, sooner.recent_span, sooner.near_limit) == (
        POLICY.settled,
        POLICY.recent_span,
        POLICY.near_limit,
    )
    assert due(copy(OLD, days(44)), NOW, sooner) is None
    assert due(copy(OLD, days(45)), NOW, sooner) == Due(1, 1.0, "age")


def test_the_net_for_what_may_be_due_is_no_wider_than_the_policy_needs() -> None:
    net = POLICY.may_be_due(NOW)
    assert net.young_before == NOW - days(3)
    assert net.old_before == NOW - days(90)
    assert net.quiet_before == NOW - days(150)
    assert net.released_after == date(2025, 5, 31)


@pytest.mark.parametrize("name", YOUNG)
def test_the_net_for_young_films_is_as_fine_as_the_shortest_of_their_ages(name: str) -> None:
    ages: dict[str, Any] = {**dict.fromkeys(YOUNG, days(30)), name: days(2)}
    assert RefreshPolicy(**ages).may_be_due(NOW).young_before == NOW - days(2)
    # What is this near the longest that the terms allow is due whatever its age may be.
    assert RefreshPolicy(near_limit=days(178)).may_be_due(NOW).young_before == NOW - days(1)


def test_a_wrong_name_is_answered_with_the_one_that_is_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"has no 'announce': did you mean 'announced'\?"):
        RefreshPolicy.from_mapping({"announce": 3})


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90 minutes", timedelta(minutes=90)),
        ("1 hour", timedelta(hours=1)),
        ("1.5 days", days(1.5)),
        ("2weeks", days(14)),
    ],
)
def test_a_span_of_time_may_be_written_in_words(text: str, span: timedelta) -> None:
    assert RefreshPolicy.from_mapping({"settled": text}).settled == span
