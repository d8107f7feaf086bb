"""Coverage: that every film is found, at what price, and that the ledger says so."""

from __future__ import annotations

import gzip
import json
import math
import os
import subprocess
import sys
from array import array
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import SourceError
from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from ayne.sandbox.transport import SandboxTransport
from benchmarks.processes import KEY, ROOT, Figures, Sandbox, finish, most_memory, sandbox

# The recorded walk repeated 7.2 % of its rows.
_DRIFTS = {"drift": 0.072, "mild_drift": 0.01, "still": 0.0}
_DRIFTING_FILMS = 60_000
_ALL_FILMS = 1_200_000
# From the first film to what is announced; no film of the sandbox lies outside.
_FIRST, _LAST = 1870, 2040
_DATED = {"primary_release_date.gte": f"{_FIRST}-01-01", "primary_release_date.lte": f"{_LAST}-12-31"}

_BUSY = ("--movies", "60000", "--busiest-day", "25000", "--undated", "0.02")
_SPANS = (
    ("--from", "2024", "--to", "2024", "--min-votes", "0"),
    ("--from", "2020", "--to", "2024"),
    ("--from", "1990", "--to", "2026", "--min-votes", "10", "--limit", "500"),
    ("--from", "1950", "--to", "1979", "--min-votes", "0", "--genres", "drama|comedy"),
    ("--from", "2000", "--to", "2026", "--min-votes", "0", "--limit", "0"),
)
_CUTS = 20


def drifting_pages() -> Figures:
    """Discover 60,000 films whose pages repeat and miss films as in the recorded walk, and the same without drift."""
    films = Catalogue.generated(_DRIFTING_FILMS)
    return {name: _discovered(films, share) for name, share in _DRIFTS.items()}


def _discovered(films: Catalogue, drift: float) -> Figures:
    app = SandboxApp(films, drift=drift, wall_clock=lambda: 1_700_000_000.0)
    exist = _dated(app)

    async def walk() -> tuple[set[int], set[int], Counter[str]]:
        everything: set[int] = set()
        async with _client(app) as client:
            once = {film["tmdb_id"] for film in await client.discover_movies(_FIRST, _LAST, 0, max_pages=500)}
            app.log.clear()
            last: dict[Any, str] = {}
            async for page in client.iter_discover(_FIRST, _LAST, 0):
                everything.update(film["tmdb_id"] for film in page.results)
                last.update((progress.range, progress.state) for progress in page.ledger)
        return once, everything, Counter(last.values())

    once, found, states = finish(walk())
    requests, least = app.log.report()["total"], math.ceil(len(exist) / 20)
    return {
        "films": len(exist),
        "found_by_one_sweep_year_by_year": len(once & exist),
        "found": len(found & exist),
        "missing": len(exist - found),
        "requests": requests,
        "ratio": round(requests / least, 3),
        "ranges": dict(states),
    }


def _dated(app: SandboxApp) -> set[int]:
    query = "&".join(f"{name}={value}" for name, value in {**_DATED, "ids": "1"}.items())
    return set(json.loads(app.answer(Request("GET", "/sandbox/truth", query)).body)["ids"])


def _client(app: SandboxApp) -> TMDBClient:
    return TMDBClient(KEY, transport=SandboxTransport(app), requests_per_second=100_000, max_concurrent=20)


def all_of_tmdb() -> Figures:
    """Discover 1,200,000 films, all years and votes, from a server that tells its totals and one that does not."""
    return {totals: _all_of_tmdb(totals) for totals in ("true", "clamped")}


def _all_of_tmdb(totals: str) -> Figures:
    with sandbox("--movies", str(_ALL_FILMS), "--totals", totals) as server:
        exist = set(server.ids(**_DATED))
        # A process of its own, so that the memory it takes is its own.
        done = subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "benchmarks.coverage", server.url],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        seen = json.loads(done.stdout)
        requests = server.report()["total"]
    found = set(seen.pop("ids"))
    return {
        "films": len(exist),
        "found": len(found & exist),
        "missing": len(exist - found),
        "requests": requests,
        "ratio": round(requests / math.ceil(len(exist) / 20), 4),
        **seen,
    }


async def _count(url: str) -> Figures:
    ids = array("i")
    states: dict[str, str] = {}
    before = most_memory()
    async with TMDBClient(KEY, base_url=url, requests_per_second=100_000, max_concurrent=20) as client:
        async for page in client.iter_discover(_FIRST, _LAST, 0):
            ids.extend(film["tmdb_id"] for film in page.results)
            states.update((str(progress.range), progress.state) for progress in page.ledger)
    return {
        "peak_mb": most_memory(),
        "imports_mb": before,
        "ranges": dict(Counter(states.values())),
        "ids": list(ids),
    }


def every_source() -> Figures:
    """Find films of which 25,000 came out on one day and 2 % have no date: by dates, in the export, and in both."""
    with sandbox(*_BUSY) as server:
        exist, listable = set(server.ids(include_adult="true", include_video="true")), set(server.ids(**_DATED))
        told = {source: _found_by(server, source) for source in ("discover", "export", "both")}
    return {"exist": len(exist), "listable_by_date": len(listable), **told}


