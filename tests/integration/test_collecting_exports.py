"""Collections whose ids come from the daily id exports, alone or beside discovery."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import Progress, RunReport
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError, NotFound
from ayne.sandbox.catalogue import Catalogue
from tests.in_process import make_app, make_client
from tests.unit.test_exports import NAME, TODAY, FileHost
from tests.virtual_time import Inline, VirtualClock, run

GONE = 2_000_000


@cache
def catalogue() -> Catalogue:
    return Catalogue.generated(600, seed=3, undated=0.1)


@cache
def ids(flags: int = 0) -> frozenset[int]:
    """The ids of all films that have these flags at most."""
    films = [catalogue().summary(position) for position in range(len(catalogue()))]
    return frozenset(
        film["id"] for film in films if film["adult"] <= bool(flags & 1) and film["video"] <= bool(flags & 2)
    )


def export_of(films: Catalogue, *, adult: bool = False) -> bytes:
    keys = ("adult", "id", "original_title", "popularity", "video")
    rows = (films.summary(position) for position in range(len(films)))
    lines = [msgspec.json.encode({key: row[key] for key in keys}) for row in rows if row["adult"] is adult]
    return gzip.compress(b"\n".join(lines))


def collect(store: DuckDBClient, folder: Path, host: FileHost | None = None, **arguments: Any) -> RunReport:
    files = host or FileHost({NAME: export_of(catalogue())})
    on_progress = arguments.pop("on_progress", None)
    span = {"discover_start_year": 1870, "discover_end_year": 2030, "min_vote_count": 0}
    if arguments.get("ids_from") == "export":
        span = {}

    async def main() -> RunReport:
        async with (
            make_client(make_app(catalogue()), requests_per_second=1e6) as client,
            ExportClient(folder, transport=files, clock=VirtualClock()) as exports,
        ):
            collection = DataCollectionOrchestrator(
                store, client, exports=exports, store_executor=Inline(), on_progress=on_progress
            )
            return await collection.run_full_collection(**{**span, **arguments})

    return run(main())


@pytest.fixture
def db() -> DuckDBClient:
    return DuckDBClient(":memory:")


def with_details(db: DuckDBClient) -> set[int]:
    return {tmdb_id for (tmdb_id,) in db.query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL").rows}


def test_every_film_of_the_export_is_stored_whatever_its_date(db: DuckDBClient, tmp_path: Path) -> None:
    report = collect(db, tmp_path, ids_from="export")
    assert with_details(db) == ids(2)
    assert db.query("SELECT count(*) > 20 FROM movies WHERE release_date IS NULL").rows == [(True,)]
    assert report.complete
    assert (report.pages, report.details) == (0, len(ids(2)))
    assert report.exports == [f"movie_ids of {TODAY}: {len(ids(2)):,} films"]
    assert report.requests == len(ids(2)) + 1


def test_running_again_asks_for_nothing(db: DuckDBClient, tmp_path: Path) -> None:
    collect(db, tmp_path, ids_from="export")
    report = collect(db, tmp_path, ids_from="export")
    assert (report.requests, report.details, report.complete) == (0, 0, True)


def test_the_most_popular_come_first_down_to_a_popularity(db: DuckDBClient, tmp_path: Path) -> None:
    collect(db, tmp_path, ids_from="export", details_limit=20)
    least = "SELECT min(popularity) FROM census WHERE tmdb_id IN (SELECT tmdb_id FROM movies)"
    most = "SELECT max(popularity) FROM census WHERE tmdb_id NOT IN (SELECT tmdb_id FROM movies)"
    assert len(with_details(db)) == 20
    assert db.query(f"SELECT ({least}) >= ({most})").rows == [(True,)]
    ((middle,),) = db.query("SELECT median(popularity) FROM census").rows
    collect(db, tmp_path, ids_from="export", min_popularity=middle)
    assert db.query(f"SELECT ({least}) >= {middle}, ({most}) < {middle}").rows == [(True, True)]


def test_both_find_all_and_say_what_only_one_knows(db: DuckDBClient, tmp_path: Path) -> None:
    report = collect(db, tmp_path, ids_from="both")
    assert with_details(db) == ids(2)
    dated = db.query("SELECT count(*) FROM movies WHERE release_date IS NOT NULL AND NOT video").rows[0][0]
    known = report.reconciliation
    assert (known["exported"], known["union"], known["only_listed"]) == (len(ids(2)), len(ids(2)), 0)
    assert known["both"] == known["listed"] == dated
    assert known["only_in_export_video"] + known["only_in_export_undated"] == known["only_in_export"] > 20
    assert report.complete


def test_a_limit_is_one_for_both(db: DuckDBClient, tmp_path: Path) -> None:
    assert collect(db, tmp_path, ids_from="both", details_limit=7).details == 7
    listed = db.query("SELECT count(DISTINCT tmdb_id) FROM listed").rows[0][0]
    assert collect(db, tmp_path, ids_from="both", details_limit=listed).details == listed
    assert with_details(db) < ids(2)


def test_adult_films_come_from_their_own_export(db: DuckDBClient, tmp_path: Path) -> None:
    adult_name = NAME.replace("movie", "adult_movie")
    host = FileHost({NAME: export_of(catalogue()), adult_name: export_of(catalogue(), adult=True)})
    report = collect(db, tmp_path, host, ids_from="export", include_adult=True)
    assert with_details(db) == ids(3) > ids(2)
    assert len(report.exports) == 2


def test_an_id_that_is_gone_is_asked_for_once(db: DuckDBClient, tmp_path: Path) -> None:
    content = gzip.decompress(export_of(catalogue())) + b'\n{"id":%d,"popularity":1}' % GONE
    host = FileHost({NAME: gzip.compress(content)})
    report = collect(db, tmp_path, host, ids_from="export")
    assert (report.gone, report.complete) == (1, True)
    assert report.reconciliation["only_in_export_gone"] == 1
    assert collect(db, tmp_path, host, ids_from="export").requests == 0


def test_without_an_export_nothing_is_pretended(db: DuckDBClient, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no movie_ids export"):
        collect(db, tmp_path, FileHost({}), ids_from="export")
    assert db.query("SELECT outcome FROM runs").rows == [("stopped",)]
    with pytest.raises(ConfigurationError, match="ExportClient"):
        run(DataCollectionOrchestrator(db).run_full_collection(ids_from="both"))
    with pytest.raises(ValueError, match="ids_from must be one of discover, export, both"):
        collect(db, tmp_path, ids_from="exports")


def test_dates_are_enough_when_there_is_no_export_and_that_is_said(db: DuckDBClient, tmp_path: Path) -> None:
    report = collect(db, tmp_path, FileHost({}), ids_from="both")
    assert report.coverage["films"] == len(with_details(db)) > 0
    (said,) = report.missing_exports
    assert "no movie_ids export" in said
    assert not report.complete


def test_a_part_asked_for_later_is_fetched_for_the_films_that_lack_it(db: DuckDBClient, tmp_path: Path) -> None:
    collect(db, tmp_path, ids_from="export", details_limit=30, append=["keywords"])
    report = collect(db, tmp_path, ids_from="export", append=["keywords"])
    assert report.details == len(ids(2)) - 30
    again = collect(db, tmp_path, ids_from="export", append=["keywords", "credits"])
    assert again.details == len(ids(2))
    assert collect(db, tmp_path, ids_from="export", append=["credits"]).requests == 0


def test_progress_of_a_download_is_in_bytes(db: DuckDBClient, tmp_path: Path) -> None:
    told: list[Progress] = []
    content = export_of(catalogue())
    collect(db, tmp_path, ids_from="export", details_limit=1, on_progress=told.append)
    assert [(step.phase, step.done, step.total) for step in told if step.phase == "export"][-1] == (
        "export",
        len(content),
        len(content),
    )
