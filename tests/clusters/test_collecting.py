"""A collection whose films are fetched by the processes of a Dask cluster."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import dask.config
import pytest
from distributed import Client, LocalCluster

from ayne.dask import DaskExecutor
from ayne.dask.crew import Crew
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import Progress, RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError, Unauthorized
from ayne.kinds import MOVIE
from ayne.net.allowance import EndingAllowance
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.server import running
from tests.reliability.dump import differences, dump

KEY = "5ec7e75ec7e75ec7e75ec7e75ec7e75e"
SPAN = (2015, 2024)
PARTS = ("credits", "keywords", "changes")


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler in this process, on a loop of its own, and two workers in processes of theirs."""
    with (
        dask.config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}),
        LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address="127.0.0.1:0") as started,
    ):
        yield started


@pytest.fixture(scope="module")
def films() -> Catalogue:
    return Catalogue.generated(2000, seed=4)


def collect(
    url: str,
    file: Path,
    executor: DaskExecutor | None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    key: str = KEY,
    append: tuple[str, ...] = PARTS,
    **settings: Any,
) -> RunReport:
    async def work() -> RunReport:
        pace = {"requests_per_second": 2000, "max_concurrent": 20, "backoff": 0.01}
        async with TMDBClient(key, base_url=url, **{**pace, **settings}) as client:
            collection = DataCollectionOrchestrator(DuckDBClient(file), client, on_progress=on_progress)
            return await collection.run_full_collection(*SPAN, min_vote_count=0, append=append, executor=executor)

    return asyncio.run(work())


def executor_of(cluster: LocalCluster) -> DaskExecutor:
    return DaskExecutor(cluster.scheduler_address)


def pids(cluster: LocalCluster) -> list[int]:
    return [nanny.pid for nanny in cluster.workers.values() if nanny.pid]


