"""The people of invented films: who they are, and which of them made a film together.

A person is a function of the id alone, so somebody keeps name and face in every film; an ensemble is a function of its
number, so a person's films are the films of the ensembles the person is in. The lower an id, the more films.
"""

from functools import lru_cache

from ayne.sandbox.chance import SIZE, Dice, weighted

from . import words
from .columns import Body, Ensemble
from .drawn import Drawn

_FIRST_ID = 1000
# Every first name with every last name; then again with an initial, and again with a second last name.
_PLAIN = len(words.FIRST_NAMES) * len(words.LAST_NAMES)
_INITIALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PEOPLE = _PLAIN * (1 + len(_INITIALS) + len(words.LAST_NAMES))
#: The ids of all people.
PEOPLE = range(_FIRST_ID, _FIRST_ID + _PEOPLE)
_REMEMBERED = 10_000

_DEPARTMENTS = weighted(
    ("Acting", 60), ("Directing", 10), ("Writing", 9), ("Production", 9), ("Camera", 3), ("Editing", 3), ("Sound", 3),
    ("Art", 2), ("Crew", 1),
)  # fmt: skip
_JOBS = (
    ("Writing", "Screenplay"),
    ("Writing", "Novel"),
    ("Production", "Producer"),
    ("Production", "Executive Producer"),
    ("Camera", "Director of Photography"),
    ("Editing", "Editor"),
    ("Sound", "Original Music Composer"),
    ("Art", "Production Design"),
    ("Costume & Make-Up", "Costume Design"),
)
# How many play in a film: nobody is known of many, twenty of a few.
_CASTS = ((0, 0), (1, 4), (5, 10), (8, 14), (12, 20))


def person(person_id: int) -> Body | None:
    """Return somebody as credits show them; None when nobody has this id."""
    return dict(credited(person_id)) if 0 <= person_id - _FIRST_ID < _PEOPLE else None


@lru_cache(_REMEMBERED)
def credited(person_id: int) -> Body:
    """Return one of the people as credits show them; the body is shared, and not to be changed."""
    dice = Dice("person", person_id)
    name = _name(person_id - _FIRST_ID)
    return {
        "adult": dice.chance(1),
        "gender": dice.pick((0, 0, 1, 1, 1, 2, 2, 2, 2, 3)),
        "id": person_id,
        "known_for_department": _DEPARTMENTS[dice.below(SIZE)],
        "name": name,
        "original_name": name,
        "popularity": dice.below(200_000) / 10_000,
        "profile_path": None if dice.chance(45) else dice.image(),
    }


def _name(number: int) -> str:
    """Return a name that nobody else has.

    >>> _name(0), _name(_PLAIN), _name(_PLAIN * 27 + 3)
    ('Amina Adeyemi', 'Amina A. Adeyemi', "Amina D'Amico-Adeyemi")
    """
    kind, plain = divmod(number, _PLAIN)
    first, last = divmod(plain, len(words.LAST_NAMES))
    initials = len(_INITIALS)
    middle = f" {_INITIALS[kind - 1]}." if 1 <= kind <= initials else ""
    second = f"-{words.LAST_NAMES[kind - initials - 1]}" if kind > initials else ""
    return f"{words.FIRST_NAMES[first]}{middle} {words.LAST_NAMES[last]}{second}"


def somebody(dice: Dice) -> int:
    """Return the id of one of the people: those with low ids are asked more often."""
    return _FIRST_ID + dice.below(1 + dice.below(_PEOPLE))


def _ensemble(number: int) -> Ensemble:
    dice = Dice("ensemble", number)
    cast = [somebody(dice) for _ in range(dice.between(*dice.pick(_CASTS)))]
    if cast and dice.chance(6):
        cast.append(dice.pick(cast))
    crew = [somebody(dice)]
    jobs = [("Directing", "Director")]
    if dice.chance(45):
        # Who directs often writes: the same person again, under another credit_id.
        crew.append(crew[0])
        jobs.append(("Writing", "Writer"))
    if cast and dice.chance(10):
        crew.append(cast[0])
        jobs.append(("Production", "Producer"))
    for _ in range(dice.below(5)):
        crew.append(somebody(dice))
        jobs.append(dice.pick(_JOBS))
    return Ensemble(tuple(cast), tuple(crew), tuple(jobs))


#: What the code of an ensemble means: nobody is in all of them, and somebody in each.
ENSEMBLES = Drawn(SIZE, _ensemble)
