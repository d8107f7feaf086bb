"""Workers and coordinators of a Dask cluster are killed for good, again and again: the same file at the end."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability.dump import differences, dump

from benchmarks.dask_processes import Cluster, cluster_of
from benchmarks.processes import Figures, Sandbox, collect, sandbox, start_collect

_KILLS, _WORKERS, _SEED = 50, 3, 7
_MOVIES = 2000
# Requests for films between one kill and the next.
_BETWEEN = (20, 500)
_OPTIONS = ("--from", "1870", "--to", "2030", "--min-votes", "0", "--parts", "keywords")


def dask_kills() -> Figures:
    """Collect all films of a sandbox, as often as it takes to kill fifty times on the way."""
    chance = random.Random(_SEED)  # noqa: S311 - no secret
    figures: Figures = {"kills": 0, "workers_killed": 0, "coordinators_killed": 0, "collections": 0, "runs": 0}
    with TemporaryDirectory() as name, sandbox("--movies", str(_MOVIES)) as server, cluster_of(_WORKERS) as cluster:
        folder = Path(name)
        collect(server, folder / "unbroken.duckdb", *_OPTIONS, "--rate", "1000")
        unbroken = dump(folder / "unbroken.duckdb", moments=False)
        server.reset()
        different = 0
        while figures["kills"] < _KILLS:
            file = folder / f"{figures['collections']}.duckdb"
            _collect_killing(server, cluster, file, chance, figures)
            different += len(differences(dump(file, moments=False), unbroken))
        log = server.report()
    asked = figures["collections"] * len(unbroken["movies"])
    return figures | {
        "films": len(unbroken["movies"]),
        "different_rows": different,
        "fetched_again": log["by_kind"]["details"] - asked,
    }


def _collect_killing(server: Sandbox, cluster: Cluster, file: Path, chance: random.Random, figures: Figures) -> None:
    """One collection to its end, however often it has to be started."""
    running = _start(server, cluster, file, figures)
    kill_at = _asked(server) + chance.randint(*_BETWEEN)
    while (code := running.poll()) is None:
        time.sleep(0.05)
        if figures["kills"] == _KILLS or _asked(server) < kill_at:
            continue
        figures["kills"] += 1
        if chance.random() < 0.5:
            cluster.kill(chance.choice(cluster.workers))
            cluster.add_worker()
            figures["workers_killed"] += 1
        else:
            running.kill()
            running.communicate()
            figures["coordinators_killed"] += 1
            running = _start(server, cluster, file, figures)
        kill_at = _asked(server) + chance.randint(*_BETWEEN)
    _, said = running.communicate()
    if code:
        raise RuntimeError(f"ayne collect ended with exit code {code}: {said}")
    figures["collections"] += 1


def _asked(server: Sandbox) -> int:
    return int(server.report()["by_kind"].get("details", 0))


def _start(server: Sandbox, cluster: Cluster, file: Path, figures: Figures) -> subprocess.Popen[str]:
    figures["runs"] += 1
    return start_collect(server, file, *_OPTIONS, "--rate", "200", "--dask", cluster.address)


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    return (
        f"{figures['kills']} times kill -9 ({figures['workers_killed']} workers, {figures['coordinators_killed']} "
        f"coordinators) in {figures['collections']} collections of {figures['films']:,} films: "
        f"{figures['different_rows']} rows differ from an unbroken run on one machine, "
        f"{figures['fetched_again'] / figures['kills']:.0f} films fetched again for each"
    )


def is_kept(figures: Figures) -> bool:
    """Whether the files are those of an unbroken run."""
    return not figures["different_rows"]
