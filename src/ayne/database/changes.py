"""Store the ids that TMDB's change feed named and that were not fetched since, and how far the feed was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ayne.data_collection.run_report import DaysOfFeed
from ayne.data_collection.tmdb.changes import DayOfChanges, FeedPosition
from ayne.database import rows
from ayne.database.tables import KindTables, Transaction


class Changes:
    """The change feed's part of the store."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def enter_changes(self, day: DayOfChanges, now: datetime) -> tuple[int, int]:
        """Store the ids that changed on a day, and move the watermark past that day, in one transaction.

        Args:
            day: what the feed says of it; the watermark stays where it is when that is not all.
            now: the moment it was read.

        Returns:
            How many stored films are to be fetched because of it and were not already, and how many others.

        Raises:
            StoreError: nothing of it was stored.
        """
        moment = rows.to_utc(now)
        ours = others = 0
        with self._tables.transaction() as tx:
            if day.films:
                moments = {name: rows.to_utc(getattr(day, name)) for name in ("changed_by", "safe_at", "not_before")}
                tx.run("stage_changed", ids=list(day.films), may_add=list(day.may_add), now=moment, **moments)
                ((ours, others),) = tx.run("count_staged_changed")
                tx.run("delete_staged_changed")
                tx.run("insert_staged_changed")
            if day.complete:
                tx.run("move_watermark", day=day.day, now=moment)
        return ours, others

    def new_and_waiting(self) -> set[int]:
        """Return the ids that wait to be fetched and are not stored yet."""
        return {tmdb_id for (tmdb_id,) in self._tables.named("changed_without_row").rows}

    def days_of_feed(self) -> DaysOfFeed:
        """Return how much a day of the change feed cost in the last seven runs that read it."""
        ((*medians,),) = self._tables.named("days_of_feed").rows
        return DaysOfFeed(*medians)

    def feed_position(self) -> FeedPosition:
        """Return up to which day the change feed was read."""
        ((watermark, oldest),) = self._tables.named("feed_position").rows
        return FeedPosition(watermark, oldest and rows.from_utc(oldest))


def settle_changed(tx: Transaction, answered: Mapping[Any, datetime]) -> None:
    """Remove changed films that were fetched since, or plan to fetch them again if the answer was too early.

    Args:
        tx: the transaction of the answers.
        answered: when each film's answer was made.
    """
    if answered:
        values = {"ids": list(answered), "moments": list(answered.values())}
        tx.run("settle_changed", **values)
        tx.run("postpone_changed", **values)
