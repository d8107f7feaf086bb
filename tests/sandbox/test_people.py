"""People: what films say of them is what their own pages say, and the other way round."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from ayne.sandbox.films.people import PEOPLE
from ayne.sandbox.life.events import DAY, DELETED, EDITED
from ayne.sandbox.life.people import LivingPeople
from ayne.sandbox.pace import Pace
from tests.judges.sandbox_answers import ASKED_AT, START, Sandbox

SANDBOX = Sandbox(2_000)
PACE = Pace(edited=0.05, deleted=0.01)
LIVING = Sandbox(200, pace=PACE, series=10)
FILM = next(film for film in SANDBOX.films(500) if len(SANDBOX.get(f"/movie/{film}/credits")["cast"]) > 3)
CREDITS = SANDBOX.get(f"/movie/{FILM}/credits")
ACTOR = CREDITS["cast"][0]


def test_a_person_is_the_same_in_credits_and_alone() -> None:
    person = SANDBOX.get(f"/person/{ACTOR['id']}")
    same = ("adult", "gender", "id", "known_for_department", "name", "popularity", "profile_path")
    assert {key: person[key] for key in same} == {key: ACTOR[key] for key in same}


@pytest.mark.parametrize("kind", ["cast", "crew"])
def test_a_film_lists_a_person_when_the_person_lists_the_film(kind: str) -> None:
    for member in CREDITS[kind]:
        films = SANDBOX.get(f"/person/{member['id']}/movie_credits")[kind]
        (found,) = [film for film in films if film["credit_id"] == member["credit_id"]]
        assert found["id"] == FILM
        for film in films[:5]:
            there = SANDBOX.get(f"/movie/{film['id']}/credits")[kind]
            assert film["credit_id"] in [each["credit_id"] for each in there if each["id"] == member["id"]]


def test_the_films_of_a_person_are_those_that_discover_finds() -> None:
    for member in CREDITS["cast"] + CREDITS["crew"]:
        everything = {"with_people": member["id"], "include_adult": "true", "include_video": "true"}
        found = [row["id"] for page in SANDBOX.pages("/discover/movie", 500, **everything) for row in page["results"]]
        films = SANDBOX.get(f"/person/{member['id']}/movie_credits")
        assert list(dict.fromkeys(found)) == sorted(
            {row["id"] for row in films["cast"] + films["crew"]}, key=found.index
        )


def test_nobody_is_known_for_what_discover_hides() -> None:
    hidden = {
        row["id"]
        for page in SANDBOX.pages("/discover/movie", 500, include_adult="true", include_video="true")
        for row in page["results"]
        if row["adult"] or row["video"]
    }
    assert hidden
    for page in (1, 2):
        for row in SANDBOX.get("/person/popular", page=page)["results"]:
            assert not hidden & {film["id"] for film in row["known_for"]}


def test_parts_are_appended_without_their_id() -> None:
    parts = "movie_credits,external_ids,images,combined_credits,tv_credits,translations,nonsense"
    person = SANDBOX.get(f"/person/{ACTOR['id']}", append_to_response=parts)
    for part in parts.split(",")[:-1]:
        assert {"id": ACTOR["id"]} | person[part] == SANDBOX.get(f"/person/{ACTOR['id']}/{part}")
        assert "id" not in person[part]
    assert "nonsense" not in person
    assert person["external_ids"]["imdb_id"] == person["imdb_id"]


def test_more_than_20_parts_are_code_27() -> None:
    status, body = SANDBOX.status(f"/person/{ACTOR['id']}", append_to_response=",".join(["images"] * 21))
    assert (status, body["status_code"]) == (400, 27)


@pytest.mark.parametrize("part", ["", "/movie_credits", "/external_ids", "/images"])
@pytest.mark.parametrize(("name", "code"), [("0", 34), ("999999999", 34), ("somebody", 6), ("", 34)])
def test_nobody_is_an_error(part: str, name: str, code: int) -> None:
    status, body = SANDBOX.status(f"/person/{name}{part}")
    assert (status, body["status_code"]) == (404, code)


def test_popular_people_are_in_the_order_of_their_popularity() -> None:
    rows = [row for page in (1, 2) for row in SANDBOX.get("/person/popular", page=page)["results"]]
    popularities = [row["popularity"] for row in rows]
    assert popularities == sorted(popularities, reverse=True)
    assert len({row["id"] for row in rows}) == 40


def test_all_credits_are_the_films_and_then_the_series() -> None:
    for member in CREDITS["cast"]:
        films, series, combined = (
            SANDBOX.get(f"/person/{member['id']}/{part}")
            for part in ("movie_credits", "tv_credits", "combined_credits")
        )
        for kind in ("cast", "crew"):
            told = [(row["media_type"], row["credit_id"]) for row in combined[kind]]
            assert told == [
                *(("movie", row["credit_id"]) for row in films[kind]),
                *(("tv", row["credit_id"]) for row in series[kind]),
            ]


def test_whoever_a_series_names_lists_that_series_guests_and_crew_of_episodes_too() -> None:
    seen = Counter[str]()
    for number in SANDBOX.series(40):
        named = SANDBOX.get(f"/tv/{number}/aggregate_credits")
        regulars = {row["id"] for row in SANDBOX.get(f"/tv/{number}/credits")["cast"]}
        for kind, several in (("cast", "roles"), ("crew", "jobs")):
            for row in named[kind][:6]:
                told = SANDBOX.get(f"/person/{row['id']}/tv_credits")[kind]
                ours = {(each["credit_id"], each["episode_count"]) for each in told if each["id"] == number}
                assert ours >= {(each["credit_id"], each["episode_count"]) for each in row[several]}
                seen["guest" if kind == "cast" and row["id"] not in regulars else kind] += 1
    assert min(seen[name] for name in ("guest", "cast", "crew")) > 10


def test_a_face_that_credits_show_is_among_the_images() -> None:
    shown = [member for member in CREDITS["cast"] + CREDITS["crew"] if member["profile_path"]]
    for member in shown:
        profiles = SANDBOX.get(f"/person/{member['id']}/images")["profiles"]
        assert member["profile_path"] in [profile["file_path"] for profile in profiles]


def test_nobody_dies_before_being_born() -> None:
    for film in SANDBOX.films(40):
        for member in SANDBOX.get(f"/movie/{film}/credits")["crew"]:
            person = SANDBOX.get(f"/person/{member['id']}")
            assert not person["deathday"] or person["birthday"] < person["deathday"]


def _people_who_changed() -> list[dict[str, object]]:
    asked = {"start_date": "2026-05-01", "end_date": "2026-05-06"}
    first = LIVING.get("/person/changes", **asked)
    more = (LIVING.get("/person/changes", **asked, page=page) for page in range(2, first["total_pages"] + 1))
    return [row for page in (first, *more) for row in page["results"]]


def test_nobody_changes_in_a_world_that_is_still() -> None:
    assert SANDBOX.get("/person/changes")["results"] == []
    assert SANDBOX.get(f"/person/{ACTOR['id']}/changes") == {"changes": []}


def test_the_list_of_changes_names_each_person_once_and_says_nothing_of_who_is_gone() -> None:
    rows = _people_who_changed()
    events = LivingPeople(1, PACE, int(START)).events(START, ASKED_AT, ASKED_AT)
    gone = {event.film for event in events if event.kind == DELETED}
    assert len(rows) > 1_000
    assert [row["id"] for row in rows] == list(dict.fromkeys(event.film for event in events))
    assert {row["id"] for row in rows if row["adult"] is None} == gone
    for person_id in list(gone)[:5]:
        assert LIVING.status(f"/person/{person_id}")[0] == 404
        assert LIVING.get(f"/person/{person_id}/changes", start_date="2026-05-01", end_date="2026-05-06")["changes"]


def test_what_the_feed_says_of_a_person_is_what_the_page_says_now() -> None:
    checked = Counter[str]()
    for row in _people_who_changed()[:150]:
        status, person = LIVING.status(f"/person/{row['id']}")
        if status != 200:
            continue
        feed = LIVING.get(f"/person/{row['id']}/changes", start_date="2026-05-01", end_date="2026-05-06")
        for change in feed["changes"]:
            last = change["items"][-1]
            assert person[change["key"]] == last["value"] != last.get("original_value")
            checked[change["key"]] += 1
    assert len(checked) == 6


def test_an_edit_shows_at_its_very_moment() -> None:
    people = LivingPeople(1, PACE, int(START))
    event = next(event for event in people.events(START, ASKED_AT, ASKED_AT) if event.kind == EDITED)
    assert people.page(event.film, event.at - 1)[event.field] == event.before
    assert people.page(event.film, event.at)[event.field] == event.value != event.before


def test_who_is_gone_is_in_no_list_from_midnight_on_and_in_no_export() -> None:
    world = LIVING.app.world
    names = ("person_ids", "adult_person_ids")
    day = datetime.fromtimestamp(ASKED_AT, UTC).date()
    lines = [line for name in names for line in gzip.decompress(world.export(name, day, ASKED_AT) or b"").splitlines()]
    exported = {json.loads(line)["id"] for line in lines}
    assert set(PEOPLE) - exported == world.people.gone(world.exported_at(day))
    rows = {row["id"] for page in LIVING.pages("/person/popular", 40) for row in page["results"]}
    assert world.people.unlisted(ASKED_AT) == world.people.gone(ASKED_AT // DAY * DAY) != set()
    assert not rows & world.people.unlisted(ASKED_AT)


def test_two_worlds_made_alike_agree_about_people_whenever_they_are_asked() -> None:
    late, early = LivingPeople(3, PACE, int(START)), LivingPeople(3, PACE, int(START))
    early.events(START, START + DAY, START + DAY)
    assert late.events(START, ASKED_AT, ASKED_AT) == early.events(START, ASKED_AT, ASKED_AT) != []
