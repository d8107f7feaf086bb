"""Daily refreshing against films that change: nothing that the feed names is lost, whatever happens between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from ayne.data_collection.change_feed import next_stretch
from ayne.data_collection.commit import Commit
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.changes import FeedPosition
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreError
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.discovery import Query
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.life.journal import is_in_feed
from ayne.sandbox.pace import Pace
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from tests.in_process import KEY, make_client
from tests.virtual_time import Inline, VirtualClock, run

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = 86_400
HOUR = 3_600
FILMS = Catalogue.generated(250, seed=3)
# Votes and popularity do not move: the feed says nothing of them.
PACE = Pace(added=0.01, edited=0.08, moved=0, deleted=0.005, merged=0.002, returned=0.3)


class Lived(VirtualClock):
    """A wall clock that shows the world's time."""

    def __init__(self, own: SandboxClock) -> None:
        self._own = own

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._own.now(), UTC)


class Life:
    """A living sandbox, a store of its films, and a way to run something on both."""

    def __init__(self, *, at: float = 16 * HOUR, pace: Pace = PACE, **options: Any) -> None:
        self.own = SandboxClock(START.timestamp() + at, 0, real=lambda: 0.0)
        self.world = World(FILMS, seed=7, pace=pace, start=START.timestamp())
        self.app = SandboxApp(self.world, own_time=self.own, clock=lambda: asyncio.get_running_loop().time(), **options)
        self.clock = Lived(self.own)
        self.db = DuckDBClient(":memory:", clock=self.clock)

    def run(self, what: Callable[[DataCollectionOrchestrator], Any], store: Any = None, **options: Any) -> RunReport:
        async def to_the_end() -> Any:
            async with make_client(self.app, requests_per_second=1e6, clock=self.clock) as client:
                collection = DataCollectionOrchestrator(
                    store or self.db, client, clock=self.clock, store_executor=Inline(), **options
                )
                return await what(collection)

        report: RunReport = run(to_the_end())
        return report

    def collect(self, **options: Any) -> RunReport:
        return self.run(lambda collection: collection.run_full_collection(1880, 2040, 0, min_vote_count=0, **options))

    def refresh(self, store: Any = None, policy: RefreshPolicy | None = None, **options: Any) -> RunReport:
        return self.run(lambda collection: collection.run_refresh(**options), store, policy=policy)

    def pass_days(self, days: float = 1) -> None:
        self.own.advance(days * DAY)

    def wrong(self) -> list[int]:
        """Stored films that are not as they were at the watermark, nor as they became after it."""
        now = self.own.now()
        watermark = self.db.feed_position().watermark
        assert watermark is not None
        since = (datetime(watermark.year, watermark.month, watermark.day, tzinfo=UTC)).timestamp() + DAY
        later: dict[int, list[float]] = {}
        for event in self.world.events(since, now, now):
            if is_in_feed(event):
                later.setdefault(event.film, []).append(event.at)
        bodies = {answer.tmdb_id: answer for answer in self.db.kept_answers(0, 10_000)}
        stored = self.db.query("SELECT tmdb_id, gone_at, merged_into FROM movies WHERE details_at IS NOT NULL")
        found = []
        for tmdb_id, gone_at, merged_into in stored.rows:
            held: Any = json.loads(bodies[tmdb_id].body)
            if gone_at or merged_into:
                held = None
            moments = [since, *later.get(tmdb_id, ())]
            if held not in [self._body(tmdb_id, bodies[tmdb_id].parts, moment) for moment in moments]:
                found.append(tmdb_id)
        return found

    def _body(self, tmdb_id: int, parts: tuple[str, ...], moment: float) -> Any:
        fate = self.world.fate(tmdb_id, moment)
        is_there = fate is not None and fate.exists
        return json.loads(json.dumps(self.world.details(tmdb_id, parts, moment))) if is_there else None

    def changed(self) -> int:
        return int(self.db.query("SELECT count(*) FROM changed").rows[0][0])


def test_after_days_of_refreshing_every_film_is_as_it_is_at_tmdb() -> None:
    life = Life()
    life.collect(append=["keywords"])
    for _ in range(6):
        life.pass_days()
        report = life.refresh()
        assert report.complete
        assert report.feed is not None
        assert (report.feed.days, report.feed.pages, report.feed.gap) == (1, 1, None)
        assert report.refreshed + report.gone + report.merged > 5
        assert life.wrong() == []
        assert life.changed() == 0


def test_each_change_costs_one_request() -> None:
    life = Life()
    life.collect()
    life.pass_days()
    report = life.refresh()
    assert report.feed is not None
    because_of_age = report.refreshed_by_reason.get("age", 0)
    assert report.requests == report.feed.pages + report.feed.ours + because_of_age
    life.app.log.clear()
    assert life.refresh().requests == 0


