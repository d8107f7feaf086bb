"""Every other command as its users meet it."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click
import duckdb
import httpx
import pytest

from ayne.cli import cli
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import FAST, KEY, SPAN, Shell, details_asked, ids_of, shell_for, until


@pytest.fixture(scope="module")
def collected(films: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with films of 2020 and 2021, and nobody to ask for more."""
    folder = tmp_path_factory.mktemp("collected")
    with running(SandboxApp(films)) as served:
        shell_for(folder, served.url).ayne("collect", *SPAN, *FAST, "--parts", "keywords")
    return Shell(folder, {})


@pytest.fixture
def sandbox(films: Catalogue) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as served:
        yield served


def count(films: Catalogue) -> int:
    return len(ids_of(films, 2020, 2021))


# --- help ---------------------------------------------------------------------------------------------------------


def test_the_version_comes_with_the_attribution_that_tmdb_asks_for(tmp_path: Path) -> None:
    done = Shell(tmp_path, {}).ayne("--version")
    assert re.match(r"ayne \d+\.\d+", done.stdout)
    assert "This product uses the TMDB API but is not endorsed or certified by TMDB." in done.stdout


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_with_an_example(tmp_path: Path, name: str) -> None:
    done = Shell(tmp_path, {}).forked(name, "--help")
    assert re.search(rf"^ +(\w+=\S+ )*ayne {name}\b", done.stdout.partition("\n")[2], re.MULTILINE)


@pytest.mark.parametrize("name", ["collect", "plan", "refresh", "sync"])
def test_help_begins_with_the_main_options_and_tells_each_once(name: str) -> None:
    command = cli.commands[name]
    with click.Context(command, info_name=name) as context:
        said = command.get_help(context)
        options = [param for param in command.get_params(context) if isinstance(param, click.Option)]
    told: dict[str, list[str]] = {}
    for line in said.splitlines():
        if title := re.match(r"(\S.*):$", line):
            told[title[1]] = []
        elif option := re.match(r"  (?:-\w, )?(--[\w-]+)", line):
            told[next(reversed(told))].append(option[1])
    assert next(iter(told)) == "Main options"
    assert len(next(iter(told.values()))) <= 7
    assert sorted(chain(*told.values())) == sorted(max(option.opts, key=len) for option in options if not option.hidden)
    assert "Others" not in told
    assert len(told) >= 4


def test_a_mistyped_command_is_answered_with_the_right_one(tmp_path: Path) -> None:
    done = Shell(tmp_path, {}).forked("colect", code=2)
    assert "Did you mean 'collect'?" in done.stderr
    assert "sandbox" in Shell(tmp_path, {}).forked("xyzzy", code=2).stderr


@pytest.mark.parametrize("arguments", [("status",), ("movie", "550"), ("sql", "SELECT 1"), ("export", "--out", "x")])
def test_without_a_database_it_says_what_makes_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = Shell(tmp_path, {}).forked(*arguments, code=1)
    assert "ayne collect" in done.stderr
    assert list(tmp_path.iterdir()) == []


# --- looking at what is stored ------------------------------------------------------------------------------------


def test_where_only_the_sandbox_has_films_it_says_how_they_are_seen(tmp_path: Path) -> None:
    (tmp_path / "sandbox.duckdb").touch()
    done = Shell(tmp_path, {}).forked("status", code=2)
    assert "There is no database films.duckdb." in done.stderr
    assert "--db sandbox.duckdb" in done.stderr


def test_status_tells_what_is_stored(collected: Shell, films: Catalogue) -> None:
    said = collected.forked("status").stdout
    assert f"films.duckdb: {count(films)} films, {count(films)} with details" in said
    for year in (2020, 2021):
        assert re.search(rf"^ *{year} +{len(ids_of(films, year, year))} ", said, re.MULTILINE), said
    document = json.loads(collected.forked("status", "--json").stdout)
    assert (document["films"], document["with_details"], document["failed"]) == (count(films), count(films), 0)
    assert [run["outcome"] for run in document["runs"]] == ["done"]
    assert document["discoveries"][0]["films"] == document["discoveries"][0]["reported"] == count(films)


