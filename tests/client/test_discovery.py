"""Discovery against the sandbox: everything that exists is found, with few requests, whatever the totals say."""

from __future__ import annotations

import math
from contextlib import aclosing
from typing import Any, Literal

import pytest

from ayne.data_collection.tmdb import records
from ayne.data_collection.tmdb.coverage import DiscoverPage, Listed, RangeProgress
from ayne.errors import ConnectionFailed, IncompleteDiscovery, Unauthorized
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from tests.in_process import make_app, make_client
from tests.virtual_time import run

ALIKE = {
    "release_date": "2019-01-01",
    "vote_count": "7",
    "vote_average": "5.0",
    "popularity": "1.0",
    "genres": "[]",
    "keywords": "[]",
    "production_companies": "[]",
    "production_countries": "[]",
    "spoken_languages": "[]",
    "status": "Released",
    "original_language": "en",
    "budget": "0",
    "revenue": "0",
    "runtime": "90.0",
}
TABLE_COLUMNS = ["id", "title", "original_title", "homepage", "overview", "tagline", *ALIKE]


def discoverable(catalogue: Catalogue, **filters: str) -> set[int]:
    return set(catalogue.ids(catalogue.discover(Query.parse(filters))))


def between(first: int, last: int, votes: int = 0) -> dict[str, str]:
    return {
        "primary_release_date.gte": f"{first}-01-01",
        "primary_release_date.lte": f"{last}-12-31",
        "vote_count.gte": str(votes),
    }


def test_every_film_of_a_span_is_found_once(films: Catalogue) -> None:
    found = run(make_client(make_app(films)).discover_movies(2000, 2020, 0))
    ids = [film["tmdb_id"] for film in found]
    assert len(ids) == len(set(ids))
    assert set(ids) == discoverable(films, **between(2000, 2020))


def test_without_an_end_year_the_start_year_is_the_span(films: Catalogue) -> None:
    found = run(make_client(make_app(films)).discover_movies(2019, min_vote_count=0))
    assert {film["tmdb_id"] for film in found} == discoverable(films, **between(2019, 2019))


def test_the_vote_filter_reaches_the_server(films: Catalogue) -> None:
    found = run(make_client(make_app(films)).discover_movies(1990, 2026))
    assert {film["tmdb_id"] for film in found} == discoverable(films, **between(1990, 2026, 200))


def test_the_order_asked_for_is_the_order_returned_however_pages_arrive(films: Catalogue) -> None:
    client = make_client(make_app(films))
    votes = [film["vote_count"] for film in run(client.discover_movies(2000, 2020, 0, sort_by="vote_count.asc"))]
    assert votes == sorted(votes, key=lambda count: count or 0)


def test_max_pages_limits_each_year(films: Catalogue) -> None:
    app = make_app(films)
    found = run(make_client(app).discover_movies(2018, 2019, 0, max_pages=1))
    assert len(found) == 40
    assert app.log.report()["total"] == 2


# tests/integration/test_any_server.py does the same with true totals.
def test_a_day_of_more_films_than_a_list_shows_is_split_until_all_are_found() -> None:
    found_although_a_day_is_overfull("clamped")


def found_although_a_day_is_overfull(totals: Literal["true", "clamped"]) -> None:
    films = Catalogue.generated(11_500, seed=5, busiest_day=10_200)
    app = make_app(films, totals=totals)
    found = run(make_client(app, requests_per_second=1e6).discover_movies(1890, 2030, 0))
    expected = discoverable(films, **between(1890, 2030))
    assert {film["tmdb_id"] for film in found} == expected
    assert app.log.report()["total"] <= 1.05 * math.ceil(len(expected) / 20)
    assert not found.overfull


def test_pages_with_nineteen_films_are_not_taken_for_the_last(films: Catalogue) -> None:
    found = run(make_client(make_app(films, short_pages=0.5)).discover_movies(2000, 2020, 0))
    assert {film["tmdb_id"] for film in found} == discoverable(films, **between(2000, 2020))


@pytest.mark.parametrize("lie", ["pages-high.1", "total-high.2"])
def test_a_page_that_is_counted_and_empty_is_no_error_and_every_film_is_found(films: Catalogue, lie: str) -> None:
    app = make_app(films, faults=f"discover:{lie}=1")
    found, ledger = walked(app)
    expected = discoverable(films, **between(2000, 2020))
    assert found == expected
    assert {progress.state for progress in ledger if progress.state != "split"} <= {"proven", "best effort"}
    assert app.log.report()["total"] <= 2 * math.ceil(len(expected) / 20) + 100


def test_a_list_that_counts_none_and_has_rows_is_never_called_proven(films: Catalogue) -> None:
    found, ledger = walked(make_app(films, faults="discover:total-zero=1"))
    assert found == discoverable(films, **between(2000, 2020))
    assert {progress.state for progress in ledger if progress.distinct} <= {"best effort", "split"}


