"""The named lists of films, and the rules that all lists share."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.tmdb.site import Tmdb
from ayne.sandbox.world import World
from tests.judges.sandbox_answers import KEY, Sandbox

SANDBOX = Sandbox(3_000)
SUMMER = datetime(2020, 7, 15, 12, tzinfo=UTC).timestamp()

LISTS = (
    "/discover/movie", "/movie/popular", "/movie/top_rated", "/movie/now_playing", "/movie/upcoming",
    "/trending/movie/day", "/trending/movie/week", "/trending/person/day", "/search/movie", "/search/person",
    "/search/company", "/search/keyword", "/search/collection", "/search/multi", "/person/popular", "/movie/changes",
)  # fmt: skip


def in_summer(path: str, query: str = "") -> Any:
    tmdb = Tmdb(World(SANDBOX.catalogue), "true", 0.0, None)
    return json.loads(tmdb.answer(Request("GET", f"/3{path}", f"api_key={KEY}&{query}"), SUMMER).body)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("page", ["0", "501", "x"])
def test_a_page_that_cannot_be_is_code_22(path: str, page: str) -> None:
    status, body = SANDBOX.status(path, page=page, query="the")
    assert (status, body["status_code"]) == (400, 22)


@pytest.mark.parametrize("path", LISTS)
def test_a_page_beyond_the_last_is_empty_with_the_totals_of_the_first(path: str) -> None:
    first, beyond = (SANDBOX.get(path, page=page, query="the") for page in (1, 499))
    if first["total_pages"] < 499:
        assert beyond == first | {"page": 499, "results": []}
    else:
        assert len(beyond["results"]) == 20


def test_popular_films_are_those_of_discover() -> None:
    assert SANDBOX.get("/movie/popular", page=3) == SANDBOX.get("/discover/movie", page=3)


def test_the_best_films_are_rated_by_many_and_no_documentaries() -> None:
    rows = [row for page in SANDBOX.pages("/movie/top_rated", 30) for row in page["results"]]
    averages = [row["vote_average"] for row in rows]
    assert averages == sorted(averages, reverse=True)
    assert min(row["vote_count"] for row in rows) >= 200
    assert not {99, 10755} & {genre for row in rows for genre in row["genre_ids"]}


def test_films_in_cinemas_came_out_there_in_the_last_seven_weeks() -> None:
    body = in_summer("/movie/now_playing")
    assert list(body) == ["dates", "page", "results", "total_pages", "total_results"]
    assert body["dates"] == {"maximum": "2020-07-15", "minimum": "2020-05-28"}
    days = "release_date.gte=2020-05-28&release_date.lte=2020-07-15"
    discovered = in_summer("/discover/movie", f"{days}&with_release_type=2|3")
    assert body["results"] == discovered["results"]
    assert (
        0 < body["total_results"] == discovered["total_results"] < in_summer("/discover/movie", days)["total_results"]
    )


def test_films_to_come_begin_the_day_after() -> None:
    assert in_summer("/movie/upcoming")["dates"] == {"maximum": "2020-08-04", "minimum": "2020-07-16"}


def test_a_region_leaves_out_what_is_not_in_its_cinemas() -> None:
    everywhere, there = (in_summer("/movie/now_playing", f"region={region}")["total_results"] for region in ("", "JP"))
    assert 0 <= there < everywhere


def test_a_trending_row_says_what_it_is() -> None:
    rows = SANDBOX.get("/trending/movie/week")["results"]
    assert {row["media_type"] for row in rows} == {"movie"}
    assert {row["media_type"] for row in SANDBOX.get("/trending/person/week")["results"]} == {"person"}


def test_nothing_trends_by_the_month() -> None:
    assert SANDBOX.status("/trending/movie/month")[1]["status_code"] == 34


def test_the_latest_film_is_the_one_with_the_highest_id() -> None:
    latest = SANDBOX.get("/movie/latest")
    assert latest["id"] == max(SANDBOX.catalogue.ids(range(len(SANDBOX.catalogue))))
    assert latest == SANDBOX.get(f"/movie/{latest['id']}")
