"""The tables of a kind as SQL, made of its description. Values in, text out.

Names of tables and columns are the descriptions' own, never out of data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ayne.database import track_record
from ayne.kinds import Kind
from ayne.kinds.part import Part

# As of when the popularity of a row is; kinds without popularity have no such column.
POPULARITY_AT = "popularity_at"

# What the file knows of each row beside what TMDB says: the name, DuckDB's type, and the comment.
_KNOWN_OF_EACH = (
    ("raw", "JSON", "Keys without a column of their own, and values that could not be read, as TMDB sent them"),
    ("first_seen_at", "TIMESTAMP NOT NULL", "When ayne first heard of the {noun}"),
    ("summary_at", "TIMESTAMP", "When TMDB made the newest list row stored here"),
    (
        "details_at",
        "TIMESTAMP",
        (
            "When TMDB made the details stored here, or last said that they are unchanged; NULL when only a list row "
            "is stored"
        ),
    ),
    ("gone_at", "TIMESTAMP", "When TMDB last said that it has no such {noun}; NULL while it has it"),
    ("merged_into", "BIGINT", "Id of the {noun} that TMDB answers with instead"),
    ("merged_at", "TIMESTAMP", "When TMDB answered with another id, UTC"),
    (
        POPULARITY_AT,
        "TIMESTAMP",
        (
            "When the popularity was valid, UTC: when TMDB made the details, or the midnight of a list or a daily id "
            "export; NULL in rows of an older ayne"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table as DuckDB has it."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as DuckDB has it."""

    name: str
    comment: str
    columns: tuple[TableColumn, ...]

    @property
    def create(self) -> str:
        """Return the statement that creates it."""
        columns = ", ".join(f"{column.name} {column.type}" for column in self.columns)
        return f"CREATE TABLE {self.name} ({columns})"

    def add(self, column: TableColumn) -> str:
        """Return the statement that adds a column to it."""
        # DuckDB adds no column that may not be NULL; there are no rows that have it yet either.
        return f"ALTER TABLE {self.name} ADD COLUMN {column.name} {column.type.removesuffix(' NOT NULL')}"

    @property
    def comments(self) -> Iterator[str]:
        """Return the statements that describe it and its columns."""
        yield f"COMMENT ON TABLE {self.name} IS {_text(self.comment)}"
        yield from _column_comments(self.name, self.columns)


def tables(kind: Kind) -> tuple[Table, ...]:
    """Return the tables of a kind: its rows, their history, and one for each part; and those of its children."""
    own = (_rows(kind), _history(kind), *(_part(kind, part) for part in kind.parts.values()))
    return (*own, *(table for child in kind.children for table in tables(child)))


@cache
def part_columns(kind: Kind) -> dict[str, list[str]]:
    """Return the columns of the tables of a kind's parts, by table, as they are declared."""
    return {part.table: [column.name for column in _part(kind, part).columns] for part in kind.parts.values()}


def live_columns(kind: Kind) -> tuple[TableColumn, ...]:
    """Return the columns of the view of what TMDB still has."""
    left_out = {"gone_at", "merged_into", "merged_at"}
    return tuple(column for column in _rows(kind).columns if column.name not in left_out)


