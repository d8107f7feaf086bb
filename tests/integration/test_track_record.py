"""The track record of a thousand films of the sandbox, beside what a slow script makes of the same answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from functools import cache
from typing import Any

import pytest
from benchmarks.track_record import bodies, mismatches, records
from benchmarks.track_record_by_hand import track_records

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import MOVIE, PERSON, Kind
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from tests.in_process import make_client

FILMS = 1_000
STARS = 5
DAY = date(2026, 12, 31)


@cache
def _catalogue() -> Catalogue:
    return Catalogue.generated(2 * FILMS, seed=8)


def _fetched(kind: Kind, ids: Sequence[int], part: str) -> list[Any]:
    async def fetch() -> list[Any]:
        async with make_client(SandboxApp(_catalogue(), rate=None), requests_per_second=1e6) as client:
            found = client.iter_details(kind, ids, append=[part], keep_bodies=True)
            return [record async for record in found if not isinstance(record, FetchFailure | Unchanged)]

    return asyncio.run(fetch())


def _named(film: MovieDetails) -> list[int]:
    """Who directed a film, and who starred in it."""
    both = json.loads(film["body"])["credits"]
    directors = [member["id"] for member in both["crew"] if member["job"] == "Director"]
    return directors + [actor["id"] for actor in both["cast"] if actor["order"] < STARS]


def _busiest(film: MovieDetails) -> int:
    """The lower the id of somebody in the sandbox, the more films they are in."""
    return min(_named(film), default=10**9)


@pytest.fixture(scope="module")
def films() -> list[MovieDetails]:
    """A thousand films, those of the people who are in most: strangers have no record."""
    found = _fetched(MOVIE, _catalogue().ids(range(2 * FILMS)), "credits")
    return sorted(found, key=_busiest)[:FILMS]


@pytest.fixture
def db(films: list[MovieDetails]) -> Iterator[DuckDBClient]:
    with closing(DuckDBClient(":memory:")) as store:
        store.commit(Commit(details=films))
        yield store


def test_it_is_what_a_slow_script_makes_of_the_same_answers(db: DuckDBClient, films: list[MovieDetails]) -> None:
    answers = bodies(films)
    truth = track_records([body["id"] for body in answers], answers, DAY)
    assert mismatches(records(db, DAY), truth) == []
    dated = {body["id"] for body in answers if body["release_date"]}
    assert {record["tmdb_id"] for record in truth} == dated
    assert len(dated) > FILMS * 0.9
    assert sum(record["films"] > 0 for record in truth) > FILMS / 4


def test_what_fetched_people_tell_of_other_films_is_in_it(films: list[MovieDetails]) -> None:
    stored = films[::2]
    people = _fetched(PERSON, sorted({person for film in stored for person in _named(film)})[::2], "combined_credits")
    with closing(DuckDBClient(":memory:", kind=PERSON)) as store:
        store.of(MOVIE).commit(Commit(details=stored))
        alone = records(store, DAY)
        store.commit(Commit(details=people))
        said = records(store, DAY)
    answers = bodies(stored)
    truth = track_records([body["id"] for body in answers], answers, DAY, fetched=bodies(people))
    assert mismatches(said, truth) == []
    assert sum(record["films"] for record in said) > 1.5 * sum(record["films"] for record in alone)


def test_later_films_and_what_is_said_of_them_change_nothing_before(
    db: DuckDBClient, films: list[MovieDetails]
) -> None:
    days = sorted(str(film["release_date"]) for film in films if film["release_date"])
    then, first_new = days[FILMS // 2], 1 + max(film["tmdb_id"] for film in films)
    before = records(db, DAY)
    changed: list[Any] = [
        film | {"revenue": 10**9, "vote_count": 10**6, "vote_average": 9.9}
        for film in films
        if str(film["release_date"]) >= then
    ]
    # Everybody makes one more on that very day, of which there are others already.
    more: list[Any] = [
        film | {"tmdb_id": first_new + film["tmdb_id"], "release_date": then, "revenue": 10**9} for film in films
    ]
    db.commit(Commit(details=changed + more))
    after = records(db, DAY)
    early = {film["tmdb_id"] for film in films if film["release_date"] and film["release_date"] <= then}
    late = {film["tmdb_id"] for film in films} - early
    assert len(early) > FILMS / 3
    assert _of(after, early) == _of(before, early)
    assert _of(after, late) != _of(before, late)


def _of(found: list[dict[str, Any]], ids: set[int]) -> list[dict[str, Any]]:
    return [record for record in found if record["tmdb_id"] in ids]
