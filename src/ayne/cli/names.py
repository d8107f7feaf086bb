"""``ayne names``."""

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
from ayne.cli.source import Source
from ayne.cli.tables import many
from ayne.cli.terminal import say

if TYPE_CHECKING:
    from ayne.data_collection.refresh import RefreshPolicy
    from ayne.data_collection.run_report import RunReport
    from ayne.database.duckdb_client import DuckDBClient


@click.command(
    cls=Grouped,
    first=("--details", "--limit", "--db"),
    short_help="Fetch names of keywords, companies, networks and collections.",
)
@click.option("--details", is_flag=True, help="Also fetch details of those that stored films and series name.")
@click.option("--limit", type=options.Count(min=0), help="With --details: fetch at most N, of all kinds together.")
@options.policy_option
@options.language_option
@options.source_options
@options.address_option("--exports-url")
@click.option("--no-raw", is_flag=True, help="Do not store TMDB's answers themselves; `ayne rebuild` needs them.")
@options.db_option
@options.json_option
def names(
    details: bool,
    limit: int | None,
    policy: Path | None,
    language: str | None,
    exports_url: str | None,
    no_raw: bool,
    db: Path | None,
    as_json: bool,
    **others: Any,
) -> None:
    """Fetch the names of all keywords, companies, networks and collections from TMDB's daily id exports.

    Each kind has a table: keyword_names, companies, networks, collections. Each export is one download, takes no
    request of TMDB's API and no key, and is skipped unless there is a newer one than the stored one.

    With --details, also fetch the details of the companies, networks and collections that stored films and series name,
    with one request for each, those that most films name first. They are fetched again when they have grown old,
    because TMDB has no change feed for them.

    \b
    ayne names
    ayne names --details
    """
    if limit is not None and not details:
        raise click.UsageError("--limit is for details; add --details")
    source, rules = Source.of(others), wiring.read_policy(policy)
    path = options.database(db, sandbox=source.sandbox)
    store = wiring.open_store(path, collecting=True)
    with ExitStack() as stack:
        if source.sandbox:
            source = stack.enter_context(source.started(OwnSandbox.of_file(path, store)))
        asked: dict[str, Any] = {"details": details, "limit": limit, "keep_raw": not no_raw}
        reports = take_names(store, source, rules, exports_url, language, as_json=as_json, **asked)
    if as_json:
        endings.print_reports(reports)
    endings.exit_as(*reports)


def take_names(
    store: DuckDBClient,
    source: Source,
    policy: RefreshPolicy,
    exports_url: str | None,
    language: str | None,
    *,
    as_json: bool,
    details: bool = False,
    limit: int | None = None,
    **asked: Any,
) -> list[RunReport]:
    """Fetch the names of each kind that exports name, and print the results; kinds share one limit.

    Args:
        store: the file.
        source: what TMDB is, and how fast it is asked.
        policy: how old details may grow.
        exports_url: where exports are, None for where TMDB's or the source's are.
        language: in which TMDB answers, as the file's other rows are.
        as_json: whether a program reads what is printed.
        details: fetch details, too, which takes a key.
        limit: the most details to fetch, None for all.
        asked: what else is asked of :meth:`~ayne.data_collection.orchestrator.DataCollectionOrchestrator.run_names`.
    """
    from ayne.kinds import NAMES

    path = Path(store.path)
    reports: list[RunReport] = []
    for kind in NAMES:
        if any(report.outcome != "done" for report in reports):
            break
        left = None if limit is None else limit - sum(report.details + report.refreshed for report in reports)
        client = source.client(language=language, needs_key=details)
        exports = wiring.open_exports(path, exports_url, client, in_sandbox=source.sandbox)
        report = see_through(
            wiring.collection(store.of(kind), client, exports=exports, policy=policy),
            methodcaller("run_names", details=details, limit=left, **asked),
            [client, exports],
            title=f"ayne names, {kind.plural}, into {path}",
            kind=kind,
            per_second=source.per_second,
            as_json=as_json,
        )
        reports.append(report)
        if not as_json:
            _say(report, store)
    return reports


def _say(report: RunReport, store: DuckDBClient) -> None:
    if endings.nothing_to_say(report):
        return
    kind = report.kind
    ((held, with_details),) = store.of(kind).named("count_details").rows
    told = f", {with_details:,} with details" if kind.has_more_in_details else ""
    came = f" ({report.details:,} fetched, {report.refreshed:,} refreshed)" if report.requests else ""
    say(f"{many(held, kind)} in the table {kind.table}{told}{came}")
    endings.say_what_is_missing(report)
