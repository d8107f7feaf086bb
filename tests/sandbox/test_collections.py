"""What films have in common: collections, companies and keywords agree with the films that name them."""

from __future__ import annotations

import pytest

from ayne.sandbox.films.franchises import collection_of, possible_parts
from tests.judges.sandbox_answers import Sandbox

SANDBOX = Sandbox(2_000)
FILMS = [SANDBOX.get(f"/movie/{film}", append_to_response="keywords") for film in SANDBOX.films(2_000)]


def test_the_parts_of_a_collection_are_the_films_that_belong_to_it() -> None:
    belonging: dict[int, set[int]] = {}
    for film in FILMS:
        if film["belongs_to_collection"]:
            belonging.setdefault(film["belongs_to_collection"]["id"], set()).add(film["id"])
    assert len(belonging) > 20
    for collection_id, films in belonging.items():
        assert {part["id"] for part in SANDBOX.get(f"/collection/{collection_id}")["parts"]} == films


def test_a_collection_is_called_the_same_by_its_films() -> None:
    for film in FILMS:
        named = film["belongs_to_collection"]
        if named:
            collection = SANDBOX.get(f"/collection/{named['id']}")
            assert named == {key: collection[key] for key in ("id", "name", "poster_path", "backdrop_path")}


def test_some_films_belong_together_and_most_stand_alone() -> None:
    share = sum(film["belongs_to_collection"] is not None for film in FILMS) / len(FILMS)
    assert 0.05 < share < 0.2
    sizes = [len(possible_parts(10_000 + number)) for number in range(1_000)]
    assert max(sizes) > 3
    assert sizes.count(0) > 400


def test_the_parts_of_a_collection_are_in_the_order_of_their_dates() -> None:
    for row in SANDBOX.get("/search/collection", query="collection")["results"]:
        dates = [part["release_date"] for part in SANDBOX.get(f"/collection/{row['id']}")["parts"]]
        assert dates == sorted(dates)


def test_images_and_translations_belong_to_the_collection() -> None:
    row = next(row for row in SANDBOX.get("/search/collection", query="collection")["results"] if row["poster_path"])
    images = SANDBOX.get(f"/collection/{row['id']}/images")
    assert [image["file_path"] for image in images["posters"]] == [row["poster_path"]]
    (english,) = SANDBOX.get(f"/collection/{row['id']}/translations")["translations"]
    assert english["data"]["overview"] == row["overview"]


def test_a_collection_without_any_film_is_not_there() -> None:
    empty = next(number for number in range(10_000, 20_000) if not possible_parts(number))
    assert SANDBOX.status(f"/collection/{empty}")[1]["status_code"] == 34
    assert SANDBOX.status("/collection/99999999")[1]["status_code"] == 34


@pytest.mark.parametrize("film_id", [0, 1, 15, 16, 1_200_000])
def test_a_film_and_its_collection_name_each_other(film_id: int) -> None:
    collection = collection_of(film_id)
    assert collection is None or film_id in possible_parts(collection["id"])


def test_a_company_is_the_same_in_films_and_alone() -> None:
    company = next(film["production_companies"][0] for film in FILMS if film["production_companies"])
    alone = SANDBOX.get(f"/company/{company['id']}")
    assert company == {key: alone[key] for key in company} | {"origin_country": alone["origin_country"] or ""}
    logos = SANDBOX.get(f"/company/{company['id']}/images")["logos"]
    assert [logo["file_path"] for logo in logos] == ([company["logo_path"]] if company["logo_path"] else [])


def test_the_films_of_a_company_are_those_that_name_it() -> None:
    company = next(film["production_companies"][0]["id"] for film in FILMS if film["production_companies"])
    naming = {
        film["id"]
        for film in FILMS
        if company in [each["id"] for each in film["production_companies"]] and not film["adult"] and not film["video"]
    }
    pages = SANDBOX.pages(f"/company/{company}/movies", 500)
    assert {row["id"] for page in pages for row in page["results"]} == naming


def test_the_films_with_a_keyword_are_those_that_name_it() -> None:
    keyword = next(film["keywords"]["keywords"][0] for film in FILMS if film["keywords"]["keywords"])
    assert SANDBOX.get(f"/keyword/{keyword['id']}") == keyword
    for adult in ("true", "false"):
        naming = {
            film["id"]
            for film in FILMS
            if keyword in film["keywords"]["keywords"] and not film["video"] and (adult == "true" or not film["adult"])
        }
        pages = SANDBOX.pages(f"/keyword/{keyword['id']}/movies", 500, include_adult=adult)
        assert {row["id"] for page in pages for row in page["results"]} == naming


@pytest.mark.parametrize(
    "path",
    [
        "/collection/{}",
        "/collection/{}/images",
        "/company/{}",
        "/company/{}/movies",
        "/keyword/{}",
        "/keyword/{}/movies",
    ],
)
@pytest.mark.parametrize(("name", "code"), [("0", 34), ("999999999", 34), ("alien", 6)])
def test_what_is_not_there_is_an_error(path: str, name: str, code: int) -> None:
    status, body = SANDBOX.status(path.format(name))
    assert (status, body["status_code"]) == (404, code)
