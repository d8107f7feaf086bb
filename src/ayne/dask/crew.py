"""The coordinator's side of a cluster: send batches, receive films, and never hold more of either than allowed.

A batch counts as handed out until the run has taken its films. So when the store cannot keep up, the whole cluster
slows down.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from distributed import Client, KilledWorker
from distributed.client import FutureCancelledError

from ayne.clock import Clock, SystemClock
from ayne.dask.batches import Fleet, halves
from ayne.dask.versions import versions
from ayne.dask.worker import Batch, Haul, fetch_batch
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.data_collection.tmdb.details import Fetched
from ayne.data_collection.tmdb.models import FetchFailure, checked_parts
from ayne.data_collection.tmdb.protocol import Credential
from ayne.errors import AllowanceLost, AyneError, ClusterLost
from ayne.kinds import Kind
from ayne.net.allowance import Allowance
from ayne.net.session import Traffic

log = logging.getLogger("ayne.dask")

# How often it is looked who works.
_LOOK_EVERY = 1.0

# A cluster that grows and shrinks by itself may take minutes to bring a worker.
_WITHOUT_WORKERS = 300.0

# How often a batch may come back because its worker could not ask for tokens.
_TURNS = 3

_CARRY_ON = "Everything fetched so far is stored; the same command carries on."


@dataclass(slots=True)
class Order:
    """A batch that was handed out.

    Attributes:
        at_once: requests under way at once.
        turns: how often it may still be handed out.
    """

    ids: tuple[int | str, ...]
    at_once: int = 0
    turns: int = _TURNS


@dataclass(slots=True)
class Round:
    """One call for films: those asked for, those handed out, and those that came and were not taken yet.

    Attributes:
        kind, parts, keep_bodies, etags, children: as they were asked for.
        ids: films that no batch was made of yet.
        again: batches to be handed out again.
        flying: batches that workers have.
        landed: the films of batches that were brought.
        taking: whether the run is at a batch.
        news: set whenever something happened.
        error: why no more is handed out.
    """

    kind: Kind
    parts: tuple[str, ...]
    keep_bodies: bool
    etags: Mapping[int, str]
    children: Mapping[int, Sequence[int]]
    ids: deque[int | str]
    again: deque[Order] = field(default_factory=deque)
    flying: dict[asyncio.Task[Haul], Order] = field(default_factory=dict)
    landed: deque[list[Fetched]] = field(default_factory=deque)
    taking: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    error: AyneError | None = None

    @property
    def held(self) -> int:
        """Batches that were handed out and whose films were not all taken."""
        return len(self.flying) + len(self.landed) + self.taking

    @property
    def is_over(self) -> bool:
        """Whether all films of the round have come."""
        return not (self.ids or self.again or self.flying or self.landed)

    def order(self, fleet: Fleet) -> Order | None:
        """Return the next batch, None while none may be handed out."""
        under_way = [order.at_once for order in self.flying.values()]
        cut = fleet.next_cut(len(self.ids), len(self.parts), under_way, self.held)
        if not cut or self.error or not (self.ids or self.again):
            return None
        films = min(cut.films, len(self.ids))
        order = self.again.popleft() if self.again else Order(tuple(self.ids.popleft() for _ in range(films)))
        order.at_once = cut.at_once
        return order


class Copyable(Protocol):
    """A source that can be made again in another process, because all its settings are one value."""

    settings: TMDBSettings
    credential: Credential
    allowance: Allowance
    unknown_keys: Counter[str]


class Crew:
    """The workers of a cluster, as one source of details.

    Args:
        dask: the cluster.
        run: the run's name at the scheduler.
        client: whose work is done.
        clock: the clock to use.

    Attributes:
        traffic: what workers sent and received for the batches that they brought.
        requests_of: what of it each worker sent, by its address.
        most_held: the most batches that were on their way, or brought and not taken, at a time.
    """

    def __init__(self, dask: Client, run: str, client: Copyable, clock: Clock | None = None) -> None:
        self.traffic = Traffic()
        self.requests_of: Counter[str] = Counter()
        self.most_held = 0
        self._dask = dask
        self._run = run
        self._client = client
        self._clock = clock or SystemClock()
        self._fleet = self._of(0)
        self._batches = 0
        self._round: Round | None = None

    def _of(self, threads: int) -> Fleet:
        settings = self._client.settings
        return Fleet(threads, settings.requests_per_second, settings.max_concurrent)

    async def watch(self) -> None:
        """Watch the workers of the cluster while the run lasts."""
        seen_at = self._clock.monotonic()
        while True:
            try:
                told = await self._dask.scheduler.identity(n_workers=0)
            except Exception as error:  # noqa: BLE001 - as a connection ends, Dask raises what it likes
                log.info("the Dask scheduler did not say who works: %s", error)
            else:
                self._fleet = self._of(told["total_threads"])
                seen_at = self._clock.monotonic() if self._fleet.threads else seen_at
            if self._round:
                if self._clock.monotonic() - seen_at > _WITHOUT_WORKERS:
                    self._round.error = ClusterLost(
                        f"The Dask cluster has shown no worker for {_WITHOUT_WORKERS:.0f} s. {_CARRY_ON}"
                    )
                self._hand_out(self._round)
                self._round.news.set()
            await self._clock.sleep(_LOOK_EVERY)

    async def iter_details(
        self,
        kind: Kind,
        ids: Iterable[int | str],
        *,
        append: Iterable[str] = (),
        keep_bodies: bool = False,
        etags: Mapping[int, str] | None = None,
        children: Mapping[int, Sequence[int]] | None = None,
    ) -> AsyncGenerator[Fetched, None]:
        """Yield details as they come, in no particular order, the parts already read to rows.

        Raises:
            ValueError: an id or a part is invalid.
            Unauthorized: TMDB does not accept the key.
            ClusterLost: the cluster went away.
        """
        self._round = now = Round(
            kind, checked_parts(append, kind), keep_bodies, etags or {}, children or {}, deque(ids)
        )
        try:
            while not now.is_over:
                self._hand_out(now)
                if now.landed:
                    now.taking, films = True, now.landed.popleft()
                    for film in films:
                        yield film
                    now.taking = False
                elif now.error:
                    raise now.error
                else:
                    now.news.clear()
                    await now.news.wait()
            if now.error:
                raise now.error
        finally:
            self._round = None
            for task in now.flying:
                task.cancel()
            await asyncio.gather(*now.flying, return_exceptions=True)

    def _hand_out(self, now: Round) -> None:
        while order := now.order(self._fleet):
            self._batches += 1
            task = asyncio.create_task(self._bring(self._batch(now, order), self._batches))
            now.flying[task] = order
            task.add_done_callback(partial(self._came, now))
            self.most_held = max(self.most_held, now.held)

    def _batch(self, now: Round, order: Order) -> Batch:
        numbers = [number for number in order.ids if isinstance(number, int)]
        return Batch(
            run=self._run,
            versions=versions(),
            kind=now.kind.name,
            ids=order.ids,
            append=now.parts,
            keep_bodies=now.keep_bodies,
            etags={number: now.etags[number] for number in numbers if number in now.etags},
            children={number: now.children[number] for number in numbers if number in now.children},
            at_once=order.at_once,
        )

    async def _bring(self, batch: Batch, number: int) -> Haul:
        """Have a batch done by a worker, whichever is free."""
        future = self._dask.submit(
            fetch_batch, batch, key=f"ayne-fetch-{self._run.removeprefix('ayne-')}-{number}", pure=False
        )
        try:
            haul: Haul = await future
        finally:
            future.release()
        return haul

    def _came(self, now: Round, task: asyncio.Task[Haul]) -> None:
        order = now.flying.pop(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._take_in(now, order, task.result())
        elif isinstance(error, KilledWorker):
            now.landed.extend(self._lose(now, order))
        elif isinstance(error, FutureCancelledError):
            now.error = ClusterLost(f"The Dask cluster dropped its work ({error.reason}). {_CARRY_ON}")
        else:
            said = str(error).split("\n", 1)[0]
            now.error = ClusterLost(f"A Dask worker could not do its work: {type(error).__name__}: {said}. {_CARRY_ON}")
            now.error.__cause__ = error
        self._hand_out(now)
        now.news.set()

    def _take_in(self, now: Round, order: Order, haul: Haul) -> None:
        self._count(haul)
        for film in haul.films:
            if isinstance(film, FetchFailure):
                log.warning("film %s failed (%s): %s", film.tmdb_id, film.reason, film.message)
        now.landed.append(haul.films)
        if isinstance(haul.error, AllowanceLost) and order.turns > 1:
            had = {film["tmdb_id"] if isinstance(film, dict) else film.tmdb_id for film in haul.films}
            left = tuple(id_ for id_ in order.ids if id_ not in had)
            now.again.append(Order(left, turns=order.turns - 1))
        elif haul.error:
            now.error = haul.error

    def _lose(self, now: Round, order: Order) -> list[list[Fetched]]:
        """Halve a batch that one worker after the other died of, until it is known of which film."""
        if len(order.ids) > 1:
            log.warning("a batch of %d films was lost with its workers; it is tried again by halves", len(order.ids))
            now.again.extend(map(Order, halves(order.ids)))
            return []
        (film,) = order.ids
        log.warning("film %s was lost with every worker that tried it", film)
        return [[FetchFailure(film, "worker_died", "every Dask worker that tried to fetch it died")]]

    def _count(self, haul: Haul) -> None:
        sent, all_of = haul.traffic, self.traffic
        self.requests_of[haul.worker] += sent.requests
        all_of.requests += sent.requests
        all_of.bytes_received += sent.bytes_received
        all_of.retries.update(sent.retries)
        all_of.paused_seconds += sent.paused_seconds
        all_of.paused_until = max(filter(None, (all_of.paused_until, sent.paused_until)), default=None)
        all_of.slowed_until = max(filter(None, (all_of.slowed_until, sent.slowed_until)), default=None)
        self._client.unknown_keys.update(haul.unknown_keys)
