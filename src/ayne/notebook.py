"""A progress bar for the cell of a notebook, made of what the notebook itself brings."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from html import escape
from typing import Any

from ayne.data_collection.run_report import Phase, Progress

# So often a bar is drawn anew; a film comes every few milliseconds from a near server.
_SECONDS = 0.25


def progress_bar() -> Callable[[Progress], None] | None:
    """Return what draws the progress of a run into the cell that is at work; None outside of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    # A prompt in a terminal has no kernel, and shows no HTML.
    if ipython is None or getattr(shell, "kernel", None) is None:
        return None
    return Bar(ipython.display.display)


class Bar:
    """Draws the progress of a run: a line for each phase, one below the other.

    Args:
        display: IPython's function of that name.
        clock: seconds by a clock that only goes forward.
    """

    def __init__(self, display: Callable[..., Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._phases: dict[Phase, Progress] = {}
        self._drawn_at = clock()
        self._handle = display(self._drawn(), raw=True, display_id=True)

    def __call__(self, progress: Progress) -> None:
        """Draw it, unless that was done a moment ago; the end of a phase always is."""
        self._phases[progress.phase] = progress
        now = self._clock()
        if now - self._drawn_at >= _SECONDS or progress.done >= progress.total:
            self._drawn_at = now
            self._handle.update(self._drawn(), raw=True)

    def _drawn(self) -> dict[str, str]:
        told = [(progress, _in_words(progress)) for progress in self._phases.values()]
        html = "<br>".join(
            f'<progress value="{progress.done}" max="{max(progress.total, 1)}"></progress> {escape(words)}'
            for progress, words in told
        )
        return {"text/html": f"<div>{html}</div>", "text/plain": "\n".join(words for _, words in told)}


def _in_words(progress: Progress) -> str:
    failed = f", {progress.failures:,} failed" if progress.failures else ""
    return f"{progress.phase}: {progress.done:,} of {progress.total:,}{failed}"
