"""``ayne sql``: run SQL on the database, once or at a prompt."""

from __future__ import annotations

import re
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from ayne.cli import freshness, options, tables, wiring
from ayne.cli.command_line import Quoted
from ayne.cli.terminal import say, show_json
from ayne.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb

    from ayne.database.duckdb_client import DuckDBClient
    from ayne.database.file import Rows

Form = Literal["table", "records", "csv", "json"]

# What a screen holds. Longer answers begin to scroll away.
_LINES = 40

_TABLES = """
SELECT table_name AS name, 'table' AS kind, estimated_size AS rows, comment FROM duckdb_tables() WHERE NOT internal
UNION ALL
SELECT view_name, 'view', NULL, comment FROM duckdb_views() WHERE NOT internal
UNION ALL
SELECT concat(function_name, '(', array_to_string(parameters, ', '), ')'), 'function', NULL, comment
FROM duckdb_functions() WHERE NOT internal
ORDER BY kind DESC, name
"""
_COLUMNS = """
SELECT column_name AS column, data_type AS type, comment
FROM duckdb_columns() WHERE NOT internal AND lower(table_name) = lower($name) ORDER BY column_index
"""


@click.command(short_help="Run a SQL query on the database.")
@click.argument("query", required=False)
@click.option("-f", "--file", "from_file", metavar="FILE", help="Read the query from this file, - for stdin.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "records", "csv", "json"]),
    help="How to print rows; records puts each value on a line of its own [table on a terminal, else csv].",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--parquet",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all rows to this Parquet file, with the types of their columns; replaces an existing file.",
)
@click.option(
    "--all", "whole", is_flag=True, help=f"Print all rows and columns on a terminal, not only {_LINES} lines."
)
@options.db_option
@options.json_option
def sql(
    query: str | None,
    from_file: str | None,
    form: Form | None,
    as_csv: bool,
    parquet: Path | None,
    whole: bool,
    db: Path | None,
    as_json: bool,
) -> None:
    """Run a SQL query on the database. It cannot change anything, and works while a collection is running.

    Without a query, open a prompt with history and completion. \\d lists the tables, \\d films the columns of films.

    \b
    ayne sql "SELECT title, revenue FROM films ORDER BY revenue DESC NULLS LAST LIMIT 10"
    ayne sql --json "FROM film_as_of('2026-03-01') LIMIT 3"
    ayne sql query.sql
    echo "FROM films" | ayne sql - --csv
    ayne sql --parquet long.parquet "FROM films WHERE runtime > 180"
    ayne sql "\\d films"
    """
    if sum(map(options.given, ("form", "as_csv", "as_json", "parquet"))) > 1:
        raise click.UsageError(
            "--format, --csv, --json and --parquet each choose how the rows are printed; give only one of them"
        )
    if query is not None and from_file is not None:
        raise click.UsageError("there is a query, and a file with one; leave out one of the two")
    text = _text(query) if from_file is None else _read(from_file)
    store = wiring.open_store(options.database(db))
    form = "json" if as_json else "csv" if as_csv else form
    if parquet is not None:
        _write_parquet(store, text, options.expanded(parquet))
        return
    if text is None:
        from ayne.cli.prompt import converse, reader

        def run(line: str, everything: bool) -> None:
            print_answer(answer(store, line), form or "table", whole=whole or everything, more=r"\all")

        converse(reader(store), run)
        return
    found = answer(store, text)
    freshness.say_if_collecting(store)
    print_answer(found, form or ("table" if sys.stdout.isatty() else "csv"), whole=whole)


def _text(query: str | None) -> str | None:
    """Return the query: the argument, the file that it names, or stdin; None when a prompt is wanted."""
    if query is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            return None
        if sys.stdin.isatty():
            raise click.UsageError('there is no query. Add one, like ayne sql "SHOW TABLES", or a file of one')
        return _read("-")
    is_file = query == "-" or re.fullmatch(r"\S+\.sql", query) is not None
    return _read(query) if is_file else query


