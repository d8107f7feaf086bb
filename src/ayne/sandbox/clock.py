"""The sandbox's own time: it starts at a given moment, runs at a given speed, and can be put forward."""

import time
from collections.abc import Callable

from .moments import moment

_DAY = 86_400
# A world that is in step with this machine has lived for so long already, so that there are changes to ask for.
_LIVED = 30 * _DAY


class SandboxClock:
    """Time that starts at a moment and passes at a speed.

    >>> clock = SandboxClock.parse("2026-06-01x0")
    >>> clock.advance(3600)
    >>> clock.now() - clock.start
    3600.0

    Args:
        start: The first moment, in seconds since 1970.
        speed: How many seconds pass in one: 3600 lets a day pass in 24 seconds, 0 lets time stand until it is advanced.
        real: Seconds that never go back.
        lived: For how many seconds things have happened before the start.
    """

    def __init__(
        self, start: float, speed: float = 1.0, *, real: Callable[[], float] = time.monotonic, lived: float = 0.0
    ) -> None:
        if not 0 <= speed < float("inf"):
            raise ValueError(f"a speed is a number of seconds in one second, 0 or more, not {speed}")
        self.start = start
        self.speed = speed
        self._real = real
        self._began = real()
        self._advanced = 0.0
        self._lived = lived

    @classmethod
    def parse(cls, text: str, *, real: Callable[[], float] = time.monotonic) -> "SandboxClock":
        """Read `2026-06-01`, `2026-06-01x3600` for an hour a second, or `now` for a time in step with this machine.

        With `now`, things have happened for thirty days already; with `2026-06-01..now`, since that day.

        Raises:
            ValueError: It is neither.
        """
        if text == "now":
            return cls(time.time(), real=real, lived=_LIVED)
        first, mark, speed = text.partition("x")
        began, until, now = text.partition("..")
        try:
            if until and now == "now":
                return cls(time.time(), real=real, lived=max(0.0, time.time() - moment(began)))
            return cls(moment(first), float(speed) if mark else 1.0, real=real)
        except ValueError as error:
            raise ValueError(
                f"{text!r} is no clock: {error}; write now, or a moment, and a speed if you like: 2026-06-01x3600"
            ) from None

    @property
    def midnight(self) -> float:
        """The midnight (UTC) at which a world can start that lives by this clock: at the latest the last before it."""
        start = self.start - self._lived
        return start - start % _DAY

    def now(self) -> float:
        """Return the moment it is, in seconds since 1970."""
        return self.start + (self._real() - self._began) * self.speed + self._advanced

    def advance(self, seconds: float) -> None:
        """Put the clock forward.

        Raises:
            ValueError: It would go back.
        """
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"time goes forward only, not by {seconds} seconds")
        self._advanced += seconds
