import json
import math
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from ayne.sandbox.answers import Answer, Ending, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import KINDS, PASSING, FaultPlan, explained
from ayne.sandbox.lies import with_id_as_text, with_nulls, with_row_of_nobody

FILMS = Catalogue.generated(50)
DETAILS = Request("GET", f"/3/movie/{FILMS.ids([0])[0]}", "api_key=k")
NOW = 1_700_000_000.25


def kinds(plan: FaultPlan, requests: int) -> list[str]:
    faults = [plan.fault(n, "/3/discover/movie") for n in range(1, requests + 1)]
    return [fault.kind if fault else "" for fault in faults]


def answer_with(kind: str, request: Request = DETAILS) -> Answer:
    app = SandboxApp(FILMS, faults=FaultPlan.parse(f"{kind}@1,seconds=2"), wall_clock=lambda: NOW)
    return app.answer(request)


def test_the_same_plan_fails_the_same_requests() -> None:
    assert kinds(FaultPlan.parse("seed=7,rate=0.2"), 500) == kinds(FaultPlan.parse("seed=7,rate=0.2"), 500)
    assert kinds(FaultPlan.parse("seed=7,rate=0.2"), 500) != kinds(FaultPlan.parse("seed=8,rate=0.2"), 500)


def test_whether_a_request_fails_does_not_depend_on_the_requests_before() -> None:
    plan = FaultPlan.parse("rate=0.5")
    later = plan.fault(400, "/3/movie/1")
    assert [plan.fault(n, "/3/movie/1") for n in range(1, 401)][-1] == later


def test_a_rate_for_all_kinds_spreads_over_all_that_pass() -> None:
    counts = Counter(kinds(FaultPlan.parse("seed=7,rate=0.2"), 20_000))
    assert counts.keys() - {""} == set(PASSING)
    assert 0.19 < 1 - counts[""] / 20_000 < 0.21
    assert min(counts[kind] for kind in PASSING) > 0.5 * 0.2 * 20_000 / len(PASSING)


def test_a_rate_for_one_kind_is_kept() -> None:
    counts = Counter(kinds(FaultPlan.parse("429=0.05, reset=0.02"), 20_000))
    assert counts.keys() == {"", "429", "reset"}
    assert 900 < counts["429"] < 1100
    assert 340 < counts["reset"] < 460


def test_numbered_requests_fail_for_certain() -> None:
    assert kinds(FaultPlan.parse("500@2,429@4-5"), 6) == ["", "500", "", "429", "429", ""]


def test_no_plan_is_no_fault() -> None:
    assert kinds(FaultPlan.parse(""), 100) == [""] * 100


def test_the_sandboxes_own_paths_never_fail() -> None:
    assert FaultPlan.parse("reset=1").fault(1, "/sandbox/requests") is None


@pytest.mark.parametrize("text", ["teapot=0.1", "teapot@3", "nonsense", "=1", "@1"])
def test_an_unknown_fault_is_refused_with_the_names_of_all(text: str) -> None:
    with pytest.raises(ValueError, match="the faults are reset, drop, stall") as refusal:
        FaultPlan.parse(text)
    assert all(kind in str(refusal.value) for kind in KINDS)


@pytest.mark.parametrize(
    "text", ["500@0", "500@x", "500@-3", "500@5-", "500@5-4", "429=often", "429", "429=1.5", "429=0.6,reset=0.6"]
)
def test_a_number_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"request number|first request|should be|from 0 to 1|more than all"):
        FaultPlan.parse(text)


@pytest.mark.parametrize(
    ("kind", "status", "content"),
    [
        ("html", 200, "text/html"),
        ("empty", 200, "application/json"),
        ("truncated", 200, "application/json"),
        ("wrong-shape", 200, "application/json"),
        ("code-in-200", 200, "application/json"),
        ("401", 401, "application/json"),
        ("404", 404, "application/json"),
        ("404-in-200", 200, "application/json"),
        ("410", 410, "application/json"),
        ("203", 203, "application/json"),
        ("429", 429, "application/json"),
        ("500", 500, "application/json"),
        ("502", 502, "text/html"),
        ("503", 503, "application/json"),
        ("504", 504, "text/html"),
        ("520", 520, "text/html"),
        ("522", 522, "text/html"),
        ("slow", 200, "application/json"),
        ("trickle", 200, "application/json"),
        ("clock-skew", 200, "application/json"),
        ("429-nonsense", 429, "application/json"),
    ],
)
def test_a_fault_that_is_an_answer_has_its_status_and_type(kind: str, status: int, content: str) -> None:
    answer = answer_with(kind)
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith(content)
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.ending is Ending.WHOLE


