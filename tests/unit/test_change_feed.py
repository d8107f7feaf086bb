"""Following the change feed: which days are asked for, and when the watermark may pass one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from ayne.data_collection.change_feed import FIRST_REACH, REACH, follow_feed, next_stretch
from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb.changes import ChangedFilm, ChangesPage, DayOfChanges, FeedPosition
from ayne.errors import IncompleteChanges
from ayne.kinds import MOVIE, Kind
from tests.virtual_time import Standing, run

NOW = datetime(2026, 6, 1, 16, tzinfo=UTC)
DAY = timedelta(days=1)
SATURDAY, SUNDAY = date(2026, 5, 30), date(2026, 5, 31)


@dataclass
class Followed:
    """What a run lends to whoever follows the feed: a feed, and a store that only writes down what it is told."""

    films: list[ChangedFilm] = field(default_factory=list)
    observed_at: datetime = NOW
    breaks_off: bool = False
    days: list[DayOfChanges] = field(default_factory=list)

    clock = Standing(NOW)
    policy = RefreshPolicy()
    kind = MOVIE

    def __post_init__(self) -> None:
        self.report = RunReport(1)
        self.source = self.store = self

    async def iter_changes(self, start: date, end: date, kind: Kind) -> AsyncIterator[ChangesPage]:
        yield ChangesPage(1, 2 if self.breaks_off else 1, self.films, self.observed_at)
        if self.breaks_off:
            raise IncompleteChanges(["page 2: it was not to be had"])

    async def call(self, do: Callable[..., Any], *arguments: Any) -> Any:
        return do(*arguments)

    def feed_position(self) -> FeedPosition:
        return FeedPosition(SATURDAY - DAY, None)

    def enter_changes(self, day: DayOfChanges, now: datetime) -> tuple[int, int]:
        self.days.append(day)
        return len(day.films), len(day.may_add)

    def tell(self, *of: object) -> None:
        pass

    def follow(self, *, add: bool = False) -> date | None:
        """Follow the feed, and return the watermark that the report tells."""
        run(follow_feed(cast("CollectionRun", self), add=add))
        assert self.report.feed is not None
        return self.report.feed.watermark


def test_each_day_that_is_over_is_entered_and_the_watermark_is_the_last() -> None:
    followed = Followed([ChangedFilm(5), ChangedFilm(6)])
    assert followed.follow() == SUNDAY
    assert [(day.day, list(day.films), day.complete) for day in followed.days] == [
        (SATURDAY, [5, 6], True),
        (SUNDAY, [5, 6], True),
    ]


def test_a_day_of_which_a_page_is_missing_is_entered_and_not_passed() -> None:
    followed = Followed([ChangedFilm(5)], breaks_off=True)
    assert followed.follow() == SATURDAY - DAY
    assert [(day.day, list(day.films), day.complete) for day in followed.days] == [(SATURDAY, [5], False)]
    assert followed.report.missing_pages


def test_a_page_that_was_made_before_all_of_the_day_was_known_is_not_believed_to_be_all() -> None:
    # Eight hours after the end of the day no cache has what was true before it.
    settled = datetime(2026, 5, 31, 8, tzinfo=UTC)
    assert Followed(observed_at=settled - timedelta(seconds=1)).follow() == SATURDAY - DAY
    assert Followed(observed_at=settled).follow() == SATURDAY


def test_films_that_are_not_stored_are_added_when_asked_for_but_no_adult_ones() -> None:
    films = [ChangedFilm(5, adult=False), ChangedFilm(6, adult=True), ChangedFilm(7, adult=None)]
    added, known = Followed(films), Followed(films)
    added.follow(add=True)
    known.follow()
    assert [list(day.may_add) for day in (*added.days, *known.days)] == [[5, 7], [5, 7], [], []]


def test_days_that_are_too_long_ago_are_left_out_and_named() -> None:
    last = NOW.date() - DAY
    stretch = next_stretch(FeedPosition(last - REACH - DAY, None), NOW)
    assert (stretch.first, stretch.last) == (last - REACH + DAY, last)
    assert f"not read from {last - REACH} to {last - REACH}" in str(stretch.gap)
    assert next_stretch(FeedPosition(last - REACH, None), NOW).gap is None
    assert next_stretch(FeedPosition(None, NOW - FIRST_REACH - 2 * DAY), NOW).gap
    assert next_stretch(FeedPosition(None, NOW - DAY), NOW).gap is None
