"""Printing rows: a table for people, CSV or JSON for programs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from ayne.cli.sanitize import sanitize, sanitize_lines

# Without a terminal rich takes 80 columns for granted, and cuts what is beyond.
_WIDE_ENOUGH = 100_000

# States of a range that are no proof.
_UNPROVEN = ("best_effort", "capped", "overfull")

# The width of a moment; what is longer is a text.
_SHORT = 19


def as_json(value: Any) -> str:
    """One JSON document, indented; moments are UTC and say so."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(_with_zone(value), enc_hook=str), indent=2).decode()


def _with_zone(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_zone(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_zone(item) for item in value]
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def coverage(ledger: dict[str, int]) -> str:
    """A discovery's ledger in one line.

    >>> coverage({"films": 41_233, "reported": 41_233, "proven": 17, "open": 0})
    '41,233 of 41,233 reported films · 17 ranges proven · 0 open'
    """
    other = [f"{ledger[name]:,} {name.replace('_', ' ')}" for name in _UNPROVEN if ledger.get(name)]
    films = f"{ledger['films']:,} of {ledger['reported']:,} reported films"
    return " · ".join(
        [
            films,
            f"{ledger['proven']:,} {'range' if ledger['proven'] == 1 else 'ranges'} proven",
            *other,
            f"{ledger['open']:,} open",
        ]
    )


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: frozenset[str] = frozenset()) -> None:
    """A table on stdout. On a terminal that is too narrow, long texts give way, not numbers and dates."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE_ENOUGH)
    long = _width_of_long(widths, console.width) if sys.stdout.isatty() else None
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column, width in zip(columns, widths, strict=True):
        # A Text, because a string would be read as rich's markup.
        table.add_column(
            Text(sanitize(column)),
            justify="right" if column in right else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=long if width > _SHORT else None,
        )
    for row_cells in cells:
        table.add_row(*map(Text, row_cells))
    console.print(table)


def _width_of_long(widths: Sequence[int], available: int) -> int:
    """What each long column may have, once the short ones and the gaps between columns are served.

    >>> _width_of_long([7, 50, 10, 40], available=80)
    25
    """
    short = sum(width for width in widths if width <= _SHORT)
    long = sum(width > _SHORT for width in widths)
    return max(10, (available - short - 3 * len(widths)) // long) if long else available


def print_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """CSV on stdout."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    # PIVOT makes columns of titles, so a head may hold anything, too.
    writer.writerow(map(sanitize_lines, columns))
    # A text between quotes may have lines; everything else is as a table shows it.
    writer.writerows(
        [[sanitize_lines(value) if isinstance(value, str) else shown(value) for value in row] for row in rows]
    )


def shown(value: Any) -> str:
    """A value as text in one line, which cannot move a terminal.

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
