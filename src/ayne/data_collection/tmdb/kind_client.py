"""The client of any kind: it asks for lists, changes and details by the kind's description.

What is asked next and what is made of the answers is in files of their own: ``discover_pages``, ``change_pages`` and
``details_fetcher``. All of them ask through one :class:`~ayne.data_collection.tmdb.session.TMDBSession`. What is left
for this file is to join them.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ayne.data_collection.tmdb import protocol, records
from ayne.data_collection.tmdb.change_pages import change_pages
from ayne.data_collection.tmdb.changes import ChangesPage, FeedRequest, read_changes
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.data_collection.tmdb.coverage import (
    DiscoverPage,
    Listed,
    PageRequest,
    Range,
    RangeProgress,
    SweepPlan,
)
from ayne.data_collection.tmdb.details import Fetched
from ayne.data_collection.tmdb.details_fetcher import DetailsFetcher
from ayne.data_collection.tmdb.discover_pages import AskForPage, discover_pages, may_be_missing
from ayne.data_collection.tmdb.filters import discover_of
from ayne.data_collection.tmdb.models import ListPage
from ayne.data_collection.tmdb.paginate import paginate
from ayne.data_collection.tmdb.planner import Planner
from ayne.data_collection.tmdb.protocol import discover_params
from ayne.data_collection.tmdb.question import new_planner
from ayne.data_collection.tmdb.session import TMDBSession
from ayne.data_collection.tmdb.single_lists import SingleLists
from ayne.errors import IncompleteDiscovery
from ayne.kinds import MOVIE, Kind
from ayne.kinds.imdb_ids import any_imdb_id
from ayne.net.client import PoliteClient

log = logging.getLogger("ayne.tmdb")

_TMDB_HOSTS = frozenset({"api.themoviedb.org", "api.tmdb.org"})


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
    """

    settings: TMDBSettings

    def __init__(self, credential: protocol.Credential, how: TMDBSettings) -> None:
        self.credential = credential
        self.server = "TMDB" if urlsplit(how.base_url).hostname in _TMDB_HOSTS else how.base_url
        super().__init__(how, server=self.server, auth_query=credential.query, auth_headers=credential.headers)
        self.language = how.language
        self.unknown_keys: Counter[str] = Counter()
        self._tmdb = TMDBSession(self._session, credential, how)
        self._details = DetailsFetcher(self._tmdb, how, self.unknown_keys)

    async def aclose(self) -> None:
        """Close the connections, and finish the files of ``output_dir``."""
        await super().aclose()
        self._tmdb.close()

    @property
    def credential_kind(self) -> str:
        """``v3 API key``, ``v4 read access token`` or ``no key``."""
        return self.credential.kind

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the server's clock is ahead of ours, None before an answer that tells its ``Date``."""
        return self._tmdb.clock_offset

    async def check_credentials(self) -> datetime:
        """Ask TMDB whether it accepts the key, and return TMDB's clock.

        Source: https://developer.themoviedb.org/reference/authentication-validate-key

        Raises:
            Unauthorized: it does not.
            SourceError: it could not be asked.
        """
        return await self._tmdb.check_key()

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

        async with aclosing(paginate(lists, fetch, may_be_missing, self.settings.tasks, IncompleteDiscovery)) as pages:
            async for request, page in pages:
                lists.record(request, page.total_pages)
                yield request.range, page

    def _pages(self, plan: SweepPlan, planner: Planner) -> AsyncGenerator[DiscoverPage, None]:
        return discover_pages(plan, planner, self._asking(plan), self.settings.tasks)

    def _asking(self, plan: SweepPlan) -> AskForPage:
        path = discover_of(plan.kind).path

        async def ask(params: dict[str, str], number: int) -> ListPage:
            page = await self._tmdb.get(path, params, lambda answer: records.read_page(answer, number, plan.kind))
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
        page = await self._tmdb.get(f"/search{kind.path}", params, lambda answer: records.read_page(answer, 1, kind))
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
        return frozenset(await self._tmdb.get(f"/find/{named}", protocol.BY_IMDB_ID, records.read_found))

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
            return await self._tmdb.get(path, request.params, lambda answer: read_changes(answer, request.page))

        async with aclosing(change_pages(start, end, ask, self.settings.tasks)) as pages:
            async for page in pages:
                yield page

    # --- details --------------------------------------------------------------------------------------------------

    def iter_details(
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
        return self._details.iterate(
            kind, ids, append=append, keep_bodies=keep_bodies, etags=etags, children=children, fresh=fresh
        )
