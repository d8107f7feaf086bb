"""The short form of every campaign."""

from __future__ import annotations

import pickle
import random

import pytest

from tests.reliability.campaign import Broken, Campaign, Tally
from tests.reliability.campaigns import CAMPAIGNS

# Each campaign is cut into so many tests, so that they run side by side.
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_promise_holds(name: str, share: int) -> None:
    campaign = CAMPAIGNS[name]
    campaign.run(campaign.seeds(long=False)[share::SHARES], processes=1)


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_campaign_can_be_sent_to_other_processes(name: str) -> None:
    assert pickle.dumps(CAMPAIGNS[name])


def test_a_broken_promise_says_how_to_see_it_again() -> None:
    def trial(seed: int) -> Tally:
        assert seed < 3, "three is too many"
        return Tally()

    campaign = Campaign("counting", "It goes on", trial, quick=5, long=10, told=str)
    with pytest.raises(Broken, match=r"It goes on: AssertionError: three is too many"):
        campaign.run(campaign.seeds(long=False), processes=1)
    with pytest.raises(Broken, match=r"python -m tests\.reliability counting --seed 4"):
        campaign.run_trial(4)


def test_a_seed_decides_also_what_ayne_leaves_to_chance() -> None:
    def trial(seed: int) -> Tally:
        tally = Tally()
        tally.note("drawn", random.random())  # noqa: S311 - that is what is tried
        return tally

    campaign = Campaign("drawing", "It is the same", trial, quick=5, long=10, told=str)
    first, again = campaign.run_trial(3).figures(), campaign.run_trial(3).figures()
    assert first == again != campaign.run_trial(4).figures()


def test_what_trials_count_is_added_up() -> None:
    def trial(seed: int) -> Tally:
        tally = Tally()
        tally.counts["requests"] += seed
        tally.note("wait", -seed)
        return tally

    campaign = Campaign("counting", "It adds up", trial, quick=5, long=10, told=str)
    assert campaign.run(range(5), processes=1).figures() == {"requests": 10, "trials": 5, "most_wait": 0}
