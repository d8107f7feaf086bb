"""Whom stored credits name: the choice beside one made by hand, and what becomes of who is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.credited import Credited
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.data_collection.tmdb.records import read_details
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError
from ayne.kinds import MOVIE, PERSON, SERIES, Kind
from tests.made_once import in_memory
from tests.series_bodies import answered, body_of, read

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
ALL = Credited(None, None)


def played(person: int, order: int | None, popularity: float = 1.0) -> dict[str, Any]:
    return {"id": person, "credit_id": f"c{person}-{order}", "order": order, "popularity": popularity, "character": "A"}


def did(person: int, job: str, department: str = "Crew", popularity: float = 1.0) -> dict[str, Any]:
    key = f"d{person}-{job}"
    return {"id": person, "credit_id": key, "job": job, "department": department, "popularity": popularity}


def film(number: int, cast: list[dict[str, Any]], crew: list[dict[str, Any]]) -> Any:
    body = {
        "id": number,
        "title": f"Film {number}",
        "release_date": "2020-01-01",
        "credits": {"cast": cast, "crew": crew},
    }
    return read_details(answered(body), MOVIE)


@pytest.fixture
def people() -> DuckDBClient:
    """Two films and a series; of the second film the last is the first-billed."""
    db = in_memory(PERSON)
    crew = [did(20, "Director", "Directing"), did(21, "Gaffer"), did(22, "Novel", "Writing")]
    db.of(MOVIE).commit(
        Commit(
            details=[
                film(1, [played(10, 0), played(10, 7), played(11, 1), played(12, 5, 9.0), played(13, None)], crew),
                film(2, [played(14, 900), played(10, 3)], [did(21, "director")]),
            ]
        )
    )
    roles = {"cast": [{"id": 15, "order": 0, "roles": [{"credit_id": "r", "character": "B", "episode_count": 3}]}]}
    series = body_of(created_by=[{"id": 30, "name": "C"}], aggregate_credits=roles | {"crew": []})
    db.of(SERIES).commit(Commit(details=[read(series)]))
    return db


def chosen(people: DuckDBClient, who: Credited, *parts: str, now: datetime = NOW) -> set[int]:
    found = people.credited_ids(who, parts, now)
    assert len(set(found)) == len(found) == people.count_credited(who, parts, now)["missing"]
    return set(found)


@pytest.mark.parametrize(
    ("who", "ids"),
    [
        (Credited(1, ()), {10, 15}),
        # Who plays two roles takes one place.
        (Credited(2, ()), {10, 11, 14, 15}),
        (Credited(4, ()), {10, 11, 12, 13, 14, 15}),
        (Credited(0, ("Director",)), {20, 21}),
        (Credited(0, ("writing", "Creator")), {22, 30}),
        (Credited(0, ("Acting",)), {10, 11, 12, 13, 14, 15}),
        (Credited(1), {10, 15, 20, 21, 30}),
        (ALL, {10, 11, 12, 13, 14, 15, 20, 21, 22, 30}),
        (Credited(None, None, 5.0), {12}),
    ],
)
def test_those_are_chosen_whom_the_credits_name_so(people: DuckDBClient, who: Credited, ids: set[int]) -> None:
    assert chosen(people, who) == ids


def test_the_most_popular_come_first(people: DuckDBClient) -> None:
    assert people.credited_ids(Credited(None, ()), (), NOW, 3)[:2] == [12, 10]


def test_credits_of_a_film_that_is_gone_name_nobody(people: DuckDBClient) -> None:
    gone = FetchFailure(2, "not_found", "404", gone=True, status=404, observed_at=NOW)
    people.of(MOVIE).commit(Commit(failures=[(gone, NOW)]))
    assert chosen(people, ALL) == {10, 11, 12, 13, 15, 20, 21, 22, 30}


def person(number: int, **values: Any) -> Any:
    return read_details(answered({"id": number, "name": "N"} | values, NOW), PERSON)


def test_who_is_stored_with_all_parts_is_not_asked_for_again(people: DuckDBClient) -> None:
    people.commit(Commit(details=[person(10), person(11, images={"profiles": []})]))
    who = Credited(2, ())
    assert chosen(people, who) == {14, 15}
    assert chosen(people, who, "images") == {10, 14, 15}
    assert people.count_credited(who, (), NOW) == {"missing": 2, "stored": 2, "gone": 0, "waiting": 0}


def test_who_is_named_and_gone_is_a_fact_and_who_failed_waits(people: DuckDBClient) -> None:
    gone, strange = (
        FetchFailure(number, "not_found", "404", gone=True, status=404, observed_at=NOW) for number in (10, 999)
    )
    people.commit(
        Commit(
            failures=[
                (gone, NOW),
                (strange, NOW),
                (FetchFailure(11, "invalid_request", "400"), NOW + timedelta(days=7)),
            ]
        )
    )
    # What nobody names leaves no trace.
    assert people.query("SELECT tmdb_id, gone_at, details_at FROM people").rows == [
        (10, NOW.replace(tzinfo=None), None)
    ]
    assert people.query("SELECT tmdb_id, gone FROM person_history").rows == [(10, True)]
    who = Credited(2, ())
    assert chosen(people, who) == {14, 15}
    assert people.count_credited(who, (), NOW) == {"missing": 2, "stored": 0, "gone": 1, "waiting": 1}
    assert chosen(people, who, now=NOW + timedelta(days=8)) == {11, 14, 15}
    # Who is there again is not gone any more.
    people.commit(Commit(details=[person(10)]))
    assert people.count_credited(who, (), NOW)["stored"] == 1


def test_the_films_and_series_of_somebody_are_told_each_once(people: DuckDBClient) -> None:
    told = people.named("titles_that_name", id=10).as_dicts()
    assert [(row["title"], row["as"], row["billing"]) for row in told] == [
        ("Film 1", ["cast"], 0),
        ("Film 2", ["cast"], 3),
    ]
    (series,) = people.named("titles_that_name", id=30).as_dicts()
    assert (series["kind"], series["title"], series["as"]) == ("series", "Nine", ["Creator"])


def test_a_job_that_no_credit_has_is_refused_with_one_that_is_near(people: DuckDBClient) -> None:
    jobs = people.credited_jobs()
    assert jobs == {"Acting", "Director", "director", "Directing", "Gaffer", "Crew", "Novel", "Writing", "Creator"}
    Credited(jobs=("gaffer", "Writing")).check_jobs(jobs, "f")
    # Of those that are meant by default some file has none.
    Credited().check_jobs(jobs, "f")
    with pytest.raises(ConfigurationError, match="Did you mean 'Gaffer'"):
        Credited(jobs=("Gafer",)).check_jobs(jobs, "f")
    with pytest.raises(ConfigurationError, match="has no credits that name people"):
        Credited().check_jobs(in_memory(PERSON).credited_jobs(), "f")


@pytest.mark.parametrize("kind", [MOVIE, SERIES], ids=lambda kind: kind.name)
def test_a_kind_that_nothing_names_has_nobody_to_choose(kind: Kind, people: DuckDBClient) -> None:
    assert people.of(kind).credited_ids(ALL, (), NOW) == []
