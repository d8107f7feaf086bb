"""The table ``census``: the ids of the daily exports, and what they and the sweeps know of each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from itertools import islice
from typing import Any

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.numbers import NOTED_CHANGE
from ayne.data_collection.run_report import Reconciliation
from ayne.data_collection.tmdb.models import Export, ExportedMovie, StoredExport
from ayne.database import rows
from ayne.database.file import Rows
from ayne.database.tables import KindTables, Transaction

# Some megabytes of Python objects at a time; larger pieces are not faster.
_EXPORT_LINES_AT_ONCE = 20_000

# How many unreadable lines are told about; the others are counted.
_EXAMPLES = 10


class ExportedIds:
    """The ids of the daily exports."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def store_export(
        self,
        export: Export,
        lines: Iterable[ExportedMovie | UnreadableLine],
        noted_change: float | None = NOTED_CHANGE,
    ) -> StoredExport:
        """Store the ids of a daily export: all of them in one transaction, or none.

        Stored films get the popularity that it tells, as of the midnight (UTC) when its day began, unless theirs is of
        a later moment.

        Args:
            export: which it is.
            lines: all its lines, as :func:`~ayne.data_collection.tmdb.export_files.read_export` gives them.
            noted_change: by what share a popularity must differ from the one noted last, to be noted in the history
                too; 0 for every change, None for none.

        Raises:
            ValueError: a newer export of this name is stored already.
            StoreError: nothing of it was stored.
        """
        now = rows.to_utc(self._tables.file.clock.now())
        with self._tables.transaction() as tx:
            for _, day, *_ in tx.run("newest_export", export=export.name):
                if day > export.day:
                    raise ValueError(
                        f"the {export.name} export of {day} is stored, and newer than that of {export.day}"
                    )
            return _store_export(tx, export, lines, now, noted_change)

    def newest_export(self, name: str) -> StoredExport | None:
        """Return the newest daily id export of this name that is stored, None when there is none."""
        for row in self._tables.named("newest_export", export=name).rows:
            return StoredExport(*row)
        return None

    def begin_new_ids(self, names: Sequence[str]) -> bool:
        """Note which exports are stored before newer ones come: what only those name is new.

        Returns:
            Whether there is any: the very first export tells nothing of what is new.
        """
        with self._tables.transaction() as tx:
            tx.run("begin_new_ids", names=list(names), now=rows.to_utc(self._tables.file.clock.now()))
            ((begun,),) = tx.run("count_begun", names=list(names))
        return bool(begun)

    def enter_new_ids(self, names: Sequence[str], now: datetime, *, is_wanted: bool, include_video: bool) -> int:
        """Mark ids that no earlier export named as changed, so that they are fetched.

        Args:
            names: the exports.
            now: the moment from which it is asked for.
            is_wanted: without it nothing is entered, and what is new counts as looked at.
            include_video: films with the flag too.

        Returns:
            How many were entered.
        """
        moment, entered = rows.to_utc(now), 0
        with self._tables.transaction() as tx:
            if is_wanted:
                ((entered,),) = tx.run("enter_new_ids", names=list(names), now=moment, include_video=include_video)
            tx.run("move_past_new_ids", names=list(names), now=moment)
        return int(entered)

    def ids_from_exports(
        self,
        now: datetime,
        most: int | None = None,
        *,
        parts: Sequence[str] = (),
        min_popularity: float | None = None,
        include_adult: bool = False,
        include_video: bool = True,
    ) -> list[int]:
        """Return ids of the newest exports that lack details or parts and may be asked for now, most popular first.

        What TMDB answers no more is asked for again only when an export made a week after that still names it.

        Args:
            now: the moment to judge by.
            most: at most so many.
            parts: the parts they should have.
            min_popularity: leave out films that were less popular on the day of the export, or of unknown popularity.
            include_adult: films with the flag too; they are known when ``adult_movie_ids`` was stored.
            include_video: films with the flag too.
        """
        values = _wanted(now, parts, min_popularity, include_adult=include_adult, include_video=include_video)
        return self._tables.ids("ids_from_exports", most, **values)

    def count_from_exports(
        self,
        now: datetime,
        *,
        parts: Sequence[str] = (),
        min_popularity: float | None = None,
        include_adult: bool = False,
        include_video: bool = True,
    ) -> int:
        """Count the films that :meth:`ids_from_exports` would return."""
        values = _wanted(now, parts, min_popularity, include_adult=include_adult, include_video=include_video)
        return self._tables.count("ids_from_exports", **values)

    def count_waiting_in_exports(self, now: datetime) -> int:
        """Count the films of the newest exports that have no details, failed, and may not be asked for yet."""
        ((waiting,),) = self._tables.named("count_waiting_in_exports", now=rows.to_utc(now)).rows
        return int(waiting)

    def reconcile(self) -> Reconciliation:
        """Count the films that only the newest exports name, only the finished sweeps, or both."""
        (found,) = self._tables.named("reconcile").as_dicts()
        return Reconciliation(**found)

    def only_in_export(self, most: int = 20) -> Rows:
        """Return films of the newest exports that no finished sweep listed, most popular first, and why if known."""
        return self._tables.named("only_in_export", most=most)

    def only_listed(self, most: int = 20) -> Rows:
        """Return films that a finished sweep listed and the newest exports do not name, those with most votes first."""
        return self._tables.named("only_listed", most=most)


