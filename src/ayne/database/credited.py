"""Find the people in the credits of stored films and series, and which of them are stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ayne.data_collection.credited import Credited
from ayne.database import rows
from ayne.database.statements import statements
from ayne.database.tables import KindTables

STATES = ("missing", "stored", "gone", "waiting")


class CreditedPeople:
    """The people in the credits of stored films and series."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def credited_jobs(self) -> set[str]:
        """Return the jobs and departments that credits name; ``Acting`` if they name a cast."""
        return {job for (job,) in self._tables.named("credited_jobs").rows}

    def credited_ids(self, who: Credited, parts: Sequence[str], now: datetime, most: int | None = None) -> list[int]:
        """Return the people who lack details or parts and may be asked for now, the most popular first."""
        values = _values(who, parts, now) | {"most": rows.limit(most)}
        order = "failed, popularity DESC NULLS LAST, tmdb_id"
        found = f"SELECT tmdb_id FROM ({self._credited}) WHERE state = 'missing' ORDER BY {order} LIMIT $most"  # noqa: S608 - our own statement
        return [tmdb_id for (tmdb_id,) in self._tables.file.ask(found, values).rows]

    def count_credited(self, who: Credited, parts: Sequence[str], now: datetime) -> dict[str, int]:
        """Return how many of them are ``missing``, ``stored``, ``gone``, or ``waiting`` because they failed before."""
        counted = f"SELECT state, count(*) FROM ({self._credited}) GROUP BY state"  # noqa: S608 - our own statement
        return dict.fromkeys(STATES, 0) | dict(self._tables.file.ask(counted, _values(who, parts, now)).rows)

    @property
    def _credited(self) -> str:
        return statements(self._tables.kind)["credited"].rstrip().rstrip(";")


def _values(who: Credited, parts: Sequence[str], now: datetime) -> dict[str, Any]:
    return {
        "billed": rows.limit(who.billed),
        "jobs": None if who.jobs is None else [job.lower() for job in who.jobs],
        "min_popularity": who.min_popularity,
        "names": list(parts),
        "now": rows.to_utc(now),
    }
