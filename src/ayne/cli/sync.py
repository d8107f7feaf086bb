"""``ayne sync``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import endings, kind_shares, options, wiring
from ayne.cli.command_line import is_quiet
from ayne.cli.further_sources import FurtherSources
from ayne.cli.grouped import Grouped
from ayne.cli.job import see_through
from ayne.cli.names import take_names
from ayne.cli.own_sandbox import OwnSandbox
from ayne.cli.ratings import say_imdb
from ayne.cli.refresh import say_feed
from ayne.cli.selection import Selection
from ayne.cli.source import Source
from ayne.cli.tables import many
from ayne.cli.terminal import say

if TYPE_CHECKING:
    from ayne.data_collection.forecast import Forecast
    from ayne.data_collection.run_report import RunReport
    from ayne.kinds import Kind


@click.command(
    cls=Grouped,
    first=("--from", "--min-votes", "--max-requests", "--max-minutes", "--parts", "--no-ratings", "--db"),
    short_help="Keep the database fresh within a budget, every night.",
)
@options.selection_options
@click.option("--max-requests", type=options.Count(1), help="Send at most N requests, OMDb's and retries included.")
@click.option("--max-minutes", type=options.Number(min=0, min_open=True), help="Send no request after N minutes.")
@click.option("--add-changed", is_flag=True, help="Also fetch what changed and is not stored, except adult ones.")
@click.option(
    "--ahead", is_flag=True, help="Spend requests left of --max-requests on the copies that will be too old next."
)
@options.target_option
@click.option("--now", is_flag=True, help="Also fetch today's changes: now, and again when the day is over.")
@click.option("--no-ratings", is_flag=True, help="Do not fetch ratings from OMDb or IMDb.")
@options.ratings_option("--ratings")
@options.episodes_option
@options.quota_option
@options.address_option("--omdb-url")
@options.address_option("--imdb-url")
@click.option(
    "--no-exports", is_flag=True, help="Do not download the daily id exports, which bring popularity and new ids."
)
@options.address_option("--exports-url")
@options.popularity_history_option
@click.option(
    "--names",
    "with_names",
    is_flag=True,
    help="Also fetch names of keywords, companies and the like, as `ayne names` does.",
)
@options.policy_option
@options.source_options
@click.option("--no-raw", is_flag=True, help="Do not store TMDB's answers themselves; `ayne rebuild` needs them.")
@options.db_option
@options.json_option
def sync(
    max_requests: int | None,
    max_minutes: float | None,
    add_changed: bool,
    ahead: bool,
    target: float | None,
    now: bool,
    quota: int,
    popularity_history: float | None,
    with_names: bool,
    policy: Path | None,
    no_raw: bool,
    db: Path | None,
    as_json: bool,
    **others: Any,
) -> None:
    """Keep the database fresh within a budget: new titles, changes, old copies, ratings, votes and popularity.

    Votes and popularity are renewed from lists: one request renews twenty films or series, and the most useful requests
    come first. All details are renewed little by little within six months. The daily id export brings the popularity
    of what is stored, and the ids of what is new; its download does not count against the budget.

    Run it as a nightly job. It stops when the budget is spent, and the next run continues there. If another run is
    collecting into the same file, it says so and exits. Without an OMDb key it leaves out ratings.

    With --kind movie,series the budget is divided by how many of each are stored, with at least a tenth for each. What
    one kind does not spend goes to the next.

    With --kind person it renews the stored people that the change feed names and those whose copies are old. Give
    --popularity-history to download the export of people too.

    With --sandbox it uses a sandbox, whose films and series have changed since the file was made.

    \b
    ayne sync --from 1990 --max-requests 20000 --max-minutes 120
    ayne sync --from 1990 --target 95
    ayne sync --kind movie,series --from 1990 --max-requests 20000 --names
    ayne sync --sandbox --from 2020
    """
    selections, source = Selection.of(others), Source.of(others)
    _check(selections, ahead=ahead, max_requests=max_requests)
    further = FurtherSources.of(others, selections)
    rules = wiring.read_policy(policy)
    target = target and target / 100
    path = options.database(db, sandbox=source.sandbox)
    store = wiring.open_store(path, collecting=True)
    reports: list[RunReport] = []
    with ExitStack() as stack:
        if source.sandbox:
            source = stack.enter_context(source.started(OwnSandbox.of_file(path, store)))
        for selection, share in kind_shares.shares(store, selections):
            if any(report.outcome != "done" for report in reports):
                break
            of_kind, kind = store.of(selection.kind), selection.kind
            client = source.client(**selection.languages)
            opened = further.opened(store, kind, source, client)
            if not max_requests and not as_json and path.exists() and not is_quiet():
                _say_beforehand(wiring.foresee(of_kind, selection, target=target, policy=rules), kind)
            job = methodcaller(
                "run_sync",
                selection.first,
                selection.last,
                **selection.discovery,
                append=selection.parts,
                **kind_shares.budget(max_requests, max_minutes, share, reports),
                add_changed=add_changed,
                ahead=ahead,
                target=target,
                keep_raw=not no_raw,
                ratings=opened.omdb,
                ratings_quota=quota,
                ratings_file=opened.imdb,
                episodes_file=opened.episodes,
                popularity_history=popularity_history,
                now=now,
            )
            report = see_through(
                wiring.collection(of_kind, client, exports=opened.exports, policy=rules),
                job,
                [client, *opened],
                title=f"ayne sync, {selection.title}, into {path}",
                kind=kind,
                per_second=source.per_second,
                as_json=as_json,
            )
            reports.append(report)
            if not as_json:
                _say(report, path)
        if with_names and all(report.outcome == "done" for report in reports):
            language = selections[0].language
            reports += take_names(store, source, rules, further.exports_url, language, as_json=as_json)
    if as_json:
        endings.print_reports(reports)
    endings.exit_as(*reports)


def _check(selections: Sequence[Selection], *, ahead: bool, max_requests: int | None) -> None:
    """Refuse what would be ignored without a word."""
    if selections[0].max_pages or selections[0].limit is not None:
        raise click.UsageError("--max-pages and --limit do not go with sync; give it a budget with --max-requests")
    for option, name in (("--from", "first"), ("--to", "last"), ("--min-votes", "min_votes")):
        if options.given(name) and not any(selection.kind.discover for selection in selections):
            said = f"{option} does not go with --kind {selections[0].kind.name}: a sync keeps all that are stored"
            raise click.UsageError(said)
    if ahead and not max_requests:
        raise click.UsageError("--ahead needs --max-requests: without a bound it would fetch everything again")


def _say_beforehand(told: Forecast, kind: Kind) -> None:
    """Print what a sync without a budget takes."""
    if told.stored:
        votes = f"{100 * told.close_before:.1f} to {100 * told.close_after:.1f} %"
        say(
            f"About {many(told.requests, 'request')} to come, {told.numbers:,} of them lists that bring the "
            f"{kind.plural} whose votes are within 1 or 1 % of TMDB's from {votes}; --max-requests sets a bound."
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
        say("The budget is spent and there is more to do: the next sync carries on.")


def _say_files(report: RunReport, path: Path) -> None:
    """Print what came of the daily files."""
    from ayne.data_collection.imdb.models import MissingFile, StoredEpisodesFile, StoredRatingsFile

    for name in report.exports:
        say(f"export: {name}; {many(report.new_ids, 'new id')} to be fetched")
    for name in report.missing_exports:
        say(f"no export: {name}")
    if report.outside:
        say(f"new at TMDB: {many(report.outside, report.kind)} outside of these years, which were not stored")
    ratings, episodes = report.imdb, report.imdb_episodes
    say_imdb(
        (MissingFile if "missing" in ratings else StoredRatingsFile)(**ratings) if ratings else None,
        (MissingFile if "missing" in episodes else StoredEpisodesFile)(**episodes) if episodes else None,
        path,
    )
