"""Describe how one value of an answer is read: what it may look like, what means unknown, and its type in DuckDB.

Unknown comes in many shapes: ``0``, ``""``, ``null``, an absent key. What is read here is ``None`` for all of them. A
list is never ``None``: a film without genres has ``[]``. An odd value costs that value: in a list its place, in an
object its key.

A kind's own columns are decoded from JSON, by the types that :class:`Reader` names; rows of parts are decoded already,
and read value by value (:attr:`Reader.value`).
"""

# Pure: values in, values out.

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Annotated, Any, NotRequired, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from ayne.kinds.imdb_ids import imdb_id_of

# What decoding a hostile body can raise.
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)

# As many as a column of 64 bits can hold, and one of 32.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
SmallInteger = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]

# Read leniently, the texts "NaN" and "inf" would be numbers.
Number = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]

# An id of TMDB's, and a number of rows or pages.
Id = Annotated[int, Meta(ge=1, lt=2**53)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]

# Of a country or a language; an empty one says nothing.
Code = Annotated[str, Meta(min_length=1)]

ANYTHING = msgspec.json.Decoder()
AN_ID = msgspec.json.Decoder(Id, strict=False)
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class PartlyRead(ValueError):
    """A value that could be read only in part; ``rest`` is what could be read."""

    def __init__(self, rest: Any) -> None:
        super().__init__("a value of which something could not be read")
        self.rest = rest


def as_is(value: Any) -> Any:
    """Return the value."""
    return value


def or_none(value: Any) -> Any:
    """Return None for 0 and ``""``: that is how TMDB says that it does not know."""
    return value or None


def or_empty(value: Any) -> Any:
    """Return ``[]`` for None."""
    return value or []


@dataclass(frozen=True, slots=True)
class Reader:
    """How a value is read.

    Attributes:
        type: DuckDB's type of it.
        accepts: the type of a value that is as expected, or of one item of its list.
        tidy: makes the record's value of what was decoded; raises ValueError for what cannot be meant.
        value: makes a row's value of a decoded one that is not None; raises ValueError, TypeError or OverflowError.
        whole: ``accepts`` is only a condition; objects keep the keys that it does not name.
        salvage: reads what it can of a value that is not as expected; raises PartlyRead when that is not all of it.
        pick: makes the column's value of the record's, where they are not the same.
    """

    type: str
    accepts: Any
    tidy: Callable[[Any], Any] = as_is
    value: Callable[[Any], Any] = as_is
    whole: bool = False
    salvage: Callable[[msgspec.Raw], Any] | None = None
    pick: Callable[[Any], Any] | None = None
    _decoder: msgspec.json.Decoder[Any] = field(init=False)

    def __post_init__(self) -> None:
        # Numbers have come as strings ("7.0" in 2014), so only objects are read strictly.
        object.__setattr__(self, "_decoder", msgspec.json.Decoder(self.accepts | None, strict=self.whole))

    def read(self, value: msgspec.Raw) -> Any:
        """Return the record's value; raise PartlyRead with what is left of one that is not as expected."""
        try:
            typed = self._decoder.decode(value)
        except UNREADABLE:
            if not self.salvage:
                raise
            return self.tidy(self.salvage(value))
        return self.tidy(ANYTHING.decode(value) if self.whole else typed)

    def each(self, key: str, type: str) -> Reader:  # noqa: A002 - it is the type
        """Read the value under ``key`` of each object of a list."""
        value = itemgetter(key)
        return replace(self, type=type, pick=lambda objects: list(map(value, objects)))

    def inner(self, key: str, type: str) -> Reader:  # noqa: A002 - it is the type
        """Read the value under ``key`` of an object."""
        return replace(self, type=type, pick=lambda found: found.get(key) if found else None)

    def inner_day(self, key: str) -> Reader:
        """Read the day under ``key`` of an object; what is not a day is unknown."""

        def pick(found: dict[str, Any] | None) -> str | None:
            try:
                return _iso_day(found.get(key)) if found else None
            except (ValueError, TypeError):
                return None

        return replace(self, type="DATE", pick=pick)


# --- what a value means -----------------------------------------------------------------------------------------------


def _iso_day(value: str | None) -> str | None:
    return date.fromisoformat(value).isoformat() if value else None


def _imdb_id_of(letters: str) -> Callable[[str | None], str | None]:
    def read(value: str | None) -> str | None:
        written = _text(value) if value is not None else None
        if written is None or not written.strip():
            return None
        if found := imdb_id_of(written, letters):
            return found
        raise ValueError(f"no IMDb id: {written!r}")

    return read


