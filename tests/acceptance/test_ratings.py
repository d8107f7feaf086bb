"""``ayne ratings`` as it is run: by one process or two, with the right key, a wrong one or none."""

from __future__ import annotations

import json
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

from ayne.data_collection.omdb.quota import LEASE
from ayne.database.duckdb_client import DuckDBClient
from tests.fake_omdb import KEY, FakeOMDb, serving
from tests.integration.test_ratings import with_films
from tests.shell import Shell, until

FAST = ("--rate", "1000")


def shell_with_films(folder: Path, url: str, films: int, key: str = KEY) -> Shell:
    with_films(DuckDBClient(folder / "films.duckdb"), films)
    return Shell(folder, {"AYNE_OMDB_URL": url, "OMDB_API_KEY": key} if key else {"AYNE_OMDB_URL": url})


def rated(shell: Shell) -> int:
    """How many films are rated; the key of the table sees to it that none is twice."""
    ((count,),) = shell.query("SELECT count(*) FROM ratings WHERE imdb_rating = 7.1")
    assert isinstance(count, int)
    return count


def test_ratings_are_fetched_and_it_is_said_what_is_left(tmp_path: Path) -> None:
    with serving(FakeOMDb()) as url:
        shell = shell_with_films(tmp_path, url, 60)
        said = shell.forked("ratings", *FAST, "--quota", "50").stderr
        assert "50 films rated in films.duckdb: 50 requests" in said
        assert "0 of 50 requests left until" in said
        assert "10 films to go, which takes requests of 1 more day" in said
        report = json.loads(shell.forked("ratings", *FAST, "--quota", "55", "--json").stdout)
        assert (report["outcome"], report["rated"], report["due"]) == ("quota", 5, 5)
        report = json.loads(shell.forked("ratings", *FAST, "--json").stdout)
        assert (report["outcome"], report["rated"], report["left_today"]) == ("done", 5, 940)
    assert rated(shell) == 60
    ((tmdb_id,),) = shell.query("SELECT min(tmdb_id) FROM movies JOIN ratings USING (imdb_id)")
    shown = shell.forked("movie", str(tmdb_id)).stdout
    assert "7.1 of 10" in shown
    assert json.loads(shell.forked("movie", str(tmdb_id), "--json").stdout)["imdb_rating"] == 7.1


def test_two_processes_on_one_file_send_what_the_quota_allows_and_not_one_more(tmp_path: Path) -> None:
    omdb = FakeOMDb(quota=150)
    with serving(omdb) as url:
        shell = shell_with_films(tmp_path, url, 200)
        arguments = ("ratings", "--rate", "100", "--quota", "150", "--json")
        reports = []
        threads = [
            threading.Thread(target=lambda: reports.append(json.loads(shell.ayne(*arguments).stdout))) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (sum(omdb.counted.values()), omdb.over, len(set(omdb.asked))) == (150, 0, 150)
    assert rated(shell) == 150
    assert [report["outcome"] for report in reports] == ["quota", "quota"]
    assert all(report["rated"] > 0 for report in reports)


def test_a_kill_loses_a_lease_at_most_and_the_next_run_carries_on(tmp_path: Path) -> None:
    omdb = FakeOMDb(quota=100)
    with serving(omdb) as url:
        shell = shell_with_films(tmp_path, url, 100)
        with shell.started("ratings", "--rate", "50", "--quota", "100") as killed:
            until(lambda: len(omdb.asked) >= 45)
            killed.process.kill()
            assert killed.process.wait() == -signal.SIGKILL
        shell.forked("ratings", *FAST, "--quota", "100")
    assert omdb.over == 0
    assert 100 - LEASE <= rated(shell) <= sum(omdb.counted.values()) <= 100


def test_the_first_ctrl_c_keeps_what_came(tmp_path: Path) -> None:
    omdb = FakeOMDb()
    with serving(omdb) as url:
        shell = shell_with_films(tmp_path, url, 100)
        with shell.started("ratings", "--rate", "30") as running:
            until(lambda: len(omdb.asked) >= 5)
            running.process.send_signal(signal.SIGINT)
            assert running.process.wait() == 130, running.stderr
            assert "Interrupted. Everything fetched so far is stored" in running.stderr
    assert 1 <= rated(shell) <= len(omdb.asked) < 100
    assert shell.query("SELECT spent FROM allowance") == [(len(omdb.asked),)]


def test_a_wrong_key_is_said_once_and_ends_with_2(tmp_path: Path) -> None:
    omdb = FakeOMDb()
    with serving(omdb) as url:
        shell = shell_with_films(tmp_path, url, 60, key="deadbeef")
        said = shell.forked("ratings", *FAST, code=2).stderr
    assert "Invalid API key!" in said
    assert "deadbeef" not in said
    assert len(omdb.asked) == 1
    assert shell.query("SELECT count(*) FROM ratings") == [(0,)]


def test_without_a_key_one_message_says_where_to_get_one(tmp_path: Path) -> None:
    shell = shell_with_films(tmp_path, "http://127.0.0.1:9", 1, key="")
    said = shell.forked("ratings", code=2).stderr
    assert said.count("\n") == 2
    assert "http://www.omdbapi.com/apikey.aspx" in said


def test_without_a_database_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {"AYNE_OMDB_URL": "http://127.0.0.1:9", "OMDB_API_KEY": KEY})
    assert "`ayne collect` makes one" in shell.forked("ratings", code=1).stderr
    assert not (tmp_path / "films.duckdb").exists()


