"""Lists that never stand still: pages that repeat films and lose others, totals that move, rows that cannot be read.

The planner lists films of a server that tells it something else each time. It must come to an end, at a bounded price.
What it calls proven must be what it says, as many films as the server ever spoke of; and every film that came must lie
in one range of the ledger.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from ayne.data_collection.tmdb.coverage import Listed, PageRequest, Range, RangeProgress
from ayne.data_collection.tmdb.limits import PAGE_LIMIT
from ayne.data_collection.tmdb.planner import Planner
from ayne.data_collection.tmdb.ranges import start
from ayne.kinds.movie import GENRES
from tests.reliability.campaign import Campaign, Figures, Tally

_PAGE = 20
_SPAN = date(2010, 1, 1), date(2012, 12, 31)

# What a discovery may cost: so many times the pages that the server speaks of, and something to begin with. The
# recorded drift costs a fifth to two thirds more than there are pages; this is for servers that are far worse.
_DEAREST, _BEGINNING = 8, 400


@dataclass
class _Restless:
    """Answers with the films of a query in an order that changes, and with totals of the moment."""

    dice: random.Random
    films: list[Listed]
    swaps: float
    unreadable: float
    totals: tuple[int, ...]
    reported: Counter[Range] = field(default_factory=Counter)
    sent: dict[int, Listed] = field(default_factory=dict)
    asked: int = 0

    def answer(self, planner: Planner, request: PageRequest) -> tuple[RangeProgress, ...]:
        """One page, as it happens to be."""
        self.asked += 1
        lying = [film for film in self.films if request.range.holds(film)]
        total = max(0, len(lying) + self.dice.choice(self.totals))
        self.reported[request.range] = max(self.reported[request.range], total)
        lying.sort(key=lambda film: (film.day or date.min, film.tmdb_id), reverse=not request.reverse)
        for place in range(len(lying)):
            if self.dice.random() < self.swaps:
                other = self.dice.randrange(len(lying))
                lying[place], lying[other] = lying[other], lying[place]
        rows = lying[_PAGE * (request.page - 1) : _PAGE * request.page]
        if rows and self.dice.random() < self.swaps:
            # The same film twice on one page, and a film that has just moved here from another range.
            rows = [*rows[:-1], rows[0]]
        read = [film for film in rows if self.dice.random() >= self.unreadable]
        self.sent.update((film.tmdb_id, film) for film in read)
        pages = max(math.ceil(total / _PAGE), self.dice.choice((0, 1)))
        pages = min(pages, PAGE_LIMIT)
        return planner.record(request, total_pages=pages, total_results=total, films=read, rows=len(rows))


def _films(dice: random.Random) -> list[Listed]:
    days = [_SPAN[0] + timedelta(days=dice.randrange(1096)) for _ in range(dice.choice((1, 20, 200)))]
    return [
        Listed(
            number, dice.choice(days), dice.choice((0, 0, 1, 5, 300)), tuple(dice.sample(GENRES, dice.randint(0, 3)))
        )
        for number in range(1, 1 + dice.choice((0, 3, 20, 21, 400, 2_000)))
    ]


def _trial(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    server = _Restless(
        dice,
        _films(dice),
        swaps=dice.choice((0.0, 0.001, 0.02, 0.3)),
        unreadable=dice.choice((0.0, 0.0, 0.02)),
        totals=dice.choice(((0,), (-1, 0, 1), (0, 0, 7), (-20, 0, 20), (0, 0, 0, 9_000))),
    )
    planner = Planner(start(_SPAN[0].year, _SPAN[1].year))
    ledger = {progress.range: progress for progress in planner.progress}
    under_way: list[PageRequest] = []
    dearest = _BEGINNING + _DEAREST * (len(server.films) + max(server.totals)) // _PAGE
    while True:
        while len(under_way) < 5 and (request := planner.take()) is not None:
            under_way.append(request)
        if not under_way:
            break
        request = under_way.pop(dice.randrange(len(under_way)))
        assert 1 <= request.page <= PAGE_LIMIT, f"{request} is past what TMDB lists"
        changed = server.answer(planner, request)
        ledger.update((progress.range, progress) for progress in changed)
        assert server.asked <= dearest, f"{server.asked} requests for {len(server.films)} films, and no end"
    return _judged(server, [progress for progress in ledger.values() if progress.state != "split"])


def _judged(server: _Restless, leaves: list[RangeProgress]) -> Tally:
    tally = Tally()
    for film in server.sent.values():
        holding = [str(leaf.range) for leaf in leaves if leaf.range.holds(film)]
        assert len(holding) == 1, f"a film of {film.day} with {film.votes} votes lies in {holding or 'no range'}"
    for leaf in leaves:
        known = sum(leaf.range.holds(film) for film in server.sent.values())
        assert leaf.state != "open", f"{leaf.range} is left open"
        if leaf.state == "proven":
            spoken_of = server.reported[leaf.range]
            assert known >= spoken_of, f"{leaf.range} is called proven with {known} films of {spoken_of}"
        tally.counts[f"{leaf.state} ranges"] += 1
    tally.counts.update(films=len(server.films), found=len(server.sent), requests=server.asked)
    return tally


def _told(figures: Figures) -> str:
    return (
        f"{figures['trials']:,} discoveries over lists that repeat, lose and miscount films: all end, "
        f"{figures['requests']:,} requests found {figures['found']:,} of {figures['films']:,} films; "
        f"{figures['proven ranges']:,} ranges are proven, each with as many films as were ever reported, "
        f"{figures['best effort ranges']:,} say that they may lack some"
    )


RESTLESS = Campaign(
    "restless",
    "However restless a list is, the discovery over it ends, and calls nothing complete that is not",
    _trial,
    quick=48,
    long=1_500,
    told=_told,
)
