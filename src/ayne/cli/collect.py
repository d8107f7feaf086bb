"""``ayne collect``."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import endings, given, options, tables, wiring
from ayne.cli.grouped import Grouped
from ayne.cli.job import see_through
from ayne.cli.own_sandbox import MOVIES, SERIES, OwnSandbox
from ayne.cli.selection import Selection, check_listed
from ayne.cli.source import Source
from ayne.cli.terminal import say, show

if TYPE_CHECKING:
    from ayne.data_collection.collect import IdsFrom
    from ayne.data_collection.given_files import GivenList
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator
    from ayne.data_collection.run_report import RunReport
    from ayne.database.duckdb_client import DuckDBClient

# When TMDB made an answer is known to the second. Names are those that a kind is described with.
_SHOWN = """
SELECT tmdb_id, {columns}
FROM {live}
WHERE details_at >= (SELECT date_trunc('second', started_at) FROM runs WHERE run_id = $run_id)
ORDER BY {order} DESC NULLS LAST, tmdb_id LIMIT 10
"""
_COLUMNS = {
    "movie": "title, release_date AS released, runtime, vote_average AS average, vote_count AS votes",
    "series": "name AS title, first_air_date AS released, number_of_episodes AS episodes, vote_average AS average, "
    "vote_count AS votes",
    "person": "name, known_for_department AS department, birthday AS born, popularity",
}


@click.command(
    cls=Grouped,
    first=("--from", "--to", "--min-votes", "--parts", "--limit", "--db", "--sandbox"),
    short_help="Collect films or series; a rerun fetches what is missing.",
)
@given.ids_options
@options.selection_options
@options.source_options
@click.option(
    "--sandbox-movies", type=options.Count(1), default=MOVIES, show_default=True, help="Number of films in the sandbox."
)
@click.option(
    "--sandbox-series",
    type=options.Count(0),
    default=SERIES,
    show_default=True,
    help="Number of series in the sandbox.",
)
@click.option(
    "--sandbox-seed", type=int, default=1, show_default=True, help="Seed of the sandbox: which films and series it has."
)
@click.option(
    "--source",
    "ids_from",
    type=click.Choice(["discover", "export", "both"]),
    default="discover",
    show_default=True,
    help="Find ids by release date (discover), in TMDB's daily id exports (export), or in both.",
)
@click.option(
    "--min-popularity", type=options.Number(min=0), help="With an export as source: leave out what is less popular."
)
@options.address_option("--exports-url")
@options.popularity_history_option
@click.option(
    "--dask",
    help="Fetch with a Dask cluster: its scheduler's address, or local:N to start N processes on this machine.",
)
@options.policy_option
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also save each answer in this folder, unchanged.",
)
@click.option("--no-raw", is_flag=True, help="Do not store TMDB's answers themselves; `ayne rebuild` needs them.")
@options.db_option
@options.json_option
def collect(
    ids: str | None,
    id_column: str | None,
    sandbox_movies: int,
    sandbox_series: int,
    sandbox_seed: int,
    db: Path | None,
    output_dir: Path | None,
    ids_from: IdsFrom,
    min_popularity: float | None,
    exports_url: str | None,
    popularity_history: float | None,
    dask: str | None,
    policy: Path | None,
    no_raw: bool,
    as_json: bool,
    **others: Any,
) -> None:
    """Collect films or series into the database. A second run fetches only what is missing or too old.

    To resume an interrupted collection, run the same command again. --kind series collects series with all their
    seasons and episodes. --kind movie,series collects both, and --limit and --refresh-limit count both together.

    \b
    ayne collect --from 2020 --to 2024
    ayne collect --from 1950 --min-votes 0 --limit 1000
    ayne collect --ids links.csv
    ayne collect --source export --min-popularity 5 --limit 1000
    ayne collect --sandbox --from 2020 --to 2024
    ayne collect --kind series --from 1936 --to 2026
    ayne collect --from 1990 --dask tcp://10.0.0.5:8786
    """
    from ayne.data_collection.collect import asks_source

    given.check_alone(ids, id_column)
    _check_source(ids_from, min_popularity, others)
    source = Source.of(others)
    if source.sandbox and not options.given("dask"):
        # The sandbox is on this machine, and the cluster of a file or a variable need not be.
        dask = None
    _check_dask(dask, source, output_dir)
    selections = Selection.of(others)
    if ids is None and ids_from != "export":
        check_listed(selections, "--ids brings those of a list, --source export all that the day's export names")
    if ids is not None and len(selections) > 1:
        raise click.UsageError("a list of --ids is of one kind; name one with --kind, and collect the other by itself")
    rules = wiring.read_policy(policy)
    path = options.database(db, sandbox=source.sandbox)
    store = wiring.open_store(path, collecting=True)
    reports: list[RunReport] = []
    with ExitStack() as stack:
        of_kind = store.of(selections[0].kind)
        listed = stack.enter_context(given.opened(of_kind, ids, id_column)) if ids is not None else None
        if source.sandbox:
            own = OwnSandbox(sandbox_movies, sandbox_series, sandbox_seed)
            source = stack.enter_context(source.started(own))
        for selection in _in_one_budget(selections, reports):
            asks = listed is not None or asks_source(ids_from, selection.limit, selection.refresh_limit)
            client = source.client(output_dir=output_dir, needs_key=asks, **selection.languages)
            if dask and client.token_server:
                raise click.UsageError(_NO_ALLOWANCE)
            exports = None
            if ids_from != "discover" and not listed:
                exports = wiring.open_exports(path, exports_url, client, in_sandbox=source.sandbox)
            what = f"the {selection.kind.plural} of {listed.name}" if listed else selection.title
            kept: dict[str, Any] = {"executor": wiring.open_dask(dask) if dask else None, "keep_raw": not no_raw}
            told = {"ids_from": ids_from, "min_popularity": min_popularity, "popularity_history": popularity_history}
            report = see_through(
                wiring.collection(store.of(selection.kind), client, exports=exports, policy=rules),
                partial(_job, selection=selection, listed=listed, of_exports=told, kept=kept),
                [client, exports],
                title=f"ayne collect, {what}, into {path}",
                kind=selection.kind,
                per_second=source.per_second,
                as_json=as_json,
            )
            reports.append(report)
            if as_json:
                continue
            # Into a pipe or a file nothing is printed that nobody has asked for; a sandbox is there to be tried.
            if source.sandbox or sys.stdout.isatty():
                show_found(store, report)
            say_end(report, path, sandbox=source.sandbox, limit=selection.limit)
    if as_json:
        endings.print_reports(reports)
    endings.exit_as(*reports)


_NO_ALLOWANCE = "--allowance does not go with --dask: a cluster's workers share one in its scheduler"


def _check_dask(dask: str | None, source: Source, output_dir: Path | None) -> None:
    """Refuse what a cluster has no use for."""
    if dask and output_dir:
        raise click.UsageError("--output-dir does not go with --dask: each worker would have a folder of its own")
    if dask and source.allowance and not source.sandbox:
        raise click.UsageError(_NO_ALLOWANCE)


def _in_one_budget(selections: Sequence[Selection], done: Sequence[RunReport]) -> Iterator[Selection]:
    """Yield one kind after the other until a run is stopped; each leaves the unused limits to the next."""
    for selection in selections:
        if any(report.outcome != "done" for report in done):
            return
        details, refreshed = (sum(getattr(report, name) for report in done) for name in ("details", "refreshed"))
        left = None if selection.limit is None else max(0, selection.limit - details)
        yield replace(selection, limit=left, refresh_limit=max(0, selection.refresh_limit - refreshed))


def _job(
    collection: DataCollectionOrchestrator,
    *,
    selection: Selection,
    listed: GivenList | None,
    of_exports: dict[str, Any],
    kept: dict[str, Any],
) -> Coroutine[Any, Any, RunReport]:
    if listed:
        return collection.run_ids(listed, limit=selection.limit, append=selection.parts, **kept)
    return collection.run_full_collection(
        selection.first,
        selection.last,
        selection.refresh_limit,
        max_pages=selection.max_pages,
        **selection.discovery,
        details_limit=selection.limit,
        append=selection.parts,
        **of_exports,
        **kept,
    )


def _check_source(ids_from: str, min_popularity: float | None, others: dict[str, Any]) -> None:
    """Refuse options that would otherwise be silently ignored."""
    if ids_from == "discover" and min_popularity is not None:
        raise click.UsageError("--min-popularity is about films of an export; add --source export, or use --min-votes")
    for option, name in (("--from", "first"), ("--to", "last"), ("--max-pages", "max_pages")):
        if ids_from == "export" and others[name] is not None:
            raise click.UsageError(f"{option} does not go with --source export: exports have no dates; see --limit")


def show_found(store: DuckDBClient, report: RunReport) -> None:
    """Show the films of a complete run that have the most votes, or the highest popularity."""
    if report.outcome != "done" or endings.nothing_to_say(report):
        return
    kind = report.kind
    columns = _COLUMNS.get(kind.name, kind.title)
    names = {"columns": columns, "order": kind.votes or kind.popularity or "tmdb_id", "live": kind.live}
    found = store.query(_SHOWN.format(**names), {"run_id": report.run_id})
    if not found.rows:
        return
    rows = [
        [f"{value:,}" if column == "votes" and value else value for column, value in row.items()]
        for row in found.as_dicts()
    ]
    numbers = frozenset({"tmdb_id", "runtime", "episodes", "average", "votes", "popularity"})
    first = [name for name in ("title", "name", "released", "votes", "tmdb_id") if name in found.columns]
    tables.print_table(found.columns, rows, right=numbers, first=first)
    show()


def say_end(report: RunReport, path: Path, *, sandbox: bool, limit: int | None) -> None:
    """Print the end of a run, for people."""
    if endings.nothing_to_say(report):
        return
    endings.say_what_came(report, path)
    if report.given:
        given.say_outcomes(report.given, path)
    if report.discovery == "fresh":
        say(f"The list of {report.kind.plural} was fresh, and was not read again.")
    for name in report.overfull:
        shortened = textwrap.shorten(name, 60, placeholder=" …")
        say(f"overfull: {shortened} has more {report.kind.plural} than TMDB lists, and cannot be cut any further")
    for name in report.missing_exports:
        say(f"no export: {name}")
    endings.say_what_is_missing(report)
    if report.budget_spent:
        say("The budget is spent and there is more to do: the same command carries on.")
    _say_exported(report)
    endings.say_what_is_stored(report, "the same command without --limit 0" if limit == 0 else "the same command")
    if sandbox:
        say(f"These {report.kind.plural} are invented" + (": ids name others than at TMDB." if report.given else "."))
    if report.outcome == "done" and (report.details or sandbox):
        endings.say_what_next(path, report.kind, by_list=bool(report.given))


def _say_exported(report: RunReport) -> None:
    for name in report.exports:
        say(f"export: {name}")
    if known := report.reconciliation:
        only = f"{known['only_in_export']:,} only in the export, {known['only_listed']:,} only listed by dates"
        say(f"{known['union']:,} ids in all: {known['both']:,} in both, {only}")
