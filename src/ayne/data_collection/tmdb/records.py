"""Records out of TMDB's answers.

Unknown comes in many shapes: ``0``, ``""``, ``null``, an absent key, ``"7.0"`` for a number. Each field is decoded on
its own, so that a value of an unexpected type costs that value and not the film. New keys appear without notice;
they are kept in ``raw``, and so are the values that could not be read.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, cast

import msgspec

from ayne.data_collection.answers import UNREADABLE, Answer, glimpse, observed_at
from ayne.data_collection.tmdb.coverage import Listed
from ayne.data_collection.tmdb.models import (
    PARTS,
    ROWS_PER_PAGE,
    Collection,
    Genre,
    Integer,
    ListPage,
    MovieDetails,
    MovieSummary,
    ProductionCompany,
    ProductionCountry,
    SpokenLanguage,
)
from ayne.data_collection.tmdb.protocol import fields
from ayne.errors import BadPayload, ServerFailure

_ANYTHING = msgspec.json.Decoder()

_Id = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]

# Read leniently, the texts "NaN" and "inf" would be numbers.
_Number = Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]


def _as_is(value: Any) -> Any:
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
class _Field:
    """How one field of a record is made: from which key, of what type, and what stands for unknown."""

    key: str
    decoder: msgspec.json.Decoder[Any]
    tidy: Callable[[Any], Any]
    whole: bool = False

    def read(self, value: msgspec.Raw) -> Any:
        """The value, tidied. ``whole``: the type is only a condition, and keys it does not name are kept."""
        typed = self.decoder.decode(value)
        return self.tidy(_ANYTHING.decode(value) if self.whole else typed)


def _field(key: str, kind: Any, tidy: Callable[[Any], Any] = _as_is) -> _Field:
    # Not strict, because numbers have come as strings ("7.0" in 2014).
    return _Field(key, msgspec.json.Decoder(kind | None, strict=False), tidy)


def _texts(*names: str) -> dict[str, _Field]:
    return {name: _field(name, str, _or_none) for name in names}


def _flags(*names: str) -> dict[str, _Field]:
    return {name: _field(name, bool) for name in names}


def _objects(key: str, kind: Any, tidy: Callable[[Any], Any]) -> _Field:
    return _Field(key, msgspec.json.Decoder(kind | None), tidy, whole=True)


_SHARED: dict[str, _Field] = {
    **_texts("title", "original_title", "original_language", "overview", "poster_path", "backdrop_path"),
    **_flags("adult", "video", "softcore"),
    "release_date": _field("release_date", str, _day),
    # No vote is below 0.5, so an average of 0 is the average of nothing.
    "vote_average": _field("vote_average", _Number, _or_none),
    "vote_count": _field("vote_count", Integer),
    "popularity": _field("popularity", _Number),
}
_SUMMARY = {
    **_SHARED,
    "genre_ids": _field("genre_ids", list[Integer], _or_empty),
}
_DETAILS = {
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
_ID = msgspec.json.Decoder(_Id, strict=False)
_ROW = msgspec.json.Decoder(dict[str, msgspec.Raw])

# RFC 9110, section 8.8.3. It is sent back as it is, so nothing else may be in it.
_ETAG = re.compile(r'(W/)?"[!#-~]{1,200}"')

# Only said of rows in lists that mix films with other things; every film here is one.
_KNOWN_ELSEWHERE = frozenset({"id", "media_type"})

# Parts that TMDB still answers although its documentation has dropped them.
_OLD_PARTS = ("account_states", "casts", "releases", "trailers")
_PART_KEYS = frozenset({*PARTS, *_OLD_PARTS})


def _record(found: Mapping[str, msgspec.Raw], layout: Mapping[str, _Field]) -> dict[str, Any]:
    """A record of this layout; raises BadPayload when there is no usable id."""
    try:
        record: dict[str, Any] = {"tmdb_id": _ID.decode(found["id"])}
    except (KeyError, *UNREADABLE):
        raise BadPayload(f"no usable id: {glimpse(bytes(found.get('id', b'')))}", status=200) from None
    raw: dict[str, Any] = {}
    for name, field in layout.items():
        try:
            record[name] = field.read(found[field.key]) if field.key in found else field.tidy(None)
        except UNREADABLE:
            raw[field.key] = _anything(found[field.key])
            record[name] = field.tidy(None)
    for key in found.keys() - layout.keys() - _KNOWN_ELSEWHERE - _PART_KEYS:
        raw[key] = _anything(found[key])
    record["raw"] = raw
    return record


def _anything(value: msgspec.Raw) -> Any:
    try:
        return _ANYTHING.decode(value)
    except UNREADABLE:
        return glimpse(bytes(value))


def _part(value: msgspec.Raw) -> Any:
    """A part as it came. One number no float holds, or one byte that is no text, is not the end of all its rows."""
    try:
        return _ANYTHING.decode(value)
    except UNREADABLE:
        try:
            return json.loads(bytes(value).decode("utf-8", "replace"))
        except UNREADABLE:
            return glimpse(bytes(value))


def read_page(answer: Answer, page: int) -> ListPage:
    """Decode a page of a list, which must be the page asked for.

    Raises:
        SourceError: the answer is an error, or no such page.
    """
    found = fields(answer)
    try:
        rows = msgspec.json.decode(found["results"], type=list[msgspec.Raw])
        number, total_pages, total_results = (
            msgspec.json.decode(found[key], type=Annotated[int, msgspec.Meta(ge=0, lt=2**53)])
            for key in ("page", "total_pages", "total_results")
        )
    except (KeyError, *UNREADABLE):
        raise BadPayload(f"200, but not a page of a list: {glimpse(answer.body)}", status=200) from None
    if number != page:
        raise BadPayload(f"asked for page {page}, got page {number}", status=200)
    if not rows and page <= total_pages and (page - 1) * ROWS_PER_PAGE < total_results:
        raise BadPayload(f"page {page} is empty, although it is one of {total_pages}", status=200)
    seen = observed_at(answer).isoformat(timespec="seconds")
    results: list[MovieSummary] = []
    unreadable: list[str] = []
    strangers = 0
    for row in rows:
        try:
            results.append(cast("MovieSummary", {**_record(_ROW.decode(row), _SUMMARY), "observed_at": seen}))
        except BadPayload as error:
            unreadable.append(error.message)
        except UNREADABLE:
            strangers += 1
            unreadable.append(f"no film: {glimpse(bytes(row))}")
    if strangers and strangers == len(rows):
        raise BadPayload(f"200, but not a page of a list: {glimpse(answer.body)}", status=200)
    return ListPage(page, total_pages, total_results, results, unreadable)


def read_details(answer: Answer) -> MovieDetails:
    """Decode the details of a film.

    Raises:
        SourceError: the answer is an error, or not a film.
    """
    found = fields(answer)
    record = _record(found, _DETAILS)
    record["observed_at"] = observed_at(answer).isoformat(timespec="seconds")
    record["parts"] = {part: _part(found[part]) for part in (*PARTS, *_OLD_PARTS) if part in found}
    if _ETAG.fullmatch(etag := answer.headers.get("etag", "")):
        record["etag"] = etag
    return cast("MovieDetails", record)


def read_and_keep(answer: Answer) -> MovieDetails:
    """Decode the details of a film, and hand over the answer as it came too.

    Raises:
        SourceError: the answer is an error, or not a film.
    """
    movie = read_details(answer)
    movie["body"] = answer.body
    return movie


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer out of the database, where only good ones are."""

    body: bytes
    received_at: datetime
    status: int = 200

    @property
    def headers(self) -> Mapping[str, str]:
        return {}


