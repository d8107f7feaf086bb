"""Films that a list names, for ``ayne collect --ids`` and ``ayne plan --ids``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ayne.cli import options
from ayne.cli.endings import db_as_typed
from ayne.cli.terminal import say, say_script

if TYPE_CHECKING:
    from ayne.data_collection.given_files import GivenList
    from ayne.data_collection.given_ids import GivenOutcome
    from ayne.database.duckdb_client import DuckDBClient

F = TypeVar("F", bound=Callable[..., Any])

# What a list of films has no use for.
_OF_DISCOVERY = {
    "first": "--from",
    "last": "--to",
    "min_votes": "--min-votes",
    "max_pages": "--max-pages",
    "adult": "--include-adult",
    "video": "--include-video",
    "filters": "--filter",
    "genres": "--genres",
    "without_genres": "--without-genres",
    "original_language": "--original-language",
    "country": "--country",
    "min_runtime": "--min-runtime",
    "max_runtime": "--max-runtime",
    "min_average": "--min-average",
    "region": "--region",
    "refresh_limit": "--refresh-limit",
    "ids_from": "--source",
    "min_popularity": "--min-popularity",
}

# How outcomes are told, in this order.
_SAID: dict[GivenOutcome, str] = {
    "stored": "stored",
    "already stored": "already stored",
    "merged": "merged into another",
    "gone": "gone",
    "not found": "not found",
    "not a film": "not a film",
    "not a series": "not a series",
    "not a person": "not a person",
    "unreadable": "unreadable",
    "failed": "failed",
    "waiting": "waiting",
}

# Of rows with these there is nothing to show.
NO_FILM = ("not found", "not a film", "not a series", "not a person", "unreadable", "failed")


def ids_options(function: F) -> F:
    """Add the options that name films by a list."""
    for option in (
        click.option(
            "--id-column", metavar="NAME", help="Column of the list that holds the ids [recognised by its name]."
        ),
        click.option(
            "--ids",
            metavar="FILE",
            help="Take the films, series or people from this list (- for standard input): ids or addresses of TMDB or "
            "IMDb, one a line, or a CSV, TSV, JSON or Parquet file with a column of them, like MovieLens' links.csv.",
        ),
    ):
        function = option(function)
    return function


@contextmanager
def opened(store: DuckDBClient, ids: str, id_column: str | None) -> Iterator[GivenList]:
    """Open a list, for as long as the context, and say which columns of it are used.

    Raises:
        click.UsageError: an option was given that has no meaning for a list.
        ConfigurationError: it cannot be read.
    """
    from ayne.data_collection.given_files import open_list

    for name, option in _OF_DISCOVERY.items():
        if options.given(name):
            raise click.UsageError(
                f"{option} does not go with --ids: a list names its films, it does not look for them"
            )
    path: str | Path = ids if ids == "-" else options.expanded(Path(ids))
    if ids == "-" and sys.stdin.isatty():
        say("reading ids from the terminal, one a line; Ctrl-D ends the list")
    with open_list(path, id_column, parquet=store.parquet, kind=store.kind) as listed:
        if listed.columns:
            say(f"{listed.name}: ids from {listed.columns}")
        yield listed


def check_alone(ids: str | None, id_column: str | None) -> None:
    """Refuse --id-column without --ids.

    Raises:
        click.UsageError: a column is named, and no list.
    """
    if id_column is not None and ids is None:
        raise click.UsageError("--id-column names a column of a list; name the list with --ids")


# The rows of all lists that have no film, and why.
_WHY = "SELECT row, given, outcome, message FROM given WHERE message IS NOT NULL ORDER BY file, row"


def say_outcomes(given: dict[str, Any], path: Path) -> None:
    """Print what became of the rows of a list, for people."""
    outcomes = given["outcomes"]
    told = [f"{outcomes[name]:,} {said}" for name, said in _SAID.items() if outcomes.get(name)]
    say(f"{given['file']}: {given['rows']:,} {'row' if given['rows'] == 1 else 'rows'}: {', '.join(told) or 'none'}")
    if any(outcomes.get(name) for name in NO_FILM):
        say("The table `given` says why:")
        say_script(f'  ayne sql{db_as_typed(path)} "{_WHY}"')
