"""Films that change, go, merge and return while a file follows them, compared with what was true."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb import FetchFailure, MovieDetails, TMDBClient, Unchanged
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.pace import Pace
from ayne.sandbox.world import World
from tests.in_process import make_client
from tests.virtual_time import VirtualClock, run

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = 86_400
DAYS = 12
LIVELY = Pace(added=0, edited=0.05, moved=0.1, deleted=0.02, merged=0.01, returned=0.2)
FOLLOWED = ("vote_count", "vote_average", "popularity", "revenue", "budget", "status")

Fetched = MovieDetails | FetchFailure | Unchanged


class OwnTime(VirtualClock):
    """The sandbox's time as the client's."""

    def __init__(self, own_time: SandboxClock) -> None:
        self._own_time = own_time

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._own_time.now(), UTC)


class Followed:
    """A living sandbox, and a file that asked for every film at each noon."""

    def __init__(self, *, parts: tuple[str, ...] = ()) -> None:
        self.time = SandboxClock(START.timestamp(), 0)
        films = Catalogue.generated(300, seed=3)
        self.ids = films.ids(range(len(films)))
        self.world = World(films, seed=7, pace=LIVELY, start=START.timestamp())
        self.app = SandboxApp(
            self.world, own_time=self.time, clock=lambda: asyncio.get_running_loop().time(), rate=None
        )
        self.db = DuckDBClient(":memory:")
        self.parts = parts
        self.answers: Counter[str] = Counter()

    @property
    def now(self) -> float:
        return self.time.now()

    def client(self) -> TMDBClient:
        return make_client(self.app, clock=OwnTime(self.time), requests_per_second=10_000)

    def ask(self) -> None:
        """Ask for all films, by the names of their copies where there are any, and store what comes."""

        async def fetched() -> list[Fetched]:
            names = self.db.etags(self.ids, self.parts, keep_raw=True)
            async with self.client() as client:
                films = client.iter_movie_details(self.ids, append=self.parts, keep_bodies=True, etags=names)
                return [film async for film in films]

        now = datetime.fromtimestamp(self.now, UTC)
        batch = Commit()
        for film in run(fetched()):
            self.answers[type(film).__name__ if not isinstance(film, dict) else "MovieDetails"] += 1
            if isinstance(film, FetchFailure):
                batch.failures.append((film, now))
            elif isinstance(film, Unchanged):
                batch.unchanged.append(film)
            else:
                batch.details.append(film)
        self.db.commit(batch)

    def truth(self, film: int, at: float) -> dict[str, Any]:
        """What is true of a film: whether it is gone or merged, by way of all merges, and its values."""
        fate, target = self.world.fate(film, at), film
        while fate and fate.merged_into is not None:
            target = fate.merged_into
            fate = self.world.fate(target, at)
        if fate is None or not fate.exists:
            return {"gone": True}
        if target != film:
            return {"gone": False, "merged_into": target}
        body = self.world.details(film, (), at) or {}
        # 0 is how TMDB says that it does not know; of votes it is a number.
        values = {name: body[name] if name in ("vote_count", "popularity") else body[name] or None for name in FOLLOWED}
        return {"gone": False, "merged_into": None, **values}

    def wrong(self, rows: list[dict[str, Any]], at: float) -> list[tuple[Any, Any]]:
        """Films of which a table says something else than was true at a moment."""
        said = {row["tmdb_id"]: row for row in rows}
        assert said.keys() == set(self.ids)
        truths = {film: self.truth(film, at) for film in self.ids}
        return [
            (truth, row)
            for film, truth in truths.items()
            if {name: (row := said[film])[name] for name in truth} != truth
        ]


@cache
def followed() -> Followed:
    """Twelve days, each of which was looked at when it was over."""
    story = Followed(parts=("keywords",))
    story.ask()
    for _ in range(DAYS):
        story.time.advance(DAY / 2)
        story.ask()
        stored = story.db.query("SELECT *, gone_at IS NOT NULL AS gone FROM movies").as_dicts()
        assert story.wrong(stored, story.now) == []
        story.time.advance(DAY / 2)
    return story


def test_after_each_day_the_films_are_what_they_are_gone_merged_or_back() -> None:
    story = followed()
    marks = Counter(row["mark"] for film in story.ids for row in story.db.history(film).as_dicts())
    assert marks["gone"] > 20
    assert marks["back"] > 5
    assert sum(count for mark, count in marks.items() if mark and mark.startswith("merged into")) > 10


def test_the_film_of_any_day_is_what_was_true_when_it_was_asked_for() -> None:
    story = followed()
    for day in range(DAYS):
        noon = START + timedelta(days=day, hours=12)
        rows = story.db.query("SELECT * FROM film_as_of($day)", {"day": noon.date()}).as_dicts()
        assert story.wrong(rows, noon.timestamp()) == []


def test_no_row_of_the_history_says_what_the_one_before_said() -> None:
    story = followed()
    for film in story.ids:
        rows = [tuple(row[name] for name in (*FOLLOWED, "gone", "merged_into")) for row in history(story, film)]
        assert all(older != newer for older, newer in pairwise(rows))


def history(story: Followed, film: int) -> Iterator[dict[str, Any]]:
    yield from story.db.history(film).as_dicts()


def test_most_films_are_not_sent_again_and_the_answers_kept_are_the_newest() -> None:
    story = followed()
    assert story.answers["Unchanged"] > story.answers["MovieDetails"]
    late = "SELECT count(*) FROM films f JOIN raw r USING (tmdb_id) WHERE r.observed_at <> f.details_at"
    assert story.db.query(late).rows == [(0,)]


@pytest.mark.parametrize("parts", [(), ("credits",)])
def test_a_304_costs_less_than_the_film(parts: tuple[str, ...]) -> None:
    story = Followed(parts=parts)

    async def bytes_received(etags: dict[int, str]) -> tuple[int, int]:
        async with story.client() as client:
            films = [film async for film in client.iter_movie_details(story.ids[:20], append=parts, etags=etags)]
            assert all(isinstance(film, Unchanged) for film in films) == bool(etags)
            return client.traffic.bytes_received, client.traffic.requests

    story.ask()
    names = story.db.etags(story.ids[:20], parts, keep_raw=True)
    assert len(names) == 20
    (whole, asked), (nothing, asked_again) = run(bytes_received({})), run(bytes_received(names))
    assert whole > 20 * 300
    assert nothing == 0
    assert asked == asked_again == 20


def test_a_film_comes_whole_when_its_name_is_another() -> None:
    story = Followed()
    story.ask()
    film, etag = next(iter(story.db.etags(story.ids, (), keep_raw=True).items()))

    async def spoken(etags: dict[int, str]) -> list[Fetched]:
        async with story.client() as client:
            return [found async for found in client.iter_movie_details([film], etags=etags)]

    assert isinstance(run(spoken({film: etag}))[0], Unchanged)
    assert isinstance(run(spoken({film: 'W/"another"'}))[0], dict)
