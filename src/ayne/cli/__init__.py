"""The ``ayne`` command.

Each command is a thin layer: it reads options, lets the library do the work, and prints. Data go to stdout, everything
else to stderr. Only the command that needs a heavy library (httpx, duckdb, rich) imports it.

Exit codes: 0 done; 1 done, but something is missing or went wrong, and the output says what; 2 wrong usage or
configuration; 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import click

from ayne import __version__, settings
from ayne.cli import (
    collect,
    completion,
    config,
    doctor,
    export,
    look,
    names,
    people,
    plan,
    purge,
    ratings,
    rebuild,
    refresh,
    report,
    sandbox,
    sql,
    status,
    streams,
    sync,
)
from ayne.cli.command_line import Commands, run, set_up_logs, speech_options


@click.group(
    cls=Commands,
    params=speech_options(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Options can also be set in ayne.toml, or by variables like AYNE_RATE; `ayne doctor` shows which apply.",
)
@click.version_option(__version__, message=f"ayne %(version)s\n{settings.ATTRIBUTION}")
@click.pass_context
def cli(context: click.Context) -> None:
    """Collect TMDB's films and series completely and politely into a DuckDB file.

    \b
    Try it without a key:   ayne collect --sandbox
    With a key:             TMDB_API_KEY=… ayne collect --from 2020 --to 2024
    """
    configuration = context.obj or _load()
    cli.use(context, configuration)
    set_up_logs(context)


for command in (
    collect.collect,
    plan.plan,
    ratings.ratings,
    people.people,
    refresh.refresh,
    sync.sync,
    names.names,
    status.status,
    look.movie,
    look.series,
    look.person,
    sql.sql,
    export.export,
    report.report,
    rebuild.rebuild,
    purge.purge,
    sandbox.sandbox,
    doctor.doctor,
    completion.completion,
):
    cli.add_command(command)


def _load() -> config.Configuration:
    """Read the files, and put what they say into the environment, where the library looks for it."""
    configuration = config.load(cli.known(), os.environ, Path(click.get_app_dir("ayne")))
    os.environ.update(configuration.variables())
    return configuration


def main() -> None:
    """Run the command line."""
    streams.prepare()
    try:
        code = run(cli)
    except KeyboardInterrupt:
        # A further Ctrl-C, while the first was being told of.
        code = 130
    # There is nothing left to stop: one more would show a traceback out of Python's own end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)
