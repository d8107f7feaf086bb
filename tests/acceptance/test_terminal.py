"""The command as somebody meets it who sits before a terminal, sets it up, or reads it by a program."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import FAST, KEY, SPAN, Shell, details_asked, shell_for, until

ROOT = Path(__file__).parents[2]
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m[bold]A\u202eyaw"


@pytest.fixture(scope="module")
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as server:
        yield server


@pytest.fixture(scope="module")
def stored(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with a file of a few films."""
    shell = shell_for(tmp_path_factory.mktemp("stored"), sandbox.url)
    shell.ayne("collect", *SPAN, *FAST, "--limit", "20", "--quiet")
    return shell


# --- text from servers --------------------------------------------------------------------------------------------


def test_no_title_moves_the_terminal_whichever_command_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "films.duckdb"
    DuckDBClient(file).finish_sweep(1, datetime.now(UTC))
    with duckdb.connect(str(file)) as con:
        con.execute(
            "INSERT INTO movies (tmdb_id, title, overview, first_seen_at, details_at) VALUES (1, $t, $t, now(), now())",
            {"t": EVIL},
        )
    shell = Shell(tmp_path, {})
    shown = [
        shell.ayne("movie", "1").stdout,
        shell.ayne("movie", "1", "--json").stdout,
        *(shell.ayne("sql", "SELECT title FROM movies", "--format", form).stdout for form in ("table", "csv", "json")),
    ]
    for text in shown:
        assert "[bold]A" in text
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert json.loads(shown[-1]) == [{"title": EVIL}]


# --- settings -----------------------------------------------------------------------------------------------------


def test_a_flag_goes_before_the_environment_and_that_before_a_file(stored: Shell, tmp_path: Path) -> None:
    for name in ("file", "variable", "flag"):
        (tmp_path / f"{name}.duckdb").write_bytes((stored.folder / "films.duckdb").read_bytes())
    (tmp_path / "ayne.toml").write_text('db = "file.duckdb"\n')
    (tmp_path / "ayne.toml").chmod(0o600)
    named = {
        (): "file",
        ("AYNE_DB",): "variable",
        ("AYNE_DB", "--db"): "flag",
    }
    for (*given,), name in named.items():
        shell = Shell(tmp_path, {"AYNE_DB": "variable.duckdb"} if given else {})
        flag = ("--db", "flag.duckdb") if "--db" in given else ()
        assert json.loads(shell.ayne("status", "--json", *flag).stdout)["database"] == f"{name}.duckdb"


def test_a_file_that_says_what_nobody_knows_is_refused_with_the_nearest_right_setting(tmp_path: Path) -> None:
    (tmp_path / "ayne.toml").write_text("min_vote = 3\n")
    said = Shell(tmp_path, {}).ayne("status", code=2).stderr
    assert said == "ayne: ayne.toml has an unknown setting 'min_vote'.\n      Did you mean 'min_votes'?\n"


def test_a_wrong_value_is_traced_to_where_it_was_set(tmp_path: Path) -> None:
    (tmp_path / "ayne.toml").write_text("[plan]\nrate = 'fast'\n")
    said = Shell(tmp_path, {}).ayne("plan", code=2).stderr
    assert "'fast' is not a number" in said
    assert "ayne.toml [plan]" in said


def test_a_key_of_a_file_is_used_and_never_shown_and_a_doctor_tells_who_can_read_it(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "ayne.toml").write_text(f"tmdb_api_key = '{KEY}'\nrate = 300\n[refresh]\nolder = 80\n")
    (tmp_path / "ayne.toml").chmod(0o644)
    shell = Shell(tmp_path, {"AYNE_TMDB_URL": sandbox.url, "AYNE_RAT": "7"})
    done = shell.ayne("doctor", "--json")
    document = json.loads(done.stdout)
    origins = {row["setting"]: (row["value"], row["source"]) for row in document["settings"]}
    assert origins["tmdb_api_key"] == ("hidden, 32 characters", "ayne.toml")
    assert origins["rate"] == ("300", "ayne.toml")
    assert origins["refresh.older"] == ("80", "ayne.toml [refresh]")
    assert origins["tmdb_url"] == (sandbox.url, "variable AYNE_TMDB_URL")
    assert origins["min_votes"] == ("200", "default")
    warned = " ".join(finding["said"] for finding in document["findings"] if finding["warning"])
    assert "chmod 600 ayne.toml" in warned
    assert "Did you mean 'AYNE_RATE'?" in warned
    assert KEY not in done.stdout + done.stderr + shell.ayne("doctor", "-vv").stdout


