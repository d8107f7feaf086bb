"""What the report says in words: what each run was to do, and how to collect what is not stored."""

from __future__ import annotations

from typing import Any

import pytest

from ayne.data_collection.credited import Credited
from ayne.data_collection.given import CollectGiven
from ayne.data_collection.given_files import GivenList
from ayne.data_collection.names import CollectNames
from ayne.data_collection.people import CollectPeople
from ayne.data_collection.refreshing import Refresh
from ayne.data_collection.tmdb.question import sweep_plan
from ayne.kinds import KINDS, MOVIE, PERSON, SERIES
from ayne.report.carried import LACKING
from ayne.report.sections import asked_for

GIVEN = CollectGiven(GivenList("links.csv", "0", None, iter(())), ("credits",), False, 9, False, None).asked()
PEOPLE = CollectPeople(Credited(), ("combined_credits",), False, 1_000, None).asked()
NAMES: Any = CollectNames(None, True, False, 50).asked()  # type: ignore[arg-type]
BARE_NAMES: Any = CollectNames(None, False, False, None).asked()  # type: ignore[arg-type]
REFRESH = Refresh((), False, 100, True, False).asked()
ENDLESS = Refresh((), False, None, True, False).asked()
SYNC = {"sync": {"max_requests": None}}


@pytest.mark.parametrize(
    ("kind", "plan", "told"),
    [
        ("movie", GIVEN, "films of links.csv, 9 at most"),
        ("person", PEOPLE | {"append": ["images"]}, "people of credits, 1,000 at most, with images"),
        ("company", NAMES, "names of companies and their details, 50 at most"),
        ("keyword", BARE_NAMES, "names of keywords"),
        ("movie", REFRESH, "refresh of films, 100 at most"),
        ("person", REFRESH, "refresh of people, 100 at most"),
        ("series", ENDLESS, "refresh of series"),
        ("movie", sweep_plan(2020, 2024).as_dict(), "films of 2020 to 2024, 200 votes or more"),
        ("series", sweep_plan(2020, 2020, 0, kind=SERIES).as_dict() | SYNC, "sync of series of 2020"),
        ("person", sweep_plan(1990, 2026, 0, kind=PERSON).as_dict() | SYNC, "sync of people"),
        ("person", {}, ""),
    ],
)
def test_a_run_says_what_it_was_to_do_and_with_what_kind(kind: str, plan: dict[str, Any], told: str) -> None:
    assert asked_for({"kind": kind, **plan}) == told


def test_a_run_of_a_kind_that_is_not_known_here_is_told_by_its_name() -> None:
    assert asked_for({"kind": "podcast", **ENDLESS}) == "refresh of podcast"


def test_the_parts_that_the_page_tells_to_collect_are_those_of_the_kind() -> None:
    assert set(LACKING) == {MOVIE.name, SERIES.name}
    for name, (_, parts) in LACKING.items():
        assert set(parts.split(",")) <= set(KINDS[name].usual_parts)
        assert any(named.kind == "person" and named.part in parts.split(",") for named in KINDS[name].names)
