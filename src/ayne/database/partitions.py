"""Find the partitions of a shared table that changed since it was last written.

A partition is told by its year of release, None for films without one. What it held is kept as a fingerprint in the
commit that wrote it, so that the two can never disagree.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Year = int | None

# What a commit says under this name is ours.
MARK = "ayne"

# What others may do to a table without changing what a reader finds in it.
_UPKEEP = frozenset({"OPTIMIZE", "VACUUM START", "VACUUM END"})


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The contents of a partition: the number of rows, and a hash over them."""

    rows: int
    hash: int


@dataclass(frozen=True, slots=True)
class State:
    """The contents of a table.

    Attributes:
        layout: what its columns are, in a word that is another one when they are.
        partitions: the fingerprint of each year's partition.
    """

    layout: str
    partitions: dict[Year, Fingerprint]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(partition.rows for partition in self.partitions.values())

    def as_mark(self) -> dict[str, Any]:
        """Return the state as a commit stores it. JSON has no numbers as large as a hash, and no None among keys."""
        partitions = {_name(year): [held.rows, f"{held.hash:x}"] for year, held in self.partitions.items()}
        return {"layout": self.layout, "partitions": partitions}

    @classmethod
    def of_mark(cls, mark: Any) -> State | None:
        """Return the state that a commit stored; None when it cannot be read.

        >>> state = State("a", {1999: Fingerprint(2, 10), None: Fingerprint(1, 11)})
        >>> State.of_mark(state.as_mark()) == state
        True
        """
        try:
            held = {_year(name): Fingerprint(int(rows), int(hashed, 16)) for name, (rows, hashed) in _items(mark)}
            return cls(str(mark["layout"]), held)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def last_written(history: Iterable[Mapping[str, Any]]) -> State | None:
    """Return what a table holds, by its commits, the newest first; None when somebody else wrote to it since."""
    for commit in history:
        if commit.get("operation") not in _UPKEEP:
            return State.of_mark(commit.get(MARK))
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps to change a table.

    Attributes:
        write: the years whose partitions are written.
        remove: the years whose partitions go, and are not written again.
        anew: whatever is there goes, for there is no telling what it is.
    """

    write: frozenset[Year]
    remove: frozenset[Year] = frozenset()
    anew: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.write or self.remove or self.anew)


def plan(before: State | None, now: State) -> Plan:
    """Return the steps that turn one state of a table into another.

    >>> def state(**years): return State("a", {int(year[1:]): Fingerprint(1, held) for year, held in years.items()})
    >>> plan(state(y1999=1, y2000=2, y2001=3), state(y1999=1, y2000=7, y2002=4)) == Plan({2000, 2002}, {2001})
    True
    >>> plan(state(y1999=1), state(y1999=1)).empty
    True
    """
    if before is None or before.layout != now.layout:
        return Plan(frozenset(now.partitions), anew=True)
    changed = {year for year, held in now.partitions.items() if before.partitions.get(year) != held}
    return Plan(frozenset(changed), frozenset(before.partitions.keys() - now.partitions.keys()))


def _items(mark: Any) -> Iterable[tuple[str, Any]]:
    items: Iterable[tuple[str, Any]] = mark["partitions"].items()
    return items


def _name(year: Year) -> str:
    return "none" if year is None else str(year)


def _year(name: str) -> Year:
    return None if name == "none" else int(name)
