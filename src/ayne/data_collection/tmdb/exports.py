"""TMDB's daily id exports: the one list of all films, fetched as a file.

Date ranges cannot reach films without a release date; the exports name every id. They are up by about 08:00 UTC, kept
for three months, and need no key: none is sent. Source: https://developer.themoviedb.org/docs/daily-id-exports
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ayne import __version__, settings
from ayne.clock import Clock, SystemClock
from ayne.data_collection.tmdb.export_files import DownloadProgress, PartFile, check
from ayne.data_collection.tmdb.models import ADULT_MOVIE_IDS, MOVIE_IDS, Export
from ayne.errors import BadPayload, ConfigurationError, NotFound, StoreBusy
from ayne.net.rate_limit import TokenBucket, default_burst
from ayne.net.retry import RetryPolicy
from ayne.net.session import Session, Traffic

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("ayne.tmdb")

EXPORTS_URL = "https://files.tmdb.org/p/exports"


def file_name(name: str, day: date) -> str:
    """What the export of a day is called.

    >>> file_name("movie_ids", date(2026, 5, 1))
    'movie_ids_05_01_2026.json.gz'
    """
    return f"{name}_{day:%m_%d_%Y}.json.gz"


def names_of(*, include_adult: bool) -> tuple[str, ...]:
    """Which exports name the films asked for: adult films have had a file of their own since July 2023.

    >>> names_of(include_adult=False)
    ('movie_ids',)
    """
    return (MOVIE_IDS, ADULT_MOVIE_IDS) if include_adult else (MOVIE_IDS,)


class ExportClient:
    """Downloads daily id exports into a folder, each whole or not at all.

    A download that broke off, or whose process was killed, is carried on where it stopped; a file that is there and
    whole is not fetched again. Films of different servers do not belong into one folder.

    Args:
        folder: where the files go; made when it is not there.
        base_url: the address that the files are below; by default ``AYNE_EXPORTS_URL`` or
            https://files.tmdb.org/p/exports.
        requests_per_second: the most requests that start in a second.
        max_retries: further attempts after a failure that may pass, counted anew after each MiB that came.
        backoff: seconds before the first retry; 1 gives 1, 2, 4.
        jitter: the most a wait is lengthened by chance, as a share of it.
        timeout: seconds of silence after which an attempt is given up; a download may take longer.
        deadline: seconds without a further MiB after which nothing is tried again.
        transport: an ``httpx`` transport to send through instead of the network.
        clock: where time comes from.

    Attributes:
        traffic: requests, retries by reason and bytes so far.

    Raises:
        ConfigurationError: the address cannot be one.

    Example:
        >>> import gzip, httpx, tempfile
        >>> from ayne.data_collection.tmdb.export_files import read_export
        >>> body = gzip.compress(b'{"id":550,"original_title":"Fight Club"}')
        >>> host = httpx.MockTransport(lambda request: httpx.Response(200, stream=httpx.ByteStream(body)))
        >>> async def titles(folder):
        ...     async with ExportClient(folder, transport=host) as client:
        ...         export = await client.fetch()
        ...     return [film.original_title for film in read_export(export.path)]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     asyncio.run(titles(folder))
        ['Fight Club']
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        base_url: str | None = None,
        requests_per_second: float = 4.0,
        max_retries: int = 3,
        backoff: float = 1.0,
        jitter: float = 0.1,
        timeout: float = 30.0,
        deadline: float = 300.0,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not timeout > 0:
            raise ValueError(f"timeout must be more than 0 seconds, not {timeout}")
        address = base_url or os.environ.get("AYNE_EXPORTS_URL") or EXPORTS_URL
        self.base_url = settings.server_url(address, "base_url" if base_url else "AYNE_EXPORTS_URL", EXPORTS_URL)
        self.folder = Path(folder)
        self._clock = clock or SystemClock()
        # A session of its own, and without a key: the file host asks for none, so it shall learn none.
        self._session = Session(
            self.base_url,
            bucket=TokenBucket(requests_per_second, default_burst(requests_per_second)),
            max_concurrent=1,
            retry=RetryPolicy(max_retries=max_retries, backoff=backoff, jitter=jitter, deadline=deadline),
            timeout=timeout,
            clock=self._clock,
            transport=transport,
            user_agent=f"ayne/{__version__}",
        )

    def __repr__(self) -> str:
        return f"<ExportClient {self.base_url} into {self.folder}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    @property
    def traffic(self) -> Traffic:
        """What was sent and received so far."""
        return self._session.traffic

    async def fetch(
        self,
        name: str = MOVIE_IDS,
        *,
        day: date | None = None,
        days_back: int = 3,
        on_progress: DownloadProgress | None = None,
    ) -> Export:
        """The export of a day, or of the newest day before it that is up.

        Args:
            name: ``movie_ids`` or ``adult_movie_ids``.
            day: the day wanted; by default today, in UTC.
            days_back: how many days before it will do.
            on_progress: called with the bytes there are and the bytes there will be, None when that is not known.

        Raises:
            ValueError: there is no such export.
            NotFound: none of the days is up.
            SourceError: it could not be had; what came is kept for the next try.
            ConfigurationError: the folder cannot be written to.
            StoreBusy: another ayne is downloading into it.
        """
        if name not in names_of(include_adult=True):
            raise ValueError(f"there is no export {name!r} of films: there are {MOVIE_IDS} and {ADULT_MOVIE_IDS}")
        if days_back < 0:
            raise ValueError(f"days_back must not be negative, got {days_back}")
        wanted = day or self._clock.now().date()
        days = [wanted - timedelta(days=back) for back in range(days_back + 1)]
        with self._alone():
            for tried in days:
                try:
                    return await self._fetch_day(name, tried, on_progress)
                except NotFound as error:
                    log.info("%s of %s is not up: %s", name, tried, error)
        raise NotFound(
            f"no {name} export from {days[-1]} to {days[0]} is up at {self.base_url}: is the address right, "
            "and this machine's date?"
        )

    async def _fetch_day(self, name: str, day: date, on_progress: DownloadProgress | None) -> Export:
        path = self.folder / file_name(name, day)
        if path.exists():
            try:
                await _at_leisure(check(path))
            except BadPayload as error:
                log.warning("%s; it is fetched anew", error.message)
                path.unlink()
            else:
                return Export(name, day, path, path.stat().st_size)
        part = PartFile(path, on_progress)
        try:
            await self._complete(path.name, part)
            part.finish()
        finally:
            part.close()
        return Export(name, day, path, path.stat().st_size)

    async def _complete(self, wanted: str, part: PartFile) -> None:
        """Fetch what is missing; what turns out to be damaged is fetched anew, once."""
        for may_try_again in (True, False):
            if not part.is_all_there:
                await self._session.download(f"/{wanted}", part)
            try:
                await _at_leisure(part.check())
            except BadPayload as error:
                part.discard()
                if not may_try_again:
                    error.request = f"/{wanted}"
                    error.attempts = 2
                    raise
                log.warning("%s; it is fetched anew", error.message)
            else:
                return

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two that write the same part would spoil it. What the disk says is told as a thing to mend."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("a", encoding="utf-8") as mark:
                if sys.platform != "win32":
                    try:
                        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        raise StoreBusy(
                            f"Another ayne is downloading into {self.folder}. Wait for it to finish."
                        ) from None
                yield
        except OSError as error:
            raise ConfigurationError(f"{self.folder} cannot be written to: {error.strerror or error}") from None


async def _at_leisure(work: Iterable[None]) -> None:
    """Do work that takes a second in pieces, so that nobody else has to wait for all of it."""
    for _ in work:
        await asyncio.sleep(0)


def remove_older(export: Export) -> list[Path]:
    """Remove what lies in an export's folder of earlier days of the same name: TMDB's terms allow no hoard.

    Returns:
        The files that were removed, parts included.
    """
    pattern = re.compile(rf"{re.escape(export.name)}_(\d\d)_(\d\d)_(\d{{4}})\.json\.gz(\.part(\.json)?)?", re.ASCII)
    removed = []
    for path in sorted(export.path.parent.iterdir()):
        if found := pattern.fullmatch(path.name):
            with suppress(ValueError):
                if date(int(found[3]), int(found[1]), int(found[2])) < export.day:
                    path.unlink()
                    removed.append(path)
    return removed
