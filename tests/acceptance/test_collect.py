"""``ayne collect`` as its users meet it: a process, a folder, an environment."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ayne.sandbox.answers import Answer, Request, encoded, error
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import FAST, KEY, SPAN, Shell, details_asked, ids_of, shell_for, until

DETAILS = "SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL ORDER BY tmdb_id"


@pytest.fixture
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as served:
        yield served


@pytest.fixture
def shell(sandbox: RunningSandbox, tmp_path: Path) -> Shell:
    return shell_for(tmp_path, sandbox.url)


def processes_in(folder: Path) -> list[str]:
    """The processes that work in a folder, as /proc knows them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended, or is not ours
            continue
    return found


# --- what it collects ---------------------------------------------------------------------------------------------


def test_every_film_of_the_span_is_stored_and_a_second_run_asks_nothing(
    sandbox: RunningSandbox, shell: Shell, films: Catalogue
) -> None:
    first = shell.ayne("collect", *SPAN, *FAST)
    expected = ids_of(films, 2020, 2021)
    assert len(expected) > 100
    assert shell.query(DETAILS) == [(film,) for film in expected]
    assert first.stdout == ""
    assert re.search(r"^[0-9:]{8} discovering pages: \d+ of \d+, 100 %(, .*)?$", first.stderr, re.MULTILINE)
    assert re.search(
        rf"^[0-9:]{{8}} fetching films: {len(expected)} of {len(expected)}, 100 %(, |$)", first.stderr, re.MULTILINE
    )
    assert f"{len(expected)} films stored in films.duckdb" in first.stderr

    asked = len(sandbox.app.log)
    assert asked == len(expected) + -(-len(expected) // 20)
    second = shell.ayne("collect", *SPAN, *FAST)
    assert len(sandbox.app.log) == asked
    assert second.stdout == ""
    assert "0 requests" in second.stderr


def test_a_page_that_tmdb_counts_and_does_not_have_is_no_failure(films: Catalogue, tmp_path: Path) -> None:
    app = SandboxApp(films, faults=FaultPlan.parse("discover:total-high.20=1"))
    with running(app) as served:
        shell = shell_for(tmp_path, served.url)
        done = shell.ayne("collect", *SPAN, *FAST, "--limit", "5", "--json")
    report = json.loads(done.stdout)
    assert shell.query("SELECT tmdb_id FROM movies ORDER BY tmdb_id") == [(film,) for film in ids_of(films, 2020, 2021)]
    assert (report["outcome"], report["coverage"]["open"], report["missing_pages"]) == ("done", 0, [])


def test_json_prints_one_document_and_nothing_else(shell: Shell, films: Catalogue) -> None:
    done = shell.ayne("collect", *SPAN, *FAST, "--limit", "5", "--json")
    report = json.loads(done.stdout)
    assert (report["outcome"], report["complete"], report["details"]) == ("done", True, 5)
    assert report["listed"] == len(ids_of(films, 2020, 2021))
    assert done.stderr == ""


def test_a_limit_caps_the_details_and_takes_the_most_voted_first(
    sandbox: RunningSandbox, shell: Shell, films: Catalogue
) -> None:
    shell.ayne("collect", *SPAN, *FAST, "--limit", "0")
    assert details_asked(sandbox.app) == 0
    shell.ayne("collect", *SPAN, *FAST, "--limit", "7")
    assert details_asked(sandbox.app) == 7
    (listed, detailed, in_order) = shell.query("""
        SELECT count(*), count(details_at),
               min(vote_count) FILTER (details_at IS NOT NULL) >= max(vote_count) FILTER (details_at IS NULL)
        FROM movies""")[0]
    assert (listed, detailed, in_order) == (len(ids_of(films, 2020, 2021)), 7, True)


def test_the_end_tells_truthfully_what_is_stored_and_what_carries_on(shell: Shell, films: Catalogue) -> None:
    listed = len(ids_of(films, 2020, 2021))
    said = shell.ayne("collect", *SPAN, *FAST, "--limit", "0").stderr
    carries_on = "the same command without --limit 0 carries on"
    assert f"\n{listed} listed, 0 with details; {listed} still without details: {carries_on}\n" in said
    assert "Now try" not in said
    # Nothing is told of what there is not yet.
    told = shell.forked("status").stdout
    assert not re.search("None|oldest|change feed", told), told
    said = shell.ayne("collect", *SPAN, *FAST, "--limit", "1").stderr
    assert (
        f"\n{listed} listed, 1 with details; {listed - 1} still without details: the same command carries on\n" in said
    )
    assert "1 film stored in films.duckdb: 1 request in" in said
    done = shell.ayne("collect", *SPAN, *FAST)
    assert f"\n{listed} listed, {listed} with details\n" in done.stderr
    assert "\nNow try:\n  ayne status\n" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["collect", "plan"])
