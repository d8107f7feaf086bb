"""The command where something around it is not as usual: its file is held, its terminal or its output is gone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ayne.data_collection.commit import Commit
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import FAST, SPAN, Shell, details_asked, shell_for, until

HOLDER = """
import sys, duckdb
while True:
    try:
        con = duckdb.connect(sys.argv[1])
        break
    except duckdb.IOException:
        pass
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as served:
        yield served


@contextmanager
def held(file: Path) -> Iterator[int]:
    """Another program has the file open; its process."""
    command = [sys.executable, "-c", HOLDER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        holder.stdout.readline()
        try:
            yield holder.pid
        finally:
            holder.kill()


# --- a file that another program holds ----------------------------------------------------------------------------


def test_a_run_that_waits_for_its_file_says_who_holds_it_and_stops_when_told(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    with held(tmp_path / "films.duckdb") as pid, shell.started("collect", *SPAN, *FAST) as run:
        until(lambda: f"waiting: films.duckdb is held by process {pid} (" in run.stderr)
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(timeout=30) == 130, run.stderr
    assert "Interrupted" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_run_whose_file_is_taken_meanwhile_stops_when_told(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    before = details_asked(sandbox.app)
    with shell.started("collect", *SPAN, "--rate", "20") as run:
        until(lambda: details_asked(sandbox.app) >= before + 5)
        with held(tmp_path / "films.duckdb") as pid:
            until(lambda: f"waiting: films.duckdb is held by process {pid} (" in run.stderr)
            run.process.send_signal(signal.SIGINT)
            assert run.process.wait(timeout=30) == 130, run.stderr
    assert "Interrupted" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_run_that_waited_for_its_file_goes_on(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    with ExitStack() as stack:
        with held(tmp_path / "films.duckdb"):
            run = stack.enter_context(shell.started("collect", *SPAN, *FAST, "--limit", "3"))
            until(lambda: "waiting:" in run.stderr)
        assert run.process.wait(timeout=60) == 0, run.stderr
    assert shell.query("SELECT count(*) FROM movies WHERE details_at IS NOT NULL") == [(3,)]


def test_a_look_at_a_held_file_says_by_whom(tmp_path: Path, sandbox: RunningSandbox) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    shell.ayne("collect", *SPAN, *FAST, "--limit", "0")
    with held(tmp_path / "films.duckdb") as pid, shell.started("status") as status:
        until(lambda: f"waiting: films.duckdb is held by process {pid} (" in status.stderr)


# --- a terminal that is closed ------------------------------------------------------------------------------------


def test_a_run_whose_terminal_is_closed_ends_in_order(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell: Shell = shell_for(tmp_path, sandbox.url)
    before = details_asked(sandbox.app)
    with shell.started("collect", *SPAN, "--rate", "20") as run:
        until(lambda: details_asked(sandbox.app) >= before + 5)
        # The shell sends one, and the system another.
        run.process.send_signal(signal.SIGHUP)
        run.process.send_signal(signal.SIGHUP)
        assert run.process.wait(timeout=30) == 130
    assert shell.query("SELECT outcome FROM runs") == [("interrupted",)]
    assert shell.query("SELECT count(*) FROM movies WHERE details_at IS NOT NULL")[0][0] != 0


# --- output that is closed, full, or read by nobody ---------------------------------------------------------------


def in_a_shell(shell: Shell, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell, in which ``ayne`` is the command."""
    script = f'ayne() {{ "{sys.executable}" -m ayne "$@"; }}; {line}'
    done = subprocess.run(
        ["bash", "-c", script], cwd=shell.folder, env=shell._environment(), capture_output=True, text=True, timeout=240
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr
    assert "fault of ayne" not in done.stderr
    return done


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_a_job_runs_whatever_of_its_streams_is_closed(sandbox: RunningSandbox, tmp_path: Path, closed: str) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    done = in_a_shell(shell, f"ayne collect --from 2020 --to 2021 --limit 3 --rate 2000 {closed}")
    assert done.returncode == 0, done.stderr
    assert shell.query("SELECT count(*) FROM movies WHERE details_at IS NOT NULL") == [(3,)]


@pytest.mark.parametrize("arguments", ["--help", "completion bash", "sql 'SELECT 1'"])
def test_data_that_cannot_be_written_are_an_error_in_two_lines(
    sandbox: RunningSandbox, tmp_path: Path, arguments: str
) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    DuckDBClient(tmp_path / "films.duckdb").commit(Commit())
    done = in_a_shell(shell, f"ayne {arguments} >/dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith("ayne: The output could not be written: No space left on device.\n      Send it")
    assert done.stderr.count("\n") == 2
    gone = in_a_shell(shell, f"set -o pipefail; ayne {arguments} | true")
    assert (gone.returncode, gone.stderr) == (0, "")


def test_a_log_file_that_takes_no_more_is_told_once_and_the_job_runs(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    done = shell.ayne("collect", *SPAN, *FAST, "--limit", "3", "--log-file", "/dev/full", "-vv")
    assert done.stderr.count("The log file /dev/full is incomplete: No space left on device") == 1


@pytest.mark.parametrize("arguments", ["status", "collect --from 2020", "report", "export --out films", "doctor"])
def test_a_working_folder_that_was_deleted_is_told(sandbox: RunningSandbox, tmp_path: Path, arguments: str) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    done = in_a_shell(shell, f"mkdir gone && cd gone && rmdir ../gone && ayne {arguments}")
    assert done.returncode in (1, 2)
    assert "The working folder is no longer there" in done.stderr
