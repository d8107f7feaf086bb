"""Set up a worker process on this machine: it leaves Ctrl-C and all printing to the coordinator.

A terminal sends Ctrl-C to all processes of a command, and shows what any of them writes. The workers would end with
tracebacks before the coordinator has stored what they brought; and while it ends them in order, one that misses its
scheduler would log the traceback of its heartbeat. What goes wrong with a batch reaches the coordinator as an error, so
a worker has nothing to tell the terminal.
"""

from __future__ import annotations

import logging
import signal


def dask_setup(worker: object) -> None:
    """Called by Dask in the worker's process."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
