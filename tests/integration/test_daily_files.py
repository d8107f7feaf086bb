"""A sync that reads the day's files: what is new within a day, popularity for no request, IMDb's ratings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ayne.data_collection.imdb.client import ImdbClient, ImdbEpisodesClient
from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import MOVIE, SERIES, Kind
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.films.columns import ADULT
from ayne.sandbox.pace import Pace
from ayne.sandbox.television import Television
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from tests.in_process import make_client
from tests.virtual_time import EPOCH, Inline, VirtualClock, run

DAY = 86_400.0


class Nightly:
    """A sandbox that lives, and a store that is synced from it at noon of each day, daily files included."""

    def __init__(self, folder: Path, pace: Pace, films: int = 300, kind: Kind = MOVIE) -> None:
        self.world = World(
            Catalogue.generated(films, seed=5),
            seed=2,
            pace=pace,
            start=EPOCH.timestamp(),
            series=lambda as_of: Television.generated(120, 5, as_of=as_of),
        )
        self.kind = kind
        self.now = EPOCH.timestamp() + DAY / 2
        self.app = SandboxApp(self.world, wall_clock=lambda: self.now)
        self.db = DuckDBClient(":memory:").of(kind)
        self.folder = folder
        self.files = self.episodes = "http://sandbox"

    def collect(self) -> RunReport:
        """Collect all there is, what an export alone names too."""
        return self._through(
            lambda collection, *_: collection.run_full_collection(
                self.first_year, 2035, min_vote_count=0, ids_from="both"
            )
        )

    @property
    def first_year(self) -> int:
        return 1870 if self.kind is MOVIE else 1936

    def sync(self, *, omdb: bool = False, imdb: bool = False, **arguments: Any) -> RunReport:
        asked = {"discover_start_year": self.first_year, "discover_end_year": 2030, "min_vote_count": 0} | arguments
        return self._through(
            lambda collection, ratings, file, episodes: collection.run_sync(
                ratings=ratings if omdb else None,
                ratings_file=file if imdb else None,
                episodes_file=episodes if imdb and self.kind is SERIES else None,
                **asked,
            )
        )

    def _through(self, work: Callable[..., Awaitable[RunReport]]) -> RunReport:
        async def main() -> RunReport:
            clock = VirtualClock(datetime.fromtimestamp(self.now, UTC))
            how: Any = {"transport": SandboxTransport(self.app), "clock": clock, "requests_per_second": 1e6}
            async with (
                make_client(self.app, requests_per_second=1e6, clock=clock) as client,
                ExportClient(self.folder / "exports", base_url=f"{self.files}/p/exports", **how) as exports,
                OMDBClient("any", base_url="http://sandbox/omdb", **how) as ratings,
                ImdbClient(self.folder / "imdb", base_url=f"{self.files}/imdb", **how) as file,
                ImdbEpisodesClient(self.folder / "imdb", base_url=f"{self.episodes}/imdb", **how) as episodes,
            ):
                collection = DataCollectionOrchestrator(
                    self.db, client, exports=exports, clock=clock, store_executor=Inline()
                )
                return await work(collection, ratings, file, episodes)

        self.app.log.clear()
        report = run(main())
        self.now += DAY
        return report

    def of_kind(self, kind: str) -> int:
        return int(self.app.log.report()["by_kind"].get(kind, 0))

    def there(self, moment: float) -> set[int]:
        """The ids that TMDB has, adult ones aside."""
        columns = (self.world if self.kind is MOVIE else self.world.television).listed(moment).columns
        return {tmdb_id for tmdb_id, flags in zip(columns.ids, columns.flags, strict=True) if not flags & ADULT}

    def stored(self, where: str = "true") -> set[int]:
        found = self.db.query(f"SELECT tmdb_id FROM {self.kind.live} WHERE details_at IS NOT NULL AND ({where})").rows
        return {tmdb_id for (tmdb_id,) in found}


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Nightly]:
    nightly = Nightly(tmp_path, Pace(added=0.02, edited=0, moved=0, deleted=0, merged=0))
    yield nightly
    nightly.db.close()


def test_what_an_export_names_for_the_first_time_is_stored_on_that_day(growing: Nightly) -> None:
    growing.sync()
    known = growing.stored()
    for _ in range(3):
        # Videos are in no list of this collection.
        report = growing.sync(include_video=True)
        assert report.complete
        new = growing.there(growing.now - DAY) - growing.there(growing.now - 2 * DAY)
        assert new <= growing.stored()
        assert 0 < report.new_ids <= len(new) + 1
    assert len(growing.stored()) > len(known)


def test_where_there_is_no_earlier_export_the_feed_tells_what_is_new(growing: Nightly) -> None:
    files, growing.files = growing.files, "http://sandbox/nowhere"
    growing.sync()
    growing.files = files
    report = growing.sync()
    assert report.feed
    assert (report.new_ids, report.feed.added > 0) == (0, True)
    # From then on exports do.
    report = growing.sync()
    assert report.feed
    assert (report.new_ids > 0, report.feed.added) == (True, 0)


def test_of_what_is_new_only_what_lies_in_the_span_is_kept_and_nothing_is_asked_for_twice(growing: Nightly) -> None:
    span: dict[str, Any] = {"discover_start_year": 2000, "discover_end_year": 2030}
    growing.sync(**span)
    outside = 0
    for _ in range(4):
        report = growing.sync(**span)
        outside += report.outside
        assert report.complete
        assert report.outside <= report.new_ids
    assert outside > 0
    assert growing.stored("release_date IS NULL OR release_date < '2000-01-01'") == set()
    assert growing.db.new_and_waiting() == set()


def test_a_film_belongs_to_a_collection_of_voted_films_on_the_day_that_it_has_the_votes(tmp_path: Path) -> None:
    least = 30
    nightly = Nightly(tmp_path, Pace(added=0.02, edited=0, deleted=0, merged=0, voted=100.0), films=800)
    # All of it is listed once a month.
    asked: dict[str, Any] = {"discover_end_year": 2020, "min_vote_count": least}
    nightly.sync(**asked)
    came, last = 0, date(2021, 1, 1).toordinal()
    for _ in range(4):
        report = nightly.sync(**asked)
        came += report.details
        columns = nightly.world.listed(nightly.now - DAY).columns
        told = zip(columns.ids, columns.votes, columns.days, columns.flags, strict=True)
        barely = {
            film for film, votes, day, flags in told if votes in (least, least + 1) and 0 < day < last and not flags
        }
        assert barely <= nightly.stored()
        # No new film has them.
        assert report.new_ids == 0
    assert came > 0


def test_stored_films_have_the_popularity_of_the_day_for_no_request_of_their_own(tmp_path: Path) -> None:
    nightly = Nightly(tmp_path, Pace(added=0, edited=0, deleted=0, merged=0, voted=1.0))
    stored = nightly.sync().details
    report = nightly.sync(max_requests=3, popularity_history=0.0)
    assert report.exports
    assert nightly.of_kind("details") < stored / 10
    midnight = datetime.fromtimestamp(nightly.now - 1.5 * DAY, UTC).replace(tzinfo=None)
    found = nightly.db.query("SELECT count(*) FROM films WHERE popularity_at >= $at", {"at": midnight}).rows
    assert found == [(stored,)]
    noted = nightly.db.query("SELECT count(*) FROM movie_history WHERE source = 'export'").rows
    assert noted[0][0] > 0


def test_a_sync_without_its_files_says_so_and_does_the_rest(growing: Nightly) -> None:
    growing.sync()
    growing.files = "http://sandbox/nowhere"
    report = growing.sync(imdb=True)
    assert not report.complete
    assert len(report.missing_exports) == 1
    assert report.imdb["missing"]
    # Then the feed tells what is new.
    assert report.feed
    assert report.feed.added > 0
    assert report.details + report.refreshed > 0


def test_each_of_imdbs_files_is_taken_although_the_other_is_not_there(tmp_path: Path) -> None:
    nightly = Nightly(tmp_path, Pace(added=0, edited=0, deleted=0, merged=0, voted=1.0), kind=SERIES)
    nightly.episodes = "http://sandbox/nowhere"
    report = nightly.sync(imdb=True, max_requests=50)
    assert report.imdb["titles"] > 0
    assert "episodes" in report.imdb_episodes["missing"]
    assert not report.complete
    nightly.files, nightly.episodes = nightly.episodes, nightly.files
    report = nightly.sync(imdb=True, max_requests=50)
    assert "ratings" in report.imdb["missing"]
    assert report.imdb_episodes["titles"] > 0
    nightly.db.close()


def test_imdbs_file_rates_every_film_and_omdb_is_asked_until_its_quota_is_used(growing: Nightly) -> None:
    first = growing.sync(omdb=True, imdb=True, ratings_quota=40)
    assert first.imdb["rated"] > 100
    assert first.ratings["requests"] == 40
    # Never asked for before, and with ratings of IMDb's of today.
    second = growing.sync(omdb=True, imdb=True, ratings_quota=40)
    assert second.ratings["requests"] == 40
    assert growing.db.query("SELECT count(DISTINCT imdb_id) >= 79 FROM ratings").rows == [(True,)]
    assert second.imdb["made_at"] > first.imdb["made_at"]


def test_the_export_of_series_names_new_ones_dated_or_not_and_tells_their_popularity(tmp_path: Path) -> None:
    nightly = Nightly(tmp_path, Pace(added=0.03, edited=0, deleted=0, merged=0, voted=1.0), kind=SERIES)
    try:
        nightly.collect()
        undated = nightly.stored("first_air_date IS NULL")
        assert nightly.stored() >= nightly.there(nightly.now - DAY)
        assert undated
        for _ in range(6):
            report = nightly.sync()
            assert (report.complete, report.missing_exports, report.outside) == (True, [], 0)
            assert report.exports[0].startswith("tv_series_ids of 2026-")
            assert report.new_ids > 0
            # Those of this very day are in no export yet; the change feed may have named them.
            assert nightly.stored() >= nightly.there(nightly.now - DAY)
            midnight = datetime.fromtimestamp(nightly.now - 1.5 * DAY, UTC).replace(tzinfo=None)
            late = nightly.db.query("SELECT count(*) FROM live_series WHERE popularity_at < $at", {"at": midnight})
            assert late.rows == [(0,)]
        assert nightly.stored("first_air_date IS NULL") > undated
        columns = nightly.world.television.listed(nightly.now - DAY).columns
        told = dict(zip(columns.ids, columns.popularities, strict=True))
        held = nightly.db.query(
            "SELECT tmdb_id, popularity FROM live_series WHERE popularity_at = $at", {"at": midnight}
        )
        assert len(held.rows) > 50
        assert all(popularity == pytest.approx(told[tmdb_id]) for tmdb_id, popularity in held.rows)
    finally:
        nightly.db.close()
