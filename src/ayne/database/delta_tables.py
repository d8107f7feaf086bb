"""Tables that many programs read from one place: Delta tables, partitioned by year of release.

Of a table only the partitions that changed are written, as Parquet files under names that were never there before; then
one commit, an object that is written as a whole and only if no other of its number exists, makes them part of the table
and drops what they replace. Until then no reader sees anything of it, whatever becomes of this process.

DuckDB says which partitions changed; delta-rs writes them, and the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ayne import settings
from ayne.database import partitions
from ayne.database.export_folder import Table
from ayne.database.export_tables import describe, exported, literal, quoted
from ayne.database.object_storage import Place
from ayne.database.partitions import Fingerprint, Plan, State, Year
from ayne.database.statements import statements
from ayne.errors import ConfigurationError, SharedStorageBusy, StoreError
from ayne.kinds import Kind

if TYPE_CHECKING:
    from arro3.core import RecordBatchReader
    from deltalake import CommitProperties, DeltaTable

_BY = "release_year"

# So many commits of others, who compact or clean up, are looked through for our last one.
_COMMITS = 50

# The types that columns of ayne's have, alone or as lists; each of them Delta has too.
_TYPES = {"BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "VARCHAR", "JSON", "TIMESTAMP"}


@dataclass(frozen=True, slots=True)
class SharedTable:
    """The result for one shared table.

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
        """The number of its newest commit, -1 if it has none."""
        return self.delta.version() if self.delta else -1


@dataclass(frozen=True, slots=True)
class Staged:
    """A table as the database has it, and a file with the partitions that changed, None when none did."""

    table: str
    described: Table
    state: State
    plan: Plan
    file: Path | None


def look(place: Place, kinds: Sequence[Kind]) -> dict[str, Found]:
    """Look up which tables a place already has.

    Raises:
        ConfigurationError: the extra is not installed, the place cannot be used as it is set up, or one of the tables
            is not ours.
        SharedStorageError: the place cannot be reached.
    """
    if not find_spec("deltalake"):
        raise ConfigurationError("Delta tables need deltalake. Install it: pip install 'ayne[delta]'")
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
        staged.append(_stage(con, table, described, found[table], folder / f"{table}.parquet"))
    con.execute("DROP VIEW shared")
    first = kinds[0].table
    return [table for table in staged if table.state.rows or table.table == first or found[table.table].delta]


def _stage(con: duckdb.DuckDBPyConnection, table: str, described: Table, found: Found, file: Path) -> Staged:
    held = con.execute(statements()["fingerprints"]).fetchall()
    layout = hashlib.sha256(repr(described.columns).encode()).hexdigest()[:16]
    state = State(layout, {year: Fingerprint(rows, int(hashed)) for year, rows, hashed in held})
    todo = partitions.plan(found.state, state)
    if todo.empty and found.delta:
        return Staged(table, described, state, todo, None)
    # COPY takes no parameters; these are numbers, and a folder of our own in one that the system names.
    con.execute(f"COPY (FROM shared WHERE {_of_years(todo.write)}) TO {literal(str(file))} (FORMAT parquet)")
    return Staged(table, described, state, todo, file)


def _of_years(years: Iterable[Year]) -> str:
    """Return the condition that a row is of one of these years, in SQL that DuckDB and delta-rs read alike."""
    numbers = ", ".join(str(year) for year in years if year is not None)
    conditions = [f"{_BY} IN ({numbers})"] if numbers else []
    conditions += [f"{_BY} IS NULL"] if None in years else []
    return " OR ".join(conditions) or "false"


def _query(kinds: Sequence[Kind], table: str, columns: list[dict[str, Any]]) -> str:
    """Return the query for a table's rows as they are shared, each with the year of its film."""
    cells = ", ".join(_cell(column["name"], column["type"]) for column in columns)
    of_ids = {"imdb_episodes": "episodes"}.get(table, table)
    owners = [each for kind in kinds for each in kind.family if of_ids in each.tables]
    key = {"ratings": "imdb_id", "imdb_ratings": "imdb_id", "parts": "kind, tmdb_id"}.get(table, "tmdb_id")
    name = "released_by_imdb_id" if key == "imdb_id" else "released_by_tmdb_id"
    released = " UNION ALL ".join(statements(kind)[name].rstrip().rstrip(";") for kind in owners or kinds)
    years = f"SELECT {key}, min({_BY}) AS {_BY} FROM ({released}) GROUP BY ALL"  # noqa: S608 - our own names
    return f"SELECT {cells}, f.{_BY} FROM {table} AS t LEFT JOIN ({years}) AS f USING ({key})"  # noqa: S608 - our own names


def _cell(name: str, kind: str) -> str:
    """Return a column as it is written: DuckDB's times are UTC, and Delta's say so."""
    if kind.removesuffix("[]") not in _TYPES:
        raise StoreError(
            f"The column {name} is of the type {kind}, which no table of ayne's has. Did another program make the file?"
        )
    casts = {"JSON": "::VARCHAR", "TIMESTAMP": " AT TIME ZONE 'UTC'"}
    column = quoted(name)
    return f"t.{column}{casts.get(kind, '')} AS {column}"


