"""What `/discover/movie` was asked for, and which films answer it.

A query is a value: the same parameters, in any order and whatever the page, make an equal query, so its answer can be
kept while its pages are walked. Undocumented parameters are ignored and empty ones count as absent, as at TMDB; a
number that is none is treated like an absent one.

https://developer.themoviedb.org/reference/discover-movie
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TypeVar

from .films import ADULT, VIDEO, Columns

Parameters = Mapping[str, str]
Bounds = tuple[float, float]
Sort = tuple[str, bool]
#: A film must match one alternative of every demand: `18,35|80` is "drama, and comedy or crime".
Demands = tuple[tuple[str, ...], ...]
V = TypeVar("V")

_ALL: Bounds = (float("-inf"), float("inf"))
_COLUMN_OF_SORT = {
    "popularity": "popularities",
    "revenue": "revenues",
    "primary_release_date": "days",
    "release_date": "days",
    "vote_average": "averages",
    "vote_count": "votes",
    "title": "title",
    "original_title": "original_title",
}
_SORTS: dict[str, Sort] = {
    f"{name}.{direction}": (column, direction == "desc")
    for name, column in _COLUMN_OF_SORT.items()
    for direction in ("asc", "desc")
}
_DEFAULT_SORT = _SORTS["popularity.desc"]


class InvalidDate(ValueError):
    """A date is not of the form YYYY-MM-DD: status code 23."""


@dataclass(frozen=True, slots=True)
class Query:
    """The filters and the order of one query."""

    primary_days: Bounds = _ALL
    any_days: Bounds = _ALL
    votes: Bounds = _ALL
    averages: Bounds = _ALL
    runtimes: Bounds = _ALL
    genres: Demands = ()
    without_genres: tuple[str, ...] = ()
    languages: Demands = ()
    countries: Demands = ()
    hidden: int = ADULT | VIDEO
    sort: Sort = _DEFAULT_SORT

    @classmethod
    def parse(cls, parameters: Parameters) -> "Query":
        """Read the parameters of a request.

        Raises:
            InvalidDate: A date bound is no date.
        """
        adult = parameters.get("include_adult") == "true"
        video = parameters.get("include_video") == "true"
        return cls(
            primary_days=_days(parameters, "primary_release_date", "primary_release_year"),
            any_days=_days(parameters, "release_date", "year"),
            votes=_bounds(parameters, "vote_count", _number),
            averages=_bounds(parameters, "vote_average", _number),
            runtimes=_bounds(parameters, "with_runtime", _number),
            genres=_demands(parameters.get("with_genres", "")),
            without_genres=tuple(chain.from_iterable(_demands(parameters.get("without_genres", "")))),
            languages=_demands(parameters.get("with_original_language", "")),
            countries=_demands(parameters.get("with_origin_country", "")),
            hidden=(0 if adult else ADULT) | (0 if video else VIDEO),
            sort=_SORTS.get(parameters.get("sort_by", ""), _DEFAULT_SORT),
        )


def select(columns: Columns, query: Query, title: Callable[[int, str], str]) -> "array[int]":
    """Return the positions of the films that match, in the order asked for; `title` tells the titles of a film."""
    return array("i", _sorted(_matching(columns, query), columns, query.sort, title))


def _matching(columns: Columns, query: Query) -> Sequence[int]:
    found: Sequence[int] = _span(columns.days, query.primary_days)
    found = _on_any_day(found, columns, query.any_days)
    found = _within(found, columns.votes, query.votes)
    found = _within(found, columns.averages, query.averages)
    found = _within(found, columns.runtimes, query.runtimes)
    found = _among(found, columns.flags, range(4), lambda flags: not flags & query.hidden)
    if query.genres or query.without_genres:
        found = _among(found, columns.genres, columns.genre_lists, lambda genres: _wanted_genres(genres, query))
    if query.languages or query.countries:
        found = _among(
            found,
            columns.origins,
            columns.origin_list,
            lambda origin: (
                _meets({origin.language}, query.languages) and _meets(set(origin.countries), query.countries)
            ),
        )
    return found


def _span(days: "array[int]", bounds: Bounds) -> range:
    """The films of a span of dates stand side by side. A film without a date is in no span."""
    if bounds == _ALL:
        return range(len(days))
    low, high = bounds
    return range(bisect_left(days, max(low, 1)), bisect_right(days, high))


def _on_any_day(found: Sequence[int], columns: Columns, bounds: Bounds) -> Sequence[int]:
    """Keep the films that came out, or came out again, in the span: so old films get into `release_date.gte`."""
    if bounds == _ALL:
        return found
    low, high = max(bounds[0], 1), bounds[1]
    days, later = columns.days, columns.rereleases
    return [film for film in found if low <= days[film] <= high or low <= later[film] <= high]


def _within(found: Sequence[int], column: "array[int] | array[float]", bounds: Bounds) -> Sequence[int]:
    if bounds == _ALL:
        return found
    low, high = bounds
    return [film for film in found if low <= column[film] <= high]


def _among(
    found: Sequence[int], column: "array[int]", meanings: Sequence[V], wanted: Callable[[V], bool]
) -> Sequence[int]:
    """Keep the films whose code means something wanted: each meaning is judged once, not once per film."""
    codes = {code for code, meaning in enumerate(meanings) if wanted(meaning)}
    return [film for film in found if column[film] in codes]


def _wanted_genres(genres: tuple[int, ...], query: Query) -> bool:
    names = {str(genre) for genre in genres}
    return _meets(names, query.genres) and names.isdisjoint(query.without_genres)


def _meets(values: set[str], demands: Demands) -> bool:
    return all(not values.isdisjoint(alternatives) for alternatives in demands)


def _sorted(found: Sequence[int], columns: Columns, sort: Sort, title: Callable[[int, str], str]) -> Sequence[int]:
    """Order the films; equal ones keep the order of the columns, so that the same query is answered the same."""
    name, descending = sort
    if name == "days":
        return found[::-1] if descending else found
    if name in ("title", "original_title"):
        return sorted(found, key=lambda film: title(film, name), reverse=descending)
    return sorted(found, key=getattr(columns, name).__getitem__, reverse=descending)


def _days(parameters: Parameters, name: str, year_name: str) -> Bounds:
    low, high = _bounds(parameters, name, _day)
    year = parameters.get(year_name, "")
    if year.isascii() and year.isdigit() and 1 <= int(year) <= 9999:
        low = max(low, date(int(year), 1, 1).toordinal())
        high = min(high, date(int(year), 12, 31).toordinal())
    return low, high


def _bounds(parameters: Parameters, name: str, read: Callable[[str, float], float]) -> Bounds:
    """Read `name.gte` and `name.lte`; both are inclusive."""
    return read(parameters.get(f"{name}.gte", ""), _ALL[0]), read(parameters.get(f"{name}.lte", ""), _ALL[1])


def _day(text: str, default: float) -> float:
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidDate(text) from error
    if day.isoformat() != text:  # `fromisoformat` reads other spellings as well, such as 20240101
        raise InvalidDate(text)
    return day.toordinal()


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default


def _demands(text: str) -> Demands:
    return tuple(tuple(alternatives.split("|")) for alternatives in text.split(",") if alternatives)
