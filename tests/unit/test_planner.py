"""The planner against servers that list as TMDB does: cut off, clamped, flickering, drifting, failing and lying."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from hashlib import blake2b
from itertools import count
from operator import itemgetter
from random import Random
from typing import Any, NamedTuple

import pytest
from benchmarks import drift_modes
from benchmarks.drift_modes import Page
from hypothesis import given, settings
from hypothesis import strategies as st

from ayne.data_collection.tmdb.coverage import Listed, PageRequest, Range, RangeProgress
from ayne.data_collection.tmdb.limits import PAGE_LIMIT, ROW_LIMIT
from ayne.data_collection.tmdb.planner import MOST_PUT_BACK, Planner
from ayne.data_collection.tmdb.question import new_planner, sweep_plan
from ayne.data_collection.tmdb.ranges import split, start
from ayne.data_collection.tmdb.request_bounds import FREE, MOST_PER_PAGE
from ayne.kinds import MOVIE, SERIES, Kind, movie, series
from ayne.kinds.movie import GENRES

SPAN = (date(2018, 1, 1), date(2024, 12, 31))
WHOLE = Range(*SPAN)
DAY = Range(date(2024, 2, 29), date(2024, 2, 29))


def asked(item: Range, page: int, reverse: bool = False) -> PageRequest:
    """A request of a planner that has noticed no drift."""
    return PageRequest(item, page, reverse, "title")


Server = Callable[[PageRequest], Page]
Ledger = dict[Range, RangeProgress]


class Crowd(NamedTuple):
    """So many films that no query can tell apart."""

    day: date
    votes: int = 0
    genres: frozenset[int] = frozenset()
    size: int = 1


def films_of(crowds: Iterable[Crowd]) -> list[Listed]:
    number = count(1)
    films = (
        Listed(next(number), crowd.day, crowd.votes, tuple(crowd.genres)) for crowd in crowds for _ in range(crowd.size)
    )
    return sorted(films, key=itemgetter(1, 2))


def lies_in(item: Range, film: Listed) -> bool:
    return film.day is not None and item.start <= film.day <= item.end and [film] == among(item, [film])


def among(item: Range, films: list[Listed]) -> list[Listed]:
    """Those films of the days of a range that lie in it. Where it has no bound, not each film is asked."""
    if item.min_votes or item.max_votes is not None:
        least, most = item.min_votes or 0, math.inf if item.max_votes is None else item.max_votes
        films = [film for film in films if least <= (film.votes or 0) <= most]
    if item.with_genres:
        films = [film for film in films if set(item.with_genres) <= set(film.genres)]
    if item.without_genres:
        films = [film for film in films if set(item.without_genres).isdisjoint(film.genres)]
    return films


def share(*key: object) -> float:
    """A number from 0 to 1 that the key decides."""
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=6).digest()) / 2**48


class Tmdb:
    """Lists these films as TMDB does.

    ``noise``: by how many films too high its totals are at most. ``drift``: the share of films that each page sees at
    another rank than the others do, up to 300 ranks away.
    """

    def __init__(
        self, films: list[Listed], *, clamped: bool = False, empty_pages: int = 1, noise: int = 0, drift: float = 0.0
    ) -> None:
        self.films = films
        self.clamped = clamped
        self.empty_pages = empty_pages
        self.noise = noise
        self.drift = drift
        self._days = [film.day or date.min for film in films]
        self._found: dict[Range, list[Listed]] = {}
        self._sorted: dict[tuple[Range, str], list[Listed]] = {}

    def found(self, item: Range) -> list[Listed]:
        if item not in self._found:
            first, last = bisect_left(self._days, item.start), bisect_right(self._days, item.end)
            self._found[item] = among(item, self.films[first:last])
        return self._found[item]

    def sorted(self, item: Range, order: str) -> list[Listed]:
        """By titles that are as random as a multiple of the id; everything else is in the order of its days."""
        if (item, order) not in self._sorted:
            found = self.found(item)
            if order == "title":
                found = sorted(found, key=lambda film: film.tmdb_id * 48_271 % 2_147_483_647)
            elif order == "votes":
                found = sorted(found, key=lambda film: film.votes or 0)
            self._sorted[item, order] = found
        return self._sorted[item, order]

    def __call__(self, request: PageRequest) -> Page:
        found = self.sorted(request.range, request.order)
        listed = found[::-1] if request.reverse else found
        if self.drift:
            listed = [film for _, film in sorted(zip(self._ranks(len(found), request), listed, strict=True))]
        rows = listed[20 * request.page - 20 : 20 * request.page] if 1 <= request.page <= PAGE_LIMIT else []
        said = len(found) + int(share(str(request)) * (self.noise + 1))
        pages = math.ceil(said / 20) or self.empty_pages
        if self.clamped:
            pages, said = min(pages, PAGE_LIMIT), min(said, ROW_LIMIT)
        return Page(pages, said, rows, len(rows))

    def _ranks(self, count: int, request: PageRequest) -> list[float]:
        chance = Random(str(request))  # noqa: S311
        return [rank + (chance.uniform(-300, 300) if chance.random() < self.drift else 0) for rank in range(count)]


class Drive:
    """Does what a client does: up to ``width`` pages under way, answered in any order, the ledger kept beside."""

    def __init__(
        self, planner: Planner, server: Server, ledger: Ledger | None = None, *, width: int = 10, seed: int = 0
    ):
        self.planner = planner
        self.server = server
        self.width = width
        self.ledger: Ledger = ledger if ledger is not None else {item.range: item for item in planner.progress}
        self.asked: list[PageRequest] = []
        self.under_way: list[PageRequest] = []
        self.received: dict[int, Listed] = {}
        self.chance = Random(seed)  # noqa: S311

    def step(self) -> bool:
        while len(self.under_way) < self.width and (request := self.planner.take()) is not None:
            self.under_way.append(request)
            self.asked.append(request)
        if not self.under_way:
            return False
        request = self.under_way.pop(self.chance.randrange(len(self.under_way)))
        page = self.server(request)
        self.received.update((film.tmdb_id, film) for film in page.films)
        changed = self.planner.record(request, **page._asdict())
        self.ledger.update((progress.range, progress) for progress in changed)
        return True

    def run(self, most: int = 20_000) -> "Drive":
        while self.step():
            assert len(self.asked) <= most
        return self

    @property
    def leaves(self) -> list[RangeProgress]:
        return [progress for progress in self.ledger.values() if progress.state != "split"]


DAYS = st.dates(*SPAN) | st.sampled_from([*SPAN, date(2019, 12, 31), date(2020, 1, 1), date(2024, 2, 29)])
CROWDS = st.builds(
    Crowd,
    day=DAYS,
    votes=st.integers(0, 9) | st.integers(0, 2_000_000),
    genres=st.frozensets(st.sampled_from(GENRES), max_size=3),
    size=st.integers(1, 400) | st.just(5_200),
)
CATALOGUES = st.lists(CROWDS, max_size=6) | st.builds(
    lambda day, crowds: [crowd._replace(day=day) for crowd in crowds], DAYS, st.lists(CROWDS, max_size=5)
)
SERVERS = st.fixed_dictionaries({"clamped": st.booleans(), "empty_pages": st.sampled_from([0, 1])})


@settings(deadline=None, max_examples=4)
@given(CATALOGUES, SERVERS, st.integers(1, 20), st.integers(0, 2**32))
def test_every_film_is_received_once_unless_its_range_is_said_to_be_overfull(
    crowds: list[Crowd], server: dict[str, Any], width: int, seed: int
) -> None:
    tmdb = Tmdb(films_of(crowds), **server)
    drive = Drive(Planner([WHOLE]), tmdb, width=width, seed=seed).run()

    for film in films_of(crowds):
        assert len([leaf for leaf in drive.leaves if lies_in(leaf.range, film)]) == 1
    for leaf in drive.leaves:
        films = tmdb.found(leaf.range)
        assert leaf.state in {"proven", "overfull"}
        if leaf.state == "proven":
            assert len(films) < ROW_LIMIT
            assert leaf.distinct == len(films)
            assert {film.tmdb_id for film in films} <= drive.received.keys()
        else:
            assert len(films) >= ROW_LIMIT
            assert leaf.rows == ROW_LIMIT
            assert split(leaf.range) is None


@settings(deadline=None, max_examples=4)
@given(CATALOGUES, SERVERS, st.integers(1, 20), st.integers(0, 2**32))
def test_no_page_is_asked_for_twice_nor_past_the_last_that_tmdb_serves(
    crowds: list[Crowd], server: dict[str, Any], width: int, seed: int
) -> None:
    drive = Drive(Planner([WHOLE]), Tmdb(films_of(crowds), **server), width=width, seed=seed).run()
    assert len(drive.asked) == len(set(drive.asked))
    assert max(request.page for request in drive.asked) <= PAGE_LIMIT
    assert drive.planner.pages_done == drive.planner.pages_known == len(drive.asked)
    assert {item.range: item for item in drive.planner.progress} == drive.ledger


@settings(deadline=None, max_examples=4)
@given(CATALOGUES, st.booleans(), st.sampled_from([0.0, 0.1]), st.floats(0, 1), st.integers(0, 2**32))
def test_a_discovery_that_was_broken_off_anywhere_asks_only_for_what_is_missing(
    crowds: list[Crowd], clamped: bool, drift: float, progress_made: float, seed: int
) -> None:
    films = [film for film in films_of(crowds) if drift == 0 or film.tmdb_id < 400]
    server = Tmdb(films, clamped=clamped, drift=drift)
    whole = Drive(Planner([WHOLE]), server, seed=seed).run()
    broken = Drive(Planner([WHOLE]), server, seed=seed)
    for _ in range(int(progress_made * len(whole.asked))):
        broken.step()
    had = {
        asked(item, page, progress.sweeps == 1)
        for item, progress in broken.ledger.items()
        for page in progress.pages_done
    }

    planner = Planner([WHOLE], known=broken.ledger.values(), listed=broken.received.values())
    resumed = Drive(planner, server, broken.ledger, seed=seed)
    resumed.received.update(broken.received)
    resumed.run()

    assert had.isdisjoint(resumed.asked)
    states = {leaf.state for leaf in resumed.leaves}
    assert states <= {"proven", "overfull", "best effort"}
    if not drift:
        assert resumed.planner.pages_done == len(had) + len(resumed.asked)
        leaves = {leaf.range: (leaf.state, leaf.distinct) for leaf in whole.leaves}
        assert {leaf.range: (leaf.state, leaf.distinct) for leaf in resumed.leaves} == leaves
    for leaf in resumed.leaves:
        if leaf.state == "proven":
            assert {film.tmdb_id for film in server.found(leaf.range)} <= resumed.received.keys()


def test_a_finished_discovery_that_is_resumed_asks_for_nothing() -> None:
    films = films_of([Crowd(DAY.start, size=10_100), Crowd(SPAN[0])])
    drive = Drive(Planner([WHOLE]), Tmdb(films)).run()
    assert Planner([WHOLE], known=drive.ledger.values()).take() is None


def spread(films_a_day: int, *, days: int = (SPAN[1] - SPAN[0]).days + 1) -> list[Listed]:
    return films_of(Crowd(SPAN[0] + timedelta(days=n), n % 50, size=films_a_day) for n in range(days))


def test_the_pieces_of_a_split_cost_one_page_each_and_the_rest_is_films() -> None:
    drive = Drive(Planner([WHOLE]), Tmdb(spread(20))).run()
    splits = len(drive.ledger) - len(drive.leaves)
    assert len(drive.asked) == len(spread(1)) + splits
    assert splits < 20


# --- closing the gap ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drift", [0.0005, 0.15])
def test_films_that_change_places_between_pages_are_found_all_the_same(drift: float) -> None:
    found_all_the_same(drift, seed=1)


def found_all_the_same(drift: float, seed: int) -> None:
    films = spread(3, days=700)
    drive = Drive(Planner([WHOLE]), Tmdb(films, drift=drift), seed=seed).run()
    assert drive.received.keys() == {film.tmdb_id for film in films}
    assert {leaf.state for leaf in drive.leaves} == {"proven"}
    # Here a film strays to either end of a short list, which is worse than anything that was recorded.
    assert len(drive.asked) < 3 * len(films) / 20


def test_of_a_server_that_drifts_as_was_recorded_all_films_are_found_for_little_more() -> None:
    films = drift_modes.catalogue(3_000, 0)
    figures = drift_modes.discover(films, drift_modes.MODES["the recorded walk"]())
    assert figures["found"] == len(films)
    assert figures["ranges"].keys() == {"proven"}
    # Of 60,000 films it is 1.22 (`python -m benchmarks.figures drifting_pages`); here it takes a tenth to notice.
    assert figures["requests"] <= 1.4 * len(films) / 20


def test_a_steady_server_is_asked_for_no_page_more_than_its_films_need() -> None:
    drive = Drive(Planner([WHOLE]), Tmdb(spread(3))).run()
    assert len(drive.asked) == math.ceil(len(spread(3)) / 20)
    assert [leaf.sweeps for leaf in drive.leaves] == [0]


def test_a_range_is_proven_only_when_as_many_films_are_known_as_were_ever_reported() -> None:
    drive = Drive(Planner([WHOLE]), Tmdb(spread(3, days=500), drift=0.1, noise=2)).run()
    for leaf in drive.leaves:
        assert (leaf.state == "proven") == (leaf.distinct >= (leaf.reported_high or 0))


def test_a_page_from_the_other_end_stands_for_what_was_the_last_when_it_was_asked_for() -> None:
    unvoted = replace(DAY, min_votes=0, max_votes=0)  # cannot be cut
    drifted = RangeProgress(replace(DAY, min_votes=1), "proven", rows=10_000, distinct=9_000)
    planner = Planner([unvoted], known=[drifted], genres=())
    assert planner.take() == asked(unvoted, 1)
    recorded(planner, unvoted, 1, 46)
    from_the_other_end = asked(unvoted, 1, reverse=True)
    assert [planner.take(), planner.take()] == [asked(unvoted, 2), from_the_other_end]
    assert recorded(planner, unvoted, 2, 90).pages == 5
    progress = planner.record(from_the_other_end, total_pages=5, total_results=90, films=[], rows=20)[0]
    assert progress.pages_done == {1, 2, 3}
    assert [planner.take(), planner.take(), planner.take()] == [asked(unvoted, 4), asked(unvoted, 5), None]


def test_a_page_from_the_other_end_that_was_dropped_is_asked_for_from_there_when_it_is_wanted_again() -> None:
    unvoted = replace(DAY, min_votes=0, max_votes=0)
    drifted = RangeProgress(replace(DAY, min_votes=1), "proven", rows=10_000, distinct=9_000)
    planner = Planner([unvoted], known=[drifted], genres=())
    assert planner.take() == asked(unvoted, 1)
    recorded(planner, unvoted, 1, 46)
    assert planner.take() == asked(unvoted, 2)
    assert recorded(planner, unvoted, 2, 46, rows=26).state == "proven"
    assert planner.take() is None
    assert recorded(planner, unvoted, 2, 50, rows=1).state == "open"
    assert planner.take() == asked(unvoted, 1, reverse=True)


@pytest.mark.parametrize("broken_off_after", [None, 3, 30, 60])
def test_a_day_that_nothing_orders_is_listed_from_both_ends_until_no_film_is_missing(
    broken_off_after: int | None,
) -> None:
    """Films without votes and genres: in the middle of their list many are lost, at its far end few."""
    unvoted = replace(DAY, min_votes=0, max_votes=0)
    drifted = RangeProgress(replace(DAY, min_votes=1), "proven", rows=10_000, distinct=9_000)
    films = films_of([Crowd(DAY.start, size=1_000)])
    server = drift_modes.Lister(films, drift_modes.MODES["the recorded walk"]()).page
    drive = Drive(Planner([unvoted], known=[drifted], genres=()), server)
    if broken_off_after:
        for _ in range(broken_off_after):
            drive.step()
        known = Planner([unvoted], known=drive.ledger.values(), listed=drive.received.values(), genres=())
        before, drive = drive, Drive(known, server, drive.ledger)
        drive.received.update(before.received)
        drive.asked.extend(before.asked)
    drive.run()
    assert drive.received.keys() == {film.tmdb_id for film in films}
    assert drive.ledger[unvoted].state == "proven"
    first = [request for request in drive.asked if request.order == "title" and request.page > 1]
    assert len(drive.asked) < 4 * len(films) / 20
    if not broken_off_after:
        assert {request.page for request in first} == set(range(25, 51))


def test_a_film_that_is_reported_and_never_listed_ends_in_best_effort_of_a_small_range() -> None:
    films = spread(3)
    hidden = films[4000]
    tmdb = Tmdb(films)

    def server(request: PageRequest) -> Page:
        page = tmdb(request)
        rows = [film for film in page.films if film != hidden]
        return page._replace(films=rows, rows=len(rows))

    drive = Drive(Planner([WHOLE]), server).run()
    (leaf,) = (leaf for leaf in drive.leaves if leaf.state != "proven")
    assert (leaf.state, leaf.sweeps) == ("best effort", 1)
    assert lies_in(leaf.range, hidden)
    assert len(tmdb.found(leaf.range)) == leaf.distinct + 1 <= 20
    # Two requests a halving, not another discovery.
    assert len(drive.asked) < len(films) / 20 + 40


def test_a_server_that_always_reports_more_than_it_lists_is_not_searched_for_ever() -> None:
    def liar(request: PageRequest) -> Page:
        return Page(5, 100, [Listed(n, DAY.start, 0, ()) for n in range(1, 21)], 20)

    drive = Drive(Planner([WHOLE]), liar).run(most=5_000)
    assert {leaf.state for leaf in drive.leaves} == {"best effort"}


def test_with_a_page_limit_nothing_is_searched_for() -> None:
    drive = Drive(Planner([WHOLE], max_pages=5), Tmdb(spread(3, days=30), drift=0.3)).run()
    assert [leaf.range for leaf in drive.leaves] == [WHOLE]
    assert len(drive.asked) == 5


def test_pages_are_left_out_once_a_range_is_proven() -> None:
    planner = Planner([DAY])
    films = films_of([Crowd(DAY.start, size=60)])
    assert planner.take() == asked(DAY, 1)
    planner.record(asked(DAY, 1), total_pages=3, total_results=60, films=films[:20], rows=20)
    assert planner.take() == asked(DAY, 2)
    ledger = planner.record(asked(DAY, 2), total_pages=3, total_results=60, films=films[20:], rows=40)
    assert ledger[0].state == "proven"
    assert planner.take() is None


def test_known_counts_by_day_make_pieces_that_need_no_further_cut() -> None:
    films = spread(9)
    counts = dict.fromkeys((SPAN[0] + timedelta(days=n) for n in range((SPAN[1] - SPAN[0]).days + 1)), 9)
    without = Drive(Planner([WHOLE]), Tmdb(films)).run()
    with_counts = Drive(Planner([WHOLE], films_of_day=counts), Tmdb(films)).run()
    assert with_counts.received.keys() == without.received.keys()
    assert len(with_counts.ledger) - len(with_counts.leaves) == 1 < len(without.ledger) - len(without.leaves)
    assert len(with_counts.asked) < len(without.asked)


# --- one page at a time ---------------------------------------------------------------------------------------------


def recorded(planner: Planner, item: Range, page: int, total: int, rows: int = 20) -> RangeProgress:
    """Receive a page whose films nobody has seen before."""
    first = 20 * page
    films = [Listed(first + n, item.start, 0, ()) for n in range(rows)]
    return planner.record(
        asked(item, page), total_pages=math.ceil(total / 20), total_results=total, films=films, rows=rows
    )[0]


def pages_left(planner: Planner) -> list[int]:
    pages = []
    while (request := planner.take()) is not None:
        pages.append(request.page)
    return pages


@pytest.mark.parametrize("total_pages", [0, 1])
def test_an_empty_answer_proves_the_range_empty(total_pages: int) -> None:
    planner = Planner([DAY])
    assert planner.take() == asked(DAY, 1)
    ledger = planner.record(asked(DAY, 1), total_pages=total_pages, total_results=0, films=[], rows=0)
    assert [progress.state for progress in ledger] == ["proven"]
    assert planner.take() is None


def test_a_page_that_is_not_full_is_not_the_last() -> None:
    planner = Planner([DAY])
    assert recorded(planner, DAY, 1, 60, rows=19).state == "open"
    assert pages_left(planner) == [1, 2, 3]


def test_a_page_that_is_empty_does_not_make_a_range_complete() -> None:
    planner = Planner([DAY])
    recorded(planner, DAY, 1, 60)
    assert recorded(planner, DAY, 2, 60, rows=0).state == "open"


def test_behind_a_page_without_rows_nothing_is_asked_for() -> None:
    """A total that is far too high would have hundreds of empty pages asked for."""
    planner = Planner([DAY])
    assert planner.take() == asked(DAY, 1)
    recorded(planner, DAY, 1, 9_000)
    assert planner.take() == asked(DAY, 2)
    recorded(planner, DAY, 2, 9_000, rows=0)
    left = 0
    while request := planner.take():
        left += 1
        planner.record(request, total_pages=450, total_results=9_000, films=[], rows=0)
    assert left < 600
    assert "best effort" in {progress.state for progress in planner.progress}


def test_a_page_with_rows_behind_one_without_has_the_others_asked_for_after_all() -> None:
    planner = Planner([DAY])
    assert planner.take() == asked(DAY, 1)
    recorded(planner, DAY, 1, 200)
    assert [planner.take() for _ in range(3)][-1] == asked(DAY, 4)
    recorded(planner, DAY, 2, 200, rows=0)
    recorded(planner, DAY, 4, 200)
    assert pages_left(planner) == [5, 6, 7, 8, 9, 10]


def test_a_page_that_shows_there_is_one_more_has_it_fetched() -> None:
    planner = Planner([DAY])
    recorded(planner, DAY, 1, 40)
    assert pages_left(planner) == [1, 2]
    assert recorded(planner, DAY, 2, 41).state == "open"
    assert pages_left(planner) == [3]
    assert recorded(planner, DAY, 3, 41, rows=1).state == "proven"


def test_totals_that_shrink_take_no_page_back() -> None:
    planner = Planner([DAY])
    recorded(planner, DAY, 1, 60)
    progress = recorded(planner, DAY, 2, 20)
    assert (progress.state, progress.pages) == ("open", 3)


def test_the_lowest_and_the_highest_total_are_kept() -> None:
    planner = Planner([DAY])
    for page, total in enumerate((55, 41, 60), 1):
        progress = recorded(planner, DAY, page, total)
    assert (progress.reported_low, progress.reported_high, progress.rows) == (41, 60, 60)


def test_a_range_that_was_proven_is_open_again_when_a_late_page_reports_more() -> None:
    planner = Planner([DAY])
    recorded(planner, DAY, 1, 40)
    assert pages_left(planner) == [1, 2]
    films = [Listed(1000 + n, DAY.start, 0, ()) for n in range(40)]
    planner.record(asked(DAY, 1), total_pages=2, total_results=40, films=films, rows=40)
    assert [progress.state for progress in planner.progress] == ["proven"]
    assert recorded(planner, DAY, 2, 90).state == "open"
    assert pages_left(planner) == [3, 4, 5]


def test_a_range_that_turns_out_saturated_midway_is_split_and_its_waiting_pages_dropped() -> None:
    planner = Planner([WHOLE])
    recorded(planner, WHOLE, 1, 9_990)
    assert [planner.take() for _ in range(3)] == [asked(WHOLE, page) for page in (1, 2, 3)]
    ledger = planner.record(asked(WHOLE, 2), total_pages=501, total_results=10_001, films=[], rows=20)
    assert [progress.state for progress in ledger] == ["split", "open", "open"]
    assert {planner.take(), planner.take(), planner.take()} == {
        asked(ledger[1].range, 1),
        asked(ledger[2].range, 1),
        None,
    }


def test_the_films_of_a_late_page_of_a_split_range_count_for_its_pieces() -> None:
    planner = Planner([WHOLE])
    recorded(planner, WHOLE, 1, 9_990)
    recorded(planner, WHOLE, 2, 10_000)
    film = Listed(7, SPAN[1], 0, ())
    whole, gained = planner.record(asked(WHOLE, 3), total_pages=510, total_results=10_200, films=[film], rows=1)
    assert (whole.state, whole.rows) == ("split", 41)
    assert (gained.range.end, gained.distinct) == (SPAN[1], 1)


def test_a_late_page_can_prove_a_piece() -> None:
    planner = Planner([WHOLE])
    recorded(planner, WHOLE, 1, 9_990)
    _, _, late = planner.record(asked(WHOLE, 2), total_pages=501, total_results=10_001, films=[], rows=0)
    planner.take()
    planner.record(asked(late.range, 1), total_pages=1, total_results=1, films=[], rows=0)
    film = Listed(7, SPAN[1], 0, ())
    ledger = planner.record(asked(WHOLE, 3), total_pages=501, total_results=10_001, films=[film], rows=1)
    assert [(progress.range, progress.state) for progress in ledger[1:]] == [(late.range, "proven")]


def test_what_cannot_be_split_is_fetched_as_far_as_it_goes_and_called_overfull() -> None:
    drive = Drive(Planner([DAY]), Tmdb(films_of([Crowd(DAY.start, 3, frozenset({18}), 12_000)]))).run()
    (overfull,) = (leaf for leaf in drive.leaves if leaf.state == "overfull")
    assert (overfull.rows, overfull.reported_high, len(overfull.pages_done)) == (10_000, 12_000, PAGE_LIMIT)
    assert all(leaf.rows == 0 for leaf in drive.leaves if leaf is not overfull)


@pytest.mark.parametrize("total", [0, 1, 19])
def test_a_page_with_more_rows_than_the_server_counts_proves_nothing(total: int) -> None:
    films = films_of([Crowd(DAY.start, size=20)])

    def server(request: PageRequest) -> Page:
        rows = films if request.page == 1 else []
        return Page(1, total, rows, len(rows))

    drive = Drive(Planner([DAY]), server).run(most=10)
    assert [(leaf.state, leaf.distinct) for leaf in drive.leaves] == [("best effort", 20)]


def test_a_last_page_that_is_fuller_than_the_total_allows_is_not_the_last() -> None:
    """A total that is too low hides the films behind it."""
    films = films_of([Crowd(DAY.start, size=1_000)])
    tmdb = Tmdb(films)

    def too_low(request: PageRequest) -> Page:
        return tmdb(request)._replace(total_pages=46, total_results=909)

    drive = Drive(Planner([DAY]), too_low).run(most=200)
    assert drive.received.keys() == {film.tmdb_id for film in films}
    assert "proven" not in {leaf.state for leaf in drive.leaves if leaf.distinct > 20}


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "state", "pages"),
    [(0, "proven", 1), (99, "proven", 5), (100, "proven", 5), (101, "capped", 5), (50_000, "capped", 5)],
)
def test_max_pages_fetches_so_many_pages_of_a_range_and_never_splits(total: int, state: str, pages: int) -> None:
    drive = Drive(Planner([WHOLE], max_pages=5), Tmdb(films_of([Crowd(SPAN[0], size=total)]))).run()
    assert list(drive.ledger) == [WHOLE]
    assert drive.ledger[WHOLE].state == state
    assert len(drive.asked) == pages


def test_a_range_is_capped_when_any_page_said_there_was_more() -> None:
    planner = Planner([DAY], max_pages=2)
    recorded(planner, DAY, 1, 41)
    assert recorded(planner, DAY, 2, 40).state == "capped"


@pytest.mark.parametrize("clamped", [True, False])
@pytest.mark.parametrize("max_pages", [499, 500, 1000])
def test_a_range_of_which_films_are_missing_is_never_called_proven(clamped: bool, max_pages: int) -> None:
    server = Tmdb(films_of([Crowd(SPAN[0], size=10_100)]), clamped=clamped)
    drive = Drive(Planner([WHOLE], max_pages=max_pages), server).run()
    assert drive.ledger[WHOLE].state in {"capped", "best effort"}
    assert len(drive.asked) == min(max_pages, PAGE_LIMIT)


def test_counting_asks_for_the_first_page_of_each_range_only() -> None:
    crowds = [Crowd(date(year, month, 1), size=300) for year in range(2018, 2025) for month in range(1, 13)]
    whole = Drive(Planner([WHOLE]), Tmdb(films_of(crowds))).run()
    drive = Drive(Planner([WHOLE], count_only=True), Tmdb(films_of(crowds))).run()
    assert {request.page for request in drive.asked} == {1}
    assert {leaf.range: leaf.pages for leaf in drive.leaves} == {leaf.range: leaf.pages for leaf in whole.leaves}
    assert sum(leaf.reported_high or 0 for leaf in drive.leaves) == 300 * 84


def test_a_page_that_cannot_be_had_is_put_back_so_often_and_no_more() -> None:
    planner = Planner([DAY, WHOLE])
    day, whole = asked(DAY, 1), asked(WHOLE, 1)
    assert [planner.take(), planner.take()] == [day, whole]
    for _ in range(MOST_PUT_BACK):
        assert planner.put_back(day)
        assert planner.take() == day
    assert not planner.put_back(day)
    assert planner.take() is None
    assert planner.put_back(whole)


def test_a_page_put_back_waits_for_all_others() -> None:
    planner = Planner([DAY])
    recorded(planner, DAY, 1, 80)
    assert pages_left(planner)[:2] == [1, 2]
    assert planner.put_back(asked(DAY, 2))
    assert pages_left(planner) == [2]


def test_a_page_given_up_leaves_its_range_open_and_counts_no_more() -> None:
    planner = Planner([DAY])
    planner.take()
    recorded(planner, DAY, 1, 40)
    for _ in range(MOST_PUT_BACK + 1):
        assert planner.take() == asked(DAY, 2)
        planner.put_back(asked(DAY, 2))
    assert (planner.pages_done, planner.pages_known) == (1, 1)
    assert [progress.state for progress in planner.progress] == ["open"]


def everything_is_saturated(request: PageRequest) -> Page:
    return Page(501, 10_020, [], 20)


def test_a_server_that_calls_everything_saturated_is_not_split_for_ever() -> None:
    drive = Drive(Planner([WHOLE], count_only=True), everything_is_saturated).run(most=FREE + 10)
    assert {leaf.state for leaf in drive.leaves} == {"overfull"}


ALL = frozenset({"date.gte", "date.lte", "votes.gte", "votes.lte", "with_genres", "without_genres"})
# One of each kind; tests/integration/test_any_server.py has the others.
LIARS: dict[str, Callable[[], drift_modes.Server]] = {
    "date.gte ignored": partial(drift_modes.Server, ignores=frozenset({"date.gte"})),
    "votes and genres ignored": partial(drift_modes.Server, ignores=ALL - {"date.gte", "date.lte"}),
    "everything ignored": partial(drift_modes.Server, ignores=ALL),
    "random totals": drift_modes.MODES["random totals"],
    "totals without end": drift_modes.MODES["totals without end"],
}


@pytest.fixture(scope="module")
def busy() -> list[Listed]:
    return busy_day()


def busy_day() -> list[Listed]:
    """More films than can be listed, nearly all of one day."""
    return drift_modes.catalogue(11_000, 10_500)


@pytest.mark.parametrize("server", LIARS)
def test_whatever_a_server_answers_a_discovery_ends_within_its_bound(server: str, busy: list[Listed]) -> None:
    ends_within_its_bound(LIARS[server](), busy)


def ends_within_its_bound(server: drift_modes.Server, films: list[Listed]) -> None:
    lister = drift_modes.Lister(films, server)
    width = 10
    drive = Drive(Planner(drift_modes.whole_span()), lister.page, width=width).run(most=5_000)
    fewest = math.ceil(len(drive.received) / 20)
    assert len(drive.asked) <= FREE + MOST_PER_PAGE * fewest + width
    # It is finished, so nothing is asked for again.
    assert "open" not in {leaf.state for leaf in drive.leaves}
    assert Planner(drift_modes.whole_span(), known=drive.ledger.values()).take() is None


def test_resuming_does_not_allow_more_requests() -> None:
    drive = Drive(Planner([WHOLE], count_only=True), everything_is_saturated)
    while sum(progress.state == "split" for progress in drive.planner.progress) < 2 and drive.step():
        pass
    days = (date(1900, 1, 1) + timedelta(days=n) for n in range(FREE))
    known = [
        *drive.ledger.values(),
        *(RangeProgress(Range(day, day), "split", pages_done=frozenset({1})) for day in days),
    ]
    resumed = Planner([WHOLE], known=known, count_only=True)
    request = resumed.take()
    assert request is not None
    assert {item.state for item in resumed.record(request, **everything_is_saturated(request)._asdict())} == {
        "overfull"
    }


@pytest.mark.parametrize("kind", [MOVIE, SERIES], ids=lambda kind: kind.name)
def test_a_day_that_votes_cannot_cut_is_cut_by_the_genres_of_its_kind(kind: Kind) -> None:
    unvoted, named = replace(DAY, min_votes=0, max_votes=0), set[int]()
    known = [RangeProgress(start(2024, 2024)[0], "split"), RangeProgress(unvoted)]
    planner = new_planner(sweep_plan(DAY.start.year, kind=kind), known=known)
    while (request := planner.take()) is not None:
        named |= {*request.range.with_genres, *request.range.without_genres}
        # Whatever has no genre at all is still too many.
        full = not request.range.with_genres
        planner.record(request, total_pages=600 if full else 0, total_results=12_000 if full else 0, films=[], rows=0)
    assert kind.discover
    assert named == set(kind.discover.genres) == set(GENRE_IDS[kind.name].values())


GENRE_IDS = {"movie": movie.GENRE_IDS, "series": series.GENRE_IDS}
