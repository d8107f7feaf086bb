"""Load collected films into another store with dlt (https://dlthub.com), only what is new or newer each time.

    pip install "dlt[duckdb]"
    ayne collect --sandbox --from 2020 --to 2024
    python examples/load_with_dlt.py sandbox.duckdb

The store here is another DuckDB file, ``warehouse.duckdb``. For Postgres, BigQuery, Snowflake or a folder of Parquet
files, only ``destination`` is another: https://dlthub.com/docs/dlt-ecosystem/destinations. dlt tells its makers of each
run; with ``RUNTIME__DLTHUB_TELEMETRY=false`` in the environment it does not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import dlt

from ayne.database.duckdb_client import DuckDBClient

ROWS_AT_ONCE = 1_000


def newer_rows(db: DuckDBClient, table: str, moment: str, last: Any) -> Iterator[list[dict[str, Any]]]:
    """Rows of a table whose moment is later than the last one that was loaded, or all of them."""
    rows = db.relation(table).filter(f"{moment} IS NOT NULL")
    if last is not None:
        rows = rows.filter(f"{moment} >= TIMESTAMP '{last:%Y-%m-%d %H:%M:%S.%f}'")
    names = rows.columns
    for batch in batched(rows.iter_rows(), ROWS_AT_ONCE):
        yield [dict(zip(names, row, strict=True)) for row in batch]


def batched(rows: Iterator[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Rows, so many at a time."""
    while batch := list(islice(rows, size)):
        yield batch


@dlt.source(name="ayne")
def collected(path: str | Path) -> Any:
    """Films and their ratings. Lists, as of genres, become tables of their own: ``films__genres``."""
    db = DuckDBClient(path)

    @dlt.resource(primary_key="tmdb_id", write_disposition="merge")
    def films(details_at: Any = dlt.sources.incremental("details_at")) -> Iterator[list[dict[str, Any]]]:  # noqa: B008 - dlt reads it
        yield from newer_rows(db, "films", "details_at", details_at.last_value)

    @dlt.resource(primary_key="imdb_id", write_disposition="merge")
    def ratings(fetched_at: Any = dlt.sources.incremental("fetched_at")) -> Iterator[list[dict[str, Any]]]:  # noqa: B008
        yield from newer_rows(db, "ratings", "fetched_at", fetched_at.last_value)

    return films, ratings


def load(path: str | Path, warehouse: str | Path = "warehouse.duckdb") -> Any:
    """Bring the warehouse up to date with the collected films.

    Args:
        path: the file that ayne collects into; it is free again as soon as its rows are copied.
        warehouse: the file to load into. What dlt has to remember of it is kept in a folder beside it, so that two
            warehouses are never taken for one.
    """
    warehouse = Path(warehouse).absolute()
    pipeline = dlt.pipeline(
        "ayne",
        destination=dlt.destinations.duckdb(str(warehouse)),
        dataset_name="films",
        pipelines_dir=str(warehouse.with_suffix(".dlt")),
    )
    return pipeline.run(collected(path))


if __name__ == "__main__":
    print(load(sys.argv[1] if len(sys.argv) > 1 else "films.duckdb"))