def test_a_server_out_of_reach_is_said_to_be_that(tmp_path: Path, command: str) -> None:
    with socket.socket() as taken:
        # Nobody listens there, and nobody else can.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        shell = shell_for(tmp_path, f"http://127.0.0.1:{port}/3")
        said = shell.ayne(command, *SPAN, code=1).stderr.splitlines()
    assert said[-2] == f"ayne: TMDB cannot be reached (connection refused by 127.0.0.1, port {port})"
    assert "Is the network up" in said[-1]


@pytest.mark.parametrize("command", [("status",), ("sql", "SELECT 1"), ("collect", "--limit", "0")])
def test_of_a_file_that_is_somebody_else_s_nothing_is_said_to_be_stored(shell: Shell, command: tuple[str, ...]) -> None:
    with duckdb.connect(str(shell.folder / "films.duckdb")) as con:
        con.execute("CREATE TABLE movies (id INTEGER)")
    said = shell.ayne(*command, code=1).stderr
    assert "was not made by ayne.\n      Name another file with --db.\n" in said


def test_parts_come_with_the_details_in_the_same_request(sandbox: RunningSandbox, shell: Shell) -> None:
    shell.ayne("collect", *SPAN, *FAST, "--limit", "6", "--parts", "credits,keywords")
    assert shell.query("SELECT part, count(*) FROM parts GROUP BY ALL ORDER BY ALL") == [
        ("credits", 6),
        ("keywords", 6),
    ]
    assert details_asked(sandbox.app) == 6


