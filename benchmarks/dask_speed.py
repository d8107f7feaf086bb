"""Films from a server without a limit by one process, and by a Dask cluster of one, two and four workers."""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from tests.reliability.dump import differences, dump

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import Progress
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from benchmarks.dask_processes import Cluster, Watched, cluster_of, computed
from benchmarks.processes import KEY, Figures, Sandbox, finish, sandbox

_MOVIES, _FILMS, _LATENCY, _AT_ONCE = 12_000, 5_000, 0.02, 100
_WORKERS = (1, 2, 4)
_PARTS = ("credits", "keywords")


def dask_speed() -> Figures:
    """The same films by one process and by clusters, each into a file of its own; the files are compared."""
    figures: Figures = {"films": _FILMS, "latency_ms": 1000 * _LATENCY, "at_once": _AT_ONCE, "cores": os.cpu_count()}
    with (
        TemporaryDirectory() as folder,
        sandbox("--movies", str(_MOVIES), "--latency", str(_LATENCY)) as server,
    ):
        alone = Path(folder) / "alone.duckdb"
        figures["one process"] = _collected(server, alone, None)
        dumped = dump(alone, moments=False)
        for workers in _WORKERS:
            file = Path(folder) / f"{workers}.duckdb"
            with cluster_of(workers) as cluster:
                seen = _collected(server, file, cluster)
            seen["different_rows"] = len(differences(dumped, dump(file, moments=False)))
            figures[f"{workers} workers"] = seen
    return figures


def _collected(server: Sandbox, file: Path, cluster: Cluster | None) -> Figures:
    """Collect films, and see what fetching them and storing them took."""
    executor = Watched(cluster.address, patience=60) if cluster else None
    began: dict[str, float] = {}

    def clocks() -> dict[str, float]:
        there = psutil.Process(server.pid).cpu_times()
        spent = {"seconds": time.perf_counter(), "coordinator": time.process_time(), "sandbox": there[0] + there[1]}
        if cluster:
            spent |= {"scheduler": computed(cluster.scheduler), "workers": computed(*cluster.workers)}
        return spent

    def note(progress: Progress) -> None:
        # The films begin where the pages end.
        if progress.phase == "discover" and progress.done == progress.total:
            began.update(clocks())

    async def work() -> Any:
        async with TMDBClient(KEY, base_url=server.url, requests_per_second=1e6, max_concurrent=_AT_ONCE) as client:
            collection = DataCollectionOrchestrator(DuckDBClient(file), client, on_progress=note)
            return await collection.run_full_collection(
                1900, 2030, min_vote_count=0, details_limit=_FILMS, append=_PARTS, executor=executor
            )

    report = finish(work())
    if report.details != _FILMS:
        raise RuntimeError(f"{report.details} of {_FILMS} films were stored")
    took = {name: value - began[name] for name, value in clocks().items()}
    seconds = took.pop("seconds")
    seen: Figures = {
        "films_per_second": round(_FILMS / seconds),
        "cpu_ms_of_a_film": {name: round(1000 * value / _FILMS, 3) for name, value in took.items()},
        "busy_cores": round(sum(took.values()) / seconds, 2),
        "coordinator_busy": round(took["coordinator"] / seconds, 2),
        "waiting_for_the_store": round(report.store_seconds / seconds, 2),
    }
    if executor:
        seen["most_batches_held"] = executor.crew.most_held
    return seen


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    kinds = {name: seen for name, seen in figures.items() if isinstance(seen, dict)}
    told = "; ".join(
        f"{name}: {seen['films_per_second']:,} films a second, {sum(seen['cpu_ms_of_a_film'].values()):.2f} ms of "
        f"computing for each, {seen['cpu_ms_of_a_film']['coordinator']:g} of it in the coordinator"
        + (f", {seen['different_rows']} rows differ" if "different_rows" in seen else "")
        for name, seen in kinds.items()
    )
    where = f"{figures['latency_ms']:g} ms away, without a limit, on {figures['cores']} cores"
    return f"{figures['films']:,} films with two parts, {where}: {told}"


def is_kept(figures: Figures) -> bool:
    """Whether a cluster's file is that of one process."""
    return not any(seen.get("different_rows") for seen in figures.values() if isinstance(seen, dict))
