"""The sandbox that a command with ``--sandbox`` starts: its films and its process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ayne.errors import ConfigurationError

if TYPE_CHECKING:
    from ayne.database.duckdb_client import DuckDBClient

# How many a sandbox has when nobody says.
MOVIES, SERIES = 20_000, 2_000


@dataclass(frozen=True, slots=True)
class OwnSandbox:
    """A sandbox that is started for each command, and has the same films each time.

    Attributes:
        movies: how many films it has.
        series: how many series.
        seed: which ones they are.
        lives_since: the day since which they live; None for films that never change.
    """

    movies: int = MOVIES
    series: int = SERIES
    seed: int = 1
    lives_since: str | None = None

    @property
    def name(self) -> str:
        """The sandbox's name in a file: its address changes with each start, its films do not."""
        more = "" if self.series == SERIES else f" and {self.series} series"
        return f"a sandbox of {self.movies} films{more}, seed {self.seed}"

    @classmethod
    def of_file(cls, path: Path, store: DuckDBClient) -> OwnSandbox:
        """Return the sandbox that a file's films come from, with the changes since the file's first run.

        The films of a new file are those of ``ayne collect --sandbox``, and live from now on.

        Raises:
            ConfigurationError: the file's films come from elsewhere.
        """
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        servers = servers_of(store) if path.exists() else []
        if not servers:
            return cls(lives_since=today)
        for server in servers:
            if told := re.fullmatch(r"a sandbox of (\d+) films(?: and (\d+) series)?, seed (-?\d+)", server or ""):
                ((first,),) = store.query("SELECT min(started_at)::DATE FROM runs").rows
                return cls(int(told[1]), int(told[2] or SERIES), int(told[3]), f"{first}" if first else today)
        raise ConfigurationError(
            f"{path} holds films of another server than --sandbox. Leave out --sandbox, or name another file with --db."
        )

    @contextmanager
    def started(self) -> Iterator[str]:
        """Start it in a process of its own; yields TMDB's address there.

        It ends when its standard input does, so nothing is left behind even when this process is killed.
        """
        command = [sys.executable, "-m", "ayne", "sandbox", "--port", "0", "--until-stdin-closes"]
        command += ["--clock", f"{self.lives_since}..now"] if self.lives_since else []
        command += ["--movies", str(self.movies), "--series", str(self.series), "--seed", str(self.seed)]
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # It has no use for keys, and what a process was given can be read by others of the same user.
            env={name: value for name, value in os.environ.items() if not name.startswith(("TMDB_", "OMDB_"))},
            # Ctrl-C is for the collector, which stops the sandbox when it is done with it.
            start_new_session=True,
            text=True,
        )
        with process:
            try:
                url = process.stdout.readline().strip() if process.stdout else ""
                if not url:
                    raise ConfigurationError("the sandbox did not start; `ayne sandbox` shows why")
                yield url
            finally:
                if process.stdin:
                    process.stdin.close()


def servers_of(store: DuckDBClient) -> list[str]:
    """Return the servers that the rows of a file come from, of whatever kind."""
    return list(dict.fromkeys(server for kind in store.kinds for (server,) in store.of(kind).named("servers").rows))
