"""What every run has: the store's thread, a clock, counters, progress, and an end in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from ayne.clock import Clock
from ayne.data_collection.run_report import Counted, Phase, Progress, Snapshot
from ayne.data_collection.writer import StoreThread
from ayne.errors import StoreBusy, StoreError

log = logging.getLogger("ayne.collection")

T = TypeVar("T")


class Numbers(Protocol):
    """The part of a report that says what a run took."""

    requests: int
    retries: dict[str, int]
    bytes_received: int
    seconds: float


@dataclass(slots=True)
class Run:
    """A run of any job.

    Attributes:
        thread: where the store is called.
        clock: the clock to use.
        on_progress: called after each page, film or title.
        phases: where each phase is that was begun, in order.
    """

    thread: StoreThread
    clock: Clock
    on_progress: Callable[[Progress], None] | None
    phases: dict[Phase, Progress] = field(default_factory=dict, init=False)
    _began_at: float = field(default=0.0, init=False)
    _counted: list[tuple[Counted, Snapshot]] = field(default_factory=list, init=False)

    def count(self, *sources: Counted) -> None:
        """Count the requests of these clients from now on."""
        if not self._counted:
            self._began_at = self.clock.monotonic()
        self._counted += [(source, Snapshot.of_traffic([source.traffic])) for source in sources]

    def sent(self) -> Snapshot:
        """Return what was sent and received so far."""
        each = (Snapshot.of_traffic([source.traffic]).since(before) for source, before in self._counted)
        return sum(each, Snapshot())

    @property
    def requests(self) -> int:
        """The number of requests sent so far."""
        return sum(source.traffic.requests - before.requests for source, before in self._counted)

    @property
    def seconds(self) -> float:
        """The seconds the run has taken so far."""
        return self.clock.monotonic() - self._began_at

    def sum_up(self, report: Numbers) -> Snapshot:
        """Write the counters of the run into a report; return all that was sent."""
        sent = self.sent()
        report.requests, report.bytes_received = sent.requests, sent.bytes_received
        report.retries, report.seconds = dict(sent.retries), round(self.seconds, 3)
        return sent

    def snapshot(self) -> Snapshot:
        """Return what the run is doing; it may be asked for at any time, from any thread."""
        return self.sent() + Snapshot(phases=tuple(self.phases.values())) + self.what_came()

    def what_came(self) -> Snapshot:
        """Return what was committed, and what could not be fetched."""
        return Snapshot()

    def say(self, progress: Progress) -> None:
        """Report the progress of the run."""
        self.phases[progress.phase] = progress
        if self.on_progress:
            self.on_progress(progress)


class Engine:
    """Runs the work of a run to its end, however it ends."""

    def __init__(self) -> None:
        self._work: asyncio.Task[Any] | None = None
        self._stop_asked = False

    def stop(self) -> None:
        """Ask the work to end; the next work, if there is none at the moment."""
        self._stop_asked = True
        if self._work:
            self._work.cancel()

    def take_stop(self) -> bool:
        """Return whether a stop was requested, and clear the request."""
        asked, self._stop_asked = self._stop_asked, False
        return asked

    async def see_through(
        self,
        work: Coroutine[Any, Any, T],
        finish: Callable[[T | Literal["interrupted", "stopped"]], Awaitable[None]],
    ) -> None:
        """Do the work, and finish the run: with what the work returns, or with how it ended before.

        Raises:
            CancelledError: whoever waits here was cancelled; the run is finished all the same.
            Exception: what the work raised; the run is finished all the same, as far as the store can be used.
        """
        self._work = asyncio.ensure_future(work)
        if self._stop_asked:
            self._work.cancel()
        try:
            outcome = await self._work
        except asyncio.CancelledError:
            try:
                await finish("interrupted")
            except StoreBusy as error:
                log.error("%s The next run fetches again what was not stored yet.", error)  # noqa: TRY400 - it is told, not traced
            if not self._stop_asked:
                raise
        except BaseException:
            # Whatever comes of writing it down, the reason why the run stopped is what its caller must hear.
            with suppress(StoreError):
                await finish("stopped")
            raise
        else:
            await finish(outcome)
        finally:
            self._work = None
            self._stop_asked = False
