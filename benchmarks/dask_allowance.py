"""One limit for a Dask cluster whose workers are killed and added every few seconds: what TMDB would see."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from benchmarks import shared_limit
from benchmarks.dask_processes import Cluster, Watched, cluster_of
from benchmarks.processes import KEY, Figures, Sandbox, finish, sandbox

_RATE, _WORKERS, _STAY = 40.0, 4, 2
_MOVIES, _EVERY = 1400, 3.0


def dask_allowance() -> Figures:
    """Collect all films of a sandbox at one rate, while two of four workers are killed and replaced in turn."""
    with (
        TemporaryDirectory() as folder,
        sandbox("--movies", str(_MOVIES), "--rate", shared_limit.SERVER_ALLOWS) as server,
    ):
        file = Path(folder) / "films.duckdb"
        with cluster_of(_WORKERS) as cluster:
            executor = Watched(cluster.address, patience=60)
            over = threading.Event()
            replacing = _Replacing(cluster, over)
            replacing.start()
            try:
                report = finish(_collect(server, file, executor))
            finally:
                over.set()
                replacing.join()
        exist, seen = set(server.ids()), server.report()
        rows = DuckDBClient(file).query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL").rows
    stored = Counter(film for (film,) in rows)
    # A worker that was killed tells of the batches that it brought, not of the one that it died with.
    shares = sorted((count for _, count in executor.crew.requests_of.most_common(_STAY)), reverse=True)
    return {
        "films": len(exist),
        "lost": len(exist - stored.keys()),
        "doubled": sum(count > 1 for count in stored.values()),
        "complete": report.complete,
        "killed": replacing.killed,
        "workers_in_all": len(executor.crew.requests_of),
        "peak_concurrency": seen["peak_concurrency"],
        "requests_of_those_who_stayed": shares,
    } | shared_limit.figures_of(seen, _RATE)


class _Replacing(threading.Thread):
    """Kills the oldest but those who stay, again and again, and starts another, which is at work before the next."""

    def __init__(self, cluster: Cluster, over: threading.Event) -> None:
        super().__init__()
        self.killed = 0
        self._cluster = cluster
        self._over = over

    def run(self) -> None:
        """Until it is over."""
        while not self._over.wait(_EVERY):
            self._cluster.kill(self._cluster.workers[_STAY])
            self.killed += 1
            self._cluster.add_worker()
            self._cluster.wait_for_workers()


async def _collect(server: Sandbox, file: Path, executor: Watched) -> RunReport:
    async with TMDBClient(KEY, base_url=server.url, requests_per_second=_RATE) as client:
        collection = DataCollectionOrchestrator(DuckDBClient(file), client)
        return await collection.run_full_collection(1870, 2030, min_vote_count=0, executor=executor)


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    shares = " and ".join(f"{count:,}" for count in figures["requests_of_those_who_stayed"])
    return (
        f"four workers at {figures['rate']:g}/s together, {figures['killed']} times one killed and another added: "
        f"{shared_limit.told(figures)}, at most {figures['peak_concurrency']} at once; of those who stayed each sent "
        f"{shares}; of {figures['films']:,} films {figures['lost']} lost, {figures['doubled']} doubled, "
        f"{figures['fetched_twice']} fetched twice"
    )


def is_kept(figures: Figures) -> Any:
    """Whether every film came and no window was overfull."""
    return shared_limit.is_kept(figures) and figures["complete"] and not (figures["lost"] or figures["doubled"])
