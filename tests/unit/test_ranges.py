import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayne.data_collection.tmdb.coverage import Range, RangeProgress
from ayne.data_collection.tmdb.ranges import (
    GENRES,
    MAX_SPLITS,
    MOST_PUT_BACK,
    PAGE_LIMIT,
    ROW_LIMIT,
    Walk,
    saturated,
    split,
    start,
    years,
)

SPAN = (date(2018, 1, 1), date(2024, 12, 31))
WHOLE = Range(*SPAN)
DAY = Range(date(2024, 2, 29), date(2024, 2, 29))


class Film(NamedTuple):
    """A film, or ``weight`` films that no query can tell apart."""

    day: date
    votes: int = 0
    genres: frozenset[int] = frozenset()
    weight: int = 1


class Page(NamedTuple):
    total_pages: int
    total_results: int
    rows: int


Server = Callable[[Range, int], Page]
Ledger = dict[Range, RangeProgress]


def holds(item: Range, film: Film) -> bool:
    return (
        item.start <= film.day <= item.end
        and (item.min_votes or 0) <= film.votes
        and (item.max_votes is None or film.votes <= item.max_votes)
        and film.genres.issuperset(item.with_genres)
        and film.genres.isdisjoint(item.without_genres)
    )


def server_of(films: Iterable[Film], *, clamped: bool = False, empty_pages: int = 1, noise: int = 0) -> Server:
    """Lists these films as TMDB does; ``noise`` is by how many films too high its totals are at most."""
    films = list(films)
    totals: dict[Range, int] = {}

    def answer(item: Range, page: int) -> Page:
        if item not in totals:
            totals[item] = sum(film.weight for film in films if holds(item, film))
        total = totals[item]
        rows = max(0, min(20, total - (page - 1) * 20)) if 1 <= page <= PAGE_LIMIT else 0
        said = total + Random(f"{item}{page}").randint(0, noise)  # noqa: S311
        pages = math.ceil(said / 20) or empty_pages
        return Page(min(pages, PAGE_LIMIT), min(said, ROW_LIMIT), rows) if clamped else Page(pages, said, rows)

    return answer


class Drive:
    """Does what a client does: up to ``width`` pages under way, answered in any order, the ledger kept beside."""

    def __init__(self, walk: Walk, server: Server, ledger: Ledger | None = None, *, width: int = 10, seed: int = 0):
        self.walk = walk
        self.server = server
        self.width = width
        self.ledger: Ledger = ledger if ledger is not None else {item.range: item for item in walk.progress}
        self.asked: list[tuple[Range, int]] = []
        self.under_way: list[tuple[Range, int]] = []
        self.chance = Random(seed)  # noqa: S311

    def step(self) -> bool:
        while len(self.under_way) < self.width and (job := self.walk.take()) is not None:
            self.under_way.append(job)
            self.asked.append(job)
        if not self.under_way:
            return False
        item, page = self.under_way.pop(self.chance.randrange(len(self.under_way)))
        answer = self.server(item, page)
        progress, pieces = self.walk.record(item, page, **answer._asdict())
        self.ledger[progress.range] = progress
        for piece in pieces:
            self.ledger[piece] = RangeProgress(piece)
        return True

    def run(self, most: int = 20_000) -> "Drive":
        while self.step():
            assert len(self.asked) <= most
        return self

    @property
    def leaves(self) -> list[RangeProgress]:
        return [progress for progress in self.ledger.values() if progress.state != "split"]


DAYS = st.dates(*SPAN) | st.sampled_from([*SPAN, date(2019, 12, 31), date(2020, 1, 1), date(2024, 2, 29)])
FILMS = st.builds(
    Film,
    day=DAYS,
    votes=st.integers(0, 9) | st.integers(0, 2_000_000),
    genres=st.frozensets(st.sampled_from(GENRES), max_size=3),
    weight=st.integers(1, 400) | st.integers(2_000, 6_000),
)
CATALOGUES = st.lists(FILMS, max_size=12) | st.builds(
    lambda day, films: [film._replace(day=day) for film in films], DAYS, st.lists(FILMS, max_size=10)
)
SERVERS = st.fixed_dictionaries(
    {"clamped": st.booleans(), "empty_pages": st.sampled_from([0, 1]), "noise": st.sampled_from([0, 0, 35])}
)


