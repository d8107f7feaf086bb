"""Printing rows: a table for people, CSV or JSON for programs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec


def as_json(value: Any) -> str:
    """One JSON document, indented; moments are UTC and say so."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: frozenset[str] = frozenset()) -> None:
    """A table on stdout, as wide as it must be and no wider than the terminal."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(shown(value)) for value in row))
    Console(file=sys.stdout, soft_wrap=not sys.stdout.isatty()).print(table)


def print_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """CSV on stdout."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if value is None else shown(value) for value in row] for row in rows])


def shown(value: Any) -> str:
    """A value as text that cannot move a terminal.

    >>> shown(None), shown(["Drama", "Comedy"]), shown("a\\x1b[2Jb"), shown(2_787_965_087)
    ('', 'Drama, Comedy', 'a [2Jb', '2787965087')
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return "".join(letter if letter.isprintable() else " " for letter in str(value))
