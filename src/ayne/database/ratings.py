"""The part of the store that holds OMDb's ratings, and counts what of OMDb's quota is spent.

Everything here is a transaction of its own. DuckDB lets one process at a time have the file, so two that rate films at
once take turns, and neither ever sees requests that the other has already taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.omdb.quota import (
    LEASE_LASTS,
    DayQuota,
    DueRatings,
    Lease,
    LeaseTerms,
    RatingPolicy,
    is_open,
    utc_day,
)
from ayne.database import rows
from ayne.database.tables import KindTables, Transaction


class Ratings:
    """Ratings, leases and allowances."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def lease_ratings(self, terms: LeaseTerms, now: datetime) -> tuple[Lease | None, DayQuota, DueRatings]:
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
        self._tables.file.must_exist()
        day = utc_day(now)
        with self._tables.transaction() as tx:
            begun = {"source": terms.source, "day": day, "quota": terms.quota}
            tx.run("begin_allowance", **begun)
            allowance = _allowance(tx, terms.source, now, terms.quota)
            _stage_due(tx, now, terms.policy)
            due = DueRatings(*tx.run("count_due_ratings")[0])
            granted = min(terms.requests, allowance.left) if is_open(day, now) else 0
            ids = _unrated(tx, min(terms.titles, granted))
            if not ids:
                return None, allowance, due
            tx.run("spend_allowance", **begun, granted=granted)
            leased = {"source": terms.source, "day": day, "granted": granted, "imdb_ids": ids}
            ((lease_id,),) = tx.run("begin_lease", **leased, now=rows.to_utc(now))
            lease = Lease(int(lease_id), terms.source, day, granted, ids)
            return lease, _allowance(tx, terms.source, now, terms.quota), due

    def commit_ratings(
        self,
        lease: Lease,
        results: Sequence[OMDbMovie | RatingFailure],
        now: datetime,
        learned_at: datetime | None = None,
    ) -> None:
        """Store the ratings of a lease and give back its unused requests, in one transaction.

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
        with self._tables.transaction() as tx:
            tx.run("delete_ratings", ids=list(movies))
            tx.append("ratings", (rows.rating_row(movie, moment) for movie in movies.values()))
            for failure in failures.values():
                told = {
                    "imdb_id": failure.imdb_id,
                    "outcome": rows.outcome_of(failure),
                    "message": failure.message,
                }
                if not tx.run("note_asked", **told, now=moment):
                    tx.run("insert_asked", **told, now=moment)
            of_the_day: dict[str, Any] = {"source": lease.source, "day": lease.day}
            for (granted,) in tx.run("finish_lease", lease_id=lease.lease_id):
                tx.run("give_back_allowance", **of_the_day, unused=granted - lease.used)
            if learned_at and utc_day(learned_at) == lease.day:
                tx.run("learn_allowance", **of_the_day, learned_at=rows.to_utc(learned_at))

    def unrated(self, limit: int, now: datetime, policy: RatingPolicy | None = None) -> list[str]:
        """Return the IMDb ids of films whose ratings should be fetched, the most wanted first.

        Films never asked for come first, then those whose ratings are old, or that failed, by how old.
        """
        with self._tables.transaction() as tx:
            _stage_due(tx, now, policy or RatingPolicy())
            return _unrated(tx, limit)

    def allowance(self, source: str, quota: int, now: datetime) -> DayQuota:
        """Return what is left of today's quota."""
        with self._tables.transaction() as tx:
            return _allowance(tx, source, now, quota)


def _allowance(tx: Transaction, source: str, now: datetime, quota: int) -> DayQuota:
    day = utc_day(now)
    for _, spent, learned_at in tx.run("allowance", source=source, day=day):
        return DayQuota(day, quota, spent, learned_at and rows.from_utc(learned_at))
    return DayQuota(day, quota)


def _stage_due(tx: Transaction, now: datetime, policy: RatingPolicy) -> None:
    tx.run(
        "stage_due_ratings",
        now=rows.to_utc(now),
        today=utc_day(now),
        recent_since=utc_day(now - policy.recent),
        leased_since=rows.to_utc(now - LEASE_LASTS),
        recent_film=policy.recent_film,
        older_film=policy.older_film,
        failed=policy.failed,
    )


def _unrated(tx: Transaction, most: int) -> list[str]:
    return [imdb_id for (imdb_id,) in tx.run("unrated", most=most)]
