"""Whoever collects films: ayne, its rivals and the floors, each asked for the same film again and again.

It runs one of them in this process, as its argument says, and prints what came of it. Rivals are used
as their documentation says, in the way that is fastest: one client or session for all films, with room in its pool for
all connections. They neither limit their rate nor try again, which ayne does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Any

import click
import msgspec

from benchmarks.processes import KEY

# Nothing is slowed down by such a rate, but it is counted.
_AS_FAST_AS_IT_GOES = 1e6

# Enough to catch up with a timer that was late, and with a rate of 39.5 never more than 40 in a second.
_BURST = 1.3

_PATIENCE = 20.0


class Meter(msgspec.Struct):
    """Films and computing time between a warm-up and an end; or, with ``most``, until so many films were asked for.

    Both last for ``least`` films too: many connections are made in one go, and their first answers come in one go.
    """

    warm_up: float = 0.4
    seconds: float = 1.0
    least: int = 1
    most: int | None = None
    asked: int = 0
    films: int = 0
    failed: int = 0
    failure: str = ""
    began: float = msgspec.field(default_factory=time.perf_counter)
    start: tuple[float, float, int] | None = None
    end: tuple[float, float, int] | None = None

    def more(self) -> bool:
        """Whether another film is to be asked for."""
        self.asked += 1
        if self.most is not None:
            return self.asked <= self.most
        # Whoever receives nothing ends too.
        return self.end is None and time.perf_counter() - self.began < self.warm_up + self.seconds + _PATIENCE

    def film(self) -> None:
        """A film has come."""
        self.films += 1
        now = time.perf_counter()
        if self.most is not None:
            return
        if self.start is None:
            if now - self.began >= self.warm_up and self.films >= self.least:
                self.start = (now, time.process_time(), self.films)
        elif self.end is None and now - self.start[0] >= self.seconds and self.films - self.start[2] >= self.least:
            self.end = (now, time.process_time(), self.films)

    def miss(self, why: str) -> None:
        """A film could not be had."""
        self.failed += 1
        self.failure = self.failure or why[:200]

    def report(self) -> dict[str, float | str]:
        """What was measured."""
        end = self.end or (time.perf_counter(), time.process_time(), self.films)
        start = self.start or (self.began, 0.0, 0)
        films = max(1, end[2] - start[2])
        return {
            "films": self.films,
            "failed": self.failed,
            "failure": self.failure,
            "per_second": (end[2] - start[2]) / (end[0] - start[0]),
            "cpu_ms": 1000 * (end[1] - start[1]) / films,
            "seconds": end[0] - start[0],
        }


class Task(msgspec.Struct):
    """What a client is asked to do, by the JSON that is its argument.

    Attributes:
        name: which client.
        url: the server, with the ``/3``.
        film: the id to ask for.
        at_once: requests, or threads, at the same time.
        parts: to be appended.
        rate: requests a second, for whoever can be told.
        core: to stay on.
        meter: how long.
    """

    name: str
    url: str
    film: int
    at_once: int
    meter: Meter
    parts: str = ""
    rate: float | None = None
    core: int | None = None


async def _workers(task: Task, fetch: Callable[[], Awaitable[Any]]) -> None:
    """As many loops as requests may be under way, which is the fastest way to ask in asyncio."""

    async def work() -> None:
        while task.meter.more():
            try:
                await fetch()
            except Exception as error:  # noqa: BLE001 - whatever a client raises, the film was not received
                task.meter.miss(repr(error))
            else:
                task.meter.film()

    await asyncio.gather(*(work() for _ in range(task.at_once)))


def _threads(task: Task, fetch: Callable[[], Any]) -> None:
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not task.meter.more():
                    return
            try:
                fetch()
            except Exception as error:  # noqa: BLE001 - whatever a client raises, the film was not received
                task.meter.miss(repr(error))
            else:
                with lock:
                    task.meter.film()

    threads = [threading.Thread(target=work) for _ in range(task.at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ayne(task: Task) -> None:
    """Ayne's client, with its limit, its retries and its records."""
    from ayne.data_collection.tmdb import TMDBClient  # noqa: PLC0415

    def ids() -> Iterator[int]:
        while task.meter.more():
            yield task.film

    async def collect() -> None:
        burst = None if task.rate is None else _BURST
        rate = task.rate or _AS_FAST_AS_IT_GOES
        async with TMDBClient(
            KEY, base_url=task.url, requests_per_second=rate, burst=burst, max_concurrent=task.at_once
        ) as client:
            films = client.iter_movie_details(ids(), append=task.parts.split(",") if task.parts else ())
            async with aclosing(films):
                async for film in films:
                    if isinstance(film, dict):
                        task.meter.film()
                    else:
                        task.meter.miss(str(film))

    asyncio.run(collect())