@settings(deadline=None, max_examples=100)
@given(CATALOGUES, SERVERS, st.integers(1, 20), st.integers(0, 2**32))
def test_every_film_is_received_once_unless_its_range_is_said_to_be_overfull(
    films: list[Film], server: dict[str, Any], width: int, seed: int
) -> None:
    drive = Drive(Walk([WHOLE]), server_of(films, **server), width=width, seed=seed).run()

    for film in films:
        assert len([leaf for leaf in drive.leaves if holds(leaf.range, film)]) == 1
    for leaf in drive.leaves:
        total = sum(film.weight for film in films if holds(leaf.range, film))
        assert leaf.state in {"complete", "overfull"}
        assert leaf.pages_done >= set(range(1, min(math.ceil(total / 20), PAGE_LIMIT) + 1))
        assert leaf.rows == min(total, ROW_LIMIT)
        if leaf.state == "complete":
            assert total < ROW_LIMIT
        else:
            assert total + server["noise"] >= ROW_LIMIT
            assert split(leaf.range) is None


@settings(deadline=None, max_examples=40)
@given(CATALOGUES, SERVERS, st.integers(1, 20), st.integers(0, 2**32))
def test_no_page_is_asked_for_twice_nor_past_the_last_that_tmdb_serves(
    films: list[Film], server: dict[str, Any], width: int, seed: int
) -> None:
    drive = Drive(Walk([WHOLE]), server_of(films, **server), width=width, seed=seed).run()
    assert len(drive.asked) == len(set(drive.asked))
    assert max(page for _, page in drive.asked) <= PAGE_LIMIT
    assert drive.walk.pages_done == drive.walk.pages_known == len(drive.asked)
    assert {item.range: item for item in drive.walk.progress} == drive.ledger


@settings(deadline=None, max_examples=60)
@given(CATALOGUES, st.booleans(), st.floats(0, 1), st.integers(1, 20), st.integers(0, 2**32))
def test_a_walk_that_was_broken_off_anywhere_asks_only_for_what_is_missing(
    films: list[Film], clamped: bool, share: float, width: int, seed: int
) -> None:
    server = server_of(films, clamped=clamped)
    whole = Drive(Walk([WHOLE]), server, seed=seed).run()
    broken = Drive(Walk([WHOLE]), server, width=width, seed=seed)
    for _ in range(int(share * len(whole.asked))):
        broken.step()
    had = {(item, page) for item, progress in broken.ledger.items() for page in progress.pages_done}

    resumed = Drive(Walk([WHOLE], known=broken.ledger.values()), server, broken.ledger, width=width, seed=seed).run()

    assert had.isdisjoint(resumed.asked)
    assert resumed.walk.pages_done == len(had) + len(resumed.asked)
    states = {item: (progress.state, progress.rows) for item, progress in whole.ledger.items()}
    leaves = {item: state for item, state in states.items() if state[0] != "split"}
    assert {item.range: (item.state, item.rows) for item in resumed.leaves} == leaves


def test_a_finished_walk_that_is_resumed_asks_for_nothing() -> None:
    drive = Drive(Walk([WHOLE]), server_of([Film(DAY.start, weight=15_000), Film(SPAN[0])])).run()
    assert Walk([WHOLE], known=drive.ledger.values()).take() is None


def test_the_pieces_of_a_split_cost_one_page_each_and_the_rest_is_films() -> None:
    films = [Film(SPAN[0] + timedelta(days=n), weight=20) for n in range((SPAN[1] - SPAN[0]).days + 1)]
    drive = Drive(Walk([WHOLE]), server_of(films)).run()
    splits = len(drive.ledger) - len(drive.leaves)
    assert len(drive.asked) == len(films) + splits
    assert splits < 20


# --- one page at a time ---------------------------------------------------------------------------------------------


def recorded(walk: Walk, item: Range, page: int, total: int, rows: int = 20) -> RangeProgress:
    return walk.record(item, page, total_pages=math.ceil(total / 20), total_results=total, rows=rows)[0]


def pages_left(walk: Walk) -> list[int]:
    pages = []
    while (job := walk.take()) is not None:
        pages.append(job[1])
    return pages


@pytest.mark.parametrize("total_pages", [0, 1])
def test_an_empty_answer_completes_the_range(total_pages: int) -> None:
    walk = Walk([DAY])
    assert walk.take() == (DAY, 1)
    progress, pieces = walk.record(DAY, 1, total_pages=total_pages, total_results=0, rows=0)
    assert (progress.state, progress.pages, pieces, walk.take()) == ("complete", 1, (), None)


def test_a_page_that_is_not_full_is_not_the_last() -> None:
    walk = Walk([DAY])
    assert recorded(walk, DAY, 1, 60, rows=19).state == "open"
    assert pages_left(walk) == [1, 2, 3]


