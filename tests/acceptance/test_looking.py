"""Looking at what is stored: `ayne sql` and its prompt, `ayne movie` by title."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.cells import cell_len

from ayne.cli import prompt
from ayne.cli.look import find
from ayne.cli.sql import answer
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.shell import FAST, SPAN, Shell, details_asked, shell_for, until


@pytest.fixture(scope="module")
def stored(films: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with a file of twenty films, and nobody to ask for more."""
    folder = tmp_path_factory.mktemp("looking")
    with running(SandboxApp(films)) as served:
        shell_for(folder, served.url).forked("collect", *SPAN, *FAST, "--limit", "20", "-q")
    return Shell(folder, {})


# --- ayne sql -----------------------------------------------------------------------------------------------------


def test_the_marks_of_an_error_stand_below_what_they_point_at(stored: Shell) -> None:
    lines = stored.forked("sql", "SELECT title,\n\t'\t映画', titel FROM films", code=2).stderr.splitlines()
    assert lines[0].startswith('ayne: the query failed: Binder Error: Referenced column "titel" not found')
    line, marks = lines[-3:-1]
    assert line.strip() == "LINE 2:  ' 映画', titel FROM films"
    assert marks == " " * cell_len(line.partition("titel")[0]) + "^^^^^"
    assert r"\d films" in lines[-1]


def test_a_query_may_stand_in_a_file_or_come_from_a_pipe(stored: Shell) -> None:
    (stored.folder / "query.sql").write_text(
        "-- of few\nSELECT count(*) AS films\nFROM films WHERE runtime >= 0 OR true"
    )
    for given in (("query.sql",), ("-f", "query.sql")):
        assert stored.forked("sql", *given, "--csv").stdout == f"films\n{films_of(stored)}\n"
    for piped in ((), ("-",), ("--file", "-")):
        done = subprocess.run(
            [sys.executable, "-m", "ayne", "sql", *piped],
            cwd=stored.folder,
            input="SELECT 7 AS seven",
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.stdout, done.stderr) == ("seven\n7\n", "")


def films_of(shell: Shell) -> object:
    return shell.query("SELECT count(*) FROM films")[0][0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("nothing.sql",), "nothing.sql cannot be read"),
        (("films.duckdb.sql",), "holds no query"),
        (("SELECT 1", "-f", "query.sql"), "leave out one of the two"),
        ((" -- nothing",), "The query is empty"),
        ((r"\d film",), "Did you mean films?"),
        ((r"\x",), r"\d lists the tables"),
    ],
)
def test_what_is_no_query_is_refused_in_two_lines(stored: Shell, given: tuple[str, ...], said: str) -> None:
    (stored.folder / "films.duckdb.sql").write_bytes(b"\xff\xfe\x00")
    done = stored.forked("sql", *given, code=2)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert done.stdout == ""


def test_of_several_statements_the_last_is_answered_and_that_is_said(stored: Shell) -> None:
    done = stored.forked("sql", "SELECT 1 AS a; SELECT 2 AS b;")
    assert done.stdout == "b\n2\n"
    assert done.stderr == "2 statements; this is the answer to the last\n"


def test_the_rows_of_a_query_are_written_to_a_parquet_file_with_their_types(stored: Shell) -> None:
    for query in ("SELECT '映画;' AS a FROM films;  -- all\n;", "SELECT 1; FROM films LIMIT 0"):
        done = stored.forked("sql", "--parquet", "some.parquet", query)
        assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "0 rows in some.parquet"
    stored.forked("sql", "--parquet", "some.parquet", "SELECT tmdb_id, genres, release_date FROM films")
    written = duckdb.read_parquet(f"{stored.folder}/some.parquet").order("tmdb_id")
    assert [str(kind) for kind in written.types] == ["BIGINT", "VARCHAR[]", "DATE"]
    assert written.fetchall() == stored.query("SELECT tmdb_id, genres, release_date FROM films ORDER BY tmdb_id")
    assert [path.name for path in stored.folder.glob(".some*")] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--parquet", "notes.txt", "FROM films"), "notes.txt is there, and no Parquet file"),
        (("--parquet", "nowhere/films.parquet", "FROM films"), "No such file or directory"),
        (("--parquet", "x.parquet", "FROM film"), "Did you mean"),
        (("--parquet", "x.parquet", "SET threads = 1"), "the query failed"),
        (("--parquet", "x.parquet", " -- nothing"), "The query is empty"),
        (("--parquet", "x.parquet", r"\d"), "--parquet needs a query"),
        (("--parquet", "x.parquet", "--csv", "FROM films"), "give only one of them"),
        (("--json", "--csv", "FROM films"), "give only one of them"),
        (("--parquet", "x.parquet", "COPY (SELECT 1) TO 'y.csv'"), "the query failed"),
    ],
)
def test_what_cannot_be_written_to_a_parquet_file_is_said_and_leaves_nothing(
    stored: Shell, arguments: tuple[str, ...], said: str
) -> None:
    (stored.folder / "notes.txt").write_text("mine")
    done = stored.forked("sql", *arguments, code=2)
    assert said in done.stderr
    assert (stored.folder / "notes.txt").read_text() == "mine"
    assert not list(stored.folder.glob("*x.parquet*"))


