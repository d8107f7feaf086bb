"""What TMDB's change feed names and no answer shows yet, and how far the feed was followed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb

from ayne.data_collection.commit import DayOfChanges, FeedPosition
from ayne.database import rows
from ayne.database.file import DatabaseFile
from ayne.database.statements import statements


class ChangeTables(DatabaseFile):
    """The change feed's part of the store; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def enter_changes(self, day: DayOfChanges, now: datetime) -> tuple[int, int]:
        """Enter the films that changed on a day, and move the watermark behind them, in one transaction.

        Args:
            day: what the feed says of it; the watermark stays where it is when that is not all.
            now: the moment it was read.

        Returns:
            How many stored films are to be fetched because of it and were not already, and how many others.

        Raises:
            StoreError: nothing of it was stored.
        """
        with self._transaction() as con:
            return _store_day(con, day, rows.to_utc(now))

    def feed_position(self) -> FeedPosition:
        """How far the change feed was followed."""
        ((watermark, oldest),) = self.named("feed_position").rows
        return FeedPosition(watermark, oldest and rows.from_utc(oldest))


def _store_day(con: duckdb.DuckDBPyConnection, day: DayOfChanges, now: datetime) -> tuple[int, int]:
    """Films that changed on a day, and the watermark behind them; how many are to be fetched: stored ones, others."""
    ours = others = 0
    if day.films:
        moments = {name: rows.to_utc(getattr(day, name)) for name in ("changed_by", "safe_at", "not_before")}
        con.execute(
            statements()["stage_changed"], {"ids": list(day.films), "may_add": list(day.may_add), "now": now, **moments}
        )
        ((ours, others),) = con.execute(statements()["count_staged_changed"]).fetchall()
        con.execute(statements()["delete_staged_changed"])
        con.execute(statements()["insert_staged_changed"])
    if day.complete:
        con.execute(statements()["move_watermark"], {"day": day.day, "now": now})
    return ours, others


def settle_changed(con: duckdb.DuckDBPyConnection, answered: Mapping[Any, datetime]) -> None:
    """Changed films that TMDB has answered about since: done, or to be looked at again if the answer was too early.

    Args:
        con: inside a transaction, that of the answers.
        answered: when each film's answer was made.
    """
    if answered:
        values = {"ids": list(answered), "moments": list(answered.values())}
        con.execute(statements()["settle_changed"], values)
        con.execute(statements()["postpone_changed"], values)
