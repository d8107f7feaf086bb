"""Open a DuckDB file, waiting while another process holds it.

Queries on the connection reach neither other files nor the network nor extensions, but for one folder if it is given.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb

from ayne.database import duckdb_errors, open_files
from ayne.errors import StoreBusy, StoreUnreadable

T = TypeVar("T")

# What DuckDB may hold of a file at a time for ayne, however large the file is; the rest it reads again, or puts beside
# the file for as long as it takes. A query of a user's may have what the machine has.
MEMORY = "256MB"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for another process that holds a file.

    Attributes:
        seconds: at most.
        on_wait: called again and again meanwhile, with what would be raised in the end and the seconds waited so far;
            when it raises, the waiting is over.
    """

    seconds: float
    on_wait: Callable[[StoreBusy, float], None] | None = None


@contextmanager
def connected(
    path: str, *, patience: Patience, read_only: bool = False, into: Path | None = None, memory: str | None = MEMORY
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file, and close it when the context ends.

    Args:
        path: the file.
        patience: how long to wait for another process that holds it.
        read_only: nothing may change it.
        into: a folder that may be written to.
        memory: what DuckDB may take, None for what the machine has.

    Raises:
        StoreError: it cannot be opened, read or written.
        duckdb.Error: a query on it is wrong.
    """
    con = _open(path, read_only, patience)
    try:
        _shut_in(con, into)
        if memory:
            con.execute("SET memory_limit = ?", [memory])
        yield con
    except duckdb.Error as error:
        if told := duckdb_errors.failed(path, error, read_only=read_only):
            raise told from error
        raise
    finally:
        con.close()


def interruptible(con: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Do work on a connection so that Ctrl-C ends it at once, as ``KeyboardInterrupt``.

    DuckDB does not come back from a long query to hear of a signal, and turns one into an error of its own. So the main
    thread, to which signals come, waits for another one and interrupts the query there.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="ayne-query") as pool:
        running = pool.submit(work)
        try:
            return running.result()
        finally:
            # Again and again: between two queries there is nothing to interrupt.
            while not running.done():
                con.interrupt()
                wait([running], timeout=0.02)


def roll_back(con: duckdb.DuckDBPyConnection) -> None:
    """Roll back, without hiding the error that made it necessary: DuckDB may have rolled back already."""
    with suppress(duckdb.Error):
        con.rollback()


def _open(path: str, read_only: bool, patience: Patience) -> duckdb.DuckDBPyConnection:
    began = time.monotonic()
    # One file has one log, whatever name it is opened by.
    real = os.path.realpath(path)
    while True:
        _check_beginning(path, real)
        try:
            return duckdb.connect(real, read_only=read_only)
        except duckdb.Error as error:
            refusal = duckdb_errors.refused(path, error, read_only=read_only)
            waited = time.monotonic() - began
            if not isinstance(refusal, StoreBusy) or waited > patience.seconds:
                raise refusal from None
            if patience.on_wait:
                patience.on_wait(refusal, waited)
        time.sleep(0.02)


def _check_beginning(path: str, real: str) -> None:
    """See that a file that is there is DuckDB's: for those of others DuckDB looks for an extension, even on the net.

    Raises:
        StoreUnreadable: it is not.
    """
    if not Path(real).is_file():
        return
    try:
        beginning = open_files.beginning(real)
    except OSError:
        return  # DuckDB says why
    if beginning[8:] != b"DUCK":
        raise StoreUnreadable(f"{path} is not a DuckDB database. Name another file with --db.")


def _shut_in(con: duckdb.DuckDBPyConnection, into: Path | None) -> None:
    """Keep everything that is run to the file: no other files, no network, no extensions, but for a folder to write to.

    A query may be anybody's, and so may the file: with views in it that read what is none of theirs.
    """
    # It would be drawn on stdout, which belongs to data.
    # In a notebook without widgets DuckDB has no bar, and refuses to hear of it.
    with suppress(duckdb.InvalidInputException):
        con.execute("SET enable_progress_bar = false")
    if into:
        con.execute("SET allowed_directories = ?", [[str(into.absolute())]])
    con.execute("SET enable_external_access = false")
    shut_off_extensions(con)


def shut_off_extensions(con: duckdb.DuckDBPyConnection) -> None:
    """Forbid queries to download or load extensions."""
    for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
        con.execute(f"SET {setting} = false")
