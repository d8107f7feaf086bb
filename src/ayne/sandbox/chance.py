"""Random numbers that are the same on every machine.

Two people who ask for the same seed must get the same films, on any machine and any Python. `random` promises that
only for `random()` and `hash()` does not promise it at all, so every draw here comes from a hash function and
whole-number arithmetic.

Columns are drawn in bulk (one hash for a million films); the rest of a film is drawn when somebody asks for it, from
a small stream that belongs to that film alone, so that no film has to be kept in memory.
"""

import sys
from array import array
from base64 import b64encode
from collections.abc import Sequence
from hashlib import blake2b, shake_128
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

#: A draw is one of this many equally likely numbers, and every table that a draw looks up has this many entries.
SIZE = 1 << 16

_MASK = (1 << 64) - 1


def draws(seed: int, column: str, count: int) -> "array[int]":
    """Return `count` draws, each a number below `SIZE`, that depend on the seed and the column's name only."""
    drawn = array("H", shake_128(f"{seed}/{column}".encode()).digest(2 * count))
    if sys.byteorder == "big":
        drawn.byteswap()
    return drawn


def weighted(*shares: tuple[T, int]) -> list[T]:
    """Return a table in which each value stands as often as its weight says.

    >>> table = weighted(("often", 3), ("seldom", 1))
    >>> table.count("often") / table.count("seldom")
    3.0
    """
    total = sum(weight for _, weight in shares)
    table: list[T] = []
    below = 0
    for value, weight in shares:
        below += weight
        table += [value] * (SIZE * below // total - len(table))
    return table


def quantiles(*points: tuple[int, int]) -> list[int]:
    """Return a table that grows in straight lines through the points (per mille of the films, value).

    >>> table = quantiles((0, 0), (900, 10), (1000, 5000))
    >>> table[0], table[SIZE // 2], table[SIZE - 1]
    (0, 5, 4999)
    """
    table: list[int] = []
    for (start, low), (end, high) in pairwise(points):
        first, last = SIZE * start // 1000, SIZE * end // 1000
        table += [low + (high - low) * step // (last - first) for step in range(last - first)]
    return table


class Dice:
    """A stream of chance that belongs to its key: the same key rolls the same numbers.

    >>> Dice(1, "title").below(1000) == Dice(1, "title").below(1000)
    True
    """

    __slots__ = ("_state",)

    def __init__(self, *key: object) -> None:
        text = "/".join(map(str, key)).encode()
        self._state = int.from_bytes(blake2b(text, digest_size=8).digest(), "little")

    def below(self, limit: int) -> int:
        """Return a number from 0 up to, and without, the limit."""
        # Knuth's MMIX generator; the low bits of such a generator are poor, so the high half is used.
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return ((self._state >> 32) * limit) >> 32

    def between(self, low: int, high: int) -> int:
        """Return a number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """Return True in so many cases of a hundred."""
        return self.below(100) < percent

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Return up to `count` different options, in no order."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def hex(self, length: int) -> str:
        """Return hexadecimal digits, such as the 24 of a `credit_id`."""
        self.below(1)
        return blake2b(self._state.to_bytes(8, "little"), digest_size=32).hexdigest()[:length]

    def image(self, suffix: str = "jpg") -> str:
        """Return the path of an image, as TMDB names them: `/pB8BM7pdSp6B6Ih7QZ4DrQ3PmJK.jpg`."""
        self.below(1)
        digest = blake2b(self._state.to_bytes(8, "little"), digest_size=20).digest()
        return f"/{b64encode(digest, altchars=b'aZ').decode()[:27]}.{suffix}"
