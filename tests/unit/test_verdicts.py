"""Words that films are gone or merged: believed when they come now and then, doubted when they come in numbers."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.tmdb.models import FetchFailure
from ayne.data_collection.verdicts import (
    AGAIN_AFTER,
    AROUND,
    MANY_AFTER,
    MOST_IN_A_ROW,
    Docket,
    FilmOutcome,
    Suspicion,
    is_confirmed,
    is_credible,
    unconfirmed,
)

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTCOMES = st.sampled_from(["had", "gone", "gone, and not held"])


def believed(outcomes: list[FilmOutcome]) -> set[int]:
    """The numbers of those words that a docket calls credible; each is decided exactly once."""
    docket = Docket[int]()
    decided = []
    for number, outcome in enumerate(outcomes):
        decided += docket.had() if outcome == "had" else docket.said(number, outcome)
    decided += docket.close()
    assert [number for number, _ in decided] == [n for n, outcome in enumerate(outcomes) if outcome != "had"]
    return {number for number, credible in decided if credible}


@given(st.lists(OUTCOMES, max_size=200))
def test_a_word_is_decided_by_what_came_around_it_whenever_it_is_decided(outcomes: list[FilmOutcome]) -> None:
    expected = {
        number
        for number, outcome in enumerate(outcomes)
        if outcome != "had"
        and is_credible(outcomes[max(0, number - AROUND) : number], outcome, outcomes[number + 1 : number + 1 + AROUND])
    }
    assert believed(outcomes) == expected


@given(st.lists(OUTCOMES, max_size=60), st.lists(OUTCOMES, max_size=60))
def test_films_that_are_had_never_make_a_word_less_credible(
    before: list[FilmOutcome], after: list[FilmOutcome]
) -> None:
    if is_credible(before, "gone", after):
        assert is_credible([*before, "had"], "gone", ["had", *after])


@given(st.integers(0, 120), st.integers(MOST_IN_A_ROW + 1, 300), st.integers(0, 120))
def test_of_an_outage_not_one_film_is_believed_to_be_gone(before: int, away: int, after: int) -> None:
    last = before + away
    outcomes: list[FilmOutcome] = ["gone" if before <= number < last else "had" for number in range(last + after)]
    assert not believed(outcomes)


@pytest.mark.parametrize("share", [0.44, 0.95])
def test_of_a_mix_up_on_some_connections_nearly_nothing_is_believed(share: float) -> None:
    chance = random.Random(7)  # noqa: S311
    outcomes: list[FilmOutcome] = ["gone" if chance.random() < share else "had" for _ in range(2000)]
    assert len(believed(outcomes)) < 5


@pytest.mark.parametrize("share", [0.001, 0.01, 0.02])
def test_films_that_are_truly_gone_among_others_are_believed_in_the_same_run(share: float) -> None:
    chance = random.Random(7)  # noqa: S311
    outcomes: list[FilmOutcome] = ["gone" if chance.random() < share else "had" for _ in range(20_000)]
    assert len(believed(outcomes)) >= 0.99 * outcomes.count("gone")


@pytest.mark.parametrize(("had", "gone"), [(1, 1), (10, 1), (11, 2), (30, 3)])
def test_a_few_at_the_end_of_a_run_are_believed(had: int, gone: int) -> None:
    outcomes: list[FilmOutcome] = ["had" if number < had else "gone" for number in range(had + gone)]
    assert len(believed(outcomes)) == gone


def test_nothing_that_comes_alone_is_believed_at_once() -> None:
    assert not believed(["gone"])
    assert not believed(["gone"] * 3)
    assert not believed(["gone, and not held"] * 3)


def test_a_film_that_nothing_is_held_of_loses_nothing_and_is_believed_sooner() -> None:
    outcomes: list[FilmOutcome] = ["had", "gone, and not held"] * 50
    assert len(believed(outcomes)) == 50
    assert not believed(["had", "gone"] * 50)


@pytest.mark.parametrize(
    ("waits", "many", "had_since", "confirmed"),
    [
        (AGAIN_AFTER, 3, 0, True),
        (AGAIN_AFTER - HOUR, 3, 0, False),
        (AGAIN_AFTER, 4, 0, False),
        (AGAIN_AFTER, 40, 400, True),
        (AGAIN_AFTER, 41, 400, False),
        (MANY_AFTER, 41, 41, True),
        (MANY_AFTER, 41, 40, False),
        (30 * MANY_AFTER, 4, 0, False),
    ],
)
def test_a_second_look_confirms_hours_later_and_of_many_only_beside_films_that_were_had(
    waits: timedelta, many: int, had_since: int, confirmed: bool
) -> None:
    assert is_confirmed(Suspicion(NOW, many, had_since), NOW + waits) is confirmed


@given(st.integers(0, 1000), st.integers(0, 1000), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_time_and_films_that_were_had_only_ever_help_to_confirm(many: int, had: int, since: timedelta) -> None:
    if is_confirmed(Suspicion(NOW, many, had), NOW + since):
        assert is_confirmed(Suspicion(NOW, many, had + 1), NOW + since + HOUR)
        assert since >= AGAIN_AFTER


def test_what_is_not_believed_is_a_failure_that_says_so() -> None:
    merged = FetchFailure(550, "merged", "TMDB answered with film 551 instead", merged_into=551, status=200)
    kept = unconfirmed(merged)
    assert (kept.reason, kept.merged_into, kept.gone) == ("unconfirmed_merged", None, False)
    assert kept.message == "not believed yet: TMDB answered with film 551 instead"
    assert unconfirmed(FetchFailure(550, "not_found", "404", gone=True)).reason == "unconfirmed_gone"
