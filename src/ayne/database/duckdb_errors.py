"""Turn DuckDB's errors into words: what went wrong, and what to do.

What happened is told by the class of an error and by looking at the file. Of two things DuckDB gives no other sign than
its words, which are another's to change: where they are not known, what is said is less exact, and still right.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import duckdb

from ayne.database import open_files
from ayne.errors import StoreBusy, StoreError, StoreUnreadable

# How DuckDB says that the disk took no more, whatever class of error it comes in: a limit of a process's own, or a
# quota, shows nowhere else.
_UNWRITTEN = "Could not write"
# And that another process has the file. Who has it is asked of the system, which knows nothing of one that has let go
# of it since.
_LOCKED = "lock on file"

# DuckDB writes so many bytes at a time.
_BLOCK = 256 * 1024


def refused(path: str, error: duckdb.Error, *, read_only: bool) -> StoreError:
    """Return the error for a file that could not be opened."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return _too_large(path, error)
    if who := _held_by(path, error, read_only=read_only):
        return StoreBusy(f"{path} is held by {who}. Wait for it to finish or close it, then try again.")
    if not _may_be_opened(path, read_only=read_only):
        return StoreError(f"{path} cannot be opened: {_first_line(error)} Does the folder exist, and is it yours?")
    if _UNWRITTEN in str(error) or (not read_only and _can_be_read(path)):
        return _unwritten(path, error)
    return _damaged(path, error)


def _held_by(path: str, error: duckdb.Error, *, read_only: bool) -> str | None:
    # Of this process's own connections DuckDB says by its class that they have the file, with other settings.
    if isinstance(error, duckdb.ConnectionException):
        return "another connection"
    holder = open_files.holder(path, to_write=not read_only)
    if holder:
        return f"process {holder}{_program(holder)}"
    return "another process" if holder == 0 or _LOCKED in str(error) else None


def _program(process: int) -> str:
    with suppress(OSError):
        return f" ({Path(f'/proc/{process}/exe').readlink().name})"
    return ""


def _may_be_opened(path: str, *, read_only: bool) -> bool:
    """Return whether the system lets this process open a file, or create it."""
    if not os.access(path, os.F_OK):
        return os.access(Path(path).parent, os.W_OK | os.X_OK)
    return not Path(path).is_dir() and os.access(path, os.R_OK if read_only else os.R_OK | os.W_OK)


def _can_be_read(path: str) -> bool:
    """Return whether a file can be read, so that the only fault is that it cannot be written."""
    try:
        duckdb.connect(os.path.realpath(path), read_only=True).close()
    except duckdb.Error:
        return False
    return True


def failed(path: str, error: duckdb.Error, *, read_only: bool) -> StoreError | None:
    """Return the error for a failure on an open file; None when the file is sound and the query is wrong."""
    if isinstance(error, duckdb.InterruptException):
        return None
    if isinstance(error, duckdb.OutOfMemoryException):
        return _too_large(path, error)
    if _is_damage(path, error):
        return _damaged(path, error)
    # What is wrong with a query is its author's to mend; anything that goes wrong in writing is the file's.
    if not read_only:
        return _unwritten(path, error)
    if isinstance(error, duckdb.IOException):
        return StoreError(f"{path} could not be read: {_first_line(error)}")
    return None


def _is_damage(path: str, error: duckdb.Error) -> bool:
    """Return whether an error says that the file is damaged; DuckDB notices that only at the damaged place."""
    if _UNWRITTEN in str(error) or _is_full(path):
        # Fatal to the connection; the file is as it was.
        return False
    # For a checksum that is wrong DuckDB has no class of its own: it raises the one that all others are of.
    return type(error) is duckdb.Error or isinstance(error, duckdb.FatalException | duckdb.SerializationException)


def _is_full(path: str) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(Path(path).absolute().parent).free < _BLOCK
    return False


def not_as_made(path: str, error: Exception) -> StoreUnreadable:
    """Return the error for tables that ayne's statements do not fit, because another program made or changed them."""
    return StoreUnreadable(
        f"{path} is not as ayne made it: {_first_line(error) or type(error).__name__}. "
        "Restore a copy, or name another file with --db."
    )


def _too_large(path: str, error: duckdb.Error) -> StoreError:
    return StoreError(
        f"{path} is whole, but there is too little memory: {_first_line(error)} "
        "Ask for less at a time, or end other programs."
    )


def _damaged(path: str, error: duckdb.Error) -> StoreUnreadable:
    return StoreUnreadable(
        f"{path} cannot be read: {_first_line(error)} Keep the file and its .wal, and restore a copy or collect into "
        "another file with --db."
    )


def _unwritten(path: str, error: duckdb.Error) -> StoreError:
    return StoreError(f"{path} could not be written (is there room on the disk?): {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
