"""The only way of text to a terminal: data to stdout, everything else to stderr, all of it sanitized."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

from ayne.cli.sanitize import sanitize, sanitize_json


def show(text: str = "", *, strong: bool = False) -> None:
    """Print one line of data."""
    click.secho(sanitize(text), bold=strong)


def show_entry(name: str, value: str, *, indent: int = 2, width: int = 22) -> None:
    """Print a name and a value, which a terminal shows in as many lines as it takes, one below the other."""
    line = f"{' ' * indent}{name:<{width - 1}} {sanitize(value)}"
    if not sys.stdout.isatty():
        show(line)
        return
    room = shutil.get_terminal_size().columns
    for part in textwrap.wrap(line, room, subsequent_indent=" " * (indent + width)) or [line]:
        show(part)


def show_json(document: str) -> None:
    """Print a JSON document; it may have many lines."""
    click.echo(sanitize_json(document))


def show_script(text: str) -> None:
    """Print lines of our own, as they are."""
    click.echo(text)


def say(text: str) -> None:
    """Tell people something in one line; data have stdout to themselves."""
    click.echo(sanitize(text), err=True)
