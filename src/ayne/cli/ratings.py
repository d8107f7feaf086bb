"""``ayne ratings``."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import endings, options, tables, wiring
from ayne.cli.command_line import is_quiet
from ayne.cli.live_view import duration
from ayne.cli.own_sandbox import OwnSandbox
from ayne.cli.progress import ProgressView
from ayne.cli.signals import stop_on_signal
from ayne.cli.tables import many
from ayne.cli.terminal import say, show_json

if TYPE_CHECKING:
    from ayne.data_collection.imdb.client import ImdbClient, ImdbEpisodesClient
    from ayne.data_collection.imdb.models import MissingFile, StoredEpisodesFile, StoredRatingsFile
    from ayne.data_collection.omdb.client import OMDBClient
    from ayne.data_collection.ratings_report import RatingsReport
    from ayne.database.duckdb_client import DuckDBClient
    from ayne.kinds import Kind


@click.command(short_help="Fetch ratings from OMDb, within its quota, or from IMDb's daily file.")
@options.kind_option
@options.ratings_option("--source", "--ratings")
@options.episodes_option
@click.option("--limit", type=options.Count(min=0), help="Rate at most N; 0 only shows the quota left and what is due.")
@options.quota_option
@click.option(
    "--rate",
    type=options.RATE,
    help=f"Send at most N requests a second [4; with --sandbox {options.SANDBOX_RATE:g}].",
)
@options.address_option("--omdb-url")
@options.address_option("--imdb-url")
@click.option("--sandbox", is_flag=True, help="Start a sandbox and use it instead of OMDb; needs no key.")
@click.option("--sandbox-movies", type=options.Count(1), help="Films in the sandbox  [default: as the file's].")
@click.option("--sandbox-seed", type=int, help="Seed of the sandbox  [default: as the file's].")
@options.db_option
@options.json_option
def ratings(
    kinds: tuple[Kind, ...],
    sources: tuple[str, ...],
    episodes: bool,
    limit: int | None,
    quota: int,
    rate: float | None,
    omdb_url: str | None,
    imdb_url: str | None,
    sandbox: bool,
    sandbox_movies: int | None,
    sandbox_seed: int | None,
    db: Path | None,
    as_json: bool,
) -> None:
    """Fetch the ratings of stored films from OMDb, within the key's daily quota.

    Films that were never rated come first, the newest and most voted of them before the others; then films whose
    ratings are old. Run it every day until all are rated. Two runs at once are safe: the database counts the requests
    of the day.

    With --source imdb the ratings of all stored films and series come from IMDb's daily file, which takes no request
    to OMDb and is for personal and non-commercial use. With both sources, OMDb is asked for what only OMDb has, until
    the day's quota is used.

    --kind series rates series whose IMDb ids are stored: collect them with --parts external_ids. --episodes also rates
    their episodes, matched with IMDb's by the series' IMDb id and by season and episode number: the table
    imdb_episodes has the IMDb ids that were found, and the last lines of output say how many were not.

    \b
    ayne ratings
    ayne ratings --source omdb,imdb
    ayne ratings --limit 100
    ayne ratings --quota 100000
    ayne ratings --kind series --limit 100
    ayne ratings --kind series --source imdb --episodes
    ayne ratings --sandbox
    """
    if len(kinds) > 1:
        raise click.UsageError("OMDb's quota goes to one kind at a time; name one with --kind, and the other tomorrow")
    options.check_episodes(kinds, sources, episodes=episodes)
    (kind,) = kinds
    path = options.database(db, sandbox=sandbox)
    store = wiring.open_store(path, collecting=True).of(kind)
    with ExitStack() as stack:
        if sandbox:
            own = OwnSandbox.of_file(path, store)
            _check_sandbox(own, path, sandbox_movies, sandbox_seed)
            root = stack.enter_context(own.started()).removesuffix("/3")
            omdb_url, imdb_url = f"{root}/omdb", f"{root}/imdb"
        imdb = wiring.open_imdb(store, imdb_url) if "imdb" in sources else None
        of_episodes = wiring.open_imdb_episodes(store, imdb_url) if episodes else None
        client = wiring.open_omdb(omdb_url=omdb_url, rate=rate, in_sandbox=sandbox) if "omdb" in sources else None
        if client and sandbox:
            client.server = own.name
        if client:
            wiring.spare_the_quota(store, client)
        rates = options.allowance(rate, sandbox=sandbox)
        view = endings.view(f"ayne ratings for {path}", rates, as_json=as_json, kind=kind)
        stack.enter_context(view)
        came = endings.run(_run(store, client, imdb, of_episodes, quota, limit, view))
    if as_json:
        show_json(tables.as_json(came.as_dict()))
    else:
        _say_all(came, path, kind)
    if came.interrupted:
        raise SystemExit(130)
    if not came.complete:
        raise SystemExit(1)


def _check_sandbox(own: OwnSandbox, path: Path, movies: int | None, seed: int | None) -> None:
    """Refuse another sandbox than the file's: it has other films under the same ids."""
    told = {"sandbox_movies": (movies, own.movies), "sandbox_seed": (seed, own.seed)}
    if path.exists() and any(options.given(name) and asked != has for name, (asked, has) in told.items()):
        raise click.UsageError(
            f"the sandbox of {path} is {own.name}. Leave out --sandbox-movies and --sandbox-seed, or name the file of "
            "another sandbox with --db"
        )