def test_a_film_is_found_by_its_tmdb_id_and_by_its_imdb_id(collected: Shell) -> None:
    tmdb_id, imdb_id, title, runtime = collected.query(
        "SELECT tmdb_id, imdb_id, title, runtime FROM movies "
        "WHERE imdb_id IS NOT NULL AND runtime IS NOT NULL ORDER BY vote_count DESC LIMIT 1"
    )[0]
    said = collected.forked("movie", str(tmdb_id)).stdout
    assert said.startswith(f"{title} (202")
    assert re.search(rf"^ +runtime +{runtime} min$", said, re.MULTILINE)
    assert collected.forked("movie", str(imdb_id)).stdout == said
    assert json.loads(collected.forked("movie", str(imdb_id), "--json").stdout)["tmdb_id"] == tmdb_id


def test_a_film_that_is_not_stored_is_told_from_an_id_that_is_none(collected: Shell) -> None:
    assert "999999999" in collected.forked("movie", "999999999", code=1).stderr
    assert "tt99999999" in collected.forked("movie", "tt99999999", code=1).stderr
    assert "no film 'Fight Club'" in collected.forked("movie", "Fight Club", code=1).stderr
    assert "a person, not a film" in collected.forked("movie", "https://www.imdb.com/name/nm0000093/", code=2).stderr
    assert "neither an id nor a title" in collected.forked("movie", " ", code=2).stderr


def test_sql_gives_csv_to_a_pipe_and_json_when_asked(collected: Shell) -> None:
    query = "SELECT tmdb_id, title, genres, runtime FROM movies ORDER BY tmdb_id"
    rows = collected.query(query)
    printed = list(csv.reader(io.StringIO(collected.ayne("sql", query).stdout)))
    assert printed[0] == ["tmdb_id", "title", "genres", "runtime"]
    assert [(row[0], row[1]) for row in printed[1:]] == [(str(row[0]), row[1]) for row in rows]
    document = json.loads(collected.forked("sql", query, "--format", "json").stdout)
    assert [tuple(row.values()) for row in document] == rows
    assert str(rows[0][1]) in collected.forked("sql", query, "--format", "table").stdout


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", "SELEC"),
        ("SELECT titel FROM movies", "titel"),
        ("DELETE FROM movies", "ayne: "),
        ("DROP TABLE movies", "ayne: "),
        ("", "query"),
    ],
)
def test_sql_refuses_what_is_wrong_and_what_would_change_anything(collected: Shell, query: str, said: str) -> None:
    before = (collected.folder / "films.duckdb").read_bytes()
    done = collected.forked("sql", query, code=2)
    assert said in done.stderr
    assert done.stdout == ""
    assert (collected.folder / "films.duckdb").read_bytes() == before


def test_a_reader_that_has_enough_is_no_error(collected: Shell) -> None:
    script = f"{sys.executable} -m ayne sql 'FROM range(300000)' | head -n 2"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], cwd=collected.folder, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("range\n0\n", "", 0)


@pytest.mark.parametrize(
    ("form", "reader"),
    [("parquet", "read_parquet"), ("csv", "read_csv"), ("jsonl", "read_json")],
)
def test_an_export_holds_every_film_and_part(collected: Shell, films: Catalogue, form: str, reader: str) -> None:
    said = collected.forked("export", "--format", form, "--out", f"as-{form}").stdout
    folder = collected.folder / f"as-{form}"
    tables = ("keywords", "movie_history", "movies", "parts")
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        ["schema.json", *(f"{table}.{form}" for table in tables)]
    )
    assert re.search(rf"^ *{count(films)} movies in ", said, re.MULTILINE)
    with duckdb.connect() as con:
        found = con.execute(f"SELECT tmdb_id, title FROM {reader}('{folder}/movies.{form}') ORDER BY 1").fetchall()
        parts = con.execute(f"SELECT count(*) FROM {reader}('{folder}/parts.{form}')").fetchone()
        keyword = f"SELECT tmdb_id, keyword FROM {reader}('{folder}/keywords.{form}') ORDER BY ALL"
        keywords = con.execute(keyword).fetchall()
    assert found == collected.query("SELECT tmdb_id, title FROM movies ORDER BY 1")
    assert keywords == collected.query("SELECT tmdb_id, keyword FROM keywords ORDER BY ALL") != []
    assert parts == (count(films),)


