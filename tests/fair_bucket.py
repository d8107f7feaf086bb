"""What the script in Redis does, in Python: a token bucket that several take from in turns.

Promises are easier to try on this one; the script is compared with it answer by answer.
"""

from __future__ import annotations

import math

from ayne.net.rate_limit import Lent, TokenBucket
from ayne.net.redis_allowance import LATE


class FairBucket(TokenBucket):
    """A bucket that several take from, each in turn: who was sent away first is served first.

    Without turns, whoever is a little nearer to the bucket than the others gets every token. A wait that is told counts
    those who wait already, and a token lies ready for whoever is late. What is given in all is what the plain bucket
    gives.

    Args:
        rate: tokens a second.
        burst: the most tokens that can lie ready, at least 1.

    Raises:
        ValueError: the rate is not positive, or the burst is below 1.

    Example:
        >>> bucket = FairBucket(rate=4, burst=1)
        >>> [bucket.lend(10.0, 1, who).wait for who in ("a", "b", "a")]
        [0.0, 0.25, 0.5]
    """

    def __init__(self, rate: float, burst: float) -> None:
        super().__init__(rate, burst)
        self._due: dict[str, float] = {}

    def lend(self, now: float, most: int, who: str = "") -> Lent:
        """Take as many tokens as are free, at most so many, or be told when to come again."""
        self._due = {other: due for other, due in self._due.items() if due > now - LATE}
        mine = self._due.pop(who, math.inf)
        ahead = [due for due in self._due.values() if due < mine]
        if now >= self._since:
            self._level = min(self.burst, self._level + (now - self._since) * self.rate)
            self._since = now
            kept = sum(due <= now for due in ahead)
            tokens = min(most, math.floor(self._level - kept + 1e-9))
            if tokens > 0:
                self._level -= tokens
                return Lent(tokens)
        wait = self._since - now + max(1e-6, (1 - self._level + len(ahead)) / self.rate)
        self._due[who] = now + wait
        return Lent(0, wait)
