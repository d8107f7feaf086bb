import json
from collections import Counter
from email.utils import parsedate_to_datetime

import pytest

from ayne.sandbox.answers import Answer, Ending, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import KINDS, PASSING, FaultPlan

FILMS = Catalogue.generated(50)
DETAILS = Request("GET", f"/3/movie/{FILMS.ids([0])[0]}", "api_key=k")
NOW = 1_700_000_000.25


def kinds(plan: FaultPlan, requests: int) -> list[str]:
    faults = [plan.fault(n, "/3/discover/movie") for n in range(1, requests + 1)]
    return [fault.kind if fault else "" for fault in faults]


def answer_with(kind: str) -> Answer:
    app = SandboxApp(FILMS, faults=FaultPlan.parse(f"{kind}@1,seconds=2"), wall_clock=lambda: NOW)
    return app.answer(DETAILS)


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
    assert {"401", "404", "refuse"}.isdisjoint(PASSING)
    assert "refuse" in KINDS


def test_what_arrives_whole_in_the_end_counts_as_answered() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("trickle@1,clock-skew@2,long@3"))
    for _ in range(3):
        app.answer(DETAILS)
    assert app.log.report()["answered_again"]["details"] == {FILMS.ids([0])[0]: 2}
