"""How collecting commands end: their last words, exit codes and JSON."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ayne import settings
from ayne.cli import tables
from ayne.cli.command_line import is_quiet
from ayne.cli.live_view import duration
from ayne.cli.progress import ProgressView
from ayne.cli.tables import many
from ayne.cli.terminal import say, say_script, show_json

if TYPE_CHECKING:
    from ayne.data_collection.run_report import RunReport
    from ayne.kinds import Kind

T = TypeVar("T")


def view(title: str, allowance: float | None, *, as_json: bool, kind: Kind | None = None) -> ProgressView:
    """Return the view of a run; with ``--json`` it is quiet, unless stderr is a terminal."""
    quiet = is_quiet() or (as_json and not sys.stderr.isatty())
    words = (kind.noun, kind.plural) if kind else ("film", "films")
    return ProgressView(title, allowance=allowance, quiet=quiet, words=words)


def nothing_to_say(report: RunReport) -> bool:
    """Return whether only errors are to be printed, and there was none."""
    return is_quiet() and report.complete and not report.clock


def say_what_came(report: RunReport, path: Path) -> None:
    """Print what a run has brought, for people."""
    what = [f"{many(report.details, report.kind)} stored"] if report.details or not report.refreshed else []
    what += [f"{many(report.refreshed, report.kind)} refreshed{_reasons(report)}"] if report.refreshed else []
    what += [f"{report.gone:,} gone" if report.gone else "", f"{report.merged:,} merged" if report.merged else ""]
    say(
        f"{', '.join(filter(None, what))} in {path}: {many(report.requests, 'request')} in {duration(report.seconds)}"
        + (f", {sum(report.retries.values()):,} retries" if report.retries else "")
    )


def say_what_is_stored(report: RunReport, command: str = "the same command") -> None:
    """Print how complete the listed films are, and how many have details, for people."""
    if report.coverage:
        say(tables.coverage(report.coverage, report.kind.plural))
    if report.stored.get("listed"):
        say(stored(report.stored, command))


def stored(counts: Mapping[str, int], command: str = "the same command") -> str:
    """Say how many of the listed films are stored with details, and which command fetches the others.

    >>> stored({"listed": 662, "with_details": 119, "without_details": 543})
    '662 listed, 119 with details; 543 still without details: the same command carries on'
    >>> stored({"listed": 662, "with_details": 660, "without_details": 0})
    '662 listed, 660 with details'
    """
    told = f"{counts['listed']:,} listed, {counts['with_details']:,} with details"
    missing = counts["without_details"]
    return f"{told}; {missing:,} still without details: {command} carries on" if missing else told


def db_as_typed(path: Path) -> str:
    """Return the ``--db`` option for a command to copy; empty for the default file.

    >>> db_as_typed(Path("films.duckdb")), db_as_typed(Path("my films.duckdb"))
    ('', " --db 'my films.duckdb'")
    """
    return "" if path == Path(settings.DEFAULT_DATABASE) else f" --db {shlex.quote(str(path))}"


def say_what_next(path: Path, kind: Kind, *, by_list: bool = False) -> None:
    """Commands to go on with, which can be copied as they are."""
    file = db_as_typed(path)
    say("Now try:")
    names = [kind.title, kind.day, "vote_average" if kind.votes else kind.popularity]
    columns, order = ", ".join(filter(None, names)), kind.votes or kind.popularity or "tmdb_id"
    films = f"SELECT {columns} FROM {kind.live} ORDER BY {order} DESC LIMIT 10"  # noqa: S608 - shown, not run
    listed = f"given JOIN {kind.live} USING (tmdb_id) WHERE kind = '{kind.name}'"
    rows = f"SELECT row, {columns} FROM {listed} ORDER BY file, row"  # noqa: S608 - shown, not run
    for line in (
        f"ayne status{file}",
        f'ayne sql{file} "{rows if by_list else films}"',
        f"ayne export{file} --format parquet --out {kind.plural}",
    ):
        say_script(f"  {line}")


def _reasons(report: RunReport) -> str:
    words = {"terms": "before six months were over", "changed": "that changed", "age": "because of their age"}
    told = [f"{count:,} {words[reason]}" for reason, count in sorted(report.refreshed_by_reason.items())]
    return f" ({', '.join(told)})" if told else ""


def say_what_is_missing(report: RunReport) -> None:
    """Print what a run could not do, for people."""
    if report.clock:
        say(f"clock: {report.clock}; nothing is removed for its age until they agree. `ayne doctor` says more")
    for name in report.missing_pages[:10]:
        say(f"missing: {name}")
    for reason, count in sorted(report.failures_by_reason.items()):
        if reason.startswith("unconfirmed_"):
            say(
                f"unconfirmed: {many(count, report.kind)} said to be {reason.removeprefix('unconfirmed_')}, too many "
                "at once to be believed; they stay, and a run in eight hours or later checks them again"
            )
        else:
            say(f"failed: {many(count, report.kind)}, {reason}; the table `failures` lists them")
    if report.waiting:
        say(f"waiting: {many(report.waiting, report.kind)} that TMDB refused before; ayne tries again in some days")
    if report.unreadable:
        say(f"unreadable: {many(report.unreadable, 'row')} of lists left out; -v says why")
    if report.outcome == "interrupted":
        say("Interrupted. Everything fetched so far is stored; the same command carries on.")
    elif report.missing_pages or report.failures_by_reason:
        say("The same command fetches what is missing.")


def print_reports(reports: Sequence[RunReport]) -> None:
    """Print the report as JSON; for several kinds, each under the name of its kind."""
    each = {report.kind.name: report.as_dict() for report in reports}
    show_json(tables.as_json(each if len(each) > 1 else reports[0].as_dict()))


def exit_as(*reports: RunReport) -> None:
    """End with the exit code of a run, or of one for each kind, unless that is 0."""
    if any(report.outcome == "interrupted" for report in reports):
        raise SystemExit(130)
    if not all(report.complete for report in reports):
        raise SystemExit(1)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end. asyncio is imported late, because no ``--help`` needs it."""
    import asyncio

    return asyncio.run(work)
