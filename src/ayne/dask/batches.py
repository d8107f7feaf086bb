"""Decide how to split the films of a run into batches, and how many batches to hand out at once.

One client fetches a batch, with its share of the requests that all workers together may have under way. A batch is so
short that little is lost when a worker dies, and so long that handing it over costs comparatively little.
"""

# Pure: values in, values out.

from __future__ import annotations

import math
from dataclasses import dataclass

# What a batch may bring at most: films, and each of their parts. It is what bounds memory, here and in the workers.
MOST_FILMS_AND_PARTS = 200

# Where the rate decides how long a batch takes: seconds.
_LONG = 1.0


@dataclass(frozen=True, slots=True)
class Cut:
    """The size of the next batch.

    Attributes:
        films: how many films it has at most.
        at_once: how many of their requests are under way at once.
    """

    films: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """The workers of a cluster, and how fast they may be together.

    Attributes:
        threads: batches that the workers can do at once.
        rate: requests a second.
        max_concurrent: requests under way at once, all workers together.
    """

    threads: int
    rate: float
    max_concurrent: int

    @property
    def at_work(self) -> int:
        """Batches that are done at once: each has at least one request under way."""
        return min(self.threads, self.max_concurrent)

    @property
    def most_held(self) -> int:
        """Batches that are handed out and whose films are not all stored: a second for each that is being done."""
        return 2 * self.at_work

    def next_cut(self, left: int, parts: int, under_way: list[int], held: int) -> Cut | None:
        """Return the size of the next batch, None while none may be handed out.

        Args:
            left: films that no batch was made of yet; at the end all work on what is left of them.
            parts: parts that are fetched with each film.
            under_way: for each batch that a worker has, its requests at once.
            held: batches that a worker has or that were brought and are not stored.

        >>> fleet = Fleet(threads=4, rate=40, max_concurrent=10)
        >>> fleet.next_cut(900, 0, [], 0), fleet.next_cut(30, 0, [3, 3, 2], 3)
        (Cut(films=10, at_once=3), Cut(films=8, at_once=2))
        >>> fleet.next_cut(900, 0, [3, 3, 2, 2], 4), fleet.next_cut(900, 0, [], 8)
        (None, None)
        """
        free = self.max_concurrent - sum(under_way)
        if len(under_way) >= self.at_work or held >= self.most_held or free < 1:
            return None
        at_once = math.ceil(free / (self.at_work - len(under_way)))
        most = max(1, MOST_FILMS_AND_PARTS // (1 + parts))
        paced = _LONG * self.rate / self.at_work
        return Cut(max(1, math.ceil(min(most, paced, left / self.at_work))), at_once)


def halves(ids: tuple[int | str, ...]) -> tuple[tuple[int | str, ...], tuple[int | str, ...]]:
    """Cut a batch in two, to find the film that makes workers fail.

    >>> halves((1, 2, 3))
    ((1,), (2, 3))
    """
    middle = len(ids) // 2
    return ids[:middle], ids[middle:]
