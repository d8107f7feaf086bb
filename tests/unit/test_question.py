"""The question of a discovery: made once, checked once."""

from dataclasses import replace

import pytest

from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.question import new_planner, roots, sweep_plan
from ayne.kinds import MOVIE
from ayne.kinds.kind import Discover

# As little of a kind as can be discovered: nobody votes on it, and it has no genres.
GAME = replace(
    MOVIE, name="boardgame", plural="games", votes="", genres="", discover=Discover("/discover/boardgame", dates="made")
)


def test_a_plan_says_all_that_was_asked_for() -> None:
    plan = sweep_plan(2020, 2021, 5, 3, "vote_count.desc", include_adult=True, language="de", filters={"region": "de"})
    assert plan == SweepPlan(2020, 2021, 5, 3, "vote_count.desc", True, False, "de", (("region", "DE"),))
    assert plan.as_dict()["query"]["language"] == "de"


def test_a_plan_that_names_no_order_is_the_one_that_names_the_newest_first() -> None:
    assert sweep_plan(2024) == sweep_plan(2024, 2024, sort_by="primary_release_date.desc") == SweepPlan(2024, 2024)
    assert sweep_plan(2024, kind=GAME).sort_by == "made.desc"


def test_plans_of_different_kinds_are_different_discoveries() -> None:
    film, game = sweep_plan(2024, min_vote_count=0), sweep_plan(2024, kind=GAME)
    assert film.identity == "2024..2024 sort_by=primary_release_date.desc"
    assert game.identity == "2024..2024 kind=boardgame sort_by=made.desc"


def test_votes_are_not_asked_for_where_nobody_votes() -> None:
    assert [str(item) for item in roots(sweep_plan(2024, kind=GAME))] == ["2024-01-01..2024-12-31"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sort_by": "primary_release_date"}, "did you mean 'primary_release_date"),
        ({"filters": {"with_genre": 18}}, "did you mean 'with_genres'"),
        ({"end_year": 2019}, "runs backwards"),
        ({"max_pages": 501}, "max_pages must be 1 to 500"),
        ({"sort_by": "title.asc", "kind": replace(MOVIE, plural="keywords", discover=None)}, "no list of keywords"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(asked: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sweep_plan(2024, **asked)  # type: ignore[arg-type] # one of them at a time


def test_what_a_row_does_not_tell_only_tmdb_can_put_in_order() -> None:
    requests = [new_planner(sweep_plan(2024, sort_by=order)).take() for order in ("revenue.desc", "title.desc")]
    assert [request and request.order for request in requests] == ["asked", "title"]
