"""What a worker of this machine does when it starts: it leaves Ctrl-C to the coordinator, which ends it in order.

A terminal sends Ctrl-C to all processes of a command; the workers would end with tracebacks before the coordinator has
stored what they brought.
"""

from __future__ import annotations

import signal


def dask_setup(worker: object) -> None:
    """Called by Dask in the worker's process."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