def test_the_output_folder_holds_each_body_once_and_whole(sandbox: RunningSandbox, shell: Shell) -> None:
    shell.ayne("collect", *SPAN, *FAST, "--output-dir", "bodies")
    files = list((shell.folder / "bodies").iterdir())
    assert files
    assert all(file.name.endswith(".jsonl.gz") for file in files)
    lines = [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert len(lines) == len(sandbox.app.log)
    bodies = {line["body"]["id"] for line in lines if line["path"].startswith("/movie/")}
    assert [(film,) for film in sorted(bodies)] == shell.query(DETAILS)


def test_it_can_be_tried_without_a_key_and_leaves_no_process_behind(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    done = shell.ayne("collect", "--sandbox", "--from", "2020", "--to", "2021", "--sandbox-movies", "1500")
    expected = ids_of(Catalogue.generated(1500, seed=1), 2020, 2021, min_votes=200)
    assert shell.query(DETAILS, "sandbox.duckdb") == [(film,) for film in expected]
    assert not (tmp_path / "films.duckdb").exists()
    # A table into a pipe is as wide as it must be: nothing of it is cut.
    for film, title, votes in shell.query(
        "SELECT tmdb_id, title, vote_count FROM movies ORDER BY vote_count DESC, tmdb_id LIMIT 10", "sandbox.duckdb"
    ):
        assert re.search(rf"^ *{film} +{re.escape(str(title))} .* {votes:,}$", done.stdout, re.MULTILINE), done.stdout
    query = "SELECT title, release_date, vote_average FROM films ORDER BY vote_count DESC LIMIT 10"
    assert f'ayne sql --db sandbox.duckdb "{query}"' in done.stderr
    # The table is about films of this run, and now there are none.
    again = shell.ayne("collect", "--sandbox", "--from", "2020", "--to", "2021", "--sandbox-movies", "1500")
    assert again.stdout == ""
    assert "ayne export --db sandbox.duckdb" in done.stderr
    if sys.platform == "linux":
        assert processes_in(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_even_a_killed_collector_leaves_no_sandbox_behind(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    with shell.started("collect", "--sandbox", *SPAN, "--rate", "5", "--sandbox-movies", "1500") as collector:
        until(lambda: any("sandbox --port" in line for line in processes_in(tmp_path)))
        until(lambda: "discovering pages" in collector.stderr)
        collector.process.kill()
        collector.process.wait()
    until(lambda: not processes_in(tmp_path), seconds=5)


# --- how it ends --------------------------------------------------------------------------------------------------


class Refusing(SandboxApp):
    """Calls the question for one film malformed, which is not asked again."""

    refused = 0

    def answer(self, request: Request) -> Answer:
        plain = super().answer(request)
        return encoded(error(27), request, time.time()) if request.path == f"/3/movie/{self.refused}" else plain


def test_a_film_that_cannot_be_had_is_reported_and_holds_up_no_other(films: Catalogue, tmp_path: Path) -> None:
    expected = ids_of(films, 2020, 2021)
    app = Refusing(films)
    app.refused = expected[7]
    with running(app) as served:
        shell = shell_for(tmp_path, served.url)
        done = shell.ayne("collect", *SPAN, *FAST, code=1)
    assert done.stdout == ""
    assert "failed: 1 film, invalid_request" in done.stderr
    assert shell.query("SELECT tmdb_id, reason FROM failures") == [(app.refused, "invalid_request")]
    assert shell.query(DETAILS) == [(film,) for film in expected if film != app.refused]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2024", "--to", "2020"), "backwards: --from 2024 --to 2020"),
        (("--parts", "credit"), "credits"),
        (("--form", "2024"), "--from"),
        (("--from", "soon"), "'soon'"),
        (("--limit", "-1"), "-1"),
        (("--rate", "0"), "0"),
        (("--tmdb-url", "localhost"), "https://api.themoviedb.org/3"),
        (("--source", "export", "--exports-url", "localhost"), "https://files.tmdb.org/p/exports"),
        (("--source", "export", "--from", "2024"), "--from does not go with --source export"),
        (("--min-popularity", "5"), "add --source export"),
    ],
)
def test_wrong_usage_is_explained_and_nothing_is_asked(
    sandbox: RunningSandbox, shell: Shell, arguments: tuple[str, ...], said: str
) -> None:
    done = shell.ayne("collect", *arguments, code=2)
    assert said in done.stderr
    assert done.stdout == ""
    assert len(sandbox.app.log) == 0
    assert not (shell.folder / "films.duckdb").exists()


def test_without_a_key_it_says_where_to_get_one_and_how_to_try_without(tmp_path: Path) -> None:
    done = Shell(tmp_path, {}).ayne("collect", "--from", "2024", code=2)
    assert "https://www.themoviedb.org/settings/api" in done.stderr
    assert "TMDB_API_KEY" in done.stderr
    assert "ayne collect --sandbox" in done.stderr
    assert done.stdout == ""


TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiI0MjQyNDI0MjQyNDIifQ.c2VudGluZWwtc2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("name", "key", "kind"),
    [("TMDB_API_KEY", "f" * 32, "v3 API key"), ("TMDB_ACCESS_TOKEN", TOKEN, "v4 read access token")],
)
def test_a_wrong_key_is_named_by_its_kind_and_never_shown(
    films: Catalogue, tmp_path: Path, name: str, key: str, kind: str
) -> None:
    with running(SandboxApp(films, api_keys=frozenset({KEY}))) as served:
        shell = Shell(tmp_path, {"AYNE_TMDB_URL": served.url, name: key})
        done = shell.ayne("-vv", "collect", *SPAN, *FAST, code=2)
        assert kind in done.stderr
        assert "https://www.themoviedb.org/settings/api" in done.stderr
        assert key not in done.stdout + done.stderr
        assert len(served.app.log) == 1


def test_settings_are_read_from_a_dot_env_file(films: Catalogue, tmp_path: Path) -> None:
    with running(SandboxApp(films, api_keys=frozenset({KEY}))) as served:
        (tmp_path / ".env").write_text(f'# mine\nexport TMDB_API_KEY="{KEY}"\nAYNE_TMDB_URL={served.url}\n')
        Shell(tmp_path, {}).ayne("collect", *SPAN, *FAST, "--limit", "0")
        # What is set in the environment itself is the more deliberate choice.
        done = Shell(tmp_path, {"TMDB_API_KEY": "f" * 32}).ayne("collect", "--from", "2000", "--to", "2000", code=2)
        assert "v3 API key" in done.stderr
        (tmp_path / ".env").write_text(f"TMDB_API_KEY={'f' * 32}\nAYNE_TMDB_URL=http://127.0.0.1:1/3\n")
        shell_for(tmp_path, served.url).ayne("collect", *SPAN, *FAST, "--limit", "3")
        assert details_asked(served.app) == 3


# --- stopping it --------------------------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_came_and_the_same_command_carries_on(
    sandbox: RunningSandbox, shell: Shell, films: Catalogue
) -> None:
    with shell.started("collect", *SPAN, "--rate", "20", "--max-concurrent", "4") as collector:
        until(lambda: details_asked(sandbox.app) >= 15)
        collector.process.send_signal(signal.SIGINT)
        assert collector.process.wait(timeout=5) == 130
        assert "Ctrl-C again leaves at once" in collector.stderr
        assert "the same command carries on" in collector.stderr
        assert "Traceback" not in collector.stderr
        assert collector.stdout == ""
    before = details_asked(sandbox.app)
    kept = len(shell.query(DETAILS))
    # Only what was under way may be lost: a request for each of the tasks, which are two a slot.
    assert before - 8 <= kept <= before
    assert shell.query("SELECT outcome FROM runs") == [("interrupted",)]

    shell.ayne("collect", *SPAN, *FAST)
    expected = ids_of(films, 2020, 2021)
    assert shell.query(DETAILS) == [(film,) for film in expected]
    assert details_asked(sandbox.app) == before + len(expected) - kept


