"""How people change over time: who is edited, and who is removed, as of a moment.

A day is a function of the seed, the day and the pace alone. Nobody is added: all people are there from the start, and
new films name them. Whoever is taken out answers no more, as at TMDB, where no other id answers instead; films go on
naming them for as long as nobody edits their credits.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import takewhile
from threading import Lock

from ayne.sandbox.chance import SIZE, Dice, draws
from ayne.sandbox.films.biographies import EDITABLE, page
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.people import PEOPLE, somebody
from ayne.sandbox.pace import Pace

from .changes import film_feed, films_in, named_elsewhere
from .events import DAY, DELETED, EDITED, Event

#: TMDB names 0.14 % of its people on a day, and 0.65 % of its films: a person is edited so many times more seldom.
_SELDOMER = 0.2


class LivingPeople:
    """The people at a moment, given in seconds since 1970.

    Args:
        seed: What happens to them.
        pace: How much happens. None: nothing ever does.
        start: The midnight (UTC) at which things begin to happen.
    """

    def __init__(self, seed: int, pace: Pace | None, start: int | None) -> None:
        self._seed, self._pace, self._start = seed, pace, start
        self._told_until = start or 0
        self._events: list[Event] = []
        self._of: dict[int, list[Event]] = {}
        self._gone: dict[int, int] = {}
        self._lock = Lock()

    def exists(self, person_id: int, now: float) -> bool:
        """Tell whether there is somebody with this id, and still was at this moment."""
        return person_id in PEOPLE and self.gone_at(person_id, now) is None

    def gone_at(self, person_id: int, now: float) -> int | None:
        """Return when somebody was taken out; None when that has not happened by now."""
        self._reach(now)
        at = self._gone.get(person_id)
        return at if at is not None and at <= now else None

    def gone(self, now: float) -> set[int]:
        """Return who has been taken out by now."""
        self._reach(now)
        return {person for person, at in self._gone.items() if at <= now}

    def unlisted(self, now: float) -> set[int]:
        """Return who is in no list any more: lists know what was true at the last midnight (UTC)."""
        return self.gone(now // DAY * DAY)

    def page(self, person_id: int, now: float) -> Body:
        """Return all that is known of somebody."""
        return page(person_id, self._edits(person_id, now))

    def events(self, after: float, until: float, now: float) -> list[Event]:
        """Return what happened after one moment and up to another, as far as it has happened by now."""
        until = min(until, now)
        self._reach(until)
        first, last = (bisect_right(self._events, moment, key=lambda event: event.at) for moment in (after, until))
        return self._events[first:last]

    def events_of(self, person_id: int, until: float) -> list[Event]:
        """Return all that happened to one person up to a moment."""
        self._reach(until)
        return list(takewhile(lambda event: event.at <= until, self._of.get(person_id, ())))

    def changes(self, after: float, until: float, now: float) -> list[Body]:
        """Return the rows of the list of changes: each person once, the oldest change first."""
        until = min(until, now)
        named = films_in(self.events(after, until, now), self._elsewhere(after, until))
        # Of whoever is gone, TMDB does not say whether they are adult.
        return [{"id": each, "adult": None if self.gone_at(each, now) else page_adult(each)} for each in named]

    def changes_of(self, person_id: int, after: float, until: float, now: float) -> list[Body]:
        """Return the `changes` of one person: the items of each key."""
        return film_feed((each for each in self.events_of(person_id, min(until, now)) if each.at > after), _untold)

    def _edits(self, person_id: int, now: float) -> Counter[str]:
        return Counter(event.field for event in self.events_of(person_id, now) if event.kind == EDITED)

    def _elsewhere(self, after: float, until: float) -> Iterator[tuple[int, int]]:
        if self._pace is None or self._start is None or not self._pace.elsewhere:
            return
        first = max(int(after), self._start)
        for midnight in range(first - first % DAY, int(until) + 1, DAY):
            named = named_elsewhere(self._seed, midnight, self._pace.elsewhere)
            yield from ((at, person) for at, person in named if after < at <= until)

    def _reach(self, moment: float) -> None:
        """Tell the days up to a moment."""
        if self._pace is None or moment < self._told_until:
            return
        with self._lock:
            while self._told_until <= moment:
                self._tell(self._of_day(self._told_until, self._pace))
                self._told_until += DAY

    def _tell(self, happenings: Iterable[tuple[int, str, int]]) -> None:
        for at, kind, person in happenings:
            if person in self._gone:
                continue
            if kind == DELETED:
                self._gone[person] = at
            event = self._edited(at, person) if kind == EDITED else Event(at, person, kind)
            self._events.append(event)
            self._of.setdefault(person, []).append(event)

    def _edited(self, at: int, person: int) -> Event:
        field = Dice(self._seed, "person edit", at, person).pick(EDITABLE)
        edits = Counter(event.field for event in self._of.get(person, ()) if event.kind == EDITED)
        before = page(person, edits)[field]
        value = page(person, edits + Counter((field,)))[field]
        return Event(at, person, EDITED, field, field, value, before)

    def _of_day(self, midnight: int, pace: Pace) -> list[tuple[int, str, int]]:
        """Return what happens on a day, in the order of time: moments, kinds and people."""
        found = []
        for kind, share in ((EDITED, pace.edited), (DELETED, pace.deleted)):
            dice = Dice(self._seed, "people", kind, midnight)
            expected = len(PEOPLE) * share * _SELDOMER
            count = int(expected) + (dice.below(1_000_000) < expected % 1 * 1_000_000)
            moments = draws(self._seed, f"{midnight}/people/{kind}", count)
            # Who is in many films is edited more often, and taken out as often as anybody.
            someone = somebody if kind == EDITED else lambda dice: dice.pick(PEOPLE)
            found += [(midnight + 1 + draw * (DAY - 1) // SIZE, kind, someone(dice)) for draw in moments]
        return sorted(found)


def page_adult(person_id: int) -> bool:
    """Return whether somebody is marked as adult; who is none of the sandbox is not."""
    return person_id in PEOPLE and bool(page(person_id)["adult"])


def _untold(event: Event) -> tuple[Body, Body]:
    """What is edited about people is a field, told by the event itself."""
    raise LookupError(f"{event.key} of a person is no list")
