"""The events of one day: a function of the seed, the day and the films of that morning.

TMDB is never at rest. Films are added, edited, deleted and merged, and a deleted one comes back now and then: the
change feed names them. Votes and popularity move as well, and the feed says nothing of it. Recent films get more than
their share of both. Which films get votes is drawn from all alike, or, at TMDB's pace, as `votes` says.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ayne.sandbox.chance import SIZE, Dice, draws
from ayne.sandbox.films.columns import WorkColumns
from ayne.sandbox.pace import Pace

from .edits import Edit
from .votes import voted_on

DAY = 86_400

ADDED, EDITED, MOVED, DELETED, MERGED, RETURNED = "added", "edited", "moved", "deleted", "merged", "returned"

#: What `MOVED` changes: none of it is in the change feed. At TMDB's pace popularity is no event: it changes daily.
MOVING = ("vote_count", "vote_average", "popularity")

# From two years back to half a year ahead: films that people vote for and editors work on.
_RECENT_DAYS = (730, 180)
_MOST_EDITS = 3
# The votes of a day come in so many lots at most, each at a moment of its own.
_MOST_LOTS = 3


class Event(NamedTuple):
    """Something that happened to one film."""

    at: int
    """Seconds since 1970."""
    film: int
    kind: str
    key: str = ""
    """TMDB's change key of an edit."""
    field: str = ""
    """The field of the details that holds another value now."""
    value: Any = None
    """The new value. Of a merge: the id of the film that answers instead. Of a move: values of `MOVING`, in order."""
    before: Any = None
    column: str = ""
    """The column that holds another code now: `value`."""
    part: str = ""
    """The part that was edited."""


class Due(NamedTuple):
    """A moment at which something may happen to a film because its day has come."""

    at: int
    film: int


@dataclass(frozen=True, slots=True)
class Morning:
    """The films at a midnight, and what the day after it needs to know of them."""

    columns: WorkColumns
    gone: Sequence[int]
    """Ids that were deleted and may come back."""
    born: Sequence[int]
    """Ids, ascending, of the films that are added on this day."""
    due: Sequence[Due]
    """What comes with this day, unless the film is gone by then."""
    edit: Callable[[Dice, int, int], Edit]
    """Returns what an editor changes about a film at a moment of this day. It knows the events already told."""
    late: Callable[[int, int], Sequence[Edit]]
    """Returns what a due moment changes about a film, if anything still has to be."""


def births(seed: int, midnight: int, films: int, pace: Pace) -> int:
    """Return how many films are added on a day that starts with so many."""
    return _count(seed, midnight, ADDED, films * pace.added)


def events_of_day(seed: int, midnight: int, morning: Morning, pace: Pace) -> Iterator[Event]:
    """Tell what happens on the day that starts at `midnight` (seconds since 1970), in the order of time."""
    day = _Day(seed, midnight, morning)
    gone = set[int]()
    for at, kind, number in sorted(day.schedule(pace)):
        for event in day.events(at, kind, number, gone):
            if kind in (DELETED, MERGED):
                gone.add(event.film)
            yield event


