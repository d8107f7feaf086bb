"""Finding by the ids of other sites."""

from __future__ import annotations

import pytest

from ayne.sandbox.films.external_ids import film_called, handle, wikidata_id
from tests.judges.sandbox_answers import Sandbox

SANDBOX = Sandbox(1_000)
NOTHING: dict[str, list[object]] = {
    "movie_results": [],
    "person_results": [],
    "tv_results": [],
    "tv_episode_results": [],
    "tv_season_results": [],
}


@pytest.mark.parametrize("source", ["imdb_id", "wikidata_id", "facebook_id", "instagram_id", "twitter_id"])
def test_a_film_is_found_by_whatever_it_is_called(source: str) -> None:
    seen = 0
    for film in SANDBOX.films(200):
        name = SANDBOX.get(f"/movie/{film}/external_ids")[source]
        if name:
            found = SANDBOX.get(f"/find/{name}", external_source=source)
            assert [row["id"] for row in found["movie_results"]] == [film]
            assert found["movie_results"][0]["media_type"] == "movie"
            seen += 1
    assert seen > 10


def test_a_name_that_a_film_could_have_and_has_not_finds_nothing() -> None:
    film = next(film for film in SANDBOX.films(200) if not SANDBOX.get(f"/movie/{film}/external_ids")["wikidata_id"])
    assert SANDBOX.get(f"/find/{wikidata_id(film, 0)}", external_source="wikidata_id") == NOTHING


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tt0000001", "imdb_id"),
        ("nm0000001", "imdb_id"),
        ("550", "imdb_id"),
        ("x", "imdb_id"),
        ("Q1", "wikidata_id"),
        ("Q99999999999999999999", "wikidata_id"),
        ("film0", "facebook_id"),
        ("81189", "tvdb_id"),
        ("film_1", "youtube_id"),
    ],
)
def test_what_nothing_is_called_finds_nothing(name: str, source: str) -> None:
    assert SANDBOX.get(f"/find/{name}", external_source=source) == NOTHING


def test_a_person_is_found_by_an_imdb_id() -> None:
    person = next(row["id"] for row in SANDBOX.get("/person/popular")["results"])
    people = [row["id"] for row in SANDBOX.get("/person/popular")["results"]]
    named = {each: SANDBOX.get(f"/person/{each}")["imdb_id"] for each in people}
    person, imdb_id = next((each, name) for each, name in named.items() if name)
    found = SANDBOX.get(f"/find/{imdb_id}", external_source="imdb_id")
    assert [row["id"] for row in found["person_results"]] == [person]
    assert found["movie_results"] == []


@pytest.mark.parametrize("source", [{}, {"external_source": "myspace_id"}])
def test_without_a_source_that_tmdb_knows_the_parameters_are_wrong(source: dict[str, object]) -> None:
    status, body = SANDBOX.status("/find/tt0000001", **source)
    assert (status, body["status_code"]) == (422, 5)


def test_another_revision_is_another_wikidata_id_of_the_same_film() -> None:
    names = {wikidata_id(7, revision) for revision in range(8)}
    assert len(names) == 8
    assert {film_called("wikidata_id", name) for name in names} == {7}


def test_a_handle_belongs_to_one_site() -> None:
    assert film_called("facebook_id", handle("twitter_id", 7)) is None
