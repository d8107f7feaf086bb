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

from ayne.data_collection.tmdb.changes import MOST_PUT_BACK, ChangedFilm, FeedRequest, FeedWalk, read_changes, windows
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


def taken(walk: FeedWalk) -> Iterator[FeedRequest]:
    while request := walk.take():
        yield request


def test_all_pages_that_are_reported_are_asked_for_also_those_reported_late() -> None:
    walk = FeedWalk(FIRST, FIRST)
    asked = []
    for request in taken(walk):
        asked.append(request.page)
        walk.record(request, 2 if request.page == 1 else 4)
    assert asked == [1, 2, 3, 4]


def test_a_window_with_more_pages_than_tmdb_lists_is_cut() -> None:
    walk = FeedWalk(FIRST, FIRST + 3 * DAY)
    asked = []
    for request in taken(walk):
        asked.append((request.start.day, request.end.day, request.page))
        walk.record(request, 501 if request.end > request.start else 1)
    assert asked == [(1, 4, 1), (1, 2, 1), (3, 4, 1), (1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 4, 1)]


def test_a_page_is_put_back_only_so_often() -> None:
    walk = FeedWalk(FIRST, FIRST)
    (request,) = taken(walk)
    assert [walk.put_back(request) for _ in range(MOST_PUT_BACK + 1)] == [True] * MOST_PUT_BACK + [False]
