import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.net.rate_limit import RECOVERY_SECONDS, Comeback, TokenBucket, default_burst

RATES = st.floats(0.05, 500)
BURSTS = st.floats(1, 40)
# A moment is a gap since the one before, and perhaps a pause asked for at that moment.
MOMENTS = st.lists(st.tuples(st.floats(0, 3), st.none() | st.floats(-2, 20)), max_size=40)


def excess(grants: list[float], rate: float, burst: float) -> float:
    """By how many tokens the fullest window passes ``burst + rate * T``; at most 0 when the promise was kept."""
    return max(
        (
            count - burst - rate * (last - first)
            for left, first in enumerate(grants)
            for count, last in enumerate(grants[left:], 1)
        ),
        default=-burst,
    )


def grants_of(bucket: TokenBucket, moments: list[tuple[float, float | None]], patience: int = 3) -> list[float]:
    """When tokens were handed out to somebody who asks at these moments and waits a few times as told."""
    now, grants = 0.0, []
    for gap, pause in moments:
        now += gap
        if pause is not None:
            bucket.pause(now + pause)
        for _ in range(patience):
            wait = bucket.take(now)
            if wait == 0:
                grants.append(now)
            now += wait
    return grants


@given(RATES, BURSTS, MOMENTS)
def test_no_window_holds_more_than_the_burst_and_its_share(
    rate: float, burst: float, moments: list[tuple[float, float | None]]
) -> None:
    assert excess(grants_of(TokenBucket(rate, burst), moments), rate, burst) < 1e-6


@given(RATES, BURSTS, st.lists(st.tuples(st.floats(-3, 3), st.none()), max_size=60))
def test_a_clock_that_jumps_back_gives_nothing_away(
    rate: float, burst: float, moments: list[tuple[float, float | None]]
) -> None:
    grants = grants_of(TokenBucket(rate, burst), moments, patience=1)
    assert grants == sorted(grants)
    assert excess(grants, rate, burst) < 1e-6


@given(RATES, BURSTS, MOMENTS)
def test_who_waits_as_long_as_told_gets_a_token(
    rate: float, burst: float, moments: list[tuple[float, float | None]]
) -> None:
    bucket, now = TokenBucket(rate, burst), 0.0
    for gap, pause in moments:
        now += gap
        if pause is not None:
            bucket.pause(now + pause)
        asked = 0
        while wait := bucket.take(now):
            asked += 1
            now += wait
        assert asked <= 2


