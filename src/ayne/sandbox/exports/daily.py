"""The daily id exports of films and series: the contents of the files, as gzip of one JSON object a line.

The lines are as recorded: five keys in this order, films in no order of their ids. `movie_ids` holds the films that
are not adult (videos are among them) and `adult_movie_ids` the adult ones: TMDB announced the second file in July 2023
as one more, and the recorded lines of the first hold no adult film. Popularity is that of the last midnight, so that
the file is always behind, as TMDB's is.

https://developer.themoviedb.org/docs/daily-id-exports
"""

import zlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock
from typing import Any, TypeVar

import msgspec

from ayne.sandbox.films.columns import ADULT, VIDEO, Columns, Lore, WorkColumns
from ayne.sandbox.holdings import Holdings

C = TypeVar("C", bound=WorkColumns)

#: The files there are, and whether adult films stand in it.
NAMES = {"movie_ids": False, "adult_movie_ids": True}
SERIES_NAMES = {"tv_series_ids": False, "adult_tv_series_ids": True}

_KEPT = 2
_BATCH = 10_000
_LEVEL = 3


class Line(msgspec.Struct):
    """A line of a file of films, with its keys in TMDB's order."""

    adult: bool
    id: int
    original_title: str
    popularity: float
    video: bool


class SeriesLine(msgspec.Struct):
    """A line of a file of series, with its keys in TMDB's order."""

    id: int
    original_name: str
    popularity: float


def written(
    holdings: Holdings[C, Lore, Any],
    line: Callable[[C, int, str, float], msgspec.Struct],
    popularities: Callable[[int], float | None],
    *,
    adult: bool,
) -> bytes:
    """Return the file of the works that are for adults, or of all others.

    Args:
        holdings: The works.
        line: Makes a line of columns, a position in them, the original title and a popularity.
        popularities: The popularity of a work that had another one at the last midnight; None for all others.
        adult: Whether the works for adults are meant.
    """
    works = range(len(holdings))
    return compressed(
        _lines(holdings, works[first : first + _BATCH], line, popularities, adult) for first in works[::_BATCH]
    )


def film_line(columns: Columns, position: int, original_title: str, popularity: float) -> Line:
    """Return the line of a film."""
    flags = columns.flags[position]
    return Line(bool(flags & ADULT), columns.ids[position], original_title, popularity, bool(flags & VIDEO))


def series_line(columns: WorkColumns, position: int, original_name: str, popularity: float) -> SeriesLine:
    """Return the line of a series."""
    return SeriesLine(columns.ids[position], original_name, popularity)


def compressed(batches: Iterable[Sequence[msgspec.Struct]]) -> bytes:
    """Return lines, which come in batches, as a gzip file."""
    compressor = zlib.compressobj(level=_LEVEL, wbits=31)
    encoder = msgspec.json.Encoder()
    pieces = [compressor.compress(encoder.encode_lines(lines)) for lines in batches]
    return b"".join([*pieces, compressor.flush()])


class LatestFiles:
    """The files asked for last: each takes seconds to make, and is fetched in pieces."""

    def __init__(self) -> None:
        self._files: dict[Hashable, bytes] = {}
        self._lock = Lock()

    def get(self, name: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return a file, made now or earlier."""
        with self._lock:
            file = self._files.pop(name, None)
            if file is None:
                file = make()
            self._files[name] = file
            if len(self._files) > _KEPT:
                del self._files[next(iter(self._files))]
        return file


def _lines(
    holdings: Holdings[C, Lore, Any],
    positions: range,
    line: Callable[[C, int, str, float], msgspec.Struct],
    popularities: Callable[[int], float | None],
    adult: bool,
) -> list[msgspec.Struct]:
    columns, lore = holdings.columns, holdings.lore
    lines = []
    for position in positions:
        if bool(columns.flags[position] & ADULT) is adult:
            earlier = popularities(columns.ids[position])
            popularity = columns.popularities[position] if earlier is None else earlier
            lines.append(line(columns, position, lore.titles(position)[1], popularity))
    return lines
