"""Which films somebody was in: from the people of the ensembles to the films that have these ensembles.

`/discover/movie?with_people=` answers the same by looking through all films. A page of people asks for twenty of them,
so here the way back is kept: two lists as long as the films and the ensembles.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain

from ayne.sandbox.films.columns import Ensemble, WorkColumns, reordered


class Filmographies:
    """The films of all people.

    Args:
        columns: The films. They are not kept.
    """

    def __init__(self, columns: WorkColumns) -> None:
        self._films = array("i", sorted(range(len(columns.ids)), key=columns.ensembles.__getitem__))
        self._ensembles = reordered(columns.ensembles, self._films)
        self._of = _ensembles_of(columns.ensemble_list)

    def films(self, person_id: int) -> list[int]:
        """Return the positions of the films that somebody was in, in no order."""
        return list(chain.from_iterable(map(self._with, self._of.get(person_id, ()))))

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
