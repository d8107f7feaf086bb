"""Write to the store in one thread, while the event loop goes on.

A commit costs some tens of milliseconds whatever is in it, so rows are gathered; what is gathered and not yet
committed is fetched again after a crash, so not for long. While a commit is under way the next batch grows: the faster
rows come the more of them share a commit, and the loop waits only for a store that cannot keep up at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from ayne.clock import Clock
from ayne.data_collection.commit import Commit
from ayne.data_collection.given_ids import GivenAnswer
from ayne.data_collection.tmdb.coverage import DiscoverPage
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, MovieSummary, Unchanged

log = logging.getLogger("ayne.store")

T = TypeVar("T")

# So many rows, or what came in so many seconds, are committed as soon as no other commit is under way.
FLUSH_ROWS = 200
FLUSH_SECONDS = 3.0

# What may be gathered meanwhile: films, each of their parts, rows of pages, and episodes by the dozen. It is what
# bounds memory.
MOST_GATHERED = 2_000
EPISODES_OF_A_PART = 12


class StoreThread:
    """Calls the store in a thread, one call at a time, so that each sees what the one before has done.

    Args:
        clock: the clock to use.
        executor: where the store is called; by default a thread of its own.
    """

    def __init__(self, clock: Clock, executor: Executor | None = None) -> None:
        self._clock = clock
        self._own_thread = None if executor else ThreadPoolExecutor(1, thread_name_prefix="ayne-store")
        self._executor = executor or self._own_thread
        self.waited = 0.0
        """Seconds that the loop has waited for the store."""

    @property
    def executor(self) -> Executor | None:
        """The executor that calls the store."""
        return self._executor

    async def call_now(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function of the store in its thread."""
        began = self._clock.monotonic()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)
        finally:
            self.waited += self._clock.monotonic() - began

    def close(self) -> None:
        """End the thread, if it is ours; what was not flushed is not written."""
        if self._own_thread:
            self._own_thread.shutdown(wait=False)


class Writer(StoreThread):
    """Commits one batch at a time while the loop fills the next.

    That is the whole of the back-pressure: whoever wants to add to a full batch waits for the commit before it.

    Args:
        commit: stores a batch, or raises.
        clock: the clock to use.
        executor: where the store is called; by default a thread of its own.
    """

    def __init__(self, commit: Callable[[Commit], None], clock: Clock, executor: Executor | None = None) -> None:
        super().__init__(clock, executor)
        self._commit = commit
        self._batch = Commit()
        self._gathered = 0
        self._flushed_at = clock.monotonic()
        self._pending: asyncio.Future[None] | None = None
        self.committed: Counter[str] = Counter()
        """What is on disk: ``pages`` of lists, ``films``, and films that were ``unchanged``."""

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a function of the store in its thread, after everything that waits to be written."""
        await self.flush()
        return await self.call_now(function, *arguments)

    async def add_page(self, sweep_id: int, page: DiscoverPage) -> None:
        """Add a page of a discovery."""
        self._batch.sweep_id = sweep_id
        self._batch.pages.append(page)
        await self._gather(len(page.results))

    async def add_listed(self, rows: Sequence[MovieSummary]) -> None:
        """Add rows of a list that belongs to no discovery."""
        self._batch.listed += rows
        await self._gather(len(rows))

    async def add_details(self, movie: MovieDetails) -> None:
        """Add a film."""
        self._batch.details.append(movie)
        await self._gather(_weight(movie))

    async def add_unchanged(self, film: Unchanged) -> None:
        """Add a film that has not changed."""
        self._batch.unchanged.append(film)
        await self._gather(1)

    async def add_outside(self, movie: MovieDetails) -> None:
        """Add that an id was fetched that belongs to no collection here."""
        self._batch.outside.append(movie)
        await self._gather(1)

    async def add_failure(self, failure: FetchFailure, again_at: datetime) -> None:
        """Add a film that could not be fetched, and when to try again."""
        self._batch.failures.append((failure, again_at))
        await self._gather(1)

    async def add_answer(
        self,
        given_list: str,
        answer: GivenAnswer,
        *,
        movie: MovieDetails | None = None,
        failure: tuple[FetchFailure, datetime] | None = None,
    ) -> None:
        """Add the outcome of a film of a list, together with the film or its failure."""
        self._batch.given_list = given_list
        self._batch.answers.append(answer)
        self._batch.details += [movie] if movie else []
        self._batch.failures += [failure] if failure else []
        await self._gather(_weight(movie) if movie else 1)

    async def _gather(self, size: int) -> None:
        self._gathered += size
        is_full = self._gathered >= MOST_GATHERED
        is_due = self._batch.rows >= FLUSH_ROWS or self._clock.monotonic() - self._flushed_at >= FLUSH_SECONDS
        if is_full or (is_due and not self._is_committing):
            await self._wait()
            self._submit()

    @property
    def _is_committing(self) -> bool:
        return self._pending is not None and not self._pending.done()

    async def flush(self) -> None:
        """Write everything added so far, and wait until it is on disk."""
        await self._wait()
        self._submit()
        await self._wait()

    def _submit(self) -> None:
        if self._batch.rows or self._batch.pages:
            batch, self._batch, self._gathered = self._batch, Commit(), 0
            self._pending = asyncio.get_running_loop().run_in_executor(self._executor, self._store, batch)
        self._flushed_at = self._clock.monotonic()

    def _store(self, batch: Commit) -> None:
        self._commit(batch)
        self.committed.update(pages=len(batch.pages), films=len(batch.details), unchanged=len(batch.unchanged))
        told = {"films": len(batch.details), "pages": len(batch.pages)}
        log.debug("%(films)d films and %(pages)d pages stored", told, extra=told)

    async def _wait(self) -> None:
        """Wait for the commit under way. Being cancelled here does not undo it: it is waited for again later."""
        pending = self._pending
        if pending:
            began = self._clock.monotonic()
            try:
                await asyncio.shield(pending)
            finally:
                self.waited += self._clock.monotonic() - began
                if pending.done():
                    self._pending = None


def _weight(record: Mapping[str, Any]) -> int:
    """Return how much memory a film or a series takes while it waits."""
    episodes = sum(len(season["episodes"]) for season in record.get("seasons", ()))
    return 1 + len(record["parts"]) + episodes // EPISODES_OF_A_PART
