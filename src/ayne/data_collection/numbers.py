"""Choose the lists that are worth most for one request: those that correct the most votes of stored films.

Films are grouped into cells, each a span of days and a class of votes that one request renews. A cell is worth what
its films are expected to gain; :mod:`~ayne.data_collection.list_renewal` asks for what is chosen here.

Votes, averages and popularity change without an edit, so TMDB's change feed does not name them. A list renews those of
twenty films with one request. This module decides which lists to ask for, and estimates how fresh the other films are.
A copy is fresh in one of two senses: its count of votes is *equal* to TMDB's, or *close* to it, within 1 vote or 1
percent.

The model: votes come one by one, at a rate that depends on how many a film has and on its age (a Poisson process). The
rates are those of public snapshots: 32 daily ones of 353 films in January and February 2026, and four of
8,000 to 10,000 films between March 2022 and February 2026. A rate that is wrong by a factor of 3 costs less than a
point of freshness, so no rate is kept for a single film.

Sources:
    What renewing a copy is worth: Azar, Horvitz, Lubetzky, Peres, Shahaf, *Tractable near-optimal policies for
    crawling*, PNAS
    115 (2018), 8099-8103, whose index is the case ``needed=1``. What changes too fast is given up on purpose.
    Freshness of copies of what changes at random: Cho, Garcia-Molina, *Effective page refresh policies for web
    crawlers*, ACM TODS 28 (2003), 390-426.
    To fetch at once what a complete feed names, and schedule the rest: Kolobov, Peres, Lu, Horvitz, *Staying up to date
    with online content changes using reinforcement learning for scheduling*, NeurIPS 2019.
"""

# Pure: values in, values out.

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate, groupby
from math import ceil, erfc, exp, expm1, sqrt
from operator import attrgetter
from typing import NamedTuple

from ayne.data_collection.tmdb.limits import ROWS_PER_PAGE

# The least votes of each class. Few films leave their class between two looks, and a class is a filter of a list.
VOTE_CLASSES = (0, 1, 10, 50, 200, 1000, 5000)

# By what share a popularity out of an export must differ from the one noted last, to be noted in the history too.
NOTED_CHANGE = 0.5

_YEAR = 365


class Copies(NamedTuple):
    """Stored films that are alike in what matters here.

    Attributes:
        released: the day of their release, None when it is unknown.
        votes: how many votes each has in the file; not negative.
        seen: the day (UTC) as of which the file knows that.
        films: how many they are.
    """

    released: date | None
    votes: int
    seen: date
    films: int = 1


class Look(NamedTuple):
    """Stored films that were fetched again, and how their votes changed in between.

    Attributes:
        released: the day of their release, None when it is unknown.
        votes: how many votes each had.
        days: how many days later it was seen again.
        gained: how many votes it had won by then; negative when it lost some.
        films: how many they are.
    """

    released: date | None
    votes: int
    days: int
    gained: int
    films: int = 1


Surprises = Mapping[tuple[int, bool], float]
"""How often a day a film is found apart that the rates say nothing of, by class of votes and whether it is young."""


def rate_of_change(votes: int, age: int | None) -> float:
    """Return the expected new votes a day of a film with so many votes.

    Args:
        votes: how many it has.
        age: days since its release; negative before it, None when the day is unknown.

    >>> round(rate_of_change(10_000, 20 * 365), 3), round(rate_of_change(10_000, 90), 1), rate_of_change(0, None)
    (2.401, 45.0, 0.001)
    """
    if age is None or age < 0:
        share = 1e-4
    elif age < 2 * _YEAR:
        share = 0.45 / (age + 10)
    elif age < 3 * _YEAR:
        share = 4e-4
    else:
        share = 2.4e-4
    return votes * share + 0.001


