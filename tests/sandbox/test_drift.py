"""Pages of different ages: what a walk repeats and misses, and what stays as it is."""

import csv
import gzip
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.drift import Drift

NOW = 1_700_000_000.0
FILMS = Catalogue.generated(2000)


def page_of(number: int, sort: str = "popularity.desc") -> Request:
    return Request("GET", "/3/discover/movie", f"api_key=k&page={number}&sort_by={sort}")


def walk(drift: Drift, total: int = 45_000, now: float = NOW) -> list[int]:
    pages = range(1, min(500, -(-total // 20)) + 1)
    rows = (drift.snapshot(page_of(page), now).rows(total, slice(page * 20 - 20, page * 20)) for page in pages)
    return [rank for page in rows for rank in page]


def distances(seen: Sequence[object]) -> list[int]:
    """How far apart the appearances of each film are, in order of size."""
    places: defaultdict[object, list[int]] = defaultdict(list)
    for place, film in enumerate(seen):
        places[film].append(place)
    return sorted(b - a for where in places.values() for a, b in pairwise(where))


def surplus(seen: Sequence[object]) -> float:
    return 1 - len(set(seen)) / len(seen)


def discover(app: SandboxApp, page: int, **parameters: str) -> dict[str, Any]:
    query = "&".join(["api_key=k", f"page={page}", *(f"{name}={value}" for name, value in parameters.items())])
    body: dict[str, Any] = json.loads(app.answer(Request("GET", "/3/discover/movie", query)).body)
    return body


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_walk_repeats_as_many_films_as_the_recorded_one_and_as_far_apart(recordings: Path, seed: int) -> None:
    with gzip.open(recordings / "tables" / "discover_2024_walk_500pages.csv.gz", "rt", encoding="utf-8") as file:
        recorded = [row["id"] for row in csv.DictReader(file)]
    walked = walk(Drift(surplus(recorded), seed))
    assert surplus(walked) == pytest.approx(surplus(recorded), rel=0.12)
    ours, theirs = distances(walked), distances(recorded)
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert 0.66 < ours[int(len(ours) * share)] / theirs[int(len(theirs) * share)] < 1.5
    # The upper third has most of them.
    for seen in (recorded, walked):
        assert surplus(seen[:3300]) > 2 * surplus(seen)


@pytest.mark.parametrize("share", [0.01, 0.03, 0.15])
def test_other_shares_are_kept_too(share: float) -> None:
    assert surplus(walk(Drift(share))) == pytest.approx(share, rel=0.15)


def test_no_page_shows_a_film_twice_or_one_that_does_not_exist() -> None:
    drift = Drift(0.25)
    for total in (1, 19, 21, 60, 1003, 45_000):
        for page in range(1, min(500, -(-total // 20)) + 1):
            here = range(page * 20 - 20, min(page * 20, total))
            rows = drift.snapshot(page_of(page), NOW).rows(total, slice(here.start, here.stop))
            assert len(rows) == len(set(rows)) == len(here)
            assert all(0 <= rank < total for rank in rows)


def test_a_query_of_one_page_shows_and_counts_every_film() -> None:
    drift = Drift(0.25)
    for page in range(1, 300):
        snapshot = drift.snapshot(Request("GET", "/3/discover/movie", f"year={page}"), NOW)
        assert (snapshot.rows(20, slice(0, 20)), snapshot.total(20, 20)) == (list(range(20)), 20)


def test_a_page_stays_as_it_is_while_its_copy_lives_and_changes_then() -> None:
    drift = Drift(0.25)

    def seen(page: int, now: float) -> list[int]:
        return drift.snapshot(page_of(page), now).rows(45_000, slice(page * 20 - 20, page * 20))

    changes = {
        page: {now for now in range(0, 28_800, 900) if seen(page, now) != seen(page, now + 900)}
        for page in range(20, 40)
    }
    assert all(len(moments) <= 1 for moments in changes.values())
    assert len(set().union(*changes.values())) > 10
    assert all(seen(page, 0) != seen(page, 28_800) for page in range(20, 40))


def test_another_order_and_another_seed_are_other_snapshots_and_the_key_is_none() -> None:
    def seen(drift: Drift, request: Request) -> list[int]:
        return drift.snapshot(request, NOW).rows(45_000, slice(580, 600))

    first = seen(Drift(0.25), page_of(30))
    assert first != seen(Drift(0.25), page_of(30, "popularity.asc"))
    assert first != seen(Drift(0.25, seed=2), page_of(30))
    other_key = Request("GET", "/3/discover/movie", "sort_by=popularity.desc&page=30&api_key=other")
    assert first == seen(Drift(0.25), other_key)


def test_totals_flicker_as_recorded_and_small_ones_seldom() -> None:
    drift = Drift(0.072)
    large = [drift.snapshot(page_of(page), NOW).total(1_140_065, 20) for page in range(1, 200)]
    assert 60 < max(large) - min(large) < 100
    small = [drift.snapshot(page_of(page), NOW).total(300, 20) for page in range(1, 500)]
    assert set(small) == {300, 299}
    assert small.count(299) < 25


def test_a_walk_through_the_sandbox_meets_other_films_when_pages_drift_and_all_when_not() -> None:
    def films(app: SandboxApp) -> list[int]:
        last = discover(app, 1)["total_pages"]
        return [row["id"] for page in range(1, last + 1) for row in discover(app, page)["results"]]

    still, drifting = films(SandboxApp(FILMS)), films(SandboxApp(FILMS, drift=0.1, wall_clock=lambda: NOW))
    assert surplus(still) == 0
    assert 0.05 < surplus(drifting) < 0.15
    assert len(drifting) == len(still)
    assert drifting == films(SandboxApp(FILMS, drift=0.1, wall_clock=lambda: NOW))


def test_the_cost_of_a_page_does_not_depend_on_how_many_films_there_are() -> None:
    drift = Drift(0.072)

    def cost(total: int) -> float:
        began = time.perf_counter()
        for page in range(400, 500):
            drift.snapshot(page_of(page), NOW).rows(total, slice(page * 20 - 20, page * 20))
        return time.perf_counter() - began

    assert min(cost(1_200_000) for _ in range(3)) < 5 * min(cost(10_000) for _ in range(3))


@pytest.mark.parametrize("share", [-0.1, 0.3, float("nan")])
def test_a_share_that_cannot_be_had_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="drift is a share of rows from 0 to"):
        Drift(share)
