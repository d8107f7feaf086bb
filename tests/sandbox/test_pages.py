import math

import pytest

from ayne.sandbox.pages import Paging

CUTS = [(total, short) for total in (1, 19, 20, 21, 380, 399, 400, 401, 10_001) for short in (0.0, 0.05, 0.5, 1.0)]


@pytest.mark.parametrize(("total", "short"), CUTS)
def test_every_film_stands_on_exactly_one_page(total: int, short: float) -> None:
    paging = Paging.of("a query", total, short)
    films = range(total)
    shown = [film for page in range(1, paging.pages + 1) for film in films[paging.rows(page)]]
    assert shown == list(films)


@pytest.mark.parametrize(("total", "short"), CUTS)
def test_no_page_but_the_last_is_shorter_than_19_and_none_is_empty(total: int, short: float) -> None:
    paging = Paging.of("a query", total, short)
    sizes = [len(range(total)[paging.rows(page)]) for page in range(1, paging.pages + 1)]
    assert set(sizes[:-1]) <= {19, 20}
    assert 1 <= sizes[-1] <= 20


def test_the_share_of_short_pages_is_what_was_asked_for() -> None:
    paging = Paging.of("a query", 4000, 0.1)
    sizes = [len(range(4000)[paging.rows(page)]) for page in range(1, 201)]
    assert sizes.count(19) == 20


def test_which_pages_are_short_depends_on_the_query() -> None:
    cuts = {Paging.of(f"query {n}", 4000, 0.1).rows(5).start for n in range(50)}
    assert len(cuts) == 2


def test_without_short_pages_the_totals_are_tmdbs() -> None:
    for total in (1, 20, 21, 9999):
        assert Paging(total).pages == math.ceil(total / 20)


def test_an_empty_answer_counts_one_page() -> None:
    assert Paging(0).totals("true") == {"total_pages": 1, "total_results": 0}


def test_clamped_totals_never_pass_500_pages() -> None:
    assert Paging(12_000).totals("clamped") == {"total_pages": 500, "total_results": 10_000}
    assert Paging(12_000).totals("true") == {"total_pages": 600, "total_results": 12_000}
