"""The bugs that ``tests/reliability/planting.py`` puts in still have their places in the code."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.planted_bugs import BUGS

SOURCE = Path(__file__).parents[2] / "src" / "ayne"


def test_each_bug_has_one_place_where_it_can_be_put_in() -> None:
    places = {bug.story: (SOURCE / bug.file).read_text(encoding="utf-8").count(bug.right) for bug in BUGS}
    assert {story: count for story, count in places.items() if count != 1} == {}
