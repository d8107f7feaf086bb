"""The truth about a living sandbox, and the clock that a test puts forward."""

import json
from typing import Any

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.discovery import Query
from ayne.sandbox.life.events import ADDED, DAY, DELETED, MERGED, MOVED, RETURNED
from ayne.sandbox.moments import moment, written_moment
from ayne.sandbox.pace import Pace
from ayne.sandbox.world import World

FILMS = Catalogue.generated(600, seed=3)
LIVELY = Pace(added=0.02, edited=0.05, moved=0.1, deleted=0.02, merged=0.01, returned=0.2)
START = moment("2026-06-01")
END = START + 10 * DAY


CLOCK = SandboxClock(START, 0)
WORLD = World(FILMS, pace=LIVELY, start=START)
APP = SandboxApp(WORLD, own_time=CLOCK)
CLOCK.advance(10 * DAY)


def ask(path: str, query: str = "", method: str = "GET", app: SandboxApp = APP) -> Any:
    answer = app.answer(Request(method, path, query))
    return answer.status, json.loads(answer.body)


def truth(path: str, query: str = "") -> Any:
    status, body = ask(f"/sandbox/truth{path}", query)
    assert status == 200
    return body


def test_the_truth_knows_what_exists_at_any_moment() -> None:
    for at in (START, START + 40_000, START + 4 * DAY + 1, END):
        told = truth("", f"at={written_moment(at)}&ids=1&include_adult=true&include_video=true")
        existing = WORLD.existing(at)
        assert told["ids"] == sorted(existing.columns.ids)
        assert told["exists"] == told["count"] == len(existing)
        assert all(WORLD.details(film, (), at) is not None for film in told["ids"])
    assert truth("") == {"exists": len(WORLD.existing(END)), "count": len(WORLD.existing(END).discover(Query()))}


def test_the_truth_takes_the_filters_of_discover() -> None:
    some = truth("", "vote_count.gte=1000&ids=1")
    assert 0 < some["count"] < some["exists"]
    assert len(some["ids"]) == some["count"]


def test_the_truth_about_a_film_is_what_its_details_say() -> None:
    """A film collected at a moment can be compared with the truth of that moment, whatever happened to it."""
    films = sorted({event.film for event in WORLD.events(START, END, END)})[::9] + FILMS.ids(range(0, 600, 60))
    for film in films:
        for at in (START + 1, START + 3 * DAY + 30_000, START + 7 * DAY, END):
            told = truth(f"/movie/{film}", f"at={written_moment(at)}&append_to_response=credits,keywords")
            assert told["body"] == json.loads(json.dumps(WORLD.details(film, ("credits", "keywords"), at)))
            assert told["exists"] is (told["body"] is not None and told["body"]["id"] == film)


def test_the_truth_tells_what_became_of_a_film() -> None:
    seen = {event.kind: event for event in WORLD.events(START, END, END)}
    added = truth(f"/movie/{seen[ADDED].film}", f"at={written_moment(seen[ADDED].at)}")
    assert added["exists"]
    assert added["added_at"] == added["changed_at"] == written_moment(seen[ADDED].at)
    deleted = truth(f"/movie/{seen[DELETED].film}", f"at={written_moment(seen[DELETED].at)}")
    assert not deleted["exists"]
    assert deleted["deleted_at"] == deleted["changed_at"] == written_moment(seen[DELETED].at)
    merged = truth(f"/movie/{seen[MERGED].film}", f"at={written_moment(seen[MERGED].at)}")
    assert not merged["exists"]
    assert merged["merged_into"] == seen[MERGED].value == merged["body"]["id"]
    returned = truth(f"/movie/{seen[RETURNED].film}", f"at={written_moment(seen[RETURNED].at)}")
    assert returned["exists"]
    assert returned["deleted_at"] is None
    moved = truth(f"/movie/{seen[MOVED].film}", f"at={written_moment(seen[MOVED].at)}")
    assert moved["changed_at"] != written_moment(seen[MOVED].at)
    before = truth(f"/movie/{seen[ADDED].film}", f"at={written_moment(seen[ADDED].at - 1)}")
    assert before == truth("/movie/999999999") == {"exists": False, "body": None}


