"""Keeping a store fresh within a budget, over a sandbox in which films live."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ayne.data_collection.forecast import Forecast, foresee
from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb.coverage import SweepPlan
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


# --- numbers ----------------------------------------------------------------------------------------------------------


class Voted(Nightly):
    """Films that get votes at TMDB's pace, and nothing else happens to."""

    def __init__(self, films: int = 1500, edited: float = 0.0, added: float = 0.0) -> None:
        super().__init__(films)
        pace = Pace(added=added, edited=edited, deleted=0, merged=0, voted=1.0)
        self.world = World(Catalogue.generated(films, seed=5), seed=2, pace=pace, start=EPOCH.timestamp())
        self.app = SandboxApp(self.world, wall_clock=lambda: self.now)

    def sync(self, **arguments: Any) -> RunReport:
        return super().sync(**{"discover_start_year": 1870, "discover_end_year": 2030, **arguments})

    def of_kind(self, kind: str) -> int:
        return int(self.app.log.report()["by_kind"].get(kind, 0))

    def close(self) -> float:
        """The share of stored films whose votes are within 1 or 1 % of those of the last midnight before the sync."""
        columns = self.world.listed(self.now - DAY).columns
        votes = dict(zip(columns.ids, columns.votes, strict=True))
        stored = self.db.query("SELECT tmdb_id, vote_count FROM films WHERE release_date IS NOT NULL").rows
        near = [film for film, count in stored if abs(votes[film] - count) <= max(1, votes[film] / 100)]
        return len(near) / len(stored)


def test_votes_are_renewed_by_lists_and_not_film_by_film() -> None:
    voted = Voted(800)
    stored = voted.sync().details
    # Later, and the list of all films would be due again anyway.
    voted.now += 24 * DAY
    report = voted.sync(max_requests=150)
    assert report.numbers
    assert voted.sent <= 150
    # Nothing was edited, so details are only fetched against the day when all would be half a year old at once.
    assert report.refreshed_by_reason.keys() <= {"terms", "age"}
    assert voted.of_kind("details") < stored / 20
    assert report.numbers.listed > 10 * report.numbers.pages > 100
    assert report.numbers.close_before < report.numbers.close_expected
    assert voted.close() > report.numbers.close_before


def test_what_is_expected_of_the_votes_is_about_true() -> None:
    voted = Voted(800)
    voted.sync()
    for _ in range(3):
        voted.now += 15 * DAY
        report = voted.sync(max_requests=40)
        assert report.numbers
        assert abs(voted.close() - report.numbers.close_expected) < 0.04


def test_what_a_collection_has_listed_is_not_listed_again_by_the_syncs_after_it() -> None:
    voted = Voted(800)

    async def collect() -> None:
        clock = VirtualClock(datetime.fromtimestamp(voted.now, UTC))
        async with make_client(voted.app, requests_per_second=1e6, clock=clock) as client:
            collection = DataCollectionOrchestrator(voted.db, client, clock=clock, store_executor=Inline())
            await collection.run_full_collection(1870, 2030, 0, min_vote_count=0)

    run(collect())
    # Two days later, and again when a list of older films was due before lists of stored films renewed them.
    for days in (1, 39):
        voted.now += days * DAY
        report = voted.sync(max_requests=200)
        assert not report.budget_spent
        assert report.pages < 800 / 20 / 2


def test_what_is_expected_is_about_true_where_votes_come_in_another_way_than_at_tmdb() -> None:
    voted = Voted(800)
    # A fixed share of films gets votes each day, a few at once, whatever they have.
    pace = Pace(added=0, edited=0, deleted=0, merged=0, moved=0.02)
    voted.world = World(Catalogue.generated(800, seed=5), seed=2, pace=pace, start=EPOCH.timestamp())
    voted.app = SandboxApp(voted.world, wall_clock=lambda: voted.now)
    voted.sync()
    for _ in range(6):
        voted.now += DAY
        report = voted.sync(max_requests=20)
    assert report.numbers
    assert abs(voted.close() - report.numbers.close_expected) < 0.015