@pytest.mark.parametrize(
    ("kind", "retry_after"),
    [
        ("429", None),
        ("429-after", "1"),
        ("429-date", "Tue, 14 Nov 2023 22:13:22 GMT"),
        ("429-absurd", "31536000"),
    ],
)
def test_too_many_requests_come_with_each_form_of_retry_after(kind: str, retry_after: str | None) -> None:
    answer = answer_with(kind)
    assert answer.status == 429
    assert answer.headers.get("Retry-After") == retry_after
    assert json.loads(answer.body)["status_code"] == 25


def test_truncated_json_is_no_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer_with("truncated").body)


def test_a_code_in_a_200_says_that_it_failed() -> None:
    assert json.loads(answer_with("code-in-200").body)["success"] is False


@pytest.mark.parametrize(
    ("kind", "ending", "delay", "pause"),
    [
        ("reset", Ending.RESET, 0, 0),
        ("drop", Ending.NOTHING, 0, 0),
        ("stall", Ending.NOTHING, 2, 0),
        ("stall-body", Ending.CUT, 0, 2),
        ("short", Ending.CUT, 0, 0),
    ],
)
def test_a_fault_of_the_connection_says_how_it_ends(kind: str, ending: Ending, delay: float, pause: float) -> None:
    answer = answer_with(kind)
    assert (answer.ending, answer.delay, answer.pause) == (ending, delay, pause)


@pytest.mark.parametrize("kind", ["short", "stall-body"])
def test_a_cut_answer_promises_more_than_it_sends(kind: str) -> None:
    answer = answer_with(kind)
    assert int(answer.headers["Content-Length"]) > len(answer.body)


def test_a_slow_answer_is_the_right_one() -> None:
    slow = answer_with("slow")
    assert slow.delay == pytest.approx(0.3)
    assert slow.body == SandboxApp(FILMS).answer(DETAILS).body


def test_a_skewed_clock_dates_answers_hours_ahead() -> None:
    skewed = parsedate_to_datetime(answer_with("clock-skew").headers["Date"]).timestamp()
    assert skewed - NOW == pytest.approx(6 * 3600, abs=1)


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("code-in-200", 200, "Error getting data."),
        ("404", 200, "Error getting data."),
        ("401", 401, "Invalid API key!"),
        ("429", 401, "Request limit reached!"),
        ("429-absurd", 401, "Request limit reached!"),
    ],
)
def test_omdb_fails_in_words_of_its_own(kind: str, status: int, message: str) -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse(f"{kind}@1"))
    answer = app.answer(Request("GET", "/omdb/", "apikey=k&i=tt0000001"))
    assert (answer.status, json.loads(answer.body)) == (status, {"Response": "False", "Error": message})
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("kind", ["500", "502", "503", "504", "520", "522", "html"])
def test_omdbs_outages_are_pages(kind: str) -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse(f"{kind}@1"))
    answer = app.answer(Request("GET", "/omdb/", "apikey=k&i=tt0000001"))
    assert answer.status == (200 if kind == "html" else int(kind))
    assert answer.headers["Content-Type"] == "text/html"


def test_a_fault_that_hits_everybody_has_to_be_named() -> None:
    assert {"401", "404", "refuse", "same-film", "stray", "ignored", "gzip-unlabelled"}.isdisjoint(PASSING)
    assert "refuse" in KINDS


def test_what_arrives_whole_in_the_end_counts_as_answered() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("trickle@1,clock-skew@2,long@3"))
    for _ in range(3):
        app.answer(DETAILS)
    assert app.log.report()["answered_again"]["details"] == {FILMS.ids([0])[0]: 2}


def asked_for(path: str, query: str = "") -> Request:
    return Request("GET", path, f"api_key=k&{query}")


DISCOVER = asked_for("/3/discover/movie", "sort_by=primary_release_date.asc")


@pytest.mark.parametrize(
    ("text", "path", "fails"),
    [
        ("details:404@1-9", "/3/movie/550", True),
        ("details:404@1-9", "/3/movie/tt0137523", True),
        ("details:404@1-9", "/3/movie/550/credits", False),
        ("details:404@1-9", "/3/movie/changes", False),
        ("details:404@1-9", "/3/discover/movie", False),
        ("details:404=1", "/3/movie/550", True),
        ("details:404=1", "/3/discover/movie", False),
        ("discover:404=1", "/3/discover/movie", True),
        ("changes:null-id=1", "/3/movie/changes", True),
        ("part:404=1", "/3/movie/550/credits", True),
        ("omdb:raw-tab=1", "/omdb/", True),
        ("export:404=1", "/p/exports/movie_ids_01_01_2026.json.gz", True),
        ("image:404=1", "/t/p/w500/a.jpg", True),
    ],
)
def test_a_fault_can_be_meant_for_one_thing_that_is_asked_for(text: str, path: str, *, fails: bool) -> None:
    assert (FaultPlan.parse(text).fault(5, path) is not None) is fails


