"""``ayne people``."""

from __future__ import annotations

import math
import sys
from collections.abc import Coroutine
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import collect, endings, given, options, tables, wiring
from ayne.cli.command_line import is_quiet
from ayne.cli.grouped import Grouped
from ayne.cli.job import see_through
from ayne.cli.live_view import duration
from ayne.cli.own_sandbox import OwnSandbox
from ayne.cli.selection import parts_of
from ayne.cli.source import Source
from ayne.cli.tables import many
from ayne.cli.terminal import say, show, show_json
from ayne.errors import ConfigurationError

if TYPE_CHECKING:
    from ayne.data_collection.credited import Credited
    from ayne.data_collection.given_files import GivenList
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator
    from ayne.data_collection.run_report import RunReport
    from ayne.database.duckdb_client import DuckDBClient

# Written out, because the modules that know them take too long to import for a help text; a test compares.
_JOBS = "Director,Writer,Screenplay,Story,Teleplay,Creator"
_PARTS_HELP = (
    "Fetch these parts in the same request as the details: combined_credits (all films and series they took part in), "
    "external_ids, images, translations; all means these four. changes, movie_credits, tagged_images and tv_credits "
    "are stored as JSON."
)

# What a list of people has no use for.
_OF_CREDITS = {"billed": "--billed", "jobs": "--jobs", "min_popularity": "--min-popularity", "everybody": "--all"}


@click.command(
    cls=Grouped,
    first=(
        *("--billed", "--jobs", "--min-popularity", "--all", "--plan", "--parts"),
        *("--limit", "--max-requests", "--db", "--sandbox"),
    ),
    short_help="Fetch the people in the credits of stored films and series.",
)
@click.option(
    "--billed", type=options.Count(min=0), default=5, show_default=True, help="Fetch the first N people of each cast."
)
@click.option(
    "--jobs",
    default=_JOBS,
    show_default=True,
    help='Fetch people who had one of these jobs, or any job in one of these departments, like "Director,Writing"; '
    'Acting means the whole cast, "" nobody.',
)
@click.option("--min-popularity", type=options.Number(min=0), help="Leave out people who are less popular.")
@click.option(
    "--all", "everybody", is_flag=True, help="Fetch everybody in the credits, whatever their job; asks you to confirm."
)
@click.option("--yes", is_flag=True, help="With --all: do not ask to confirm.")
@click.option("--plan", "only_plan", is_flag=True, help="Show how many requests it would take, and send none.")
@given.ids_options
@click.option("--parts", help=_PARTS_HELP)
@click.option("--limit", type=options.Count(min=0), help="Fetch at most N people, the most popular first.")
@click.option("--max-requests", type=options.Count(1), help="Send at most N requests, retries included.")
@options.language_option
@options.source_options
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also save each answer in this folder, unchanged.",
)
@click.option("--no-raw", is_flag=True, help="Do not store TMDB's answers themselves; `ayne rebuild` needs them.")
@options.db_option
@options.json_option
def people(
    billed: int,
    jobs: str,
    min_popularity: float | None,
    everybody: bool,
    yes: bool,
    only_plan: bool,
    ids: str | None,
    id_column: str | None,
    parts: str | None,
    limit: int | None,
    max_requests: int | None,
    output_dir: Path | None,
    no_raw: bool,
    db: Path | None,
    as_json: bool,
    **others: Any,
) -> None:
    """Fetch the people in the credits of stored films and series. A second run fetches only who is missing.

    By default it fetches the first five of each cast, directors, writers, and creators of series, with one request for
    each person. Films have credits if they were collected with --parts credits, series if with --parts
    aggregate_credits. To resume a run that was interrupted, or that --max-requests ended, run the same command again.
    `ayne sync --kind person` keeps stored people fresh.

    \b
    ayne people --plan
    ayne people
    ayne people --billed 10 --jobs "Director,Writing" --parts combined_credits
    ayne people --min-popularity 1 --max-requests 1000
    ayne people --ids people.csv
    """
    from ayne.kinds import PERSON

    given.check_alone(ids, id_column)
    _check(ids, everybody=everybody, yes=yes, only_plan=only_plan)
    who, asked_parts = _who(billed, jobs, min_popularity, everybody=everybody), _parts(parts)
    source = Source.of(others)
    path = options.database(db, sandbox=source.sandbox)
    store = wiring.open_store(path, collecting=True).of(PERSON)
    if ids is None and not path.exists():
        raise ConfigurationError(f"There is no database {path} that names people. `ayne collect` makes one.")
    with ExitStack() as stack:
        listed = stack.enter_context(given.opened(store, ids, id_column)) if ids is not None else None
        if not listed:
            told = _plan(store, who, asked_parts, _least(limit, max_requests), source.per_second)
            if only_plan:
                _show(told, who, source.per_second, as_json=as_json)
                return
            _say_beforehand(told, source.per_second, ask=everybody and not yes, as_json=as_json)
        if source.sandbox:
            source = stack.enter_context(source.started(OwnSandbox.of_file(path, store)))
        client = source.client(output_dir=output_dir, **others)
        kept = {"limit": limit, "max_requests": max_requests, "append": asked_parts, "keep_raw": not no_raw}
        report = see_through(
            wiring.collection(store, client),
            partial(_job, who=who, listed=listed, kept=kept),
            [client],
            title=f"ayne people, into {path}",
            kind=PERSON,
            per_second=source.per_second,
            as_json=as_json,
        )
    if as_json:
        endings.print_reports([report])
    else:
        if source.sandbox or sys.stdout.isatty():
            collect.show_found(store, report)
        collect.say_end(report, path, sandbox=source.sandbox, limit=limit)
    endings.exit_as(report)


