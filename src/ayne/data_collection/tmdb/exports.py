"""Download TMDB's daily id exports: the one list of all films, as a file.

Date ranges cannot reach films without a release date; the exports name every id. They are up by about 08:00 UTC, kept
for three months, and need no key: none is sent. Source: https://developer.themoviedb.org/docs/daily-id-exports
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.daily_files import DailyFileClient, DownloadProgress
from ayne.data_collection.tmdb.export_files import FORM, read_export
from ayne.data_collection.tmdb.models import ADULT_MOVIE_IDS, MOVIE_IDS, Export, ExportedMovie
from ayne.errors import NotFound

log = logging.getLogger("ayne.tmdb")

EXPORTS_URL = "https://files.tmdb.org/p/exports"

_NAME = re.compile(r"[a-z]+(_[a-z]+)*_ids")

_OURS = re.compile(
    r"(?P<name>\w+_ids)_(?P<month>\d\d)_(?P<day>\d\d)_(?P<year>\d{4})\.json\.gz(\.part(\.json)?)?", re.ASCII
)


def file_name(name: str, day: date) -> str:
    """Return the file name of a day's export.

    >>> file_name("movie_ids", date(2026, 5, 1))
    'movie_ids_05_01_2026.json.gz'
    """
    return f"{name}_{day:%m_%d_%Y}.json.gz"


class ExportClient(DailyFileClient):
    """Downloads daily id exports into a folder, each whole or not at all.

    A download that broke off, or whose process was killed, is carried on where it stopped; a file that is there and
    whole is not fetched again. Films of different servers do not belong into one folder.

    The arguments are those of :class:`~ayne.data_collection.daily_files.DailyFileClient`; by default the address is
    that of ``AYNE_EXPORTS_URL``, or https://files.tmdb.org/p/exports.

    Example:
        >>> import asyncio, gzip, httpx, tempfile
        >>> body = gzip.compress(b'{"id":550,"original_title":"Fight Club"}')
        >>> host = httpx.MockTransport(lambda request: httpx.Response(200, stream=httpx.ByteStream(body)))
        >>> async def titles(folder):
        ...     async with ExportClient(folder, transport=host) as client:
        ...         export = await client.fetch()
        ...         return [film.original_title for film in client.read(export)]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     asyncio.run(titles(folder))
        ['Fight Club']
    """

    form = FORM
    address = ("AYNE_EXPORTS_URL", EXPORTS_URL)

    async def fetch(
        self,
        name: str = MOVIE_IDS,
        *,
        day: date | None = None,
        days_back: int = 3,
        on_progress: DownloadProgress | None = None,
    ) -> Export:
        """Download the export of a day, or of the newest day before it that is published.

        Args:
            name: ``movie_ids`` or ``adult_movie_ids``.
            day: the day wanted; by default today, in UTC.
            days_back: how many days before it will do.
            on_progress: called with the bytes there are and the bytes there will be, None when that is not known.

        Raises:
            ValueError: there is no such export.
            NotFound: none of the days is up.
            SourceError: it could not be fetched; what came is kept for the next try.
            ConfigurationError: the folder cannot be written to.
            StoreBusy: another ayne is downloading into it.
        """
        days = self._days(day, days_back)
        export = await self._first_that_is_up(name, days, on_progress)
        if export is None:
            raise NotFound(
                f"no {name} export from {days[-1]} to {days[0]} is up at {self.base_url}: is the address right, "
                "and this machine's date?"
            )
        return export

    async def fetch_newer(
        self, name: str, than: date | None, *, days_back: int = 3, on_progress: DownloadProgress | None = None
    ) -> Export | None:
        """Download the newest export, unless it is not newer than a day; then return None.

        Raises as :meth:`fetch` does; ``than`` being None, or older than ``days_back`` reaches, it does the same.
        """
        days = self._days(None, days_back)
        if than is None or than < days[-1]:
            return await self.fetch(name, days_back=days_back, on_progress=on_progress)
        return await self._first_that_is_up(name, [day for day in days if day > than], on_progress)

    def read(self, export: Export) -> Iterator[ExportedMovie | UnreadableLine]:
        """Yield the films of an export; see :func:`~ayne.data_collection.tmdb.export_files.read_export`."""
        return read_export(export.path)

    def remove_older(self, export: Export) -> list[Path]:
        """Remove the exports of earlier days with the same name: TMDB's terms allow no hoard.

        Returns:
            The files that were removed, parts included.
        """
        removed = []
        for path in sorted(self.folder.iterdir()):
            found = _OURS.fullmatch(path.name)
            if found and found["name"] == export.name:
                with suppress(ValueError):
                    if date(int(found["year"]), int(found["month"]), int(found["day"])) < export.day:
                        path.unlink()
                        removed.append(path)
        return removed

    def _days(self, day: date | None, days_back: int) -> list[date]:
        if days_back < 0:
            raise ValueError(f"days_back must not be negative, got {days_back}")
        wanted = day or self._clock.now().date()
        return [wanted - timedelta(days=back) for back in range(days_back + 1)]

    async def _first_that_is_up(
        self, name: str, days: list[date], on_progress: DownloadProgress | None
    ) -> Export | None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"there is no export {name!r}: those of films are {MOVIE_IDS} and {ADULT_MOVIE_IDS}")
        with self._alone():
            for day in days:
                try:
                    return await self._fetch_day(name, day, on_progress)
                except NotFound as error:
                    log.info("%s of %s is not up: %s", name, day, error)
        return None

    async def _fetch_day(self, name: str, day: date, on_progress: DownloadProgress | None) -> Export:
        path = self.folder / file_name(name, day)
        if not await self._is_there(path):
            await self._download(path, on_progress)
        return Export(name, day, path, path.stat().st_size)
