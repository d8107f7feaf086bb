"""Bring the schema of a file up to date when it is opened for writing.

Tables are declared: those of kinds by their descriptions (:mod:`ayne.database.schema`), the others in
``sql/bookkeeping.sql``. A table that is missing is made, and a column that a table of a kind lacks is added. What is
more than that is a step, a file ``sql/steps/NNNN_name.sql``; a new file needs none.

A step and the row that says it was done are one transaction, so is all that is declared, and a crash leaves the schema
before it or after it. The write-ahead log is emptied afterwards: replaying schema changes from it has been the weak
spot of DuckDB's recovery.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import duckdb

from ayne.database import schema
from ayne.database.connection import roll_back
from ayne.errors import StoreUnreadable
from ayne.kinds import MOVIE, Kind

_STEPS_TABLE = """
CREATE TABLE IF NOT EXISTS schema_steps (step INTEGER PRIMARY KEY, done_at TIMESTAMP NOT NULL);
COMMENT ON TABLE schema_steps IS 'Which steps of the schema this file has';
COMMENT ON COLUMN schema_steps.step IS 'Number of the step';
COMMENT ON COLUMN schema_steps.done_at IS 'UTC';
"""
_DECLARED_TABLE = """
CREATE TABLE IF NOT EXISTS schema_declared (kind VARCHAR PRIMARY KEY, digest VARCHAR NOT NULL);
COMMENT ON TABLE schema_declared IS 'By which descriptions the tables of this file were last made';
COMMENT ON COLUMN schema_declared.kind IS 'Whose tables: a kind, or bookkeeping';
COMMENT ON COLUMN schema_declared.digest IS 'Digest of the description';
"""

# What DuckDB raises where there is no such table; or a view that somebody put in its place, of what may not be read.
_NOT_THERE = (duckdb.ProgrammingError, duckdb.PermissionException)

_TABLE = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+)", re.MULTILINE)


@cache
def steps() -> dict[int, str]:
    """Return the SQL of each step, by its number."""
    found = sorted(files(__package__).joinpath("sql", "steps").iterdir(), key=lambda file: file.name)
    return {int(file.name[:4]): file.read_text(encoding="utf-8") for file in found if file.name[:4].isdigit()}


@cache
def _bookkeeping() -> str:
    return files(__package__).joinpath("sql", "bookkeeping.sql").read_text(encoding="utf-8")


def version(con: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the last step done; 0 for an empty file.

    Raises:
        StoreUnreadable: the file holds tables, but not ayne's, or it comes from a newer ayne.
    """
    try:
        ((done,),) = con.execute("SELECT coalesce(max(step), 0) FROM schema_steps").fetchall()
    except _NOT_THERE:
        # Asked only now: what tables there are takes DuckDB ten times as long to say.
        if con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall():
            raise StoreUnreadable(
                "The file holds other tables and was not made by ayne. Name another file with --db."
            ) from None
        return 0
    if done > max(steps()):
        raise StoreUnreadable(f"the file was written by a newer ayne (schema {done}); upgrade ayne to use it")
    return int(done)


def is_current(con: duckdb.DuckDBPyConnection, kinds: Sequence[Kind] = (MOVIE,)) -> bool:
    """Tell whether the file has every step, and tables as they are described today."""
    return version(con) == max(steps()) and dict(_digests(kinds)).items() <= declared(con).items()


def migrate(con: duckdb.DuckDBPyConnection, kinds: Sequence[Kind] = (MOVIE,)) -> bool:
    """Bring the file up to date; tell whether there was anything to do."""
    done = version(con)
    if done and is_current(con, kinds):
        return False
    if done:
        known = {number for (number,) in con.execute("SELECT step FROM schema_steps").fetchall()}
        for number, sql in steps().items():
            # Early files have every step that there was; what was only an addition is declared now.
            if number > max(known):
                with _transaction(con):
                    con.execute(sql)
                    _note_step(con, number)
    with _transaction(con):
        con.execute(_STEPS_TABLE)
        con.execute(_DECLARED_TABLE)
        if not done:
            for number in steps():
                _note_step(con, number)
        con.execute(_bookkeeping())
        held = _columns(con) if done else {}
        for kind in kinds:
            _declare(con, kind, held)
        con.executemany("INSERT OR REPLACE INTO schema_declared VALUES (?, ?)", list(_digests(kinds)))
    return True


def moments(con: duckdb.DuckDBPyConnection, kinds: Sequence[Kind] = (MOVIE,)) -> dict[str, list[str]]:
    """Return the columns of type TIMESTAMP of ayne's own tables, by table.

    What TMDB says in a part, like when a review was written, is not among them.
    """
    ours = _TABLE.findall(_bookkeeping()) + [
        table for kind in kinds for member in kind.family for table in (member.table, member.history)
    ]
    found: dict[str, list[str]] = {}
    for table, column in con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'TIMESTAMP' AND table_name IN "
        "(SELECT unnest($tables)) ORDER BY ALL",
        {"tables": ours},
    ).fetchall():
        found.setdefault(table, []).append(column)
    return found


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        roll_back(con)
        raise
    con.execute("CHECKPOINT")


def _note_step(con: duckdb.DuckDBPyConnection, number: int) -> None:
    con.execute("INSERT INTO schema_steps VALUES (?, ?)", [number, datetime.now(UTC).replace(tzinfo=None)])


def _declare(con: duckdb.DuckDBPyConnection, kind: Kind, held: dict[str, set[str]]) -> None:
    """Make a kind's tables, add the columns that they lack to those that are held, and say what they hold."""
    for table in schema.tables(kind):
        if table.name not in held:
            con.execute(table.create)
            held[table.name] = {column.name for column in table.columns}
        for column in table.columns:
            if table.name in held and column.name not in held[table.name]:
                con.execute(table.add(column))
                # With a 304 no value would come for it: what is stored is to come whole once more.
                con.execute("DELETE FROM etags WHERE kind = ?", [kind.name])
        for comment in table.comments:
            con.execute(comment)
    for statement in schema.views(kind):
        con.execute(statement)


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the columns of each existing table."""
    held: dict[str, set[str]] = {}
    for table, column in con.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall():
        held.setdefault(table, set()).add(column)
    return held


def declared(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the digest of the description that each kind's tables were last made from."""
    try:
        return dict(con.execute("SELECT kind, digest FROM schema_declared").fetchall())
    except _NOT_THERE:
        return {}


def _digests(kinds: Sequence[Kind]) -> Iterator[tuple[str, str]]:
    yield "bookkeeping", _digest(_bookkeeping())
    for kind in kinds:
        tables = schema.tables(kind)
        told = (statement for table in tables for statement in (table.create, *table.comments))
        yield kind.name, _digest("\n".join((*told, *schema.views(kind))))


@cache
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