def _check(ids: str | None, *, everybody: bool, yes: bool, only_plan: bool) -> None:
    """Refuse options that would be ignored."""
    if ids is not None and (wrong := [option for name, option in _OF_CREDITS.items() if options.given(name)]):
        raise click.UsageError(f"{wrong[0]} does not go with --ids: a list names its people, credits do not")
    if yes and not everybody:
        raise click.UsageError("--yes needs --all, the only option that asks you to confirm")
    if ids is not None and only_plan:
        raise click.UsageError(f"`ayne plan --kind person --ids {ids}` says what a list takes")
    if everybody and (wrong := [f"--{name}" for name in ("billed", "jobs") if options.given(name)]):
        raise click.UsageError(f"{wrong[0]} does not go with --all: --all means everybody in the credits")


def _job(
    collection: DataCollectionOrchestrator, *, who: Credited, listed: GivenList | None, kept: dict[str, Any]
) -> Coroutine[Any, Any, RunReport]:
    if listed:
        return collection.run_ids(listed, **kept)
    return collection.run_people(billed=who.billed, jobs=who.jobs, min_popularity=who.min_popularity, **kept)


def _who(billed: int, jobs: str, min_popularity: float | None, *, everybody: bool) -> Credited:
    from ayne.data_collection.credited import Credited

    if everybody:
        return Credited(None, None, min_popularity)
    named = tuple(dict.fromkeys(filter(None, map(str.strip, jobs.split(",")))))
    try:
        return Credited(billed, named, min_popularity)
    except ValueError as error:
        raise click.UsageError(f"{error}; name some with --billed or --jobs") from None


def _parts(parts: str | None) -> tuple[str, ...]:
    """The parts, as they were asked for; of those that a file names for all commands, those that people have."""
    from ayne.kinds import PERSON

    if not options.given("parts"):
        known = [name for name in map(str.strip, (parts or "").split(",")) if name in (*PERSON.parts, "all")]
        parts = ",".join(known)
    return parts_of(parts, (PERSON,))[PERSON]


def _least(*bounds: int | None) -> int | None:
    return min((bound for bound in bounds if bound is not None), default=None)


def _plan(
    store: DuckDBClient, who: Credited, parts: tuple[str, ...], limit: int | None, per_second: float
) -> dict[str, Any]:
    """What it would take; nobody is asked."""
    who.check_jobs(store.credited_jobs(), store.path)
    found = store.count_credited(who, parts, datetime.now(UTC))
    requests = found["missing"] if limit is None else min(limit, found["missing"])
    return {
        "named": sum(found.values()),
        **found,
        "requests": requests,
        "seconds": math.ceil(requests / per_second),
    }


def _cost(told: dict[str, Any], per_second: float) -> str:
    from ayne.kinds import PERSON

    return f"{many(told['requests'], PERSON)} to fetch, a request each: {duration(told['seconds'])} at {per_second:g}/s"


def _say_beforehand(told: dict[str, Any], per_second: float, *, ask: bool, as_json: bool) -> None:
    """What it costs; where that may be more than somebody thinks, it is asked for."""
    if not told["requests"]:
        return
    cost = _cost(told, per_second)
    if not ask:
        if not (as_json or is_quiet()):
            say(f"{cost}; {told['stored']:,} are stored.")
    elif not sys.stdin.isatty():
        raise click.UsageError(f"--all is {cost}. Add --yes, if that is meant")
    else:
        click.confirm(f"{cost}. Fetch them all?", abort=True, err=True)


def _show(told: dict[str, Any], who: Credited, per_second: float, *, as_json: bool) -> None:
    if as_json:
        show_json(tables.as_json(told))
        return
    cast = "all of each cast" if who.billed is None else f"the first {who.billed} of each cast"
    jobs = "all of each crew" if who.jobs is None else ", ".join(who.jobs)
    popular = "" if who.min_popularity is None else f", popularity {who.min_popularity:g} and more"
    for line in (
        f"people named      {told['named']:>12,}   {cast}; {jobs}{popular}",
        f"already stored    {told['stored']:>12,}",
        f"gone from TMDB    {told['gone']:>12,}",
        f"refused before    {told['waiting']:>12,}   tried again in some days",
        f"to be fetched     {told['missing']:>12,}",
        f"in all            {told['requests']:>12,} requests, {duration(told['seconds'])} at {per_second:g}/s",
    ):
        show(line)
    say("TMDB was not asked, and nothing was stored.")
