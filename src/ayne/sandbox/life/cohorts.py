"""The films that are added on one day: like all invented films, but new.

Most come out within months of the day they are added, some are old films that nobody had entered before. Hardly anybody
has voted for them yet, and their ids follow the highest one that was ever given.
"""

from array import array
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from functools import cache
from itertools import accumulate
from typing import Any

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.chance import draws, quantiles
from ayne.sandbox.films.columns import Columns, in_order_of_date
from ayne.sandbox.films.generation import generated_columns
from ayne.sandbox.films.invention import Invented

_FIRST_DAY = date(1920, 1, 1).toordinal()
#: Days from the day a film is added to its release, for most films.
_AHEAD = ((0, -900), (250, -30), (600, 30), (900, 365), (1000, 900))
_VOTES = ((0, 0), (700, 0), (1000, 30))
_AVERAGES = ((0, 3000), (500, 6200), (1000, 9500))
_POPULARITIES = ((0, 0), (500, 3_000), (950, 20_000), (1000, 150_000))


def cohort(films: int, seed: int, today: int, first_id: int, base: Columns) -> Catalogue:
    """Return the films that are added on a day (a day number), with ids from `first_id` on.

    What is a code in the columns means the same as in `base`, so that the films can stand among the others.

    Raises:
        ValueError: Another catalogue than an invented one knows too few meanings for that.
    """
    own = seed * 1_000_003 + today
    made = generated_columns(films, own, 0, 0.0)
    days = _days(films, own, today)
    is_out = [0 < day <= today for day in days]
    votes = [count if out else 0 for count, out in zip(_drawn(films, own, "votes", _VOTES), is_out, strict=True)]
    averages = _drawn(films, own, "averages", _AVERAGES)
    columns = replace(
        made,
        **_meanings(made, base),
        ids=array("i", accumulate((1 + (draw & 1) for draw in draws(own, "gaps", films)), initial=first_id))[:films],
        days=days,
        votes=array("i", votes),
        averages=array("d", [mean / 1000 if count else 0.0 for mean, count in zip(averages, votes, strict=True)]),
        popularities=array("d", [value / 10_000 for value in _drawn(films, own, "popularities", _POPULARITIES)]),
        revenues=array("q", bytes(8 * films)),
    )
    columns = in_order_of_date(columns)
    return Catalogue(columns, Invented(columns, own, released_until=today))


def _meanings(made: Columns, base: Columns) -> dict[str, Any]:
    meanings: dict[str, Sequence[object]] = {
        field.name: getattr(base, field.name)
        for field in fields(Columns)
        if not isinstance(getattr(base, field.name), array)
    }
    if any(len(getattr(made, name)) > len(meaning) for name, meaning in meanings.items()):
        raise ValueError("films can be added to an invented catalogue only, not to a table of real ones")
    return meanings


def _days(films: int, seed: int, today: int) -> "array[int]":
    """Of a hundred films five have no date, and fifteen can be as old as any."""
    ahead = _drawn(films, seed, "ahead", _AHEAD)
    ages, oldest = draws(seed, "ages", films), draws(seed, "oldest", films)
    days = array("i")
    for step, age, draw in zip(ahead, ages, oldest, strict=True):
        percent = age % 100
        if percent < 5:
            days.append(0)
        elif percent < 20:
            days.append(_FIRST_DAY + (today - _FIRST_DAY) * draw // (1 << 16))
        else:
            days.append(today + step)
    return days


def _drawn(films: int, seed: int, name: str, points: tuple[tuple[int, int], ...]) -> list[int]:
    table = _table(points)
    return [table[draw] for draw in draws(seed, f"cohort/{name}", films)]


# The tables are long, and a sandbox that never lives should not make them.
@cache
def _table(points: tuple[tuple[int, int], ...]) -> list[int]:
    return quantiles(*points)
