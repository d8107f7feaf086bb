"""The change feed's pages, as TMDB sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.tmdb.changes import (
    MOST_PUT_BACK,
    ChangedFilm,
    FeedPlanner,
    FeedRequest,
    read_changes,
    windows,
)
from ayne.errors import BadPayload, InvalidRequest

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
FIRST, DAY = date(2026, 1, 1), timedelta(days=1)


@dataclass(frozen=True)
class Said:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    received_at: datetime = NOW


def page(*rows: Any, number: int = 1, pages: int = 1, total: int | None = None) -> bytes:
    count = len(rows) if total is None else total
    return json.dumps({"results": rows, "page": number, "total_pages": pages, "total_results": count}).encode()


def test_rows_are_read_whatever_else_they_hold() -> None:
    rows = [{"id": 1, "adult": False}, {"id": 2, "adult": None, "softcore": None}, {"id": 3}]
    found = read_changes(Said(page(*rows)), 1)
    assert found.films == [ChangedFilm(1, False), ChangedFilm(2), ChangedFilm(3)]
    assert (found.total_pages, found.unreadable, found.observed_at) == (1, [], NOW)


def test_a_page_may_have_thousands_of_rows() -> None:
    rows = [{"id": number, "adult": None} for number in range(1, 2688)]
    assert len(read_changes(Said(page(*rows)), 1).films) == 2687


def test_a_row_without_a_usable_id_costs_that_row() -> None:
    found = read_changes(Said(page({"id": 1}, {"adult": True}, {"id": -4}, 7)), 1)
    assert ([film.tmdb_id for film in found.films], len(found.unreadable)) == ([1], 3)


def test_an_id_in_another_guise_is_read_and_an_odd_flag_costs_the_flag() -> None:
    found = read_changes(Said(page({"id": "4", "adult": False}, {"id": 7.0}, {"id": 5, "adult": "maybe"})), 1)
    assert found.films == [ChangedFilm(4, False), ChangedFilm(7), ChangedFilm(5)]
    assert found.unreadable == []


def test_when_a_page_was_made_is_told_by_its_headers() -> None:
    headers = {"date": "Tue, 02 Jun 2026 11:00:00 GMT", "age": "7200"}
    assert read_changes(Said(page(), headers=headers), 1).observed_at == NOW - timedelta(hours=2)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"results": 3, "page": 1, "total_pages": 1, "total_results": 0}',
        page({"id": 1}, number=2),
        page(total=7),
        b"<html>",
    ],
)
def test_what_is_no_such_page_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload):
        read_changes(Said(body), 1)


def test_tmdbs_refusal_is_told() -> None:
    said = {"success": False, "status_code": 20, "status_message": "Invalid date range"}
    with pytest.raises(InvalidRequest, match="Invalid date range"):
        read_changes(Said(json.dumps(said).encode(), 422), 1)


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(0, 400))
def test_windows_hold_every_day_once_and_are_short_enough(start: date, more: int) -> None:
    end = start + more * DAY
    found = list(windows(start, end))
    assert [first + number * DAY for first, last in found for number in range((last - first).days + 1)] == [
        start + number * DAY for number in range(more + 1)
    ]
    assert all(last - first < timedelta(days=14) for first, last in found)


def taken(planner: FeedPlanner) -> Iterator[FeedRequest]:
    while request := planner.take():
        yield request


def test_all_pages_that_are_reported_are_asked_for_also_those_reported_late() -> None:
    planner = FeedPlanner(FIRST, FIRST)
    asked = []
    for request in taken(planner):
        asked.append(request.page)
        planner.record(request, 2 if request.page == 1 else 4)
    assert asked == [1, 2, 3, 4]


def test_a_window_with_more_pages_than_tmdb_lists_is_cut() -> None:
    planner = FeedPlanner(FIRST, FIRST + 3 * DAY)
    asked = []
    for request in taken(planner):
        asked.append((request.start.day, request.end.day, request.page))
        planner.record(request, 501 if request.end > request.start else 1)
    assert asked == [(1, 4, 1), (1, 2, 1), (3, 4, 1), (1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 4, 1)]


def test_a_page_is_put_back_only_so_often() -> None:
    planner = FeedPlanner(FIRST, FIRST)
    (request,) = taken(planner)
    assert [planner.put_back(request) for _ in range(MOST_PUT_BACK + 1)] == [True] * MOST_PUT_BACK + [False]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[]", "200, but not a JSON object"),
        (b'{"results": []}', r"200, but not a page of changes: \{"),
        (page(number=2), "asked for page 1 of the changes, got page 2"),
        (page(pages=3, total=5), "page 1 of the changes is empty, although it is one of 3"),
    ],
)
def test_a_body_that_is_no_such_page_is_refused_in_words(body: bytes, said: str) -> None:
    with pytest.raises(BadPayload, match=said) as caught:
        read_changes(Said(body), 1)
    assert caught.value.status == 200


def test_a_page_says_which_it_is_and_why_rows_are_missing() -> None:
    found = read_changes(Said(page({"id": "x"}, number=7, pages=9, total=1)), 7)
    assert (found.page, found.total_pages) == (7, 9)
    assert found.unreadable == ['no usable id: {"id": "x"}']


def test_windows_are_as_long_as_they_may_be() -> None:
    assert [(last - first).days + 1 for first, last in windows(FIRST, FIRST + 29 * DAY)] == [14, 14, 2]


def test_a_page_that_is_put_back_is_the_one_that_comes_again() -> None:
    planner = FeedPlanner(FIRST, FIRST)
    request = planner.take()
    assert request is not None
    assert planner.put_back(request)
    assert planner.take() == request


def test_a_window_with_too_many_pages_is_asked_for_in_two_halves() -> None:
    planner = FeedPlanner(FIRST, FIRST + 6 * DAY)
    request = planner.take()
    assert request is not None
    planner.record(request, 501)
    assert [planner.take(), planner.take(), planner.take()] == [
        FeedRequest(FIRST, FIRST + 3 * DAY, 1),
        FeedRequest(FIRST + 4 * DAY, FIRST + 6 * DAY, 1),
        None,
    ]


@pytest.mark.parametrize(("days", "reported"), [(7, 500), (1, 501)])
def test_a_window_that_can_be_read_or_cut_no_further_is_read_as_far_as_it_goes(days: int, reported: int) -> None:
    planner = FeedPlanner(FIRST, FIRST + (days - 1) * DAY)
    request = planner.take()
    assert request is not None
    planner.record(request, reported)
    last = request
    while more := planner.take():
        last = more
    assert (last.start, last.end, last.page) == (FIRST, FIRST + (days - 1) * DAY, 500)
