"""The public API of collecting: each method makes a job, checks it, and hands it to the engine.

The source decides what to ask and what an answer means, :mod:`~ayne.data_collection.refresh` decides what is due, and
the store writes the rows. Everything that is needed to resume a run is in the store, committed together with the rows
it is about. To resume an unfinished run, run the same again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, nullcontext
from typing import Any

from ayne.clock import Clock, SystemClock
from ayne.data_collection.budget import Budget
from ayne.data_collection.collect import Collect, IdsFrom, asks_source
from ayne.data_collection.collection import CollectionRun, Job
from ayne.data_collection.credited import Credited
from ayne.data_collection.given import CollectGiven
from ayne.data_collection.given_files import GivenList, Ids, open_list
from ayne.data_collection.imdb_ratings import EpisodesFileSource, RatingsFileSource
from ayne.data_collection.names import CollectNames
from ayne.data_collection.numbers import NOTED_CHANGE
from ayne.data_collection.omdb.quota import DEFAULT_QUOTA, RatingPolicy
from ayne.data_collection.people import CollectPeople
from ayne.data_collection.ports import DetailsExecutor, ExportHost, MovieSource, MovieStore
from ayne.data_collection.ratings import Rate, RatingsSource
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.refreshing import Refresh
from ayne.data_collection.run import Engine
from ayne.data_collection.run_limits import check_limits
from ayne.data_collection.run_report import Progress, RunOutcome, RunReport, Snapshot
from ayne.data_collection.sync import Sync
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.models import checked_parts
from ayne.data_collection.tmdb.question import sweep_plan
from ayne.data_collection.writer import Writer
from ayne.errors import BudgetSpent, ConfigurationError, StoreBusy
from ayne.kinds import PERSON
from ayne.kinds.person import BILLED, JOBS
from ayne.net.allowance import within

log = logging.getLogger("ayne.collection")


class DataCollectionOrchestrator:
    """Discovers films, stores them, fetches their details and keeps them fresh.

    Args:
        store: where films go.
        source: where they come from; by default a :class:`~ayne.data_collection.tmdb.TMDBClient` made for the run from
            the environment.
        exports: where daily id exports come from; required for ids from exports, and used by a sync.
        policy: how old copies may grow.
        clock: the clock to use.
        on_progress: called after each page or film.
        store_executor: the executor that calls the store, one call at a time; by default a separate thread.

    Example:
        >>> from ayne.data_collection.tmdb import TMDBClient
        >>> from ayne.database.duckdb_client import DuckDBClient
        >>> from ayne.sandbox.app import SandboxApp
        >>> from ayne.sandbox.catalogue import Catalogue
        >>> from ayne.sandbox.transport import SandboxTransport
        >>> async def collect():
        ...     sandbox = SandboxTransport(SandboxApp(Catalogue.generated(movies=500, seed=1)))
        ...     client = TMDBClient("0" * 32, transport=sandbox, requests_per_second=1000)
        ...     collection = DataCollectionOrchestrator(DuckDBClient(":memory:"), client)
        ...     report = await collection.run_full_collection(discover_start_year=2020, min_vote_count=0)
        ...     return report.complete, report.details == report.listed
        >>> asyncio.run(collect())
        (True, True)
    """

    def __init__(
        self,
        store: MovieStore,
        source: MovieSource | None = None,
        *,
        exports: ExportHost | None = None,
        policy: RefreshPolicy | None = None,
        clock: Clock | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        store_executor: Executor | None = None,
    ) -> None:
        self._store = store
        self._source = source
        self._exports = exports
        self._store_executor = store_executor
        self._policy = policy or RefreshPolicy()
        self._clock = clock or SystemClock()
        self._on_progress = on_progress
        self._engine = Engine()
        self._run: CollectionRun | None = None

    def snapshot(self) -> Snapshot:
        """Return what the current run, or the last one, is doing. Call it at any time, from any thread.

        To read it now and then is all that metrics or a live view need, and costs the run nothing.
        """
        return self._run.snapshot() if self._run else Snapshot()

    def stop(self) -> None:
        """Ask the run to end: it drops requests under way, commits what has come, and says so in the report."""
        self._engine.stop()

    async def run_full_collection(
        self,
        discover_start_year: int | None = None,
        discover_end_year: int | None = None,
        refresh_limit: int = 100,
        *,
        min_vote_count: int = 200,
        max_pages: int | None = None,
        include_adult: bool = False,
        include_video: bool = False,
        filters: Mapping[str, object] | None = None,
        details_limit: int | None = None,
        append: Sequence[str] = (),
        ids_from: IdsFrom = "discover",
        min_popularity: float | None = None,
        popularity_history: float | None = NOTED_CHANGE,
        keep_raw: bool = True,
        executor: DetailsExecutor | None = None,
    ) -> RunReport:
        """Bring the store up to date with a span of years.

        A second run fetches only what is missing or due. To resume an interrupted run, make the same call again.

        Args:
            discover_start_year: first year; by default this year.
            discover_end_year: last year, included; by default this year, so that ``run_full_collection(2024)`` is from
                2024 on, where ``discover_movies(2024)`` of a client is 2024 alone.
            refresh_limit: the most films to fetch again because their copies are old, most urgent first.
            min_vote_count: leave out films with fewer votes; 0 for all.
            max_pages: at most this many pages (of 20 films) of each year; by default all.
            include_adult: list adult films too.
            include_video: list compilations, concerts and the like too.
            filters: further filters of TMDB's, by its own names; see :mod:`ayne.data_collection.tmdb.filters`.
            details_limit: the most films without details to fetch, those with most votes first; 0 to discover only.
            append: parts to fetch with the details, like ``["credits"]``.
            ids_from: ``discover`` for the films released in the span, ``export`` for all that the daily id exports
                name, whatever their dates and flags (adult ones only when asked for), ``both`` for either.
            min_popularity: of films that only an export names, leave out the less popular ones.
            popularity_history: by what share a popularity out of an export must differ from the one noted last, to be
                noted in the history too; 0 for every change, None for none.
            keep_raw: also keep each film's answer as received, compressed, so that ayne can derive the tables again.
            executor: what fetches the details, like a :class:`~ayne.dask.DaskExecutor`; by default the source itself.

        Raises:
            ValueError: an argument is invalid; nothing was requested.
            ConfigurationError: there is no key, no ``exports`` for ids to come from, or the executor cannot work.
            ClusterLost: the executor's cluster went away; what came before is stored.
            SourceError: the source cannot be used at all; what was received before is stored.
            StoreError: the file cannot be used.
        """
        plan = self._plan(
            discover_start_year,
            discover_end_year,
            min_vote_count=min_vote_count,
            max_pages=max_pages,
            include_adult=include_adult,
            include_video=include_video,
            filters=filters,
        )
        return await self._carry_out(
            Collect(
                plan,
                append=checked_parts(append, self._store.kind),
                keep_raw=keep_raw,
                details_limit=details_limit,
                refresh_limit=refresh_limit,
                ids_from=ids_from,
                min_popularity=min_popularity,
                exports=self._exports if ids_from != "discover" else None,
                executor=executor,
                noted_change=popularity_history,
            ),
            needs_key=asks_source(ids_from, details_limit, refresh_limit),
        )

    async def run_ids(
        self,
        ids: Ids | GivenList,
        *,
        id_column: str | None = None,
        limit: int | None = None,
        max_requests: int | None = None,
        renew: bool = False,
        append: Sequence[str] = (),
        keep_raw: bool = True,
        executor: DetailsExecutor | None = None,
    ) -> RunReport:
        """Fetch the films of a list into the store: of a file, or of ids.

        A film by IMDb's id costs one request, as by TMDB's. Each row of the list ends with an outcome, in the table
        ``given``; ``given`` of the report counts the outcomes. To resume an interrupted run, make the same call again.

        Args:
            ids: the name of a file (``-`` for standard input), or ids and addresses of TMDB's or IMDb's; or such a list
                as :func:`~ayne.data_collection.given_files.open_list` opens it.
            id_column: the column of a table that holds the ids; by default the one that is known by its name.
            limit: the most films to fetch, None for all; the others stay waiting.
            max_requests: the most requests to send, retries included; ``budget_spent`` of the report says that there
                was more to do.
            renew: fetch those that are stored, too.
            append: parts to fetch with the details; a film that is stored without them is fetched again.
            keep_raw: also keep each film's answer as received, compressed, so that ayne can derive the tables again.
            executor: what fetches the details, like a :class:`~ayne.dask.DaskExecutor`; by default the source itself.

        Raises:
            ValueError: an argument is invalid; nothing was requested.
            ConfigurationError: there is no key, the list cannot be read, or it is not certain which column has ids.
            SourceError: the source cannot be used at all; what was received before is stored.
            StoreError: the file cannot be used.
        """
        check_limits(limit=limit)
        parts = checked_parts(append, self._store.kind)
        with ExitStack() as opened:
            # A list may be long, and is read off the event loop.
            def read() -> GivenList:
                return (
                    ids
                    if isinstance(ids, GivenList)
                    else opened.enter_context(
                        open_list(ids, id_column, parquet=self._store.parquet, kind=self._store.kind)
                    )
                )

            listed = await asyncio.get_running_loop().run_in_executor(self._store_executor, read)
            return await self._carry_out(
                CollectGiven(
                    listed,
                    append=parts,
                    keep_raw=keep_raw,
                    limit=limit,
                    renew=renew,
                    executor=executor,
                ),
                max_requests=max_requests,
            )

    async def run_people(
        self,
        *,
        billed: int | None = BILLED,
        jobs: Sequence[str] | None = JOBS,
        min_popularity: float | None = None,
        limit: int | None = None,
        max_requests: int | None = None,
        append: Sequence[str] = (),
        keep_raw: bool = True,
        executor: DetailsExecutor | None = None,
    ) -> RunReport:
        """Fetch the people in the credits of stored films and series, and the creators of series.

        The store is one of people: ``DuckDBClient("films.duckdb").of(PERSON)``. Credits are there of films that were
        collected with the part ``credits``, and of series with ``aggregate_credits``. Run again, it asks only for those
        who are missing. To resume an interrupted run, make the same call again.

        Args:
            billed: the first so many of each cast; None for all of it.
            jobs: who had one of these jobs, or any job in one of these departments, like ``Writing``; None for all.
            min_popularity: leave out whoever is less popular, or of unknown popularity.
            limit: the most people to fetch, the most popular first; None for all.
            max_requests: the most requests to send, retries included; ``budget_spent`` of the report says that there
                was more to do.
            append: parts to fetch with the details, like ``["combined_credits"]``.
            keep_raw: also keep each answer as received, compressed, so that ayne can derive the tables again.
            executor: what fetches the details, like a :class:`~ayne.dask.DaskExecutor`; by default the source itself.

        Raises:
            ValueError: an argument is invalid, or the store is none of people; nothing was requested.
            ConfigurationError: there is no key, nothing that is stored names people, or none with such a job.
            SourceError: the source cannot be used at all; what was received before is stored.
            StoreError: the file cannot be used.
        """
        if self._store.kind is not PERSON:
            raise ValueError(f"people do not go into a store of {self._store.kind.plural}; make one with of(PERSON)")
        return await self._carry_out(
            CollectPeople(
                Credited(billed, None if jobs is None else tuple(jobs), min_popularity),
                append=checked_parts(append, PERSON),
                keep_raw=keep_raw,
                limit=limit,
                executor=executor,
            ),
            max_requests=max_requests,
        )

    async def run_names(self, *, details: bool = False, limit: int | None = None, keep_raw: bool = True) -> RunReport:
        """Store the names of the newest daily export of keywords, companies, networks or collections.

        The store is one of them: ``DuckDBClient("films.duckdb").of(COMPANY)``. The export is one download and no
        request of the allowance; when none is newer than the stored one, nothing is downloaded.

        Args:
            details: fetch the details, too, of those that stored films and series name: what is missing, and then what
                is older than the policy allows. Keywords have none.
            limit: the most details to fetch, what most films name first; None for all.
            keep_raw: also keep each answer of details as received.

        Raises:
            ValueError: the store is of something that exports do not name so, or a number is negative.
            ConfigurationError: details are wanted and there is no key, or no ``exports`` for names to come from.
            SourceError: the export or the source cannot be used; what came before is stored.
            StoreError: the file cannot be used.
        """
        kind = self._store.kind
        if not kind.is_named_by_exports:
            raise ValueError(f"{kind.plural} have no names of their own to fetch; make a store with of(COMPANY)")
        if self._exports is None:
            raise ConfigurationError("names need an ExportClient: DataCollectionOrchestrator(exports=…)")
        job = CollectNames(self._exports, details, keep_raw, limit)
        return await self._carry_out(job, needs_key=details)

    async def run_refresh(
        self,
        limit: int | None = None,
        *,
        changes: bool = True,
        add_changed: bool = False,
        now: bool = False,
        append: Sequence[str] = (),
        keep_raw: bool = True,
    ) -> RunReport:
        """Fetch again what changed, and what is older than the policy allows.

        Each film is fetched again with the parts that it has in the store.

        Args:
            limit: the most films to fetch, most urgent first; None for all that are due, 0 to read the feed only.
            changes: read TMDB's change feed; if False, use only what an earlier run read there.
            add_changed: fetch films that the feed names and that are not stored, too, but for adult ones.
            now: ask for what changed on days that are not over, too: at once, and once more when that is settled.
            append: further parts to fetch with the details.
            keep_raw: also keep each film's answer as received.

        Raises:
            ValueError: an argument is invalid; nothing was requested.
            ConfigurationError: there is no key.
            SourceError: the source cannot be used at all; what was received before is stored.
            StoreError: the file cannot be used.
        """
        return await self._carry_out(
            Refresh(
                append=checked_parts(append, self._store.kind),
                keep_raw=keep_raw,
                limit=limit,
                changes=changes,
                add_changed=add_changed,
                now=now,
            )
        )

    async def run_sync(
        self,
        discover_start_year: int | None = None,
        discover_end_year: int | None = None,
        *,
        max_requests: int | None = None,
        max_seconds: float | None = None,
        min_vote_count: int = 200,
        include_adult: bool = False,
        include_video: bool = False,
        filters: Mapping[str, object] | None = None,
        add_changed: bool = False,
        ahead: bool = False,
        target: float | None = None,
        append: Sequence[str] = (),
        keep_raw: bool = True,
        ratings: RatingsSource | None = None,
        ratings_quota: int = DEFAULT_QUOTA,
        ratings_file: RatingsFileSource | None = None,
        episodes_file: EpisodesFileSource | None = None,
        popularity_history: float | None = NOTED_CHANGE,
        now: bool = False,
    ) -> RunReport:
        """Keep the store fresh within a budget: new films, the change feed, what is due, and ratings.

        With ``exports``, the newest daily id export gives stored films their popularity and names what is new. Daily
        files take no request of the budget.

        Use it for a nightly job. The next sync begins with what the budget did not allow; ``budget_spent`` of the
        report says that there was more to do.

        Args:
            discover_start_year: first year; by default this year.
            discover_end_year: last year, included; by default this year.
            max_requests: the most requests to send, retries and OMDb's included; by default any number.
            max_seconds: no request is sent after so much time; by default any.
            min_vote_count: leave out films with fewer votes; 0 for all.
            include_adult: list adult films too.
            include_video: list compilations, concerts and the like too.
            filters: further filters of TMDB's, by its own names.
            add_changed: fetch films that the change feed names and that are not stored, too.
            ahead: spend what is left of ``max_requests`` on the copies that come due next.
            target: the share of films, up to 1, whose votes are to be within 1 or 1 percent of TMDB's. None: as many
                as the budget allows, and without a budget 0.99.
            append: parts to fetch with the details.
            keep_raw: also keep each film's answer as received.
            ratings: where ratings come from, None for no ratings.
            ratings_quota: requests that OMDb grants the key on one day.
            ratings_file: where IMDb's daily file of ratings comes from, None to leave it out; it is for personal and
                non-commercial use. With it OMDb is asked for what only OMDb has, until the day's quota is used.
            episodes_file: where IMDb's file of episodes comes from; with ``ratings_file``, episodes are rated too.
            popularity_history: by what share a popularity out of the day's export must differ from the one noted last,
                to be noted in the history too; 0 for every change, None for none.
            now: ask for what changed on days that are not over, too: at once, and once more when that is settled.

        Raises:
            ValueError: an argument is invalid; nothing was requested.
            ConfigurationError: there is no key.
            SourceError: a source cannot be used at all; what came before is stored.
            StoreBusy: another collection runs into the same store.
            StoreError: the file cannot be used.
        """
        plan = self._plan(
            discover_start_year,
            discover_end_year,
            min_vote_count=min_vote_count,
            include_adult=include_adult,
            include_video=include_video,
            filters=filters,
        )
        policy = RatingPolicy().of_what_only_omdb_has() if ratings_file else RatingPolicy()
        return await self._carry_out(
            Sync(
                plan,
                append=checked_parts(append, self._store.kind),
                keep_raw=keep_raw,
                budget=Budget(self._clock, requests=max_requests, seconds=max_seconds),
                add_changed=add_changed,
                ahead=ahead,
                rate=Rate(ratings, ratings_quota, policy) if ratings else None,
                target=target,
                exports=self._exports,
                ratings_file=ratings_file,
                episodes_file=episodes_file,
                noted_change=popularity_history,
                now=now,
            )
        )

    def _plan(self, start_year: int | None, end_year: int | None, **asked: Any) -> SweepPlan:
        """Make the question of a discovery; by default of this year."""
        this_year = self._clock.now().year
        first = this_year if start_year is None else start_year
        last = max(first, this_year) if end_year is None else end_year
        language = self._source.language if self._source else None
        return sweep_plan(first, last, language=language, kind=self._store.kind, **asked)

    async def _carry_out(self, job: Job, *, needs_key: bool = True, max_requests: int | None = None) -> RunReport:
        """Do a job, alone on the store and within its budget; enter what was asked and what came of it there."""
        budget = Budget(self._clock, requests=max_requests)
        source = self._source or _default_source(needs_key=needs_key)
        writer = Writer(self._store.commit, self._clock, self._store_executor)
        self._run = run = CollectionRun(
            writer, self._clock, self._on_progress, self._store, source, self._policy, job.append, job.keep_raw
        )
        try:
            with self._store.collecting():
                try:
                    await run.begin(job.asked())
                except StoreBusy:
                    if not self._engine.take_stop():
                        raise
                    # It was told to stop while it waited for the file.
                    run.report.outcome = "interrupted"
                    return run.report
                await self._engine.see_through(_work(job, run, budget), run.finish)
                return run.report
        finally:
            writer.close()
            if self._source is None:
                await source.aclose()


async def _work(job: Job, run: CollectionRun, budget: Budget) -> RunOutcome:
    # A cluster shares no allowance that ends, and is told of none where there is no end.
    with nullcontext() if budget.requests is None else within(run.source, budget.take):
        try:
            await job.work(run)
        except BudgetSpent as error:
            log.info("%s", error)
            run.report.budget_spent = True
    return "done"


def _default_source(*, needs_key: bool) -> MovieSource:
    # The one place where a loop knows a concrete source, and only when it was given none.
    from ayne.data_collection.tmdb.client import TMDBClient  # noqa: PLC0415

    return TMDBClient(needs_key=needs_key)
