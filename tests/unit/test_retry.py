import math
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ayne.errors import (
    BadPayload,
    ConnectionFailed,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFailure,
    SourceError,
    TimedOut,
    TransientError,
    Unauthorized,
)
from ayne.net.retry import RetryPolicy, next_wait, parse_retry_after

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
PLAIN = RetryPolicy(jitter=0)


def limited(retry_after: float | None) -> RateLimited:
    error = RateLimited("429")
    error.retry_after = retry_after
    return error


@pytest.mark.parametrize("kind", [ConnectionFailed, TimedOut, RateLimited, ServerFailure, BadPayload])
def test_what_may_pass_is_asked_again_after_1_2_and_4_seconds(kind: type[TransientError]) -> None:
    waits = [next_wait(PLAIN, kind("…"), attempt, 0.0, 0.5) for attempt in (1, 2, 3, 4, 5)]
    assert waits == [1, 2, 4, None, None]


@pytest.mark.parametrize("kind", [Unauthorized, NotFound, InvalidRequest])
def test_a_refusal_is_never_asked_again(kind: type[SourceError]) -> None:
    assert next_wait(PLAIN, kind("…"), 1, 0.0, 0.5) is None


def test_without_retries_there_is_one_attempt() -> None:
    assert next_wait(RetryPolicy(max_retries=0), ServerFailure("502"), 1, 0.0, 0.5) is None


@pytest.mark.parametrize(
    ("asked", "attempt", "wait"),
    [(30.0, 1, 30.0), (1.5, 1, 1.5), (0.5, 1, 1.0), (0.0, 3, 4.0), (61.0, 1, 60.0), (1e12, 1, 60.0), (-5.0, 1, 1.0)],
)
def test_the_longer_of_retry_after_and_backoff_counts_up_to_the_longest_wait(
    asked: float, attempt: int, wait: float
) -> None:
    assert next_wait(PLAIN, limited(asked), attempt, 0.0, 0.5) == wait


@pytest.mark.parametrize(("elapsed", "wait"), [(0.0, 1.0), (9.0, 1.0), (9.01, None), (1e9, None)])
def test_no_retry_starts_after_the_deadline(elapsed: float, wait: float | None) -> None:
    assert next_wait(RetryPolicy(jitter=0, deadline=10), ServerFailure("502"), 1, elapsed, 0.5) == wait


def test_a_pause_that_reaches_past_the_deadline_ends_the_request_at_once() -> None:
    assert next_wait(RetryPolicy(deadline=10), limited(11.0), 1, 0.0, 0.5) is None


@pytest.mark.parametrize("attempt", [62, 2000, 10**6, sys.maxsize])
def test_huge_attempt_numbers_wait_the_longest_wait(attempt: int) -> None:
    stubborn = RetryPolicy(max_retries=sys.maxsize, jitter=0)
    assert next_wait(stubborn, ServerFailure("502"), attempt, 0.0, 0.5) == 60


def test_jitter_only_lengthens_a_wait_and_by_no_more_than_its_share() -> None:
    policy = RetryPolicy(jitter=0.5)
    assert next_wait(policy, ServerFailure("502"), 2, 0.0, 0.0) == 2
    assert next_wait(policy, ServerFailure("502"), 2, 0.0, 0.999) == pytest.approx(3, rel=0.001)


@pytest.mark.parametrize("name", ["max_retries", "backoff", "jitter", "max_wait", "deadline"])
@pytest.mark.parametrize("value", [-1, math.nan])
def test_a_bound_below_nothing_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a number and not negative"):
        RetryPolicy(**{name: value})  # type: ignore[arg-type]


@given(
    policy=st.builds(
        RetryPolicy,
        max_retries=st.integers(0, 10**6),
        backoff=st.floats(0, 1e6),
        jitter=st.floats(0, 2),
        max_wait=st.floats(0, 1e6),
        deadline=st.floats(0, 1e7),
    ),
    asked=st.none() | st.floats(-1e9, 1e15),
    attempt=st.integers(1, 2 * 10**6),
    elapsed=st.floats(0, 1e7),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_every_wait_and_every_attempt_is_within_bounds(
    policy: RetryPolicy, asked: float | None, attempt: int, elapsed: float, chance: float
) -> None:
    wait = next_wait(policy, limited(asked), attempt, elapsed, chance)
    if wait is None:
        assert attempt > policy.max_retries or elapsed + policy.max_wait * (1 + policy.jitter) > policy.deadline
    else:
        assert attempt <= policy.max_retries
        assert min(asked or 0, policy.max_wait) <= wait <= policy.max_wait * (1 + policy.jitter)
        assert 0 <= wait <= policy.deadline - elapsed + 1e-6


@given(st.floats(0, 400), st.floats(0, 1, exclude_max=True))
def test_a_request_that_always_fails_ends_within_its_deadline(answer_time: float, chance: float) -> None:
    policy = RetryPolicy(max_retries=1000)
    elapsed, attempt = answer_time, 1
    while (wait := next_wait(policy, ServerFailure("502"), attempt, elapsed, chance)) is not None:
        assert elapsed + wait <= policy.deadline
        elapsed, attempt = elapsed + wait + answer_time, attempt + 1
    assert elapsed <= policy.deadline + answer_time


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("9" * 5000, 999_999_999_999),
        ("0" * 20 + "30", 30),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30),
        ("Thu, 01 Jan 2026 12:00:30 -0000", 30),
        ("Thu, 01 Jan 2026 13:00:30 +0100", 30),
        ("Thursday, 01-Jan-26 12:00:30 GMT", 30),
        ("Thu Jan  1 12:00:30 2026", 30),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("Thu, 01 Jan 0001 00:00:00 GMT", 0),
    ],
)
def test_retry_after_is_understood_as_seconds_and_as_a_date(value: str, seconds: float) -> None:
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", "soon", "-5", "7.5", "1e3", "nan", "inf", "0x10", "\uff17", "٣", "²", ","),
        "Thu, 32 Jan 2026 12:00:30 GMT",
        "Thu, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Thu, 01 Jan 2026 99999999999999:00:00 GMT",
        "Thu, 01 Jan 2026 00:00:00 +9999999999999",
    ],
)
def test_a_retry_after_that_says_nothing_is_none(value: str | None) -> None:
    assert parse_retry_after(value, NOW) is None


@given(st.text(max_size=40) | st.from_regex(r"\w{3}, \d{1,25} Jan \d{1,25} \d{1,12}:\d\d:\d\d (GMT|[+-]\d{1,20})"))
@example("Thu, 01 Jan 2026 00:00:00 -9999")
def test_no_header_makes_a_negative_wait_or_an_error(value: str) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or 0 <= seconds < math.inf


@given(st.integers(-(10**7), 10**7))
def test_a_date_means_the_time_until_then(seconds: int) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(header, NOW) == max(0, seconds)
