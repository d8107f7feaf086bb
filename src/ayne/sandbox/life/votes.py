"""How votes come at TMDB, and popularity with them: measured on public snapshots of it.

Votes come one by one, at random moments (a Poisson process), and in proportion to the votes there are: in 32 daily
snapshots of 353 films (January and February 2026) and four tables of 8,000 to 10,000 films (2022 to 2026), old films
gained 1.5 to 4.5 of 10,000 of their votes a day, films of the first year about one of a thousand. Popularity was
another one each day for nearly every film, votes or not.
"""

from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from math import exp, sqrt
from statistics import NormalDist

from ayne.sandbox.chance import SIZE, draws, quantiles
from ayne.sandbox.films.columns import WorkColumns

_YEAR = 365
# Above it, the normal distribution stands in for Poisson's.
_MANY = 30.0
_BELL = NormalDist()
#: By how much the popularity of a day is above or below a film's own, in thousandths.
_RESTLESS = ((0, 700), (100, 880), (500, 1000), (900, 1140), (1000, 1500))
_MASK = (1 << 64) - 1


def rate(votes: int, age: int | None) -> float:
    """Return how many votes a day a film gains: one with so many votes, and so many days old, None without a date.

    >>> rate(10_000, 4000), round(rate(10_000, 90)), rate(0, None)
    (2.401, 45, 0.001)
    """
    if age is None or age < 0:
        share = 1e-4
    elif age < 2 * _YEAR:
        share = 0.45 / (age + 10)
    else:
        share = 4e-4 if age < 3 * _YEAR else 2.4e-4
    return votes * share + 0.001


def voted_on(seed: int, midnight: int, columns: WorkColumns, today: int, pace: float) -> Iterator[tuple[int, int]]:
    """Return the positions of the films that gain votes on a day (a day number), and how many they gain."""
    drawn = draws(seed, f"{midnight}/votes", len(columns.ids))
    for position, draw in enumerate(drawn):
        day = columns.days[position]
        expected = pace * rate(columns.votes[position], today - day if day else None)
        if new := _poisson(expected, (draw + 0.5) / SIZE):
            yield position, new


def _poisson(expected: float, chance: float) -> int:
    """Return how many come where so many are expected, for a chance above 0 and below 1."""
    if expected > _MANY:
        return max(0, round(expected + sqrt(expected) * _BELL.inv_cdf(chance)))
    count, term = 0, exp(-expected)
    below = term
    while chance > below and count < 10 * _MANY:
        count += 1
        term *= expected / count
        below += term
    return count


def popularities(ids: Sequence[int], own: Sequence[float], midnight: int) -> "array[float]":
    """Return the popularity of films on the day that starts at a midnight, from what is their own all the time."""
    day = midnight * 0x9E3779B97F4A7C15
    table = _restless()
    return array("d", [_popularity(film, popularity, day, table) for film, popularity in zip(ids, own, strict=True)])


@cache
def _restless() -> list[int]:
    return quantiles(*_RESTLESS)


def _popularity(film: int, own: float, day: int, table: Sequence[int]) -> float:
    mixed = ((film * 0xD1B54A32D192ED03 + day) & _MASK) * 0xBF58476D1CE4E5B9 & _MASK
    return round((own or 0.0001) * table[(mixed ^ mixed >> 31) >> 24 & SIZE - 1] / 1000, 4)