def test_tables_and_columns_are_told_with_what_they_hold(stored: Shell) -> None:
    tables = json.loads(stored.forked("sql", r"\d", "--json").stdout)
    kinds = {row["name"]: row["kind"] for row in tables}
    assert kinds["films"] == "view"
    assert kinds["movies"] == "table"
    assert "function" in kinds.values()
    assert all(row["comment"] for row in tables)
    columns = list(csv.DictReader(io.StringIO(stored.forked("sql", r"\d movies").stdout)))
    assert {"column": "runtime", "type": "INTEGER", "comment": "Minutes"} in columns
    assert [row["column"] for row in columns] == [
        name for (name,) in stored.query("SELECT column_name FROM (DESCRIBE movies)")
    ]


# --- ayne movie, by title or address ------------------------------------------------------------------------------

TITLES = {
    603: ("The Matrix", "The Matrix", 1999, 26_000),
    604: ("The Matrix Reloaded", "The Matrix Reloaded", 2003, 11_000),
    194: ("Amélie", "Le Fabuleux Destin d'Amélie Poulain", 2001, 12_000),
    10681: ("WALL·E", "WALL·E", 2008, 19_000),
    530915: ("1917", "1917", 2019, 12_500),
    1917: ("Crush", "Crush", 2001, 10),
    4: ("Solaris", "Солярис", 1972, 900),
    5: ("Solaris", "Solaris", 2002, 800),
    6: ("!!!", "少女列車秘密", 2010, 5),
    7: ("Purged", None, None, None),
}


