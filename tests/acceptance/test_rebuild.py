"""Parts, kept answers and ``ayne rebuild``, as a user meets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ayne.data_collection.tmdb.models import PARTS, TYPED_PARTS
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import FAST, SPAN, Shell, shell_for

SOME = (*SPAN, *FAST, "--limit", "12")
CREDITS = "SELECT * FROM credits ORDER BY ALL"


@pytest.fixture
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as served:
        yield served


@pytest.fixture
def shell(sandbox: RunningSandbox, tmp_path: Path) -> Shell:
    return shell_for(tmp_path, sandbox.url)


def test_all_parts_are_stored_shown_and_made_again_without_a_request(sandbox: RunningSandbox, shell: Shell) -> None:
    shell.forked("collect", *SOME, "--parts", "all")
    stored = shell.query("SELECT part, count(*) FROM parts GROUP BY ALL ORDER BY ALL")
    assert stored == [(part, 12) for part in sorted(TYPED_PARTS)]
    before = shell.query(CREDITS)
    with duckdb.connect(str(shell.folder / "films.duckdb")) as con:
        con.execute("DELETE FROM credits WHERE kind = 'crew'")
    asked = len(sandbox.app.log)
    done = json.loads(shell.forked("rebuild", "--json").stdout)
    assert (done["films"], done["rows"]["credits"], done["leftovers"]) == (12, len(before), {})
    assert len(sandbox.app.log) == asked
    assert shell.query(CREDITS) == before

    ((tmdb_id, director),) = shell.query("SELECT tmdb_id, name FROM credits WHERE job = 'Director' LIMIT 1")
    assert str(director) in shell.forked("movie", str(tmdb_id)).stdout
    said = shell.forked("rebuild").stdout
    assert "12 films made again" in said
    assert f"{len(before)} rows of credits" in said
    assert "12 with TMDB's answer stored" in shell.forked("status").stdout


def test_keys_that_nobody_reads_are_counted(sandbox: RunningSandbox, shell: Shell) -> None:
    shell.forked("collect", *SOME)
    with duckdb.connect(str(shell.folder / "films.duckdb")) as con:
        con.execute("""UPDATE movies SET raw = '{"holograms": 3}' WHERE details_at IS NOT NULL""")
    assert json.loads(shell.forked("status", "--json").stdout)["unread_keys"] == [{"key": "holograms", "films": 12}]
    assert "holograms" in shell.forked("status").stdout


def test_without_kept_answers_a_rebuild_says_what_to_do(sandbox: RunningSandbox, shell: Shell) -> None:
    shell.forked("collect", *SOME, "--no-raw")
    assert shell.query("SELECT count(*) FROM raw") == [(0,)]
    refused = shell.forked("rebuild", code=1)
    assert "no answers to rebuild from" in refused.stderr
    assert "ayne collect" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize("command", ["collect", "plan"])
def test_the_help_names_every_part(shell: Shell, command: str) -> None:
    said = " ".join(shell.forked(command, "--help").stdout.split())
    assert [part for part in PARTS if part not in said] == []
    assert "all means these twelve" in said


def test_a_mistyped_part_beside_all_is_still_refused(shell: Shell) -> None:
    assert "'keywords'" in shell.forked("collect", *SOME, "--parts", "all,keyword", code=2).stderr
