"""A process that syncs day after day, for an hour, from a sandbox that fails: its memory and its open files stay.

The sandbox is behind real sockets, its films live, and every twentieth answer fails in one way or another. A day passes
with each sync. The rate is that of a polite collector, so that others can use the machine meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from ayne.clock import SystemClock
from ayne.data_collection.omdb.client import OMDBClient
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb.client import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.pace import Pace
from ayne.sandbox.server import running
from ayne.sandbox.world import World
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.children import child
from tests.reliability.kill_9 import check_whole

# The seconds of each trial: the first is for every day, the second for before a release.
_SECONDS = (10.0, float(os.environ.get("AYNE_SOAK_SECONDS", "3600")))
_FILMS = 3000
_LIVELY = Pace(added=0.005, edited=0.03, moved=0.1, deleted=0.005, merged=0.002, returned=0.3)
_START = datetime(2026, 6, 1, 9, tzinfo=UTC)
_DAY = 86_400
_RATE = 20.0
_MOST_REQUESTS_A_SYNC = 300
_MOST_SECONDS_A_SYNC = 20.0
# What a sync may still do after its time: finish its commit, and the requests under way with their retries.
_MOST_SECONDS_MORE = 120.0
_KEY = "0" * 32
# A twentieth of all answers. A Retry-After of a year is rare: it stops everybody for the longest pause, a minute.
_FAULTS = "seed=7,seconds=1,429-absurd=0.00005," + ",".join(
    f"{kind}=0.003"
    for kind in (
        *("429", "429-after", "500", "502", "503", "504", "520", "html", "truncated", "empty", "wrong-shape", "slow"),
        *("reset", "drop", "stall", "cut", "short", "long", "broken-chunk", "broken-gzip"),
    )
)

# What caches and the allocator of an hour may come to; a leak of a record for each request would be some 100 MB.
_MOST_MB_AN_HOUR = 60.0
_MOST_FILES_MORE = 4
# No slope is judged in less.
_LEAST_SECONDS = 600.0


class _SandboxTime(SystemClock):
    """A clock whose wall shows the sandbox's time."""

    def __init__(self, url: str) -> None:
        self._own = f"{url.removesuffix('/3')}/sandbox/clock"

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._ask("GET")["seconds"], UTC)

    def next_day(self) -> None:
        self._ask("POST", advance=str(_DAY))

    def _ask(self, method: str, **parameters: str) -> Any:
        return httpx.request(method, self._own, params=parameters, trust_env=False, timeout=60).json()


