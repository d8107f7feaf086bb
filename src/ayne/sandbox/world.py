"""The films of the sandbox at a moment in time.

Whoever answers a request asks the world, and says what time it is; the catalogue itself knows no time. A world is still
unless it is given a pace; then films are added, edited, moved, deleted and merged from its start on, and all of it is a
function of (catalogue, seed, pace, start): two worlds made alike agree about every moment.

Details know everything at once, lists what was true at the last midnight (UTC): a film deleted this morning is listed
until the day ends, and its details are gone. A moment before the start is answered as of the start.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache

from .catalogue import Catalogue
from .exports import named as named_exports
from .exports.daily import NAMES, LatestFiles, written
from .films.columns import Body
from .films.invention import Invented
from .life.changes import ELSEWHERE, film_feed, films_in, named_elsewhere
from .life.events import DAY, MOVED, Event
from .life.history import History
from .life.journal import Fate
from .pace import Pace

_HOUR = 3600
#: A day's file holds the films as of 07:00, is up at 08:00, and is kept for three months.
_EXPORTED_AT, _UP_AT, _KEPT_FOR = 7 * _HOUR, 8 * _HOUR, 90 * DAY


class World:
    """What exists, as of a moment given in seconds since 1970.

    Args:
        catalogue: The films at the start.
        seed: What happens to them.
        pace: How much happens. None: nothing ever does. To a table of real films none are ever added.
        start: The moment at which things begin to happen, a midnight (UTC).

    Raises:
        ValueError: The start is no midnight, or a living world has none.
    """

    def __init__(
        self, catalogue: Catalogue, *, seed: int = 1, pace: Pace | None = None, start: float | None = None
    ) -> None:
        if start is not None and start % DAY:
            raise ValueError(f"a world starts at a midnight (UTC), and {start} is none")
        if pace is not None and start is None:
            raise ValueError("a world in which something happens needs a start")
        if pace is not None and not isinstance(catalogue.lore, Invented):
            pace = replace(pace, added=0)
        self._catalogue = catalogue
        self._start = None if start is None else int(start)
        self._history = None if pace is None or start is None else History(catalogue, seed, pace, int(start))
        self._exports = LatestFiles()
        elsewhere = 0 if pace is None else pace.elsewhere
        self._named_elsewhere = lru_cache(16)(lambda midnight: named_elsewhere(seed, midnight, elsewhere))

    def listed(self, now: float) -> Catalogue:
        """Return the films that lists and searches know of: those of the last midnight."""
        return self._catalogue if self._history is None else self._history.catalogue(self._history.midnight(now))

    def existing(self, now: float) -> Catalogue:
        """Return the films that exist at this very moment: what a truth is told from."""
        return self._catalogue if self._history is None else self._history.catalogue(self._from_start(now))

    def details(self, film_id: int | str, append: Iterable[str], now: float) -> Body | None:
        """Return the body of `/movie/{id}` with the appended parts; None when there is no such film."""
        if self._history is None:
            return self._catalogue.details(film_id, append)
        append = list(append)
        found = self._found(self._history, film_id, append, now)
        return None if found is None else found[0].details(found[1], append)

    def part(self, film_id: int | str, name: str, now: float) -> Body | None:
        """Return the body of `/movie/{id}/{name}`; None when there is no such film or no such part."""
        if self._history is None:
            return self._catalogue.part(film_id, name)
        found = self._found(self._history, film_id, [name], now)
        return None if found is None else found[0].part(found[1], name)

    def changes(self, first: date, last: date, now: float) -> list[Body]:
        """Return the rows of `/movie/changes` for the days from first to last: each film once, the oldest change first.

        So what was on a page stays there while the day goes on, and new changes come at the end.
        """
        history = self._history
        if history is None:
            return []
        now = self._from_start(now)
        after, until = _midnight(first), _midnight(last) + DAY - 1
        named = films_in(self.events(after, until, now), self._elsewhere(after, min(until, now)))
        return [self._row(history, film, now) for film in named]

    def film_changes(self, film_id: int, first: date, last: date, now: float) -> list[Body] | None:
        """Return the `changes` of `/movie/{id}/changes`; None when there never was such a film."""
        fate = self.fate(film_id, now)
        if fate is None:
            return None
        if self._history is None:
            return []
        until = min(_midnight(last) + DAY - 1, self._from_start(now))
        events = self._history.journal.since(film_id, _midnight(first), until)
        return film_feed(events, self._history.told)

    def export(self, name: str, day: date, now: float) -> bytes | None:
        """Return a daily id export as a gzip file; None when it is not up (yet, or any more).

        There is a file for each of the last 90 days, also for days before the start: it holds the films of the start.
        """
        midnight = _midnight(day)
        is_up = midnight + _UP_AT <= now < midnight + _UP_AT + _KEPT_FOR
        if not is_up or (name not in NAMES and name not in named_exports.NAMES):
            return None
        # Nothing happens before the start, nor ever in a still world: all those files are the same.
        is_fixed = self._history is None or name in named_exports.NAMES
        moment = 0 if is_fixed else int(self._from_start(midnight + _EXPORTED_AT))
        return self._exports.get((name, moment), lambda: self._written(name, moment))

    def exported_at(self, day: date) -> float:
        """Return when the export of a day is made: what its `Last-Modified` says."""
        return _midnight(day) + _EXPORTED_AT

    def fate(self, film_id: int, now: float) -> Fate | None:
        """Return what has become of a film by now; None when there never was one with this id."""
        if self._history is None:
            return None if self._catalogue.position(film_id) is None else Fate(exists=True)
        return self._history.fate(film_id, self._from_start(now))

    def events(self, after: float, until: float, now: float) -> Iterator[Event]:
        """Return all that happened after one moment and up to another, as far as it has happened by now."""
        if self._history is None:
            return iter(())
        until = min(until, now)
        self._history.reach(until)
        return self._history.journal.between(after, until)

    def _from_start(self, moment: float) -> float:
        return moment if self._start is None else max(moment, self._start)

    def _found(
        self, history: History, film_id: int | str, append: Iterable[str], now: float
    ) -> tuple[Catalogue, int] | None:
        """Return a catalogue that knows how the film is now, and the id that answers: another one after a merge."""
        now = self._from_start(now)
        film = history.id_of(film_id) if isinstance(film_id, str) else film_id
        fate = None if film is None else history.fate(film, now)
        # An IMDb id belongs to one film, and leads nowhere once that film is another.
        while fate is not None and fate.merged_into is not None and isinstance(film_id, int):
            film = fate.merged_into
            fate = history.fate(film, now)
        if film is None or fate is None or not fate.exists:
            return None
        scene = history.scene(film, now, append)
        return (scene, film) if isinstance(film_id, int) or scene.position(film_id) is not None else None

    def _elsewhere(self, after: int, until: float) -> Iterator[tuple[int, int]]:
        """Return what changes beyond the films of the sandbox, from its start on."""
        for midnight in range(max(after, self._start or 0), int(until) + 1, DAY):
            yield from ((at, film) for at, film in self._named_elsewhere(midnight) if at <= until)

    def _row(self, history: History, film: int, now: float) -> Body:
        if film >= ELSEWHERE:
            return {"id": film, "adult": False, "softcore": False}
        fate = history.fate(film, now)
        is_new = fate is not None and fate.added_at is not None and fate.added_at > now - DAY
        is_known = fate is not None and fate.exists and not is_new
        return {
            "id": film,
            "adult": history.is_adult(film) if is_known else None,
            "softcore": False if is_known else None,
        }

    def _written(self, name: str, moment: float) -> bytes:
        if name in named_exports.NAMES:
            return named_exports.written(name, self._catalogue.columns)
        existing, listed = self.existing(moment), self.listed(moment)
        since = moment if self._history is None else self._history.midnight(moment)
        moved = {event.film for event in self.events(since, moment, moment) if event.kind == MOVED}

        def earlier(film: int) -> float | None:
            position = listed.position(film) if film in moved else None
            return None if position is None else listed.columns.popularities[position]

        return written(existing, earlier, adult=NAMES[name])


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