def test_a_cluster_brings_what_one_machine_brings(cluster: LocalCluster, films: Catalogue, tmp_path: Path) -> None:
    with running(SandboxApp(films)) as served:
        ours = collect(served.url, tmp_path / "cluster.duckdb", executor_of(cluster))
        counted = len(served.app.log)
        alone = collect(served.url, tmp_path / "alone.duckdb", None)
    assert ours.complete
    assert (ours.details, ours.requests, ours.pages) == (alone.details, alone.requests, alone.pages)
    assert ours.requests == counted
    assert ours.bytes_received == pytest.approx(alone.bytes_received, rel=0.01)
    file, other = (dump(tmp_path / f"{name}.duckdb", moments=False) for name in ("cluster", "alone"))
    assert len(file["credits"]) > 1000
    assert differences(file, other) == []


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(
    cluster: LocalCluster, films: Catalogue, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.phase == "details" and progress.done > 100 * (1 + len(killed)) and len(killed) < 2:
            killed.append(pids(cluster)[0])
            os.kill(killed[-1], signal.SIGKILL)

    with running(SandboxApp(films)) as served:
        report = collect(served.url, tmp_path / "killed.duckdb", executor_of(cluster), on_progress=kill)
        collect(served.url, tmp_path / "alone.duckdb", None)
    assert len(killed) == 2
    assert report.complete
    file, other = (dump(tmp_path / f"{name}.duckdb", moments=False) for name in ("killed", "alone"))
    assert differences(file, other) == []


def test_a_429_that_one_worker_sees_holds_all_back(cluster: LocalCluster, films: Catalogue, tmp_path: Path) -> None:
    faults = FaultPlan.parse("429@150")
    with running(SandboxApp(films, faults=faults)) as served:
        pace: dict[str, Any] = {"requests_per_second": 200, "backoff": 3.0, "jitter": 0}
        report = collect(served.url, tmp_path / "films.duckdb", executor_of(cluster), **pace)
        log = served.app.log.entries()
    assert report.complete
    assert report.retries == {"rate_limited": 1}
    assert report.paused_seconds == 3.0
    (refused,) = [entry for entry in log if entry["status"] == 429]
    later = [entry["at"] - refused["at"] for entry in log]
    # What was on its way may still arrive; after that there is silence.
    assert [seconds for seconds in later if 1.0 < seconds < 2.9] == []
    assert len([seconds for seconds in later if seconds >= 2.9]) > 100


def test_a_store_that_cannot_keep_up_holds_the_workers_back(cluster: LocalCluster, films: Catalogue) -> None:
    ids = films.ids(range(2000))

    async def work(url: str) -> tuple[int, int]:
        async with (
            TMDBClient(KEY, base_url=url, requests_per_second=1e6, max_concurrent=4) as client,
            executor_of(cluster).fetching_for(client) as crew,
            aclosing(crew.iter_details(MOVIE, ids)) as found,
        ):
            await anext(found)
            assert isinstance(crew, Crew)
            # Batches go out until too many were not taken; then none is on its way, however slow the machine is.
            while crew._round and crew._round.flying:  # noqa: ASYNC110 - nobody tells that none is
                await asyncio.sleep(0.05)
            return crew.traffic.requests, len([film async for film in found])

    with running(SandboxApp(films)) as served:
        held, rest = asyncio.run(work(served.url))
    # Four threads, so eight batches, of two hundred at most.
    assert 4 * 200 < held <= 8 * 200
    assert rest == 1999


def test_the_key_is_in_no_log_and_in_nothing_that_dask_shows(
    cluster: LocalCluster, films: Catalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    faults = FaultPlan.parse("seed=3,500=0.1,401@120-999999")
    # Each message that the scheduler gets, as Dask logs it for whoever looks for an error.
    dasks = [logging.getLogger(name) for name in ("distributed", "distributed.core", "distributed.scheduler")]
    for logger in dasks:
        logger.setLevel(logging.DEBUG)
        logger.addHandler(caplog.handler)
    try:
        with running(SandboxApp(films, faults=faults)) as served:
            with pytest.raises(Unauthorized, match="sent as a v3 API key") as refused:
                collect(served.url, tmp_path / "films.duckdb", executor_of(cluster))
            with Client(cluster) as client:
                shown = [
                    client.get_scheduler_logs(),
                    client.get_worker_logs(),
                    client.get_events(),
                    client.story(),
                    client.run_on_scheduler(lambda dask_scheduler: repr(vars(dask_scheduler.plugins["ayne"]))),
                ]
            client.close()
            state = tmp_path / "state"
            with Client(cluster) as client:
                client.dump_cluster_state(str(state), format="yaml")
    finally:
        for logger in dasks:
            logger.setLevel(logging.NOTSET)
            logger.removeHandler(caplog.handler)
    assert "ayne_join" in caplog.text
    assert KEY not in caplog.text + repr(shown) + str(refused.value) + repr(refused.value)
    assert KEY not in state.with_suffix(".yaml").read_text(encoding="utf-8")


def test_a_wrong_key_is_said_as_on_one_machine(cluster: LocalCluster, films: Catalogue, tmp_path: Path) -> None:
    said: list[str] = []
    for executor in (executor_of(cluster), None):
        with running(SandboxApp(films, faults=FaultPlan.parse("401@60-999999"))) as served:
            with pytest.raises(Unauthorized) as refused:
                collect(served.url, tmp_path / f"{len(said)}.duckdb", executor)
            said.append(refused.value.message)
    assert said[0] == said[1]


def test_two_runs_with_one_key_and_two_rates_are_refused(cluster: LocalCluster) -> None:
    async def work() -> None:
        async with (
            TMDBClient(KEY, requests_per_second=4) as one,
            TMDBClient(KEY, requests_per_second=40) as other,
            executor_of(cluster).fetching_for(one),
        ):
            with pytest.raises(ConfigurationError, match=r"40 requests.*another run shares.* at 4 requests"):
                async with executor_of(cluster).fetching_for(other):
                    pass

    asyncio.run(work())


def test_what_has_no_meaning_in_another_process_is_refused(cluster: LocalCluster, tmp_path: Path) -> None:
    async def work() -> list[str]:
        said: list[str] = []
        budgeted = TMDBClient(KEY)
        budgeted.allowance = EndingAllowance(budgeted.allowance, lambda: None)
        for client in (TMDBClient(KEY, output_dir=tmp_path), budgeted):
            with pytest.raises(ConfigurationError) as refused:
                async with executor_of(cluster).fetching_for(client):
                    pass
            said.append(str(refused.value))
            await client.aclose()
        return said

    first, second = asyncio.run(work())
    assert "output_dir" in first
    assert "budget" in second


def test_a_scheduler_out_of_reach_and_one_without_workers_are_told_apart() -> None:
    async def work(address: str) -> str:
        async with TMDBClient(KEY) as client:
            with pytest.raises(ConfigurationError) as refused:
                async with DaskExecutor(address, patience=0.5).fetching_for(client):
                    pass
        return str(refused.value)

    with LocalCluster(n_workers=0, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0") as nobody:
        address = nobody.scheduler_address
        assert "has no worker" in asyncio.run(work(address))
    assert f"No Dask scheduler answers at {address}" in asyncio.run(work(address))
    assert "No Dask scheduler answers at films:1" in asyncio.run(work("films:1"))
    assert "does not say how many" in asyncio.run(work("local:many"))
