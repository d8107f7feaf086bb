"""The list of bugs fits the code, so that planting them means something."""

from __future__ import annotations

import pytest

from tests.reliability.planted_bugs import BUGS, Bug
from tests.reliability.planting import ROOT, SOURCE, first_tests


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.story)
def test_a_bug_has_one_place_to_be_planted_in(bug: Bug) -> None:
    assert (SOURCE / bug.file).read_text(encoding="utf-8").count(bug.right) == 1
    assert all((ROOT / test).exists() for test in first_tests(bug))


def test_each_bug_is_another() -> None:
    assert len({bug.story for bug in BUGS}) == len({(bug.file, bug.right, bug.wrong) for bug in BUGS}) == len(BUGS)