def test_a_page_that_is_empty_is_not_the_last() -> None:
    walk = Walk([DAY])
    recorded(walk, DAY, 1, 60)
    assert recorded(walk, DAY, 2, 60, rows=0).state == "open"
    assert recorded(walk, DAY, 3, 60).state == "complete"


def test_a_page_that_shows_there_is_one_more_has_it_fetched() -> None:
    walk = Walk([DAY])
    recorded(walk, DAY, 1, 40)
    assert pages_left(walk) == [1, 2]
    assert recorded(walk, DAY, 2, 41).state == "open"
    assert pages_left(walk) == [3]
    assert recorded(walk, DAY, 3, 41, rows=1).state == "complete"


def test_totals_that_shrink_take_no_page_back() -> None:
    walk = Walk([DAY])
    recorded(walk, DAY, 1, 60)
    progress = recorded(walk, DAY, 2, 20)
    assert (progress.state, progress.pages) == ("open", 3)
    assert recorded(walk, DAY, 3, 40).state == "complete"


def test_the_lowest_and_the_highest_total_are_kept() -> None:
    walk = Walk([DAY])
    for page, total in enumerate((55, 41, 60), 1):
        progress = recorded(walk, DAY, page, total)
    assert (progress.reported_low, progress.reported_high, progress.rows) == (41, 60, 60)


def test_a_range_that_turns_out_saturated_midway_is_split_and_its_waiting_pages_dropped() -> None:
    walk = Walk([WHOLE])
    recorded(walk, WHOLE, 1, 9_990)
    assert [walk.take() for _ in range(3)] == [(WHOLE, 1), (WHOLE, 2), (WHOLE, 3)]
    progress, pieces = walk.record(WHOLE, 2, total_pages=501, total_results=10_001, rows=20)
    assert (progress.state, len(pieces)) == ("split", 2)
    assert {walk.take(), walk.take(), walk.take()} == {(pieces[0], 1), (pieces[1], 1), None}


def test_a_late_page_of_a_split_range_changes_only_its_rows() -> None:
    walk = Walk([WHOLE])
    recorded(walk, WHOLE, 1, 9_990)
    recorded(walk, WHOLE, 2, 10_000)
    progress, pieces = walk.record(WHOLE, 3, total_pages=510, total_results=10_200, rows=20)
    assert (progress.state, progress.rows, pieces) == ("split", 60, ())


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


def test_what_cannot_be_split_is_fetched_as_far_as_it_goes_and_called_overfull() -> None:
    drive = Drive(Walk([DAY]), server_of([Film(DAY.start, 3, frozenset({18}), weight=30_000)])).run()
    (overfull,) = (leaf for leaf in drive.leaves if leaf.state == "overfull")
    assert (overfull.rows, overfull.reported_high, len(overfull.pages_done)) == (10_000, 30_000, PAGE_LIMIT)
    assert all(leaf.rows == 0 for leaf in drive.leaves if leaf is not overfull)


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "state", "pages"),
    [(0, "complete", 1), (99, "complete", 5), (100, "complete", 5), (101, "capped", 5), (50_000, "capped", 5)],
)
def test_max_pages_fetches_so_many_pages_of_a_range_and_never_splits(total: int, state: str, pages: int) -> None:
    drive = Drive(Walk([WHOLE], max_pages=5), server_of([Film(SPAN[0], weight=total)])).run()
    assert list(drive.ledger) == [WHOLE]
    assert drive.ledger[WHOLE].state == state
    assert len(drive.asked) == pages


def test_a_range_is_capped_when_any_page_said_there_was_more() -> None:
    walk = Walk([DAY], max_pages=2)
    recorded(walk, DAY, 1, 41)
    assert recorded(walk, DAY, 2, 40).state == "capped"


@pytest.mark.parametrize("clamped", [True, False])
@pytest.mark.parametrize("max_pages", [499, 500, 1000])
def test_a_range_of_which_films_are_missing_is_never_called_complete(clamped: bool, max_pages: int) -> None:
    server = server_of([Film(SPAN[0], weight=10_100)], clamped=clamped)
    drive = Drive(Walk([WHOLE], max_pages=max_pages), server).run()
    assert drive.ledger[WHOLE].state in {"capped", "overfull"}
    assert len(drive.asked) == min(max_pages, PAGE_LIMIT)


