"""The TMDB client: discovery, details and batches, politely.

What is asked next and what is made of the answers is decided in files of their own (``discover_pages``,
``change_pages``, ``details``); everything that waits is in :mod:`ayne.net.session`. What is left for this file is to
join them.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ayne import settings
from ayne.clock import Clock
from ayne.data_collection.answers import clock_of, observed_at
from ayne.data_collection.archive import BodyArchive
from ayne.data_collection.tmdb import details, protocol, records
from ayne.data_collection.tmdb.change_pages import change_pages
from ayne.data_collection.tmdb.changes import ChangesPage, FeedRequest, read_changes
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.data_collection.tmdb.coverage import (
    DiscoverPage,
    Discovery,
    Listed,
    PageRequest,
    Range,
    RangeProgress,
    SweepPlan,
)
from ayne.data_collection.tmdb.details import DetailsQuestion, Fetched
from ayne.data_collection.tmdb.discover_pages import AskForPage, discover_pages, may_be_missing
from ayne.data_collection.tmdb.filters import discover_of
from ayne.data_collection.tmdb.models import FetchFailure, ListPage, MovieBatch, MovieDetails, MovieSummary, Unchanged
from ayne.data_collection.tmdb.paginate import paginate
from ayne.data_collection.tmdb.planner import Planner
from ayne.data_collection.tmdb.protocol import discover_params
from ayne.data_collection.tmdb.question import new_planner, sweep_plan
from ayne.data_collection.tmdb.single_lists import SingleLists
from ayne.errors import (
    BadPayload,
    IncompleteDiscovery,
    Mismatched,
    NotFound,
    OutOfReach,
    ServerFailure,
    SourceError,
    Unauthorized,
)
from ayne.kinds import MOVIE, Kind
from ayne.kinds.imdb_ids import imdb_id_of
from ayne.net.allowance import Allowance
from ayne.net.client import PoliteClient
from ayne.net.fan_out import fan_out
from ayne.net.session import Answer

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("ayne.tmdb")

T = TypeVar("T")

_TMDB_HOSTS = frozenset({"api.themoviedb.org", "api.tmdb.org"})

_KEY_CHECK = "/authentication"

ProgressCallback = Callable[[int, int], None]


class TMDBClient(PoliteClient):
    """Collects films from TMDB, no faster than it is told.

    Use it with ``async with``, or call :meth:`aclose` when done. All requests of one client share its rate limit, its
    cap on concurrency and its connections.

    Args:
        api_key: a v3 API key or a v4 read access token; by default ``TMDB_API_KEY`` or ``TMDB_ACCESS_TOKEN``.
        requests_per_second: the rate; at most ``burst + requests_per_second * T`` requests start in any ``T`` seconds.
        max_concurrent: the most requests in flight at once.
        output_dir: a folder in which each body is kept as received, as compressed JSON Lines; None for none.
        burst: requests that may start at once after a quiet moment; by default a twentieth of a second's worth.
        max_retries: further attempts after a failure that may pass.
        backoff: seconds before the first retry; 1 gives 1, 2, 4.
        jitter: the most a wait is lengthened by chance, as a share of it.
        timeout: seconds for one attempt, from connecting to the last byte.
        deadline: seconds after its first attempt in which a request may still be tried again.
        base_url: TMDB's address with the ``/3``; by default ``AYNE_TMDB_URL`` or https://api.themoviedb.org/3.
        language: the language of titles and overviews, like ``"de-DE"``; None for TMDB's default, English.
        include_image_language: the languages of the part ``images``, like ``["de", "null"]``, ``null`` being none; by
            default those of ``language``, English ones and those of none. Without ``language``, all.
        include_video_language: the same for the part ``videos``.
        transport: an ``httpx`` transport to send through instead of the network.
        clock: where time comes from.
        allowance: the address of a Redis or Valkey server, like ``"redis://localhost:6379/0"``: all clients with this
            key and rate that name it, in whatever programs, share one rate limit. Or another
            :class:`~ayne.net.allowance.Allowance`; None for a rate limit of the client's own.

    Attributes:
        traffic: requests, retries by reason and bytes so far.
        unknown_keys: how often each key was met that ayne does not know, or could not read.
        clock_offset: how far the server's clock is ahead of ours, None before an answer that tells its ``Date``.
        credential: the key, in a form that does not show it.
        server: what the films are of, so that films of different servers are not mixed: ``TMDB``, or the address.

    Raises:
        MissingCredentials: there is no key; the message says where to get one.
        ConfigurationError: the key or an address cannot be one.
        AllowanceLost: on entering ``async with``, when the server of the allowance cannot be reached.
        ValueError: a setting is out of its range.

    Example:
        >>> import asyncio
        >>> from ayne.sandbox.app import SandboxApp
        >>> from ayne.sandbox.catalogue import Catalogue
        >>> from ayne.sandbox.transport import SandboxTransport
        >>> async def titles():
        ...     sandbox = SandboxTransport(SandboxApp(Catalogue.generated(movies=500, seed=1)))
        ...     async with TMDBClient("0" * 32, transport=sandbox, requests_per_second=1000) as client:
        ...         films = await client.discover_movies(2020, min_vote_count=0)
        ...         details = await client.get_movie_details(films[0]["tmdb_id"])
        ...         return details["tmdb_id"] == films[0]["tmdb_id"]
        >>> asyncio.run(titles())
        True
    """

    settings: TMDBSettings

    def __init__(
        self,
        api_key: str | None = None,
        *,
        requests_per_second: float = 4.0,
        max_concurrent: int = 10,
        output_dir: str | Path | None = None,
        burst: float | None = None,
        max_retries: int = 3,
        backoff: float = 1.0,
        jitter: float = 0.1,
        timeout: float = 30.0,
        deadline: float = 300.0,
        base_url: str | None = None,
        language: str | None = None,
        include_image_language: str | Iterable[str] | None = None,
        include_video_language: str | Iterable[str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        allowance: Allowance | str | None = None,
    ) -> None:
        self.credential = protocol.credential(api_key if api_key is not None else settings.tmdb_key())
        address = settings.server_for(base_url, "AYNE_TMDB_URL", protocol.BASE_URL)
        self.server = "TMDB" if urlsplit(address).hostname in _TMDB_HOSTS else address
        how = TMDBSettings(
            base_url=address,
            requests_per_second=requests_per_second,
            max_concurrent=max_concurrent,
            output_dir=None if output_dir is None else Path(output_dir),
            burst=burst,
            max_retries=max_retries,
            backoff=backoff,
            jitter=jitter,
            timeout=timeout,
            deadline=deadline,
            language=language,
            include_image_language=include_image_language,
            include_video_language=include_video_language,
            transport=transport,
            clock=clock,
            allowance=allowance,
        )
        super().__init__(
            how, server=self.server, auth_query=self.credential.query, auth_headers=self.credential.headers
        )
        self.language = how.language
        self._further_languages = how.further_languages
        self.unknown_keys: Counter[str] = Counter()
        self.clock_offset: timedelta | None = None
        self._key_accepted = False
        self._archive = BodyArchive(how.output_dir) if how.output_dir is not None else None
        # More tasks than slots, so that requests waiting to be retried do not leave slots empty.
        self._width = 2 * max_concurrent

    def __repr__(self) -> str:
        credential = getattr(self, "credential", None)
        return f"<TMDBClient {self.base_url} with {f'a {credential.kind}' if credential else 'no key'}>"

    async def aclose(self) -> None:
        """Close the connections, and finish the files of ``output_dir``."""
        await super().aclose()
        if self._archive:
            self._archive.close()

    @property
    def credential_kind(self) -> str:
        """``v3 API key`` or ``v4 read access token``."""
        return self.credential.kind

    async def check_credentials(self) -> datetime:
        """Ask TMDB whether it accepts the key; the answer is TMDB's clock.

        Source: https://developer.themoviedb.org/reference/authentication-validate-key

        Raises:
            Unauthorized: it does not.
            SourceError: it could not be asked.
        """
        return await self._get(_KEY_CHECK, {}, records.read_success, keep=False)

    # --- discovery ------------------------------------------------------------------------------------------------

    async def discover_movies(
        self,
        start_year: int,
        end_year: int | None = None,
        min_vote_count: int = 200,
        max_pages: int | None = None,
        sort_by: str = "primary_release_date.desc",
        *,
        include_adult: bool = False,
        include_video: bool = False,
        filters: Mapping[str, object] | None = None,
    ) -> Discovery:
        """List every film whose primary release date lies in a span of years, each once.

        A range that has more films than TMDB lists for one query is split until each piece fits.

        Source: https://developer.themoviedb.org/reference/discover-movie

        Args:
            start_year: first year.
            end_year: last year, included; by default the start year alone: ``discover_movies(2024)`` is 2024, where a
                collection, ``run_full_collection(2024)``, is from 2024 on.
            min_vote_count: leave out films with fewer votes; 0 for all.
            max_pages: at most this many pages (of 20 films) of each year, 1 to 500; by default all.
            sort_by: one of TMDB's sort orders.
            include_adult: list adult films too.
            include_video: list compilations, concerts and the like too.
            filters: further filters of TMDB's, by its own names, like ``{"with_genres": "drama,comedy",
                "with_runtime.gte": 60}``.

        Returns:
            A list of summaries in the order asked for; its ``overfull`` names ranges that TMDB would not list whole.

        Raises:
            ValueError: an argument makes no sense; nothing was requested.
            IncompleteDiscovery: some pages could not be had; its ``movies`` are those of all others.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        plan = self._plan(
            start_year,
            end_year,
            min_vote_count,
            max_pages,
            sort_by,
            include_adult=include_adult,
            include_video=include_video,
            filters=filters,
        )
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
        movies = records.in_order((film for page in pages for film in page.results), plan.sort_by, plan.kind)
        if incomplete:
            incomplete.movies = movies
            raise incomplete
        return Discovery(movies, list(overfull.values()))

    async def iter_discover(
        self,
        start_year: int,
        end_year: int | None = None,
        min_vote_count: int = 200,
        max_pages: int | None = None,
        sort_by: str = "primary_release_date.desc",
        *,
        include_adult: bool = False,
        include_video: bool = False,
        filters: Mapping[str, object] | None = None,
        known: Iterable[RangeProgress] = (),
        listed: Iterable[Listed] = (),
        films_of_day: Mapping[date, int] | None = None,
    ) -> AsyncGenerator[DiscoverPage, None]:
        """Do the same as :meth:`discover_movies`, page by page as they come, for spans larger than memory.

        A film may be on more than one page. ``known``, ``listed`` and ``films_of_day`` are those of
        :meth:`iter_sweep`.

        Raises:
            IncompleteDiscovery: after the last page, when some pages could not be had.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        plan = self._plan(
            start_year,
            end_year,
            min_vote_count,
            max_pages,
            sort_by,
            include_adult=include_adult,
            include_video=include_video,
            filters=filters,
        )
        pages = self.iter_sweep(plan, known=known, listed=listed, films_of_day=films_of_day)
        async with aclosing(pages):
            async for page in pages:
                yield page

    async def count_movies(
        self,
        start_year: int,
        end_year: int | None = None,
        min_vote_count: int = 200,
        max_pages: int | None = None,
        *,
        include_adult: bool = False,
        include_video: bool = False,
        filters: Mapping[str, object] | None = None,
    ) -> list[RangeProgress]:
        """Return what :meth:`discover_movies` would ask for: its ranges, with the pages and the total TMDB reports.

        Takes one request a range, a handful for a few years and some hundreds for all of TMDB.

        Raises:
            ValueError: an argument makes no sense; nothing was requested.
            SourceError: a range could not be counted.
        """
        plan = self._plan(
            start_year,
            end_year,
            min_vote_count,
            max_pages,
            include_adult=include_adult,
            include_video=include_video,
            filters=filters,
        )
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
            IncompleteDiscovery: after the last page, when some pages could not be had.
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
            IncompleteDiscovery: after the last page, when some pages could not be had.
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

    def _plan(self, *asked: Any, **further: Any) -> SweepPlan:
        return sweep_plan(*asked, language=self.language, **further)

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

    # --- search ---------------------------------------------------------------------------------------------------

    async def search_movies(
        self, title: str, *, year: int | None = None, include_adult: bool = False
    ) -> list[MovieSummary]:
        """Return the films that TMDB finds by a title, the likeliest first; at most 20, its first page.

        Source: https://developer.themoviedb.org/reference/search-movie

        Args:
            title: a title in any language, or a part of one.
            year: the year of release, None for any.
            include_adult: find adult films too.

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
        page = await self._get("/search/movie", params, lambda answer: records.read_page(answer, 1))
        return page.results

    async def find_imdb_id(self, imdb_id: str) -> frozenset[str]:
        """Return of what kinds TMDB has something by an IMDb id: ``movie``, ``person``, ``tv`` and the like.

        Source: https://developer.themoviedb.org/reference/find-by-id

        Raises:
            ValueError: it is no IMDb id of a title.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        if not (title := imdb_id_of(imdb_id)):
            raise ValueError(f"{imdb_id!r} is no IMDb id like 'tt0137523'")
        return await self._get(f"/find/{title}", {"external_source": "imdb_id"}, records.read_found)

    # --- changes --------------------------------------------------------------------------------------------------

    async def iter_changes(self, start: date, end: date, kind: Kind = MOVIE) -> AsyncGenerator[ChangesPage, None]:
        """Yield the pages of a kind's change feed for a span of days (UTC), both ends included, as they come.

        A film may be on more than one page. The span is asked for in windows of at most 14 days.

        Source: https://developer.themoviedb.org/reference/changes-movie-list

        Raises:
            ValueError: the span runs backwards, or the kind has no feed; nothing was requested.
            IncompleteChanges: after the last page, when some pages could not be had.
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

    async def get_movie_details(
        self, tmdb_id: int | str, append: Iterable[str] = (), *, keep_bodies: bool = False, fresh: bool = False
    ) -> MovieDetails:
        """Fetch the details of one film.

        Source: https://developer.themoviedb.org/reference/movie-details

        Args:
            tmdb_id: TMDB's id, or an IMDb id like ``"tt0137523"``.
            append: parts to fetch in the same request, like ``["credits", "keywords"]``; see ``parts`` of the record.
            keep_bodies: hand the answer over as it came too, as the record's ``body``.
            fresh: ask over a connection that nothing was asked over before, to confirm what an earlier answer said.

        Raises:
            ValueError: not an id, or a part that TMDB does not have.
            NotFound: TMDB has no such film.
            Mismatched: TMDB answered with another film, and again over another connection.
            SourceError: it could not be had.
        """
        question = self._question(MOVIE, append, keep_bodies=keep_bodies)
        read = partial(question.read, tmdb_id)
        return self._noted(await self._get(question.path(tmdb_id), question.params, read, fresh=fresh))

    async def get_batch_movie_details(
        self,
        tmdb_ids: Iterable[int | str],
        progress_callback: ProgressCallback | None = None,
        *,
        append: Iterable[str] = (),
    ) -> MovieBatch:
        """Fetch the details of many films, in the order of the ids; one that fails does not stop the others.

        Args:
            tmdb_ids: TMDB or IMDb ids; a repeated one is fetched once and returned as often as it was asked for.
            progress_callback: called as ``(current, total)`` after each film, failures included.
            append: parts to fetch in the same request.

        Returns:
            A list of details; its ``failures`` names the films that could not be had, and why.

        Raises:
            ValueError: an id or a part cannot be one; nothing was requested.
            Unauthorized: TMDB does not accept the key, so no further film could be had either.
        """
        ids = list(tmdb_ids)
        for movie_id in ids:
            protocol.details_path(MOVIE, movie_id)
        distinct = list(dict.fromkeys(ids))
        found: dict[int | str, Fetched] = {}
        if progress_callback and not distinct:
            progress_callback(0, 0)
        async with aclosing(self._each_details(self._question(MOVIE, append), iter(distinct))) as results:
            async for movie_id, result in results:
                found[movie_id] = result
                if progress_callback:
                    progress_callback(len(found), len(distinct))
        movies = [movie for movie in map(found.__getitem__, ids) if not isinstance(movie, FetchFailure | Unchanged)]
        failures = [failure for failure in map(found.__getitem__, distinct) if isinstance(failure, FetchFailure)]
        return MovieBatch(movies, failures)

    async def iter_movie_details(
        self,
        tmdb_ids: Iterable[int | str],
        *,
        append: Iterable[str] = (),
        keep_bodies: bool = False,
        etags: Mapping[int, str] | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[Fetched, None]:
        """Yield details as they come, in no particular order; ids are read only as fast as films are fetched.

        A film that is answered with another one is asked for again over a connection of its own. When that one says
        the same, it is merged; else it is what that one says. ``fresh`` asks for all over connections of their own.
        With ``keep_bodies`` each record has the answer as it came too, as its ``body``. Of a film whose ``etag`` is
        given, for these very parts, an answer that is still the same does not come again: there is an ``Unchanged``.

        Raises:
            ValueError: an id or a part cannot be one.
            Unauthorized: TMDB does not accept the key.
        """
        found = self.iter_details(MOVIE, tmdb_ids, append=append, keep_bodies=keep_bodies, etags=etags, fresh=fresh)
        async with aclosing(found):
            async for film in found:
                yield film

    async def iter_details(
        self,
        kind: Kind,
        ids: Iterable[int | str],
        *,
        append: Iterable[str] = (),
        keep_bodies: bool = False,
        etags: Mapping[int, str] | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[Fetched, None]:
        """Yield details of any kind; in all else it is :meth:`iter_movie_details`.

        Raises:
            ValueError: an id or a part cannot be one.
            Unauthorized: TMDB does not accept the key.
        """
        question = self._question(kind, append, keep_bodies=keep_bodies)
        async with aclosing(self._each_details(question, iter(ids), etags or {}, fresh=fresh)) as results:
            async for _, result in results:
                yield result

    def _question(self, kind: Kind, append: Iterable[str], *, keep_bodies: bool = False) -> DetailsQuestion:
        return DetailsQuestion.checked(kind, append, self.language, self._further_languages, keep_bodies=keep_bodies)

    def _each_details(
        self,
        question: DetailsQuestion,
        ids: Iterator[int | str],
        etags: Mapping[int, str] = MappingProxyType({}),
        *,
        fresh: bool = False,
    ) -> AsyncGenerator[tuple[int | str, Fetched], None]:
        fetch = partial(self._fetched, question, etags, fresh=fresh)
        return fan_out(lambda: next(ids, None), fetch, self._width)

    async def _fetched(
        self, question: DetailsQuestion, etags: Mapping[int, str], number: int | str, *, fresh: bool
    ) -> Fetched:
        """Return what became of an id; with an ETag, an answer that is still the same does not come again."""
        path, headers = question.path(number), None
        read: Callable[[Answer], MovieDetails | Unchanged] = partial(question.read, number)
        if etags and isinstance(number, int) and (etag := etags.get(number)):
            headers = {"If-None-Match": etag}
            read = partial(question.read_unless_same, number, etag)
        try:
            movie = await self._get(path, question.params, read, headers=headers, fresh=fresh)
        except (Unauthorized, OutOfReach):
            raise
        except SourceError as error:
            if isinstance(error, Mismatched) and error.status == 304:
                return await self._fetched(question, {}, number, fresh=True)
            failure = details.failed(number, error)
            told = {"tmdb_id": failure.tmdb_id, "reason": failure.reason}
            log.warning(
                "%s %s failed (%s): %s", question.kind.noun, number, failure.reason, failure.message, extra=told
            )
            return failure
        return movie if isinstance(movie, Unchanged) else self._noted(movie)

    def _noted(self, movie: MovieDetails) -> MovieDetails:
        self.unknown_keys.update(movie["raw"].keys())
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
