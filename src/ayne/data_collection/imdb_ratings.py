"""Bringing IMDb's ratings up to date: the newest file is downloaded, and stored as far as stored films are in it.

It costs no request of any allowance. Run again, it asks for nothing that is not newer than what is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from datetime import datetime
from typing import Any, Protocol, TypeVar

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.imdb.models import ImdbRating, RatingsFile, StoredRatingsFile

T = TypeVar("T")


class RatingsFileSource(Protocol):
    """Where the file comes from; :class:`~ayne.data_collection.imdb.ImdbClient` is one."""

    async def fetch_newer(
        self, than: datetime | None, *, on_progress: Callable[[int, int | None], None] | None = None
    ) -> RatingsFile | None:
        """The file, None when the server has none that was made after a moment."""
        ...

    async def held(self) -> RatingsFile | None:
        """The file that was downloaded last, None when there is none."""
        ...

    def read(self, file: RatingsFile) -> Iterator[ImdbRating | UnreadableLine]:
        """Its lines."""
        ...


class RatingsFileStore(Protocol):
    """Where it goes; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def newest_imdb(self) -> StoredRatingsFile | None:
        """The newest file that is stored."""
        ...

    def store_imdb(self, file: RatingsFile, lines: Iterable[ImdbRating | UnreadableLine]) -> StoredRatingsFile:
        """Store what a file says of the titles that stored films name, all of it or nothing."""
        ...

    def has_new_titles(self) -> bool:
        """Whether stored films name more titles than they did when the newest file was stored."""
        ...


async def take_imdb_ratings(
    source: RatingsFileSource,
    store: RatingsFileStore,
    executor: Executor | None = None,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> StoredRatingsFile | None:
    """Bring the ratings of IMDb's file up to date.

    Args:
        source: where the file comes from.
        store: where it goes.
        executor: where the store is called; by default a thread of the event loop's.
        on_progress: called with the bytes there are, and how many there will be (None when not known).

    Returns:
        The newest file that is stored now, whether it came now or earlier.

    Raises:
        SourceError: the file could not be had; what is stored is as it was.
        StoreError: the database cannot be used.
    """

    async def in_store(function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(executor, function, *arguments)

    stored = await in_store(store.newest_imdb)
    file = await source.fetch_newer(stored.made_at if stored else None, on_progress=on_progress)
    if file is None and await in_store(store.has_new_titles):
        # Films that came since may be in the file of today as well.
        file = await source.held()
    return await in_store(store.store_imdb, file, source.read(file)) if file else stored
