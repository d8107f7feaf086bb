"""Databases with ayne's tables, copied: making the tables takes DuckDB a quarter of a second, so it is done once."""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ayne.data_collection.commit import Commit
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import MOVIE, Kind


@cache
def empty(kind: Kind = MOVIE) -> Path:
    """The file that is copied: it holds nothing, and has the tables of films and of a kind."""
    folder = TemporaryDirectory(prefix="ayne-made-once-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "films.duckdb"
    DuckDBClient(path, kind=kind).commit(Commit())
    return path


def in_memory(kind: Kind = MOVIE, **options: Any) -> DuckDBClient:
    """A store in memory: for what is said of films, and not of the file, which takes long to open."""
    store = DuckDBClient(":memory:", kind=kind, **options)
    with store._file._connection() as con:
        con.execute(f"ATTACH '{empty(kind)}' AS made (READ_ONLY)")
        con.execute("COPY FROM DATABASE made TO memory")
        con.execute("DETACH made")
    return store
