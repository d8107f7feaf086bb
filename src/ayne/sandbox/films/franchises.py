"""The collections of invented films: which films belong together, as a function of their ids.

Every sixteen neighbouring ids may hold a collection. So a film knows its collection and a collection its films, and
neither has to look through a million films. Ids tell nothing about dates, so the parts of a collection lie years apart.
"""

from functools import lru_cache

from ayne.sandbox.chance import Dice

from . import words
from .columns import Body

_BLOCK = 16
_FIRST_ID = 10_000
_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def _franchise(number: int) -> tuple[int, Body] | None:
    """Return which ids of a block belong to its collection, as bits, and the collection; None where there is none."""
    dice = Dice("franchise", number)
    if number < 0 or not dice.chance(40):
        return None
    # One id in four; many ids have no film.
    members = dice.below(1 << _BLOCK) & dice.below(1 << _BLOCK)
    return members, {
        "id": _FIRST_ID + number,
        "name": f"The {dice.pick(words.ADJECTIVES)} {dice.pick(words.NOUNS)} Collection",
        "poster_path": None if dice.chance(20) else dice.image(),
        "backdrop_path": None if dice.chance(20) else dice.image(),
    }


def collection_of(film_id: int) -> Body | None:
    """Return `belongs_to_collection` of a film."""
    number, place = divmod(film_id, _BLOCK)
    found = _franchise(number)
    if found is None:
        return None
    members, collection = found
    return dict(collection) if members >> place & 1 else None


def possible_parts(collection_id: int) -> list[int]:
    """Return the ids of the films that belong to a collection, if there are such films.

    >>> all(collection_of(film_id)["id"] == 10_001 for film_id in possible_parts(10_001))
    True
    """
    number = collection_id - _FIRST_ID
    found = _franchise(number)
    if found is None:
        return []
    return [number * _BLOCK + place for place in range(_BLOCK) if found[0] >> place & 1]


def collections_below(film_id: int) -> range:
    """Return the ids of all collections that films with ids up to this one can belong to, and of some that are none."""
    return range(_FIRST_ID, _FIRST_ID + film_id // _BLOCK + 1)
