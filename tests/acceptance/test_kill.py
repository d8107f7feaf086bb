"""``kill -9`` in the middle of a collection: nothing is lost, and little is asked for twice."""

from __future__ import annotations

from pathlib import Path

from ayne.data_collection.writer import FLUSH_ROWS
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.shell import FAST, Killer, ids_of, shell_for

SPAN = ("--from", "2010", "--to", "2024", "--min-votes", "0")
CONCURRENCY = 10
# So many requests for details in each run.
DETAILS = r"/3/movie/\d+$"
KILLS_AFTER = (20, 210, 60, 250, 5)

ROWS = "SELECT * EXCLUDE (first_seen_at, summary_at, details_at, popularity_at) FROM movies ORDER BY tmdb_id"
LEDGER = "SELECT DISTINCT tmdb_id FROM listed ORDER BY tmdb_id"
RANGES = "SELECT * EXCLUDE (sweep_id, changed_at) FROM ranges ORDER BY range"


def test_a_list_killed_three_times_ends_like_an_unbroken_one(tmp_path: Path) -> None:
    films = Catalogue.generated(2000, seed=2)
    ids = ids_of(films, 2010, 2024)
    killer = Killer(DETAILS, at_once=CONCURRENCY)
    with running(SandboxApp(films, faults=killer)) as served:
        shell = shell_for(tmp_path, served.url)
        missing = range(900_000_001, 900_000_010)
        (tmp_path / "ids.txt").write_text("".join(f"{number}\n" for number in [*ids[:100], *missing, *ids[100:]]))
        command = ("collect", "--ids", "ids.txt", "--max-concurrent", str(CONCURRENCY))
        for after in (20, 210, 60):
            killer.kill(shell, *command, "--rate", "1000", after=after)
        assert "rows: " in shell.ayne(*command, *FAST).stderr
        shell.ayne(*command, *FAST, "--db", "unbroken.duckdb")
    given = "SELECT row, given, tmdb_id, outcome FROM given ORDER BY row"
    assert shell.query(given) == shell.query(given, "unbroken.duckdb")
    assert shell.query(ROWS) == shell.query(ROWS, "unbroken.duckdb")
    assert shell.query("SELECT count(*) FROM given WHERE outcome = 'not found'") == [(9,)]


def test_a_collection_killed_five_times_ends_like_an_unbroken_one(tmp_path: Path) -> None:
    films = Catalogue.generated(2000, seed=2)
    killer = Killer(DETAILS, at_once=CONCURRENCY)
    with running(SandboxApp(films, faults=killer)) as served:
        app, shell = served.app, shell_for(tmp_path, served.url)
        command = ("collect", *SPAN, "--max-concurrent", str(CONCURRENCY))
        for after in KILLS_AFTER:
            killer.kill(shell, *command, "--rate", "1000", after=after)
        shell.ayne(*command, *FAST)
        again = app.log.report()["answered_again"]
        app.log.clear()

        shell.ayne(*command, *FAST, "--db", "unbroken.duckdb")
        assert app.log.report()["answered_again"] == {"details": {}, "series": [], "pages": []}

    broken, unbroken = shell.query(ROWS), shell.query(ROWS, "unbroken.duckdb")
    assert [row[0] for row in unbroken] == ids_of(films, 2010, 2024)
    assert broken == unbroken
    assert shell.query(LEDGER) == shell.query(LEDGER, "unbroken.duckdb")
    assert shell.query(RANGES) == shell.query(RANGES, "unbroken.duckdb")
    assert shell.query("SELECT outcome FROM runs ORDER BY run_id") == [(None,)] * len(KILLS_AFTER) + [("done",)]
    # Every kill came while details were fetched; by then all pages were committed.
    assert again["pages"] == []
    repeated = sum(count - 1 for count in again["details"].values())
    assert repeated <= len(KILLS_AFTER) * (FLUSH_ROWS + 2 * CONCURRENCY)