def views(kind: Kind, outermost: Kind | None = None) -> tuple[str, ...]:
    """Return the statements that create or replace a kind's view and macros, with their comments.

    Args:
        kind: the kind.
        outermost: what it lies in, if it lies in another: with that it goes, and comes back.
    """
    live, history = live_columns(kind), [column.name for column in _history(kind).columns]
    of_live = ""
    if kind.inside and outermost:
        of_live = f" AND {kind.inside.above[0]} IN (SELECT tmdb_id FROM {outermost.live})"
    return (
        f"""CREATE OR REPLACE VIEW {kind.live} AS
SELECT {_names(live)}
FROM {kind.table}
WHERE gone_at IS NULL AND merged_into IS NULL AND coalesce(details_at, summary_at) IS NOT NULL{of_live}""",
        f"COMMENT ON VIEW {kind.live} IS "
        + _text(
            f"The {kind.plural} that TMDB has: those of {kind.table} that are not gone, not merged into another, "
            "and not purged"
        ),
        *_column_comments(kind.live, live),
        f"""CREATE OR REPLACE MACRO {kind.as_of}(day) AS TABLE
SELECT {", ".join(history)}
FROM {kind.history}
WHERE observed_at < CAST(day AS DATE) + INTERVAL 1 DAY
QUALIFY row_number() OVER (
    PARTITION BY tmdb_id
    ORDER BY CASE WHEN source = 'list' THEN observed_at - INTERVAL 1 DAY ELSE observed_at END DESC, rowid DESC
) = 1""",
        f"COMMENT ON MACRO TABLE {kind.as_of} IS "
        + _text(
            f"Each {kind.noun} as it was known at the end of a day (UTC): "
            f"SELECT * FROM {kind.as_of}('2026-03-01') WHERE tmdb_id = 550"
        ),
        *track_record.statements(kind),
        *(statement for child in kind.children for statement in views(child, outermost or kind)),
    )


def _rows(kind: Kind) -> Table:
    first, *others = kind.columns
    # There are millions of children, and they are only looked for by what they lie in: an index is not worth its room.
    key = "NOT NULL" if kind.inside else "PRIMARY KEY"
    columns = (
        TableColumn(first.name, f"{first.type} {key}", first.comment),
        *(TableColumn(column.name, column.type, column.comment) for column in others),
        *(
            TableColumn(name, type_, comment.format(noun=kind.noun))
            for name, type_, comment in _KNOWN_OF_EACH
            if kind.popularity or name != POPULARITY_AT
        ),
    )
    return Table(kind.table, kind.comment, columns)


def _history(kind: Kind) -> Table:
    by_name = {column.name: column for column in kind.columns}
    tracked = [by_name[name] for name in kind.tracked]
    columns = (
        TableColumn("tmdb_id", "BIGINT NOT NULL", _the(kind)),
        TableColumn(
            "observed_at",
            "TIMESTAMP NOT NULL",
            (
                "When TMDB made the answer with these values (not when a cache served it), UTC; for a list or an "
                "export, the midnight at which its values were valid"
            ),
        ),
        *(TableColumn(column.name, column.type, column.comment) for column in tracked),
        TableColumn(
            "gone",
            "BOOLEAN NOT NULL",
            f"Whether TMDB said that it has no such {kind.noun}; the other values are then the last known ones",
        ),
        TableColumn(
            "merged_into",
            "BIGINT",
            f"Id of the {kind.noun} that TMDB answered with instead; if a later row has none and is not gone, the "
            f"{kind.noun} came back",
        ),
        TableColumn(
            "source",
            "VARCHAR",
            (
                "Where the values come from: details, list or export. Values that a list or an export lacks are "
                "repeated from the row before. NULL means details, in rows of an older ayne"
            ),
        ),
    )
    comment = (
        f"How a {kind.noun} changed: a row when its details were first fetched, and whenever one of these columns "
        "changed. The values of lists are from the last midnight or older, so within a day trust details more"
    )
    return Table(kind.history, comment, columns)


def _part(kind: Kind, part: Part) -> Table:
    columns = [
        TableColumn(column.name, f"{column.type} NOT NULL" if column.needed else column.type, column.comment)
        for column in (*part.above, *part.columns)
    ]
    return Table(part.table, part.comment, (TableColumn("tmdb_id", "BIGINT NOT NULL", _the(kind)), *columns))


def _the(kind: Kind) -> str:
    return f"TMDB's id of the {kind.noun}"


def _names(columns: Iterable[TableColumn]) -> str:
    return ", ".join(column.name for column in columns)


def _column_comments(table: str, columns: Iterable[TableColumn]) -> Iterator[str]:
    return (f"COMMENT ON COLUMN {table}.{column.name} IS {_text(column.comment)}" for column in columns)


def _text(text: str) -> str:
    """Return a text of a description as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
