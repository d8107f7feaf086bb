"""Gathering rows for the store: what shares a commit, and who waits for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from typing import Any

import pytest

from ayne.clock import SystemClock
from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails
from ayne.data_collection.writer import FLUSH_ROWS, FLUSH_SECONDS, MOST_GATHERED, Writer
from ayne.errors import StoreError
from tests.virtual_time import run

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class SlowStore(Executor):
    """A thread that does what it is given only when it is told to."""

    def __init__(self) -> None:
        self.batches: list[Commit] = []
        self.fails = False
        self._waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def work() -> None:
            try:
                future.set_result(fn(*arguments, **options))
            except StoreError as error:
                future.set_exception(error)

        self._waiting.append(work)
        return future

    def commit(self, batch: Commit) -> None:
        if self.fails:
            raise StoreError("the disk is full")
        self.batches.append(batch)

    async def work(self) -> None:
        """Do what is waiting, and let everybody hear of it."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each()
        for _ in range(5):
            await asyncio.sleep(0)

    @property
    def is_asked(self) -> bool:
        return bool(self._waiting)


def failure(number: int) -> FetchFailure:
    return FetchFailure(number, "server error", "500")


async def add(writer: Writer, count: int) -> None:
    for number in range(count):
        await writer.add_failure(failure(number), NOW)


def film(parts: int) -> MovieDetails:
    return {"tmdb_id": 1, "parts": {f"part {number}": None for number in range(parts)}}  # type: ignore[typeddict-item]


def writer_of(store: SlowStore) -> Writer:
    return Writer(store.commit, SystemClock(), store)


def test_a_batch_is_committed_when_it_has_enough_rows() -> None:
    async def scenario() -> None:
        store = SlowStore()
        writer = writer_of(store)
        await add(writer, FLUSH_ROWS - 1)
        assert not store.is_asked
        await add(writer, 1)
        await store.work()
        assert [batch.rows for batch in store.batches] == [FLUSH_ROWS]

    run(scenario())


def test_few_rows_are_committed_when_they_have_waited_long_enough() -> None:
    async def scenario() -> None:
        store = SlowStore()
        writer = writer_of(store)
        await add(writer, 1)
        await asyncio.sleep(FLUSH_SECONDS)
        await add(writer, 1)
        await store.work()
        assert [batch.rows for batch in store.batches] == [2]

    run(scenario())


def test_rows_that_come_while_a_commit_is_under_way_share_the_next_one() -> None:
    async def scenario() -> None:
        store = SlowStore()
        writer = writer_of(store)
        await add(writer, 4 * FLUSH_ROWS)
        await store.work()
        await add(writer, 1)
        await store.work()
        assert [batch.rows for batch in store.batches] == [FLUSH_ROWS, 3 * FLUSH_ROWS + 1]
        assert writer.waited == 0

    run(scenario())


@pytest.mark.parametrize("parts", [0, 3, 19])
def test_whoever_adds_to_a_full_batch_waits_for_the_store(parts: int) -> None:
    """How much is full depends on what the films bring, so that memory is bounded."""
    most = MOST_GATHERED // (1 + parts)

    async def scenario() -> None:
        store = SlowStore()
        writer = writer_of(store)
        first = min(FLUSH_ROWS, most)
        for _ in range(first + most - 1):
            await writer.add_details(film(parts))
        last = asyncio.ensure_future(writer.add_details(film(parts)))
        await asyncio.sleep(2)
        assert not last.done()
        await store.work()
        await last
        await store.work()
        assert [batch.rows for batch in store.batches] == [first, most]
        assert writer.waited == 2

    run(scenario())


def test_a_commit_that_failed_is_heard_of_at_the_next_one() -> None:
    async def scenario() -> None:
        store = SlowStore()
        store.fails = True
        writer = writer_of(store)
        await add(writer, FLUSH_ROWS)
        await store.work()
        with pytest.raises(StoreError, match="disk"):
            await add(writer, FLUSH_ROWS)

    run(scenario())


def test_a_flush_waits_for_everything() -> None:
    async def scenario() -> None:
        store = SlowStore()
        writer = writer_of(store)
        await add(writer, FLUSH_ROWS + 1)
        flushed = asyncio.ensure_future(writer.flush())
        while not flushed.done():
            await store.work()
        await flushed
        assert [batch.rows for batch in store.batches] == [FLUSH_ROWS, 1]

    run(scenario())
