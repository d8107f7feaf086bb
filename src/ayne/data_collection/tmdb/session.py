"""Send every request to TMDB, for lists, changes or details.

What any server asks of a client is in :mod:`ayne.net.session`: connections, waiting, retries. This file adds what is
TMDB's: what a refused key means, what the server's clock shows, and the archive of bodies.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from ayne import settings
from ayne.data_collection.answers import clock_of, observed_at
from ayne.data_collection.archive import BodyArchive
from ayne.data_collection.tmdb import protocol, records
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.errors import BadPayload, MissingCredentials, NotFound, ServerFailure, SourceError, Unauthorized
from ayne.net.session import Answer, Session

log = logging.getLogger("ayne.tmdb")

T = TypeVar("T")

_KEY_CHECK = "/authentication"


class TMDBSession:
    """Sends the requests of a client, and looks at each answer before it is read.

    Args:
        session: the session with the server; it sends the key.
        credential: the key; with ``NO_KEY`` every request is refused before it is sent.
        how: how the client asks.

    Attributes:
        clock_offset: how far the server's clock is ahead of ours, None before an answer that tells its ``Date``.
    """

    def __init__(self, session: Session, credential: protocol.Credential, how: TMDBSettings) -> None:
        self._session = session
        self._credential = credential
        self._base_url = how.base_url
        self._archive = BodyArchive(how.output_dir) if how.output_dir is not None else None
        self._key_accepted = False
        self.clock_offset: timedelta | None = None

    def close(self) -> None:
        """Finish the files of ``output_dir``."""
        if self._archive:
            self._archive.close()

    async def check_key(self) -> datetime:
        """Ask TMDB whether it accepts the key, and return TMDB's clock.

        Raises:
            Unauthorized: it does not.
            SourceError: it could not be asked.
        """
        return await self.get(_KEY_CHECK, {}, records.read_success, keep=False)

    async def get(
        self,
        path: str,
        params: Mapping[str, str],
        read: Callable[[Answer], T],
        *,
        keep: bool = True,
        headers: Mapping[str, str] | None = None,
        fresh: bool = False,
    ) -> T:
        """Ask until ``read`` accepts the answer or asking again will not help.

        Args:
            path: below TMDB's address.
            params: of the query.
            read: makes a value of an answer.
            keep: put the body into the archive, if there is one.
            headers: sent beside the session's own.
            fresh: ask over a new connection, to confirm an earlier answer.

        Raises:
            MissingCredentials: there is no key; nothing was requested.
            Unauthorized: TMDB does not accept the key.
            SourceError: what came of the last attempt.
        """
        if self._credential is protocol.NO_KEY:
            raise MissingCredentials(settings.NO_TMDB_KEY)

        def read_and_keep(answer: Answer) -> T:
            self._look_at_the_clock(answer)
            try:
                value = read(answer)
            except SourceError as error:
                error.observed_at = observed_at(answer)
                raise
            self._key_accepted = True
            if keep and self._archive and answer.status != 304:
                self._archive.add(path, params, answer.received_at, answer.body)
            return value

        ask = partial(self._session.get, path, params, read_and_keep, headers=headers, fresh=fresh)
        try:
            return await ask()
        except Unauthorized as error:
            if not self._key_accepted or path == _KEY_CHECK:
                sent = f"The key was sent as a {self._credential.kind}. {self._credential.advice}"
                error.message = f"{error.message} {sent}"
                raise
            log.warning("%s The key was accepted before, so TMDB is asked about it once more", error)
        except (NotFound, BadPayload) as error:
            # That TMDB has nothing by an id is an answer; that it has no such list is a wrong address.
            if not path[-1].isdigit() and not self._base_url.endswith("/3"):
                error.message = f"{error.message} Is {self._base_url} right? TMDB's address ends with /3."
            raise
        # One of TMDB's servers may not know the key yet, or not any more: only what all say of it ends a run.
        await self.check_key()
        try:
            return await ask()
        except Unauthorized as error:
            raise ServerFailure(
                f"TMDB refuses the key for this request and accepts it otherwise: {error.message}",
                status=error.status,
                code=error.code,
            ) from None

    def _look_at_the_clock(self, answer: Answer) -> None:
        """Note what the server's clock shows; the answer nearest to our clock counts: others may be out of caches."""
        if shown := clock_of(answer):
            offset = shown - answer.received_at
            if self.clock_offset is None or abs(offset) < abs(self.clock_offset):
                self.clock_offset = offset
