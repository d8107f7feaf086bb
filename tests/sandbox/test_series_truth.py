"""What compares a file with the sandbox's series sees what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks.series_truth import Comparison, fewest, numbers, rows, whole

from ayne.sandbox.television import Television


@pytest.fixture(scope="module")
def body() -> dict[str, Any]:
    television = Television.generated(40, 3)
    bodies = [whole(television.details, number) for number in television.ids(range(40))]
    return max((found for found in bodies if found), key=lambda found: len(found["seasons"]))


def compared(body: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    found = Comparison()
    found.add(body, stored)
    return found.told()


def test_rows_as_they_should_be_are_right(body: dict[str, Any]) -> None:
    told = compared(body, rows(body))
    assert (told["missing"], told["unexpected"], told["wrong"]) == (0, 0, 0)
    assert told["seasons"]["stored"] == len(body["seasons"])
    assert told["episodes"]["stored"] == sum(season["episode_count"] for season in body["seasons"]) > 0


def test_a_wrong_value_a_missing_row_and_one_too_many_are_seen(body: dict[str, Any]) -> None:
    stored = rows(body)
    lost, kept, *_ = stored["episodes"]
    del stored["episodes"][lost]
    stored["episodes"][kept]["runtime"] = 999
    stored["seasons"][-1] = next(iter(stored["seasons"].values()))
    told = compared(body, stored)
    assert (told["missing"], told["unexpected"], told["wrong_by_column"]) == (1, 1, {"episodes.runtime": 1})


def test_a_column_that_nobody_compares_is_an_error(body: dict[str, Any]) -> None:
    stored = rows(body)
    stored["series"][body["id"]]["new_column"] = 1
    with pytest.raises(RuntimeError, match="new_column"):
        compared(body, stored)


def test_twenty_seasons_are_one_request_and_one_more_is_another(body: dict[str, Any]) -> None:
    entry = body["seasons"][0]
    of = [body | {"seasons": [entry | {"season_number": number} for number in range(count)]} for count in (0, 20, 21)]
    assert [fewest(each) for each in of] == [1, 1, 2]
    assert numbers(of[1]) == list(range(20))
