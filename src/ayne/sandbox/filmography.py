"""Find the films of a person: from people to ensembles, and from ensembles to films.

`/discover/movie?with_people=` answers the same by looking through all films. A page of people asks for twenty of them,
so here the way back is kept: two lists as long as the films and the ensembles.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from ayne.sandbox.films.columns import Ensemble, WorkColumns, reordered


class Filmographies:
    """The films of all people.

    Args:
        columns: The films. They are not kept.
        beside: Tells who else may be named by the film at a position, like the guests of a series.
    """

    def __init__(self, columns: WorkColumns, beside: Callable[[int], Iterable[int]]) -> None:
        self._films = array("i", sorted(range(len(columns.ids)), key=columns.ensembles.__getitem__))
        self._ensembles = reordered(columns.ensembles, self._films)
        self._of = _ensembles_of(columns.ensemble_list)
        self._beside: defaultdict[int, array[int]] = defaultdict(lambda: array("i"))
        for position in range(len(columns.ids)):
            for person_id in beside(position):
                self._beside[person_id].append(position)

    def films(self, person_id: int) -> list[int]:
        """Return the positions of the films that somebody was in, or may have been a guest of, in no order."""
        regular = chain.from_iterable(map(self._with, self._of.get(person_id, ())))
        return list({*regular, *self._beside.get(person_id, ())})

    def _with(self, ensemble: int) -> "array[int]":
        return self._films[bisect_left(self._ensembles, ensemble) : bisect_left(self._ensembles, ensemble + 1)]


def _ensembles_of(ensembles: Sequence[Ensemble]) -> "dict[int, array[int]]":
    """Return the codes of the ensembles that each one belongs to."""
    found: dict[int, array[int]] = {}
    for code, ensemble in enumerate(ensembles):
        for person_id in {*ensemble.cast, *ensemble.crew}:
            if person_id not in found:
                found[person_id] = array("i")
            found[person_id].append(code)
    return found
