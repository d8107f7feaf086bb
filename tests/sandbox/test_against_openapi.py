"""The sandbox answers as TMDB's OpenAPI description says, or has a reason not to: the recordings decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judges.excuses import judge
from tests.judges.openapi import ASKED, EXCUSES, REFUSED, Report, check_all, deviations, shared
from tests.judges.sandbox_answers import Sandbox


@pytest.fixture(scope="module")
def description(recordings: Path) -> Path:
    return recordings / "tmdb-openapi.json"


@pytest.fixture(scope="module")
def report(description: Path) -> Report:
    return check_all(description)


def test_no_deviation_is_unexplained(report: Report) -> None:
    assert judge(report.deviations, EXCUSES).unexplained == []


def test_every_excuse_is_still_needed(report: Report) -> None:
    assert judge(report.deviations, EXCUSES).unused == []


def test_every_endpoint_that_both_have_is_asked(description: Path, report: Report) -> None:
    assert shared(description).keys() == ASKED.keys() | set(REFUSED)
    assert report.answers.keys() == ASKED.keys()
    assert sum(report.answers.values()) > 3_000


@pytest.mark.parametrize("path", REFUSED)
def test_what_needs_an_account_is_refused(path: str) -> None:
    assert Sandbox(50).status(path.removeprefix("/3")) == (
        401,
        {
            "success": False,
            "status_code": 3,
            "status_message": "Authentication failed: You do not have permissions to access the service.",
        },
    )


SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "average": {"type": "number"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "places": {"type": "object", "properties": {"US": {"type": "integer"}, "DE": {"type": "integer"}}},
        "unknown": {},
    },
}
FITTING = {"id": 1, "average": 2, "rows": [{"name": "x"}], "places": {"FR": 3}, "unknown": None}


def test_a_body_that_fits_does_not_deviate() -> None:
    assert list(deviations(FITTING, SCHEMA)) == []


@pytest.mark.parametrize(
    ("change", "deviation"),
    [
        ({"id": 1.5}, "$.id: number, not integer"),
        ({"id": None}, "$.id: null, not integer"),
        ({"average": "2"}, "$.average: string, not number"),
        ({"rows": [{}]}, "lacks $.rows[].name"),
        ({"rows": [{"name": "x", "title": "x"}]}, "unknown $.rows[].title"),
        ({"rows": {}}, "$.rows: object, not array"),
        ({"places": {"FR": "x"}}, "$.places.{}: string, not integer"),
        ({"places": {"France": 1}}, "unknown $.places.France"),
    ],
)
def test_a_body_that_does_not_fit_deviates(change: dict[str, object], deviation: str) -> None:
    assert list(deviations(FITTING | change, SCHEMA)) == [deviation]
