"""Run an event loop in a thread of its own, and wait for what runs on it.

The process has one, made when it is first needed; a forked child makes its own. The portal of anyio, which httpx
installs, cannot replace it: a task that it cancels is cancelled again at each await, and so cannot store what was
received.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import aclosing
from typing import Any, TypeVar

T = TypeVar("T")

# A wait without an end cannot be interrupted on every system.
_AT_ONCE = 0.5


class _Loop:
    """The loop and its thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="ayne", daemon=True)
        self.thread.start()

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class _Running:
    """The one loop there is, if there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: _Loop | None = None
        atexit.register(self._end)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = _Loop()
            return self._loop.loop

    def is_here(self) -> bool:
        """Say whether this is the thread of the loop: it cannot wait for itself."""
        return self._loop is not None and threading.current_thread() is self._loop.thread

    def _end(self) -> None:
        if self._loop is not None:
            self._loop.end()

    def _forget(self) -> None:
        """Threads are not forked."""
        self._lock = threading.Lock()
        self._loop = None


_running = _Running()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Wait for a coroutine; return its result or raise its error.

    ``KeyboardInterrupt``, or whatever else the handler of a signal raises (schedulers end their tasks so), cancels it,
    waits until it has put everything in order, and is raised then; a second one does not wait.

    Raises:
        RuntimeError: this is called from what runs on the loop, as a callback is: it would wait for itself.

    Example:
        >>> run(asyncio.sleep(0, "slept"))
        'slept'
    """
    if _running.is_here():
        work.close()
        raise RuntimeError("this waits for the event loop it is called from; call it from another thread")
    loop, over = _running.loop(), threading.Event()
    task: asyncio.Task[T] | None = None

    def start() -> None:
        nonlocal task
        task = loop.create_task(work)
        task.add_done_callback(end)

    def end(task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            # It is looked at, so that nobody is told of an error that an interruption came before.
            task.exception()
        over.set()

    loop.call_soon_threadsafe(start)
    try:
        _wait_for(over)
    except BaseException:
        # What the coroutine raises comes by its result, so this came from a signal.
        loop.call_soon_threadsafe(lambda: task and task.cancel())
        _wait_for(over)
        raise
    assert task  # noqa: S101 - for mypy: it is over
    return task.result()


def _wait_for(over: threading.Event) -> None:
    while not over.wait(_AT_ONCE):
        pass


def iterate(pages: AsyncGenerator[T, None]) -> Generator[T, None, None]:
    """Yield the values of an asynchronous generator; stopping early closes it.

    It is driven by one task, as its author may count on, and is never more than one item ahead.

    Example:
        >>> async def numbers():
        ...     for number in range(3):
        ...         yield number
        >>> list(iterate(numbers()))
        [0, 1, 2]
    """
    queue: asyncio.Queue[T] = asyncio.Queue(1)

    async def pump() -> None:
        async with aclosing(pages):
            async for item in pages:
                await queue.put(item)

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(pump())

    async def take(driver: asyncio.Task[None]) -> list[T]:
        """Take the next item, or nothing when there is no more."""
        getting = asyncio.ensure_future(queue.get())
        await asyncio.wait({getting, driver}, return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            return [getting.result()]
        getting.cancel()
        driver.result()
        return []

    async def end(driver: asyncio.Task[None]) -> None:
        driver.cancel()
        await asyncio.gather(driver, return_exceptions=True)

    driver = run(begin())
    try:
        while found := run(take(driver)):
            yield from found
    finally:
        # Thrown away by the garbage collector it may be anywhere, even where nobody can wait.
        if _running.is_here():
            driver.cancel()
        else:
            run(end(driver))
