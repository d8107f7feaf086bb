"""A Dask cluster in processes of its own, which can be killed and added one by one, and what each has computed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from distributed import Client

from ayne.dask import DaskExecutor
from ayne.dask.crew import Crew
from ayne.data_collection.ports import DetailsSource, MovieSource
from benchmarks.processes import ROOT

_HERE = ("--host", "127.0.0.1", "--no-dashboard")
_PATIENCE = 60.0


class Cluster:
    """A scheduler and workers of two threads each.

    Attributes:
        address: the scheduler's.
        scheduler: its process.
        workers: theirs.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scheduler.json"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = _start("scheduler", "--port", "0", "--scheduler-file", str(self._file), *_HERE, folder=folder)
        self._folder = folder
        give_up_at = time.monotonic() + _PATIENCE
        while not (address := self._read()):
            if time.monotonic() > give_up_at:
                raise RuntimeError("the Dask scheduler did not start")
            time.sleep(0.05)
        self.address = address

    def _read(self) -> str:
        try:
            return str(json.loads(self._file.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError):
            return ""

    def add_worker(self) -> subprocess.Popen[bytes]:
        """Start one more; it is there in some seconds."""
        threads = ("--nthreads", "2", "--no-nanny", "--death-timeout", "60")
        worker = _start("worker", self.address, *threads, *_HERE, folder=self._folder)
        self.workers.append(worker)
        return worker

    def wait_for_workers(self) -> None:
        """Until the scheduler knows them all."""
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=_PATIENCE)

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill a worker for good."""
        self.workers.remove(worker)
        worker.kill()
        worker.wait()

    def close(self) -> None:
        """End all."""
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


def _start(what: str, *options: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
    return subprocess.Popen(  # noqa: S603 - our own command line
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=(folder / f"{what}.log").open("ab")
    )


@contextmanager
def cluster_of(workers: int) -> Iterator[Cluster]:
    """A cluster with so many workers, for as long as the context."""
    with TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder))
        try:
            for _ in range(workers):
                cluster.add_worker()
            cluster.wait_for_workers()
            yield cluster
        finally:
            cluster.close()


def computed(*processes: subprocess.Popen[Any]) -> float:
    """Seconds of computing of these processes so far."""
    return sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in processes)


class Watched(DaskExecutor):
    """An executor whose crew can be looked at afterwards."""

    crew: Crew

    @asynccontextmanager
    async def fetching_for(self, source: MovieSource) -> AsyncIterator[DetailsSource]:
        """The same, looked at."""
        async with super().fetching_for(source) as crew:
            assert isinstance(crew, Crew)  # noqa: S101 - for whoever reads it
            self.crew = crew
            yield crew
