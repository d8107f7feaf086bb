"""Ratings in the DuckDB file: whose turn it is, what is stored, and a quota that is never passed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ayne.data_collection.commit import Commit
from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.omdb.quota import LEASE_LASTS, Lease, LeaseTerms
from ayne.data_collection.omdb.records import read_title
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import QuotaSpent, StoreError
from tests.fake_omdb import title
from tests.made_once import in_memory
from tests.store.test_store import details
from tests.unit.test_omdb_records import Answer

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = LeaseTerms("OMDb", quota=100, titles=5, requests=5)


def naive(moment: datetime) -> datetime:
    """A moment as the file has it."""
    return moment.replace(tzinfo=None)


def imdb(number: int) -> str:
    return f"tt{number:07}"


def add(db: DuckDBClient, *films: tuple[int, str | None, int]) -> None:
    """Films by number, release date and votes."""
    rows = [details(n, imdb_id=imdb(n), release_date=day, vote_count=votes) for n, day, votes in films]
    db.commit(Commit(details=rows))


def movie(imdb_id: str, at: datetime = NOW, **values: Any) -> OMDbMovie:
    return read_title(Answer(200, json.dumps(title(imdb_id, **values)).encode(), received_at=at), imdb_id)


def failure(imdb_id: str, reason: str = "timed_out") -> RatingFailure:
    return RatingFailure(imdb_id, reason, "it was not to be had")


@pytest.fixture
def db() -> Iterator[DuckDBClient]:
    with closing(in_memory()) as store:
        yield store


def commit(db: DuckDBClient, results: Sequence[OMDbMovie | RatingFailure], now: datetime = NOW) -> None:
    """Results that no lease was taken for."""
    db.commit_ratings(Lease(0, "OMDb", now.date(), 0), results, now)


def test_never_rated_films_come_first_the_newest_and_most_voted_before_the_others(db: DuckDBClient) -> None:
    add(
        db,
        (1, "2024-03-01", 10),
        (2, "2025-01-01", 10),
        (3, "2025-12-01", 900),
        (4, "2026-09-01", 9000),
        (5, None, 9000),
        (6, "2025-02-01", 900_000),
        (7, "1999-03-30", 25_000),
    )
    commit(db, [movie(imdb(6)), failure(imdb(3))], NOW - 100 * DAY)
    assert db.unrated(10, NOW) == [imdb(n) for n in (2, 1, 7, 4, 5, 6, 3)]


def test_ratings_come_again_when_they_are_old_and_the_stalest_first(db: DuckDBClient) -> None:
    add(db, (1, "1999-03-30", 1), (2, "2026-04-01", 1), (3, "1990-01-01", 1))
    commit(db, [movie(imdb(3))], NOW - 10 * DAY)
    commit(db, [movie(imdb(1)), movie(imdb(2))])
    assert db.unrated(10, NOW + 6 * DAY) == []
    assert db.unrated(10, NOW + 7 * DAY) == [imdb(2)]
    assert db.unrated(10, NOW + 80 * DAY) == [imdb(2), imdb(3)]
    assert db.unrated(10, NOW + 90 * DAY) == [imdb(2), imdb(3), imdb(1)]


def test_what_is_not_released_is_left_alone_until_it_is(db: DuckDBClient) -> None:
    add(db, (1, "2026-06-01", 1), (2, None, 1))
    commit(db, [movie(imdb(1)), movie(imdb(2))])
    assert db.unrated(10, NOW + 30 * DAY) == []
    assert db.unrated(10, NOW + 31 * DAY) == [imdb(1)]
    assert db.unrated(10, NOW + 90 * DAY) == [imdb(1), imdb(2)]


def test_a_film_that_omdb_does_not_have_is_not_asked_for_every_day(db: DuckDBClient) -> None:
    add(db, (1, "1999-03-30", 1), (2, "1999-03-30", 1), (3, "1999-03-30", 1))
    commit(db, [failure(imdb(1), "not_found"), failure(imdb(2), "mismatched"), failure(imdb(3))])
    assert db.unrated(10, NOW + timedelta(minutes=59)) == []
    assert db.unrated(10, NOW + timedelta(hours=1)) == [imdb(3)]
    assert db.unrated(10, NOW + 90 * DAY) == [imdb(1), imdb(2), imdb(3)]
    assert db.query("SELECT outcome, fetched_at FROM ratings ORDER BY imdb_id").rows == [
        ("none", None),
        ("mismatched", None),
        ("failed", None),
    ]


def test_titles_that_always_fail_do_not_stand_in_front_of_those_that_are_old(db: DuckDBClient) -> None:
    add(db, *((n, "1999-03-30", 100 - n) for n in range(1, 5)))
    commit(db, [movie(imdb(1)), movie(imdb(2))], NOW - 100 * DAY)
    commit(db, [failure(imdb(3)), failure(imdb(4), "malformed")], NOW - DAY)
    assert db.unrated(10, NOW) == [imdb(1), imdb(2), imdb(3)]
    # Nor are they left for ever behind them.
    assert db.unrated(1, NOW + 1000 * DAY) != [imdb(3)]
    commit(db, [movie(imdb(1)), movie(imdb(2))], NOW + 900 * DAY)
    assert db.unrated(2, NOW + 1000 * DAY) == [imdb(4), imdb(3)]


def test_films_without_an_imdb_id_and_those_gone_or_merged_are_left_out(db: DuckDBClient) -> None:
    odd = ["", "tt1", "nm0000093", "tt0000009 "]
    db.commit(Commit(details=[details(10 + n, imdb_id=text) for n, text in enumerate([None, *odd])]))
    add(db, (1, "1999-03-30", 1), (2, "1999-03-30", 1), (3, "1999-03-30", 1))
    gone, merged = FetchFailure(1, "not_found", "", gone=True), FetchFailure(2, "merged", "", merged_into=3)
    db.commit(Commit(failures=[(gone, NOW), (merged, NOW)]))
    assert db.unrated(10, NOW) == [imdb(3)]


def test_as_many_films_are_due_as_the_overview_says_were_not_asked_for(db: DuckDBClient) -> None:
    add(db, (1, "1999-03-30", 1), (2, "1999-03-30", 1))
    odd = ["", "nm0000093", imdb(2), imdb(3)]
    db.commit(Commit(details=[details(10 + n, imdb_id=text) for n, text in enumerate(odd)]))
    commit(db, [movie(imdb(1))])
    _, _, due = db.lease_ratings(LeaseTerms("OMDb", titles=0), NOW)
    assert db.named("ratings_overview").as_dicts()[0]["not_asked"] == due.never == 2


def test_two_films_of_one_imdb_id_are_one_question(db: DuckDBClient) -> None:
    rows = [details(n, imdb_id=imdb(1), release_date="1999-03-30", vote_count=n) for n in (1, 2)]
    db.commit(Commit(details=rows))
    assert db.unrated(10, NOW) == [imdb(1)]


def test_what_is_stored_is_what_was_read(db: DuckDBClient) -> None:
    found = movie(imdb(1), Season="2", seriesID="tt0000002", tomatoImage="certified", Year="2004\N{EN DASH}")
    commit(db, [found], NOW + timedelta(seconds=5))
    (row,) = db.query("SELECT * REPLACE (CAST(raw AS VARCHAR) AS raw) FROM ratings").as_dicts()
    assert (row.pop("fetched_at"), row.pop("asked_at")) == (naive(NOW), naive(NOW + timedelta(seconds=5)))
    assert (row.pop("outcome"), row.pop("message")) == ("rated", None)
    expected = {**found, "released": date(2013, 6, 14), "raw": '{"tomatoImage":"certified"}'}
    del expected["observed_at"]
    assert row == expected


def test_what_is_known_of_a_film_outlives_a_failure_and_yields_to_a_newer_answer(db: DuckDBClient) -> None:
    commit(db, [movie(imdb(1))])
    commit(db, [failure(imdb(1), "not_found")], NOW + DAY)
    kept = "SELECT imdb_rating, fetched_at, outcome, asked_at FROM ratings"
    assert db.query(kept).rows == [(7.1, naive(NOW), "none", naive(NOW + DAY))]
    commit(db, [movie(imdb(1), NOW + 2 * DAY, imdbRating="7.3", Ratings=[])], NOW + 2 * DAY)
    assert db.query("SELECT imdb_rating, outcome FROM ratings").rows == [(7.3, "rated")]


def test_two_leases_share_neither_films_nor_requests(empty_file: Path) -> None:
    db = DuckDBClient(empty_file)
    add(db, *((n, "2024-01-01", n) for n in range(1, 13)))
    other = DuckDBClient(db.path)
    first, allowance, due = db.lease_ratings(TERMS, NOW)
    second, *_ = other.lease_ratings(TERMS, NOW)
    assert first
    assert second
    assert (allowance.left, due.films, len(first.imdb_ids)) == (95, 12, 5)
    assert set(first.imdb_ids).isdisjoint(second.imdb_ids)
    assert db.allowance("OMDb", 100, NOW).left == 90


def test_what_was_not_used_of_a_lease_is_given_back_once(db: DuckDBClient) -> None:
    add(db, *((n, "2024-01-01", n) for n in range(1, 13)))
    lease, *_ = db.lease_ratings(TERMS, NOW)
    assert lease
    lease.take(NOW)
    db.commit_ratings(lease, [movie(lease.imdb_ids[0])], NOW)
    db.commit_ratings(lease, [], NOW)
    assert db.allowance("OMDb", 100, NOW).left == 99
    assert len(db.unrated(100, NOW)) == 11


def test_a_lease_that_died_with_its_process_costs_its_requests_and_no_films(db: DuckDBClient) -> None:
    add(db, *((n, "2024-01-01", n) for n in range(1, 6)))
    lost, *_ = db.lease_ratings(TERMS, NOW)
    assert lost
    assert db.unrated(10, NOW + LEASE_LASTS - timedelta(seconds=1)) == []
    assert set(db.unrated(10, NOW + LEASE_LASTS)) == set(lost.imdb_ids)
    assert db.allowance("OMDb", 100, NOW + LEASE_LASTS).left == 95
    assert db.allowance("OMDb", 100, NOW + DAY).left == 100


def test_what_omdb_said_of_its_quota_holds_for_its_day_and_for_everybody(db: DuckDBClient) -> None:
    add(db, *((n, "2024-01-01", n) for n in range(1, 13)))
    mine, *_ = db.lease_ratings(TERMS, NOW)
    theirs, *_ = db.lease_ratings(TERMS, NOW)
    assert mine
    assert theirs
    db.commit_ratings(mine, [], NOW, learned_at=NOW)
    # What others give back does not bring the quota back.
    db.commit_ratings(theirs, [], NOW)
    lease, allowance, _ = db.lease_ratings(TERMS, NOW)
    assert (lease, allowance.left) == (None, 0)
    assert db.lease_ratings(TERMS, NOW + DAY)[1].left == 95
    assert db.lease_ratings(LeaseTerms("http://127.0.0.1/omdb"), NOW)[0]


def test_what_was_said_of_another_day_takes_nothing_from_this_one(db: DuckDBClient) -> None:
    add(db, (1, "2024-01-01", 1))
    lease, *_ = db.lease_ratings(TERMS, NOW)
    assert lease
    db.commit_ratings(lease, [], NOW, learned_at=NOW - DAY)
    assert db.allowance("OMDb", 100, NOW).left == 100


def test_no_lease_is_taken_right_before_midnight(db: DuckDBClient) -> None:
    add(db, (1, "2024-01-01", 1))
    assert db.lease_ratings(TERMS, datetime(2026, 5, 1, 23, 59, 30, tzinfo=UTC))[0] is None


def test_looking_takes_nothing(db: DuckDBClient) -> None:
    add(db, (1, "2024-01-01", 1))
    lease, allowance, due = db.lease_ratings(LeaseTerms("OMDb", 100, titles=0, requests=0), NOW)
    assert (lease, allowance.left, due.never) == (None, 100, 1)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    db = DuckDBClient(tmp_path / "none.duckdb")
    with pytest.raises(StoreError, match="There is no database"):
        db.lease_ratings(TERMS, NOW)
    assert not Path(db.path).exists()


class SharedQuota(RuleBasedStateMachine):
    """Any number of processes on one file lease, send, commit, die and see the day pass, in any order."""

    QUOTA = 30

    def __init__(self) -> None:
        super().__init__()
        self.db = in_memory()
        add(self.db, *((n, "2024-01-01", n) for n in range(1, 200)))
        self.now = NOW
        self.sent: Counter[date] = Counter()
        self.leases: list[Lease] = []

    def teardown(self) -> None:
        self.db.close()

    @rule(titles=st.integers(0, 12), requests=st.integers(0, 12))
    def take(self, titles: int, requests: int) -> None:
        lease, allowance, _ = self.db.lease_ratings(LeaseTerms("OMDb", self.QUOTA, titles, requests), self.now)
        if lease:
            assert len(lease.imdb_ids) <= lease.granted <= requests
            self.leases.append(lease)
        assert allowance.left >= 0

    @precondition(lambda self: self.leases)
    @rule(which=st.randoms(use_true_random=False), count=st.integers(1, 15), dies=st.booleans())
    def spend(self, which: Any, count: int, *, dies: bool) -> None:
        lease = which.choice(self.leases)
        for _ in range(count):
            try:
                lease.take(self.now)
            except QuotaSpent:
                break
            self.sent[self.now.date()] += 1
        self.leases.remove(lease)
        if not dies:
            came = [movie(imdb_id, self.now) for imdb_id in lease.imdb_ids[: lease.used]]
            self.db.commit_ratings(lease, came, self.now)

    @rule(hours=st.integers(1, 9))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def no_day_saw_more_than_the_quota(self) -> None:
        assert all(count <= self.QUOTA for count in self.sent.values())

    @invariant()
    def what_was_sent_or_may_be_sent_is_counted(self) -> None:
        open_leases = sum(lease.granted for lease in self.leases if lease.day == self.now.date())
        spent = self.db.allowance("OMDb", self.QUOTA, self.now).spent
        assert self.sent[self.now.date()] + open_leases <= spent <= self.QUOTA


TestSharedQuota = SharedQuota.TestCase
# Each takes half a second.
TestSharedQuota.settings = settings(max_examples=settings().max_examples // 4, stateful_step_count=20)


def test_imdb_ids_of_an_older_file_are_written_as_imdb_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    ids = [" tt0000001 ", "https://www.imdb.com/title/tt0000002/?ref_=x", "tt0000003", "nm0000093", None]
    DuckDBClient(path).commit(Commit(details=[details(10 + n, imdb_id=text) for n, text in enumerate(ids)]))
    with duckdb.connect(str(path)) as con:
        con.execute("DELETE FROM schema_steps WHERE step >= 10")
    db = DuckDBClient(path)
    assert db.unrated(10, NOW) == [imdb(1), imdb(2), imdb(3)]
    assert db.query("SELECT count(imdb_id) FROM movies").rows == [(3,)]
    assert db.query("SELECT count(*) FROM etags").rows == [(0,)]
