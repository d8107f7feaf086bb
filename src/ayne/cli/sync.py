"""``ayne sync``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import budgets, endings, options, wiring
from ayne.cli.command_line import is_quiet
from ayne.cli.grouped import Grouped
from ayne.cli.progress import ProgressView
from ayne.cli.ratings import say_imdb
from ayne.cli.refresh import say_feed
from ayne.cli.selection import Selection
from ayne.cli.signals import stop_on_signal
from ayne.cli.tables import many
from ayne.cli.terminal import say
from ayne.errors import MissingCredentials

if TYPE_CHECKING:
    from ayne.data_collection.forecast import Forecast
    from ayne.data_collection.omdb.client import OMDBClient
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator
    from ayne.data_collection.run_report import RunReport
    from ayne.net.client import PoliteClient


@click.command(
    cls=Grouped,
    first=("--from", "--min-votes", "--max-requests", "--max-minutes", "--parts", "--no-ratings", "--db"),
    short_help="Keep all fresh within a budget, every night.",
)
@options.selection_options
@click.option("--max-requests", type=options.Count(1), help="Send at most N requests, OMDb's and retries included.")
@click.option("--max-minutes", type=options.Number(min=0, min_open=True), help="Send none after N minutes.")
@click.option("--add-changed", is_flag=True, help="Films that changed and are not stored too, but for adult ones.")
@click.option("--ahead", is_flag=True, help="Spend what is left of --max-requests on copies that come due next.")
@options.target_option
@click.option("--now", is_flag=True, help="What changed today, too: at once, and once more when that is settled.")
@click.option("--no-ratings", is_flag=True, help="Leave OMDb and IMDb alone.")
@options.ratings_option("--ratings")
@options.episodes_option
@click.option("--quota", type=options.Count(min=0), default=1000, show_default=True, help="OMDb requests a day.")
@options.address_option("--omdb-url")
@options.address_option("--imdb-url")
@click.option("--no-exports", is_flag=True, help="Leave the daily id exports alone, which tell popularity and new ids.")
@options.address_option("--exports-url")
@options.popularity_history_option
@options.policy_option
@options.source_options
@click.option("--no-raw", is_flag=True, help="Do not keep each film's answer as it came in the database.")
@options.db_option
@options.json_option
def sync(
    max_requests: int | None,
    max_minutes: float | None,
    add_changed: bool,
    ahead: bool,
    target: float | None,
    now: bool,
    no_ratings: bool,
    sources: tuple[str, ...],
    episodes: bool,
    quota: int,
    omdb_url: str | None,
    imdb_url: str | None,
    no_exports: bool,
    exports_url: str | None,
    popularity_history: float | None,
    policy: Path | None,
    sandbox: bool,
    tmdb_url: str | None,
    rate: float | None,
    allowance: str | None,
    max_concurrent: int,
    no_raw: bool,
    db: Path | None,
    as_json: bool,
    **others: Any,
) -> None:
    """Keep the database fresh within a budget: new films, changes, what is due, ratings, votes and popularity.

    Votes and popularity are renewed by lists, twenty films a request, those first that are worth most; details of all
    films are renewed little by little within six months. The day's id export gives what is stored its popularity and
    names what is new; it is downloaded beside the budget.

    Made for a nightly job. It stops when the budget is spent, and the next one goes on there; run while another one
    is at work, it leaves with a message. Without a key for OMDb, ratings are left out.

    With --kind movie,series the budget is parted by how many of each are stored, at least a tenth for each; what one
    kind leaves of it is the next one's.

    With --sandbox the films of a sandbox are kept fresh, which live since the file was begun.

    \b
    ayne sync --from 1990 --max-requests 20000 --max-minutes 120
    ayne sync --from 1990 --target 95
    ayne sync --kind movie,series --from 1990 --max-requests 20000
    ayne sync --sandbox --from 2020
    """
    selections = Selection.of(others)
    if selections[0].max_pages or selections[0].limit is not None:
        raise click.UsageError("--max-pages and --limit do not go with sync; give it a budget with --max-requests")
    if ahead and not max_requests:
        raise click.UsageError("--ahead needs --max-requests: without a bound it would fetch everything again")
    if not no_ratings:
        options.check_episodes([selection.kind for selection in selections], sources, episodes=episodes)
    rules = wiring.read_policy(policy)
    path = options.database(db, sandbox=sandbox)
    store = wiring.open_store(path, collecting=True)
    reports: list[RunReport] = []
    with ExitStack() as stack:
        if sandbox:
            movies, series, seed, since = wiring.sandbox_of(path, store)
            tmdb_url = stack.enter_context(wiring.background_sandbox(movies, seed, since, series=series))
            root = tmdb_url.removesuffix("/3")
            omdb_url, imdb_url = f"{root}/omdb", f"{root}/imdb"
        for selection, share in budgets.shares(store, selections):
            if any(report.outcome != "done" for report in reports):
                break
            client = wiring.open_client(
                tmdb_url=tmdb_url,
                rate=rate,
                max_concurrent=max_concurrent,
                **selection.languages,
                shared=allowance,
                in_sandbox=sandbox,
            )
            wanted = sources if selection.kind.on_imdb and not no_ratings else ()
            omdb = _omdb(omdb_url, in_sandbox=sandbox) if "omdb" in wanted else None
            imdb = wiring.open_imdb(store, imdb_url) if "imdb" in wanted else None
            in_imdb = (
                wiring.open_imdb_episodes(store, imdb_url) if imdb and episodes and selection.kind.children else None
            )
            if sandbox:
                # Its address changes with each start, its films do not.
                client.server = wiring.sandbox_name(movies, seed, series)
                if omdb:
                    omdb.server = client.server
            if omdb and path.exists():
                wiring.spare_the_quota(store, omdb)
            exports = None if no_exports else wiring.open_exports(path, exports_url, client, in_sandbox=sandbox)
            from ayne.data_collection.orchestrator import DataCollectionOrchestrator

            collection = DataCollectionOrchestrator(store.of(selection.kind), client, exports=exports, policy=rules)
            spent, took = sum(report.requests for report in reports), sum(report.seconds for report in reports)
            asked = {
                "max_requests": max_requests and max(1, round((max_requests - spent) * share)),
                "max_seconds": max_minutes and max(1.0, (60 * max_minutes - took) * share),
                "add_changed": add_changed,
                "ahead": ahead,
                "target": target and target / 100,
                "keep_raw": not no_raw,
                "ratings": omdb,
                "ratings_quota": quota,
                "ratings_file": imdb,
                "episodes_file": in_imdb,
                "popularity_history": popularity_history,
                "now": now,
            }
            clients = [each for each in (client, omdb, imdb, in_imdb, exports) if each]
            if not max_requests and not as_json and path.exists() and not is_quiet():
                to_reach = target and target / 100
                _say_beforehand(
                    wiring.foresee(store.of(selection.kind), selection, target=to_reach, policy=rules), selection
                )
            title, speed = f"ayne sync, {selection.title}, into {path}", options.allowance(rate, sandbox=sandbox)
            with endings.view(title, speed, as_json=as_json, kind=selection.kind) as view:
                report = endings.run(_run(collection, clients, selection, view, **asked))
            reports.append(report)
            if not as_json:
                _say(report, path)
    if as_json:
        endings.print_reports(reports)
    endings.exit_as(*reports)


def _omdb(omdb_url: str | None, *, in_sandbox: bool) -> OMDBClient | None:
    try:
        return wiring.open_omdb(omdb_url=omdb_url, rate=None, in_sandbox=in_sandbox)
    except MissingCredentials as error:
        if not is_quiet():
            say(f"Ratings are left out: {error}")
        return None


async def _run(
    collection: DataCollectionOrchestrator,
    clients: Sequence[PoliteClient],
    selection: Selection,
    view: ProgressView,
    **asked: Any,
) -> RunReport:
    view.watch(collection.snapshot)
    stop_on_signal(collection.stop, view.ending)
    async with AsyncExitStack() as stack:
        for client in clients:
            await stack.enter_async_context(client)
        return await collection.run_sync(
            selection.first,
            selection.last,
            **selection.discovery,
            append=selection.parts,
            **asked,
        )


def _say_beforehand(told: Forecast, selection: Selection) -> None:
    """What a sync without a budget takes."""
    if told.stored:
        plural, votes = selection.kind.plural, f"{100 * told.close_before:.1f} to {100 * told.close_after:.1f} %"
        say(
            f"About {many(told.requests, 'request')} to come, {told.numbers:,} of them lists that bring the "
            f"{plural} whose votes are within 1 or 1 % of TMDB's from {votes}; --max-requests sets a bound."
        )


def _say(report: RunReport, path: Path) -> None:
    if endings.nothing_to_say(report):
        return
    say_feed(report)
    endings.say_what_came(report, path)
    if report.numbers:
        told = report.numbers
        stored = many(told.films, report.kind)
        say(
            f"votes: {100 * told.close_before:.1f} % of {stored} were expected to be within 1 or 1 % of "
            f"TMDB's, {100 * told.close_expected:.1f} % after {told.pages:,} lists; all would take {told.all_lists:,}"
        )
    if report.ratings:
        say(
            f"ratings: {many(report.ratings['rated'], report.kind)} rated in {report.ratings['requests']:,} requests; "
            f"{report.ratings['left_today']:,} left today, {many(report.ratings['due'], report.kind)} to go"
        )
    _say_files(report, path)
    endings.say_what_is_missing(report)
    endings.say_what_is_stored(report, "the next sync")
    if report.purged:
        removed = many(report.purged, report.kind)
        say(f"removed: {removed} that could not be renewed within six months, as TMDB's terms ask")
    if report.budget_spent:
        say("The budget is spent and there is more to do: the next sync goes on here.")


def _say_files(report: RunReport, path: Path) -> None:
    """What came of the daily files."""
    from ayne.data_collection.imdb.models import StoredEpisodesFile, StoredRatingsFile

    for name in report.exports:
        say(f"export: {name}; {many(report.new_ids, 'new id')} to be asked for")
    for name in report.missing_exports:
        say(f"no export: {name}")
    if report.outside:
        say(f"new at TMDB: {many(report.outside, report.kind)} outside of these years, which were not stored")
    missing = report.imdb.get("missing", "")
    stored = StoredRatingsFile(**report.imdb) if report.imdb and not missing else None
    say_imdb(stored, missing, path, StoredEpisodesFile(**report.imdb_episodes) if report.imdb_episodes else None)
