"""What `/discover/movie` was asked for.

A query is a value: the same parameters, in any order and whatever the page, make an equal query, so its answer can be
kept while its pages are walked. Undocumented parameters are ignored and empty ones count as absent, as at TMDB; a
number that is none is treated like an absent one, and a name where an id should be is an id that nothing has.

https://developer.themoviedb.org/reference/discover-movie
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

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
_SORTS: dict[str, Sort] = {
    f"{name}.{direction}": (column, direction == "desc")
    for name, column in _COLUMN_OF_SORT.items()
    for direction in ("asc", "desc")
}
_DEFAULT_SORT = _SORTS["popularity.desc"]


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
    """How a film must be on offer in a country."""

    country: str
    providers: Choice
    ways: Choice


@dataclass(frozen=True, slots=True)
class Query:
    """The filters and the order of one query."""

    primary_days: Bounds = ALL
    any_days: Bounds = ALL
    region: str = ""
    release_types: Choice = ANYTHING
    certificates: Certificates | None = None
    votes: Bounds = ALL
    averages: Bounds = ALL
    runtimes: Bounds = ALL
    genres: Choice = ANYTHING
    companies: Choice = ANYTHING
    keywords: Choice = ANYTHING
    cast: Choice = ANYTHING
    crew: Choice = ANYTHING
    people: Choice = ANYTHING
    languages: Choice = ANYTHING
    countries: Choice = ANYTHING
    watching: Watching | None = None
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
            region=parameters.get("region", ""),
            release_types=_choice(parameters, "with_release_type", _ids),
            certificates=_certificates(parameters),
            votes=_bounds(parameters, "vote_count", _number),
            averages=_bounds(parameters, "vote_average", _number),
            runtimes=_bounds(parameters, "with_runtime", _number),
            genres=_choice(parameters, "with_genres", _ids, "without_genres"),
            companies=_choice(parameters, "with_companies", _ids, "without_companies"),
            keywords=_choice(parameters, "with_keywords", _ids, "without_keywords"),
            cast=_choice(parameters, "with_cast", _ids),
            crew=_choice(parameters, "with_crew", _ids),
            people=_choice(parameters, "with_people", _ids),
            languages=_choice(parameters, "with_original_language", _texts),
            countries=_choice(parameters, "with_origin_country", _texts),
            watching=_watching(parameters),
            hidden=(0 if adult else ADULT) | (0 if video else VIDEO),
            sort=_SORTS.get(parameters.get("sort_by", ""), _DEFAULT_SORT),
        )


def _days(parameters: Parameters, name: str, year_name: str) -> Bounds:
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


def _choice(
    parameters: Parameters, wanted: str, read: Callable[[str], tuple[Value, ...]], unwanted: str = ""
) -> Choice:
    """Read demands, which commas separate; without any, the choice equals `ANYTHING`."""
    if wanted not in parameters and unwanted not in parameters:
        return ANYTHING
    demands = tuple(read(alternatives) for alternatives in parameters.get(wanted, "").split(",") if alternatives)
    # Whichever way they are separated, none of these is wanted.
    return Choice(demands, read(parameters.get(unwanted, "").replace(",", "|")))


def _texts(alternatives: str) -> tuple[str, ...]:
    return tuple(text for text in alternatives.split("|") if text)


def _ids(alternatives: str) -> tuple[int, ...]:
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
    providers = _choice(parameters, "with_watch_providers", _ids, "without_watch_providers")
    ways = _choice(parameters, "with_watch_monetization_types", _texts)
    if not country or (providers, ways) == (ANYTHING, ANYTHING):
        return None
    return Watching(country, providers, ways)
