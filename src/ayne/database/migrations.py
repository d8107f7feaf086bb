"""The schema, step by step: a file written by an older ayne is brought up to date when it is opened for writing.

Each step is a file ``sql/NNNN_name.sql``. A step and the row that says it was done are one transaction, so a crash
leaves the schema before the step or after it. The write-ahead log is emptied afterwards: replaying schema changes
from it has been the weak spot of DuckDB's recovery.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import duckdb

from ayne.errors import StoreUnreadable

_STEPS_TABLE = """
CREATE TABLE IF NOT EXISTS schema_steps (step INTEGER PRIMARY KEY, done_at TIMESTAMP NOT NULL);
COMMENT ON TABLE schema_steps IS 'Which steps of the schema this file has';
COMMENT ON COLUMN schema_steps.step IS 'Number of the step';
COMMENT ON COLUMN schema_steps.done_at IS 'UTC';
"""


@cache
def steps() -> dict[int, str]:
    """The SQL of each step, by its number."""
    found = (file for file in files(__package__).joinpath("sql").iterdir() if file.name[:4].isdigit())
    return {int(file.name[:4]): file.read_text(encoding="utf-8") for file in sorted(found, key=lambda file: file.name)}


def version(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the last step done; 0 for an empty file.

    Raises:
        StoreUnreadable: the file holds tables, but not ayne's, or it comes from a newer ayne.
    """
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()}
    if not tables:
        return 0
    if "schema_steps" not in tables:
        raise StoreUnreadable("this DuckDB file holds other tables and was not made by ayne; choose another with --db")
    ((done,),) = con.execute("SELECT coalesce(max(step), 0) FROM schema_steps").fetchall()
    if done > max(steps()):
        raise StoreUnreadable(f"the file was written by a newer ayne (schema {done}); upgrade ayne to use it")
    return int(done)


def _done(con: duckdb.DuckDBPyConnection) -> set[int]:
    return {number for (number,) in con.execute("SELECT step FROM schema_steps").fetchall()}


def migrate(con: duckdb.DuckDBPyConnection) -> bool:
    """Do the steps that are missing; whether there were any."""
    done = _done(con) if version(con) else set()
    missing = [number for number in steps() if number not in done]
    for number in missing:
        con.begin()
        try:
            con.execute(_STEPS_TABLE)
            con.execute(steps()[number])
            now = datetime.now(UTC).replace(tzinfo=None)
            con.execute("INSERT INTO schema_steps VALUES (?, ?)", [number, now])
            con.commit()
        except BaseException:
            con.rollback()
            raise
        con.execute("CHECKPOINT")
    return bool(missing)
