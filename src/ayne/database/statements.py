"""The statements of the files below ``sql``, by name, with a kind's own tables and columns in them.

A text in braces is replaced by what the description of the kind says: ``{table}`` by a name or a list of columns,
``{m.day}`` by the column that the kind has for that, of the table called ``m`` in the statement, or by a NULL of its
type when the kind has none. Values are always bound, never written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from ayne.kinds import MOVIE, Kind

_FILES = (
    "statements.sql",
    "census.sql",
    "changes.sql",
    "clock.sql",
    "given.sql",
    "history.sql",
    "imdb.sql",
    "numbers.sql",
    "parts.sql",
    "purge.sql",
    "ratings.sql",
    "report.sql",
    "shared.sql",
    "titles.sql",
)

# What a column is that a kind may lack.
_TYPES = {
    "title": "VARCHAR",
    "day": "DATE",
    "votes": "BIGINT",
    "popularity": "DOUBLE",
    "genres": "BIGINT[]",
    "status": "VARCHAR",
    "adult": "BOOLEAN",
    "video": "BOOLEAN",
    "imdb_id": "VARCHAR",
}


@cache
def statements(kind: Kind = MOVIE) -> dict[str, str]:
    """Return the named statements of all files, for a kind; no name is in two."""
    fragments = _fragments(kind)

    def fill(braces: re.Match[str]) -> str:
        alias, name = braces.groups()
        if alias is None:
            return fragments[name]
        column: str = getattr(kind, name)
        return ".".join(filter(None, (alias, column))) if column else f"CAST(NULL AS {_TYPES[name]})"

    found: dict[str, str] = {}
    for name in _FILES:
        text = files(__package__).joinpath("sql", name).read_text(encoding="utf-8")
        blocks = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
        for title, block in zip(blocks[::2], blocks[1::2], strict=True):
            found[title] = re.sub(r"\{(?:(\w*)\.)?(\w+)\}", fill, block)
    return found | _of_each_table(kind)


def _fragments(kind: Kind) -> dict[str, str]:
    """What stands in a statement for a text in braces."""
    summary = [column for column in kind.columns if column.in_summary]
    # Of what details say in another form, a list row has only a part: it is kept while there are no details.
    alike = [column.name for column in summary if column.in_summary is True]
    over_stored = {
        True: "coalesce(s.{0}, m.{0}) AS {0}",
        False: "CASE WHEN m.details_at IS NULL THEN s.{0} ELSE m.{0} END AS {0}",
    }
    newest = "CASE WHEN m.summary_at > s.details_at THEN coalesce(m.{0}, s.{0}) ELSE s.{0} END AS {0}"
    return {
        "kind": f"'{kind.name}'",
        "exports": ", ".join(f"'{name}'" for name in kind.exports) or "NULL",
        "table": kind.table,
        "live": kind.live,
        "history": kind.history,
        "summary": ", ".join(column.name for column in summary),
        "summary_alike": ", ".join(alike),
        "summary_over_stored": ", ".join(
            over_stored[column.in_summary is True].format(column.name) for column in summary
        ),
        "stored_summary_over_rebuilt": _each(newest, alike),
        "list_differs": _each("g.{0} IS DISTINCT FROM m.{0}", alike, " OR ") or "false",
        "tracked": ", ".join(kind.tracked),
        "tracked_of_staged": _each("s.{0}", kind.tracked),
        "tracked_of_last": _each("l.{0}", kind.tracked),
        "tracked_differs": _each("l.{0} IS DISTINCT FROM s.{0}", kind.tracked, " OR "),
    }


def _each(pattern: str, names: Iterable[str], between: str = ", ") -> str:
    return between.join(pattern.format(name) for name in names)


def _of_each_table(kind: Kind) -> dict[str, str]:
    """The statements that every table of a kind has: how a film's rows of it are deleted, and how it is exported."""
    found = {
        f"export_{kind.table}": f"SELECT * FROM {kind.table} ORDER BY tmdb_id",
        f"export_{kind.history}": f"SELECT * FROM {kind.history} ORDER BY tmdb_id, observed_at, rowid",
    }
    for part in kind.parts.values():
        order = ", ".join(("tmdb_id", *part.order))
        found[f"delete_{part.table}"] = f"DELETE FROM {part.table} WHERE tmdb_id IN (SELECT unnest($ids))"
        found[f"export_{part.table}"] = f"SELECT * FROM {part.table} ORDER BY {order}"
    return found
