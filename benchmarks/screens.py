"""Capture what ayne shows on a terminal, for the documents.

    python -m benchmarks.screens            every screen, at 40, 80 and 120 columns, into docs/screens
    python -m benchmarks.screens paused     some of them

Each is the screen of a real command in a terminal of that size at the moment when what it is about could be seen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pyte

from ayne.sandbox.catalogue import Catalogue
from benchmarks.given_lists import write_links
from benchmarks.processes import KEY, ROOT, Sandbox, collect, sandbox, start_collect

FOLDER = ROOT / "docs" / "screens"
WIDTHS = (40, 80, 120)

_DATABASE = "films.duckdb"
_MOST_SECONDS = 120.0
_STOP_AFTER_SECONDS = 35.0
_ROWS = 60
_MOVIES = 20_000

_SPAN = ("--from", "2015", "--to", "2024")


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen to be captured.

    Attributes:
        command: what is typed.
        moment: what must be on it, a regular expression; none for the end of the command.
        sandbox: options of the sandbox it is asked of.
        stored: options of a collection that has run before; none for an empty folder.
        stopped: that collection was stopped with Ctrl-C after some seconds.
        is_python: what is typed is Python, not arguments of the command.
        rows: a list of so many films lies there, as links.csv.
    """

    command: tuple[str, ...]
    moment: str = ""
    sandbox: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()
    stopped: bool = False
    is_python: bool = False
    rows: int = 0


_STORED = (*_SPAN, "--rate", "1000", "--parts", "credits,keywords,release_dates")

# What is typed at the prompt of Python.
_PYTHON = "from ayne import collect; print(collect('films.duckdb', 2023, requests_per_second=1000))"

SCREENS = {
    "running": Screen(("collect", *_SPAN, "--rate", "40"), r"fetching films +\d\d\d of .*\n.*left"),
    "paused": Screen(("collect", *_SPAN, "--rate", "40"), r"paused by a 429", ("--rate", "30")),
    "failing": Screen(
        ("collect", *_SPAN, "--rate", "40"),
        r"to be asked again .*\n.*could not be fetched",
        ("--faults", "seed=7,500=0.5"),
    ),
    "done": Screen(("collect", *_SPAN, "--rate", "1000")),
    "given": Screen(("collect", "--ids", "links.csv", "--rate", "1000"), rows=500),
    "status": Screen(("status",), stored=_STORED),
    "movie": Screen(("movie", "{film}"), stored=_STORED),
    "plan": Screen(("plan", "--from", "1950", "--to", "2024", "--min-votes", "0")),
    "sql-wide": Screen(("sql", "SELECT * FROM films LIMIT 3"), stored=_STORED),
    "sql-record": Screen(("sql", "SELECT * FROM films LIMIT 1"), stored=_STORED),
    "sql-long": Screen(("sql", "SELECT title, release_date, runtime FROM films ORDER BY title"), stored=_STORED),
    "sql-error": Screen(("sql", "SELECT title, runtime, vote_average, titel FROM films"), stored=_STORED),
    "title": Screen(("movie", "winter"), stored=_STORED),
    "interrupted": Screen(("status",), stored=(*_SPAN, "--rate", "10"), stopped=True),
    "python": Screen((_PYTHON,), is_python=True),
    "error": Screen(("collect", "--form", "2020")),
    "help": Screen(("--help",)),
}


@click.command(epilog=f"Names: {', '.join(SCREENS)}")
@click.argument("names", nargs=-1, type=click.Choice(list(SCREENS)), metavar="[NAME]...")
def main(names: tuple[str, ...]) -> None:
    """Capture screens into docs/screens: all of them, or what is named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        scenes: dict[object, tuple[Sandbox, Path]] = {}
        for name in names or SCREENS:
            screen = SCREENS[name]
            key = (screen.sandbox, screen.stored, screen.stopped)
            if key not in scenes:
                scenes[key] = _scene(stack, screen)
            for columns in WIDTHS:
                text = _capture(screen, *scenes[key], columns)
                (FOLDER / f"{name}-{columns}.txt").write_text(text, encoding="utf-8")
                click.echo(f"--- {name}, {columns} columns\n{text}")


def _scene(stack: ExitStack, screen: Screen) -> tuple[Sandbox, Path]:
    """A sandbox, and a folder with what was collected before."""
    folder = Path(stack.enter_context(TemporaryDirectory()))
    server = stack.enter_context(sandbox("--movies", str(_MOVIES), *screen.sandbox))
    if screen.stopped:
        _stop_halfway(start_collect(server, folder / _DATABASE, *screen.stored))
    elif screen.stored:
        collect(server, folder / _DATABASE, *screen.stored)
    return server, folder


def _capture(screen: Screen, server: Sandbox, folder: Path, columns: int) -> str:
    film = _most_voted(folder / _DATABASE) if "{film}" in screen.command else ""
    if not screen.stored:
        for file in folder.iterdir():
            file.unlink()
    if screen.rows:
        write_links(folder, Catalogue.generated(_MOVIES, seed=1), screen.rows)
    typed = tuple(word.format(film=film) for word in screen.command)
    settings = {"AYNE_TMDB_URL": server.url, "TMDB_API_KEY": KEY, "TERM": "xterm-256color"}
    how = ("-c",) if screen.is_python else ("-m", "ayne")
    shown = _on_terminal((*how, *typed), columns, folder, settings, lambda text: bool(re.search(screen.moment, text)))
    prompt = f">>> {typed[0]}" if screen.is_python else f"$ ayne {shlex.join(typed)}"
    return f"{prompt}\n{shown}\n"


def _stop_halfway(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C when a collection has brought some films."""
    time.sleep(_STOP_AFTER_SECONDS)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=_MOST_SECONDS)


def _most_voted(database: Path) -> str:
    command = [sys.executable, "-m", "ayne", "sql", "--db", str(database)]
    query = "SELECT tmdb_id FROM films WHERE tagline IS NOT NULL ORDER BY vote_count DESC LIMIT 1"
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, query], cwd=database.parent, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[1]


def _on_terminal(
    typed: tuple[str, ...], columns: int, folder: Path, settings: dict[str, str], is_it: Callable[[str], bool]
) -> str:
    """The screen at the moment that is asked for, or at the command's end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    screen = pyte.Screen(columns, _ROWS)
    stream = pyte.ByteStream(screen)
    process = subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, *typed],
        cwd=folder,
        env={**environment, **settings},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    give_up_at = time.monotonic() + _MOST_SECONDS
    with process:
        while time.monotonic() < give_up_at:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                stream.feed(os.read(ours, 65536))
            except OSError:
                # The command has ended, and nobody has the other side any more.
                break
            # What is drawn anew is on the screen as a whole when nothing more comes for a moment.
            if not select.select([ours], [], [], 0.05)[0] and is_it(_text(screen)) and not is_it(""):
                break
        else:
            raise click.ClickException(f"{' '.join(typed)} never showed it:\n{_text(screen)}")
        process.kill()
    os.close(ours)
    return _text(screen)


def _text(screen: pyte.Screen) -> str:
    return "\n".join(line.rstrip() for line in screen.display).rstrip()


if __name__ == "__main__":
    main()
