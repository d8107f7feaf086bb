"""The only way of text to a terminal: data to stdout, everything else to stderr, all of it harmless."""

from __future__ import annotations

import click

from ayne.cli.harmless import harmless, harmless_json


def show(text: str = "", *, strong: bool = False) -> None:
    """Print one line of data."""
    click.secho(harmless(text), bold=strong)


def show_json(document: str) -> None:
    """Print a JSON document; it may have many lines."""
    click.echo(harmless_json(document))


def say(text: str) -> None:
    """Tell people something in one line; data have stdout to themselves."""
    click.echo(harmless(text), err=True)
