"""How many requests a discovery may send, whatever the server answers."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable

from ayne.data_collection.tmdb.limits import ROWS_PER_PAGE

# Requests that need no films to show for them: one query has so many pages, and a few hundred are enough to find out
# that the filters of a server do not divide.
FREE = 500

# A discovery may take so many times the pages that its films fill. Whatever drift was recorded needs fewer
# (`python -m benchmarks.figures drift_modes`); a server that needs more does not answer what it is asked.
MOST_PER_PAGE = 3

# The search for films that are counted and were not listed may take this share of them, and so many for any discovery.
_SEARCH_SHARE, _FREE_SEARCH = 0.5, 100


class Ids:
    """A set of ids that takes little memory when they are dense, as TMDB's are.

    >>> ids = Ids()
    >>> ids.update([5, 6, 5]), len(ids)
    (None, 2)
    """

    def __init__(self) -> None:
        self._words: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def update(self, ids: Iterable[int]) -> None:
        """Add ids."""
        for number in ids:
            place, bit = number >> 6, 1 << (number & 63)
            word = self._words.get(place, 0)
            if not word & bit:
                self._words[place] = word | bit
                self._count += 1


class RequestBounds:
    """Count requests and the films they brought, and say when it is enough.

    What counts is films, each once, not what the server says of them: a server may report any number.

    Args:
        pages: received by an earlier part of this discovery.
        films: how many films those listed.

    Attributes:
        asked: requests so far, those under way included.
        searched: those of them that looked for films which had been counted and not listed.

    Example:
        >>> bounds = RequestBounds()
        >>> bounds.allowed
        500
        >>> bounds.films.update(range(200))
        >>> bounds.allowed
        530
    """

    def __init__(self, pages: int = 0, films: int = 0) -> None:
        self.asked = pages
        self.searched = 0
        self.films = Ids()
        self._films_before = films

    @property
    def fewest(self) -> int:
        """The number of pages that the films so far fill."""
        return -(-(len(self.films) + self._films_before) // ROWS_PER_PAGE)

    @property
    def allowed(self) -> int:
        """The number of requests that may be sent by now."""
        return FREE + MOST_PER_PAGE * self.fewest

    def may_ask(self, more: int) -> bool:
        """Return whether so many more requests may be sent."""
        return self.asked + more <= self.allowed

    def may_search(self, more: int) -> bool:
        """Return whether so many more requests may be spent on films that were counted and not listed."""
        return self.searched + more <= _FREE_SEARCH + _SEARCH_SHARE * self.fewest and self.may_ask(more)
