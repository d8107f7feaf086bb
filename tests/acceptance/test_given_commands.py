"""Lists of films by the commands: by standard input, within limits, and what one is told afterwards."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.client.test_details import some_ids
from tests.commands.test_given import links
from tests.shell import FAST, Shell, shell_for


@pytest.fixture
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as served:
        yield served


@pytest.fixture
def shell(sandbox: RunningSandbox, tmp_path: Path) -> Shell:
    return shell_for(tmp_path, sandbox.url)


def test_a_list_comes_by_standard_input_and_its_sums_as_json(shell: Shell, films: Catalogue) -> None:
    first, second = some_ids(films, 2)
    listed = f"{first}\nhttps://www.themoviedb.org/movie/{second}-x\nthemoviedb.org/tv/1396\n?\n"
    done = shell.ayne("collect", "--ids", "-", *FAST, "--json", said=listed)
    report = json.loads(done.stdout)
    assert report["given"] | {"digest": ""} == {
        "file": "-",
        "digest": "",
        "columns": None,
        "rows": 4,
        "outcomes": {"stored": 2, "not a film": 1, "unreadable": 1},
    }


def test_what_is_not_stored_is_told_with_where_to_read_why(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("nm0000093\nFight Club\n")
    done = shell.forked("collect", "--ids", "ids.txt", "--db", "my films.duckdb", code=0)
    assert "ids.txt: 2 rows: 1 not a film, 1 unreadable" in done.stderr
    command = done.stderr.partition("says why:\n  ayne ")[2].partition("\n")[0]
    said = shell.forked(*shlex.split(command)).stdout
    assert "no id of TMDB or IMDb, and no address of theirs: Fight Club" in said
    assert "a person" in said


def test_after_a_list_one_is_shown_how_to_look_at_its_films(shell: Shell, films: Catalogue, tmp_path: Path) -> None:
    links(tmp_path, some_ids(films, 3))
    done = shell.forked("collect", "--ids", "links.csv", *FAST)
    command = next(line for line in done.stderr.splitlines() if line.startswith("  ayne sql"))
    assert [line.partition(",")[0] for line in shell.forked(*shlex.split(command)[1:]).stdout.splitlines()] == [
        "row", "1", "2", "3",
    ]  # fmt: skip


def test_the_limit_and_the_parts_are_those_of_every_collection(shell: Shell, films: Catalogue, tmp_path: Path) -> None:
    links(tmp_path, some_ids(films, 10))
    done = shell.forked("collect", "--ids", "links.csv", "--limit", "4", "--parts", "keywords", *FAST)
    assert "10 rows: 4 stored, 6 waiting" in done.stderr
    assert shell.query("SELECT count(DISTINCT tmdb_id) FROM parts WHERE part = 'keywords'") == [(4,)]
