"""``ayne rebuild``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ayne.cli import endings, options, tables, wiring
from ayne.cli.terminal import show, show_json

if TYPE_CHECKING:
    from ayne.cli.progress import ProgressView
    from ayne.data_collection.rebuild import RebuildReport
    from ayne.kinds import Kind


@click.command(short_help="Rebuild the tables from stored answers, without a request.")
@options.stored_kind_option
@options.db_option
@options.json_option
def rebuild(kinds: tuple[Kind, ...] | None, db: Path | None, as_json: bool) -> None:
    """Rebuild the tables from TMDB's answers that the database stores, without a request.

    Run it after an upgrade: a newer ayne may read more from an answer than the one that fetched it. You can interrupt
    it at any time and start again.

    \b
    ayne rebuild
    """
    from ayne.data_collection.rebuild import rebuild as rebuild_tables

    path = options.database(db)
    store = wiring.open_store(path)
    reports = {}
    # Of a kind without any answer nothing can be made again, which is an error where it is all that there is.
    with_answers = tuple(kind for kind in store.kinds if store.of(kind).count_kept_answers())
    for kind in kinds or with_answers or store.kinds[:1]:
        with endings.view(f"ayne rebuild of {path}", None, as_json=as_json, kind=kind) as view:
            reports[kind] = rebuild_tables(store.of(kind), partial(_watch, view))
    if as_json:
        told = {kind.name: report.as_dict() for kind, report in reports.items()}
        show_json(tables.as_json(told if len(told) > 1 else next(iter(told.values()))))
    else:
        for kind, report in reports.items():
            _say(report, kind, path)
    if any(report.unusable for report in reports.values()):
        raise SystemExit(1)


def _watch(view: ProgressView, done: int, total: int) -> None:
    from ayne.data_collection.run_report import Progress, Snapshot

    view.watch(lambda: Snapshot((Progress("rebuild", done, total),)))


def _say(report: RebuildReport, kind: Kind, path: Path) -> None:
    show(f"{path}: {report.films:,} {kind.plural} made again from their answers")
    for table, rows in sorted(report.written.rows.items()):
        show(f"{rows:>12,} rows of {table}")
    for count, what in (
        (report.written.outdated, f"{kind.plural} left alone: newer details came with --no-raw"),
        (report.written.unreadable, "rows of parts that could not be read"),
        (sum(report.written.leftovers.values()), "values that no column holds; `ayne status` names their keys"),
        (len(report.unusable), f"{kind.plural} whose answers could not be read; they are as they were"),
    ):
        if count:
            show(f"{count:>12,} {what}")
