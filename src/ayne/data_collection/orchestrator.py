"""From nothing to a file of films: discover, store, details, refresh.

The loops are here, and only the loops. What to ask and what an answer means is the source's business, what is due is
:mod:`~ayne.data_collection.refresh`'s, and how a row is written is the store's. Everything a run needs to be carried
on lies in the store, committed together with the rows it speaks of: an unfinished run is carried on by running the
same again.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, aclosing, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Literal, Protocol, get_args

from ayne import __version__
from ayne.clock import Clock, SystemClock
from ayne.data_collection.census import CensusStore, ExportSource, take_census
from ayne.data_collection.commit import Commit, Reconciliation, StoredCopy
from ayne.data_collection.refresh import RefreshPolicy, discovery_due, due, retry_at
from ayne.data_collection.run_report import Outcome, Phase, Progress, RunReport
from ayne.data_collection.tmdb import filters as discover_filters
from ayne.data_collection.tmdb import ranges
from ayne.data_collection.tmdb.coverage import DiscoverPage, DiscoverQuery, Listed, RangeProgress, Sweep, SweepPlan
from ayne.data_collection.tmdb.models import ADULT_MOVIE_IDS, MOVIE_IDS, FetchFailure, MovieDetails, checked_parts
from ayne.data_collection.writer import Writer
from ayne.errors import ConfigurationError, IncompleteDiscovery, ServerFailure, StoreError

log = logging.getLogger("ayne.collection")

# One film failing is the film's trouble; fifty in a row are the source's, and going on would only list all the rest.
GIVE_UP_AFTER = 50


# Where the ids of films come from: lists by date of release, the daily id exports, or both.
IdsFrom = Literal["discover", "export", "both"]


class TrafficCounters(Protocol):
    """What a source counts."""

    requests: int
    bytes_received: int
    retries: Counter[str]


class MovieSource(Protocol):
    """Where films come from; :class:`~ayne.data_collection.tmdb.TMDBClient` is one."""

    language: str | None

    @property
    def server(self) -> str:
        """What its films are of: films of different servers do not belong into one store."""
        ...

    @property
    def traffic(self) -> TrafficCounters:
        """What was sent and received so far."""
        ...

    def iter_discover(
        self,
        start_year: int,
        end_year: int | None = None,
        min_vote_count: int = 200,
        max_pages: int | None = None,
        *,
        include_adult: bool = False,
        include_video: bool = False,
        filters: Mapping[str, object] | None = None,
        known: Iterable[RangeProgress] = (),
        listed: Iterable[Listed] = (),
        films_of_day: Mapping[date, int] | None = None,
    ) -> AsyncGenerator[DiscoverPage, None]:
        """Pages of a discovery, those that ``known`` lacks."""
        ...

    def iter_movie_details(
        self, tmdb_ids: Iterable[int | str], *, append: Iterable[str] = (), keep_bodies: bool = False
    ) -> AsyncGenerator[MovieDetails | FetchFailure, None]:
        """Details, as they come."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class ExportHost(ExportSource, Protocol):
    """Where exports come from, with what it took; ``ExportClient`` is one."""

    @property
    def traffic(self) -> TrafficCounters:
        """What was sent and received so far."""
        ...


class MovieStore(CensusStore, Protocol):
    """Where films go; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def commit(self, batch: Commit) -> None:
        """Store rows and the progress they stand for together."""
        ...

    def collecting(self) -> AbstractContextManager[None]:
        """For as long as the context, nobody else may collect into this store."""
        ...

    def count_waiting(self, sweep_id: int, now: datetime) -> int:
        """Listed films without details that may not be asked for yet."""
        ...

    def latest_sweep(self, plan: SweepPlan) -> Sweep | None:
        """The newest discovery of a plan."""
        ...

    def begin_sweep(self, plan: SweepPlan, now: datetime) -> Sweep:
        """Enter a new discovery."""
        ...

    def films_of_day(self, plan: SweepPlan) -> dict[date, int]:
        """How many films of each day are stored that a discovery of this plan would list."""
        ...

    def coverage(self, sweep_id: int) -> dict[str, int]:
        """What was reported for a sweep's ranges and what is there."""
        ...

    def finish_sweep(self, sweep_id: int, now: datetime) -> None:
        """Note that a discovery is complete."""
        ...

    def ids_without_details(self, sweep_id: int, now: datetime, most: int | None = None) -> list[int]:
        """Listed films without details."""
        ...

    def ids_without_parts(
        self, sweep_id: int, parts: Sequence[str], now: datetime, most: int | None = None
    ) -> list[int]:
        """Listed films with details that lack a part."""
        ...

    def ids_from_census(
        self,
        now: datetime,
        most: int | None = None,
        *,
        min_popularity: float | None = None,
        include_adult: bool = False,
        include_video: bool = True,
    ) -> list[int]:
        """Films of the census without details."""
        ...

    def count_waiting_in_census(self, now: datetime) -> int:
        """Films of the census without details that may not be asked for yet."""
        ...

    def reconcile(self) -> Reconciliation:
        """What the exports and the sweeps know of each other."""
        ...

    def stored_copies(self, older_than: datetime, now: datetime) -> Iterator[StoredCopy]:
        """Films whose details are older than a moment."""
        ...

    def begin_run(self, version: str, plan: dict[str, Any], now: datetime) -> int:
        """Enter a run."""
        ...

    def finish_run(self, run_id: int, outcome: str, report: dict[str, Any], now: datetime) -> None:
        """Note how a run ended."""
        ...


