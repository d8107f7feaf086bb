"""Extend a Dask scheduler: it holds the one bucket of a key, and what workers need to know about a run.

Every worker can reach the scheduler, but perhaps not the coordinator. The coordinator tells the scheduler about a run.
The run is over when the coordinator's connection ends, for whatever reason.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from distributed.diagnostics.plugin import SchedulerPlugin
from distributed.scheduler import Scheduler

from ayne.clock import Clock, SystemClock
from ayne.dask.buckets import Buckets
from ayne.dask.versions import versions
from ayne.errors import AllowanceLost
from ayne.net.allowance import KEPT
from ayne.net.rate_limit import Lent

# Who asks for a token waits in line for so long; an answer is of no use when it comes later than a token is kept.
_IN_LINE = KEPT / 2

NAME = "ayne"

OVER = "The run is over, and nothing is sent for it any more."


class AllowancePlugin(SchedulerPlugin):  # type: ignore[misc] # Dask's types are not followed
    """Gives tokens to the workers of runs, first come, first served.

    A worker that dies takes with it what it was lent, and the token that it stood in line for; nobody gets them again.
    """

    name = NAME
    idempotent = True

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._buckets = Buckets()
        self._recipes: dict[str, Any] = {}
        self._runs_of: defaultdict[str, set[str]] = defaultdict(set)
        self._lines: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def runs(self) -> set[str]:
        """The runs under way."""
        return set(self._recipes)

    async def start(self, scheduler: Scheduler) -> None:
        """Register the calls that coordinators and workers make."""
        for asked in (self.join, self.leave, self.recipe, self.goes_on, self.lend, self.pause):
            scheduler.handlers[f"ayne_{asked.__name__}"] = asked

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Forget the runs of a coordinator that is gone."""
        for run in self._runs_of.pop(client, set()):
            self._forget(run)

    async def join(
        self, run: str, *, client: str, bucket: str, rate: float, burst: float, recipe: Any
    ) -> dict[str, Any]:
        """Begin a run; the recipe is for the workers and is not looked into."""
        refused = self._buckets.join(run, bucket, rate=rate, burst=burst, now=self._clock.monotonic())
        if not refused:
            self._recipes[run] = recipe
            self._runs_of[client].add(run)
        return {"refused": refused, "versions": versions()}

    async def leave(self, run: str) -> None:
        """End a run."""
        self._forget(run)

    def _forget(self, run: str) -> None:
        self._buckets.leave(run)
        self._recipes.pop(run, None)

    async def recipe(self, run: str) -> Any:
        """Return what a worker needs for a run; None when it is over."""
        return self._recipes.get(run)

    async def goes_on(self, run: str) -> bool:
        """Return whether a run is still under way."""
        return run in self._recipes

    async def lend(self, run: str, most: int) -> tuple[int, float] | None:
        """Lend tokens, or say in how many seconds it is worth asking again; None when the run is over."""
        give_up_at = self._clock.monotonic() + _IN_LINE
        if not (bucket := self._buckets.used_by(run)):
            return None
        line = self._lines[bucket]
        try:
            async with asyncio.timeout(_IN_LINE):
                await line.acquire()
        except TimeoutError:
            return 0, 0.0
        try:
            while (lease := self._buckets.lend(run, most=most, now=self._clock.monotonic())) and not lease.tokens:
                if self._clock.monotonic() + lease.wait > give_up_at:
                    break
                await self._clock.sleep(lease.wait)
            return (lease.tokens, lease.wait) if lease else None
        finally:
            line.release()

    async def pause(self, run: str, seconds: float) -> None:
        """Hand out nothing for so long: a pause that the server asks for concerns all."""
        self._buckets.pause(run, seconds=seconds, now=self._clock.monotonic())


class DaskTokenServer:
    """The bucket of a run, for a worker or the coordinator.

    Args:
        scheduler: Dask's connection to the scheduler.
        run: the run's name.
    """

    def __init__(self, scheduler: Any, run: str) -> None:
        self._scheduler = scheduler
        self._run = run

    async def lend(self, most: int) -> Lent:
        """Take tokens out of the bucket.

        Raises:
            OSError, TimeoutError: the scheduler is out of reach.
            AllowanceLost: the run is over.
        """
        lent = await self._scheduler.ayne_lend(run=self._run, most=most)
        if lent is None:
            raise AllowanceLost(OVER)
        return Lent(*lent)

    async def pause(self, seconds: float) -> None:
        """Give no tokens for so long.

        Raises:
            OSError, TimeoutError: the scheduler is out of reach.
        """
        await self._scheduler.ayne_pause(run=self._run, seconds=seconds)
