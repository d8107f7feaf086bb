"""What is handed to a cluster, when, and what is made of what comes back, in virtual time and without a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from distributed import KilledWorker
from distributed.client import FutureCancelledError

from ayne.dask.batches import Fleet
from ayne.dask.crew import Crew
from ayne.dask.worker import Batch, Haul
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.models import FetchFailure, Unchanged
from ayne.errors import AllowanceLost, ClusterLost, Unauthorized
from ayne.kinds import MOVIE
from tests.virtual_time import EPOCH, VirtualClock, run

Work = Callable[[Batch], Awaitable[Haul]]


class Future:
    """What Dask gives for work that was handed to it."""

    def __init__(self, task: asyncio.Task[Haul]) -> None:
        self.task = task

    def __await__(self) -> Generator[Any, None, Haul]:
        return self.task.__await__()

    def release(self) -> None:
        self.task.cancel()


class Cluster:
    """A cluster that does a batch in a second, or whatever it is told to."""

    def __init__(self, threads: int, work: Work | None = None) -> None:
        self.threads = threads
        self.scheduler = self
        self.batches: list[Batch] = []
        self.at_work: list[Batch] = []
        self.most_requests = 0
        self.keys: list[str] = []
        self._work = work or a_second

    async def identity(self, *, n_workers: int) -> dict[str, int]:
        assert n_workers == 0
        return {"total_threads": self.threads}

    def submit(self, function: object, batch: Batch, *, key: str, pure: bool) -> Future:
        assert not pure
        self.keys.append(key)
        self.batches.append(batch)
        return Future(asyncio.ensure_future(self._do(batch)))

    async def _do(self, batch: Batch) -> Haul:
        self.at_work.append(batch)
        self.most_requests = max(self.most_requests, sum(one.at_once for one in self.at_work))
        try:
            return await self._work(batch)
        finally:
            self.at_work.remove(batch)


def haul_of(*ids: int | str) -> Haul:
    return Haul("a worker", [Unchanged(int(id_), (), EPOCH) for id_ in ids])


async def a_second(batch: Batch) -> Haul:
    await asyncio.sleep(1)
    return haul_of(*batch.ids)


@asynccontextmanager
async def crew_of(cluster: Cluster, **settings: Any) -> AsyncIterator[Crew]:
    async with TMDBClient("0" * 32, **{"requests_per_second": 10, **settings}) as client:
        crew = Crew(cluster, "ayne-1", client, VirtualClock())
        watch = asyncio.create_task(crew.watch())
        try:
            yield crew
        finally:
            watch.cancel()


def fetched(cluster: Cluster, films: int = 100, **settings: Any) -> list[int | str]:
    """The films that come, those that failed too."""

    async def work() -> list[int | str]:
        async with crew_of(cluster, **settings) as crew, aclosing(crew.iter_details(MOVIE, range(films))) as found:
            return [film.tmdb_id async for film in found if isinstance(film, Unchanged | FetchFailure)]

    return run(work())


@pytest.mark.parametrize(("threads", "rate"), [(1, 10), (4, 1), (4, 1e6), (30, 40)])
def test_every_film_comes_once(threads: int, rate: float) -> None:
    assert sorted(fetched(Cluster(threads), 700, requests_per_second=rate)) == list(range(700))


@pytest.mark.parametrize("threads", [1, 3, 8, 25])
def test_no_more_requests_are_under_way_than_for_one_machine_and_no_fewer(threads: int) -> None:
    cluster = Cluster(threads)
    fetched(cluster, 2000, requests_per_second=1e6, max_concurrent=10)
    assert cluster.most_requests == 10


def test_a_slow_store_holds_the_whole_cluster_back() -> None:
    async def work() -> tuple[int, int, int]:
        cluster = Cluster(threads=3)
        async with crew_of(cluster) as crew, aclosing(crew.iter_details(MOVIE, range(10_000))) as films:
            await anext(films)
            # Nothing is taken for an hour.
            await asyncio.sleep(3600)
            return len(cluster.batches), crew.most_held, Fleet(3, 10, 10).most_held

    handed_out, most_held, allowed = run(work())
    assert handed_out == most_held == allowed


def test_those_who_join_get_work_and_those_who_leave_get_none() -> None:
    async def work() -> list[int]:
        cluster, seen = Cluster(threads=1), []
        async with (
            crew_of(cluster, max_concurrent=100) as crew,
            aclosing(crew.iter_details(MOVIE, range(5000))) as films,
        ):

            async def take() -> None:
                async for _ in films:
                    pass

            taking = asyncio.create_task(take())
            for threads in (1, 6, 2):
                cluster.threads = threads
                await asyncio.sleep(10.5)
                seen.append(len(cluster.at_work))
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
        return seen

    assert run(work()) == [1, 6, 2]


def test_a_film_that_no_worker_survives_is_listed_and_costs_nobody_else() -> None:
    async def work(batch: Batch) -> Haul:
        if 13 in batch.ids:
            raise KilledWorker("a key", None, 3)
        return await a_second(batch)

    async def films() -> list[Unchanged | FetchFailure]:
        async with crew_of(Cluster(4, work)) as crew, aclosing(crew.iter_details(MOVIE, range(100))) as found:
            return [film async for film in found if not isinstance(film, dict)]

    came = run(films())
    assert sorted(int(film.tmdb_id) for film in came) == list(range(100))
    (lost,) = [film for film in came if isinstance(film, FetchFailure)]
    assert (lost.tmdb_id, lost.reason) == (13, "worker_died")


def test_what_a_worker_could_not_ask_tokens_for_is_done_by_another() -> None:
    tried: list[tuple[int | str, ...]] = []

    async def work(batch: Batch) -> Haul:
        tried.append(batch.ids)
        haul = haul_of(*batch.ids[: len(tried)])
        haul.error = AllowanceLost("out of reach") if len(tried) < 3 else None
        return haul

    assert sorted(fetched(Cluster(1, work), 5)) == [0, 1, 2, 3, 4]
    assert tried == [(0, 1, 2, 3, 4), (1, 2, 3, 4), (3, 4)]


def test_when_nobody_can_ask_for_tokens_the_run_stops() -> None:
    async def work(batch: Batch) -> Haul:
        return Haul(error=AllowanceLost("out of reach"))

    cluster = Cluster(1, work)
    with pytest.raises(AllowanceLost, match="out of reach"):
        fetched(cluster, 5)
    assert len(cluster.batches) == 3


def test_a_refused_key_stops_the_run_after_what_came_before() -> None:
    async def work(batch: Batch) -> Haul:
        haul = haul_of(batch.ids[0])
        haul.error = Unauthorized("no such key")
        return haul

    async def films() -> int:
        came = 0
        async with crew_of(Cluster(1, work)) as crew, aclosing(crew.iter_details(MOVIE, range(100))) as found:
            try:
                async for _ in found:
                    came += 1
            except Unauthorized as error:
                assert str(error) == "no such key"  # noqa: PT017 - what came before it is counted
                return came
        return -1

    assert run(films()) == 1


def test_a_scheduler_that_drops_its_work_stops_the_run_and_is_named() -> None:
    async def work(batch: Batch) -> Haul:
        raise FutureCancelledError(key="a key", reason="scheduler-connection-lost")

    with pytest.raises(ClusterLost, match=r"dropped its work \(scheduler-connection-lost\).*carries on"):
        fetched(Cluster(2, work))


def test_an_error_in_a_worker_that_nobody_knows_stops_the_run_and_is_told() -> None:
    async def work(batch: Batch) -> Haul:
        raise ModuleNotFoundError("No module named 'ayne'")

    with pytest.raises(ClusterLost, match="ModuleNotFoundError: No module named 'ayne'"):
        fetched(Cluster(2, work))


def test_a_cluster_whose_workers_are_all_gone_is_waited_for_five_minutes() -> None:
    async def work() -> float:
        cluster = Cluster(2)
        async with crew_of(cluster) as crew, aclosing(crew.iter_details(MOVIE, range(1000))) as films:
            await anext(films)
            cluster.threads = 0
            began = VirtualClock().monotonic()
            with pytest.raises(ClusterLost, match="no worker for 300 s"):
                async for _ in films:
                    pass
            return VirtualClock().monotonic() - began

    assert run(work()) == pytest.approx(301, abs=2)


def test_a_scheduler_that_does_not_say_who_works_is_borne_for_as_long() -> None:
    class Silent(Cluster):
        async def identity(self, *, n_workers: int) -> dict[str, int]:
            if VirtualClock().monotonic() > 5:
                raise RuntimeError("closed")
            return await super().identity(n_workers=n_workers)

    async def never(batch: Batch) -> Haul:
        await asyncio.sleep(1 if VirtualClock().monotonic() < 5 else 1e9)
        return haul_of(*batch.ids)

    with pytest.raises(ClusterLost, match="no worker for 300 s"):
        fetched(Silent(2, never), 1000)


def test_workers_that_come_back_in_time_carry_on() -> None:
    async def work() -> int:
        cluster = Cluster(2)
        async with crew_of(cluster) as crew, aclosing(crew.iter_details(MOVIE, range(1000))) as films:
            await anext(films)
            cluster.threads = 0
            asyncio.get_running_loop().call_later(250, setattr, cluster, "threads", 2)
            return 1 + len([film async for film in films])

    assert run(work()) == 1000


def test_leaving_early_lets_go_of_what_is_under_way() -> None:
    async def work() -> int:
        cluster = Cluster(4)
        async with crew_of(cluster) as crew:
            async with aclosing(crew.iter_details(MOVIE, range(1000))) as films:
                await anext(films)
            return len(cluster.at_work)

    assert run(work()) == 0


def test_no_two_batches_have_the_same_key_and_none_tells_a_film() -> None:
    cluster = Cluster(4)
    fetched(cluster, 500)
    assert len(set(cluster.keys)) == len(cluster.keys)
    assert {key.rpartition("-")[0] for key in cluster.keys} == {"ayne-fetch-1"}
