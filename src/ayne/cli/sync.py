"""``ayne sync``."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import options, running, wiring
from ayne.cli.command_line import is_quiet
from ayne.cli.grouped import Grouped
from ayne.cli.progress import ProgressView
from ayne.cli.refresh import say_feed
from ayne.cli.signals import stop_on_signal
from ayne.cli.terminal import say
from ayne.errors import MissingCredentials

if TYPE_CHECKING:
    from ayne.data_collection.omdb.client import OMDBClient
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator
    from ayne.data_collection.run_report import RunReport
    from ayne.data_collection.tmdb.client import TMDBClient


@click.command(
    cls=Grouped,
    first=("--from", "--min-votes", "--max-requests", "--max-minutes", "--parts", "--no-ratings", "--db"),
    short_help="Keep all fresh within a budget, every night.",
)
@options.span_options
@click.option("--max-requests", type=options.Count(1), help="Send at most N requests, OMDb's and retries included.")
@click.option("--max-minutes", type=options.Number(min=0, min_open=True), help="Send none after N minutes.")
@click.option("--add-changed", is_flag=True, help="Films that changed and are not stored too, but for adult ones.")
@click.option("--ahead", is_flag=True, help="Spend what is left of --max-requests on copies that come due next.")
@click.option(
    "--target",
    type=options.Number(min=0, max=100, min_open=True),
    metavar="PERCENT",
    help="Stop renewing votes by lists when so many films are within 1 or 1 % of TMDB's  [99 without --max-requests].",
)
@click.option("--no-ratings", is_flag=True, help="Leave OMDb alone.")
@click.option("--quota", type=options.Count(min=0), default=1000, show_default=True, help="OMDb requests a day.")
@options.address_option("--omdb-url")
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
    no_ratings: bool,
    quota: int,
    omdb_url: str | None,
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
    films are renewed little by little within six months.

    Made for a nightly job. It stops when the budget is spent, and the next one goes on there; run while another one
    is at work, it leaves with a message. Without a key for OMDb, ratings are left out.

    With --sandbox the films of a sandbox are kept fresh, which live since the file was begun.

    \b
    ayne sync --from 1990 --max-requests 20000 --max-minutes 120
    ayne sync --from 1990 --target 95
    ayne sync --sandbox --from 2020
    """
    span = options.Span.of(others)
    if span.max_pages or span.limit is not None:
        raise click.UsageError("--max-pages and --limit do not go with sync; give it a budget with --max-requests")
    if ahead and not max_requests:
        raise click.UsageError("--ahead needs --max-requests: without a bound it would fetch everything again")
    rules = wiring.read_policy(policy)
    path = options.database(db, sandbox=sandbox)
    store = wiring.open_store(path, collecting=True)
    with ExitStack() as stack:
        if sandbox:
            movies, seed, since = wiring.sandbox_of(path, store)
            tmdb_url = stack.enter_context(wiring.background_sandbox(movies, seed, since))
            omdb_url = f"{tmdb_url.removesuffix('/3')}/omdb"
        client = wiring.open_client(
            tmdb_url=tmdb_url,
            rate=rate,
            max_concurrent=max_concurrent,
            **span.languages,
            shared=allowance,
            in_sandbox=sandbox,
        )
        omdb = None if no_ratings else _omdb(omdb_url, in_sandbox=sandbox)
        if sandbox:
            # Its address changes with each start, its films do not.
            client.server = wiring.sandbox_name(movies, seed)
            if omdb:
                omdb.server = client.server
        if omdb and path.exists():
            wiring.spare_the_quota(store, omdb)
        title = f"ayne sync, {span.first} to {span.last}, into {path}"
        view = running.view(title, options.allowance(rate, sandbox=sandbox), as_json=as_json)
        stack.enter_context(view)
        from ayne.data_collection.orchestrator import DataCollectionOrchestrator

        collection = DataCollectionOrchestrator(store, client, policy=rules)
        asked = {
            "max_requests": max_requests,
            "max_seconds": max_minutes and 60 * max_minutes,
            "add_changed": add_changed,
            "ahead": ahead,
            "target": target and target / 100,
            "keep_raw": not no_raw,
            "ratings_quota": quota,
        }
        report = running.run(_run(collection, client, omdb, span, view, **asked))
    if as_json:
        running.print_report(report)
    else:
        _say(report, path)
    running.exit_as(report)


def _omdb(omdb_url: str | None, *, in_sandbox: bool) -> OMDBClient | None:
    try:
        return wiring.open_omdb(omdb_url=omdb_url, rate=None, in_sandbox=in_sandbox)
    except MissingCredentials as error:
        if not is_quiet():
            say(f"Ratings are left out: {error}")
        return None


async def _run(
    collection: DataCollectionOrchestrator,
    client: TMDBClient,
    omdb: OMDBClient | None,
    span: options.Span,
    view: ProgressView,
    **asked: Any,
) -> RunReport:
    view.watch(collection.snapshot)
    stop_on_signal(collection.stop, view.ending)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(client)
        if omdb:
            await stack.enter_async_context(omdb)
        return await collection.run_sync(
            span.first,
            span.last,
            **span.discovery,
            append=span.parts,
            ratings=omdb,
            **asked,
        )


def _say(report: RunReport, path: Path) -> None:
    if running.nothing_to_say(report):
        return
    say_feed(report)
    running.say_what_came(report, path)
    if report.numbers:
        told = report.numbers
        say(
            f"votes: {100 * told.close_before:.1f} % of {told.films:,} films were expected to be within 1 or 1 % of "
            f"TMDB's, {100 * told.close_expected:.1f} % after {told.pages:,} lists; all would take {told.all_lists:,}"
        )
    if report.ratings:
        say(
            f"ratings: {report.ratings['rated']:,} films rated in {report.ratings['requests']:,} requests; "
            f"{report.ratings['left_today']:,} left today, {report.ratings['due']:,} films to go"
        )
    running.say_what_is_missing(report)
    running.say_what_is_stored(report, "the next sync")
    if report.purged:
        say(f"removed: {report.purged:,} films that could not be renewed within six months, as TMDB's terms ask")
    if report.budget_spent:
        say("The budget is spent and there is more to do: the next sync goes on here.")
