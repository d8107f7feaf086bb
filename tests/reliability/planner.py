"""Whatever films there are, the ranges that a discovery asks for cover them: each film in one, and no request too many.

The planner decides about values, so nothing is sent here: a model of TMDB answers it. It knows films in crowds of
equals, from none at all to more on one day than any filter can tell apart, at the ends of months and years, without a
date, of equal votes. It reports the truth or clamps it, answers in any order, and now and then not at all; and now and
then the discovery is broken off and taken up again from its ledger, as a killed run is.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from ayne.data_collection.tmdb.coverage import Listed, PageRequest, Range, RangeProgress
from ayne.data_collection.tmdb.limits import PAGE_LIMIT, ROW_LIMIT
from ayne.data_collection.tmdb.planner import MOST_PUT_BACK, Planner
from ayne.data_collection.tmdb.ranges import split, start
from ayne.kinds.movie import GENRES
from tests.reliability.campaign import Campaign, Figures, Tally

_PAGE = 20
_PROBES = 60


class _Crowd(NamedTuple):
    """So many films that no query can tell apart, with ids from a first on."""

    day: date | None
    votes: int
    genres: tuple[int, ...]
    size: int
    first_id: int

    def lies_in(self, item: Range) -> bool:
        return (
            self.day is not None
            and item.start <= self.day <= item.end
            and (item.min_votes or 0) <= self.votes
            and self.votes <= (math.inf if item.max_votes is None else item.max_votes)
            and set(item.with_genres) <= set(self.genres)
            and set(item.without_genres).isdisjoint(self.genres)
        )

    def films(self, first: int, last: int) -> list[Listed]:
        return [Listed(self.first_id + n, self.day, self.votes, self.genres) for n in range(first, last)]


@dataclass
class _Tmdb:
    """Lists crowds of films as TMDB lists films."""

    crowds: Sequence[_Crowd]
    clamped: bool
    empty_pages: int
    found: dict[Range, list[_Crowd]] = field(default_factory=dict)

    def matching(self, item: Range) -> list[_Crowd]:
        """Those that a query finds, in its order."""
        if item not in self.found:
            found = (crowd for crowd in self.crowds if crowd.lies_in(item))
            self.found[item] = sorted(found, key=lambda crowd: (crowd.day or date.min, crowd.first_id), reverse=True)
        return self.found[item]

    def total(self, item: Range) -> int:
        """How many films lie in a range."""
        return sum(crowd.size for crowd in self.matching(item))

    def page(self, request: PageRequest) -> list[Listed]:
        """The films of a page."""
        total = self.total(request.range)
        first, last = _PAGE * (request.page - 1), min(_PAGE * request.page, total)
        if request.reverse:
            first, last = max(0, total - last), total - first
        films: list[Listed] = []
        passed = 0
        for crowd in self.matching(request.range):
            begin, end = max(first - passed, 0), min(last - passed, crowd.size)
            films += crowd.films(begin, end) if begin < end else []
            passed += crowd.size
        return films[::-1] if request.reverse else films

    def record(self, planner: Planner, request: PageRequest) -> tuple[list[Listed], tuple[RangeProgress, ...]]:
        """Answer a planner."""
        films, total = self.page(request), self.total(request.range)
        pages = math.ceil(total / _PAGE) or self.empty_pages
        if self.clamped:
            pages, total = min(pages, PAGE_LIMIT), min(total, ROW_LIMIT)
        return films, planner.record(request, total_pages=pages, total_results=total, films=films, rows=len(films))


def _days(dice: random.Random, first: date, last: date) -> date:
    """A day of a span, often one at which something ends."""
    year = dice.randint(first.year, last.year)
    edges = [first, last, date(year, 1, 1), date(year, 12, 31), date(year, 2, 28), date(year, 6, 30), date(year, 7, 1)]
    anywhere = first + timedelta(days=dice.randint(0, (last - first).days))
    return dice.choice([*edges, anywhere, anywhere, anywhere, anywhere])


def _crowds(dice: random.Random, first: date, last: date) -> list[_Crowd]:
    """Some films, in the span and around it."""
    shape = dice.choice(("none", "few", "many", "many", "full day", "one crowd", "at the limit"))
    busy = _days(dice, first, last)
    sizes: list[int] = {
        "none": [],
        "few": [dice.randint(1, 30) for _ in range(dice.randint(1, 8))],
        "many": [dice.randint(1, 60) for _ in range(dice.randint(10, 60))],
        "full day": [dice.randint(1, 3000) for _ in range(dice.randint(3, 7))],
        "one crowd": [dice.choice((ROW_LIMIT - 1, ROW_LIMIT, ROW_LIMIT + 1, 12_345)), 3],
        "at the limit": [ROW_LIMIT // 2, ROW_LIMIT // 2 + dice.choice((-1, 0, 1, 20)), dice.randint(1, 5)],
    }[shape]
    votes = dice.choice(([0], [0, 1, 2, 3], list(range(0, 3000, 7)), [0, 2_000_000]))
    crowds: list[_Crowd] = []
    number = 1
    for size in sizes:
        is_busy = shape == "full day" or (shape == "one crowd" and size > 3)
        day = None if dice.random() < 0.05 else busy if is_busy else _days(dice, first, last)
        if dice.random() < 0.05:
            day = dice.choice((first - timedelta(days=1), last + timedelta(days=1)))
        genres = tuple(dice.sample(GENRES, dice.randint(0, 4)))
        crowds.append(_Crowd(day, dice.choice(votes), genres, size, number))
        number += size
    return crowds


@dataclass
class _Discovery:
    """A discovery, and what a client and a store would know of it."""

    dice: random.Random
    roots: list[Range]
    tmdb: _Tmdb
    failing: float
    width: int
    ledger: dict[Range, RangeProgress] = field(default_factory=dict)
    films: dict[int, Listed] = field(default_factory=dict)
    answered: set[PageRequest] = field(default_factory=set)
    failed: int = 0
    given_up: list[PageRequest] = field(default_factory=list)

    def go_on(self, most: float = math.inf) -> int:
        """Planner to the end, or until so many answers have come; how many came."""
        open_ranges = [item for item in self.ledger.values() if item.state == "open"]
        listed = [film for film in self.films.values() if any(item.range.holds(film) for item in open_ranges)]
        planner = Planner(self.roots, known=self.ledger.values(), listed=listed)
        self.ledger.update((progress.range, progress) for progress in planner.progress)
        under_way: list[PageRequest] = []
        came = 0
        while came < most:
            while len(under_way) < self.width and (request := planner.take()) is not None:
                under_way.append(request)
            if not under_way:
                break
            request = under_way.pop(self.dice.randrange(len(under_way)))
            assert request.page <= PAGE_LIMIT, f"{request} is past what TMDB lists"
            if self.dice.random() < self.failing:
                self.failed += 1
                if not planner.put_back(request):
                    self.given_up.append(request)
                continue
            assert request not in self.answered, f"{request} was asked for again"
            self.answered.add(request)
            films, changed = self.tmdb.record(planner, request)
            self.films.update((film.tmdb_id, film) for film in films)
            self.ledger.update((progress.range, progress) for progress in changed)
            came += 1
        return came

    @property
    def leaves(self) -> list[RangeProgress]:
        """The ranges that cover the span."""
        return [progress for progress in self.ledger.values() if progress.state != "split"]


def _trial(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    first_year = dice.randint(1900, 2030)
    last_year = first_year + dice.choice((0, 0, 1, 10, 60))
    min_votes = dice.choice((0, 0, 200))
    span = date(first_year, 1, 1), date(last_year, 12, 31)
    tmdb = _Tmdb(_crowds(dice, *span), clamped=dice.random() < 0.5, empty_pages=dice.choice((0, 1)))
    roots = start(first_year, last_year, min_votes)
    discovery = _Discovery(dice, roots, tmdb, dice.choice((0.0, 0.0, 0.05)), dice.choice((1, 5, 20)))
    for _ in range(dice.choice((0, 0, 1, 3))):
        discovery.go_on(dice.randint(0, 40))
    # What was given up is asked for by the next run; a few are enough.
    for _ in range(20):
        discovery.given_up.clear()
        discovery.go_on()
        if not discovery.given_up:
            break
    _covers_the_span(discovery, span, min_votes)
    return _count(discovery, roots[0])


def _covers_the_span(discovery: _Discovery, span: tuple[date, date], min_votes: int) -> None:
    dice, tmdb = discovery.dice, discovery.tmdb
    probes = [Listed(0, film.day, film.votes, film.genres) for film in tmdb.crowds if film.votes >= min_votes]
    for _ in range(_PROBES):
        votes = max(min_votes, dice.choice((0, 1, 5, 200, 5000, 2_000_000)))
        probes.append(Listed(0, _days(dice, *span), votes, tuple(dice.sample(GENRES, dice.randint(0, 5)))))
    for film in probes:
        if film.day is None or not span[0] <= film.day <= span[1]:
            continue
        holding = [str(leaf.range) for leaf in discovery.leaves if leaf.range.holds(film)]
        assert len(holding) == 1, f"a film of {film.day} with {film.votes} votes lies in {holding or 'no range'}"
    for leaf in discovery.leaves:
        total = tmdb.total(leaf.range)
        if leaf.state == "proven":
            assert total < ROW_LIMIT, f"{leaf.range} is called proven, and has {total} films"
            missing = {
                crowd.first_id + number for crowd in tmdb.matching(leaf.range) for number in range(crowd.size)
            } - discovery.films.keys()
            assert not missing, f"{leaf.range} is called proven, and {len(missing)} of its films never came"
        else:
            assert leaf.state == "overfull", f"{leaf.range} ends as {leaf.state} at a server that never drifts"
            assert total >= ROW_LIMIT, f"{leaf.range} is called overfull, and has {total} films"
            assert split(leaf.range) is None, f"{leaf.range} is called overfull, and can be split"


def _count(discovery: _Discovery, root: Range) -> Tally:
    """No more requests than the pages of the ranges that were listed, and one for each that was cut."""
    tally = Tally()
    pages = sum(
        min(PAGE_LIMIT, max(1, math.ceil(discovery.tmdb.total(leaf.range) / _PAGE))) for leaf in discovery.leaves
    )
    cut = len(discovery.ledger) - len(discovery.leaves)
    asked = len(discovery.answered)
    # Pages of a range that turned out to be saturated while they were under way come all the same.
    spare = cut * discovery.width
    assert asked <= pages + cut + spare, f"{asked} requests for {pages} pages of ranges, {cut} of them cut"
    assert discovery.failed <= (MOST_PUT_BACK + 1) * 20 * max(1, asked)
    listed = sum(min(ROW_LIMIT, discovery.tmdb.total(leaf.range)) for leaf in discovery.leaves)
    fewest = max(1, math.ceil(min(listed, discovery.tmdb.total(root)) / _PAGE))
    tally.counts.update(
        requests=asked,
        fewest=fewest,
        films=listed,
        cut=cut,
        overfull=sum(leaf.state == "overfull" for leaf in discovery.leaves),
    )
    return tally


def _told(figures: Figures) -> str:
    return (
        f"{figures['trials']:,} catalogues, {figures['films']:,} films in {figures['requests']:,} requests, "
        f"{figures['requests'] / figures['fewest']:.3f} x the fewest possible; {figures['cut']:,} ranges cut, "
        f"{figures['overfull']:,} that cannot be and say so; every film lies in one range, 0 missing"
    )


PLANNER = Campaign(
    "planner",
    "Whatever films there are, every one is in one range that is asked for, or in one that says it cannot be listed",
    _trial,
    quick=400,
    long=20_000,
    told=_told,
)
