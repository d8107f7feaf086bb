"""Films that a list names: each row ends with an outcome, and nothing is asked for twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from ayne.data_collection.given_files import Ids
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError, ServerFailure
from ayne.kinds.imdb_ids import numbered
from ayne.sandbox.catalogue import Catalogue
from tests.client.test_details import some_ids
from tests.in_process import KEY, make_app, make_client
from tests.nights import DAY, HOUR, NOT_FOUND, START
from tests.virtual_time import Inline, Standing, run


@dataclass
class Site(httpx.AsyncBaseTransport):
    """Has the films from 1 to ``films``, each with an IMDb id of the same number; what they become can be set."""

    films: int = 1000
    now: datetime = START
    merged: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    down: set[int] = field(default_factory=set)
    series: set[int] = field(default_factory=set)
    nameless: set[int] = field(default_factory=set)
    is_away: bool = False
    asked: list[str] = field(default_factory=list)
    stop_after: int | None = None
    stop: Callable[[], None] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        asked = path.removeprefix("/3/movie/").removeprefix("/3/")
        self.asked.append(asked)
        if self.stop and len(self.asked) == self.stop_after:
            self.stop()
        if asked.startswith("find/"):
            return self._answered(200, self._found(int(asked.removeprefix("find/tt"))))
        number = int(asked.removeprefix("tt"))
        number = self.merged.get(number, number)
        imdb_id = None if number in self.nameless else numbered(number)
        status, body = 200, msgspec.json.encode({"id": number, "imdb_id": imdb_id, "title": f"Film {number}"})
        if self.is_away or number in self.gone or not 0 < number <= self.films:
            status, body = 404, NOT_FOUND
        if number in self.down:
            status, body = 503, b"{}"
        return self._answered(status, body)

    def _found(self, number: int) -> bytes:
        names = ("movie_results", "tv_results", "tv_episode_results", "person_results")
        found: dict[str, list[dict[str, int]]] = {name: [] for name in names}
        if number in self.series and not self.is_away:
            found["tv_results"].append({"id": number})
        return msgspec.json.encode(found)

    def _answered(self, status: int, body: bytes) -> httpx.Response:
        date = self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return httpx.Response(status, headers={"Date": date}, stream=httpx.ByteStream(body))


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def db() -> DuckDBClient:
    return DuckDBClient(":memory:", clock=Standing(START))


def collect(db: DuckDBClient, site: Site, ids: Ids, **options: Any) -> RunReport:
    async def to_the_end() -> RunReport:
        clock = Standing(site.now)
        async with TMDBClient(KEY, transport=site, clock=clock, requests_per_second=1e6, max_retries=0) as client:
            collection = DataCollectionOrchestrator(db, client, clock=clock, store_executor=Inline())
            site.stop = collection.stop
            return await collection.run_ids(ids, **options)

    return run(to_the_end())


def rows(db: DuckDBClient) -> list[tuple[Any, ...]]:
    return db.query("SELECT given, tmdb_id, outcome FROM given ORDER BY row").rows


def stored(db: DuckDBClient) -> list[int]:
    return [number for (number,) in db.query("SELECT tmdb_id FROM films WHERE details_at IS NOT NULL ORDER BY 1").rows]


def test_each_film_costs_one_request_by_whichever_id(db: DuckDBClient, site: Site) -> None:
    report = collect(db, site, [550, "tt0000551", "https://www.themoviedb.org/movie/552-x"])
    assert rows(db) == [
        ("550", 550, "stored"),
        ("tt0000551", 551, "stored"),
        ("https://www.themoviedb.org/movie/552-x", 552, "stored"),
    ]
    assert stored(db) == [550, 551, 552]
    assert (sorted(site.asked), report.requests) == (["550", "552", "tt0000551"], 3)
    assert (report.complete, report.details) == (True, 3)
    assert report.given["outcomes"] == {"stored": 3}
    assert (report.given["file"], report.given["rows"], report.given["columns"]) == ("(ids)", 3, None)


def test_a_film_that_is_named_twice_is_fetched_once(db: DuckDBClient, site: Site) -> None:
    collect(db, site, [550, "tt0000550", 550, "tt550"])
    assert site.asked == ["550"] or sorted(site.asked) == ["550", "tt0000550"]
    assert [outcome for *_, outcome in rows(db)] == ["stored"] * 4


def test_every_row_ends_with_an_outcome(db: DuckDBClient, site: Site) -> None:
    collect(db, site, [1, 2])
    site.merged, site.gone, site.down = {10: 20}, {5}, {6}
    others = list(range(100, 200))
    report = collect(
        db,
        site,
        [1, "tt0000002", *others, 10, 5, "tt0005000", 6, "tt0000006", "themoviedb.org/tv/1396", "nm0000093", "?"],
    )
    assert {given: outcome for given, _, outcome in rows(db) if not given.startswith("1") or len(given) < 3} == {
        "1": "already stored",
        "2": "stored",
        "tt0000002": "already stored",
        "10": "merged",
        "5": "not found",
        "tt0005000": "not found",
        "6": "failed",
        "tt0000006": "failed",
        "themoviedb.org/tv/1396": "not a film",
        "nm0000093": "not a film",
        "?": "unreadable",
    }
    assert report.given["outcomes"] == {
        "already stored": 2,
        "stored": 100,
        "merged": 1,
        "not found": 2,
        "failed": 2,
        "not a film": 2,
        "unreadable": 1,
    }
    assert (report.complete, report.failures_by_reason) == (False, {"server_failure": 2})
    messages = dict(db.query("SELECT given, message FROM given WHERE message IS NOT NULL").rows)
    assert messages["nm0000093"] == "a person"
    assert "503" in messages["6"]
    assert "could not be found" in messages["5"]


def test_of_a_merged_film_the_one_it_was_merged_into_is_stored(db: DuckDBClient, site: Site) -> None:
    site.merged = {10: 20}
    collect(db, site, [*range(100, 200), 10])
    assert rows(db)[-1] == ("10", 20, "merged")
    assert 20 in stored(db)
    asked = len(site.asked)
    collect(db, site, [*range(100, 200), 10])
    assert len(site.asked) == asked


def test_a_film_that_was_stored_and_is_gone_is_told_apart_from_one_that_never_was(db: DuckDBClient, site: Site) -> None:
    collect(db, site, [*range(100, 200), 7])
    site.gone, site.now = {7}, START + DAY
    collect(db, site, [*range(100, 200), 7], append=["credits"])
    assert rows(db)[-1][2] == "gone"


def test_the_same_list_asks_only_for_what_failed(db: DuckDBClient, site: Site) -> None:
    site.down = {3}
    listed = [1, 2, 3, "tt0000004", *range(100, 150), "tt0005000"]
    assert not collect(db, site, listed).complete
    asked, site.down = len(site.asked), set()
    report = collect(db, site, listed)
    assert site.asked[asked:] == ["3"]
    assert report.complete
    assert report.given["outcomes"] == {"stored": 54, "not found": 1}
    assert collect(db, site, listed).requests == 0


def test_what_tmdb_did_not_have_is_asked_for_again_after_a_month(db: DuckDBClient, site: Site) -> None:
    listed = [*range(100, 150), 1001]
    collect(db, site, listed)
    site.films, site.now, asked = 2000, START + 29 * DAY, len(site.asked)
    collect(db, site, listed)
    assert site.asked[asked:] == []
    site.now = START + 31 * DAY
    collect(db, site, listed)
    assert site.asked[asked:] == ["1001"]
    assert rows(db)[-1] == ("1001", 1001, "stored")


@pytest.mark.parametrize("after", [1, 7, 33, 60])
def test_an_interrupted_list_is_carried_on_and_ends_the_same(after: int) -> None:
    listed = [*range(1, 50), "tt0005000", *(numbered(number) for number in range(50, 70)), 2000]
    whole, site = DuckDBClient(":memory:"), Site()
    collect(whole, site, listed)
    once = len(site.asked)
    broken, site = DuckDBClient(":memory:"), Site(stop_after=after)
    assert collect(broken, site, listed).outcome == "interrupted"
    site.stop_after = None
    report = collect(broken, site, listed)
    assert (rows(broken), stored(broken)) == (rows(whole), stored(whole))
    assert report.complete
    # What was under way is asked for again, and what had no verdict yet.
    assert len(site.asked) <= once + 30


def test_a_limit_leaves_the_others_waiting(db: DuckDBClient, site: Site) -> None:
    listed = list(range(1, 31))
    assert collect(db, site, listed, limit=10).given["outcomes"] == {"stored": 10, "waiting": 20}
    assert stored(db) == list(range(1, 11))
    assert collect(db, site, listed, limit=0).given["outcomes"] == {"stored": 10, "waiting": 20}
    assert collect(db, site, listed).given["outcomes"] == {"stored": 30}


def test_a_film_that_lacks_a_part_is_fetched_again(db: DuckDBClient, site: Site) -> None:
    collect(db, site, [1, 2])
    collect(db, site, [1, 2], append=["credits"])
    assert sorted(site.asked) == ["1", "1", "2", "2"]
    collect(db, site, [1, 2], append=["credits"])
    assert len(site.asked) == 4


def test_a_film_that_is_stored_is_fetched_again_when_it_is_to_be_renewed(db: DuckDBClient, site: Site) -> None:
    collect(db, site, [1])
    collect(db, site, [1], renew=True)
    assert (site.asked, rows(db)) == (["1", "1"], [("1", 1, "stored")])


def test_of_films_that_are_to_be_renewed_those_beyond_the_limit_wait(db: DuckDBClient, site: Site) -> None:
    collect(db, site, [1, 2, 3])
    report = collect(db, site, [1, 2, 3], renew=True, limit=1)
    assert report.given["outcomes"] == {"stored": 1, "waiting": 2}


def test_a_row_ends_when_the_film_that_came_names_no_imdb_id(db: DuckDBClient, site: Site) -> None:
    site.nameless = {7}
    collect(db, site, ["tt0000007", 8])
    assert [(given, outcome) for given, _, outcome in rows(db)] == [("tt0000007", "failed"), ("8", "stored")]
    assert stored(db) == [7, 8]


def test_the_columns_of_a_file_are_used_together(db: DuckDBClient, site: Site, tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("movieId,imdbId,tmdbId\n1,0000114,862\n2,0000113,\n3,0000112,15602.0\n4,,\n")
    site.films = 20_000
    report = collect(db, site, path)
    assert [(number, outcome) for _, number, outcome in rows(db)] == [
        (862, "stored"),
        (113, "stored"),
        (15602, "stored"),
        (None, "unreadable"),
    ]
    assert report.given["columns"] == "tmdbId (TMDB's), then imdbId (IMDb's)"
    assert db.query("SELECT DISTINCT file, kind FROM given").rows == [(str(path), "movie")]


def test_a_list_that_cannot_be_read_leaves_no_run(db: DuckDBClient, site: Site, tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name,year\nFight Club,1999\n")
    with pytest.raises(ConfigurationError, match="It has name, year"):
        collect(db, site, tmp_path / "names.csv")
    assert site.asked == []


def test_a_list_that_breaks_off_enters_no_row(db: DuckDBClient, site: Site, tmp_path: Path) -> None:
    films = ",".join(f'{{"tmdbId": {number}}}' for number in range(1, 1000))
    (tmp_path / "films.json").write_text(f"[{films}, {{")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        collect(db, site, tmp_path / "films.json")
    assert (rows(db), site.asked) == ([], [])


# --- when TMDB says that it has not -----------------------------------------------------------------------------------


def test_many_that_tmdb_has_not_are_believed_when_it_has_what_it_certainly_has(db: DuckDBClient, site: Site) -> None:
    collect(db, site, [1])
    report = collect(db, site, [numbered(number) for number in range(5000, 5300)])
    assert report.given["outcomes"] == {"not found": 300}
    assert report.complete
    # Each is looked for among series and people; one in fifty asks whether TMDB has a film that it certainly has.
    assert len(site.asked) <= 1 + 2 * 300 + 14


def test_an_imdb_id_of_a_series_is_told_as_one_however_many_there_are(db: DuckDBClient, site: Site) -> None:
    site.series = set(range(5000, 5200))
    report = collect(db, site, [numbered(number) for number in [*range(5000, 5200), 1]])
    assert report.given["outcomes"] == {"not a film": 200, "stored": 1}
    assert report.complete
    assert db.query("SELECT DISTINCT message FROM given WHERE outcome = 'not a film'").rows == [("a series",)]


def test_an_outage_that_looks_like_deletions_settles_nothing(db: DuckDBClient, site: Site) -> None:
    collect(db, site, [1])
    site.is_away = True
    listed = list(range(100, 400))
    with pytest.raises(ServerFailure, match="50 films in a row could not be fetched"):
        collect(db, site, listed)
    assert len(site.asked) < 200
    assert {outcome for *_, outcome in rows(db)[1:]} <= {"waiting", "failed"}
    site.is_away, site.now = False, START + 9 * HOUR
    assert collect(db, site, listed).given["outcomes"] == {"stored": 300}


def test_a_short_list_of_what_tmdb_has_not_waits_for_a_second_look(db: DuckDBClient, site: Site) -> None:
    listed = [5000, 5001]
    assert collect(db, site, listed).given["outcomes"] == {"failed": 2}
    asked = len(site.asked)
    collect(db, site, listed)
    assert len(site.asked) == asked
    site.now = START + 9 * HOUR
    assert collect(db, site, listed).given["outcomes"] == {"not found": 2}


def test_a_source_that_is_down_ends_the_run(db: DuckDBClient, site: Site) -> None:
    site.down = set(range(1, 1000))
    with pytest.raises(ServerFailure, match="50 films in a row could not be fetched"):
        collect(db, site, list(range(1, 1000)))
    assert len(site.asked) < 120


# --- against the sandbox ----------------------------------------------------------------------------------------------


def test_a_sync_keeps_given_films_fresh_as_any_other(films: Catalogue) -> None:
    db, app = DuckDBClient(":memory:"), make_app(films)
    listed = some_ids(films, 20)

    async def twice() -> RunReport:
        async with make_client(app, requests_per_second=1e6) as client:
            collection = DataCollectionOrchestrator(db, client, store_executor=Inline())
            await collection.run_ids(listed)
            return await collection.run_refresh()

    assert run(twice()).complete
    assert set(stored(db)) == set(listed)


def test_a_list_on_standard_input_is_read_off_the_loop(films: Catalogue, tmp_path: Path) -> None:
    # The threads of the default executor are real ones, so this runs in real time.
    db, app = DuckDBClient(tmp_path / "films.duckdb"), make_app(films)

    async def once() -> RunReport:
        async with make_client(app, requests_per_second=1e6) as client:
            return await DataCollectionOrchestrator(db, client).run_ids(some_ids(films, 3))

    assert asyncio.run(asyncio.wait_for(once(), timedelta(seconds=60).total_seconds())).details == 3
