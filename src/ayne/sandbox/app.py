"""The sandbox: it answers requests as TMDB and OMDb do.

`SandboxApp.answer` turns a request into an answer and awaits nothing; which site answers is told by the path:

    /3/…          TMDB
    /omdb/        OMDb
    /t/p/…        images
    /p/exports/…  the daily id exports
    /imdb/…       IMDb's files of ratings and episodes
    /sandbox/…    the sandbox's own paths, which need no key and never fail

The rest of the file is ASGI: waiting where an answer says so, and ending a connection the way it says.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol

from . import images, imdb, own_paths, truth
from .answers import Answer, Ending, Request, encoded, error
from .catalogue import Catalogue
from .cdn import LIFETIME, Cdn, may_be_cached
from .clock import SandboxClock
from .drift import Drift
from .exports import site as exports
from .exports.site import Exports
from .faults import Fault, FaultPlan
from .images import Images
from .imdb import ImdbFiles
from .omdb.quota import FREE, Quota
from .omdb.site import Omdb
from .own_paths import OwnPaths
from .pages import Totals
from .rate import RateLimit
from .request_log import RequestLog
from .subject import subject
from .tmdb.site import Tmdb
from .truth import Truth
from .wire import Receive, Scope, Send, live, read, reply
from .world import World


class Site(Protocol):
    """Whoever answers the requests below a path."""

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request made at a moment (seconds since 1970)."""
        ...


class Faults(Protocol):
    """Which requests fail, and how; a `FaultPlan` is one."""

    def fault(self, n: int, path: str) -> Fault | None:
        """Return how the n-th request fails, if it does."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A site and where it stands."""

    prefix: str
    site: Site
    is_tmdb: bool = False
    """TMDB's limit on requests and its caches apply."""
    is_omdb: bool = False
    """Faults speak OMDb's words."""
    is_own: bool = False
    """It is no part of what is being imitated: not logged, and never failing."""
    is_slow: Callable[[Request], bool] = lambda request: False
    """Which of its answers take so long that other clients should not wait for them."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that was accepted, and what is known about its answer before anybody looks for it."""

    place: Place
    request: Request
    number: int
    at: float
    """As of which moment it is answered, in seconds since 1970."""
    fault: Fault | None
    cached: Mapping[str, str]
    refusal: Answer | None

    def plain(self) -> Answer:
        """Return the site's answer. HEAD is answered as GET, and loses its body on the way."""
        asked = replace(self.request, method="GET") if self.request.method == "HEAD" else self.request
        asked = self.fault.ask(asked) if self.fault else asked
        return self.refusal or self.place.site.answer(asked, self.at)


