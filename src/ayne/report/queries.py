"""What a report asks the database: named statements in, plain values out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from ayne import __version__
from ayne.data_collection.retention import expiring_before, to_be_removed_before
from ayne.data_collection.run_report import told_outcome
from ayne.kinds import Kind
from ayne.report import carried
from ayne.report.facts import Facts, Row, Titles

# What a browser filters without a pause, and a page can carry: some 400 bytes each.
FILMS_SHOWN = 5_000

# Beside the most voted ones: so many that lead in rating, in revenue and in return.
_LEADERS = 100

# Of each side, by each measure.
_GROUPS_SHOWN = 40

_PEOPLE_SHOWN = 24

# Kinds of which the statements of a report know the columns.
_TOLD = ("movie", "series")

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
    """How many there are of what the page does not list one by one: seasons and episodes, people."""
    counted = {
        member.plural: store.of(kind).named(f"count_{member.table}").as_dicts()[0]["held"]
        for kind in store.kinds
        for member in kind.family[1 if kind.name in _TOLD else 0 :]
    }
    return {plural: held for plural, held in counted.items() if held}


def _titles(store: Source, most: int) -> Titles:
    """What there is of one kind."""

    def rows(name: str, **values: Any) -> list[Row]:
        return store.named(name, cast=carried.CAST, **values).as_dicts()

    (summary,) = rows("report_summary", rank=carried.RANK)
    enough, fewest = carried.enough(summary["votes_of_many"]), carried.fewest(summary["titles"])
    bounds = {"enough": enough, "least": carried.LEAST_MONEY}
    titles = rows("report_titles", most=most, leaders=min(most, _LEADERS), **bounds)

    def groups(side: str) -> Iterator[Row]:
        found = rows("report_groups", side=side, fewest=fewest, most=_GROUPS_SHOWN, **bounds)
        named = () if side in carried.NAMED_BY_THEMSELVES else [row["member"] for row in found]
        names = {row["member"]: row["name"] for row in rows("report_names", side=side, members=named)} if named else {}
        for row in found:
            yield {"side": side, "name": names.get(row["member"], row["member"]), **row}

    return Titles(
        kind=store.kind.name,
        noun=store.kind.noun,
        plural=store.kind.plural,
        summary=summary,
        ratings=rows("report_ratings"),
        years=rows("report_years", few=carried.FEW_VOTES),
        groups=[group for side in carried.SIDES for group in groups(side)],
        titles=titles,
        members=rows("report_members", ids=[title["tmdb_id"] for title in titles]),
        asked=most,
        enough=enough,
        fewest=fewest,
    )


def _kinds(store: Source, most: int) -> list[Titles]:
    """What there is of films, and of what else has a report and is stored."""
    others = [store.of(kind) for kind in store.kinds if kind is not store.kind and kind.name in _TOLD]
    held = [other for other in others if other.named(f"count_{other.kind.table}").as_dicts()[0]["held"]]
    return [_titles(each, most) for each in (store, *held)]


def _people(store: Source) -> list[Row]:
    """The best known people, where people are a kind of their own."""
    person = next((kind for kind in store.kinds if kind.name == "person"), None)
    return [] if person is None else store.of(person).named("report_people", most=_PEOPLE_SHOWN).as_dicts()


def read(store: Source, now: datetime, films: int = FILMS_SHOWN) -> Facts:
    """Ask for all that the page shows.

    Args:
        store: the database.
        now: the moment that ages are counted from.
        films: how many films the page carries at most, beside those that lead in something.
    """

    def rows(name: str, **values: Any) -> list[Row]:
        return store.named(name, **values).as_dicts()

    is_at_work = store.freshness().collector is not None
    return Facts(
        database=Path(store.path).name,
        version=__version__,
        made_at=now,
        servers=[row["server"] for row in rows("servers") if row["server"]],
        kinds=_kinds(store, films),
        overview=rows("report_overview")[0],
        others=_others(store),
        people=_people(store),
        years=rows("films_by_year"),
        discoveries=rows("sweeps_overview"),
        unproven=rows("report_unproven", most=_RANGES_SHOWN),
        ages=rows("report_ages", now=now.astimezone(UTC).replace(tzinfo=None)),
        expiring=store.expiring(expiring_before(now), to_be_removed_before(now)),
        parts=rows("parts_overview"),
        failures=rows("failures_by_reason"),
        runs=[
            _run(row, is_at_work=is_at_work and number == 0)
            for number, row in enumerate(rows("report_runs", most=_RUNS_SHOWN))
        ],
        run_totals=rows("report_run_totals")[0],
    )


def _run(row: Row, *, is_at_work: bool) -> Row:
    """A run with its plan and its report read; one that was killed has no report."""
    return {
        **row,
        "plan": msgspec.json.decode(row["plan"]),
        "report": msgspec.json.decode(row["report"] or "{}"),
        "outcome": told_outcome(row["outcome"], is_at_work=is_at_work),
    }
