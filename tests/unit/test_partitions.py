"""Which partitions of a shared table are written again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.database.partitions import MARK, Fingerprint, Plan, State, last_written, plan

YEARS = st.none() | st.integers(1870, 2200)
HELD = st.builds(Fingerprint, st.integers(1, 9), st.integers(0, 2**70))
STATES = st.builds(State, st.sampled_from(["a", "b"]), st.dictionaries(YEARS, HELD, max_size=6))

BEFORE = State("a", {1999: Fingerprint(2, 5), 2000: Fingerprint(1, 6), None: Fingerprint(3, 7)})


def commit(state: State | None = None, operation: str = "WRITE") -> dict[str, Any]:
    mark = {MARK: json.loads(json.dumps(state.as_mark()))} if state else {}
    return {"operation": operation, "timestamp": 1, **mark}


@given(STATES, STATES)
def test_what_is_left_alone_holds_already_what_it_should(before: State, now: State) -> None:
    planned = plan(before, now)
    kept = {} if planned.anew else before.partitions
    after = {year: held for year, held in kept.items() if year not in planned.write | planned.remove}
    after |= {year: now.partitions[year] for year in planned.write}
    assert after == now.partitions


@given(STATES)
def test_nothing_is_written_when_nothing_changed(state: State) -> None:
    assert plan(state, state).empty


def test_a_partition_is_written_when_its_rows_are_others_or_as_many_others() -> None:
    now = State("a", {1999: Fingerprint(3, 5), 2000: Fingerprint(1, 8), None: Fingerprint(3, 7)})
    assert plan(BEFORE, now) == Plan(frozenset({1999, 2000}))


def test_a_partition_that_has_no_rows_any_more_goes() -> None:
    assert plan(BEFORE, State("a", {1999: Fingerprint(2, 5)})) == Plan(frozenset(), frozenset({2000, None}))


def test_everything_is_written_when_the_columns_changed_or_nothing_is_known() -> None:
    now = State("b", BEFORE.partitions)
    assert plan(BEFORE, now) == plan(None, now) == Plan(frozenset(BEFORE.partitions), anew=True)


@given(STATES)
def test_what_a_commit_says_is_read_back_as_it_was(state: State) -> None:
    assert last_written([commit(state)]) == state


@pytest.mark.parametrize("upkeep", ["OPTIMIZE", "VACUUM START", "VACUUM END"])
def test_upkeep_by_others_does_not_matter(upkeep: str) -> None:
    assert last_written([commit(operation=upkeep), commit(BEFORE)]) == BEFORE


@pytest.mark.parametrize("operation", ["WRITE", "DELETE", "UPDATE", "MERGE", "RESTORE", "CREATE OR REPLACE TABLE"])
def test_what_others_wrote_means_that_nothing_is_known(operation: str) -> None:
    assert last_written([commit(operation=operation), commit(BEFORE)]) is None


@pytest.mark.parametrize("mark", [None, 1, {}, {"layout": "a"}, {"layout": "a", "partitions": {"x": [1, "2"]}}])
def test_a_mark_that_cannot_be_made_out_means_that_nothing_is_known(mark: object) -> None:
    assert last_written([{"operation": "WRITE", MARK: mark}]) is None


def test_a_table_without_commits_is_not_known() -> None:
    assert last_written([]) is None