def _wanted(
    now: datetime, parts: Sequence[str], min_popularity: float | None, *, include_adult: bool, include_video: bool
) -> dict[str, Any]:
    return {
        "now": rows.to_utc(now),
        "names": list(parts),
        "min_popularity": min_popularity,
        "include_adult": include_adult,
        "include_video": include_video,
    }


def _store_export(
    tx: Transaction,
    export: Export,
    lines: Iterable[ExportedMovie | UnreadableLine],
    now: datetime,
    noted_change: float | None,
) -> StoredExport:
    """Store the ids of a whole export; what earlier exports named stays, with the day they did."""
    tx.run("stage_export")
    unreadable = 0
    examples: list[str] = []
    left = iter(lines)
    while piece := list(islice(left, _EXPORT_LINES_AT_ONCE)):
        tx.append("staged_export", (rows.exported_row(line) for line in piece if isinstance(line, ExportedMovie)))
        for line in piece:
            if isinstance(line, UnreadableLine):
                unreadable += 1
                if len(examples) < _EXAMPLES:
                    examples.append(f"line {line.number}: {line.reason}")
    tx.run("drop_repeated_exports")
    ((films,),) = tx.run("count_exported")
    midnight = datetime.combine(export.day, time())
    if tx.kind.is_named_by_exports:
        tx.run("rename_by_export", at=midnight)
        tx.run("name_by_export", at=midnight, now=now)
    else:
        _merge(tx, export, midnight, noted_change)
    tx.run(
        "finish_export",
        export=export.name,
        day=export.day,
        bytes=export.size,
        films=films,
        unreadable=unreadable,
        now=now,
    )
    tx.run("forget_staged_export")
    return StoredExport(export.name, export.day, films, unreadable, examples)


def _merge(tx: Transaction, export: Export, midnight: datetime, noted_change: float | None) -> None:
    """Enter what is staged into the census, and its popularity into what is stored."""
    tx.run("drop_overtaken_exports", day=export.day)
    if noted_change is not None and tx.kind.popularity in tx.kind.tracked:
        tx.run("note_exported_popularity", at=midnight, least=noted_change)
    if tx.kind.popularity:
        tx.run("take_exported_popularity", at=midnight)
    tx.run("merge_export", export=export.name, day=export.day)
    tx.run("delete_merged_export")
    tx.run("insert_merged_export")