def test_faults_for_different_things_may_each_hit_all_requests() -> None:
    plan = FaultPlan.parse("details:404=1,discover:500=1")
    assert [fault.kind for path in ("/3/movie/1", "/3/discover/movie") if (fault := plan.fault(1, path))] == [
        "404",
        "500",
    ]
    with pytest.raises(ValueError, match="more than all"):
        FaultPlan.parse("details:404=1,reset=0.1")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("films:404=1", "'films' is none of details, discover"),
        ("404.5=1", "takes nothing"),
        ("total-high.much=1", "a number"),
        ("ignored=1", "which parameter"),
        ("null-in-lists.age=1", "one of name, id, entry"),
    ],
)
def test_what_a_fault_cannot_be_about_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        FaultPlan.parse(text)


def test_every_kind_says_what_it_does_and_can_be_planned() -> None:
    _, _, listed = explained().partition("The ways to fail:\n\n")
    assert [line.split()[0] for line in listed.splitlines()] == list(KINDS)
    for name, kind in KINDS.items():
        assert kind.says
        assert kind.ask or kind.spoil or kind.damage
        assert FaultPlan.parse(f"{name}.x=1" if kind.argument == "" else f"{name}=1").fault(1, "/3/movie/1")


@pytest.mark.parametrize(
    ("kind", "date", "age"),
    [
        ("date-year-behind", "Mon, 14 Nov 2022 22:13:20 GMT", None),
        ("date-year-ahead", "Wed, 13 Nov 2024 22:13:20 GMT", None),
        ("date-1970", "Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("age-year", "Tue, 14 Nov 2023 22:13:20 GMT", "31536000"),
    ],
)
def test_a_wrong_clock_is_told_in_the_headers_alone(kind: str, date: str, age: str | None) -> None:
    answer = answer_with(kind)
    assert (answer.headers["Date"], answer.headers.get("Age")) == (date, age)
    assert answer.body == SandboxApp(FILMS).answer(DETAILS).body


def test_odd_dates_are_no_dates_and_odd_ages_are_no_ages() -> None:
    plan = FaultPlan.parse("date-odd@1-5,age-odd@6-10")
    app = SandboxApp(FILMS, faults=plan, wall_clock=lambda: NOW)
    answers = [app.answer(DETAILS) for _ in range(10)]
    assert len({answer.headers["Date"] for answer in answers[:5]}) == 5
    assert len({answer.headers["Age"] for answer in answers[5:]}) == 5


def test_one_film_answers_for_all() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("details:same-film=1"))
    asked = [asked_for(f"/3/movie/{film}", "append_to_response=credits") for film in FILMS.ids(range(5))]
    answers = [json.loads(app.answer(request).body) for request in asked]
    assert {answer["id"] for answer in answers} == {max(FILMS.ids(range(len(FILMS))))}
    assert all("credits" in answer for answer in answers)


def page_with(kind: str, request: Request = DISCOVER) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer_with(kind, request).body)
    return body


PAGE = page_with("slow")


def test_there_are_pages_to_lie_about() -> None:
    assert PAGE["total_results"] > 40


@pytest.mark.parametrize(
    ("kind", "totals"),
    [
        ("total-high.100", (2 * PAGE["total_results"], math.ceil(PAGE["total_results"] / 10))),
        ("total-low.50", (math.ceil(PAGE["total_results"] / 2), math.ceil(math.ceil(PAGE["total_results"] / 2) / 20))),
        ("total-zero", (0, 1)),
        ("pages-high", (PAGE["total_results"], PAGE["total_pages"] + 1)),
        ("pages-high.7", (PAGE["total_results"], PAGE["total_pages"] + 7)),
    ],
)
def test_a_total_that_lies_has_its_rows_all_the_same(kind: str, totals: tuple[int, int]) -> None:
    page = page_with(kind)
    assert (page["total_results"], page["total_pages"]) == totals
    assert page["results"] == PAGE["results"]


