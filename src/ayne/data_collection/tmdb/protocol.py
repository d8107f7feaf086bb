"""TMDB's API as values: requests out, records in, and what an answer means.

Three things about TMDB shape this file (https://developer.themoviedb.org/docs/errors):

* An error has two numbers, HTTP's and TMDB's own ``status_code`` in the body, and TMDB's may come inside a 200.
  One table, :data:`MEANING`, says what each means; the body is believed before the status.
* Unknown comes in many shapes: ``0``, ``""``, ``null``, an absent key, ``"7.0"`` for a number. Each field is decoded
  on its own, so that a value of an unexpected type costs that value and not the film.
* New keys appear without notice. They are kept in ``raw``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Protocol, cast

import msgspec

from ayne.data_collection.tmdb.models import (
    PARTS,
    ROWS_PER_PAGE,
    Collection,
    DiscoverQuery,
    Genre,
    Integer,
    ListPage,
    MovieDetails,
    MovieSummary,
    ProductionCompany,
    ProductionCountry,
    Range,
    SpokenLanguage,
    checked_parts,
)
from ayne.errors import (
    BadPayload,
    ConfigurationError,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFailure,
    SourceError,
    Unauthorized,
)

BASE_URL = "https://api.themoviedb.org/3"

ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."

SORT_ORDERS = tuple(
    f"{name}.{way}"
    for name in (
        "original_title",
        "popularity",
        "primary_release_date",
        "revenue",
        "title",
        "vote_average",
        "vote_count",
    )
    for way in ("asc", "desc")
)


class Answer(Protocol):
    """What this file needs to know of an HTTP answer."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, looked up in lower case."""
        ...

    @property
    def body(self) -> bytes:
        """The body, decompressed."""
        ...

    @property
    def received_at(self) -> datetime:
        """When it came, in UTC."""
        ...