class _StandingTime(SystemClock):
    """The time of one sync."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


def _sync_for(seconds: float, url: str, omdb_url: str, file: Path) -> Counter[str]:
    """Sync again and again; to be called in a child."""
    sandbox, ends_at = _SandboxTime(url), time.monotonic() + seconds
    sums: Counter[str] = Counter()
    while (left := ends_at - time.monotonic()) > 0:
        sandbox.next_day()
        report = asyncio.run(_sync(_StandingTime(sandbox.now()), url, omdb_url, file, min(left, _MOST_SECONDS_A_SYNC)))
        sums.update(syncs=1, requests=report.requests, retries=sum(report.retries.values()), details=report.details)
        sums.update(refreshed=report.refreshed, gone=report.gone, merged=report.merged, purged=report.purged)
        sums.update(failures=sum(report.failures_by_reason.values()), rated=(report.ratings or {}).get("rated", 0))
    return sums


async def _sync(clock: SystemClock, url: str, omdb_url: str, file: Path, seconds: float) -> RunReport:
    async with (
        TMDBClient(_KEY, base_url=url, requests_per_second=_RATE, clock=clock) as client,
        OMDBClient(_KEY[:8], base_url=omdb_url, requests_per_second=_RATE, clock=clock) as omdb,
    ):
        collection = DataCollectionOrchestrator(DuckDBClient(file, clock=clock), client, clock=clock)
        return await collection.run_sync(
            1870,
            2040,
            max_requests=_MOST_REQUESTS_A_SYNC,
            max_seconds=seconds,
            min_vote_count=0,
            add_changed=True,
            ahead=True,
            append=["credits", "keywords"],
            ratings=omdb,
            ratings_quota=50,
        )


def _trial(seed: int) -> Tally:
    seconds = _SECONDS[seed]
    own = SandboxClock(_START.timestamp(), 0)
    world = World(Catalogue.generated(_FILMS, seed=5), seed=5, pace=_LIVELY, start=own.midnight)
    app = SandboxApp(world, own_time=own, faults=FaultPlan.parse(_FAULTS))
    tally = Tally()
    with running(app) as served, TemporaryDirectory(prefix="ayne-soak-") as folder:
        file = Path(folder) / "films.duckdb"
        arguments = (seconds, served.url, served.omdb_url, file)
        with child(_sync_for, *arguments) as (process, answer):
            samples = _watch(process.pid or 0, answer.poll, seconds)
            sums = answer.recv()
        if isinstance(sums, BaseException):
            raise sums
        check_whole(file)
        faults = sum(app.log.report()["by_fault"].values())
    tally.counts.update(sums)
    tally.counts["faults"] += faults
    tally.note("seconds", seconds)
    _judge(samples, seconds, tally)
    return tally


def _watch(pid: int, is_done: Any, seconds: float) -> list[tuple[float, float, int]]:
    """When, megabytes in memory, and open files, until the process is done."""
    samples: list[tuple[float, float, int]] = []
    began = time.monotonic()
    while not is_done(max(0.5, seconds / 360)):
        passed = time.monotonic() - began
        assert passed < seconds + _MOST_SECONDS_MORE, "it does not stop"
        if sys.platform == "linux":
            pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
            files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            samples.append((passed, pages * os.sysconf("SC_PAGE_SIZE") / 2**20, files))
    return samples


def _judge(samples: list[tuple[float, float, int]], seconds: float, tally: Tally) -> None:
    if len(samples) < 3:
        return
    # The first third is for warming up. How many connections are open at a moment is chance: the fewest count.
    warm = samples[len(samples) // 3 :]
    first, last = (min(files for *_, files in part) for part in (warm[: len(warm) // 2 + 1], warm[len(warm) // 2 :]))
    slope = _slope([(at, megabytes) for at, megabytes, _ in warm]) * 3600
    tally.note("megabytes", max(megabytes for _, megabytes, _ in samples))
    tally.note("files_at_the_start", first)
    tally.note("files_at_the_end", last)
    assert last <= first + _MOST_FILES_MORE, f"files stay open: {first} at the start, {last} at the end"
    if seconds >= _LEAST_SECONDS:
        tally.note("megabytes_an_hour", round(slope, 2))
        assert slope <= _MOST_MB_AN_HOUR, f"memory grows by {slope:.1f} MB an hour"


def _slope(points: list[tuple[float, float]]) -> float:
    """Of the line that fits best by least squares."""
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return float(sum((x - mean_x) * (y - mean_y) for x, y in points) / spread)


def _told(figures: Figures) -> str:
    slope = figures.get("most_megabytes_an_hour")
    grows = "not judged in so short a time" if slope is None else f"{slope:+.1f} MB an hour after warming up"
    return (
        f"{figures['most_seconds'] / 60:.0f} minutes, {figures['syncs']:,} days of syncs, {figures['requests']:,} "
        f"requests over real sockets, {figures['faults']:,} of them answered with a fault; memory {grows} "
        f"({figures['most_megabytes']:.0f} MB at most), open files {figures['most_files_at_the_start']:.0f} at the "
        f"start and {figures['most_files_at_the_end']:.0f} at the end"
    )


SOAK = Campaign(
    "soak",
    "Memory and open files stay as they are, however long it runs",
    _trial,
    quick=1,
    long=2,
    told=_told,
    parallel=False,
)