def _read(file: str) -> str:
    """Read the text of a file, or of stdin."""
    try:
        return sys.stdin.read() if file == "-" else options.expanded(Path(file)).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is no text, so it holds no query. Name a file of SQL.") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}. Name a file that is there.") from None


def _write_parquet(store: DuckDBClient, text: str | None, file: Path) -> None:
    """Write the rows of a query to a file.

    Raises:
        Quoted: the query is wrong; the error shows where.
        ConfigurationError: there is nothing to write, or nowhere to, or something else is there.
    """
    import duckdb

    if text is None or text.lstrip().startswith("\\"):
        raise click.UsageError('--parquet needs a query, like ayne sql --parquet films.parquet "FROM films"')
    try:
        if file.exists() and not _is_parquet(file):
            raise ConfigurationError(f"{file} is there, and no Parquet file. Name another with --parquet.")
        statements = _count_statements(text)
        rows = store.query_to_parquet(text, file)
    except OSError as error:
        told = error.strerror or error
        raise ConfigurationError(f"{file} cannot be written: {told}. Name another file with --parquet.") from None
    except duckdb.Error as error:
        raise _refused(error) from None
    freshness.say_if_collecting(store)
    _say_which(statements)
    say(f"{tables.many(rows, 'row')} in {file}")


def _is_parquet(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"PAR1"


def answer(store: DuckDBClient, text: str) -> Rows:
    r"""Return the rows of a query, or of ``\d``; of several statements, those of the last.

    Raises:
        Quoted: the query is wrong; the error shows where.
    """
    import duckdb

    if text.lstrip().startswith("\\"):
        return _described(store, text.strip().rstrip(";").split())
    try:
        statements = _count_statements(text)
        found = store.query(text)
    except duckdb.Error as error:
        raise _refused(error) from None
    _say_which(statements)
    return found


def _count_statements(text: str) -> int:
    """Count the statements of a query; there is at least one.

    Raises:
        ConfigurationError: it has none.
        duckdb.Error: it is wrong.
    """
    import duckdb

    if statements := len(duckdb.extract_statements(text)):
        return statements
    raise ConfigurationError('The query is empty. Write one, like ayne sql "FROM films LIMIT 10".')


def _say_which(statements: int) -> None:
    if statements > 1:
        say(f"{statements} statements; this is the answer to the last")


def _described(store: DuckDBClient, words: list[str]) -> Rows:
    if words[0] not in {"\\d", "\\dt", "\\d+"} or len(words) > 2:
        raise ConfigurationError(
            rf"There is no {' '.join(words)} here. \d lists the tables, \d films the columns of one."
        )
    listed = store.query(_TABLES)
    if len(words) == 1:
        return listed
    name = words[1].strip('"')
    found = store.query(_COLUMNS, {"name": name})
    if not found.rows:
        near = get_close_matches(name.lower(), [row[0] for row in listed.rows], n=1)
        hint = f"Did you mean {near[0]}?" if near else r"\d lists those there are."
        raise ConfigurationError(f"There is no table {name}. {hint}")
    return found


def _refused(error: duckdb.Error) -> Quoted:
    """DuckDB's error, with the line and the marks below it as they came."""
    import duckdb

    happened, *quoted = [line for line in str(error).strip().splitlines() if line.strip()]
    # A table, a function or a column that there is not, or not so.
    missing = isinstance(error, duckdb.CatalogException | duckdb.BinderException)
    hint = r'`ayne sql "\d"` names the tables, `ayne sql "\d films"` the columns of one.'
    todo = hint if missing else "Mend the query, then run it again."
    return Quoted(f"the query failed: {happened}", pointing(quoted, (tables.terminal_width() or 100) - 6), todo)


def pointing(lines: list[str], room: int) -> list[str]:
    """Return the line of a query and the marks below it, cut to a width; the marks still point at the right place.

    >>> for line in pointing(["LINE 1: SELECT tagline, titel FROM films", "                        ^^^^^"], 24):
    ...     print(line)
    LINE 1: line, titel FROM
                  ^^^^^
    """
    from rich.cells import get_character_cell_size

    if len(lines) < 2 or set(lines[-1].strip()) != {"^"}:
        return lines
    *others, line, marks = lines
    head = re.match(r"LINE \d+: ", line)
    if head is None:
        return lines
    marked = marks.count("^")
    # Where the marks stand; to DuckDB a tab takes no room, here it is a blank. Some letters take two columns.
    ahead, begins = len(marks.rstrip()) - marked - head.end(), 0
    columns: list[str] = []
    for letter in line[head.end() :]:
        size = get_character_cell_size(letter)
        begins = len(columns) if ahead >= 0 else begins
        if letter == "\t":
            columns.append(" ")
        elif size:
            columns += [letter, *[""] * (size - 1)]
            ahead -= size
        elif columns:
            columns[-1] += letter
    begins = len(columns) if ahead >= 0 else begins
    ends = begins + marked
    beside = room - head.end()
    start = max(0, min((begins + ends - beside) // 2, len(columns) - beside, begins))
    seen = columns[start : start + beside]
    # A letter of two columns of which only one is in view.
    if start and seen and not seen[0]:
        seen[0] = " "
    if start + beside < len(columns) and not columns[start + beside]:
        seen[-1] = " "
    cut = "".join(seen)
    return [*others, f"{head[0]}{cut}", " " * (head.end() + begins - start) + "^" * min(ends - begins, beside)]


def print_answer(found: Rows, form: Form, *, whole: bool = False, more: str = "--all") -> None:
    """Print rows for a program, whole, or for people who look at a terminal, as much as they can see.

    Args:
        found: the rows.
        form: how to print them.
        whole: show people all of it, too.
        more: how all of it is asked for.
    """
    if form == "json":
        if len(set(found.columns)) < len(found.columns):
            raise ConfigurationError(
                "Two columns of the query have the same name. Give them names of their own with AS."
            )
        show_json(tables.as_json(found.as_dicts()))
    elif form == "csv":
        tables.print_csv(found.columns, found.rows)
    else:
        cut = _print_for_people(found, form, whole=whole)
        if cut:
            say(f"{'; '.join(cut)}; {more} shows all")


def _print_for_people(found: Rows, form: Form, *, whole: bool) -> list[str]:
    """Print as much as there is room for; what was left out, in words."""
    if not found.columns:
        say("done; there is nothing to show")
        return []
    on_terminal = sys.stdout.isatty()
    shown = found.rows if whole or not on_terminal else found.rows[:_LINES]
    cells = [[tables.shown(value) for value in row] for row in shown]
    widths = tables.natural_widths([tables.shown(name) for name in found.columns], cells)
    room = tables.terminal_width()
    is_narrow = room is not None and len(tables.fit(widths, room)) < len(widths)
    few = whole or len(shown) * len(found.columns) <= _LINES
    if form == "records" or (is_narrow and few and shown):
        if form == "records" and on_terminal and not whole:
            shown = shown[: max(1, _LINES // (len(found.columns) + 1))]
        tables.print_records(found.columns, shown)
        columns = len(found.columns)
    else:
        columns = tables.print_table(found.columns, shown, right=_numbers(found))
    counted = ((len(found.rows), len(shown), "rows"), (len(found.columns), columns, "columns"))
    return [f"{total:,} {things}, {seen:,} shown" for total, seen, things in counted if seen < total]


def _numbers(found: Rows) -> frozenset[str]:
    """Return the columns that hold nothing but numbers."""
    return frozenset(
        name
        for number, name in enumerate(found.columns)
        if (values := [row[number] for row in found.rows if row[number] is not None])
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    )
