"""Values inside the parts of a film: what each sort of value may look like, and what it means.

Unknown is None. Each function raises ValueError, TypeError or OverflowError for what it cannot read.
"""

# Pure: values in, values out.

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from ayne.data_collection.answers import PartlyRead
from ayne.data_collection.imdb_ids import imdb_id_of

Reader = Callable[[Any], Any]


def text(value: Any) -> str | None:
    """A text; an empty one is unknown."""
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    return value or None


_ZONE = re.compile(" (UTC?|GMT)$")

# Python would take "1_0" and digits of other scripts too.
_WHOLE = re.compile(r"-?[0-9]{1,19}(?:\.0+)?")


def language(value: Any) -> str | None:
    """The code of a language; TMDB's ``xx`` says that there is none."""
    found = text(value)
    return None if found in {"xx", "XX"} else found


def imdb_id(value: Any) -> str | None:
    """The id of a title on IMDb."""
    written = text(value)
    if written is None or not written.strip():
        return None
    if found := imdb_id_of(written):
        return found
    raise ValueError(f"no IMDb id: {written!r}")


def _integer_of(bits: int) -> Reader:
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


integer = _integer_of(64)
small_integer = _integer_of(32)


def number(value: Any) -> float:
    """A number that a float holds."""
    found = float(value)
    if isinstance(value, bool) or not math.isfinite(found):
        raise ValueError
    return found


def vote(value: Any) -> float | None:
    """An average of votes; 0 is the average of nothing."""
    return number(value) or None


def minutes(value: Any) -> int | None:
    """A number of minutes; 0 is unknown."""
    return int(small_integer(value)) or None


def flag(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    return value


def moment(value: Any) -> datetime | None:
    """A moment in UTC, without saying so: DuckDB's TIMESTAMP has no zone."""
    written = text(value)
    if written is None:
        return None
    # In 2021 it was "2015-06-24 13:58:36 UTC".
    found = datetime.fromisoformat(_ZONE.sub("Z", written))
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def day(value: Any) -> date | None:
    """A day."""
    written = text(value)
    return date.fromisoformat(written) if written else None


def texts(value: Any) -> list[str]:
    """The texts of a list; raises PartlyRead when other things stand among them."""
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    found = [item for item in value if isinstance(item, str) and item]
    if any(item is not None and not isinstance(item, str) for item in value):
        raise PartlyRead(found)
    return found
