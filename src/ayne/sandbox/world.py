"""The films of the sandbox at a moment in time, the series beside them, and the files that list them all."""

from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import Any, TypeVar

import msgspec

from .catalogue import Catalogue
from .exports import named as named_exports
from .exports.daily import NAMES, SERIES_NAMES, LatestFiles, film_line, series_line, written
from .holdings import Holdings
from .life.events import DAY
from .life.nature import FilmNature
from .life.people import LivingPeople
from .life.series_nature import SeriesNature
from .pace import Pace
from .population import Population, start_of
from .television import AS_OF, Television

H = TypeVar("H", bound=Holdings[Any, Any, Any])

_HOUR = 3600
#: A day's file holds the films as of 07:00, is up at 08:00, and is kept for three months.
_FILES = {*NAMES, *SERIES_NAMES, *named_exports.NAMES}
_EXPORTED_AT, _UP_AT, _KEPT_FOR = 7 * _HOUR, 8 * _HOUR, 90 * DAY


class World(Population[Catalogue]):
    """What exists, as of a moment given in seconds since 1970: above all, films.

    Args:
        catalogue: The films at the start.
        seed: What happens to them.
        pace: How much happens. None: nothing ever does. To a table of real films none are ever added.
        start: The moment at which things begin to happen, a midnight (UTC).
        series: Makes the series as they are known at a moment. It is called when they are asked for, so that whoever
            wants films only does not wait for them. None: there are none.

    Raises:
        ValueError: The start is no midnight, or a living world has none.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        seed: int = 1,
        pace: Pace | None = None,
        start: float | None = None,
        series: Callable[[float], Television] | None = None,
    ) -> None:
        super().__init__(catalogue, FilmNature(), seed=seed, pace=pace, start=start)
        self._exports = LatestFiles()
        #: Who plays and works in the films and series.
        self.people = LivingPeople(seed, pace, int(start) if pace and start is not None else None)
        make = series or _no_series

        def television() -> Population[Television]:
            as_of = start if self.is_living and start is not None else AS_OF
            return Population(make(as_of), SeriesNature(), seed=seed, pace=pace, start=start)

        self._make_television = television
        self._television: Population[Television] | None = None
        self._lock = Lock()

    @property
    def television(self) -> Population[Television]:
        """The series."""
        with self._lock:
            if self._television is None:
                self._television = self._make_television()
        return self._television

    def export(self, name: str, day: date, now: float) -> bytes | None:
        """Return a daily id export as a gzip file; None when it is not up (yet, or any more).

        There is a file for each of the last 90 days, also for days before the start: it holds the films of the start.
        """
        midnight = start_of(day)
        is_up = midnight + _UP_AT <= now < midnight + _UP_AT + _KEPT_FOR
        if not is_up or name not in _FILES:
            return None
        # Nothing happens before the start, nor ever in a still world: all those files are the same.
        is_fixed = self._history is None or name in named_exports.UNCHANGING
        moment = 0 if is_fixed else int(self._from_start(midnight + _EXPORTED_AT))
        return self._exports.get((name, moment), lambda: self._written(name, moment))

    def exported_at(self, day: date) -> float:
        """Return when the export of a day is made: what its `Last-Modified` says."""
        return start_of(day) + _EXPORTED_AT

    def _written(self, name: str, moment: float) -> bytes:
        if name in named_exports.NAMES:
            return named_exports.written(name, self.listed(moment), self.people.gone(moment))
        if name in SERIES_NAMES:
            return _export(self.television, series_line, moment, adult=SERIES_NAMES[name])
        return _export(self, film_line, moment, adult=NAMES[name])


def _no_series(as_of: float) -> Television:
    return Television.generated(0, as_of=as_of)


def _export(
    population: Population[H],
    line: Callable[[Any, int, str, float], msgspec.Struct],
    moment: float,
    *,
    adult: bool,
) -> bytes:
    listed, moved = population.listed(moment), population.moved(moment)

    def earlier(work: int) -> float | None:
        position = listed.position(work) if work in moved else None
        return None if position is None else listed.columns.popularities[position]

    return written(population.existing(moment), line, earlier, adult=adult)
