"""Series, seasons and episodes of the sandbox make sense, alone and appended to each other."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import pytest

from ayne.sandbox.answers import Ending, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import InvalidDate
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.series.columns import STATUSES, TYPES
from ayne.sandbox.series.discovery import SeriesQuery
from ayne.sandbox.series.plan import is_long, plan
from ayne.sandbox.television import Television
from ayne.sandbox.world import World

KEY = "0123456789abcdef0123456789abcdef"
#: The last day that series which do not live know.
LAST = date(2026, 6, 30)
WINDOW = ",".join(f"season/{number}" for number in range(20))


@pytest.fixture(scope="session")
def television() -> Television:
    return Television.generated(800, 3)


@pytest.fixture(scope="session")
def app(television: Television) -> SandboxApp:
    return SandboxApp(World(Catalogue.generated(50, 3), series=lambda as_of: television))


@pytest.fixture(scope="session")
def short(television: Television) -> list[int]:
    """Some series that are not long-running ones, spread over all dates."""
    return [number for number in television.columns.ids if not is_long(number)][::4]


@pytest.fixture
def get(app: SandboxApp) -> Any:
    def get(path: str, status: int = 200, **parameters: object) -> Any:
        query = "&".join(f"{name}={value}" for name, value in {"api_key": KEY, **parameters}.items())
        answer = app.answer(Request("GET", f"/3{path}", query.replace("_gte", ".gte").replace("_lte", ".lte")))
        assert answer.status == status, (path, parameters, answer.body)
        return json.loads(answer.body)

    return get


def test_the_same_seed_makes_the_same_series() -> None:
    one, again, other = (Television.generated(60, seed, odd=0.3) for seed in (5, 5, 6))
    bodies = [
        [each.details(number, ["season/1", "aggregate_credits"]) for number in each.columns.ids]
        for each in (one, again, other)
    ]
    assert bodies[0] == bodies[1]
    assert bodies[0] != bodies[2]


def test_four_of_five_series_with_seasons_have_one_and_one_in_seven_has_no_date(television: Television) -> None:
    seasons = Counter(
        sum(1 for season, _ in television.lore.guide(position).seasons if season.slot)
        for position in range(len(television))
    )
    with_any = sum(count for number, count in seasons.items() if number)
    assert 0.72 < seasons[1] / with_any < 0.86
    assert 0.05 < seasons[0] / len(television) < 0.13
    assert 0.12 < sum(day == 0 for day in television.columns.days) / len(television) < 0.18


def test_long_running_series_have_thousands_of_episodes_or_dozens_of_seasons() -> None:
    guides = [plan(1, number, date(1960, 1, 1).toordinal()) for number in range(8, 60_000, 512)]
    assert max(sum(season.episodes for season in each.seasons) for each in guides) > 9_000
    assert max(len(each.seasons) for each in guides) > 60
    assert all(each.seasons[-1].base + each.seasons[-1].episodes < 1 << 14 for each in guides)


def test_every_small_world_has_a_long_running_series() -> None:
    assert all(any(map(is_long, Television.generated(9, seed).columns.ids)) for seed in range(20))


def test_no_two_episodes_and_no_two_seasons_have_the_same_id(television: Television) -> None:
    seasons, episodes = [], []
    for number in television.columns.ids[::3]:
        body = television.details(number, WINDOW.split(",")) or {}
        below = [body[name] for name in body if name.startswith("season/")]
        seasons += [season["id"] for season in below]
        episodes += [episode["id"] for season in below for episode in season["episodes"]]
    assert len(set(seasons)) == len(seasons) > 200
    assert len(set(episodes)) == len(episodes) > 3_000
    assert max(episodes) < 1 << 31


def test_a_series_tells_its_seasons_as_each_season_tells_itself(get: Any, short: list[int]) -> None:
    for number in short:
        body = get(f"/tv/{number}", append_to_response=WINDOW)
        for row in body["seasons"]:
            season = body.get(f"season/{row['season_number']}") or get(f"/tv/{number}/season/{row['season_number']}")
            told = {name: season[name] for name in row if name != "episode_count"}
            assert told == {name: row[name] for name in told}
            assert len(season["episodes"]) == row["episode_count"]
            assert all(episode["show_id"] == number for episode in season["episodes"])
        numbered = [row for row in body["seasons"] if row["season_number"]]
        assert body["number_of_seasons"] == len(numbered)
        assert body["number_of_episodes"] == sum(row["episode_count"] for row in numbered)


def test_episodes_air_in_their_order_and_the_last_and_next_ones_are_told(get: Any, short: list[int]) -> None:
    with_next = 0
    for number in short:
        body = get(f"/tv/{number}", append_to_response=WINDOW)
        episodes = [
            episode
            for row in body["seasons"]
            if row["season_number"] and f"season/{row['season_number']}" in body
            for episode in body[f"season/{row['season_number']}"]["episodes"]
        ]
        days = [episode["air_date"] for episode in episodes if episode["air_date"]]
        assert days == sorted(days)
        # The moment is the midnight behind the last known day.
        aired = [episode for episode in episodes if (episode["air_date"] or "9") <= date(2026, 7, 1).isoformat()]
        assert (body["last_episode_to_air"] or {}).get("id") == (aired[-1]["id"] if aired else None)
        assert body["last_air_date"] == (aired[-1]["air_date"] if aired else None)
        ahead = [episode for episode in episodes if (episode["air_date"] or "0") > date(2026, 7, 1).isoformat()]
        assert (body["next_episode_to_air"] or {}).get("id") == (ahead[0]["id"] if ahead else None)
        assert all(episode["vote_count"] == 0 for episode in ahead)
        with_next += bool(ahead)
        assert not (ahead and body["status"] in ("Ended", "Canceled"))
        assert body["in_production"] is (body["status"] not in ("Ended", "Canceled"))
    assert with_next > 3


def test_a_season_0_holds_the_specials_and_does_not_count(get: Any, television: Television) -> None:
    with_specials = [
        number
        for position, number in enumerate(television.columns.ids)
        if not is_long(number) and television.lore.guide(position).found(0)
    ]
    assert with_specials
    body = get(f"/tv/{with_specials[0]}", append_to_response="season/0")
    assert body["seasons"][0]["season_number"] == 0
    assert body["seasons"][0]["name"] == "Specials"
    assert {episode["season_number"] for episode in body["season/0"]["episodes"]} == {0}
    assert body["number_of_seasons"] == len(body["seasons"]) - 1


def test_seasons_that_do_not_exist_are_left_out_and_twenty_one_entries_are_too_many(get: Any, short: list[int]) -> None:
    body = get(f"/tv/{short[0]}", append_to_response="season/0,season/1,season/77,season/x,nonsense,credits")
    assert "season/77" not in body
    assert {"season/x", "nonsense"}.isdisjoint(body)
    assert "credits" in body
    get(f"/tv/{short[0]}", append_to_response=f"{WINDOW}")
    refused = get(f"/tv/{short[0]}", 400, append_to_response=f"{WINDOW},credits")
    assert refused["status_code"] == 27


def test_what_is_appended_is_what_is_asked_for_alone(get: Any, short: list[int]) -> None:
    number = next(each for each in short if get(f"/tv/{each}")["seasons"] and get(f"/tv/{each}/season/1")["episodes"])
    names = [
        "aggregate_credits", "alternative_titles", "content_ratings", "credits", "episode_groups", "external_ids",
        "images", "keywords", "reviews", "screened_theatrically", "translations", "videos", "watch/providers",
        "season/1", "season/1/credits", "season/1/images", "season/1/episode/1",
    ]  # fmt: skip
    body = get(f"/tv/{number}", append_to_response=",".join(names))
    for name in names:
        alone = get(f"/tv/{number}/{name}")
        kept = alone if name in ("season/1", "season/1/episode/1") else {k: v for k, v in alone.items() if k != "id"}
        assert body[name] == kept, name
    season = get(f"/tv/{number}/season/1", append_to_response="credits,translations,nothing")
    assert season["credits"] == {k: v for k, v in get(f"/tv/{number}/season/1/credits").items() if k != "id"}
    assert season["translations"] == {"translations": get(f"/tv/{number}/season/1/translations")["translations"]}
    episode = get(f"/tv/{number}/season/1/episode/1", append_to_response="credits,images")
    assert episode["credits"]["guest_stars"] == episode["guest_stars"]


def test_aggregate_credits_count_the_episodes_of_everybody(get: Any, short: list[int]) -> None:
    seen = 0
    for number in short[::3]:
        body = get(f"/tv/{number}", append_to_response=f"{WINDOW.rpartition(',')[0]},aggregate_credits")
        if body["number_of_seasons"] > 18:
            continue
        guests: Counter[str] = Counter()
        for name in body:
            for episode in body[name]["episodes"] if name.startswith("season/") else ():
                guests.update(guest["credit_id"] for guest in episode["guest_stars"])
        roles = {role["credit_id"]: role for row in body["aggregate_credits"]["cast"] for role in row["roles"]}
        assert {key: roles[key]["episode_count"] for key in guests} == dict(guests)
        total = sum(len(body[name]["episodes"]) for name in body if name.startswith("season/"))
        assert all(role["episode_count"] <= total for role in roles.values())
        for row in body["aggregate_credits"]["cast"]:
            assert row["total_episode_count"] == sum(role["episode_count"] for role in row["roles"])
        seen += len(guests)
    assert seen > 50


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/tv/999999", 34), ("/tv/{}/season/99", 34), ("/tv/{}/season/x", 34), ("/tv/{}/season/1/episode/9999", 34),
        ("/tv/{}/nothing", 34), ("/tv/strange", 6), ("/tv/episode_group/000000000000000000000000", 34),
    ],
)  # fmt: skip
def test_what_is_not_there_is_404(get: Any, short: list[int], path: str, code: int) -> None:
    assert get(path.format(short[0]), 404)["status_code"] == code


def test_an_episode_group_has_the_episodes_that_it_counts(get: Any, short: list[int]) -> None:
    groups = [group for number in short for group in get(f"/tv/{number}/episode_groups")["results"]]
    assert groups
    for group in groups[:5]:
        body = get(f"/tv/episode_group/{group['id']}")
        assert sum(len(each["episodes"]) for each in body["groups"]) == group["episode_count"]
        assert len(body["groups"]) == group["group_count"]


def test_lists_know_what_details_know_and_no_more() -> None:
    """At a midnight, nothing of the day that begins is known: neither to the columns nor to the seasons."""
    television = Television.generated(6_000, 2)
    columns, lore = television.columns, television.lore
    guides = [lore.guide(position) for position in range(len(television))]
    assert [STATUSES[code] for code in columns.statuses] == [guide.status for guide in guides]
    assert [day > 0 for day in columns.days] == [
        guide.plan.premiere > 0 and guide.plan.told <= guide.known_on for guide in guides
    ]
    assert {guide.known_on for guide in guides} == {LAST.toordinal()}
    assert any(guide.plan.status(guide.known_on + 1) != guide.plan.status(guide.known_on) for guide in guides)


# ---- discovery


@cache
def _details_of(television: Television, number: int) -> dict[str, Any]:
    return television.details(number) or {}


def ids_of(television: Television, **parameters: str) -> set[int]:
    named = {name.replace("_gte", ".gte").replace("_lte", ".lte"): value for name, value in parameters.items()}
    return set(television.ids(television.discover(SeriesQuery.parse({"include_adult": "true", **named}))))


def matching(television: Television, wanted: Any) -> set[int]:
    return {number for number in television.columns.ids if wanted(_details_of(television, number))}


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({}, lambda body: True),
        (
            {"first_air_date_gte": "2015-01-01", "first_air_date_lte": "2019-12-31"},
            lambda body: "2015" <= body["first_air_date"][:4] <= "2019",
        ),
        ({"first_air_date_year": "2018"}, lambda body: body["first_air_date"][:4] == "2018"),
        ({"with_status": "0|4"}, lambda body: body["status"] in (STATUSES[0], STATUSES[4])),
        ({"with_type": "2"}, lambda body: body["type"] == TYPES[2]),
        ({"with_genres": "18,35"}, lambda body: {18, 35} <= {genre["id"] for genre in body["genres"]}),
        ({"without_genres": "18"}, lambda body: 18 not in {genre["id"] for genre in body["genres"]}),
        ({"with_original_language": "ja|ko"}, lambda body: body["original_language"] in ("ja", "ko")),
        ({"with_origin_country": "GB"}, lambda body: "GB" in body["origin_country"]),
        ({"with_networks": "1|2|3"}, lambda body: {1, 2, 3} & {network["id"] for network in body["networks"]}),
        ({"vote_count_gte": "50"}, lambda body: body["vote_count"] >= 50),
        ({"vote_average_gte": "8"}, lambda body: body["vote_average"] >= 8),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_each_filter_finds_what_the_details_say(
    television: Television, parameters: dict[str, str], wanted: Any
) -> None:
    found = ids_of(television, **parameters)
    assert found == matching(television, wanted)
    assert found


def test_screened_theatrically_finds_series_with_such_episodes(television: Television) -> None:
    found = ids_of(television, screened_theatrically="true")
    assert found
    assert not found & ids_of(television, screened_theatrically="false")
    shown = {n for n in found if (television.part(n, "screened_theatrically") or {})["results"]}
    assert (
        shown
        == {n for n in found if any(row["season_number"] for row in _details_of(television, n)["seasons"])} & shown
    )
    assert shown


def test_air_dates_bound_any_episode(television: Television) -> None:
    found = ids_of(television, air_date_gte="2026-06-20", air_date_lte="2026-06-26")
    expected = set()
    for number in television.columns.ids:
        body = television.details(number, WINDOW.split(",")) or {}
        if any(
            "2026-06-20" <= (episode["air_date"] or "") <= "2026-06-26"
            for name in body
            if name.startswith("season/")
            for episode in body[name]["episodes"]
        ):
            expected.add(number)
    long = set(filter(is_long, television.columns.ids))
    assert expected - long == found - long
    assert found


def test_series_without_a_date_pass_no_bounds_unless_they_are_asked_for(television: Television) -> None:
    undated = matching(television, lambda body: not body["first_air_date"])
    bounded = ids_of(television, first_air_date_gte="1900-01-01")
    assert not undated & bounded
    assert undated <= ids_of(television)
    both = ids_of(television, first_air_date_gte="1900-01-01", include_null_first_air_dates="true")
    assert both == undated | bounded


def test_what_only_films_have_is_ignored(television: Television) -> None:
    ignored = {
        "with_cast": "1000",
        "region": "US",
        "primary_release_date_gte": "2020-01-01",
        "year": "2020",
        "page": "9",
    }
    assert ids_of(television, **ignored) == ids_of(television)
    assert SeriesQuery.parse({"with_cast": "1"}) == SeriesQuery.parse({})


@pytest.mark.parametrize(
    "name", ["first_air_date", "name", "original_name", "popularity", "vote_average", "vote_count"]
)
def test_an_order_is_kept_both_ways(television: Television, name: str) -> None:
    for direction in ("asc", "desc"):
        found = television.discover(SeriesQuery.parse({"sort_by": f"{name}.{direction}"}))
        values = [television.summary(position)[name] for position in found]
        assert values == sorted(values, reverse=direction == "desc")


def test_a_date_that_is_none_is_refused(get: Any) -> None:
    with pytest.raises(InvalidDate):
        SeriesQuery.parse({"air_date.gte": "soon"})
    assert get("/discover/tv", 400, first_air_date_gte="soon")["status_code"] == 23
    assert get("/discover/tv", 400, page=501)["status_code"] == 22


def test_the_pages_of_a_list_hold_every_series_once(get: Any, television: Television) -> None:
    first = get("/discover/tv", include_adult="true")
    rows = [
        row
        for page in range(1, first["total_pages"] + 1)
        for row in get("/discover/tv", include_adult="true", page=page)["results"]
    ]
    assert sorted(row["id"] for row in rows) == sorted(television.columns.ids)
    assert first["total_results"] == len(television)


# ---- odd ones


def test_odd_series_are_as_recorded_and_others_are_not() -> None:
    odd, sound = Television.generated(120, 4, odd=1.0), Television.generated(120, 4)
    kinds = Counter(kind for position in range(120) for kind in odd.lore.oddities(position))
    assert min(kinds[kind] for kind in ("repeated", "undated", "unnumbered", "wrong counts", "texts")) > 15
    seen: Counter[str] = Counter()
    for position, number in enumerate(odd.columns.ids):
        if is_long(number):
            continue
        body = odd.details(number, WINDOW.split(",")) or {}
        numbers = [row["season_number"] for row in body["seasons"]]
        episodes = [each for name in body if name.startswith("season/") for each in body[name]["episodes"]]
        seen["repeated"] += len(set(numbers)) < len(numbers)
        seen["unnumbered"] += any(each["id"] is None for each in episodes)
        seen["undated"] += any(each["air_date"] == "" for each in episodes)
        seen["texts"] += isinstance(body["popularity"], str)
        seen["wrong counts"] += body["number_of_seasons"] != sum(map(bool, numbers))
        assert not sound.lore.oddities(position)
    assert min(seen[kind] for kind in kinds) > 0


# ---- what is told of it, and what goes wrong


def truth(app: SandboxApp, path: str, query: str = "") -> Any:
    return json.loads(app.answer(Request("GET", f"/sandbox/truth{path}", query)).body)


def test_the_truth_counts_series_and_tells_each(app: SandboxApp, get: Any, short: list[int]) -> None:
    told = truth(app, "/tv", "ids=1&with_status=0&include_adult=true")
    assert told["exists"] == 800
    assert (
        told["count"] == len(told["ids"]) == get("/discover/tv", with_status=0, include_adult="true")["total_results"]
    )
    body = truth(app, f"/tv/{short[0]}", "append_to_response=season/1")
    assert body["exists"]
    assert body["body"] == get(f"/tv/{short[0]}", append_to_response="season/1")
    assert truth(app, "/tv/999999") == {"exists": False, "body": None}
    assert truth(app, "/tv/changes") == {"events": []}
    assert truth(app, "")["exists"] == 50


@pytest.mark.parametrize(
    ("plan", "path"),
    [
        ("details:429@1", "/tv/{}"), ("discover:500@1", "/discover/tv"), ("changes:503@1", "/tv/changes"),
        ("part:404@1", "/tv/{}/season/1"), ("rate=0,reset@1", "/tv/{}"),
    ],
)  # fmt: skip
def test_faults_hit_series_as_they_hit_films(television: Television, short: list[int], plan: str, path: str) -> None:
    world = World(Catalogue.generated(5, 1), series=lambda as_of: television)
    failing = SandboxApp(world, faults=FaultPlan.parse(plan))
    answers = [failing.answer(Request("GET", f"/3{path.format(short[0])}", f"api_key={KEY}")) for _ in range(2)]
    assert (answers[0].status, answers[0].ending) != (200, Ending.WHOLE)
    assert answers[1].status == 200


def test_the_log_tells_series_from_films_and_names_what_was_asked_twice(
    television: Television, short: list[int]
) -> None:
    app = SandboxApp(World(Catalogue.generated(5, 1), series=lambda as_of: television))
    for query in ("append_to_response=season/1", "append_to_response=season/1", "append_to_response=season/2"):
        app.answer(Request("GET", f"/3/tv/{short[0]}", f"api_key={KEY}&{query}"))
    app.answer(Request("GET", f"/3/tv/{short[0]}/season/1", f"api_key={KEY}"))
    app.answer(Request("GET", "/3/discover/tv", f"api_key={KEY}&page=2"))
    report = app.log.report()
    assert report["by_kind"] == {"series": 3, "part": 1, "discover": 1}
    assert report["repeated"]["details"] == {}
    assert [(row["series"], row["count"]) for row in report["repeated"]["series"]] == [(short[0], 2)]


def test_whoever_asks_for_films_alone_waits_for_no_series() -> None:
    def refused(as_of: float) -> Television:
        raise AssertionError("nobody asked for series")

    app = SandboxApp(World(Catalogue.generated(30, 1), series=refused))
    for path in ("/discover/movie", "/movie/popular", "/configuration", "/genre/tv/list", "/search/movie"):
        assert app.answer(Request("GET", f"/3{path}", f"api_key={KEY}&query=the")).status == 200


def test_a_sandbox_without_series_says_so() -> None:
    app = SandboxApp(Catalogue.generated(30, 1))
    listed = json.loads(app.answer(Request("GET", "/3/discover/tv", f"api_key={KEY}")).body)
    assert (listed["total_results"], listed["results"]) == (0, [])
    assert app.answer(Request("GET", "/3/tv/1", f"api_key={KEY}")).status == 404
    assert app.answer(Request("GET", "/3/tv/latest", f"api_key={KEY}")).status == 404
