"""The DuckDB file: what is committed, what is kept, and what is said when the file cannot be used."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.coverage import DiscoverPage, Listed, Range, RangeProgress, SweepPlan
from ayne.data_collection.tmdb.models import FetchFailure, ListPage, MovieDetails, MovieSummary
from ayne.database import migrations
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreBusy, StoreError, StoreUnreadable
from ayne.kinds import MOVIE, SERIES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = Range(date(2024, 1, 1), date(2024, 12, 31))


def summary(tmdb_id: int, at: datetime = NOW, **values: Any) -> MovieSummary:
    fields = dict.fromkeys(MovieSummary.__annotations__)
    known = {
        "tmdb_id": tmdb_id,
        "title": f"Film {tmdb_id}",
        "genre_ids": [18],
        "observed_at": at.isoformat(),
        "raw": {},
    }
    return cast("MovieSummary", {**fields, **known, **values})


def details(tmdb_id: int, at: datetime = NOW, **values: Any) -> MovieDetails:
    fields: dict[str, Any] = dict.fromkeys(MovieDetails.__annotations__)
    names = ("genres", "production_companies", "production_countries", "spoken_languages", "origin_country")
    lists: dict[str, Any] = {name: [] for name in names}
    known = {"tmdb_id": tmdb_id, "title": f"Film {tmdb_id}", "observed_at": at.isoformat(), "raw": {}, "parts": {}}
    return cast("MovieDetails", {**fields, **lists, **known, **values})


def page(*films: MovieSummary, ledger: Sequence[RangeProgress] = ()) -> DiscoverPage:
    count = len(films)
    proven = RangeProgress(YEAR, "proven", 1, frozenset({1}), 0, count, count, count, count)
    return DiscoverPage(ListPage(1, 1, count, list(films)), tuple(ledger) or (proven,), 1, 1)


@pytest.fixture
def db(empty_file: Path) -> DuckDBClient:
    return DuckDBClient(empty_file)


def stored(db: DuckDBClient, tmdb_id: int) -> dict[str, Any]:
    film = db.movie(tmdb_id)
    assert film is not None
    return film


def test_a_summary_becomes_a_row_without_details(db: DuckDBClient) -> None:
    db.commit(Commit(1, [page(summary(5, release_date="2024-02-29", vote_count=12))]))
    film = stored(db, 5)
    assert (film["title"], film["release_date"], film["vote_count"]) == ("Film 5", date(2024, 2, 29), 12)
    assert film["details_at"] is None


def test_details_fill_the_row_and_keep_when_it_was_first_seen(db: DuckDBClient) -> None:
    db.commit(Commit(1, [page(summary(5))]))
    first_seen = stored(db, 5)["first_seen_at"]
    genres = [{"id": 18, "name": "Drama"}, {"id": 35, "name": "Comedy"}]
    db.commit(Commit(details=[details(5, revenue=2_923_706_026, genres=genres, raw={"new": [1]})]))
    film = stored(db, 5)
    assert (film["revenue"], film["genres"], film["genre_ids"]) == (2_923_706_026, ["Drama", "Comedy"], [18, 35])
    assert film["first_seen_at"] == first_seen
    assert film["summary_at"] is not None
    assert film["raw"] == '{"new":[1]}'


def test_a_newer_summary_moves_votes_and_leaves_details_alone(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, runtime=90, vote_count=10, genres=[{"id": 35, "name": "Comedy"}])]))
    db.commit(Commit(1, [page(summary(5, NOW + 2 * DAY, vote_count=11))]))
    film = stored(db, 5)
    assert (film["vote_count"], film["runtime"], film["genres"], film["genre_ids"]) == (11, 90, ["Comedy"], [35])


def test_a_summary_out_of_a_cache_does_not_undo_newer_details(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, vote_count=10)]))
    db.commit(Commit(1, [page(summary(5, NOW - DAY, vote_count=9))]))
    assert stored(db, 5)["vote_count"] == 10


def test_a_list_of_the_same_day_does_not_undo_an_edit_of_this_morning(db: DuckDBClient) -> None:
    """Lists are made of what was there at midnight."""
    db.commit(Commit(details=[details(5, title="Edited", release_date="2024-06-25", revenue=118_890)]))
    db.commit(Commit(1, [page(summary(5, NOW + DAY, title="As it was", release_date="2024-07-06"))]))
    film = stored(db, 5)
    assert (film["title"], film["release_date"], film["revenue"]) == ("Edited", date(2024, 6, 25), 118_890)


def test_of_two_equal_ids_in_a_batch_the_last_wins(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5, title="old"), details(5, title="new")]))
    assert stored(db, 5)["title"] == "new"


def test_committing_twice_changes_nothing(db: DuckDBClient) -> None:
    batch = Commit(1, [page(summary(5))], [details(6, parts={"credits": {"cast": []}})])
    db.commit(batch)
    once = db.query("FROM movies ORDER BY tmdb_id").rows
    db.commit(batch)
    assert db.query("SELECT * REPLACE (first_seen_at AS first_seen_at) FROM movies ORDER BY tmdb_id").rows == once
    assert len(db.query("FROM parts").rows) == 1


def test_a_batch_that_fails_is_not_stored_at_all(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    with pytest.raises((duckdb.Error, StoreError)):
        db.commit(Commit(1, [page(summary(2))], [details(3, runtime="long")]))
    assert [row[0] for row in db.query("SELECT tmdb_id FROM movies").rows] == [1]
    assert db.query("FROM ranges").rows == []


def test_a_film_that_is_gone_keeps_its_row(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5)]))
    db.commit(Commit(failures=[(FetchFailure(5, "not_found", "404", gone=True, status=404), NOW)]))
    assert stored(db, 5)["gone_at"] is not None
    assert db.query("FROM failures").rows == []


def test_a_film_that_comes_back_is_welcomed(db: DuckDBClient) -> None:
    later = datetime.now(UTC) + 3 * DAY
    db.commit(Commit(1, [page(summary(5))]))
    db.commit(Commit(failures=[(FetchFailure(5, "not_found", "404", gone=True, status=404), NOW)]))
    db.commit(Commit(1, [page(summary(5, later))]))
    assert stored(db, 5)["gone_at"] is None


def test_a_merged_film_says_into_which(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(5)]))
    db.commit(Commit(failures=[(FetchFailure(5, "merged", "7 instead", merged_into=7, status=200), NOW)]))
    assert stored(db, 5)["merged_into"] == 7


def test_a_failure_is_kept_until_a_success(db: DuckDBClient) -> None:
    db.begin_sweep(SweepPlan(2024, 2024), NOW)
    db.commit(Commit(1, [page(summary(5))]))
    db.commit(Commit(failures=[(FetchFailure(5, "timed_out", "slow", attempts=4), NOW + DAY)]))
    assert db.query("SELECT tmdb_id, reason, attempts FROM failures").rows == [(5, "timed_out", 4)]
    assert db.ids_without_details(1, NOW) == []
    assert db.ids_without_details(1, NOW + DAY) == [5]
    db.commit(Commit(details=[details(5)]))
    assert db.query("FROM failures").rows == []


def test_missing_details_come_most_voted_first_and_only_for_the_sweep(db: DuckDBClient) -> None:
    for year in (2024, 2025):
        db.begin_sweep(SweepPlan(year, year), NOW)
    db.commit(Commit(1, [page(summary(1, vote_count=5), summary(2, vote_count=50), summary(3))]))
    db.commit(Commit(2, [page(summary(4, vote_count=500))]))
    db.commit(Commit(details=[details(3)]))
    assert db.ids_without_details(1, NOW) == [2, 1]
    assert db.ids_without_details(1, NOW, 1) == [2]


def test_films_that_lack_a_part_are_found(db: DuckDBClient) -> None:
    db.commit(Commit(1, [page(summary(1), summary(2), summary(3))]))
    both: dict[str, Any] = {"credits": {}, "keywords": {}}
    db.commit(Commit(details=[details(1, parts=both), details(2, parts={"credits": {}}), details(3)]))
    assert db.ids_without_parts(1, ["credits"], NOW) == [3]
    assert sorted(db.ids_without_parts(1, ["credits", "keywords"], NOW)) == [2, 3]
    assert db.ids_without_parts(1, [], NOW) == []


def test_a_sweep_comes_back_as_it_was_left(db: DuckDBClient) -> None:
    plan = SweepPlan(2024, 2024)
    assert DuckDBClient(":memory:").latest_sweep(plan) is None
    sweep = db.begin_sweep(plan, NOW)
    halves = (Range(date(2024, 1, 1), date(2024, 6, 30), 0, 5, (18,), (35, 99)), Range(date(2024, 7, 1), YEAR.end))
    parent = RangeProgress(YEAR, "split", 0, frozenset({1}), 0, 20, 20, 20_000, 20_100)
    pieces = [RangeProgress(half) for half in halves]
    outside = summary(1, release_date="2024-03-01", vote_count=6, genre_ids=[18])
    db.commit(Commit(sweep.sweep_id, [page(outside, ledger=[parent, *pieces])]))
    half = RangeProgress(halves[0], "open", 3, frozenset({1, 3}), 1, 39, 38, 55, 57)
    inside = summary(2, release_date="2024-03-01", vote_count=5, genre_ids=[18])
    db.commit(Commit(sweep.sweep_id, [page(inside, ledger=[half])]))
    found = db.latest_sweep(plan)
    assert found is not None
    assert found.finished_at is None
    assert {known.range: known for known in found.known} == {
        YEAR: parent,
        halves[0]: half,
        halves[1]: RangeProgress(halves[1]),
    }
    day = date(2024, 3, 1)
    # Both lie in the days of the open half; which of them it holds is for the walk to tell.
    assert set(found.listed) == {Listed(1, day, 6, (18,)), Listed(2, day, 5, (18,))}
    db.finish_sweep(sweep.sweep_id, NOW + DAY)
    finished = db.latest_sweep(plan)
    assert finished is not None
    assert finished.finished_at == NOW + DAY


def test_a_finished_sweep_forgets_what_earlier_ones_listed(db: DuckDBClient) -> None:
    plan = SweepPlan(2024, 2024)
    for _ in range(2):
        sweep = db.begin_sweep(plan, NOW)
        db.commit(Commit(sweep.sweep_id, [page(summary(1))]))
        db.finish_sweep(sweep.sweep_id, NOW)
    assert db.query("SELECT DISTINCT sweep_id FROM listed").rows == [(sweep.sweep_id,)]


def test_a_film_that_left_the_list_before_its_details_came_is_still_asked_for(db: DuckDBClient) -> None:
    plan = SweepPlan(2024, 2024)
    for listed in ([1, 2], [1]):
        sweep = db.begin_sweep(plan, NOW)
        db.commit(Commit(sweep.sweep_id, [page(*map(summary, listed))]))
        db.finish_sweep(sweep.sweep_id, NOW)
    assert sorted(db.ids_without_details(sweep.sweep_id, NOW, 9)) == [1, 2]


def test_coverage_adds_up_what_is_not_split(db: DuckDBClient) -> None:
    sweep = db.begin_sweep(SweepPlan(2023, 2024), NOW)
    ledger = [
        RangeProgress(Range(date(2023, 1, 1), YEAR.end), "split", 1, frozenset({1}), 0, 20, 20, 50, 50),
        RangeProgress(YEAR, "proven", 2, frozenset({1, 2}), 0, 31, 30, 29, 30),
        RangeProgress(Range(date(2023, 1, 1), date(2023, 12, 31)), "best effort", 1, frozenset({1}), 1, 38, 19, 19, 20),
    ]
    db.commit(Commit(sweep.sweep_id, [page(summary(1), ledger=ledger)]))
    assert db.coverage(sweep.sweep_id) == {
        "films": 49,
        "reported": 50,
        "proven": 1,
        "best_effort": 1,
        "capped": 0,
        "overfull": 0,
        "open": 0,
    }


def test_status_says_of_each_year_how_well_it_is_covered(db: DuckDBClient) -> None:
    sweep = db.begin_sweep(SweepPlan(2022, 2024), NOW)
    ledger = [
        RangeProgress(YEAR, "proven", 2, frozenset({1, 2}), 0, 31, 30, 29, 30),
        RangeProgress(Range(date(2022, 1, 1), date(2022, 12, 31)), "proven", 1, frozenset({1}), 0, 2, 2, 2, 2),
        RangeProgress(Range(date(2023, 1, 1), date(2023, 5, 1)), "overfull", 500, frozenset({1}), 0, 9, 9, 9, 99),
        RangeProgress(Range(date(2023, 5, 2), date(2023, 12, 31)), "proven", 1, frozenset({1}), 0, 1, 1, 1, 1),
    ]
    films = [summary(n, release_date=f"{2020 + n}-03-01") for n in range(1, 5)]
    db.commit(Commit(sweep.sweep_id, [page(*films, ledger=ledger)]))
    by_year = {row["year"]: row for row in db.named("films_by_year").as_dicts()}
    assert [by_year[year]["coverage"] for year in (2021, 2022, 2023, 2024)] == [None, "proven", "overfull", "proven"]
    assert (by_year[2023]["listed"], by_year[2023]["reported"]) == (10, 100)


def test_films_by_day_are_those_the_plan_would_list(db: DuckDBClient) -> None:
    leap_day, earlier = "2024-02-29", "2023-02-28"
    films = [
        summary(1, vote_count=200, release_date=leap_day),
        summary(2, vote_count=199, release_date=leap_day),
        summary(3, vote_count=200, release_date=leap_day, adult=True),
        summary(4, vote_count=200, release_date=earlier),
        summary(5, vote_count=200, release_date=leap_day),
    ]
    db.commit(Commit(1, [page(*films)]))
    assert db.films_of_day(SweepPlan(2024, 2024)) == {date(2024, 2, 29): 2}


def test_every_table_and_column_has_a_comment(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    bare = db.query(
        "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL "
        "UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
    )
    assert bare.rows == []


def test_a_query_cannot_change_the_file(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    with pytest.raises(duckdb.Error):
        db.query("DELETE FROM movies")
    assert stored(db, 1)


def test_a_query_cannot_write_anywhere_not_even_over_the_file(db: DuckDBClient, tmp_path: Path) -> None:
    db.commit(Commit(details=[details(1)]))
    for target in (db.path, tmp_path / "other.csv"):
        with pytest.raises(duckdb.Error):
            db.query(f"COPY (SELECT 1) TO '{target}' (FORMAT csv)")
    assert stored(db, 1)
    assert not (tmp_path / "other.csv").exists()


def test_an_empty_database_is_said(tmp_path: Path) -> None:
    db = DuckDBClient(tmp_path / "empty.duckdb")
    duckdb.connect(db.path).close()
    with pytest.raises(StoreError, match="is empty"):
        db.query("SELECT 1")


def test_a_missing_file_is_said_and_not_made(tmp_path: Path) -> None:
    db = DuckDBClient(tmp_path / "none.duckdb")
    with pytest.raises(StoreError, match="ayne collect"):
        db.query("SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "films.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnreadable, match="not a DuckDB database"):
        DuckDBClient(path).commit(Commit(details=[details(1)]))
    assert path.read_bytes() == b"not a database" * 1000


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE accounts (n INTEGER)")
    with pytest.raises(StoreUnreadable, match="not made by ayne"):
        DuckDBClient(path).commit(Commit(details=[details(1)]))


def test_rot_is_said_when_a_query_comes_to_it(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(number, overview=f"Film {number}. " * 50) for number in range(500)]))
    path = Path(db.path)
    rotten = bytearray(path.read_bytes())
    for place in (found.start() for found in re.finditer(rb"Film 7[0-9]\. Film", rotten)):
        rotten[place] ^= 1
    path.write_bytes(rotten)
    with pytest.raises(StoreUnreadable, match=r"cannot be read: .*checksum.*restore a copy"):
        db.query("SELECT overview FROM movies")
    assert path.read_bytes() == rotten


def test_no_other_file_is_made_in_place_of_one_that_vanished(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    path = Path(db.path)
    elsewhere = path.rename(path.with_name("elsewhere.duckdb"))
    with pytest.raises(StoreError, match="is no longer there"):
        db.commit(Commit(details=[details(2)]))
    assert not path.exists()
    elsewhere.rename(path)
    db.commit(Commit(details=[details(2)]))
    assert len(db.query("FROM movies").rows) == 2


def test_a_file_of_a_newer_ayne_is_refused(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    with duckdb.connect(db.path) as con:
        con.execute("INSERT INTO schema_steps VALUES (9999, now()::TIMESTAMP)")
    with pytest.raises(StoreUnreadable, match="newer ayne"):
        DuckDBClient(db.path).query("SELECT 1")


def test_migrating_twice_does_nothing_the_second_time() -> None:
    with duckdb.connect(":memory:") as con:
        assert migrations.migrate(con)
        assert not migrations.migrate(con)


HOLD = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_a_file_held_by_another_process_is_waited_for_and_then_said(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, db.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match=str(holder.pid)):
            DuckDBClient(db.path, patience=0).query("SELECT 1")
        holder.stdin.close()
    assert DuckDBClient(db.path, patience=0).query("SELECT count(*) FROM movies").rows == [(1,)]


def test_between_commits_another_process_can_read(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    look = "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).sql('FROM movies').shape[0])"
    told = subprocess.run([sys.executable, "-c", look, db.path], capture_output=True, text=True, check=True)
    assert told.stdout == "1\n"


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_an_export_holds_every_film(db: DuckDBClient, tmp_path: Path, form: str) -> None:
    titles = {number: f'"Film", {number}\nagain' for number in range(1, 30)}
    db.commit(Commit(details=[details(number, title=title) for number, title in titles.items()]))
    (name, rows, path), (history, observations, beside) = db.export(tmp_path / "out", form)
    assert (name, rows) == ("movies", 29)
    assert (history, observations) == ("movie_history", 29)
    reader = {"parquet": "read_parquet", "csv": "read_csv", "jsonl": "read_json"}[form]
    with duckdb.connect(":memory:") as con:
        back = con.execute(f"SELECT tmdb_id, title FROM {reader}(?) ORDER BY 1", [str(path)]).fetchall()
    assert back == db.query("SELECT tmdb_id, title FROM movies ORDER BY 1").rows
    assert {file.name for file in (tmp_path / "out").iterdir()} == {path.name, beside.name, "schema.json"}


def test_no_bar_of_progress_is_drawn_among_the_data(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    assert db.query("SELECT current_setting('enable_progress_bar')").rows == [(False,)]


def test_a_file_is_asked_which_kinds_it_has(empty_file: Path) -> None:
    assert DuckDBClient(empty_file).kinds == (MOVIE,)
    DuckDBClient(empty_file).of(SERIES).commit(Commit())
    assert DuckDBClient(empty_file).kinds == (MOVIE, SERIES)


def test_a_column_that_an_older_file_lacks_gets_its_own_values(empty_file: Path) -> None:
    with duckdb.connect(str(empty_file)) as con:
        # As a file has it from before the column was declared, in the middle of others.
        con.execute("ALTER TABLE keywords DROP COLUMN keyword_id")
        con.execute("DROP VIEW films")
        con.execute("ALTER TABLE movies DROP COLUMN original_language")
        con.execute("DELETE FROM schema_declared")
    db = DuckDBClient(empty_file)
    parts = {"keywords": {"keywords": [{"id": 825, "name": "support group"}]}}
    db.commit(Commit(details=[details(1, parts=parts, original_language="en", status="Released")]))
    assert db.query("SELECT tmdb_id, keyword_id, keyword FROM keywords").rows == [(1, 825, "support group")]
    assert db.query("SELECT original_language, status FROM films").rows == [("en", "Released")]