@pytest.fixture(scope="module")
def titled(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("titled")
    DuckDBClient(folder / "films.duckdb").finish_sweep(1, datetime.now(UTC))
    with duckdb.connect(str(folder / "films.duckdb")) as con:
        for tmdb_id, (title, original, year, votes) in TITLES.items():
            con.execute(
                "INSERT INTO movies (tmdb_id, imdb_id, title, original_title, release_date, vote_count, first_seen_at, "
                "details_at) VALUES (?, ?, ?, ?, make_date(?, 1, 1), ?, now(), now())",
                [tmdb_id, f"tt{tmdb_id:07}", title, original, year, votes],
            )
        con.execute("INSERT INTO alternative_titles (tmdb_id, country, title) VALUES (603, 'DE', 'Matrix')")
        con.execute("INSERT INTO translations (tmdb_id, language, title) VALUES (194, 'ja', 'アメリ')")
    return Shell(folder, {})


@pytest.mark.parametrize(
    ("asked", "tmdb_id"),
    [
        ("the matrix", 603),
        ("MATRIX", 603),
        ("amelie", 194),
        ("le fabuleux destin d'amelie poulain", 194),
        ("dAmélie Poulain", 194),
        ("アメリ", 194),
        ("wall-e", 10681),
        ("Wall E", 10681),
        ("солярис", 4),
        ("列車", 6),
        ("!!!", 6),
        ("530915", 530915),
        ("1917", 1917),
        ("https://www.themoviedb.org/movie/603-the-matrix?language=de", 603),
        ("imdb.com/title/tt0000603/", 603),
        ("tt0000194", 194),
    ],
)
def test_a_film_is_found_by_id_address_or_any_of_its_titles(titled: Shell, asked: str, tmdb_id: int) -> None:
    found = find(DuckDBClient(titled.folder / "films.duckdb"), asked)
    assert isinstance(found, dict)
    assert found["tmdb_id"] == tmdb_id


def test_several_films_of_a_title_are_listed_the_nearest_and_most_voted_first(titled: Shell) -> None:
    listed = json.loads(titled.forked("movie", "solaris", "--json").stdout)["matches"]
    assert [film["tmdb_id"] for film in listed] == [4, 5]
    table = titled.forked("movie", "Solaris").stdout.splitlines()
    assert [line.split()[0] for line in table[2:]] == ["4", "5"]


def test_other_films_that_may_be_meant_are_told_of(titled: Shell) -> None:
    assert "604 The Matrix Reloaded (2003)" in titled.forked("movie", "the", "matrix").stderr
    assert "530915 1917 (2019)" in titled.forked("movie", "1917").stderr
    assert "Did you mean 603 The Matrix (1999)?" in titled.forked("movie", "the matirx", code=1).stderr


# --- ayne status, ayne export -------------------------------------------------------------------------------------


def test_a_check_is_one_line_and_fails_when_somebody_has_to_see_to_it(stored: Shell, titled: Shell) -> None:
    well = stored.forked("status", "--check").stdout
    assert re.fullmatch(r"films.duckdb: all is well \(\d+ films, 20 with details\)\n", well)
    old = stored.forked("status", "--check", "--max-age", "0.000001", code=1).stdout
    assert re.match(r"films.duckdb: the last run that was done ended on \d{4}-\d\d-\d\d \(", old)
    document = json.loads(titled.forked("status", "--check", "--json", code=1).stdout)
    assert document["problems"] == ["no run has been done yet"]


def test_a_check_finds_a_discovery_that_was_broken_off_and_copies_of_nearly_six_months(
    stored: Shell, tmp_path: Path
) -> None:
    for table, change in (("sweeps", "finished_at = NULL"), ("movies", "details_at = details_at - INTERVAL 176 DAY")):
        file = tmp_path / f"{table}.duckdb"
        file.write_bytes((stored.folder / "films.duckdb").read_bytes())
        with duckdb.connect(str(file)) as con:
            con.execute(f"UPDATE {table} SET {change}")
    shell = Shell(tmp_path, {})
    assert "1 discovery not finished" in shell.forked("status", "--check", "--db", "sweeps.duckdb", code=1).stdout
    assert "20 films are half a year old" in shell.forked("status", "--check", "--db", "movies.duckdb", code=1).stdout


def test_a_run_without_an_end_is_killed_unless_somebody_is_at_work(stored: Shell, tmp_path: Path) -> None:
    file = tmp_path / "films.duckdb"
    file.write_bytes((stored.folder / "films.duckdb").read_bytes())
    store = DuckDBClient(file)
    store.begin_run("0", {"server": store.query("SELECT plan->>'server' FROM runs").rows[0][0]}, datetime.now(UTC))
    shell = Shell(tmp_path, {})
    assert shell.forked("status").stdout.rstrip().splitlines()[-2].rstrip().endswith(" killed")
    with store.collecting():
        assert shell.forked("status").stdout.rstrip().splitlines()[-2].rstrip().endswith(" running")


def test_what_a_run_says_to_try_next_can_be_copied_and_shows_its_films(films: Catalogue, tmp_path: Path) -> None:
    with running(SandboxApp(films)) as served:
        done = shell_for(tmp_path, served.url).forked("collect", *SPAN, *FAST, "--limit", "15")
    _, _, lines = done.stderr.partition("Now try:")
    queries = [shlex.split(line) for line in lines.splitlines() if line.startswith("  ayne ")]
    assert {words[1] for words in queries} == {"status", "sql", "export"}
    for _, *words in queries:
        done = Shell(tmp_path, {}).forked(*words)
        if words[0] == "sql":
            assert "FROM films ORDER BY vote_count DESC" in words[1]
            assert len(done.stdout.splitlines()) == 11
    (film,) = Shell(tmp_path, {}).query("SELECT tmdb_id, vote_count FROM films ORDER BY vote_count DESC LIMIT 1")
    assert f"{film[1]:,}" in Shell(tmp_path, {}).forked("movie", str(film[0])).stdout


def test_of_what_there_is_none_yet_nothing_is_said(films: Catalogue, tmp_path: Path) -> None:
    with running(SandboxApp(films)) as served:
        shell = shell_for(tmp_path, served.url)
        shell.forked("collect", *SPAN, *FAST, "--limit", "0", "-q")
        listed = shell.forked("status").stdout
        assert "0 with details" in " ".join(listed.split())
        for nothing in ("oldest", "read up to", "None", "none UTC"):
            assert nothing not in listed
        shell.forked("collect", *SPAN, *FAST, "--limit", "1", "-q", "--db", "one.duckdb")
        assert not re.search(r"\b1 (films|requests|ranges)\b", shell.forked("status", "--db", "one.duckdb").stdout)


def test_a_name_of_a_file_is_no_folder_for_an_export(stored: Shell) -> None:
    said = stored.forked("export", "--format", "csv", "--out", "films.csv", code=2).stderr
    assert "--out films;" in said
    assert not (stored.folder / "films.csv").exists()


def test_a_table_of_films_is_one_file_or_a_folder_of_years_never_both(stored: Shell, tmp_path: Path) -> None:
    store = DuckDBClient(stored.folder / "films.duckdb")
    for by_year, there, gone in ((False, "movies.parquet", "movies"), (True, "movies", "movies.parquet")) * 2:
        store.export(tmp_path, "parquet", by_year=by_year)
        store.export(tmp_path, "csv")
        assert (tmp_path / there).exists()
        assert not (tmp_path / gone).exists()
        assert (tmp_path / "movies.csv").exists()


def test_a_purge_of_nothing_leaves_nothing_beside(stored: Shell, tmp_path: Path) -> None:
    (tmp_path / "films.duckdb").write_bytes((stored.folder / "films.duckdb").read_bytes())
    assert "nothing is older" in Shell(tmp_path, {}).forked("purge").stdout
    assert [file.name for file in tmp_path.iterdir()] == ["films.duckdb"]


# --- the prompt of ayne sql -------------------------------------------------------------------------------------------


def converse(stored: Shell, *typed: str | type[BaseException]) -> list[tuple[list[dict[str, object]], bool]]:
    """Type lines at the prompt; what is answered, and whether all of it was asked for."""
    store = DuckDBClient(stored.folder / "films.duckdb")
    answers: list[tuple[list[dict[str, object]], bool]] = []
    lines = iter(typed)

    def read() -> str:
        line = next(lines)
        if isinstance(line, str):
            return line
        raise line

    prompt.converse(read, lambda text, whole: answers.append((answer(store, text).as_dicts(), whole)))
    assert not list(lines), "it left before the end"
    return answers


def test_a_prompt_survives_wrong_queries_and_ctrl_c_and_ends_with_ctrl_d(
    stored: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = converse(stored, "SELECT 1 AS a;", "SELEC 2", KeyboardInterrupt, "", "SELECT 3 AS b", EOFError)
    assert answers == [([{"a": 1}], False), ([{"b": 3}], False)]
    assert 'syntax error at or near "SELEC"' in capsys.readouterr().err


@pytest.mark.parametrize("last", ["exit", r"\q", "QUIT;"])
def test_a_prompt_shows_all_of_an_answer_helps_and_lets_go(
    stored: Shell, capsys: pytest.CaptureFixture[str], last: str
) -> None:
    (tables, some), (again, everything) = converse(stored, r"\all", r"\d", r"\?", r"\all", last)
    assert tables == again != []
    assert (some, everything) == (False, True)
    assert "Tab completes" in capsys.readouterr().err


def test_a_prompt_reads_a_query_of_several_lines_and_remembers_it_for_its_user_alone(
    stored: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("SELECT title,\rruntime,\rFROM films;\r")
        assert prompt.reader(DuckDBClient(stored.folder / "films.duckdb"))() == "SELECT title,\nruntime,\nFROM films;"
    file = tmp_path / "ayne" / "sql_history"
    assert list(FileHistory(file).load_history_strings()) == ["SELECT title,\nruntime,\nFROM films;"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_prompt_does_without_a_file_where_none_can_be_written(
    stored: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "ayne").write_text("a file where a folder should be")
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("SELECT 5\r")
        assert prompt.reader(DuckDBClient(stored.folder / "films.duckdb"))() == "SELECT 5"


def test_a_prompt_completes_tables_columns_and_words_whatever_their_case(stored: Shell) -> None:
    complete = prompt.completer(DuckDBClient(stored.folder / "films.duckdb")).get_completions
    for typed, whole in (("SELECT VOTE_C", "vote_count"), ("FROM movie_h", "movie_history"), ("sel", "SELECT")):
        found = [completion.text for completion in complete(Document(typed), CompleteEvent())]
        assert whole in found, typed
        assert len(found) < 10


def test_status_works_while_a_collection_is_running(films: Catalogue, tmp_path: Path) -> None:
    with running(SandboxApp(films)) as sandbox:
        shell = shell_for(tmp_path, sandbox.url)
        # A hundred films at this pace take most of half a minute, however busy the machine is.
        with shell.started("collect", *SPAN, "--rate", "4") as collector:
            until(lambda: details_asked(sandbox.app) >= 3)
            document = json.loads(shell.forked("status", "--json").stdout)
            assert collector.process.poll() is None
        assert document["films"] > 0
        assert [run["outcome"] for run in document["runs"]] == [None]