def _rows(file: Path, described: Table) -> RecordBatchReader:
    """Yield the rows of a file, in columns with descriptions."""
    from arro3.core import RecordBatchReader, Schema  # noqa: PLC0415 - comes with deltalake

    told = {column["name"]: column["comment"] or "" for column in described.columns}
    told[_BY] = "Year in which the film was released"
    found = RecordBatchReader.from_stream(duckdb.connect(":memory:").read_parquet(str(file)))
    schema = Schema([found.schema.field(name).with_metadata({"comment": told[name]}) for name in found.schema.names])
    return RecordBatchReader.from_batches(schema, (batch.with_schema(schema) for batch in found))


def share(place: Place, found: dict[str, Found], staged: list[Staged]) -> Iterator[SharedTable]:
    """Write each table to the place in a commit of its own; leave tables alone that have not changed.

    Raises:
        SharedStorageBusy: somebody else wrote to a table since it was looked at.
        SharedStorageError: the place cannot be reached any more. The table is as it was.
    """
    for table in staged:
        before = found[table.table]
        version, size = before.version, 0
        if table.file:
            with _talking(place, new=None if before.delta else table.table):
                size = _write(place, table, table.file, before)
            version += 1
            table.file.unlink()
        yield SharedTable(
            table=table.table,
            rows=table.state.rows,
            partitions=len(table.state.partitions),
            written=len(table.plan.write),
            removed=len(_gone(table, before)),
            bytes=size,
            version=version,
            address=place.of(table.table),
        )


def _write(place: Place, table: Staged, file: Path, before: Found) -> int:
    """Write the partitions that changed, and drop what they replace, in one commit; how many bytes they have."""
    from deltalake import DeltaTable, write_deltalake  # noqa: PLC0415

    address, rows, properties = place.of(table.table), _rows(file, table.described), _properties(table, before)
    if before.delta is None:
        comment = f"{table.described.comment or table.table}. {settings.ATTRIBUTION}"
        write_deltalake(
            address,
            rows,
            partition_by=[_BY],
            name=table.table,
            description=comment,
            storage_options=place.options,
            commit_properties=properties,
        )
        return _bytes(DeltaTable(address, storage_options=place.options), set())
    known = set(before.delta.file_uris())
    if table.plan.anew:
        # What is overwritten loses all its files, and gets the columns that the new ones have.
        write_deltalake(before.delta, rows, mode="overwrite", schema_mode="overwrite", commit_properties=properties)
    else:
        replaced = _of_years(table.plan.write | table.plan.remove)
        write_deltalake(before.delta, rows, mode="overwrite", predicate=replaced, commit_properties=properties)
    return _bytes(before.delta, known)


def _bytes(delta: DeltaTable, known: set[str]) -> int:
    """Return the size of the files of a table that are new."""
    delta.update_incremental()
    sizes = delta.get_add_actions(flatten=True)["size_bytes"].to_pylist()
    return sum(size for uri, size in zip(delta.file_uris(), sizes, strict=True) if uri not in known)


def _properties(table: Staged, before: Found) -> CommitProperties:
    """Return the properties of a commit: the fingerprints, and that it follows the version that was read, or fails."""
    from deltalake import CommitProperties, Transaction  # noqa: PLC0415

    return CommitProperties(
        custom_metadata={partitions.MARK: table.state.as_mark()},
        max_commit_retries=0,
        app_transactions=[Transaction(partitions.MARK, before.version + 1)],
    )


def _gone(table: Staged, before: Found) -> set[Year]:
    return set(before.state.partitions if before.state else ()) - table.state.partitions.keys()


@contextmanager
def _talking(place: Place, new: str | None = None) -> Iterator[None]:
    """Say in our words what goes wrong between here and the place, also with a table that is ``new`` there."""
    from deltalake.exceptions import CommitFailedError, DeltaError  # noqa: PLC0415

    try:
        yield
    except (CommitFailedError, DeltaError, OSError) as error:
        # That somebody else made the table meanwhile has no class of its own.
        made = new is not None and isinstance(error, DeltaError) and _is_there(place, new)
        if made or isinstance(error, CommitFailedError):
            raise SharedStorageBusy(
                f"Somebody else wrote to {place.address} meanwhile, and what they wrote was left as it is. "
                "Export again when they are done."
            ) from None
        raise place.in_words(error) from None


def _is_there(place: Place, table: str) -> bool:
    from deltalake import DeltaTable  # noqa: PLC0415
    from deltalake.exceptions import DeltaError  # noqa: PLC0415

    try:
        return DeltaTable.is_deltatable(place.of(table), storage_options=place.options)
    except (DeltaError, OSError):
        return False
