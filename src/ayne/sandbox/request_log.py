"""Log the requests that the sandbox received: the evidence for or against a collector.

Politeness, and that nothing is fetched twice, cannot be judged by the collector's own word. The log keeps five
numbers per request, in columns, so a run of a million requests costs some 25 MB; distinct texts (the filters of a
query, say) are kept once.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from .fault_kinds import HARMLESS

Report = dict[str, Any]


class RequestLog:
    """Every request to a path that is not the sandbox's own since the log was last emptied, in order of arrival."""

    def __init__(self) -> None:
        self._being_answered = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything; requests that are being answered at this moment stay counted as such."""
        self._times = array("d")
        self._targets = array("I")
        self._numbers = array("q")
        self._statuses = array("H")
        self._faults = array("B")
        self._target_codes: dict[tuple[str, str], int] = {}
        self._fault_codes = {"": 0}
        self._most_at_once = self._being_answered

    def __len__(self) -> int:
        return len(self._times)

    def record(self, at: float, kind: str, target: str, number: int) -> int:
        """Note that a request arrived, and return its number: 1 for the first.

        Args:
            at: When, by a clock that never goes back.
            kind: The kind of path, such as "details".
            target: What tells it apart from others of its kind, without the number.
            number: The film's id, or the page.
        """
        self._times.append(at)
        self._targets.append(self._target_codes.setdefault((kind, target), len(self._target_codes)))
        self._numbers.append(number)
        self._statuses.append(0)
        self._faults.append(0)
        return len(self._times)

    def settle(self, request: int, status: int, fault: str = "") -> None:
        """Note how a request was answered; status 0 when the client got no status at all."""
        self._statuses[request - 1] = status
        self._faults[request - 1] = self._fault_codes.setdefault(fault, len(self._fault_codes))

    @contextmanager
    def being_answered(self) -> Iterator[None]:
        """Count a request as being answered for the time of this context."""
        self._being_answered += 1
        self._most_at_once = max(self._most_at_once, self._being_answered)
        try:
            yield
        finally:
            self._being_answered -= 1

    def report(self) -> Report:
        """Return the figures that a run is judged by."""
        times = self._times
        return {
            "total": len(times),
            "by_kind": self._by_kind(),
            "by_status": {str(status): count for status, count in sorted(Counter(self._statuses).items())},
            "by_fault": self._by_fault(),
            "first_at": times[0] if times else None,
            "last_at": times[-1] if times else None,
            "mean_rate": _mean_rate(times),
            "worst_1s": _worst(times, 1.0),
            "worst_10s": _worst(times, 10.0),
            "peak_concurrency": self._most_at_once,
            "repeated": self._repeated(range(len(times))),
            "answered_again": self._repeated(self._answered()),
        }

    def entries(self) -> list[Report]:
        """Return the whole log."""
        targets, faults = list(self._target_codes), list(self._fault_codes)
        columns = zip(self._times, self._targets, self._numbers, self._statuses, self._faults, strict=True)
        return [
            {
                "at": at,
                "kind": targets[code][0],
                "target": targets[code][1],
                "number": number,
                "status": status,
                "fault": faults[fault],
            }
            for at, code, number, status, fault in columns
        ]

    def _answered(self) -> list[int]:
        """Return the requests whose clients got what they asked for, as far as the sandbox can know."""
        harmless = {code for name, code in self._fault_codes.items() if not name or name.partition(".")[0] in HARMLESS}
        outcomes = enumerate(zip(self._statuses, self._faults, strict=True))
        return [index for index, (status, fault) in outcomes if status == 200 and fault in harmless]

    def _repeated(self, requests: Iterable[int]) -> Report:
        """Return what was asked for more than once: films by id, series by id and query, pages by query and number."""
        targets = list(self._target_codes)
        details: Counter[int] = Counter()
        series: Counter[tuple[int, int]] = Counter()
        pages: Counter[tuple[int, int]] = Counter()
        for index in requests:
            code, number = self._targets[index], self._numbers[index]
            kind, _ = targets[code]
            if kind == "details" and number:
                details[number] += 1
            elif kind == "series" and number:
                # The seasons of a long series take several requests, and each asks for others.
                series[code, number] += 1
            elif kind == "discover":
                pages[code, number] += 1
        return {
            "details": {film_id: count for film_id, count in details.items() if count > 1},
            "series": [
                {"target": targets[code][1], "series": number, "count": count}
                for (code, number), count in series.items()
                if count > 1
            ],
            "pages": [
                {"target": targets[code][1], "page": page, "count": count}
                for (code, page), count in pages.items()
                if count > 1
            ],
        }

    def _by_kind(self) -> dict[str, int]:
        kinds = [kind for kind, _ in self._target_codes]
        return dict(Counter(kinds[code] for code in self._targets))

    def _by_fault(self) -> dict[str, int]:
        names = list(self._fault_codes)
        return {names[code]: count for code, count in Counter(self._faults).items() if names[code]}


def _mean_rate(times: "array[float]") -> float | None:
    """Return requests per second from the first to the last one: n requests have n - 1 gaps between them."""
    return (len(times) - 1) / (times[-1] - times[0]) if times and times[-1] > times[0] else None


def _worst(times: "array[float]", window: float) -> int:
    """Return the most requests that ever arrived within a window that starts with a request and excludes its end."""
    worst = start = 0
    for end, at in enumerate(times):
        while at - times[start] >= window:
            start += 1
        worst = max(worst, end - start + 1)
    return worst
