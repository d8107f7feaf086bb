"""How one value of an answer is read: what it may look like, what stands for unknown, and as what DuckDB keeps it.

Unknown comes in many shapes: ``0``, ``""``, ``null``, an absent key. What is read here is ``None`` for all of them. A
list is never ``None``: a film without genres has ``[]``.

The readers of a kind's own columns carry the type by which ``msgspec`` decodes a well-formed body in one go. Rows of
parts are read value by value, by the same readers (:meth:`Reader.value`).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

from msgspec import Meta

# As many as a column of 64 bits can hold, and one of 32.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
SmallInteger = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]

# Read leniently, the texts "NaN" and "inf" would be numbers.
Number = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]

# An id of TMDB's, and a number of rows or pages.
Id = Annotated[int, Meta(ge=1, lt=2**53)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]


def as_is(value: Any) -> Any:
    """Return the value."""
    return value


def or_none(value: Any) -> Any:
    """Return None for 0 and ``""``: that is how TMDB says that it does not know."""
    return value or None


def or_empty(value: Any) -> Any:
    """Return ``[]`` for None."""
    return value or []


def _day(value: str | None) -> str | None:
    return date.fromisoformat(value).isoformat() if value else None


@dataclass(frozen=True, slots=True)
class Reader:
    """How a value is read.

    Attributes:
        type: DuckDB's type of it.
        accepts: the type that ``msgspec`` decodes it as.
        tidy: makes the record's value of what was decoded; raises ValueError for what cannot be meant.
        value: makes a row's value of a decoded one that is not None; raises ValueError, TypeError or OverflowError.
        whole: ``accepts`` is only a condition; objects keep the keys that it does not name.
        pick: makes the column's value of the record's, where they are not the same.
    """

    type: str
    accepts: Any
    tidy: Callable[[Any], Any] = as_is
    value: Callable[[Any], Any] = as_is
    whole: bool = False
    pick: Callable[[Any], Any] | None = None

    def each(self, key: str, type: str) -> Reader:  # noqa: A002 - it is the type
        """Keep of each object of a list what stands under ``key``."""
        return replace(self, type=type, pick=lambda objects: [found[key] for found in objects])

    def inner(self, key: str, type: str) -> Reader:  # noqa: A002
        """Keep of an object what stands under ``key``."""
        return replace(self, type=type, pick=lambda found: found[key] if found else None)


# --- one value of a part, already decoded ---------------------------------------------------------------------------


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    return value or None


def _integer_of(bits: int) -> Callable[[Any], int]:
    most = 2 ** (bits - 1) - 1

    def read(value: Any) -> int:
        # Numbers have come as texts, and whole ones as floats.
        found = int(value)
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


def _moment(value: Any) -> datetime | None:
    written = _text(value)
    if written is None:
        return None
    # In 2021 it was "2015-06-24 13:58:36 UTC".
    found = datetime.fromisoformat(written.replace(" UTC", "Z"))
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _date(value: Any) -> date | None:
    written = _text(value)
    return date.fromisoformat(written) if written else None


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    return [found for found in map(_text, value) if found is not None]


# --- the readers ------------------------------------------------------------------------------------------------------

TEXT = Reader("VARCHAR", str, or_none, _text)
FLAG = Reader("BOOLEAN", bool, as_is, _flag)
INTEGER = Reader("BIGINT", Integer, as_is, _integer)
SMALL_INTEGER = Reader("INTEGER", SmallInteger, as_is, _small_integer)
NUMBER = Reader("DOUBLE", Number, as_is, _number)
DAY = Reader("DATE", str, _day, _date)
MOMENT = Reader("TIMESTAMP", str, as_is, _moment)
TEXTS = Reader("VARCHAR[]", list[str], or_empty, _texts)
IDS = Reader("BIGINT[]", list[Integer], or_empty)

# 0 is unknown: nobody made a film for nothing, nor one of no minutes; no vote is below 0.5.
DOLLARS = Reader("BIGINT", Integer, or_none)
MINUTES = Reader("INTEGER", Annotated[int, Meta(ge=0, lt=2**31)], or_none, lambda value: _small_integer(value) or None)
AVERAGE = Reader("DOUBLE", Number, or_none, lambda value: _number(value) or None)


def objects(accepts: Any, tidy: Callable[[Any], Any] = or_empty) -> Reader:
    """Return the reader of a list of objects, or of one object, that the record keeps as it came.

    A column takes one key out of it: :meth:`Reader.each`, :meth:`Reader.inner`.
    """
    return Reader("JSON", accepts, tidy, whole=True)
