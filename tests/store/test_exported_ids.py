"""Exported ids: which films the exports name, whole days only, and what of them is still to be fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.commit import Commit
from ayne.data_collection.exported_ids import take_exported_ids
from ayne.data_collection.run_report import Reconciliation
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.data_collection.tmdb.models import Export, ExportedMovie, FetchFailure, StoredExport
from ayne.data_collection.writer import Writer
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import BadPayload
from tests.made_once import in_memory
from tests.store.test_store import details, page, summary
from tests.unit.test_exports import NAME, OTHER, TODAY, WHOLE, YESTERDAY, FileHost, left_in
from tests.virtual_time import Inline, VirtualClock, run

DAY = timedelta(days=1)
MONDAY = date(2026, 5, 4)


class SetClock(VirtualClock):
    """Shows the time it is set to."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def db(clock: SetClock) -> Iterator[DuckDBClient]:
    with closing(in_memory(clock=clock)) as store:
        yield store


def store(
    db: DuckDBClient, lines: Iterable[ExportedMovie | UnreadableLine], day: date = MONDAY, name: str = "movie_ids"
) -> StoredExport:
    return db.store_export(Export(name, day, Path(f"{name}.json.gz"), 1234), lines)


def film(tmdb_id: int, popularity: float | None = 1.0, **values: Any) -> ExportedMovie:
    return ExportedMovie(tmdb_id, f"Film {tmdb_id}", popularity, **{"adult": False, "video": False, **values})


def exported(db: DuckDBClient, columns: str = "tmdb_id, popularity, exported_on, first_exported_on") -> list[Any]:
    return db.query(f"SELECT {columns} FROM census ORDER BY tmdb_id").rows


def gone(tmdb_id: int) -> Commit:
    return Commit(failures=[(FetchFailure(tmdb_id, "not_found", "404", gone=True, status=404), NOW)])


def sweep_over(db: DuckDBClient, *ids: int, finished: bool = True) -> None:
    sweep = db.begin_sweep(SweepPlan(2024, 2024), NOW)
    db.commit(Commit(sweep.sweep_id, [page(*(summary(number) for number in ids))]))
    if finished:
        db.finish_sweep(sweep.sweep_id, NOW)


# --- storing ------------------------------------------------------------------------------------------------------


def test_the_ids_of_an_export_are_stored(db: DuckDBClient) -> None:
    stored = store(db, [film(3924, 1.5), UnreadableLine(2, "there is no id: {}"), film(2, 9.25, video=True)])
    assert stored == StoredExport("movie_ids", MONDAY, 2, 1, ["line 2: there is no id: {}"])
    assert exported(db, "* EXCLUDE (gone_at, merged_into, kind)") == [
        (2, "Film 2", 9.25, False, True, "movie_ids", MONDAY, MONDAY),
        (3924, "Film 3924", 1.5, False, False, "movie_ids", MONDAY, MONDAY),
    ]
    assert db.newest_export("movie_ids") == StoredExport("movie_ids", MONDAY, 2, 1)
    assert db.query("SELECT bytes, finished_at FROM exports").rows == [(1234, NOW.replace(tzinfo=None))]
    assert db.newest_export("adult_movie_ids") is None


def test_a_newer_export_moves_popularity_and_remembers_the_first_day(db: DuckDBClient) -> None:
    store(db, [film(1), film(2)])
    store(db, [film(2, 7.0), film(3)], MONDAY + DAY)
    assert exported(db) == [
        (1, 1.0, MONDAY, MONDAY),
        (2, 7.0, MONDAY + DAY, MONDAY),
        (3, 1.0, MONDAY + DAY, MONDAY + DAY),
    ]
    # What the newest does not name is known, but asked for no more.
    assert db.ids_from_exports(NOW) == [2, 3]


def midnight_of(day: date) -> datetime:
    return datetime.combine(day, time())


def popularity(db: DuckDBClient) -> list[Any]:
    return db.query("SELECT tmdb_id, popularity, popularity_at FROM movies ORDER BY tmdb_id").rows


def test_stored_films_get_the_popularity_of_the_export_unless_theirs_is_newer(db: DuckDBClient) -> None:
    sunday, tuesday = NOW - DAY, NOW + DAY
    old, new = details(1, sunday, popularity=2.0), details(2, NOW, popularity=3.0)
    db.commit(Commit(details=[old, new, details(3, sunday, popularity=4.0)]))
    store(db, [film(1, 2.5), film(2, 3.5), film(3, None)])
    midnight = midnight_of(MONDAY)
    kept = [(2, 3.0, NOW.replace(tzinfo=None)), (3, 4.0, sunday.replace(tzinfo=None))]
    assert popularity(db) == [(1, 2.5, midnight), *kept]
    # Neither an answer out of a cache nor tables made anew undo it; a later answer does.
    db.commit(Commit(details=[details(1, sunday + DAY / 3, popularity=2.2)]))
    db.commit_rebuilt([details(1, sunday + DAY / 3, popularity=2.2)])
    assert popularity(db) == [(1, 2.5, midnight), *kept]
    db.commit(Commit(details=[details(1, tuesday, popularity=2.6)]))
    assert popularity(db) == [(1, 2.6, tuesday.replace(tzinfo=None)), *kept]


