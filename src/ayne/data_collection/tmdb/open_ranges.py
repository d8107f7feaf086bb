"""The state of an unfinished range of a discovery: what was asked for, what came, how it was split."""

# Pure: values in, values out.

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ayne.data_collection.tmdb import ranges
from ayne.data_collection.tmdb.chains import Chain
from ayne.data_collection.tmdb.coverage import Listed, ListOrder, PageRequest, Range, RangeProgress
from ayne.data_collection.tmdb.limits import PAGE_LIMIT, ROW_LIMIT, ROWS_PER_PAGE
from ayne.data_collection.tmdb.ranges import Axis

# Ranges of so few pages are swept again as they are rather than cut.
FEW_PAGES = 3

# Pieces may have so much more than the whole: films are added and totals flicker, by less than a hundredth each.
_MARGIN = 0.03

Stage = Literal["counting", "waiting", "listing", "sweeping", "divided", "closed"]
"""What happens to a range next: see :mod:`~ayne.data_collection.tmdb.planner`."""


@dataclass(slots=True, eq=False)
class Span:
    """A range of the discovery, with the films that are known to lie in it while it is not finished."""

    progress: RangeProgress
    stage: Stage = "counting"
    order: ListOrder = "asked"
    films: dict[int, Listed] = field(default_factory=dict)
    own: set[int] = field(default_factory=set)
    """Those that the sweep under way has listed itself."""
    asked: set[int] = field(default_factory=set)
    """Pages of the sweep under way that are received, under way or waiting."""
    first_page: Sequence[Listed] = ()
    """The films of the first page, if it tells where to cut."""
    empty_from: int | None = None
    """The first page of the sweep under way that had no rows."""
    under_way: int = 0
    other_end: int | None = None
    """The last page of the first sweep, if it was asked for from the other end; later there may be more pages."""
    most_pages: int = 0
    """What the server said at most."""
    shown: int = 0
    """As far as a row stood from the beginning of the list: at least so many films it has."""
    is_searched: bool = False
    """Made to find missing films, not because TMDB would not list what it was cut from."""
    by_halves: bool = False
    """Only the second half of each list is asked for, of the two that begin at its two ends."""
    undivided: frozenset[Axis] = frozenset()
    """Filters that do not divide it."""
    family: Family | None = None
    """What it is a piece of, until that is counted."""
    pieces: tuple[Range, ...] = ()
    chain: Chain[Span] | None = None
    """The links before it."""
    link: Chain[Span] | None = None
    """What it is a link of, until that is proven."""
    given_back: Range | None = None
    """What it was cut from, when that covers it again."""

    @property
    def reported(self) -> int:
        """The highest total that the server reported, 0 before the first."""
        return self.progress.reported_high or 0

    @property
    def size(self) -> int:
        """The number of its films: as many as the server counted, or as came so far."""
        return max(len(self.films), self.reported)

    @property
    def cost_of_halving(self) -> float:
        """The requests that halving down to single pages takes: two a level for each missing film."""
        return 2 * (self.reported - len(self.films)) * math.log2(max(1, self.reported / ROWS_PER_PAGE))

    @property
    def is_asked(self) -> bool:
        """Whether a page of it was asked for."""
        return bool(self.asked)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come for it, or other ranges cover it."""
        return self.stage in {"closed", "divided"}

    @property
    def is_proven(self) -> bool:
        """Whether as many films are known as the server ever reported."""
        return self.reported < ROW_LIMIT and len(self.films) >= self.reported and not self.is_miscounted

    @property
    def is_saturated(self) -> bool:
        """Whether TMDB cannot list it whole."""
        return ranges.saturated(self.most_pages, self.reported) and not self.is_miscounted

    @property
    def is_miscounted(self) -> bool:
        """Whether a page had more rows than the totals allow: then the totals prove nothing."""
        return self.shown > self.reported

    @property
    def is_whole(self) -> bool:
        """Whether every page has come; there may be others too, from after the end."""
        return self.progress.pages_done.issuperset(self.pages_to_list)

    @property
    def pages_to_list(self) -> range:
        """The pages of the current sweep: in a sweep by halves, the other half lists the rest."""
        pages = self.progress.pages
        first = (pages - pages // 2 if self.is_backwards else pages // 2 + 1) if self.by_halves else 1
        return range(first, pages + 1)

    @property
    def is_searching(self) -> bool:
        """Whether it looks for films that were counted and not listed."""
        return self.is_searched or (self.stage == "sweeping" and not self.is_listing_first_time)

    @property
    def is_listing_first_time(self) -> bool:
        """Whether the pages of the current sweep list what no other sweep did."""
        return self.progress.sweeps < (2 if self.by_halves else 1)

    @property
    def is_backwards(self) -> bool:
        """Whether the current sweep begins at the other end of the list."""
        return self.progress.sweeps % 2 == 1

    def place(self, request: PageRequest) -> int:
        """Return a request's page in the current sweep: in the first, a page from the other end counts as the last."""
        return self.other_end or request.page if request.reverse and not self.progress.sweeps else request.page

    def note_end(self, page: int, rows: int) -> None:
        """Note that a page without rows is the end of a list, until a later page has rows."""
        if not rows:
            self.empty_from = min(page, self.empty_from or page)
        elif page >= (self.empty_from or PAGE_LIMIT + 1):
            self.empty_from = None


@dataclass(slots=True, eq=False)
class Family:
    """The pieces of a range that was cut, until all of them are counted."""

    whole: Span
    axis: Axis
    pieces: tuple[Span, ...]
    before: Span | None = None
    """The piece whose films are all on the first page of the whole, if the cut went where that page ended."""
    chain: Chain[Span] | None = None
    """What that piece is a link of."""
    uncounted: int = 0
    films: int = 0
    strangers: bool = False

    def count(self, piece: Span, total: int, films: Sequence[Listed]) -> None:
        """Take note of a piece's first answer."""
        self.uncounted -= 1
        self.films += total
        outside = sum(film.day is not None and not piece.progress.range.holds(film) for film in films)
        # A film that has just moved, or whose votes were counted since, is one of few.
        self.strangers |= outside > max(FEW_PAGES, len(films) / 4)

    @property
    def overlaps(self) -> bool:
        """Whether the pieces hold films that they should not have."""
        whole = self.whole.reported
        if self.before:
            # Nearly all films of a page should lie before the day at which it ends.
            return self.films > whole * (1 + _MARGIN) or (
                self.films + len(self.before.films) / 2 > whole and len(self.before.films) > FEW_PAGES
            )
        # A total that is a clamp says nothing.
        return self.strangers or (whole != ROW_LIMIT and self.films > whole * (1 + _MARGIN) + ROWS_PER_PAGE)