@pytest.mark.parametrize("hour", [1, 9, 16])
def test_a_change_that_a_cache_still_hides_is_looked_at_again(hour: int) -> None:
    life = Life(at=hour * HOUR, cached=True)
    life.collect()
    for _ in range(6):
        life.pass_days()
        life.refresh()
    # What is left to be looked at again is, and by then the feed has been read for one more day.
    for _ in range(2):
        life.own.advance(9 * HOUR)
        life.refresh()
    pending = {tmdb_id for (tmdb_id,) in life.db.query("SELECT tmdb_id FROM changed").rows}
    assert set(life.wrong()) <= pending
    assert len(pending) < 30


def test_asked_before_the_caches_have_forgotten_a_day_both_are_looked_at_again() -> None:
    life = Life(at=1 * HOUR)
    life.collect()
    life.pass_days()
    hasty = RefreshPolicy(settled=timedelta(0))
    first = life.refresh(policy=hasty)
    assert first.feed is not None
    assert first.refreshed_by_reason["changed"] > 0
    assert (first.feed.watermark, life.changed()) == (date(2026, 5, 31), first.feed.ours)
    assert life.refresh(policy=hasty).refreshed == 0
    life.own.advance(8 * HOUR)
    life.refresh(policy=hasty)
    assert life.changed() == 0
    assert life.wrong() == []


def test_films_that_come_between_the_list_and_the_first_details_are_found_too() -> None:
    life = Life(at=9 * HOUR, pace=Pace(added=0.05, edited=0, moved=0, deleted=0, merged=0))
    life.collect(details_limit=0)
    life.pass_days(3)
    report = life.refresh(add_changed=True)
    assert report.feed is not None
    assert (report.feed.days, report.feed.watermark) == (3, date(2026, 6, 3))
    known = {tmdb_id for (tmdb_id,) in life.db.query("SELECT tmdb_id FROM movies").rows}
    listed = life.world.listed(life.own.now())
    assert set(listed.ids(listed.discover(Query.parse({})))) <= known


