"""What those who made a film had done before it: what counts, what does not, and as of when."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.models import MovieDetails
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import MOVIE, PERSON
from ayne.kinds.person import JOBS
from tests.made_once import empty, in_memory
from tests.store.test_history import gone, merged
from tests.store.test_store import DAY, NOW, details

ANN, BOB, CLO = 1, 2, 3


@pytest.fixture
def db() -> Iterator[DuckDBClient]:
    with closing(in_memory()) as store:
        yield store


def film(
    tmdb_id: int, released: str | None, at: datetime = NOW, *, cast: tuple[int, ...] = (), **values: Any
) -> MovieDetails:
    """A film, with those who have a job in it: ``film(1, "2001-01-01", Director=(ANN,))``."""
    jobs = {job: values.pop(job) for job in list(values) if job[0].isupper()}
    crew = [{"id": person, "job": job, "name": "X"} for job, people in jobs.items() for person in people]
    stars = [{"id": person, "order": place, "name": "X"} for place, person in enumerate(cast)]
    both = {
        "cast": [{"credit_id": f"{tmdb_id}-cast-{place}", **star} for place, star in enumerate(stars)],
        "crew": [{"credit_id": f"{tmdb_id}-crew-{place}", **member} for place, member in enumerate(crew)],
    }
    return details(tmdb_id, at, release_date=released, parts={"credits": both}, **values)


def record(db: DuckDBClient, tmdb_id: int, role: str = "director", **options: Any) -> dict[str, Any]:
    day = options.pop("day", "2026-12-31")
    named = "".join(f", {name} := {value}" for name, value in options.items())
    sql = f"FROM track_record($day{named}) WHERE tmdb_id = $id AND role = $role"
    (row,) = db.query(sql, {"day": day, "id": tmdb_id, "role": role}).as_dicts()
    return row


def test_it_adds_up_the_films_of_the_same_role_before_the_release(db: DuckDBClient) -> None:
    films = [
        film(1, "2001-01-01", revenue=10, vote_count=1, vote_average=4.0, Director=(ANN,)),
        film(2, "2002-01-01", revenue=30, vote_count=3, vote_average=8.0, Director=(ANN,)),
        film(3, "2003-01-01", vote_count=0, Director=(ANN,)),
        film(4, "2004-01-01", Director=(ANN,)),
        film(5, "2005-01-01", revenue=99, vote_count=99, Director=(ANN,)),
    ]
    db.commit(Commit(details=films))
    assert record(db, 4) == {
        "tmdb_id": 4,
        "role": "director",
        "people": 1,
        "people_fetched": 0,
        "films": 3,
        "revenue": 40,
        "median_revenue": 20.0,
        "films_with_revenue": 2,
        "votes": 4,
        "vote_average": 7.0,
        "last_released": date(2003, 1, 1),
        "years_since_last": 365 / 365.25,
    }


def test_of_nobody_who_did_it_before_nothing_is_known(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, "2001-01-01", Director=(ANN,), revenue=5, vote_count=5)]))
    told = record(db, 1)
    assert (told["films"], told["films_with_revenue"]) == (0, 0)
    unknown = ("revenue", "median_revenue", "votes", "vote_average", "last_released", "years_since_last")
    assert [told[name] for name in unknown] == [None] * len(unknown)


def test_a_film_of_the_same_day_is_not_before(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(number, "2001-01-01", Director=(ANN,)) for number in (1, 2)]))
    db.commit(Commit(details=[film(3, "2000-12-31", Director=(ANN,))]))
    assert [record(db, number)["films"] for number in (1, 2, 3)] == [1, 1, 0]


def test_a_film_that_two_made_together_counts_once(db: DuckDBClient) -> None:
    films = [
        film(1, "2001-01-01", Director=(ANN, BOB), revenue=7),
        film(2, "2002-01-01", Director=(BOB,), revenue=9),
        film(3, "2003-01-01", Director=(ANN, BOB)),
    ]
    db.commit(Commit(details=films))
    told = record(db, 3)
    assert (told["people"], told["films"], told["revenue"]) == (2, 2, 16)


def test_other_roles_and_other_jobs_are_no_record(db: DuckDBClient) -> None:
    films = [
        film(1, "2001-01-01", Producer=(ANN,), Novel=(ANN,), cast=(ANN,)),
        film(2, "2002-01-01", Writer=(ANN,)),
        film(3, "2003-01-01", Director=(ANN,), Screenplay=(ANN,), Story=(ANN,), cast=(ANN,)),
    ]
    db.commit(Commit(details=films))
    told = {role: record(db, 3, role) for role in ("director", "writer", "cast")}
    assert {role: (row["people"], row["films"]) for role, row in told.items()} == {
        "director": (1, 0),
        "writer": (1, 1),
        "cast": (1, 1),
    }


def test_only_the_first_billed_count_then_and_now(db: DuckDBClient) -> None:
    films = [
        # Somebody who plays two parts is one of them.
        film(1, "2001-01-01", cast=(BOB, BOB, ANN)),
        film(2, "2002-01-01", cast=(BOB, CLO, ANN)),
        film(3, "2003-01-01", cast=(ANN, CLO)),
    ]
    db.commit(Commit(details=films))
    assert [record(db, 3, "cast", billed=count)["films"] for count in (1, 2, 3)] == [0, 2, 2]
    assert [record(db, 2, "cast", billed=count)["people"] for count in (1, 2, 5)] == [1, 2, 3]


def test_films_can_be_asked_to_lie_further_apart_but_never_closer(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, "2001-01-01", Director=(ANN,)), film(2, "2001-04-11", Director=(ANN,))]))
    assert [record(db, 2, days_apart=days)["films"] for days in (-5, 0, 1, 100, 101)] == [1, 1, 1, 1, 0]


def test_numbers_are_those_of_the_day(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, "2026-04-01", Director=(ANN,), revenue=1, vote_count=10)]))
    db.commit(Commit(details=[film(2, "2026-06-01", Director=(ANN,))]))
    db.commit(Commit(details=[film(1, "2026-04-01", NOW + 9 * DAY, Director=(ANN,), revenue=5, vote_count=50)]))
    told = [record(db, 2, day=day) for day in ("2026-04-30", "2026-05-01", "2026-05-09", "2026-05-10")]
    # Before the file had ever heard of it there was the film, and nothing known of it.
    assert [(row["films"], row["revenue"], row["votes"]) for row in told] == [
        (1, None, None),
        (1, 1, 10),
        (1, 1, 10),
        (1, 5, 50),
    ]


def test_what_comes_out_after_the_day_is_yet_to_be_done(db: DuckDBClient) -> None:
    films = [film(number, f"2026-0{number}-01", Director=(ANN,)) for number in (6, 7, 8)]
    db.commit(Commit(details=films))
    assert [record(db, 8, day=day)["films"] for day in ("2026-05-31", "2026-06-01", "2026-07-15")] == [0, 1, 2]


def test_what_is_gone_or_merged_counts_until_it_was(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(number, f"200{number}-01-01", Director=(ANN,)) for number in (1, 2, 3)]))
    db.commit(gone(1, NOW + 3 * DAY))
    db.commit(merged(2, 3, NOW + 5 * DAY))
    days = ("2026-04-01", "2026-05-03", "2026-05-05", "2026-05-07")
    # Of the first of these days nothing was noted, so what is known now decides.
    assert [record(db, 3, day=day)["films"] for day in days] == [0, 2, 1, 0]
    assert db.query("FROM track_record('2026-05-07') WHERE tmdb_id < 3").rows == []


def test_a_film_without_a_day_or_without_credits_has_no_record(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, None, Director=(ANN,)), details(2, release_date="2001-01-01")]))
    db.commit(Commit(details=[film(3, "2002-01-01", cast=(ANN,))]))
    assert db.query("SELECT tmdb_id, role FROM track_record('2026-12-31')").rows == [(3, "cast")]


def test_an_average_of_no_vote_counts_for_nothing(db: DuckDBClient) -> None:
    films = [
        film(1, "2001-01-01", Director=(ANN,), vote_count=0, vote_average=7.0),
        film(2, "2002-01-01", Director=(ANN,)),
    ]
    db.commit(Commit(details=films))
    assert db.query("SELECT films, vote_average FROM track_record('2026-12-31') WHERE tmdb_id = 2").rows == [(1, None)]


def test_what_it_adds_up_can_be_looked_at(db: DuckDBClient) -> None:
    films = [
        film(1, "2001-01-01", Director=(ANN, BOB), revenue=7, vote_count=2, vote_average=5.0),
        film(2, "2001-01-11", Director=(ANN, BOB)),
    ]
    db.commit(Commit(details=films))
    rows = db.query("FROM earlier_films('2026-12-31') ORDER BY person_id").as_dicts()
    assert [row["person_id"] for row in rows] == [ANN, BOB]
    assert {name: value for name, value in rows[0].items() if name != "person_id"} == {
        "tmdb_id": 2,
        "role": "director",
        "earlier_id": 1,
        "released": date(2001, 1, 1),
        "days_before": 10,
        "revenue": 7,
        "vote_count": 2,
        "vote_average": 5.0,
    }


def person(tmdb_id: int, *made: dict[str, Any], at: datetime = NOW) -> Any:
    """Somebody, with the films that they directed or, where the row has an ``order``, played in."""
    rows = [{"credit_id": f"{tmdb_id}-{place}", "media_type": "movie", **row} for place, row in enumerate(made)]
    both: dict[str, Any] = {
        "cast": [row for row in rows if "order" in row],
        "crew": [{"job": "Director", **row} for row in rows if "order" not in row],
    }
    fields = dict.fromkeys(PERSON.details) | {"also_known_as": []}
    return fields | {"tmdb_id": tmdb_id, "observed_at": at.isoformat(), "raw": {}, "parts": {"combined_credits": both}}


def made(film_id: int, released: str, votes: int = 0, **values: Any) -> dict[str, Any]:
    return {"id": film_id, "release_date": released, "vote_count": votes, "vote_average": 5.0, **values}


@pytest.fixture
def with_people() -> Iterator[DuckDBClient]:
    with closing(in_memory(PERSON)) as store:
        yield store.of(MOVIE)


def test_films_that_only_a_person_tells_of_count_too(with_people: DuckDBClient) -> None:
    db = with_people
    db.commit(Commit(details=[film(1, "2001-01-01", Director=(ANN,), revenue=7, vote_count=3, vote_average=8.0)]))
    db.commit(Commit(details=[film(2, "2002-01-01", Director=(ANN, BOB))]))
    told = (
        made(1, "2001-01-01", 99),
        made(2, "2002-01-01", 99),
        made(8, "2000-05-05", 4),
        made(9, "2002-01-01", 50),
        made(10, "1999-01-01", 50, job="Producer"),
        made(11, "1999-01-01", 50, media_type="tv"),
        made(12, "", 50),
    )
    db.of(PERSON).commit(Commit(details=[person(ANN, *told)]))
    row = record(db, 2)
    assert (row["people"], row["people_fetched"], row["films"], row["films_with_revenue"]) == (2, 1, 2, 1)
    assert (row["votes"], row["revenue"], row["vote_average"]) == (7, 7, (3 * 8 + 4 * 5) / 7)
    # Of films that are not in the file there is no record.
    assert db.query("SELECT DISTINCT tmdb_id FROM track_record('2026-12-31') ORDER BY ALL").rows == [(1,), (2,)]


def test_two_who_tell_of_one_film_tell_of_one_and_the_newest_is_believed(with_people: DuckDBClient) -> None:
    db = with_people
    db.commit(Commit(details=[film(2, "2002-01-01", Director=(ANN, BOB))]))
    both = [person(ANN, made(8, "2000-05-05", 4)), person(BOB, made(8, "2000-05-05", 6), at=NOW + DAY)]
    db.of(PERSON).commit(Commit(details=both))
    days = ("2026-04-01", "2026-05-01", "2026-05-02")
    told = [record(db, 2, day=day) for day in days]
    assert [(row["films"], row["votes"]) for row in told] == [(1, None), (1, 4), (1, 6)]


def test_a_film_that_a_person_tells_of_has_the_numbers_that_the_file_has_of_it(with_people: DuckDBClient) -> None:
    db = with_people
    other = details(8, release_date="2001-07-07", revenue=5, vote_count=40)
    db.commit(Commit(details=[film(2, "2002-01-01", cast=(ANN,)), other]))
    billed = (made(8, "2000-05-05", 4, order=1), made(9, "2000-05-05", 4, order=2))
    db.of(PERSON).commit(Commit(details=[person(ANN, *billed)]))
    row = record(db, 2, "cast", billed=2)
    assert (row["films"], row["revenue"], row["votes"], row["last_released"]) == (1, 5, 40, date(2001, 7, 7))
    db.commit(gone(8, NOW + DAY))
    assert record(db, 2, "cast", billed=2)["films"] == 0


def test_all_whose_record_is_told_are_fetched_by_default() -> None:
    assert {job for jobs in MOVIE.roles.values() for job in jobs} <= set(JOBS)


def test_careers_stay_when_the_file_is_opened_for_films_alone(tmp_path: Path) -> None:
    file = Path(shutil.copy(empty(PERSON), tmp_path / "films.duckdb"))
    people = DuckDBClient(file, kind=PERSON)
    people.commit(Commit(details=[person(ANN, made(8, "2000-05-05", 4))]))
    with duckdb.connect(str(file)) as con:
        con.execute("UPDATE schema_declared SET digest = 'another' WHERE kind = 'movie'")
    films = DuckDBClient(file)
    films.commit(Commit(details=[film(2, "2002-01-01", Director=(ANN,))]))
    assert record(films, 2)["films"] == 1


def test_a_file_of_before_gets_it_when_it_is_opened(db: DuckDBClient, empty_file: Path) -> None:
    with duckdb.connect(str(empty_file)) as con:
        con.execute("DROP MACRO TABLE track_record")
        con.execute("UPDATE schema_declared SET digest = 'another' WHERE kind = 'movie'")
    store = DuckDBClient(empty_file)
    store.commit(Commit(details=[film(1, "2001-01-01", Director=(ANN,))]))
    assert record(store, 1)["films"] == 0
