"""Doing many things at once, as many as were asked for and in the order in which they are done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from ayne.errors import BudgetSpent

T = TypeVar("T")
W = TypeVar("W")


async def fan_out(
    take: Callable[[], W | None], fetch: Callable[[W], Awaitable[T]], width: int
) -> AsyncGenerator[tuple[W, T], None]:
    """Run ``fetch`` over what ``take`` hands out, at most ``width`` at once, and yield each result as it comes.

    ``take`` is called only as slots fall free, and again after each result has been handled, so the work may be
    longer than memory and may grow out of the results; None means there is nothing at the moment. Whatever still
    runs when the consumer leaves is cancelled and awaited.

    Raises:
        BudgetSpent: at the end, when a ``fetch`` raised it: what was sent before is paid for and still comes.
    """
    finished: asyncio.Queue[asyncio.Task[T]] = asyncio.Queue()
    running: dict[asyncio.Task[T], W] = {}
    spent: BudgetSpent | None = None

    def start_more() -> None:
        while not spent and len(running) < width and (item := take()) is not None:
            task = asyncio.ensure_future(fetch(item))
            task.add_done_callback(finished.put_nowait)
            running[task] = item

    try:
        start_more()
        while running:
            task = await finished.get()
            item = running.pop(task)
            try:
                result = task.result()
            except BudgetSpent as error:
                spent = error
                continue
            yield item, result
            start_more()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if spent:
        raise spent
