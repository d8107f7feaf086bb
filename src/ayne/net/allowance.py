"""Wait for permission to send: from a local bucket, or from one that several programs share.

A *token server* keeps a shared bucket, in one place for all. Programs take tokens as they need them, a few at a time,
and a token counts as spent from then on: when a program dies, its tokens are lost. A token expires a second after it
was asked for. So however many programs share the bucket, and whatever happens to them, at most ``burst + rate * (T +
1)`` requests start in any window of ``T`` seconds.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from ayne.clock import Clock
from ayne.errors import AllowanceLost
from ayne.net.rate_limit import Lent, TokenBucket

log = logging.getLogger("ayne.net")

T = TypeVar("T")

# Seconds in which a token must be used, counted from when it was asked for; a server that takes longer gives none.
KEPT = 1.0

# Where tokens go fast, so many seconds' worth are borrowed at a time, and not each on its own.
AHEAD = 0.05

# Seconds before a token server that did not answer is asked again.
_PATIENCE = (0.5, 1.0, 2.0, 4.0)


class Allowance(Protocol):
    """How many requests may be sent."""

    async def take(self) -> None:
        """Wait until one more request may start; first come, first served."""
        ...

    async def pause(self, seconds: float) -> None:
        """Send nothing for so long, and allow no burst after it."""
        ...


class OwnAllowance:
    """A bucket that nobody else uses.

    Args:
        bucket: the rate limit.
        clock: the clock to use.
    """

    def __init__(self, bucket: TokenBucket, clock: Clock) -> None:
        self._bucket = bucket
        self._clock = clock
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Wait for a token. Only the caller whose turn it is asks the bucket."""
        async with self._turn:
            while wait := self._bucket.take(self._clock.monotonic()):
                await self._clock.sleep(wait)

    async def pause(self, seconds: float) -> None:
        """Hand out nothing for so long."""
        self._bucket.pause(self._clock.monotonic() + seconds)


class EndingAllowance:
    """An allowance with an end: another one, and a limit for the number of requests in all.

    Args:
        allowance: when a request may start.
        take_one: takes a request out of what may be sent in all, or raises when nothing is left.
    """

    def __init__(self, allowance: Allowance, take_one: Callable[[], None]) -> None:
        self._allowance = allowance
        self._take_one = take_one

    async def take(self) -> None:
        """Wait until a request may start, then count it. If counting raises an error, nothing is sent."""
        await self._allowance.take()
        self._take_one()

    async def pause(self, seconds: float) -> None:
        """Send nothing for so long."""
        await self._allowance.pause(seconds)


class Sender(Protocol):
    """A client that sends what its allowance lets through; every :class:`~ayne.net.client.PoliteClient` is one."""

    allowance: Allowance


@contextmanager
def within(sender: Sender, take_one: Callable[[], None]) -> Iterator[None]:
    """Let a client send, for as long as the context, only what ``take_one`` does not raise for."""
    whole = sender.allowance
    sender.allowance = EndingAllowance(whole, take_one)
    try:
        yield
    finally:
        sender.allowance = whole


class TokenServer(Protocol):
    """Where a shared bucket is."""

    async def lend(self, most: int) -> Lent:
        """Take tokens from the bucket, at most so many.

        Raises:
            OSError, TimeoutError: the bucket is out of reach.
        """
        ...

    async def pause(self, seconds: float) -> None:
        """Give no token for so long.

        Raises:
            OSError, TimeoutError: the bucket is out of reach.
        """
        ...


class SharedAllowance:
    """A share of a bucket that others use too.

    Args:
        token_server: where the bucket is.
        clock: the clock to use.
        name: where that is, in words for people.
    """

    def __init__(self, token_server: TokenServer, clock: Clock, name: str) -> None:
        self._token_server = token_server
        self._clock = clock
        self._name = name
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._tokens = 0
        self._lent = 0
        self._asked_at = -math.inf
        self._until = -math.inf
        self._paused_until = -math.inf

    async def take(self) -> None:
        """Wait for a token.

        Raises:
            AllowanceLost: the token server did not answer, however often it was asked.
        """
        self._waiting += 1
        try:
            async with self._turn:
                while not self._use_one():
                    await self._borrow()
        finally:
            self._waiting -= 1

    async def pause(self, seconds: float) -> None:
        """Hand out nothing for so long, here at once and to all others from the next token on.

        Raises:
            AllowanceLost: the token server did not answer, however often it was asked.
        """
        self._tokens = 0
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
        await self._ask(lambda: self._token_server.pause(seconds))

    def _use_one(self) -> bool:
        now = self._clock.monotonic()
        if not self._tokens or now > self._until or now < self._paused_until:
            return False
        self._tokens -= 1
        return True

    async def _borrow(self) -> None:
        """Wait until there are tokens, or until it is worth trying again."""
        if (wait := self._paused_until - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
            return
        most = self._wanted()
        lease, self._asked_at = await self._ask(lambda: self._token_server.lend(most))
        self._tokens = self._lent = lease.tokens
        self._until = self._asked_at + KEPT
        if not lease.tokens:
            await self._clock.sleep(lease.wait)

    def _wanted(self) -> int:
        """Return how many tokens to ask for: no more than will be used soon, because others need them."""
        used_in = max(self._clock.monotonic() - self._asked_at, AHEAD / 2)
        return max(self._waiting, math.ceil(self._lent * AHEAD / used_in))

    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> tuple[T, float]:
        """Ask the token server, again if necessary; return its answer and the time of the request."""
        for wait in (*_PATIENCE, None):
            asked_at = self._clock.monotonic()
            try:
                async with asyncio.timeout(KEPT):
                    return await ask(), asked_at
            except (OSError, TimeoutError) as error:
                said = str(error) or f"no answer within {KEPT:g} s"
            if wait is None:
                break
            log.info("the shared allowance at %s is asked again in %.1f s: %s", self._name, wait, said)
            await self._clock.sleep(wait)
        raise AllowanceLost(
            f"The allowance that is shared at {self._name} could not be asked, and without it nothing may be sent: "
            f"{said}. Everything fetched so far is stored; when it is back, the same command carries on."
        )
