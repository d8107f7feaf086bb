"""OMDb's daily quota: so many requests for each key, from midnight to midnight UTC."""

from datetime import UTC, datetime
from threading import Lock
from typing import Any

#: What a free key is allowed.
FREE = 1000


class Quota:
    """Counts the requests of each key on each day.

    Every request that comes with an accepted key counts, also one that is answered with an error; one that is refused
    (no key, a wrong key, nothing left) does not. OMDb does not say how it counts errors; this is the stricter reading.

    >>> quota = Quota(1)
    >>> quota.take("k", 0.0), quota.take("k", 86_399.0), quota.take("k", 86_400.0)
    (True, False, True)
    """

    def __init__(self, limit: int | None) -> None:
        if limit is not None and limit < 0:
            raise ValueError(f"a quota is a number of requests a day, 0 or more, not {limit}")
        self._limit = limit
        self._taken: dict[tuple[str, int], int] = {}
        # Titles are looked up in threads.
        self._lock = Lock()

    def take(self, key: str, now: float) -> bool:
        """Count a request made at a moment (seconds since 1970); False when the day's allowance is spent."""
        today = key, int(now // 86_400)
        with self._lock:
            taken = self._taken.get(today, 0)
            if self._limit is not None and taken >= self._limit:
                return False
            self._taken[today] = taken + 1
            return True

    def report(self) -> list[dict[str, Any]]:
        """Return how many requests each key made on each day. The keys are numbered as they came, and not shown."""
        numbers: dict[str, int] = {}
        with self._lock:
            counted = list(self._taken.items())
        return [
            {
                "key": numbers.setdefault(key, len(numbers) + 1),
                "day": datetime.fromtimestamp(day * 86_400, UTC).date().isoformat(),
                "requests": taken,
            }
            for (key, day), taken in counted
        ]