def test_the_truth_lists_every_event() -> None:
    told = truth("/changes")["events"]
    assert [(event["at"], event["film"], event["kind"], event["key"]) for event in told] == [
        (written_moment(event.at), event.film, event.kind, event.key) for event in WORLD.events(0, END, END)
    ]
    assert MOVED in {event["kind"] for event in told}
    first, last = told[10]["at"], told[20]["at"]
    assert truth("/changes", f"from={first}&to={last}")["events"] == [
        event for event in told if first < event["at"] <= last
    ]
    assert truth("/changes", "from=2030-01-01")["events"] == []


def test_mistakes_are_told() -> None:
    assert ask("/sandbox/truth", "at=yesterday")[0] == 400
    assert "2026-06-01" in ask("/sandbox/truth/changes", "from=x")[1]["error"]
    assert ask("/sandbox/truth", "release_date.gte=x")[0] == 400
    assert ask("/sandbox/truth", method="POST")[0] == 405
    assert ask("/sandbox/truth/movie/x")[0] == 404
    assert ask("/sandbox/truth/nothing")[0] == 404


def test_a_test_puts_the_clock_forward() -> None:
    clock = SandboxClock(START, 0)
    app = SandboxApp(World(FILMS, pace=LIVELY, start=START), own_time=clock)
    assert ask("/sandbox/clock", app=app)[1] == {"now": "2026-06-01T00:00:00Z", "seconds": START, "speed": 0}
    known = ask("/sandbox/truth", app=app)[1]["exists"]
    assert ask("/sandbox/clock", "advance=86400", "POST", app)[1]["now"] == "2026-06-02T00:00:00Z"
    assert ask("/sandbox/clock", "to=2026-06-05T12:00:00Z", "POST", app)[1]["seconds"] == START + 4.5 * DAY
    assert ask("/sandbox/truth", app=app)[1]["exists"] != known
    assert "Fri, 05 Jun 2026 12:00:00" in app.answer(Request("GET", "/3/movie/1", "api_key=k")).headers["Date"]


@pytest.mark.parametrize("query", ["", "advance=x", "advance=-1", "advance=nan", "to=2026-05-01", "to=x"])
def test_the_clock_is_not_put_back_nor_anywhere_else(query: str) -> None:
    now = CLOCK.now()
    status, body = ask("/sandbox/clock", query, "POST")
    assert status == 400
    assert body["error"]
    assert CLOCK.now() == now


def test_time_that_is_not_the_sandboxes_own_cannot_be_moved() -> None:
    app = SandboxApp(FILMS, wall_clock=lambda: START)
    status, body = ask("/sandbox/clock", "advance=1", "POST", app)
    assert status == 409
    assert "--clock" in body["error"]
    assert ask("/sandbox/clock", app=app)[1] == {"now": "2026-06-01T00:00:00Z", "seconds": START, "speed": None}


def test_a_clock_runs_at_its_speed() -> None:
    real = [100.0]
    clock = SandboxClock.parse("2026-06-01x3600", real=lambda: real[0])
    assert clock.now() == START
    real[0] += 24
    assert clock.now() == START + DAY
    clock.advance(5)
    assert clock.now() == START + DAY + 5
    assert SandboxClock.parse("2026-06-01T06:00:00+02:00").start == START + 4 * 3600
    assert SandboxClock.parse("2026-06-01").speed == 1
    assert SandboxClock.parse("2026-06-01T23:59:59Z").midnight == START


@pytest.mark.parametrize("text", ["", "x", "tomorrow", "2026-06-01x", "2026-06-01x-1", "2026-06-01xnan", "2026-13-01"])
def test_what_is_no_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2026-06-01x3600"):
        SandboxClock.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("edited", "edited=x", "edited=2", "edited=-1", "edited=nan", "forgotten=0.1", "voted=-1", "voted=nan"),
        *("elsewhere=x", "elsewhere=1.5", "elsewhere=-1", "elsewhere=1000000", "tmdb=2"),
    ],
)
def test_what_is_no_pace_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"share|pace|number of films"):
        Pace.parse(text)


def test_a_pace_names_what_differs_from_the_usual() -> None:
    assert Pace.parse("") == Pace()
    assert Pace.parse(" edited=0.5, deleted=0 ") == Pace(edited=0.5, deleted=0)
    assert Pace.parse("tmdb, voted=2") == Pace(voted=2, elsewhere=9_200)