def test_what_is_set_for_tmdb_does_not_slow_down_or_fill_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / "ayne.toml").write_text("db = 'real.duckdb'\nrate = 0.001\ntmdb_url = 'http://127.0.0.1:9/3'\n")
    Shell(tmp_path, {}).ayne("collect", "--sandbox", "--sandbox-movies", "50", "--from", "2000", "--limit", "1", "-q")
    assert (tmp_path / "sandbox.duckdb").exists()
    assert not (tmp_path / "real.duckdb").exists()


# --- errors, help, completion -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "what", "todo"),
    [
        (("colect",), 2, "There is no command 'colect'", "Did you mean 'collect'?"),
        (("collect", "--form", "2020"), 2, "No such option '--form'", "ayne collect --help"),
        (("plan",), 2, "There is no TMDB key", "https://www.themoviedb.org/settings/api"),
        (("status",), 1, "There is no database films.duckdb", "`ayne collect` makes one"),
        (("plan", "--min-average", "20"), 2, "--min-average: '20' is not a number from 0 to 10", "ayne plan --help"),
        (("plan", "--filter", "vote_average.gte=20"), 2, "--filter: vote_average.gte: '20'", "ayne plan --help"),
        (("plan", "--genres", "dramma"), 2, "did you mean 'drama'?", "ayne plan --help"),
    ],
)
def test_an_error_is_two_lines_what_happened_and_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], code: int, what: str, todo: str
) -> None:
    lines = Shell(tmp_path, {}).ayne(*arguments, code=code).stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("ayne: ")
    assert what in lines[0]
    assert todo in lines[1]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_a_script_and_completes_by_it(tmp_path: Path, shell: str) -> None:
    assert "_AYNE_COMPLETE" in Shell(tmp_path, {}).ayne("completion", shell).stdout
    asked = {"_AYNE_COMPLETE": f"{shell}_complete", "COMP_WORDS": "ayne collect --min-v", "COMP_CWORD": "2"}
    asked |= {"COMP_CWORD": "--min-v"} if shell == "fish" else {}
    assert "--min-votes" in Shell(tmp_path, asked).ayne(code=0).stdout


# --- saying less, saying more -------------------------------------------------------------------------------------


