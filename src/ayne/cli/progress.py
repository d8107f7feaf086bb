"""Show the progress of a run: a live view on a terminal, a line now and then anywhere else. Always on stderr.

A thread looks at the run some times a second. The run knows nothing of it, so that to be watched costs it nothing.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ayne.cli.live_view import Line, Moment, Tone, lines_of, log_line, pause_of
from ayne.cli.terminal import say

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from ayne.data_collection.run_report import Phase, Progress, Snapshot

log = logging.getLogger("ayne.progress")

_LOOK_EVERY_SECONDS = 0.25
_SAY_EVERY_SECONDS = 30.0
# A phase that begins so soon after something was said has its first line when it has got somewhere.
_SHORTEST_PHASE_SECONDS = 3.0

_STYLES: dict[Tone, str] = {"plain": "", "strong": "bold", "quiet": "dim", "waiting": "yellow", "failing": "red"}


class ProgressView:
    """Shows the progress of a run; use it as a context.

    Args:
        title: which command does what, and to which file.
        allowance: the most requests a second.
        quiet: show nothing. What is logged is logged all the same.
        words: what is collected: one of it, and many.
    """

    def __init__(
        self,
        title: str,
        *,
        allowance: float | None = None,
        quiet: bool = False,
        words: tuple[str, str] = ("film", "films"),
    ) -> None:
        self._title = title
        self._words = words
        self._allowance = allowance
        self._quiet = quiet
        self._began_at = time.monotonic()
        self._look: Callable[[], Snapshot] | None = None
        self._pace = Pace()
        self._teller = Teller()
        self._ending = self._over = False
        self._live: Live | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="ayne-view", daemon=True)

    def __enter__(self) -> Self:
        if not self._quiet and _is_live():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True)
            self._live = Live(get_renderable=self._draw, console=console, auto_refresh=False, redirect_stdout=False)
            self._live.start()
        if not self._quiet or log.isEnabledFor(logging.INFO):
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._over = True
        if self._look:
            self._tell()
        if self._live:
            self._live.stop()

    def watch(self, look: Callable[[], Snapshot]) -> None:
        """Show from now on what ``look`` returns; another thread calls it."""
        self._look = look

    def ending(self) -> None:
        """Show that the run was asked to stop."""
        self._ending = True
        if not self._live:
            say("stopping after the current commit; Ctrl-C again leaves at once")

    def _watch(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY_SECONDS):
            if self._look:
                self._tell()
            if self._live:
                self._live.refresh()

    def _tell(self) -> None:
        for line in self._teller.lines(self._moment(), time.monotonic()):
            progress = line.seen.phases[-1] if line.seen.phases else None
            fields = (
                {name: getattr(progress, name) for name in ("phase", "done", "total", "failures")} if progress else {}
            )
            text = log_line(line)
            log.info("%s", text.partition(" ")[2], extra={**fields, "requests": line.seen.requests})
            if not self._live and not self._quiet:
                say(text)

    def _draw(self) -> RenderableType:
        from rich.text import Text

        width = self._live.console.width if self._live else 80
        shown: list[Line] = lines_of(self._moment(), width) if self._look else [Line(self._title, "strong")]
        return Text("\n").join(Text(line.text, _STYLES[line.tone], no_wrap=True) for line in shown)

    def _moment(self) -> Moment:
        if self._look is None:
            raise RuntimeError("nothing is watched yet")
        now, seen = time.monotonic(), self._look()
        moment = Moment(
            self._title,
            datetime.now().astimezone(),
            now - self._began_at,
            seen,
            allowance=self._allowance,
            ending=self._ending,
            over=self._over,
            words=self._words,
        )
        return self._pace.of(moment, now)


def _is_live() -> bool:
    from rich.console import Console

    console = Console(stderr=True)
    return sys.stderr.isatty() and console.is_terminal and not console.is_dumb_terminal


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    requests: int
    phase: Phase | None
    done: int


class Pace:
    """Measures how fast a run is at the moment.

    It measures the last ten seconds, or a longer time if too little happened in them. During a pause it keeps its
    value, because the run will continue at that pace.
    """

    _SECONDS = 10.0
    _ENOUGH_REQUESTS = 20

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque(maxlen=2400)
        self._done_rate: float | None = None

    def of(self, moment: Moment, at: float) -> Moment:
        """Return the moment with its rates; ``at`` is its time in seconds on a monotonic clock."""
        if pause_of(moment):
            self._samples.clear()
            return replace(moment, request_rate=0.0, done_rate=self._done_rate)
        last = moment.seen.phases[-1] if moment.seen.phases else None
        now = _Sample(at, moment.seen.requests, last.phase if last else None, last.done if last else 0)
        samples = self._samples
        samples.append(now)
        while at - samples[1 if len(samples) > 1 else 0].at >= self._SECONDS and self._is_enough(samples[1], now):
            samples.popleft()
        took = at - samples[0].at
        if took < 1:
            return moment
        same = next(sample for sample in samples if sample.phase == now.phase)
        self._done_rate = (now.done - same.done) / (at - same.at) if at - same.at >= 1 else None
        return replace(moment, request_rate=(now.requests - samples[0].requests) / took, done_rate=self._done_rate)

    def _is_enough(self, first: _Sample, last: _Sample) -> bool:
        return last.requests - first.requests >= self._ENOUGH_REQUESTS


class Teller:
    """Chooses the moments of a run that get a line: the end of each phase, a pause, one each half minute.

    Phases that follow each other quickly have a line each, and one that is taken up again has its next when it is late
    or all is over.
    """

    def __init__(self) -> None:
        self._told: dict[Phase, Progress] = {}
        self._ended: set[Phase] = set()
        self._told_at = -_SAY_EVERY_SECONDS
        self._pause: datetime | None = None

    def lines(self, moment: Moment, at: float) -> list[Moment]:
        """Return the lines to print now, in their order."""
        lines: list[Moment] = []
        phases = moment.seen.phases
        for number, progress in enumerate(phases, start=1):
            told = self._told.get(progress.phase)
            ended = number < len(phases) or moment.over
            late = at - self._told_at >= _SAY_EVERY_SECONDS
            ends = ended and (moment.over or progress.phase not in self._ended)
            begins = told is None and at - self._told_at >= _SHORTEST_PHASE_SECONDS
            if progress != told and (begins or ends or late):
                of_phase = replace(moment.seen, phases=phases[:number])
                lines.append(replace(moment, seen=of_phase, over=ended))
                self._told[progress.phase] = progress
                if ended:
                    self._ended.add(progress.phase)
        pause = pause_of(moment)
        if not lines and pause and pause != self._pause:
            lines.append(moment)
        if lines:
            self._told_at = at
        self._pause = pause
        return lines
