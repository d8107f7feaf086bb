"""However requests arrive, are cancelled and paused, and whatever the clock does, the limit holds.

Twenty tasks want tokens at random moments; some give up while they wait, and now and then somebody pauses everybody.
They take turns as :mod:`ayne.net.session` lets them: first come, first served.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field

from ayne.net.rate_limit import TokenBucket
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.virtual_time import run

_TASKS = 20
_ASK_EACH = 15
# What sums of floats may be off by.
_ROUNDING = 1e-6


@dataclass
class _Scene:
    """Tasks that share a bucket, and what they saw."""

    dice: random.Random
    bucket: TokenBucket
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    taken: list[float] = field(default_factory=list)
    pauses: list[tuple[int, float]] = field(default_factory=list)
    came: list[int] = field(default_factory=list)
    served: list[int] = field(default_factory=list)
    cancelled: int = 0
    offset: float = 0.0

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self.offset

    async def take(self, ticket: int) -> None:
        self.came.append(ticket)
        async with self.turn:
            while wait := self.bucket.take(self.now()):  # noqa: ASYNC110 - this is the waiting that is tried
                await asyncio.sleep(wait)
            self.served.append(ticket)
            self.taken.append(self.now())

    async def ask_often(self, first_ticket: int) -> None:
        for ticket in range(first_ticket, first_ticket + _ASK_EACH):
            await asyncio.sleep(self.dice.choice((0.0, 0.0, self.dice.expovariate(self.bucket.rate / _TASKS))))
            patience = None if self.dice.random() < 0.8 else self.dice.expovariate(self.bucket.rate / _TASKS)
            try:
                async with asyncio.timeout(patience):
                    await self.take(ticket)
            except TimeoutError:
                self.cancelled += 1

    async def disturb(self) -> None:
        """Pause everybody now and then, and set the clock forward or back."""
        while True:
            await asyncio.sleep(self.dice.expovariate(1 / 5) * 10 / self.bucket.rate)
            if self.dice.random() < 0.5:
                until = self.now() + self.dice.expovariate(1) * 5 / self.bucket.rate
                self.bucket.pause(until)
                self.pauses.append((len(self.taken), until))
            else:
                self.offset -= self.dice.random() / self.bucket.rate


async def _play(scene: _Scene) -> None:
    disturbance = asyncio.create_task(scene.disturb())
    await asyncio.gather(*(scene.ask_often(number * _ASK_EACH) for number in range(_TASKS)))
    disturbance.cancel()
    with suppress(asyncio.CancelledError):
        await disturbance


def _trial(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    rate = dice.choice((0.5, 1.0, 3.7, 4.0, 40.0, 1000.0))
    burst = dice.choice((1.0, 1.0, 2.0, 5.5, 50.0))
    scene = _Scene(dice, TokenBucket(rate, burst))
    run(_play(scene))
    tally = Tally()
    tally.note("window_share", _worst_window(sorted(scene.taken), rate, burst))
    for before, until in scene.pauses:
        # The bucket is empty when a pause ends, so the first token is there a while later.
        early = [moment for moment in scene.taken[before:] if moment < until + 1 / rate - _ROUNDING]
        assert not early, f"a token was handed out at {early[0]}, for a pause until {until} at {rate}/s"
    assert len(scene.taken) + scene.cancelled == _TASKS * _ASK_EACH, "somebody waits for ever"
    order = [scene.came.index(ticket) for ticket in scene.served]
    assert order == sorted(order), "somebody was served before those who came earlier"
    tally.counts.update(tokens=len(scene.taken), cancelled=scene.cancelled, pauses=len(scene.pauses))
    return tally


def _worst_window(moments: list[float], rate: float, burst: float) -> float:
    """The most tokens in any window, as a share of what was promised for its length."""
    worst = 0.0
    for first, start in enumerate(moments):
        for last in range(first, len(moments)):
            tokens = last - first + 1
            promised = burst + rate * (moments[last] - start)
            assert tokens <= promised + _ROUNDING, f"{tokens} tokens in {moments[last] - start} s at {rate}/s + {burst}"
            worst = max(worst, tokens / promised)
    return worst


def _told(figures: Figures) -> str:
    return (
        f"{figures['trials']:,} random schedules, {figures['tokens']:,} tokens, {figures['cancelled']:,} waits given "
        f"up, {figures['pauses']:,} pauses: never more than {figures['most_window_share']:.0%} of what a window allows"
    )


LIMITER = Campaign(
    "limiter", "Never faster than told, whoever asks, gives up or pauses", _trial, quick=100, long=10_000, told=_told
)
