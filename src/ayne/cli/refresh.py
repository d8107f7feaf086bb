"""``ayne refresh``."""

from __future__ import annotations

from contextlib import ExitStack
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import endings, options, wiring
from ayne.cli.grouped import Grouped
from ayne.cli.job import see_through
from ayne.cli.own_sandbox import OwnSandbox
from ayne.cli.selection import parts_of
from ayne.cli.source import Source
from ayne.cli.tables import many
from ayne.cli.terminal import say

if TYPE_CHECKING:
    from ayne.data_collection.run_report import RunReport
    from ayne.kinds import Kind


@click.command(
    cls=Grouped,
    first=("--kind", "--limit", "--policy", "--no-changes", "--add-changed", "--rate", "--db"),
    short_help="Fetch again what changed at TMDB or is too old.",
)
@click.option(
    "--limit", type=options.Count(min=0), help="Fetch at most N, the most urgent first; 0 only reads the feed."
)
@click.option("--no-changes", is_flag=True, help="Do not read TMDB's change feed; go by the age of copies.")
@click.option("--add-changed", is_flag=True, help="Also fetch what changed and is not stored, except adult ones.")
@click.option("--now", is_flag=True, help="Also fetch today's changes: now, and again when the day is over.")
@options.kind_option
@options.policy_option
@options.parts_option
@options.language_options
@options.source_options
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also save each answer in this folder, unchanged.",
)
@click.option("--no-raw", is_flag=True, help="Do not store TMDB's answers themselves; `ayne rebuild` needs them.")
@options.db_option
@options.json_option
def refresh(
    limit: int | None,
    no_changes: bool,
    add_changed: bool,
    now: bool,
    policy: Path | None,
    kinds: tuple[Kind, ...],
    parts: str | None,
    output_dir: Path | None,
    no_raw: bool,
    db: Path | None,
    as_json: bool,
    **others: Any,
) -> None:
    """Fetch stored films and series again: those that changed at TMDB, and those whose copies are too old.

    Copies close to the six months that TMDB's terms allow come first, then what changed, then what is most overdue.
    Each is fetched with the parts that are stored of it. The changes of a day are fetched from 8:00 UTC of the next
    day on, when TMDB's caches have expired. With --now, today's changes are fetched now, and again when the day is
    over.

    \b
    ayne refresh
    ayne refresh --now
    ayne refresh --limit 1000 --policy ayne.toml
    ayne refresh --kind movie,series
    """
    if add_changed and no_changes:
        raise click.UsageError("--add-changed needs the change feed; leave out --no-changes")
    if now and no_changes:
        raise click.UsageError("--now needs the change feed; leave out --no-changes")
    source = Source.of(others)
    rules, parts_by_kind = wiring.read_policy(policy), parts_of(parts, kinds)
    path = options.database(db, sandbox=source.sandbox)
    store = wiring.open_store(path, collecting=True)
    if not path.exists():
        raise click.UsageError(f"there is no database {path} to refresh; `ayne collect` makes one, --db names another")
    reports: list[RunReport] = []
    with ExitStack() as stack:
        if source.sandbox:
            source = stack.enter_context(source.started(OwnSandbox.of_file(path, store)))
        for kind in kinds:
            if any(report.outcome != "done" for report in reports):
                break
            job = methodcaller(
                "run_refresh",
                # One bound for all: what a kind leaves of it is the next one's.
                limit=None if limit is None else limit - sum(report.refreshed for report in reports),
                changes=not no_changes,
                add_changed=add_changed,
                now=now,
                append=parts_by_kind[kind],
                keep_raw=not no_raw,
            )
            client = source.client(output_dir=output_dir, **others)
            title = "ayne refresh" if len(kinds) == 1 else f"ayne refresh, {kind.plural},"
            report = see_through(
                wiring.collection(store.of(kind), client, policy=rules),
                job,
                [client],
                title=f"{title} of {path}",
                kind=kind,
                per_second=source.per_second,
                as_json=as_json,
            )
            reports.append(report)
            if not as_json:
                _say(report, path)
    if as_json:
        endings.print_reports(reports)
    endings.exit_as(*reports)


def _say(report: RunReport, path: Path) -> None:
    if endings.nothing_to_say(report):
        return
    say_feed(report)
    endings.say_what_came(report, path)
    endings.say_what_is_missing(report)


def say_feed(report: RunReport) -> None:
    """Print what came of the change feed, for people."""
    if feed := report.feed:
        added = f", {feed.added:,} of others" if feed.added else ""
        read = f"read up to {feed.watermark}" if feed.watermark else "no day is over that could be read"
        say(
            f"changes: {many(feed.seen, report.kind)} named on {many(feed.days, 'day')}, {feed.ours:,} of ours to be "
            f"fetched{added}; {read}"
        )
        if feed.provisional:
            named = many(feed.provisional, report.kind)
            say(f"today: {named} named until now; they are looked at again when it is over")
        if feed.unreadable:
            say(f"changes: {feed.unreadable:,} rows name no {report.kind.noun}; -v shows them")
        if feed.gap:
            say(f"gap: {feed.gap}")
