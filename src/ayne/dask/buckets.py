"""Keep the token buckets of all runs in one place.

Runs with the same key at the same server share a bucket, whoever started them. Only a run that is under way gets
tokens, so a worker that still works for an ended run cannot send anything.
"""

# Pure: values in, values out.

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ayne.net.rate_limit import Lent, TokenBucket


@dataclass(slots=True)
class Pool:
    """A bucket, and the runs that take from it.

    Attributes:
        paused_until: when the latest pause ends.
    """

    tokens: TokenBucket
    runs: set[str] = field(default_factory=set)
    paused_until: float = -math.inf


class Buckets:
    """Token buckets by their key and server, and the runs that take from them.

    Example:
        >>> buckets = Buckets()
        >>> buckets.join("one", "TMDB", rate=4, burst=1, now=0.0), buckets.join("two", "TMDB", rate=4, burst=1, now=0.0)
        (None, None)
        >>> buckets.lend("one", most=5, now=0.0), buckets.lend("two", most=5, now=0.0)
        (Lent(tokens=1, wait=0.0), Lent(tokens=0, wait=0.25))
        >>> buckets.join("three", "TMDB", rate=40, burst=2, now=0.0)
        'another run shares this allowance at 4 requests a second, with bursts of 1'
        >>> buckets.leave("two")
        >>> buckets.lend("two", most=5, now=9.0) is None
        True
    """

    def __init__(self) -> None:
        self._buckets: dict[str, Pool] = {}
        self._used_by: dict[str, str] = {}

    def join(self, run: str, name: str, *, rate: float, burst: float, now: float) -> str | None:
        """Let a run take from a bucket, creating it if new; return the reason if the run may not.

        A bucket outlasts its runs: the next one goes on where they left it. With another rate it starts empty.
        """
        bucket = self._buckets.get(name)
        if bucket and (bucket.tokens.rate, bucket.tokens.burst) != (rate, burst):
            if bucket.runs:
                rate, burst = bucket.tokens.rate, bucket.tokens.burst
                return f"another run shares this allowance at {rate:g} requests a second, with bursts of {burst:g}"
            bucket.tokens = TokenBucket(rate, burst)
            bucket.tokens.pause(max(now, bucket.paused_until))
        bucket = bucket or self._buckets.setdefault(name, Pool(TokenBucket(rate, burst)))
        bucket.runs.add(run)
        self._used_by[run] = name
        return None

    def leave(self, run: str) -> None:
        """Remove a run that is over; it gets no more tokens."""
        if name := self._used_by.pop(run, None):
            self._buckets[name].runs.discard(run)

    def used_by(self, run: str) -> str | None:
        """Return the name of the bucket that a run takes from; None when the run is over."""
        return self._used_by.get(run)

    def lend(self, run: str, *, most: int, now: float) -> Lent | None:
        """Take tokens for a run, at most so many; return None when the run is over."""
        name = self._used_by.get(run)
        return self._buckets[name].tokens.lend(now, most) if name else None

    def pause(self, run: str, *, seconds: float, now: float) -> None:
        """Give no token for so long to any program that shares the bucket, and allow no burst after it."""
        if name := self._used_by.get(run):
            bucket = self._buckets[name]
            bucket.paused_until = max(bucket.paused_until, now + seconds)
            bucket.tokens.pause(now + seconds)