@dataclass(slots=True)
class _Came:
    """The results of all sources that were asked."""

    omdb: RatingsReport | None = None
    imdb: StoredRatingsFile | MissingFile | None = None
    episodes: StoredEpisodesFile | MissingFile | None = None
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        from ayne.data_collection.imdb.models import MissingFile

        is_missing = any(isinstance(file, MissingFile) for file in (self.imdb, self.episodes))
        return not is_missing and not self.interrupted and (self.omdb is None or self.omdb.complete)

    def as_dict(self) -> dict[str, Any]:
        found = self.omdb.as_dict() if self.omdb else {}
        if self.imdb:
            found["imdb"] = asdict(self.imdb)
        if self.episodes:
            found["imdb_episodes"] = asdict(self.episodes)
        return {**found, "complete": self.complete}


async def _run(
    store: DuckDBClient,
    omdb: OMDBClient | None,
    imdb: ImdbClient | None,
    of_episodes: ImdbEpisodesClient | None,
    quota: int,
    limit: int | None,
    view: ProgressView,
) -> _Came:
    import asyncio

    from ayne.data_collection.omdb.quota import RatingPolicy
    from ayne.data_collection.ratings import RatingsCollection

    came = _Came()
    work: asyncio.Future[Any] | None = None

    def stop() -> None:
        came.interrupted = True
        if work:
            work.cancel()

    stop_on_signal(stop, view.ending)
    if imdb:
        work = asyncio.ensure_future(_take(store, imdb, of_episodes))
        try:
            came.imdb, came.episodes = await work
        except asyncio.CancelledError:
            if not came.interrupted:
                raise
    if omdb and not came.interrupted:
        policy = RatingPolicy().of_what_only_omdb_has() if imdb else None
        collection = RatingsCollection(store, omdb, quota=quota, policy=policy)
        view.watch(collection.snapshot)
        stop_on_signal(collection.stop, view.ending)
        async with omdb:
            came.omdb = await collection.run(limit)
        came.interrupted = came.omdb.outcome == "interrupted"
    return came


async def _take(
    store: DuckDBClient, imdb: ImdbClient, of_episodes: ImdbEpisodesClient | None
) -> tuple[StoredRatingsFile | MissingFile | None, StoredEpisodesFile | MissingFile | None]:
    """Bring IMDb's ratings up to date."""
    from ayne.data_collection.imdb_ratings import take_imdb_files

    async with AsyncExitStack() as stack:
        for client in filter(None, (imdb, of_episodes)):
            await stack.enter_async_context(client)
        return await take_imdb_files(imdb, of_episodes, store)


def _say_all(came: _Came, path: Path, kind: Kind) -> None:
    say_imdb(came.imdb, came.episodes, path)
    if came.omdb and not (is_quiet() and came.omdb.complete):
        _say(came.omdb, path, kind)
    elif came.interrupted:
        say("Interrupted. Everything fetched so far is stored; the same command carries on.")


