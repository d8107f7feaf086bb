"""All series of a sandbox, odd ones among them, with their seasons and episodes: nothing lacks and nothing is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import SERIES
from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.television import Television
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from tests.in_process import KEY
from tests.made_once import in_memory
from tests.virtual_time import Inline, VirtualClock, run

Body = dict[str, Any]

# The sandbox's exports are of the day that it is.
TODAY = datetime.now(UTC)

# With all of these there is room for five seasons.
PARTS = SERIES.usual_parts
COLUMNS = ("series_id", "season_number", "episode_number", "name", "overview", "runtime", "still_path", "episode_type")


class Truth:
    """What the sandbox says of its series, and by what it was asked."""

    def __init__(self, app: SandboxApp) -> None:
        self.series: dict[int, Body] = {}
        self.episodes: dict[int, Body] = {}
        self.requests = 0
        told = json.loads(app.answer(Request("GET", "/sandbox/truth/tv", "ids=1&include_adult=true")).body)
        for number in told["ids"]:
            body = self._told(app, number)
            self.series[number] = body
            numbers = sorted({each["season_number"] for each in body["seasons"]})
            self.requests += 1 + ceil(len([n for n in numbers if n > 4]) / 20)
            for begin in range(0, len(numbers), 20):
                names = [f"season/{n}" for n in numbers[begin : begin + 20]]
                found = self._told(app, number, f"append_to_response={','.join(names)}")
                for episode in (each for name in names for each in found[name]["episodes"]):
                    if episode.get("id"):
                        self.episodes[episode["id"]] = episode | {"series_id": number}

    @staticmethod
    def _told(app: SandboxApp, number: int, query: str = "") -> Body:
        found: Body = json.loads(app.answer(Request("GET", f"/sandbox/truth/tv/{number}", query)).body)["body"]
        return found


def sandbox() -> SandboxApp:
    world = World(Catalogue.generated(1), series=lambda as_of: Television.generated(60, 5, odd=0.2, as_of=as_of))
    return SandboxApp(world)


class Unreliable(httpx.AsyncBaseTransport):
    """The sandbox, as long as no request is for seasons alone."""

    def __init__(self, app: SandboxApp) -> None:
        self._inner = SandboxTransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.params.get("append_to_response", "").startswith("season/"):
            return httpx.Response(500, stream=httpx.ByteStream(b"{}"))
        return await self._inner.handle_async_request(request)


def collect(
    db: DuckDBClient,
    app: SandboxApp,
    folder: Path,
    *parts: str,
    transport: httpx.AsyncBaseTransport | None = None,
    now: datetime = TODAY,
) -> RunReport:
    async def to_the_end() -> RunReport:
        asked, clock = transport or SandboxTransport(app), VirtualClock(now)
        async with (
            TMDBClient(KEY, transport=asked, requests_per_second=1e6, clock=clock) as client,
            ExportClient(folder, transport=asked, clock=clock) as exports,
        ):
            collection = DataCollectionOrchestrator(db, client, exports=exports, clock=clock, store_executor=Inline())
            return await collection.run_full_collection(
                1936, 2035, min_vote_count=0, append=parts, ids_from="both", include_adult=True
            )

    return run(to_the_end())


@pytest.fixture
def db() -> Iterator[DuckDBClient]:
    with closing(in_memory(SERIES)) as store:
        yield store


def test_every_episode_is_there_as_it_is_and_no_request_is_sent_for_nothing(db: DuckDBClient, tmp_path: Path) -> None:
    app = sandbox()
    truth = Truth(app)
    report = collect(db, app, tmp_path, *PARTS)
    assert (report.failed, report.missing_exports) == ([], [])
    assert (report.complete, report.details) == (True, len(truth.series))
    held = {row["tmdb_id"]: row for row in db.query("FROM live_episodes").as_dicts()}
    assert held.keys() == truth.episodes.keys()
    wrong: Counter[str] = Counter()
    for number, said in truth.episodes.items():
        row = held[number]
        for name in COLUMNS:
            told = int(said[name]) if name.endswith(("_number", "runtime")) and said[name] else said[name]
            wrong[name] += (row[name] or None) != (told or None)
        wrong["air_date"] += (str(row["air_date"]) if row["air_date"] else None) != (said["air_date"] or None)
        wrong["votes"] += row["vote_count"] != int(said["vote_count"])
    assert wrong.total() == 0, wrong
    seasons = {each["id"] for body in truth.series.values() for each in body["seasons"]}
    assert {number for (number,) in db.query("SELECT tmdb_id FROM live_seasons").rows} == seasons
    assert app.log.report()["by_kind"]["series"] == truth.requests

    again = collect(db, app, tmp_path, *PARTS)
    assert (again.details, app.log.report()["by_kind"]["series"]) == (0, truth.requests)


def test_a_series_whose_further_request_fails_is_not_stored_and_had_by_the_next_run(
    db: DuckDBClient, tmp_path: Path
) -> None:
    app = sandbox()
    truth = Truth(app)
    long = {
        number for number, body in truth.series.items() if any(each["season_number"] > 4 for each in body["seasons"])
    }
    assert long
    broken = collect(db, app, tmp_path, *PARTS, transport=Unreliable(app))
    assert {failure.tmdb_id for failure in broken.failed} == long
    parents = {number for (number,) in db.query("SELECT DISTINCT series_id FROM episodes").rows}
    assert not parents & long
    mended = collect(db, app, tmp_path, *PARTS, now=TODAY + timedelta(minutes=9))
    assert (mended.complete, mended.details) == (True, len(long))
    assert {number for (number,) in db.query("SELECT tmdb_id FROM live_episodes").rows} == truth.episodes.keys()
