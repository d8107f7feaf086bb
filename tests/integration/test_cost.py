"""What a film costs, in calls of functions: a number that does not depend on how busy the machine is."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from types import FrameType
from typing import Any

import aiohttp
import msgspec
import pytest

from ayne.data_collection.tmdb import TMDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running

KEY = "0" * 32
FILMS = 300
AT_ONCE = 10

# Measured: 2.0. With httpx's own transport, and each field decoded on its own, it was 24.
MOST_TIMES_THE_FLOOR = 2.3


async def ayne(url: str, ids: list[int]) -> int:
    async with TMDBClient(KEY, base_url=url, requests_per_second=1e6, max_concurrent=AT_ONCE) as client:
        films = client.iter_movie_details(ids, append=["credits", "keywords"])
        async with aclosing(films):
            return sum([1 async for film in films if isinstance(film, dict)])


async def floor(url: str, ids: list[int]) -> int:
    todo, received = iter(ids), 0
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def work() -> None:
            nonlocal received
            for film in todo:
                parameters = f"api_key={KEY}&append_to_response=credits,keywords"
                async with session.get(f"{url}/movie/{film}?{parameters}") as response:
                    msgspec.json.decode(await response.read())
                received += 1

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return received


def calls_for_each_film(collect: Callable[[str, list[int]], Awaitable[int]], url: str, ids: list[int]) -> float:
    """Calls of this thread, Python's and C's; the sandbox has a thread of its own."""
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    async def main() -> None:
        # What is done once is done: imports, caches, connections.
        await collect(url, ids[:AT_ONCE])
        sys.setprofile(note)
        try:
            assert await collect(url, ids) == len(ids)
        finally:
            sys.setprofile(None)

    asyncio.run(main())
    return count / len(ids)


def test_a_film_costs_little_more_than_fetching_and_decoding_it(capsys: pytest.CaptureFixture[str]) -> None:
    films = Catalogue.generated(FILMS, seed=1)
    with running(SandboxApp(films)) as sandbox:
        ids = films.ids(range(FILMS))
        ours, least = (calls_for_each_film(collect, sandbox.url, ids) for collect in (ayne, floor))
    with capsys.disabled():
        print(f"\ncalls for each film: ayne {ours:.0f}, aiohttp and msgspec {least:.0f}")  # noqa: T201
    assert ours < MOST_TIMES_THE_FLOOR * least