def test_a_list_of_an_earlier_day_does_not_undo_the_popularity_of_an_export(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, NOW - 5 * DAY, popularity=2.0)]))
    store(db, [film(1, 2.5)])
    db.commit(Commit(1, [page(summary(1, NOW - DAY, popularity=2.2, vote_count=8))]))
    assert popularity(db) == [(1, 2.5, midnight_of(MONDAY))]
    assert db.query("SELECT vote_count FROM movies").rows == [(8,)]
    db.commit(Commit(1, [page(summary(1, NOW + DAY, popularity=2.7))]))
    assert popularity(db) == [(1, 2.7, midnight_of(MONDAY + DAY))]


@pytest.mark.parametrize(("change", "noted"), [(None, []), (0.0, [2.1, 2.1 * 1.3]), (0.2, [2.1 * 1.3])])
def test_the_popularity_of_exports_is_noted_as_far_as_one_wants(
    db: DuckDBClient, change: float | None, noted: list[float]
) -> None:
    db.commit(Commit(details=[details(1, NOW - DAY, popularity=2.0, vote_count=7)]))
    for days, value in enumerate([2.1, 2.1, 2.1 * 1.3]):
        day = MONDAY + days * DAY
        db.store_export(Export("movie_ids", day, Path("x"), 1), [film(1, value), film(2)], change)
    found = db.query("SELECT popularity, vote_count FROM movie_history WHERE source = 'export' ORDER BY observed_at")
    assert found.rows == [(value, 7) for value in noted]


def test_storing_an_export_twice_changes_nothing(db: DuckDBClient) -> None:
    for _ in range(2):
        store(db, [film(1), film(2)])
    assert [row[0] for row in exported(db)] == [1, 2]
    assert db.query("SELECT count(*) FROM exports").rows == [(1,)]


def test_an_older_export_is_refused(db: DuckDBClient) -> None:
    store(db, [film(1)])
    with pytest.raises(ValueError, match="2026-05-04 is stored"):
        store(db, [film(2)], MONDAY - DAY)
    assert [row[0] for row in exported(db)] == [1]


def test_of_two_lines_with_one_id_the_last_counts(db: DuckDBClient) -> None:
    assert store(db, [film(1, 1.0), film(2), film(1, 5.0)]).films == 2
    assert [row[:2] for row in exported(db)] == [(1, 5.0), (2, 1.0)]


def test_an_export_longer_than_a_piece_is_stored_whole(db: DuckDBClient) -> None:
    assert store(db, (film(number) for number in range(1, 45_001))).films == 45_000
    assert db.ids_from_exports(NOW, 3) == [1, 2, 3]


def test_an_export_that_breaks_off_in_reading_is_not_stored_at_all(empty_file: Path) -> None:
    db = DuckDBClient(empty_file)

    def breaking_off() -> Iterator[ExportedMovie]:
        yield from (film(number, 9.0) for number in range(1, 30_001))
        raise BadPayload("the file is damaged")

    store(db, [film(1), film(2)])
    before = exported(db)
    with pytest.raises(BadPayload):
        store(db, breaking_off(), MONDAY + DAY)
    assert exported(db) == before
    found = db.newest_export("movie_ids")
    assert found is not None
    assert found.day == MONDAY


def test_a_film_that_moves_to_the_adult_export_is_known_once(db: DuckDBClient) -> None:
    store(db, [film(1), film(2)])
    adult = ExportedMovie(2, "Film 2", 3.0)
    store(db, [adult], MONDAY + DAY, "adult_movie_ids")
    assert exported(db, "tmdb_id, adult, export") == [(1, False, "movie_ids"), (2, True, "adult_movie_ids")]
    # Its older file may come later; it does not undo what the newer one said.
    store(db, [film(1), film(2)])
    assert exported(db, "tmdb_id, adult, export") == [(1, False, "movie_ids"), (2, True, "adult_movie_ids")]


# --- what is to be fetched ----------------------------------------------------------------------------------------


