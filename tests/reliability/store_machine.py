"""Random steps of the store, and of a model of it in plain dicts: after each, both hold the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.clock import SystemClock
from ayne.data_collection.commit import Commit
from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.omdb.quota import LeaseTerms, utc_day
from ayne.data_collection.rebuild import rebuild
from ayne.data_collection.tmdb.changes import DayOfChanges
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, MovieSummary, Unchanged
from ayne.data_collection.tmdb.records import read_again
from ayne.database.duckdb_client import DuckDBClient
from ayne.database.rows import to_utc
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.dump import differences
from tests.reliability.store_model import DETAILED, LISTED, Model
from tests.store.test_store import page, summary

_STEPS = 30
# Few, so that much happens to each.
_FILMS = 5
_START = datetime(2026, 5, 1, 12, tzinfo=UTC)
_QUOTA = 20

_QUERIES = {
    "movies": f"SELECT tmdb_id, {', '.join(LISTED + DETAILED)}, first_seen_at, summary_at, details_at, "
    "popularity_at, gone_at, merged_into, merged_at FROM movies",
    "listed": "SELECT DISTINCT sweep_id, tmdb_id FROM listed",
    "parts": "SELECT tmdb_id, part, fetched_at FROM parts",
    "keywords": "SELECT tmdb_id, keyword_id FROM keywords",
    "raw": "SELECT tmdb_id, parts, observed_at FROM raw",
    "etags": "SELECT tmdb_id, parts, etag FROM etags",
    "failures": "SELECT tmdb_id, reason FROM failures",
    "movie_history": "SELECT tmdb_id, observed_at, vote_count, vote_average, popularity, revenue, budget, status, "
    "gone, merged_into FROM movie_history",
    "changed": "SELECT tmdb_id, changed_by, safe_at, not_before, seen_at FROM changed",
    "change_feed": "SELECT watermark FROM change_feed",
    "ratings": "SELECT imdb_id, outcome, imdb_votes FROM ratings",
    "allowance": "SELECT day, spent FROM allowance",
}


class _Clock(SystemClock):
    """A clock that the machine sets."""

    def __init__(self) -> None:
        self.moment = _START

    def now(self) -> datetime:
        return self.moment


class _Machine:
    """A store, a model of it, and what can be done to both."""

    def __init__(self, path: Path | str, dice: random.Random) -> None:
        self.dice = dice
        self.clock = _Clock()
        self.path = path
        self.store = DuckDBClient(path, clock=self.clock)
        self.model = Model()
        self.told: list[str] = []

    # --- chance ---------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return to_utc(self.clock.now())

    def film(self) -> int:
        return self.dice.randrange(1, _FILMS + 1)

    def seen(self) -> datetime:
        """When an answer was made: lately, or some hours or days ago when it lay in a cache."""
        hours = self.dice.choice((0, 0, 1, 6, 30, 70))
        return self.clock.now() - timedelta(hours=hours)

    def values(self) -> dict[str, Any]:
        """Few different ones, so that some stay as they were."""
        dice = self.dice
        return {
            "title": dice.choice(("One", "Two", "Ünï\u2028cödé")),
            "overview": dice.choice((None, "A text.")),
            "release_date": dice.choice((None, "2024-02-29", "1900-01-01")),
            "vote_count": dice.choice((1, 2)),
            **dice.choice(({"vote_average": None, "popularity": 0.25}, {"vote_average": 7.5, "popularity": None})),
        }

    def list_row(self) -> MovieSummary:
        return summary(self.film(), self.seen(), **self.values())

    def details(self) -> MovieDetails:
        dice, tmdb_id = self.dice, self.film()
        body = {"id": tmdb_id, **self.values(), "imdb_id": dice.choice((None, f"tt{tmdb_id:07}"))}
        body |= {"runtime": dice.choice((None, 90)), "tagline": dice.choice(("", "Ah."))}
        # What the history follows is often as it was.
        body |= dice.choice(
            ({"status": "Planned", "budget": 5, "revenue": 0}, {"status": "Released", "revenue": 2**40})
        )
        parts = dice.choice(((), ("keywords",), ("keywords", "videos"), ("videos",)))
        if "keywords" in parts:
            body["keywords"] = {"keywords": [{"id": i, "name": f"word {i}"} for i in range(dice.randrange(3))]}
        text = json.dumps(body).encode()
        film = read_again(text, self.seen(), parts)
        if dice.random() < 0.7:
            film["body"] = text
        if dice.random() < 0.7:
            film["etag"] = f'W/"{dice.randrange(10**6)}"'
        return film

    def failure(self) -> tuple[FetchFailure, datetime]:
        tmdb_id, at, kind = self.film(), self.seen(), self.dice.randrange(3)
        if kind == 0:
            failure = FetchFailure(tmdb_id, "timed_out", "slow")
        elif kind == 1:
            failure = FetchFailure(tmdb_id, "not_found", "404", gone=True, status=404, observed_at=at)
        else:
            failure = FetchFailure(tmdb_id, "merged", "other", merged_into=self.film(), status=200, observed_at=at)
        return failure, self.clock.now()

    # --- steps ----------------------------------------------------------------------------------------------------

    def pages(self) -> None:
        pages = [page(*(self.list_row() for _ in range(self.dice.randrange(5)))) for _ in range(2)]
        self._commit(Commit(self.dice.randrange(1, 3), pages))

    def fetch(self) -> None:
        self._commit(Commit(details=[self.details() for _ in range(self.dice.randrange(1, 4))]))

    def everything(self) -> None:
        pages, details = [page(self.list_row(), self.list_row())], self.details()
        # Nobody asks by the name of an earlier answer for a film of which a new one has just come.
        told = {details["tmdb_id"], *(row["tmdb_id"] for row in pages[0].results)}
        unchanged = [film for film in self.unchanged() if film.tmdb_id not in told]
        self._commit(Commit(1, pages, [details], unchanged, [self.failure()]))

    def confirm(self) -> None:
        self._commit(Commit(unchanged=self.unchanged()))

    def unchanged(self) -> list[Unchanged]:
        """Only a copy that TMDB knows by its name can be said to be as it was."""
        named = sorted(self.model.etags.items())
        return [Unchanged(film, parts, self.seen()) for film, (parts, _) in named if self.dice.random() < 0.5]

    def fail(self) -> None:
        self._commit(Commit(failures=[self.failure() for _ in range(self.dice.randrange(1, 4))]))

    def _commit(self, batch: Commit) -> None:
        # Of one film that is told of twice in a batch, with other parts, either counts for some of it: that has tests
        # of its own. Here the later one has what the earlier had.
        parts = {film["tmdb_id"]: film["parts"].keys() for film in batch.details}
        batch.details = [film for film in batch.details if film["parts"].keys() == parts[film["tmdb_id"]]]
        self.told.append(str(batch))
        self.store.commit(batch)
        self.model.commit(batch, self.now())

    def change(self) -> None:
        dice, moment = self.dice, self.clock.now()
        films = [self.film() for _ in range(dice.randrange(5))]
        changed_by, safe_at, not_before = (moment + timedelta(hours=dice.randrange(-30, 30)) for _ in range(3))
        is_whole = dice.random() < 0.8
        day = DayOfChanges(moment.date(), films, films[:1], changed_by, safe_at, not_before, complete=is_whole)
        self.told.append(str(day))
        counts = self.store.enter_changes(day, moment)
        assert counts == self.model.enter_changes(day, self.now()), "it counts other changes"

    def rate(self) -> None:
        terms = LeaseTerms("OMDb", quota=_QUOTA, requests=self.dice.randrange(1, 6), titles=3)
        day = utc_day(self.clock.now())
        spent = self.model.spent.setdefault(day, 0)
        lease, _, _ = self.store.lease_ratings(terms, self.clock.now())
        if lease is None:
            return
        assert 0 < lease.granted <= min(terms.requests, _QUOTA - spent), "it lends more than there is"
        known = {film.values["imdb_id"] for film in self.model.films.values() if not film.gone_at}
        assert set(lease.imdb_ids) <= known
        assert len(lease.imdb_ids) <= min(terms.titles, lease.granted)
        lease.used = self.dice.randrange(lease.granted + 1)
        results: list[Any] = []
        for imdb_id in lease.imdb_ids:
            if self.dice.random() < 0.5:
                votes = self.dice.randrange(100)
                results.append(_rating(imdb_id, votes, self.clock.now()))
                self.model.ratings[imdb_id] = ("rated", votes)
            else:
                results.append(RatingFailure(imdb_id, "not_found", "no such title"))
                _, votes = self.model.ratings.get(imdb_id, ("", None))  # type: ignore[assignment]  # None for none
                self.model.ratings[imdb_id] = ("none", votes)
        self.store.commit_ratings(lease, results, self.clock.now())
        self.model.spent[day] = spent + lease.used

    def purge(self) -> None:
        before, history = self.clock.now() - timedelta(hours=self.dice.randrange(1, 200)), self.dice.random() < 0.5
        self.told.append(f"purge before {before}, {history=}")
        self.store.purge(before, history=history)
        self.model.purge(to_utc(before), history=history)

    def rebuild(self) -> None:
        """What was read once is read again: nothing is other than it was."""
        if self.model.answers:
            rebuild(self.store, films_at_once=self.dice.randrange(1, 5))

    def reopen(self) -> None:
        if self.path != ":memory:":
            self.store = DuckDBClient(self.path, clock=self.clock)

    def export(self) -> None:
        """A Parquet file holds what the table holds."""
        if self.path == ":memory:" or not self.model.films:
            return
        with TemporaryDirectory(prefix="ayne-machine-") as folder:
            written = self.store.export(Path(folder), "parquet")
            with duckdb.connect(":memory:") as con:
                for name, rows, path in written:
                    query = _QUERIES.get(name, f"SELECT * FROM {name}")
                    back = con.execute(query.replace(f"FROM {name}", f"FROM '{path}'")).fetchall()
                    assert len(back) == rows
                    if name in _QUERIES:
                        assert sorted(back, key=repr) == self.model.tables()[name], f"{name} is another in Parquet"

    # --- the invariant --------------------------------------------------------------------------------------------

    def check(self) -> None:
        found = {name: sorted(self.store.query(query).rows, key=repr) for name, query in _QUERIES.items()}
        said = differences(found, self.model.tables())
        assert not said, f"the store (first) and the model (second) differ: {said}"


def _rating(imdb_id: str, votes: int, at: datetime) -> OMDbMovie:
    empty: dict[str, Any] = dict.fromkeys(OMDbMovie.__annotations__)
    known = {"imdb_id": imdb_id, "imdb_votes": votes, "observed_at": at.isoformat(), "raw": {}}
    rating: Any = {**empty, "genres": [], "languages": [], "countries": [], **known}
    return rating  # type: ignore[no-any-return]  # made of parts


_WEIGHTS: dict[Callable[[_Machine], None], int] = {
    _Machine.pages: 4,
    _Machine.fetch: 6,
    _Machine.everything: 4,
    _Machine.confirm: 3,
    _Machine.fail: 5,
    _Machine.change: 3,
    _Machine.rate: 2,
    _Machine.purge: 1,
    _Machine.rebuild: 1,
    _Machine.reopen: 1,
    _Machine.export: 1,
}


def _trial(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    tally = Tally()
    with TemporaryDirectory(prefix="ayne-machine-") as folder:
        # In memory it goes faster; a file can be opened again.
        machine = _Machine(Path(folder) / "films.duckdb" if seed % 7 == 0 else ":memory:", dice)
        machine.fetch()
        for _ in range(_STEPS):
            machine.clock.moment += timedelta(hours=dice.choice((0, 0, 1, 8, 24, 50)))
            (step,) = dice.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
            machine.told.append(f"{machine.clock.moment:%m-%d %H}: {step.__name__}")
            try:
                step(machine)
                machine.check()
            except AssertionError as error:
                lately = "\n".join(machine.told[-2:])[:3000]
                raise AssertionError(f"{error}\nafter {tally.counts['steps']} steps and {lately}") from error
            tally.counts.update({"steps": 1, step.__name__: 1})
        machine.store.close()
    return tally


def _told(figures: Figures) -> str:
    kinds = ", ".join(f"{step.__name__} {figures.get(step.__name__, 0):,}" for step in _WEIGHTS)
    return f"{figures['steps']:,} random steps ({kinds}): after each the store holds what a model in plain dicts holds"


STORE_MACHINE = Campaign("store_machine", "The store does what it is said to do", _trial, quick=6, long=300, told=_told)