# --- credentials ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """A key, and how TMDB wants to be given it. Its repr does not show it.

    Source: https://developer.themoviedb.org/docs/authentication-application
    """

    kind: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    advice: str

    def __repr__(self) -> str:
        return f"<{self.kind}>"


def credential(key: str) -> Credential:
    """Tell a v3 API key from a v4 read access token by its shape.

    Raises:
        ConfigurationError: the text cannot be either.

    Example:
        >>> credential("0123456789abcdef0123456789abcdef")
        <v3 API key>
        >>> credential("eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiIwIn0.c2ln")
        <v4 read access token>
    """
    text = key.strip()
    if not text.isascii() or not text.isprintable() or " " in text or not text:
        raise ConfigurationError("The TMDB key holds blanks or characters no key has; was it copied whole?")
    if text.startswith("eyJ") and text.count(".") == 2:
        advice = "Copy the API Read Access Token anew from https://www.themoviedb.org/settings/api."
        return Credential("v4 read access token", {}, {"Authorization": f"Bearer {text}"}, advice)
    advice = "Copy the API Key anew from https://www.themoviedb.org/settings/api."
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        advice = f"A v3 key is 32 characters of 0-9 and a-f, this one is not. {advice}"
    return Credential("v3 API key", {"api_key": text}, {}, advice)


# --- requests ---------------------------------------------------------------------------------------------------


def discover_params(query: DiscoverQuery, item: Range, page: int | None = None) -> dict[str, str]:
    """The parameters of ``/discover/movie`` for one page of a range; without a page, the range's identity.

    Source: https://developer.themoviedb.org/reference/discover-movie

    >>> from ayne.data_collection.tmdb.ranges import start
    >>> discover_params(DiscoverQuery(), start(2024, 2024, 200)[0], 3)["primary_release_date.gte"]
    '2024-01-01'
    """
    params: dict[str, object] = {
        "include_adult": str(query.include_adult).lower(),
        "include_video": str(query.include_video).lower(),
        "sort_by": query.sort_by,
        "primary_release_date.gte": item.start,
        "primary_release_date.lte": item.end,
    }
    optional: dict[str, object | None] = {
        "language": query.language,
        "vote_count.gte": item.min_votes,
        "vote_count.lte": item.max_votes,
        "with_genres": ",".join(map(str, item.with_genres)) or None,
        "without_genres": ",".join(map(str, item.without_genres)) or None,
        "page": page,
    }
    params.update((name, value) for name, value in optional.items() if value is not None)
    return {name: str(value) for name, value in params.items()}


def movie_path(movie_id: int | str) -> str:
    """The path of a film's details, by TMDB id or IMDb id.

    Raises:
        ValueError: it is neither.

    Example:
        >>> movie_path(550), movie_path("tt0137523")
        ('/movie/550', '/movie/tt0137523')
    """
    if isinstance(movie_id, int) and not isinstance(movie_id, bool) and 0 < movie_id < 2**53:
        return f"/movie/{movie_id}"
    if isinstance(movie_id, str) and re.fullmatch(r"tt[0-9]{7,10}", movie_id):
        return f"/movie/{movie_id}"
    raise ValueError(f"{movie_id!r} is neither a TMDB id (a positive number) nor an IMDb id (like 'tt0137523')")


def append_params(append: Iterable[str]) -> dict[str, str]:
    """The ``append_to_response`` parameter for these parts.

    Raises:
        ValueError: a part that TMDB does not have; it would be ignored without a word.

    Example:
        >>> append_params(["credits", "watch/providers"])
        {'append_to_response': 'credits,watch/providers'}
    """
    parts = checked_parts(append)
    return {"append_to_response": ",".join(parts)} if parts else {}


# --- what an answer means -----------------------------------------------------------------------------------------

_SUCCESS_CODES = frozenset({1, 12, 13, 21, 40})

MEANING: dict[str, dict[int, type[SourceError]]] = {
    # TMDB's own status_code. https://developer.themoviedb.org/docs/errors
    "code": {
        **dict.fromkeys((3, 7, 10, 14, 16, 17, 26, 30, 31, 32, 33, 35, 36, 38, 39, 45), Unauthorized),
        **dict.fromkeys((6, 34, 37), NotFound),
        **dict.fromkeys((4, 5, 8, 18, 19, 20, 22, 23, 27, 28, 29, 41, 42, 44, 47), InvalidRequest),
        **dict.fromkeys((2, 9, 11, 15, 24, 43, 46), ServerFailure),
        25: RateLimited,
    },
    # HTTP's, for bodies without one: HTML from the edge, {"errors": […]}. What is in neither is a server failure.
    "status": {
        401: Unauthorized,
        404: NotFound,
        **dict.fromkeys((400, 405, 406, 410, 414, 422), InvalidRequest),
        429: RateLimited,
    },
}

# The two codes by which TMDB says that it has no such film. A bare 404 may come from something in between.
_GONE_CODES = frozenset({6, 34})

_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANYTHING = msgspec.json.Decoder()


class _ErrorBody(msgspec.Struct):
    status_code: int | None = None
    status_message: str | None = None
    errors: list[str] = []


_ERROR_BODY = msgspec.json.Decoder(_ErrorBody)


def fields(answer: Answer) -> dict[str, msgspec.Raw]:
    """The keys of a successful answer, their values not yet decoded.

    Raises:
        SourceError: the subclass that :data:`MEANING` gives for the answer.
    """
    if answer.status == 200:
        try:
            found = _OBJECT.decode(answer.body)
        except _UNREADABLE:
            raise BadPayload(f"200, but not a JSON object: {_glimpse(answer.body)}", status=200) from None
        if "status_code" not in found:
            return found
    error = _ErrorBody()
    with suppress(*_UNREADABLE):
        error = _ERROR_BODY.decode(answer.body)
    if answer.status == 200 and error.status_code in _SUCCESS_CODES:
        return _OBJECT.decode(answer.body)
    raise _source_error(answer, error)


def _source_error(answer: Answer, error: _ErrorBody) -> SourceError:
    code = error.status_code
    kind = MEANING["code"].get(code or 0) or MEANING["status"].get(answer.status, ServerFailure)
    said = _one_line(error.status_message or "; ".join(error.errors), 200) or _glimpse(answer.body)
    number = f"{answer.status}, code {code}" if code is not None else str(answer.status)
    return kind(f"TMDB answered {number}: {said}", status=answer.status, code=code)


def _glimpse(body: bytes) -> str:
    """The beginning of a body nobody expected, fit for one line of a log."""
    return _one_line(body[:200].decode("utf-8", "replace"), 80) or "(an empty body)"


def _one_line(text: str, most: int) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text[:most]).strip()


def says_gone(error: SourceError) -> bool:
    """Whether TMDB itself said that it has no such film."""
    return isinstance(error, NotFound) and error.code in _GONE_CODES


# --- records ------------------------------------------------------------------------------------------------------

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

# Only said of rows in lists that mix films with other things; every film here is one.
_KNOWN_ELSEWHERE = frozenset({"id", "media_type"})

# Parts that TMDB still answers although its documentation has dropped them.
_OLD_PARTS = ("account_states", "casts", "releases", "trailers")
_PART_KEYS = frozenset({*PARTS, *_OLD_PARTS})


def _record(found: Mapping[str, msgspec.Raw], layout: Mapping[str, _Field]) -> dict[str, Any]:
    """A record of this layout; raises BadPayload when there is no usable id."""
    try:
        record: dict[str, Any] = {"tmdb_id": _ID.decode(found["id"])}
    except (KeyError, *_UNREADABLE):
        raise BadPayload(f"no usable id: {_glimpse(bytes(found.get('id', b'')))}", status=200) from None
    raw: dict[str, Any] = {}
    for name, field in layout.items():
        try:
            record[name] = field.read(found[field.key]) if field.key in found else field.tidy(None)
        except _UNREADABLE:
            raw[field.key] = _anything(found[field.key])
            record[name] = field.tidy(None)
    for key in found.keys() - layout.keys() - _KNOWN_ELSEWHERE - _PART_KEYS:
        raw[key] = _anything(found[key])
    record["raw"] = raw
    return record


def _anything(value: msgspec.Raw) -> Any:
    try:
        return _ANYTHING.decode(value)
    except _UNREADABLE:
        return _glimpse(bytes(value))


def read_page(answer: Answer, page: int) -> ListPage:
    """Decode a page of a list, which must be the page asked for.

    Raises:
        SourceError: the answer is an error, or no such page.
    """
    found = fields(answer)
    try:
        rows = msgspec.json.decode(found["results"], type=list[dict[str, msgspec.Raw]])
        number, total_pages, total_results = (
            msgspec.json.decode(found[key], type=Annotated[int, msgspec.Meta(ge=0, lt=2**53)])
            for key in ("page", "total_pages", "total_results")
        )
    except (KeyError, *_UNREADABLE):
        raise BadPayload(f"200, but not a page of a list: {_glimpse(answer.body)}", status=200) from None
    if number != page:
        raise BadPayload(f"asked for page {page}, got page {number}", status=200)
    if not rows and page <= total_pages and (page - 1) * ROWS_PER_PAGE < total_results:
        raise BadPayload(f"page {page} is empty, although it is one of {total_pages}", status=200)
    seen = observed_at(answer).isoformat(timespec="seconds")
    results: list[MovieSummary] = []
    unreadable: list[str] = []
    for row in rows:
        try:
            results.append(cast("MovieSummary", {**_record(row, _SUMMARY), "observed_at": seen}))
        except BadPayload as error:
            unreadable.append(error.message)
    return ListPage(page, total_pages, total_results, results, unreadable)


def read_details(answer: Answer) -> MovieDetails:
    """Decode the details of a film.

    Raises:
        SourceError: the answer is an error, or not a film.
    """
    found = fields(answer)
    record = _record(found, _DETAILS)
    record["observed_at"] = observed_at(answer).isoformat(timespec="seconds")
    record["parts"] = {part: _anything(found[part]) for part in (*PARTS, *_OLD_PARTS) if part in found}
    return cast("MovieDetails", record)


def read_success(answer: Answer) -> datetime:
    """Accept any answer that is not an error, as of ``/authentication``; when it was made."""
    if bytes(fields(answer).get("success", b"true")) != b"true":
        raise ServerFailure("200, but TMDB does not call it a success", status=200)
    return observed_at(answer)


def observed_at(answer: Answer) -> datetime:
    """When TMDB made the answer: it may have lain in a cache for hours.

    Source: RFC 9111, section 4.2.3. ``Date`` is the moment of making and ``Age`` the seconds since; a ``Date`` in our
    future is a clock that is wrong.
    """
    ages = [0.0]
    age = answer.headers.get("age", "")
    if age.isascii() and age.isdigit():
        ages.append(float(age[:9]))
    try:
        made = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, OverflowError):
        pass
    else:
        ages.append((answer.received_at - (made if made.tzinfo else made.replace(tzinfo=UTC))).total_seconds())
    return answer.received_at - timedelta(seconds=max(ages))


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
