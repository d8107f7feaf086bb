"""Transactions and queries on the DuckDB file: each transaction is written as a whole or not at all.

A DuckDB file belongs to one process at a time, even for reading. So it is opened for each transaction and each query,
and closed after it. ``connection`` opens it, ``duckdb_errors`` says what went wrong, ``lock`` keeps others from
collecting into it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne import settings
from ayne.clock import Clock, SystemClock
from ayne.database import duckdb_errors, lock, migrations
from ayne.database.connection import MEMORY, Patience, connected, interruptible, roll_back, shut_off_extensions
from ayne.errors import ConfigurationError, StoreBusy, StoreError
from ayne.kinds import KINDS, MOVIE, Kind

# What DuckDB raises when a statement of ayne's does not fit the tables, or they are views of what may not be read.
_NOT_AS_MADE = (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError, duckdb.PermissionException)


@dataclass(frozen=True, slots=True)
class Rows:
    """The result of a query: the names of its columns, and its rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Return each row as a dict."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a file was last written to, and who is collecting into it.

    Attributes:
        as_of: when it was last written to.
        collector: the process that collects into it at this moment, None when there is none.
        since: since when it does.
    """

    as_of: datetime
    collector: int | None = None
    since: datetime | None = None


class DatabaseFile:
    """A file with ayne's schema, and the transactions and queries on it.

    Attributes:
        path: where it is.
        clock: what says when something was stored.

    Args:
        path: the file; by default ``AYNE_DB`` or ``films.duckdb``; ``":memory:"`` for none. It is made, or brought up
            to date, by the first write.
        patience: seconds to wait for another process that holds the file.
        clock: what says when a film was first seen.
        on_wait: called repeatedly while another process holds the file, with the error that would be raised in the end
            and the seconds waited so far. To stop waiting, raise an error in it.

    Raises:
        ValueError: ``patience`` is negative or no number.
        ConfigurationError: ``path`` is empty, or an address.
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
        self._patience = Patience(patience, on_wait)
        self.clock = clock or SystemClock()
        self._kinds: tuple[Kind, ...] = (MOVIE,)
        self._up_to_date = False
        _check_name(self.path)
        self._memory = duckdb.connect(":memory:") if self.path == ":memory:" else None
        if self._memory:
            shut_off_extensions(self._memory)
        self._held: duckdb.DuckDBPyConnection | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, 'path', None)!r})"

    def know(self, kind: Kind) -> None:
        """Create or update the tables of a kind, and of kinds that name it, when the file is next used."""
        naming = (owner for owner in KINDS.values() if any(named.kind == kind.name for named in owner.names))
        if new := [each for each in (kind, *naming) if each not in self._kinds]:
            self._kinds += tuple(new)
            self._up_to_date = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds whose tables it has or is to have: films, those found, and those it was told to know."""
        if not (self._up_to_date or self._memory) and Path(self.path).exists():
            self._bring_up_to_date()
        return self._kinds

    def _learn_kinds(self, con: duckdb.DuckDBPyConnection) -> None:
        declared = migrations.declared(con)
        self._kinds += tuple(kind for name, kind in KINDS.items() if name in declared and kind not in self._kinds)

    def close(self) -> None:
        """Close a database in memory; a file is never held between calls."""
        if self._memory:
            self._memory.close()

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Let no other process collect into this file inside the context.

        Raises:
            StoreBusy: somebody else is collecting into it.
            ConfigurationError: the folder does not exist or cannot be written to.
        """
        if self._memory:
            yield
            return
        with lock.held(self.path, self.clock.now()):
            yield

    def freshness(self) -> Freshness:
        """Return when the file was last written to, and whether somebody is collecting into it.

        Raises:
            StoreError: there is no such file.
        """
        if self._memory:
            return Freshness(self.clock.now())
        try:
            written = Path(self.path).stat().st_mtime
        except OSError:
            raise self._missing() from None
        # What was committed and not yet moved into the file lies beside it.
        beside = Path(f"{os.path.realpath(self.path)}.wal")
        if beside.exists():
            written = max(written, beside.stat().st_mtime)
        as_of, collector = datetime.fromtimestamp(written, UTC), lock.holder(self.path)
        return Freshness(as_of, collector.pid, collector.since) if collector else Freshness(as_of)

    def query(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Rows:
        """Run a query on the file; it cannot change anything.

        Raises:
            StoreError: the file does not exist, or cannot be read.
            duckdb.Error: the query is wrong.
        """
        with self.reading(memory=None) as con:
            return _answer(con, sql, parameters)

    def query_to_parquet(self, sql: str, file: Path) -> int:
        """Write the rows of a query to a Parquet file, which appears when it is whole; return how many they are.

        Raises:
            StoreError: there is no such database, or it cannot be read.
            OSError: the file cannot be written.
            duckdb.Error: the query is wrong.
        """
        with (
            TemporaryDirectory(prefix=f".{file.name}.", dir=file.absolute().parent) as folder,
            self.reading(into=Path(folder), memory=None) as con,
        ):
            staged = Path(folder) / "rows.parquet"

            def write() -> int:
                found = con.sql(_without_its_end(sql))
                try:
                    found.write_parquet(str(staged), compression="zstd")
                except duckdb.IOException as error:
                    raise OSError(f"is there room on the disk? {str(error).partition(chr(10))[0]}") from error
                return con.read_parquet(str(staged)).shape[0]

            rows = interruptible(con, write)
            staged.replace(file)
        return rows

    def ask(self, sql: str, values: dict[str, Any]) -> Rows:
        """Run a statement of ayne's own that only reads."""
        with self.reading() as con, self.as_made():
            return _answer(con, sql, values)

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Answer every query inside the context from the same state of the file.

        Nobody can write to it meanwhile.

        Raises:
            StoreError: the file does not exist, or cannot be read.
        """
        with self.reading() as con:
            self._held = con
            try:
                yield
            finally:
                self._held = None

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a connection; when the context ends, everything is written, or nothing."""
        with self._connection() as con:
            if not self._up_to_date:
                self._learn_kinds(con)
                migrations.migrate(con, self._kinds)
                self._up_to_date = True
            con.begin()
            try:
                yield con
                con.commit()
            except BaseException:
                roll_back(con)
                raise

    @contextmanager
    def reading(self, *, into: Path | None = None, memory: str | None = MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a connection that cannot change the file; it may write files into a folder."""
        if self._memory:
            with self.transaction() as con:
                yield con
            return
        if self._held and not into:
            yield self._held
            return
        if not Path(self.path).exists():
            raise self._missing()
        # Nearly always it is up to date already, and is opened once.
        while True:
            with self._connection(read_only=True, into=into, memory=memory) as con:
                if not migrations.version(con):
                    raise StoreError(f"{self.path} is empty. `ayne collect` fills it.")
                if self._is_up_to_date(con):
                    con.execute("SET lock_configuration = true")
                    yield con
                    return
            self._bring_up_to_date()

    @contextmanager
    def as_made(self) -> Iterator[None]:
        """Run statements of ayne's own; if one does not fit the file, raise StoreUnreadable instead of an SQL error."""
        try:
            yield
        except _NOT_AS_MADE as error:
            raise duckdb_errors.not_as_made(self.path, error) from error

    def is_new(self) -> bool:
        """Tell whether nothing was ever stored: there is no such file, or it is empty."""
        if self._memory or self._held:
            return False
        if not Path(self.path).exists():
            return True
        with self._connection(read_only=True) as con:
            return not migrations.version(con)

    def must_exist(self) -> None:
        """Raise StoreError when there is no such file, because the caller must not create one."""
        if not self._memory and not Path(self.path).exists():
            raise self._missing()

    def _missing(self) -> StoreError:
        return StoreError(f"There is no database {self.path}. `ayne collect` makes one; --db names another.")

    def checkpoint(self) -> None:
        """Write what was committed to the file, and free the room of what was deleted."""
        with self._connection() as con:
            con.execute("CHECKPOINT")

    def _bring_up_to_date(self) -> None:
        """Migrate a file of an older ayne before it is read, because statements are for the newest schema."""
        if not self._up_to_date:
            with self._connection(read_only=True) as con:
                if self._is_up_to_date(con) or not migrations.version(con):
                    return
            with self._connection() as con:
                migrations.migrate(con, self._kinds)
            self._up_to_date = True

    def _is_up_to_date(self, con: duckdb.DuckDBPyConnection) -> bool:
        if not self._up_to_date:
            self._learn_kinds(con)
            self._up_to_date = migrations.is_current(con, self._kinds)
        return self._up_to_date

    @contextmanager
    def _connection(
        self, *, read_only: bool = False, into: Path | None = None, memory: str | None = MEMORY
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._memory:
            yield self._memory
            return
        if self._up_to_date and not Path(self.path).exists():
            # DuckDB would make another, and what comes next would lie in a file without what came before.
            raise StoreError(f"{self.path} is no longer there. Put it back, or begin a new one with `ayne collect`.")
        with connected(self.path, patience=self._patience, read_only=read_only, into=into, memory=memory) as con:
            yield con


def _check_name(path: str) -> None:
    """See that it names a file: DuckDB would take some names for servers, and load code to talk to them."""
    if not path.strip():
        raise ConfigurationError("The name of the database is empty. Name a file with --db, like films.duckdb.")
    if re.match(r"\w{2,}:", path):
        raise ConfigurationError(
            f"{path} is an address, and ayne keeps films in a file on this machine. Name one with --db, like "
            "films.duckdb."
        )
    if "?" in os.path.realpath(path):
        raise ConfigurationError(
            f"{path} has a question mark in its name or its folder's, and DuckDB would put its log elsewhere. Choose "
            "another name with --db."
        )


def _without_its_end(sql: str) -> str:
    r"""Leave out the semicolons and comments at the end, with which a query cannot stand within another.

    >>> _without_its_end("SELECT ';' AS sign -- of all\n;  -- and no more")
    "SELECT ';' AS sign "
    """
    text = sql.encode()
    for begins, kind in reversed(duckdb.tokenize(sql)):
        if kind != duckdb.token_type.comment and text[begins : begins + 1] != b";":
            break
        text = text[:begins]
    return text.decode()


def _answer(con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | dict[str, Any]) -> Rows:
    def answer() -> Rows:
        # Not what execute() returns: for a text without a statement that is None.
        con.execute(sql, parameters)
        return Rows([column[0] for column in con.description or []], con.fetchall())

    return interruptible(con, answer)
