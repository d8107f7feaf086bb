"""Ids of 24 hexadecimal digits that encode what they are of, for `/credit/{id}` and `/review/{id}`.

At TMDB they are ids of MongoDB, and say nothing.
"""

import re

from ayne.sandbox.chance import Dice

_MARK = re.compile(r"[0-9a-f]{12}([0-9a-f]{8})([0-9a-f]{4})")


def mark(dice: Dice, film_id: int, place: int) -> str:
    """Return the id of what stands at this place in a film's credits, or among its reviews.

    >>> of_mark(mark(Dice(1), 550, 7))
    (550, 7)
    """
    return f"{dice.hex(12)}{film_id:08x}{place:04x}"


def of_mark(text: str) -> tuple[int, int] | None:
    """Return the film and the place that an id is of; None for what is no such id."""
    found = _MARK.fullmatch(text)
    return (int(found[1], 16), int(found[2], 16)) if found else None
