"""``ayne ratings --source imdb`` as it is run: the ratings of all films for no request, only when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import FAST, SPAN, Shell, shell_for


@pytest.fixture
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as served:
        yield served


def shell_of(folder: Path, sandbox: RunningSandbox) -> Shell:
    shell = shell_for(folder, sandbox.url)
    shell.ayne("collect", *SPAN, *FAST)
    return Shell(folder, shell.settings | {"AYNE_IMDB_URL": sandbox.imdb_url, "AYNE_OMDB_URL": sandbox.omdb_url})


def with_key(shell: Shell) -> Shell:
    return Shell(shell.folder, shell.settings | {"OMDB_API_KEY": "5ec4e701"})


def asked(sandbox: RunningSandbox, kind: str) -> int:
    count: int = sandbox.app.log.report()["by_kind"].get(kind, 0)
    return count


def test_every_film_is_rated_for_no_request_of_omdb_and_the_licence_is_said(
    tmp_path: Path, sandbox: RunningSandbox
) -> None:
    shell = shell_of(tmp_path, sandbox)
    done = shell.ayne("ratings", "--source", "imdb")
    assert "personal and non-commercial use" in done.stderr
    ((rated, agreeing),) = shell.query(
        "SELECT count(*), count(*) FILTER (rating BETWEEN 1 AND 10 AND votes > 0) FROM imdb_ratings"
    )
    assert rated == agreeing != 0
    assert (asked(sandbox, "imdb"), asked(sandbox, "omdb")) == (1, 0)
    again = json.loads(shell.ayne("ratings", "--source", "imdb", "--json").stdout)
    assert (again["imdb"]["rated"], again["complete"]) == (rated, True)
    assert shell.query("SELECT count(*) FROM imdb_files") == [(1,)]
    assert shell.ayne("ratings", "--source", "imdb", "--quiet").stderr == ""


def test_nothing_is_asked_of_imdb_unless_somebody_says_so(tmp_path: Path, sandbox: RunningSandbox) -> None:
    shell = with_key(shell_of(tmp_path, sandbox))
    shell.ayne("ratings", "--limit", "3", *FAST)
    assert asked(sandbox, "imdb") == 0
    (tmp_path / "ayne.toml").write_text('ratings = ["omdb", "imdb"]\n')
    both = json.loads(shell.ayne("ratings", "--limit", "3", *FAST, "--json").stdout)
    assert (both["rated"] + both["none"], both["imdb"]["titles"] > 0) == (3, True)
    assert asked(sandbox, "imdb") == 1


def test_a_file_that_cannot_be_had_is_said_and_omdb_is_asked_all_the_same(tmp_path: Path, films: Catalogue) -> None:
    with running(SandboxApp(films, faults=FaultPlan.parse("imdb:404=1"))) as served:
        shell = shell_of(tmp_path, served)
        shell = with_key(shell)
        done = shell.ayne("ratings", "--source", "omdb,imdb", "--limit", "3", *FAST, code=1)
    assert "missing: the host of the IMDb ratings file answered 404" in done.stderr
    assert "3 films rated" in done.stderr


def test_a_source_that_is_none_is_named(tmp_path: Path) -> None:
    done = Shell(tmp_path, {}).ayne("ratings", "--source", "imbd", code=2)
    assert "'imbd' is no source; there are omdb and imdb" in done.stderr