class _Day:
    def __init__(self, seed: int, midnight: int, morning: Morning) -> None:
        self._seed, self._midnight, self._morning = seed, midnight, morning
        self._today = datetime.fromtimestamp(midnight, UTC).date()
        self._subjects: dict[str, list[int]] = {}
        self._moved: dict[int, tuple[int, float, float]] = {}
        self._lots: list[tuple[int, int]] = []
        self._voted: dict[int, tuple[int, float]] = {}
        days, ordinal = morning.columns.days, self._today.toordinal()
        past, ahead = _RECENT_DAYS
        self._recent = bisect_left(days, ordinal - past), bisect_right(days, ordinal + ahead)

    def schedule(self, pace: Pace) -> Iterator[tuple[int, str, int]]:
        """Say when something happens, of which kind, and the how manieth of its kind it is."""
        films = len(self._morning.columns.ids)
        yield from self._votes(pace.voted)
        for kind in (EDITED, DELETED, MERGED) if pace.voted else (EDITED, MOVED, DELETED, MERGED):
            count = _count(self._seed, self._midnight, kind, films * getattr(pace, kind)) if films else 0
            self._subjects[kind] = self._chosen(kind, count)
            moments = moments_of_day(self._seed, self._midnight, kind, count)
            if kind == EDITED:
                yield from self._sittings(moments)
            else:
                yield from ((at, kind, number) for number, at in enumerate(moments))
        for kind, subjects in ((ADDED, self._morning.born), (RETURNED, self._returning(pace))):
            self._subjects[kind] = list(subjects)
            # Ids are given in the order of time.
            moments = sorted(moments_of_day(self._seed, self._midnight, kind, len(subjects)))
            yield from ((at, kind, number) for number, at in enumerate(moments))
        yield from ((due.at, _DUE, number) for number, due in enumerate(self._morning.due))

    def events(self, at: int, kind: str, number: int, gone: set[int]) -> Sequence[Event]:
        """Tell one of the day's events, or what comes of it; nothing when it cannot happen to any film."""
        if kind == _DUE:
            film = self._morning.due[number].film
            made = () if film in gone else self._morning.late(film, at)
            return [_edited(at, film, each) for each in made]
        event = self._event(at, kind, number, gone)
        return () if event is None else (event,)

    def _event(self, at: int, kind: str, number: int, gone: set[int]) -> Event | None:
        if kind in (ADDED, RETURNED):
            return Event(at, self._subjects[kind][number], kind)
        if kind == _VOTED:
            return self._vote(at, *self._lots[number], gone)
        position = self._alive(self._subjects[kind][number // _MOST_EDITS if kind == EDITED else number], gone)
        return None if position is None else self._change(at, kind, number, position, gone)

    def _change(self, at: int, kind: str, number: int, position: int, gone: set[int]) -> Event | None:
        film = self._morning.columns.ids[position]
        if kind == EDITED:
            return self._edit(at, film, number)
        if kind == MOVED:
            return self._move(at, position, number)
        if kind == DELETED:
            return Event(at, film, kind)
        other = self._alive(position + 1, gone)
        # The last film of all has nobody to become.
        is_alone = other is None or other == position
        return None if is_alone else Event(at, film, kind, value=self._morning.columns.ids[other or 0])

    def _chosen(self, kind: str, count: int) -> list[int]:
        """Return positions: those of edits and moves are recent films half of the time, and moves like many votes."""
        columns = self._morning.columns
        films, votes = len(columns.ids), columns.votes
        first, last = self._recent if kind in (EDITED, MOVED) else (0, 0)
        chosen = []
        for high, low in zip(self._draws(kind, "high", count), self._draws(kind, "low", count), strict=True):
            draw = (high >> 1) * SIZE + low
            if high & 1 and first < last:
                chosen.append(first + (draw * (last - first) >> 31))
                continue
            position = draw * films >> 31
            if kind == MOVED:
                rivals = (position, (position * 7919 + low) % films, (position * 104_729 + low) % films)
                position = max(rivals, key=votes.__getitem__)
            chosen.append(position)
        return chosen

    def _sittings(self, moments: Sequence[int]) -> Iterator[tuple[int, str, int]]:
        """Whoever edits a film often changes a second and a third thing while they are at it."""
        more = self._draws(EDITED, "more", len(moments))
        for number, (at, draw) in enumerate(zip(moments, more, strict=True)):
            for step in range(1 + (draw < SIZE * 2 // 5) + (draw < SIZE // 8)):
                last = self._midnight + DAY - 1
                yield min(at + step * (20 + draw % 97), last), EDITED, number * _MOST_EDITS + step

    def _votes(self, pace: float) -> Iterator[tuple[int, str, int]]:
        """The votes of each film, in a lot or a few."""
        if not pace:
            return
        columns, today = self._morning.columns, self._today.toordinal()
        for position, new in voted_on(self._seed, self._midnight, columns, today, pace):
            lots = min(new, _MOST_LOTS)
            self._lots += ((position, new * (lot + 1) // lots - new * lot // lots) for lot in range(lots))
        yield from (
            (at, _VOTED, number)
            for number, at in enumerate(moments_of_day(self._seed, self._midnight, _VOTED, len(self._lots)))
        )

    def _vote(self, at: int, position: int, new: int, gone: set[int]) -> Event | None:
        columns = self._morning.columns
        film = columns.ids[position]
        if film in gone:
            return None
        before = self._voted.get(position) or (columns.votes[position], columns.averages[position])
        votes, average = before
        mean = Dice(self._seed, at, film, _VOTED).between(2000, 10_000) / 1000
        # The mean of many votes is nearer to what the others gave than a single one.
        mean = average + (mean - average) / new**0.5 if votes else mean
        after = votes + new, round((average * votes + mean * new) / (votes + new), 3)
        self._voted[position] = after
        return Event(at, film, MOVED, value=after, before=before)

    def _returning(self, pace: Pace) -> list[int]:
        gone = self._morning.gone
        count = _count(self._seed, self._midnight, RETURNED, len(gone) * pace.returned)
        return Dice(self._seed, self._midnight, RETURNED).some(gone, count)

    def _draws(self, kind: str, topic: str, count: int) -> "array[int]":
        return draws(self._seed, f"{self._midnight}/{kind}/{topic}", count)

    def _alive(self, position: int, gone: set[int]) -> int | None:
        """Return the first position from here on whose film was not taken away today."""
        ids = self._morning.columns.ids
        for step in range(min(len(ids), 1000)):
            candidate = (position + step) % len(ids)
            if ids[candidate] not in gone:
                return candidate
        return None

    def _edit(self, at: int, film: int, number: int) -> Event:
        return _edited(at, film, self._morning.edit(Dice(self._seed, self._midnight, EDITED, number), film, at))

    def _move(self, at: int, position: int, number: int) -> Event:
        columns = self._morning.columns
        before = self._moved.get(position) or (
            columns.votes[position],
            columns.averages[position],
            columns.popularities[position],
        )
        is_out = 0 < columns.days[position] <= self._today.toordinal()
        after = _moved(Dice(self._seed, self._midnight, MOVED, number), before, is_out=is_out)
        self._moved[position] = after
        return Event(at, columns.ids[position], MOVED, value=after, before=before)


#: What comes with its day; to everybody else it is an edit.
_DUE = "due"
#: A film that gets votes at TMDB's pace; to everybody else it is a move.
_VOTED = "voted"


def _edited(at: int, film: int, made: Edit) -> Event:
    return Event(at, film, EDITED, made.key, made.field, made.value, made.before, made.column, made.part)


def moments_of_day(seed: int, midnight: int, kind: str, count: int) -> list[int]:
    """Return so many moments of a day, in no order; never midnight itself, which belongs to the day before."""
    drawn = draws(seed, f"{midnight}/{kind}/moments", count)
    return [midnight + 1 + draw * (DAY - 1) // SIZE for draw in drawn]


def _moved(dice: Dice, before: tuple[int, float, float], *, is_out: bool) -> tuple[int, float, float]:
    votes, average, popularity = before
    if is_out or votes:
        new = 1 + dice.below(3 + votes // 500)
        average = average if votes else dice.between(4000, 8500) / 1000
        average = round((average * votes + dice.between(2000, 10_000) / 1000 * new) / (votes + new), 3)
        votes += new
    # Popularity jumps about, and comes back to what the votes say.
    popularity = round(popularity * dice.between(75, 125) / 100 + dice.below(2000) / 10_000 + votes / 50_000, 4)
    return votes, average, popularity


def _count(seed: int, midnight: int, kind: str, expected: float) -> int:
    """Return the expected number as a whole one: 0.25 is 1 on every fourth day."""
    whole = int(expected)
    return whole + (Dice(seed, midnight, kind, "count").below(SIZE) < (expected - whole) * SIZE)
