"""Limit the rate of requests, as a server does."""

from collections import deque


class RateLimit:
    """At most so many requests in any second.

    It looks back over a true sliding window, so a client that sends a burst at the end of one second and another at
    the start of the next is caught. Fractions keep their rate and stretch the window: 0.5 a second is one in any two.

    >>> limit = RateLimit(2)
    >>> [limit.admits(at) for at in (0.0, 0.1, 0.9, 1.0, 1.05, 1.1)]
    [True, True, False, True, False, True]
    """

    def __init__(self, per_second: float) -> None:
        if not per_second > 0:
            raise ValueError(f"a rate must be more than 0 requests per second, not {per_second}")
        self._most = max(1, int(per_second))
        self._window = self._most / per_second
        self._admitted: deque[float] = deque()

    def admits(self, now: float) -> bool:
        """Tell whether a request may pass now. Refused requests do not count against the next ones."""
        while self._admitted and now - self._admitted[0] >= self._window:
            self._admitted.popleft()
        if len(self._admitted) >= self._most:
            return False
        self._admitted.append(now)
        return True
