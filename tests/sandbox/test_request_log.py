import json
from typing import Any

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.rate import RateLimit

FILMS = Catalogue.generated(200, undated=0.1)
FIRST, SECOND = FILMS.ids([100, 101])


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def ask(app: SandboxApp, path: str, query: str = "", method: str = "GET") -> Any:
    return json.loads(app.answer(Request(method, path, f"api_key=SECRET&{query}")).body)


def report(app: SandboxApp, query: str = "") -> Any:
    return ask(app, "/sandbox/requests", query)


def test_nothing_is_reported_before_the_first_request() -> None:
    empty = report(SandboxApp(FILMS))
    assert empty["total"] == empty["worst_1s"] == empty["peak_concurrency"] == 0
    assert empty["mean_rate"] is None


def test_requests_are_counted_by_kind_status_and_fault() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("500@2,drop@3"))
    ask(app, "/3/discover/movie")
    ask(app, f"/3/movie/{FIRST}")
    ask(app, f"/3/movie/{FIRST}")
    ask(app, f"/3/movie/{FIRST}/credits")
    ask(app, "/3/movie/0")
    ask(app, "/3/configuration")
    seen = report(app)
    assert seen["total"] == 6
    assert seen["by_kind"] == {"discover": 1, "details": 3, "part": 1, "other": 1}
    assert seen["by_status"] == {"0": 1, "200": 3, "404": 1, "500": 1}
    assert seen["by_fault"] == {"500": 1, "drop": 1}


def test_the_rate_and_the_worst_windows_are_measured() -> None:
    clock = Clock()
    app = SandboxApp(FILMS, clock=clock)
    for at in (0.0, 0.5, 0.9, 1.0, 4.0, 11.0):
        clock.now = 100.0 + at
        ask(app, f"/3/movie/{FIRST}")
    seen = report(app)
    assert (seen["first_at"], seen["last_at"]) == (100.0, 111.0)
    assert seen["mean_rate"] == pytest.approx(5 / 11)
    assert seen["worst_1s"] == 3
    assert seen["worst_10s"] == 5


def test_requests_being_answered_at_once_are_counted() -> None:
    app = SandboxApp(FILMS)
    request = Request("GET", f"/3/movie/{FIRST}", "api_key=k")
    with app.answering(request), app.answering(request):
        pass
    with app.answering(request), app.answering(Request("GET", "/sandbox/requests")):
        pass
    assert report(app)["peak_concurrency"] == 2


def test_what_was_asked_for_more_than_once_is_named() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("500@1"))
    for film_id in (FIRST, FIRST, FIRST, SECOND):
        ask(app, f"/3/movie/{film_id}", "append_to_response=credits")
    for query in ("year=2000&page=2", "page=2&year=2000", "year=2000", "year=2001&page=2"):
        ask(app, "/3/discover/movie", query)
    seen = report(app)
    assert seen["repeated"]["details"] == {str(FIRST): 3}
    assert seen["answered_again"]["details"] == {str(FIRST): 2}
    assert seen["repeated"]["pages"] == [{"target": "year=2000", "page": 2, "count": 2}]


def test_a_film_asked_for_by_its_imdb_id_is_told_apart_in_the_log() -> None:
    app = SandboxApp(FILMS)
    for name in ("tt0000001", "tt0000002"):
        ask(app, f"/3/movie/{name}")
    seen = report(app, "log=1")
    assert [entry["target"] for entry in seen["log"]] == ["tt0000001?", "tt0000002?"]
    assert seen["repeated"]["details"] == {}


def test_the_whole_log_is_told_on_request_and_holds_no_key() -> None:
    clock = Clock()
    app = SandboxApp(FILMS, clock=clock, faults=FaultPlan.parse("502@2"))
    ask(app, "/3/discover/movie", "page=3&year=2000")
    app.answer(Request("GET", f"/3/movie/{FIRST}", "api_key=SECRET"))
    seen = report(app, "log=1")
    assert seen["log"] == [
        {"at": 100.0, "kind": "discover", "target": "year=2000", "number": 3, "status": 200, "fault": ""},
        {"at": 100.0, "kind": "details", "target": "", "number": FIRST, "status": 502, "fault": "502"},
    ]
    assert "SECRET" not in json.dumps(seen)


def test_the_sandboxes_own_paths_are_not_in_the_log() -> None:
    app = SandboxApp(FILMS)
    ask(app, "/sandbox/truth")
    assert report(app)["total"] == 0


def test_a_reset_empties_the_log_and_numbers_requests_from_one() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("500@1"))
    ask(app, f"/3/movie/{FIRST}")
    assert ask(app, "/sandbox/reset", method="POST") == {"success": True}
    assert report(app)["total"] == 0
    assert ask(app, f"/3/movie/{FIRST}")["status_code"] == 11


def test_the_sandbox_tells_the_truth_about_its_films() -> None:
    app = SandboxApp(FILMS)
    everything = ask(app, "/sandbox/truth", "ids=1&include_adult=true&include_video=true")
    assert everything["exists"] == everything["count"] == len(FILMS)
    assert everything["ids"] == sorted(FILMS.ids(range(len(FILMS))))
    dated = ask(app, "/sandbox/truth", "primary_release_date.gte=1900-01-01&include_adult=true&include_video=true")
    assert dated == {"exists": len(FILMS), "count": 180}


def test_mistakes_on_the_sandboxes_own_paths_are_errors() -> None:
    app = SandboxApp(FILMS)
    assert app.answer(Request("GET", "/sandbox/reset")).status == 405
    assert app.answer(Request("GET", "/sandbox/nothing")).status == 404
    assert app.answer(Request("GET", "/sandbox/truth", "release_date.gte=x")).status == 400


def test_requests_above_the_rate_are_refused_without_retry_after() -> None:
    clock = Clock()
    app = SandboxApp(FILMS, rate=3, clock=clock)
    request = Request("GET", f"/3/movie/{FIRST}", "api_key=k")
    answers = [app.answer(request) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert "Retry-After" not in answers[-1].headers
    assert json.loads(answers[-1].body)["status_code"] == 25
    clock.now += 1.0
    assert app.answer(request).status == 200


def test_a_rate_below_one_stretches_the_window() -> None:
    limit = RateLimit(0.5)
    assert [limit.admits(at) for at in (0.0, 1.0, 1.9, 2.0)] == [True, False, False, True]


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_lets_nothing_through_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        SandboxApp(FILMS, rate=rate)


def test_the_log_of_many_requests_stays_small_and_quick() -> None:
    app = SandboxApp(FILMS)
    for n in range(50_000):
        app.log.settle(app.log.record(n / 40, "details", "", n), 200)
    seen = app.log.report()
    assert seen["total"] == 50_000
    assert seen["worst_1s"] in (40, 41)
