"""What a discovery costs, and finds, at servers whose lists shift, whose totals are wrong or that ignore filters.

The planner decides about values, so nothing is sent: a model of TMDB lists 40,000 films, 12,000 of them of one day.
"""

from __future__ import annotations

import math
import random
import sys
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from typing import NamedTuple

from ayne.data_collection.tmdb.coverage import Listed, PageRequest, Range, RangeProgress
from ayne.data_collection.tmdb.limits import PAGE_LIMIT, ROW_LIMIT
from ayne.data_collection.tmdb.planner import Planner
from ayne.data_collection.tmdb.ranges import start
from ayne.data_collection.tmdb.request_bounds import FREE, MOST_PER_PAGE
from ayne.kinds.movie import GENRES
from ayne.sandbox.drift import Drift, Snapshot
from benchmarks.processes import Figures

_FILMS, _OF_ONE_DAY = 40_000, 12_000
_FIRST, _LAST = 2000, 2024
_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Server:
    """A model of TMDB that misbehaves in some of these ways.

    Attributes:
        clamped: it tells no more than 500 pages and 10,000 films.
        ties: in how many ways films of equal rank are ordered; 0 for another one on each page.
        moved: the share of films that stand elsewhere among their equals on each page.
        drift: the share of rows of a long list that are repeats, as in the recorded walk.
        flicker: by which share totals are too high or too low.
        unlisted: the share of films that are counted and never listed.
        ignores: filters that it takes no notice of; ``or`` is a comma between genres that it takes for a pipe.
        totals: what it says of a list of so many films, instead of that.
    """

    clamped: bool = False
    ties: int = 1
    moved: float = 0.0
    drift: float = 0.0
    flicker: float = 0.0
    unlisted: float = 0.0
    ignores: frozenset[str] = frozenset()
    totals: Callable[[int, random.Random], int] | None = None


def _ignoring(*names: str) -> Server:
    return Server(ignores=frozenset(names))


def _growing() -> Callable[[int, random.Random], int]:
    calls = iter(range(1, sys.maxsize))
    return lambda total, _: total + 50 * next(calls)


MODES: dict[str, Callable[[], Server]] = {
    "no drift": Server,
    "clamped": lambda: Server(clamped=True),
    "2 replicas": lambda: Server(ties=2),
    "3 replicas": lambda: Server(ties=3),
    "snapshots, 2 % moved": lambda: Server(moved=0.02),
    "snapshots, 10 % moved": lambda: Server(moved=0.1),
    "snapshots, 50 % moved": lambda: Server(moved=0.5),
    "ties reshuffled": lambda: Server(ties=0),
    "the recorded walk": lambda: Server(drift=0.072),
    "totals flicker by 0.01 %": lambda: Server(flicker=0.0001),
    "totals flicker by 0.1 %": lambda: Server(flicker=0.001),
    "totals flicker by 1 %": lambda: Server(flicker=0.01),
    "1 % counted, not listed": lambda: Server(unlisted=0.01),
    "10 % counted, not listed": lambda: Server(unlisted=0.1),
    "date.gte ignored": lambda: _ignoring("date.gte"),
    "date.lte ignored": lambda: _ignoring("date.lte"),
    "both dates ignored": lambda: _ignoring("date.gte", "date.lte"),
    "votes.gte ignored": lambda: _ignoring("votes.gte"),
    "votes.lte ignored": lambda: _ignoring("votes.lte"),
    "with_genres ignored": lambda: _ignoring("with_genres"),
    "without_genres ignored": lambda: _ignoring("without_genres"),
    "comma taken for or": lambda: _ignoring("or"),
    "votes and genres ignored": lambda: _ignoring("votes.gte", "votes.lte", "with_genres", "without_genres"),
    "all filters ignored": lambda: _ignoring(
        "date.gte", "date.lte", "votes.gte", "votes.lte", "with_genres", "without_genres"
    ),
    "all ignored, clamped": lambda: Server(
        clamped=True,
        ignores=frozenset({"date.gte", "date.lte", "votes.gte", "votes.lte", "with_genres", "without_genres"}),
    ),
    "random totals": lambda: Server(totals=lambda _, dice: dice.randrange(100_000)),
    "totals that grow": lambda: Server(totals=_growing()),
    "totals of 0": lambda: Server(totals=lambda *_: 0),
    "totals a tenth too low": lambda: Server(totals=lambda total, _: round(0.9 * total)),
    "totals twice too high": lambda: Server(totals=lambda total, _: 2 * total),
    "totals of 9,999": lambda: Server(totals=lambda *_: 9_999),
    "totals without end": lambda: Server(totals=lambda *_: 10**12),
}


def _share(*key: object) -> float:
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=6).digest()) / 2**48


def catalogue(films: int = _FILMS, of_one_day: int = _OF_ONE_DAY, seed: int = 1) -> list[Listed]:
    """Films in the order of their days, more of them the later, and many on one day."""
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    span = (date(_LAST, 12, 31) - date(_FIRST, 1, 1)).days
    busy = date(2019, 1, 1)
    days = [busy] * of_one_day + [
        date(_FIRST, 1, 1) + timedelta(days=int(span * math.sqrt(dice.random()))) for _ in range(films - of_one_day)
    ]
    return [
        Listed(
            number,
            day,
            int(dice.paretovariate(0.5)) - 1 if dice.random() < 0.6 else 0,
            tuple(dice.sample(GENRES, min(len(GENRES), int(dice.expovariate(0.6))))),
        )
        for number, day in enumerate(sorted(days), 1)
    ]


