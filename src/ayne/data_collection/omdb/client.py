"""The OMDb client: ratings by IMDb id, politely.

What an answer means is in :mod:`~ayne.data_collection.omdb.protocol`, decoding in
:mod:`~ayne.data_collection.omdb.records`, and everything that waits in :mod:`ayne.net.session`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ayne import settings
from ayne.clock import Clock
from ayne.data_collection.omdb import protocol
from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.omdb.quota import utc_day
from ayne.data_collection.omdb.records import read_title
from ayne.errors import Mismatched, NotFound, QuotaSpent, SourceError, Unauthorized
from ayne.net.client import ClientSettings, PoliteClient
from ayne.net.fan_out import fan_out

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("ayne.omdb")

_OMDB_HOSTS = frozenset({"www.omdbapi.com", "omdbapi.com", "private.omdbapi.com"})

# OMDb's keys are eight characters long.
_SHORTEST_KEY = 8


class OMDBClient(PoliteClient):
    """Asks OMDb for ratings, no faster than it is told.

    Use it with ``async with``, or call :meth:`aclose` when done.

    Args:
        api_key: OMDb's key; by default ``OMDB_API_KEY``.
        requests_per_second: the rate; at most ``burst + requests_per_second * T`` requests start in any ``T`` seconds.
        max_concurrent: the most requests in flight at once.
        burst: requests that may start at once after an idle time; by default a twentieth of a second's worth.
        max_retries: retries after a failure that may be temporary. Each is taken from the day's quota.
        backoff: seconds before the first retry; 1 gives 1, 2, 4.
        jitter: the most by which a random amount lengthens a wait, as a share of it.
        timeout: seconds for one attempt, from connecting to the last byte.
        deadline: seconds after the first attempt within which a request may be tried again.
        base_url: OMDb's address; by default ``AYNE_OMDB_URL`` or https://www.omdbapi.com.
        transport: an ``httpx`` transport to send through instead of the network.
        clock: the clock to use.

    Attributes:
        traffic: requests, retries by reason and bytes so far.
        unknown_keys: how often ayne met each key that it does not know, or could not read.
        server: whose quota is spent: ``OMDb``, or the address.

    Raises:
        MissingCredentials: there is no key; the message says where to get one.
        ConfigurationError: the key or the address is invalid.
        ValueError: a setting is out of its range.

    Example:
        >>> OMDBClient("0123abcd", base_url="https://www.omdbapi.com/")
        <OMDBClient https://www.omdbapi.com>
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        requests_per_second: float = 4.0,
        max_concurrent: int = 4,
        burst: float | None = None,
        max_retries: int = 2,
        backoff: float = 1.0,
        jitter: float = 0.1,
        timeout: float = 30.0,
        deadline: float = 300.0,
        base_url: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        key = protocol.checked_key(api_key if api_key is not None else settings.omdb_key())
        how = ClientSettings(
            base_url=settings.server_for(base_url, "AYNE_OMDB_URL", protocol.BASE_URL),
            requests_per_second=requests_per_second,
            max_concurrent=max_concurrent,
            burst=burst,
            max_retries=max_retries,
            backoff=backoff,
            jitter=jitter,
            timeout=timeout,
            deadline=deadline,
            transport=transport,
            clock=clock,
        )
        super().__init__(how, auth_query={"apikey": key}, shortest_secret=_SHORTEST_KEY)
        self.server = "OMDb" if urlsplit(self.base_url).hostname in _OMDB_HOSTS else self.base_url
        self.unknown_keys: Counter[str] = Counter()
        self._key_accepted = False
        self._width = max_concurrent

    async def get_ratings(self, imdb_id: str) -> OMDbMovie:
        """Ask OMDb for one title.

        Args:
            imdb_id: like ``"tt0137523"``.

        Raises:
            ValueError: the id is not an IMDb id; nothing was requested.
            NotFound: OMDb has no such title.
            Mismatched: OMDb answered with another title.
            QuotaSpent: the key's requests of today are used up.
            Unauthorized: OMDb does not accept the key.
            SourceError: it could not be fetched.
        """
        params = protocol.title_params(imdb_id)
        imdb_id = params["i"]
        try:
            movie = await self._session.get(protocol.PATH, params, lambda answer: read_title(answer, imdb_id))
        except Unauthorized as error:
            error.message = f"{error.message} {protocol.KEY_ADVICE}"
            raise
        self.unknown_keys.update(movie["raw"].keys())
        return movie

    async def iter_ratings(self, imdb_ids: Iterable[str]) -> AsyncGenerator[OMDbMovie | RatingFailure, None]:
        """Yield ratings as they come, in no particular order; ids are read only as fast as titles are fetched.

        The first title is requested alone, so that OMDb refuses a wrong key only once. If OMDb refuses a key that it
        accepted before, the title is requested once more, and the next title decides. Titles that were under way when
        the quota ran out are yielded before ``QuotaSpent`` is raised.

        Args:
            imdb_ids: like ``"tt0137523"``.

        Raises:
            ValueError: an id is invalid.
            QuotaSpent: the requests of today, or those of the allowance, are used up.
            Unauthorized: OMDb does not accept the key.
        """
        ids = iter(imdb_ids)
        ended: SourceError | None = None

        async def fetch(imdb_id: str) -> OMDbMovie | RatingFailure | None:
            nonlocal ended
            try:
                movie = await self._asked_twice_about_the_key(imdb_id)
            except SourceError as error:
                # A key that was accepted and is now refused twice may be refused for this title alone.
                doubted = isinstance(error, Unauthorized) and self._key_accepted
                if doubted:
                    self._key_accepted = False
                elif isinstance(error, Unauthorized) or (isinstance(error, QuotaSpent) and not self._is_old(error)):
                    ended = ended or error
                    return None
                # A word about a title is a word by whoever accepted the key.
                self._key_accepted |= isinstance(error, NotFound | Mismatched)
                told = {"imdb_id": imdb_id, "reason": error.reason}
                log.warning("title %s failed (%s): %s", imdb_id, error.reason, error, extra=told)
                return RatingFailure(imdb_id, error.reason, str(error), status=error.status, attempts=error.attempts)
            self._key_accepted = True
            return movie

        while not (ended or self._key_accepted) and (first := next(ids, None)) is not None:
            if found := await fetch(first):
                yield found
        async with aclosing(fan_out(lambda: None if ended else next(ids, None), fetch, self._width)) as results:
            async for _, found in results:
                if found:
                    yield found
        if ended:
            raise ended

    async def _asked_twice_about_the_key(self, imdb_id: str) -> OMDbMovie:
        """Ask for a title; ask once more when a key is refused that was accepted before."""
        try:
            return await self.get_ratings(imdb_id)
        except Unauthorized as error:
            if not self._key_accepted:
                raise
            log.warning("%s The key was accepted before, so OMDb is asked once more", error)
        return await self.get_ratings(imdb_id)

    def _is_old(self, error: QuotaSpent) -> bool:
        """Say whether it is yesterday's quota that was spent: OMDb's errors lie in caches for an hour."""
        return error.observed_at is not None and utc_day(error.observed_at) < utc_day(self._clock.now())
