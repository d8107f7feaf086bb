"""Say DuckDB's errors in ayne's words: what happened to the file, and what to do about it."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from ayne.errors import StoreBusy, StoreError, StoreUnreadable

# How DuckDB says that the disk took no more, whatever class of error it comes in.
_UNWRITTEN = "Could not write"


def refused(path: str, error: duckdb.Error) -> StoreError:
    """Why a file could not be opened."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return _too_large(path, error)
    text = str(error)
    if "lock on file" in text or "different configuration" in text:
        holder = re.search(r"(?:held in (?P<program>\S+) \()?PID (?P<pid>\d+)", text)
        who = "another connection"
        if holder:
            name = f" ({Path(holder['program']).name})" if holder["program"] else ""
            who = f"process {holder['pid']}{name}"
        return StoreBusy(f"{path} is held by {who}. Wait for it to finish or close it, then try again.")
    if "not a valid DuckDB database" in text:
        return StoreUnreadable(f"{path} is not a DuckDB database. Name another file with --db.")
    if "Cannot open file" in text or "No such file" in text or "Permission denied" in text:
        return StoreError(f"{path} cannot be opened: {_first_line(error)} Does the folder exist, and is it yours?")
    return _unwritten(path, error) if _UNWRITTEN in text else _damaged(path, error)


def failed(path: str, error: duckdb.Error, *, read_only: bool) -> StoreError | None:
    """Why something on an open file failed; None when the file is sound and the query is what is wrong."""
    if isinstance(error, duckdb.InterruptException):
        return None
    if isinstance(error, duckdb.OutOfMemoryException):
        return _too_large(path, error)
    if _is_damage(error):
        return _damaged(path, error)
    # What is wrong with a query is its author's to mend; anything that goes wrong in writing is the file's.
    if not read_only:
        return _unwritten(path, error)
    if isinstance(error, duckdb.IOException):
        return StoreError(f"{path} could not be read: {_first_line(error)}")
    return None


def _is_damage(error: duckdb.Error) -> bool:
    """Whether an error speaks of a broken file; DuckDB finds that out when it comes to the broken place."""
    if _UNWRITTEN in str(error):
        # Fatal to the connection; the file is as it was.
        return False
    # For a checksum that is wrong DuckDB has no class of its own: it raises the one that all others are of.
    return type(error) is duckdb.Error or isinstance(error, duckdb.FatalException | duckdb.SerializationException)


def not_as_made(path: str, error: Exception) -> StoreUnreadable:
    """Say that what ayne asks does not fit the tables, because somebody changed them or they are of another program."""
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
