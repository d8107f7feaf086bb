"""Fetch a batch of films in a Dask worker, with the same client as anywhere.

The scheduler tells a worker about a run once. So the key is in no task, and in none of Dask's logs and pages. The
worker keeps the run's clients until the scheduler says that the run is over, and then stops all work for it.
"""

from __future__ import annotations

import asyncio
import copyreg
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any

from distributed import get_worker

from ayne.clock import SystemClock
from ayne.dask.scheduler import OVER, DaskTokenServer
from ayne.dask.versions import check_versions
from ayne.data_collection.run_report import Snapshot
from ayne.data_collection.tmdb.client import TMDBClient
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.data_collection.tmdb.details import Fetched
from ayne.data_collection.tmdb.models import FetchFailure, Unchanged
from ayne.data_collection.tmdb.parts import PartRows, read_part
from ayne.data_collection.tmdb.protocol import Credential
from ayne.errors import AllowanceLost, AyneError, ConfigurationError
from ayne.kinds import KINDS, Kind
from ayne.net.allowance import SharedAllowance


def _packed(rows: PartRows) -> tuple[Any, ...]:
    return PartRows, (rows.rows, rows.unreadable, rows.leftovers, rows.reported)


# A film has one for each part, and what dataclasses do by themselves takes longer than the rows.
copyreg.pickle(PartRows, _packed)

# How soon a worker finds out that a run is over for which it does nothing at the moment.
_LOOK_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings to make a run's client in another process. Its repr does not show the key.

    Attributes:
        settings: how it asks.
    """

    credential: Credential
    settings: TMDBSettings


@dataclass(frozen=True, slots=True)
class Batch:
    """Films for a worker to fetch.

    Attributes:
        run: the name of the run; the worker asks the scheduler what belongs to it.
        versions: of the coordinator; a worker that joined late may be another.
        kind: the name of what they are.
        ids: the films.
        append: parts to fetch with them.
        keep_bodies: send the answers as received, too.
        etags: names of answers that need not come again.
        children: the numbers of what lies in each, as far as it is stored.
        at_once: requests under way at once.
    """

    run: str
    versions: Mapping[str, str]
    kind: str
    ids: tuple[int | str, ...]
    append: tuple[str, ...]
    keep_bodies: bool
    etags: Mapping[int, str]
    children: Mapping[int, Sequence[int]]
    at_once: int


@dataclass(slots=True)
class Haul:
    """What a worker fetched of a batch.

    Attributes:
        worker: the worker's address.
        films: what became of the films, the parts already read to rows.
        traffic: what it took.
        unknown_keys: keys that were met and that ayne does not know.
        error: why there is no more, when a film could not even be asked for.
    """

    worker: str = ""
    films: list[Fetched] = field(default_factory=list)
    traffic: Snapshot = field(default_factory=Snapshot)
    unknown_keys: Counter[str] = field(default_factory=Counter)
    error: AyneError | None = None


async def fetch_batch(batch: Batch) -> Haul:
    """Fetch films in a worker. It runs on the worker's event loop, which the client never holds up for long."""
    address = get_worker().address
    try:
        check_versions("the coordinator", batch.versions)
    except ConfigurationError as error:
        return Haul(address, error=ConfigurationError(f"The Dask worker {address} cannot work here. {error}"))
    bench = await _bench_for(batch.run)
    haul = await bench.fetch(batch) if bench else Haul(error=AllowanceLost(OVER))
    haul.worker = address
    return haul


@dataclass(slots=True)
class Bench:
    """The clients of a worker for a run, all with the process's one share of the allowance.

    A batch has a client to itself, so that what it took can be told apart. Clients are kept for the next batch that
    has as many requests under way, and with them their connections.
    """

    recipe: Recipe
    allowance: SharedAllowance
    idle: dict[int, list[TMDBClient]] = field(default_factory=dict)
    at_work: set[asyncio.Task[Haul]] = field(default_factory=set)
    watched: asyncio.Task[None] | None = None

    async def fetch(self, batch: Batch) -> Haul:
        """Fetch a batch; an error of ayne's is part of the result."""
        work = asyncio.ensure_future(self._fetch(batch))
        self.at_work.add(work)
        try:
            await asyncio.wait({work})
        finally:
            work.cancel()
            self.at_work.discard(work)
        return Haul(error=AllowanceLost(OVER)) if work.cancelled() else work.result()

    async def _fetch(self, batch: Batch) -> Haul:
        client, haul = self._client(batch.at_once), Haul()
        before = Snapshot.of_traffic([client.traffic])
        kind = KINDS[batch.kind]
        try:
            films = client.iter_details(
                kind,
                batch.ids,
                append=batch.append,
                keep_bodies=batch.keep_bodies,
                etags=batch.etags,
                children=batch.children,
            )
            async with aclosing(films):
                async for film in films:
                    haul.films.append(_read(film, kind))
        except AyneError as error:
            haul.error = error
        finally:
            haul.traffic = Snapshot.of_traffic([client.traffic]).since(before)
            haul.unknown_keys.update(client.unknown_keys)
            client.unknown_keys.clear()
            self.idle.setdefault(batch.at_once, []).append(client)
        return haul

    def _client(self, at_once: int) -> TMDBClient:
        if idle := self.idle.get(at_once):
            return idle.pop()
        how = replace(self.recipe.settings, max_concurrent=at_once, allowance=self.allowance)
        return TMDBClient(self.recipe.credential.key, **{item.name: getattr(how, item.name) for item in fields(how)})

    async def close(self) -> None:
        """Stop what is under way, and close connections."""
        for work in self.at_work:
            work.cancel()
        await asyncio.gather(*self.at_work, return_exceptions=True)
        for client in [client for clients in self.idle.values() for client in clients]:
            await client.aclose()


def _read(film: Fetched, kind: Kind) -> Fetched:
    """Read the parts of a film to rows: who stores it has enough to do."""
    if not isinstance(film, FetchFailure | Unchanged):
        for part, body in film["parts"].items():
            if body is not None and part in kind.parts:
                film["parts"][part] = read_part(part, body, kind)
    return film


# By worker and run: in tests and notebooks several workers share a process.
_benches: dict[tuple[str, str], Bench] = {}

_SILENT = logging.NullHandler()


async def _bench_for(run: str) -> Bench | None:
    """Return the run's bench in this worker, set up when there is none; None when the run is over."""
    worker = get_worker()
    place = (worker.id, run)
    if place not in _benches and (recipe := await worker.scheduler.ayne_recipe(run=run)):
        allowance = SharedAllowance(DaskTokenServer(worker.scheduler, run), SystemClock(), "the Dask scheduler")
        bench = _benches.setdefault(place, Bench(recipe, allowance))
        # The coordinator says which films failed; said here too, it would stand on the same terminal, over its view.
        logging.getLogger("ayne").addHandler(_SILENT)
        bench.watched = bench.watched or asyncio.create_task(_clear_away(place, worker.scheduler))
    return _benches.get(place)


async def _clear_away(place: tuple[str, str], scheduler: Any) -> None:
    """Remove everything of a run that is over, whoever ended it."""
    goes_on = True
    while goes_on:
        await asyncio.sleep(_LOOK_EVERY)
        # A worker that lost its scheduler can send nothing, and Dask ends it.
        with suppress(OSError):
            goes_on = await scheduler.ayne_goes_on(run=place[1])
    await _benches.pop(place).close()
