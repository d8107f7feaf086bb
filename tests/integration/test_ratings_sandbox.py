"""Rating the sandbox's films by the sandbox's OMDb, which counts by itself what it is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.ratings import RatingsCollection
from ayne.data_collection.ratings_report import RatingsReport
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.transport import SandboxTransport
from tests.fake_omdb import KEY
from tests.in_process import make_app, make_client
from tests.virtual_time import EPOCH, Inline, VirtualClock, run

SPAN: dict[str, Any] = {"discover_start_year": 2015, "discover_end_year": 2024, "min_vote_count": 0}
URL = "http://sandbox.example/omdb"


async def collect(app: SandboxApp, db: DuckDBClient) -> None:
    async with make_client(app, requests_per_second=1e6) as client:
        await DataCollectionOrchestrator(db, client, store_executor=Inline()).run_full_collection(**SPAN)


async def rate(app: SandboxApp, db: DuckDBClient, quota: int = 1000) -> RatingsReport:
    clock = VirtualClock()
    transport = SandboxTransport(app)
    async with OMDBClient(KEY, base_url=URL, transport=transport, clock=clock, requests_per_second=1e6) as client:
        return await RatingsCollection(db, client, quota=quota, clock=clock, store_executor=Inline()).run()


def test_every_film_of_the_sandbox_is_rated_or_known_to_be_unknown(films: Catalogue) -> None:
    db = DuckDBClient(":memory:")
    app = make_app(films)

    async def both() -> RatingsReport:
        await collect(app, db)
        return await rate(app, db)

    report = run(both())
    ((with_ids,),) = db.query("SELECT count(DISTINCT imdb_id) FROM movies WHERE imdb_id IS NOT NULL").rows
    assert (report.outcome, report.rated + report.none) == ("done", with_ids)
    assert report.rated > 100
    assert (report.failures_by_reason, report.unreadable, report.mismatched) == ({}, {}, 0)
    titles = (
        "SELECT count(*) FROM movies JOIN ratings USING (imdb_id) WHERE movies.title IS DISTINCT FROM ratings.title"
    )
    assert db.query(titles).rows == [(0,)]


async def requests_by_day(app: SandboxApp) -> dict[str, int]:
    """What the sandbox has counted."""
    async with httpx.AsyncClient(transport=SandboxTransport(app)) as http:
        report = (await http.get("http://sandbox.example/sandbox/requests")).json()
    return {row["day"]: row["requests"] for row in report["omdb_by_day"]}


async def until_tomorrow() -> None:
    await asyncio.sleep(86_400 - asyncio.get_running_loop().time() % 86_400)


async def five_days(app: SandboxApp, db: DuckDBClient, quota: int) -> tuple[list[RatingsReport], dict[str, int]]:
    await collect(app, db)
    reports = []
    for _ in range(5):
        await until_tomorrow()
        reports.append(await rate(app, db, quota))
    return reports, await requests_by_day(app)


def app_with_days(films: Catalogue, quota: int, faults: str = "") -> SandboxApp:
    """The sandbox on virtual days."""

    def seconds() -> float:
        return EPOCH.timestamp() + asyncio.get_running_loop().time()

    return make_app(films, faults=faults, omdb_quota=quota, wall_clock=seconds)


def test_the_sandbox_counts_the_quota_of_each_day_and_not_one_request_more(films: Catalogue) -> None:
    db = DuckDBClient(":memory:")
    reports, counted = run(five_days(app_with_days(films, 200), db, 200))
    assert list(counted.values()) == [report.requests for report in reports if report.requests]
    assert [report.requests for report in reports[:2]] == [200, 200]
    assert 0 < reports[2].requests < 200
    assert [report.due for report in reports[2:]] == [0, 0, 0]
    # None was refused, or the rest of that day would have been taken for spent.
    assert [report.left_today + report.requests for report in reports] == [200] * 5


def test_a_tenth_of_all_answers_may_fail_and_no_request_is_sent_over_the_quota(films: Catalogue) -> None:
    db = DuckDBClient(":memory:")
    # Among the faults is OMDb's word that the quota is spent, which ends the day whether it is true or not.
    reports, counted = run(five_days(app_with_days(films, 200, "seed=5,rate=0.1"), db, 200))
    assert all(0 < count <= 200 for count in counted.values())
    assert {report.outcome for report in reports} == {"quota"}
    rated = sum(report.rated for report in reports)
    assert db.query("SELECT count(*) FROM ratings WHERE imdb_rating IS NOT NULL OR outcome = 'rated'").rows == [
        (rated,)
    ]
    assert sum(sum(report.retries.values()) for report in reports) > 5