def test_totals_flicker_and_can_be_any_number() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("total-flicker.50@1-20,total-random@21-40"))
    totals = [json.loads(app.answer(DISCOVER).body)["total_results"] for _ in range(40)]
    assert len(set(totals[:20])) > 5
    assert all(0.5 * PAGE["total_results"] <= total <= 1.5 * PAGE["total_results"] + 1 for total in totals[:20])
    assert max(totals[20:]) > 10 * PAGE["total_results"]


def test_a_page_that_is_counted_and_not_there_is_empty() -> None:
    last = PAGE["total_pages"] + 1
    page = page_with("pages-high", replace(DISCOVER, query=f"{DISCOVER.query}&page={last}"))
    assert (page["page"], page["results"], page["total_pages"]) == (last, [], last)


def test_the_same_films_are_never_listed_and_stay_counted() -> None:
    page = page_with("unlisted.40")
    assert page["total_results"] == PAGE["total_results"]
    assert 0 < len(page["results"]) < len(PAGE["results"])
    assert page["results"] == page_with("unlisted.40")["results"]


@pytest.mark.parametrize("ignored", ["primary_release_date.gte", "vote_count.gte", "with_genres"])
def test_a_parameter_can_be_ignored(ignored: str) -> None:
    filters = {"primary_release_date.gte": "2015-01-01", "vote_count.gte": "5", "with_genres": "18"}
    request = asked_for("/3/discover/movie", urlencode(filters))
    others = asked_for("/3/discover/movie", urlencode({k: v for k, v in filters.items() if k != ignored}))
    right = json.loads(SandboxApp(FILMS).answer(request).body)
    assert page_with(f"ignored.{ignored}", request) == page_with("slow", others) != right


@pytest.mark.parametrize(("form", "first"), [("name", {"id": 1, "name": None}), ("id", {"id": None, "name": "x"})])
def test_an_entry_of_a_list_can_be_unknown(form: str, first: dict[str, object]) -> None:
    right = Answer(200, {}, b'{"id":5,"genres":[{"id":1,"name":"x"},{"id":2,"name":"y"}],"genre_ids":[1,2]}')
    spoiled = json.loads(with_nulls(right, form).body)
    assert spoiled == {"id": 5, "genres": [first, {"id": 2, "name": "y"}], "genre_ids": [None, 2]}
    assert json.loads(with_nulls(right, "entry").body)["genres"] == [None, {"id": 2, "name": "y"}]


def test_a_feed_can_name_nobody_and_name_ids_as_texts() -> None:
    right = Answer(200, {}, b'{"results":[{"id":4,"adult":false}],"page":1}')
    assert json.loads(with_row_of_nobody(right).body)["results"] == [
        {"id": None, "adult": None},
        {"id": 4, "adult": False},
    ]
    assert json.loads(with_id_as_text(right).body)["results"] == [{"id": "4", "adult": False}]


@pytest.mark.parametrize(("kind", "raw"), [("raw-tab", b"\t"), ("raw-1f", b"\x1f"), ("bad-escape", rb"\s")])
def test_omdb_writes_its_json_by_hand(kind: str, raw: bytes) -> None:
    known = next(film["imdb_id"] for film in map(FILMS.details, FILMS.ids(range(50))) if film and film["imdb_id"])
    answer = answer_with(f"omdb:{kind}", Request("GET", "/omdb/", f"apikey=k&i={known}"))
    assert b'"Plot":"' + raw in answer.body
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


GZIPPED = replace(DETAILS, headers={"accept-encoding": "gzip"})


@pytest.mark.parametrize(
    ("kind", "unpacked"),
    [
        ("gzip-unlabelled", lambda body: zlib.decompress(body, 31)),
        ("gzip-tail", lambda body: zlib.decompressobj(31).decompress(body)),
        ("deflate", zlib.decompress),
        ("deflate-raw", lambda body: zlib.decompress(body, -15)),
        ("bom", lambda body: body.removeprefix(b"\xef\xbb\xbf")),
        ("padded-chunks", lambda body: body),
        ("lf-head", lambda body: body),
        ("length-twice", lambda body: body),
    ],
)
@pytest.mark.parametrize("request_", [DETAILS, GZIPPED])
def test_an_odd_packing_holds_the_right_body(kind: str, unpacked: Callable[[bytes], bytes], request_: Request) -> None:
    answer, right = answer_with(kind, request_), SandboxApp(FILMS).answer(DETAILS)
    body = unpacked(answer.body)
    assert (zlib.decompress(body, 31) if body[:2] == b"\x1f\x8b" else body) == right.body
    assert answer.body != right.body or answer.ending is not Ending.WHOLE
    if "Content-Length" in answer.headers:
        assert answer.headers["Content-Length"] == str(len(answer.body))
