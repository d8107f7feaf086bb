"""Showing where a run is: one live line on a terminal, a plain line now and then anywhere else. Always on stderr."""

from __future__ import annotations

import sys
import time
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from ayne.data_collection.run_report import Progress

_NAMES = {
    "discover": "discovering pages",
    "export": "downloading ids",
    "changes": "reading changes",
    "details": "fetching films",
    "refresh": "refreshing films",
    "ratings": "fetching ratings",
}
_WINDOW_SECONDS = 10.0
_PLAIN_EVERY_SECONDS = 5.0
_LIVE_EVERY_SECONDS = 0.1


class ProgressView:
    """Shows :class:`~ayne.data_collection.run_report.Progress` as it comes; use it as a context."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._live = sys.stderr.isatty()
        self._quiet = quiet
        self._shown_at = 0.0
        self._phase = ""
        self._shown: Progress | None = None
        self._last: Progress | None = None
        self._requests: deque[tuple[float, int]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._last and self._last is not self._shown:
            self._show(self._last, time.monotonic())
        self._end_line()

    def __call__(self, progress: Progress) -> None:
        """Take note, and show it when it is time."""
        now = time.monotonic()
        if progress.phase != self._phase:
            if self._last and self._last is not self._shown:
                self._show(self._last, now)
            self._end_line()
            self._phase = progress.phase
            self._shown_at = 0.0
            self._requests.clear()
        self._last = progress
        self._requests.append((now, progress.requests))
        while now - self._requests[0][0] > _WINDOW_SECONDS:
            self._requests.popleft()
        if now - self._shown_at >= (_LIVE_EVERY_SECONDS if self._live else _PLAIN_EVERY_SECONDS):
            self._show(progress, now)

    def _show(self, progress: Progress, now: float) -> None:
        self._shown_at = now
        self._shown = progress
        if not self._quiet:
            text = line(progress, self._rate())
            click.echo(f"\r\x1b[K{text}" if self._live else text, err=True, nl=not self._live)

    def _end_line(self) -> None:
        if self._live and self._shown and not self._quiet:
            click.echo(err=True)
        self._shown = self._last = None

    def _rate(self) -> float | None:
        """Requests a second over the last seconds; None when it is too early to say."""
        (then, sent), (now, sent_now) = self._requests[0], self._requests[-1]
        return (sent_now - sent) / (now - then) if now > then else None


def line(progress: Progress, rate: float | None) -> str:
    """One line, fit for 80 columns.

    >>> from ayne.data_collection.run_report import Progress
    >>> line(Progress("details", 1200, 4800, 3, 1300), rate=4.0)
    'fetching films       1,200 of 4,800    25 %      4.0/s  15 min left  3 failed'
    """
    share = 100 * progress.done / progress.total if progress.total else 100.0
    is_file = progress.phase == "export"
    left = (progress.total - progress.done) / rate if rate and not is_file else 0.0
    done = f"{progress.done / 1e6:.1f} of {progress.total / 1e6:.1f} MB" if is_file else None
    parts = [
        f"{_NAMES[progress.phase]:<18}",
        (done or f"{progress.done:,} of {progress.total:,}").rjust(15),
        f"{share:.0f} %".rjust(6),
        ("" if rate is None or is_file else f"{rate:.1f}/s").rjust(9),
    ]
    if left >= 1:
        parts.append(f"{duration(left)} left")
    if progress.failures:
        parts.append(f"{progress.failures:,} failed")
    return "  ".join(parts).rstrip()


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(42), duration(200), duration(9000)
    ('42 s', '3 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
