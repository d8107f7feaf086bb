"""What a report asks the database: named statements in, plain values out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from ayne import __version__
from ayne.data_collection.retention import expiring_before, to_be_removed_before
from ayne.data_collection.run_report import told_outcome
from ayne.kinds import Kind
from ayne.report.facts import Facts, Row

# What a browser searches without a pause, and a page can carry: some 110 bytes each.
FILMS_SHOWN = 5_000

# As many points as a chart can hold and a person can tell apart.
_POINTS_SHOWN = 1_500

_RUNS_SHOWN = 40
_RANGES_SHOWN = 60


class Freshness(Protocol):
    """How far a database is to be believed."""

    @property
    def collector(self) -> int | None:
        """The process that collects into it at this moment, None when there is none."""
        ...


class Answer(Protocol):
    """The answer to a query."""

    def as_dicts(self) -> list[Row]:
        """Each row as a dict."""
        ...


class Source(Protocol):
    """The database that a report is about."""

    @property
    def path(self) -> str:
        """Where it is."""
        ...

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What it holds."""
        ...

    kind: Kind
    """What its statements are about."""

    def of(self, kind: Kind) -> Source:
        """The same, about another kind."""
        ...

    def freshness(self) -> Freshness:
        """Whether somebody is collecting into it."""
        ...

    def named(self, name: str, **values: Any) -> Answer:
        """Run one of the database's named statements."""
        ...

    def expiring(self, before: datetime, overdue: datetime) -> dict[str, int]:
        """Films whose copy is older than these moments."""
        ...


def _others(store: Source) -> dict[str, int]:
    """How many there are of what the page does not show one by one."""
    counted = {
        member.plural: store.of(kind).named(f"count_{member.table}").as_dicts()[0]["held"]
        for kind in store.kinds
        if kind is not store.kind
        for member in kind.family
    }
    return {plural: held for plural, held in counted.items() if held}


def read(store: Source, now: datetime, films: int = FILMS_SHOWN) -> Facts:
    """Ask for all that the page shows.

    Args:
        store: the database.
        now: the moment that ages are counted from.
        films: how many films the table has at most.
    """

    def rows(name: str, **values: Any) -> list[Row]:
        return store.named(name, **values).as_dicts()

    is_at_work = store.freshness().collector is not None
    return Facts(
        database=Path(store.path).name,
        version=__version__,
        made_at=now,
        servers=[row["server"] for row in rows("servers") if row["server"]],
        overview=rows("report_overview")[0],
        others=_others(store),
        years=rows("films_by_year"),
        discoveries=rows("sweeps_overview"),
        unproven=rows("report_unproven", most=_RANGES_SHOWN),
        averages=rows("report_averages"),
        averages_by_year=rows("report_averages_by_year"),
        money=rows("report_money", most=_POINTS_SHOWN),
        genres=rows("report_genres"),
        languages=rows("report_languages"),
        ages=rows("report_ages", now=now.astimezone(UTC).replace(tzinfo=None)),
        expiring=store.expiring(expiring_before(now), to_be_removed_before(now)),
        parts=rows("parts_overview"),
        failures=rows("failures_by_reason"),
        runs=[
            _run(row, is_at_work=is_at_work and number == 0)
            for number, row in enumerate(rows("report_runs", most=_RUNS_SHOWN))
        ],
        run_totals=rows("report_run_totals")[0],
        films=rows("report_films", most=films),
        films_asked=films,
    )


def _run(row: Row, *, is_at_work: bool) -> Row:
    """A run with its plan and its report read; one that was killed has no report."""
    return {
        **row,
        "plan": msgspec.json.decode(row["plan"]),
        "report": msgspec.json.decode(row["report"] or "{}"),
        "outcome": told_outcome(row["outcome"], is_at_work=is_at_work),
    }
