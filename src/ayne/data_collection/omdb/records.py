"""Read titles from OMDb's answers. Every value is a text, and the unknown is the text "N/A".

Every value is a text, and the unknown is the text "N/A". Each field is read on its own, so that a text of an
unexpected shape costs that value and not the title; such a text is kept in ``raw``, and so are unknown keys.
"""

# Pure: values in, values out.

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

import msgspec

from ayne.data_collection.answers import CACHED_FOR_A_DAY, Answer, clock_of, glimpse, observed_at
from ayne.data_collection.omdb.models import OMDbMovie
from ayne.data_collection.omdb.protocol import fields
from ayne.errors import BadPayload, Malformed, Mismatched, QuotaSpent
from ayne.kinds.imdb_ids import imdb_id_of, same_title
from ayne.kinds.readers import UNREADABLE

_ANYTHING = msgspec.json.Decoder()

# OMDb's months are English wherever this runs.
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_MULTIPLES = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9}

# As many as a column can hold.
_MOST = 2**63 - 1
_MOST_MINUTES = 2**31 - 1


class _Odd(ValueError):
    """A text in an unknown form."""


def _matched(pattern: str, text: str) -> re.Match[str]:
    found = re.fullmatch(pattern, text, flags=re.ASCII | re.IGNORECASE)
    if not found:
        raise _Odd(text)
    return found


