"""Fetch IMDb's daily files: they take no request of any allowance, and no key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.daily_files import DailyFileClient, DownloadProgress, Form, lines
from ayne.data_collection.imdb.models import ImdbEpisode, ImdbFile, ImdbRating
from ayne.data_collection.imdb.records import read_episodes, read_ratings
from ayne.errors import NotModified

IMDB_URL = "https://datasets.imdbws.com"
RATINGS, EPISODES = "title.ratings.tsv.gz", "title.episode.tsv.gz"

# Every line but perhaps the last has an end; the last column is a number, or nobody knows.
_ENDS = (b"\n", *(b"%d" % digit for digit in range(10)))


class ImdbFileClient(DailyFileClient):
    """Downloads one of IMDb's files into a folder, whole or not at all, and only when there is a newer one.

    A download that broke off is carried on where it stopped. IMDb offers its files for personal and non-commercial use.

    The arguments are those of :class:`~ayne.data_collection.daily_files.DailyFileClient`; by default the address is
    that of ``AYNE_IMDB_URL``, or https://datasets.imdbws.com.
    """

    address = ("AYNE_IMDB_URL", IMDB_URL)

    name: ClassVar[str]
    """The name of the file."""

    async def fetch_newer(
        self, than: datetime | None, *, on_progress: DownloadProgress | None = None
    ) -> ImdbFile | None:
        """Download the file, unless the server's is not newer than a moment; then return None.

        Raises:
            SourceError: it could not be fetched; what came is kept for the next try.
            ConfigurationError: the folder cannot be written to.
            StoreBusy: another ayne is downloading into it.
        """
        path = self.folder / self.name
        with self._alone():
            held = self._found(path) if await self._is_there(path) else None
            known = max((moment for moment in (than, held and held.made_at) if moment), default=None)
            try:
                await self._download(path, on_progress, than=known)
            except NotModified:
                return held if held and (than is None or held.made_at > than) else None
            return self._found(path)

    async def held(self) -> ImdbFile | None:
        """Return the file that was downloaded last, None when there is none."""
        path = self.folder / self.name
        return self._found(path) if await self._is_there(path) else None

    def _found(self, path: Path) -> ImdbFile:
        told, now = path.stat(), self._clock.now()
        made_at = min(datetime.fromtimestamp(told.st_mtime, UTC), now)
        return ImdbFile(path, made_at.replace(microsecond=0), told.st_size)


class ImdbClient(ImdbFileClient):
    r"""Downloads IMDb's file of ratings.

    The arguments are those of :class:`~ayne.data_collection.daily_files.DailyFileClient`.

    Example:
        >>> import asyncio, gzip, httpx, tempfile
        >>> body = gzip.compress(b"tconst\taverageRating\tnumVotes\ntt0137523\t8.8\t2500000\n")
        >>> host = httpx.MockTransport(lambda request: httpx.Response(200, stream=httpx.ByteStream(body)))
        >>> async def ratings(folder):
        ...     async with ImdbClient(folder, transport=host) as client:
        ...         return list(client.read(await client.fetch_newer(None)))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     asyncio.run(ratings(folder))
        [ImdbRating(imdb_id='tt0137523', rating=8.8, votes=2500000)]
    """

    name = RATINGS
    form = Form(called="IMDb ratings file", holds="IMDb's ratings", begins=b"tconst\t", ends=_ENDS)

    def read(self, file: ImdbFile) -> Iterator[ImdbRating | UnreadableLine]:
        """Yield the titles of the file; see :func:`~ayne.data_collection.imdb.records.read_ratings`."""
        return read_ratings(lines(file.path))


class ImdbEpisodesClient(ImdbFileClient):
    """Downloads IMDb's file of episodes: which series each belongs to, and as what it is counted there.

    The arguments are those of :class:`~ayne.data_collection.daily_files.DailyFileClient`.
    """

    name = EPISODES
    form = Form(called="IMDb episodes file", holds="IMDb's episodes", begins=b"tconst\t", ends=(*_ENDS, b"\\N"))

    def read(self, file: ImdbFile) -> Iterator[ImdbEpisode | UnreadableLine]:
        """Yield the episodes of the file; see :func:`~ayne.data_collection.imdb.records.read_episodes`."""
        return read_episodes(lines(file.path))
