"""Read the parts of a film as rows of tables: its credits, keywords, release dates and so on.

A part is what ``append_to_response`` adds to the details; its kind says where in its body the rows stand, which keys a
row has, and what makes it itself. Nothing that TMDB sends costs more than it has to: a value of an unexpected type is
None and counted, a row without what makes it a row is left out and counted, and a key that no column holds is counted.
Of two rows with the same key the one that says more is kept, the last of equals.

Source: https://developer.themoviedb.org/docs/append-to-response
"""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ayne.kinds import MOVIE, Kind
from ayne.kinds.part import Notes, Part, Row
from ayne.kinds.readers import PartlyRead


@dataclass(frozen=True, slots=True)
class PartRows:
    """A part of a film, read.

    Attributes:
        rows: rows of the part's table, without the film they belong to, in the order TMDB has them.
        unreadable: rows that had to be left out.
        leftovers: how often each key was met that no column holds, or whose value could not be read.
        reported: how many rows TMDB has in all, for parts of which it sends only the first page.
    """

    rows: list[Row]
    unreadable: int = 0
    leftovers: dict[str, int] = field(default_factory=dict)
    reported: int | None = None


def read_part(part: str, body: Any, kind: Kind = MOVIE) -> PartRows:
    """Return the rows of a part.

    Args:
        part: TMDB's name for it, one that has a table.
        body: the part, decoded, as it stands in ``MovieDetails["parts"]``.
        kind: what it is a part of.

    Example:
        >>> read_part("keywords", {"keywords": [{"id": 825, "name": "support group"}, {"id": None}, "fight"]})
        PartRows(rows=[(825, 'support group')], unreadable=2, leftovers={}, reported=None)
    """
    layout = kind.parts[part]
    if not isinstance(body, dict):
        return PartRows([], unreadable=1)
    notes = Notes()
    rows: dict[Row, Row] = {}
    for above, found in layout.find(body, notes):
        row = _row(layout, above, found, notes)
        if row is None:
            notes.unreadable += 1
        else:
            key = tuple(row[place] for place in layout.places)
            if key == (None,):
                key = row
            if key not in rows or _says(row) >= _says(rows[key]):
                rows[key] = row
    reported = body.get("total_results")
    return PartRows(
        list(rows.values()),
        notes.unreadable,
        dict(sorted(notes.leftovers.items())),
        reported if type(reported) is int and 0 <= reported < 2**63 else None,
    )


def _says(row: Row) -> int:
    """Count what a row says. No votes and an empty list say nothing."""
    return sum(map(bool, row))


def _row(layout: Part, above: Row, found: dict[str, Any], notes: Notes) -> Row | None:
    """Return one row, or None when it lacks what it needs."""
    row = list(above)
    for key, read, needed in layout.fields:
        value = found.get(key)
        if value is not None:
            try:
                value = read(value)
            except (ValueError, TypeError, OverflowError) as error:
                notes.leftovers[key] += 1
                value = error.rest if isinstance(error, PartlyRead) else None
        if value is None and needed:
            return None
        row.append(value)
    notes.know(found, layout.known)
    return tuple(row)
