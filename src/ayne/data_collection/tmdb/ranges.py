"""Ranges: where a span begins, when TMDB cannot list it whole, and how to split it into pieces.

``/discover/movie`` stops at page 500. A query that has more is *saturated*; it is cut in two until each piece
fits: a span of years between years, a year between months, a month between days. A single day is cut by votes
(``[0, 0]``, ``[1, ∞)``…) and then by genres: a film either has a genre or it has not, so the two halves are
disjoint and nothing falls between them, whatever the film lacks. A range that cannot be cut any more is reported as
*overfull*.

If the number of films of each day is known, or can be guessed, a span is cut into many pieces at once, each of the size
asked for: see :func:`cut`.

TMDB reports totals in two ways, and both are understood: the truth (``57004`` pages) and, in other years and
other lists, clamped (exactly ``500`` pages and ``10000`` results).
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from ayne.data_collection.tmdb.coverage import Range
from ayne.data_collection.tmdb.limits import PAGE_LIMIT, ROW_LIMIT
from ayne.kinds.movie import GENRES

Axis = Literal["dates", "votes", "genres"]
"""What a range can be cut along."""

# No film has a million votes; past that, doubling the bound finds nothing.
_MOST_VOTES = 1_000_000


def years(start_year: int, end_year: int) -> tuple[date, date]:
    """Return the first and the last day of a span of years.

    Raises:
        ValueError: a year is out of reach, or the span runs backwards.
    """
    for year in (start_year, end_year):
        if not 1870 <= year <= 2200:
            raise ValueError(f"{year} is not a year that films come from; use 1870 to 2200")
    if end_year < start_year:
        raise ValueError(f"the span runs backwards: {start_year} to {end_year}")
    return date(start_year, 1, 1), date(end_year, 12, 31)


def check_span(start_year: int, end_year: int, min_vote_count: int, max_pages: int | None) -> None:
    """Check the years, votes and pages of a discovery before any request.

    Raises:
        ValueError: one of them makes no sense; the message says what would.
    """
    years(start_year, end_year)
    if not min_vote_count >= 0:
        raise ValueError(f"min_vote_count must not be negative, got {min_vote_count}")
    if max_pages is not None and not 1 <= max_pages <= PAGE_LIMIT:
        raise ValueError(f"max_pages must be 1 to {PAGE_LIMIT}, got {max_pages}; leave it out for all pages")


def start(start_year: int, end_year: int, min_vote_count: int = 0, *, by_year: bool = False) -> list[Range]:
    """Return the ranges a discovery begins with: the whole span at once, or year by year.

    >>> [str(r) for r in start(2023, 2024, 200)]
    ['2023-01-01..2024-12-31 votes 200..']
    """
    votes = min_vote_count or None
    if not by_year:
        first, last = years(start_year, end_year)
        return [Range(first, last, votes)]
    years(start_year, end_year)
    return [Range(*years(year, year), votes) for year in range(end_year, start_year - 1, -1)]


def saturated(total_pages: int, total_results: int) -> bool:
    """Return whether these totals mean that some films cannot be listed.

    Exactly 10,000 results may be the truth or a clamp; one more split is cheaper than a lost film.

    >>> saturated(500, 9_990), saturated(500, 10_000), saturated(57_004, 1_140_065)
    (False, True, True)
    """
    return total_pages > PAGE_LIMIT or total_results >= ROW_LIMIT


def split(
    whole: Range, *, genres: Sequence[int] = GENRES, undivided: Collection[Axis] = ()
) -> tuple[Range, Range] | None:
    """Split a range into two disjoint ones that together cover it; return None when it cannot be split.

    ``genres`` are used for it in their order; none when genres are asked for as a filter already. ``undivided`` are the
    filters of which it is known that the server takes no notice.

    >>> [str(half) for half in split(Range(date(2022, 1, 1), date(2024, 12, 31)))]
    ['2022-01-01..2022-12-31', '2023-01-01..2024-12-31']
    >>> [str(half) for half in split(Range(date(2024, 2, 1), date(2024, 2, 29)))]
    ['2024-02-01..2024-02-14', '2024-02-15..2024-02-29']
    >>> [str(half) for half in split(Range(date(2019, 1, 1), date(2019, 1, 1)))]
    ['2019-01-01 votes 0..0', '2019-01-01 votes 1..']
    >>> [str(half) for half in split(Range(date(2018, 1, 1), date(2019, 1, 1)), undivided=["dates"])]
    ['2018-01-01..2019-01-01 votes 0..0', '2018-01-01..2019-01-01 votes 1..']
    """
    if whole.start < whole.end and "dates" not in undivided:
        cut = _cut_between(whole.start, whole.end)
        return replace(whole, end=cut - timedelta(days=1)), replace(whole, start=cut)
    by_votes = None if "votes" in undivided else _split_votes(whole)
    return by_votes or (None if "genres" in undivided else _split_genres(whole, genres))


def axis(whole: Range, piece: Range) -> Axis:
    """Return which filter distinguishes a piece from the whole it was split from."""
    if (whole.start, whole.end) != (piece.start, piece.end):
        return "dates"
    return "votes" if (whole.min_votes, whole.max_votes) != (piece.min_votes, piece.max_votes) else "genres"


def _cut_between(first: date, last: date) -> date:
    """Return the day a second half begins: at a new year if there is one, else a new month, else in the middle."""
    if first.year < last.year:
        return date((first.year + last.year + 1) // 2, 1, 1)
    if first.month < last.month:
        return date(first.year, (first.month + last.month + 1) // 2, 1)
    return first + timedelta(days=((last - first).days + 1) // 2)


def _split_votes(day: Range) -> tuple[Range, Range] | None:
    low = day.min_votes or 0
    if day.max_votes is None:
        middle = 2 * low
    elif low < day.max_votes:
        middle = (low + day.max_votes) // 2
    else:
        return None
    if middle >= _MOST_VOTES:
        return None
    return replace(day, max_votes=middle), replace(day, min_votes=middle + 1)


def _split_genres(day: Range, genres: Sequence[int]) -> tuple[Range, Range] | None:
    for genre in genres:
        if genre not in day.with_genres and genre not in day.without_genres:
            return (
                replace(day, with_genres=(*day.with_genres, genre)),
                replace(day, without_genres=(*day.without_genres, genre)),
            )
    return None


def cut(whole: Range, total: int, size: int, films_of_day: Mapping[date, int]) -> tuple[Range, ...]:
    """Cut a range into disjoint ranges of whole days, each of about ``size`` films; return () if it is one day.

    Args:
        whole: what to cut.
        total: how many films it has.
        size: how many a piece should have. A day that has more is a piece of its own.
        films_of_day: how many films of each day are known; the others are taken to lie anywhere.

    Example:
        >>> june = Range(date(2024, 6, 1), date(2024, 6, 30))
        >>> [str(piece) for piece in cut(june, 90, 40, {date(2024, 6, 1): 60})]
        ['2024-06-01', '2024-06-02..2024-06-30']
    """
    days = [whole.start + timedelta(days=number) for number in range((whole.end - whole.start).days + 1)]
    elsewhere = max(0, total - sum(films_of_day.get(day, 0) for day in days)) / len(days)
    pieces: list[Range] = []
    first, films = whole.start, 0.0
    for day in days:
        expected = films_of_day.get(day, 0) + elsewhere
        if day > first and films + expected > size:
            pieces.append(replace(whole, start=first, end=day - timedelta(days=1)))
            first, films = day, 0.0
        films += expected
    return (*pieces, replace(whole, start=first)) if pieces else ()
