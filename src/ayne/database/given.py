"""Store the rows of lists of films, and the outcome of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ayne.data_collection.given_ids import Given, GivenAnswer, GivenOutcome
from ayne.database import rows
from ayne.database.parquet_files import ParquetFile
from ayne.database.tables import KindTables, Transaction

# Some megabytes of Python objects at a time.
_ROWS_AT_ONCE = 20_000


class GivenLists:
    """Lists of films. A list is identified by its digest: the same list under another name is the same list."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def parquet(self, path: Path) -> ParquetFile:
        """Open a Parquet file that ayne did not write.

        Raises:
            ValueError: it is none.
        """
        return ParquetFile(path)

    def enter_given(
        self,
        name: str,
        digest: str,
        given: Iterable[tuple[int, Given]],
        parts: Sequence[str],
        now: datetime,
        *,
        renew: bool = False,
    ) -> None:
        """Store the rows of a list, all or none, and what is known of their films, or resume a list that is stored.

        Of a list that was entered before, what failed is to be asked for again, and what is not whole any more.

        Args:
            name: of its file.
            digest: of what it holds.
            given: the number of each row, and what it says; not read when the list is known.
            parts: what a film must be stored with to be known.
            now: the moment to judge by.
            renew: all films are to be asked for, those that are known too.

        Raises:
            StoreError: nothing of it was stored.
        """
        with self._tables.transaction() as tx:
            _enter(tx, name, digest, given, parts=parts, now=rows.to_utc(now))
            if renew:
                tx.run("given_anew", digest=digest, now=rows.to_utc(now))

    def foresee_given(
        self, name: str, digest: str, given: Iterable[tuple[int, Given]], parts: Sequence[str], now: datetime
    ) -> tuple[dict[GivenOutcome, int], int]:
        """Return the outcomes that a list would have, and how many films would be fetched, without storing it.

        Nothing is changed: it is :meth:`enter_given` on a copy that is not kept.
        """
        with self._tables.file.reading() as con, self._tables.file.as_made():
            tx = Transaction(con, self._tables.kind)
            # A temporary table goes before another of its name.
            tx.run("copy_given", digest=digest)
            _enter(tx, name, digest, given, parts=parts, now=rows.to_utc(now))
            outcomes = dict(tx.run("given_outcomes", digest=digest))
            ((found,),) = tx.run("count_given_waiting", digest=digest)
            tx.run("forget_copy_of_given")
        return outcomes, int(found)

    def given_waiting(self, digest: str, most: int | None = None) -> list[int | str]:
        """Return the first films of a list that wait to be asked for: TMDB's ids, then IMDb's of rows without one."""
        found = self._tables.named("given_waiting", digest=digest, most=rows.limit(most)).rows
        return [imdb_id if tmdb_id is None else tmdb_id for tmdb_id, imdb_id in found]

    def count_given_waiting(self, digest: str) -> int:
        """Count the films that :meth:`given_waiting` would return."""
        ((found,),) = self._tables.named("count_given_waiting", digest=digest).rows
        return int(found)

    def given_merged(self, digest: str, now: datetime, most: int | None = None) -> list[int]:
        """Return films that films of a list were merged into, and that are not stored."""
        found = self._tables.named("given_merged", digest=digest, now=rows.to_utc(now), most=rows.limit(most)).rows
        return [tmdb_id for tmdb_id, _ in found]

    def given_outcomes(self, digest: str) -> dict[GivenOutcome, int]:
        """Return how many rows of a list have which outcome."""
        return dict(self._tables.named("given_outcomes", digest=digest).rows)

    def voucher(self) -> int | None:
        """Return a stored film that TMDB certainly has: the one with most votes; None when none is stored."""
        return next((tmdb_id for (tmdb_id,) in self._tables.named("voucher").rows), None)


def store_answers(tx: Transaction, digest: str, answers: Iterable[GivenAnswer], now: datetime) -> None:
    """Store the outcome of films of a list, in the transaction that stores the films."""
    found = list(answers)
    for statement, key, ids in (
        ("answer_given", "tmdb_ids", [answer.tmdb_id for answer in found]),
        ("answer_given_by_imdb_id", "imdb_ids", [answer.imdb_id for answer in found]),
    ):
        asked = [(each, answer) for each, answer in zip(ids, found, strict=True) if each is not None]
        if asked:
            values: dict[str, Any] = {
                key: [each for each, _ in asked],
                "films": [answer.film for _, answer in asked],
                "outcomes": [answer.outcome for _, answer in asked],
                "messages": [answer.message for _, answer in asked],
                "again": [answer.again_at and rows.to_utc(answer.again_at) for _, answer in asked],
            }
            tx.run(statement, digest=digest, now=now, **values)


def _enter(
    tx: Transaction,
    name: str,
    digest: str,
    given: Iterable[tuple[int, Given]],
    *,
    parts: Sequence[str],
    now: datetime,
) -> None:
    if tx.run("given_before", digest=digest) != [(0,)]:
        tx.run("given_again", digest=digest, names=list(parts), now=now)
    else:
        left = iter(given)
        while piece := list(islice(left, _ROWS_AT_ONCE)):
            tx.append("given", ((name, digest, *_told(*row), now, None, tx.kind.name) for row in piece))
    tx.run("known_of_given", digest=digest, names=list(parts))
    tx.run("settle_given", digest=digest, now=now)


def _told(number: int, given: Given) -> tuple[Any, ...]:
    """Return what a row of a list says."""
    return (number, given.text, given.tmdb_id, given.imdb_id, given.outcome, given.message)
