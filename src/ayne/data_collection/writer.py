"""Writing in one thread of its own, while the loop goes on.

A commit costs some tens of milliseconds whatever is in it, so rows are gathered; what is gathered and not yet
committed is fetched again after a crash, so not for long.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from ayne.clock import Clock
from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.coverage import DiscoverPage
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged

T = TypeVar("T")

FLUSH_ROWS = 200
FLUSH_SECONDS = 1.0


class Writer:
    """Commits one batch at a time while the loop fills the next.

    That is the whole of the back-pressure: whoever wants to add to a full batch waits for the commit before it.

    Args:
        commit: stores a batch, or raises.
        clock: where time comes from.
        executor: where the store is called, one call at a time; by default a thread of its own.
    """

    def __init__(self, commit: Callable[[Commit], None], clock: Clock, executor: Executor | None = None) -> None:
        self._commit = commit
        self._clock = clock
        self._own_thread = None if executor else ThreadPoolExecutor(1, thread_name_prefix="ayne-store")
        self._executor = executor or self._own_thread
        self._batch = Commit()
        self._flushed_at = clock.monotonic()
        self._pending: asyncio.Future[None] | None = None
        self.committed: Counter[str] = Counter()
        """What is on disk: ``pages`` of lists, ``films``, and films that were ``unchanged``."""

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run something of the store's in its thread, after whatever is waiting to be written."""
        await self.flush()
        return await self.call_now(function, *arguments)

    async def call_now(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run something of the store's in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)

    async def add_page(self, sweep_id: int, page: DiscoverPage) -> None:
        """Add a page of a discovery."""
        self._batch.sweep_id = sweep_id
        self._batch.pages.append(page)
        await self._flush_if_full()

    async def add_details(self, movie: MovieDetails) -> None:
        """Add a film."""
        self._batch.details.append(movie)
        await self._flush_if_full()

    async def add_unchanged(self, film: Unchanged) -> None:
        """Add a film that is as it was."""
        self._batch.unchanged.append(film)
        await self._flush_if_full()

    async def add_failure(self, failure: FetchFailure, again_at: datetime) -> None:
        """Add a film that could not be had, and when to try again."""
        self._batch.failures.append((failure, again_at))
        await self._flush_if_full()

    async def _flush_if_full(self) -> None:
        waited = self._clock.monotonic() - self._flushed_at
        if self._batch.rows >= FLUSH_ROWS or waited >= FLUSH_SECONDS:
            await self._wait()
            self._submit()

    async def flush(self) -> None:
        """Write what is there and wait until it is on disk."""
        await self._wait()
        self._submit()
        await self._wait()

    def close(self) -> None:
        """End the thread, if it is ours; what was not flushed is not written."""
        if self._own_thread:
            self._own_thread.shutdown(wait=False)

    def _submit(self) -> None:
        if self._batch.rows or self._batch.pages:
            batch, self._batch = self._batch, Commit()
            self._pending = asyncio.get_running_loop().run_in_executor(self._executor, self._store, batch)
        self._flushed_at = self._clock.monotonic()

    def _store(self, batch: Commit) -> None:
        self._commit(batch)
        self.committed.update(pages=len(batch.pages), films=len(batch.details), unchanged=len(batch.unchanged))

    async def _wait(self) -> None:
        """Wait for the commit under way. Being cancelled here does not undo it: it is waited for again later."""
        pending = self._pending
        if pending:
            try:
                await asyncio.shield(pending)
            finally:
                if pending.done():
                    self._pending = None
