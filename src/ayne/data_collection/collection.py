"""What runs that collect share: opening and closing the store, and fetching."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from ayne import __version__
from ayne.data_collection.ports import DetailsExecutor, DetailsSource, MovieSource, MovieStore
from ayne.data_collection.refresh import Due, Reason, RefreshPolicy, StoredCopy, most_urgent, retry_at
from ayne.data_collection.retention import MOST_APART, clock_doubt, is_behind
from ayne.data_collection.run import Run
from ayne.data_collection.run_report import Phase, Progress, RunOutcome, RunReport, Snapshot
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.data_collection.verdicts import (
    AGAIN_AFTER,
    Docket,
    Standing,
    Suspicion,
    is_confirmed,
    unconfirmed,
)
from ayne.data_collection.writer import Writer
from ayne.errors import ConfigurationError, MissingCredentials, ServerFailure, SourceError, Unauthorized
from ayne.kinds import Kind

log = logging.getLogger("ayne.collection")

T = TypeVar("T")

# One film failing is the film's trouble; fifty in a row are the source's, and going on would only list all the rest.
GIVE_UP_AFTER = 50


# Films of which it is looked up at a time which parts they have.
_FILMS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Search:
    """Films that lack something.

    Attributes:
        count: how many there are.
        find: the ids of the first so many of them; what was fetched since is not among them.
    """

    count: Callable[[], int]
    find: Callable[[int], Sequence[int | str]]


@dataclass(frozen=True, slots=True)
class Word:
    """A source's claim that a film is gone or merged, and what the store knows about it."""

    failure: FetchFailure
    earlier: Suspicion | None
    is_held: bool


@dataclass(slots=True)
class Tally:
    """The progress of a phase that fetches films.

    Attributes:
        reasons: why each film is fetched again.
    """

    phase: Phase
    total: int
    done: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    reasons: Mapping[int, Reason] = field(default_factory=dict)


class Entries:
    """Enters the results for the films that are asked for; a job may have more to enter than the films.

    Attributes:
        advice: what to do when the source seems to have lost its films.
    """

    advice = "Nothing was removed for it; run the same command again"

    def __init__(self, run: CollectionRun) -> None:
        self.run = run

    async def had(self, film: MovieDetails | Unchanged) -> None:
        """Enter a film that came."""
        if isinstance(film, Unchanged):
            self.run.report.unchanged += 1
            await self.run.writer.add_unchanged(film)
        else:
            await self.run.writer.add_details(film)

    async def failed(self, failure: FetchFailure, again_at: datetime) -> None:
        """Note that a film could not be fetched, and when to try again."""
        self.run.report.add_failure(failure)
        await self.run.writer.add_failure(failure, again_at)

    async def believed(self, word: Word) -> None:
        """Enter that a film is gone or merged."""
        await self.failed(word.failure, self.run.clock.now())

    async def is_told_otherwise(self, _failure: FetchFailure) -> bool:
        """Return whether a film that is said to be gone turned out to be something else, and was entered as that."""
        return False

    async def is_vouched_for(self) -> bool:
        """Return whether a source that says many films in a row are gone still has a film that is known to exist."""
        return False

    async def close(self, ids: Sequence[int | str]) -> None:
        """Enter what is left to say about ids for which nothing came."""


class Job(Protocol):
    """The task of a run."""

    @property
    def append(self) -> Sequence[str]:
        """Parts to fetch with the details."""
        ...

    @property
    def keep_raw(self) -> bool:
        """Whether to keep each answer as received, too."""
        ...

    def asked(self) -> dict[str, Any]:
        """Return the question, as the run stores it."""
        ...

    async def work(self, run: CollectionRun) -> None:
        """Run the job."""
        ...


