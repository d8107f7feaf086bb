"""The data of a film: columns, by which `/discover/movie` filters and sorts, and everything else.

A catalogue of TMDB's size has 1.2 million films. As Python objects they would need several gigabytes; as columns of
plain numbers they need some 70 MB, and a filter is one pass over one column. The rest is made when it is asked for.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

Body = dict[str, Any]
C = TypeVar("C", bound="WorkColumns")

ADULT, VIDEO = 1, 2

#: The documented list of `/genre/movie/list`, in its order.
GENRES = {
    28: "Action",
    12: "Adventure",
    16: "Animation",
    35: "Comedy",
    80: "Crime",
    99: "Documentary",
    18: "Drama",
    10751: "Family",
    14: "Fantasy",
    36: "History",
    27: "Horror",
    10402: "Music",
    9648: "Mystery",
    10749: "Romance",
    878: "Science Fiction",
    10770: "TV Movie",
    53: "Thriller",
    10752: "War",
    37: "Western",
}


class Origin(NamedTuple):
    """Where a film comes from: `original_language` and `origin_country`."""

    language: str
    countries: tuple[str, ...]


class Company(NamedTuple):
    """Who produced a film, as details show it."""

    id: int
    logo_path: str | None
    name: str
    origin_country: str


class Keyword(NamedTuple):
    """What a film is about."""

    id: int
    name: str


class Ensemble(NamedTuple):
    """Who plays and who works in a film, by the ids of people. One person can be there more than once."""

    cast: tuple[int, ...]
    crew: tuple[int, ...]
    jobs: tuple[tuple[str, str], ...]
    """Department and job of each one of the crew."""


class Release(NamedTuple):
    """One of the days on which a film came out somewhere."""

    country: str
    kind: int
    """1 premiere, 2 limited, 3 theatrical, 4 digital, 5 physical, 6 TV."""
    days: int
    """Days after the primary date, which is the earliest of all."""
    certification: str
    note: str
    descriptors: tuple[str, ...]
    """What the certification warns of."""


class Offer(NamedTuple):
    """A way to watch a film in a country: `flatrate`, `rent`, `buy`, `ads` or `free`."""

    country: str
    way: str
    provider: int


@dataclass(slots=True)
class WorkColumns:
    """What films and series have in common: one entry per work in each column, ordered by date (undated ones first).

    A work's *position* is its index in these columns, so a span of dates is a span of positions. What many works can
    share is a code, and the list beside the column tells what the code means. Details, parts and filters all read the
    same code, so that whoever changes it has changed them all.
    """

    ids: "array[int]"
    days: "array[int]"
    """Primary release date or first air date as a day number (`date.toordinal`); 0 when there is none."""
    votes: "array[int]"
    averages: "array[float]"
    popularities: "array[float]"
    runtimes: "array[int]"
    flags: "array[int]"
    """ADULT and VIDEO, added up."""
    genres: "array[int]"
    """Index into `genre_lists`."""
    origins: "array[int]"
    """Index into `origin_list`."""
    companies: "array[int]"
    """Index into `company_lists`."""
    keywords: "array[int]"
    """Index into `keyword_lists`."""
    ensembles: "array[int]"
    """Index into `ensemble_list`."""
    offers: "array[int]"
    """Index into `offer_lists`."""
    genre_lists: Sequence[tuple[int, ...]]
    origin_list: Sequence[Origin]
    company_lists: Sequence[tuple[Company, ...]]
    keyword_lists: Sequence[tuple[Keyword, ...]]
    ensemble_list: Sequence[Ensemble]
    offer_lists: Sequence[tuple[Offer, ...]]

    #: The column that holds a field of the details.
    OF_FIELD: ClassVar[Mapping[str, str]] = {
        "vote_count": "votes",
        "vote_average": "averages",
        "popularity": "popularities",
    }

    @classmethod
    def coded(cls, field: str, value: Any) -> Any:
        """Return a value of the details as its column holds it."""
        if cls.OF_FIELD[field] == "days":
            return date.fromisoformat(value).toordinal() if value else 0
        return value or 0


@dataclass(slots=True)
class Columns(WorkColumns):
    """The films."""

    revenues: "array[int]"
    releases: "array[int]"
    """Index into `release_patterns`; what it means holds for a film with a date only."""
    release_patterns: Sequence[tuple[Release, ...]]

    OF_FIELD: ClassVar[Mapping[str, str]] = {
        **WorkColumns.OF_FIELD,
        "release_date": "days",
        "revenue": "revenues",
        "runtime": "runtimes",
    }


def in_order_of_date(columns: C) -> C:
    """Return the same works, ordered by date; those of one day stay in the order they had."""
    order = sorted(range(len(columns.ids)), key=columns.days.__getitem__)
    values = ((field.name, getattr(columns, field.name)) for field in fields(columns))
    arrays = {name: reordered(value, order) for name, value in values if isinstance(value, array)}
    return replace(columns, **arrays)


class Texts(NamedTuple):
    """What a row of a list shows beside the columns."""

    title: str
    original_title: str
    overview: str
    poster_path: str | None
    backdrop_path: str | None


class Lore(Protocol):
    """All that is known of a film or a series beyond the columns."""

    def texts(self, position: int) -> Any:
        """Return what a list row shows, as a named tuple: of films, `Texts`."""
        ...

    def titles(self, position: int) -> tuple[str, str]:
        """Return the title and the original title: cheaper than all texts, for whoever looks at all films."""
        ...

    def extras(self, position: int) -> Body:
        """Return the fields that only the details have."""
        ...

    def revisions(self, position: int) -> Mapping[str, int]:
        """Return how often each part was edited; a part that never was is left out."""
        ...

    def imdb_id(self, position: int) -> str | None:
        """Return the IMDb id, if one is known."""
        ...

    def id_of(self, imdb_id: str) -> int | None:
        """Return the id of the only work that can have this IMDb id."""
        ...


def reordered(column: "array[Any]", order: Iterable[int]) -> "array[Any]":
    """Return the column with its entries in the given order."""
    return array(column.typecode, map(column.__getitem__, order))


def index(ids: "array[int]") -> Callable[[int], int | None]:
    """Return a function that tells where an id stands, or None when it is not there.

    >>> where = index(array("i", [7, 3]))
    >>> where(3), where(4)
    (1, None)
    """
    highest = max(ids, default=0)
    if highest > 4 * len(ids) + 1000:
        return {film_id: position for position, film_id in enumerate(ids)}.get
    # A million entries of a dictionary would need a hundred megabytes; ids are dense enough for a plain table.
    table = array("i", bytes(4 * (highest + 1)))
    for position, film_id in enumerate(ids, start=1):
        table[film_id] = position
    return lambda film_id: table[film_id] - 1 if 0 <= film_id <= highest and table[film_id] else None


def day_text(day: int) -> str:
    """Return a day number as TMDB writes a date; "" for a film without one.

    >>> day_text(737060), day_text(0)
    ('2019-01-01', '')
    """
    return date.fromordinal(day).isoformat() if day else ""