# --- plan and doctor ----------------------------------------------------------------------------------------------


def test_a_plan_says_what_the_collection_then_takes_and_stores_nothing(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    planned = json.loads(shell.forked("plan", *SPAN, *FAST, "--json").stdout)
    assert list(tmp_path.iterdir()) == []
    assert len(sandbox.app.log) == planned["counting"] <= 3
    assert details_asked(sandbox.app) == 0
    took = json.loads(shell.forked("collect", *SPAN, *FAST, "--json").stdout)
    assert took["requests"] == pytest.approx(planned["requests"], rel=0.02)
    # What is there need not be fetched again.
    assert re.search(r"^details +0 requests$", shell.forked("plan", *SPAN, *FAST).stdout, re.MULTILINE)


def test_ctrl_c_ends_a_plan_with_the_code_for_it(films: Catalogue, tmp_path: Path) -> None:
    with running(SandboxApp(films, latency=2)) as served, shell_for(tmp_path, served.url).started("plan") as plan:
        until(lambda: len(served.app.log))
        plan.process.send_signal(signal.SIGINT)
        assert plan.process.wait(timeout=5) == 130
        assert plan.stderr.split() == ["interrupted"]


def test_a_doctor_finds_nothing_wrong_where_nothing_is(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    said = shell.forked("doctor").stdout
    found = re.findall(r"^(\w+) +(\w+) ", said.partition("setting")[0], re.MULTILINE)
    assert {verdict for verdict, _ in found} == {"ok"}, said
    assert {what for _, what in found} >= {"TMDB", "clock", "file", "disk"}
    assert list(tmp_path.iterdir()) == []


def test_a_doctor_tells_what_is_wrong_and_what_to_do(films: Catalogue, tmp_path: Path) -> None:
    with running(SandboxApp(films, api_keys=frozenset({KEY}))) as served:
        wrong = shell_for(tmp_path, served.url, key="f" * 32).forked("doctor", code=1)
    assert re.search(r"^WRONG +TMDB .*v3 API key.*https://www.themoviedb.org/settings/api", wrong.stdout, re.MULTILINE)
    assert "f" * 32 not in wrong.stdout + wrong.stderr
    away = shell_for(tmp_path, served.url).forked("doctor", code=1).stdout
    assert re.search(r"^WRONG +TMDB .*/3 cannot be reached \(connection refused by 127", away, re.MULTILINE), away
    (tmp_path / "films.duckdb").write_text("These are not the films you are looking for.")
    said = Shell(tmp_path, {}).forked("doctor", code=1).stdout
    assert re.search(r"^WRONG +key .*TMDB_API_KEY", said, re.MULTILINE)
    assert re.search(r"^WRONG +file .*not a DuckDB database", said, re.MULTILINE)


# --- sandbox ------------------------------------------------------------------------------------------------------


def test_a_sandbox_prints_its_address_answers_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    with Shell(tmp_path, {}).started("sandbox", "--movies", "100", "--port", "0") as sandbox:
        until(lambda: sandbox.stdout.endswith("\n"))
        url = sandbox.stdout.strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/3", url)
        assert httpx.get(f"{url}/discover/movie?api_key=any", trust_env=False).json()["total_results"] > 0
        until(lambda: "try: " in sandbox.stderr)
        # A file of its own: the README's holds films of another server.
        assert re.search(r"--db sandbox-\d+\.duckdb$", sandbox.stderr, re.MULTILINE)
        sandbox.process.send_signal(signal.SIGINT)
        assert sandbox.process.wait(timeout=5) in {0, 130}
        assert "Traceback" not in sandbox.stderr