@dataclass(slots=True)
class CollectionRun(Run):
    """A run that collects, with what its phases share.

    Attributes:
        store: where films go; it knows of what kind they are.
        source: where they come from.
        policy: how old copies may grow.
        append: parts to fetch with the details.
        keep_raw: also keep each film's answer as received.
        fetcher: what brings the details; by default the source.
        entries: where it is entered what becomes of them.
        ids_at_once: ids of missing films that are held at a time: so many that they are seldom asked for.
        report: what it did so far.
        sweeps: the discoveries that it is about.
        began: when it was entered into the store.
    """

    thread: Writer
    store: MovieStore
    source: MovieSource
    policy: RefreshPolicy
    append: Sequence[str] = ()
    keep_raw: bool = True
    fetcher: DetailsSource | None = None
    ids_at_once: int = 50_000
    report: RunReport = field(default_factory=RunReport)
    beside: Run | None = None
    """A run of another job that is part of this one."""
    newest: datetime | None = None
    docket: Docket[Word] = field(default_factory=Docket)
    unconfirmed: int = 0
    sweeps: list[int] = field(default_factory=list)
    began: datetime | None = None
    entries: Entries = field(init=False)

    def __post_init__(self) -> None:
        self.count(self.source)
        self.report.kind = self.kind
        self.entries = Entries(self)

    @property
    def writer(self) -> Writer:
        """The store's thread, which gathers what is to be written."""
        return self.thread

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function of the store after everything that waits to be written."""
        return await self.writer.call(function, *arguments)

    def tell(self, phase: Phase, done: int, total: int, failures: int = 0) -> None:
        """Report the progress of a phase."""
        self.say(Progress(phase, done, total, failures, self.requests))

    @property
    def kind(self) -> Kind:
        """The kind that is collected."""
        return self.store.kind

    async def begin(self, asked: dict[str, Any]) -> None:
        """Enter the run into the store, which refuses films of another server or language than it holds.

        Raises:
            ConfigurationError: it does, or this machine's clock is behind both the server's and the store's.
        """
        await self._look_at_the_clock()
        shared = {"kind": self.kind.name, "append": self.append, "keep_raw": self.keep_raw}
        query = {"language": self.source.language}
        plan = {**shared, "query": query, **asked, "server": self.source.server}
        self.began = self.clock.now()
        self.report.run_id = await self.call(self.store.begin_run, __version__, plan, self.began)
        log.info("run %d begins", self.report.run_id, extra={"run_id": self.report.run_id, "plan": plan})

    async def _look_at_the_clock(self) -> None:
        """Ask the server whose clock is wrong, when the store holds moments that are yet to come."""
        self.newest, now = await self.call(self.store.newest_moment), self.clock.now()
        if self.newest is None or self.newest - now <= MOST_APART:
            return
        try:
            await self.source.check_credentials()
        except Unauthorized:
            raise
        except (SourceError, MissingCredentials) as error:
            told = (self.newest, error)
            log.warning("the file holds what came on %s, and the server does not say what day it is: %s", *told)
            return
        server = self._server_clock(now)
        if is_behind(now, server, self.newest):
            raise ConfigurationError(
                f"This machine's clock shows {now:%Y-%m-%d}, the server's {server:%Y-%m-%d}, and the file holds what "
                f"came on {self.newest:%Y-%m-%d}. Set the clock first: what came now would be taken for old."
            )
        if server and clock_doubt(now, server, None) is None:
            log.warning("a clock was ahead once: the file holds what came on %s, which is set back to now", self.newest)
            await self.call(self.store.set_back, now)
            self.newest = now

    def clock_doubt(self) -> str | None:
        """Why this machine's clock may be wrong, in words; None when nothing contradicts it."""
        now = self.clock.now()
        return clock_doubt(now, self._server_clock(now), self.newest)

    def _server_clock(self, now: datetime) -> datetime | None:
        offset = self.source.clock_offset
        return None if offset is None else now + offset

    async def finish(self, outcome: RunOutcome) -> None:
        """Commit what has come and write the report, the second even when the first fails."""
        await self._decide(self.docket.close())
        report = self.report
        report.outcome = outcome
        report.clock = self.clock_doubt()
        report.paused_seconds = round(self.sum_up(report).paused_seconds, 3)
        report.store_seconds = round(self.writer.waited, 3)
        try:
            await self.writer.flush()
            if self.sweeps:
                report.stored = await self.writer.call_now(self.store.stored_of_sweeps, self.sweeps)
        finally:
            await self.writer.call_now(
                self.store.finish_run, report.run_id, report.outcome, report.as_dict(), self.clock.now()
            )
        names = ("run_id", "outcome", "details", "refreshed", "requests", "retries", "bytes_received", "seconds")
        told = {name: getattr(report, name) for name in names}
        log.info("run %d ends: %s", report.run_id, outcome, extra={**told, "failures": report.failures_by_reason})

    def what_came(self) -> Snapshot:
        """Return what was committed, and what could not be fetched."""
        ours = Snapshot(rows=dict(self.writer.committed), failures=dict(self.report.failures_by_reason))
        return ours + self.beside.snapshot() if self.beside else ours

    @asynccontextmanager
    async def fetching_by(self, executor: DetailsExecutor | None) -> AsyncIterator[None]:
        """Let an executor fetch the details inside the context; with None, the source does."""
        if executor is None:
            yield
            return
        async with executor.fetching_for(self.source) as fetcher:
            self.count(fetcher)
            self.fetcher = fetcher
            try:
                yield
            finally:
                self.fetcher = None

    @contextmanager
    def entering(self, entries: Entries) -> Iterator[None]:
        """Use these to enter the results of films inside the context; a film without a verdict at its end waits."""
        before, self.entries = self.entries, entries
        try:
            yield
        finally:
            self.entries, self.docket = before, Docket()

    async def fetch_missing(self, *searches: Search, limit: int | None = None) -> None:
        """Fetch the details of films and store them; list those that fail, and continue.

        Args:
            searches: where the films come from, one after the other.
            limit: the most films to fetch, None for all.

        Raises:
            ServerFailure: so many in a row could not be fetched that the source must be out of reach.
        """
        tally = Tally("details", 0)
        for search in searches:
            if limit is not None and tally.done >= limit:
                return
            left = await self.call(search.count)
            if limit is not None:
                left = min(left, limit - tally.done)
            tally.total += left
            while left > 0 and (ids := await self.call(search.find, min(left, self.ids_at_once))):
                await self._fetch(tally, ids, self.append)
                # What has no verdict is found again.
                await self._decide(self.docket.close())
                await self.entries.close(ids)
                left -= len(ids)

    def listed(self, sweep_id: int) -> tuple[Search, Search]:
        """Return how to find what a sweep listed that lacks details or requested parts."""
        # One moment for all of a search: what fails is asked for again by another run.
        store, parts, now = self.store, self.append, self.clock.now()
        return (
            Search(
                partial(store.count_without_details, sweep_id, now), partial(store.ids_without_details, sweep_id, now)
            ),
            Search(
                partial(store.count_without_parts, sweep_id, parts, now),
                partial(store.ids_without_parts, sweep_id, parts, now),
            ),
        )

    def exported(self, min_popularity: float | None, *, include_adult: bool) -> Search:
        """Return how to find what the newest exports name that lacks details or parts."""
        now = self.clock.now()

        def among_them(ask: Callable[..., T]) -> Callable[..., T]:
            return partial(ask, now, parts=self.append, min_popularity=min_popularity, include_adult=include_adult)

        return Search(among_them(self.store.count_from_exports), among_them(self.store.ids_from_exports))

    async def _fetch(self, tally: Tally, ids: Sequence[int | str], append: Sequence[str]) -> None:
        numbers = [each for each in ids if isinstance(each, int)]
        if tally.phase not in self.phases and ids:
            self.phases[tally.phase] = Progress(tally.phase, 0, tally.total, 0, self.requests)
        # What was never fetched has no name that TMDB would know it by.
        known = partial(self.store.etags, numbers, append, keep_raw=self.keep_raw)
        etags, children = {}, {}
        if tally.phase != "details":
            etags, children = await self.call(known), await self.call(partial(self.store.children_of, numbers))
        standing = await self.call(self.store.standing, numbers, self.clock.now())
        fetcher = self.fetcher or self.source
        films = fetcher.iter_details(
            self.kind, ids, append=append, keep_bodies=self.keep_raw, etags=etags, children=children
        )
        async with aclosing(films):
            async for film in films:
                tally.done += 1
                if isinstance(film, FetchFailure):
                    await self._note_failure(tally, film, standing)
                else:
                    tally.failures_in_a_row = 0
                    await self._decide(self.docket.had())
                    self.report.details += tally.phase == "details"
                    self.report.refreshed += tally.phase == "refresh"
                    tmdb_id = film.tmdb_id if isinstance(film, Unchanged) else film["tmdb_id"]
                    if reason := tally.reasons.get(tmdb_id):
                        self.report.refreshed_by_reason[reason] = self.report.refreshed_by_reason.get(reason, 0) + 1
                    await self.entries.had(film)
                self.tell(tally.phase, tally.done, tally.total, tally.failures)

    async def refresh(
        self,
        limit: int | None,
        policy: RefreshPolicy | None = None,
        renewed_by_lists: Callable[[StoredCopy], bool] | None = None,
    ) -> None:
        """Fetch films that changed or are due again, the most urgent first, up to a limit; None for all.

        Of films that lists renew, age alone is no reason.
        """
        now, rules = self.clock.now(), policy or self.policy
        await self.call(self.store.look_again_at_marks, now)

        def find() -> list[Due]:
            copies = self.store.stored_copies(rules.may_be_due(now), now)
            return most_urgent(copies, now, rules, limit, renewed_by_lists)

        await self.fetch_again({found.tmdb_id: found.reason for found in await self.call(find)})

    async def fetch_again(self, reasons: Mapping[int, Reason]) -> None:
        """Fetch stored films once more, in this order, and say why.

        Each is fetched with the parts that are stored of it besides those that were asked for: they are as old.
        """
        dues = list(reasons)
        tally = Tally("refresh", len(dues), reasons=reasons)
        # The most urgent come first whatever parts they have, but for those of one piece.
        for start in range(0, len(dues), _FILMS_AT_ONCE):
            ids = dues[start : start + _FILMS_AT_ONCE]
            stored = await self.call(self.store.parts_of, ids)
            by_parts: dict[tuple[str, ...], list[int]] = {}
            for tmdb_id in ids:
                has = [part for part in stored.get(tmdb_id, ()) if part in self.kind.part_names]
                by_parts.setdefault(tuple(dict.fromkeys([*self.append, *has])), []).append(tmdb_id)
            for parts, films in by_parts.items():
                await self._fetch(tally, films, parts)
        await self._decide(self.docket.close())

    async def _note_failure(self, tally: Tally, failure: FetchFailure, standing: Standing) -> None:
        is_word = failure.gone or failure.merged_into is not None
        if is_word and await self.entries.is_told_otherwise(failure):
            return
        earlier = standing.suspicions.get(failure.tmdb_id) if is_word else None
        # Whoever looks a second time at many films that are gone must come to those behind them.
        tally.failures_in_a_row += earlier is None
        if is_word:
            word = Word(failure, earlier, failure.tmdb_id in standing.held)
            await self._decide(self.docket.said(word, "gone" if word.is_held else "gone, and not held"))
        else:
            tally.failures += 1
            await self.entries.failed(failure, retry_at(failure, self.clock.now(), self.policy))
        if tally.failures_in_a_row >= GIVE_UP_AFTER:
            if not (is_word and await self.entries.is_vouched_for()):
                said = f"{GIVE_UP_AFTER} {self.kind.plural} in a row could not be fetched; the last: {failure.message}"
                hours = AGAIN_AFTER // timedelta(hours=1)
                raise ServerFailure(f"{said}. {self.entries.advice} in {hours} hours" if is_word else said)
            tally.failures_in_a_row = 0

    async def _decide(self, decided: list[tuple[Word, bool]]) -> None:
        """Enter which films are gone or merged, where the source's word is believed; others are asked for again."""
        now = self.clock.now()
        for word, credible in decided:
            earlier = word.earlier
            believed = credible or (earlier and is_confirmed(earlier.beside(self.unconfirmed), now))
            if believed or (not word.is_held and await self.entries.is_vouched_for()):
                await self.entries.believed(word)
            else:
                self.unconfirmed += earlier is None
                await self.entries.failed(unconfirmed(word.failure), now + AGAIN_AFTER)
