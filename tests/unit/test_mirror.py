"""The paper on what a mirror costs: its sums, and that its tables are those of the kept figures."""

from __future__ import annotations

import doctest
from datetime import date

import pytest
from benchmarks import mirror
from benchmarks.kept import kept_figures
from benchmarks.mirror import Film, Lists, Shape, cost, shape, upkeep
from benchmarks.mirror_page import PAGE, between, written

STILL = Lists(overhead=1.0, wire=5_000)
PLAIN = Film(wire=800, rows=700, answer=300)
FULL = Film(wire=8_000, rows=7_000, answer=3_000)
TODAY = date(2026, 6, 1)


def test_the_examples_of_the_model_hold() -> None:
    assert doctest.testmod(mirror).failed == 0


def test_parts_cost_bytes_and_no_request() -> None:
    plain, full = cost(1_000, PLAIN, STILL), cost(1_000, FULL, STILL)
    assert plain.requests == full.requests == 1_050
    assert full.wire - plain.wire == 1_000 * (FULL.wire - PLAIN.wire)
    assert (full.file, full.file_without_answers) == (10_000_000, 7_000_000)


def test_ten_times_the_films_take_ten_times_the_hours_and_the_dollars() -> None:
    one, ten = cost(1_000, PLAIN, STILL), cost(10_000, PLAIN, STILL)
    assert ten.hours(40) == pytest.approx(10 * one.hours(40))
    assert ten.dollars == pytest.approx(10 * one.dollars)


def test_a_day_of_upkeep_is_the_feed_the_films_and_the_lists() -> None:
    day = upkeep(60_000, Shape(due_share=0.01, recent_share=0.1), changed_share=0.005, added=7, lists=STILL)
    assert (day.feed, day.changed, day.due, day.added) == (3, 300, 600, 7)
    assert day.lists == (6_000 + 54_000 / 30) / 20
    assert day.requests == 3 + 300 + 600 + 7 + day.lists


def test_films_in_cinemas_come_due_more_often_than_old_ones() -> None:
    new, old = (date(2026, 5, 1).toordinal(), 500, 9.0), (date(1990, 5, 1).toordinal(), 500, 9.0)
    assert shape([new], TODAY).due_share > 20 * shape([old], TODAY).due_share
    assert (shape([new], TODAY).recent_share, shape([old], TODAY).recent_share) == (1, 0)


def test_the_tables_of_the_page_are_those_of_the_kept_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page, {name: entry["figures"] for name, entry in kept_figures().items()}) == page


def test_a_table_that_has_no_place_is_an_error() -> None:
    replaced = between("a <b>old</b> c", "<b>", "</b>", "new")
    assert replaced == "a <b>\n\nnew\n\n</b> c"
    with pytest.raises(ValueError, match="once each"):
        between("</b> <b>", "<b>", "</b>", "new")
