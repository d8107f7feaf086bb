"""People of a living sandbox: those are fetched whom credits name, once each, and they are kept as TMDB has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import Progress, RunReport
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError
from ayne.kinds import PERSON
from ayne.sandbox.pace import Pace
from tests.integration.test_change_feed import DAY, HOUR, Life

# So many are edited and taken out that some of those who are stored are.
PACE = Pace(added=0.01, edited=0.05, moved=0, deleted=0.01)


def collected(**options: Any) -> Life:
    life = Life(pace=PACE)
    life.collect(append=["credits"], **options)
    return life


def of_people(life: Life) -> DuckDBClient:
    return life.db.of(PERSON)


def fetched(life: Life, **options: Any) -> RunReport:
    return life.run(lambda collection: collection.run_people(**options), of_people(life))


def meant(life: Life) -> set[int]:
    """The first five of each cast, directors and writers, as the bodies that were kept say."""
    found = set()
    for answer in life.db.kept_answers(0, 10_000):
        body = json.loads(answer.body)["credits"]
        cast = list(dict.fromkeys(each["id"] for each in sorted(body["cast"], key=lambda each: each["order"])))
        jobs = {"Director", "Writer", "Screenplay", "Story", "Teleplay"}
        found |= {*cast[:5], *(each["id"] for each in body["crew"] if each["job"] in jobs)}
    return found


def rows(life: Life, condition: str) -> set[int]:
    return {number for (number,) in life.db.query(f"SELECT tmdb_id FROM people WHERE {condition}").rows}


def test_those_whom_credits_name_are_fetched_once_each_whoever_ends_the_run() -> None:
    life, at_work = collected(), list[DataCollectionOrchestrator]()

    def begin(collection: DataCollectionOrchestrator) -> Any:
        at_work.append(collection)
        return collection.run_people(append=["external_ids"])

    def stop(progress: Progress) -> None:
        if progress.done == 200:
            at_work[0].stop()

    stopped = life.run(begin, life.db.of(PERSON), on_progress=stop)
    assert (stopped.outcome, stopped.complete) == ("interrupted", False)
    carried_on = fetched(life, append=["external_ids"])
    wanted = meant(life)
    assert carried_on.complete
    runs = life.db.query("SELECT plan->>'kind' FROM runs ORDER BY run_id")
    assert runs.rows == [("movie",), ("person",), ("person",)]
    gone = stopped.gone + carried_on.gone
    assert stopped.details + carried_on.details + gone == len(wanted)
    assert stopped.requests + carried_on.requests <= len(wanted) + 20
    assert rows(life, "details_at IS NOT NULL OR gone_at IS NOT NULL") == wanted
    assert fetched(life, append=["external_ids"]).requests == 0
    # With another part they come once more.
    assert fetched(life, append=["images"], limit=3).requests == 3


def test_a_budget_ends_a_run_and_the_same_call_carries_on() -> None:
    life = collected(details_limit=60)
    wanted, reports = meant(life), list[RunReport]()
    while not reports or reports[-1].budget_spent:
        reports.append(fetched(life, max_requests=100))
    sent = [report.requests for report in reports]
    assert sent[:-1] == [100] * (len(sent) - 1)
    assert len(sent) > 2
    assert all(report.complete for report in reports)
    assert rows(life, "details_at IS NOT NULL OR gone_at IS NOT NULL") == wanted
    assert sum(report.details + report.gone for report in reports) == len(wanted)
    with pytest.raises(ValueError, match="a budget needs requests to spend"):
        fetched(life, max_requests=0)
    life.app.log.clear()
    given = life.run(lambda collection: collection.run_ids(list(wanted), renew=True, max_requests=7), of_people(life))
    assert (given.budget_spent, given.requests, given.given["outcomes"]["waiting"]) == (True, 7, len(wanted) - 7)


def test_people_are_as_tmdb_has_them_after_weeks_and_who_is_gone_is_a_fact() -> None:
    life = collected(details_limit=60)
    fetched(life)
    for _ in range(6):
        life.pass_days()
        life.run(lambda collection: collection.run_refresh(append=["credits"]))
        report = life.run(lambda collection: collection.run_refresh(), life.db.of(PERSON))
        # Where many of few are gone at once, that is believed when it is said again.
        assert report.failures_by_reason.keys() <= {"unconfirmed_gone"}
        assert report.feed is not None
        assert report.feed.gap is None
        life.collect(append=["credits"], details_limit=0)
        assert fetched(life).complete
        # Nobody who is gone is asked for again.
        assert fetched(life).requests == 0

    now, people = life.own.now(), life.world.people
    midnight = now // DAY * DAY
    gone = {number for number in rows(life, "true") if people.gone_at(number, midnight)}
    assert rows(life, "gone_at IS NOT NULL") >= gone != set()
    assert all(people.gone_at(number, now) for number in rows(life, "gone_at IS NOT NULL"))
    assert rows(life, "details_at IS NOT NULL OR gone_at IS NOT NULL") >= meant(life)
    stored = life.db.query("FROM live_people").as_dicts()
    for row in stored:
        # What changed today is asked for tomorrow.
        told = [people.page(row["tmdb_id"], moment) for moment in (midnight, now)]
        assert row["biography"] in [each["biography"] or None for each in told]
        assert row["also_known_as"] in [each["also_known_as"] for each in told]
        assert str(row["birthday"]) in [str(each["birthday"]) for each in told]
    edited = {event.film for event in people.events(0, midnight, now)}
    assert len(edited & {row["tmdb_id"] for row in stored}) > 10
    assert life.db.query("SELECT count(*) > 0 FROM person_history WHERE gone").rows == [(True,)]


@pytest.mark.parametrize("at", [1, 16])
def test_a_sync_keeps_those_who_are_stored_fresh_and_brings_nobody_else(at: int) -> None:
    life = Life(pace=PACE, at=at * HOUR)
    life.collect(append=["credits"], details_limit=40)
    fetched(life, limit=300)
    life.pass_days(3)
    before = rows(life, "true")
    work: Callable[[DataCollectionOrchestrator], Any] = lambda collection: collection.run_sync(1870, min_vote_count=0)  # noqa: E731
    report = life.run(work, life.db.of(PERSON))
    assert report.complete
    assert report.feed is not None
    assert report.feed.seen > report.feed.ours > 0
    assert report.refreshed_by_reason["changed"] + report.gone == report.feed.ours
    assert rows(life, "true") == before


def test_without_credits_nothing_is_asked() -> None:
    life = Life(pace=PACE)
    life.collect()
    life.app.log.clear()
    with pytest.raises(ConfigurationError, match="--parts credits"):
        fetched(life)
    with pytest.raises(ValueError, match="make one with of"):
        life.run(lambda collection: collection.run_people())
    assert life.app.log.report()["total"] == 0
    assert datetime.fromtimestamp(life.own.now(), UTC).year == 2026
