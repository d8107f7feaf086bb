"""The part of the store that holds OMDb's ratings, and counts what of OMDb's quota is spent.

Everything here is a transaction of its own. DuckDB lets one process at a time have the file, so two that rate films at
once take turns, and neither ever sees requests that the other has already taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.omdb.quota import (
    LEASE_LASTS,
    Allowance,
    DueRatings,
    Lease,
    LeaseTerms,
    RatingPolicy,
    is_open,
    utc_day,
)
from ayne.database import rows
from ayne.database.file import DatabaseFile, append
from ayne.database.statements import statements
from ayne.errors import StoreError


class RatingTables(DatabaseFile):
    """Ratings, leases and allowances; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def lease_ratings(self, terms: LeaseTerms, now: datetime) -> tuple[Lease | None, Allowance, DueRatings]:
        """Take requests from the day's quota, and films to spend them on, before anything is sent.

        Args:
            terms: whose quota, and how much at most.
            now: the day is that of this moment.

        Returns:
            The lease, None when nothing is left, or nothing due; what is left of the day after it; and what was due
            before it.

        Raises:
            StoreError: there is no such file, or it cannot be written.
        """
        self._refuse_to_make_a_file()
        day = utc_day(now)
        with self._transaction() as con:
            begun = {"source": terms.source, "day": day, "quota": terms.quota}
            con.execute(statements()["begin_allowance"], begun)
            allowance = _allowance(con, terms.source, now, terms.quota)
            _stage_due(con, now, terms.policy)
            due = DueRatings(*con.execute(statements()["count_due_ratings"]).fetchall()[0])
            granted = min(terms.requests, allowance.left) if is_open(day, now) else 0
            ids = _unrated(con, min(terms.titles, granted))
            if not ids:
                return None, allowance, due
            con.execute(statements()["spend_allowance"], {**begun, "granted": granted})
            values = {"source": terms.source, "day": day, "granted": granted, "imdb_ids": ids, "now": rows.to_utc(now)}
            ((lease_id,),) = con.execute(statements()["begin_lease"], values).fetchall()
            lease = Lease(int(lease_id), terms.source, day, granted, ids)
            return lease, _allowance(con, terms.source, now, terms.quota), due

    def commit_ratings(
        self,
        lease: Lease,
        results: Sequence[OMDbMovie | RatingFailure],
        now: datetime,
        learned_at: datetime | None = None,
    ) -> None:
        """Store what a lease brought and give back what of it was not used, together or not at all.

        Args:
            lease: as it was given; a second commit of it stores the results and gives nothing back.
            results: what came.
            now: when it was asked for.
            learned_at: when OMDb said that its quota is used up, if it did.

        Raises:
            StoreError: nothing of it was stored.
        """
        moment = rows.to_utc(now)
        movies = {found["imdb_id"]: found for found in results if not isinstance(found, RatingFailure)}
        failures = {found.imdb_id: found for found in results if isinstance(found, RatingFailure)}
        with self._transaction() as con:
            con.execute(statements()["delete_ratings"], {"ids": list(movies)})
            append(con, "ratings", (rows.rating_row(movie, moment) for movie in movies.values()))
            for failure in failures.values():
                values = {"imdb_id": failure.imdb_id, "now": moment, "message": failure.message}
                values["outcome"] = rows.outcome_of(failure)
                if not con.execute(statements()["note_asked"], values).fetchall():
                    con.execute(statements()["insert_asked"], values)
            of_the_day: dict[str, Any] = {"source": lease.source, "day": lease.day}
            for (granted,) in con.execute(statements()["finish_lease"], {"lease_id": lease.lease_id}).fetchall():
                unused = {"unused": granted - lease.used}
                con.execute(statements()["give_back_allowance"], of_the_day | unused)
            if learned_at and utc_day(learned_at) == lease.day:
                learned = {"learned_at": rows.to_utc(learned_at)}
                con.execute(statements()["learn_allowance"], of_the_day | learned)

    def unrated(self, limit: int, now: datetime, policy: RatingPolicy | None = None) -> list[str]:
        """IMDb ids of the films whose ratings should be asked for, the most wanted first.

        Films never asked for come first, then those whose ratings are old, or that failed, by how old.
        """
        with self._transaction() as con:
            _stage_due(con, now, policy or RatingPolicy())
            return _unrated(con, limit)

    def allowance(self, source: str, quota: int, now: datetime) -> Allowance:
        """What of today's quota is left."""
        with self._transaction() as con:
            return _allowance(con, source, now, quota)

    def _refuse_to_make_a_file(self) -> None:
        if self.path != ":memory:" and not Path(self.path).exists():
            raise StoreError(f"There is no database {self.path}. `ayne collect` makes one; --db names another.")


def _allowance(con: duckdb.DuckDBPyConnection, source: str, now: datetime, quota: int) -> Allowance:
    day = utc_day(now)
    for _, spent, learned_at in con.execute(statements()["allowance"], {"source": source, "day": day}).fetchall():
        return Allowance(day, quota, spent, learned_at and rows.from_utc(learned_at))
    return Allowance(day, quota)


def _stage_due(con: duckdb.DuckDBPyConnection, now: datetime, policy: RatingPolicy) -> None:
    values = {
        "now": rows.to_utc(now),
        "today": utc_day(now),
        "recent_since": utc_day(now - policy.recent),
        "leased_since": rows.to_utc(now - LEASE_LASTS),
        "recent_film": policy.recent_film,
        "older_film": policy.older_film,
        "failed": policy.failed,
    }
    con.execute(statements()["stage_due_ratings"], values)


def _unrated(con: duckdb.DuckDBPyConnection, most: int) -> list[str]:
    return [imdb_id for (imdb_id,) in con.execute(statements()["unrated"], {"most": most}).fetchall()]