@given(st.floats(0.05, 1e9), BURSTS, st.floats(0, 1e6), st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_no_wait_is_too_short_for_a_timer_to_notice(rate: float, burst: float, now: float, gaps: list[float]) -> None:
    bucket = TokenBucket(rate, burst)
    for gap in gaps:
        now += gap / rate
        wait = bucket.take(now)
        assert wait == 0 or wait > 1e-7


@given(RATES, st.integers(2, 20))
def test_a_refusal_costs_nothing(rate: float, refusals: int) -> None:
    bucket = TokenBucket(rate, 1)
    bucket.take(0.0)
    waits = {bucket.take(0.0) for _ in range(refusals)}
    assert waits == {1 / rate}


def test_a_full_bucket_hands_out_its_burst_and_then_one_by_one() -> None:
    bucket = TokenBucket(rate=2, burst=3)
    assert [bucket.take(5.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [bucket.take(5.5), bucket.take(5.5)] == [0, 0.5]


def test_idle_time_saves_up_no_more_than_the_burst() -> None:
    bucket = TokenBucket(rate=10, burst=3)
    bucket.take(0.0)
    assert [bucket.take(1e6) for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])


@pytest.mark.parametrize("rate", [4.0, math.inf])
def test_a_pause_hands_out_nothing_before_its_end(rate: float) -> None:
    bucket = TokenBucket(rate, burst=5)
    bucket.pause(60.0)
    assert all(bucket.take(now) >= 60 - now > 0 for now in (0.0, 30.0, 59.99))


def test_no_burst_follows_a_pause() -> None:
    bucket = TokenBucket(rate=4, burst=5)
    bucket.pause(60.0)
    assert bucket.take(60.0) == 0.25
    assert [bucket.take(60.25), bucket.take(60.25)] == [0, 0.25]


@pytest.mark.parametrize("ends", [(10.0, 60.0), (60.0, 10.0)])
def test_of_two_pauses_the_later_end_wins(ends: tuple[float, float]) -> None:
    bucket = TokenBucket(rate=4, burst=5)
    for end in ends:
        bucket.pause(end)
    assert bucket.take(59.0) == 1.25


def test_a_pause_that_is_over_gives_back_no_tokens() -> None:
    bucket = TokenBucket(rate=4, burst=5)
    bucket.take(100.0)
    bucket.pause(50.0)
    assert bucket.take(100.0) == 0.25


def test_an_infinite_rate_never_waits() -> None:
    bucket = TokenBucket(math.inf, burst=1)
    assert {bucket.take(0.0) for _ in range(1000)} == {0.0}


# --- coming back after a complaint --------------------------------------------------------------------------------


def starts(comeback: Comeback, begin: float, end: float) -> list[float]:
    """When requests start of somebody who always has one."""
    found, now = [], begin
    while now < end:
        if wait := comeback.take(now):
            now += wait
        elif now >= comeback.full_at:
            now += 1 / comeback.rate
            found.append(now)
        else:
            found.append(now)
    return found


def test_without_a_complaint_nothing_is_slowed() -> None:
    assert {Comeback(4).take(now) for now in (0.0, 0.0, 1e9)} == {0.0}


def test_after_a_complaint_the_rate_is_halved_and_comes_back_evenly() -> None:
    comeback = Comeback(20)
    assert comeback.complain(sent_at=100.0, until=130.0)
    assert [comeback.share(130.0 + after) for after in (0, 150, 300, 1e6)] == [0.5, 0.75, 1, 1]
    began = starts(comeback, 100.0, 430.0)
    assert began[0] == 130.0
    assert sum(start < 140 for start in began) == pytest.approx(20 / 2 * 10, abs=3)
    assert len(began) == pytest.approx(20 * 0.75 * 300, rel=0.01)


def test_complaints_about_what_was_under_way_together_count_once() -> None:
    comeback = Comeback(20)
    assert [comeback.complain(sent_at, 10.0) for sent_at in (5.0, 4.0, 6.0, 9.9)] == [True, False, False, False]
    assert comeback.share(10.0) == 0.5
    assert comeback.complain(sent_at=10.0, until=20.0)
    assert comeback.share(20.0) == 0.25


@given(RATES, st.lists(st.tuples(st.floats(0, 400), st.floats(0, 60)), max_size=30))
def test_it_is_never_faster_than_told_and_back_in_bounded_time(rate: float, told: list[tuple[float, float]]) -> None:
    comeback, now, began = Comeback(rate), 0.0, []
    for gap, pause in told:
        for _ in range(20):
            wait = comeback.take(now)
            if now < comeback.full_at and not wait:
                began.append(now)
            now += wait
        now += gap
        comeback.complain(now, now + pause)
        now += pause
        assert 1 / 32 <= comeback.share(now) <= 1
        assert comeback.full_at <= now + RECOVERY_SECONDS
    assert all(later - earlier >= (1 - 1e-6) / rate for earlier, later in pairwise(began))


def test_a_rate_above_the_server_s_limit_settles_near_it() -> None:
    """A server of 20 a second that answers with a pause of 30 s, and a client that was told 40."""
    comeback, now, served = Comeback(40), 0.0, 0
    window: list[float] = []
    while now < 3600:
        if wait := comeback.take(now):
            now += wait
            continue
        if now >= comeback.full_at:
            now += 1 / 40
        window = [start for start in window if start > now - 1] + [now]
        if len(window) > 20:
            comeback.complain(now, now + 30)
            now += 30
            window = []
        else:
            served += 1
    assert served / 3600 > 10


def test_an_infinite_rate_is_never_slowed() -> None:
    comeback = Comeback(math.inf)
    assert not comeback.complain(0.0, 10.0)
    assert comeback.take(0.0) == 0.0


@pytest.mark.parametrize("rate", [0, -1, math.nan, -math.inf])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="requests per second must be more than 0"):
        TokenBucket(rate, burst=1)


@pytest.mark.parametrize("burst", [0, 0.99, -1, math.nan, math.inf])
def test_a_burst_that_never_lets_anything_through_or_everything_is_refused(burst: float) -> None:
    with pytest.raises(ValueError, match="burst must be at least 1"):
        TokenBucket(rate=1, burst=burst)


@pytest.mark.parametrize(
    ("rate", "burst"), [(0.01, 1), (4, 1), (20, 1), (21, 1.05), (40, 2), (1000, 50), (math.inf, 1)]
)
def test_the_usual_burst_is_a_twentieth_of_a_second(rate: float, burst: float) -> None:
    assert default_burst(rate) == pytest.approx(burst)


def test_whoever_must_wait_is_told_exactly_until_the_next_token() -> None:
    bucket = TokenBucket(rate=4, burst=1)
    assert bucket.take(now=10.0) == 0
    assert bucket.take(now=10.1) == pytest.approx(0.15)
    assert bucket.take(now=10.25) == 0