def walked(app: SandboxApp) -> tuple[set[int], list[RangeProgress]]:
    """The films of the years 2000 to 2020, and the ledger."""

    async def walk() -> tuple[set[int], list[RangeProgress]]:
        ids: set[int] = set()
        ledger: dict[Any, RangeProgress] = {}
        async for page in make_client(app).iter_discover(2000, 2020, 0):
            ids.update(film["tmdb_id"] for film in page.results)
            ledger.update((progress.range, progress) for progress in page.ledger)
        return ids, list(ledger.values())

    return run(walk())


def test_an_empty_span_is_empty(films: Catalogue) -> None:
    assert list(run(make_client(make_app(films)).discover_movies(2090, min_vote_count=0))) == []


def test_a_broken_off_discovery_asks_only_for_what_it_lacks(films: Catalogue) -> None:
    app = make_app(films)

    async def first_pages(count: int) -> tuple[list[RangeProgress], list[Listed]]:
        known: dict[Any, RangeProgress] = {}
        listed: list[Listed] = []
        client = make_client(app)
        walk = client.iter_discover(2000, 2020, 0)
        async with aclosing(walk):
            async for page in walk:
                known.update((progress.range, progress) for progress in page.ledger)
                listed += map(records.listed, page.results)
                count -= 1
                if not count:
                    break
        return list(known.values()), listed

    async def rest(known: list[RangeProgress], listed: list[Listed]) -> list[DiscoverPage]:
        walk = make_client(app).iter_discover(2000, 2020, 0, known=known, listed=listed)
        return [page async for page in walk]

    known, listed = run(first_pages(7))
    done = {page for progress in known for page in progress.pages_done}
    app.log.clear()
    asked = {page.content.page for page in run(rest(known, listed))}
    assert len(done) == 7
    assert done.isdisjoint(asked)
    assert app.log.report()["total"] == len(asked)


def test_counting_takes_one_request_a_range_and_knows_every_page(films: Catalogue) -> None:
    app = make_app(films)
    counted = run(make_client(app).count_movies(2000, 2020, 0))
    assert app.log.report()["total"] == len(counted)
    app.log.clear()
    run(make_client(app).discover_movies(2000, 2020, 0))
    assert app.log.report()["total"] == sum(progress.pages for progress in counted)


def test_a_page_that_fails_for_good_is_named_and_the_others_are_kept(films: Catalogue) -> None:
    plan = ",".join(["500@3", *(f"500@{number}" for number in range(60, 200))])
    app = make_app(films, faults=plan)
    client = make_client(app, max_retries=0, max_concurrent=1)
    with pytest.raises(IncompleteDiscovery) as caught:
        run(client.discover_movies(1990, 2020, 0))
    everything = discoverable(films, **between(1990, 2020))
    assert 0 < len(caught.value.movies) < len(everything)
    assert all("page" in name for name in caught.value.missing)


def test_a_page_that_fails_once_is_asked_for_again(films: Catalogue) -> None:
    app = make_app(films, faults="500@3,html@5,reset@9")
    found = run(make_client(app, max_retries=0).discover_movies(2000, 2020, 0))
    assert {film["tmdb_id"] for film in found} == discoverable(films, **between(2000, 2020))


def test_a_server_that_is_gone_ends_the_discovery_soon(films: Catalogue) -> None:
    app = make_app(films, faults="reset@5-100000")
    with pytest.raises(ConnectionFailed):
        run(make_client(app, max_retries=0).discover_movies(2000, 2020, 0))
    assert app.log.report()["total"] < 60


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"start_year": 2024, "end_year": 2020}, "backwards"),
        ({"start_year": 20240}, "1870 to 2200"),
        ({"start_year": 2024, "min_vote_count": -1}, "min_vote_count"),
        ({"start_year": 2024, "max_pages": 501}, "1 to 500"),
        ({"start_year": 2024, "sort_by": "popularty.desc"}, "popularity.desc"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_requested(
    films: Catalogue, arguments: dict[str, Any], hint: str
) -> None:
    app = make_app(films)
    with pytest.raises(ValueError, match=hint):
        run(make_client(app).discover_movies(**arguments))
    assert app.log.report()["total"] == 0


def test_the_401_says_which_kind_of_key_was_sent(films: Catalogue) -> None:
    app = make_app(films, api_keys=frozenset({"f" * 32}))
    with pytest.raises(Unauthorized, match="sent as a v3 API key"):
        run(make_client(app).discover_movies(2024))
    assert app.log.report()["total"] <= 20


def test_filters_reach_the_server_and_the_films_are_those_they_let_through(films: Catalogue) -> None:
    app = make_app(films)
    asked = {"with_genres": "drama", "with_runtime.gte": 90, "with_original_language": "en|fr"}
    found = run(make_client(app).discover_movies(2000, 2020, 0, filters=asked))
    assert found
    assert all(18 in film["genre_ids"] and film["original_language"] in {"en", "fr"} for film in found)
    bodies = [films.details(film["tmdb_id"]) for film in found]
    assert all(body and body["runtime"] >= 90 for body in bodies)


def test_a_regional_date_is_not_taken_for_the_primary_one(films: Catalogue) -> None:
    found = run(make_client(make_app(films)).discover_movies(2000, 2020, 0, filters={"region": "US"}))
    assert found
    assert {film["release_date"] for film in found} == {None}
