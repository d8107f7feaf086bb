import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan

DAY = "2019-01-01"
FILMS = Catalogue.generated(800, seed=3, busiest_day=300)


def walk(app: SandboxApp, sort_by: str) -> Iterator[dict[str, Any]]:
    pages, page = 1, 1
    while page <= pages:
        filters = {"primary_release_date.gte": DAY, "primary_release_date.lte": DAY, "sort_by": sort_by, "page": page}
        answer = app.answer(Request("GET", "/3/discover/movie", urlencode({"api_key": "k", **filters})))
        body = json.loads(answer.body)
        pages, page = body["total_pages"], page + 1
        yield from body["results"]


def films(plan: str, sort_by: str = "primary_release_date.desc") -> list[int]:
    app = SandboxApp(FILMS, faults=FaultPlan.parse(plan))
    return [row["id"] for row in walk(app, sort_by)]


ALL = films("")


@pytest.mark.parametrize("plan", ["replicas=1", "replicas.3=1", "reshuffled=1", "snapshots=1", "snapshots.50=1"])
def test_a_day_is_listed_twice_here_and_never_there_when_its_films_have_no_order(plan: str) -> None:
    met = films(plan)
    assert len(met) == len(ALL)
    assert len(set(met)) < len(ALL)
    assert set(met) < set(ALL)


@pytest.mark.parametrize("plan", ["replicas.3=1", "reshuffled=1", "snapshots.50=1"])
def test_an_order_that_tells_most_films_apart_is_nearly_the_same_in_all_servers(plan: str) -> None:
    right, met = films("", "title.asc"), films(plan, "title.asc")
    others = [film for film, seen in zip(right, met, strict=True) if film != seen]
    titles = [str((FILMS.details(film) or {})["title"]) for film in right]
    namesakes = {film for film, title in zip(right, titles, strict=True) if titles.count(title) > 1}
    assert set(others) <= namesakes


def test_the_more_films_have_moved_the_fewer_are_met() -> None:
    met = [len(set(films(f"snapshots.{percent}=1"))) for percent in (0, 2, 50)]
    assert met[0] == len(ALL)
    assert met == sorted(met, reverse=True)
    assert met[2] < met[1]


def test_numbers_move_between_snapshots_and_not_between_replicas() -> None:
    assert films("snapshots.50=1", "popularity.desc") != films("", "popularity.desc")
    assert sorted(films("replicas.3=1", "popularity.desc")) == sorted(ALL)


def test_one_replica_alone_is_consistent() -> None:
    assert sorted(films("replicas.1=1")) == sorted(ALL)


def test_the_same_page_is_always_the_same_snapshot() -> None:
    assert films("snapshots=1") == films("snapshots=1")
