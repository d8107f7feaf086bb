"""The DuckDB file: opened for a moment, written to as a whole or not at all, and what goes wrong in words.

A DuckDB file belongs to one process at a time, even for reading. So it is opened for each transaction and each query,
and closed after it; who finds it held by somebody else waits for a while.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import duckdb

from ayne import settings
from ayne.clock import Clock, SystemClock
from ayne.database import migrations, rows
from ayne.database.statements import statements
from ayne.errors import ConfigurationError, StoreBusy, StoreError, StoreUnreadable

if sys.platform != "win32":
    import fcntl


# What DuckDB may hold of a file at a time for ayne, however large the file is; the rest it reads again, or puts beside
# the file for as long as it takes. A query of a user's may have what the machine has.
_MEMORY = "256MB"

# So often the mark of a collection is tried for.
_LOOKS = 10

# How DuckDB says that the disk took no more, whatever class of error it comes in.
_UNWRITTEN = "Could not write"


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a query: the names of its columns, and its rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Each row as a dict."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a file is to be believed.

    Attributes:
        as_of: when it was last written to.
        collector: the process that collects into it at this moment, None when there is none.
        since: since when it does.
    """

    as_of: datetime
    collector: int | None = None
    since: datetime | None = None


class DatabaseFile:
    """A file with ayne's schema.

    The parts of the store inherit from it: each is the transactions and the queries on some of the tables.

    Args:
        path: the file; by default ``AYNE_DB`` or ``films.duckdb``; ``":memory:"`` for none. It is made, or brought up
            to date, by the first write.
        patience: seconds to wait for another process that holds the file.
        clock: what says when a film was first seen.
        on_wait: called again and again while another process holds the file, with what would be raised in the end and
            the seconds waited so far; when it raises, the waiting is over.

    Raises:
        ValueError: ``patience`` is negative or no number.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        patience: float = 20.0,
        clock: Clock | None = None,
        on_wait: Callable[[StoreBusy, float], None] | None = None,
    ) -> None:
        if not patience >= 0:
            raise ValueError(f"patience must be a number of seconds, not {patience}")
        self.path = str(path) if path is not None else str(settings.database_path())
        self._patience = patience
        self._on_wait = on_wait
        self._clock = clock or SystemClock()
        self._up_to_date = False
        self._memory = duckdb.connect(":memory:") if self.path == ":memory:" else None
        self._held: duckdb.DuckDBPyConnection | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"

    def close(self) -> None:
        """Let go of a database in memory; a file is never held between calls."""
        if self._memory:
            self._memory.close()

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """For as long as the context, nobody else may collect into this file.

        The mark is a lock on a file beside it, which the system lets go when the process ends, however it ends.

        Raises:
            StoreBusy: somebody else is collecting into it.
            ConfigurationError: the folder does not exist or cannot be written to.
        """
        if self._memory or sys.platform == "win32":
            yield
            return
        with self._open_mark() as mark:
            if not _locked(mark):
                pid, _ = self._collector()
                who = f"Another ayne (process {pid})" if pid else "Another ayne"
                raise StoreBusy(f"{who} is collecting into {self.path}. Wait for it to finish.")
            mark.truncate(0)
            mark.write(json.dumps({"pid": os.getpid(), "since": self._clock.now().isoformat()}))
            mark.flush()
            yield

    def freshness(self) -> Freshness:
        """When the file was last written to, and whether somebody is collecting into it.

        Raises:
            StoreError: there is no such file.
        """
        if self._memory:
            return Freshness(self._clock.now())
        try:
            written = Path(self.path).stat().st_mtime
        except OSError:
            raise self._missing() from None
        # What was committed and not yet moved into the file lies beside it.
        beside = Path(f"{self.path}.wal")
        if beside.exists():
            written = max(written, beside.stat().st_mtime)
        return Freshness(datetime.fromtimestamp(written, UTC), *self._collector())

    def _collector(self) -> tuple[int | None, datetime | None]:
        """Who holds the mark of a collection, and since when."""
        if sys.platform == "win32":
            return None, None
        try:
            with Path(f"{self.path}.lock").open(encoding="utf-8") as mark:
                try:
                    fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    told = json.loads(mark.read())
                    return int(told["pid"]), datetime.fromisoformat(told["since"])
        except (OSError, ValueError, KeyError):
            pass
        return None, None

    def _open_mark(self) -> IO[str]:
        try:
            return Path(f"{self.path}.lock").open("a", encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"{self.path} cannot be written: {error.strerror}. Name another file with --db."
            ) from None

    def query(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Rows:
        """Run a query on the file; it cannot change anything.

        Raises:
            StoreError: there is no such file, or it cannot be read.
            duckdb.Error: the query is wrong.
        """
        with self._reading(memory=None) as con:
            return _answer(con, sql, parameters)

    def named(self, name: str, **values: Any) -> Rows:
        """Run one of the named statements of ``sql/statements.sql`` that only read."""
        with self._reading() as con:
            return _answer(con, statements()[name], values)

    def ids(self, name: str, most: int | None, **values: Any) -> list[int]:
        """The first ids that a named statement finds, None for all of them."""
        return [tmdb_id for (tmdb_id,) in self.named(name, most=rows.limit(most), **values).rows]

    def count(self, name: str, **values: Any) -> int:
        """How many rows a named statement finds that can be told how many to find at most."""
        counted = f"SELECT count(*) FROM ({statements()[name].rstrip().rstrip(';')})"  # noqa: S608 - our own statement
        with self._reading() as con:
            ((found,),) = _answer(con, counted, {"most": rows.limit(None), **values}).rows
        return int(found)

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """For as long as the context, every query is answered from one and the same state of the file.

        Nobody can write to it meanwhile.

        Raises:
            StoreError: there is no such file, or it cannot be read.
        """
        with self._reading() as con:
            self._held = con
            try:
                yield
            finally:
                self._held = None

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._connection() as con:
            if not self._up_to_date:
                migrations.migrate(con)
                self._up_to_date = True
            con.begin()
            try:
                yield con
                con.commit()
            except BaseException:
                _roll_back(con)
                raise

    @contextmanager
    def _reading(
        self, *, into: Path | None = None, memory: str | None = _MEMORY
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that cannot change the file; it may write files into a folder."""
        if self._memory:
            with self._transaction() as con:
                yield con
            return
        if self._held and not into:
            yield self._held
            return
        if not Path(self.path).exists():
            raise self._missing()
        self._bring_up_to_date()
        with self._connection(read_only=True, into=into, memory=memory) as con:
            if not migrations.version(con):
                raise StoreError(f"{self.path} is empty. `ayne collect` fills it.")
            con.execute("SET lock_configuration = true")
            yield con

    def _missing(self) -> StoreError:
        return StoreError(f"There is no database {self.path}. `ayne collect` makes one; --db names another.")

    def _checkpoint(self) -> None:
        with self._connection() as con:
            con.execute("CHECKPOINT")

    def _bring_up_to_date(self) -> None:
        """Statements are written for the newest schema, so a file of an older ayne is migrated before it is read."""
        if not self._up_to_date:
            with self._connection(read_only=True) as con:
                done = migrations.version(con)
            if 0 < done < max(migrations.steps()):
                with self._connection() as con:
                    migrations.migrate(con)
            self._up_to_date = done > 0

    @contextmanager
    def _connection(
        self, *, read_only: bool = False, into: Path | None = None, memory: str | None = _MEMORY
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._memory:
            yield self._memory
            return
        if self._up_to_date and not Path(self.path).exists():
            # DuckDB would make another, and what comes next would lie in a file without what came before.
            raise StoreError(f"{self.path} is no longer there. Put it back, or begin a new one with `ayne collect`.")
        con = self._open(read_only, into)
        try:
            if memory:
                con.execute("SET memory_limit = ?", [memory])
            yield con
        except duckdb.Error as error:
            if _is_damage(error):
                raise _damaged(self.path, error) from error
            # What is wrong with a query is its author's to mend; anything that goes wrong in writing is the file's.
            if read_only and not isinstance(error, duckdb.IOException):
                raise
            if read_only:
                raise StoreError(f"{self.path} could not be read: {_first_line(error)}") from error
            raise _unwritten(self.path, error) from error
        finally:
            con.close()

    def _open(self, read_only: bool, into: Path | None) -> duckdb.DuckDBPyConnection:
        began = time.monotonic()
        while True:
            try:
                con = duckdb.connect(self.path, read_only=read_only)
            except duckdb.Error as error:
                refusal = _refusal(self.path, error)
                waited = time.monotonic() - began
                if not isinstance(refusal, StoreBusy) or waited > self._patience:
                    raise refusal from None
                if self._on_wait:
                    self._on_wait(refusal, waited)
                time.sleep(0.02)
            else:
                _shut_in(con, into)
                return con


def _answer(con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | dict[str, Any]) -> Rows:
    # Not what execute() returns: for a text without a statement that is None.
    con.execute(sql, parameters)
    return Rows([column[0] for column in con.description or []], con.fetchall())


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


def _locked(mark: IO[str]) -> bool:
    """Take the mark of a collection, unless another collection has it. Who only looks lets go of it at once."""
    for _ in range(_LOOKS):
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def append(con: duckdb.DuckDBPyConnection, table: str, values: Iterable[tuple[Any, ...]]) -> None:
    """Add rows to a table, their values in the order of its columns."""
    if found := list(values):
        appender = con.appender(table)
        appender.append_rows(found)
        appender.flush()


def _refusal(path: str, error: duckdb.Error) -> StoreError:
    """Why a file could not be opened, and what to do about it."""
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


def _is_damage(error: duckdb.Error) -> bool:
    """Whether an error speaks of a broken file; DuckDB finds that out when it comes to the broken place."""
    if _UNWRITTEN in str(error):
        # Fatal to the connection; the file is as it was.
        return False
    # For a checksum that is wrong DuckDB has no class of its own: it raises the one that all others are of.
    return type(error) is duckdb.Error or isinstance(error, duckdb.FatalException | duckdb.SerializationException)


def _damaged(path: str, error: duckdb.Error) -> StoreUnreadable:
    return StoreUnreadable(
        f"{path} cannot be read: {_first_line(error)} Keep the file and its .wal, and restore a copy or collect into "
        "another file with --db."
    )


def _unwritten(path: str, error: duckdb.Error) -> StoreError:
    return StoreError(f"{path} could not be written (is there room on the disk?): {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    """Undo, without hiding the error that made it necessary: DuckDB may have undone it already."""
    try:
        con.rollback()
    except duckdb.TransactionException:
        return
