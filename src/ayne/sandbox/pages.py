"""Split the films of a query into pages.

A page holds 20 films, and at most 500 pages are ever shown. Some real pages hold 19, and a client that takes a page
of 19 for the last one loses the rest; so a share of the pages can be made short here. No film is lost by it: the film
left out stands first on the next page, and `total_pages` counts the pages that are needed then, so it can be more
than total_results / 20.
"""

import math
from dataclasses import dataclass
from typing import Literal

from .chance import Dice

PAGE_SIZE = 20
MOST_PAGES = 500

Totals = Literal["true", "clamped"]


@dataclass(frozen=True, slots=True)
class Paging:
    """The cut of one query's answer."""

    total: int
    """How many films match."""
    short: float = 0.0
    """The share of pages that hold 19 films."""
    phase: float = 0.0
    """From 0 to 1: which of the pages those are."""

    @classmethod
    def of(cls, query: object, total: int, short: float) -> "Paging":
        """Cut the answer of this query; the query decides which pages are short."""
        phase = Dice("short pages", query).below(1000) / 1000 if short else 0.0
        return cls(total, short, phase)

    @property
    def pages(self) -> int:
        """How many pages there are. An empty answer counts one."""
        needed = max(1, math.floor(self.total / (PAGE_SIZE - self.short)))
        while self._shown_until(needed) < self.total:
            needed += 1
        return needed

    def rows(self, page: int) -> slice:
        """Return which of the matching films stand on this page."""
        return slice(self._shown_until(page - 1), self._shown_until(page))

    def totals(self, style: Totals) -> dict[str, int]:
        """Return the totals as TMDB reports them: the truth (since 2022), or never more than 500 pages (before)."""
        if style == "clamped":
            most = MOST_PAGES * PAGE_SIZE
            return {"total_pages": min(self.pages, MOST_PAGES), "total_results": min(self.total, most)}
        return {"total_pages": self.pages, "total_results": self.total}

    def _shown_until(self, page: int) -> int:
        """Return how many films the pages up to this one hold; the short ones are spread evenly."""
        return page * PAGE_SIZE - math.floor(page * self.short + self.phase)
