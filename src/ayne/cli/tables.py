"""Print rows: a table for people, CSV or JSON for programs."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ayne.cli.sanitize import sanitize, sanitize_lines
from ayne.cli.terminal import show, show_entry

if TYPE_CHECKING:
    from ayne.kinds import Kind

# Without a terminal rich takes 80 columns for granted, and cuts what is beyond.
_WIDE_ENOUGH = 100_000

# States of a range that are no proof.
_UNPROVEN = ("best_effort", "capped", "overfull")

# The width of a moment; what is longer is a text, of which so much is shown at least.
_SHORT = 19
_LEAST_TEXT = 16

# Blanks between two columns.
GAP = 2


def as_json(value: Any) -> str:
    """Return one JSON document, indented; moments are UTC and say so."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(_with_zone(value), enc_hook=str), indent=2).decode()


def _with_zone(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_zone(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_zone(item) for item in value]
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def coverage(ledger: dict[str, int], things: str = "films") -> str:
    """Return a discovery's ledger in one line.

    >>> coverage({"films": 41_233, "reported": 41_233, "proven": 17, "open": 0})
    '41,233 of 41,233 reported films · 17 ranges proven · 0 open'
    """
    other = [f"{ledger[name]:,} {name.replace('_', ' ')}" for name in _UNPROVEN if ledger.get(name)]
    films = f"{ledger['films']:,} of {ledger['reported']:,} reported {things}"
    return " · ".join(
        [
            films,
            f"{many(ledger['proven'], 'range')} proven",
            *other,
            f"{ledger['open']:,} open",
        ]
    )


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    right: frozenset[str] = frozenset(),
    first: Sequence[str] = (),
) -> int:
    """Print a table on stdout, no wider than the terminal; return how many of its columns had room.

    Args:
        columns: their names.
        rows: their values.
        right: the columns that stand to the right, as numbers do.
        first: the columns to keep where there is no room for all, the most important one first; the others follow
            from left to right.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[shown(value) for value in row] for row in rows]
    names = [sanitize(column) for column in columns]
    room = terminal_width() or _WIDE_ENOUGH
    fitted = fit(natural_widths(names, cells), room, [columns.index(name) for name in first if name in columns])
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0))
    for number, width in fitted.items():
        # A Text, because a string would be read as rich's markup.
        table.add_column(
            Text(names[number]),
            justify="right" if columns[number] in right else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=width,
        )
    for row_cells in cells:
        table.add_row(*[Text(row_cells[number]) for number in fitted])
    Console(file=sys.stdout, width=room).print(table)
    return len(fitted)


def print_records(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows on stdout one below the other, a line for each value."""
    names = [sanitize(column) for column in columns]
    width = max(map(len, names), default=0) + GAP
    for number, row in enumerate(rows, start=1):
        if len(rows) > 1:
            show(f"{number:,} of {len(rows):,}", strong=True)
        for name, value in zip(names, row, strict=True):
            show_entry(name, shown(value), indent=GAP if len(rows) > 1 else 0, width=width)


def terminal_width() -> int | None:
    """Return the width of the terminal that stdout goes to; None when it goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def natural_widths(names: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """Return how many columns of a terminal each column of a table takes when nothing is cut."""
    from rich.cells import cell_len

    return [max(map(cell_len, column)) for column in zip(names, *cells, strict=True)]


def fit(widths: Sequence[int], room: int, first: Sequence[int] = ()) -> dict[int, int]:
    """Choose the columns that fit, and the width of each: texts are cut, numbers and dates are not.

    Args:
        widths: what each column takes with nothing cut.
        room: the width of the terminal.
        first: numbers of columns in the order of their importance; the others come after them, from the left.

    >>> fit([7, 50, 10, 40], room=80)
    {0: 7, 1: 29, 2: 10, 3: 28}
    >>> fit([7, 50, 10, 40], room=40, first=[1, 2])
    {0: 7, 1: 19, 2: 10}
    """
    order = [*first, *(number for number in range(len(widths)) if number not in first)]
    least = [min(width, _LEAST_TEXT) if width > _SHORT else width for width in widths]
    left, chosen = room + GAP, list[int]()
    for number in order:
        if chosen and least[number] + GAP > left:
            break
        chosen.append(number)
        left -= least[number] + GAP
    given = {number: min(least[number], room) for number in sorted(chosen)}
    while left > 0 and (short := [number for number in given if given[number] < widths[number]]):
        share = max(1, left // len(short))
        for number in short[:left]:
            more = min(share, widths[number] - given[number])
            given[number] += more
            left -= more
    return given


def many(number: int, thing: str | Kind, things: str | None = None) -> str:
    """Format a number of things, or of a kind, in words.

    >>> from ayne.kinds import MOVIE
    >>> many(1, MOVIE), many(1_200, "film"), many(2, "discovery", "discoveries")
    ('1 film', '1,200 films', '2 discoveries')
    """
    one, several = (thing, things) if isinstance(thing, str) else (thing.noun, thing.plural)
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def print_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as CSV on stdout."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    # PIVOT makes columns of titles, so a head may hold anything, too.
    writer.writerow(map(sanitize_lines, columns))
    # A text between quotes may have lines; everything else is as a table shows it.
    writer.writerows(
        [[sanitize_lines(value) if isinstance(value, str) else shown(value) for value in row] for row in rows]
    )


def shown(value: Any) -> str:
    """Format a value as text in one line that cannot control a terminal.

    >>> shown(None), shown(["Drama", "Comedy"]), shown("a\\x1b[2Jb"), shown(2_787_965_087)
    ('', 'Drama, Comedy', 'a�[2Jb', '2787965087')
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return sanitize(str(value))
