"""The events so far, film by film: the state of a film at a moment, and whether it exists."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

from .events import DELETED, EDITED, MERGED, MOVED, MOVING, RETURNED, Event

_moment = attrgetter("at")


class Fate(NamedTuple):
    """What has become of a film by a moment."""

    exists: bool
    added_at: int | None = None
    """None for a film that was there from the start."""
    deleted_at: int | None = None
    merged_into: int | None = None
    changed_at: int | None = None
    """The latest change that the feed tells of."""


class Amended(NamedTuple):
    """What is different from the film as it was made."""

    fields: dict[str, Any]
    """Fields of the details, as they are now."""
    codes: dict[str, int]
    """Columns that hold another code now."""
    revisions: dict[str, int]
    """How often each part was edited."""


class Journal:
    """All events, in the order of time and by film."""

    def __init__(self) -> None:
        self._all: list[Event] = []
        self._of: dict[int, list[Event]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, event: Event) -> None:
        """Write down an event that is later than all others."""
        self._all.append(event)
        self._of.setdefault(event.film, []).append(event)

    def between(self, after: float, until: float) -> Iterator[Event]:
        """Return the events later than one moment and not later than another."""
        first, last = (bisect_right(self._all, moment, key=_moment) for moment in (after, until))
        return (self._all[number] for number in range(first, last))

    def of(self, film: int, until: float) -> list[Event]:
        """Return the events of one film up to a moment."""
        events = self._of.get(film)
        if events is None:
            return []
        return events if events[-1].at <= until else events[: bisect_right(events, until, key=_moment)]

    def since(self, film: int, after: float, until: float) -> list[Event]:
        """Return the events of one film from a moment on, up to another."""
        events = self.of(film, until)
        return events[bisect_left(events, after, key=_moment) :]

    def fate(self, film: int, at: float, born: int | None) -> Fate:
        """Return what has become of a film; `born` is None for a film that was there from the start."""
        if born is not None and born > at:
            return Fate(exists=False)
        exists, deleted_at, merged_into, changed_at = True, None, None, born
        for event in self.of(film, at):
            if event.kind == MOVED:
                continue
            changed_at = event.at
            if event.kind in (DELETED, MERGED):
                exists, deleted_at = False, event.at
                merged_into = event.value if event.kind == MERGED else None
            elif event.kind == RETURNED:
                exists, deleted_at = True, None
        return Fate(exists, born, deleted_at, merged_into, changed_at)

    def amended(self, film: int, at: float) -> Amended | None:
        """Return what is different about a film; None when nothing is."""
        events = self.of(film, at)
        return _sum(events) if events else None


def is_in_feed(event: Event) -> bool:
    """Whether TMDB's change feed tells of it: votes and popularity move in silence."""
    return event.kind != MOVED


def _sum(events: Iterable[Event]) -> Amended:
    fields: dict[str, Any] = {}
    codes: dict[str, int] = {}
    revisions: dict[str, int] = {}
    moved: Event | None = None
    for event in events:
        if event.kind == MOVED:
            # Each move says all that moves, so the last one is enough; some films have hundreds.
            moved = event
        elif event.kind == EDITED:
            if event.field:
                fields[event.field] = event.value
            elif event.column:
                codes[event.column] = event.value
            else:
                revisions[event.part] = revisions.get(event.part, 0) + 1
    if moved is not None:
        fields.update(zip(MOVING, moved.value, strict=False))
    return Amended(fields, codes, revisions)
