"""Tell how fresh the numbers of stored films are, and which copies reach their age limit next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from ayne.data_collection.numbers import Copies, Look
from ayne.data_collection.tmdb.coverage import Range, SweepPlan
from ayne.database import rows
from ayne.database.statements import statements
from ayne.database.tables import KindTables

# Rows that are read at a time where there may be a million.
_ROWS_AT_ONCE = 10_000


class Numbers:
    """The age of the numbers of stored films."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def number_copies(self, plan: SweepPlan | None = None) -> Iterator[Copies]:
        """Stored films by their day of release, in its order: those that lists of a plan can show, or all."""
        span = (date(plan.start_year, 1, 1), date(plan.end_year, 12, 31)) if plan else (None, None)
        values = {
            "first": span[0],
            "last": span[1],
            "min_votes": plan.min_vote_count if plan else 0,
            "adult": plan is None or plan.include_adult,
            "video": plan is None or plan.include_video,
        }
        return (Copies(*row) for row in self._rows("number_copies", values))

    def number_looks(self, today: date) -> Iterator[Look]:
        """Yield how the votes of stored films changed from one moment to another, as far as the history says."""
        return (Look(*row) for row in self._rows("number_looks", {"today": today}))

    def _rows(self, name: str, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        with self._tables.file.reading() as con:
            found = con.execute(statements(self._tables.kind)[name], values)
            while piece := found.fetchmany(_ROWS_AT_ONCE):
                yield from piece

    def unseen_in(self, ranges: Sequence[Range], plan: SweepPlan, since: datetime, began: datetime) -> list[int]:
        """Return stored films of these ranges that no list has shown since a moment.

        Those that failed since the run ``began`` are left out.
        """
        return [
            tmdb_id
            for (tmdb_id,) in self._tables.named(
                "unseen_in_cells",
                first=[item.start for item in ranges],
                last=[item.end for item in ranges],
                min_votes=[item.min_votes or 0 for item in ranges],
                max_votes=[item.max_votes for item in ranges],
                adult=plan.include_adult,
                video=plan.include_video,
                since=rows.to_utc(since),
                began=rows.to_utc(began),
            ).rows
        ]

    def without_details(self, ids: Sequence[int], began: datetime, most: int | None = None) -> list[int]:
        """Return those of these films that have no details, except those that failed since the run began."""
        return self._tables.ids("listed_without_details", most, ids=list(ids), began=rows.to_utc(began))

    def details_ages(self, today: date) -> list[tuple[int, int]]:
        """Return how many films have details of which age: pairs of days and films."""
        return [(int(age), int(films)) for age, films in self._tables.named("details_ages", today=today).rows]

    def oldest_details(self, most: int, today: date, began: datetime) -> list[int]:
        """Return the films with the oldest details, except those of today and those that failed since the run began."""
        return self._tables.ids("oldest_details", most, today=today, began=rows.to_utc(began))
