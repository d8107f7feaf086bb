"""The sandbox answers with the keys and the types of TMDB's recorded answers; a difference has a reason, or fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.judges.excuses import Excuse, judge
from tests.judges.recorded_shapes import EXCUSES, SERVED, compare_all, recorded
from tests.judges.shapes import Comparison, Shape, compare


@pytest.fixture(scope="module")
def comparisons(recordings: Path) -> Mapping[str, Comparison]:
    return compare_all(recordings)


def test_no_difference_is_unexplained(comparisons: Mapping[str, Comparison]) -> None:
    verdict = judge({kind: found.differences for kind, found in comparisons.items()}, EXCUSES)
    assert verdict.unexplained == []


def test_every_excuse_is_still_needed(comparisons: Mapping[str, Comparison]) -> None:
    verdict = judge({kind: found.differences for kind, found in comparisons.items()}, EXCUSES)
    assert verdict.unused == []


def test_every_recorded_kind_of_body_is_compared(recordings: Path, comparisons: Mapping[str, Comparison]) -> None:
    assert comparisons.keys() == recorded(recordings / "tmdb").keys()
    assert comparisons.keys() <= SERVED.keys()
    assert sum(found.paths for found in comparisons.values()) > 400


def test_a_key_that_is_never_served_is_missing() -> None:
    assert compare(Shape.of([{"id": 1, "title": "x"}]), Shape.of([{"id": 1}])).missing == {"$.title"}


def test_a_key_that_was_never_recorded_is_extra() -> None:
    assert compare(Shape.of([{"rows": []}]), Shape.of([{"rows": [{"id": 1}]}])).extra == {"$.rows[]", "$.rows[].id"}


def test_a_type_that_only_one_of_them_has_is_a_difference() -> None:
    found = compare(Shape.of([{"runtime": None}, {"runtime": 1}]), Shape.of([{"runtime": 1}, {"runtime": 1.5}]))
    assert found.different == {"$.runtime: null is not served", "$.runtime: number was not recorded"}


def test_an_older_recording_tells_what_can_be_null_and_nothing_else() -> None:
    newest, served = Shape.of([{"a": 1}]), Shape.of([{"a": None}, {"a": 1}, {"a": "x"}])
    ever = Shape.of([{"a": None}, {"a": "x"}])
    assert compare(newest, served, ever).different == {"$.a: string was not recorded"}


def test_countries_as_keys_are_one_key() -> None:
    assert set(Shape.of([{"US": 1, "CA-QC": 2, "Us": 3}]).types) == {"$", "$.{}", "$.Us"}


def test_what_nobody_excuses_is_told() -> None:
    excuses = [Excuse("movie*", "extra $.a*", "?"), Excuse("find", "*", "?")]
    verdict = judge({"movie/images": {"extra $.a[].b", "missing $.c"}}, excuses)
    assert verdict == (["movie/images: missing $.c"], 1, [excuses[1]])
