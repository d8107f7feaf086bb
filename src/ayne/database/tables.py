"""The tables of a kind in a file: its named statements, run in a transaction or by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from ayne.database import rows
from ayne.database.file import DatabaseFile, Rows
from ayne.database.schema import part_columns
from ayne.database.statements import statements
from ayne.kinds import Kind


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that is under way, on the tables of a kind."""

    con: duckdb.DuckDBPyConnection
    kind: Kind

    def of(self, kind: Kind) -> Transaction:
        """Return the same transaction, on the tables of another kind."""
        return Transaction(self.con, kind)

    def run(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run a named statement, and return its result."""
        return self.con.execute(statements(self.kind)[name], values).fetchall()

    def append(self, table: str, values: Iterable[tuple[Any, ...]]) -> None:
        """Add rows to a table, their values in the order in which its columns are declared."""
        if found := list(values):
            # In an older file a column that was declared since is the last.
            appender = self.con.appender(table, columns=part_columns(self.kind).get(table))
            appender.append_rows(found)
            appender.flush()


@dataclass(frozen=True, slots=True)
class KindTables:
    """The tables of a kind in a file."""

    file: DatabaseFile
    kind: Kind

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run statements on the tables in one transaction."""
        with self.file.transaction() as con:
            yield Transaction(con, self.kind)

    def named(self, name: str, **values: Any) -> Rows:
        """Run one of the named statements of ``sql/`` that only read."""
        return self.file.ask(statements(self.kind)[name], values)

    def ids(self, name: str, most: int | None, **values: Any) -> list[int]:
        """Return the first ids that a named statement finds, None for all of them."""
        return [tmdb_id for (tmdb_id,) in self.named(name, most=rows.limit(most), **values).rows]

    def count(self, name: str, **values: Any) -> int:
        """Count what a named statement with ``$most`` would return."""
        found = statements(self.kind)[name].rstrip().rstrip(";")
        counted = f"SELECT count(*) FROM ({found})"  # noqa: S608 - our own statement
        ((count,),) = self.file.ask(counted, {"most": rows.limit(None), **values}).rows
        return int(count)
