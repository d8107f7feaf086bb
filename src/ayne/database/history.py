"""Keep the history of films: how they changed, which are gone or merged, and what may no longer be kept.

The functions work inside the transaction of a commit; the class is the part of the store that answers for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ayne.data_collection.retention import Overdue
from ayne.data_collection.tmdb.models import FetchFailure, Unchanged
from ayne.data_collection.verdicts import Standing, Suspicion
from ayne.database import migrations, rows
from ayne.database.file import Rows
from ayne.database.tables import KindTables, Transaction

Failure = tuple[FetchFailure, datetime]


def store_marks(tx: Transaction, failures: Iterable[Failure], now: datetime) -> list[Failure]:
    """Mark films that are gone or merged, and note that in their history.

    Returns:
        The failures that say so of a film whose stored details are newer than the answer, which came out of a cache:
        that has to be asked again.
    """
    found = list(failures)
    moments = {failure.tmdb_id: moment_of(failure, now) for failure, _ in found}
    if not found:
        return []
    tx.run("enter_named", ids=[failure.tmdb_id for failure, _ in found if failure.gone], now=now)
    weighed = dict(tx.run("weigh_marks", ids=list(moments), moments=list(moments.values())))
    held = [failure for failure, _ in found if failure.tmdb_id not in weighed]
    for fate, marked in (
        ("gone", [failure for failure in held if failure.gone]),
        ("merged", [failure for failure in held if not failure.gone]),
    ):
        if marked:
            ids, when = [failure.tmdb_id for failure in marked], [moments[failure.tmdb_id] for failure in marked]
            targets = [failure.merged_into for failure in marked]
            tx.run("note_marks", ids=ids, moments=when, targets=targets)
            mark = {"ids": ids, "moments": when} | ({"targets": targets} if fate == "merged" else {})
            tx.run(f"mark_{fate}", **mark)
            # A film that only an export named has no row of its own; it is marked among the exported ids.
            tx.run(f"mark_{fate}_in_exports", **mark)
    return [(failure, retry_at) for failure, retry_at in found if weighed.get(failure.tmdb_id)]


def mark_gone(tx: Transaction, ids: list[int], moments: list[datetime]) -> None:
    """Mark rows as gone that a complete answer no longer names, and note that in their history."""
    tx.run("note_marks", ids=ids, moments=moments, targets=[None] * len(ids))
    tx.run("mark_gone", ids=ids, moments=moments)


def moment_of(failure: FetchFailure, now: datetime) -> datetime:
    """Return when the source made the answer, as the file stores it."""
    return rows.to_utc(failure.observed_at) if failure.observed_at else now


def store_unchanged(tx: Transaction, films: Iterable[Unchanged]) -> None:
    """Store that films have not changed: only the time of their copy is new."""
    latest = {film.tmdb_id: film for film in films}
    ids, moments = list(latest), [rows.to_utc(film.observed_at) for film in latest.values()]
    parts = [sorted(film.parts) for film in latest.values()]
    tx.run("note_returns", ids=ids, moments=moments)
    tx.run("confirm_details", ids=ids, moments=moments)
    for child in tx.kind.family[1:]:
        tx.of(child).run("confirm_children", ids=ids, moments=moments)
    if any(parts):
        tx.run("confirm_parts", ids=ids, moments=moments, parts=parts)
    tx.run("confirm_raw", ids=ids, moments=moments, parts=parts)
    tx.run("forget_failures", ids=ids)


def note_listed(tx: Transaction) -> None:
    """Add the values of list rows to the history, before the rows are merged into the table."""
    tx.run("forget_etags_of_listed")
    tx.run("note_listed")


class History:
    """The history of films, the ``ETag`` of copies, and purges."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def etags(self, ids: Sequence[int], parts: Sequence[str], *, keep_raw: bool) -> dict[int, str]:
        """Return the ``ETag`` of each stored copy, for ``If-None-Match``.

        Args:
            ids: the films.
            parts: what is to be asked for with each; a copy that came with other parts has another name.
            keep_raw: only films whose answer as it came is stored too.
        """
        found = self._tables.named("etags_of", ids=list(ids), parts=sorted(parts), keep_raw=keep_raw).rows
        return dict(found)

    def history(self, tmdb_id: int) -> Rows:
        """Return how a film changed, oldest first; ``mark`` says ``gone``, ``merged into …`` or ``back``."""
        return self._tables.named("history_of", id=tmdb_id)

    def newest_moment(self) -> datetime | None:
        """Return the newest moment in the file, None when it has none, or nothing was ever stored."""
        file = self._tables.file
        if file.is_new():
            return None
        found = [KindTables(file, kind).named("newest_moment").rows[0][0] for kind in file.kinds]
        return max((rows.from_utc(newest) for newest in found if newest), default=None)

    def set_back(self, now: datetime) -> None:
        """Correct times in the future, written by a clock that was ahead: they become this moment.

        How old those copies are is not known any more, so they are entered as changed, and fetched again.
        """
        moment = rows.to_utc(now)
        with self._tables.transaction() as tx:
            kinds = self._tables.file.kinds
            for kind in kinds:
                tx.of(kind).run("enter_films_of_the_future", now=moment)
            for table, columns in migrations.moments(tx.con, kinds).items():
                # Names are those of the schema; values are bound. What is NULL did not happen and stays so.
                changes = ", ".join(f"{column} = if({column} > $now, $now, {column})" for column in columns)
                is_ahead = f"greatest({', '.join(columns)}) > $now"
                tx.con.execute(f"UPDATE {table} SET {changes} WHERE {is_ahead}", {"now": moment})  # noqa: S608 - names of ours
            for name in ("forget_future_watermark", "forget_future_exports", "set_back_exported_ids"):
                tx.run(name, now=moment)

    def standing(self, ids: Sequence[int], now: datetime) -> Standing:
        """Return which of these films the view ``films`` holds, and which have an unconfirmed claim to be gone."""
        values = {"ids": list(ids)}
        held = {tmdb_id for (tmdb_id,) in self._tables.named("held", **values).rows}
        found = self._tables.named("suspicions", **values, now=rows.to_utc(now)).rows
        suspicions = {tmdb_id: Suspicion(rows.from_utc(said_at), *counts) for tmdb_id, said_at, *counts in found}
        return Standing(held, suspicions)

    def look_again_at_marks(self, now: datetime) -> int:
        """Mark films as changed that were marked as gone or merged many at once; return their number.

        Each is asked for a second time this way, eight hours after the first at the earliest. What is said again stays.
        """
        with self._tables.transaction() as tx:
            ((entered,),) = tx.run("look_again_at_marks", now=rows.to_utc(now))
        return int(entered)

    def overdue(self, before: datetime, *, history: bool = False) -> Overdue:
        """Return what :meth:`purge` would remove."""
        ((*counts,),) = self._tables.named("count_overdue", before=rows.to_utc(before), history=history).rows
        return Overdue(*counts)

    def purge(self, before: datetime, *, history: bool = False) -> Overdue:
        """Remove everything that TMDB sent before a moment, or nothing; ids, and ayne's own notes, stay.

        Args:
            before: the moment; see :func:`~ayne.data_collection.retention.to_be_removed_before`.
            history: remove observations that are older than that also of films whose copy is newer.

        Returns:
            What was removed.

        Raises:
            StoreError: nothing was removed.
        """
        moment = rows.to_utc(before)
        with self._tables.transaction() as tx:
            ((*counts,),) = tx.run("count_overdue", before=moment, history=history)
            tx.run("purge_observations", before=moment, history=history)
            for part, ids in tx.run("overdue_parts", before=moment):
                if table := tx.kind.table_of(part):
                    tx.run(f"delete_{table}", ids=ids)
            for name in ("purge_parts", "purge_raw", "purge_etags", "purge_exported_ids"):
                tx.run(name, before=moment)
            for child in tx.kind.family[1:]:
                tx.of(child).run("purge_observations", before=moment, history=history)
                tx.of(child).run("purge_children", before=moment)
            for name in ("purge_details", "purge_films"):
                tx.run(name, before=moment)
                tx.run("delete_merged")
                tx.run("insert_merged")
        # Only then is it no longer in the file either.
        self._tables.file.checkpoint()
        return Overdue(*counts)

    def expiring(self, before: datetime, overdue: datetime) -> dict[str, int]:
        """Count the films whose copy is older than these moments.

        Returns:
            ``overdue``: older than the second; ``expiring``: older than the first only; ``not_to_be_had``: those of
            both that TMDB no longer has, so that they cannot be fetched again.
        """
        values = {"before": rows.to_utc(before), "overdue": rows.to_utc(overdue)}
        found: dict[str, int] = self._tables.named("expiring", **values).as_dicts()[0]
        return found