def _found_by(server: Sandbox, source: str) -> Figures:
    span = () if source == "export" else ("--from", str(_FIRST), "--to", str(_LAST))
    with TemporaryDirectory() as folder:
        server.reset()
        options = ("--source", source, *span, "--min-votes", "0", "--include-adult", "--limit", "0")
        report, _ = _ayne("collect", server, folder, *options, "--rate", "3000")
        ids = "SELECT count(DISTINCT tmdb_id) FROM (SELECT tmdb_id FROM movies UNION ALL SELECT tmdb_id FROM census)"
        ((found,),) = json.loads(_query(folder, ids))
        ranges = json.loads(_query(folder, "SELECT state, count(*) FROM ranges GROUP BY ALL ORDER BY ALL"))
    return {
        "found": found,
        "requests": report["requests"],
        "ranges": dict(ranges),
        **{name: value for name, value in report["coverage"].items() if name in {"films", "reported"}},
        **{
            f"only_{name}": report["reconciliation"][f"only_{name}"]
            for name in ("in_export", "listed")
            if report["reconciliation"]
        },
    }


def overfull() -> Figures:
    """Collect from a server with a day that no filter can cut: 12,000 films without votes and genres."""
    films = Catalogue.generated(20_000, busiest_day=12_000)
    columns = films.columns
    day = max(Counter(columns.days).items(), key=lambda item: item[1])[0]
    none = columns.genre_lists.index(())
    for position, of in enumerate(columns.days):
        if of == day:
            columns.votes[position], columns.genres[position], columns.flags[position] = 0, none, 0
    with running(SandboxApp(films)) as server, TemporaryDirectory() as folder:
        options = ("--from", "2018", "--to", "2020", "--min-votes", "0", "--limit", "0", "--rate", "3000")
        report, code = _ayne("collect", Sandbox(server.url), folder, *options)
        said = _said("collect", Sandbox(server.url), folder, *options)
    return {"exit_code": code, "complete": report["complete"], "overfull": report["overfull"], "said": said}


def plan_against_run() -> Figures:
    """Plan five collections, then run each: predicted and actual requests."""
    told: Figures = {}
    with sandbox("--movies", "100000") as server, TemporaryDirectory() as folder:
        for number, span in enumerate(_SPANS):
            place = Path(folder) / str(number)
            place.mkdir()
            plan, _ = _ayne("plan", server, str(place), *span)
            report, _ = _ayne("collect", server, str(place), *span, "--rate", "3000")
            told[" ".join(span)] = {
                "planned": plan["requests"],
                "actual": report["requests"],
                "ratio": round(plan["requests"] / report["requests"], 3),
                "planned_bytes": plan["bytes"],
                "actual_bytes": report["bytes_received"],
                "counting": plan["counting"],
            }
    return told


def export_cuts() -> Figures:
    """Download an export that is cut off at random places, and take it up again each time with a new client."""
    chance = Random(7)  # noqa: S311 - which places does not matter
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0).timestamp()
    app = SandboxApp(Catalogue.generated(30_000), wall_clock=lambda: noon)
    name = f"/p/exports/movie_ids_{datetime.now(UTC):%m_%d_%Y}.json.gz"
    expected = app.answer(Request("GET", name)).body
    whole = halves = sent = 0
    for _ in range(_CUTS):
        host = _CutOff(app, chance)
        with TemporaryDirectory() as folder:
            halves += finish(_take_up(host, Path(folder)))
            (file,) = Path(folder).glob("*.json.gz")
            whole += file.read_bytes() == expected
        sent += host.sent - len(expected)
    return {
        "cuts": _CUTS,
        "whole": whole,
        "films": gzip.decompress(expected).count(b"\n"),
        "half_files_seen": halves,
        "bytes_sent_twice": sent,
    }


class _CutOff(httpx.AsyncBaseTransport):
    """The file host of a sandbox, whose first answer breaks off at a random place."""

    def __init__(self, app: SandboxApp, chance: Random) -> None:
        self._host = SandboxTransport(app)
        self._chance = chance
        self._has_cut = False
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._host.handle_async_request(request)
        body = await answer.aread()
        end = len(body) if self._has_cut else self._chance.randrange(1, len(body))
        self.sent += end
        stream = _Broken(body[:end], is_whole=self._has_cut)
        self._has_cut = True
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)


class _Broken(httpx.AsyncByteStream):
    def __init__(self, body: bytes, *, is_whole: bool) -> None:
        self._body = body
        self._is_whole = is_whole

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
        if not self._is_whole:
            raise httpx.ReadError("the connection was cut")


async def _take_up(host: _CutOff, folder: Path) -> int:
    """Fetch the file by two clients, the first of which is cut off; how often a file was there that was not whole."""
    halves = 0
    for _ in range(2):
        async with ExportClient(folder, transport=host, max_retries=0) as client:
            try:
                await client.fetch("movie_ids")
            except SourceError:
                halves += len(list(folder.glob("*.json.gz")))  # noqa: ASYNC240 - nothing else is waiting
    return halves


# --- the command, as a user runs it -----------------------------------------------------------------------------------


def _run(command: str, server: Sandbox, folder: str, *options: str) -> subprocess.CompletedProcess[str]:
    hosts = {"AYNE_TMDB_URL": server.url, "AYNE_EXPORTS_URL": f"{server.url.removesuffix('/3')}/p/exports"}
    return subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "ayne", command, "--db", "films.duckdb", *options],
        env={**os.environ, **hosts, "TMDB_API_KEY": KEY},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _ayne(command: str, server: Sandbox, folder: str, *options: str) -> tuple[dict[str, Any], int]:
    done = _run(command, server, folder, *options, "--json")
    if not done.stdout:
        raise RuntimeError(f"ayne {command} said nothing: {done.stderr}")
    return json.loads(done.stdout), done.returncode


def _said(command: str, server: Sandbox, folder: str, *options: str) -> list[str]:
    return _run(command, server, folder, *options, "--quiet").stderr.splitlines()


def _query(folder: str, sql: str) -> str:
    return json.dumps(DuckDBClient(Path(folder) / "films.duckdb").query(sql).rows)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(finish(_count(sys.argv[1]))))
