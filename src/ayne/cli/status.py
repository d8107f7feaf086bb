"""``ayne status``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import options, tables, wiring
from ayne.cli.terminal import show, show_json
from ayne.data_collection.retention import expiring_before, to_be_removed_before

if TYPE_CHECKING:
    from ayne.database.duckdb_client import DuckDBClient

_COUNTED = ("films", "reported", "proven", "best_effort", "capped", "overfull", "open")


@click.command()
@options.db_option
@options.policy_option
@options.json_option
def status(db: Path | None, policy: Path | None, as_json: bool) -> None:
    """Show what is stored, how far discovery is, what failed and the last runs; also while a collection is running.

    \b
    ayne status
    ayne status --json
    """
    path = options.database(db)
    store = wiring.open_store(path)
    now = datetime.now(UTC)
    document: dict[str, Any] = {
        "database": str(path),
        **store.named("overview").as_dicts()[0],
        "expiring": store.expiring(expiring_before(now), to_be_removed_before(now)),
        "by_year": store.named("films_by_year").as_dicts(),
        "discoveries": store.named("sweeps_overview").as_dicts(),
        **store.named("change_feed_overview").as_dicts()[0],
        "due": _due(store, policy),
        "failures": store.named("failures_by_reason").as_dicts(),
        "parts": store.named("parts_overview").as_dicts(),
        "raw": store.named("count_raw").as_dicts()[0],
        "unread_keys": store.named("unread_keys").as_dicts(),
        "runs": store.named("latest_runs").as_dicts(),
    }
    if as_json:
        show_json(tables.as_json(document))
        return
    show(f"{path}: {document['films']:,} films, {document['with_details']:,} with details")
    for name in ("without_details", "gone", "merged", "failed"):
        if document[name]:
            show(f"{document[name]:>12,} {name.replace('_', ' ')}")
    if document["newest_at"]:
        show(f"newest copy {tables.shown(document['newest_at'])} UTC, oldest {_or_none(document)} UTC")
    coming = document["due"]
    show(
        f"due again: {coming['now']:,} films now, {coming['today']:,} by this time tomorrow, {coming['this_week']:,} "
        f"within a week; a request each, {coming['changed']:,} of them because they changed"
    )
    if document["watermark"]:
        show(f"change feed read up to {document['watermark']}, {document['changed']:,} changed films to be fetched")
    for line in _expiring(document["expiring"]):
        show(line)
    _table(document["by_year"], {"year", "films", "with_details", "listed", "reported"})
    _table([_discovery(row) for row in document["discoveries"]], {name.replace("_", " ") for name in _COUNTED})
    _table(document["failures"], {"films"})
    if document["raw"]["films"]:
        show(f"{document['raw']['films']:>12,} films with their answer as it came, for `ayne rebuild`")
    _table(document["parts"], {"films", "rows", "unreadable"})
    _table([{"unread key": row["key"], "films": row["films"]} for row in document["unread_keys"][:10]], {"films"})
    _table([_run(row) for row in document["runs"]], {"run"})


def _due(store: DuckDBClient, policy: Path | None) -> dict[str, int]:
    """How many films come due, by when; as of a moment to come, those that are due by then."""
    from ayne.data_collection.refresh import due  # noqa: PLC0415

    rules, now = wiring.read_policy(policy), datetime.now(UTC)
    then = now + timedelta(days=7)
    count = dict.fromkeys(("now", "today", "this_week", "changed"), 0)
    for copy in store.stored_copies(rules.may_be_due(then), then):
        for name, moment in (("now", now), ("today", now + timedelta(days=1)), ("this_week", then)):
            count[name] += due(copy, moment, rules) is not None
        count["changed"] += copy.changed_at is not None
    return count


def _expiring(films: dict[str, int]) -> list[str]:
    """What TMDB's terms ask for, if anything."""
    lines = []
    if films["expiring"]:
        lines.append(f"{films['expiring']:>12,} to be fetched again this week, or removed: half a year old by then")
    if films["overdue"]:
        lines.append(f"{films['overdue']:>12,} may no longer be kept: fetch them again, or run `ayne purge`")
    if films["not_to_be_had"]:
        lines.append(f"{films['not_to_be_had']:>12,} of those are gone from TMDB: `ayne purge` removes them in time")
    return lines


def _or_none(document: dict[str, Any]) -> str:
    return tables.shown(document["oldest_details_at"]) or "none"


def _discovery(row: dict[str, Any]) -> dict[str, Any]:
    """A discovery, without what is the same for most."""
    return {
        "discovery": row["identity"].replace(" sort_by=primary_release_date.desc", ""),
        **{name.replace("_", " "): row[name] for name in _COUNTED},
        "finished": (row["finished_at"] and row["finished_at"].date()) or "not yet",
    }


def _run(row: dict[str, Any]) -> dict[str, Any]:
    """A run without an outcome is under way, or its process was killed."""
    return {
        "run": row["run_id"],
        "started": row["started_at"],
        "finished": row["finished_at"],
        "outcome": row["outcome"] or "running or killed",
    }


def _table(rows: list[dict[str, Any]], right: set[str]) -> None:
    if rows:
        tables.print_table(list(rows[0]), [list(row.values()) for row in rows], right=frozenset(right))