class SandboxApp:
    """A TMDB- and OMDb-compatible service, as an ASGI application and as a function.

    Args:
        catalogue: The films that exist: a world, or a catalogue that stays as it is.
        seed: What else is left to chance: how pages age, what OMDb knows.
        totals: Whether totals above 500 pages are reported as they are ("true") or as 500 and 10,000 ("clamped").
        rate: How many TMDB requests are let through in any second; the others are answered 429. None: all.
        latency: Seconds that every answer takes.
        faults: Which requests fail, and how.
        short_pages: The share of pages that hold 19 films instead of 20.
        drift: The share of a 500-page walk's rows that repeat a film, because pages are made at different times.
        cached: Whether TMDB's answers come from caches and may be eight hours old; a number is the most in seconds.
        omdb_quota: How many OMDb requests a key may send on one day (UTC). None: any number.
        api_keys: The keys and tokens that are accepted. None: everything that looks like one.
        clock: Seconds that never go back, for the rate and the log.
        wall_clock: Seconds since 1970, for the `Date` header, the age of pages and OMDb's day.
        own_time: The clock that `/sandbox/clock` may put forward, and that takes the place of `wall_clock`.

    Raises:
        ValueError: A number is out of range.
    """

    def __init__(
        self,
        catalogue: Catalogue | World,
        *,
        seed: int = 1,
        totals: Totals = "true",
        rate: float | None = None,
        latency: float = 0.0,
        faults: Faults | None = None,
        short_pages: float = 0.0,
        drift: float = 0.0,
        cached: bool | int = False,
        omdb_quota: int | None = FREE,
        api_keys: frozenset[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        own_time: SandboxClock | None = None,
    ) -> None:
        if not 0 <= short_pages <= 1:
            raise ValueError(f"short_pages is a share from 0 to 1, not {short_pages}")
        self.world = world = catalogue if isinstance(catalogue, World) else World(catalogue)
        self.log = RequestLog()
        lifetime = LIFETIME if isinstance(cached, bool) else cached
        self._cdn = None if cached is False else Cdn(seed, lifetime)
        quota = Quota(omdb_quota)
        omdb = Omdb(world, quota, api_keys, seed)
        files, ratings = Exports(world), ImdbFiles(world, seed)
        #: The first place whose prefix a path has answers it.
        self.places: tuple[Place, ...] = (
            *(Place(path, Truth(world, own_time), is_own=True) for path in truth.PATHS),
            Place(own_paths.PREFIX, OwnPaths(self.log, quota), is_own=True),
            Place("/omdb", omdb, is_omdb=True, is_slow=omdb.is_slow),
            Place(images.PREFIX, Images()),
            Place(exports.PREFIX, files, is_slow=files.is_slow),
            Place(imdb.PREFIX, ratings, is_slow=ratings.is_slow),
            Place("", Tmdb(world, totals, short_pages, api_keys, Drift(drift, seed, lifetime)), is_tmdb=True),
        )
        self._limit = None if rate is None else RateLimit(rate)
        self._latency = latency
        self._faults = faults or FaultPlan()
        self._clock = clock
        self._wall_clock = own_time.now if own_time else wall_clock
        self._closed_until = float("-inf")

    def answer(self, request: Request) -> Answer:
        """Answer a request, and note it in the log."""
        asked = self._accept(request)
        return self._reply(asked, asked.plain())

    @contextmanager
    def answering(self, request: Request) -> Iterator[Answer]:
        """Answer a request that counts as being answered until the context ends."""
        with self._counted(request):
            yield self.answer(request)

    def is_closed(self) -> bool:
        """Tell whether nobody can connect at this moment, because of a fault."""
        return self._clock() < self._closed_until

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            return await live(receive, send)
        request = read(scope)
        with self._counted(request):
            is_slow = self._place(request).is_slow(request)
            answer = await self._answer_aside(request) if is_slow else self.answer(request)
            return await reply(answer, scope, receive, send)

    async def _answer_aside(self, request: Request) -> Answer:
        """Answer a request, and let others be answered while the site looks for it."""
        asked = self._accept(request)
        return self._reply(asked, await asyncio.to_thread(asked.plain))

    def _counted(self, request: Request) -> AbstractContextManager[None]:
        return nullcontext() if self._place(request).is_own else self.log.being_answered()

    def _place(self, request: Request) -> Place:
        return next(place for place in self.places if request.path.startswith(place.prefix))

    def _accept(self, request: Request) -> _Asked:
        place, at = self._place(request), self._wall_clock()
        if place.is_own:
            return _Asked(place, request, 0, at, None, {}, None)
        now = self._clock()
        number = self.log.record(now, *subject(request))
        fault = self._faults.fault(number, request.path)
        admitted = not place.is_tmdb or self._limit is None or self._limit.admits(now)
        refusal = None if admitted or fault else error(25)
        if self._cdn is None or not place.is_tmdb:
            return _Asked(place, request, number, at, fault, {}, refusal)
        copy = self._cdn.copy(request, at)
        return _Asked(place, request, number, copy.made, fault, copy.headers(at), refusal)

    def _reply(self, asked: _Asked, plain: Answer) -> Answer:
        request, fault, now = asked.request, asked.fault, self._wall_clock()
        if asked.place.is_own:
            return encoded(plain, request, now)
        answer = replace(plain, delay=self._latency) if self._latency else plain
        if fault:
            answer = fault.spoil(answer, now, is_omdb=asked.place.is_omdb)
        answer = encoded(answer, request, now, asked.cached if may_be_cached(answer) else None)
        if fault:
            answer = fault.damage(answer)
        if answer.ending is Ending.REFUSED:
            self._closed_until = self._clock() + answer.pause
        has_status = answer.ending not in (Ending.NOTHING, Ending.RESET, Ending.REFUSED)
        self.log.settle(asked.number, answer.status if has_status else 0, fault.name if fault else "")
        return answer
