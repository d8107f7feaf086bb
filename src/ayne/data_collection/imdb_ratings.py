"""Bring IMDb's ratings up to date: download the newest file, and store the ratings of stored titles.

Episodes are found by IMDb's file of episodes, with the IMDb id of their series and their numbers. It costs no request
of any allowance. Run again, it asks for nothing that is not newer than what is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Executor
from datetime import datetime
from typing import Any, Protocol, TypeVar

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.imdb.models import (
    ImdbEpisode,
    ImdbFile,
    ImdbRating,
    MissingFile,
    StoredEpisodesFile,
    StoredRatingsFile,
)
from ayne.errors import SourceError

T = TypeVar("T")


class FileSource(Protocol):
    """Where a file comes from."""

    async def fetch_newer(
        self, than: datetime | None, *, on_progress: Callable[[int, int | None], None] | None = None
    ) -> ImdbFile | None:
        """Download the file, unless the server's is not newer than a moment; then return None."""
        ...

    async def held(self) -> ImdbFile | None:
        """Return the file that was downloaded last, None when there is none."""
        ...


class RatingsFileSource(FileSource, Protocol):
    """Where the file of ratings comes from; :class:`~ayne.data_collection.imdb.client.ImdbClient` is one."""

    def read(self, file: ImdbFile) -> Iterator[ImdbRating | UnreadableLine]:
        """Yield its lines."""
        ...


class EpisodesFileSource(FileSource, Protocol):
    """Where the file of episodes comes from; :class:`~ayne.data_collection.imdb.client.ImdbEpisodesClient` is one."""

    def read(self, file: ImdbFile) -> Iterator[ImdbEpisode | UnreadableLine]:
        """Yield its lines."""
        ...


class RatingsFileStore(Protocol):
    """Where it goes; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def newest_imdb(self) -> StoredRatingsFile | None:
        """Return the newest file that is stored."""
        ...

    def store_imdb(self, file: ImdbFile, lines: Iterable[ImdbRating | UnreadableLine]) -> StoredRatingsFile:
        """Store what a file says of the titles that stored films name, all of it or nothing."""
        ...

    def store_imdb_episodes(self, file: ImdbFile, lines: Iterable[ImdbEpisode | UnreadableLine]) -> StoredEpisodesFile:
        """Store which of IMDb's episodes the stored ones are, all of it or nothing."""
        ...

    def has_new_titles(self) -> bool:
        """Return whether there may be titles that were not known when the newest file was stored."""
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
        SourceError: the file could not be fetched; what is stored is as it was.
        StoreError: the database cannot be used.
    """
    stored = await _in_store(executor, store.newest_imdb)
    file = await source.fetch_newer(stored.made_at if stored else None, on_progress=on_progress)
    if file is None and await _in_store(executor, store.has_new_titles):
        # Films that came since may be in the file of today as well.
        file = await source.held()
    return await _in_store(executor, store.store_imdb, file, source.read(file)) if file else stored


async def take_imdb_episodes(
    source: EpisodesFileSource,
    store: RatingsFileStore,
    executor: Executor | None = None,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> StoredEpisodesFile | None:
    """Find stored episodes in IMDb's file, so that :func:`take_imdb_ratings` brings their ratings too.

    Args:
        source: where the file comes from.
        store: where what is found goes.
        executor: where the store is called; by default a thread of the event loop's.
        on_progress: called with the bytes there are, and how many there will be (None when not known).

    Returns:
        What was found; None when there is no file.

    Raises:
        SourceError: the file could not be fetched; what is stored is as it was.
        StoreError: the database cannot be used.
    """
    held = await source.held()
    # Episodes that came or moved since may stand in the file that is held as well.
    file = await source.fetch_newer(held.made_at if held else None, on_progress=on_progress) or held
    return await _in_store(executor, store.store_imdb_episodes, file, source.read(file)) if file else None


async def take_imdb_files(
    ratings: RatingsFileSource,
    episodes: EpisodesFileSource | None,
    store: RatingsFileStore,
    executor: Executor | None = None,
) -> tuple[StoredRatingsFile | MissingFile | None, StoredEpisodesFile | MissingFile | None]:
    """Find episodes, if that is asked for, and bring the ratings of all that is known by IMDb's ids up to date.

    Neither file waits for the other: one that cannot be fetched is returned as missing, and the other is taken.

    Raises:
        StoreError: the database cannot be used.
    """
    # Episodes first, so that the file of ratings rates those that are found now.
    found = await _or_missing(take_imdb_episodes(episodes, store, executor)) if episodes else None
    return await _or_missing(take_imdb_ratings(ratings, store, executor)), found


async def _or_missing(taken: Awaitable[T]) -> T | MissingFile:
    try:
        return await taken
    except SourceError as error:
        return MissingFile(str(error))


async def _in_store(executor: Executor | None, function: Callable[..., T], *arguments: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(executor, function, *arguments)
