"""``ayne export``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ayne.cli import options, tables, wiring
from ayne.cli.terminal import show, show_json
from ayne.errors import ConfigurationError

if TYPE_CHECKING:
    from ayne.database.delta_tables import SharedTable
    from ayne.database.duckdb_client import DuckDBClient

# Names that end so are meant for files.
_FILE_ENDINGS = frozenset({".csv", ".parquet", ".jsonl", ".json", ".tsv", ".xlsx", ".gz", ".zip", ".duckdb"})

_OUT_HELP = (
    "Folder to write to, created if missing; or an address like s3://bucket/films, for Delta tables in an object store."
)


@click.command(short_help="Write what is stored to files, or to shared storage.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "jsonl", "delta"]),
    default="parquet",
    show_default="parquet, for an address delta",
)
@click.option("--out", required=True, metavar="PLACE", help=_OUT_HELP)
@click.option("--by-year", is_flag=True, help="Split tables that have a date into one Parquet file for each year.")
@click.option("--verbatim", is_flag=True, help="Write CSV for programs: add no apostrophes in front of formulas.")
@options.db_option
@options.json_option
def export(form: str, out: str, by_year: bool, verbatim: bool, db: Path | None, as_json: bool) -> None:
    """Write all stored films, series, people and the rest to files that other programs read.

    Each table that has rows becomes a file; schema.json says what the columns hold. Files appear only when all of them
    are complete. Files of an earlier export are replaced, other files are not. In CSV, a text that a spreadsheet would
    run as a formula gets an apostrophe in front.

    Many programs at once can read Delta tables (Spark, Trino, Dask, Polars, DuckDB): an export writes only the years of
    release in which something changed, and a reader sees each table either as before the export or as after it. They
    need pip install "ayne[delta]"; credentials come from AWS_ACCESS_KEY_ID and the like.

    \b
    ayne export --format parquet --out films
    ayne export --format parquet --by-year --out films
    ayne export --format csv --out films
    ayne export --out s3://bucket/films
    """
    store = wiring.open_store(options.database(db))
    if form == "delta" or "://" in out:
        _export_delta(store, form, out, split=by_year or verbatim, as_json=as_json)
        return
    folder = options.expanded(Path(out))
    if folder.is_file():
        raise click.BadParameter(f"{out!r} is a file, not a folder", param_hint="--out")
    if folder.suffix.lower() in _FILE_ENDINGS and not folder.is_dir():
        raise click.BadParameter(
            f"{out!r} is called like a file, and an export is a folder of them. Name a folder, like --out "
            f'{folder.stem or "films"}; for one table in one file there is ayne sql --csv "FROM films" > {out}',
            param_hint="--out",
        )
    try:
        written = store.export(folder, form, by_year=by_year, verbatim=verbatim)
    except ValueError as error:
        raise click.UsageError(f"{error}") from None
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written to: {error}") from None
    if as_json:
        found = [{"table": name, "rows": rows, "path": str(path)} for name, rows, path in written]
        show_json(tables.as_json({"out": out, "format": form, "tables": found}))
        return
    for name, rows, path in written:
        show(f"{rows:>10,} {name} in {path}")


def _export_delta(store: DuckDBClient, form: str, out: str, *, split: bool, as_json: bool) -> None:
    if form != "delta" and options.given("form"):
        raise click.UsageError(
            f"{out} takes Delta tables, not {form} files: many programs read it, and none may see half an export. "
            f"Leave out --format, or name a folder with --out."
        )
    if split:
        raise click.UsageError("a Delta table is split by year in any case; leave out --by-year and --verbatim")
    written = store.export_delta(out)
    if as_json:
        found = [asdict(table) for table in written]
        show_json(tables.as_json({"out": out, "format": "delta", "tables": found}))
        return
    for table in written:
        show(f"{table.rows:>10,} {table.table}: {_what_changed(table)}, version {table.version}")


def _what_changed(table: SharedTable) -> str:
    if not (table.written or table.removed):
        return "unchanged"
    size = f"{table.bytes / 1e6:,.1f} MB" if table.bytes >= 1e5 else f"{table.bytes / 1e3:,.1f} kB"
    gone = f", {table.removed} gone" if table.removed else ""
    return f"{table.written} of {table.partitions} years written{gone}, {size}"
