"""DuckDB's words are its own to change. Whatever they are, what a user is told of a file is right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ayne.database import duckdb_errors
from ayne.errors import StoreBusy, StoreError, StoreUnreadable
from tests.store.test_store import HOLD

SAID = "Words that no DuckDB has used so far"
UNKNOWN = duckdb.IOException(SAID)


@pytest.mark.parametrize("read_only", [True, False])
def test_of_a_file_that_another_process_has_it_is_said_which(empty_file: Path, read_only: bool) -> None:
    command = [sys.executable, "-c", HOLD, str(empty_file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        told = duckdb_errors.refused(str(empty_file), UNKNOWN, read_only=read_only)
        other.kill()
    assert isinstance(told, StoreBusy)
    assert f"is held by process {other.pid} (" in str(told)


def test_looking_who_has_a_file_leaves_the_locks_of_ones_own(empty_file: Path) -> None:
    with duckdb.connect(str(empty_file)):
        duckdb_errors.refused(str(empty_file), UNKNOWN, read_only=True)
        tried = f"import duckdb; duckdb.connect({str(empty_file)!r}, read_only=True)"
        assert subprocess.run([sys.executable, "-c", tried], capture_output=True).returncode != 0


def test_a_file_that_was_let_go_of_since_is_tried_again() -> None:
    passed = duckdb.IOException("IO Error: Could not set lock on file")
    assert isinstance(duckdb_errors.refused("films.duckdb", passed, read_only=False), StoreBusy)


def test_a_connection_of_ones_own_with_other_settings_has_the_file(empty_file: Path) -> None:
    with duckdb.connect(str(empty_file)):
        with pytest.raises(duckdb.Error) as refusal:
            duckdb.connect(str(empty_file), read_only=True)
        assert isinstance(duckdb_errors.refused(str(empty_file), refusal.value, read_only=True), StoreBusy)


@pytest.mark.parametrize("name", ["missing/films.duckdb", "."])
def test_where_no_file_can_be_opened_the_folder_is_asked_about(tmp_path: Path, name: str) -> None:
    told = duckdb_errors.refused(str(tmp_path / name), UNKNOWN, read_only=False)
    assert type(told) is StoreError
    assert f"cannot be opened: {SAID} Does the folder exist, and is it yours?" in str(told)


def test_a_sound_file_is_not_called_damaged_because_it_could_not_be_written(empty_file: Path) -> None:
    told = duckdb_errors.refused(str(empty_file), UNKNOWN, read_only=False)
    assert type(told) is StoreError
    assert "could not be written (is there room on the disk?)" in str(told)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_cannot_even_be_read_is_damaged(empty_file: Path, read_only: bool) -> None:
    empty_file.write_bytes(empty_file.read_bytes()[:20].ljust(8192, b"\xff"))
    told = duckdb_errors.refused(str(empty_file), UNKNOWN, read_only=read_only)
    assert isinstance(told, StoreUnreadable)
    assert "restore a copy" in str(told)


@pytest.mark.skipif(sys.platform != "linux", reason="a disk without room that needs no making")
def test_on_a_full_disk_a_fatal_error_is_no_damage() -> None:
    fatal = duckdb.FatalException(SAID)
    assert type(duckdb_errors.failed("/proc/films.duckdb", fatal, read_only=False)) is StoreError
    assert type(duckdb_errors.failed("films.duckdb", fatal, read_only=False)) is StoreUnreadable
