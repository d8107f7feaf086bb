"""Run many calls at once, and yield their results in the order in which they finish."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from ayne.errors import BudgetSpent

# Seconds in which a task that was cancelled puts things in order before it is cancelled again.
_PATIENCE = 5.0

T = TypeVar("T")
W = TypeVar("W")


async def fan_out(
    take: Callable[[], W | None], fetch: Callable[[W], Awaitable[T]], width: int
) -> AsyncGenerator[tuple[W, T], None]:
    """Run ``fetch`` over what ``take`` hands out, at most ``width`` at once, and yield each result as it comes.

    As many tasks do the work as it is wide, however much there is to do.

    ``take`` is called only as slots fall free, and again after each result has been handled, so the work may be
    longer than memory and may grow out of the results; None means there is nothing at the moment. Whatever still
    runs when the consumer leaves is cancelled and awaited. That does not depend on the cancellation getting through:
    a ``fetch`` may lose it in a library below (``asyncio.wait_for`` of Python 3.11 does), so a task starts nothing
    more once the consumer has left, and is cancelled again while it runs.

    Raises:
        BudgetSpent: at the end, when a ``fetch`` raised it: what was sent before is paid for and still comes.
    """
    todo: asyncio.Queue[W] = asyncio.Queue()
    done: asyncio.Queue[tuple[W, T] | BaseException] = asyncio.Queue()
    workers: list[asyncio.Task[None]] = []
    busy = 0
    spent: BudgetSpent | None = None
    left = False

    async def work() -> None:
        while not left:
            item = await todo.get()
            try:
                done.put_nowait((item, await fetch(item)))
            except BaseException as error:
                done.put_nowait(error)
                if not isinstance(error, BudgetSpent):
                    raise

    def start_more() -> None:
        nonlocal busy
        while not spent and busy < width and (item := take()) is not None:
            todo.put_nowait(item)
            busy += 1
            if busy > len(workers):
                workers.append(asyncio.create_task(work()))

    try:
        start_more()
        while busy:
            result = await done.get()
            busy -= 1
            if isinstance(result, BudgetSpent):
                spent = result
                continue
            if isinstance(result, BaseException):
                raise result
            yield result
            start_more()
    finally:
        left = True
        while workers:
            for worker in workers:
                worker.cancel()
            _, pending = await asyncio.wait(workers, timeout=_PATIENCE)
            workers = list(pending)
    if spent:
        raise spent
