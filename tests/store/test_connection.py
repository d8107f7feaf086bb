"""What may be opened: DuckDB's own files on this machine, each by whatever name as one."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from ayne.cli import cli
from ayne.data_collection.commit import Commit
from ayne.database import migrations
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError, StoreBusy, StoreUnreadable


@pytest.fixture
def file(empty_file: Path) -> Path:
    folder = empty_file.with_name("disk")
    folder.mkdir()
    return empty_file.rename(folder / "films.duckdb")


def test_a_file_of_sqlite_is_refused_before_duckdb_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with closing(sqlite3.connect(path)) as con, con:
        con.execute("CREATE TABLE books (title TEXT)")
    before = path.read_bytes()
    db = DuckDBClient(path)
    for use in (lambda: db.query("SELECT 1"), lambda: db.commit(Commit())):
        with pytest.raises(StoreUnreadable, match=r"library\.db is not a DuckDB database\. Name another file"):
            use()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["md:films", "motherduck:films", "sqlite:library.db", "s3://bucket/films", "postgres:x"]
)
def test_an_address_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="is an address"):
        DuckDBClient(name)


def test_a_name_that_duckdb_reads_otherwise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="question mark"):
        DuckDBClient(tmp_path / "what?.duckdb")


@pytest.mark.parametrize("name", ["", " "])
def test_a_name_that_is_empty_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="is empty"):
        DuckDBClient(name)


@pytest.mark.parametrize("command", ["collect", "status", "purge", "rebuild", "report"])
@pytest.mark.parametrize("name", ["", ":memory:"])
def test_the_command_line_wants_a_file(command: str, name: str) -> None:
    done = CliRunner().invoke(cli, [command, "--db", name])
    assert done.exit_code == 2
    assert "Name a file" in done.output or "is a directory" in done.output


def test_no_connection_loads_extensions_by_itself(file: Path) -> None:
    settings = "SELECT current_setting('autoload_known_extensions') OR current_setting('autoinstall_known_extensions')"
    for db in (DuckDBClient(file), DuckDBClient(":memory:")):
        assert db.query(settings).rows == [(False,)]


def test_looking_at_an_open_file_leaves_its_lock(file: Path) -> None:
    other = f"import duckdb; duckdb.connect({str(file)!r})"
    with duckdb.connect(str(file)):
        DuckDBClient(file).commit(Commit())
        assert subprocess.run([sys.executable, "-c", other], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("name", ["link.duckdb", "../disk/films.duckdb", "../linked/films.duckdb"])
def test_a_file_by_two_names_has_one_collector_and_one_log(file: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "link.duckdb").symlink_to("../disk/films.duckdb")
    (tmp_path / "linked").symlink_to(file.parent)
    db = DuckDBClient(tmp_path / "project" / name)
    with DuckDBClient(file).collecting():
        assert db.freshness().collector
        with pytest.raises(StoreBusy, match="Another ayne is collecting into"), db.collecting():
            pass
    with duckdb.connect(str(file)):
        # As long as it is open here, what is committed stays in the log.
        db.begin_run("1", {}, datetime.now(UTC))
        assert sorted(path.name for path in file.parent.iterdir()) == [
            "films.duckdb",
            "films.duckdb.lock",
            "films.duckdb.wal",
        ]
    assert [path.name for path in (tmp_path / "project").iterdir()] == ["link.duckdb"]


def test_nobody_collects_into_a_file_with_a_hard_link(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other.duckdb").hardlink_to(file)
    for path in (file, tmp_path / "other.duckdb"):
        with pytest.raises(ConfigurationError, match="a hard link"), DuckDBClient(path).collecting():
            pass
        assert DuckDBClient(path).query("SELECT 1").rows == [(1,)]


def test_a_lock_is_not_written_over_what_somebody_keeps_there(file: Path) -> None:
    lock = file.with_name("films.duckdb.lock")
    lock.write_text("mine")
    with pytest.raises(ConfigurationError, match="holds something else"), DuckDBClient(file).collecting():
        pass
    assert lock.read_text() == "mine"


def test_a_first_write_that_fails_says_why(tmp_path: Path) -> None:
    class Undone:
        """A connection on which what failed is undone already, as after a COMMIT that fails."""

        def __init__(self) -> None:
            self.real = duckdb.connect(":memory:")

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

        def commit(self) -> None:
            self.real.rollback()
            raise duckdb.IOException("no room")

    with pytest.raises(duckdb.IOException, match="no room"):
        migrations.migrate(Undone())  # type: ignore[arg-type]


ENDLESS = "SELECT count(*) FROM range(100_000_000) a, range(100_000_000) b WHERE a.range * b.range % 7 = 3"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells how long a process has worked")
@pytest.mark.parametrize("sql", [ENDLESS, f"WITH a AS ({ENDLESS}) FROM a, a AS b"])
def test_ctrl_c_ends_a_query_at_once(file: Path, sql: str) -> None:
    command = [sys.executable, "-m", "ayne", "sql", "--db", str(file), sql]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        # It works when it has taken some seconds of the processor, more than it takes to start.
        until = time.monotonic() + 60
        while _seconds_of_processor(process.pid) < 2:
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, out, err.strip()) == (130, "", "interrupted")


def _seconds_of_processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
