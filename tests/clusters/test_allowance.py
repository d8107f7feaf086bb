"""The one bucket of a key in a Dask scheduler, in virtual time and without a scheduler."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any

import pytest

from ayne.dask.scheduler import AllowancePlugin, DaskTokenServer
from ayne.errors import AllowanceLost
from ayne.net.allowance import KEPT, SharedAllowance
from tests.virtual_time import VirtualClock, run


class Scheduler:
    """The scheduler as a worker sees it: some milliseconds away."""

    def __init__(self, plugin: AllowancePlugin, away: float = 0.002) -> None:
        self.handlers: dict[str, Any] = {}
        self.away = away
        self.asked = 0
        self.plugin = plugin

    async def __call__(self, name: str, **said: Any) -> Any:
        self.asked += 1
        await asyncio.sleep(self.away / 2)
        answer = await self.handlers[name](**said)
        await asyncio.sleep(self.away / 2)
        return answer

    def __getattr__(self, name: str) -> Any:
        return lambda **said: self(name, **said)


async def scheduler_of() -> Scheduler:
    scheduler = Scheduler(AllowancePlugin(VirtualClock()))
    await scheduler.plugin.start(scheduler)
    return scheduler


async def joined(
    scheduler: Scheduler, run: str, *, rate: float = 40, bucket: str = "a key", client: str = "one"
) -> Any:
    said = await scheduler.ayne_join(run=run, client=client, bucket=bucket, rate=rate, burst=2, recipe="a recipe")
    return said["refused"]


def share_of(scheduler: Scheduler, run: str) -> SharedAllowance:
    return SharedAllowance(DaskTokenServer(scheduler, run), VirtualClock(), "the scheduler")


async def moments_of(share: SharedAllowance, until: float) -> list[float]:
    """When each token was had by somebody who never has enough."""
    moments: list[float] = []
    while (now := VirtualClock().monotonic()) < until:
        await share.take()
        moments.append(now)
    return moments


def test_workers_of_several_runs_share_a_bucket_alike_and_keep_its_promise() -> None:
    async def work() -> list[list[float]]:
        scheduler = await scheduler_of()
        await joined(scheduler, "run", client="one")
        await joined(scheduler, "another", client="two")
        shares = [share_of(scheduler, name) for name in ("run", "run", "run", "another")]
        return await asyncio.gather(*(moments_of(share, 60) for share in shares))

    each = run(work())
    together = sorted(chain(*each))
    assert len(together) == pytest.approx(40 * 60, rel=0.02)
    assert min(map(len, each)) > 0.95 * max(map(len, each))
    for window in (1, 10):
        worst = max(sum(first <= moment < first + window for moment in together) for first in together)
        assert worst <= 2 + 40 * (window + KEPT)


def test_runs_with_other_keys_do_not_wait_for_each_other() -> None:
    async def work() -> list[list[float]]:
        scheduler = await scheduler_of()
        await joined(scheduler, "run", bucket="a key")
        await joined(scheduler, "another", bucket="another key")
        return await asyncio.gather(*(moments_of(share_of(scheduler, name), 10) for name in ("run", "another")))

    assert [len(moments) for moments in run(work())] == [pytest.approx(400, rel=0.02)] * 2


def test_a_pause_that_one_asks_for_holds_all_back() -> None:
    async def work() -> list[float]:
        scheduler = await scheduler_of()
        await joined(scheduler, "run")
        shares = [share_of(scheduler, "run") for _ in range(4)]
        takers = [asyncio.ensure_future(moments_of(share, 20)) for share in shares]
        await asyncio.sleep(5)
        await share_of(scheduler, "run").pause(7)
        return sorted(chain(*await asyncio.gather(*takers)))

    moments = run(work())
    # What was on its way when the pause came may still be used.
    assert [moment for moment in moments if 5.1 < moment < 12] == []
    assert len([moment for moment in moments if moment >= 12]) == pytest.approx(8 * 40, rel=0.05)


def test_a_worker_that_dies_in_line_costs_the_token_it_stood_for_and_no_more() -> None:
    async def work() -> int:
        scheduler = await scheduler_of()
        await joined(scheduler, "run")
        others = asyncio.ensure_future(moments_of(share_of(scheduler, "run"), 10))
        await asyncio.sleep(3)
        # Asked, and never heard of again: the answer goes nowhere.
        dead = [asyncio.ensure_future(scheduler.handlers["ayne_lend"](run="run", most=1)) for _ in range(10)]
        had = len(await others)
        await asyncio.gather(*dead)
        return had

    assert run(work()) == pytest.approx(10 * 40 - 10, abs=3)


def test_nothing_is_lent_to_a_run_that_is_over() -> None:
    async def work() -> None:
        scheduler = await scheduler_of()
        await joined(scheduler, "run")
        share = share_of(scheduler, "run")
        await share.take()
        assert await scheduler.ayne_goes_on(run="run")
        await scheduler.ayne_leave(run="run")
        assert not await scheduler.ayne_goes_on(run="run")
        assert await scheduler.ayne_recipe(run="run") is None
        with pytest.raises(AllowanceLost, match="over"):
            await moments_of(share, 10)

    run(work())


def test_a_coordinator_that_dies_ends_its_runs_and_those_of_no_other() -> None:
    async def work() -> list[bool]:
        scheduler = await scheduler_of()
        await joined(scheduler, "run", client="one")
        await joined(scheduler, "another", client="two")
        scheduler.plugin.remove_client(scheduler, "one")
        scheduler.plugin.remove_client(scheduler, "never heard of")
        return [await scheduler.ayne_goes_on(run=name) for name in ("run", "another")]

    assert run(work()) == [False, True]


def test_two_rates_for_one_key_are_refused_until_the_first_is_over() -> None:
    async def work() -> list[str | None]:
        scheduler = await scheduler_of()
        said = [await joined(scheduler, "run", rate=4), await joined(scheduler, "another", rate=40)]
        await scheduler.ayne_leave(run="run")
        return [*said, await joined(scheduler, "another", rate=40)]

    first, second, third = run(work())
    assert first is third is None
    assert second == "another run shares this allowance at 4 requests a second, with bursts of 2"


@pytest.mark.parametrize("rate", [40, 20])
def test_the_next_run_begins_where_the_last_one_left_the_bucket(rate: float) -> None:
    async def work() -> float:
        scheduler = await scheduler_of()
        await joined(scheduler, "run")
        await share_of(scheduler, "run").pause(30)
        await scheduler.ayne_leave(run="run")
        await joined(scheduler, "another", rate=rate)
        return (await moments_of(share_of(scheduler, "another"), 0.1), VirtualClock().monotonic())[1]

    assert run(work()) >= 30
