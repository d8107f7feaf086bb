"""Shared tables as DuckDB, Polars and Dask read them, beside what the database holds, and exports that are killed.

All tables are sorted rows, so that they can be compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ayne.database.duckdb_client import DuckDBClient
from tests.s3_server import S3Server

Rows = list[tuple[Any, ...]]


def in_database(db: DuckDBClient, table: str) -> Rows:
    """A table, and of each row the year in which its film was released."""
    key = "imdb_id" if table in ("ratings", "imdb_ratings") else "tmdb_id"
    released = f"(SELECT min(year(release_date)) FROM movies m WHERE m.{key} = t.{key})"
    return _sorted(db.query(f"SELECT t.*, {released} AS release_year FROM {table} t").as_dicts())


def by_duckdb(url: str) -> Rows:
    """A shared table as DuckDB reads it."""
    from deltalake import DeltaTable  # noqa: PLC0415 - an extra, and slow to import - the readers are not there everywhere

    films = DeltaTable(url).to_pyarrow_dataset()
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        found = con.from_arrow(films)
        return _sorted(dict(zip(found.columns, row, strict=True)) for row in found.fetchall())


def by_polars(url: str) -> Rows:
    """A shared table as Polars reads it."""
    import polars  # noqa: PLC0415

    return _sorted(polars.scan_delta(url).collect().to_dicts())


def by_dask(url: str) -> Rows:
    """A shared table as Dask reads it: the files of one version."""
    import dask  # noqa: PLC0415
    import dask.dataframe  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    from deltalake import DeltaTable  # noqa: PLC0415
    from pyarrow.fs import LocalFileSystem, S3FileSystem  # noqa: PLC0415

    files = [file.removeprefix("s3://") for file in DeltaTable(url).file_uris()]
    in_bucket = url.startswith("s3://")
    store = S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"]) if in_bucket else LocalFileSystem()
    with dask.config.set(scheduler="synchronous"):
        found = dask.dataframe.read_parquet(files, filesystem=store, dtype_backend="pyarrow").compute()
    return _sorted(pa.Table.from_pandas(found, preserve_index=False).to_pylist())


READERS = {"duckdb": by_duckdb, "polars": by_polars, "dask": by_dask}


def _sorted(rows: Iterable[Mapping[str, Any]]) -> Rows:
    plain = [tuple((name, _plain(row[name])) for name in sorted(row)) for row in rows]
    return sorted(plain, key=repr)


def _plain(value: Any) -> Any:
    """A value as all of them have it: a time in UTC without saying so, a year as a number."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None)
    return value


def start_export(db: DuckDBClient, url: str, server: S3Server) -> subprocess.Popen[str]:
    """``ayne export`` as a user starts it, who need not say that this machine's server is without encryption."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AYNE_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "ayne", "export", "--db", db.path, "--out", url],
        env=clean | server.environment,
        cwd=Path(db.path).parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_export(db: DuckDBClient, url: str, server: S3Server, write: int, *, after: bool) -> None:
    """Start an export, and kill it at a write: before the server carries it out, or after, without an answer."""
    server.reset(hold_at=write, after=after)
    with start_export(db, url, server) as process:
        held = server.held()
        process.kill()
    server.reset()
    if not held:
        raise AssertionError(f"it was over before its write {write}")
