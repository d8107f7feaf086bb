"""The planner against every server that drifts or lies; the default tier has one of each kind."""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from benchmarks import drift_modes

from ayne.data_collection.tmdb.coverage import Listed
from ayne.sandbox.catalogue import Catalogue
from tests.client.test_discovery import ALIKE, TABLE_COLUMNS, found_although_a_day_is_overfull
from tests.in_process import make_app, make_client
from tests.unit.test_planner import ALL, LIARS, busy_day, ends_within_its_bound, found_all_the_same
from tests.virtual_time import run

OTHER_LIARS: dict[str, Callable[[], drift_modes.Server]] = {
    **{f"{name} ignored": partial(drift_modes.Server, ignores=frozenset({name})) for name in sorted(ALL)},
    "a comma taken for or": partial(drift_modes.Server, ignores=frozenset({"or"})),
    "dates ignored": partial(drift_modes.Server, ignores=frozenset({"date.gte", "date.lte"})),
    **{name: drift_modes.MODES[name] for name in drift_modes.MODES if name.startswith("totals ")},
}


@pytest.fixture(scope="module")
def busy() -> list[Listed]:
    return busy_day()


@pytest.mark.parametrize("server", sorted(OTHER_LIARS.keys() - LIARS))
def test_whatever_a_server_answers_a_discovery_ends_within_its_bound(server: str, busy: list[Listed]) -> None:
    ends_within_its_bound(OTHER_LIARS[server](), busy)


@pytest.mark.parametrize(
    ("drift", "seed"), [(0.005, 1), (0.05, 1), *((drift, 2) for drift in (0.0005, 0.005, 0.05, 0.15))]
)
def test_films_that_change_places_between_pages_are_found_all_the_same(drift: float, seed: int) -> None:
    found_all_the_same(drift, seed)


def test_a_day_of_more_films_than_a_list_shows_is_split_by_true_totals_too() -> None:
    found_although_a_day_is_overfull("true")


def test_what_cannot_be_split_is_reported_as_overfull(tmp_path: Path) -> None:
    table = tmp_path / "alike.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, TABLE_COLUMNS)
        writer.writeheader()
        writer.writerows({**ALIKE, "id": number, "title": f"Film {number}"} for number in range(1, 10_101))
    app = make_app(Catalogue.from_table(table))
    found = run(make_client(app, requests_per_second=1e6).discover_movies(2018, 2020, 0))
    assert [str(progress.range.start) for progress in found.overfull] == ["2019-01-01"]
    assert found.overfull[0].reported_high == 10_100
    assert len(found) == 10_000
