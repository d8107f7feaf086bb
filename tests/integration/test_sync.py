"""Keeping a store fresh within a budget, over a sandbox in which films live."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreBusy
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.pace import Pace
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from tests.in_process import make_client
from tests.virtual_time import EPOCH, Inline, VirtualClock, run

DAY = 86_400.0


class Nightly:
    """A sandbox that lives, and a store that is synced from it at noon of each day."""

    def __init__(self, films: int = 300, latency: float = 0.0) -> None:
        self.world = World(
            Catalogue.generated(films, seed=5), seed=2, pace=Pace(added=0.01, edited=0.03), start=EPOCH.timestamp()
        )
        self.now = EPOCH.timestamp() + DAY / 2
        self.app = SandboxApp(self.world, wall_clock=lambda: self.now, latency=latency)
        self.db = DuckDBClient(":memory:")

    def sync(self, *, ratings: bool = False, **arguments: Any) -> RunReport:
        asked: dict[str, Any] = {"discover_start_year": 1990, "discover_end_year": 2027, "min_vote_count": 0}

        async def main() -> RunReport:
            clock = VirtualClock(datetime.fromtimestamp(self.now, UTC))
            options: Any = {"transport": SandboxTransport(self.app), "clock": clock, "requests_per_second": 1e6}
            async with (
                make_client(self.app, requests_per_second=1e6, clock=clock) as client,
                OMDBClient("any", base_url="http://sandbox/omdb", **options) as omdb,
            ):
                collection = DataCollectionOrchestrator(self.db, client, clock=clock, store_executor=Inline())
                return await collection.run_sync(
                    **{**asked, **arguments}, ratings=omdb if ratings else None, ratings_quota=50
                )

        self.app.log.clear()
        report = run(main())
        self.now += DAY
        return report

    @property
    def sent(self) -> int:
        return int(self.app.log.report()["total"])


def test_the_first_sync_collects_and_the_next_brings_what_is_new_or_changed() -> None:
    nightly = Nightly()
    first = nightly.sync()
    assert first.complete
    assert first.details > 100
    for _ in range(3):
        report = nightly.sync(add_changed=True)
        assert report.complete
        assert 0 < report.details + report.refreshed < first.details / 2
    stored = dict(nightly.db.query("SELECT tmdb_id, title FROM movies WHERE details_at IS NOT NULL").rows)
    # What changed on the day of the sync itself is the business of the next.
    synced, midnight = nightly.now - DAY, nightly.now - 1.5 * DAY
    for tmdb_id, title in stored.items():
        bodies = [nightly.world.details(tmdb_id, (), moment) for moment in (midnight, synced)]
        assert None in bodies or title in {body["title"] for body in bodies if body}


@pytest.mark.parametrize("most", [1, 7, 60])
def test_a_budget_is_never_passed_and_the_next_sync_goes_on_where_it_ended(most: int) -> None:
    nightly, whole = Nightly(100), Nightly(100)
    whole.sync()
    expected = set(whole.db.query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL").rows)
    for _ in range(400):
        nightly.now = EPOCH.timestamp() + DAY / 2
        report = nightly.sync(max_requests=most)
        assert nightly.sent <= most
        if not report.budget_spent:
            break
    assert not report.budget_spent
    assert set(nightly.db.query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL").rows) == expected


def test_what_is_left_of_a_budget_goes_to_the_copies_that_come_due_next() -> None:
    plain, eager = Nightly(100), Nightly(100)
    for nightly in (plain, eager):
        nightly.sync()
        nightly.now += 19 * DAY
    few = plain.sync(max_requests=60)
    assert not few.budget_spent
    many = eager.sync(max_requests=60, ahead=True)
    assert plain.sent < eager.sent <= 60
    assert many.refreshed > few.refreshed
    assert not many.budget_spent


def test_without_a_bound_nothing_is_fetched_ahead() -> None:
    with pytest.raises(ValueError, match="ahead needs max_requests"):
        Nightly(50).sync(ahead=True)


def test_what_could_not_be_renewed_within_six_months_is_removed() -> None:
    nightly = Nightly(100)
    stored = nightly.sync().details
    nightly.now += 181 * DAY
    report = nightly.sync(max_requests=20)
    assert report.budget_spent
    assert report.purged > 0
    old = "SELECT count(*) FROM movies WHERE details_at < $moment"
    moment = datetime.fromtimestamp(nightly.now - 182 * DAY, UTC).replace(tzinfo=None)
    assert nightly.db.query(old, {"moment": moment}).rows == [(0,)]
    # Their ids stay, and the next sync without such a budget has them again.
    assert nightly.sync().details >= stored / 2


def test_ratings_are_part_of_it_within_the_same_budget() -> None:
    nightly = Nightly(100)
    report = nightly.sync(ratings=True)
    assert report.ratings["rated"] > 20
    assert report.ratings["requests"] <= 50
    enough = nightly.sync(ratings=True, max_requests=30)
    assert nightly.sent <= 30
    assert enough.ratings["requests"] + enough.requests <= 30 or enough.budget_spent


def test_time_is_a_budget_too() -> None:
    nightly = Nightly(100, latency=1.0)
    report = nightly.sync(max_seconds=3.5)
    assert report.budget_spent
    assert 0 < nightly.sent <= 40


def test_two_at_once_are_refused(tmp_path: Any) -> None:
    nightly = Nightly(50)
    nightly.db = DuckDBClient(tmp_path / "films.duckdb")
    with nightly.db.collecting(), pytest.raises(StoreBusy, match="Another ayne"):
        nightly.sync()
    assert nightly.sent == 0


def test_a_budget_of_nothing_is_refused_before_anything_is_asked() -> None:
    nightly = Nightly(50)
    with pytest.raises(ValueError, match="to spend"):
        nightly.sync(max_requests=0)
    assert nightly.sent == 0