class _Crashing:
    """A store that fails at one of its calls, before or after it was done."""

    def __init__(self, inner: DuckDBClient, at: int) -> None:
        self._inner = inner
        self._left = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def enter_changes(self, *arguments: Any) -> Any:
        return self._guarded(self._inner.enter_changes, *arguments)

    def commit(self, batch: Commit) -> None:
        # A film at a time, so that there is something between.
        for film in batch.details:
            self._guarded(self._inner.commit, Commit(details=[film]))
        for failure in batch.failures:
            self._guarded(self._inner.commit, Commit(failures=[failure]))

    def _guarded(self, function: Callable[..., Any], *arguments: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            raise StoreError("crashed before")
        result = function(*arguments)
        self._left -= 1
        if self._left == 0:
            raise StoreError("crashed after")
        return result


def test_a_run_that_is_cut_between_feed_and_details_loses_no_change() -> None:
    life = Life()
    life.collect()
    crashes = 0
    for day in range(4):
        life.pass_days()
        for step in (1, 2, 3, 4 + day, 9 + day):
            try:
                life.refresh(_Crashing(life.db, step))
            except StoreError:
                crashes += 1
            named = life.changed()
            assert named or step == 1 or life.wrong() == []
    assert crashes > 12
    life.refresh()
    assert life.changed() == 0
    assert life.wrong() == []


def test_a_feed_page_that_cannot_be_had_keeps_the_watermark() -> None:
    life = Life()
    life.collect()
    life.pass_days()
    life.refresh()
    before = life.db.feed_position().watermark
    life.pass_days()
    # The page, and all the times it is asked for again.
    requests = life.app.log.report()["total"]
    life.app = SandboxApp(
        life.world,
        own_time=life.own,
        clock=lambda: asyncio.get_running_loop().time(),
        faults=FaultPlan.parse("500@1-16"),
    )
    assert requests > 0
    report = life.refresh()
    assert [name[:6] for name in report.missing_pages] == ["page 1"]
    assert (report.complete, life.db.feed_position().watermark) == (False, before)
    again = life.refresh()
    assert again.feed is not None
    assert (again.complete, again.feed.watermark) == (True, date(2026, 6, 2))
    assert life.wrong() == []


class OddFeed(SandboxTransport):
    """A feed with rows as they have come; all else is the sandbox's."""

    def __init__(self, app: SandboxApp, rows: list[Any]) -> None:
        super().__init__(app)
        self.page = {"results": rows, "page": 1, "total_pages": 1, "total_results": len(rows)}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/changes"):
            return httpx.Response(200, json=self.page)
        return await super().handle_async_request(request)


def test_rows_of_the_feed_that_name_no_film_are_told_and_are_no_failure() -> None:
    life = Life()
    life.collect()
    life.pass_days()
    first, second = life.db.query("SELECT tmdb_id FROM films ORDER BY 1 LIMIT 2").rows
    rows = [None, "x", {}, {"id": None, "adult": None}, {"id": 0}, {"id": str(first[0])}, {"id": second[0], "adult": 7}]

    async def refresh() -> RunReport:
        feed = OddFeed(life.app, rows)
        async with TMDBClient(KEY, transport=feed, requests_per_second=1e6, clock=life.clock) as client:
            return await DataCollectionOrchestrator(
                life.db, client, clock=life.clock, store_executor=Inline()
            ).run_refresh()

    report = run(refresh())
    assert report.feed is not None
    assert (report.feed.unreadable, report.unreadable, report.complete) == (5 * report.feed.days, 0, True)
    assert report.refreshed == 2


def test_films_that_are_not_stored_are_added_when_the_run_was_asked_to() -> None:
    life = Life(pace=Pace(added=0.05, edited=0.4, moved=0, deleted=0, merged=0))
    life.collect(details_limit=100)
    life.pass_days()
    stored = "SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL"
    before = set(life.db.query(stored).rows)
    life.refresh()
    assert set(life.db.query(stored).rows) == before
    life.pass_days()
    report = life.refresh(add_changed=True)
    assert report.feed is not None
    assert report.feed.added > 10
    added = {tmdb_id for (tmdb_id,) in set(life.db.query(stored).rows) - before}
    assert len(added) == report.feed.added
    assert not life.db.query("SELECT 1 FROM movies WHERE adult AND tmdb_id IN (SELECT unnest(?))", [list(added)]).rows
    assert life.wrong() == []


def test_a_limit_is_spent_on_changes_first_and_the_rest_is_kept() -> None:
    life = Life()
    life.collect()
    life.pass_days()
    report = life.refresh(limit=3)
    assert report.feed is not None
    assert report.refreshed + report.gone + report.merged == 3
    assert life.changed() == report.feed.ours - 3
    full = life.run(lambda collection: collection.run_full_collection(1880, 2040, 4, min_vote_count=0, details_limit=0))
    assert full.refreshed + full.gone + full.merged == 4
    assert life.changed() == report.feed.ours - 7
    life.refresh(changes=False)
    assert life.changed() == 0


def test_a_film_is_fetched_again_with_the_parts_it_has() -> None:
    life = Life(pace=Pace(added=0, edited=0.001, moved=0, deleted=0.0001, merged=0))
    life.run(lambda c: c.run_full_collection(2010, 2040, 0, min_vote_count=0, append=["keywords", "credits"]))
    life.collect()
    parts = "SELECT part, count(*) FROM parts WHERE fetched_at {} ? GROUP BY 1 ORDER BY 1"
    life.pass_days(170)
    now = life.clock.now().replace(tzinfo=None)
    count = dict(life.db.query(parts.format("<"), [now]).rows)
    gone = life.refresh(changes=False, append=["external_ids"])
    assert gone.refreshed_by_reason["terms"] == gone.refreshed
    # Of films that are gone nothing new came.
    left = dict(life.db.query(parts.format("<"), [now]).rows)
    assert sum(left.values()) < 2 * (gone.gone + gone.merged) + 1
    renewed = dict(life.db.query(parts.format(">="), [now]).rows)
    assert renewed["external_ids"] == gone.refreshed
    assert {name: renewed[name] + left.get(name, 0) for name in count} == count


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("watermark", "oldest", "now", "first", "last"),
    [
        ("2026-05-30", None, "2026-06-01T08:00", "2026-05-31", "2026-05-31"),
        ("2026-05-30", None, "2026-06-01T07:59", "2026-05-31", "2026-05-30"),
        ("2026-05-31", "2020-01-01", "2026-06-01T23:59", "2026-06-01", "2026-05-31"),
        ("2026-05-10", None, "2026-06-01T12:00", "2026-05-11", "2026-05-31"),
        (None, "2026-05-30T08:00", "2026-06-01T12:00", "2026-05-30", "2026-05-31"),
        (None, "2026-05-30T07:59", "2026-06-01T12:00", "2026-05-29", "2026-05-31"),
        (None, None, "2026-06-01T12:00", "2026-05-31", "2026-05-31"),
    ],
)
def test_the_days_after_the_watermark_that_are_over_are_asked_for(
    watermark: str | None, oldest: str | None, now: str, first: str, last: str
) -> None:
    position = FeedPosition(watermark and date.fromisoformat(watermark), oldest and at(oldest))  # type: ignore[arg-type]
    stretch = next_stretch(position, at(now))
    assert (str(stretch.first), str(stretch.last), stretch.gap) == (first, last, None)
    assert len(list(stretch.days)) == max(0, (stretch.last - stretch.first).days + 1)


