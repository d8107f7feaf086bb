"""The daily id exports: what stands in the files, as gzip of one JSON object a line.

The lines are as recorded: five keys in this order, films in no order of their ids. `movie_ids` holds the films that
are not adult (videos are among them) and `adult_movie_ids` the adult ones: TMDB announced the second file in July 2023
as one more, and the recorded lines of the first hold no adult film. Popularity is that of the last midnight, so that
the file is always behind, as TMDB's is.

https://developer.themoviedb.org/docs/daily-id-exports
"""

import zlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock

import msgspec

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.films.columns import ADULT, VIDEO

#: The files there are, and whether adult films stand in it.
NAMES = {"movie_ids": False, "adult_movie_ids": True}

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


def written(catalogue: Catalogue, popularities: Callable[[int], float | None], *, adult: bool) -> bytes:
    """Return the file of the films in the catalogue.

    Args:
        catalogue: The films.
        popularities: The popularity of a film that had another one at the last midnight; None for all others.
        adult: Whether the adult films are meant, or all others.
    """
    films = range(len(catalogue))
    return compressed(
        _lines(catalogue, films[first : first + _BATCH], popularities, adult) for first in films[::_BATCH]
    )


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
    catalogue: Catalogue, positions: range, popularities: Callable[[int], float | None], adult: bool
) -> list[Line]:
    columns, lore = catalogue.columns, catalogue.lore
    lines = []
    for position in positions:
        flags = columns.flags[position]
        if bool(flags & ADULT) is adult:
            film = columns.ids[position]
            earlier = popularities(film)
            popularity = columns.popularities[position] if earlier is None else earlier
            lines.append(Line(adult, film, lore.titles(position)[1], popularity, bool(flags & VIDEO)))
    return lines
