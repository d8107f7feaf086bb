"""The change feed: its pages, its windows, and what it does with a date that is none."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.films.columns import Body
from ayne.sandbox.tmdb.site import Tmdb
from ayne.sandbox.world import World
from tests.judges.sandbox_answers import KEY

FILMS = Catalogue.generated(50)
FILM = FILMS.ids([20])[0]
NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC).timestamp()
ITEM = {"key": "title", "items": []}


class Busy(World):
    """A world in which 250 films have changed, and which remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(FILMS)
        self.asked: list[tuple[date, date]] = []

    def changes(self, first: date, last: date, now: float) -> list[Body]:
        self.asked.append((first, last))
        return [{"id": number, "adult": None} for number in range(250)]

    def changes_of(self, work_id: int, first: date, last: date, now: float) -> list[Body] | None:
        self.asked.append((first, last))
        return [ITEM] if work_id in (FILM, 999_999) else None


def ask(path: str, query: str = "", world: World | None = None) -> tuple[int, Any]:
    tmdb = Tmdb(world or Busy(), "true", 0.0, None)
    answer = tmdb.answer(Request("GET", f"/3{path}", f"api_key={KEY}&{query}"), NOW)
    return answer.status, json.loads(answer.body)


def test_a_page_of_changes_has_100_rows_and_its_keys_in_an_order_of_their_own() -> None:
    status, body = ask("/movie/changes", "page=3")
    assert status == 200
    assert list(body) == ["results", "page", "total_pages", "total_results"]
    assert [row["id"] for row in body["results"]] == list(range(200, 250))
    assert (body["page"], body["total_pages"], body["total_results"]) == (3, 3, 250)


def test_nothing_changed_is_one_page() -> None:
    assert ask("/movie/changes", world=World(FILMS)) == (
        200,
        {"results": [], "page": 1, "total_pages": 1, "total_results": 0},
    )


@pytest.mark.parametrize("path", ["/movie/changes", f"/movie/{FILM}/changes"])
@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", date(2026, 3, 9), date(2026, 3, 10)),
        ("end_date=2025-11-24", date(2025, 11, 23), date(2025, 11, 24)),
        ("start_date=2026-03-01", date(2026, 3, 1), date(2026, 3, 10)),
        ("start_date=2025-01-01&end_date=2025-01-15", date(2025, 1, 1), date(2025, 1, 15)),
        ("start_date=2025-01-01%2000:00:00&end_date=2025-01-02T05:00", date(2025, 1, 1), date(2025, 1, 2)),
        ("start_date=&end_date=", date(2026, 3, 9), date(2026, 3, 10)),
    ],
)
def test_the_world_is_asked_for_the_days_that_are_meant(path: str, query: str, first: date, last: date) -> None:
    world = Busy()
    assert ask(path, query, world)[0] == 200
    assert world.asked == [(first, last)]


@pytest.mark.parametrize("path", ["/movie/changes", f"/movie/{FILM}/changes", "/person/changes"])
@pytest.mark.parametrize(
    "query",
    ["start_date=2025-01-01&end_date=2025-01-16", "start_date=2025-01-01", "start_date=2025-01-02&end_date=2025-01-01"],
)
def test_more_than_14_days_are_code_20(path: str, query: str) -> None:
    status, body = ask(path, query)
    assert (status, body["status_code"]) == (422, 20)
    assert body["status_message"] == "Invalid date range: Should be a range no longer than 14 days."


@pytest.mark.parametrize("path", ["/movie/changes", f"/movie/{FILM}/changes"])
@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "20250101", "2025-W01-1", "2025-01-011", "01/02/2025"])
def test_a_date_that_is_none_is_code_23(path: str, text: str) -> None:
    status, body = ask(path, f"start_date={text}")
    assert (status, body["status_code"]) == (400, 23)


def test_the_changes_of_a_film_stand_alone_or_beside_it() -> None:
    assert ask(f"/movie/{FILM}/changes") == (200, {"changes": [ITEM]})
    assert ask(f"/movie/{FILM}", "append_to_response=changes")[1]["changes"] == {"changes": [ITEM]}


def test_a_film_that_is_gone_has_changes_and_one_that_never_was_has_none() -> None:
    assert ask("/movie/999999/changes")[0] == 200
    assert ask("/movie/999998/changes")[1]["status_code"] == 34
    assert ask("/movie/tt0000001/changes")[1]["status_code"] == 34
    assert ask("/movie/Strange/changes")[1]["status_code"] == 6


def test_a_film_can_be_called_by_its_imdb_id() -> None:
    (imdb_id,) = [(FILMS.details(FILM) or {})["imdb_id"]]
    assert ask(f"/movie/{imdb_id}/changes") == (200, {"changes": [ITEM]})


def test_clamped_totals_hold_for_changes_too() -> None:
    class Crowded(Busy):
        def changes(self, first: date, last: date, now: float) -> list[Body]:
            return [{"id": number, "adult": False} for number in range(60_000)]

    answer = Tmdb(Crowded(), "clamped", 0.0, None).answer(Request("GET", "/3/movie/changes", f"api_key={KEY}"), NOW)
    body = json.loads(answer.body)
    assert (body["total_pages"], body["total_results"]) == (500, 10_000)
