"""Let one process at a time collect into a file: a lock file beside it says which.

The system lets go of it when the process ends, however it ends.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from ayne.errors import ConfigurationError, StoreBusy

if sys.platform != "win32":
    import fcntl

# So often the lock is tried for.
_LOOKS = 10


@dataclass(frozen=True, slots=True)
class Collector:
    """The process that collects into a file, and since when."""

    pid: int
    since: datetime


@contextmanager
def held(path: str, now: datetime) -> Iterator[None]:
    """Hold the lock of a database for as long as the context; on Windows there is none.

    Raises:
        StoreBusy: another process holds it.
        ConfigurationError: the folder does not exist or cannot be written to.
    """
    if sys.platform == "win32":
        yield
        return
    _check_names(path)
    with _open(path) as file:
        if not _taken(file):
            other = holder(path)
            who = f" (process {other.pid})" if other else ""
            raise StoreBusy(f"Another ayne is collecting into {path}{who}. Wait for it to finish.")
        _check_content(path, file)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "since": now.isoformat()}))
        file.flush()
        yield


def holder(path: str) -> Collector | None:
    """Return the process that holds the lock of a database, None when there is none."""
    if sys.platform == "win32":
        return None
    try:
        with _beside(path).open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                told = json.loads(file.read())
                return Collector(int(told["pid"]), datetime.fromisoformat(told["since"]))
    except (OSError, ValueError, KeyError):
        pass
    return None


def _check_content(path: str, file: IO[str]) -> None:
    """See that the file holds what a collector wrote into it, or nothing yet."""
    file.seek(0)
    told = file.read(1000)
    if told and not told.startswith('{"pid": '):
        raise ConfigurationError(
            f"{path}.lock should be ayne's lock file, but holds something else. Move it away, or name another "
            "database with --db."
        )


def _check_names(path: str) -> None:
    """See that the file has no second name: its log and its lock lie beside one, and are not found by the other."""
    with suppress(OSError):
        if Path(path).stat().st_nlink > 1:
            raise ConfigurationError(
                f"{path} has another name too (a hard link), and what lies beside one name is not found by the other. "
                "Remove the other name, or copy the file and name the copy with --db."
            )


def _beside(path: str) -> Path:
    # Of a link it lies beside what the link points to, so that all names have one lock.
    return Path(f"{os.path.realpath(path)}.lock")


def _open(path: str) -> IO[str]:
    try:
        return _beside(path).open("a+", encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}. Name another file with --db.") from None


def _taken(file: IO[str]) -> bool:
    """Take the lock, unless another collection has it. Who only looks lets go of it at once."""
    for _ in range(_LOOKS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False
