"""The real command in a folder of its own, and a sandbox for it that the test looks into."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from tests.reliability.children import Said, command, in_child

KEY = "0123456789abcdef0123456789abcdef"
FAST = ("--rate", "2000")
SPAN = ("--from", "2020", "--to", "2021", "--min-votes", "0")

# What the machine or the shell has set must not decide what these tests find.
_OURS = ("TMDB_", "OMDB_", "AYNE_")


def grow_older(database: Path, seconds: float) -> None:
    """Make everything in a file as old as if it had been collected so much earlier.

    A server whose clock is days behind is not believed, so it cannot stand for time that has passed.
    """
    with duckdb.connect(str(database)) as con:
        columns = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'TIMESTAMP' "
            "AND table_name IN (SELECT table_name FROM duckdb_tables())"
        ).fetchall()
        for table, column in columns:
            con.execute(f"UPDATE {table} SET {column} = {column} - to_seconds(?)", [seconds])


@dataclass(frozen=True, slots=True)
class Started:
    """A command under way; what it printed so far can be read at any time."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    @property
    def stdout(self) -> str:
        return self.out.read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return self.err.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Shell:
    """A working directory, and the settings of its environment."""

    folder: Path
    settings: dict[str, str]

    def ayne(self, *arguments: str, code: int = 0, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end and check how it ends; ``said`` is what it reads on standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "ayne", *arguments],
            cwd=self.folder,
            env=self._environment(),
            input=said,
            capture_output=True,
            text=True,
            # A command that hangs is ended; one that others keep from the processor is not.
            timeout=240,
            check=False,
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def forked(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """The same in a process that has imported everything already: where how a command starts is not the point."""
        said = in_child(command, list(arguments), self.settings, str(self.folder))
        assert isinstance(said, Said), said
        assert said.code == code, f"exit {said.code}\n{said.out}\n{said.err}"
        assert "Traceback" not in said.err, said.err
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    @contextmanager
    def started(self, *arguments: str) -> Iterator[Started]:
        """A command that runs while the test goes on, and at most as long as the context."""
        out, err = self.folder / "stdout.txt", self.folder / "stderr.txt"
        with out.open("wb") as to_out, err.open("wb") as to_err:
            process = subprocess.Popen(
                [sys.executable, "-m", "ayne", *arguments],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=to_out,
                stderr=to_err,
            )
        with process:
            try:
                yield Started(process, out, err)
            finally:
                if process.poll() is None:
                    process.kill()

    def query(self, sql: str, file: str = "films.duckdb") -> list[tuple[object, ...]]:
        """Look into a database by the road that owes ayne nothing."""
        with duckdb.connect(str(self.folder / file), read_only=True) as con:
            return con.execute(sql).fetchall()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        own = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "XDG_CONFIG_HOME": str(self.folder / "config")}
        return {**kept, **own, **self.settings}


class Killer:
    """A sandbox's plan of faults that has none: when so many requests have come, it kills the command that sends them.

    As it kills before it answers, the command is at work then, however slow the machine is.

    Args:
        counts: a pattern of the paths that count.
        at_once: the most requests that a command has under way, and that may still come when it is dead.
    """

    def __init__(self, counts: str = "", *, at_once: int = 10) -> None:
        self._counts = re.compile(counts)
        self._at_once = at_once
        self._lock = threading.Lock()
        self._left = 0
        self._victim: Future[subprocess.Popen[bytes]] = Future()

    def kill(self, shell: Shell, *arguments: str, after: int) -> None:
        """Run a command, and kill it with a request of its own: the so many-th, or one of the next."""
        with self._lock:
            self._left, self._victim = after + self._at_once, Future()
        with shell.started(*arguments) as run:
            self._victim.set_result(run.process)
            assert run.process.wait(timeout=240) == -signal.SIGKILL, run.stderr

    def fault(self, _number: int, path: str) -> None:
        """Count a request."""
        if self._counts.search(path):
            with self._lock:
                self._left -= 1
                if self._left == 0:
                    self._victim.result().kill()


def shell_for(folder: Path, url: str, key: str = KEY) -> Shell:
    """A shell that has been told where the sandbox is, and a key."""
    folder.mkdir(exist_ok=True)
    return Shell(folder, {"AYNE_TMDB_URL": url, "TMDB_API_KEY": key})


def until(condition: Callable[[], object], *, seconds: float = 60.0) -> None:
    """Wait for something to come true."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.02)


def ids_of(catalogue: Catalogue, first: int, last: int, min_votes: int = 0) -> list[int]:
    """The films that a discovery of a span can show."""
    query = Query.parse(
        {
            "primary_release_date.gte": f"{first}-01-01",
            "primary_release_date.lte": f"{last}-12-31",
            "vote_count.gte": str(min_votes),
        }
    )
    return sorted(catalogue.ids(catalogue.discover(query)))


def details_asked(app: SandboxApp) -> int:
    """How many requests for details have arrived."""
    return int(app.log.report()["by_kind"].get("details", 0))