@pytest.mark.parametrize(
    ("watermark", "oldest", "days", "said"),
    [
        ("2026-01-01", None, 90, "2026-01-02 to 2026-03-02: more than 90 days ago"),
        (None, "2026-05-01T12:00", 14, "2026-05-01 to 2026-05-17: more than 14 days ago"),
    ],
)
def test_a_gap_longer_than_the_feed_is_read_is_said(
    watermark: str | None, oldest: str | None, days: int, said: str
) -> None:
    position = FeedPosition(watermark and date.fromisoformat(watermark), oldest and at(oldest))  # type: ignore[arg-type]
    stretch = next_stretch(position, at("2026-06-01T12:00"))
    assert len(list(stretch.days)) == days
    assert stretch.gap is not None
    assert said in stretch.gap


def test_after_a_gap_the_policy_takes_over_and_the_report_says_so() -> None:
    life = Life(pace=Pace(added=0, edited=0.005, moved=0, deleted=0, merged=0))
    life.collect()
    life.pass_days()
    life.refresh()
    life.pass_days(100)
    report = life.refresh()
    assert report.feed is not None
    assert report.feed.gap is not None
    assert "2026-06-02 to 2026-06-11" in report.feed.gap
    assert (report.feed.days, report.feed.watermark) == (90, date(2026, 9, 9))
    life.pass_days(70)
    life.refresh()
    assert life.wrong() == []


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"add_changed": True, "changes": False}, {"append": ["credit"]}])
def test_bad_arguments_are_refused_before_anything_is_requested(arguments: dict[str, Any]) -> None:
    life = Life()
    with pytest.raises(ValueError, match=r"negative|without|credits"):
        life.refresh(**arguments)
    assert life.app.log.report()["total"] == 0


def test_a_film_that_was_listed_and_left_before_its_details_came_is_asked_for() -> None:
    """What a list named is stored or known to be gone, also when the next list does not name it any more."""
    life = Life(pace=Pace(added=0, edited=0, moved=0, deleted=0.006, merged=0.006, returned=0))
    life.collect(details_limit=0)
    life.pass_days(2)
    report = life.collect()
    assert report.complete
    assert report.gone > 0
    assert report.merged > 0
    open_ended = "SELECT count(*) FROM movies WHERE details_at IS NULL AND gone_at IS NULL AND merged_into IS NULL"
    assert life.db.query(open_ended).rows == [(0,)]
    # When that is known, nothing is left of the list that named them.
    life.pass_days(2)
    life.collect()
    assert life.db.query("SELECT count(DISTINCT sweep_id) FROM listed").rows == [(1,)]


# --- days that are not over ---------------------------------------------------------------------------------------


def test_what_changed_this_morning_is_asked_for_now_and_once_more_when_the_day_is_over() -> None:
    life = Life(at=15 * HOUR)
    life.collect()
    life.pass_days(1)
    life.refresh()
    watermark = life.db.feed_position().watermark
    now = life.refresh(now=True)
    assert now.feed
    assert now.feed.provisional > 0
    assert now.refreshed + now.gone + now.merged > 0
    assert life.db.feed_position().watermark == watermark
    today = life.own.now() // DAY * DAY
    changed = {event.film for event in life.world.events(today, life.own.now(), life.own.now()) if is_in_feed(event)}
    held = {film for (film,) in life.db.query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL").rows}
    # As TMDB has them at this hour, and still listed.
    bodies = {answer.tmdb_id: json.loads(answer.body) for answer in life.db.kept_answers(0, 10_000)}
    for film in changed & held:
        fate = life.world.fate(film, life.own.now())
        if fate is not None and fate.exists:
            assert bodies[film] == json.loads(json.dumps(life.world.details(film, (), life.own.now())))
    assert life.changed() >= len(changed & held)
    # An hour later nothing is asked for once more that was not named then.
    assert life.refresh(now=True).refreshed <= now.refreshed / 2
    life.pass_days(1)
    later = life.refresh()
    assert later.refreshed + later.gone + later.merged >= len(changed & held)
    assert life.wrong() == []


def test_today_cannot_be_asked_for_without_the_feed() -> None:
    life = Life()
    with pytest.raises(ValueError, match="change feed"):
        life.refresh(now=True, changes=False)
