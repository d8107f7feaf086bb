"""The query of `/discover/movie`, and what it shares with `/discover/tv`.

A query is a value: the same parameters, in any order and whatever the page, make an equal query, so its answer can be
kept while its pages are walked. Undocumented parameters are ignored and empty ones count as absent, as at TMDB; a
number that is none is treated like an absent one, and a name where an id should be is an id that nothing has.

https://developer.themoviedb.org/reference/discover-movie
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from .films.columns import ADULT, VIDEO
from .films.releases import admitted

Parameters = Mapping[str, str]
Bounds = tuple[float, float]
Sort = tuple[str, bool]
Value = int | str

ALL: Bounds = (float("-inf"), float("inf"))
_COLUMN_OF_SORT = {
    "popularity": "popularities",
    "revenue": "revenues",
    "primary_release_date": "days",
    "release_date": "release_days",
    "vote_average": "averages",
    "vote_count": "votes",
    "title": "title",
    "original_title": "original_title",
}


def sorts(columns: Mapping[str, str]) -> dict[str, Sort]:
    """Return the orders that `sort_by` can name, from the columns that can be ordered by.

    >>> sorts({"vote_count": "votes"})["vote_count.desc"]
    ('votes', True)
    """
    return {
        f"{name}.{direction}": (column, direction == "desc")
        for name, column in columns.items()
        for direction in ("asc", "desc")
    }


_SORTS = sorts(_COLUMN_OF_SORT)
_DEFAULT_SORT: Sort = ("popularities", True)


class InvalidDate(ValueError):
    """A date is not of the form YYYY-MM-DD: status code 23."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a film must have, and what it must not have.

    It must have one alternative of every demand: `18,35|80` is "drama, and comedy or crime".
    """

    demands: tuple[tuple[Value, ...], ...] = ()
    unwanted: tuple[Value, ...] = ()

    def admits(self, values: Container[Value]) -> bool:
        """Return whether a film that has these values may be shown."""
        return all(any(value in values for value in alternatives) for alternatives in self.demands) and not any(
            value in values for value in self.unwanted
        )

    @property
    def named(self) -> tuple[Value, ...]:
        """Return all that is demanded, in the order in which it was named."""
        return tuple(chain.from_iterable(self.demands))


ANYTHING = Choice()


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certifications that are wanted of a country; none of them is a wish that nothing meets."""

    country: str
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watching:
    """How a work must be on offer in a country."""

    country: str
    providers: Choice
    ways: Choice


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters that films and series have in common, and the order."""

    votes: Bounds = ALL
    averages: Bounds = ALL
    runtimes: Bounds = ALL
    genres: Choice = ANYTHING
    companies: Choice = ANYTHING
    keywords: Choice = ANYTHING
    languages: Choice = ANYTHING
    countries: Choice = ANYTHING
    watching: Watching | None = None
    hidden: int = ADULT | VIDEO
    sort: Sort = _DEFAULT_SORT

    @staticmethod
    def common(parameters: Parameters, orders: Mapping[str, Sort]) -> dict[str, Any]:
        """Read the values of these fields, apart from `hidden`."""
        return {
            "votes": _bounds(parameters, "vote_count", _number),
            "averages": _bounds(parameters, "vote_average", _number),
            "runtimes": _bounds(parameters, "with_runtime", _number),
            "genres": choice(parameters, "with_genres", ids, "without_genres"),
            "companies": choice(parameters, "with_companies", ids, "without_companies"),
            "keywords": choice(parameters, "with_keywords", ids, "without_keywords"),
            "languages": choice(parameters, "with_original_language", _texts),
            "countries": choice(parameters, "with_origin_country", _texts),
            "watching": _watching(parameters),
            "sort": orders.get(parameters.get("sort_by", ""), _DEFAULT_SORT),
        }


@dataclass(frozen=True, slots=True)
class Query(Filters):
    """The filters and the order of one query for films."""

    primary_days: Bounds = ALL
    any_days: Bounds = ALL
    region: str = ""
    release_types: Choice = ANYTHING
    certificates: Certificates | None = None
    cast: Choice = ANYTHING
    crew: Choice = ANYTHING
    people: Choice = ANYTHING

    @classmethod
    def parse(cls, parameters: Parameters) -> "Query":
        """Read the parameters of a request.

        Raises:
            InvalidDate: A date bound is no date.
        """
        adult = parameters.get("include_adult") == "true"
        video = parameters.get("include_video") == "true"
        return cls(
            **cls.common(parameters, _SORTS),
            primary_days=days(parameters, "primary_release_date", "primary_release_year"),
            any_days=days(parameters, "release_date", "year"),
            region=parameters.get("region", ""),
            release_types=choice(parameters, "with_release_type", ids),
            certificates=_certificates(parameters),
            cast=choice(parameters, "with_cast", ids),
            crew=choice(parameters, "with_crew", ids),
            people=choice(parameters, "with_people", ids),
            hidden=(0 if adult else ADULT) | (0 if video else VIDEO),
        )


def days(parameters: Parameters, name: str, year_name: str = "") -> Bounds:
    """Read the bounds of a date, as day numbers: `name.gte` and `name.lte`, and a year.

    Raises:
        InvalidDate: A bound is no date.
    """
    low, high = _bounds(parameters, name, _day)
    year = parameters.get(year_name, "")
    if year.isascii() and year.isdigit() and 1 <= int(year) <= 9999:
        low = max(low, date(int(year), 1, 1).toordinal())
        high = min(high, date(int(year), 12, 31).toordinal())
    return low, high


def _bounds(parameters: Parameters, name: str, read: Callable[[str, float], float]) -> Bounds:
    """Read `name.gte` and `name.lte`; both are inclusive."""
    return read(parameters.get(f"{name}.gte", ""), ALL[0]), read(parameters.get(f"{name}.lte", ""), ALL[1])


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


def choice(parameters: Parameters, wanted: str, read: Callable[[str], tuple[Value, ...]], unwanted: str = "") -> Choice:
    """Read demands, which commas separate; without any, the choice equals `ANYTHING`."""
    if wanted not in parameters and unwanted not in parameters:
        return ANYTHING
    demands = tuple(read(alternatives) for alternatives in parameters.get(wanted, "").split(",") if alternatives)
    # Whichever way they are separated, none of these is wanted.
    return Choice(demands, read(parameters.get(unwanted, "").replace(",", "|")))


def _texts(alternatives: str) -> tuple[str, ...]:
    return tuple(text for text in alternatives.split("|") if text)


def ids(alternatives: str) -> tuple[int, ...]:
    """Read the ids among the alternatives: a name is none, so `with_genres=Action` demands what no film has."""
    return tuple(int(text) for text in alternatives.split("|") if text.isascii() and text.isdigit() and len(text) < 19)


def _certificates(parameters: Parameters) -> Certificates | None:
    country = parameters.get("certification_country", "")
    named, mildest, strictest = (parameters.get(f"certification{bound}", "") for bound in ("", ".gte", ".lte"))
    if not country or not (named or mildest or strictest):
        return None
    return Certificates(country, admitted(country, _texts(named.replace(",", "|")), mildest, strictest))


def _watching(parameters: Parameters) -> Watching | None:
    country = parameters.get("watch_region", "")
    providers = choice(parameters, "with_watch_providers", ids, "without_watch_providers")
    ways = choice(parameters, "with_watch_monetization_types", _texts)
    if not country or (providers, ways) == (ANYTHING, ANYTHING):
        return None
    return Watching(country, providers, ways)
