"""``ayne sandbox`` as its users meet it."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.shell import KEY, Shell, shell_for, until


def test_a_sandbox_tells_where_tmdb_omdb_and_the_exports_are_and_keeps_to_its_options(tmp_path: Path) -> None:
    options = ("--drift", "0.1", "--cached", "--omdb-quota", "1", "--api-key", KEY)
    with Shell(tmp_path, {}).started("sandbox", "--movies", "100", "--port", "0", *options) as sandbox:
        until(lambda: "try:" in sandbox.stderr)
        told = dict(re.findall(r"^(AYNE_\w+_URL)=(\S+)$", sandbox.stderr, re.MULTILINE))
        assert told.keys() == {"AYNE_TMDB_URL", "AYNE_OMDB_URL", "AYNE_EXPORTS_URL", "AYNE_IMDB_URL"}
        assert told["AYNE_TMDB_URL"] == sandbox.stdout.strip()
        with httpx.Client(trust_env=False) as client:
            films = [client.get(f"{told['AYNE_TMDB_URL']}/movie/{film}?api_key={KEY}") for film in range(1, 30)]
            assert any("Age" in answer.headers for answer in films)
            assert client.get(f"{told['AYNE_TMDB_URL']}/configuration?api_key=other").status_code == 401
            asked = [client.get(told["AYNE_OMDB_URL"], params={"apikey": KEY, "i": "tt9999999"}) for _ in range(2)]
            assert [answer.json()["Error"] for answer in asked] == ["Error getting data.", "Request limit reached!"]


def test_what_a_sandbox_says_to_try_works_beside_a_file_of_other_films(tmp_path: Path) -> None:
    with Shell(tmp_path, {}).started("sandbox", "--movies", "300", "--series", "50", "--port", "0") as sandbox:
        until(lambda: sandbox.stderr.count("try:") == 2)
        with running(SandboxApp(Catalogue.generated(50))) as other:
            shell_for(tmp_path, other.url).forked("collect", "--from", "2000", "--limit", "1", "-q")
        for line in re.findall(r"^try: (.*)$", sandbox.stderr, re.MULTILINE):
            url, key, _, *words = shlex.split(line)
            told = dict(each.split("=", 1) for each in (url, key))
            assert "complete" in Shell(tmp_path, told).forked(*words, "--limit", "1", "--json").stdout


@pytest.mark.parametrize(
    "options", [("--drift", "0.9"), ("--cached", "0"), ("--omdb-quota", "-1"), ("--faults", "x@1")]
)
def test_a_sandbox_that_cannot_be_is_refused_with_a_message(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = Shell(tmp_path, {}).ayne("sandbox", "--movies", "10", "--port", "0", *options, code=2)
    assert options[0] in done.stderr or "names no fault" in done.stderr


def test_a_sandbox_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = Shell(tmp_path, {}).ayne("sandbox", "--movies", "10", "--port", str(port), code=2)
    assert str(port) in done.stderr
    assert "--port" in done.stderr


def test_a_sandbox_whose_starter_has_left_ends_without_a_word(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ayne", "sandbox", "--movies", "100", "--port", "0", "--until-stdin-closes"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as left:
        assert left.stdin
        assert left.stdout
        assert left.stderr
        left.stdout.close()
        left.stdin.close()
        said = left.stderr.read()
    assert (left.returncode, said) == (0, b"")


def test_a_sandbox_that_others_can_reach_is_warned_of(tmp_path: Path) -> None:
    # An address for documents, which no machine has.
    done = Shell(tmp_path, {}).ayne("sandbox", "--movies", "10", "--host", "192.0.2.1", "--port", "0", code=2)
    assert "warning: whoever reaches 192.0.2.1 can use this sandbox" in done.stderr
    assert "192.0.2.1, port 0 cannot be used" in done.stderr