def read_again(body: bytes, observed_at: datetime, asked: Iterable[str] = ()) -> MovieDetails:
    """Decode details that were kept as they came.

    Args:
        body: as it was kept.
        observed_at: when TMDB made it.
        asked: the parts that were asked for; one that is not in the body is known to be missing.

    Raises:
        SourceError: it is not a film.
    """
    record = read_details(_Kept(body, observed_at))
    for part in asked:
        record["parts"].setdefault(part, None)
    return record


def read_success(answer: Answer) -> datetime:
    """Accept any answer that is not an error, as of ``/authentication``; when it was made."""
    if bytes(fields(answer).get("success", b"true")) != b"true":
        raise ServerFailure("200, but TMDB does not call it a success", status=200)
    return observed_at(answer)


def listed(film: MovieSummary) -> Listed:
    """What of a list row decides in which ranges the film lies."""
    day = film["release_date"]
    return Listed(
        film["tmdb_id"], date.fromisoformat(day) if day else None, film["vote_count"], tuple(film["genre_ids"])
    )


def in_order(summaries: Iterable[MovieSummary], sort_by: str) -> list[MovieSummary]:
    """Each film once, in the order that was asked for, whatever order the pages came in.

    Revenue is not part of a summary; that order is left as TMDB gave it.
    """
    films = list({film["tmdb_id"]: film for film in summaries}.values())
    name, way = sort_by.rsplit(".", 1)
    key = "release_date" if name == "primary_release_date" else name
    if name == "revenue":
        return films

    def row(film: MovieSummary) -> dict[str, Any]:
        return cast("dict[str, Any]", film)

    known = sorted((film for film in films if row(film)[key] is not None), key=lambda film: film["tmdb_id"])
    known.sort(key=lambda film: row(film)[key], reverse=way == "desc")
    return known + [film for film in films if row(film)[key] is None]
