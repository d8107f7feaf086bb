"""Decide into which pieces a range is split.

When it is split, and what then, is decided in :mod:`~ayne.data_collection.tmdb.planner`.
"""

# Pure: values in, values out.

from __future__ import annotations

from bisect import bisect_right
from collections import ChainMap, Counter
from collections.abc import Mapping, Sequence
from datetime import date

from ayne.data_collection.tmdb import ranges
from ayne.data_collection.tmdb.chains import cut_after
from ayne.data_collection.tmdb.coverage import Listed, Range
from ayne.data_collection.tmdb.limits import ROW_LIMIT
from ayne.data_collection.tmdb.open_ranges import Span

# A piece is made a little smaller than it may be: what it really has is only known when it is asked for.
_FILL = 0.9

# How many films a piece should have in which many films are searched for: what two pages list.
_SEARCHED = 36


class Pieces:
    """Cuts ranges by what is known of their films; without pieces, a range cannot be cut.

    Args:
        genres: those that a range may be cut by, in this order.
        films_of_day: how many films of each day are known from elsewhere.
    """

    def __init__(self, genres: Sequence[int], films_of_day: Mapping[date, int]) -> None:
        self._genres = genres
        self._films_of_day = dict(films_of_day)

    def of_saturated(self, span: Span) -> tuple[Range, ...]:
        """Return pieces that TMDB can list whole, as far as it is known how many films a day has; or two halves."""
        pieces: tuple[Range, ...] = ()
        if self._films_of_day and span.reported > ROW_LIMIT and "dates" not in span.undivided:
            pieces = ranges.cut(span.progress.range, span.reported, int(_FILL * ROW_LIMIT), self._films_of_day)
        return pieces or self._halves(span)

    def by_days(self, span: Span) -> tuple[Range, ...]:
        """Return pieces of whole days, each of half of the films, as far as known."""
        if "dates" in span.undivided:
            return ()
        return ranges.cut(span.progress.range, span.reported, -(-span.reported // 2), self._days_of(span))

    def after_page(self, span: Span) -> tuple[Range, ...]:
        """Return what lies before the end of the first page, and what lies after it."""
        pieces = cut_after(span.progress.range, span.first_page) or ()
        return () if not pieces or ranges.axis(span.progress.range, pieces[0]) in span.undivided else pieces

    def of_search(self, span: Span) -> tuple[Range, ...]:
        """Return pieces that list what the range did not, in as few requests as possible."""
        pieces: tuple[Range, ...] = ()
        # When much is missing it is cheaper to ask everywhere.
        if "dates" not in span.undivided and span.cost_of_halving > span.reported / _SEARCHED > 1:
            pieces = ranges.cut(span.progress.range, span.reported, _SEARCHED, self._days_of(span))
        return pieces or self._halves(span)

    def _halves(self, span: Span) -> tuple[Range, ...]:
        return ranges.split(span.progress.range, genres=self._genres, undivided=span.undivided) or ()

    def _days_of(self, span: Span) -> Mapping[date, int]:
        """Return how many films the days of a range have, as far as known: from elsewhere, or from its own pages."""
        known = Counter(film.day for film in span.films.values() if film.day)
        return ChainMap(
            {day: max(films, self._films_of_day.get(day, 0)) for day, films in known.items()}, self._films_of_day
        )


def piece_with(film: Listed, pieces: Sequence[Range]) -> Range | None:
    """Return the piece that holds a film. The pieces are disjoint and stand in the order of their days."""
    if film.day is None or not pieces:
        return None
    if pieces[0].end < pieces[-1].start:
        pieces = pieces[max(0, bisect_right(pieces, film.day, key=lambda piece: piece.start) - 1) :][:1]
    return next((piece for piece in pieces if piece.holds(film)), None)
