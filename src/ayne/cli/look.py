"""``ayne movie``, ``ayne sql`` and ``ayne export``: looking at the films."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from ayne.cli import options, tables, wiring
from ayne.errors import AyneError, ConfigurationError


@click.command()
@click.argument("movie_id")
@options.db_option
@options.json_option
def movie(movie_id: str, db: Path | None, as_json: bool) -> None:
    """Show one stored film, by TMDB id or IMDb id.

    \b
    ayne movie 550
    ayne movie tt0137523
    """
    if not re.fullmatch(r"[0-9]{1,15}|tt[0-9]{7,10}", movie_id):
        raise click.BadParameter(f"{movie_id!r} is neither a TMDB id like 550 nor an IMDb id like tt0137523")
    path = options.database(db)
    store = wiring.open_store(path)
    film = store.movie(int(movie_id) if movie_id.isdigit() else movie_id)
    if film is None:
        raise AyneError(f"{path} has no film {movie_id}. `ayne status` shows which years it has.")
    film.update(store.named("movie_parts", id=film["tmdb_id"]).as_dicts()[0])
    if as_json:
        click.echo(tables.as_json(film))
        return
    year = f" ({film['release_date'].year})" if film["release_date"] else ""
    click.secho(f"{tables.shown(film['title'])}{year}", bold=True)
    for name, value in film.items():
        if value not in (None, [], "") and name != "title":
            money = f"${value:,}" if name in {"budget", "revenue"} else tables.shown(value)
            click.echo(f"  {name.replace('_', ' '):<24}{f'{value} min' if name == 'runtime' else money}")


@click.command()
@click.argument("query")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    help="How to print the rows [a table on a terminal, else CSV].",
)
@options.db_option
def sql(query: str, form: str | None, db: Path | None) -> None:
    """Run a query on the database; it cannot change anything.

    \b
    ayne sql "SELECT title, revenue FROM movies ORDER BY revenue DESC NULLS LAST LIMIT 10"
    """
    import duckdb  # noqa: PLC0415

    try:
        found = wiring.open_store(options.database(db)).query(query)
    except duckdb.Error as error:
        raise ConfigurationError(f"the query failed: {error}") from None
    form = form or ("table" if sys.stdout.isatty() else "csv")
    if form == "json" and len(set(found.columns)) < len(found.columns):
        raise ConfigurationError("two columns of the query have the same name; give them names of their own with AS")
    if form == "json":
        click.echo(tables.as_json(found.as_dicts()))
    elif form == "csv":
        tables.print_csv(found.columns, found.rows)
    else:
        tables.print_table(found.columns, found.rows)


@click.command()
@click.option("--format", "form", type=click.Choice(["parquet", "csv", "jsonl"]), default="parquet", show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write to; it is made when it is not there.",
)
@options.db_option
def export(form: str, out: Path, db: Path | None) -> None:
    """Write the films, and each table of parts that has rows, to files that other programs read.

    \b
    ayne export --format parquet --out films
    """
    try:
        for name, rows, path in wiring.open_store(options.database(db)).export(out, form):
            click.echo(f"{rows:>10,} {name} in {path}")
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written to: {error}") from None
