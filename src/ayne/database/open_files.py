"""Look at a file without touching its locks.

DuckDB locks a file as POSIX has it, so closing it once takes away all locks that this process has on it, and with them
those of DuckDB's connections. So of a file that is open already nothing is opened or closed here.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

# How systems lay out what is asked and told of a lock (`man fcntl`): the format, and where in it the kind and the
# process stand. The rest is 0: from the beginning to the end of the file.
_LAYOUTS = {"linux": ("hhqqi", 0, 4), "darwin": ("qqihh", 3, 2)}


def beginning(path: str) -> bytes:
    """Return the first bytes of a file.

    Raises:
        OSError: it cannot be read.
    """
    with _descriptor(path) as descriptor:
        return os.read(descriptor, 12) if sys.platform == "win32" else os.pread(descriptor, 12, 0)


def holder(path: str, *, to_write: bool) -> int | None:
    """Return which other process has a lock that keeps this one from reading or writing a file.

    Returns:
        its number, 0 for one that the system does not name; None when there is none, or the system cannot be asked.
    """
    if sys.platform == "win32" or sys.platform not in _LAYOUTS or not Path(path).is_file():
        return None
    layout, kind, process = _LAYOUTS[sys.platform]
    asked = [0] * 5
    asked[kind] = fcntl.F_WRLCK if to_write else fcntl.F_RDLCK
    try:
        with _descriptor(path) as descriptor:
            told = struct.unpack(layout, fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack(layout, *asked)))
    except OSError:
        return None
    return None if told[kind] == fcntl.F_UNLCK else max(int(told[process]), 0)


@contextmanager
def _descriptor(path: str) -> Iterator[int]:
    found = None if sys.platform == "win32" else _open_already(path)
    if found is not None:
        yield found
        return
    with Path(path).open("rb") as file:
        yield file.fileno()


def _open_already(path: str) -> int | None:
    wanted = Path(path).stat()
    for entry in Path("/dev/fd").iterdir():
        with suppress(OSError):
            if os.path.samestat(os.fstat(int(entry.name)), wanted):
                return int(entry.name)
    return None
