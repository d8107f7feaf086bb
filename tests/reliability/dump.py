"""All that a file of films holds, in a form in which two files can be compared.

It is read by the road that owes ayne nothing, and knows tables by what the file says of itself: a new table or column
is compared without a word here. Left out is what no two runs have in common: the log of runs, and when ayne itself did
something.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

Dump = dict[str, list[tuple[Any, ...]]]

# Logs of what ayne did, and when.
_LOGS = {"runs", "schema_steps"}

# When ayne itself did something; `failures` are of the last try, whenever that was.
_OWN_TIME = {
    "movies": {"first_seen_at"},
    "ranges": {"changed_at"},
    "sweeps": {"started_at", "finished_at"},
    "failures": {"failed_at", "retry_at", "attempts", "message"},
    "changed": {"seen_at", "not_before"},
    "change_feed": {"moved_at"},
    "exports": {"finished_at"},
    # A message tells how many attempts it took.
    "ratings": {"asked_at", "message"},
    "allowance": {"learned_at"},
    "leases": {"taken_at", "lease_id"},
}

# A sweep by what it asked for: its number is that of a sequence, which a rolled back transaction moves too.
_SWEEPS = """
SELECT sweep_id, identity || ' #' || row_number() OVER (PARTITION BY identity ORDER BY sweep_id) FROM sweeps
"""


def dump(file: Path | str, *, moments: bool = True) -> Dump:
    """The rows of each table of a file, sorted.

    Args:
        file: the database.
        moments: with the moments at which the source said what is stored; they are the same only where its clock is.
    """
    with duckdb.connect(str(file), read_only=True) as con:
        return dump_of(con, moments=moments)


def dump_of(con: duckdb.DuckDBPyConnection, *, moments: bool = True) -> Dump:
    """The same through a connection."""
    columns = con.execute(
        "SELECT c.table_name, column_name, data_type FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_oid) "
        "WHERE NOT t.temporary AND NOT c.internal ORDER BY table_oid, column_index"
    ).fetchall()
    kept: dict[str, list[str]] = {}
    for table, column, kind in columns:
        is_left_out = column in _OWN_TIME.get(table, ()) or (kind == "TIMESTAMP" and not moments)
        if table not in _LOGS and not is_left_out:
            kept.setdefault(table, []).append(column)
    sweeps = dict(con.execute(_SWEEPS).fetchall()) if "sweeps" in kept else {}
    found: Dump = {}
    for table, names in kept.items():
        rows = con.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
        if "sweep_id" in names:
            at = names.index("sweep_id")
            # What only a sweep that nobody entered lists keeps its number.
            rows = [(*row[:at], sweeps.get(row[at], row[at]), *row[at + 1 :]) for row in rows]
        # A film can be listed more than once; how often depends on which pages were asked for again.
        found[table] = sorted(set(rows) if table == "listed" else rows, key=repr)
    return found


def differences(one: Dump, other: Dump, most: int = 5) -> list[str]:
    """The first rows that only one of two files has, in words; none when they hold the same."""
    said: list[str] = []
    for table in sorted({*one, *other}):
        first, second = (Counter(map(repr, held.get(table, []))) for held in (one, other))
        said += [f"{table}: only the first has {row}" for row in (first - second).elements()]
        said += [f"{table}: only the second has {row}" for row in (second - first).elements()]
    return said[:most] + ([f"and {len(said) - most} more"] if len(said) > most else [])
