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
from ayne.data_collection.verdicts import Standing, Suspicion
from ayne.database import rows
from ayne.database.file import DatabaseFile, Rows
from ayne.database.statements import statements
from ayne.kinds import MOVIE

Failure = tuple[FetchFailure, datetime]

# Where the file says when something was: columns of moments by table.
_MOMENTS = {
    MOVIE.table: ("summary_at", "details_at", "gone_at", "merged_at"),
    "parts": ("fetched_at",),
    "raw": ("observed_at",),
    MOVIE.history: ("observed_at",),
    "census": ("gone_at",),
    "failures": ("failed_at", "retry_at"),
    "ratings": ("fetched_at", "asked_at"),
    "leases": ("taken_at",),
    "allowance": ("learned_at",),
    "changed": ("changed_by", "safe_at", "not_before", "seen_at"),
    "given": ("changed_at", "again_at"),
    "sweeps": ("started_at", "finished_at"),
    "ranges": ("changed_at",),
    "runs": ("started_at", "finished_at"),
}


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
            con.execute(statements()[f"mark_{kind}_in_census"], mark)
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

    def newest_moment(self) -> datetime | None:
        """The newest moment in the file, None when it holds none, or nothing was ever stored."""
        if self._is_new():
            return None
        ((newest,),) = self.named("newest_moment").rows
        return newest and rows.from_utc(newest)

    def set_back(self, now: datetime) -> None:
        """Take back what a clock that was ahead has written: moments after this one become this one.

        How old those copies are is not known any more, so they are entered as changed, and fetched again.
        """
        moment = rows.to_utc(now)
        with self._transaction() as con:
            con.execute(statements()["enter_films_of_the_future"], {"now": moment})
            for table, columns in _MOMENTS.items():
                # Names are ours, of the list above; values are bound.
                changes = ", ".join(f"{column} = least({column}, $now)" for column in columns)
                is_ahead = f"greatest({', '.join(columns)}) > $now"
                con.execute(f"UPDATE {table} SET {changes} WHERE {is_ahead}", {"now": moment})  # noqa: S608 - names of ours
            for name in ("forget_future_watermark", "forget_future_exports", "set_back_census"):
                con.execute(statements()[name], {"now": moment})

    def standing(self, ids: Sequence[int], now: datetime) -> Standing:
        """Which of these films the view ``films`` holds, and of which a word waits that they are gone or merged."""
        values = {"ids": list(ids)}
        held = {tmdb_id for (tmdb_id,) in self.named("held", **values).rows}
        found = self.named("suspicions", **values, now=rows.to_utc(now)).rows
        suspicions = {tmdb_id: Suspicion(rows.from_utc(said_at), *counts) for tmdb_id, said_at, *counts in found}
        return Standing(held, suspicions)

    def look_again_at_marks(self, now: datetime) -> int:
        """Enter films as changed that were marked as gone or merged many at once and only once; how many they are.

        Each is asked for a second time this way, eight hours after the first at the earliest. What is said again stays.
        """
        with self._transaction() as con:
            ((entered,),) = con.execute(statements()["look_again_at_marks"], {"now": rows.to_utc(now)}).fetchall()
        return int(entered)

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