def test_a_second_ctrl_c_leaves_at_once(sandbox: RunningSandbox, shell: Shell) -> None:
    with shell.started("collect", *SPAN, "--rate", "20") as collector:
        until(lambda: details_asked(sandbox.app) >= 3)
        with held(shell.folder / "films.duckdb"):
            # Somebody else has the file, so the last commit has to wait, and the first Ctrl-C with it.
            collector.process.send_signal(signal.SIGINT)
            until(lambda: "stopping after the current commit" in collector.stderr)
            time.sleep(0.2)
            assert collector.process.poll() is None
            asked_at = time.monotonic()
            collector.process.send_signal(signal.SIGINT)
            assert collector.process.wait(timeout=5) == 130
            assert time.monotonic() - asked_at < 1


def held(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a file that another process opens and closes again and again."""
    give_up_at = time.monotonic() + 10
    while True:
        try:
            return duckdb.connect(str(path))
        except duckdb.IOException:
            assert time.monotonic() < give_up_at
            time.sleep(0.005)


# --- the key ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key"), [("TMDB_API_KEY", "5ec7e75ec7e75ec7e75ec7e75ec7e75e"), ("TMDB_ACCESS_TOKEN", TOKEN)]
)
def test_the_key_appears_nowhere(films: Catalogue, tmp_path: Path, name: str, key: str) -> None:
    app = SandboxApp(films, faults=FaultPlan.parse("html@2,reset@5,404@21"))
    with running(app) as served:
        shell = Shell(tmp_path, {"AYNE_TMDB_URL": served.url, name: key})
        arguments = ("collect", *SPAN, *FAST, "--parts", "credits", "--output-dir", "bodies", "--limit", "20")
        said = [shell.ayne("-vv", *arguments)]
    said += [shell.ayne("export", "--format", "jsonl", "--out", "exports"), shell.ayne("status", "--json")]
    secrets = {key.encode(), *(word.encode() for word in key.split(".") if len(word) > 16)}
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.suffix for file in written} >= {".duckdb", ".gz", ".jsonl"}
    texts = [text.encode() for done in said for text in (done.stdout, done.stderr)]
    texts += [gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in written]
    texts += [os.fsencode(file) for file in written]
    # A table may be compressed in the file, so its rows are looked at too.
    tables = [name for (name,) in shell.query("SELECT table_name FROM duckdb_tables()")]
    assert {"movies", "parts", "runs", "failures"} <= set(tables)
    texts += [repr(shell.query(f"FROM {name}")).encode() for name in tables]
    assert b"DEBUG" in texts[1]
    assert not [text for text in texts for secret in secrets if secret in text]
