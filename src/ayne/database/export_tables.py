"""Tables as files that other programs read: Parquet, CSV or JSON Lines.

Names of files and tables are ayne's own, never out of the data. ``export_folder`` lets them appear when all are whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import duckdb
import msgspec

from ayne import __version__, settings, spreadsheets
from ayne.database import export_folder
from ayne.database.export_folder import Table
from ayne.database.statements import statements
from ayne.kinds import Kind

Form = Literal["parquet", "csv", "jsonl"]


def check_form(form: str, *, by_year: bool = False, verbatim: bool = False) -> None:
    """Raise ValueError when the format is unknown, or does not take an option."""
    if form not in get_args(Form):
        raise ValueError(f"{form!r} is not parquet, csv or jsonl; export_delta writes Delta tables")
    if by_year and form != "parquet":
        raise ValueError(f"only Parquet files can be split by year, not {form}")
    if verbatim and form != "csv":
        raise ValueError(f"only CSV has cells that are changed for spreadsheets; {form} is as it is")


def exported(kinds: Sequence[Kind]) -> dict[str, str]:
    """Return the tables that are exported, and the query for the rows of each."""
    of_kinds = [table for kind in kinds for each in kind.family for table in (each.table, each.history)]
    of_parts = sorted(part.table for kind in kinds for part in kind.parts.values())
    queries = {name: sql for kind in kinds for name, sql in statements(kind).items()}
    return {
        table: queries[f"export_{table}"].strip().rstrip(";")
        for table in (*of_kinds, "parts", *of_parts, "ratings", "imdb_ratings", "imdb_episodes")
    }


def write(
    con: duckdb.DuckDBPyConnection,
    kinds: Sequence[Kind],
    folder: Path,
    form: str,
    *,
    by_year: bool = False,
    verbatim: bool = False,
) -> list[tuple[str, int, Path]]:
    """Write each table that has rows, that of the first kind also without rows, and ``schema.json``.

    Args:
        con: the database; it may write files.
        kinds: whose tables.
        folder: where to; made when it is not there.
        form: ``parquet``, ``csv`` or ``jsonl``.
        by_year: what has a day as a folder of Parquet files, one for each year.
        verbatim: CSV without regard for spreadsheets.

    Returns:
        The name of each table, its rows, and its file or folder.

    Raises:
        ConfigurationError: something is in the way that no export wrote; nothing was written.
        SharedStorageBusy: another export is writing to the folder.
        OSError: the folder cannot be written to.
    """
    queries = exported(kinds)
    counts = {table: con.sql(query).shape[0] for table, query in queries.items()}
    days = {each.table: each.day for kind in kinds for each in kind.family if by_year and each.day}
    names = {
        table: table if table in days else f"{table}.{form}"
        for table, count in counts.items()
        if count or table == kinds[0].table
    }
    with export_folder.held(folder) as target:
        target.check(names.values())
        with target.staging() as staging:
            written = {}
            for table, name in names.items():
                query, path = queries[table], staging / name
                with _blamed(con, query):
                    if form == "parquet":
                        _write_parquet(con, table, query, path, days.get(table))
                    elif form == "jsonl":
                        _write_jsonl(con, query, path)
                    else:
                        _write_csv(con, query, path, verbatim=verbatim)
                written[table] = (name, describe(con, table))
            target.publish(staging, written)
    return [(table, counts[table], folder / name) for table, name in names.items()]


@contextmanager
def _blamed(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[None]:
    """Tell a database that cannot be read from a folder that cannot be written to.

    Raises:
        OSError: it is the folder: all rows of the table can be read.
    """
    try:
        yield
    except duckdb.IOException as error:
        con.execute(f"SELECT sum(hash(read)) FROM ({query}) AS read").fetchall()  # noqa: S608 - our own statement
        raise OSError(f"is there room on the disk? {str(error).partition(chr(10))[0]}") from error


def describe(con: duckdb.DuckDBPyConnection, table: str) -> Table:
    """Return the descriptions of a table and its columns, as the database has them."""
    ((comment,),) = con.execute(statements()["table_comment"], {"table": table}).fetchall()
    columns = con.execute(statements()["column_comments"], {"table": table}).fetchall()
    return Table(comment, [{"name": name, "type": kind, "comment": told} for name, kind, told in columns])


def _write_csv(con: duckdb.DuckDBPyConnection, query: str, path: Path, *, verbatim: bool) -> None:
    if verbatim:
        con.sql(query).write_csv(str(path), header=True)
    else:
        cells = ", ".join(_safe(con, name, str(kind)) for name, kind in _columns(con, query))
        # Without the mark in front Excel takes UTF-8 for something else.
        con.sql(f"SELECT {cells} FROM ({query})").write_csv(str(path), header=True)  # noqa: S608 - our own names
        _put_in_front(path, "\ufeff".encode())


def _write_parquet(con: duckdb.DuckDBPyConnection, table: str, query: str, path: Path, day: str | None) -> None:
    """DuckDB writes no comments of fields, so they are in the file's own key-value metadata."""
    told = describe(con, table)
    metadata = {
        "table_comment": told.comment or "",
        "column_comments": msgspec.json.encode({c["name"]: c["comment"] for c in told.columns}).decode(),
        "made_by": f"ayne {__version__}",
        "attribution": settings.ATTRIBUTION,
    }
    pairs = ", ".join(f"{name}: {literal(value)}" for name, value in metadata.items())
    options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{pairs}}}"
    if day:
        query = f"SELECT *, year({day}) AS year FROM ({query})"  # noqa: S608 - our own statement
        options += ", PARTITION_BY (year)"
    con.execute(f"COPY ({query}) TO {literal(str(path))} ({options})")
    if day:
        path.mkdir(exist_ok=True)  # without films DuckDB makes none


def _write_jsonl(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    encode = msgspec.json.Encoder(enc_hook=str).encode
    cursor = con.execute(query)
    columns = [column[0] for column in cursor.description or []]
    with path.open("wb") as file:
        while batch := cursor.fetchmany(1000):
            file.writelines(encode(dict(zip(columns, row, strict=True))) + b"\n" for row in batch)


def _columns(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, Any]]:
    relation = con.sql(query)
    return list(zip(relation.columns, relation.types, strict=True))


def _safe(con: duckdb.DuckDBPyConnection, name: str, kind: str) -> str:
    """Return a column for a spreadsheet: lists as text, and no text or name that is a formula."""
    column = quoted(name)
    if kind.endswith("[]"):
        cell = _guarded(f"array_to_string({column}, '; ')")
    else:
        cell = _guarded(column) if kind in {"VARCHAR", "JSON"} else column
    ((head,),) = con.execute(f"SELECT {_guarded(literal(name))}").fetchall()
    return f"{cell} AS {quoted(head)}"


def _guarded(text: str) -> str:
    return f"CASE WHEN regexp_matches({text}, {literal(spreadsheets.RISKY)}) THEN chr(39) || {text} ELSE {text} END"


def _put_in_front(path: Path, mark: bytes) -> None:
    """Rewrite a file with something in front, without holding it in memory."""
    marked = path.with_name(f"{path.name}.marked")
    try:
        with path.open("rb") as source, marked.open("wb") as target:
            target.write(mark)
            shutil.copyfileobj(source, target)
        marked.replace(path)
    finally:
        marked.unlink(missing_ok=True)


def quoted(name: str) -> str:
    """Return a name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a literal of SQL, where no parameter may stand."""
    return "'" + text.replace("'", "''") + "'"
