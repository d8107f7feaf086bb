"""The fields of records: from which key of TMDB's each is made, of what type, and what stands for unknown."""

# Pure: values in, values out.

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, NotRequired, get_args, get_origin, get_type_hints

import msgspec

from ayne.data_collection.answers import UNREADABLE, PartlyRead
from ayne.data_collection.imdb_ids import imdb_id_of
from ayne.data_collection.tmdb.models import (
    PARTS,
    Code,
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


def _imdb_id(value: str | None) -> str | None:
    """An id as IMDb writes it, or None for ``""``; raises ValueError for what is none."""
    if not value or not value.strip():
        return None
    if found := imdb_id_of(value):
        return found
    raise ValueError(f"no IMDb id: {value!r}")


@dataclass(frozen=True, slots=True)
class Field:
    """How one field of a record is made: from which key, of what type, and what stands for unknown.

    Attributes:
        key: TMDB's name.
        kind: the type of a value that is as expected.
        decoder: of that type.
        tidy: what becomes of the decoded value.
        whole: the type is only a condition, and keys that it does not name are kept.
        salvage: reads what it can of a value that is not as expected; raises PartlyRead when that is not all of it.
    """

    key: str
    kind: Any
    decoder: msgspec.json.Decoder[Any]
    tidy: Callable[[Any], Any]
    whole: bool = False
    salvage: Callable[[msgspec.Raw], Any] | None = None

    def read(self, value: msgspec.Raw) -> Any:
        """The value, tidied; raises PartlyRead with what is left of one that is not as expected."""
        try:
            typed = self.decoder.decode(value)
        except UNREADABLE:
            if not self.salvage:
                raise
            return self.tidy(self.salvage(value))
        return self.tidy(ANYTHING.decode(value) if self.whole else typed)


def _field(key: str, kind: Any, tidy: Callable[[Any], Any] = as_is) -> Field:
    # Not strict, because numbers have come as strings ("7.0" in 2014).
    return Field(key, kind | None, msgspec.json.Decoder(kind | None, strict=False), tidy)


def _texts(*names: str) -> dict[str, Field]:
    return {name: _field(name, str, _or_none) for name in names}


def _flags(*names: str) -> dict[str, Field]:
    return {name: _field(name, bool) for name in names}


_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

_Salvage = Callable[[msgspec.Raw], Any]


def _items(read: _Salvage) -> _Salvage:
    """Reads a list item by item; one that cannot be read, or that is null, is left out."""

    def salvage(value: msgspec.Raw) -> list[Any]:
        found, lost = [], False
        for item in _RAW_LIST.decode(value):
            try:
                found.append(read(item))
            except PartlyRead as odd:
                found.append(odd.rest)
                lost = True
            except UNREADABLE:
                lost = True
        if lost:
            raise PartlyRead(found)
        return found

    return salvage


def _object(kind: Any) -> _Salvage:
    """Reads an object key by key. Its first key says what it is: without that there is no object."""
    hints = get_type_hints(kind, include_extras=True)
    needed = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
    types = {name: hint if name in needed else get_args(hint)[0] for name, hint in hints.items()}
    decoders = {name: msgspec.json.Decoder(inner, strict=False) for name, inner in types.items()}
    first = next(iter(hints))

    def salvage(value: msgspec.Raw) -> dict[str, Any]:
        found: dict[str, Any] = dict.fromkeys(needed)
        lost = False
        for key, inner in _RAW_OBJECT.decode(value).items():
            try:
                found[key] = decoders.get(key, ANYTHING).decode(inner)
            except UNREADABLE:
                found[key] = None
                lost = True
        if found[first] is None:
            raise ValueError(f"no {first}")
        if lost:
            raise PartlyRead(found)
        return found

    return salvage


def _list(key: str, item: Any) -> Field:
    kind = list[item] | None
    read = msgspec.json.Decoder(item, strict=False).decode
    return Field(key, kind, msgspec.json.Decoder(kind, strict=False), _or_empty, salvage=_items(read))


def _objects(key: str, kind: Any) -> Field:
    listed = list[kind] | None
    return Field(key, listed, msgspec.json.Decoder(listed), _or_empty, whole=True, salvage=_items(_object(kind)))


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
    "genre_ids": _list("genre_ids", Integer),
}
DETAILS = {
    **_SHARED,
    "imdb_id": _field("imdb_id", str, _imdb_id),
    **_texts("tagline", "status", "homepage"),
    "genres": _objects("genres", Genre),
    "production_companies": _objects("production_companies", ProductionCompany),
    "production_countries": _objects("production_countries", ProductionCountry),
    "spoken_languages": _objects("spoken_languages", SpokenLanguage),
    "belongs_to_collection": Field(
        "belongs_to_collection",
        Collection | None,
        msgspec.json.Decoder(Collection | None),
        _or_none,
        whole=True,
        salvage=_object(Collection),
    ),
    "runtime": _field("runtime", Annotated[int, msgspec.Meta(ge=0, lt=2**31)], _or_none),
    "budget": _field("budget", Integer, _or_none),
    "revenue": _field("revenue", Integer, _or_none),
    "origin_country": _list("origin_country", Code),
}
ID = msgspec.json.Decoder(Id, strict=False)

# Only said of rows in lists that mix films with other things; every film here is one.
KNOWN_ELSEWHERE = frozenset({"id", "media_type"})

# Parts that TMDB still answers although its documentation has dropped them.
OLD_PARTS = ("account_states", "casts", "releases", "trailers")
PART_KEYS = frozenset({*PARTS, *OLD_PARTS})