def test_missing_details_come_most_popular_first(db: DuckDBClient) -> None:
    store(db, [film(1, 0.5), film(2, 9.0), film(3, None), film(4, 2.0), film(5, 2.0)])
    assert db.ids_from_exports(NOW) == [2, 4, 5, 1, 3]
    assert db.ids_from_exports(NOW, 2) == [2, 4]
    assert db.ids_from_exports(NOW, 0) == []
    assert db.ids_from_exports(NOW, min_popularity=2.0) == [2, 4, 5]
    assert db.ids_from_exports(NOW, min_popularity=0.0) == [2, 4, 5, 1]


def test_adult_films_come_when_asked_and_video_unless_not(db: DuckDBClient) -> None:
    store(db, [film(1, 4), film(2, 3, adult=True), film(3, 2, video=True), film(4, 1, adult=None, video=None)])
    assert db.ids_from_exports(NOW) == [1, 3, 4]
    assert db.ids_from_exports(NOW, include_adult=True) == [1, 2, 3, 4]
    assert db.ids_from_exports(NOW, include_video=False) == [1, 4]


def test_details_of_a_film_only_the_export_names_are_stored(db: DuckDBClient) -> None:
    store(db, [film(1), film(2)])
    db.commit(Commit(details=[details(1)]))
    assert db.ids_from_exports(NOW) == [2]
    assert db.movie(1) is not None


def test_a_listed_film_without_details_comes_too(db: DuckDBClient) -> None:
    store(db, [film(1), film(2)])
    sweep_over(db, 1)
    assert db.ids_from_exports(NOW) == [1, 2]


def test_a_failure_is_left_alone_until_its_time_and_then_comes_last(db: DuckDBClient) -> None:
    store(db, [film(1, 9.0), film(2, 1.0)])
    db.commit(Commit(failures=[(FetchFailure(1, "timed_out", "slow", attempts=4), NOW + DAY)]))
    assert (db.ids_from_exports(NOW), db.count_waiting_in_exports(NOW)) == ([2], 1)
    assert (db.ids_from_exports(NOW + DAY), db.count_waiting_in_exports(NOW + DAY)) == ([2, 1], 0)


@pytest.mark.parametrize("known", ["only to the export", "as a summary", "with details"])
def test_a_film_that_is_gone_is_not_asked_for_at_each_run(db: DuckDBClient, clock: SetClock, known: str) -> None:
    store(db, [film(1), film(2)])
    if known == "as a summary":
        sweep_over(db, 1)
    if known == "with details":
        db.commit(Commit(details=[details(1)]))
    db.commit(gone(1))
    assert db.ids_from_exports(NOW) == [2]
    # The export is a day old, and so may the next one be wrong; a week later it is worth a request.
    for days in (1, 7):
        store(db, [film(1), film(2)], MONDAY + days * DAY)
        assert db.ids_from_exports(NOW + days * DAY) == [2]
    store(db, [film(1), film(2)], MONDAY + 8 * DAY)
    assert db.ids_from_exports(NOW + 8 * DAY) == [1, 2]
    clock.moment = NOW + 8 * DAY
    db.commit(gone(1))
    assert db.ids_from_exports(NOW + 8 * DAY) == [2]


def test_a_film_that_comes_back_is_welcomed(db: DuckDBClient) -> None:
    store(db, [film(1)])
    db.commit(gone(1))
    assert exported(db, "gone_at IS NOT NULL") == [(True,)]
    sweep_over(db, 1)
    assert db.ids_from_exports(NOW) == [1]
    db.commit(Commit(details=[details(1)]))
    assert db.ids_from_exports(NOW) == []


def test_a_merged_film_is_asked_for_again_when_an_export_of_a_week_later_names_it(
    db: DuckDBClient, clock: SetClock
) -> None:
    merged = FetchFailure(1, "merged", "7 instead", merged_into=7, status=200)
    store(db, [film(1), film(2)])
    db.commit(Commit(failures=[(merged, NOW)]))
    assert exported(db, "tmdb_id, merged_into") == [(1, 7), (2, None)]
    store(db, [film(1), film(2)], MONDAY + 7 * DAY)
    assert db.ids_from_exports(NOW + 7 * DAY) == [2]
    store(db, [film(1), film(2)], MONDAY + 8 * DAY)
    clock.moment = NOW + 8 * DAY
    assert db.ids_from_exports(clock.moment) == [1, 2]
    db.commit(Commit(failures=[(merged, clock.moment)]))
    assert db.ids_from_exports(clock.moment) == [2]


def test_a_film_with_a_row_of_its_own_is_marked_there(db: DuckDBClient) -> None:
    store(db, [film(1)])
    db.commit(Commit(details=[details(1)]))
    db.commit(gone(1))
    assert exported(db, "gone_at") == [(None,)]


