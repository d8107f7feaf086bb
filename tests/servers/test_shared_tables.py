"""Delta tables on a server of the S3 protocol: what readers find there, whatever happens, and how little is sent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import pytest
from click.testing import CliRunner

from ayne.cli import cli
from ayne.data_collection.commit import Commit
from ayne.database.delta_tables import SharedTable
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError
from ayne.settings import ATTRIBUTION
from tests.s3_server import BUCKET, KEY, SECRET, S3Server, running
from tests.shared_tables import READERS, Rows, by_polars, in_database, kill_export, start_export
from tests.store.test_store import details

# What a test changes: some films of three years, their keywords, and with both a table's history.
CHANGED = (2016, 2019)
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running() as found:
        yield found


@pytest.fixture
def url(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place that nobody has used."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    # Readers must be told that a server of this machine needs no encryption.
    for name, value in (server.environment | {"AWS_ALLOW_HTTP": "true"}).items():
        monkeypatch.setenv(name, value)
    server.reset()
    return f"s3://{BUCKET}/{next(_NUMBERS)}"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = DuckDBClient(tmp_path_factory.mktemp("films") / "films.duckdb")
    found = [
        details(
            number,
            imdb_id=f"tt{number:07}",
            release_date=f"{2015 + number % 7}-05-01" if number % 8 else None,
            genres=[{"id": 18, "name": "Drama"}] if number % 3 else [],
            vote_average=number / 7,
            revenue=2**40 + number if number % 2 else None,
            raw={"odd": [number, "Amélie"]} if number % 5 == 0 else {},
        )
        for number in range(1, 49)
    ]
    db.commit(Commit(details=found))
    change(
        db,
        "INSERT INTO keywords (tmdb_id, keyword_id, keyword) SELECT tmdb_id, 100 + k, 'key ' || k "
        "FROM movies, range(2) numbers(k)",
        "INSERT INTO ratings (imdb_id, imdb_rating, asked_at, outcome) SELECT imdb_id, 7.5, TIMESTAMP '2026-01-02', "
        "'rated' FROM movies WHERE tmdb_id % 3 = 0",
    )
    return Path(db.path)


@pytest.fixture
def db(films: Path, tmp_path: Path) -> DuckDBClient:
    return DuckDBClient(shutil.copy(films, tmp_path))


def change(db: DuckDBClient, *statements: str) -> None:
    with duckdb.connect(db.path) as con:
        for statement in statements:
            con.execute(statement)


def change_some(db: DuckDBClient, value: int) -> None:
    """Change some films of two years and their keywords."""
    years = f"year(release_date) IN {CHANGED}"
    change(
        db,
        f"UPDATE movies SET popularity = {value} WHERE {years} AND tmdb_id % 2 = 0",
        f"UPDATE keywords SET keyword = 'key {value}' WHERE tmdb_id IN (SELECT tmdb_id FROM movies WHERE {years})",
    )


def by_name(written: list[SharedTable]) -> dict[str, SharedTable]:
    return {table.table: table for table in written}


def tables_of(db: DuckDBClient) -> dict[str, Rows]:
    return {table: in_database(db, table) for table in ("movies", "movie_history", "keywords", "ratings")}


def shared(url: str) -> dict[str, Rows]:
    return {table: by_polars(f"{url}/{table}") for table in ("movies", "movie_history", "keywords", "ratings")}


# --- what readers find --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", READERS)
def test_readers_find_what_the_database_holds(db: DuckDBClient, url: str, reader: str) -> None:
    for _ in range(2):
        written = by_name(db.export_delta(url))
        assert set(written) == {"movies", "movie_history", "keywords", "ratings"}
        for name, rows in tables_of(db).items():
            assert READERS[reader](f"{url}/{name}") == rows
            assert written[name].rows == len(rows) > 0
        change_some(db, 99)


def test_columns_say_what_they_mean_and_where_it_comes_from(db: DuckDBClient, url: str) -> None:
    db.export_delta(url)
    table = deltalake.DeltaTable(f"{url}/movies")
    told = {field.name: field.metadata.get("comment") for field in table.schema().fields}
    assert told["runtime"] == "Minutes"
    assert told["release_year"]
    assert all(told.values())
    assert ATTRIBUTION in table.metadata().description
    assert table.protocol().min_reader_version == 1, "any program that knows Delta can read it"


def test_a_folder_will_do_as_well_as_a_bucket(db: DuckDBClient, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["export", "--db", db.path, "--format", "delta", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    for name, rows in tables_of(db).items():
        for read in READERS.values():
            assert read(str(tmp_path / "out" / name)) == rows


# --- how little is sent -------------------------------------------------------------------------------------------


def test_nothing_is_sent_when_nothing_changed(db: DuckDBClient, url: str, server: S3Server) -> None:
    first = db.export_delta(url)
    server.reset()
    again = db.export_delta(url)
    assert server.writes() == []
    assert [(table.written, table.removed, table.bytes) for table in again] == [(0, 0, 0)] * len(again)
    assert [table.version for table in again] == [table.version for table in first] == [0] * len(first)


def test_only_the_years_that_changed_are_sent(db: DuckDBClient, url: str, server: S3Server) -> None:
    db.export_delta(url)
    server.reset()
    change_some(db, 7)
    written = by_name(db.export_delta(url))
    files = [request.path for request in server.writes() if request.path.endswith(".parquet")]
    assert {path.split("/")[4] for path in files} == {f"release_year={year}" for year in CHANGED}
    assert {path.split("/")[3] for path in files} == {"movies", "keywords"}
    assert (written["movies"].written, written["movies"].partitions, written["movies"].version) == (2, 8, 1)
    assert (written["ratings"].written, written["ratings"].version) == (0, 0)
    assert sum(table.bytes for table in written.values()) == sum(
        request.bytes for request in server.writes() if request.path.endswith(".parquet")
    )
    assert shared(url) == tables_of(db)


def test_a_film_that_moves_to_another_year_takes_along_what_belongs_to_it(db: DuckDBClient, url: str) -> None:
    db.export_delta(url)
    change(
        db,
        "UPDATE movies SET release_date = '1931-01-01' WHERE year(release_date) = 2018",
        "UPDATE movies SET release_date = '2016-01-01' WHERE release_date IS NULL",
    )
    written = by_name(db.export_delta(url))
    for name in ("movies", "keywords", "ratings"):
        assert (written[name].written, written[name].removed) == (2, 2), name
    assert shared(url) == tables_of(db)


def test_a_table_that_lost_its_rows_is_empty_for_readers_too(db: DuckDBClient, url: str) -> None:
    db.export_delta(url)
    change(db, "DELETE FROM keywords")
    written = by_name(db.export_delta(url))
    assert (written["keywords"].rows, written["keywords"].removed) == (0, 8)
    assert by_polars(f"{url}/keywords") == []
    change(db, "INSERT INTO keywords (tmdb_id, keyword_id, keyword) VALUES (1, 2, 'back')")
    db.export_delta(url)
    assert shared(url) == tables_of(db)


def test_a_column_that_is_new_is_found_in_all_years(db: DuckDBClient, url: str) -> None:
    db.export_delta(url)
    change(db, "ALTER TABLE keywords ADD COLUMN weight DOUBLE", "UPDATE keywords SET weight = keyword_id / 3")
    assert by_name(db.export_delta(url))["keywords"].written == 8
    assert shared(url) == tables_of(db)


# --- others -------------------------------------------------------------------------------------------------------


def test_what_somebody_else_wrote_is_replaced_by_what_the_database_holds(db: DuckDBClient, url: str) -> None:
    db.export_delta(url)
    table = deltalake.DeltaTable(f"{url}/keywords")
    table.delete("keyword_id = 100")
    written = by_name(db.export_delta(url))
    assert (written["keywords"].written, written["movies"].written) == (8, 0)
    assert shared(url) == tables_of(db)
    assert by_name(db.export_delta(url))["keywords"].written == 0


def test_upkeep_by_somebody_else_costs_nothing(db: DuckDBClient, url: str) -> None:
    for value in (1, 2):
        db.export_delta(url)
        change_some(db, value)
    db.export_delta(url)
    table = deltalake.DeltaTable(f"{url}/movies")
    table.optimize.z_order(["tmdb_id"])
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)
    assert table.version() > 2
    assert by_name(db.export_delta(url))["movies"].written == 0
    change_some(db, 3)
    assert by_name(db.export_delta(url))["movies"].written == 2
    assert shared(url) == tables_of(db)


def test_a_table_of_somebody_else_is_left_alone(db: DuckDBClient, url: str) -> None:
    import pyarrow as pa  # noqa: PLC0415

    deltalake.write_deltalake(f"{url}/movies", pa.table({"a": [1]}))
    with pytest.raises(ConfigurationError, match="that ayne did not write"):
        db.export_delta(url)
    assert deltalake.DeltaTable(f"{url}/movies").version() == 0


@pytest.mark.parametrize("before", [False, True], ids=["new tables", "known tables"])
def test_of_two_exports_at_once_one_wins_and_the_other_says_so(
    db: DuckDBClient, url: str, server: S3Server, before: bool
) -> None:
    if before:
        db.export_delta(url)
    change_some(db, 1)
    server.reset()
    db.export_delta(f"{url}-rehearsed" if not before else url)
    commits = [number for number, request in enumerate(server.writes(), 1) if request.path.endswith(".json")]
    change_some(db, 2)
    server.reset(hold_at=commits[0])
    slower = start_export(db, url, server)
    assert server.held()
    change_some(db, 3)
    db.export_delta(url)
    server.reset()
    said = slower.communicate(timeout=300)[1]
    assert slower.returncode == 1
    assert "Somebody else wrote to" in said
    assert "Export again" in said
    assert shared(url) == tables_of(db)


def test_a_commit_that_comes_between_is_not_overwritten(db: DuckDBClient, url: str, server: S3Server) -> None:
    db.export_delta(url)
    change_some(db, 2)
    server.reset(hold_at=1)
    slower = start_export(db, url, server)
    assert server.held()
    # Rows of a year that the export does not touch: without a look at the number both could be committed.
    table = deltalake.DeltaTable(f"{url}/keywords")
    found = table.to_pyarrow_table(filters=[("release_year", "=", 2020)]).slice(0, 1)
    deltalake.write_deltalake(table, found, mode="append")
    server.reset()
    assert "Somebody else wrote to" in slower.communicate(timeout=300)[1]
    db.export_delta(url)
    assert shared(url) == tables_of(db)


# --- kill -9 ------------------------------------------------------------------------------------------------------


def test_an_export_that_is_killed_at_any_write_is_never_seen_in_part(
    db: DuckDBClient, url: str, server: S3Server
) -> None:
    db.export_delta(url)
    before = tables_of(db)
    change_some(db, 1000)
    server.reset()
    db.export_delta(url)
    writes = len(server.writes())
    assert writes == 2 * (len(CHANGED) + 1), "two tables, each with a file for each year and a commit"
    seen = []
    for number, after in [*((number, False) for number in range(1, writes + 1)), (writes // 2, True), (writes, True)]:
        before = tables_of(db)
        change_some(db, 10 * number + after)
        now = tables_of(db)
        kill_export(db, url, server, number, after=after)
        found = shared(url)
        for name, rows in found.items():
            assert rows in (before[name], now[name]), f"{name} after {number} writes"
        seen.append(sum(found[name] == now[name] != before[name] for name in found))
        db.export_delta(url)
        assert shared(url) == now
    assert seen == [0, 0, 0, 1, 1, 1, 1, 2], "what is committed is there, and nothing else"


# --- the command --------------------------------------------------------------------------------------------------


def invoke(db: DuckDBClient, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["export", "--db", db.path, *arguments])
    return done.exit_code, done.output + ("" if done.exception is None else f"{done.exception}")


def test_the_command_says_what_it_did(db: DuckDBClient, url: str) -> None:
    code, said = invoke(db, "--out", url)
    assert code == 0
    assert "48 movies: 8 of 8 years written, " in said
    assert invoke(db, "--out", url)[1].count(": unchanged, version 0\n") == 4
    change_some(db, 3)
    assert "48 movies: 2 of 8 years written, " in invoke(db, "--out", url)[1]


def test_programs_are_told_the_same(db: DuckDBClient, url: str) -> None:
    _, said = invoke(db, "--out", url, "--json")
    document: dict[str, Any] = json.loads(said)
    assert (document["out"], document["format"]) == (url, "delta")
    films = document["tables"][-1]
    assert films["bytes"] > 1000
    assert films | {"bytes": 0} == {
        "table": "movies",
        "rows": 48,
        "partitions": 8,
        "written": 8,
        "removed": 0,
        "bytes": 0,
        "version": 0,
        "address": f"{url}/movies",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "parquet"), "takes Delta tables, not parquet files"),
        (("--by-year",), "split by year in any case"),
    ],
)
def test_what_an_object_store_does_not_take_is_refused(
    db: DuckDBClient, url: str, arguments: tuple[str, ...], said: str, server: S3Server
) -> None:
    code, told = invoke(db, "--out", url, *arguments)
    assert (code, server.writes()) == (2, [])
    assert said in told


def test_a_bucket_that_is_not_there_is_named(db: DuckDBClient, url: str) -> None:
    assert url
    code, said = invoke(db, "--out", "s3://no-such-bucket/films")
    assert code
    assert "There is no bucket no-such-bucket." in said


def test_a_server_that_does_not_answer_is_not_waited_for(
    db: DuckDBClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    code, said = invoke(db, "--out", url)
    assert code
    assert f"The server of {url} does not answer." in said


def test_without_the_extra_it_says_how_to_get_it(db: DuckDBClient, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['deltalake'] = None; from ayne.cli import main; "
        f"sys.argv = ['ayne', 'export', '--db', {db.path!r}, '--format', 'delta', '--out', {str(tmp_path / 'x')!r}]; "
        "sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install 'ayne[delta]'" in done.stderr


def test_keys_are_in_nothing_that_is_said_or_written(db: DuckDBClient, url: str, server: S3Server) -> None:
    with start_export(db, url, server) as process:
        said = "".join(process.communicate(timeout=300))
    with start_export(db, "s3://no-such-bucket/films", server) as process:
        said += "".join(process.communicate(timeout=300))
    assert "movies" in said
    assert "no-such-bucket" in said
    table = deltalake.DeltaTable(f"{url}/movies")
    said += json.dumps(table.history(), default=str) + f"{table.metadata()} {table.schema().to_json()}"
    for secret in (KEY, SECRET):
        assert secret not in said