def text_of(value: Any) -> str | None:
    """Return a value as text, None for an unknown one; a number becomes its text.

    >>> text_of(" R "), text_of("N/A"), text_of(""), text_of(858780)
    ('R', None, None, '858780')
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Odd(repr(value))
    text = str(value).strip()
    return None if text.upper() in {"", "N/A"} else text


def whole(text: str) -> int:
    """Read a count, with commas or without.

    >>> whole("858,780"), whole("10914")
    (858780, 10914)
    """
    number = int(_matched(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,19})", text)[1].replace(",", ""))
    if number > _MOST:
        raise _Odd(text)
    return number


def _small(text: str) -> int:
    """Read a small number, as of seasons."""
    number = whole(text)
    if number > _MOST_MINUTES:
        raise _Odd(text)
    return number


def money(text: str) -> int:
    """US dollars; other currencies are not guessed at.

    >>> money("$291,045,518"), money("$292.6M")
    (291045518, 292600000)
    """
    found = _matched(r"\$ ?([0-9][0-9,]{0,25}(?:\.[0-9]{1,9})?) ?([KMB]?)", text)
    dollars = int(Decimal(found[1].replace(",", "")) * _MULTIPLES[found[2].upper()])
    if dollars > _MOST:
        raise _Odd(text)
    return dollars


def minutes(text: str) -> int:
    """Read a running time in minutes.

    >>> minutes("143 min"), minutes("1 h 30 min"), minutes("2h"), minutes("1,440 min")
    (143, 90, 120, 1440)
    """
    found = _matched(r"(?:([0-9]{1,4}) ?h(?:ours?|rs?)?)?\.? ?(?:([0-9,]{1,9}) ?(?:m|mins?|minutes?)\.?)?", text)
    if found[1] is None and found[2] is None:
        raise _Odd(text)
    return int(found[1] or 0) * 60 + (whole(found[2]) if found[2] else 0)


def day(text: str) -> str:
    """Read a day as ``YYYY-MM-DD``.

    >>> day("14 Jun 2013"), day("2014-01-12")
    ('2013-06-14', '2014-01-12')
    """
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, flags=re.ASCII):
        return date.fromisoformat(text).isoformat()
    found = _matched(r"([0-9]{1,2}) ([a-z]{3})[a-z]*\.? ([0-9]{4})", text)
    month = found[2].casefold()
    if month not in _MONTHS:
        raise _Odd(text)
    return date(int(found[3]), _MONTHS.index(month) + 1, int(found[1])).isoformat()


def years(text: str) -> tuple[int, int | None]:
    r"""Read the first and the last year: a film has one year, and a series that still runs has no last.

    >>> years("2013"), years("2004\N{EN DASH}2010"), years("2019\N{EN DASH}")
    ((2013, 2013), (2004, 2010), (2019, None))
    """
    found = _matched("([0-9]{4})(?: ?([-\N{EN DASH}\N{EM DASH}]) ?([0-9]{4})?)?", text)
    first = int(found[1])
    if not found[2]:
        return first, first
    return first, int(found[3]) if found[3] else None


def percent(text: str) -> int:
    """Read a share in percent.

    >>> percent("57%"), percent("86")
    (57, 86)
    """
    return _of_hundred(_matched(r"([0-9]{1,3}) ?%?", text)[1])


def score(text: str) -> int:
    """Read a score out of a hundred.

    >>> score("55"), score("55/100")
    (55, 55)
    """
    return _of_hundred(_matched(r"([0-9]{1,3})(?:/100)?", text)[1])


def _of_hundred(text: str) -> int:
    if int(text) > 100:
        raise _Odd(text)
    return int(text)


def stars(text: str) -> float:
    """IMDb's average.

    >>> stars("7.1"), stars("7.1/10"), stars("10")
    (7.1, 7.1, 10.0)
    """
    average = float(_matched(r"([0-9]{1,2}(?:\.[0-9]{1,3})?)(?:/10)?", text)[1])
    if not 1 <= average <= 10:
        raise _Odd(text)
    return average


def names(text: str) -> list[str]:
    """Read a list of names, without the blanks around each.

    >>> names("Action, Adventure, Sci-Fi")
    ['Action', 'Adventure', 'Sci-Fi']
    """
    return [name for name in (part.strip() for part in text.split(",")) if name.upper() not in {"", "N/A"}]


def _imdb_id(text: str) -> str:
    found = imdb_id_of(text)
    if found is None:
        raise _Odd(text)
    return found


@dataclass(frozen=True, slots=True)
class _Field:
    """How to read one field of a record: the key, the function, and the texts that mean unknown."""

    key: str
    read: Callable[[str], Any]
    unknown: Callable[[], Any] = lambda: None


_FIELDS: dict[str, _Field] = {
    "title": _Field("Title", str),
    "type": _Field("Type", str),
    "rated": _Field("Rated", str),
    "released": _Field("Released", day),
    "runtime": _Field("Runtime", minutes),
    "imdb_rating": _Field("imdbRating", stars),
    "imdb_votes": _Field("imdbVotes", whole),
    "metascore": _Field("Metascore", score),
    "awards": _Field("Awards", str),
    "box_office": _Field("BoxOffice", money),
    "genres": _Field("Genre", names, list),
    "languages": _Field("Language", names, list),
    "countries": _Field("Country", names, list),
    "director": _Field("Director", str),
    "writer": _Field("Writer", str),
    "actors": _Field("Actors", str),
    "plot": _Field("Plot", str),
    "poster": _Field("Poster", str),
    "production": _Field("Production", str),
    "website": _Field("Website", str),
    "dvd": _Field("DVD", day),
    "season": _Field("Season", _small),
    "episode": _Field("Episode", _small),
    "series_id": _Field("seriesID", _imdb_id),
    "total_seasons": _Field("totalSeasons", _small),
    # What was sent with `tomatoes=true` until 2017, before there were Ratings.
    "rotten_tomatoes": _Field("tomatoMeter", percent),
}

# Whose rating it is, in the list of Ratings: the field it belongs to, and how it is read there.
_RATERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "Internet Movie Database": ("imdb_rating", stars),
    "Rotten Tomatoes": ("rotten_tomatoes", percent),
    "Metacritic": ("metascore", score),
}

_READ_APART = frozenset({"imdbID", "Response", "Year", "Ratings"})
_KNOWN = frozenset(field.key for field in _FIELDS.values()) | _READ_APART


class _Rating(msgspec.Struct):
    Source: str
    Value: str | int | float | None = None


_RATING = msgspec.json.Decoder(_Rating)
_RATINGS = msgspec.json.Decoder(list[msgspec.Raw])


def read_title(answer: Answer, imdb_id: str) -> OMDbMovie:
    """Decode a title, which must be the one asked for.

    Raises:
        SourceError: the answer is an error, or no title.
        Mismatched: it is another title.
    """
    try:
        found = fields(answer)
    except QuotaSpent as error:
        # By a clock that is days off, nobody can tell whose day's quota it was: then it is today's.
        told = clock_of(answer)
        is_off = told is not None and abs(answer.received_at - told) > CACHED_FOR_A_DAY
        error.observed_at = answer.received_at if is_off else observed_at(answer, CACHED_FOR_A_DAY)
        raise
    _check_id(found, imdb_id)
    raw: dict[str, Any] = {}
    record: dict[str, Any] = {"imdb_id": imdb_id}
    for name, field in _FIELDS.items():
        value = _value(found, field.key, field.read, raw)
        record[name] = field.unknown() if value is None else value
    record["year"], record["end_year"] = _value(found, "Year", years, raw) or (None, None)
    _add_ratings(record, found, raw)
    for key in found.keys() - _KNOWN:
        raw[key] = _anything(found[key])
    record["observed_at"] = observed_at(answer, CACHED_FOR_A_DAY).isoformat(timespec="seconds")
    record["raw"] = raw
    return cast("OMDbMovie", record)


def _check_id(found: Mapping[str, msgspec.Raw], imdb_id: str) -> None:
    got = _anything(found["imdbID"]) if "imdbID" in found else None
    if got is None:
        kind = Malformed if "Title" in found else BadPayload
        raise kind("200, but not a title: there is no imdbID", status=200)
    if not same_title(imdb_id, got):
        error = Mismatched(f"OMDb answered with {glimpse(str(got).encode())} instead", status=200)
        error.answered = str(got)
        raise error


def _value(found: Mapping[str, msgspec.Raw], key: str, read: Callable[[str], Any], raw: dict[str, Any]) -> Any:
    """Read one value; return None and keep the text when it is unknown or cannot be read."""
    if key not in found:
        return None
    try:
        text = text_of(_ANYTHING.decode(found[key]))
        return None if text is None else read(text)
    except UNREADABLE:
        raw[key] = _anything(found[key])
        return None


def _add_ratings(record: dict[str, Any], found: Mapping[str, msgspec.Raw], raw: dict[str, Any]) -> None:
    """Fill in values from the list of Ratings; a field outside the list wins, because it is the same number."""
    if "Ratings" not in found or bytes(found["Ratings"]).strip() in {b"null", b'"N/A"'}:
        return
    try:
        ratings = _RATINGS.decode(found["Ratings"])
    except UNREADABLE:
        raw["Ratings"] = _anything(found["Ratings"])
        return
    for rating in ratings:
        try:
            source, value = _rating(rating)
        except UNREADABLE:
            raw["Ratings"] = _anything(found["Ratings"])
            continue
        if record[source] is None:
            record[source] = value


def _rating(item: msgspec.Raw) -> tuple[str, Any]:
    """Return the field of an item of Ratings, and its value; raise if it cannot be read."""
    rating = _RATING.decode(item)
    if rating.Source not in _RATERS:
        raise _Odd(rating.Source)
    name, read = _RATERS[rating.Source]
    text = text_of(rating.Value)
    return name, None if text is None else read(text)


def _anything(value: msgspec.Raw) -> Any:
    try:
        return _ANYTHING.decode(value)
    except UNREADABLE:
        return glimpse(bytes(value))