def needed_to_differ(votes: int) -> int:
    """Return how many new votes make a stored count no longer close: neither within 1 nor within 1 percent.

    >>> needed_to_differ(0), needed_to_differ(199), needed_to_differ(200), needed_to_differ(10_000)
    (2, 2, 3, 101)
    """
    return max(1, votes // 100) + 1


# Up to so many terms the sum is as fast as the approximation, which is at its worst there.
_EXACT_UP_TO = 12


def chance_of_votes(needed: int, expected: float) -> float:
    """Return the probability of at least ``needed`` votes when so many are expected.

    It is the regularised lower incomplete gamma function P(needed, expected): the sum of the Poisson distribution for
    few votes, and Wilson and Hilferty's cube root for many (Proc. Natl. Acad. Sci. 17 (1931), 684-688), whose error is
    below 0.002 there.

    >>> [round(chance_of_votes(1, expected), 3) for expected in (0, 0.1, 1, 10)]
    [0.0, 0.095, 0.632, 1.0]
    >>> round(chance_of_votes(101, 101), 2)
    0.51
    """
    if expected <= 0:
        return 0.0
    if needed <= _EXACT_UP_TO:
        term = total = 1.0
        for number in range(1, needed):
            term *= expected / number
            total += term
        return max(0.0, 1.0 - exp(-expected) * total)
    spread = 1 / (9 * needed)
    return 0.5 * erfc((1 - spread - (expected / needed) ** (1 / 3)) / sqrt(2 * spread))


class Outlook(NamedTuple):
    """What is expected of copies as they are, summed over films.

    Attributes:
        films: how many.
        worth: how much a look at them adds, in days of a fresh copy; see :func:`worth`.
        unequal: how many are expected to have another count of votes by now.
        apart: how many of those are expected not to be close to it either.
    """

    films: int = 0
    worth: float = 0.0
    unequal: float = 0.0
    apart: float = 0.0

    @property
    def equal_share(self) -> float:
        """The share of copies expected to have TMDB's count of votes; 1 if there are no copies."""
        return 1 - self.unequal / self.films if self.films else 1.0

    @property
    def close_share(self) -> float:
        """The share of copies expected to be within 1 vote or 1 percent of it; 1 if there are no copies."""
        return 1 - self.apart / self.films if self.films else 1.0


def worth(needed: int, rate: float, days: float) -> float:
    """Return how much is gained by renewing a copy of that age, which ``needed`` new votes make stale.

    A copy that is looked at every T days is fresh for a mean of T·(1 - P) + needed/rate·P' days of them. The worth of
    looking after T days is what this mean gains on the chance of being fresh at the end: (needed/rate)·P(needed + 1,
    rate·T), with P as in :func:`chance_of_votes`. Visiting what is worth most keeps the most copies fresh in the long
    run. For ``needed=1`` it is (1 - e^-x (1 + x)) / rate with x = rate·T.

    >>> worth(1, 0.1, 0) == 0 < worth(1, 0.1, 5) < worth(1, 0.1, 50) < 1 / 0.1
    True
    """
    chance = chance_of_votes(needed + 1, rate * days)
    # Where votes hardly ever come, `needed / rate` may be beyond what a float holds, and the chance is zero.
    return needed / rate * chance if chance else 0.0


def surprises(looks: Iterable[Look], today: date) -> Surprises:
    """Return how often films changed in a way that the rates do not explain, as a rate of each class.

    Rates are those of TMDB, and votes one by one. Where many more films are found apart than that, because votes come
    otherwise, what is expected must not be better than what is found. What chance explains, which is two standard
    deviations, is no surprise, nor is a class that fares better than the rates say.

    Args:
        looks: how the votes of films went from one moment to another.
        today: the day (UTC).

    >>> day = date(2026, 6, 1)
    >>> surprises([Look(date(1999, 1, 1), 5, 10, 0, 900), Look(date(1999, 1, 1), 5, 10, 3, 100)], day)
    {(1, False): 0.00...}
    >>> surprises([Look(date(1999, 1, 1), 5, 10, 1, 1000)], day)
    {}
    """
    sums: dict[tuple[int, bool], list[float]] = {}
    for released, votes, days, gained, films in looks:
        age = None if released is None else _age(released, today)
        needed = needed_to_differ(votes)
        found = sums.setdefault(_class_of(votes, age), [0.0, 0.0, 0.0])
        found[0] += films * (abs(gained) >= needed)
        found[1] += films * outlook(votes, age, days).apart
        found[2] += films * days
    rates = {
        which: (apart - expected - 2 * sqrt(expected)) / days for which, (apart, expected, days) in sums.items() if days
    }
    return {which: rate for which, rate in rates.items() if rate > 0}


def _class_of(votes: int, age: int | None) -> tuple[int, bool]:
    return bisect_right(VOTE_CLASSES, votes) - 1, age is not None and age < 2 * _YEAR


@lru_cache(maxsize=1 << 16)
def outlook(votes: int, age: int | None, days: int, surprise: float = 0.0) -> Outlook:
    """Return what is expected of one copy.

    Args:
        votes: how many votes it has.
        age: days since the film's release; negative before it, None when the day is unknown.
        days: how long ago the copy was seen to be right.
        surprise: how often a day such a film is found apart beyond what its rate says; see :func:`surprises`.

    >>> outlook(1000, 5000, 0)
    Outlook(films=1, worth=0.0, unequal=0.0, apart=0.0)
    >>> outlook(1000, 5000, 30).unequal > 0.99 and outlook(1000, 5000, 30).apart < 0.2
    True
    """
    rate, needed = rate_of_change(votes, age), needed_to_differ(votes)
    apart = 1 - (1 - chance_of_votes(needed, rate * days)) * exp(-surprise * max(0, days))
    return Outlook(
        films=1,
        worth=worth(1, rate, days) + worth(needed, rate, days) + worth(1, surprise, days),
        unequal=max(apart, chance_of_votes(1, rate * days)),
        apart=apart,
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A span of days and a class of votes: the films of one list, which one request renews.

    Attributes:
        first: the first day of release.
        last: the last one.
        min_votes: the least votes.
        max_votes: the most votes, None for any number.
        outlook: what is to be expected of the stored films in it.
    """

    first: date
    last: date
    min_votes: int
    max_votes: int | None
    outlook: Outlook

    @property
    def requests(self) -> int:
        """The number of pages the stored films fill: more than one where a single day has more than a page of them."""
        return -(-self.outlook.films // ROWS_PER_PAGE)


def cells(copies: Iterable[Copies], today: date, surprising: Surprises | None = None) -> Iterator[Cell]:
    """Yield the cells that stored films fill, each with as many days as fit on a page.

    Films without a day of release are in none: no list can be cut out for them.

    Args:
        copies: the films, ordered by the day of their release. They are read once, and none is held.
        today: the day (UTC).
        surprising: what their rates do not explain.

    >>> old, day = date(1999, 10, 15), date(2026, 6, 1)
    >>> [(cell.min_votes, cell.requests) for cell in cells([Copies(old, 7, day, 50), Copies(old, 900, day)], day)]
    [(1, 3), (200, 1)]
    """
    beyond = (surprising or {}).get
    filling: dict[int, _Filling] = {}
    for released, alike in groupby(copies, key=attrgetter("released")):
        if released is None:
            continue
        age = _age(released, today)
        of_the_day: dict[int, _Filling] = {}
        for _, votes, seen, films in alike:
            number = bisect_right(VOTE_CLASSES, votes) - 1
            added = of_the_day.get(number)
            if added is None:
                added = of_the_day[number] = _Filling(released, released)
            surprise = beyond(_class_of(votes, age), 0.0)
            _, gain, unequal, apart = outlook(votes, age, _since(seen, today), surprise)
            added.gain(films, films * gain, films * unequal, films * apart)
        for number, added in of_the_day.items():
            before = filling.get(number)
            if before and before.films + added.films <= ROWS_PER_PAGE:
                before.last = added.last
                before.gain(added.films, added.worth, added.unequal, added.apart)
                continue
            if before:
                yield before.cell(number)
            filling[number] = added
    for number, rest in sorted(filling.items()):
        yield rest.cell(number)


@dataclass(slots=True)
class _Filling:
    """A cell that may still grow."""

    first: date
    last: date
    films: int = 0
    worth: float = 0.0
    unequal: float = 0.0
    apart: float = 0.0

    def gain(self, films: int, worth: float, unequal: float, apart: float) -> None:
        self.films += films
        self.worth += worth
        self.unequal += unequal
        self.apart += apart

    def cell(self, number: int) -> Cell:
        above = VOTE_CLASSES[number + 1 : number + 2]
        expected = Outlook(self.films, self.worth, self.unequal, self.apart)
        return Cell(self.first, self.last, VOTE_CLASSES[number], above[0] - 1 if above else None, expected)


def _age(released: date, today: date) -> int:
    """Days since a release. Beyond three years, where the rate depends on it no more, all are one."""
    return max(-1, min(3 * _YEAR, (today - released).days))


def _since(seen: date, today: date) -> int:
    """Days since a copy was seen; a clock that is ahead makes none of them younger than that."""
    return max(0, (today - seen).days)


@dataclass(frozen=True, slots=True)
class Choice:
    """Cells that are worth asking for, and the gain.

    Attributes:
        cells: what to ask for, the most worthwhile first.
        requests: how many requests that takes.
        before: what is to be expected of all films in cells as they are.
        after: what is when these cells have been asked for.
        total: how many requests all cells together would take.
    """

    cells: tuple[Cell, ...]
    requests: int
    before: Outlook
    after: Outlook
    total: int


def choose(found: Iterable[Cell], *, requests: int | None = None, target: float | None = None) -> Choice:
    """Choose the cells whose renewal is worth most for a request.

    Args:
        found: all cells.
        requests: the most requests that may be spent on them, None for any number.
        target: the share of films, from 0 to 1, that are to be close; when that is reached no more is chosen.

    Raises:
        ValueError: a number is out of range.

    >>> now, day = date(2026, 6, 1), date(2026, 3, 1)
    >>> old = [Cell(date(1999, 1, 1), date(1999, 1, 9), 200, 999, Outlook(20, worth, 9, 4)) for worth in (1.0, 2.0)]
    >>> choice = choose(old, requests=1)
    >>> choice.cells[0].outlook.worth, choice.before.close_share, choice.after.close_share
    (2.0, 0.8, 0.9)
    """
    if requests is not None and requests < 0:
        raise ValueError(f"requests must not be negative, got {requests}")
    if target is not None and not 0 <= target <= 1:
        raise ValueError(f"a target is a share of films from 0 to 1, not {target}")
    every = list(found)
    before = after = _summed(cell.outlook for cell in every)
    every.sort(key=lambda cell: cell.outlook.worth / cell.requests, reverse=True)
    chosen, spent = [], 0
    for cell in every:
        is_enough = target is not None and after.close_share >= target
        if is_enough or cell.outlook.worth <= 0 or spent == requests:
            break
        if requests is None or spent + cell.requests <= requests:
            chosen.append(cell)
            spent += cell.requests
            _, *gains = cell.outlook
            after = Outlook(after.films, *(max(0.0, was - gain) for was, gain in zip(after[1:], gains, strict=True)))
    return Choice(tuple(chosen), spent, before, after, sum(cell.requests for cell in every))


def _summed(outlooks: Iterable[Outlook]) -> Outlook:
    films, *sums = (sum(values) for values in zip((0, 0.0, 0.0, 0.0), *outlooks, strict=True))
    return Outlook(int(films), *sums)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the numbers of a file are believed to be.

    Attributes:
        expected: what is to be expected of all films.
        median_age: days since the numbers were seen to be right, of the film in the middle; None without a film.
        oldest_age: the same of the film that was not looked at for the longest.
    """

    expected: Outlook
    median_age: int | None
    oldest_age: int | None


def freshness(copies: Iterable[Copies], today: date, surprising: Surprises | None = None) -> Freshness:
    """Estimate how fresh numbers are, whether lists reach them or not.

    Args:
        copies: the films, in any order.
        today: the day (UTC).
        surprising: what their rates do not explain.

    >>> day = date(2026, 6, 1)
    >>> freshness([Copies(None, 0, day, 2), Copies(date(1999, 1, 1), 50_000, date(2026, 1, 1))], day)
    Freshness(expected=Outlook(films=3, worth=..., unequal=1.0, apart=1.0), median_age=0, oldest_age=151)
    """
    beyond = (surprising or {}).get
    films, gain, unequal, apart = 0, 0.0, 0.0, 0.0
    ages: dict[int, int] = {}
    for group in copies:
        age = None if group.released is None else _age(group.released, today)
        days = _since(group.seen, today)
        one = outlook(group.votes, age, days, beyond(_class_of(group.votes, age), 0.0))
        films += group.films
        gain += one.worth * group.films
        unequal += one.unequal * group.films
        apart += one.apart * group.films
        ages[days] = ages.get(days, 0) + group.films
    ascending = sorted(ages)
    reached = accumulate(ages[age] for age in ascending)
    median = next((age for age, so_far in zip(ascending, reached, strict=True) if 2 * so_far >= films), None)
    return Freshness(Outlook(films, gain, unequal, apart), median, max(ages, default=None))


# Below that share a day, what the feed renews changes nothing.
_HARDLY = 1e-9


def details_quota(due: Iterable[tuple[int, int]], renewed: float = 0.0) -> int:
    """Return how many of the oldest copies to fetch in a day, so that none expires and no day has to fetch them all.

    It is the largest over all horizons. Of n copies that fall due within h days, the feed renews a share φ a day, and
    the quota q a fixed number: dn/dt = -φn - q leaves none after h days for q = φn / (e^φh - 1), which is n / h where
    the feed renews nothing. So the quota stays the same from day to day, and grows by itself where φ was too high.

    Args:
        due: how many copies reach their limit in so many days: pairs of days, 0 or less for those that have, and films.
        renewed: the share of older copies that the feed renews each day.

    >>> details_quota([(100, 1000)]), details_quota([(100, 1000), (0, 30)]), details_quota([(100, 1000)], 0.01)
    (10, 30, 6)
    """
    most, so_far = 0.0, 0
    for days, films in sorted(due):
        so_far += films
        horizon = max(1, days)
        most = max(most, so_far * (renewed / expm1(renewed * horizon) if renewed > _HARDLY else 1 / horizon))
    return ceil(most - 1e-9)
