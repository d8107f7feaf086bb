"""Rating films by OMDb: within the quota, day after day, whoever else is at it, whatever OMDb says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.omdb.quota import LEASE, LeaseTerms
from ayne.data_collection.ratings import GIVE_UP_AFTER, RatingsCollection
from ayne.data_collection.ratings_report import RatingsReport
from ayne.data_collection.run_report import Progress
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError, MissingCredentials, QuotaSpent, ServerFailure, StoreError, Unauthorized
from tests.fake_omdb import KEY, LIMIT_REACHED, FakeOMDb, Said, error, title
from tests.store.test_store import details
from tests.virtual_time import Inline, run

HTML = "<html><body>Service Unavailable https://www.omdbapi.com/?apikey=0123abcd</body></html>"
START = datetime(2026, 2, 13, 3, tzinfo=UTC)


class Calendar:
    """A clock whose day is set by the test, and which moves on with the loop."""

    def __init__(self) -> None:
        self.start = START

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def next_day(self) -> None:
        self.start += timedelta(days=1)


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def omdb(calendar: Calendar) -> FakeOMDb:
    return FakeOMDb(quota=1000, now=calendar.now)


@pytest.fixture
def db(empty_file: Path) -> DuckDBClient:
    return with_films(DuckDBClient(empty_file), 60)


def imdb(number: int) -> str:
    return f"tt{number:07}"


def with_films(db: DuckDBClient, count: int) -> DuckDBClient:
    """Films of 2024, those of lower numbers with more votes."""
    rows = [details(n, imdb_id=imdb(n), release_date="2024-05-01", vote_count=10**6 - n) for n in range(1, count + 1)]
    db.commit(Commit(details=rows))
    return db


def client_of(omdb: FakeOMDb, calendar: Calendar, key: str = KEY, **options: Any) -> OMDBClient:
    return OMDBClient(
        key,
        transport=omdb,
        clock=calendar,
        **{"requests_per_second": 1e6, "jitter": 0, "base_url": "https://www.omdbapi.com", **options},
    )


def rate(
    db: DuckDBClient,
    omdb: FakeOMDb,
    calendar: Calendar,
    client_options: dict[str, Any] | None = None,
    bounds: dict[str, Any] | None = None,
    **options: Any,
) -> RatingsReport:
    async def to_the_end() -> RatingsReport:
        async with client_of(omdb, calendar, **(client_options or {})) as client:
            collection = RatingsCollection(db, client, clock=calendar, store_executor=Inline(), **options)
            return await collection.run(**(bounds or {}))

    return run(to_the_end())


def rated(db: DuckDBClient) -> int:
    return int(db.query("SELECT count(*) FROM ratings WHERE fetched_at IS NOT NULL").rows[0][0])


# --- within the quota -----------------------------------------------------------------------------------------------


def test_2500_films_take_three_days_of_1000_requests_and_never_one_more(omdb: FakeOMDb, calendar: Calendar) -> None:
    db = with_films(DuckDBClient(":memory:"), 2500)
    reports = []
    for _ in range(4):
        reports.append(rate(db, omdb, calendar))
        calendar.next_day()
    assert list(omdb.counted.values()) == [1000, 1000, 500]
    assert omdb.over == 0
    assert len(set(omdb.asked)) == len(omdb.asked) == rated(db) == 2500
    assert [report.outcome for report in reports] == ["quota", "quota", "done", "done"]
    assert [report.days_needed for report in reports] == [2, 1, 0, 0]
    assert [report.left_today for report in reports] == [0, 0, 500, 1000]
    assert all(report.complete for report in reports)


def test_two_that_rate_one_file_at_once_share_the_quota_and_the_films(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar
) -> None:
    omdb.quota = 50

    async def both() -> list[RatingsReport]:
        async with client_of(omdb, calendar) as one, client_of(omdb, calendar) as other:
            stores = (db, DuckDBClient(db.path))
            runs = [
                RatingsCollection(store, client, quota=50, clock=calendar, store_executor=Inline()).run()
                for store, client in zip(stores, (one, other), strict=True)
            ]
            return await asyncio.gather(*runs)

    reports = run(both())
    assert (omdb.over, len(omdb.asked), len(set(omdb.asked)), rated(db)) == (0, 50, 50, 50)
    assert all(report.rated >= 10 for report in reports)


def test_what_was_spent_elsewhere_ends_the_day_at_the_first_refusal(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar
) -> None:
    omdb.counted[START.date()] = 970
    report = rate(db, omdb, calendar, {"max_concurrent": 1})
    assert (report.outcome, report.rated, report.left_today, omdb.over) == ("quota", 30, 0, 1)
    assert (report.failures_by_reason, report.complete, report.due) == ({}, True, 30)
    assert rate(db, omdb, calendar).requests == 0
    calendar.next_day()
    assert (rate(db, omdb, calendar).rated, rated(db)) == (30, 60)


def test_what_was_under_way_when_the_quota_ran_out_is_kept(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar
) -> None:
    omdb.counted[START.date()] = 970
    report = rate(db, omdb, calendar, {"max_concurrent": 4})
    assert (report.rated, rated(db), report.outcome) == (30, 30, "quota")
    assert 1 <= omdb.over <= 4


def test_a_refusal_of_yesterday_out_of_a_cache_does_not_end_today(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar
) -> None:
    omdb.answers[imdb(3)] = LIMIT_REACHED._replace(headers={"Age": str(4 * 3600)})
    report = rate(db, omdb, calendar)
    assert (report.rated, report.failures_by_reason, report.outcome) == (59, {"quota_spent": 1}, "done")


def test_every_attempt_counts(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    omdb.answers[imdb(1)] = Said(503, HTML)
    report = rate(db, omdb, calendar, {"max_retries": 2}, quota=50)
    assert (report.requests, report.rated, report.retries) == (50, 47, {"server_failure": 2})
    assert (omdb.counted[START.date()], report.outcome) == (50, "quota")


def test_no_request_is_sent_right_before_midnight(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    calendar.start = datetime(2026, 2, 13, 23, 58, 55, tzinfo=UTC)
    report = rate(db, omdb, calendar, {"requests_per_second": 1, "max_concurrent": 1})
    assert (report.outcome, report.resets_at) == ("quota", datetime(2026, 2, 14, tzinfo=UTC))
    assert 4 <= report.requests <= 6
    assert report.left_today == 1000 - report.requests
    assert set(omdb.counted) == {date(2026, 2, 13)}
    calendar.start = datetime(2026, 2, 14, tzinfo=UTC)
    assert (rate(db, omdb, calendar).outcome, rated(db)) == ("done", 60)


# --- bounds and stops -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "requests"),
    [
        ({"limit": 7}, 7),
        ({"limit": 0}, 0),
        ({"max_requests": 33}, 33),
        ({"max_requests": 0}, 0),
        ({"max_seconds": 0}, 0),
    ],
)
def test_a_run_ends_at_its_bound(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar, bounds: dict[str, Any], requests: int
) -> None:
    report = rate(db, omdb, calendar, bounds=bounds)
    assert (report.outcome, report.requests, len(omdb.asked), rated(db)) == ("limit", requests, requests, requests)
    assert (report.left_today, report.due, report.days_needed) == (1000 - requests, 60 - requests, 1)
    assert omdb.asked == [imdb(n) for n in range(1, requests + 1)]


def test_a_run_ends_when_its_time_is_over(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    report = rate(db, omdb, calendar, {"requests_per_second": 1}, {"max_seconds": 25.5})
    assert (report.outcome, report.requests, rated(db)) == ("limit", 26, 26)


def test_a_title_that_fails_does_not_eat_the_quota(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    omdb.answers[imdb(1)] = Said(503, HTML)
    report = rate(db, omdb, calendar, {"max_retries": 2}, {"limit": 1})
    assert (report.requests, report.failures_by_reason) == (3, {"server_failure": 1})


def test_a_run_that_is_stopped_keeps_what_came_and_is_carried_on(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar
) -> None:
    async def interrupted() -> RatingsReport:
        async with client_of(omdb, calendar) as client:

            def stop_after_30(progress: Progress) -> None:
                if progress.done >= 30:
                    collection.stop()

            collection = RatingsCollection(
                db, client, clock=calendar, store_executor=Inline(), on_progress=stop_after_30
            )
            return await collection.run()

    report = run(interrupted())
    assert report.outcome == "interrupted"
    assert 30 <= report.rated == rated(db) < 60
    # What was under way has been counted by OMDb, and by us.
    assert len(omdb.asked) == 1000 - report.left_today <= 40
    assert (rate(db, omdb, calendar).outcome, rated(db)) == ("done", 60)
    assert db.query("SELECT count(*) FROM leases").rows == [(0,)]


def test_a_kill_loses_no_more_than_its_lease(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    # Killed after the lease and before the commit: nobody settles it.
    assert db.lease_ratings(LeaseTerms("OMDb", 60), START)[0]
    first = rate(db, omdb, calendar, quota=60)
    assert (first.rated, first.outcome, len(omdb.asked)) == (40, "done", 40)
    calendar.start += timedelta(hours=1)
    second = rate(db, omdb, calendar, quota=60)
    assert (second.requests, second.outcome, second.due) == (0, "quota", LEASE)
    calendar.next_day()
    assert (rate(db, omdb, calendar, quota=60).rated, rated(db), omdb.over) == (20, 60, 0)


class Breaking(DuckDBClient):
    """A store whose disk is full when results come."""

    full = True

    def commit_ratings(self, *arguments: Any, **named: Any) -> None:
        if self.full:
            raise StoreError("no room on the disk")
        super().commit_ratings(*arguments, **named)


def test_a_full_disk_ends_the_run_and_is_said(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    with pytest.raises(StoreError, match="no room"):
        rate(Breaking(db.path), omdb, calendar)
    assert (rated(db), len(omdb.asked)) == (0, LEASE)


# --- keys and odd answers -------------------------------------------------------------------------------------------


def test_a_wrong_key_costs_one_request_and_stores_nothing(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    with pytest.raises(Unauthorized, match=r"Invalid API key!.*apikey\.aspx") as caught:
        rate(db, omdb, calendar, {"key": "deadbeef"})
    assert len(omdb.asked) == 1
    assert "deadbeef" not in str(caught.value)
    assert db.query("SELECT (SELECT count(*) FROM ratings), (SELECT count(*) FROM leases)").rows == [(0, 0)]
    # Nor was anything taken from the quota of the right one.
    report = rate(db, omdb, calendar)
    assert (report.rated, report.left_today) == (60, 940)


class Revoked(FakeOMDb):
    """Takes a key for its first request, which fails, and knows it no more after that."""

    def answer(self, query: Mapping[str, str]) -> Said:
        return Said(503, HTML) if not self.asked else super().answer({**query, "apikey": "deadbeef"})

    def said(self, query: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        answer = super().said(query)
        self.asked.append(query["i"])
        return answer


def test_a_key_that_is_refused_after_an_attempt_has_cost_that_attempt(db: DuckDBClient, calendar: Calendar) -> None:
    with pytest.raises(Unauthorized):
        rate(db, Revoked(), calendar)
    assert rate(db, FakeOMDb(), calendar).left_today < 940


class Forgetful(FakeOMDb):
    """Does not know its key at some of its requests, counted from 1."""

    def __init__(self, at: set[int]) -> None:
        super().__init__()
        self.at, self.sent = at, 0

    def answer(self, query: Mapping[str, str]) -> Said:
        self.sent += 1
        return super().answer({**query, "apikey": "deadbeef"} if self.sent in self.at else query)


@pytest.mark.parametrize(("at", "rated_at_first"), [({30}, 60), ({30, 45}, 60), ({30, 31}, 59)])
def test_a_key_that_is_refused_once_among_successes_ends_no_run(
    db: DuckDBClient, calendar: Calendar, at: set[int], rated_at_first: int
) -> None:
    report = rate(db, Forgetful(at), calendar, {"max_concurrent": 1})
    assert (report.rated, report.outcome) == (rated_at_first, "done")


def test_a_key_that_is_refused_for_good_ends_the_run_after_two_titles(db: DuckDBClient, calendar: Calendar) -> None:
    omdb = Forgetful(set(range(30, 1000)))
    with pytest.raises(Unauthorized, match="Invalid API key!"):
        rate(db, omdb, calendar, {"max_concurrent": 1})
    assert omdb.sent == 32


def test_without_a_key_it_is_said_where_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMDB_API_KEY", raising=False)
    with pytest.raises(MissingCredentials, match=r"omdbapi.com/apikey.aspx"):
        OMDBClient()


def test_the_environment_says_which_key_and_which_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMDB_API_KEY", KEY)
    monkeypatch.setenv("AYNE_OMDB_URL", "http://127.0.0.1:9/omdb/")
    client = OMDBClient()
    assert (client.base_url, client.server) == ("http://127.0.0.1:9/omdb",) * 2
    assert KEY not in repr(client)
    monkeypatch.setenv("AYNE_OMDB_URL", "omdbapi.com")
    with pytest.raises(ConfigurationError, match="AYNE_OMDB_URL"):
        OMDBClient()


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (Said(200, error("Error getting data.")), "none"),
        (Said(200, title("tt9999999")), "mismatched"),
        (Said(200, HTML), "failed"),
        (Said(522, HTML), "failed"),
    ],
)
def test_one_odd_answer_ends_nothing(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar, said: Said, outcome: str
) -> None:
    omdb.answers[imdb(5)] = said
    report = rate(db, omdb, calendar)
    assert (report.rated, len(report.failed)) == (59, outcome == "failed")
    ((found, message),) = db.query("SELECT outcome, message FROM ratings WHERE imdb_id = ?", [imdb(5)]).rows
    assert found == outcome
    assert KEY not in message
    assert report.complete is (outcome != "failed")
    # It is not asked for again at once.
    assert rate(db, omdb, calendar).requests == 0


def test_an_omdb_that_is_out_of_reach_is_given_up(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    omdb.answers = {imdb(n): Said(503, HTML) for n in range(1, 61)}
    with pytest.raises(ServerFailure, match="in a row could not be fetched"):
        rate(db, omdb, calendar, {"max_retries": 2})
    assert len(omdb.asked) <= 3 * GIVE_UP_AFTER + LEASE


def test_titles_whose_answers_cannot_be_read_cost_a_request_each_and_end_nothing(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar
) -> None:
    poison = [imdb(n) for n in range(1, 41)]
    omdb.answers = {imdb_id: Said(200, '{"Title": oops}') for imdb_id in poison}
    report = rate(db, omdb, calendar, {"max_retries": 2})
    assert (report.rated, report.requests, report.failures_by_reason) == (20, 60, {"malformed": 40})
    assert rate(db, omdb, calendar).requests == 0
    # When all is old, those that can be read are renewed.
    calendar.start += timedelta(days=400)
    assert rate(db, omdb, calendar).rated == 20


def test_retries_without_end_do_not_spend_the_whole_quota_on_nothing(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar
) -> None:
    omdb.answers = {imdb(n): Said(503, HTML) for n in range(1, 61)}
    with pytest.raises(ServerFailure, match="in a row could not be fetched"):
        rate(db, omdb, calendar, {"max_retries": 1000, "deadline": 1e9})
    assert len(omdb.asked) <= GIVE_UP_AFTER * LEASE


def test_keys_that_nobody_knows_are_counted(db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar) -> None:
    omdb.answers[imdb(1)] = Said(200, title(imdb(1), Runtime="long", Streaming="yes"))
    assert rate(db, omdb, calendar).unreadable == {"Runtime": 1, "Streaming": 1}


def test_progress_is_told_for_each_title_and_ends_with_all(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar
) -> None:
    told: list[Progress] = []
    rate(db, omdb, calendar, bounds={"limit": 25}, on_progress=told.append)
    assert [progress.done for progress in told] == list(range(1, 26))
    assert {progress.total for progress in told} == {25}


@pytest.mark.parametrize("bounds", [{"limit": -1}, {"max_requests": -1}, {"max_seconds": -0.5}])
def test_a_bound_below_nothing_is_refused(
    db: DuckDBClient, omdb: FakeOMDb, calendar: Calendar, bounds: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        rate(db, omdb, calendar, bounds=bounds)
    assert omdb.asked == []


# --- the client by itself -------------------------------------------------------------------------------------------


def ask(omdb: FakeOMDb, calendar: Calendar, use: Callable[[OMDBClient], Any]) -> Any:
    async def with_client() -> Any:
        async with client_of(omdb, calendar) as client:
            return await use(client)

    return run(with_client())


def test_ratings_of_one_title(omdb: FakeOMDb, calendar: Calendar) -> None:
    movie = ask(omdb, calendar, lambda client: client.get_ratings("tt0770828"))
    assert (movie["imdb_id"], movie["imdb_rating"], movie["box_office"]) == ("tt0770828", 7.1, 291_045_518)
    with pytest.raises(ValueError, match="not an IMDb id"):
        ask(omdb, calendar, lambda client: client.get_ratings("550"))
    assert omdb.asked == ["tt0770828"]


def test_a_spent_quota_is_no_wrong_key(omdb: FakeOMDb, calendar: Calendar) -> None:
    omdb.quota = 0
    with pytest.raises(QuotaSpent, match="Request limit reached!") as caught:
        ask(omdb, calendar, lambda client: client.get_ratings("tt0770828"))
    assert (caught.value.attempts, len(omdb.asked)) == (1, 1)
