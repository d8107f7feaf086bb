"""How the client behaves: what it finds, how fast it asks, and what becomes of answers that fail."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.models import MovieBatch
from ayne.net.rate_limit import default_burst
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import PASSING, FaultPlan
from ayne.sandbox.transport import SandboxTransport
from benchmarks.processes import KEY, Figures, Sandbox, finish, sandbox

_FAILING_FILMS = 2_000
_FAILING_SHARE = 0.2
# It stops all requests for a minute, some twenty times in a run; that is done in virtual time only.
_TOO_LONG = "429-absurd"

ON_SOCKETS, VIRTUAL = f"on_sockets_without_{_TOO_LONG}", "in_virtual_time"


def completeness() -> Figures:
    """Discover 60,000 films, 12,000 of them on one day, from a server that tells its totals and one that does not."""
    return {totals: _completeness(totals) for totals in ("true", "clamped")}


def _completeness(totals: str) -> Figures:
    with sandbox("--movies", "60000", "--busiest-day", "12000", "--totals", totals) as server:
        span = {"primary_release_date.gte": "1890-01-01", "primary_release_date.lte": "2040-12-31"}
        exist = set(server.ids(**span))

        async def discover() -> tuple[list[int], int]:
            async with TMDBClient(KEY, base_url=server.url, requests_per_second=5000, max_concurrent=20) as client:
                found = await client.discover_movies(1890, 2040, min_vote_count=0)
                return [film["tmdb_id"] for film in found], len(found.overfull)

        began = time.perf_counter()
        listed, overfull = finish(discover())
        seconds = time.perf_counter() - began
        requests = server.report()["total"]
    least = math.ceil(len(exist) / 20)
    return {
        "films": len(exist),
        "found": len(set(listed)),
        "missing": len(exist - set(listed)),
        "unexpected": len(set(listed) - exist),
        "doubled": len(listed) - len(set(listed)),
        "overfull_ranges": overfull,
        "requests": requests,
        "least_requests": least,
        "ratio": round(requests / least, 3),
        "seconds": round(seconds, 1),
    }


def politeness() -> Figures:
    """What a server sees of a rate and of a cap."""
    figures: Figures = {}
    with sandbox("--movies", "1000") as server:
        for rate, films in ((4.0, 60), (40.0, 400)):
            server.reset()
            finish(_batch(server, films, requests_per_second=rate))
            seen, burst = server.report(), default_burst(rate)
            figures[f"at_{rate:g}"] = {
                "requests": seen["total"],
                "mean_rate": round(seen["mean_rate"], 3),
                "worst_1s": seen["worst_1s"],
                "promised_1s": burst + rate,
                "worst_10s": seen["worst_10s"],
                "promised_10s": burst + rate * 10,
                "peak_concurrency": seen["peak_concurrency"],
            }
    with sandbox("--movies", "1000", "--latency", "0.3") as server:
        finish(_batch(server, 40, requests_per_second=100.0, max_concurrent=4))
        seen = server.report()
    figures["slow_server"] = {
        "requests": seen["total"],
        "peak_concurrency": seen["peak_concurrency"],
        "max_concurrent": 4,
    }
    return figures


def faults() -> Figures:
    """Get 2,000 films from a server that fails a fifth of all requests in every way there is."""
    # Here and not above: the loop is one of the tests' tools, and no other figure should need them.
    from tests.virtual_time import run  # noqa: PLC0415

    each = _FAILING_SHARE / (len(PASSING) - 1)
    plan = ",".join(["seed=7", "seconds=0.2", *(f"{kind}={each}" for kind in PASSING if kind != _TOO_LONG)])
    with sandbox("--movies", str(_FAILING_FILMS), "--faults", plan) as server:
        began = time.perf_counter()
        batch = finish(_batch(server, _FAILING_FILMS, requests_per_second=500.0))
        on_sockets = _outcome(batch, server.report()) | {"seconds": round(time.perf_counter() - began, 1)}
    return {ON_SOCKETS: on_sockets, VIRTUAL: run(_faults_in_virtual_time())}


async def _faults_in_virtual_time() -> Figures:
    """The same with all faults, in process: a server that says "come back in a year" costs no minutes here."""
    loop = asyncio.get_running_loop()
    plan = FaultPlan.parse(f"seed=7,rate={_FAILING_SHARE},seconds=0.2")
    films = Catalogue.generated(_FAILING_FILMS)
    app = SandboxApp(films, faults=plan, clock=loop.time)
    async with TMDBClient(KEY, transport=SandboxTransport(app), requests_per_second=500.0) as client:
        batch = await client.get_batch_movie_details(films.ids(range(len(films))))
    return _outcome(batch, app.log.report()) | {"virtual_seconds": round(loop.time(), 1)}


def _outcome(batch: MovieBatch, seen: dict[str, Any]) -> Figures:
    reasons = [failure.reason for failure in batch.failures]
    return {
        "asked_for": _FAILING_FILMS,
        "received": len({film["tmdb_id"] for film in batch}),
        "failed": len({failure.tmdb_id for failure in batch.failures}),
        "failures_by_reason": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        "requests": seen["total"],
        "faults_served": sum(seen["by_fault"].values()),
        "faults_by_kind": dict(sorted(seen["by_fault"].items())),
    }


async def _batch(server: Sandbox, films: int, **options: Any) -> MovieBatch:
    # Adult films and videos are left out of lists unless they are asked for.
    ids = await asyncio.to_thread(lambda: server.ids(include_adult="true", include_video="true"))
    async with TMDBClient(KEY, base_url=server.url, **options) as client:
        return await client.get_batch_movie_details(ids[:films])
