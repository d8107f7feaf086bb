"""The only way for text to a terminal: data to stdout, everything else to stderr, all of it harmless."""

from __future__ import annotations

import shutil
import sys
from typing import TextIO

import click

from ayne.cli.sanitize import sanitize, sanitize_json


def show(text: str = "", *, strong: bool = False) -> None:
    """Print one line of data. A terminal breaks it between words."""
    click.secho(_broken(sanitize(text), sys.stdout), bold=strong or None)


def show_entry(name: str, value: str, *, indent: int = 2, width: int = 22) -> None:
    """Print a name and a value, which a terminal shows in as many lines as it takes, one below the other."""
    head = f"{' ' * indent}{name:<{width - 1}} "
    if not sys.stdout.isatty():
        show(f"{head}{sanitize(value)}")
        return
    for line in _wrapped(sanitize(value), shutil.get_terminal_size().columns - len(head)):
        show(f"{head}{line}".rstrip())
        head = " " * len(head)


def _broken(text: str, stream: TextIO) -> str:
    """Break a line for the terminal that it goes to; leave it as it is where it goes elsewhere."""
    room = shutil.get_terminal_size().columns
    return "\n".join(_wrapped(text, room)) if len(text) > room and stream.isatty() else text


def _wrapped(text: str, room: int) -> list[str]:
    """Wrap a text for a terminal; some letters take two of its columns."""
    from rich.console import Console
    from rich.text import Text

    room = max(room, 10)
    return [line.plain.rstrip() for line in Text(text).wrap(Console(width=room), room)]


def show_json(document: str) -> None:
    """Print a JSON document; it may have many lines."""
    click.echo(sanitize_json(document))


def show_script(text: str) -> None:
    """Print lines of our own, as they are."""
    click.echo(text)


def say_below(head: str, text: str) -> None:
    """Print a head and a message for people on stderr; a terminal breaks the message beside the head."""
    text = sanitize(text)
    lines = _wrapped(text, shutil.get_terminal_size().columns - len(head)) if sys.stderr.isatty() else [text]
    for line in lines:
        click.echo(f"{head}{line}", err=True)
        head = " " * len(head)


def say(text: str) -> None:
    """Print a message for people on stderr, in one line that a terminal breaks between words."""
    click.echo(_broken(sanitize(text), sys.stderr), err=True)


def say_script(text: str) -> None:
    """Print a line on stderr without breaking it: one to be copied, or with marks below it."""
    click.echo(sanitize(text), err=True)
