"""The TMDB client: methods for films, series and people.

How any kind is asked for is in :mod:`~ayne.data_collection.tmdb.kind_client`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ayne import settings
from ayne.clock import Clock
from ayne.data_collection.tmdb import protocol
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.data_collection.tmdb.coverage import (
    DiscoverPage,
    Discovery,
    Listed,
    RangeProgress,
    SeriesDiscovery,
    SweepPlan,
)
from ayne.data_collection.tmdb.details import Fetched
from ayne.data_collection.tmdb.details_fetcher import ProgressCallback
from ayne.data_collection.tmdb.kind_client import KindClient
from ayne.data_collection.tmdb.models import (
    MovieBatch,
    MovieDetails,
    MovieSummary,
    PersonBatch,
    SeriesBatch,
)
from ayne.data_collection.tmdb.person_models import PersonDetails, PersonSummary
from ayne.data_collection.tmdb.question import sweep_plan
from ayne.data_collection.tmdb.series_models import SeriesDetails, SeriesSummary
from ayne.errors import MissingCredentials
from ayne.kinds import MOVIE, PERSON, SERIES
from ayne.net.allowance import Allowance

if TYPE_CHECKING:
    import httpx


class TMDBClient(KindClient):
    """Collects films and series from TMDB, no faster than it is told.

    Use it with ``async with``, or call :meth:`aclose` when done. All requests of one client share its rate limit, its
    cap on concurrency and its connections.

    Args:
        api_key: a v3 API key or a v4 read access token; by default ``TMDB_API_KEY`` or ``TMDB_ACCESS_TOKEN``.
        requests_per_second: the rate; at most ``burst + requests_per_second * T`` requests start in any ``T`` seconds.
        max_concurrent: the most requests in flight at once.
        output_dir: a folder in which each body is kept as received, as compressed JSON Lines; None for none.
        burst: requests that may start at once after an idle time; by default a twentieth of a second's worth.
        max_retries: retries after a failure that may be temporary.
        backoff: seconds before the first retry; 1 gives 1, 2, 4.
        jitter: the most by which a random amount lengthens a wait, as a share of it.
        timeout: seconds for one attempt, from connecting to the last byte.
        deadline: seconds after the first attempt within which a request may be tried again.
        base_url: TMDB's address with the ``/3``; by default ``AYNE_TMDB_URL`` or https://api.themoviedb.org/3.
        language: the language of titles and overviews, like ``"de-DE"``; None for TMDB's default, English.
        include_image_language: the languages of the part ``images``, like ``["de", "null"]``, ``null`` being none; by
            default those in ``language``, in English and without a language. Without ``language``, all.
        include_video_language: the same for the part ``videos``.
        transport: an ``httpx`` transport to send through instead of the network.
        clock: the clock to use.
        allowance: the address of a Redis or Valkey server, like ``"redis://localhost:6379/0"``: all clients with this
            key and rate that name it, in whatever programs, share one rate limit. Or another
            :class:`~ayne.net.allowance.Allowance`; None for a rate limit of the client's own.
        needs_key: refuse to be made without a key. If False, a client without one refuses each request instead: for
            runs that only download daily exports.

    Attributes:
        traffic: requests, retries by reason and bytes so far.
        unknown_keys: how often ayne met each key that it does not know, or could not read.
        clock_offset: how far the server's clock is ahead of this machine's, None before the first answer with a
            ``Date``.
        credential: the key, in a form that does not show it.
        server: the server that films come from, so that films of different servers are not mixed: ``TMDB``, or the
            address.

    Raises:
        MissingCredentials: there is no key and one is needed; the message says where to get one.
        ConfigurationError: the key or an address is invalid.
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
        needs_key: bool = True,
    ) -> None:
        # Before the settings, so that a missing key is what is told first.
        try:
            credential = protocol.credential(api_key if api_key is not None else settings.tmdb_key())
        except MissingCredentials:
            if needs_key:
                raise
            credential = protocol.NO_KEY
        how = TMDBSettings(
            base_url=settings.server_for(base_url, "AYNE_TMDB_URL", protocol.BASE_URL),
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
        super().__init__(credential, how)

    def __repr__(self) -> str:
        credential = getattr(self, "credential", None)
        return f"<TMDBClient {self.base_url} with {f'a {credential.kind}' if credential else 'no key'}>"

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
            ValueError: an argument is invalid; nothing was requested.
            IncompleteDiscovery: some pages could not be fetched; its ``movies`` are those of all others.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        asked = (start_year, end_year, min_vote_count, max_pages, sort_by)
        flags = {"include_adult": include_adult, "include_video": include_video}
        return Discovery(*await self._discover(self._plan(*asked, **flags, filters=filters)))

    def iter_discover(
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
            IncompleteDiscovery: after the last page, when some pages could not be fetched.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        asked = (start_year, end_year, min_vote_count, max_pages, sort_by)
        flags = {"include_adult": include_adult, "include_video": include_video}
        plan = self._plan(*asked, **flags, filters=filters)
        return self.iter_sweep(plan, known=known, listed=listed, films_of_day=films_of_day)

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
            ValueError: an argument is invalid; nothing was requested.
            SourceError: a range could not be counted.
        """
        asked = (start_year, end_year, min_vote_count, max_pages)
        flags = {"include_adult": include_adult, "include_video": include_video}
        return await self._count(self._plan(*asked, **flags, filters=filters))

    def _plan(self, *asked: Any, **further: Any) -> SweepPlan:
        return sweep_plan(*asked, language=self.language, **further)

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
        return await self._search(MOVIE, title, year=year, include_adult=include_adult)

    # --- details --------------------------------------------------------------------------------------------------

    async def get_movie_details(
        self, tmdb_id: int | str, append: Iterable[str] = (), *, keep_bodies: bool = False, fresh: bool = False
    ) -> MovieDetails:
        """Fetch the details of one film.

        Source: https://developer.themoviedb.org/reference/movie-details

        Args:
            tmdb_id: TMDB's id, or an IMDb id like ``"tt0137523"``.
            append: parts to fetch in the same request, like ``["credits", "keywords"]``; see ``parts`` of the record.
            keep_bodies: also return the answer as received, as the record's ``body``.
            fresh: ask over a new connection, to confirm an earlier answer.

        Raises:
            ValueError: not an id, or a part that TMDB does not have.
            NotFound: TMDB has no such film.
            Mismatched: TMDB answered with another film, and again over another connection.
            SourceError: it could not be fetched.
        """
        return await self._details.one(MOVIE, tmdb_id, append, keep_bodies=keep_bodies, fresh=fresh)

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
            A list of details; its ``failures`` names the films that could not be fetched, and why.

        Raises:
            ValueError: an id or a part is invalid; nothing was requested.
            Unauthorized: TMDB does not accept the key, so no further film can be fetched.
        """
        return MovieBatch(*await self._details.batch(MOVIE, tmdb_ids, progress_callback, append=append))

    def iter_movie_details(
        self,
        tmdb_ids: Iterable[int | str],
        *,
        append: Iterable[str] = (),
        keep_bodies: bool = False,
        etags: Mapping[int, str] | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[Fetched, None]:
        """Yield details as they come, in no particular order; ids are read only as fast as films are fetched.

        If TMDB answers with another film, ayne asks again over a new connection. If that answer names the same other
        film, the film is merged; otherwise that answer counts. ``fresh`` asks for all films over new connections. With
        ``keep_bodies`` each record also has the answer as received, as its ``body``. For a film whose ``etag`` is
        given, for the same parts, TMDB does not send an unchanged answer again: an ``Unchanged`` is yielded instead.

        Raises:
            ValueError: an id or a part is invalid.
            Unauthorized: TMDB does not accept the key.
        """
        return self.iter_details(MOVIE, tmdb_ids, append=append, keep_bodies=keep_bodies, etags=etags, fresh=fresh)

    # --- series ---------------------------------------------------------------------------------------------------

    async def discover_series(
        self,
        start_year: int,
        end_year: int | None = None,
        min_vote_count: int = 200,
        max_pages: int | None = None,
        sort_by: str = "first_air_date.desc",
        *,
        include_adult: bool = False,
        filters: Mapping[str, object] | None = None,
    ) -> SeriesDiscovery:
        """List every series whose first episode was broadcast in a span of years, each once.

        Those without such a day are in no list by date; TMDB's daily id export names them. The arguments are those of
        :meth:`discover_movies`, but for ``filters``, which are TMDB's for series, like ``{"with_networks": 49,
        "with_status": "returning series"}``.

        Source: https://developer.themoviedb.org/reference/discover-tv

        Raises:
            ValueError: an argument is invalid; nothing was requested.
            IncompleteDiscovery: some pages could not be fetched; its ``movies`` are the series of all others.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        asked = (start_year, end_year, min_vote_count, max_pages, sort_by)
        plan = self._plan(*asked, include_adult=include_adult, filters=filters, kind=SERIES)
        return SeriesDiscovery(*await self._discover(plan))

    def iter_series(
        self,
        start_year: int,
        end_year: int | None = None,
        min_vote_count: int = 200,
        max_pages: int | None = None,
        sort_by: str = "first_air_date.desc",
        *,
        include_adult: bool = False,
        filters: Mapping[str, object] | None = None,
    ) -> AsyncGenerator[DiscoverPage, None]:
        """Do the same as :meth:`discover_series`, page by page as they come, for spans larger than memory.

        A series may be on more than one page.

        Raises:
            IncompleteDiscovery: after the last page, when some pages could not be fetched.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        asked = (start_year, end_year, min_vote_count, max_pages, sort_by)
        return self.iter_sweep(self._plan(*asked, include_adult=include_adult, filters=filters, kind=SERIES))

    async def count_series(
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
        """Return what :meth:`discover_series` would ask for, as :meth:`count_movies` does for films.

        Raises:
            ValueError: an argument is invalid; nothing was requested.
            SourceError: a range could not be counted.
        """
        asked = (start_year, end_year, min_vote_count, max_pages)
        flags = {"include_adult": include_adult, "include_video": include_video}
        return await self._count(self._plan(*asked, **flags, filters=filters, kind=SERIES))

    async def search_series(
        self, name: str, *, year: int | None = None, include_adult: bool = False
    ) -> list[SeriesSummary]:
        """Return the series that TMDB finds by a name, the likeliest first; at most 20, its first page.

        Source: https://developer.themoviedb.org/reference/search-tv

        Args:
            name: a name in any language, or a part of one.
            year: a year in which it was broadcast, None for any.
            include_adult: find adult series too.

        Raises:
            ValueError: the name is empty; TMDB would find nothing.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        return await self._search(SERIES, name, year=year, include_adult=include_adult)

    async def get_series_details(
        self, tmdb_id: int | str, append: Iterable[str] = (), *, keep_bodies: bool = False, fresh: bool = False
    ) -> SeriesDetails:
        """Fetch the details of one series, with all its seasons and their episodes.

        Seasons ride on the request of their series, some twenty with it; it takes further requests for the others, and
        one before for an IMDb id.

        Source: https://developer.themoviedb.org/reference/tv-series-details

        Args:
            tmdb_id: TMDB's id, or an IMDb id like ``"tt0903747"``.
            append: parts to fetch in the same request, like ``["aggregate_credits", "keywords"]``.
            keep_bodies: also return the answer as received, as the record's ``body``.
            fresh: ask over a new connection, to confirm an earlier answer.

        Raises:
            ValueError: not an id, or a part that TMDB does not have.
            NotFound: TMDB has no such series.
            Mismatched: TMDB answered with another series, and again over another connection.
            SourceError: it, or one of its seasons, could not be fetched.
        """
        found = await self._details.one(SERIES, tmdb_id, append, keep_bodies=keep_bodies, fresh=fresh)
        return cast("SeriesDetails", found)

    async def get_batch_series_details(
        self,
        tmdb_ids: Iterable[int | str],
        progress_callback: ProgressCallback | None = None,
        *,
        append: Iterable[str] = (),
    ) -> SeriesBatch:
        """Fetch the details of many series, in the order of the ids; one that fails does not stop the others.

        In all else it is :meth:`get_batch_movie_details`; ``failures`` of the list names the series that could not be
        fetched whole, and why.

        Raises:
            ValueError: an id or a part is invalid; nothing was requested.
            Unauthorized: TMDB does not accept the key, so no further series can be fetched.
        """
        return SeriesBatch(*await self._details.batch(SERIES, tmdb_ids, progress_callback, append=append))

    # --- people ---------------------------------------------------------------------------------------------------

    async def search_people(self, name: str, *, include_adult: bool = False) -> list[PersonSummary]:
        """Return the people whom TMDB finds by a name, the likeliest first; at most 20, its first page.

        Source: https://developer.themoviedb.org/reference/search-person

        Args:
            name: a name, or a part of one.
            include_adult: find adult performers too.

        Raises:
            ValueError: the name is empty; TMDB would find nobody.
            SourceError: TMDB is out of reach, or refuses the question.
        """
        return await self._search(PERSON, name, include_adult=include_adult)

    async def get_person_details(
        self, tmdb_id: int | str, append: Iterable[str] = (), *, keep_bodies: bool = False, fresh: bool = False
    ) -> PersonDetails:
        """Fetch the details of one person; by an IMDb id it takes two requests.

        Source: https://developer.themoviedb.org/reference/person-details

        Args:
            tmdb_id: TMDB's id, or an IMDb id like ``"nm0000093"``.
            append: parts to fetch in the same request, like ``["combined_credits", "external_ids"]``.
            keep_bodies: also return the answer as received, as the record's ``body``.
            fresh: ask over a new connection, to confirm an earlier answer.

        Raises:
            ValueError: not an id, or a part that TMDB does not have.
            NotFound: TMDB has no such person.
            SourceError: it could not be fetched.
        """
        found = await self._details.one(PERSON, tmdb_id, append, keep_bodies=keep_bodies, fresh=fresh)
        return cast("PersonDetails", found)

    async def get_batch_person_details(
        self,
        tmdb_ids: Iterable[int | str],
        progress_callback: ProgressCallback | None = None,
        *,
        append: Iterable[str] = (),
    ) -> PersonBatch:
        """Fetch the details of many people, in the order of the ids; one that fails does not stop the others.

        In all else it is :meth:`get_batch_movie_details`.

        Raises:
            ValueError: an id or a part is invalid; nothing was requested.
            Unauthorized: TMDB does not accept the key, so no further person can be fetched.
        """
        return PersonBatch(*await self._details.batch(PERSON, tmdb_ids, progress_callback, append=append))
