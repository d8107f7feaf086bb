"""``ayne status``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import freshness, options, tables, wiring
from ayne.cli.live_view import duration
from ayne.cli.terminal import show, show_json

if TYPE_CHECKING:
    from ayne.data_collection.refresh import RefreshPolicy
    from ayne.database.duckdb_client import DuckDBClient

# So many years get a line each; those before them share one a decade.
_YEARS = 20

_YEAR_COLUMNS = ("films", "with_details", "listed", "reported")


@click.command(short_help="Show what is stored and what is due.")
@options.db_option
@options.policy_option
@click.option("--all-years", is_flag=True, help=f"A line for each year, not only for the last {_YEARS}.")
@options.json_option
def status(db: Path | None, policy: Path | None, all_years: bool, as_json: bool) -> None:
    """Show what is stored, how far discovery is, what failed and the last runs; also while a collection is running.

    \b
    ayne status
    ayne status --json
    """
    path = options.database(db)
    store = wiring.open_store(path)
    document = _document(store, path, wiring.read_policy(policy), datetime.now(UTC))
    if as_json:
        show_json(tables.as_json(document))
        return
    for line in _lines(document, freshness.told(store.freshness(), datetime.now(UTC))):
        show(line)
    years = document["by_year"]
    _table(_without_empty(years if all_years else _by_decade(years)), {"year", *_YEAR_COLUMNS})
    for row in document["discoveries"]:
        for line in _discovery(row):
            show(line)
    _table(document["failures"], {"films"})
    _table(document["parts"], {"films", "rows", "unreadable"})
    _table([{"unread key": row["key"], "films": row["films"]} for row in document["unread_keys"][:10]], {"films"})
    _table([_run(row) for row in document["runs"]], {"run", "films", "requests"})


def _document(store: DuckDBClient, path: Path, rules: RefreshPolicy, now: datetime) -> dict[str, Any]:
    """Everything there is to tell, as of one moment."""
    from ayne.data_collection.retention import clock_doubt, expiring_before, to_be_removed_before

    with store.one_moment():
        return {
            "database": str(path),
            **freshness.as_values(store.freshness()),
            **store.named("overview").as_dicts()[0],
            "clock": clock_doubt(now, None, store.newest_moment()),
            "expiring": store.expiring(expiring_before(now), to_be_removed_before(now)),
            "by_year": store.named("films_by_year").as_dicts(),
            "discoveries": store.named("sweeps_overview").as_dicts(),
            **store.named("change_feed_overview").as_dicts()[0],
            "due": _due(store, rules, now),
            "failures": store.named("failures_by_reason").as_dicts(),
            "ratings": store.named("ratings_overview").as_dicts()[0],
            "quotas": store.named("quotas_of_day", day=now.date()).as_dicts(),
            "parts": store.named("parts_overview").as_dicts(),
            "raw": store.named("count_raw").as_dicts()[0],
            "unread_keys": store.named("unread_keys").as_dicts(),
            "runs": store.named("latest_runs").as_dicts(),
        }


def _due(store: DuckDBClient, rules: RefreshPolicy, now: datetime) -> dict[str, int]:
    """How many films come due, by when; as of a moment to come, those that are due by then."""
    from ayne.data_collection.refresh import due

    then = now + timedelta(days=7)
    count = dict.fromkeys(("now", "today", "this_week", "changed"), 0)
    for copy in store.stored_copies(rules.may_be_due(then), then):
        for name, moment in (("now", now), ("today", now + timedelta(days=1)), ("this_week", then)):
            count[name] += due(copy, moment, rules) is not None
        count["changed"] += copy.changed_at is not None
    return count


def _lines(document: dict[str, Any], fresh: str) -> Iterator[str]:
    """What can be said in numbers, no line longer than 80."""
    yield f"{document['database']}: {document['films']:,} films, {document['with_details']:,} with details"
    yield fresh
    for name in ("without_details", "gone", "merged", "failed"):
        if document[name]:
            yield f"{document[name]:>12,} {name.replace('_', ' ')}"
    if document["raw"]["films"]:
        yield f"{document['raw']['films']:>12,} with their answer as it came, for `ayne rebuild`"
    if document["newest_at"]:
        oldest = tables.shown(document["oldest_details_at"]) or "none"
        yield f"newest copy {tables.shown(document['newest_at'])} UTC, oldest {oldest} UTC"
    if document["clock"]:
        yield f"clock: {document['clock']}"
    coming = document["due"]
    yield (
        f"due again: {coming['now']:,} films now, {coming['today']:,} within a day, {coming['this_week']:,} within a "
        f"week, a request each"
    )
    if document["watermark"]:
        yield f"change feed read up to {document['watermark']}: {document['changed']:,} changed films to be fetched"
    yield from _expiring(document["expiring"])
    yield from _ratings(document["ratings"], document["quotas"])


def _expiring(films: dict[str, int]) -> Iterator[str]:
    """What TMDB's terms ask for, if anything."""
    if films["expiring"]:
        yield f"{films['expiring']:>12,} to be fetched again this week, or removed: half a year old by then"
    if films["overdue"]:
        yield f"{films['overdue']:>12,} may no longer be kept: fetch them again, or run `ayne purge`"
    if films["not_to_be_had"]:
        yield f"{films['not_to_be_had']:>12,} of those are gone from TMDB: `ayne purge` removes them in time"


