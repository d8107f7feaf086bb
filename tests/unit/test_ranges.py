from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.tmdb.coverage import Listed, Range
from ayne.data_collection.tmdb.limits import PAGE_LIMIT
from ayne.data_collection.tmdb.ranges import check_span, cut, saturated, split, start, years
from ayne.kinds.movie import GENRES

SPAN = (date(2018, 1, 1), date(2024, 12, 31))
WHOLE = Range(*SPAN)
DAY = Range(date(2024, 2, 29), date(2024, 2, 29))

DAYS = st.dates(*SPAN) | st.sampled_from([*SPAN, date(2019, 12, 31), date(2020, 1, 1), date(2024, 2, 29)])
FILMS = st.builds(
    Listed,
    tmdb_id=st.integers(1, 10**6),
    day=DAYS,
    votes=st.integers(0, 9) | st.integers(0, 2_000_000),
    genres=st.lists(st.sampled_from(GENRES), max_size=3, unique=True).map(tuple),
)


@pytest.mark.parametrize(
    ("pages", "results", "expected"),
    [
        (499, 9_980, False),
        (500, 9_981, False),
        (500, 9_999, False),
        (500, 10_000, True),
        (501, 10_001, True),
        (501, 9_999, True),
        (57_004, 1_140_065, True),
        (1, 0, False),
        (0, 0, False),
    ],
)
def test_saturated_means_that_some_film_may_not_be_listed(pages: int, results: int, expected: bool) -> None:
    assert saturated(pages, results) is expected


RANGES = st.builds(
    lambda days, votes, genres: Range(min(days), max(days), *votes, *genres),
    st.tuples(DAYS, DAYS) | DAYS.map(lambda day: (day, day)),
    st.sampled_from([(None, None), (200, None), (0, 0), (1, 2), (3, 4), (7, 100), (600_000, None)]),
    st.sampled_from([((), ()), ((18,), ()), ((), (18, 35)), ((18,), (35, 99))]),
)


# --- holds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "is_in"),
    [
        (Range(date(2024, 2, 29), date(2024, 2, 29)), True),
        (Range(date(2024, 1, 1), date(2024, 2, 29)), True),
        (Range(date(2024, 3, 1), date(2024, 3, 1)), False),
        (Range(date(2024, 2, 28), date(2024, 2, 28)), False),
        (Range(*SPAN, 7, 7), True),
        (Range(*SPAN, 8), False),
        (Range(*SPAN, None, 6), False),
        (Range(*SPAN, None, None, (18, 35)), True),
        (Range(*SPAN, None, None, (18, 99)), False),
        (Range(*SPAN, None, None, (), (99,)), True),
        (Range(*SPAN, None, None, (), (99, 35)), False),
    ],
)
def test_a_range_knows_which_films_lie_in_it(item: Range, is_in: bool) -> None:
    assert item.holds(Listed(1, date(2024, 2, 29), 7, (18, 35))) is is_in


def test_a_film_without_votes_has_none_and_one_without_a_date_lies_in_no_range() -> None:
    assert Range(*SPAN, None, 0).holds(Listed(1, SPAN[0], None, ()))
    assert not Range(*SPAN, 1).holds(Listed(1, SPAN[0], None, ()))
    assert not WHOLE.holds(Listed(1, None, 7, ()))


# --- cut ------------------------------------------------------------------------------------------------------------


@given(RANGES, st.integers(0, 5000), st.integers(1, 500), st.dictionaries(DAYS, st.integers(1, 90), max_size=30))
def test_pieces_of_a_span_follow_each_other_without_a_gap(
    whole: Range, total: int, size: int, films_of_day: dict[date, int]
) -> None:
    pieces = cut(whole, total, size, films_of_day)
    if not pieces:
        expected = max(total, sum(films for day, films in films_of_day.items() if whole.start <= day <= whole.end))
        assert whole.start == whole.end or expected <= size + 1
        return
    assert (pieces[0].start, pieces[-1].end) == (whole.start, whole.end)
    assert all(later.start - earlier.end == timedelta(days=1) for earlier, later in pairwise(pieces))
    assert {(piece.min_votes, piece.with_genres, piece.without_genres) for piece in pieces} == {
        (whole.min_votes, whole.with_genres, whole.without_genres)
    }


def test_pieces_are_as_large_as_whole_days_let_them_be() -> None:
    films_of_day = {SPAN[0] + timedelta(days=n): 1 + n % 7 for n in range(700)}
    pieces = cut(Range(SPAN[0], SPAN[0] + timedelta(days=699)), 2800, 40, films_of_day)
    sizes = [sum(n for day, n in films_of_day.items() if piece.start <= day <= piece.end) for piece in pieces]
    assert max(sizes) <= 40
    assert min(sizes[:-1]) > 40 - 7


def test_a_day_that_is_larger_than_a_piece_is_a_piece_of_its_own() -> None:
    june = Range(date(2024, 6, 1), date(2024, 6, 30))
    pieces = cut(june, 500, 40, {date(2024, 6, 10): 470})
    assert Range(date(2024, 6, 10), date(2024, 6, 10)) in pieces


# --- split ----------------------------------------------------------------------------------------------------------


