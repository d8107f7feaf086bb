"""Each thing that changes the store: done whole, or not at all, whatever happens in the middle of it.

Every mutator is tried alone, with an error at each single thing that it asks of the database, with the process ending
there, and with its caller being cancelled while it is under way. Each time somebody else opens the file afterwards.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.clock import SystemClock
from ayne.data_collection.commit import Commit
from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.omdb.quota import LeaseTerms
from ayne.data_collection.tmdb.changes import DayOfChanges
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.models import Export, ExportedMovie, FetchFailure, MovieDetails, Unchanged
from ayne.data_collection.writer import Writer
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import AyneError
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.dump import Dump, differences, dump_of
from tests.reliability.failing_connection import Countdown, Crash, FailingFile
from tests.store.test_store import DAY, NOW, details, page, summary
from tests.virtual_time import Standing

_LATER = NOW + 3 * DAY
_PARTS: dict[str, Any] = {"keywords": {"keywords": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]}, "lists": {}}


def _named(tmdb_id: int, votes: int, at: Any = NOW) -> MovieDetails:
    film = details(tmdb_id, at, imdb_id=f"tt000000{tmdb_id}", vote_count=votes, parts=_PARTS)
    film["etag"], film["body"] = f'"{votes}"', b'{"id": %d, "title": "As it came"}' % tmdb_id
    return film


def _prepared(file: Path) -> DuckDBClient:
    """A store with something in each table."""
    store = DuckDBClient(file, clock=Standing(NOW))
    store.begin_run("1", {"server": "TMDB"}, NOW)
    sweep = store.begin_sweep(SweepPlan(2024, 2024), NOW)
    store.finish_sweep(sweep.sweep_id, NOW)
    sweep = store.begin_sweep(SweepPlan(2024, 2024), NOW)
    films = [_named(number, number) for number in range(1, 7)]
    store.commit(Commit(sweep.sweep_id, [page(summary(1), summary(8))], films))
    store.commit(Commit(failures=[(FetchFailure(8, "timed_out", "slow"), NOW), (_gone(6), NOW)]))
    store.enter_changes(_changes(-2), NOW)
    return store


def _gone(tmdb_id: int) -> FetchFailure:
    return FetchFailure(tmdb_id, "not_found", "404", gone=True, status=404, observed_at=NOW + DAY)


def _changes(days: int) -> DayOfChanges:
    day = NOW + days * DAY
    return DayOfChanges(day.date(), [2, 3, 9], [9], day + DAY, day + DAY, day + DAY, complete=True)


def _commit_everything(store: DuckDBClient) -> None:
    pages = [page(summary(1, _LATER, vote_count=99), summary(20, _LATER))]
    films = [_named(2, 77, _LATER), _named(20, 5, _LATER)]
    merged = FetchFailure(4, "merged", "5 instead", merged_into=5, status=200, observed_at=_LATER)
    failures = [(merged, _LATER), (_gone(5), _LATER), (FetchFailure(3, "timed_out", "slow"), _LATER)]
    store.commit(Commit(2, pages, films, [Unchanged(1, ("keywords", "lists"), _LATER)], failures))


def _rate(store: DuckDBClient) -> None:
    terms = LeaseTerms("OMDb", quota=9, requests=3, titles=3)
    lease, _, _ = store.lease_ratings(terms, NOW)
    assert lease
    rated: dict[str, Any] = dict.fromkeys(OMDbMovie.__annotations__)
    lists: dict[str, Any] = {"genres": [], "languages": [], "countries": [], "raw": {}}
    known = {**rated, **lists, "imdb_id": lease.imdb_ids[0], "imdb_votes": 5, "observed_at": NOW.isoformat()}
    results: Any = [known, RatingFailure(lease.imdb_ids[1], "not_found", "none")]
    lease.used = 2
    store.commit_ratings(lease, results, NOW, learned_at=NOW)


def _store_export(store: DuckDBClient) -> None:
    export = Export("movie_ids", NOW.date(), Path("films.json.gz"), 9)
    store.store_export(export, [ExportedMovie(number, f"Film {number}", 1.5) for number in (1, 2, 30)])


@dataclass(frozen=True, slots=True)
class _Mutator:
    """Something that changes the store.

    Attributes:
        transactions: how many transactions it is; each of them is whole or not there.
        checkpoints: whether it empties the log when all is done, so that an error may come too late to matter.
    """

    act: Callable[[DuckDBClient], Any]
    transactions: int = 1
    checkpoints: bool = False


_MUTATORS: dict[str, _Mutator] = {
    "commit": _Mutator(_commit_everything),
    "commit_rebuilt": _Mutator(lambda store: store.commit_rebuilt([_named(2, 55, NOW + timedelta(hours=1))])),
    "begin_sweep": _Mutator(lambda store: store.begin_sweep(SweepPlan(2000, 2001), NOW)),
    "finish_sweep": _Mutator(lambda store: store.finish_sweep(2, NOW)),
    "enter_changes": _Mutator(lambda store: store.enter_changes(_changes(-1), NOW)),
    "begin_run": _Mutator(lambda store: store.begin_run("1", {"server": "TMDB"}, NOW)),
    "finish_run": _Mutator(lambda store: store.finish_run(1, "done", {"details": 5}, NOW)),
    "store_export": _Mutator(_store_export),
    "purge": _Mutator(lambda store: store.purge(NOW + DAY, history=True), checkpoints=True),
    "lease_ratings and commit_ratings": _Mutator(_rate, transactions=2),
}


def _alone(store_file: Path, mutator: _Mutator, tally: Tally) -> None:
    before = _seen(store_file)
    mutator.act(DuckDBClient(store_file, clock=Standing(NOW)))
    after = _seen(store_file)
    assert before != after, "it changed nothing that anybody can see"
    tally.counts["cells"] += 1


def _fail() -> None:
    raise duckdb.IOException("IO Error: the disk has had enough")


def _crash() -> None:
    raise Crash


def _cut_off(store_file: Path, mutator: _Mutator, tally: Tally, *, crashes_first: bool) -> None:
    """Break it at the first thing it does, at the second, and so on until it is done before anything breaks.

    Errors and crashes take turns; who comes first is for the seed to say.
    """
    allowed = _states_between(store_file, mutator)
    broken = store_file.with_name("broken.duckdb")
    point = 0
    while True:
        shutil.copy(store_file, broken)
        what, told = (_crash, Crash) if (point % 2 == 0) is crashes_first else (_fail, AyneError)
        countdown = Countdown(point, what, once=what is _fail)
        store = DuckDBClient(FailingFile(broken, countdown, clock=Standing(NOW)))
        try:
            mutator.act(store)
        except told:
            pass
        else:
            assert not countdown.is_over, "what went wrong was not told"
            break
        last = len(allowed) - (0 if mutator.checkpoints else 1)
        found = _seen(broken)
        assert found in allowed[:last], f"broken at {point}, it left {differences(allowed[0], found)}"
        tally.counts["crashes" if what is _crash else "errors"] += 1
        if point % 10 == 0:
            # Nothing is left open: whoever comes next can write at once.
            DuckDBClient(broken, patience=0, clock=Standing(NOW)).begin_run("1", {"server": "TMDB"}, NOW)
        point += 1
    assert point > 2, "nothing was asked of the database"
    assert _seen(broken) == allowed[-1]
    tally.counts["cells"] += 2


def _states_between(store_file: Path, mutator: _Mutator) -> list[dict[str, Any]]:
    """What the file holds before it, after each of its transactions but the last, and at the end."""
    done = store_file.with_name("done.duckdb")
    states = [_seen(store_file)]
    if mutator.transactions == 2:
        shutil.copy(store_file, done)
        DuckDBClient(done, clock=Standing(NOW)).lease_ratings(LeaseTerms("OMDb", quota=9, requests=3, titles=3), NOW)
        states.append(_seen(done))
    shutil.copy(store_file, done)
    mutator.act(DuckDBClient(done, clock=Standing(NOW)))
    return [*states, _seen(done)]


def _cancelled(store_file: Path, mutator: _Mutator, tally: Tally) -> None:
    """Whoever waits for it is cancelled while it is under way: it is done, and what was to come after it is not."""
    allowed = _states_between(store_file, mutator)
    began, go_on = threading.Event(), threading.Event()

    def pause() -> None:
        began.set()
        go_on.wait(60)

    store = DuckDBClient(FailingFile(store_file, Countdown(3, pause, once=True), clock=Standing(NOW)))

    async def run() -> None:
        writer = Writer(store.commit, SystemClock())

        async def both() -> None:
            await writer.call(mutator.act, store)
            await writer.call(store.begin_sweep, SweepPlan(1900, 1900), NOW)

        task = asyncio.create_task(both())
        await asyncio.to_thread(began.wait, 60)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), "it did not let itself be cancelled"
        go_on.set()
        await writer.call_now(store.feed_position)
        writer.close()

    asyncio.run(run())
    found = _seen(store_file)
    assert found == allowed[-1], f"cancelled, it left {differences(allowed[-1], found)}"
    DuckDBClient(store_file, patience=0).begin_run("1", {"server": "TMDB"}, NOW)
    tally.counts["cells"] += 1


def _seen(file: Path) -> dict[str, Any]:
    """All that somebody else finds in the file, runs included."""
    with duckdb.connect(str(file), read_only=True) as con:
        found: Dump = dump_of(con)
        runs = con.execute("SELECT run_id, outcome, report FROM runs ORDER BY 1").fetchall()
        finished = con.execute("SELECT sweep_id, finished_at FROM sweeps ORDER BY 1").fetchall()
    return {**found, "runs": runs, "finished sweeps": finished}


def _trial(seed: int) -> Tally:
    tally = Tally()
    name = list(_MUTATORS)[seed % len(_MUTATORS)]
    ways: dict[str, Callable[[Path, _Mutator, Tally], None]] = {
        "alone": _alone,
        "cut off": partial(_cut_off, crashes_first=seed >= len(_MUTATORS)),
        "cancelled": _cancelled,
    }
    with TemporaryDirectory(prefix="ayne-transactions-") as folder:
        prepared = Path(folder) / "prepared.duckdb"
        _prepared(prepared)
        for way, try_it in ways.items():
            file = Path(shutil.copy(prepared, Path(folder) / f"{way}.duckdb"))
            try:
                try_it(file, _MUTATORS[name], tally)
            except AssertionError as error:
                raise AssertionError(f"{name}, {way}: {error}") from error
    return tally


def _told(figures: Figures) -> str:
    return (
        f"{len(_MUTATORS)} ways to change the store, each alone, cancelled, and broken off at each thing it asks of "
        f"the database by an error ({figures['errors']:,}) and by the end of the process ({figures['crashes']:,}): "
        f"{figures['cells']} cells, 0 halves, 0 files left open"
    )


TRANSACTIONS = Campaign(
    "transactions",
    "Whatever changes the store does so wholly or not at all",
    _trial,
    quick=len(_MUTATORS),
    long=2 * len(_MUTATORS),
    told=_told,
)
