"""Programs that share an allowance through a real Redis server, as their users meet them."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from ayne.net.rate_limit import default_burst
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.redis_server import RedisServer, redis_server
from tests.shell import SPAN, Shell, details_asked, ids_of, shell_for, until

DETAILS = "SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL ORDER BY tmdb_id"
PASSWORD = "5ec4e70-password"
NOBODY = "redis://127.0.0.1:1/0"


def _of(first: int, last: int) -> tuple[str, ...]:
    return ("--from", str(first), "--to", str(last), "--min-votes", "0")


def sharing(folder: Path, url: str, allowance: str) -> Shell:
    shell = shell_for(folder, url)
    return Shell(shell.folder, {**shell.settings, "AYNE_ALLOWANCE": allowance})


def test_two_commands_that_share_an_allowance_keep_to_its_rate_together_and_each_gets_a_part(
    redis: RedisServer, films: Catalogue, tmp_path: Path
) -> None:
    rate, spans = 40.0, {"one": (2018, 2019), "other": (2020, 2021)}
    with running(SandboxApp(films)) as served, ExitStack() as stack:
        shells = {name: sharing(tmp_path / name, served.url, redis.url) for name in spans}
        started = [
            stack.enter_context(shells[name].started("collect", *_of(first, last), "--rate", str(rate)))
            for name, (first, last) in spans.items()
        ]
        until(lambda: details_asked(served.app) > 5)
        told = shells["one"].ayne("doctor", "--json")
        for command in started:
            assert command.process.wait(timeout=60) == 0, command.stderr
        log, seen = served.app.log.entries(), served.app.log.report()

    asked = [finding for finding in json.loads(told.stdout)["findings"] if finding["what"] == "allowance"]
    assert re.search(r"[12] programs? shares? 40 requests a second, with bursts of 2", asked[0]["said"])
    exist = {name: set(ids_of(films, *span)) for name, span in spans.items()}
    for name, shell in shells.items():
        assert shell.query(DETAILS) == [(film,) for film in sorted(exist[name])]
    assert seen["repeated"]["details"] == {}
    assert seen["worst_1s"] <= default_burst(rate) + 2 * rate
    assert seen["mean_rate"] <= 1.1 * rate
    details = [(entry["number"], entry["at"]) for entry in log if entry["kind"] == "details"]
    moments = [[at for film, at in details if film in ids] for ids in exist.values()]
    begin, end = max(times[0] for times in moments), min(times[-1] for times in moments)
    both = [sum(begin <= at <= end for at in times) for times in moments]
    assert min(both) >= 0.25 * sum(both) > 10


def test_a_command_whose_allowance_is_lost_keeps_what_came_and_says_what_to_do(
    redis_program: str, films: Catalogue, tmp_path: Path
) -> None:
    command = ("collect", *SPAN, "--rate", "50")
    with running(SandboxApp(films)) as served, redis_server(redis_program) as server:
        shell = sharing(tmp_path, served.url, server.url)
        with shell.started(*command) as collector:
            until(lambda: details_asked(served.app) > 20)
            server.stop()
            assert collector.process.wait(timeout=60) == 1
            said = collector.stderr.splitlines()[-2:]
        assert f"ayne: The allowance that is shared at {server.url} could not be asked" in said[0]
        assert "Everything fetched so far is stored; when it is back, the same command carries on." in said[1]
        stored = len(shell.query(DETAILS))
        assert stored >= 20
        assert shell.query("SELECT outcome FROM runs") == [("stopped",)]
        server.start()
        served.app.log.clear()
        shell.ayne(*command)
        assert details_asked(served.app) == len(ids_of(films, 2020, 2021)) - stored


@pytest.mark.parametrize("command", ["collect", "plan", "sync"])
def test_an_allowance_that_cannot_be_reached_ends_a_command_before_it_does_anything(
    command: str, films: Catalogue, tmp_path: Path
) -> None:
    with running(SandboxApp(films)) as served:
        shell = sharing(tmp_path, served.url, NOBODY.replace("//", f"//me:{PASSWORD}@"))
        done = shell.ayne(command, *SPAN, code=1)
        assert len(served.app.log) == 0
    assert f"ayne: The allowance that is to be shared at {NOBODY} cannot be reached" in done.stderr
    assert "`ayne doctor` looks" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert list(tmp_path.glob("*.duckdb")) == []


def test_another_rate_than_the_one_that_is_shared_is_refused(
    redis: RedisServer, films: Catalogue, tmp_path: Path
) -> None:
    with running(SandboxApp(films)) as served:
        shell = sharing(tmp_path, served.url, redis.url)
        with shell.started("collect", *SPAN, "--rate", "10"):
            until(lambda: details_asked(served.app) > 0)
            done = shell.ayne("collect", *SPAN, "--rate", "40", "--db", "other.duckdb", code=2)
    assert "at 10 a second, and this one was told 40 a second." in done.stderr
    assert "Tell all of them the same rate" in done.stderr
    assert not (tmp_path / "other.duckdb").exists()


def test_a_doctor_says_whether_an_allowance_can_be_reached_and_hides_its_password(
    redis: RedisServer, films: Catalogue, tmp_path: Path
) -> None:
    with running(SandboxApp(films)) as served:
        shell = shell_for(tmp_path, served.url)
        (tmp_path / "ayne.toml").write_text(f'allowance = "{redis.url}"\n')
        said = shell.ayne("doctor").stdout
        assert re.search(rf"^ok +allowance +{redis.url} answers; nobody shares it", said, re.MULTILINE)
        assert re.search(rf"^ *allowance +{redis.url} +ayne.toml", said, re.MULTILINE)
        (tmp_path / "ayne.toml").write_text(f'allowance = "{NOBODY.replace("//", f"//me:{PASSWORD}@")}"\n')
        said = shell.ayne("doctor", code=1).stdout
        assert re.search(rf"^WRONG +allowance +The allowance .* at {NOBODY} cannot be reached", said, re.MULTILINE)
        assert re.search(r"^ *allowance +hidden +ayne.toml", said, re.MULTILINE)
        assert PASSWORD not in said


def test_a_cluster_that_has_an_allowance_of_its_own_takes_no_other(tmp_path: Path) -> None:
    shell = sharing(tmp_path, "http://127.0.0.1:1/3", NOBODY)
    done = shell.ayne("collect", *SPAN, "--dask", "local:1", code=2)
    assert "--allowance does not go with --dask" in done.stderr


def test_what_is_set_for_tmdb_is_not_shared_by_a_sandbox(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {"AYNE_ALLOWANCE": NOBODY})
    shell.ayne("collect", "--sandbox", "--sandbox-movies", "100", "--limit", "0")
    refused = shell.ayne("collect", "--sandbox", "--sandbox-movies", "100", "--allowance", NOBODY, code=1)
    assert "cannot be reached" in refused.stderr
