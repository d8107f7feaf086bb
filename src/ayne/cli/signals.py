"""What Ctrl-C does to a run."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def stop_on_signal(stop: Callable[[], None], say: Callable[[], None]) -> None:
    """The first Ctrl-C ends the run in good order, and ``say`` says so; the second ends the process."""
    import asyncio  # noqa: PLC0415

    asked = False

    def on_signal() -> None:
        nonlocal asked
        if asked:
            os._exit(130)
        asked = True
        say()
        stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, on_signal)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt, which leaves at once
            return
