"""Ask a run to stop: by Ctrl-C, SIGTERM, or a closed terminal (SIGHUP).

``Engine.see_through`` in ``data_collection/run.py`` then ends it: what came is stored, and the run is noted as stopped.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

# Set while the run at hand has been asked to stop; its other threads look at it.
asked = threading.Event()


def _give_back_the_terminal() -> None:
    """Show the cursor again, and begin a line: the live view has no time left to do so."""
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), b"\x1b[?25h\n")


def stop_on_signal(stop: Callable[[], None], say: Callable[[], None]) -> None:
    """End the run in order on the first signal, and tell ``say``; end the process on the second.

    A terminal that is closed may send several, from the shell and from the system: further ones of it change nothing.
    """
    import asyncio

    asked.clear()

    def on_signal(name: str) -> None:
        if asked.is_set():
            if name == "SIGHUP":
                return
            _give_back_the_terminal()
            os._exit(130)
        asked.set()
        say()
        stop()

    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # nohup lets its program ignore a terminal that is closed.
        if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
            continue
        try:
            loop.add_signal_handler(number, on_signal, name)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt, which leaves at once
            return
