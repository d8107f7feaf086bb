"""The parts of a film that a question can choose from, and those under their old names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.judges.sandbox_answers import PARTS, Sandbox

SANDBOX = Sandbox(1_000)
FILMS = SANDBOX.films(300)


def film_with(part: str, key: str) -> tuple[int, Any]:
    """Return a film that has something in this part."""
    bodies = ((film, SANDBOX.get(f"/movie/{film}/{part}")) for film in FILMS)
    return next((film, body) for film, body in bodies if len(body[key]) > 1)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_the_same_alone_and_appended(part: str) -> None:
    appended = SANDBOX.get(f"/movie/{FILMS[0]}", append_to_response=part)[part]
    alone = SANDBOX.get(f"/movie/{FILMS[0]}/{part}")
    assert "id" not in appended
    # Lists of films do not say whose they are.
    assert ("id" in alone) is (part not in ("recommendations", "similar"))
    assert {key: value for key, value in alone.items() if key != "id"} == appended


@pytest.mark.parametrize("part", ["similar", "recommendations", "reviews", "lists"])
def test_a_second_page_of_what_fits_on_one_is_empty(part: str) -> None:
    film, first = film_with(part, "results")
    assert SANDBOX.get(f"/movie/{film}/{part}", page=2) == first | {"page": 2, "results": []}
    appended = SANDBOX.get(f"/movie/{film}", append_to_response=part, page=2)[part]
    assert (appended["page"], appended["results"]) == (2, [])
    assert SANDBOX.status(f"/movie/{film}/{part}", page=501)[1]["status_code"] == 22


def test_a_language_leaves_only_its_images_and_more_can_be_included() -> None:
    bodies = [SANDBOX.get(f"/movie/{film}/images", language="en-US") for film in FILMS]
    assert {image["iso_639_1"] for body in bodies for image in body["posters"]} == {"en"}
    more = [SANDBOX.get(f"/movie/{film}/images", language="en-US", include_image_language="de,null") for film in FILMS]
    assert {image["iso_639_1"] for body in more for image in body["posters"]} == {"en", "de", None}
    appended = SANDBOX.get(f"/movie/{FILMS[0]}", append_to_response="images", language="en")["images"]
    assert {"id": FILMS[0]} | appended == bodies[0]


def test_a_language_that_no_video_has_leaves_none() -> None:
    film, videos = film_with("videos", "results")
    assert SANDBOX.get(f"/movie/{film}/videos", language="en-US") == videos
    assert SANDBOX.get(f"/movie/{film}/videos", language="de-DE")["results"] == []
    assert SANDBOX.get(f"/movie/{film}/videos", language="de-DE", include_video_language="en") == videos


def test_alternative_titles_can_be_those_of_one_country() -> None:
    film, titles = film_with("alternative_titles", "titles")
    country = titles["titles"][0]["iso_3166_1"]
    found = SANDBOX.get(f"/movie/{film}/alternative_titles", country=country)["titles"]
    assert found == [title for title in titles["titles"] if title["iso_3166_1"] == country]
    assert SANDBOX.get(f"/movie/{film}/alternative_titles", country="XX")["titles"] == []


def test_releases_are_the_release_dates_in_one_list() -> None:
    film, dates = film_with("release_dates", "results")
    countries = SANDBOX.get(f"/movie/{film}/releases")["countries"]
    assert [(each["iso_3166_1"], each["release_date"]) for each in countries] == [
        (place["iso_3166_1"], release["release_date"][:10])
        for place in dates["results"]
        for release in place["release_dates"]
    ]


_SITES = {"Vimeo", "YouTube"}


def test_trailers_are_the_videos_of_one_site() -> None:
    bodies = ((film, SANDBOX.get(f"/movie/{film}/videos")) for film in FILMS)
    film, videos = next((film, body) for film, body in bodies if {each["site"] for each in body["results"]} >= _SITES)
    trailers = SANDBOX.get(f"/movie/{film}", append_to_response="trailers")["trailers"]
    assert trailers["quicktime"] == []
    assert [each["source"] for each in trailers["youtube"]] == [
        video["key"] for video in videos["results"] if video["site"] == "YouTube"
    ]
    assert {each["size"] for each in trailers["youtube"]} <= {"HD", "HQ", None}


def test_casts_and_similar_movies_are_credits_and_similar() -> None:
    assert SANDBOX.get(f"/movie/{FILMS[0]}/casts") == SANDBOX.get(f"/movie/{FILMS[0]}/credits")
    assert SANDBOX.get(f"/movie/{FILMS[0]}/similar_movies") == SANDBOX.get(f"/movie/{FILMS[0]}/similar")


@pytest.mark.parametrize("part", [*PARTS, "casts", "changes", "releases", "trailers"])
def test_a_film_that_is_not_there_has_no_parts(part: str) -> None:
    assert SANDBOX.status(f"/movie/999999999/{part}")[1]["status_code"] == 34
    assert SANDBOX.status(f"/movie/Strange/{part}")[1]["status_code"] == 6


def test_account_states_need_an_account() -> None:
    status, body = SANDBOX.status(f"/movie/{FILMS[0]}/account_states")
    assert (status, body["status_code"]) == (401, 3)
    assert "account_states" not in SANDBOX.get(f"/movie/{FILMS[0]}", append_to_response="account_states")
