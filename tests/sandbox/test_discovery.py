from itertools import pairwise
from typing import Any

import pytest

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import InvalidDate, Query

FILMS = Catalogue.generated(4000, seed=2, busiest_day=50, undated=0.01)
ROWS = [FILMS.details(film_id) for film_id in FILMS.ids(range(len(FILMS)))]


def found(**parameters: str) -> list[dict[str, Any]]:
    """Return the details of the films that match; `__` stands for the dot in a parameter's name."""
    query = Query.parse({name.replace("__", "."): value for name, value in parameters.items()})
    return [row for position in FILMS.discover(query) if (row := ROWS[position]) is not None]


def ids(rows: list[dict[str, Any]]) -> set[int]:
    return {row["id"] for row in rows}


SHOWN = [row for row in ROWS if row is not None and not row["adult"] and not row["video"]]


def genres(row: dict[str, Any]) -> set[int]:
    return {genre["id"] for genre in row["genres"]}


def test_adult_films_and_videos_are_hidden_until_asked_for() -> None:
    assert ids(found()) == ids(SHOWN)
    assert any(row["adult"] for row in found(include_adult="true"))
    assert any(row["video"] for row in found(include_video="true"))
    assert len(found(include_adult="true", include_video="true")) == len(FILMS)


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({"primary_release_date__gte": "2001-02-03"}, lambda row: row["release_date"] >= "2001-02-03"),
        ({"primary_release_date__lte": "1970-12-31"}, lambda row: "" < row["release_date"] <= "1970-12-31"),
        ({"primary_release_year": "2019"}, lambda row: row["release_date"][:4] == "2019"),
        ({"vote_count__gte": "200"}, lambda row: row["vote_count"] >= 200),
        ({"vote_count__gte": "3", "vote_count__lte": "7"}, lambda row: 3 <= row["vote_count"] <= 7),
        ({"vote_average__gte": "7.5"}, lambda row: row["vote_average"] >= 7.5),
        ({"with_runtime__lte": "60"}, lambda row: (row["runtime"] or 0) <= 60),
        ({"with_genres": "18"}, lambda row: 18 in genres(row)),
        ({"with_genres": "18,35"}, lambda row: genres(row) >= {18, 35}),
        ({"with_genres": "18|35"}, lambda row: bool(genres(row) & {18, 35})),
        ({"without_genres": "18,35"}, lambda row: not genres(row) & {18, 35}),
        ({"without_genres": "18|35"}, lambda row: not genres(row) & {18, 35}),
        ({"with_genres": "Action"}, lambda row: False),
        ({"with_original_language": "fr"}, lambda row: row["original_language"] == "fr"),
        ({"with_original_language": "en-US"}, lambda row: False),
        ({"with_origin_country": "JP"}, lambda row: "JP" in row["origin_country"]),
        ({"vote_count__gte": "", "with_genres": ""}, lambda row: True),
        ({"primary_release.gte": "2030-01-01", "colour": "red"}, lambda row: True),
        ({"vote_count__gte": "many"}, lambda row: True),
    ],
)
def test_a_filter_shows_what_matches_and_nothing_else(parameters: dict[str, str], wanted: Any) -> None:
    assert ids(found(**parameters)) == ids([row for row in SHOWN if wanted(row)])


def test_both_bounds_of_a_date_are_inclusive() -> None:
    day = found(primary_release_date__gte="2019-01-01", primary_release_date__lte="2019-01-01")
    assert day
    assert {row["release_date"] for row in day} == {"2019-01-01"}


def test_a_film_without_a_date_is_in_no_span_of_dates() -> None:
    assert any(row["release_date"] == "" for row in found())
    assert all(row["release_date"] for row in found(primary_release_date__gte="0001-01-01"))
    assert all(row["release_date"] for row in found(primary_release_date__lte="9999-12-31"))
    assert all(row["release_date"] for row in found(release_date__lte="9999-12-31"))


def test_release_date_finds_old_films_that_came_out_again() -> None:
    """This is why a collector asks for `primary_release_date`."""
    again = found(release_date__gte="2018-01-01", release_date__lte="2022-12-31")
    assert ids(found(primary_release_date__gte="2018-01-01", primary_release_date__lte="2022-12-31")) < ids(again)
    assert any(row["release_date"] < "2008" for row in again)


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("popularity", "popularity"),
        ("revenue", "revenue"),
        ("primary_release_date", "release_date"),
        ("release_date", "release_date"),
        ("vote_average", "vote_average"),
        ("vote_count", "vote_count"),
        ("title", "title"),
        ("original_title", "original_title"),
    ],
)
def test_every_documented_order_is_kept(sort: str, key: str) -> None:
    ascending = [row[key] for row in found(sort_by=f"{sort}.asc")]
    descending = [row[key] for row in found(sort_by=f"{sort}.desc")]
    assert all(a <= b for a, b in pairwise(ascending))
    assert descending == ascending[::-1]


@pytest.mark.parametrize("sort", ["", "id.asc", "popularity", "popularity.desc"])
def test_an_unknown_order_is_the_default_one(sort: str) -> None:
    assert found(sort_by=sort) == found()
    popularities = [row["popularity"] for row in found()]
    assert popularities == sorted(popularities, reverse=True)


@pytest.mark.parametrize("name", ["primary_release_date.lte", "release_date.gte", "release_date.lte"])
def test_every_bound_of_a_date_has_to_be_a_date(name: str) -> None:
    with pytest.raises(InvalidDate):
        Query.parse({name: "soon", "region": "US"})


@pytest.mark.parametrize("date", ["2019", "2019-13-01", "2019-02-30", "20190101", "01/02/2019", "yesterday"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(InvalidDate):
        Query.parse({"primary_release_date.gte": date})


def test_queries_are_equal_whatever_the_page() -> None:
    assert Query.parse({"with_genres": "18", "page": "1"}) == Query.parse({"page": "7", "with_genres": "18"})
