"""Tables as files that other programs read: Parquet, CSV or JSON Lines."""

from __future__ import annotations

from pathlib import Path

import duckdb
import msgspec

from ayne.data_collection.tmdb.parts import LAYOUTS
from ayne.database.statements import statements

TABLES = ("movies", "movie_history", "parts", *sorted(layout.table for layout in LAYOUTS.values()), "ratings")


def check_form(form: str) -> None:
    """Raise ValueError when there is no such form."""
    if form not in {"parquet", "csv", "jsonl"}:
        raise ValueError(f"{form!r} is not parquet, csv or jsonl")


def write(con: duckdb.DuckDBPyConnection, folder: Path, form: str) -> list[tuple[str, int, Path]]:
    """Write each table that has rows, and the films in any case; a file appears when it is whole.

    Returns:
        The name of each table, its rows, and its file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for table in TABLES:
        query = statements()[f"export_{table}"]
        count = con.sql(query).shape[0]
        if count or table == "movies":
            path = folder / f"{table}.{form}"
            unfinished = path.with_name(f"{path.name}.part")
            _write(con, query, unfinished, form)
            unfinished.replace(path)
            written.append((table, count, path))
    return written


def _write(con: duckdb.DuckDBPyConnection, query: str, path: Path, form: str) -> None:
    if form == "parquet":
        con.sql(query).write_parquet(str(path), compression="zstd")
    elif form == "csv":
        con.sql(query).write_csv(str(path), header=True)
    else:
        encode = msgspec.json.Encoder(enc_hook=str).encode
        cursor = con.execute(query)
        columns = [column[0] for column in cursor.description or []]
        with path.open("wb") as file:
            while batch := cursor.fetchmany(1000):
                file.writelines(encode(dict(zip(columns, row, strict=True))) + b"\n" for row in batch)
