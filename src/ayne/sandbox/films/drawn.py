"""Lists too long to be made in advance: each entry is a function of its index, and kept once it was made."""

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Drawn(Sequence[T]):
    """A sequence whose entries are made when they are looked at.

    >>> squares = Drawn(5, lambda index: index * index)
    >>> squares[3], squares[-1], list(squares)
    (9, 16, [0, 1, 4, 9, 16])
    """

    __slots__ = ("_known", "_length", "_make")

    def __init__(self, length: int, make: Callable[[int], T]) -> None:
        self._length = length
        self._make = make
        self._known: dict[int, T] = {}

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self[each] for each in range(self._length)[index]]
        found = self._known.get(index)
        if found is None:
            index = range(self._length)[index]
            found = self._known[index] = self._make(index)
        return found
