"""Series of the sandbox live: episodes air, seasons are announced, series begin and end, and the feed names them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.life.events import ADDED, DELETED, EDITED, MOVED
from ayne.sandbox.pace import Pace
from ayne.sandbox.series.columns import STATUSES
from ayne.sandbox.series.discovery import SeriesQuery
from ayne.sandbox.series.guide import GONE, Place
from ayne.sandbox.series.plan import is_long
from ayne.sandbox.television import Television
from ayne.sandbox.tmdb.site import Tmdb
from ayne.sandbox.world import World

DAY = 86_400
FIRST = date(2026, 5, 1)
START = datetime(2026, 5, 1, tzinfo=UTC).timestamp()
DAYS = 20
END = START + DAYS * DAY
KEY = "0123456789abcdef0123456789abcdef"
PACE = Pace(added=0.002, edited=0.02, moved=0.05, deleted=0.001, merged=0.0005)


def made(seed: int = 2) -> World:
    return World(
        Catalogue.generated(20, seed),
        seed=seed,
        pace=PACE,
        start=START,
        series=lambda as_of: Television.generated(600, seed, as_of=as_of),
    )


@pytest.fixture(scope="session")
def world() -> World:
    return made()


def body(world: World, series: int, at: float, *append: str) -> dict[str, Any]:
    return world.television.details(series, append, at) or {}


def short(world: World) -> list[int]:
    return [number for number in world.television.listed(START).columns.ids if not is_long(number)]


def test_two_worlds_made_alike_agree_about_every_moment(world: World) -> None:
    again = made()
    events = list(world.television.events(START, END, END))
    assert events == list(again.television.events(START, END, END))
    named = sorted({event.film for event in events})[::9]
    for at in (START + 7.3 * DAY, END):
        assert [body(world, number, at, "season/1") for number in named] == [
            body(again, number, at, "season/1") for number in named
        ]


def test_nothing_happens_twice_and_everything_happens_in_its_time(world: World) -> None:
    events = list(world.television.events(START, END, END))
    assert [event.at for event in events] == sorted(event.at for event in events)
    kinds = Counter(event.kind for event in events)
    assert min(kinds[kind] for kind in (ADDED, EDITED, MOVED, DELETED)) > 0


def test_a_series_changes_only_by_what_the_feed_tells_or_by_its_numbers_and_the_day(world: World) -> None:
    """Between two events of a series, all that differs are numbers, and which episodes have aired."""
    silent = {
        "vote_average", "vote_count", "popularity", "last_episode_to_air", "next_episode_to_air", "last_air_date",
    }  # fmt: skip
    told = Counter(event.film for event in world.television.events(START, END, END) if event.kind != MOVED)
    quiet = [number for number in short(world) if not told[number]]
    assert len(quiet) > 200
    for number in quiet[::3]:
        before, after = body(world, number, START + 1), body(world, number, END)
        assert {name for name in before if before[name] != after[name]} - {"seasons"} <= silent
        rows = [[{**row, "vote_average": 0} for row in each["seasons"]] for each in (before, after)]
        assert rows[0] == rows[1]


def test_episodes_are_entered_before_they_air_and_air_by_the_day_alone(world: World) -> None:
    aired = 0
    for number in short(world):
        before, after = body(world, number, START + 1), body(world, number, END)
        ahead = before["next_episode_to_air"]
        if ahead and ahead["air_date"] <= (FIRST + timedelta(days=DAYS)).isoformat():
            aired += 1
            last = after["last_episode_to_air"]
            assert last["air_date"] >= ahead["air_date"]
            assert after["last_air_date"] == last["air_date"]
    assert aired > 3


def test_what_is_new_of_a_season_is_in_the_feed_at_its_moment(world: World) -> None:
    """An episode that is entered shows at its series under the key `season`, and one level further down."""
    entered = [
        event
        for event in world.television.events(START, END, END)
        if event.key == "season"
        and (place := Place.read(event.field))
        and not place.name
        and event.film in short(world)
    ]
    assert len(entered) > 5
    for event in entered[:12]:
        place = Place.read(event.field)
        assert place is not None
        counts = []
        for at in (event.at - 1, event.at):
            rows = {row["id"]: row["episode_count"] for row in body(world, event.film, at)["seasons"]}
            counts.append(rows.get(place.season))
        assert counts[0] != counts[1] or event.value == event.before
        day = datetime.fromtimestamp(event.at, UTC).date()
        assert event.film in {row["id"] for row in world.television.changes(day, day, END)}
        changes = {each["key"]: each["items"] for each in world.television.changes_of(event.film, day, day, END) or []}
        assert {"season_id": place.season, "season_number": place.season_number} in [
            item["value"] for item in changes["season"]
        ]


def test_an_edited_episode_is_another_one_from_its_moment_on(world: World) -> None:
    edits = [
        (event, place)
        for event in world.television.events(START, END, END)
        if (place := Place.read(event.field)) and place.name not in ("", GONE) and not is_long(event.film)
    ]
    assert len(edits) > 20
    for event, place in edits[:25]:
        seen = []
        for at in (event.at - 1, event.at):
            season = world.television.part(event.film, f"season/{place.season_number}", at) or {"episodes": []}
            seen.append({each["id"]: each for each in season["episodes"]}.get(place.episode, {}).get(place.name))
        assert seen == [event.before, event.value]


def test_series_begin_and_end_and_lists_know_it_from_the_next_midnight(world: World) -> None:
    moved = [event for event in world.television.events(START, END - DAY, END) if event.key == "status"]
    assert moved
    for event in moved:
        fate = world.television.fate(event.film, END)
        if fate is None or not fate.exists:
            continue
        midnight = (event.at // DAY + 1) * DAY
        assert body(world, event.film, event.at)["status"] == event.value
        assert body(world, event.film, event.at - 1)["status"] == event.before
        listed = world.television.listed(midnight)
        position = listed.position(event.film)
        assert position is not None
        assert listed.lore.guide(position).status in (event.value, body(world, event.film, midnight)["status"])


def test_lists_filter_by_the_status_that_details_tell(world: World) -> None:
    listed = world.television.listed(END)
    for code, status in enumerate(STATUSES):
        query = SeriesQuery.parse({"with_status": str(code), "include_adult": "true"})
        for number in listed.ids(listed.discover(query)):
            assert body(world, number, END)["status"] == status
    dated = SeriesQuery.parse({"first_air_date.gte": "1900-01-01", "include_adult": "true"})
    found = set(listed.ids(listed.discover(dated)))
    assert found == {number for number in listed.columns.ids if body(world, number, END)["first_air_date"]}


def test_a_removed_episode_is_gone_and_counts_no_more() -> None:
    world = World(
        Catalogue.generated(5, 1),
        seed=9,
        pace=Pace(added=0, edited=0.5, moved=0, deleted=0, merged=0),
        start=START,
        series=lambda as_of: Television.generated(200, 9, as_of=as_of),
    )
    end = START + 6 * DAY
    gone = [
        (event, place)
        for event in world.television.events(START, end, end)
        if (place := Place.read(event.field)) and place.name == GONE and place.season_number
    ]
    assert gone
    for event, place in gone[:5]:
        before, after = (body(world, event.film, at) for at in (event.at - 1, event.at))
        assert after["number_of_episodes"] == before["number_of_episodes"] - 1
        counts = [{row["id"]: row["episode_count"] for row in each["seasons"]} for each in (before, after)]
        assert counts[1] == counts[0] | {place.season: counts[0][place.season] - 1}
        season = world.television.part(event.film, f"season/{place.season_number}", event.at) or {}
        assert len(season["episodes"]) == counts[1][place.season]
        assert place.episode not in {episode["id"] for episode in season["episodes"]}
        path = f"season/{place.season_number}/episode/{place.episode_number}"
        assert world.television.part(event.film, path, event.at - 1) is not None
        assert world.television.part(event.film, path, event.at) is None


def test_the_export_lists_the_series_of_its_day(world: World) -> None:
    day = FIRST + timedelta(days=12)
    at = START + 12 * DAY + 7 * 3600
    exported = gzip.decompress(world.export("tv_series_ids", day, END) or b"").splitlines()
    adult = gzip.decompress(world.export("adult_tv_series_ids", day, END) or b"").splitlines()
    lines = [json.loads(line) for line in exported]
    assert {tuple(line) for line in lines} == {("id", "original_name", "popularity")}
    ids = {line["id"] for line in lines} | {json.loads(line)["id"] for line in adult}
    assert ids == set(world.television.existing(at).columns.ids)
    assert any(not body(world, line["id"], at)["first_air_date"] for line in lines)


def test_a_series_is_found_by_the_ids_of_other_sites(world: World) -> None:
    tmdb = Tmdb(world, "true", 0.0, None)

    def ask(path: str, query: str = "") -> Any:
        return json.loads(tmdb.answer(Request("GET", f"/3{path}", f"api_key={KEY}&{query}"), START + 1).body)

    found = Counter[str]()
    for number in short(world)[:40]:
        names = ask(f"/tv/{number}/external_ids")
        for source in ("imdb_id", "tvdb_id"):
            if names[source]:
                results = ask(f"/find/{names[source]}", f"external_source={source}")["tv_results"]
                assert [row["id"] for row in results] == [number]
                found[source] += 1
        season = ask(f"/tv/{number}/season/1")
        for episode in season.get("episodes", [])[:1]:
            names = ask(f"/tv/{number}/season/1/episode/{episode['episode_number']}/external_ids")
            if names["tvdb_id"]:
                results = ask(f"/find/{names['tvdb_id']}", "external_source=tvdb_id")["tv_episode_results"]
                assert [row["id"] for row in results] == [episode["id"]]
                found["episode"] += 1
    assert min(found.values()) > 5
    assert len(found) == 3


def test_films_live_as_they_did_whether_there_are_series_or_not() -> None:
    alone = World(Catalogue.generated(300, 2), seed=2, pace=PACE, start=START)
    beside = World(
        Catalogue.generated(300, 2), seed=2, pace=PACE, start=START, series=lambda as_of: Television.generated(50, 2)
    )
    assert list(alone.events(START, END, END)) == list(beside.events(START, END, END))
    assert beside.export("movie_ids", FIRST, END) == alone.export("movie_ids", FIRST, END)
