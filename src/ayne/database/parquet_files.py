"""Reading Parquet files that are not ayne's own: their columns, and the rows of some of them."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from ayne.database.connection import MEMORY, shut_off_extensions

# Rows that are held at a time.
_ROWS_AT_ONCE = 10_000


class ParquetFile:
    """A Parquet file; nothing of it is held between calls.

    Args:
        path: the file.

    Raises:
        ValueError: it is no Parquet file.

    Attributes:
        columns: the names of its columns.
    """

    def __init__(self, path: Path) -> None:
        # DuckDB takes brackets and stars in a name for a pattern.
        self._name = glob.escape(str(path))
        with _connected() as con:
            try:
                found = con.execute("SELECT * FROM read_parquet($file) LIMIT 0", {"file": self._name})
                self.columns = [column[0] for column in found.description or []]
            except duckdb.Error as error:
                raise _unreadable(error) from None

    def rows(self, columns: Sequence[str], most: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Yield the values of some columns, row by row.

        Args:
            columns: their names.
            most: at most so many rows, None for all.

        Raises:
            ValueError: the file cannot be read to its end.
        """
        values = {"columns": list(columns), "file": self._name, "most": 2**62 if most is None else most}
        with _connected() as con:
            try:
                found = con.execute("SELECT COLUMNS($columns) FROM read_parquet($file) LIMIT $most", values)
                # They come in the order of the file.
                places = [[column[0] for column in found.description or []].index(name) for name in columns]
                while piece := found.fetchmany(_ROWS_AT_ONCE):
                    yield from (tuple(row[place] for place in places) for row in piece)
            except duckdb.Error as error:
                raise _unreadable(error) from None


def _unreadable(error: duckdb.Error) -> ValueError:
    return ValueError(f"it is no whole Parquet file: {str(error).splitlines()[0]}")


def _connected() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    shut_off_extensions(con)
    con.execute("SET memory_limit = ?", [MEMORY])
    con.execute("SET enable_progress_bar = false")
    return con
