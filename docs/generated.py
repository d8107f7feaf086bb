"""The pages of the site that nobody writes: what each command takes, and what each table and column holds."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ayne.cli import cli
from ayne.database.duckdb_client import DuckDBClient
from ayne.database.track_record import CAREERS
from ayne.kinds import KINDS, PERSON

_COMMANDS = """# Commands

Made from `ayne COMMAND --help`. Data go to stdout, everything else to stderr. Exit codes: 0 done; 1 done, but
something is missing or went wrong, and it was said what; 2 wrong usage or configuration; 130 interrupted.
"""

_TABLES = """# Tables and columns

Made from the comments in the database itself, where any program can read them. Times are UTC. Unknown is `NULL`.

```sh
ayne collect --sandbox --from 2024 --to 2024
ayne sql --db sandbox.duckdb "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = 'movies'"
```
"""

# The names are compared in Python, where "movies" comes before "parts" whatever the collation.
_COLUMNS = """
SELECT table_name, column_name, data_type, coalesce(comment, '') AS comment FROM duckdb_columns()
WHERE NOT internal ORDER BY table_name, column_index
"""
_HOLDERS = """
SELECT table_name AS name, comment, 'table' AS kind FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT view_name, comment, 'view' FROM duckdb_views() WHERE NOT internal ORDER BY name
"""

_FUNCTIONS = """
SELECT concat(function_name, '(', array_to_string(parameters, ', '), ')') AS name, comment
FROM duckdb_functions() WHERE NOT internal ORDER BY name
"""


def pages() -> dict[str, str]:
    """The generated pages, by their file names in ``reference/``."""
    return {"commands.md": "\n".join(_commands()), "tables.md": "\n".join(_tables())}


def _commands() -> Iterator[str]:
    yield _COMMANDS
    yield from _help("ayne", cli)
    for name, command in cli.commands.items():
        yield from _help(f"ayne {name}", command)


def _help(name: str, command: click.Command) -> Iterator[str]:
    # The width is fixed, or the page would look otherwise in every terminal.
    context = click.Context(command, info_name=name, **(command.context_settings | {"terminal_width": 100}))
    yield f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"


def _tables() -> Iterator[str]:
    store = DuckDBClient(":memory:")
    for kind in KINDS.values():
        store = store.of(kind)
    columns = store.query(_COLUMNS).as_dicts()
    holders = {holder["name"]: holder for holder in store.query(_HOLDERS).as_dicts()}
    yield _TABLES
    for title, names in _chapters(list(holders)):
        yield f"## {title}\n"
        for name in names:
            holder = holders[name]
            yield f"### {name}\n\n{holder['comment'] or 'A ' + holder['kind'] + '.'}\n"
            yield "| column | type | what it holds |\n|---|---|---|"
            for column in columns:
                if column["table_name"] == name:
                    said = column["comment"].replace("|", "\\|").replace("<", "&lt;")
                    yield f"| `{column['column_name']}` | {column['data_type']} | {said} |"
            yield ""
    yield "## Functions\n\nEach gives rows, like a table.\n\n| function | what it gives |\n|---|---|"
    for function in store.query(_FUNCTIONS).as_dicts():
        yield f"| `{function['name']}` | {function['comment']} |"
    yield ""


def _chapters(names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Tables in the order in which people need them: what they collect, ratings, and what only ayne reads."""
    left = dict.fromkeys(names)
    for kind in KINDS.values():
        rows = [name for each in kind.family for name in (each.live, each.table)]
        parts = sorted(part.table for part in kind.parts.values())
        # What people did in films is told of them.
        told = [CAREERS] if kind is PERSON else []
        found = [*rows, *parts, *told, *(each.history for each in kind.family)]
        yield kind.plural.capitalize(), [name for name in found if left.pop(name, name) is None]
    rated = [name for name in left if "ratings" in name or name.startswith("imdb_")]
    yield "Ratings", sorted(rated, key=lambda name: (name != "ratings", name != "imdb_ratings"))
    yield "Bookkeeping, which ayne keeps for itself", [name for name in left if name not in rated]
