"""Tables that many programs read from one place: Delta tables, partitioned by year of release.

Of a table only the partitions that changed are written, as Parquet files under names that were never there before; then
one commit, an object that is written as a whole and only if no other of its number exists, makes them part of the table
and drops what they replace. Until then no reader sees anything of it, whatever becomes of this process.

Files come from DuckDB, the log is written by delta-rs, and object_store carries both.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ayne import settings
from ayne.database import partitions
from ayne.database.export_folder import Table
from ayne.database.object_storage import Place
from ayne.database.partitions import Fingerprint, Plan, State, Year
from ayne.database.statements import statements
from ayne.database.table_files import describe, exported, literal, quoted
from ayne.errors import ConfigurationError, SharedStorageBusy, StoreError
from ayne.kinds import Kind

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable, Schema
    from deltalake.transaction import AddAction, RemoveAction

_BY = "release_year"

# Files that are on their way at once.
_UPLOADS = 8

# So many commits of others, who compact or clean up, are looked through for our last one.
_COMMITS = 50

# What DuckDB's types are in Delta.
_TYPES = {
    "BIGINT": "long",
    "INTEGER": "integer",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "VARCHAR": "string",
    "JSON": "string",
    "TIMESTAMP": "timestamp",
}


@dataclass(frozen=True, slots=True)
class SharedTable:
    """What came of a table that was shared.

    Attributes:
        table: its name.
        rows: how many it has.
        partitions: how many partitions it has: years of release, and one for films without.
        written: how many of them were written, because they had changed.
        removed: how many went, because nothing is in them any more.
        bytes: the size of the files that were written.
        version: the number of the commit in which it is as the database has it.
        address: where it is.
    """

    table: str
    rows: int
    partitions: int
    written: int
    removed: int
    bytes: int
    version: int
    address: str


@dataclass(frozen=True, slots=True)
class Found:
    """A table as it is in the place: None for what is not there, or cannot be told."""

    delta: DeltaTable | None = None
    state: State | None = None

    @property
    def version(self) -> int:
        """The number of its newest commit, -1 when it has none."""
        return self.delta.version() if self.delta else -1


@dataclass(frozen=True, slots=True)
class _File:
    """A file to become part of a table: where it is, its name there, and its partition as the log writes it."""

    path: Path
    name: str
    year: str | None
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Staged:
    """A table as the database has it, and the files of the partitions that changed."""

    table: str
    schema: Schema
    comment: str
    state: State
    plan: Plan
    files: list[_File]


def look(place: Place, kinds: Sequence[Kind]) -> dict[str, Found]:
    """What is in a place already.

    Raises:
        ConfigurationError: the extra is not installed, the place cannot be used as it is set up, or one of the tables
            is not ours.
        SharedStorageError: the place cannot be reached.
    """
    if not (find_spec("deltalake") and find_spec("obstore")):
        raise ConfigurationError("Delta tables need deltalake and obstore. Install them: pip install 'ayne[delta]'")
    return {table: _look(place, table) for table in exported(kinds)}


def _look(place: Place, table: str) -> Found:
    from deltalake import DeltaTable  # noqa: PLC0415 - an extra, and slow to import
    from deltalake.exceptions import TableNotFoundError  # noqa: PLC0415

    with _talking(place):
        try:
            delta = DeltaTable(place.of(table), storage_options=place.options)
        except TableNotFoundError:
            return Found()
        if delta.transaction_version(partitions.MARK) is None:
            raise ConfigurationError(
                f"{place.of(table)} is a Delta table that ayne did not write. Name another place with --out."
            )
        return Found(delta, partitions.last_written(delta.history(_COMMITS)))


def stage(con: duckdb.DuckDBPyConnection, kinds: Sequence[Kind], found: dict[str, Found], folder: Path) -> list[Staged]:
    """Compare each table with what was found of it, and write the partitions that changed into a folder.

    The films come last: who meets a film in the place finds all that belongs to it.
    """
    mains = {kind.table for kind in kinds}
    staged = []
    for table in sorted(found, key=lambda table: table in mains):
        described = describe(con, table)
        con.execute(f"CREATE OR REPLACE TEMP VIEW shared AS {_query(kinds, table, described.columns)}")
        staged.append(_stage(con, table, described, found[table], folder / table))
    con.execute("DROP VIEW shared")
    first = kinds[0].table
    return [table for table in staged if table.state.rows or table.table == first or found[table.table].delta]


def _stage(con: duckdb.DuckDBPyConnection, table: str, described: Table, found: Found, folder: Path) -> Staged:
    schema = _schema(described.columns)
    held = con.execute(statements()["fingerprints"]).fetchall()
    layout = hashlib.sha256(schema.to_json().encode()).hexdigest()[:16]
    state = State(layout, {year: Fingerprint(rows, int(hashed)) for year, rows, hashed in held})
    todo = partitions.plan(found.state, state)
    files = list(_write(con, todo.write, folder)) if todo.write else []
    return Staged(table, schema, described.comment or table, state, todo, files)


def _query(kinds: Sequence[Kind], table: str, columns: list[dict[str, Any]]) -> str:
    """The rows of a table as they are shared, each with the year of its film."""
    cells = ", ".join(_cell(column["name"], column["type"]) for column in columns)
    owners = [kind for kind in kinds if table in kind.tables]
    key = {"ratings": "imdb_id", "imdb_ratings": "imdb_id", "parts": "kind, tmdb_id"}.get(table, "tmdb_id")
    name = "released_by_imdb_id" if key == "imdb_id" else "released_by_tmdb_id"
    released = " UNION ALL ".join(statements(kind)[name].rstrip().rstrip(";") for kind in owners or kinds)
    years = f"SELECT {key}, min({_BY}) AS {_BY} FROM ({released}) GROUP BY ALL"  # noqa: S608 - our own names
    return f"SELECT {cells}, f.{_BY} FROM {table} AS t LEFT JOIN ({years}) AS f USING ({key})"  # noqa: S608 - our own names


def _cell(name: str, kind: str) -> str:
    """A column as it is written: a time is UTC in DuckDB, and says so in Delta."""
    casts = {"JSON": "::VARCHAR", "TIMESTAMP": " AT TIME ZONE 'UTC'"}
    column = quoted(name)
    return f"t.{column}{casts.get(kind, '')} AS {column}"


def _schema(columns: list[dict[str, Any]]) -> Schema:
    """The columns as Delta has them, with what they mean."""
    from deltalake import Field, Schema  # noqa: PLC0415
    from deltalake.schema import ArrayType, PrimitiveType  # noqa: PLC0415

    def field(name: str, type: str, comment: str | None) -> Field:  # noqa: A002 - the keys are what they are
        if (simple := _TYPES.get(type.removesuffix("[]"))) is None:
            raise StoreError(
                f"The column {name} is of the type {type}, which no table of ayne's has. Who made the file?"
            )
        known = PrimitiveType(simple)
        return Field(name, ArrayType(known) if type.endswith("[]") else known, metadata={"comment": comment or ""})

    fields = [field(**column) for column in columns]
    year = Field(_BY, PrimitiveType("integer"), metadata={"comment": "Year in which the film was released"})
    return Schema([*fields, year])


def _write(con: duckdb.DuckDBPyConnection, years: frozenset[Year], folder: Path) -> Iterator[_File]:
    """Write the partitions of some years into a folder."""
    # COPY takes no parameters; these are numbers, and a folder of our own in one that the system names.
    known = ", ".join(str(year) for year in years if year is not None) or "NULL"
    wanted = f"{_BY} IN ({known})" + (f" OR {_BY} IS NULL" if None in years else "")
    con.execute(
        f"COPY (FROM shared WHERE {wanted}) TO {literal(str(folder))} (FORMAT parquet, COMPRESSION zstd, "
        f"PARTITION_BY ({_BY}), FILENAME_PATTERN '{{uuid}}', RETURN_STATS)"
    )
    columns = [name for name, *_ in con.description or ()]
    for row in con.fetchall():
        told = dict(zip(columns, row, strict=True))
        path = Path(told["filename"])
        year = told["partition_keys"][_BY]
        yield _File(path, path.relative_to(folder).as_posix(), year, told["count"], told["file_size_bytes"])


def share(place: Place, found: dict[str, Found], staged: list[Staged]) -> Iterator[SharedTable]:
    """Bring each table into the place, in a commit of its own; what is there as it should be is left alone.

    Raises:
        SharedStorageBusy: somebody else wrote to a table since it was looked at.
        SharedStorageError: the place cannot be reached any more. The table is as it was.
    """
    for table in staged:
        before = found[table.table]
        version = before.version
        if not table.plan.empty or not before.delta:
            with _talking(place):
                _upload(place, table)
                _commit(place, table, before)
            version += 1
        yield SharedTable(
            table=table.table,
            rows=table.state.rows,
            partitions=len(table.state.partitions),
            written=len(table.plan.write),
            removed=len(_gone(table, before)),
            bytes=sum(file.size for file in table.files),
            version=version,
            address=place.of(table.table),
        )
        for file in table.files:
            file.path.unlink()


def _upload(place: Place, table: Staged) -> None:
    import obstore  # noqa: PLC0415

    store = place.store(table.table)
    with ThreadPoolExecutor(_UPLOADS) as pool:
        # Each that fails is heard of, and then no other is begun.
        try:
            list(pool.map(lambda file: obstore.put(store, file.name, file.path), table.files))
        finally:
            pool.shutdown(cancel_futures=True)


def _commit(place: Place, table: Staged, before: Found) -> None:
    from deltalake.transaction import create_table_with_add_actions  # noqa: PLC0415

    adds = [_add(file) for file in table.files]
    if before.delta is None:
        create_table_with_add_actions(
            place.of(table.table),
            table.schema,
            adds,
            mode="error",
            partition_by=[_BY],
            name=table.table,
            description=f"{table.comment}. {settings.ATTRIBUTION}",
            storage_options=place.options,
            commit_properties=_properties(table, before),
        )
        return
    removals = [] if table.plan.anew else _removals(table, before.delta)
    before.delta.create_write_transaction(
        [*adds, *removals],
        # What is overwritten loses all its files, and gets the columns that the new ones have.
        "overwrite" if table.plan.anew else "append",
        table.schema,
        partition_by=[_BY],
        commit_properties=_properties(table, before),
    )


def _properties(table: Staged, before: Found) -> CommitProperties:
    """The fingerprints go with the commit; and it is made right after the one that was looked at, or not at all."""
    from deltalake import CommitProperties, Transaction  # noqa: PLC0415

    return CommitProperties(
        custom_metadata={partitions.MARK: table.state.as_mark()},
        max_commit_retries=0,
        app_transactions=[Transaction(partitions.MARK, before.version + 1)],
    )


def _add(file: _File) -> AddAction:
    from deltalake.transaction import AddAction  # noqa: PLC0415

    return AddAction(file.name, file.size, {_BY: file.year}, _now(), True, json.dumps({"numRecords": file.rows}))


def _removals(table: Staged, delta: DeltaTable) -> list[RemoveAction]:
    """The files of the partitions that were written again, or are gone."""
    from deltalake.transaction import RemoveAction  # noqa: PLC0415

    gone = table.plan.write | table.plan.remove
    return [
        RemoveAction(file["path"], True, _now(), file["size_bytes"], {_BY: None if year is None else str(year)})
        for file in delta.get_add_actions(flatten=True).to_struct_array().to_pylist()
        if (year := file[f"partition.{_BY}"]) in gone
    ]


def _gone(table: Staged, before: Found) -> set[Year]:
    return set(before.state.partitions if before.state else ()) - table.state.partitions.keys()


def _now() -> int:
    """Milliseconds, as a log has them."""
    return time.time_ns() // 1_000_000


@contextmanager
def _talking(place: Place) -> Iterator[None]:
    """Say in our words what goes wrong between here and the place."""
    from deltalake.exceptions import CommitFailedError, DeltaError  # noqa: PLC0415
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        yield
    except (CommitFailedError, DeltaError, BaseError, OSError) as error:
        if isinstance(error, CommitFailedError) or "already exists" in str(error):
            raise SharedStorageBusy(
                f"Somebody else wrote to {place.address} meanwhile, and what they wrote was left as it is. "
                "Export again when they are done."
            ) from None
        raise place.in_words(error) from None
