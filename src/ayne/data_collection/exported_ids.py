"""Bring the exported ids up to date: download the newest export, and store it whole.

It is the loop's part of the daily id exports: where they come from is the source's business, how they are kept is the
store's. Run again, it asks for nothing that is not newer than what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Protocol

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.numbers import NOTED_CHANGE
from ayne.data_collection.tmdb.models import Export, ExportedMovie, StoredExport
from ayne.data_collection.writer import Writer


class ExportSource(Protocol):
    """Where exports come from; :class:`~ayne.data_collection.tmdb.exports.ExportClient` is one."""

    async def fetch_newer(
        self, name: str, than: date | None, *, on_progress: Callable[[int, int | None], None] | None = None
    ) -> Export | None:
        """Fetch the newest export that is up; return None when that is not newer than a day."""
        ...

    def read(self, export: Export) -> Iterator[ExportedMovie | UnreadableLine]:
        """Yield its lines."""
        ...

    def remove_older(self, export: Export) -> object:
        """Remove the files of earlier days."""
        ...


class ExportedIdsStore(Protocol):
    """Where exported ids go; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def newest_export(self, name: str) -> StoredExport | None:
        """Return the newest export of a name whose films are among the exported ids."""
        ...

    def store_export(
        self, export: Export, lines: Iterable[ExportedMovie | UnreadableLine], noted_change: float | None = ...
    ) -> StoredExport:
        """Put all films of an export into the exported ids, or none."""
        ...


async def take_exported_ids(
    source: ExportSource,
    store: ExportedIdsStore,
    writer: Writer,
    names: Sequence[str],
    on_progress: Callable[[str, int, int | None], None] | None = None,
    *,
    noted_change: float | None = NOTED_CHANGE,
) -> list[StoredExport]:
    """Bring the exported ids up to date with the newest exports of these names.

    Each is stored before the next is asked for. Decoding and storing happen in the store's thread.

    Args:
        source: where exports come from.
        store: where they go.
        writer: the store's thread.
        names: ``movie_ids``, and ``adult_movie_ids`` when adult films are asked for.
        on_progress: called with the name, the bytes there are, and the bytes there will be (None when not known).
        noted_change: by what share a popularity must differ from the one noted last, to be noted in the history too;
            0 for every change, None for none.

    Returns:
        The newest export of each name that is among the exported ids now, whether it came now or earlier.

    Raises:
        SourceError: an export could not be fetched; the exported ids are as they were, but for the names before.
        StoreError: the file cannot be used.
    """
    found = []
    for name in names:
        stored = await writer.call(store.newest_export, name)
        told = partial(on_progress, name) if on_progress else None
        export = await source.fetch_newer(name, stored.day if stored else None, on_progress=told)
        if export:
            stored = await writer.call(store.store_export, export, source.read(export), noted_change)
            source.remove_older(export)
        if stored:
            found.append(stored)
    return found
