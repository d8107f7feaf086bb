"""Turns at a bucket that several take from, tried on the model of the script in Redis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.net.rate_limit import Lent, TokenBucket, default_burst
from ayne.net.redis_allowance import LATE
from tests.fair_bucket import FairBucket
from tests.unit.test_rate_limit import BURSTS, RATES, excess

# Who asks, how long after the one before, for how many, and perhaps a pause asked for at that moment.
ASKING = st.lists(
    st.tuples(st.sampled_from("abc"), st.floats(0, 1), st.integers(1, 5), st.none() | st.floats(0, 5)), max_size=60
)


@given(RATES, BURSTS, ASKING)
def test_a_shared_bucket_gives_one_who_is_alone_what_a_plain_one_gives(
    rate: float, burst: float, asking: list[tuple[str, float, int, float | None]]
) -> None:
    shared, plain, now = FairBucket(rate, burst), TokenBucket(rate, burst), 0.0
    for _, gap, most, pause in asking:
        now += gap
        for bucket in (shared, plain):
            if pause is not None:
                bucket.pause(now + pause)
        one, other = shared.lend(now, most), plain.lend(now, most)
        assert one.tokens == other.tokens
        assert one.wait == pytest.approx(other.wait, abs=1e-6)


@given(RATES, BURSTS, ASKING)
def test_several_together_get_no_more_than_one_would(
    rate: float, burst: float, asking: list[tuple[str, float, int, float | None]]
) -> None:
    bucket, now, grants = FairBucket(rate, burst), 0.0, []
    for who, gap, most, pause in asking:
        now += gap
        if pause is not None:
            bucket.pause(now + pause)
        grants += [now] * bucket.lend(now, most, who).tokens
    assert excess(grants, rate, burst) < 1e-6


def shares(bucket: FairBucket, ways: list[float], seconds: float) -> list[int]:
    """The tokens of some who never have enough, each at its distance from the bucket: seconds there and back."""
    had = [0] * len(ways)
    asks = [(way / 2, who) for who, way in enumerate(ways)]
    while (ask := min(asks))[0] < seconds:
        now, who = ask
        lease = bucket.lend(now, 10, str(who))
        had[who] += lease.tokens
        asks[asks.index(ask)] = (now + ways[who] + lease.wait, who)
    return had


@pytest.mark.parametrize("rate", [4.0, 40.0])
@pytest.mark.parametrize("ways", [[0.0005, 0.0006], [0.0005, 0.01], [0.0005, 0.0006, 0.0007, 0.01]])
def test_who_is_farther_from_the_bucket_gets_as_much(rate: float, ways: list[float]) -> None:
    had = shares(FairBucket(rate, default_burst(rate)), ways, seconds=100)
    assert sum(had) >= 0.97 * 100 * rate
    assert min(had) >= 0.95 * max(had)


def test_nobody_is_so_far_away_that_nothing_is_left() -> None:
    near, far = shares(FairBucket(40, default_burst(40)), [0.0005, 0.15], seconds=100)
    # On each second way it learns only when to come again.
    assert far >= 0.9 * 100 / (2 * 0.15 + 1 / 40)
    assert near + far >= 0.98 * 4000


def test_a_token_is_kept_for_somebody_who_does_not_come_for_a_moment_only() -> None:
    bucket = FairBucket(rate=10, burst=2)
    assert bucket.lend(0.0, 2, "here").tokens == 2
    assert bucket.lend(0.0, 1, "gone").wait == pytest.approx(0.1)
    assert bucket.lend(0.0, 1, "here").wait == pytest.approx(0.2)
    assert bucket.lend(0.2, 2, "here") == Lent(1)
    assert bucket.lend(0.1 + LATE, 1, "here") == Lent(1)