def themoviedb(task: Task) -> None:
    """The library themoviedb: aiohttp, json, dataclasses."""
    from themoviedb.aiotmdb import aioTMDb  # noqa: PLC0415

    async def collect() -> None:
        async with aioTMDb(api_key=KEY, region="") as client:
            client._config.host = task.url.removesuffix("/3")  # noqa: SLF001 - it has no other way
            extra = {"append_to_response": task.parts} if task.parts else {}
            await _workers(task, lambda: client.movie(task.film).details(**extra))

    asyncio.run(collect())


def _requests_session(task: Task) -> Any:
    import requests  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=task.at_once))
    # Looking for proxies and passwords in the environment takes longer than all the rest.
    session.trust_env = False
    session.verify = os.environ.get("SSL_CERT_FILE") or True
    return session


def tmdbsimple(task: Task) -> None:
    """The library tmdbsimple, in threads over one session."""
    import tmdbsimple as library  # noqa: PLC0415

    library.API_KEY = KEY
    library.REQUESTS_SESSION = _requests_session(task)
    extra = {"append_to_response": task.parts} if task.parts else {}

    def fetch() -> None:
        film = library.Movies(task.film)
        film.base_uri = task.url
        film.info(**extra)

    _threads(task, fetch)


def tmdbv3api(task: Task) -> None:
    """The library tmdbv3api, in threads over one session, without its cache."""
    import tmdbv3api as library  # noqa: PLC0415

    movies = library.Movie(session=_requests_session(task))
    movies._base = task.url  # noqa: SLF001 - it has no other way
    movies.api_key = KEY
    movies.cache = False
    _threads(task, lambda: movies.details(task.film, append_to_response=task.parts))


def _path(task: Task) -> str:
    parts = f"&append_to_response={task.parts}" if task.parts else ""
    return f"{task.url}/movie/{task.film}?api_key={KEY}{parts}"


def httpx(task: Task) -> None:
    """Bare httpx, its pool without bounds."""
    import httpx as library  # noqa: PLC0415

    async def collect() -> None:
        limits = library.Limits(max_connections=None, max_keepalive_connections=None)
        async with library.AsyncClient(limits=limits) as client:
            url = _path(task)

            async def fetch() -> None:
                (await client.get(url)).raise_for_status().json()

            await _workers(task, fetch)

    asyncio.run(collect())


def aiohttp(task: Task) -> None:
    """The floor: bare aiohttp, and msgspec."""
    import aiohttp as library  # noqa: PLC0415

    decode = msgspec.json.Decoder().decode

    async def collect() -> None:
        async with library.ClientSession(connector=library.TCPConnector(limit=0), raise_for_status=True) as session:
            url = _path(task)

            async def fetch() -> None:
                async with session.get(url) as response:
                    decode(await response.read())

            await _workers(task, fetch)

    asyncio.run(collect())


def pyreqwest(task: Task) -> None:
    """The fastest client that there is for Python: pyreqwest, which is Rust, and msgspec."""
    from pyreqwest.client import ClientBuilder  # noqa: PLC0415

    decode = msgspec.json.Decoder().decode

    async def collect() -> None:
        async with ClientBuilder().gzip(True).error_for_status(True).build() as client:
            url = _path(task)

            async def fetch() -> None:
                response = await client.get(url).build().send()
                decode(bytes(await response.bytes()))

            await _workers(task, fetch)

    asyncio.run(collect())


CLIENTS: dict[str, Callable[[Task], None]] = {
    client.__name__: client for client in (ayne, themoviedb, tmdbsimple, tmdbv3api, httpx, aiohttp, pyreqwest)
}


def main() -> None:
    """Do what the argument says, and print what came of it as JSON."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    if task.core is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {task.core})
    CLIENTS[task.name](task)
    click.echo(json.dumps(task.meter.report()))
    # pyreqwest's threads now and then end an interpreter that is being finalized with a core dump.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
