"""Open a DuckDB file, waiting while another process holds it, and shut everything that runs on it in to that file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ayne.database import duckdb_errors
from ayne.errors import StoreBusy

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
    """Hold a file for as long as the context.

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


def _open(path: str, read_only: bool, patience: Patience) -> duckdb.DuckDBPyConnection:
    began = time.monotonic()
    while True:
        try:
            # DuckDB takes a tilde for the user's folder, and no other part of ayne does.
            return duckdb.connect(f"./{path}" if path.startswith("~") else path, read_only=read_only)
        except duckdb.Error as error:
            refusal = duckdb_errors.refused(path, error)
            waited = time.monotonic() - began
            if not isinstance(refusal, StoreBusy) or waited > patience.seconds:
                raise refusal from None
            if patience.on_wait:
                patience.on_wait(refusal, waited)
        time.sleep(0.02)


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
