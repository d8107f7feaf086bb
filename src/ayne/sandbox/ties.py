"""Order the films that a list's order does not distinguish.

`primary_release_date.desc` says nothing of two films of one day, and a server of several replicas has an order of its
own in each. So a walk through the pages of one query meets some films twice and others never.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from .chance import SIZE, draws

#: By how much a number of a film that has moved is higher or lower at most.
_MOVE = 0.2


@dataclass(frozen=True, slots=True)
class Ties:
    """An order among equals.

    >>> films, values = [7, 3, 5, 1], {7: 2.0, 3: 1.0, 5: 1.0, 1: 1.0}
    >>> reordered = Ties(key=4).reordered(films, values.__getitem__, 8)
    >>> reordered[0], sorted(reordered[1:])
    (7, [1, 3, 5])
    """

    key: int
    """Which order it is: equal keys, equal orders."""
    share: float = 1.0
    """The share of the films that have left their places, from 0 to 1."""
    numbers_move: bool = False
    """The numbers of these films have changed as well, so that they stand elsewhere in an order by votes."""

    def reordered(self, found: Sequence[int], value: "Callable[[int], int | float | str]", count: int) -> "array[int]":
        """Return the films in this order.

        Args:
            found: Their positions, in the order of their values.
            value: What the list is ordered by, of a film at a position.
            count: How many films the catalogue has.
        """
        places, moved = draws(self.key, "place among equals", count), draws(self.key, "moved", count)
        most = self.share * SIZE
        if self.numbers_move:
            found = _by_moved_numbers(found, value, lambda film: _factor(places[film]) if moved[film] < most else 1.0)
        ordered = array("i")
        for _, run in groupby(found, key=value):
            equals = list(run)
            # A place is a fraction of the run: one's own, or one that was drawn.
            seats = {
                film: (places[film] / SIZE * len(equals) if moved[film] < most else rank, rank)
                for rank, film in enumerate(equals)
            }
            ordered.extend(sorted(equals, key=seats.__getitem__))
        return ordered


def _factor(drawn: int) -> float:
    return 1 + _MOVE * (2 * drawn / SIZE - 1)


def _by_moved_numbers(
    found: Sequence[int], value: "Callable[[int], int | float | str]", factor: Callable[[int], float]
) -> Sequence[int]:
    """Order films by numbers of which some have changed; what is ordered by texts stays as it is."""
    numbers = [(film, number) for film in found if not isinstance(number := value(film), str)]
    if not numbers:
        return found
    is_descending = numbers[0][1] > numbers[-1][1]
    moved = {film: number * factor(film) for film, number in numbers}
    return sorted(found, key=moved.__getitem__, reverse=is_descending)