def say_imdb(
    stored: StoredRatingsFile | MissingFile | None, episodes: StoredEpisodesFile | MissingFile | None, path: Path
) -> None:
    """Print what came of IMDb's files, and on what terms."""
    from ayne.data_collection.imdb import LICENCE
    from ayne.data_collection.imdb.models import MissingFile

    if isinstance(episodes, MissingFile):
        say(f"missing: {episodes.missing}; the stored IMDb ids of episodes are unchanged")
    elif episodes:
        _say_episodes(episodes)
    if isinstance(stored, MissingFile):
        say(f"missing: {stored.missing}; the stored IMDb ratings are unchanged")
        return
    if not stored:
        return
    if not is_quiet():
        say(
            f"IMDb's file of {stored.made_at:%Y-%m-%d}: {stored.rated:,} of {stored.films:,} titles rated in {path}; "
            "no request of OMDb's"
        )
        say(LICENCE)
    _say_unreadable(stored)


def _say_unreadable(stored: StoredRatingsFile | StoredEpisodesFile) -> None:
    for example in stored.examples[:3]:
        say(f"unreadable: {example}")
    if stored.unreadable:
        say(f"unreadable: {stored.unreadable:,} of {stored.titles + stored.unreadable:,} lines of it were left out")


def _say_episodes(stored: StoredEpisodesFile) -> None:
    if not is_quiet():
        told = {
            "of series without an IMDb id": stored.without_series,
            "with other numbers at IMDb, or not there": stored.elsewhere,
            "with numbers that two have": stored.ambiguous,
        }
        others = ", ".join(f"{count:,} {why}" for why, count in told.items() if count)
        say(
            f"IMDb's episodes of {stored.made_at:%Y-%m-%d}: {stored.joined:,} of {many(stored.episodes, 'episode')} "
            f"found by their numbers{f'; not found: {others}' if others else ''}"
        )
    _say_unreadable(stored)


def _say(report: RatingsReport, path: Path, kind: Kind) -> None:
    """Print the end of a run, for people."""
    what = [f"{many(report.rated, kind)} rated"]
    what += [f"{report.none:,} unknown to OMDb"] if report.none else []
    what += [f"{report.mismatched:,} answered with another" if report.mismatched else ""]
    say(f"{', '.join(filter(None, what))} in {path}: {many(report.requests, 'request')} in {duration(report.seconds)}")
    for reason, count in sorted(report.failures_by_reason.items()):
        say(f"failed: {many(count, kind)}, {reason}; the table `ratings` lists them; ayne tries again after an hour")
    for key, count in sorted(report.unreadable.items()):
        say(f"unknown or unreadable: {key} of {many(count, kind)}; it is kept in the column `raw`")
    if report.outcome == "interrupted":
        say("Interrupted. Everything fetched so far is stored; the same command carries on.")
    say(left(report, kind.noun, kind.plural))


def left(report: RatingsReport, noun: str = "film", plural: str = "films") -> str:
    """Say what is left of the quota, and how long the rest will take.

    >>> from datetime import UTC, datetime
    >>> from ayne.data_collection.ratings_report import RatingsReport
    >>> midnight = datetime(2026, 2, 14, tzinfo=UTC)
    >>> left(RatingsReport("quota", quota=1000, left_today=0, resets_at=midnight, due=1500, days_needed=2))
    '0 of 1,000 requests left until 2026-02-14 00:00 UTC; 1,500 films to go, which takes requests of 2 more days'
    >>> left(RatingsReport("done", quota=1000, left_today=600, resets_at=midnight))
    '600 of 1,000 requests left until 2026-02-14 00:00 UTC; no film to go'
    """
    until = f" until {report.resets_at:%Y-%m-%d %H:%M} UTC" if report.resets_at else ""
    requests = f"{report.left_today:,} of {report.quota:,} requests left{until}"
    if not report.due:
        return f"{requests}; no {noun} to go"
    films = f"{many(report.due, noun, plural)} to go"
    if report.days_needed is None:
        return f"{requests}; {films}, which a quota of 0 never rates"
    if report.left_today >= report.due:
        return f"{requests}; {films}, which today's requests are enough for"
    days = many(report.days_needed, "day")
    return f"{requests}; {films}, which takes requests of " + (
        f"{days}, today included" if report.left_today else days.replace(" day", " more day")
    )