_imdb_id, _imdb_person = _imdb_id_of("tt"), _imdb_id_of("nm")


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    return value or None


def _language(value: Any) -> str | None:
    found = _text(value)
    return None if found in {"xx", "XX"} else found


# Python would take "1_0" and digits of other scripts too.
_WHOLE = re.compile(r"-?[0-9]{1,19}(?:\.0+)?")


def _integer_of(bits: int) -> Callable[[Any], int]:
    most = 2 ** (bits - 1) - 1

    def read(value: Any) -> int:
        # Numbers have come as texts, and whole ones as floats.
        if isinstance(value, str) and not _WHOLE.fullmatch(value):
            raise ValueError
        found = int(value.partition(".")[0] if isinstance(value, str) else value)
        if isinstance(value, bool) or (isinstance(value, float) and value != found) or not -most <= found <= most:
            raise ValueError
        return found

    return read


_integer = _integer_of(64)
_small_integer = _integer_of(32)


def _number(value: Any) -> float:
    found = float(value)
    if isinstance(value, bool) or not math.isfinite(found):
        raise ValueError
    return found


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    return value


_ZONE = re.compile(" (UTC?|GMT)$")


def _moment(value: Any) -> datetime | None:
    written = _text(value)
    if written is None:
        return None
    # In 2021 it was "2015-06-24 13:58:36 UTC".
    found = datetime.fromisoformat(_ZONE.sub("Z", written))
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _date(value: Any) -> date | None:
    written = _text(value)
    return date.fromisoformat(written) if written else None


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    found = [item for item in value if isinstance(item, str) and item]
    if any(item is not None and not isinstance(item, str) for item in value):
        raise PartlyRead(found)
    return found


# --- what is left of an odd value -------------------------------------------------------------------------------------


def _items(read: Callable[[msgspec.Raw], Any]) -> Callable[[msgspec.Raw], list[Any]]:
    """Read a list item by item; one that cannot be read, or that is null, is left out."""

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


def _object(kind: Any) -> Callable[[msgspec.Raw], dict[str, Any]]:
    """Read an object key by key. Its first key says what it is: without that there is no object."""
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


# --- the readers ------------------------------------------------------------------------------------------------------


def _listed(type_: str, item: Any, value: Callable[[Any], Any] = as_is) -> Reader:
    read = msgspec.json.Decoder(item, strict=False).decode
    return Reader(type_, list[item], or_empty, value, salvage=_items(read))


TEXT = Reader("VARCHAR", str, or_none, _text)
FLAG = Reader("BOOLEAN", bool, as_is, _flag)
INTEGER = Reader("BIGINT", Integer, as_is, _integer)
SMALL_INTEGER = Reader("INTEGER", SmallInteger, as_is, _small_integer)
NUMBER = Reader("DOUBLE", Number, as_is, _number)
DAY = Reader("DATE", str, _iso_day, _date)
MOMENT = Reader("TIMESTAMP", str, as_is, _moment)
TEXTS = _listed("VARCHAR[]", Code, _texts)
IDS = _listed("BIGINT[]", Integer)
IMDB_ID = Reader("VARCHAR", str, _imdb_id, _imdb_id)
IMDB_PERSON = Reader("VARCHAR", str, _imdb_person, _imdb_person)

# The code of a language; TMDB's xx says that there is none.
LANGUAGE = Reader("VARCHAR", str, or_none, _language)

# 0 is unknown: nobody made a film for nothing, nor one of no minutes; no vote is below 0.5.
DOLLARS = Reader("BIGINT", Integer, or_none)
MINUTES = Reader("INTEGER", Annotated[int, Meta(ge=0, lt=2**31)], or_none, lambda value: _small_integer(value) or None)
EACH_MINUTES = _listed("INTEGER[]", Annotated[int, Meta(ge=0, lt=2**31)])
AVERAGE = Reader("DOUBLE", Number, or_none, lambda value: _number(value) or None)


def list_of(item: Any) -> Reader:
    """Return the reader of a list of objects that the record keeps as they came; see :meth:`Reader.each`."""
    return Reader("JSON", list[item], or_empty, whole=True, salvage=_items(_object(item)))


def one(item: Any) -> Reader:
    """Return the reader of an object that the record keeps as it came; see :meth:`Reader.inner`."""
    return Reader("JSON", item, or_none, whole=True, salvage=_object(item))
