"""``ayne refresh`` as its users meet it, against films that have changed since they were collected."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.pace import Pace
from ayne.sandbox.server import RunningSandbox, running
from ayne.sandbox.world import World
from tests.shell import FAST, KEY, SPAN, Shell, details_asked, grow_older, shell_for, until

DAY = 86_400
# Until eight in the morning the feed of the day before yesterday is the newest that is read.
BEHIND = 5 * DAY
CHANGED = "SELECT count(*) FROM changed"


@pytest.fixture
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    """A sandbox that is some days behind, until it is put forward to now."""
    own = SandboxClock(time.time() - BEHIND)
    pace = Pace(edited=0.2, moved=0, deleted=0, merged=0, added=0.01)
    world = World(films, seed=2, pace=pace, start=own.midnight - DAY)
    with running(SandboxApp(world, own_time=own)) as served:
        yield served


@pytest.fixture
def shell(sandbox: RunningSandbox, tmp_path: Path) -> Shell:
    """Films as they were some days ago."""
    shell = shell_for(tmp_path, sandbox.url)
    shell.forked("collect", *SPAN, *FAST, "--parts", "keywords")
    grow_older(tmp_path / "films.duckdb", BEHIND)
    clock = f"{sandbox.url.removesuffix('/3')}/sandbox/clock"
    httpx.post(clock, params={"advance": str(BEHIND)}, trust_env=False).raise_for_status()
    sandbox.app.log.clear()
    return shell


def test_what_changed_is_fetched_again_with_its_parts_and_nothing_twice(sandbox: RunningSandbox, shell: Shell) -> None:
    done = shell.forked("refresh", *FAST, "--json")
    report = json.loads(done.stdout)
    assert report["complete"]
    assert report["refreshed_by_reason"]["changed"] == report["feed"]["ours"] > 20
    assert (shell.query(CHANGED), report["feed"]["gap"]) == ([(0,)], None)
    assert shell.query("SELECT count(*) FROM parts") == shell.query("SELECT count(details_at) FROM movies")
    sandbox.app.log.clear()
    shell.forked("refresh", *FAST)
    assert sandbox.app.log.report()["total"] == 0


def test_a_limit_leaves_the_rest_for_later_and_status_says_so(shell: Shell) -> None:
    said = shell.forked("refresh", *FAST, "--limit", "5").stderr
    assert "5 films refreshed (5 that changed)" in said
    assert "of ours to be fetched" in said
    ((left,),) = shell.query(CHANGED)
    status = json.loads(shell.forked("status", "--json").stdout)
    assert status["changed"] == status["due"]["changed"] == left
    assert status["due"]["now"] >= left
    assert status["watermark"]
    told = shell.forked("status").stdout
    assert "change feed read up to" in told
    assert "within a week" in told


def test_ctrl_c_keeps_what_came_and_the_same_command_carries_on(sandbox: RunningSandbox, shell: Shell) -> None:
    with shell.started("refresh", "--rate", "20", "--max-concurrent", "2") as refresh:
        until(lambda: details_asked(sandbox.app) >= 5)
        refresh.process.send_signal(signal.SIGINT)
        assert refresh.process.wait(timeout=5) == 130
        assert "the same command carries on" in refresh.stderr
    assert shell.query(CHANGED) != [(0,)]
    shell.forked("refresh", *FAST)
    assert shell.query(CHANGED) == [(0,)]


def test_without_the_feed_only_ages_count(sandbox: RunningSandbox, shell: Shell) -> None:
    (shell.folder / "ayne.toml").write_text("[refresh]\nolder = 2\nfirst_year = 2\nquiet = 2\nundated = 2\n")
    report = json.loads(shell.forked("refresh", *FAST, "--no-changes", "--policy", "ayne.toml", "--json").stdout)
    assert report["feed"] is None
    assert report["refreshed_by_reason"] == {"age": report["refreshed"]}
    assert report["refreshed"] > 50
    assert sandbox.app.log.report()["total"] == details_asked(sandbox.app)


def test_the_films_of_a_sandbox_live_while_its_file_grows_older(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    few = ("--from", "2020", "--min-votes", "0")
    shell.ayne("collect", "--sandbox", "--sandbox-movies", "1000", "-q", *few)
    grow_older(tmp_path / "sandbox.duckdb", 6 * 86_400)
    report = json.loads(shell.ayne("sync", "--sandbox", "--no-ratings", "--json", *few).stdout)
    assert report["outcome"] == "done"
    assert report["feed"]["days"] >= 4
    assert report["feed"]["seen"] > 0
    assert report["refreshed_by_reason"]["changed"] == report["feed"]["ours"] > 0
    # It is the same sandbox each time: its changes are still there, and were fetched already.
    again = json.loads(shell.ayne("refresh", "--sandbox", "--json").stdout)
    assert (again["outcome"], again["refreshed_by_reason"].get("changed", 0)) == ("done", 0)


def test_a_file_of_another_server_is_not_for_the_sandbox(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    shell.ayne("collect", *SPAN, *FAST, "--limit", "1", "-q")
    said = shell.ayne("sync", "--sandbox", "--db", "films.duckdb", code=2).stderr
    assert "films.duckdb holds films of another server than --sandbox" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--no-changes", "--add-changed"), "--add-changed needs the change feed"),
        (("--db", "other.duckdb"), "there is no database other.duckdb to refresh"),
        (("--policy", "no.toml"), "does not exist"),
        (("--policy", "wrong.toml"), "wrong.toml: The refresh policy has no 'oldest': did you mean 'older'"),
        (("--policy", "empty.toml"), "empty.toml has no table [refresh]"),
        (("--policy", "broken.toml"), "broken.toml cannot be read as TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    shell = shell_for(tmp_path, "http://127.0.0.1:9/3")
    for name, text in (("wrong", "[refresh]\noldest = 3"), ("empty", ""), ("broken", "[refresh")):
        (tmp_path / f"{name}.toml").write_text(text)
    done = shell.forked("refresh", *arguments, code=2)
    assert said in " ".join(done.stderr.split())


def test_a_sync_says_beforehand_what_it_takes_and_nothing_of_a_missing_key_when_it_is_to_be_quiet(
    films: Catalogue, tmp_path: Path
) -> None:
    with running(SandboxApp(films)) as served:
        shell = Shell(tmp_path, {"AYNE_TMDB_URL": served.url, "TMDB_API_KEY": KEY})
        shell.forked("collect", *SPAN, *FAST, "--quiet")
        told = shell.forked("sync", *SPAN, *FAST).stderr
        assert "Ratings are left out" in told
        assert re.search(r"About [\d,]+ requests? to come", told)
        assert shell.forked("sync", *SPAN, *FAST, "--quiet").stderr == ""
