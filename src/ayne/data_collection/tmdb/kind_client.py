"""The client of any kind: it asks for lists, changes and details by the kind's description.

What is asked next and what is made of the answers is decided in files of their own (``discover_pages``,
``change_pages``, ``details``); everything that waits is in :mod:`ayne.net.session`. What is left for this file is to
join them.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from ayne import settings
from ayne.data_collection.answers import clock_of, observed_at
from ayne.data_collection.archive import BodyArchive
from ayne.data_collection.tmdb import details, protocol, records
from ayne.data_collection.tmdb.change_pages import change_pages
from ayne.data_collection.tmdb.changes import ChangesPage, FeedRequest, read_changes
from ayne.data_collection.tmdb.children import unread
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.data_collection.tmdb.coverage import (
    DiscoverPage,
    Listed,
    PageRequest,
    Range,
    RangeProgress,
    SweepPlan,
)
from ayne.data_collection.tmdb.details import DetailsQuestion, Fetched, More
from ayne.data_collection.tmdb.discover_pages import AskForPage, discover_pages, may_be_missing
from ayne.data_collection.tmdb.filters import discover_of
from ayne.data_collection.tmdb.models import FetchFailure, ListPage, MovieDetails, Unchanged
from ayne.data_collection.tmdb.paginate import paginate
from ayne.data_collection.tmdb.planner import Planner
from ayne.data_collection.tmdb.protocol import discover_params
from ayne.data_collection.tmdb.question import new_planner
from ayne.data_collection.tmdb.single_lists import SingleLists
from ayne.errors import (
    BadPayload,
    IncompleteDiscovery,
    Mismatched,
    MissingCredentials,
    NotFound,
    OutOfReach,
    ServerFailure,
    SourceError,
    Unauthorized,
)
from ayne.kinds import MOVIE, Kind
from ayne.kinds.imdb_ids import any_imdb_id
from ayne.net.client import PoliteClient
from ayne.net.fan_out import fan_out
from ayne.net.session import Answer

log = logging.getLogger("ayne.tmdb")

T = TypeVar("T")

_TMDB_HOSTS = frozenset({"api.themoviedb.org", "api.tmdb.org"})

_KEY_CHECK = "/authentication"

_BY_IMDB_ID = {"external_source": "imdb_id"}

ProgressCallback = Callable[[int, int], None]


class KindClient(PoliteClient):
    """Asks TMDB about any kind; :class:`~ayne.data_collection.tmdb.TMDBClient` has the methods for each kind.

    Args:
        credential: the key; with ``NO_KEY`` every request is refused before it is sent.
        how: how it asks.

    Attributes:
        credential: the key, in a form that does not show it.
        server: what its films are of: ``TMDB``, or the address.
        language: the language of titles; None for TMDB's default.
        unknown_keys: how often ayne met each key that it does not know, or could not read.
        clock_offset: how far the server's clock is ahead of ours, None before an answer that tells its ``Date``.
    """

    settings: TMDBSettings

    def __init__(self, credential: protocol.Credential, how: TMDBSettings) -> None:
        self.credential = credential
        self.server = "TMDB" if urlsplit(how.base_url).hostname in _TMDB_HOSTS else how.base_url
        super().__init__(how, server=self.server, auth_query=credential.query, auth_headers=credential.headers)
        self.language = how.language
        self._further_languages = how.further_languages
        self.unknown_keys: Counter[str] = Counter()
        self.clock_offset: timedelta | None = None
        self._key_accepted = False
        self._archive = BodyArchive(how.output_dir) if how.output_dir is not None else None
        # More tasks than slots, so that requests waiting to be retried do not leave slots empty.
        self._width = 2 * how.max_concurrent

    async def aclose(self) -> None:
        """Close the connections, and finish the files of ``output_dir``."""
        await super().aclose()
        if self._archive:
            self._archive.close()

    @property
    def credential_kind(self) -> str:
        """``v3 API key``, ``v4 read access token`` or ``no key``."""
        return self.credential.kind

    async def check_credentials(self) -> datetime:
        """Ask TMDB whether it accepts the key, and return TMDB's clock.

        Source: https://developer.themoviedb.org/reference/authentication-validate-key

        Raises:
            Unauthorized: it does not.
            SourceError: it could not be asked.
        """
        return await self._get(_KEY_CHECK, {}, records.read_success, keep=False)

    # --- lists ----------------------------------------------------------------------------------------------------

    async def _discover(self, plan: SweepPlan) -> tuple[list[Any], list[RangeProgress]]:
        """List everything that a discovery finds, each once, in the order asked for, and the ranges that are not whole.

        Raises:
            IncompleteDiscovery: some pages could not be fetched; its ``movies`` are those of all others.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        pages: list[DiscoverPage] = []
        incomplete: IncompleteDiscovery | None = None
        try:
            async with aclosing(self.iter_sweep(plan)) as found:
                async for page in found:
                    pages.append(page)  # noqa: PERF401 - what came before an error is kept
        except IncompleteDiscovery as error:
            incomplete = error
        pages.sort(key=lambda page: (page.progress.range.start, str(page.progress.range), page.content.page))
        overfull = {page.progress.range: page.progress for page in pages if page.progress.state == "overfull"}
        listed = records.in_order((row for page in pages for row in page.results), plan.sort_by, plan.kind)
        if incomplete:
            incomplete.movies = listed
            raise incomplete
        return listed, list(overfull.values())

    async def _count(self, plan: SweepPlan) -> list[RangeProgress]:
        """Return what a discovery would ask for: its ranges, with the pages and the total TMDB reports.

        Raises:
            SourceError: a range could not be counted.
        """
        counted: dict[Range, RangeProgress] = {}
        async with aclosing(self._pages(plan, new_planner(plan, count_only=True))) as pages:
            async for page in pages:
                counted[page.progress.range] = page.progress
        return sorted(counted.values(), key=lambda progress: progress.range.start)

    def iter_sweep(
        self,
        plan: SweepPlan,
        *,
        known: Iterable[RangeProgress] = (),
        listed: Iterable[Listed] = (),
        films_of_day: Mapping[date, int] | None = None,
    ) -> AsyncGenerator[DiscoverPage, None]:
        """Yield the pages of a discovery of any kind as they come.

        Args:
            plan: the question.
            known: the progress of an earlier discovery by the same plan that was broken off; only what it lacks is
                asked for.
            listed: what that met in the ranges it left open.
            films_of_day: how many films of each day are known from elsewhere: it saves requests where a span has to be
                cut into pieces.

        Raises:
            IncompleteDiscovery: after the last page, when some pages could not be fetched.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        return self._pages(plan, new_planner(plan, known=known, listed=listed, films_of_day=films_of_day))

    async def iter_lists(
        self, plan: SweepPlan, wanted: Iterable[tuple[Range, int]]
    ) -> AsyncGenerator[tuple[Range, ListPage], None]:
        """Yield the pages of single lists as they come: lists that are no part of a discovery.

        Args:
            plan: the question that is asked of every range.
            wanted: the ranges, the most wanted first, and how many pages of each. Where a list has more, one more is
                asked for.

        Raises:
            IncompleteDiscovery: after the last page, when some pages could not be fetched.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        lists = SingleLists(wanted)
        ask = self._asking(plan)

        async def fetch(request: PageRequest) -> ListPage:
            return await ask(discover_params(plan, request), request.page)

        async with aclosing(paginate(lists, fetch, may_be_missing, self._width, IncompleteDiscovery)) as pages:
            async for request, page in pages:
                lists.record(request, page.total_pages)
                yield request.range, page

    def _pages(self, plan: SweepPlan, planner: Planner) -> AsyncGenerator[DiscoverPage, None]:
        return discover_pages(plan, planner, self._asking(plan), self._width)

    def _asking(self, plan: SweepPlan) -> AskForPage:
        path = discover_of(plan.kind).path

        async def ask(params: dict[str, str], number: int) -> ListPage:
            page = await self._get(path, params, lambda answer: records.read_page(answer, number, plan.kind))
            for row in page.results:
                self.unknown_keys.update(row["raw"].keys())
            for reason in page.unreadable:
                log.warning("a row of page %d was left out: %s", number, reason)
            return page

        return ask

    async def _search(
        self, kind: Kind, title: str, *, year: int | None = None, include_adult: bool = False
    ) -> list[Any]:
        """Return what TMDB finds of a kind by a title, the likeliest first; at most 20, its first page.

        Raises:
            ValueError: the title is empty; TMDB would find nothing.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        if not title.strip():
            raise ValueError("a search needs a title")
        params = {"query": title.strip(), "include_adult": str(include_adult).lower(), "page": "1"}
        if self.language:
            params["language"] = self.language
        if year is not None:
            params["year"] = str(year)
        page = await self._get(f"/search{kind.path}", params, lambda answer: records.read_page(answer, 1, kind))
        return list(page.results)

    async def find_imdb_id(self, imdb_id: str) -> frozenset[str]:
        """Return the kinds that TMDB has by an IMDb id: ``movie``, ``person``, ``tv`` and the like.

        Source: https://developer.themoviedb.org/reference/find-by-id

        Raises:
            ValueError: the id is not an IMDb id of a title or a person.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        if not (named := any_imdb_id(imdb_id)):
            raise ValueError(f"{imdb_id!r} is no IMDb id like 'tt0137523'")
        return frozenset(await self._get(f"/find/{named}", _BY_IMDB_ID, records.read_found))

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
        found = (await self._get(path, _BY_IMDB_ID, records.read_found, fresh=fresh)).get(kind.found)
        if not found:
            raise NotFound(f"TMDB finds no {kind.noun} by {number}", status=200, code=protocol.NO_SUCH)
        return found[0]

    # --- changes --------------------------------------------------------------------------------------------------

    async def iter_changes(self, start: date, end: date, kind: Kind = MOVIE) -> AsyncGenerator[ChangesPage, None]:
        """Yield the pages of a kind's change feed for a span of days (UTC), both ends included, as they come.

        A film may be on more than one page. The span is asked for in windows of at most 14 days.

        Source: https://developer.themoviedb.org/reference/changes-movie-list

        Raises:
            ValueError: the span runs backwards, or the kind has no feed; nothing was requested.
            IncompleteChanges: after the last page, when some pages could not be fetched.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        path = kind.changes
        if path is None:
            raise ValueError(f"TMDB has no change feed of {kind.plural}")

        async def ask(request: FeedRequest) -> ChangesPage:
            return await self._get(path, request.params, lambda answer: read_changes(answer, request.page))

        async with aclosing(change_pages(start, end, ask, self._width)) as pages:
            async for page in pages:
                yield page

    # --- details --------------------------------------------------------------------------------------------------

    async def _get_details(
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
        # Nothing is unchanged that was asked for without a name.
        whole = cast("MovieDetails", await self._whole(question.path(tmdb_id), question.first(), read, fresh=fresh))
        found = self._noted(whole, kind)
        return found if asked == tmdb_id else _named_by(found, asked)

    async def _get_batch_details(
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
        async with aclosing(self._each_details(self._question(kind, append), iter(distinct))) as results:
            async for number, result in results:
                found[number] = result
                if progress_callback:
                    progress_callback(len(found), len(distinct))
        had = [record for record in map(found.__getitem__, ids) if not isinstance(record, FetchFailure | Unchanged)]
        failures = [failure for failure in map(found.__getitem__, distinct) if isinstance(failure, FetchFailure)]
        return had, failures

    async def iter_details(
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
        """Yield details as they come, in no particular order; ids are read only as fast as details are fetched.

        If TMDB answers with another id, ayne asks again over a new connection. If that answer names the same other id,
        the two are merged; otherwise that answer counts. ``fresh`` asks for all over new connections. With
        ``keep_bodies`` each record also has the answer as received, as its ``body``. For an id whose ``etag`` is given,
        for the same parts, TMDB does not send an unchanged answer again: an ``Unchanged`` is yielded instead. Seasons
        and other children are asked for by their numbers: those given as ``children`` and one more; without
        ``children``, as many as fit. Further requests ask for children that are named and did not come; if some cannot
        be fetched, the whole is a failure.

        Raises:
            ValueError: an id or a part is invalid.
            Unauthorized: TMDB does not accept the key.
        """
        question = self._question(kind, append, keep_bodies=keep_bodies)
        known = children or {}
        async with aclosing(self._each_details(question, iter(ids), etags or {}, known, fresh=fresh)) as results:
            async for _, result in results:
                yield result

    def _question(self, kind: Kind, append: Iterable[str], *, keep_bodies: bool = False) -> DetailsQuestion:
        return DetailsQuestion.checked(kind, append, self.language, self._further_languages, keep_bodies=keep_bodies)

    def _each_details(
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
        return fan_out(lambda: next(ids, None), fetch_any, self._width)

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
            return details.failed(number, error)
        if isinstance(found, FetchFailure):
            # It is known by what it was asked for by.
            return replace(found, tmdb_id=number, merged_into=None)
        return found if isinstance(found, Unchanged) else _named_by(found, number)

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
            movie = await self._whole(path, params, read, headers=headers, fresh=fresh)
        except (Unauthorized, OutOfReach):
            raise
        except SourceError as error:
            if isinstance(error, Mismatched) and error.status == 304:
                return await self._fetched(question, {}, children, number, fresh=True)
            failure = details.failed(number, error)
            told = {"tmdb_id": failure.tmdb_id, "reason": failure.reason}
            log.warning(
                "%s %s failed (%s): %s", question.kind.noun, number, failure.reason, failure.message, extra=told
            )
            return failure
        return movie if isinstance(movie, Unchanged) else self._noted(movie, question.kind)

    async def _whole(
        self,
        path: str,
        params: Mapping[str, str],
        read: Callable[[Answer], MovieDetails | Unchanged | More],
        *,
        headers: Mapping[str, str] | None = None,
        fresh: bool = False,
    ) -> MovieDetails | Unchanged:
        """Return details with all their children, in as many requests as that takes."""
        found = await self._get(path, params, read, headers=headers, fresh=fresh)
        while isinstance(found, More):
            found = await self._get(path, found.params, found.read, fresh=fresh)
        return found

    def _noted(self, movie: MovieDetails, kind: Kind) -> MovieDetails:
        if movie["raw"] or kind.children:
            self.unknown_keys.update(unread(kind, movie))
        return movie

    def _look_at_the_clock(self, answer: Answer) -> None:
        """Note what the server's clock shows; the answer nearest to our clock counts: others may be out of caches."""
        if shown := clock_of(answer):
            offset = shown - answer.received_at
            if self.clock_offset is None or abs(offset) < abs(self.clock_offset):
                self.clock_offset = offset

    # --- the one way out ------------------------------------------------------------------------------------------

    async def _get(
        self,
        path: str,
        params: Mapping[str, str],
        read: Callable[[Answer], T],
        *,
        keep: bool = True,
        headers: Mapping[str, str] | None = None,
        fresh: bool = False,
    ) -> T:
        if self.credential is protocol.NO_KEY:
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
                error.message = (
                    f"{error.message} The key was sent as a {self.credential.kind}. {self.credential.advice}"
                )
                raise
            log.warning("%s The key was accepted before, so TMDB is asked about it once more", error)
        except (NotFound, BadPayload) as error:
            # That TMDB has nothing by an id is an answer; that it has no such list is a wrong address.
            if not path[-1].isdigit() and not self.base_url.endswith("/3"):
                error.message = f"{error.message} Is {self.base_url} right? TMDB's address ends with /3."
            raise
        # One of TMDB's servers may not know the key yet, or not any more: only what all say of it ends a run.
        await self.check_credentials()
        try:
            return await ask()
        except Unauthorized as error:
            raise ServerFailure(
                f"TMDB refuses the key for this request and accepts it otherwise: {error.message}",
                status=error.status,
                code=error.code,
            ) from None


def _named_by(record: MovieDetails, imdb_id: int | str) -> MovieDetails:
    """Return a record that has the IMDb id by which it was found: its own answer does not tell it."""
    record["imdb_id"] = any_imdb_id(imdb_id)
    return record
