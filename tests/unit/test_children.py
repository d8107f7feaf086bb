"""Seasons and episodes: what is asked for in which request, and what is read of what comes."""

from __future__ import annotations

import json
from random import Random
from typing import Any, cast

import msgspec
import pytest

from ayne.data_collection.tmdb import children
from ayne.data_collection.tmdb.details import DetailsQuestion, More
from ayne.data_collection.tmdb.layouts import layout_of
from ayne.data_collection.tmdb.parts import read_part
from ayne.errors import BadPayload
from ayne.kinds import MOVIE, SERIES
from tests.series_bodies import Body, answered, body_of, episode, read, season, series
from tests.unit.test_well_formed import mutated


def asked(*parts: str, keep_bodies: bool = False) -> DetailsQuestion:
    return DetailsQuestion.checked(SERIES, parts, None, {}, keep_bodies=keep_bodies)


def raw(body: Body) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(json.dumps(body), type=dict[str, msgspec.Raw])


def the(record: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", record)


# --- what is asked for ------------------------------------------------------------------------------------------------


def test_a_series_never_seen_is_asked_for_with_as_many_seasons_as_there_is_room_for() -> None:
    assert asked().first()["append_to_response"].split(",") == [f"season/{number}" for number in range(20)]
    names = asked("keywords", "watch/providers").first()["append_to_response"].split(",")
    assert (len(names), names[:3], names[-1]) == (20, ["keywords", "watch/providers", "season/0"], "season/17")


def test_a_stored_series_is_asked_for_with_the_seasons_it_has_and_one_more() -> None:
    assert asked().first([3, 0, 1])["append_to_response"] == "season/0,season/1,season/3,season/4"
    assert asked().first([])["append_to_response"] == "season/1"
    assert asked().first(range(2001, 2031))["append_to_response"].count("season") == 20


@pytest.mark.parametrize("parts", [(), SERIES.usual_parts, ("season_images",), SERIES.part_names])
def test_no_request_ever_appends_more_than_twenty(parts: tuple[str, ...]) -> None:
    first = children.appended(SERIES, parts, children.first_numbers(SERIES, parts))
    further = list(children.further(SERIES, parts, range(94)))
    assert all(len(names) <= 20 for names in (first, *further))
    assert [name for names in further for name in names if name.count("/") == 1] == [f"season/{n}" for n in range(94)]


def test_pieces_of_each_season_are_asked_for_only_when_they_are_wanted() -> None:
    names = asked("season_images", "episode_credits").first([2])["append_to_response"]
    assert names == "season/2,season/2/images,season/3,season/3/images"


def test_what_has_no_children_is_asked_for_as_ever() -> None:
    question = DetailsQuestion.checked(MOVIE, ["credits"], None, {}, keep_bodies=False)
    assert question.first() == {"append_to_response": "credits"}


def test_what_the_list_names_and_did_not_come_is_missing() -> None:
    named = [{"id": 1, "season_number": n} for n in (0, 1, 2013, "7", None, -1, 2**40)] + ["garbage", {}]
    body = body_of(season(1), named=named) | {"season/0": None}
    assert children.missing(SERIES, raw(body)) == [0, 7, 2013]
    with pytest.raises(BadPayload, match="without a list of seasons"):
        children.missing(SERIES, raw({"id": 9}))
    with pytest.raises(BadPayload, match="1001 seasons"):
        children.missing(SERIES, raw(body_of(named=[{"season_number": number} for number in range(1001)])))


def test_a_series_is_whole_only_when_all_that_it_names_has_come() -> None:
    seasons = [season(number, episode(10 * number + 1)) for number in range(45)]
    whole = body_of(*seasons)
    few = {key: value for key, value in whole.items() if not key.startswith("season/") or int(key[7:]) < 20}
    found = asked(keep_bodies=True).read(9, answered(few))
    requests = 1
    while isinstance(found, More):
        names = found.params["append_to_response"].split(",")
        assert len(names) <= 20
        found = found.read(answered({"id": 9, "name": "later"} | {name: whole[name] for name in names}))
        requests += 1
    assert requests == 3
    assert [each["season_number"] for each in the(found)["seasons"]] == list(range(45))
    assert the(found)["name"] == "Nine"
    assert json.loads(found["body"]) == whole


def test_a_season_that_is_named_and_never_sent_is_the_series_failure() -> None:
    more = asked().read(9, answered(body_of(season(1), named=[{"id": 101, "season_number": 25}])))
    assert isinstance(more, More)
    with pytest.raises(BadPayload, match="season/25 of series 9"):
        more.read(answered({"id": 9, "season/25": None}))
    with pytest.raises(BadPayload, match="sent another"):
        more.read(answered({"id": 8, "season/25": season(25)}))


# --- what came --------------------------------------------------------------------------------------------------------


def test_seasons_and_episodes_know_what_they_lie_in() -> None:
    (found,) = the(series(season(1, episode(5, show_id=9), episode(6))))["seasons"]
    assert (found["series_id"], found["episode_count"], found["raw"]) == (9, 2, {})
    told = [(each["tmdb_id"], each["series_id"], each["season_id"], each["air_date"]) for each in found["episodes"]]
    assert told == [(5, 9, 101, "2024-01-01"), (6, 9, 101, "2024-01-01")]


def test_an_odd_episode_costs_itself_and_no_other() -> None:
    odd: list[Any] = [{**episode(1), "id": None}, "garbage", episode(2, vote_count="3", runtime=0, new_key=1)]
    record = the(
        series(season(1, episode(3, air_date="", still_path=None)) | {"episodes": [*odd, episode(3, air_date="")]})
    )
    (found,) = record["seasons"]
    assert [(each["tmdb_id"], each["vote_count"], each["runtime"], each["air_date"]) for each in found["episodes"]] == [
        (2, 3, None, "2024-01-01"),
        (3, 3, None, None),
    ]
    assert found["episodes"][0]["raw"] == {"new_key": 1}
    assert len(record["raw"]["episodes"]) == 2
    assert sorted(children.unread(SERIES, record)) == ["episode.new_key", "episodes"]


def test_two_seasons_of_one_number_are_two_seasons() -> None:
    named = [{"id": 101, "season_number": 1}, {"id": 77, "season_number": 1, "name": "Again", "episode_count": 4}]
    found = the(series(season(1, episode(5)), named=named))["seasons"]
    assert [(each["tmdb_id"], each["name"], len(each["episodes"])) for each in found] == [
        (101, "Season 1", 1),
        (77, "Again", 0),
    ]


def test_a_season_without_an_id_has_that_of_its_number() -> None:
    nameless = {key: value for key, value in season(1, episode(5)).items() if key != "id"}
    record = the(read(body_of(named=[{"id": 55, "season_number": 1}, {"season_number": 2}]) | {"season/1": nameless}))
    assert [(each["tmdb_id"], len(each["episodes"])) for each in record["seasons"]] == [(55, 1)]
    assert record["raw"]["seasons"] == [{"season_number": 2}]


def test_guest_stars_are_read_only_when_they_are_asked_for() -> None:
    guest = {"id": 1, "name": "A", "credit_id": "c", "character": "", "order": 500, "gender": 0}
    one = season(1, episode(5, guest_stars=[guest], crew=[{"id": 2, "job": "Director", "credit_id": "d"}]))
    assert the(series(one))["parts"] == {}
    body = the(series(one, parts=["episode_credits"]))["parts"]["episode_credits"]
    rows = read_part("episode_credits", body, SERIES).rows
    assert [(*row[:5], row[7]) for row in rows] == [
        (5, "guest", "c", 1, "A", None),
        (5, "crew", "d", 2, None, "Director"),
    ]


def test_pictures_of_seasons_are_read_by_season() -> None:
    picture = {"file_path": "/a.jpg", "width": 5, "height": 7, "iso_639_1": "en", "vote_average": 0, "vote_count": 0}
    body = body_of(season(1)) | {"season/1/images": {"id": 101, "posters": [picture]}}
    record = the(read(body, parts=["season_images"]))
    assert record["seasons"][0]["raw"] == {}
    found = read_part("season_images", record["parts"]["season_images"], SERIES)
    assert [row[:3] for row in found.rows] == [(101, "poster", "/a.jpg")]
    assert found.leftovers == {}


def test_whatever_the_fast_road_decodes_of_episodes_is_what_the_careful_one_reads() -> None:
    chance = Random(1)  # noqa: S311 - a seed is the point
    layout, fast = layout_of(SERIES.family[2]), 0
    for _ in range(400):
        body = mutated(json.dumps([episode(5, show_id=9), episode(6, runtime=None)]).encode(), chance)
        try:
            items = msgspec.json.decode(body, type=list[dict[str, msgspec.Raw]])
        except msgspec.MsgspecError:
            continue
        whole = layout.whole_children.decode(msgspec.Raw(body))
        if whole is not None:
            fast += 1
            careful = [layout.record(item, layout.details) for item in items]
            told = [record for record, _ in whole]
            assert json.dumps(told, sort_keys=True) == json.dumps(careful, sort_keys=True)
    assert fast > 50
