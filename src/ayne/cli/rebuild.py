"""``ayne rebuild``."""

from __future__ import annotations

from pathlib import Path

import click

from ayne.cli import options, running, tables, wiring
from ayne.cli.terminal import show, show_json


@click.command(short_help="Make the tables again, without a request.")
@options.db_option
@options.json_option
def rebuild(db: Path | None, as_json: bool) -> None:
    """Make the tables again from the answers kept in the database, without a request.

    Worth it after an upgrade: a later ayne may read more of an answer than the one that fetched it. It can be broken
    off at any time and begun again.

    \b
    ayne rebuild
    """
    from ayne.data_collection.rebuild import rebuild as rebuild_tables
    from ayne.data_collection.run_report import Progress, Snapshot

    path = options.database(db)
    store = wiring.open_store(path)
    with running.view(f"ayne rebuild of {path}", None, as_json=as_json) as view:
        report = rebuild_tables(
            store, lambda done, total: view.watch(lambda: Snapshot((Progress("rebuild", done, total),)))
        )
    if as_json:
        show_json(tables.as_json(report.as_dict()))
    else:
        show(f"{path}: {report.films:,} films made again from their answers")
        for table, rows in sorted(report.written.rows.items()):
            show(f"{rows:>12,} rows of {table}")
        for count, what in (
            (report.written.outdated, "films left alone: newer details came with --no-raw"),
            (report.written.unreadable, "rows of parts that could not be read"),
            (sum(report.written.leftovers.values()), "values that no column holds; `ayne status` names their keys"),
            (len(report.unusable), "films whose answers could not be read; they are as they were"),
        ):
            if count:
                show(f"{count:>12,} {what}")
    if report.unusable:
        raise SystemExit(1)
