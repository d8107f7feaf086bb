"""The films as they were at any moment since the start, made day by day from the first catalogue and a seed.

A day is lived through once, in the order of time, because each needs to know what the days before it left behind. What
happened is kept; the columns of a moment are made from the nearest earlier ones that are still at hand.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from threading import RLock
from typing import Any, Generic, TypeVar

from ayne.sandbox.chance import Dice
from ayne.sandbox.films.columns import ADULT, Body, Lore, WorkColumns
from ayne.sandbox.holdings import Holdings
from ayne.sandbox.pace import Pace

from .edits import MEANINGS, Choices, Edit
from .events import ADDED, DAY, DELETED, RETURNED, Event, Morning, births, events_of_day
from .journal import Fate, Journal
from .nature import Nature
from .succession import Row, after, alone, columns_of, row
from .votes import popularities

# Lists know the last midnight, and an answer out of a cache knows the one before it.
_KEPT = 2
# These parts show other films.
_NEIGHBOURLY = {"recommendations", "similar"}
_NEIGHBOURS = 31


H = TypeVar("H", bound=Holdings[Any, Any, Any])


class History(Generic[H]):
    """Everything that happened to works of one kind, from a start on (a midnight, in seconds since 1970)."""

    def __init__(self, catalogue: H, nature: Nature[H], seed: int, pace: Pace, start: int) -> None:
        self._seed, self._pace, self._start = seed, pace, start
        self._nature = nature
        self._names = columns_of(catalogue.columns)
        self._cohorts = [catalogue]
        #: The lowest id of each cohort but the first, and the moments at which their films were added.
        self._first_ids: list[int] = []
        self._born: dict[int, int] = {}
        self._gone: dict[int, None] = {}
        self._next_id = 1 + max(catalogue.columns.ids, default=0)
        self._lived_until = start
        #: The films of midnights; and with the popularity of their days, the same where that never changes.
        self._kept: dict[int, H] = {}
        self._shown: dict[int, H] = {}
        self._frontier = start, catalogue
        # A file of all films is made beside other answers, in a thread of its own.
        self._lock = RLock()
        self.journal = Journal()

    def reach(self, moment: float) -> None:
        """Live through all days up to the one of this moment."""
        if self._lived_until <= moment:
            with self._lock:
                while self._lived_until <= moment:
                    self._live(self._lived_until)

    def midnight(self, moment: float) -> int:
        """Return the last midnight before a moment, and the start for a moment before it."""
        return self._start + max(0, int(moment - self._start) // DAY) * DAY

    def catalogue(self, moment: float) -> H:
        """Return the films that exist at a moment; the latest midnights asked for are kept."""
        self.reach(moment)
        midnight = self.midnight(moment)
        with self._lock:
            catalogue = self._kept.pop(midnight, None)
            if catalogue is None:
                catalogue = self._from_nearest(midnight)
            self._kept[midnight] = catalogue
            shown = self._shown.pop(midnight, None) or self._as_shown(catalogue, midnight)
            self._shown[midnight] = shown
            for kept in (self._kept, self._shown):
                if len(kept) > _KEPT:
                    del kept[next(iter(kept))]
            advanced = self._advanced(catalogue, midnight, moment)
        return shown if advanced is catalogue else self._as_shown(advanced, midnight)

    def fate(self, film: int, at: float) -> Fate | None:
        """Return what has become of a film; None when there never was one with this id."""
        self.reach(at)
        if self._made(film) is None:
            return None
        fate = self.journal.fate(film, at, self._born.get(film))
        return None if not fate.exists and fate.changed_at is None else fate

    def scene(self, film: int, at: float, append: Iterable[str]) -> H:
        """Return a catalogue in which this film is as it was at the moment: fit to tell its details and parts."""
        made, position = self._origin(film)
        is_alone = _NEIGHBOURLY.isdisjoint(append)
        if is_alone and self._nature.is_timeless and not self._pace.voted and not self.journal.of(film, at):
            return made
        columns = made.columns
        positions = [position]
        if not is_alone:
            positions += ((position + step) % len(made) for step in range(1, min(_NEIGHBOURS, len(made))))
        rows = [
            self._row(columns.ids[near], at)
            for near in positions
            if near == position or self._exists(columns.ids[near], at)
        ]
        return self._as_shown(self._of(alone(self._names, columns, rows), at), self.midnight(at))

    def told(self, event: Event) -> tuple[Body, Body]:
        """Return the details of a film before and after an event, with the part that was edited."""
        append = [event.part] if event.part else []
        before, after = (self._details(event.film, at, append) for at in (event.at - 0.5, event.at))
        return before, after

    def is_adult(self, film: int) -> bool:
        """Whether it is a film for adults."""
        made, position = self._origin(film)
        return bool(made.columns.flags[position] & ADULT)

    def id_of(self, imdb_id: str) -> int | None:
        """Return the id of the only film that can have this IMDb id."""
        found: int | None = self._cohorts[0].lore.id_of(imdb_id)
        return found

    def _live(self, midnight: int) -> None:
        catalogue = self._advanced(self._frontier[1], self._frontier[0], midnight)
        self._frontier = midnight, catalogue
        born = self._births(midnight, len(catalogue))
        due = self._nature.due(self._seed, midnight, catalogue)
        morning = Morning(catalogue.columns, list(self._gone), born, due, self._edit, self._late)
        for event in events_of_day(self._seed, midnight, morning, self._pace):
            self.journal.add(event)
            if event.kind == ADDED:
                self._born[event.film] = event.at
            elif event.kind == DELETED:
                self._gone[event.film] = None
            elif event.kind == RETURNED:
                del self._gone[event.film]
        self._lived_until = midnight + DAY

    def _births(self, midnight: int, films: int) -> list[int]:
        count = births(self._seed, midnight, films, self._pace)
        if not count:
            return []
        added = self._nature.cohort(count, self._seed, midnight, self._next_id, self._cohorts[0])
        ids = sorted(added.columns.ids)
        self._cohorts.append(added)
        self._first_ids.append(ids[0])
        # Nobody was added yet: that is for the events to tell.
        self._born |= dict.fromkeys(ids, midnight + DAY)
        self._next_id = ids[-1] + 1
        return ids

    def _details(self, film: int, at: float, append: Iterable[str] = ()) -> Body:
        body = self.scene(film, at, append).details(film, append)
        if body is None:
            raise LookupError(f"film {film} was never made")
        return body

    def _choices(self, film: int) -> Choices:
        return Choices(
            code=lambda dice, column: self._another_code(film, dice, column),
            imdb_ids=[imdb_id for imdb_id in self._nature.imdb_ids(film) if self.id_of(imdb_id) == film],
        )

    def _edit(self, dice: Dice, film: int, at: int) -> Edit:
        return self._nature.edit(dice, self.scene(film, at, ()), film, at, self._choices(film))

    def _late(self, film: int, at: int) -> Sequence[Edit]:
        return self._nature.late(lambda moment: self.scene(film, moment, ()), film, at)

    def _another_code(self, film: int, dice: Dice, column: str) -> int | None:
        """Return the code of another film from the same country: where a film comes out depends on where it is from."""
        columns = self._cohorts[0].columns
        made, position = self._origin(film)
        codes, meanings = getattr(columns, column), getattr(columns, MEANINGS[column])
        amended = self.journal.amended(film, self._lived_until + DAY)
        made_as = getattr(made.columns, column)[position]
        home, code = made.columns.origins[position], amended.codes.get(column, made_as) if amended else made_as
        for _ in range(100):
            other = dice.below(len(columns.ids))
            # Different codes can mean the same: nothing, for one.
            if columns.origins[other] == home and meanings[codes[other]] != meanings[code]:
                return int(codes[other])
        return None

    def _made(self, film: int) -> tuple[H, int] | None:
        """Return the cohort that a film was made in, and its position there."""
        made = self._cohorts[bisect_right(self._first_ids, film)]
        position = made.position(film)
        return None if position is None else (made, position)

    def _origin(self, film: int) -> tuple[H, int]:
        made = self._made(film)
        if made is None:
            raise LookupError(f"film {film} was never made")
        return made

    def _lore(self, film: int) -> tuple[Lore, int]:
        made, position = self._origin(film)
        return made.lore, position

    def _row(self, film: int, at: float) -> Row:
        made, position = self._origin(film)
        return row(self._names, made.columns, position, self.journal.amended(film, at))

    def _exists(self, film: int, at: float) -> bool:
        return self.journal.fate(film, at, self._born.get(film)).exists

    def _rank(self, film: int) -> int:
        """The films of the start keep their order; whoever came later stands behind them, by id."""
        made, position = self._origin(film)
        return position if made is self._cohorts[0] else len(self._cohorts[0]) + film

    def _from_nearest(self, midnight: int) -> H:
        at_hand = {self._start: self._cohorts[0], self._frontier[0]: self._frontier[1], **self._kept}
        nearest = max(moment for moment in at_hand if moment <= midnight)
        return self._advanced(at_hand[nearest], nearest, midnight)

    def _advanced(self, catalogue: H, since: float, until: float) -> H:
        touched = {event.film for event in self.journal.between(since, until)}
        if not touched:
            return catalogue
        changed = (
            (catalogue.position(film), self._row(film, until) if self._exists(film, until) else None)
            for film in sorted(touched)
        )
        return self._of(after(self._names, catalogue.columns, changed, self._rank), until)

    def _as_shown(self, catalogue: H, midnight: int) -> H:
        """Return the films with the popularity of a day; at another pace than TMDB's events alone change it."""
        if not self._pace.voted:
            return catalogue
        columns = catalogue.columns
        of_the_day = popularities(columns.ids, columns.popularities, midnight)
        return type(catalogue)(replace(columns, popularities=of_the_day), catalogue.lore)

    def _of(self, columns: WorkColumns, at: float) -> H:
        return self._nature.living(columns, self._lore, lambda film: self.journal.amended(film, at), self.id_of, at)
