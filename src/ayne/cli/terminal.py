"""The only way of text to a terminal: data to stdout, everything else to stderr, all of it harmless."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

from ayne.cli.harmless import harmless, harmless_json


def show(text: str = "", *, strong: bool = False) -> None:
    """Print one line of data."""
    click.secho(harmless(text), bold=strong)


def show_entry(name: str, value: str) -> None:
    """Print a name and a value, which a terminal shows in as many lines as it takes, one below the other."""
    line = f"  {name:<22}{harmless(value)}"
    if not sys.stdout.isatty():
        show(line)
        return
    for part in textwrap.wrap(line, shutil.get_terminal_size().columns, subsequent_indent=" " * 24) or [line]:
        show(part)


def show_json(document: str) -> None:
    """Print a JSON document; it may have many lines."""
    click.echo(harmless_json(document))


def say(text: str) -> None:
    """Tell people something in one line; data have stdout to themselves."""
    click.echo(harmless(text), err=True)
