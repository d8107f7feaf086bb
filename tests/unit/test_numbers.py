from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, exp, factorial, isclose
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ayne.data_collection.numbers import (
    VOTE_CLASSES,
    Cell,
    Copies,
    Look,
    Outlook,
    cells,
    chance_of_votes,
    choose,
    details_quota,
    freshness,
    needed_to_differ,
    outlook,
    rate_of_change,
    surprises,
    worth,
)

TODAY = date(2026, 6, 1)
OLD = date(1999, 10, 15)

VOTES = st.integers(0, 60_000)
AGES = st.none() | st.integers(-400, 30_000)
RATES = st.floats(1e-3, 100)
COPIES = st.lists(
    st.builds(
        Copies,
        released=st.none() | st.dates(date(2020, 1, 1), date(2020, 3, 1)),
        votes=st.sampled_from([0, 1, 9, 10, 49, 50, 199, 200, 999, 1000, 4999, 5000, 40_000]),
        seen=st.dates(date(2026, 1, 1), date(2026, 6, 2)),
        films=st.integers(1, 30),
    ),
    max_size=60,
).map(lambda copies: sorted(copies, key=lambda group: group.released or date.min))


# --- votes ----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 80), st.floats(0, 120))
def test_the_chance_of_votes_is_that_of_the_poisson_distribution(needed: int, expected: float) -> None:
    exact = 1 - sum(exp(-expected) * expected**number / factorial(number) for number in range(needed))
    assert abs(chance_of_votes(needed, expected) - exact) < (1e-9 if needed <= 12 else 0.002)


