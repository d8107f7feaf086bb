"""Files as older versions of ayne left them: the steps that their schemas were made of, as they were then."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb

_STEPS_TABLE = "CREATE TABLE IF NOT EXISTS schema_steps (step INTEGER PRIMARY KEY, done_at TIMESTAMP NOT NULL)"


@cache
def old_steps() -> dict[int, str]:
    """The SQL of each step, by its number."""
    files = sorted(Path(__file__).parent.glob("[0-9]*.sql"))
    return {int(file.name[:4]): file.read_text(encoding="utf-8") for file in files}


def bring_to(con: duckdb.DuckDBPyConnection, step: int) -> None:
    """Give an empty database the schema that it had after this step."""
    if step:
        con.execute(_STEPS_TABLE)
    for number in range(1, step + 1):
        con.execute(old_steps()[number])
        con.execute("INSERT INTO schema_steps VALUES (?, TIMESTAMP '2026-01-01')", [number])
