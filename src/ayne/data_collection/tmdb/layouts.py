"""The fields of records: from which key of TMDB's each is made, of what type, and what stands for unknown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec

from ayne.data_collection.tmdb.models import (
    PARTS,
    Collection,
    Genre,
    Integer,
    ProductionCompany,
    ProductionCountry,
    SpokenLanguage,
)

ANYTHING = msgspec.json.Decoder()

Id = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]

Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]

# Read leniently, the texts "NaN" and "inf" would be numbers.
_Number = Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]


def as_is(value: Any) -> Any:
    """The value."""
    return value


def _or_none(value: Any) -> Any:
    """0 and "" are how TMDB says that it does not know."""
    return value or None


def _or_empty(value: Any) -> Any:
    return value or []


def _day(value: str | None) -> str | None:
    """A day, or None for ``""``; raises ValueError for a day that no calendar has."""
    return date.fromisoformat(value).isoformat() if value else None


@dataclass(frozen=True, slots=True)
class Field:
    """How one field of a record is made: from which key, of what type, and what stands for unknown.

    ``whole``: the type is only a condition, and keys it does not name are kept.
    """

    key: str
    kind: Any
    decoder: msgspec.json.Decoder[Any]
    tidy: Callable[[Any], Any]
    whole: bool = False

    def read(self, value: msgspec.Raw) -> Any:
        """The value, tidied."""
        typed = self.decoder.decode(value)
        return self.tidy(ANYTHING.decode(value) if self.whole else typed)


def _field(key: str, kind: Any, tidy: Callable[[Any], Any] = as_is) -> Field:
    # Not strict, because numbers have come as strings ("7.0" in 2014).
    return Field(key, kind | None, msgspec.json.Decoder(kind | None, strict=False), tidy)


def _texts(*names: str) -> dict[str, Field]:
    return {name: _field(name, str, _or_none) for name in names}


def _flags(*names: str) -> dict[str, Field]:
    return {name: _field(name, bool) for name in names}


def _objects(key: str, kind: Any, tidy: Callable[[Any], Any]) -> Field:
    return Field(key, kind | None, msgspec.json.Decoder(kind | None), tidy, whole=True)


_SHARED: dict[str, Field] = {
    **_texts("title", "original_title", "original_language", "overview", "poster_path", "backdrop_path"),
    **_flags("adult", "video", "softcore"),
    "release_date": _field("release_date", str, _day),
    # No vote is below 0.5, so an average of 0 is the average of nothing.
    "vote_average": _field("vote_average", _Number, _or_none),
    "vote_count": _field("vote_count", Integer),
    "popularity": _field("popularity", _Number),
}
SUMMARY = {
    **_SHARED,
    "genre_ids": _field("genre_ids", list[Integer], _or_empty),
}
DETAILS = {
    **_SHARED,
    **_texts("imdb_id", "tagline", "status", "homepage"),
    "genres": _objects("genres", list[Genre], _or_empty),
    "production_companies": _objects("production_companies", list[ProductionCompany], _or_empty),
    "production_countries": _objects("production_countries", list[ProductionCountry], _or_empty),
    "spoken_languages": _objects("spoken_languages", list[SpokenLanguage], _or_empty),
    "belongs_to_collection": _objects("belongs_to_collection", Collection, _or_none),
    "runtime": _field("runtime", Annotated[int, msgspec.Meta(ge=0, lt=2**31)], _or_none),
    "budget": _field("budget", Integer, _or_none),
    "revenue": _field("revenue", Integer, _or_none),
    "origin_country": _field("origin_country", list[str], _or_empty),
}
ID = msgspec.json.Decoder(Id, strict=False)

# Only said of rows in lists that mix films with other things; every film here is one.
KNOWN_ELSEWHERE = frozenset({"id", "media_type"})

# Parts that TMDB still answers although its documentation has dropped them.
OLD_PARTS = ("account_states", "casts", "releases", "trailers")
PART_KEYS = frozenset({*PARTS, *OLD_PARTS})
