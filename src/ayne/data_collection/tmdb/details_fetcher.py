"""Fetch the details of any kind: of one id, of a batch, or of ids as they come.

What is asked for each id, and what an answer means, is decided in :mod:`~ayne.data_collection.tmdb.details`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from ayne.data_collection.tmdb import protocol, records
from ayne.data_collection.tmdb.children import unread
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.data_collection.tmdb.details import DetailsQuestion, Fetched, More, failed
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.data_collection.tmdb.session import TMDBSession
from ayne.errors import Mismatched, NotFound, OutOfReach, SourceError, Unauthorized
from ayne.kinds import Kind
from ayne.kinds.imdb_ids import any_imdb_id
from ayne.net.fan_out import fan_out
from ayne.net.session import Answer

log = logging.getLogger("ayne.tmdb")

ProgressCallback = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DetailsFetcher:
    """Fetches details for a client.

    Attributes:
        session: through which it asks.
        how: how the client asks.
        unknown_keys: where each key is counted that ayne does not know, or could not read.
    """

    session: TMDBSession
    how: TMDBSettings
    unknown_keys: Counter[str]

    async def one(
        self,
        kind: Kind,
        tmdb_id: int | str,
        append: Iterable[str] = (),
        *,
        keep_bodies: bool = False,
        fresh: bool = False,
    ) -> MovieDetails:
        """Fetch the details of one thing of a kind.

        Raises:
            ValueError: not an id, or a part that TMDB does not have.
            NotFound: TMDB has no such thing.
            Mismatched: TMDB answered with another one, and again over another connection.
            SourceError: it could not be fetched.
        """
        question = self._question(kind, append, keep_bodies=keep_bodies)
        asked, tmdb_id = tmdb_id, await self._named(kind, tmdb_id, fresh=fresh)
        read = partial(question.read, tmdb_id)
        path = question.path(tmdb_id)
        answered = await self.session.get(path, question.first(), read, fresh=fresh)
        found = self._noted(await self._rest(path, answered, fresh=fresh), kind)
        return found if asked == tmdb_id else _named_by(found, asked)

    async def batch(
        self,
        kind: Kind,
        tmdb_ids: Iterable[int | str],
        progress_callback: ProgressCallback | None = None,
        *,
        append: Iterable[str] = (),
    ) -> tuple[list[Any], list[FetchFailure]]:
        """Fetch the details of many things of a kind, in the order of the ids; and the failures; one stops no other.

        Raises:
            ValueError: an id or a part is invalid; nothing was requested.
            Unauthorized: TMDB does not accept the key, so nothing further could be had either.
        """
        ids = list(tmdb_ids)
        for number in ids:
            protocol.details_path(kind, number)
        distinct = list(dict.fromkeys(ids))
        found: dict[int | str, Fetched] = {}
        if progress_callback and not distinct:
            progress_callback(0, 0)
        async with aclosing(self._each(self._question(kind, append), iter(distinct))) as results:
            async for number, result in results:
                found[number] = result
                if progress_callback:
                    progress_callback(len(found), len(distinct))
        had = [record for record in map(found.__getitem__, ids) if not isinstance(record, FetchFailure | Unchanged)]
        failures = [failure for failure in map(found.__getitem__, distinct) if isinstance(failure, FetchFailure)]
        return had, failures

    async def iterate(
        self,
        kind: Kind,
        ids: Iterable[int | str],
        *,
        append: Iterable[str] = (),
        keep_bodies: bool = False,
        etags: Mapping[int, str] | None = None,
        children: Mapping[int, Sequence[int]] | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[Fetched, None]:
        """Yield details as they come, in no particular order; :meth:`.KindClient.iter_details` says how."""
        question = self._question(kind, append, keep_bodies=keep_bodies)
        async with aclosing(self._each(question, iter(ids), etags or {}, children or {}, fresh=fresh)) as results:
            async for _, result in results:
                yield result

    def _question(self, kind: Kind, append: Iterable[str], *, keep_bodies: bool = False) -> DetailsQuestion:
        return DetailsQuestion.checked(
            kind, append, self.how.language, self.how.further_languages, keep_bodies=keep_bodies
        )

    def _each(
        self,
        question: DetailsQuestion,
        ids: Iterator[int | str],
        etags: Mapping[int, str] = MappingProxyType({}),
        children: Mapping[int, Sequence[int]] = MappingProxyType({}),
        *,
        fresh: bool = False,
    ) -> AsyncGenerator[tuple[int | str, Fetched], None]:
        fetch = partial(self._fetched, question, etags, children, fresh=fresh)
        fetch_any = fetch if question.kind.by_imdb_id else partial(self._by_any_id, question, fetch)
        return fan_out(lambda: next(ids, None), fetch_any, self.how.tasks)

    async def _by_any_id(
        self, question: DetailsQuestion, fetch: Callable[[int | str], Awaitable[Fetched]], number: int | str
    ) -> Fetched:
        """Return what became of an id of a kind that TMDB only finds by an IMDb id, which takes a request more."""
        if isinstance(number, int):
            return await fetch(number)
        try:
            found = await fetch(await self._named(question.kind, number))
        except (Unauthorized, OutOfReach):
            raise
        except SourceError as error:
            return failed(number, error)
        if isinstance(found, FetchFailure):
            # It is known by what it was asked for by.
            return replace(found, tmdb_id=number, merged_into=None)
        return found if isinstance(found, Unchanged) else _named_by(found, number)

    async def _named(self, kind: Kind, number: int | str, *, fresh: bool = False) -> int | str:
        """Return the id that details are asked for by: of a kind that TMDB only finds by IMDb id, its own.

        Raises:
            ValueError: the id is invalid.
            NotFound: TMDB finds none of the kind by it.
            SourceError: it could not be fetched.
        """
        path = protocol.details_path(kind, number)
        if not path.startswith("/find/"):
            return number
        found = (await self.session.get(path, protocol.BY_IMDB_ID, records.read_found, fresh=fresh)).get(kind.found)
        if not found:
            raise NotFound(f"TMDB finds no {kind.noun} by {number}", status=200, code=protocol.NO_SUCH)
        return found[0]

    async def _fetched(
        self,
        question: DetailsQuestion,
        etags: Mapping[int, str],
        children: Mapping[int, Sequence[int]],
        number: int | str,
        *,
        fresh: bool,
    ) -> Fetched:
        """Return what became of an id; with an ETag, an answer that is still the same does not come again."""
        path, headers = question.path(number), None
        params = question.first(children.get(number) if isinstance(number, int) else None)
        read: Callable[[Answer], MovieDetails | Unchanged | More] = partial(question.read, number)
        if etags and isinstance(number, int) and (etag := etags.get(number)):
            headers = {"If-None-Match": etag}
            read = partial(question.read_unless_same, number, etag)
        try:
            movie = await self.session.get(path, params, read, headers=headers, fresh=fresh)
            if isinstance(movie, More):
                movie = await self._rest(path, movie, fresh=fresh)
        except (Unauthorized, OutOfReach):
            raise
        except SourceError as error:
            if isinstance(error, Mismatched) and error.status == 304:
                return await self._fetched(question, {}, children, number, fresh=True)
            failure = failed(number, error)
            told = {"tmdb_id": failure.tmdb_id, "reason": failure.reason}
            log.warning(
                "%s %s failed (%s): %s", question.kind.noun, number, failure.reason, failure.message, extra=told
            )
            return failure
        return movie if isinstance(movie, Unchanged) else self._noted(movie, question.kind)

    async def _rest(self, path: str, found: MovieDetails | More, *, fresh: bool) -> MovieDetails:
        """Return details with all their children, in as many further requests as that takes."""
        while isinstance(found, More):
            found = await self.session.get(path, found.params, found.read, fresh=fresh)
        return found

    def _noted(self, movie: MovieDetails, kind: Kind) -> MovieDetails:
        if movie["raw"] or kind.children:
            self.unknown_keys.update(unread(kind, movie))
        return movie


def _named_by(record: MovieDetails, imdb_id: int | str) -> MovieDetails:
    """Return a record that has the IMDb id by which it was found: its own answer does not tell it."""
    record["imdb_id"] = any_imdb_id(imdb_id)
    return record
