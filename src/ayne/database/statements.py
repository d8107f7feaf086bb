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

from ayne.database.schema import POPULARITY_AT
from ayne.kinds import KINDS, MOVIE, Kind
from ayne.kinds.kind import Named

_FILES = (
    "statements.sql",
    "exported_ids.sql",
    "changes.sql",
    "children.sql",
    "clock.sql",
    "credited.sql",
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
    "latest": "DATE",
    "upcoming": "DATE",
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


def _other_titles(kind: Kind) -> str:
    """Return SQL for every title that it has besides the one that is shown."""
    told = [(kind.discover.titles, kind.table)] if kind.discover and kind.discover.titles else []
    told += [(f"unnest({kind.also})", kind.table)] if kind.also else []
    told += [("title", table) for part in ("alternative_titles", "translations") if (table := kind.table_of(part))]
    return " ".join(f"UNION ALL SELECT tmdb_id, {column} FROM {table}" for column, table in told)


# What a part may tell of those whom it names, and DuckDB's type of it.
_OF_NAMED = {
    "kind": "VARCHAR",
    "department": "VARCHAR",
    "job": "VARCHAR",
    "billing": "INTEGER",
    "popularity": "DOUBLE",
}


def _named_in(kind: Kind) -> str:
    """Return SQL for the live rows of all kinds that name this one: the row, its id, and what it says about it."""
    told = [_named(owner, named) for owner in KINDS.values() for named in owner.names if named.kind == kind.name]
    return " UNION ALL ".join(told) or _named(kind, Named(kind.name, "tmdb_id")) + " WHERE false"


def _named(owner: Kind, named: Named) -> str:
    told: dict[str, str] = dict.fromkeys(_OF_NAMED, "NULL")
    table, column, of_live = owner.live, f"unnest({named.column})", ""
    by_name = {column.name: column for column in owner.columns}
    if named.part:
        part = owner.parts[named.part]
        by_name = {column.name: column for column in (*part.above, *part.columns)}
        told |= {name: name for name in told if name in by_name}
        table, of_live = part.table, f" WHERE tmdb_id IN (SELECT tmdb_id FROM {owner.live})"
    if not by_name[named.column].type.endswith("[]"):
        column = named.column
    if named.job:
        told |= {"kind": "'crew'", "job": f"'{named.job}'"}
    values = ", ".join(f"CAST({value} AS {_OF_NAMED[name]}) AS {name}" for name, value in told.items())
    return (
        f"SELECT '{owner.name}' AS title_kind, tmdb_id AS title_id, {column} AS tmdb_id, {values} FROM {table}{of_live}"
    )


def _titles(kind: Kind) -> str:
    """Return SQL for a kind's rows with IMDb's ids, from the row itself or from a part."""
    if kind.imdb_id:
        own = kind.imdb_id == "imdb_id"
        return kind.table if own else f"(SELECT *, {kind.imdb_id} AS imdb_id FROM {kind.table})"
    if table := kind.table_of("external_ids"):
        return f"(SELECT m.*, x.imdb_id FROM {kind.table} m LEFT JOIN {table} x USING (tmdb_id))"
    return f"(SELECT *, CAST(NULL AS VARCHAR) AS imdb_id FROM {kind.table})"


def _told(kind: Kind) -> str:
    """Return what a report says about a kind with its own columns: two queries, to stand after a WITH."""
    told = files(__package__).joinpath("sql", f"report_{kind.name}.sql")
    return told.read_text(encoding="utf-8") if told.is_file() else "titles AS (SELECT 1), members AS (SELECT 1)"


def _or_by_external_ids(kind: Kind) -> str:
    """Return SQL for the IMDb id of a kind whose details lack it."""
    table = None if kind.imdb_id else kind.table_of("external_ids")
    return f" OR tmdb_id IN (SELECT tmdb_id FROM {table} WHERE imdb_id = $id)" if table else ""


def _fragments(kind: Kind) -> dict[str, str]:
    """Return what stands in a statement for a text in braces."""
    summary = [column for column in kind.columns if column.in_summary]
    # Of what details say in another form, a list row has only a part: it is kept while there are no details.
    alike = [column.name for column in summary if column.in_summary is True]
    over_stored = {
        True: "coalesce(s.{0}, m.{0}) AS {0}",
        False: "CASE WHEN m.details_at IS NULL THEN s.{0} ELSE m.{0} END AS {0}",
    }
    newest = "CASE WHEN m.summary_at > s.details_at THEN coalesce(m.{0}, s.{0}) ELSE s.{0} END AS {0}"
    listed = {column.name: over_stored[column.in_summary is True].format(column.name) for column in summary}
    rebuilt = {name: newest.format(name) for name in alike}
    if kind.popularity:
        by_list, by_details, list_at, details_at = _newest_popularity(kind.popularity)
        rebuilt[kind.popularity] = by_details
        if kind.popularity in alike:
            listed |= {kind.popularity: by_list, POPULARITY_AT: list_at}
    told = [name for name in kind.tracked if name in alike]
    return {
        "kind": f"'{kind.name}'",
        "is_dateless": str(not kind.day).lower(),
        "named": _named_in(kind),
        "naming_titles": " UNION ALL ".join(
            f"SELECT '{owner.name}' AS title_kind, tmdb_id AS title_id, {owner.title} AS title, {owner.day} AS day "
            f"FROM {owner.live}"
            for owner in KINDS.values()
            if owner.names
        ),
        "exports": ", ".join(f"'{name}'" for name in kind.exports) or "NULL",
        "table": kind.table,
        "title": kind.title or "tmdb_id",
        "live": kind.live,
        "history": kind.history,
        "other_titles": _other_titles(kind),
        "titles": _titles(kind),
        "told": _told(kind),
        "or_by_external_ids": _or_by_external_ids(kind),
        "raws_inside": "".join(
            f" UNION ALL SELECT '{child.name}.' || unnest(json_keys(raw)) FROM {child.table} WHERE raw IS NOT NULL"
            for child in kind.family[1:]
        ),
        "owner": kind.inside.above[0] if kind.inside else "tmdb_id",
        "number": (kind.inside.number if kind.inside else "") or "NULL",
        "columns": ", ".join(column.name for column in kind.columns),
        "and_summary": _each(", {0}", (column.name for column in summary), ""),
        "and_summary_alike": _each(", {0}", alike, ""),
        "and_summary_over_stored": _each(", {0}", listed.values(), ""),
        "stored_summary_over_rebuilt": ", ".join(rebuilt.values()) or "s.tmdb_id AS tmdb_id",
        "newest_popularity": f"REPLACE ({by_details})" if kind.popularity else "",
        "and_its_moment": f", {details_at}" if kind.popularity else "",
        "popularity_confirmed": (
            f" {POPULARITY_AT} = if({POPULARITY_AT} = details_at, seen.moment, {POPULARITY_AT}),"
            if kind.popularity
            else ""
        ),
        "and_popularity_at": f", {POPULARITY_AT}" if kind.popularity else "",
        "list_differs": _each("g.{0} IS DISTINCT FROM m.{0}", alike, " OR ") or "false",
        "tracked": ", ".join(kind.tracked),
        "tracked_of_staged": _each("s.{0}", kind.tracked),
        "tracked_of_last": _each("l.{0}", kind.tracked),
        "popularity": kind.popularity or "popularity",
        "popularity_known_at": _known_at(kind.popularity) if kind.popularity else "NULL",
        "tracked_of_exported": ", ".join(
            f"s.popularity AS {name}" if name == kind.popularity else f"l.{name}" for name in kind.tracked
        ),
        "tracked_of_listed": ", ".join(f"{'g' if name in told else 'l'}.{name}" for name in kind.tracked),
        "listed_differs": _each("l.{0} IS DISTINCT FROM g.{0}", told, " OR ") or "false",
        "tracked_differs": _each("l.{0} IS DISTINCT FROM s.{0}", kind.tracked, " OR "),
    }


def _known_at(popularity: str) -> str:
    """Return SQL for the time of a row's popularity; older rows have it from details or a list."""
    found = f"coalesce(m.{POPULARITY_AT}, greatest(m.details_at, date_trunc('day', m.summary_at)))"
    return f"if(m.{popularity} IS NULL, NULL, {found})"


def _newest_popularity(name: str) -> tuple[str, str, str, str]:
    """Popularity comes with daily exports too, and the newest word counts.

    Returns:
        What it is, after a list row and after details; then as of when.
    """
    known_at, of_list = _known_at(name), "date_trunc('day', s.summary_at)"
    newest = f"CASE WHEN {known_at} > {{0}} THEN m.{name} ELSE {{1}} END AS {name}"
    newest_at = f"CASE WHEN {known_at} > {{0}} OR s.{name} IS NULL THEN {{1}} ELSE {{0}} END AS {POPULARITY_AT}"
    return (
        newest.format(of_list, f"coalesce(s.{name}, m.{name})"),
        newest.format("s.details_at", f"s.{name}"),
        newest_at.format(of_list, known_at),
        newest_at.format("s.details_at", f"CASE WHEN {known_at} > s.details_at THEN {known_at} END"),
    )


def _each(pattern: str, names: Iterable[str], between: str = ", ") -> str:
    return between.join(pattern.format(name) for name in names)


def _of_each_table(kind: Kind) -> dict[str, str]:
    """Return the statements that every table of a kind has: to count and export it, and to delete a film's rows."""
    found: dict[str, str] = {}
    for each in kind.family:
        found[f"export_{each.table}"] = f"SELECT * FROM {each.table} ORDER BY tmdb_id"
        found[f"count_{each.table}"] = f"SELECT count(*) AS held FROM {each.live}"
        found[f"export_{each.history}"] = f"SELECT * FROM {each.history} ORDER BY tmdb_id, observed_at, rowid"
    for part in kind.parts.values():
        order = ", ".join(("tmdb_id", *part.order))
        found[f"delete_{part.table}"] = f"DELETE FROM {part.table} WHERE tmdb_id IN (SELECT unnest($ids))"
        found[f"export_{part.table}"] = f"SELECT * FROM {part.table} ORDER BY {order}"
    return found
