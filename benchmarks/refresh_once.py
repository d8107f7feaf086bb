"""One refresh of a store from a sandbox, by the sandbox's clock: a process to be killed.

python -m benchmarks.refresh_once URL DATABASE [collect]
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

import httpx

from ayne.clock import SystemClock
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from benchmarks.processes import KEY

# Slow enough to be killed in the middle.
RATE = 150.0


class SandboxTime(SystemClock):
    """A clock whose wall shows the sandbox's time, which stands still."""

    def __init__(self, url: str) -> None:
        told = httpx.get(f"{url.removesuffix('/3')}/sandbox/clock", trust_env=False, timeout=60).json()
        self._now = datetime.fromtimestamp(told["seconds"], UTC)

    def now(self) -> datetime:
        """The sandbox's time."""
        return self._now


async def main(url: str, database: str, *what: str) -> None:
    """Collect everything, or refresh what is there."""
    clock = SandboxTime(url)
    async with TMDBClient(KEY, base_url=url, requests_per_second=2000 if what else RATE, clock=clock) as client:
        collection = DataCollectionOrchestrator(DuckDBClient(database, clock=clock), client, clock=clock)
        if what:
            await collection.run_full_collection(1870, 2040, 0, min_vote_count=0)
        else:
            await collection.run_refresh()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
