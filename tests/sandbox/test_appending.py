"""What `append_to_response` and the languages of images and videos do, wherever there are any."""

from typing import Any

import pytest

from tests.judges.sandbox_answers import Sandbox

SANDBOX = Sandbox(600)
POPULAR: list[int] = [row["id"] for row in SANDBOX.get("/person/popular")["results"]]
COLLECTION = SANDBOX.get("/search/collection", query="collection")["results"][0]["id"]
COMPANY = SANDBOX.get("/search/company", query="pictures")["results"][0]["id"]
KEYWORD = SANDBOX.get("/search/keyword", query="family")["results"][0]["id"]


def of_a_person(part: str) -> int:
    """Somebody of whom there is something in this part."""
    return int(next(each for each in POPULAR if any(map(bool, SANDBOX.get(f"/person/{each}/{part}").values()))))


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (f"/collection/{COLLECTION}", ["images", "translations"]),
        (f"/company/{COMPANY}", ["alternative_names", "images", "movies"]),
        (f"/keyword/{KEYWORD}", ["movies"]),
        (f"/person/{of_a_person('tagged_images')}", ["tagged_images", "changes", "images", "movie_credits"]),
        (f"/movie/{SANDBOX.films(1)[0]}", ["credits", "lists", "changes", "images"]),
        ("/movie/latest", ["credits", "changes"]),
    ],
)
def test_a_part_is_appended_without_its_id_and_unknown_names_are_ignored(path: str, parts: list[str]) -> None:
    body = SANDBOX.get(path, append_to_response=",".join([*parts, "nonsense"]))
    plain = SANDBOX.get(path)
    assert body.keys() - plain.keys() == set(parts)
    for part in parts if "latest" not in path else ():
        alone = SANDBOX.get(f"{path}/{part}")
        assert body[part] == {key: value for key, value in alone.items() if key != "id"}


@pytest.mark.parametrize(
    "path", [f"/collection/{COLLECTION}", f"/company/{COMPANY}", f"/keyword/{KEYWORD}", f"/person/{POPULAR[0]}"]
)
def test_more_than_twenty_parts_are_too_many(path: str) -> None:
    status, body = SANDBOX.status(path, append_to_response=",".join(f"part{n}" for n in range(21)))
    assert (status, body["status_code"]) == (400, 27)


def languages(part: str, **parameters: object) -> set[str | None]:
    """The languages in which all films together have images or videos."""
    found: set[str | None] = set()
    for film in SANDBOX.films(150):
        body: dict[str, Any] = SANDBOX.get(f"/movie/{film}", append_to_response=part, **parameters)[part]
        found |= {item["iso_639_1"] for items in body.values() for item in items}
    return found


@pytest.mark.parametrize(
    ("part", "parameters", "expected"),
    [
        ("images", {}, {None, "en", "de", "fr", "es"}),
        ("images", {"language": "de-DE"}, {"de"}),
        ("images", {"language": "de-DE", "include_image_language": "en,null"}, {"de", "en", None}),
        ("images", {"language": "de-DE", "include_image_language": "de-DE,en-US,null"}, {"de", "en", None}),
        ("images", {"include_image_language": "null"}, {None}),
        ("images", {"language": "de-DE", "include_video_language": "en"}, {"de"}),
        ("videos", {}, {"en"}),
        ("videos", {"language": "de-DE"}, {"de"}),
        ("videos", {"language": "de-DE", "include_video_language": "en,null"}, {"de", "en"}),
        ("videos", {"include_video_language": "fr, es"}, {"fr", "es"}),
    ],
)
def test_images_and_videos_come_in_the_languages_that_are_asked_for(
    part: str, parameters: dict[str, str], expected: set[str | None]
) -> None:
    assert languages(part, **parameters) == expected


def test_images_say_the_country_of_their_language() -> None:
    countries = {
        (image["iso_639_1"], image["iso_3166_1"])
        for film in SANDBOX.films(100)
        for images in SANDBOX.get(f"/movie/{film}", append_to_response="images")["images"].values()
        for image in images
    }
    assert countries == {(None, None), ("en", "US"), ("de", "DE"), ("fr", "FR"), ("es", "ES")}


def test_the_images_of_a_collection_come_in_the_languages_that_are_asked_for() -> None:
    rows = SANDBOX.get("/search/collection", query="collection")["results"]
    english = [SANDBOX.get(f"/collection/{row['id']}/images", language="en") for row in rows]
    assert {image["iso_639_1"] for body in english for image in [*body["backdrops"], *body["posters"]]} == {"en"}


def test_countries_are_called_as_in_the_language_that_is_asked_for() -> None:
    for path, rows in (("/configuration/countries", None), ("/watch/providers/regions", "results")):
        body = SANDBOX.get(path, language="de-DE")
        names = {row["iso_3166_1"]: row for row in (body[rows] if rows else body)}
        assert (names["DE"]["english_name"], names["DE"]["native_name"]) == ("Germany", "Deutschland")


def test_tagged_images_say_page_0_and_ignore_the_page() -> None:
    person = of_a_person("tagged_images")
    assert SANDBOX.get(f"/person/{person}/tagged_images", page=7) == SANDBOX.get(f"/person/{person}/tagged_images")
    assert SANDBOX.get(f"/person/{person}/tagged_images")["page"] == 0


def test_nobody_changes_and_the_days_are_checked_all_the_same() -> None:
    assert SANDBOX.get(f"/person/{POPULAR[0]}/changes") == {"changes": []}
    assert SANDBOX.status(f"/person/{POPULAR[0]}/changes", start_date="2020-01-01")[0] == 422
    assert SANDBOX.status("/person/999999999/changes")[0] == 404