def test_the_key_is_in_no_log_however_much_is_said(tmp_path: Path) -> None:
    with serving(FakeOMDb()) as url:
        shell = shell_with_films(tmp_path, url, 3)
        done = shell.forked("-vv", "ratings", *FAST, "-vv")
    assert "tt0000001" in done.stderr
    assert KEY not in done.stderr + done.stdout
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_the_sandbox_rates_its_own_films_without_a_key(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    sandbox = ("--sandbox", "--sandbox-movies", "500")
    shell.forked("collect", *sandbox, "--from", "2015", "--min-votes", "0", "--quiet")
    report = json.loads(shell.forked("ratings", *sandbox, "--limit", "30", "--json").stdout)
    assert (report["outcome"], report["rated"] + report["none"], report["unreadable"]) == ("limit", 30, {})
    assert shell.query("SELECT count(*) FROM ratings JOIN movies USING (imdb_id)", "sandbox.duckdb") == [(30,)]


def test_the_films_of_a_file_are_rated_by_the_sandbox_that_they_are_of(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    asked = ("collect", "--sandbox", "--sandbox-movies", "500", "--sandbox-series", "60", "--sandbox-seed", "3")
    shell.forked(
        *asked, "--kind", "movie,series", "--from", "1990", "--parts", "external_ids", "--min-votes", "0", "--quiet"
    )
    for kind in ("movie", "series"):
        ratings = ("ratings", "--kind", kind, "--sandbox", "--limit", "5")
        refused = " ".join(shell.forked(*ratings, "--sandbox-movies", "600", code=2).stderr.split())
        assert "a sandbox of 500 films and 60 series, seed 3" in refused
        assert "--db" in refused
        shell.forked(*ratings, "--sandbox-seed", "1", code=2)
        report = json.loads(shell.forked(*ratings, "--json").stdout)
        assert (report["rated"] + report["none"], report["mismatched"]) == (5, 0)
    # Titles and years are those of the same films: another sandbox has other ones under the same ids.
    told = shell.query("SELECT r.title, m.title FROM ratings r JOIN movies m USING (imdb_id)", "sandbox.duckdb")
    assert len(told) == 5
    assert sum(here == there for here, there in told) > 0.8 * len(told)


def test_the_quota_of_omdb_is_not_spent_on_the_films_of_a_sandbox(tmp_path: Path) -> None:
    db = DuckDBClient(tmp_path / "films.duckdb")
    with_films(db, 5)
    db.begin_run("1", {"server": "a sandbox of 5 films, seed 1"}, datetime.now(UTC))
    shell = Shell(tmp_path, {"OMDB_API_KEY": KEY})
    refused = shell.forked("ratings", code=2)
    assert "films of a sandbox of 5 films" in refused.stderr
    assert "--omdb-url" in refused.stderr
    assert rated(shell) == 0
