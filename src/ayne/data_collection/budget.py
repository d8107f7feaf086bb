"""What a run may spend: requests, retries included, and time.

``cli/kind_shares.py`` divides it where a command is about several kinds.
"""

from __future__ import annotations

from ayne.clock import Clock
from ayne.errors import BudgetSpent


class Budget:
    """A limit of requests and time; the time counts from its first use.

    Args:
        clock: the clock to use.
        requests: None for any number.
        seconds: None for any time.

    Raises:
        ValueError: there is nothing to spend.

    Example:
        >>> from ayne.clock import SystemClock
        >>> budget = Budget(SystemClock(), requests=1)
        >>> budget.take()
        >>> budget.take()
        Traceback (most recent call last):
        ayne.errors.BudgetSpent: all 1 requests of this run are spent
    """

    def __init__(self, clock: Clock, *, requests: int | None = None, seconds: float | None = None) -> None:
        for name, amount in (("requests", requests), ("seconds", seconds)):
            if amount is not None and not amount > 0:
                raise ValueError(f"a budget needs {name} to spend, not {amount}")
        self._clock = clock
        self.requests = requests
        self.seconds = seconds
        self._began: float | None = None
        self.spent = 0

    @property
    def requests_left(self) -> int | None:
        """The requests that may still be sent, None for any number."""
        return None if self.requests is None else self.requests - self.spent

    @property
    def seconds_left(self) -> float | None:
        """The seconds left, None for any; not below 0."""
        if self.seconds is None:
            return None
        now = self._clock.monotonic()
        if self._began is None:
            self._began = now
        return max(0.0, self.seconds - (now - self._began))

    def take(self) -> None:
        """Take one request.

        Raises:
            BudgetSpent: none is left, or no time.
        """
        if self.requests_left == 0:
            raise BudgetSpent(f"all {self.requests:,} requests of this run are spent")
        if self.seconds_left == 0:
            raise BudgetSpent(f"the {self.seconds:g} seconds of this run are over")
        self.spent += 1
