"""A store and a source on nights that a test sets: whatever the source says, and whatever the clocks show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from ayne.data_collection.commit import Commit
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from tests.in_process import KEY
from tests.store.test_store import details
from tests.virtual_time import Inline, Standing, run

START = datetime(2026, 6, 1, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOT_FOUND = b'{"success":false,"status_code":34,"status_message":"The resource you requested could not be found."}'

Said = tuple[int, bytes]


def film(number: int) -> Said:
    return 200, msgspec.json.encode({"id": number, "title": f"Film {number}", "release_date": "1999-05-01"})


@dataclass
class Source(httpx.AsyncBaseTransport):
    """Has every film it is asked for but those that ``says`` says otherwise of; its clock and ours can be set."""

    now: datetime = START
    says: Callable[[int], Said] = film
    clock_is_ahead: timedelta = timedelta(0)
    asked: list[int] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        status, body = 200, b'{"success":true,"results":[],"page":1,"total_pages":1,"total_results":0}'
        if path.startswith("/3/movie/") and path[9:].isdigit():
            self.asked.append(int(path[9:]))
            status, body = self.says(int(path[9:]))
        date = (self.now + self.clock_is_ahead).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return httpx.Response(status, headers={"Date": date}, stream=httpx.ByteStream(body))


@dataclass
class Nights:
    """A store of films of the last century, older than they may be, and runs at moments that a test sets."""

    films: int = 200
    source: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        self.db = DuckDBClient(":memory:", clock=Standing(START))
        old = START - 155 * DAY
        self.db.commit(Commit(details=[details(n, old, release_date="1999-05-01") for n in range(1, self.films + 1)]))

    def _run(self, do: Callable[[DataCollectionOrchestrator], Any], ours: datetime | None) -> RunReport:
        async def to_the_end() -> RunReport:
            clock = Standing(ours or self.source.now)
            async with TMDBClient(KEY, transport=self.source, clock=clock, requests_per_second=1e6) as client:
                collection = DataCollectionOrchestrator(self.db, client, clock=clock, store_executor=Inline())
                report: RunReport = await do(collection)
                return report

        return run(to_the_end())

    def refresh(self, limit: int | None = None, *, ours: datetime | None = None) -> RunReport:
        return self._run(lambda collection: collection.run_refresh(limit, changes=False), ours)

    def sync(self, *, ours: datetime | None = None) -> RunReport:
        return self._run(lambda collection: collection.run_sync(1999, 1999), ours)

    @property
    def seen(self) -> int:
        return self.count("films")

    @property
    def marked(self) -> int:
        return self.count("movies WHERE gone_at IS NOT NULL OR merged_into IS NOT NULL")

    def count(self, what: str) -> int:
        ((count,),) = self.db.query(f"SELECT count(*) FROM {what}").rows
        return int(count)


# How a source that is away, or mixed up, answers for each film.
OUTAGES: dict[str, Callable[[int], Said]] = {
    "404": lambda number: (404, NOT_FOUND),
    "code 34 in 200": lambda number: (200, NOT_FOUND),
    "410": lambda number: (410, NOT_FOUND),
    "one film for all": lambda number: film(7),
    "the next film": lambda number: film(number + 1),
}
