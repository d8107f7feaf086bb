"""List a long range by its first pages alone, because a drifting server repeats and leaves out films further back.

In a chain of ranges, each begins where the first page of the one before ended. The totals of two ranges show whether
all films between their beginnings are known. Only if they do not, the link is asked for separately.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

from ayne.data_collection.tmdb.coverage import Listed, ListOrder, Range

# So many links wait for the totals to agree again before one of them is asked for. Totals flicker downwards, of 9,000
# films every third; that so many do in a row is rare.
PATIENCE = 6

# Of more films than this a total flickers often enough to count; then so many totals are to be told before a link, if
# they alone shall prove it.
_STEADY, _ENOUGH_TOTALS = 1_000, 3

# A gap in so many rows at the end of a page costs less to list once more than to ask for by itself.
_NEAR_THE_END = 5


class Link(Protocol):
    """A range between two totals."""

    @property
    def size(self) -> int:
        """The number of its films: as many as the server counted, or as came so far."""
        ...

    @property
    def is_asked(self) -> bool:
        """Whether it was asked for separately."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come for it, or other ranges cover it."""
        ...


L = TypeVar("L", bound=Link)


@dataclass(slots=True, eq=False)
class Chain(Generic[L]):
    """Links that follow each other, with the totals that the server counted before and after each.

    If as many films lie between two totals as they differ by, none is missing. A total that is too low by a film would
    hide one that is missing; so the highest is believed of all that were told, each with the films before it. As long
    as few were told, links are asked for by themselves.

    Attributes:
        total: films from the first link that is not proven to the end.
        has_ended: whether no more links will come.
    """

    total: int
    has_ended: bool = False
    _links: list[tuple[L, int]] = field(default_factory=list)
    _unsure: int = field(init=False)
    """So many of the links have too few totals before them."""

    def __post_init__(self) -> None:
        self._unsure = _ENOUGH_TOTALS - 1 if self.total > _STEADY else 0

    def add(self, link: L, behind: int) -> None:
        """Append a link, with the total behind it."""
        self._links.append((link, behind))

    def prove(self) -> list[L]:
        """Remove the links that the totals prove to be complete."""
        counts, films = [self.total], 0
        for link, behind in self._links:
            films += link.size
            counts.append(films + behind)
        most, last = max(counts), len(self._links)
        if not all(link.is_finished for link, _ in self._links):
            last = 0 if self._is_unsure else max(place for place, count in enumerate(counts) if count == most)
        elif not self._unsure:
            # They are whole, so a total was too high.
            most = counts[last]
        proven = [link for link, _ in self._links[:last]]
        self.total, self._links = most - sum(link.size for link in proven), self._links[last:]
        self._unsure = max(0, self._unsure - last)
        return proven

    def suspect(self) -> L | None:
        """Return the link to ask for separately, if it is time for one: its films may be all that is missing."""
        if any(link.is_asked and not link.is_finished for link, _ in self._links):
            return None
        unasked = [link for link, _ in self._links if not link.is_asked]
        is_time = self._is_unsure or len(unasked) > (0 if self.has_ended else PATIENCE)
        return unasked[0] if unasked and is_time else None

    @property
    def _is_unsure(self) -> bool:
        """Return whether one of the first links is not finished: totals do not prove it yet."""
        return not all(link.is_finished for link, _ in self._links[: self._unsure])


def page_order(whole: Range) -> ListOrder:
    """Return the order in which the first page of a range shows where to cut it: see :func:`cut_after`.

    >>> page_order(Range(date(2019, 1, 1), date(2019, 1, 2))), page_order(Range(date(2019, 1, 1), date(2019, 1, 1)))
    ('date', 'votes')
    """
    if whole.start < whole.end:
        return "date"
    return "title" if whole.max_votes is not None and (whole.min_votes or 0) >= whole.max_votes else "votes"


def cut_after(whole: Range, films: Sequence[Listed]) -> tuple[Range, Range] | None:
    """Cut a range where its first page ends, so that the films of the first piece are all on that page.

    The last day (or number of votes) on the page may go on behind it, so it belongs to the second piece. When the page
    has no other, it is the first piece, and not known whole. None when there is nothing to cut.

    Args:
        whole: what to cut.
        films: its first page, in its :func:`page_order`.

    >>> page = [Listed(number, date(2024, 6, number), 0, ()) for number in range(1, 21)]
    >>> [str(piece) for piece in cut_after(Range(date(2024, 6, 1), date(2024, 6, 30)), page)]
    ['2024-06-01..2024-06-19', '2024-06-20..2024-06-30']
    """
    order = page_order(whole)
    if order == "date":
        days = [film.day.toordinal() for film in films if film.day and whole.start <= film.day <= whole.end]
        cut = date.fromordinal(max(_end_in_order(days, 0), whole.start.toordinal() + 1))
        return replace(whole, end=cut - timedelta(days=1)), replace(whole, start=cut)
    if order == "votes":
        low = whole.min_votes or 0
        votes = [number for film in films if low <= (number := film.votes or 0) <= (whole.max_votes or number)]
        cut_at = max(_end_in_order(votes, low), low + 1)
        return replace(whole, max_votes=cut_at - 1), replace(whole, min_votes=cut_at)
    return None


def reaches_into(piece: Range, page: Sequence[Listed]) -> bool:
    """Return whether the last film of a page lies in a piece, so that the piece may continue after the page."""
    return not any(film.day is not None and not piece.holds(film) for film in page)


def _end_in_order(values: Sequence[int], default: int) -> int:
    """Return the last credible value of a page: no film before it is likely to be on a later page.

    A value that is out of order came from elsewhere, so a film is missing where it stands. When that is near the end,
    the page is believed up to there; what is further up has to be asked for again anyhow. The last value has none
    behind it that would show it to be out of order; so it is believed when the step to it is not the longest.
    """
    places = _in_order(values)
    first_gap = next((place for place in range(len(values)) if place not in places), len(values))
    if len(values) - _NEAR_THE_END <= first_gap < len(values):
        return values[first_gap - 1]
    steps = [values[after] - values[before] for before, after in pairwise(places)]
    if len(steps) > 1 and steps[-1] > max(steps[:-1]):
        places.pop()
    return values[places[-1]] if places else default


def _in_order(values: Sequence[int]) -> list[int]:
    """Return the places of the longest run of values in order, the lower ones if there is a choice."""

    def rank(run: list[int]) -> tuple[int, int]:
        return len(run), -values[run[-1]]

    runs: list[list[int]] = []
    for place, value in enumerate(values):
        runs.append([*max((run for run in runs if values[run[-1]] <= value), key=rank, default=[]), place])
    return max(runs, key=rank, default=[])