def test_counting_asks_for_the_first_page_of_each_range_only() -> None:
    films = [Film(date(year, month, 1), weight=900) for year in range(2018, 2025) for month in range(1, 13)]
    whole = Drive(Walk([WHOLE]), server_of(films)).run()
    drive = Drive(Walk([WHOLE], count_only=True), server_of(films)).run()
    assert {page for _, page in drive.asked} == {1}
    assert {leaf.range: leaf.pages for leaf in drive.leaves} == {leaf.range: leaf.pages for leaf in whole.leaves}
    assert sum(leaf.reported_high or 0 for leaf in drive.leaves) == 900 * 84


def test_a_page_that_cannot_be_had_is_put_back_so_often_and_no_more() -> None:
    walk = Walk([DAY, WHOLE])
    assert [walk.take(), walk.take()] == [(DAY, 1), (WHOLE, 1)]
    for _ in range(MOST_PUT_BACK):
        assert walk.put_back(DAY, 1)
        assert walk.take() == (DAY, 1)
    assert not walk.put_back(DAY, 1)
    assert walk.take() is None
    assert walk.put_back(WHOLE, 1)


def test_a_page_put_back_waits_for_all_others() -> None:
    walk = Walk([DAY])
    recorded(walk, DAY, 1, 80)
    assert walk.take() == (DAY, 1)
    assert walk.take() == (DAY, 2)
    assert walk.put_back(DAY, 2)
    assert pages_left(walk) == [3, 4, 2]


def test_a_page_given_up_leaves_its_range_open_and_counts_no_more() -> None:
    walk = Walk([DAY])
    walk.take()
    recorded(walk, DAY, 1, 40)
    for _ in range(MOST_PUT_BACK + 1):
        assert walk.take() == (DAY, 2)
        walk.put_back(DAY, 2)
    assert (walk.pages_done, walk.pages_known) == (1, 1)
    assert [progress.state for progress in walk.progress] == ["open"]


def everything_is_saturated(item: Range, page: int) -> Page:
    return Page(501, 10_020, 20)


def test_a_server_that_calls_everything_saturated_is_not_split_for_ever() -> None:
    drive = Drive(Walk([WHOLE], count_only=True), everything_is_saturated).run(most=2 * MAX_SPLITS + 1)
    assert sum(progress.state == "split" for progress in drive.ledger.values()) == MAX_SPLITS
    assert {leaf.state for leaf in drive.leaves} == {"overfull"}


def test_resuming_does_not_allow_more_splits() -> None:
    drive = Drive(Walk([WHOLE], count_only=True), everything_is_saturated)
    while sum(progress.state == "split" for progress in drive.walk.progress) < 2 and drive.step():
        pass
    days = (date(1900, 1, 1) + timedelta(days=n) for n in range(MAX_SPLITS - 1))
    known = [*drive.ledger.values(), *(RangeProgress(Range(day, day), "split") for day in days)]
    resumed = Walk([WHOLE], known=known, count_only=True)
    job = resumed.take()
    assert job is not None
    assert resumed.record(*job, **everything_is_saturated(*job)._asdict())[1] == ()


# --- split ----------------------------------------------------------------------------------------------------------

RANGES = st.builds(
    lambda days, votes, genres: Range(min(days), max(days), *votes, *genres),
    st.tuples(DAYS, DAYS) | DAYS.map(lambda day: (day, day)),
    st.sampled_from([(None, None), (200, None), (0, 0), (1, 2), (3, 4), (7, 100), (600_000, None)]),
    st.sampled_from([((), ()), ((18,), ()), ((), (18, 35)), ((18,), (35, 99))]),
)


@settings(deadline=None, max_examples=100)
@given(RANGES, st.lists(FILMS, min_size=5, max_size=30))
def test_a_film_of_a_range_is_in_exactly_one_of_its_halves(whole: Range, films: list[Film]) -> None:
    if (halves := split(whole)) is not None:
        inside = [film._replace(day=whole.start) for film in films] + [film._replace(day=whole.end) for film in films]
        inside += films
        for film in inside:
            assert sum(holds(half, film) for half in halves) == holds(whole, film)


@settings(deadline=None)
@given(RANGES)
def test_halves_of_a_span_follow_each_other_without_a_gap(whole: Range) -> None:
    halves = split(whole)
    if whole.start < whole.end:
        assert halves is not None
        early, late = halves
        assert (early.start, late.end) == (whole.start, whole.end)
        assert early.start <= early.end == late.start - timedelta(days=1) < late.end


@settings(deadline=None)
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


@settings(deadline=None)
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
