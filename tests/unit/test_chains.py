"""Chains: what totals prove of the films between them, and where a first page is cut."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from ayne.data_collection.tmdb.chains import PATIENCE, Chain, cut_after, reaches_into
from ayne.data_collection.tmdb.coverage import Listed, Range

FIRST = date(2024, 6, 1)
JUNE = Range(FIRST, date(2024, 6, 30))
DAY = Range(FIRST, FIRST)


@dataclass(eq=False)
class Known:
    """A link with so many films that are known."""

    size: int
    is_asked: bool = False
    is_finished: bool = False


def chain(total: int, *links: tuple[Known, int]) -> Chain[Known]:
    made = Chain[Known](total)
    for link, behind in links:
        made.add(link, behind)
    return made


def test_a_link_is_proven_when_the_totals_differ_by_its_films() -> None:
    link = Known(17)
    made = chain(100, (link, 83))
    assert made.prove() == [link]
    assert (made.total, made.prove()) == (83, [])


def test_a_link_that_lacks_a_film_is_not_proven_nor_are_those_behind_it() -> None:
    made = chain(100, (Known(16), 83), (Known(18), 65))
    assert made.prove() == []


def test_the_links_before_the_one_that_lacks_a_film_are_proven() -> None:
    whole, lacking = Known(17), Known(16)
    made = chain(100, (whole, 83), (lacking, 66))
    assert made.prove() == [whole]
    assert made.total == 83


def test_a_total_that_is_too_low_for_once_is_made_good_by_the_next() -> None:
    links = Known(17), Known(18)
    made = chain(100, (links[0], 82), (links[1], 65))
    assert made.prove() == list(links)


def test_the_first_links_of_many_films_are_asked_for_because_a_first_total_may_be_too_low() -> None:
    """It says 8,999 of 9,000, so a link that lacks a film looks whole."""
    lacking, second, third = Known(16), Known(18), Known(17)
    made = chain(8_999, (lacking, 8_983))
    assert made.prove() == []
    assert made.suspect() is lacking
    lacking.size, lacking.is_asked, lacking.is_finished = 17, True, True
    assert made.prove() == [lacking]
    assert made.total == 8_983
    made.add(second, 8_965)
    assert made.prove() == []
    assert made.suspect() is second
    second.is_asked = second.is_finished = True
    assert made.prove() == [second]
    made.add(third, 8_948)
    assert made.prove() == [third]


def test_a_link_that_was_asked_for_counts_as_the_server_counts_it() -> None:
    lacking, behind = Known(16), Known(18)
    made = chain(100, (lacking, 83), (behind, 65))
    assert made.prove() == []
    lacking.size, lacking.is_asked, lacking.is_finished = 17, True, True
    assert made.prove() == [lacking, behind]


def test_links_that_were_all_asked_for_are_whole_whatever_a_total_said() -> None:
    link = Known(17, is_asked=True, is_finished=True)
    made = chain(101, (link, 83))
    assert made.prove() == [link]
    assert made.total == 83


def test_a_link_is_asked_for_when_the_totals_have_long_not_agreed() -> None:
    links = [Known(17) for _ in range(PATIENCE)]
    made = chain(950, *((link, 900 - 17 * place) for place, link in enumerate(links)))
    assert made.suspect() is None
    made.add(Known(17), 700)
    assert made.suspect() is links[0]
    links[0].is_asked = True
    assert made.suspect() is None
    links[0].is_finished = True
    assert made.suspect() is None
    made.has_ended = True
    assert made.suspect() is links[1]


def page(*days: int, votes: tuple[int, ...] = ()) -> list[Listed]:
    return [
        Listed(number, FIRST + timedelta(days=day), votes[number] if votes else 0, ())
        for number, day in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("days", "last"),
    [
        # In order: up to the last day, which may go on.
        ([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], 4),
        # A long way to the last film: it may have come from there.
        ([0, 0, 1, 1, 2, 2, 3, 3, 4, 9], 4),
        # A later film between others, near the end: one is missing there.
        ([0, 0, 1, 1, 2, 2, 3, 9, 4, 4], 3),
        ([0, 0, 1, 1, 2, 2, 3, 5, 4, 5], 3),
        # Far from the end, on the way down or up: the page is good all the same.
        ([0, 0, 9, 1, 2, 2, 3, 3, 4, 4], 4),
        ([0, 1, 1, 1, 0, 2, 3, 3, 4, 4], 4),
    ],
)
def test_a_page_is_believed_as_far_as_it_is_in_order(days: list[int], last: int) -> None:
    cut = cut_after(JUNE, page(*days))
    assert cut is not None
    before, behind = cut
    assert (before.start, before.end + timedelta(days=1), behind.end) == (JUNE.start, behind.start, JUNE.end)
    assert behind.start == FIRST + timedelta(days=last)


def test_a_day_is_cut_by_votes_where_its_page_ends() -> None:
    listed = page(*[0] * 6, votes=(0, 0, 0, 1, 1, 2))
    assert cut_after(DAY, listed) == (replace(DAY, max_votes=1), replace(DAY, min_votes=2))
    assert cut_after(replace(DAY, min_votes=3, max_votes=3), listed) is None


def test_a_page_that_ends_where_it_begins_does_not_know_that_day_whole() -> None:
    listed = page(0, 0, 0)
    cut = cut_after(JUNE, listed)
    assert cut is not None
    assert cut[0] == DAY
    assert reaches_into(cut[0], listed)
