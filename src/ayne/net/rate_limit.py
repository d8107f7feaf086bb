"""A token bucket: how it limits the rate, and what it guarantees.

A bucket of ``burst`` tokens that refills at ``rate`` tokens a second lets at most ``burst + rate * T`` requests
start in any window of ``T`` seconds, wherever the window is laid. Time is an argument: the bucket never reads a
clock and never waits. It says how long to wait, and a token is taken only at the moment it is handed out, so a
waiter that is cancelled loses nothing.
"""

# Pure: values in, values out.

from __future__ import annotations

import math
from dataclasses import dataclass

# Sums of floats may miss a whole token by a rounding error; without this a waiter would be sent back for 1e-17 s.
_ROUNDING = 1e-9

# Event loops fire a timer up to a nanosecond early. Who is told to wait less than that asks again at the same moment,
# and for ever if time stands still meanwhile.
_SHORTEST_WAIT = 1e-6

# Seconds in which a rate would grow from nothing to the full one; from a half it takes half of them.
RECOVERY_SECONDS = 600.0

# However often a server complains, so much of the rate remains: it must be possible to find out that it has recovered.
LEAST_SHARE = 1 / 32


def default_burst(rate: float) -> float:
    """Return a twentieth of a second's worth of tokens, at least one.

    Enough to make up for a timer that fires late, too little to be noticed by a server that counts per second.

    >>> default_burst(4), default_burst(40), default_burst(1000)
    (1.0, 2.0, 50.0)
    """
    return 1.0 if math.isinf(rate) else max(1.0, rate / 20)


@dataclass(frozen=True, slots=True)
class Lent:
    """The tokens that a bucket gave.

    Attributes:
        tokens: how many.
        wait: when there were none, the seconds until it is worth asking again.
    """

    tokens: int
    wait: float = 0.0


class TokenBucket:
    """Hands out permission to send a request: at most ``burst + rate * T`` in any window of ``T`` seconds.

    Args:
        rate: tokens a second; ``math.inf`` for no limit.
        burst: the most tokens that can lie ready, at least 1.

    Raises:
        ValueError: the rate is not positive, or the burst is below 1.

    Example:
        >>> bucket = TokenBucket(rate=4, burst=1)
        >>> bucket.take(now=10.0), bucket.take(now=10.0), bucket.take(now=10.25)
        (0.0, 0.25, 0.0)
    """

    def __init__(self, rate: float, burst: float) -> None:
        if not rate > 0:
            raise ValueError(f"requests per second must be more than 0, not {rate}")
        if not 1 <= burst < math.inf:
            raise ValueError(f"burst must be at least 1, not {burst}")
        self.rate = rate
        self.burst = burst
        self._level = burst
        self._since = -math.inf

    def take(self, now: float) -> float:
        """Take a token and return 0.0, or take nothing and return the seconds until it is worth asking again."""
        if now < self._since:
            return max(_SHORTEST_WAIT, self._since - now + 1 / self.rate)
        if math.isinf(self.rate):
            return 0.0
        level = min(self.burst, self._level + (now - self._since) * self.rate)
        if level < 1 - _ROUNDING:
            return max(_SHORTEST_WAIT, (1 - level) / self.rate)
        self._level = level - 1
        self._since = now
        return 0.0

    def lend(self, now: float, most: int) -> Lent:
        """Take the available tokens, at most so many.

        >>> TokenBucket(rate=4, burst=2).lend(now=10.0, most=5)
        Lent(tokens=2, wait=0.0)
        """
        for taken in range(most):
            if wait := self.take(now):
                return Lent(taken, 0.0 if taken else wait)
        return Lent(most)

    def pause(self, until: float) -> None:
        """Hand out nothing before ``until``, and start again from an empty bucket.

        The tokens that lay ready are given up: after a complaint nobody should be met by a burst.
        """
        self._since = max(self._since, until)
        self._level = 0.0


class Comeback:
    """How a rate recovers after a 429: halved, then a little more each second.

    A rate that is higher than the server's limit would else be met by one pause after the other. This is what TCP does
    (additive increase, multiplicative decrease: RFC 5681): it settles below a limit that nobody told. Like the bucket
    it never reads a clock and never waits; requests are spaced, and nothing is saved up.

    Args:
        rate: requests a second when nothing is wrong; ``math.inf`` is never slowed.

    Example:
        >>> comeback = Comeback(rate=4)
        >>> comeback.complain(sent_at=9.0, until=10.0)
        True
        >>> comeback.take(now=10.0), comeback.take(now=10.0) > 0.4
        (0.0, True)
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._share = 1.0
        self._since = -math.inf
        self._next = -math.inf

    @property
    def full_at(self) -> float:
        """When the rate is, or was, the full one again."""
        return self._since + (1 - self._share) * RECOVERY_SECONDS

    def share(self, now: float) -> float:
        """Return the share of the full rate that requests may have at a moment after the pause."""
        return min(1.0, self._share + max(0.0, now - self._since) / RECOVERY_SECONDS) if now < self.full_at else 1.0

    def complain(self, sent_at: float, until: float) -> bool:
        """Note that a request was answered with 429, and that nothing may be sent before a moment.

        Returns:
            Whether the rate was halved. It is not for a request that was sent before it was halved last: many that are
            under way at once are refused together.
        """
        if math.isinf(self.rate) or sent_at < self._since:
            return False
        self._share = max(LEAST_SHARE, self.share(sent_at) / 2)
        self._since = self._next = until
        return True

    def take(self, now: float) -> float:
        """Let a request through and return 0.0, or return the seconds until it is worth asking again."""
        if now >= self.full_at:
            return 0.0
        if now < self._next:
            return max(_SHORTEST_WAIT, self._next - now)
        # The rate grows evenly, so that the requests of a time are the area below a line; one request is the next.
        share = self.share(now)
        area = RECOVERY_SECONDS / self.rate
        grown = RECOVERY_SECONDS * share
        self._next = now + max(1 / self.rate, 2 * area / (grown + math.sqrt(grown * grown + 2 * area)))
        return 0.0