@given(RANGES, st.lists(FILMS, min_size=5, max_size=30))
def test_a_film_of_a_range_is_in_exactly_one_of_its_halves(whole: Range, films: list[Listed]) -> None:
    if (halves := split(whole)) is not None:
        inside = [film._replace(day=whole.start) for film in films] + [film._replace(day=whole.end) for film in films]
        inside += films
        for film in inside:
            assert sum(half.holds(film) for half in halves) == whole.holds(film)


@given(RANGES)
def test_halves_of_a_span_follow_each_other_without_a_gap(whole: Range) -> None:
    halves = split(whole)
    if whole.start < whole.end:
        assert halves is not None
        early, late = halves
        assert (early.start, late.end) == (whole.start, whole.end)
        assert early.start <= early.end == late.start - timedelta(days=1) < late.end


@given(RANGES)
def test_spans_are_cut_at_years_then_at_months_then_at_days(whole: Range) -> None:
    halves = split(whole)
    assert halves is not None
    cut = halves[1].start
    if whole.start.year < whole.end.year:
        assert (cut.month, cut.day) == (1, 1)
    elif whole.start.month < whole.end.month:
        assert cut.day == 1
    elif whole.start < whole.end:
        assert abs((cut - whole.start).days - (whole.end - cut).days - 1) <= 1
    else:
        assert (halves[0].start, halves[1].end) == (whole.start, whole.end)


@pytest.mark.parametrize("choose", [0, 1])
def test_splitting_ends(choose: int) -> None:
    item, depth = Range(*years(1870, 2200)), 0
    while (halves := split(item)) is not None:
        item, depth = halves[choose], depth + 1
    assert depth <= 9 + 4 + 5 + 40 + len(GENRES)
    assert item.start == item.end
    assert {*item.with_genres, *item.without_genres} == set(GENRES)


@given(st.randoms())
def test_splitting_ends_whichever_half_is_saturated(chance: Random) -> None:
    item, depth = Range(*years(1870, 2200)), 0
    while (halves := split(item)) is not None:
        item, depth = chance.choice(halves), depth + 1
    assert depth <= 9 + 4 + 5 + 40 + len(GENRES)


def test_votes_are_cut_where_films_are_few_before_genres_are() -> None:
    bounds, item = [], DAY
    while (halves := split(item)) is not None and not halves[0].with_genres:
        bounds.append((halves[0].min_votes or 0, halves[0].max_votes))
        item = halves[1]
    assert bounds[:5] == [(0, 0), (1, 2), (3, 6), (7, 14), (15, 30)]
    assert len(bounds) == 19


# --- start ----------------------------------------------------------------------------------------------------------


def test_a_discovery_by_year_covers_the_span_with_the_newest_year_first() -> None:
    assert start(2022, 2024, 50, by_year=True) == [
        Range(date(year, 1, 1), date(year, 12, 31), 50) for year in (2024, 2023, 2022)
    ]
    assert start(2022, 2024) == [Range(date(2022, 1, 1), date(2024, 12, 31))]


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [(1869, 2000, "1869 is not a year"), (2000, 2201, "2201 is not a year"), (2001, 2000, "runs backwards")],
)
@pytest.mark.parametrize("by_year", [True, False])
def test_a_span_that_makes_no_sense_is_refused(first: int, last: int, message: str, by_year: bool) -> None:
    with pytest.raises(ValueError, match=message):
        start(first, last, by_year=by_year)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (DAY, "2024-02-29"),
        (WHOLE, "2018-01-01..2024-12-31"),
        (Range(*SPAN, 200), "2018-01-01..2024-12-31 votes 200.."),
        (Range(*SPAN, None, 0), "2018-01-01..2024-12-31 votes 0..0"),
        (Range(DAY.start, DAY.end, 1, 2, (18,), (35, 99)), "2024-02-29 votes 1..2 +genre 18 -genre 35 -genre 99"),
    ],
)
def test_a_range_says_what_it_covers(item: Range, text: str) -> None:
    assert str(item) == text


def test_a_discovery_at_the_bounds_is_accepted() -> None:
    check_span(1870, 2200, 0, None)
    check_span(2024, 2024, 1, 1)
    check_span(2024, 2024, 1, PAGE_LIMIT)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ((1869, 2024, 0, None), "1869 is not a year that films come from"),
        ((2024, 2201, 0, None), "2201 is not a year that films come from"),
        ((2024, 2023, 0, None), "the span runs backwards: 2024 to 2023"),
        ((2024, 2024, -1, None), "min_vote_count must not be negative, got -1"),
        ((2024, 2024, 0, 0), "max_pages must be 1 to 500, got 0"),
        ((2024, 2024, 0, 501), "max_pages must be 1 to 500, got 501"),
    ],
)
def test_a_discovery_out_of_bounds_is_refused(span: tuple[int, int, int, int | None], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_span(*span)


def test_a_discovery_asks_for_films_with_enough_votes_only() -> None:
    assert [item.min_votes for item in start(2023, 2024, 7)] == [7]
    assert [item.min_votes for item in start(2023, 2024, 7, by_year=True)] == [7, 7]
    assert [item.min_votes for item in start(2023, 2024)] == [None]
