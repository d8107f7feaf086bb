"""The tables that are the same whatever films there are, and what cannot be written."""

from __future__ import annotations

import json
from zoneinfo import available_timezones

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.films.columns import GENRES
from ayne.sandbox.films.places import COUNTRIES, LANGUAGES, PRIMARY_TRANSLATIONS, ZONES
from ayne.sandbox.tmdb.reference import ROUTES
from tests.judges.sandbox_answers import KEY, Sandbox

SANDBOX = Sandbox(300)


def test_genres_are_translated_and_keep_their_ids() -> None:
    for language in ("de-DE", "fr", "es-MX", "it-IT", "pt-BR"):
        genres = SANDBOX.get("/genre/movie/list", language=language)["genres"]
        assert [genre["id"] for genre in genres] == list(GENRES)
        assert {genre["id"]: genre["name"] for genre in genres} != GENRES
    assert SANDBOX.get("/genre/movie/list", language="xx")["genres"][0] == {"id": 28, "name": "Action"}


def test_every_language_and_country_of_a_film_is_in_the_configuration() -> None:
    languages = {row["iso_639_1"] for row in SANDBOX.get("/configuration/languages")}
    countries = {row["iso_3166_1"] for row in SANDBOX.get("/configuration/countries")}
    for film in SANDBOX.films(300):
        body = SANDBOX.get(f"/movie/{film}")
        assert {body["original_language"], *(each["iso_639_1"] for each in body["spoken_languages"])} <= languages
        assert {*body["origin_country"], *(each["iso_3166_1"] for each in body["production_countries"])} <= countries


def test_the_tables_are_whole() -> None:
    assert len(COUNTRIES) > 240
    assert len(LANGUAGES) == 187
    assert all(len(code) == 2 and code.isupper() and name for code, name in COUNTRIES.items())
    assert all(len(code) == 2 and code.islower() and english for code, (english, _) in LANGUAGES.items())
    assert LANGUAGES["cn"] == ("Cantonese", "广州话 / 廣州話")
    # Esperanto has no country, and TMDB gives it one.
    assert {name.split("-")[1] for name in PRIMARY_TRANSLATIONS} - {"EO"} <= COUNTRIES.keys()
    assert ZONES.keys() <= COUNTRIES.keys()


def test_time_zones_are_zones() -> None:
    known = available_timezones()
    if not known:
        pytest.skip("this machine has no time zone data")
    assert {zone for zones in ZONES.values() for zone in zones} <= known


def test_every_certification_of_a_film_is_in_the_list() -> None:
    listed = SANDBOX.get("/certification/movie/list")["certifications"]
    names = {country: {each["certification"] for each in several} for country, several in listed.items()}
    seen = 0
    for film in SANDBOX.films(300):
        for place in SANDBOX.get(f"/movie/{film}/release_dates")["results"]:
            given = {each["certification"] for each in place["release_dates"]} - {""}
            assert given <= names.get(place["iso_3166_1"], set())
            seen += len(given)
    assert seen > 50
    assert all([each["order"] for each in several] == list(range(len(several))) for several in listed.values())


def test_every_provider_of_a_film_is_in_the_list() -> None:
    listed = {row["provider_id"]: row for row in SANDBOX.get("/watch/providers/movie")["results"]}
    regions = {row["iso_3166_1"] for row in SANDBOX.get("/watch/providers/regions")["results"]}
    for film in SANDBOX.films(300):
        results = SANDBOX.get(f"/movie/{film}/watch/providers")["results"]
        assert results.keys() <= regions
        for country in results.values():
            for way, offers in country.items():
                if way != "link":
                    assert all(listed[each["provider_id"]]["logo_path"] == each["logo_path"] for each in offers)


def test_a_country_without_providers_has_none() -> None:
    assert SANDBOX.get("/watch/providers/movie", watch_region="AQ") == {"results": []}
    assert SANDBOX.get("/watch/providers/movie", watch_region="DE")["results"]


@pytest.mark.parametrize("path", ROUTES)
def test_a_table_is_answered_as_json_whatever_else_is_asked(path: str) -> None:
    assert SANDBOX.get(path.removeprefix("/3"), nonsense="1") == SANDBOX.get(path.removeprefix("/3"))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/movie/1/rating", 401, 3),
        ("DELETE", "/movie/1/rating", 401, 3),
        ("PUT", "/movie/1/rating", 405, 42),
        ("POST", "/list", 401, 3),
        ("POST", "/list/1/add_item", 401, 3),
        ("POST", "/account/1/favorite", 401, 3),
        ("POST", "/authentication/session/new", 401, 33),
        ("DELETE", "/authentication/session", 404, 37),
        ("POST", "/movie/1", 405, 42),
        ("DELETE", "/search/movie", 405, 42),
    ],
)
def test_nothing_can_be_written(method: str, path: str, status: int, code: int) -> None:
    answer = SANDBOX.app.answer(Request(method, f"/3{path}", f"api_key={KEY}"))
    assert (answer.status, json.loads(answer.body)["status_code"]) == (status, code)
