"""Details and batches against the sandbox: partial results, faults, politeness."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayne.data_collection.budget import Budget
from ayne.data_collection.tmdb import FetchFailure, MovieDetails, TMDBClient, Unchanged
from ayne.errors import BudgetSpent, Mismatched, MissingCredentials, NotFound, Unauthorized
from ayne.net.allowance import within
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from ayne.sandbox.faults import PASSING
from ayne.sandbox.transport import SandboxTransport
from tests.in_process import KEY, make_app, make_client
from tests.virtual_time import VirtualClock, run


def some_ids(catalogue: Catalogue, count: int) -> list[int]:
    return catalogue.ids(catalogue.discover(Query.parse({}))[:count])


def test_the_results_come_in_the_order_of_the_ids(films: Catalogue) -> None:
    ids = some_ids(films, 60)
    movies = run(make_client(make_app(films, latency=0.01)).get_batch_movie_details(ids))
    assert [movie["tmdb_id"] for movie in movies] == ids
    assert movies.failures == []


def test_a_film_says_what_the_catalogue_says(films: Catalogue) -> None:
    (tmdb_id,) = some_ids(films, 1)
    body = films.details(tmdb_id)
    assert body is not None
    movie = run(make_client(make_app(films)).get_movie_details(tmdb_id))
    for key in ("title", "imdb_id", "release_date", "genres", "production_companies", "vote_count"):
        assert movie[key] == body[key]
    assert movie["budget"] == (body["budget"] or None)
    assert movie["runtime"] == (body["runtime"] or None)


def test_a_film_is_found_by_its_imdb_id(films: Catalogue) -> None:
    client = make_client(make_app(films))
    bodies = [films.details(tmdb_id) for tmdb_id in some_ids(films, 20)]
    body = next(body for body in bodies if body and body["imdb_id"])
    assert run(client.get_movie_details(body["imdb_id"]))["tmdb_id"] == body["id"]


def test_the_answer_comes_along_only_where_it_is_asked_for(films: Catalogue) -> None:
    async def both() -> list[MovieDetails | FetchFailure | Unchanged]:
        async with make_client(make_app(films)) as client:
            ids = some_ids(films, 1)
            plain = [film async for film in client.iter_movie_details(ids)]
            return plain + [film async for film in client.iter_movie_details(ids, keep_bodies=True)]

    plain, kept = run(both())
    assert not isinstance(plain, FetchFailure | Unchanged)
    assert not isinstance(kept, FetchFailure | Unchanged)
    assert "body" not in plain
    assert json.loads(kept["body"])["id"] == kept["tmdb_id"]


def test_parts_come_with_the_details(films: Catalogue) -> None:
    (tmdb_id,) = some_ids(films, 1)
    app = make_app(films)
    movie = run(make_client(app).get_movie_details(tmdb_id, append=["credits", "watch/providers"]))
    assert set(movie["parts"]) == {"credits", "watch/providers"}
    assert app.log.report()["total"] == 1


def test_one_bad_film_does_not_stop_the_batch(films: Catalogue) -> None:
    ids = [*some_ids(films, 5), 999_999_999]
    movies = run(make_client(make_app(films)).get_batch_movie_details(ids))
    assert len(movies) == 5
    (failure,) = movies.failures
    assert (failure.tmdb_id, failure.reason, failure.gone) == (999_999_999, "not_found", True)


def test_failures_are_logged_with_id_and_reason(films: Catalogue, caplog: pytest.LogCaptureFixture) -> None:
    # A command that ran in this process before may have asked for less.
    caplog.set_level(logging.WARNING)
    run(make_client(make_app(films)).get_batch_movie_details([999_999_999]))
    assert "999999999" in caplog.text
    assert "not_found" in caplog.text


def test_a_single_unknown_film_raises(films: Catalogue) -> None:
    with pytest.raises(NotFound):
        run(make_client(make_app(films)).get_movie_details(999_999_999))


def test_progress_ends_with_current_equal_to_total_failures_included(films: Catalogue) -> None:
    calls: list[tuple[int, int]] = []
    ids = [*some_ids(films, 9), 999_999_999]
    run(
        make_client(make_app(films)).get_batch_movie_details(ids, lambda current, total: calls.append((current, total)))
    )
    assert calls == [(number, 10) for number in range(1, 11)]


def test_progress_of_nothing_is_said_once(films: Catalogue) -> None:
    calls: list[tuple[int, int]] = []
    run(make_client(make_app(films)).get_batch_movie_details([], lambda *call: calls.append(call)))
    assert calls == [(0, 0)]


def test_a_repeated_id_is_fetched_once_and_returned_twice(films: Catalogue) -> None:
    (tmdb_id,) = some_ids(films, 1)
    app = make_app(films)
    movies = run(make_client(app).get_batch_movie_details([tmdb_id, tmdb_id]))
    assert [movie["tmdb_id"] for movie in movies] == [tmdb_id, tmdb_id]
    assert app.log.report()["total"] == 1


@pytest.mark.parametrize("bad", [0, -5, True, "550", "../movie/550", "tt12", 1.5])
def test_an_id_that_cannot_be_one_is_refused_before_anything_is_requested(films: Catalogue, bad: Any) -> None:
    app = make_app(films)
    with pytest.raises(ValueError, match="neither a TMDB id"):
        run(make_client(app).get_batch_movie_details([*some_ids(films, 3), bad]))
    assert app.log.report()["total"] == 0


def test_ids_are_read_no_faster_than_films_are_fetched(films: Catalogue) -> None:
    taken = 0

    async def first_ten() -> None:
        nonlocal taken

        def endless() -> Any:
            nonlocal taken
            for tmdb_id in some_ids(films, 1000):
                taken += 1
                yield tmdb_id

        received = 0
        client = make_client(make_app(films))
        films_ = client.iter_movie_details(endless())
        async for _ in films_:
            received += 1
            if received == 10:
                break
        await films_.aclose()

    run(first_ten())
    assert taken <= 10 + 2 * 10


@pytest.mark.parametrize("kind", sorted({*PASSING, "refuse"}))
def test_each_passing_fault_is_overcome(films: Catalogue, kind: str) -> None:
    ids = some_ids(films, 30)
    app = make_app(films, faults=f"{kind}@3,{kind}@10")
    movies = run(make_client(app, timeout=3).get_batch_movie_details(ids))
    assert [movie["tmdb_id"] for movie in movies] == ids
    assert app.log.report()["total"] == (30 if kind in {"slow", "clock-skew"} else 32)


def test_with_a_fifth_of_answers_failing_every_film_is_received_or_listed(films: Catalogue) -> None:
    ids = some_ids(films, 500)
    app = make_app(films, faults="seed=7,rate=0.2")
    movies = run(make_client(app, requests_per_second=1000, timeout=10).get_batch_movie_details(ids))
    assert {movie["tmdb_id"] for movie in movies} | {failure.tmdb_id for failure in movies.failures} == set(ids)
    assert len(movies.failures) <= 5


def test_the_server_sees_no_more_than_the_promise_and_the_cap(films: Catalogue) -> None:
    app = make_app(films, latency=0.3)
    run(
        make_client(app, requests_per_second=20, burst=3, max_concurrent=4).get_batch_movie_details(
            some_ids(films, 200)
        )
    )
    seen = app.log.report()
    assert seen["worst_1s"] <= 3 + 20
    assert seen["worst_10s"] <= 3 + 200
    assert seen["peak_concurrency"] == 4


def test_the_server_sees_four_a_second_by_default(films: Catalogue) -> None:
    app = make_app(films)
    run(make_client(app).get_batch_movie_details(some_ids(films, 100)))
    seen = app.log.report()
    assert seen["mean_rate"] == pytest.approx(4, rel=0.02)
    assert seen["worst_1s"] <= 5


def test_a_server_that_allows_less_than_was_asked_is_waited_for(films: Catalogue) -> None:
    ids = some_ids(films, 120)
    app = make_app(films, rate=10)
    movies = run(make_client(app, requests_per_second=12).get_batch_movie_details(ids))
    assert [movie["tmdb_id"] for movie in movies] == ids


def test_a_wrong_key_stops_the_batch_at_once(films: Catalogue) -> None:
    app = make_app(films, api_keys=frozenset({"f" * 32}))
    with pytest.raises(Unauthorized):
        run(make_client(app).get_batch_movie_details(some_ids(films, 500)))
    assert app.log.report()["total"] <= 20


def test_a_v4_token_is_accepted_too(films: Catalogue) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"
    app = make_app(films, api_keys=frozenset({token}))
    client = TMDBClient(token, transport=SandboxTransport(app))
    assert run(client.get_movie_details(some_ids(films, 1)[0]))


def test_no_key_is_said_before_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMDB_API_KEY", "TMDB_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingCredentials, match="ayne collect --sandbox"):
        TMDBClient()


def test_who_asks_for_no_request_needs_no_key(films: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMDB_API_KEY", "TMDB_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    app = make_app(films)
    client = TMDBClient(transport=SandboxTransport(app), needs_key=False)
    assert (client.server, client.credential_kind) == ("TMDB", "no key")
    with pytest.raises(MissingCredentials, match="ayne collect --sandbox"):
        run(client.get_movie_details(550))
    assert app.log.report()["total"] == 0
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    assert TMDBClient(needs_key=False).credential_kind == "v3 API key"


def test_bodies_are_kept_as_received(films: Catalogue, tmp_path: Path) -> None:
    ids = some_ids(films, 20)

    async def collect() -> None:
        async with make_client(make_app(films), output_dir=tmp_path, requests_per_second=1000) as client:
            await client.get_batch_movie_details(ids)

    run(collect())
    (file,) = tmp_path.iterdir()
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert {line["body"]["id"] for line in lines} == set(ids)
    assert all(line["path"] == f"/movie/{line['body']['id']}" for line in lines)
    assert KEY not in gzip.decompress(file.read_bytes()).decode()


def test_an_unexpected_key_is_counted_and_kept(films: Catalogue) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": 5, "title": "A", "holograms": 3}, request=request)

    client = TMDBClient(KEY, transport=httpx.MockTransport(answer))
    movie = run(client.get_movie_details(5))
    assert movie["raw"] == {"holograms": 3}
    assert client.unknown_keys == {"holograms": 1}


def client_of(*films: dict[str, Any]) -> TMDBClient:
    """A client of a server that answers with these films, one after the other, whatever it is asked for."""
    answers = iter(films)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=next(answers), request=request))
    return TMDBClient(KEY, transport=transport, clock=VirtualClock(), max_retries=0)


A, B, C = ({"id": tmdb_id, "title": "A"} for tmdb_id in (5, 7, 9))


def test_an_id_answered_twice_with_the_same_other_film_is_merged() -> None:
    client = client_of(B, B)
    (failure,) = run(client.get_batch_movie_details([5])).failures
    assert (failure.reason, failure.merged_into, failure.confirmed) == ("merged", 7, True)
    assert client.traffic.requests == 2


def test_an_id_answered_once_with_another_film_is_the_film_it_is() -> None:
    films = run(client_of(B, A).get_batch_movie_details([5]))
    assert ([film["tmdb_id"] for film in films], films.failures) == ([5], [])


def test_an_id_answered_with_two_other_films_is_not_merged() -> None:
    (failure,) = run(client_of(B, C).get_batch_movie_details([5])).failures
    assert (failure.reason, failure.merged_into, failure.confirmed) == ("mismatched", None, False)


def test_a_film_that_was_not_asked_for_is_never_returned() -> None:
    assert run(client_of(B, A).get_movie_details(5))["tmdb_id"] == 5
    with pytest.raises(Mismatched, match="film 7 instead"):
        run(client_of(B, B).get_movie_details(5))


@pytest.mark.parametrize(
    ("imdb_id", "accepted"), [("tt0000005", True), ("tt00000005", True), ("", True), ("tt0000006", False)]
)
def test_a_film_asked_for_by_its_imdb_id_has_it_as_far_as_it_is_known(imdb_id: str, accepted: bool) -> None:
    client = client_of(*[{**A, "imdb_id": imdb_id}] * 2)
    movies = run(client.get_batch_movie_details(["tt0000005"]))
    assert ([film["tmdb_id"] for film in movies], len(movies.failures)) == (([5], 0) if accepted else ([], 1))
    assert [failure.reason for failure in movies.failures] == ([] if accepted else ["mismatched"])


def test_that_another_film_is_unchanged_is_not_believed_and_the_film_fetched_whole() -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("if-none-match"))
        if asked[-1]:
            return httpx.Response(304, headers={"ETag": '"another"'}, request=request)
        return httpx.Response(200, json=A, request=request)

    async def fetched() -> list[Any]:
        client = TMDBClient(KEY, transport=httpx.MockTransport(answer), clock=VirtualClock())
        return [film async for film in client.iter_movie_details([5], etags={5: '"own"'})]

    (film,) = run(fetched())
    assert film["tmdb_id"] == 5
    assert asked == ['"own"', '"own"', None]


@pytest.mark.parametrize(("status", "body"), [(404, {"status_code": 34}), (200, {"id": 7, "title": "A"})])
def test_a_film_that_is_gone_or_merged_says_when_that_was_said(status: int, body: dict[str, Any]) -> None:
    """Not when it was heard: a cache may have kept the answer for hours."""
    headers = {"Date": "Thu, 01 Jan 2026 12:00:00 GMT", "Age": "60"}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=body, headers=headers, request=request)

    client = TMDBClient(KEY, transport=httpx.MockTransport(answer), clock=_At(datetime(2026, 1, 1, 18, tzinfo=UTC)))
    (failure,) = run(client.get_batch_movie_details([5])).failures
    assert failure.observed_at == datetime(2026, 1, 1, 12, tzinfo=UTC)


class _At(VirtualClock):
    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


def test_a_film_known_by_name_is_asked_for_by_it_and_kept_only_when_it_comes(tmp_path: Path) -> None:
    asked: dict[str, str | None] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        name = asked[request.url.path[-1]] = request.headers.get("if-none-match")
        if name:
            return httpx.Response(304, request=request)
        return httpx.Response(200, json={"id": 6}, headers={"ETag": 'W/"new"'}, request=request)

    async def both() -> list[MovieDetails | FetchFailure | Unchanged]:
        transport = httpx.MockTransport(answer)
        async with TMDBClient(KEY, transport=transport, output_dir=tmp_path, max_concurrent=1) as client:
            names = {5: 'W/"old"'}
            return [film async for film in client.iter_movie_details([5, 6], append=["credits"], etags=names)]

    same, other = run(both())
    assert isinstance(same, Unchanged)
    assert (same.tmdb_id, same.parts) == (5, ("credits",))
    assert isinstance(other, dict)
    assert other.get("etag") == 'W/"new"'
    assert asked == {"5": 'W/"old"', "6": None}
    (file,) = tmp_path.glob("*.gz")
    assert len(gzip.decompress(file.read_bytes()).splitlines()) == 1


def test_a_304_that_nobody_asked_for_is_no_film() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(304, request=request))
    client = TMDBClient(KEY, transport=transport, max_retries=0)
    (failure,) = run(client.get_batch_movie_details([5])).failures
    assert failure.status == 304


@pytest.mark.parametrize("name", ["", "bare", 'W/"a b"', '"a\x7f"', f'"{"x" * 300}"'])
def test_a_name_that_cannot_be_sent_back_is_none(name: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": 5}, headers={"ETag": name}, request=request)

    client = TMDBClient(KEY, transport=httpx.MockTransport(answer))
    assert "etag" not in run(client.get_movie_details(5))


def test_a_language_leaves_out_no_picture_without_writing_and_no_english_trailer(films: Catalogue) -> None:
    def languages(**settings: Any) -> tuple[set[str | None], set[str | None]]:
        client = make_client(make_app(films), **settings)
        batch = run(client.get_batch_movie_details(some_ids(films, 60), append=["images", "videos"]))
        images = {row["iso_639_1"] for film in batch for row in film["parts"]["images"]["backdrops"]}
        return images, {row["iso_639_1"] for film in batch for row in film["parts"]["videos"]["results"]}

    assert None in languages(language="de-DE")[0]
    assert languages(language="de-DE")[1] == {"de", "en"}
    only = languages(language="de-DE", include_image_language="null", include_video_language=["fr"])
    assert only == ({None}, {"de", "fr"})


def test_cancelling_a_batch_leaves_no_task_behind(films: Catalogue) -> None:
    async def cancelled() -> int:
        client = make_client(make_app(films, latency=0.2))
        batch = asyncio.ensure_future(client.get_batch_movie_details(some_ids(films, 100)))
        await asyncio.sleep(1)
        batch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await batch
        return len(asyncio.all_tasks())

    assert run(cancelled()) == 1


def test_what_was_paid_for_comes_although_the_budget_is_spent(films: Catalogue) -> None:
    app = make_app(films, latency=0.5, faults="500@4")
    client = make_client(app, max_concurrent=8)
    budget = Budget(VirtualClock(), requests=10)
    came: list[Any] = []

    async def fetch() -> None:
        with within(client, budget.take):
            async for film in client.iter_movie_details(some_ids(films, 50)):
                came.append(film)  # noqa: PERF401 - what came before an error is looked at

    with pytest.raises(BudgetSpent):
        run(fetch())
    assert app.log.report()["total"] == 10
    # The fourth was answered 500, and its retry was one of the ten, or no longer permitted.
    assert len(came) == 9


# --- search -----------------------------------------------------------------------------------------------------------


def test_a_film_is_found_by_its_title(films: Catalogue) -> None:
    (tmdb_id,) = some_ids(films, 1)
    body = films.details(tmdb_id)
    assert body is not None

    async def search() -> list[int]:
        async with make_client(make_app(films)) as client:
            found = await client.search_movies(f" {body['title']} ", include_adult=True)
            return [film["tmdb_id"] for film in found]

    assert tmdb_id in run(search())


def test_a_search_for_nothing_is_refused_before_it_is_sent(films: Catalogue) -> None:
    app = make_app(films)
    with pytest.raises(ValueError, match="a search needs a title"):
        run(make_client(app).search_movies(" "))
    assert app.log.report()["total"] == 0