def test_quiet_says_nothing_and_a_log_file_tells_everything_in_fields(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    done = shell.ayne("collect", *SPAN, *FAST, "--limit", "5", "--quiet", "--log-file", "log.jsonl")
    assert (done.stdout, done.stderr) == ("", "")
    told = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    (ends,) = (line for line in told if line["message"].endswith("ends: done"))
    assert (ends["details"], ends["logger"], ends["level"]) == (5, "ayne.collection", "INFO")
    assert {line["phase"] for line in told if line["logger"] == "ayne.progress"} == {"discover", "details"}
    assert KEY not in (tmp_path / "log.jsonl").read_text()


# --- while a collection is running --------------------------------------------------------------------------------


def test_an_answer_says_how_fresh_it_is_and_who_is_collecting(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    # Slow enough for two commands beside it, on a machine that is busy too.
    with shell.started("collect", *SPAN, "--rate", "3") as collector:
        before = details_asked(sandbox.app)
        until(lambda: details_asked(sandbox.app) >= before + 5)
        document = json.loads(shell.ayne("status", "--json").stdout)
        told = shell.ayne("sql", "SELECT count(*) FROM movies").stderr
        assert collector.process.poll() is None
        pid = collector.process.pid
    assert document["collecting"]["pid"] == pid
    assert document["as_of"] >= document["collecting"]["since"]
    assert re.fullmatch(rf"as of \d+ s ago; a collection is running \(process {pid}, since [0-9: -]+ UTC\)\n", told)
    assert json.loads(shell.ayne("status", "--json").stdout)["collecting"] is None
    assert shell.ayne("sql", "SELECT 1").stderr == ""


def on_a_terminal(shell: Shell, *arguments: str, columns: int = 80, **settings: str) -> str:
    """What a command writes to a terminal, escapes and all."""
    ours, theirs = pty.openpty()
    environment = {**shell._environment(), "COLUMNS": str(columns), "LINES": "40", "TERM": "xterm", **settings}
    command = [sys.executable, "-m", "ayne", *arguments]
    with subprocess.Popen(command, cwd=shell.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        written = b""
        give_up_at = time.monotonic() + 60
        while time.monotonic() < give_up_at:
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    piece = os.read(ours, 65536)
                except OSError:
                    break
                written += piece
    os.close(ours)
    return written.decode()


def test_a_terminal_of_80_columns_shows_a_view_that_is_drawn_anew(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    written = on_a_terminal(shell, "collect", *SPAN, "--rate", "60", "--limit", "30", NO_COLOR="1")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    # What can be tried next is there to be copied, and a terminal breaks it.
    told, _, _ = plain.partition("Now try:")
    assert max(len(line) for line in re.split(r"[\r\n]+", told)) <= 80
    assert re.search(r"now   fetching films +\d+ of 30", plain)
    assert re.search(r"done  fetching films +30 of 30   100 %", plain)
    assert "of 60 requests a second" in plain
    assert re.search(r"\x1b\[[0-9]*A", written), "the view is drawn over itself"
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", written), "no colour where none is wanted"


def test_who_presses_ctrl_c_again_and_again_gets_the_cursor_back_on_a_line_of_its_own(
    films: Catalogue, tmp_path: Path
) -> None:
    with running(SandboxApp(films, latency=30)) as served:
        shell = shell_for(tmp_path, served.url)
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "ayne", "collect", *SPAN]
        environment = {**shell._environment(), "COLUMNS": "80", "LINES": "40", "TERM": "xterm"}
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        ) as run:
            os.close(theirs)
            until(lambda: len(served.app.log))
            written = b""
            while run.poll() is None:
                run.send_signal(signal.SIGINT)
                # Mostly too early for the first to have ended it in order.
                with suppress(subprocess.TimeoutExpired):
                    run.wait(0.02)
            with suppress(OSError):
                while piece := os.read(ours, 65536):
                    written += piece
        os.close(ours)
    assert run.returncode == 130
    told = written.rpartition(b"\x1b[?25h")[2]
    assert told.endswith(b"\r\n"), written
    assert b"\x1b[?25l" not in told, written
    assert b"Traceback" not in told, written


# --- for programs -------------------------------------------------------------------------------------------------


def documented(command: str) -> set[str]:
    """The keys that the documents promise for a command's ``--json``."""
    text = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    found = re.search(rf"^## `ayne {command}`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"reference/json.md says nothing of {command}"
    # A row may be of several keys.
    keys = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", found[1], re.MULTILINE)
    return {key for row in keys for key in re.findall(r"\w+", row)}


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("collect", (*SPAN, *FAST, "--limit", "0")),
        ("plan", (*SPAN, *FAST)),
        ("status", ()),
        ("movie", ("{film}",)),
        ("doctor", ()),
        ("purge", ("--dry-run",)),
        ("rebuild", ()),
        ("export", ("--out", "files")),
    ],
)
def test_json_has_the_keys_that_the_documents_promise(stored: Shell, command: str, arguments: tuple[str, ...]) -> None:
    film = str(stored.query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL LIMIT 1")[0][0])
    done = stored.ayne(command, *(argument.format(film=film) for argument in arguments), "--json")
    assert json.loads(done.stdout).keys() == documented(command)
