"""What a file remembers, as its users ask for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ayne.data_collection.commit import Commit
from ayne.database.duckdb_client import DuckDBClient
from tests.shell import Shell
from tests.store.test_history import gone, merged
from tests.store.test_store import details

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def shell(empty_file: Path) -> Shell:
    """A file with a film that changed, one that is merged into it, one that is gone and one that is too old."""
    db = DuckDBClient(empty_file)
    db.commit(Commit(details=[details(5, NOW - 3 * DAY, title="Five", vote_count=10), details(6, NOW - 3 * DAY)]))
    db.commit(Commit(details=[details(5, NOW - DAY, title="Five", vote_count=12, revenue=7)]))
    db.commit(merged(6, 5, NOW - DAY))
    db.commit(Commit(details=[details(7, NOW - 200 * DAY, title="Old")]))
    db.commit(gone(7, NOW - 199 * DAY))
    db.commit(Commit(details=[details(8, NOW - 177 * DAY)]))
    return Shell(empty_file.parent, {})


def test_the_history_of_a_film_is_a_small_table(shell: Shell) -> None:
    lines = shell.forked("movie", "5", "--history").stdout.splitlines()
    assert lines[0] == "Five"
    assert [line.split()[2] for line in lines if line.strip().startswith("20")] == ["10", "12"]


def test_the_history_of_a_film_is_a_document_too(shell: Shell) -> None:
    told = json.loads(shell.forked("movie", "6", "--history", "--json").stdout)
    assert (told["tmdb_id"], told["merged_into"]) == (6, 5)
    assert [row["mark"] for row in told["history"]] == [None, "merged into 5"]


def test_a_merged_film_shows_the_one_it_was_merged_into_and_says_so(shell: Shell) -> None:
    done = shell.forked("movie", "6")
    assert done.stderr == "6 is merged into 5, shown instead\n"
    assert done.stdout.startswith("Five\n")


def test_any_day_can_be_asked_for(shell: Shell) -> None:
    day = (NOW - 2 * DAY).date()
    done = shell.forked("sql", f"SELECT tmdb_id, vote_count FROM film_as_of('{day}') ORDER BY ALL LIMIT 1")
    assert done.stdout == "tmdb_id,vote_count\n5,10\n"


def test_films_are_those_that_are_there(shell: Shell) -> None:
    assert shell.forked("sql", "SELECT tmdb_id FROM films ORDER BY ALL").stdout == "tmdb_id\n5\n8\n"


def test_a_purge_is_announced_tried_and_done(shell: Shell) -> None:
    told = json.loads(shell.forked("status", "--json").stdout)["expiring"]
    assert told == {"overdue": 1, "expiring": 1, "not_to_be_had": 1}
    assert "1 to be fetched again this week" in shell.forked("status").stdout
    assert "3 to be removed" in shell.forked("purge", "--dry-run").stdout
    assert shell.query("SELECT title FROM movies WHERE tmdb_id = 7") == [("Old",)]
    done = json.loads(shell.forked("purge", "--json").stdout)
    assert (done["removed"], done["details"], done["observations"]) == (True, 1, 2)
    assert shell.query("SELECT title, gone_at IS NOT NULL FROM movies WHERE tmdb_id = 7") == [(None, True)]
    assert "nothing is older" in shell.forked("purge").stdout
    assert "only its id is known" in shell.forked("movie", "7").stdout


def test_a_purge_needs_a_file(tmp_path: Path) -> None:
    done = Shell(tmp_path, {}).forked("purge", code=1)
    assert "There is no database" in done.stderr
    assert not (tmp_path / "films.duckdb").exists()
