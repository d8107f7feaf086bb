"""The ledger of discoveries: what was asked for, how far each range is, and what was listed and is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from ayne.data_collection.tmdb.coverage import Sweep, SweepPlan
from ayne.database import rows
from ayne.database.tables import KindTables


class Ledger:
    """Sweeps, their ranges, and what they listed."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def begin_sweep(self, plan: SweepPlan, now: datetime) -> Sweep:
        """Store the start of a new discovery in the ledger."""
        with self._tables.transaction() as tx:
            last_day = f"{plan.end_year}-12-31"
            ((sweep_id,),) = tx.run("begin_sweep", identity=plan.identity, last_day=last_day, now=rows.to_utc(now))
        return Sweep(sweep_id, now, None, [], [])

    def finish_sweep(self, sweep_id: int, now: datetime) -> None:
        """Note that every page of a discovery is stored."""
        with self._tables.transaction() as tx:
            tx.run("finish_sweep", sweep_id=sweep_id, now=rows.to_utc(now))
            tx.run("forget_superseded", sweep_id=sweep_id)

    def latest_sweep(self, plan: SweepPlan) -> Sweep | None:
        """Return the newest discovery of this plan, None when there was none."""
        named = self._tables.named
        for sweep_id, started_at, finished_at in named("latest_sweep", identity=plan.identity).rows:
            known = [rows.progress_of(row) for row in named("ranges_of_sweep", sweep_id=sweep_id).rows]
            is_open = any(progress.state == "open" and progress.pages for progress in known)
            found = named("listed_in_open_ranges", sweep_id=sweep_id).rows if is_open else []
            listed = [rows.listed_of(row) for row in found]
            return Sweep(
                sweep_id,
                rows.from_utc(started_at),
                finished_at and rows.from_utc(finished_at),
                known,
                listed,
            )
        return None

    def films_of_day(self, plan: SweepPlan) -> dict[date, int]:
        """Return how many stored films of each day a discovery of this plan would list."""
        found = self._tables.named(
            "films_of_day",
            first=date(plan.start_year, 1, 1),
            last=date(plan.end_year, 12, 31),
            min_votes=plan.min_vote_count,
            adult=plan.include_adult,
            video=plan.include_video,
        )
        return dict(found.rows)

    def coverage(self, sweep_id: int) -> dict[str, int]:
        """Return the coverage of a sweep: ``films``, ``reported``, and the number of ranges in each state."""
        return self._tables.named("coverage", sweep_id=sweep_id).as_dicts()[0]

    def stored_of_sweeps(self, sweep_ids: Sequence[int]) -> dict[str, int]:
        """Count the films that any of these sweeps listed: all, ``with_details``, and ``without_details``."""
        return self._tables.named("stored_of_sweeps", sweep_ids=list(sweep_ids)).as_dicts()[0]

    def ids_without_details(self, sweep_id: int, now: datetime, most: int | None = None) -> list[int]:
        """Return films a sweep listed that lack details and may be asked for now, those with most votes first."""
        return self._tables.ids("ids_without_details", most, sweep_id=sweep_id, now=rows.to_utc(now))

    def count_without_details(self, sweep_id: int, now: datetime) -> int:
        """Count the films that :meth:`ids_without_details` would return."""
        return self._tables.count("ids_without_details", sweep_id=sweep_id, now=rows.to_utc(now))

    def count_waiting(self, sweep_id: int, now: datetime) -> int:
        """Count the films a sweep listed that have no details, failed, and may not be asked for yet."""
        ((waiting,),) = self._tables.named("count_waiting", sweep_id=sweep_id, now=rows.to_utc(now)).rows
        return int(waiting)

    def ids_without_parts(
        self, sweep_id: int, parts: Sequence[str], now: datetime, most: int | None = None
    ) -> list[int]:
        """Return films a sweep listed that have details but not all of these parts."""
        if not parts:
            return []
        values = {"sweep_id": sweep_id, "names": list(parts), "now": rows.to_utc(now)}
        return self._tables.ids("ids_without_parts", most, **values)

    def named_ids(self, now: datetime, most: int | None = None) -> list[int]:
        """Return ids that stored rows name, that lack details and may be asked for now; the most named first."""
        return self._tables.ids("named_ids", most, now=rows.to_utc(now))

    def count_named(self, now: datetime) -> int:
        """Count the ids that :meth:`named_ids` would return."""
        return self._tables.count("named_ids", now=rows.to_utc(now))

    def count_without_parts(self, sweep_id: int, parts: Sequence[str], now: datetime) -> int:
        """Count the films that :meth:`ids_without_parts` would return."""
        if not parts:
            return 0
        return self._tables.count("ids_without_parts", sweep_id=sweep_id, names=list(parts), now=rows.to_utc(now))
