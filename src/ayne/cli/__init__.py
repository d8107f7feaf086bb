"""The ``ayne`` command.

Each command is a thin face: it reads options, lets the library do the work, and prints. Data go to stdout, everything
else to stderr. What is heavy to import (httpx, duckdb, rich) is imported by the command that needs it, not before.

Exit codes: 0 done; 1 done, but something is missing or went wrong, and it was said what; 2 wrong usage or
configuration; 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import click

from ayne import __version__, settings
from ayne.cli import collect, doctor, look, plan, purge, ratings, rebuild, refresh, report, sandbox, status, sync
from ayne.cli.options import Suggesting, verbose_option
from ayne.cli.terminal import say
from ayne.errors import AyneError, ConfigurationError, Unauthorized


@click.group(cls=Suggesting, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message=f"ayne %(version)s\n{settings.ATTRIBUTION}")
@verbose_option
def cli() -> None:
    """Collect films from TMDB, completely and politely, into one DuckDB file.

    \b
    Try it without a key:   ayne collect --sandbox
    With a key:             export TMDB_API_KEY=…; ayne collect --from 2020 --to 2024
    """


for command in (
    collect.collect,
    plan.plan,
    ratings.ratings,
    refresh.refresh,
    sync.sync,
    status.status,
    look.movie,
    look.sql,
    look.export,
    report.report,
    rebuild.rebuild,
    purge.purge,
    sandbox.sandbox,
    doctor.doctor,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line, and turn ayne's errors into a message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A title in a script that the terminal cannot show is shown with question marks, not as an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        for name, value in settings.read_env_file(Path(".env")).items():
            os.environ.setdefault(name, value)
        cli.main(prog_name="ayne", standalone_mode=True)
    except AyneError as error:
        say(f"ayne: {error}")
        sys.exit(2 if isinstance(error, (ConfigurationError, Unauthorized)) else 1)