class Page(NamedTuple):
    """What a planner is told of a page."""

    total_pages: int
    total_results: int
    films: list[Listed]
    rows: int


@dataclass
class Lister:
    """Answers a planner as a server does.

    A film's title is taken for a number that its id decides, so that hardly any two are the same.
    """

    films: Sequence[Listed]
    server: Server
    seed: int = 1
    asked: int = 0
    found: set[int] = field(default_factory=set)
    _of: dict[object, list[Listed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - a seed is the point
        self._titles = {film.tmdb_id: _share(film.tmdb_id) for film in self.films}
        self._restlessness = Drift(self.server.drift).factor
        self._days = [film.day or date.min for film in self.films]

    def page(self, request: PageRequest) -> Page:
        """Answer a request."""
        server = self.server
        listed = self._listed(request)
        total = len(listed)
        said = total
        if server.totals:
            said = server.totals(total, self.dice)
        elif server.flicker:
            said = round(total * (1 + self.dice.uniform(-server.flicker, server.flicker)))
        pages = max(1, math.ceil(said / 20))
        if server.clamped:
            pages, said = min(pages, PAGE_LIMIT), min(said, ROW_LIMIT)
        shown = slice(20 * request.page - 20, 20 * request.page)
        if server.drift:
            snapshot = Snapshot((self.seed, str(request), request.order), self._restlessness)
            rows = [listed[rank] for rank in snapshot.rows(total, shown)]
        else:
            rows = listed[shown]
        rows = [film for film in rows if not server.unlisted or _share("unlisted", film.tmdb_id) >= server.unlisted]
        self.asked += 1
        self.found.update(film.tmdb_id for film in rows)
        return Page(pages, said, rows, len(rows))

    def _listed(self, request: PageRequest) -> list[Listed]:
        server = self.server
        replica = self.asked if server.ties == 0 else self.dice.randrange(server.ties)
        # Titles have no ties, or none to speak of.
        key = (request.range, request.order, replica if request.order != "title" else 0)
        if key not in self._of:
            if len(self._of) > 50:
                self._of.clear()
            self._of[key] = self._sorted(self._matching(request.range), request.order, str(replica), 1.0)
        listed = self._of[key]
        if server.moved and request.order != "title":
            listed = self._sorted(listed, request.order, str(request), server.moved)
        return listed[::-1] if request.reverse else listed

    def _sorted(self, films: list[Listed], order: str, seed: str, moved: float) -> list[Listed]:
        """In this order; of equal films so many stand anywhere, the others where they stood."""
        chance = random.Random(seed).random  # noqa: S311 - a seed is the point
        places = len(films)
        if order == "title":
            return sorted(films, key=lambda film: self._titles[film.tmdb_id])
        ranked = [
            (
                (film.votes or 0) if order == "votes" else film.day,
                chance() * places if chance() < moved else place,
                film,
            )
            for place, film in enumerate(films)
        ]
        return [film for _, _, film in sorted(ranked)]

    def _matching(self, item: Range) -> list[Listed]:
        ignores = self.server.ignores
        first = 0 if "date.gte" in ignores else bisect_left(self._days, item.start)
        last = len(self.films) if "date.lte" in ignores else bisect_right(self._days, item.end)
        low = 0 if "votes.gte" in ignores else item.min_votes or 0
        high = math.inf if "votes.lte" in ignores or item.max_votes is None else item.max_votes
        wanted = set() if "with_genres" in ignores else set(item.with_genres)
        unwanted = set() if "without_genres" in ignores else set(item.without_genres)
        has = any if "or" in ignores and wanted else all
        return [
            film
            for film in self.films[first:last]
            if low <= (film.votes or 0) <= high
            and has(genre in film.genres for genre in wanted)
            and unwanted.isdisjoint(film.genres)
        ]


def whole_span() -> list[Range]:
    """The ranges that a discovery of a catalogue begins with."""
    return start(_FIRST, _LAST)


def discover(films: Sequence[Listed], server: Server, seed: int = 1, most: int = 10**6) -> Figures:
    """Discover what a server lists."""
    lister = Lister(films, server, seed)
    planner = Planner(whole_span())
    ledger: dict[Range, RangeProgress] = {}
    under_way: deque[PageRequest] = deque()
    while lister.asked < most:
        while len(under_way) < _WIDTH and (request := planner.take()) is not None:
            under_way.append(request)
        if not under_way:
            break
        request = under_way.popleft()
        ledger.update((item.range, item) for item in planner.record(request, **lister.page(request)._asdict()))
    leaves = [item for item in ledger.values() if item.state != "split"]
    fewest = math.ceil(len(films) / 20)
    return {
        "films": len(films),
        "found": len(lister.found),
        "requests": lister.asked,
        "ratio": round(lister.asked / fewest, 3),
        "ranges": dict(Counter(item.state for item in leaves)),
        "counted": sum(item.distinct for item in leaves),
        "reported": sum(item.reported_high or 0 for item in leaves),
        "bound": FREE + MOST_PER_PAGE * fewest + _WIDTH,
    }


def drift_modes() -> Figures:
    """Discover 40,000 films from servers of each kind."""
    films = catalogue()
    return {name: discover(films, server()) for name, server in MODES.items()}
