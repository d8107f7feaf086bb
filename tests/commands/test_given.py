"""Films that a list names, by the command: what is said, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayne.cli.collect import collect
from ayne.cli.given import _OF_DISCOVERY
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.client.test_details import some_ids
from tests.shell import FAST, Shell, shell_for


@pytest.fixture
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as served:
        yield served


@pytest.fixture
def shell(sandbox: RunningSandbox, tmp_path: Path) -> Shell:
    return shell_for(tmp_path, sandbox.url)


def links(folder: Path, ids: list[int]) -> Path:
    path = folder / "links.csv"
    rows = "".join(f"{number},,{tmdb_id}\n" for number, tmdb_id in enumerate(ids, 1))
    path.write_text(f"movieId,imdbId,tmdbId\n{rows}")
    return path


def test_a_list_is_planned_collected_and_known(
    shell: Shell, sandbox: RunningSandbox, films: Catalogue, tmp_path: Path
) -> None:
    links(tmp_path, some_ids(films, 30))
    planned = shell.forked("plan", "--ids", "links.csv")
    assert "to be fetched              30   30 films, each once" in planned.stdout
    assert "details                    30 requests" in planned.stdout
    assert sandbox.app.log.report()["total"] == 0

    done = shell.forked("collect", "--ids", "links.csv", *FAST)
    assert "links.csv: ids from tmdbId (TMDB's), then imdbId (IMDb's)" in done.stderr
    assert "30 films stored in films.duckdb: 30 requests" in done.stderr
    assert "links.csv: 30 rows: 30 stored" in done.stderr
    assert sandbox.app.log.report()["total"] == 30

    assert "known                      30" in shell.forked("plan", "--ids", "links.csv").stdout
    again = json.loads(shell.forked("collect", "--ids", "links.csv", "--json").stdout)
    assert (again["requests"], again["given"]["outcomes"]) == (0, {"stored": 30})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--ids", "none.csv"), "There is no file none.csv."),
        (("--ids", "names.csv"), "It has name, year: name the one with --id-column."),
        (("--ids", "names.csv", "--id-column", "film"), "it has no column 'film'"),
        (("--ids", "names.csv", "--from", "2020"), "--from does not go with --ids"),
        (("--ids", "names.csv", "--genres", "drama"), "--genres does not go with --ids"),
        (("--id-column", "film"), "name the list with --ids"),
    ],
)
@pytest.mark.parametrize("command", ["collect", "plan"])
def test_what_makes_no_sense_is_refused_in_two_lines(
    shell: Shell, tmp_path: Path, command: str, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "names.csv").write_text("name,year\nFight Club,1999\n")
    done = shell.forked(command, *options, code=2)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert not (tmp_path / "films.duckdb").exists()


# --- one film ---------------------------------------------------------------------------------------------------------


def test_a_film_is_found_online_fetched_stored_and_shown(
    shell: Shell, sandbox: RunningSandbox, films: Catalogue, tmp_path: Path
) -> None:
    (tmdb_id,) = some_ids(films, 1)
    title = (films.details(tmdb_id) or {})["title"]
    found = json.loads(shell.forked("movie", title, "--online", "--json").stdout)["found"]
    assert {"tmdb_id": tmdb_id, "stored": False}.items() <= found[0].items()
    assert not (tmp_path / "films.duckdb").exists()

    done = shell.forked("movie", f"https://www.themoviedb.org/movie/{tmdb_id}-x", "--fetch")
    assert title in done.stdout
    assert "into films.duckdb: 1 request" in done.stderr
    assert title in shell.forked("movie", str(tmdb_id)).stdout
    asked = sandbox.app.log.report()["total"]
    assert title in shell.forked("movie", str(tmdb_id), "--fetch").stdout
    assert sandbox.app.log.report()["total"] == asked + 1
    assert "yes" in shell.forked("movie", title, "--online").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("Fight Club", "--fetch"), 2, "names no film"),
        (("themoviedb.org/tv/1396", "--fetch"), 2, "a series"),
        (("1", "--fetch"), 1, "1 could not be fetched"),
        (("zzqx qqzx", "--online"), 1, "TMDB finds no film by 'zzqx qqzx'"),
        (("550", "--fetch", "--online"), 2, "--online lists what TMDB finds"),
    ],
)
def test_what_cannot_be_fetched_or_found_is_told(
    shell: Shell, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = shell.forked("movie", *arguments, code=code)
    assert said in done.stderr
    assert done.stdout == ""


def test_all_that_a_list_has_no_use_for_are_options_of_a_collection() -> None:
    options = {parameter.name: parameter.opts for parameter in collect.params}
    assert {name: option for name, option in _OF_DISCOVERY.items() if option not in options.get(name, ())} == {}
