"""Tokens out of a bucket that several programs share, in virtual time."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from itertools import chain

import pytest

from ayne.data_collection.budget import Budget
from ayne.errors import AllowanceLost, BudgetSpent
from ayne.net.allowance import KEPT, Allowance, OwnAllowance, SharedAllowance, within
from ayne.net.rate_limit import Lent, TokenBucket
from tests.virtual_time import VirtualClock, run


class Bank:
    """A token server in the same process; it can be slow, or out of reach for some calls."""

    def __init__(self, rate: float, burst: float = 1, *, takes: float = 0.0) -> None:
        self.bucket = TokenBucket(rate, burst)
        self.takes = takes
        self.failures = 0
        self.asked: list[int] = []

    async def lend(self, most: int) -> Lent:
        self.asked.append(most)
        await self._answer()
        lease = self.bucket.lend(asyncio.get_running_loop().time(), most)
        await asyncio.sleep(self.takes)
        return lease

    async def pause(self, seconds: float) -> None:
        await self._answer()
        self.bucket.pause(asyncio.get_running_loop().time() + seconds)

    async def _answer(self) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionRefusedError("nobody is there")


def share_of(bank: Bank) -> SharedAllowance:
    return SharedAllowance(bank, VirtualClock(), "the bank")


async def moments_of(share: SharedAllowance, tokens: int) -> list[float]:
    """When each token was had, asked for all at once."""
    moments: list[float] = []

    async def take() -> None:
        await share.take()
        moments.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(take() for _ in range(tokens)))
    return moments


def test_those_who_share_a_bucket_together_get_what_it_gives() -> None:
    async def work() -> list[float]:
        bank = Bank(rate=10)
        shares = [share_of(bank) for _ in range(4)]
        return sorted(chain(*await asyncio.gather(*(moments_of(share, 25) for share in shares))))

    moments = run(work())
    assert len(moments) == 100
    assert moments[-1] == pytest.approx(9.9, abs=0.2)
    for first, last in zip(moments, moments[10:], strict=False):
        assert last - first > 0.9


def test_no_more_is_borrowed_than_is_waited_for() -> None:
    bank = Bank(rate=1000, burst=50)
    run(moments_of(share_of(bank), 3))
    assert max(bank.asked) <= 3


def test_where_tokens_go_fast_the_token_server_is_asked_twenty_times_a_second() -> None:
    async def work() -> Bank:
        bank = Bank(rate=math.inf)
        share = share_of(bank)
        # One after the other, 400 a second: there is never more than one who waits.
        for _ in range(400):
            await share.take()
            await asyncio.sleep(1 / 400)
        return bank

    bank = run(work())
    assert len(bank.asked) < 40
    assert max(bank.asked) <= 40


def test_where_tokens_go_slowly_each_is_borrowed_when_it_is_needed() -> None:
    async def work() -> Bank:
        bank = Bank(rate=math.inf)
        share = share_of(bank)
        for _ in range(20):
            await share.take()
            await asyncio.sleep(0.1)
        return bank

    assert run(work()).asked == [1] * 20


def test_a_token_that_came_too_late_is_lost_and_not_used() -> None:
    async def work() -> tuple[float, Bank]:
        bank = Bank(rate=10, burst=5, takes=KEPT + 0.5)
        share = share_of(bank)
        asking = asyncio.ensure_future(moments_of(share, 1))
        await asyncio.sleep(KEPT + 0.1)
        bank.takes = 0.0
        return (await asking)[0], bank

    moment, bank = run(work())
    assert moment > KEPT
    assert len(bank.asked) == 2


def test_who_is_cancelled_with_a_token_leaves_it_to_the_next_here_for_a_second_only() -> None:
    async def work() -> tuple[int, int]:
        bank = Bank(rate=0.001, burst=3)
        share = share_of(bank)
        bank.takes = 0.1
        three = [asyncio.ensure_future(share.take()) for _ in range(3)]
        await asyncio.sleep(0.15)
        three[2].cancel()
        await asyncio.gather(*three, return_exceptions=True)
        assert bank.asked == [1, 2]
        await share.take()
        at_once = len(bank.asked) - 2
        bank.bucket = TokenBucket(rate=0.001, burst=3)
        waiting = [asyncio.ensure_future(share.take()) for _ in range(3)]
        await asyncio.sleep(0.15)
        waiting[2].cancel()
        await asyncio.sleep(2 * KEPT)
        before = len(bank.asked)
        late = asyncio.ensure_future(share.take())
        await asyncio.sleep(0.05)
        late.cancel()
        return at_once, len(bank.asked) - before

    assert run(work()) == (0, 1)


def test_a_pause_holds_everybody_back() -> None:
    async def work() -> list[float]:
        bank = Bank(rate=100, burst=5)
        one, other = share_of(bank), share_of(bank)
        await one.take()
        await one.pause(7.0)
        return [*await moments_of(one, 2), *await moments_of(other, 2)]

    assert min(run(work())) >= 7.0


def test_a_pause_takes_back_what_was_borrowed_here() -> None:
    async def work() -> float:
        bank = Bank(rate=10, burst=5, takes=0.01)
        share = share_of(bank)
        waiting = [asyncio.ensure_future(share.take()) for _ in range(5)]
        await asyncio.sleep(0.005)
        await share.pause(3.0)
        await asyncio.gather(*waiting)
        return asyncio.get_running_loop().time()

    assert run(work()) >= 3.0


def test_a_token_server_that_is_away_for_a_while_is_asked_again() -> None:
    bank = Bank(rate=10)
    bank.failures = 3
    assert run(moments_of(share_of(bank), 1)) == [pytest.approx(3.5)]


def test_without_the_token_server_nothing_may_be_sent() -> None:
    bank = Bank(rate=10)
    bank.failures = 100
    with pytest.raises(AllowanceLost, match=r"the bank could not be asked.*nobody is there"):
        run(moments_of(share_of(bank), 1))
    with pytest.raises(AllowanceLost):
        run(share_of(bank).pause(1.0))


class Client:
    """A client, as far as an allowance is concerned."""

    def __init__(self) -> None:
        self.allowance: Allowance = OwnAllowance(TokenBucket(rate=4, burst=1), VirtualClock())


def test_an_allowance_that_ends_keeps_the_rate_and_lets_through_no_more_than_its_bound() -> None:
    async def work() -> tuple[int, float]:
        client, sent = Client(), 0
        with suppress(BudgetSpent), within(client, Budget(VirtualClock(), requests=3).take):
            for _ in range(10):
                await client.allowance.take()
                sent += 1
        return sent, asyncio.get_running_loop().time()

    sent, took = run(work())
    assert sent == 3
    assert took >= 2 / 4


def test_what_ended_is_not_what_a_client_sends_by_afterwards() -> None:
    async def work() -> bool:
        client = Client()
        own = client.allowance
        with suppress(BudgetSpent), within(client, Budget(VirtualClock(), requests=1).take):
            await client.allowance.take()
            await client.allowance.take()
        await client.allowance.take()
        return client.allowance is own

    assert run(work())


def test_a_pause_of_an_allowance_that_ends_is_one_of_the_whole() -> None:
    async def work() -> float:
        client = Client()
        with within(client, Budget(VirtualClock(), requests=5).take):
            await client.allowance.pause(7)
        await client.allowance.take()
        return asyncio.get_running_loop().time()

    assert run(work()) >= 7
