"""What the file remembers: how films changed, which are gone or merged, and what may no longer be kept.

The functions work inside the transaction of a commit; the class is the part of the store that answers for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb

from ayne.data_collection.commit import Overdue
from ayne.data_collection.tmdb.models import FetchFailure, Unchanged
from ayne.data_collection.tmdb.parts import table_of
from ayne.database import rows
from ayne.database.file import DatabaseFile, Rows
from ayne.database.statements import statements

Failure = tuple[FetchFailure, datetime]


def store_marks(con: duckdb.DuckDBPyConnection, failures: Iterable[Failure], now: datetime) -> list[Failure]:
    """Mark films that are gone or merged, and note that in their history.

    Returns:
        The failures that say so of a film whose stored details are newer than the answer, which came out of a cache:
        that has to be asked again.
    """
    found = list(failures)
    moments = {failure.tmdb_id: moment_of(failure, now) for failure, _ in found}
    if not found:
        return []
    values = {"ids": list(moments), "moments": list(moments.values())}
    weighed: dict[int | str, bool] = dict(con.execute(statements()["weigh_marks"], values).fetchall())
    held = [failure for failure, _ in found if failure.tmdb_id not in weighed]
    for kind, marked in (
        ("gone", [failure for failure in held if failure.gone]),
        ("merged", [failure for failure in held if not failure.gone]),
    ):
        if marked:
            ids, when = [failure.tmdb_id for failure in marked], [moments[failure.tmdb_id] for failure in marked]
            targets = [failure.merged_into for failure in marked]
            con.execute(statements()["note_marks"], {"ids": ids, "moments": when, "targets": targets})
            mark = {"ids": ids, "moments": when} | ({"targets": targets} if kind == "merged" else {})
            con.execute(statements()[f"mark_{kind}"], mark)
            # A film that only an export named has no row in movies; it is marked in the census.
            in_census = {"ids": ids} | ({"targets": targets} if kind == "merged" else {"moments": when})
            con.execute(statements()[f"mark_{kind}_in_census"], in_census)
    return [(failure, retry_at) for failure, retry_at in found if weighed.get(failure.tmdb_id)]


def moment_of(failure: FetchFailure, now: datetime) -> datetime:
    """When the source said so, as the file keeps it."""
    return rows.to_utc(failure.observed_at) if failure.observed_at else now


def store_unchanged(con: duckdb.DuckDBPyConnection, films: Iterable[Unchanged]) -> None:
    """Films that are as they were: only when they were last seen so is another."""
    latest = {film.tmdb_id: film for film in films}
    ids, moments = list(latest), [rows.to_utc(film.observed_at) for film in latest.values()]
    seen = {"ids": ids, "moments": moments}
    with_parts = {**seen, "parts": [sorted(film.parts) for film in latest.values()]}
    con.execute(statements()["note_returns"], seen)
    con.execute(statements()["confirm_details"], seen)
    if any(film.parts for film in latest.values()):
        con.execute(statements()["confirm_parts"], with_parts)
    con.execute(statements()["confirm_raw"], with_parts)
    con.execute(statements()["forget_failures"], {"ids": ids})


def note_listed(con: duckdb.DuckDBPyConnection) -> None:
    """What list rows mean for what is remembered, while they are merged and not yet stored."""
    con.execute(statements()["forget_etags_of_listed"])
    if again := con.execute(statements()["listed_again"]).fetchall():
        ids, moments = zip(*again, strict=True)
        con.execute(statements()["note_returns"], {"ids": list(ids), "moments": list(moments)})


class HistoryTables(DatabaseFile):
    """History, names of copies, and purges; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def etags(self, ids: Sequence[int], parts: Sequence[str], *, keep_raw: bool) -> dict[int, str]:
        """By what names TMDB knows the stored copies of films, for ``If-None-Match``.

        Args:
            ids: the films.
            parts: what is to be asked for with each; a copy that came with other parts has another name.
            keep_raw: only films whose answer as it came is stored too.
        """
        found = self.named("etags_of", ids=list(ids), parts=sorted(parts), keep_raw=keep_raw).rows
        return dict(found)

    def history(self, tmdb_id: int) -> Rows:
        """How a film changed, oldest first; ``mark`` says that it was ``gone``, ``merged into …`` or ``back``."""
        return self.named("history_of", id=tmdb_id)

    def overdue(self, before: datetime, *, history: bool = False) -> Overdue:
        """What :meth:`purge` would remove."""
        ((*counts,),) = self.named("count_overdue", before=rows.to_utc(before), history=history).rows
        return Overdue(*counts)

    def purge(self, before: datetime, *, history: bool = False) -> Overdue:
        """Remove what TMDB said before a moment, all of it or nothing; ids, and what ayne did itself, stay.

        Args:
            before: the moment; see :func:`~ayne.data_collection.retention.to_be_removed_before`.
            history: remove observations that are older than that also of films whose copy is newer.

        Returns:
            What was removed.

        Raises:
            StoreError: nothing was removed.
        """
        moment = {"before": rows.to_utc(before)}
        with self._transaction() as con:
            ((*counts,),) = con.execute(statements()["count_overdue"], {**moment, "history": history}).fetchall()
            con.execute(statements()["purge_observations"], {**moment, "history": history})
            for part, ids in con.execute(statements()["overdue_parts"], moment).fetchall():
                if table := table_of(part):
                    con.execute(statements()[f"delete_{table}"], {"ids": ids})
            for name in ("purge_parts", "purge_raw", "purge_etags", "purge_census"):
                con.execute(statements()[name], moment)
            for name in ("purge_details", "purge_films"):
                con.execute(statements()[name], moment)
                con.execute(statements()["delete_merged"])
                con.execute(statements()["insert_merged"])
        # Only then is it no longer in the file either.
        self._checkpoint()
        return Overdue(*counts)

    def expiring(self, before: datetime, overdue: datetime) -> dict[str, int]:
        """Films whose copy is older than these moments.

        Returns:
            ``overdue``: older than the second; ``expiring``: older than the first only; ``not_to_be_had``: those of
            both that TMDB no longer has, so that they cannot be fetched again.
        """
        values = {"before": rows.to_utc(before), "overdue": rows.to_utc(overdue)}
        found: dict[str, int] = self.named("expiring", **values).as_dicts()[0]
        return found