# --- reconciling --------------------------------------------------------------------------------------------------


def test_what_only_one_side_knows_is_told(db: DuckDBClient) -> None:
    store(db, [film(99)], MONDAY - DAY)
    store(
        db,
        [
            film(1),
            film(2, 8.0),
            film(3, 7.0, video=True),
            film(4, 6.0, adult=True),
            film(5, 5.0),
            film(6),
            film(7, 0.5),
        ],
    )
    sweep_over(db, 1, 10, 11)
    sweep = db.begin_sweep(SweepPlan(2025, 2025), NOW)
    db.commit(Commit(sweep.sweep_id, [page(summary(2), summary(12))]))
    undated, dated = details(5, release_date=None), details(6, release_date="2019-01-01")
    db.commit(Commit(details=[undated, dated]))
    db.commit(gone(7))
    assert db.reconcile() == Reconciliation(
        exported=7,
        listed=3,
        both=1,
        only_in_export=6,
        only_listed=2,
        only_in_export_video=1,
        only_in_export_adult=1,
        only_in_export_undated=1,
        only_in_export_gone=1,
        only_in_export_dated=1,
        only_in_export_unasked=1,
        union=9,
    )
    assert [row[0] for row in db.only_in_export().rows] == [2, 3, 4, 5, 6, 7]
    assert [row[0] for row in db.only_in_export(2).rows] == [2, 3]
    assert [row[0] for row in db.only_listed().rows] == [10, 11]
    assert db.only_listed(1).as_dicts()[0]["title"] == "Film 10"


def test_a_film_listed_twice_counts_once(db: DuckDBClient) -> None:
    store(db, [film(1)])
    sweep_over(db, 1, 1, 2)
    sweep_over(db, 1, 2)
    found = db.reconcile()
    assert (found.listed, found.both, found.only_listed, found.union) == (2, 1, 1, 2)


def test_without_an_export_or_a_sweep_one_side_is_empty(db: DuckDBClient) -> None:
    sweep_over(db, 1)
    assert (db.reconcile().exported, db.reconcile().only_listed) == (0, 1)
    assert db.ids_from_exports(NOW) == []


def test_exported_ids_are_commented(db: DuckDBClient) -> None:
    store(db, [film(1)])
    bare = db.query("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL")
    assert bare.rows == []


# --- taking the exported ids ------------------------------------------------------------------------------------------


def exports_read(
    db: DuckDBClient, host: FileHost, folder: Path, names: tuple[str, ...], on_progress: Any = None
) -> list[StoredExport]:
    async def main() -> list[StoredExport]:
        clock = VirtualClock()
        async with ExportClient(folder, transport=host, clock=clock) as source:
            return await take_exported_ids(source, db, Writer(db.commit, clock, Inline()), names, on_progress)

    return run(main())


def test_ids_are_read_from_the_exports_that_are_up(db: DuckDBClient, tmp_path: Path) -> None:
    host = FileHost({NAME: WHOLE, "adult_movie_ids_12_30_2025.json.gz": OTHER})
    told = []
    names = ("movie_ids", "adult_movie_ids")
    found = exports_read(db, host, tmp_path, names, lambda name, done, _total: told.append((name, done)))
    assert [(export.name, export.day, export.films) for export in found] == [
        ("movie_ids", TODAY, 3000),
        ("adult_movie_ids", date(2025, 12, 30), 2500),
    ]
    assert told[-1] == ("adult_movie_ids", len(OTHER))
    assert db.query("SELECT count(*) FROM census WHERE export = 'movie_ids'").rows == [(3000,)]
    # The films of both are of the newer day.


def test_ids_that_are_up_to_date_cost_no_request(db: DuckDBClient, tmp_path: Path) -> None:
    host = FileHost()
    first = exports_read(db, host, tmp_path, ("movie_ids",))
    (tmp_path / NAME).unlink()
    assert exports_read(db, host, tmp_path, ("movie_ids",)) == first
    assert len(host.requests) == 1


def test_when_nothing_newer_is_up_the_ids_stay(db: DuckDBClient, tmp_path: Path) -> None:
    store(db, [film(1)], date(2025, 12, 30))
    (found,) = exports_read(db, FileHost({}), tmp_path, ("movie_ids",))
    assert (found.day, found.films) == (date(2025, 12, 30), 1)


def test_files_of_earlier_days_go_when_a_newer_one_is_stored(db: DuckDBClient, tmp_path: Path) -> None:
    (tmp_path / YESTERDAY).write_bytes(OTHER)
    exports_read(db, FileHost(), tmp_path, ("movie_ids",))
    assert left_in(tmp_path) == {NAME}