def _ratings(counts: dict[str, Any], quotas: list[dict[str, Any]]) -> Iterator[str]:
    """What OMDb said, once it was asked."""
    if not any(counts[name] for name in ("rated", "none", "mismatched", "failed")):
        return
    others = {
        "none": "unknown to OMDb",
        "mismatched": "answered with another",
        "failed": "failed",
        "not_asked": "not asked yet",
    }
    told = [f"{counts[name]:,} {words}" for name, words in others.items() if counts[name]]
    yield ", ".join([f"ratings: {counts['rated']:,} films rated", *told])
    for row in quotas:
        of = "" if row["source"] == "OMDb" else " of another OMDb"
        yield f"{row['remaining']:>12,} of {row['quota']:,} requests{of} left until midnight UTC"


def _by_decade(years: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The latest years as they are; those before them added up, with a coverage that all of them share."""
    shown, decades = years[:_YEARS], dict[str, list[dict[str, Any]]]()
    for row in years[_YEARS:]:
        name = "no date" if row["year"] is None else f"{row['year'] // 10}0s"
        decades.setdefault(name, []).append(row)
    for name, rows in decades.items():
        sums = {
            column: None if any(row[column] is None for row in rows) else sum(row[column] for row in rows)
            for column in _YEAR_COLUMNS
        }
        states = {row["coverage"] for row in rows}
        shown = [*shown, {"year": name, **sums, "coverage": states.pop() if len(states) == 1 else "mixed"}]
    return shown


def _without_empty(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What no row has a value for needs no column: a range across years has no numbers by year."""
    columns = [name for name in (rows[0] if rows else ()) if any(row[name] is not None for row in rows)]
    return [{name: row[name] for name in columns} for row in rows]


def _discovery(row: dict[str, Any]) -> Iterator[str]:
    """A discovery, without what is the same for most."""
    finished = f"finished {row['finished_at'].date()}" if row["finished_at"] else "not finished"
    yield f"discovery {row['identity'].replace(' sort_by=primary_release_date.desc', '')}, {finished}"
    counts = {name: value or 0 for name, value in row.items() if name not in {"identity", "started_at", "finished_at"}}
    yield f"  {tables.coverage(counts)}"


def _run(row: dict[str, Any]) -> dict[str, Any]:
    """A run without an outcome is under way, or its process was killed."""
    import msgspec

    report = msgspec.json.decode(row["report"]) if row["report"] else {}
    took = duration((row["finished_at"] - row["started_at"]).total_seconds()) if row["finished_at"] else None
    films = report.get("details", 0) + report.get("refreshed", 0) if report else None
    return {
        "run": row["run_id"],
        "started (UTC)": row["started_at"],
        "took": took,
        "films": films,
        "requests": report.get("requests"),
        "outcome": row["outcome"] or "running or killed",
    }


def _table(rows: list[dict[str, Any]], right: set[str]) -> None:
    if rows:
        tables.print_table(list(rows[0]), [list(row.values()) for row in rows], right=frozenset(right))
