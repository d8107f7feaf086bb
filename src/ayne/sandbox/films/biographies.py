"""What a person's page says beyond credits: made up from the id, and the number of edits.

https://developer.themoviedb.org/reference/person-details
"""

from collections.abc import Mapping
from datetime import date

from ayne.sandbox.chance import Dice

from . import words
from .columns import Body
from .people import PEOPLE, credited

#: What editors change about a person: never what films show of somebody, so that these need no edit of their own.
EDITABLE = ("biography", "biography", "place_of_birth", "also_known_as", "birthday", "deathday", "homepage")

_IMDB_BASE = 100_000
_FIRST_BIRTHDAY = date(1900, 1, 1).toordinal()
_LAST_BIRTHDAY = date(2010, 12, 31).toordinal()
_LAST_DEATH = date(2025, 12, 31).toordinal()
#: Whoever may be dead was born this long before the last birthday.
_OLD = 80 * 365


def imdb_id(person_id: int) -> str | None:
    """Return the IMDb id of somebody; where it is not known, TMDB has null or "" for it."""
    dice = Dice("person imdb", person_id)
    return f"nm{_IMDB_BASE + person_id:07d}" if dice.chance(80) else dice.pick((None, None, ""))


def person_called(imdb_name: str) -> int | None:
    """Return the id of the person who has this IMDb id; None when nobody has it.

    >>> person_called(imdb_id(1000) or imdb_id(1001)) in (1000, 1001), person_called("nm0000001")
    (True, None)
    """
    digits = imdb_name.removeprefix("nm")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 8):
        return None
    person_id = int(digits) - _IMDB_BASE
    return person_id if person_id in PEOPLE and imdb_id(person_id) == imdb_name else None


def page(person_id: int, edits: Mapping[str, int] | None = None) -> Body:
    """Return all that is known of somebody.

    Args:
        person_id: One of the people.
        edits: How often each field was edited.
    """
    found = credited(person_id)
    made = {name: _MADE[name](found, (edits or {}).get(name, 0)) for name in _MADE}
    body = found | made | {"imdb_id": imdb_id(person_id)}
    del body["original_name"]
    return dict(sorted(body.items()))


def _dice(found: Body, field: str, edits: int) -> Dice:
    return Dice("person page", found["id"], field, edits)


def _names(found: Body, edits: int) -> list[str]:
    dice = _dice(found, "names", edits)
    first, _, last = found["name"].partition(" ")
    others = (f"{first[0]}. {last}", f"{last} {first}", f"{first} {dice.pick(words.LAST_NAMES)}")
    return dice.some(others, dice.pick((0, 0, 1, 2)) if not edits else 1 + edits % 3)


def _biography(found: Body, edits: int) -> str | None:
    dice = _dice(found, "biography", edits)
    if edits or dice.chance(60):
        return f"{found['name']} {dice.pick(words.DEEDS)}. {dice.pick(words.TWISTS)}" + edits * " And so on."
    # Both were recorded where nobody has written any.
    return dice.pick(("", None))


def _birthday(found: Body, edits: int) -> str | None:
    born = _born(found)
    if born is None:
        return None if not edits else date.fromordinal(_FIRST_BIRTHDAY + edits).isoformat()
    return date.fromordinal(born + edits).isoformat()


def _born(found: Body) -> int | None:
    dice = _dice(found, "birthday", 0)
    return dice.between(_FIRST_BIRTHDAY, _LAST_BIRTHDAY) if dice.chance(70) else None


def _deathday(found: Body, edits: int) -> str | None:
    dice, born = _dice(found, "deathday", 0), _born(found)
    has_died = born is not None and born < _LAST_BIRTHDAY - _OLD and dice.chance(50)
    if not has_died and not edits:
        # Until 2017 whoever lives had "" for it, and some still do.
        return dice.pick((None, None, None, ""))
    died = (born or _FIRST_BIRTHDAY) + dice.between(30, 95) * 365
    return date.fromordinal(min(died, _LAST_DEATH) + edits).isoformat()


def _homepage(found: Body, edits: int) -> str | None:
    dice = _dice(found, "homepage", edits)
    written = f"https://people.example/{found['id']}/{edits}".removesuffix("/0")
    return written if edits or dice.chance(8) else dice.pick((None, None, None, ""))


def _place_of_birth(found: Body, edits: int) -> str | None:
    dice = _dice(found, "place_of_birth", 0)
    if not edits and not dice.chance(60):
        return None
    return words.PLACES[(dice.below(len(words.PLACES)) + edits) % len(words.PLACES)]


_MADE = {
    "also_known_as": _names,
    "biography": _biography,
    "birthday": _birthday,
    "deathday": _deathday,
    "homepage": _homepage,
    "place_of_birth": _place_of_birth,
}
