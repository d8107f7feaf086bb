"""Series by the commands: the same words as for films, with ``--kind``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from ayne.sandbox.television import Television
from ayne.sandbox.world import World
from tests.shell import FAST, Shell, shell_for

YEARS = ("--from", "2015", "--to", "2016", "--min-votes", "0")
SOME = ("--kind", "series", *YEARS, *FAST)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    world = World(Catalogue.generated(100, 1), series=lambda as_of: Television.generated(150, 1, as_of=as_of))
    with running(SandboxApp(world)) as served:
        yield served


def count(shell: Shell, table: str) -> int:
    ((rows,),) = shell.query(f"SELECT count(*) FROM {table}")
    return int(str(rows))


def test_series_are_collected_beside_films_and_told_of_as_series(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    said = shell.forked("collect", *SOME, "--limit", "3").stderr
    assert "3 series stored" in said
    assert "film" not in said.replace("films.duckdb", "").replace("FROM films", "")
    report = json.loads(shell.forked("collect", *SOME, "--json").stdout)
    assert (report["kind"], report["complete"], report["stored"]["without_details"]) == ("series", True, 0)
    assert count(shell, "movies") == 0
    assert report["details"] == count(shell, "live_series") - 3


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--region", "DE"), "no such filter of series"),
        (("--include-video",), "no such flag of series"),
        (("--parts", "release_dates"), "no part 'release_dates' of a series"),
        (("--filter", "with_people=287"), "no filter 'with_people'"),
        (("--kind", "tv,comics"), "'comics' is no kind; there are movie, series, person"),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_what_tmdb_would_ignore_for_series_is_refused_before_anything_is_asked(
    tmp_path: Path, asked: tuple[str, ...], told: str
) -> None:
    shell = Shell(tmp_path, {})
    assert told in " ".join(shell.forked("plan", *SOME, *asked, code=2).stderr.split())
    assert list(tmp_path.iterdir()) == []