def test_without_a_budget_a_sync_asks_for_what_the_target_needs_and_no_more() -> None:
    def lists(**arguments: Any) -> int:
        voted = Voted(600)
        voted.sync()
        voted.now += 24 * DAY
        numbers = voted.sync(**arguments).numbers
        assert numbers
        assert numbers.close_expected >= arguments.get("target", 0.99)
        return numbers.lists

    assert 0 < lists() < lists(target=0.999)


def test_a_second_sync_on_a_day_asks_for_no_list_and_no_film_again() -> None:
    voted = Voted(600)
    voted.sync()
    voted.now += 30 * DAY
    voted.sync()
    voted.now -= DAY - 3600
    report = voted.sync()
    assert report.numbers
    assert (report.numbers.pages, report.refreshed) == (0, 0)


def test_a_film_that_its_list_does_not_show_is_fetched_by_itself() -> None:
    voted = Voted(600)
    voted.sync()
    voted.now += 40 * DAY
    # As if it had had so few votes when it was stored.
    ((film,),) = voted.db.query("SELECT tmdb_id FROM films WHERE vote_count > 60 ORDER BY vote_count LIMIT 1").rows
    with voted.db._tables.transaction() as tx:
        tx.con.execute("UPDATE movies SET vote_count = 5 WHERE tmdb_id = ?", [film])
    report = voted.sync(target=1.0)
    assert report.numbers
    ((votes,),) = voted.db.query(f"SELECT vote_count FROM movies WHERE tmdb_id = {film}").rows
    assert votes > 60


def test_copies_are_renewed_little_by_little_within_six_months() -> None:
    voted = Voted(300)
    voted.sync()
    oldest = []
    for _ in range(13):
        voted.now += 14 * DAY
        voted.sync()
        ((age,),) = voted.db.query("SELECT min(details_at) FROM films").rows
        oldest.append((datetime.fromtimestamp(voted.now - DAY, UTC).replace(tzinfo=None) - age).days)
    assert max(oldest) < 179


def test_new_films_are_found_by_the_feed_where_all_films_are_wanted() -> None:
    voted = Voted(400, added=0.01)
    voted.sync()
    for _ in range(6):
        voted.sync(max_requests=60)
    born = {event.film for event in voted.world.events(0, voted.now - 3 * DAY, voted.now) if event.kind == "added"}
    stored = {film for (film,) in voted.db.query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL").rows}
    # Those that TMDB has looked at by the time when the feed is read are told apart from others by lists alone.
    assert len(born & stored) > len(born) / 2


# --- beforehand -------------------------------------------------------------------------------------------------------


def foreseen(nightly: Nightly, **arguments: Any) -> Forecast:
    plan, now = SweepPlan(1870, 2030, 0), datetime.fromtimestamp(nightly.now, UTC)
    return foresee(nightly.db, plan, now, **arguments)


def test_what_a_sync_takes_and_brings_is_said_beforehand() -> None:
    voted = Voted(800, edited=0.01)
    voted.sync()
    voted.sync()
    voted.now += 24 * DAY
    voted.app.log.clear()
    told = foreseen(voted, requests=250)
    assert voted.sent == 0
    report = voted.sync(max_requests=250)
    assert report.numbers
    assert told.requests == pytest.approx(voted.sent, rel=0.15)
    assert told.numbers == pytest.approx(report.numbers.lists, rel=0.25)
    assert told.close_before == pytest.approx(report.numbers.close_before, abs=0.03)
    assert told.close_after > told.close_before


def test_without_a_budget_it_is_what_the_target_takes_and_of_a_small_one_what_it_lacks() -> None:
    voted = Voted(400)
    voted.sync()
    voted.now += 20 * DAY
    easy, hard, small = foreseen(voted, target=0.9), foreseen(voted), foreseen(voted, requests=3)
    assert easy.numbers < hard.numbers <= hard.all_lists
    assert easy.close_after >= 0.9
    assert hard.close_after >= 0.99
    assert (small.requests, small.numbers) == (3, 0)
    assert small.beyond > 0
