"""Search: what a query finds, in which order, and what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from ayne.sandbox.title_index import TitleIndex, folded
from tests.judges.sandbox_answers import Sandbox

SANDBOX = Sandbox(3_000)


def every(path: str, **parameters: object) -> list[dict[str, Any]]:
    first = SANDBOX.get(path, **parameters)
    pages = [SANDBOX.get(path, **{**parameters, "page": page}) for page in range(2, first["total_pages"] + 1)]
    rows = [row for page in [first, *pages] for row in page["results"]]
    assert len(rows) == first["total_results"]
    return rows


NAMES = [
    ["Amélie", "Le Fabuleux Destin d'Amélie Poulain"],
    ["Jack Reacher: Never Go Back"],
    ["The Café"],
    ["Cafeteria of the Café", "海の夜"],
    ["Go"],
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("amelie", {0}),
        ("AMÉLIE", {0}),
        ("poulain destin", {0}),
        ("damelie", {0}),
        ("jack reach", {1}),
        ("reacher, jack!", {1}),
        ("reacher john", set()),
        ("acher", set()),
        ("cafe", {2, 3}),
        ("cafe cafeteria", {3}),
        ("夜", {3}),
        ("go", {1, 4}),
        ("", set()),
        ("!?", set()),
    ],
)
def test_every_word_must_begin_a_word_of_one_of_the_names(query: str, found: set[int]) -> None:
    assert TitleIndex(NAMES).search(query).all == found


def test_only_a_whole_name_is_exact() -> None:
    index = TitleIndex(NAMES)
    assert index.search("go").exact == {4}
    assert index.search("the cafe").exact == {2}
    assert index.search("never go").exact == set()


def test_nothing_is_found_across_two_names() -> None:
    assert TitleIndex([["One Two"], ["Three"]]).search("two three").all == set()


def test_letters_of_other_alphabets_are_kept() -> None:
    assert folded("Последний Город") == "последнии город"
    assert folded("東京 3") == "東京 3"


def test_a_film_is_found_by_its_title_before_all_others() -> None:
    for row in SANDBOX.get("/discover/movie", page=7)["results"][:5]:
        found = SANDBOX.get("/search/movie", query=row["title"].upper())["results"]
        assert row["title"] in (found[0]["title"], found[0]["original_title"])
        assert row["id"] in [each["id"] for each in every("/search/movie", query=row["title"])]


def test_what_is_found_holds_all_the_words() -> None:
    rows = every("/search/movie", query="cafe the")
    assert rows
    for row in rows:
        words = f"{folded(row['title'])} {folded(row['original_title'])}".split()
        assert any(word.startswith("cafe") for word in words)
        assert any(word.startswith("the") for word in words)


def test_a_year_of_release_leaves_out_the_other_years() -> None:
    row = next(row for row in SANDBOX.get("/discover/movie")["results"] if row["release_date"])
    year = row["release_date"][:4]
    found = every("/search/movie", query=row["title"].split()[0], primary_release_year=year)
    assert row["id"] in [each["id"] for each in found]
    assert {each["release_date"][:4] for each in found} == {year}


def test_adult_films_are_found_when_asked_for_and_videos_always() -> None:
    decent, everything = (every("/search/movie", query="the", include_adult=adult) for adult in ("false", "true"))
    assert not any(row["adult"] for row in decent)
    assert any(row["adult"] for row in everything)
    assert any(row["video"] for row in decent)


def test_a_region_changes_the_date_that_is_shown_and_leaves_nobody_out() -> None:
    plain, german = (every("/search/movie", query="golden", **region) for region in ({}, {"region": "DE"}))
    assert sorted(row["id"] for row in plain) == sorted(row["id"] for row in german)
    assert [row["release_date"] for row in plain] != [row["release_date"] for row in german]


@pytest.mark.parametrize("kind", ["movie", "person", "company", "keyword", "collection", "multi"])
@pytest.mark.parametrize("query", [{}, {"query": ""}, {"query": "  "}, {"query": "qqqq zzzz"}])
def test_a_search_for_nothing_finds_nothing(kind: str, query: dict[str, object]) -> None:
    assert SANDBOX.get(f"/search/{kind}", **query) == {
        "page": 1,
        "results": [],
        "total_pages": 1,
        "total_results": 0,
    }


def test_a_person_is_found_with_what_the_person_is_known_for() -> None:
    film = SANDBOX.get("/movie/popular")["results"][0]["id"]
    somebody = SANDBOX.get(f"/movie/{film}/credits")["crew"][0]
    (found,) = [row for row in every("/search/person", query=somebody["name"]) if row["id"] == somebody["id"]]
    assert film in [each["id"] for each in found["known_for"]]
    assert {each["media_type"] for each in found["known_for"]} == {"movie"}


def test_people_who_are_better_known_come_first() -> None:
    popularities = [row["popularity"] for row in SANDBOX.get("/search/person", query="renée")["results"]]
    assert popularities == sorted(popularities, reverse=True)


@pytest.mark.parametrize(("kind", "word"), [("company", "cinema"), ("keyword", "secret"), ("collection", "golden")])
def test_what_is_found_by_name_can_be_asked_for(kind: str, word: str) -> None:
    rows = every(f"/search/{kind}", query=word)
    assert rows
    for row in rows[:10]:
        assert word in folded(row["name"])
        assert SANDBOX.get(f"/{kind}/{row['id']}")["name"] == row["name"]


def test_a_search_for_anything_finds_films_series_and_people() -> None:
    rows = every("/search/multi", query="golden") + every("/search/multi", query="amina")
    assert {row["media_type"] for row in rows} == {"movie", "person", "tv"}