class DataCollectionOrchestrator:
    """Runs discover → store → details → refresh.

    Args:
        store: where films go.
        source: where they come from; by default a :class:`~ayne.data_collection.tmdb.TMDBClient` made for the run from
            the environment.
        exports: where daily id exports come from; needed when ids are to come from there.
        policy: how old things may grow.
        clock: where time comes from.
        on_progress: called after each page or film.
        store_executor: where the store is called, one call at a time; by default a thread of its own.

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
        self._work: asyncio.Task[None] | None = None
        self._stop_asked = False

    def stop(self) -> None:
        """Ask the run to end: requests under way are dropped, what has come is committed, and the report says so."""
        self._stop_asked = True
        if self._work:
            self._work.cancel()

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
        keep_raw: bool = True,
    ) -> RunReport:
        """Bring the store up to date with a span of years.

        Run again, it asks only for what is missing or due; an interrupted run is carried on by the same call.

        Args:
            discover_start_year: first year; by default this year.
            discover_end_year: last year, included; by default this year.
            refresh_limit: the most films to fetch again because their copies are old, most urgent first.
            min_vote_count: leave out films with fewer votes; 0 for all.
            max_pages: at most this many pages (of 20 films) of each year; by default all.
            include_adult: list adult films too.
            include_video: list compilations, concerts and the like too.
            filters: further filters of TMDB's, by its own names; see :mod:`ayne.data_collection.tmdb.filters`.
            details_limit: the most films without details to fetch, most voted first; 0 to discover only.
            append: parts to fetch with the details, like ``["credits"]``.
            ids_from: ``discover`` for the films released in the span, ``export`` for all that the daily id exports
                name, whatever their dates and flags (adult ones only when asked for), ``both`` for either.
            min_popularity: of films that only an export names, leave out the less popular ones.
            keep_raw: keep each film's answer as it came too, compressed, so that tables can be made of it again.

        Raises:
            ValueError: an argument makes no sense; nothing was requested.
            ConfigurationError: there is no key, or no ``exports`` for ids to come from.
            SourceError: the source cannot be used at all; what came before is stored.
            StoreError: the file cannot be used.
        """
        this_year = self._clock.now().year
        first = this_year if discover_start_year is None else discover_start_year
        last = max(first, this_year) if discover_end_year is None else discover_end_year
        for name, limit in (("refresh_limit", refresh_limit), ("details_limit", details_limit)):
            if limit is not None and limit < 0:
                raise ValueError(f"{name} must not be negative, got {limit}")
        if ids_from not in get_args(IdsFrom):
            raise ValueError(f"ids_from must be one of {', '.join(get_args(IdsFrom))}, not {ids_from!r}")
        if ids_from != "discover" and self._exports is None:
            raise ConfigurationError("ids from an export need an ExportClient: DataCollectionOrchestrator(exports=…)")
        ranges.check_span(first, last, min_vote_count, max_pages)
        parts = checked_parts(append)
        source = self._source or _default_source()
        query = DiscoverQuery(
            include_adult=include_adult,
            include_video=include_video,
            language=source.language,
            filters=discover_filters.checked(filters or {}),
        )
        plan = SweepPlan(first, last, min_vote_count, max_pages, query)
        writer = Writer(self._store.commit, self._clock, self._store_executor)
        exports = self._exports if ids_from != "discover" else None
        run = _Run(self._store, source, plan, writer, self._policy, self._clock, self._on_progress, exports)
        run.discovers, run.min_popularity, run.keep_raw = ids_from != "export", min_popularity, keep_raw
        asked: dict[str, Any] = {"details_limit": details_limit, "append": parts, "keep_raw": keep_raw}
        asked |= {"ids_from": ids_from, "min_popularity": min_popularity}
        try:
            with self._store.collecting():
                await run.begin(asked)
                return await self._see_through(run, run.phases(details_limit, refresh_limit, parts))
        finally:
            writer.close()
            if self._source is None:
                await source.aclose()

    async def _see_through(self, run: _Run, phases: Coroutine[Any, Any, None]) -> RunReport:
        """Run the phases to their end, be it theirs or ours, and leave a report of it in the store."""
        self._work = asyncio.ensure_future(phases)
        if self._stop_asked:
            self._work.cancel()
        try:
            await self._work
        except asyncio.CancelledError:
            await run.finish("interrupted")
            if not self._stop_asked:
                raise
        except BaseException:
            # Whatever comes of writing it down, the reason why the run stopped is what its caller must hear.
            with suppress(StoreError):
                await run.finish("stopped")
            raise
        else:
            await run.finish("done")
        finally:
            self._work = None
            self._stop_asked = False
        return run.report


@dataclass(slots=True)
class _Run:
    """One run: its phases, and what they have in common."""

    store: MovieStore
    source: MovieSource
    plan: SweepPlan
    writer: Writer
    policy: RefreshPolicy
    clock: Clock
    on_progress: Callable[[Progress], None] | None
    exports: ExportHost | None = None
    discovers: bool = True
    min_popularity: float | None = None
    keep_raw: bool = True
    report: RunReport = field(default_factory=RunReport)
    started_at: float = 0.0

    def __post_init__(self) -> None:
        self.started_at = self.clock.monotonic()

    async def begin(self, limits: dict[str, Any]) -> None:
        """Enter the run into the store, which refuses films of another server or language than it holds."""
        asked = {**asdict(self.plan), **limits, "server": self.source.server}
        self.report.run_id = await self.writer.call(self.store.begin_run, __version__, asked, self.clock.now())

    async def phases(self, details_limit: int | None, refresh_limit: int, append: Sequence[str]) -> None:
        """Discover, then fetch what is missing, then what is due."""
        sweep = await self._discover() if self.discovers else None
        await self._take_census()
        missing = await self._missing(sweep, details_limit, append) if sweep else []
        if self.exports:
            most = None if details_limit is None else max(0, details_limit - len(missing))
            known = set(missing)
            missing += [tmdb_id for tmdb_id in await self._missing_of_census(most, len(known)) if tmdb_id not in known]
            missing = missing[:details_limit]
        await self._fetch("details", missing, append)
        await self._fetch("refresh", await self._due(refresh_limit), append)
        if sweep:
            self.report.waiting = await self.writer.call(self.store.count_waiting, sweep.sweep_id, self.clock.now())
        if self.exports:
            # A film that waits may be in both; it is not counted twice.
            waiting = await self.writer.call(self.store.count_waiting_in_census, self.clock.now())
            self.report.waiting = max(self.report.waiting, waiting)
            self.report.reconciliation = asdict(await self.writer.call(self.store.reconcile))

    async def finish(self, outcome: Outcome) -> None:
        """Commit what has come and write the report, the second even when the first fails."""
        report, traffic = self.report, self.source.traffic
        report.outcome = outcome
        report.requests, report.bytes_received = traffic.requests, traffic.bytes_received
        retries = Counter(traffic.retries)
        if self.exports:
            report.requests += self.exports.traffic.requests
            report.bytes_received += self.exports.traffic.bytes_received
            retries += self.exports.traffic.retries
        report.retries = dict(retries)
        report.seconds = round(self.clock.monotonic() - self.started_at, 3)
        try:
            await self.writer.flush()
        finally:
            await self.writer.call_now(
                self.store.finish_run, report.run_id, report.outcome, report.as_dict(), self.clock.now()
            )

    async def _take_census(self) -> None:
        if not self.exports:
            return
        names = (MOVIE_IDS, ADULT_MOVIE_IDS) if self.plan.query.include_adult else (MOVIE_IDS,)

        def say(_name: str, done: int, total: int | None) -> None:
            self._say("export", done, total or done)

        for export in await take_census(self.exports, self.store, self.writer, names, say):
            self.report.exports.append(f"{export.name} of {export.day}: {export.films:,} films")
            self.report.unreadable += export.unreadable

    async def _missing_of_census(self, most: int | None, spare: int) -> list[int]:
        """Films of the census to fetch; as many more than asked for as may be among the listed ones already."""
        find = partial(
            self.store.ids_from_census,
            min_popularity=self.min_popularity,
            include_adult=self.plan.query.include_adult,
        )
        return await self.writer.call(find, self.clock.now(), None if most is None else most + spare)

    async def _discover(self) -> Sweep:
        sweep = await self._sweep()
        self.report.overfull = [str(known.range) for known in sweep.known if known.state == "overfull"]
        if self.report.discovery != "fresh":
            await self._walk(sweep)
        self.report.coverage = await self.writer.call(self.store.coverage, sweep.sweep_id)
        return sweep

    async def _walk(self, sweep: Sweep) -> None:
        pages = self.source.iter_discover(
            self.plan.start_year,
            self.plan.end_year,
            self.plan.min_vote_count,
            self.plan.max_pages,
            include_adult=self.plan.query.include_adult,
            include_video=self.plan.query.include_video,
            filters=dict(self.plan.query.filters),
            known=sweep.known,
            listed=sweep.listed,
            films_of_day=await self._films_of_day(),
        )
        try:
            async with aclosing(pages):
                async for page in pages:
                    self.report.pages += 1
                    self.report.listed += len(page.results)
                    self.report.unreadable += len(page.content.unreadable)
                    if page.progress.state == "overfull":
                        self.report.overfull.append(str(page.progress.range))
                    await self.writer.add_page(sweep.sweep_id, page)
                    self._say("discover", page.pages_done, page.pages_known)
        except IncompleteDiscovery as error:
            self.report.missing_pages = error.missing
            log.warning("%s", error)
        else:
            await self.writer.call(self.store.finish_sweep, sweep.sweep_id, self.clock.now())

    async def _films_of_day(self) -> dict[date, int]:
        # How many of the stored films a filter would let through is not known.
        return {} if self.plan.query.filters else await self.writer.call(self.store.films_of_day, self.plan)

    async def _sweep(self) -> Sweep:
        """The discovery to carry on, the one that is still fresh, or a new one."""
        now = self.clock.now()
        sweep = await self.writer.call(self.store.latest_sweep, self.plan)
        last_day = date(self.plan.end_year, 12, 31)
        if sweep and not discovery_due(last_day, sweep.finished_at or sweep.started_at, now, self.policy):
            self.report.discovery = "fresh" if sweep.finished_at else "carried on"
            return sweep
        return await self.writer.call(self.store.begin_sweep, self.plan, now)

    async def _missing(self, sweep: Sweep, limit: int | None, append: Sequence[str]) -> list[int]:
        now = self.clock.now()
        ids = await self.writer.call(self.store.ids_without_details, sweep.sweep_id, now, limit)
        most = None if limit is None else limit - len(ids)
        return ids + await self.writer.call(self.store.ids_without_parts, sweep.sweep_id, append, now, most)

    async def _due(self, limit: int) -> list[int]:
        now = self.clock.now()

        def most_urgent() -> list[int]:
            copies = self.store.stored_copies(now - self.policy.shortest, now)
            dues = (found for copy in copies if (found := due(copy, now, self.policy)))
            # A film that failed before must not keep the others from their turn for ever.
            urgent = heapq.nlargest(limit, dues, key=lambda found: (not found.failed, found.urgency))
            return [found.tmdb_id for found in urgent]

        return await self.writer.call(most_urgent)

    async def _fetch(self, phase: Phase, ids: Sequence[int], append: Sequence[str]) -> None:
        done = failures = failures_in_a_row = 0
        films = self.source.iter_movie_details(ids, append=append, keep_bodies=self.keep_raw)
        async with aclosing(films):
            async for film in films:
                done += 1
                if isinstance(film, FetchFailure):
                    failures += 1
                    # Only TMDB's own word about this very film shows that it is TMDB who answers.
                    about_the_film = film.gone or film.merged_into is not None
                    failures_in_a_row = 0 if about_the_film else failures_in_a_row + 1
                    await self._note_failure(film)
                    if failures_in_a_row >= GIVE_UP_AFTER:
                        raise ServerFailure(
                            f"{GIVE_UP_AFTER} films in a row could not be had; the last: {film.message}"
                        )
                else:
                    failures_in_a_row = 0
                    self.report.details += phase == "details"
                    self.report.refreshed += phase == "refresh"
                    await self.writer.add_details(film)
                self._say(phase, done, len(ids), failures)

    async def _note_failure(self, failure: FetchFailure) -> None:
        self.report.add_failure(failure)
        await self.writer.add_failure(failure, retry_at(failure, self.clock.now(), self.policy))

    def _say(self, phase: Phase, done: int, total: int, failures: int = 0) -> None:
        if self.on_progress:
            self.on_progress(Progress(phase, done, total, failures, self.source.traffic.requests))


def _default_source() -> MovieSource:
    # The one place where a loop knows a concrete source, and only when it was given none.
    from ayne.data_collection.tmdb.client import TMDBClient  # noqa: PLC0415

    return TMDBClient()