@given(st.integers(1, 600), st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_time_never_makes_a_change_less_likely(needed: int, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert 0 <= chance_of_votes(needed, less) <= chance_of_votes(needed, more) + 1e-12 <= 1 + 1e-12


@given(VOTES, AGES)
def test_every_film_changes_at_some_rate_and_more_votes_bring_more(votes: int, age: int | None) -> None:
    assert 0 < rate_of_change(votes, age) <= rate_of_change(votes + 1, age)


@given(st.integers(0, 30_000))
def test_a_film_slows_down_as_it_grows_older(age: int) -> None:
    assert rate_of_change(1000, age) >= rate_of_change(1000, age + 1)


@given(VOTES)
def test_a_count_is_close_while_it_is_within_one_vote_or_one_percent(votes: int) -> None:
    def is_close(new: int) -> bool:
        return new <= max(1, votes / 100)

    assert is_close(needed_to_differ(votes) - 1)
    assert not is_close(needed_to_differ(votes))


# --- what a look is worth -------------------------------------------------------------------------------------------


@given(RATES, st.floats(0, 1000))
def test_for_one_vote_the_worth_of_a_look_is_the_published_index(rate: float, days: float) -> None:
    x = rate * days
    assert isclose(worth(1, rate, days), (1 - exp(-x) * (1 + x)) / rate, rel_tol=1e-6, abs_tol=1e-9)


@given(st.integers(1, 12), RATES, st.floats(0.1, 300))
def test_the_worth_of_a_look_is_the_freshness_it_adds_to_what_is_left(needed: int, rate: float, days: float) -> None:
    steps = 4000
    fresh_at_the_end = 1 - chance_of_votes(needed, rate * days)
    fresh = (1 - chance_of_votes(needed, rate * days * (step + 0.5) / steps) for step in range(steps))
    gained = sum(each - fresh_at_the_end for each in fresh) * days / steps
    assert isclose(worth(needed, rate, days), gained, rel_tol=1e-2, abs_tol=1e-3 * days)


@given(st.integers(1, 600), RATES, st.floats(0, 1000), st.floats(0, 1000))
def test_waiting_longer_makes_a_look_worth_more_up_to_a_bound(needed: int, rate: float, a: float, b: float) -> None:
    sooner, later = sorted((a, b))
    assert 0 <= worth(needed, rate, sooner) <= worth(needed, rate, later) + 1e-9 <= needed / rate + 2e-9


def test_what_changes_too_fast_is_given_up() -> None:
    # A daily look keeps neither equal for long; the slower one stays right for most of the day.
    assert worth(1, 50.0, 1) < worth(1, 1.0, 1)


@given(VOTES, AGES, st.integers(0, 400))
def test_fewer_films_are_apart_than_unequal(votes: int, age: int | None, days: int) -> None:
    found = outlook(votes, age, days)
    assert 0 <= found.apart <= found.unequal + 0.002 <= 1.002
    assert (found.worth == 0) or days > 0


# --- cells ----------------------------------------------------------------------------------------------------------


@given(COPIES)
def test_cells_hold_every_dated_film_once(copies: list[Copies]) -> None:
    found = list(cells(copies, TODAY))
    for group in copies:
        holding = [
            cell
            for cell in found
            if group.released
            and cell.first <= group.released <= cell.last
            and cell.min_votes <= group.votes <= (10**9 if cell.max_votes is None else cell.max_votes)
        ]
        assert len(holding) == (group.released is not None)
    assert sum(cell.outlook.films for cell in found) == sum(group.films for group in copies if group.released)


@given(COPIES)
def test_a_cell_fits_on_a_page_unless_it_is_a_single_day(copies: list[Copies]) -> None:
    for cell in cells(copies, TODAY):
        assert cell.outlook.films <= 20 or cell.first == cell.last
        assert cell.min_votes in VOTE_CLASSES
        assert cell.requests == ceil(cell.outlook.films / 20)


@given(COPIES)
def test_the_cells_of_a_class_follow_each_other_and_two_neighbours_never_fit_on_a_page(copies: list[Copies]) -> None:
    of_class: dict[int, list[Cell]] = {}
    for cell in cells(copies, TODAY):
        of_class.setdefault(cell.min_votes, []).append(cell)
    per_day = Counter[tuple[date, int]]()
    for group in copies:
        if group.released:
            least = max(bound for bound in VOTE_CLASSES if bound <= group.votes)
            per_day[group.released, least] += group.films
    for least, found in of_class.items():
        for before, after in pairwise(found):
            assert before.last < after.first
            assert before.outlook.films + per_day[after.first, least] > 20


@given(COPIES)
def test_what_cells_expect_is_what_their_films_expect(copies: list[Copies]) -> None:
    dated = [group for group in copies if group.released]
    expected = freshness(dated, TODAY).expected
    found = [cell.outlook for cell in cells(copies, TODAY)]
    for name in ("worth", "unequal", "apart"):
        assert isclose(sum(getattr(each, name) for each in found), getattr(expected, name), abs_tol=1e-6)


# --- choosing -------------------------------------------------------------------------------------------------------

CELLS = COPIES.map(lambda copies: list(cells(copies, TODAY)))


@given(CELLS, st.integers(0, 40))
def test_a_choice_keeps_to_its_requests(found: list[Cell], requests: int) -> None:
    choice = choose(found, requests=requests)
    assert choice.requests == sum(cell.requests for cell in choice.cells) <= requests
    assert choice.after.close_share >= choice.before.close_share


@given(CELLS, st.integers(1, 40))
def test_nothing_that_was_left_out_and_would_have_fitted_is_worth_more(found: list[Cell], requests: int) -> None:
    choice = choose(found, requests=requests)

    def a_request(cell: Cell) -> float:
        return cell.outlook.worth / cell.requests

    left_out = [cell for cell in found if cell not in choice.cells and cell.requests <= requests - choice.requests]
    assert all(cell.outlook.worth == 0 for cell in left_out)
    assert list(choice.cells) == sorted(choice.cells, key=a_request, reverse=True)


@given(CELLS, st.floats(0, 1))
def test_a_target_is_reached_with_no_request_too_many(found: list[Cell], target: float) -> None:
    choice = choose(found, target=target)
    assert choice.after.close_share >= target - 1e-9 or len(choice.cells) == sum(c.outlook.worth > 0 for c in found)
    if choice.cells:
        shorter = choice.after.apart + choice.cells[-1].outlook.apart
        assert 1 - shorter / choice.after.films < target + 1e-9


def test_all_that_is_seen_today_needs_no_look() -> None:
    found = cells([Copies(OLD, votes, TODAY, 5) for votes in VOTE_CLASSES], TODAY)
    assert choose(found).cells == ()


@pytest.mark.parametrize("odd", [{"requests": -1}, {"target": 1.01}, {"target": -0.1}, {"target": float("nan")}])
def test_a_number_that_cannot_be_had_is_refused(odd: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not"):
        choose([], **odd)  # type: ignore[arg-type]  # what is wrong on purpose


def test_nothing_stored_is_fresh_and_costs_nothing() -> None:
    choice = choose([], target=1.0)
    assert (choice.cells, choice.requests, choice.after, choice.after.close_share) == ((), 0, Outlook(), 1.0)
    assert freshness([], TODAY).median_age is None


def test_the_median_age_is_that_of_the_film_in_the_middle() -> None:
    def seen(days: int, films: int) -> Copies:
        return Copies(OLD, 0, TODAY - timedelta(days), films)

    found = freshness([seen(90, 2), seen(1, 2), seen(7, 1)], TODAY)
    assert (found.median_age, found.oldest_age) == (7, 90)


# --- six months -----------------------------------------------------------------------------------------------------

DUES = st.lists(st.tuples(st.integers(-5, 60), st.integers(1, 50)), max_size=20)


@given(DUES)
def test_with_its_quota_no_copy_passes_its_limit(due: list[tuple[int, int]]) -> None:
    quota, left = details_quota(due), sorted(due)
    for day in range(1, 62):
        may_fetch = quota
        while left and may_fetch:
            days, films = left.pop(0)
            taken = min(films, may_fetch)
            may_fetch -= taken
            if taken < films:
                left.insert(0, (days, films - taken))
        assert all(days > day for days, _ in left) or not left


@given(DUES.filter(bool))
def test_with_one_less_a_day_some_copy_would(due: list[tuple[int, int]]) -> None:
    quota = details_quota(due)
    horizons = {max(1, days) for days, _ in due}
    assert any(
        (quota - 1) * horizon < sum(films for days, films in due if max(1, days) <= horizon) for horizon in horizons
    )


@given(DUES, st.floats(0, 0.1))
def test_what_the_feed_renews_lowers_the_quota(due: list[tuple[int, int]], renewed: float) -> None:
    assert details_quota(due, renewed) <= details_quota(due)


def test_where_the_feed_renews_as_believed_the_quota_is_the_same_on_all_days() -> None:
    left, limit, renewed, quotas = 100_000.0, 171, 0.005, []
    for day in range(limit):
        quotas.append(details_quota([(limit - day, round(left))], renewed))
        left = max(0.0, left * (1 - renewed) - quotas[-1])
    assert min(quotas) >= 0.98 * max(quotas) > 0


@pytest.mark.parametrize("believed", [0.0, 0.005, 0.02])
def test_a_quota_that_counts_on_the_feed_too_much_grows_in_time_and_no_copy_reaches_its_limit(believed: float) -> None:
    films, limit, chance = 500, 171, Random(1)  # noqa: S311 - not a secret
    ages, spent = [0] * films, 0
    for _ in range(2 * limit):
        # The feed renews a 400th of them a day.
        ages = sorted(0 if chance.random() < 0.0025 else age + 1 for age in ages)
        assert max(ages) < limit
        quota = details_quota([(limit - age, count) for age, count in Counter(ages).items()], believed)
        ages[films - quota :] = [0] * min(quota, films)
        spent += quota
    assert spent <= 2 * limit * (films // limit + 1)


# --- surprises ------------------------------------------------------------------------------------------------------


@given(st.integers(0, 300), st.sampled_from([OLD, date(2026, 1, 1), None]), st.integers(1, 100))
def test_votes_that_come_as_they_should_surprise_nobody(votes: int, released: date | None, days: int) -> None:
    age = None if released is None else (TODAY - released).days
    apart = round(1000 * outlook(votes, age and min(age, 3 * 365), days).apart)
    gained = needed_to_differ(votes)
    assert not surprises(
        [Look(released, votes, days, gained, apart), Look(released, votes, days, 0, 1000 - apart)], TODAY
    )


def test_what_is_found_apart_against_all_rates_is_expected_of_other_copies_of_the_class_from_then_on() -> None:
    looks = [Look(OLD, 20, 10, 5, 100), Look(OLD, 20, 10, 0, 900)]
    found = surprises(looks, TODAY)
    old, young = (Copies(day, 30, TODAY - timedelta(10), 100) for day in (OLD, date(2026, 5, 1)))
    assert freshness([old], TODAY, found).expected.close_share == pytest.approx(0.9, abs=0.01)
    assert freshness([old], TODAY).expected.close_share > 0.99
    assert freshness([young], TODAY, found) == freshness([young], TODAY)
    (cell,), (before,) = cells([old], TODAY, found), cells([old], TODAY)
    assert cell.outlook.worth > before.outlook.worth


@given(VOTES, AGES, st.integers(0, 400), st.floats(0, 1))
@example(votes=0, age=None, days=0, surprise=2.3e-309)
def test_a_surprise_makes_nothing_more_certain(votes: int, age: int | None, days: int, surprise: float) -> None:
    known, doubted = outlook(votes, age, days), outlook(votes, age, days, surprise)
    assert doubted.worth >= known.worth
    assert 1 >= doubted.unequal >= doubted.apart >= known.apart - 1e-12
