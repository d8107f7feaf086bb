"""Whole collections against the sandbox: complete, carried on, and honest about what is missing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from ayne.clock import SystemClock
from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.commit import Commit
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.run_report import Progress, RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.models import MovieBatch
from ayne.data_collection.tmdb.request_bounds import FREE, MOST_PER_PAGE
from ayne.data_collection.writer import Writer
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError, NotFound, SourceError, StoreBusy, StoreError, Unauthorized
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.transport import SandboxTransport
from tests.client.test_details import some_ids
from tests.client.test_discovery import between, discoverable
from tests.in_process import KEY, make_app, make_client
from tests.virtual_time import Inline, run

# Requests under way at a time.
MOST_AT_ONCE = 20
SPAN: dict[str, Any] = {"discover_start_year": 2015, "discover_end_year": 2020, "min_vote_count": 0}


@pytest.fixture
def db(empty_file: Path) -> DuckDBClient:
    return DuckDBClient(empty_file)


def collect(app: SandboxApp, store: Any, client_options: dict[str, Any] | None = None, **arguments: Any) -> RunReport:
    async def to_the_end() -> RunReport:
        async with make_client(app, **{"requests_per_second": 1e6, **(client_options or {})}) as client:
            return await orchestrator(store, client).run_full_collection(**{**SPAN, **arguments})

    return run(to_the_end())


def orchestrator(store: Any, client: TMDBClient, **options: Any) -> DataCollectionOrchestrator:
    return DataCollectionOrchestrator(store, client, store_executor=Inline(), **options)


def with_details(db: DuckDBClient) -> set[int]:
    return {tmdb_id for (tmdb_id,) in db.query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL").rows}


def content(db: DuckDBClient) -> list[tuple[Any, ...]]:
    """What the films are, without when they came."""
    times = "first_seen_at, summary_at, details_at, popularity_at"
    return db.query(f"SELECT * EXCLUDE ({times}) FROM movies ORDER BY tmdb_id").rows


def test_every_film_of_the_span_is_stored_with_its_details(films: Catalogue, db: DuckDBClient) -> None:
    report = collect(make_app(films), db)
    expected = discoverable(films, **between(2015, 2020))
    assert with_details(db) == expected
    assert report.complete
    assert (report.details, report.listed, report.discovery) == (len(expected), len(expected), "walked")


def test_films_are_looked_for_a_piece_at_a_time_and_each_is_fetched_once(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films)
    listed = collect(app, db, details_limit=0).listed
    app.log.clear()
    asked_for: list[int] = []
    seen: list[Progress] = []

    async def fetch() -> None:
        async with make_client(app, requests_per_second=1e6) as client:
            writer = Writer(db.commit, SystemClock(), Inline())
            work = CollectionRun(writer, SystemClock(), seen.append, db, client, RefreshPolicy(), ids_at_once=7)
            missing, without_parts = work.listed(1)

            def find(most: int) -> Sequence[int | str]:
                ids = missing.find(most)
                asked_for.append(len(ids))
                return ids

            await work.fetch_missing(replace(missing, find=find), without_parts, limit=20)
            await work.fetch_missing(*work.listed(1))
            await writer.flush()

    run(fetch())
    assert asked_for == [7, 7, 6]
    assert (seen[19].done, seen[19].total) == (20, 20)
    assert (seen[-1].done, seen[-1].total) == (listed - 20, listed - 20)
    assert len(with_details(db)) == listed == app.log.report()["total"]


def test_a_film_that_is_gone_at_the_end_of_a_piece_is_asked_for_once_and_takes_no_other_s_place(
    films: Catalogue, db: DuckDBClient
) -> None:
    listed = collect(make_app(films), db, details_limit=0).listed
    app = make_app(films, faults="details:404@7")

    async def fetch() -> None:
        async with make_client(app, requests_per_second=1e6, max_concurrent=1) as client:
            writer = Writer(db.commit, SystemClock(), Inline())
            work = CollectionRun(writer, SystemClock(), None, db, client, RefreshPolicy(), ids_at_once=7)
            await work.fetch_missing(*work.listed(1))
            await writer.flush()

    run(fetch())
    asked_for = [entry["number"] for entry in app.log.entries()]
    assert (len(asked_for), len(set(asked_for)), len(with_details(db))) == (listed, listed, listed - 1)


def test_a_run_counts_what_it_sent_itself_and_not_what_its_client_sent_before(
    films: Catalogue, db: DuckDBClient
) -> None:
    app = make_app(films)

    async def work() -> RunReport:
        async with make_client(app, requests_per_second=1e6) as client:
            await client.discover_movies(2015, min_vote_count=0, max_pages=1)
            app.log.clear()
            return await orchestrator(db, client).run_full_collection(2015, 2015, details_limit=3)

    report = run(work())
    assert report.requests == app.log.report()["total"] > 0


def test_a_report_says_how_long_the_source_had_it_pause(films: Catalogue, db: DuckDBClient) -> None:
    report = collect(make_app(films, faults="429@2"), db, {"backoff": 3.0, "jitter": 0}, details_limit=1)
    assert (report.retries, report.paused_seconds) == ({"rate_limited": 1}, 3.0)


def test_running_again_requests_nothing(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films)
    collect(app, db)
    app.log.clear()
    report = collect(app, db)
    assert app.log.report()["total"] == 0
    assert (report.discovery, report.complete) == ("fresh", True)


def test_a_limit_takes_the_most_voted_first_and_the_next_run_the_rest(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films)
    collect(app, db, details_limit=10)
    least = db.query("SELECT min(vote_count) FROM movies WHERE details_at IS NOT NULL").rows[0][0]
    most = db.query("SELECT max(vote_count) FROM movies WHERE details_at IS NULL").rows[0][0]
    assert (len(with_details(db)), least >= most) == (10, True)
    collect(app, db)
    assert with_details(db) == discoverable(films, **between(2015, 2020))


def test_a_limit_of_nothing_only_discovers(films: Catalogue, db: DuckDBClient) -> None:
    report = collect(make_app(films), db, details_limit=0)
    assert with_details(db) == set()
    assert report.listed == db.query("SELECT count(*) FROM movies").rows[0][0] > 0


def test_a_run_that_is_stopped_is_carried_on_and_repeats_little(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films, latency=0.001)

    async def interrupted(after: int) -> RunReport:
        async with make_client(app, requests_per_second=1e6) as client:

            def stop_after(progress: Progress) -> None:
                if progress.requests >= after:
                    collection.stop()

            collection = orchestrator(db, client, on_progress=stop_after)
            return await collection.run_full_collection(**SPAN)

    outcomes = [run(interrupted(count)).outcome for count in (5, 20, 60, 120)]
    assert outcomes == ["interrupted"] * 4
    last = collect(app, db)
    whole = DuckDBClient(db.path + ".whole")
    collect(make_app(films), whole)
    assert last.complete
    assert content(db) == content(whole)
    assert sum(app.log.report()["answered_again"]["details"].values()) <= 4 * 20


def test_a_new_span_does_not_fetch_again_what_is_stored(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films)
    collect(app, db, discover_start_year=2019)
    app.log.clear()
    collect(app, db)
    new = discoverable(films, **between(2015, 2018))
    assert app.log.report()["by_kind"]["details"] == len(new)


def test_asking_for_a_part_later_fetches_just_the_films_that_lack_it(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films)
    collect(app, db, discover_start_year=2020, append=["credits"])
    expected = len(with_details(db))
    collect(app, db, discover_start_year=2020, append=["credits", "keywords"])
    assert db.query("SELECT part, count(*) FROM parts GROUP BY 1 ORDER BY 1").rows == [
        ("credits", expected),
        ("keywords", expected),
    ]
    app.log.clear()
    collect(app, db, discover_start_year=2020, append=["keywords"])
    assert app.log.report()["total"] == 0


def test_films_that_are_old_copies_are_refreshed_most_urgent_first(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films)
    collect(app, db)
    commit = "UPDATE movies SET details_at = details_at - INTERVAL {} WHERE tmdb_id IN (SELECT unnest(?))"
    ids = sorted(with_details(db))
    with duckdb.connect(db.path) as con:
        con.execute(commit.format("100 DAY"), [ids[:10]])
        con.execute(commit.format("170 DAY"), [ids[10:15]])
    app.log.clear()
    report = collect(app, db, refresh_limit=5)
    # None of them has changed, and TMDB says so instead of sending them.
    assert (report.refreshed, report.unchanged, app.log.report()["total"]) == (5, 5, 5)
    still = db.query("SELECT count(*) FROM movies WHERE details_at < now()::TIMESTAMP - INTERVAL 160 DAY").rows
    assert still == [(0,)]


def test_with_a_fifth_of_answers_failing_everything_listed_ends_stored_or_named(
    films: Catalogue, db: DuckDBClient
) -> None:
    app = make_app(films, faults="seed=11,rate=0.2")
    report = collect(app, db)
    expected = discoverable(films, **between(2015, 2020))
    failed = {tmdb_id for (tmdb_id,) in db.query("SELECT tmdb_id FROM failures").rows}
    assert with_details(db) | failed == expected
    assert {failure.tmdb_id for failure in report.failed} == failed
    assert report.retries
    again = collect(make_app(films), db)
    assert again.complete
    assert with_details(db) == expected


def test_a_listed_film_that_is_gone_is_a_fact_and_no_failure(films: Catalogue, db: DuckDBClient) -> None:
    discover_requests = collect(make_app(films), DuckDBClient(":memory:"), details_limit=0).requests
    app = make_app(films, faults=f"404@{discover_requests + 1}")
    report = collect(app, db, {"max_concurrent": 1})
    assert (report.gone, report.complete) == (1, True)
    assert db.query("SELECT count(*) FROM movies WHERE gone_at IS NOT NULL").rows == [(1,)]


def test_a_key_revoked_in_the_middle_stops_the_run_and_loses_nothing(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films, faults="401@100-999999")
    with pytest.raises(Unauthorized):
        collect(app, db)
    assert db.query("SELECT outcome FROM runs").rows == [("stopped",)]
    assert len(with_details(db)) >= 100 - 50
    assert collect(make_app(films), db).complete


def test_a_key_that_is_refused_once_among_successes_does_not_end_the_run(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films, faults="401@60,401@150")
    report = collect(app, db)
    assert report.complete
    assert app.log.report()["by_fault"] == {"401": 2}


def test_a_film_that_the_key_is_always_refused_for_is_that_films_failure(films: Catalogue) -> None:
    ids = some_ids(films, 30)

    class Refusing(SandboxTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if f"/movie/{ids[20]}?" in request.url.raw_path.decode():
                return httpx.Response(401, stream=httpx.ByteStream(b'{"status_code":7}'))
            return await super().handle_async_request(request)

    async def fetch() -> MovieBatch:
        async with TMDBClient(KEY, transport=Refusing(make_app(films)), max_retries=0) as client:
            return await client.get_batch_movie_details(ids)

    batch = run(fetch())
    assert len(batch) == 29
    assert [(failure.tmdb_id, failure.reason) for failure in batch.failures] == [(ids[20], "server_failure")]


def test_a_server_that_goes_away_stops_the_run_after_a_while(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films, faults="reset@100-999999")
    with pytest.raises(SourceError, match="50 films in a row"):
        collect(app, db, {"max_retries": 0})
    assert app.log.report()["total"] < 100 + 50 + 30
    assert collect(make_app(films), db).complete


def test_a_range_that_was_never_answered_is_open_in_the_report(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films, faults="500@3-999999")
    report = collect(app, db, {"max_retries": 0, "max_concurrent": 1}, max_pages=1, details_limit=0)
    # Six years, each a range of its own; two were answered.
    assert (report.coverage["open"], len(report.missing_pages), report.complete) == (4, 4, False)


@pytest.mark.parametrize("lie", ["total-random", "total-high.100"])
def test_a_discovery_that_was_not_worth_more_requests_is_finished_and_not_begun_again(
    films: Catalogue, db: DuckDBClient, lie: str
) -> None:
    app = make_app(films, faults=f"discover:{lie}=1")
    first = collect(app, db, details_limit=0)
    asked = app.log.report()["total"]
    fewest = -(-db.query("SELECT count(*) FROM movies").rows[0][0] // 20)
    assert asked <= FREE + MOST_PER_PAGE * fewest + MOST_AT_ONCE
    assert first.coverage["open"] == 0
    second = collect(app, db, details_limit=0)
    assert (second.discovery, app.log.report()["total"]) == ("fresh", asked)


def test_progress_reaches_its_total_in_every_phase(films: Catalogue, db: DuckDBClient) -> None:
    last: dict[str, Progress] = {}

    async def to_the_end() -> None:
        async with make_client(make_app(films), requests_per_second=1e6) as client:
            collection = orchestrator(db, client, on_progress=lambda progress: last.update({progress.phase: progress}))
            await collection.run_full_collection(**SPAN)

    run(to_the_end())
    assert [(phase, progress.done == progress.total) for phase, progress in last.items()] == [
        ("discover", True),
        ("details", True),
    ]


class _FullDisk:
    """A store whose third commit fails."""

    def __init__(self, inner: DuckDBClient) -> None:
        self._inner = inner
        self._commits = Counter[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, batch: Commit) -> None:
        self._commits["made"] += 1
        if self._commits["made"] == 3:
            raise StoreError("no space left on the disk")
        self._inner.commit(batch)


def test_a_store_that_fails_ends_the_run_and_the_next_one_carries_on(films: Catalogue, db: DuckDBClient) -> None:
    with pytest.raises(StoreError, match="no space"):
        collect(make_app(films), _FullDisk(db))
    assert db.query("SELECT outcome FROM runs").rows == [("stopped",)]
    assert collect(make_app(films), db).complete
    assert with_details(db) == discoverable(films, **between(2015, 2020))


@pytest.mark.parametrize("arguments", [{"refresh_limit": -1}, {"details_limit": -1}, {"append": ["credit"]}])
def test_bad_arguments_are_refused_before_anything_is_requested(
    films: Catalogue, db: DuckDBClient, arguments: dict[str, Any]
) -> None:
    app = make_app(films)
    with pytest.raises(ValueError, match=r"negative|credits"):
        collect(app, db, **arguments)
    assert app.log.report()["total"] == 0


def test_cancelling_the_task_commits_what_came(films: Catalogue, db: DuckDBClient) -> None:
    async def cancelled() -> None:
        async with make_client(make_app(films, latency=0.01), requests_per_second=1e6) as client:
            task = asyncio.ensure_future(orchestrator(db, client).run_full_collection(**SPAN))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(cancelled())
    assert db.query("SELECT outcome FROM runs").rows == [("interrupted",)]
    assert db.query("SELECT count(*) FROM movies").rows[0][0] > 0


def answering(answer: Callable[[httpx.Request, int], httpx.Response], **options: Any) -> TMDBClient:
    """A client of a server made of one function; the number counts its requests from 1."""
    asked = count(1)
    transport = httpx.MockTransport(lambda request: answer(request, next(asked)))
    return TMDBClient("0" * 32, transport=transport, requests_per_second=1e6, jitter=0, **options)


def listing(page: int, ids: Iterable[int], total: int) -> httpx.Response:
    rows = [{"id": number, "title": f"Film {number}", "release_date": "2020-05-05"} for number in ids]
    pages = -(-total // 20)
    return httpx.Response(200, json={"page": page, "results": rows, "total_pages": pages, "total_results": total})


def a_list_of(total: int, request: httpx.Request) -> httpx.Response:
    page = int(request.url.params["page"])
    return listing(page, range(page * 20 - 19, min(page * 20, total) + 1), total)


def carry_out(client: TMDBClient, store: Any, **arguments: Any) -> RunReport:
    return run(orchestrator(store, client).run_full_collection(**{**SPAN, **arguments}))


def test_a_proxy_that_answers_404_for_everything_is_not_believed(db: DuckDBClient) -> None:
    def answer(request: httpx.Request, _: int) -> httpx.Response:
        if "discover" in request.url.path:
            return a_list_of(100, request)
        return httpx.Response(404, html="<h1>Not here</h1>")

    with pytest.raises(SourceError, match="50 films in a row"):
        carry_out(answering(answer), db)
    well = answering(lambda request, _: httpx.Response(200, json={"id": int(request.url.path.rpartition("/")[2])}))
    assert carry_out(well, db).details == 100


def test_films_that_were_refused_and_wait_are_not_called_complete(db: DuckDBClient) -> None:
    def answer(request: httpx.Request, _: int) -> httpx.Response:
        return a_list_of(3, request) if "discover" in request.url.path else httpx.Response(422, json={"errors": ["no"]})

    assert not carry_out(answering(answer), db).complete
    again = carry_out(answering(answer), db)
    assert (again.requests, again.waiting, again.complete) == (0, 3, False)


def test_an_empty_page_in_the_middle_loses_no_film(db: DuckDBClient) -> None:
    def answer(request: httpx.Request, number: int) -> httpx.Response:
        if request.url.params["page"] == "2" and number < 4:
            return listing(2, [], 60)
        return a_list_of(60, request)

    report = carry_out(answering(answer), db, details_limit=0)
    assert report.complete
    assert db.query("SELECT count(*) FROM movies").rows == [(60,)]


def test_one_list_page_answered_by_something_in_between_does_not_stop_the_run(db: DuckDBClient) -> None:
    def answer(request: httpx.Request, _: int) -> httpx.Response:
        if request.url.params["page"] == "3":
            return httpx.Response(404, html="<h1>Not here</h1>")
        return a_list_of(100, request)

    report = carry_out(answering(answer), db, details_limit=0)
    assert (report.listed, len(report.missing_pages), report.complete) == (80, 1, False)


def test_a_row_that_cannot_be_read_is_said(db: DuckDBClient) -> None:
    def answer(request: httpx.Request, _: int) -> httpx.Response:
        body = {"page": 1, "results": [{"id": None}, {"id": 7}], "total_pages": 1, "total_results": 2}
        return httpx.Response(200, json=body)

    report = carry_out(answering(answer), db, details_limit=0)
    # Both sweeps of the range met it.
    assert (report.listed, report.unreadable, report.complete) == (2, 2, False)
    assert report.coverage == {"films": 1, "reported": 2, "best_effort": 1} | dict.fromkeys(
        ("proven", "capped", "overfull", "open"), 0
    )


def test_a_part_that_is_left_out_is_not_asked_for_for_ever(db: DuckDBClient) -> None:
    def answer(request: httpx.Request, _: int) -> httpx.Response:
        if "discover" in request.url.path:
            return a_list_of(3, request)
        return httpx.Response(200, json={"id": int(request.url.path.rpartition("/")[2]), "credits": {}})

    carry_out(answering(answer), db, append=["credits", "lists"])
    assert carry_out(answering(answer), db, append=["credits", "lists"]).requests == 0


def test_films_of_another_server_are_not_mixed_in(films: Catalogue, db: DuckDBClient) -> None:
    collect(make_app(films), db, details_limit=3)
    app = make_app(films)
    with pytest.raises(ConfigurationError, match=r"holds films of TMDB.*http://films\.example"):
        collect(app, db, {"base_url": "http://films.example/3"})
    with pytest.raises(ConfigurationError, match="in en-US; these would be of TMDB in de-DE"):
        collect(app, db, {"language": "de-DE"})
    assert app.log.report()["total"] == 0


def test_a_file_belongs_to_the_server_of_its_first_film_not_to_one_that_gave_none(
    films: Catalogue, db: DuckDBClient
) -> None:
    def no_such_path(request: httpx.Request, _: int) -> httpx.Response:
        return httpx.Response(404, json={"success": False, "status_code": 34, "status_message": "Not found"})

    def no_film(request: httpx.Request, _: int) -> httpx.Response:
        return httpx.Response(200, json={"page": 1, "results": [], "total_pages": 0, "total_results": 0})

    with pytest.raises(NotFound, match=r"Is http://films\.example right\? TMDB's address ends with /3\."):
        carry_out(answering(no_such_path, base_url="http://films.example"), db)
    # What it says of a span holds of that server and language alone.
    assert carry_out(answering(no_film, base_url="http://films.example/3"), db).complete
    assert carry_out(answering(no_film, language="de-DE"), db).complete
    assert db.named("servers").rows == []
    report = collect(make_app(films), db, details_limit=3)
    assert (report.discovery, report.details) == ("walked", 3)
    assert db.named("servers").rows == [("TMDB",)]
    with pytest.raises(ConfigurationError, match="holds films of TMDB"):
        carry_out(answering(no_film, base_url="http://films.example/3"), db)


def test_a_film_that_always_fails_does_not_take_the_place_of_others(db: DuckDBClient) -> None:
    def answer(request: httpx.Request, _: int) -> httpx.Response:
        if "discover" in request.url.path:
            return a_list_of(10, request)
        number = int(request.url.path.rpartition("/")[2])
        return httpx.Response(200, json={"id": number}) if number > 5 else httpx.Response(500)

    assert carry_out(answering(answer), db, details_limit=5).details == 0
    assert carry_out(answering(answer), db, details_limit=5).details == 5


def test_two_collections_into_one_file_at_once_are_refused(films: Catalogue, db: DuckDBClient) -> None:
    app = make_app(films)
    with DuckDBClient(db.path).collecting(), pytest.raises(StoreBusy, match="Another ayne"):
        collect(app, db)
    assert app.log.report()["total"] == 0
    assert collect(app, db, details_limit=0).listed


def test_a_collection_that_was_stopped_can_be_run_again_by_the_same_object(films: Catalogue, db: DuckDBClient) -> None:
    async def twice() -> list[str]:
        async with make_client(make_app(films), requests_per_second=1e6) as client:
            collection = orchestrator(db, client)
            collection.stop()
            return [(await collection.run_full_collection(**SPAN)).outcome for _ in range(2)]

    assert run(twice()) == ["interrupted", "done"]
    assert db.query("SELECT outcome FROM runs ORDER BY run_id").rows == [("interrupted",), ("done",)]
