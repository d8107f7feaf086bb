"""Where lives are played: films that live in a sandbox, a wire that keeps its own account, and time as a number."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx

from ayne.clock import Clock
from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.ratings import RatingsCollection
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from ayne.sandbox.faults import Fault, FaultPlan
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from tests.virtual_time import Inline

KEY = "0123456789abcdef0123456789abcdef"
OMDB_KEY = "0123abcd"
DAY = 86_400
START = datetime(2026, 6, 1, tzinfo=UTC)

# Kinds of faults after which the client has what it asked for.
HARMLESS = frozenset({"", "slow", "trickle", "clock-skew"})


@cache
def films(count: int, seed: int) -> Catalogue:
    """Films that several trials share; a catalogue never changes."""
    return Catalogue.generated(count, seed=seed, undated=0.05)


class Weather:
    """Faults that are others in each run: a plan whose requests are counted from when it was put up."""

    def __init__(self) -> None:
        self.put_up(FaultPlan(), 0)

    def put_up(self, plan: FaultPlan, sent: int) -> None:
        """From now on, after so many requests, requests fail by this plan."""
        self._plan = plan
        self._sent = sent

    def fault(self, n: int, path: str) -> Fault | None:
        """How a request fails, by the plan that is up."""
        return self._plan.fault(n - self._sent, path)


class Passing:
    """Faults that pass when one asks again, so that a run can come to its end: of four equal requests two at most fail.

    A client asks four times, and a film that is somebody else it has to ask twice.
    """

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._last: dict[str, deque[bool]] = defaultdict(lambda: deque(maxlen=3))
        self.what = ""

    def fault(self, n: int, path: str) -> Fault | None:
        """How the request that the wire last told of fails, by the plan."""
        failed = self._last[self.what]
        fault = self._plan.fault(n, path) if sum(failed) < 2 else None
        failed.append(fault is not None)
        return fault


@dataclass(slots=True)
class Sent:
    """A request as the wire saw it.

    Attributes:
        what: its path and query, without the key.
        at: seconds by the loop.
        status: what was answered; 0 when nothing was.
        told_to_wait: the seconds that a 429 asked for; 0 when it did not say.
        wait_until: the moment that it asked to wait for instead; 0 when it named none.
        came_at: when the answer, or the error, came.
        whole: its body was read to the end.
    """

    what: str
    at: float
    status: int = 0
    told_to_wait: float = 0.0
    wait_until: float = 0.0
    came_at: float = 0.0
    whole: bool = False


class Wire(httpx.AsyncBaseTransport):
    """The sandbox as a transport that writes down what passes; ``cross`` is called as a request leaves and arrives."""

    def __init__(
        self, app: SandboxApp, cross: Callable[[str], None] = lambda where: None, faults: Passing | None = None
    ) -> None:
        self._inner = SandboxTransport(app)
        self._cross = cross
        self._faults = faults
        self.sent: list[Sent] = []
        self.open = 0
        self.most_open = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass it on."""
        self._cross("before a request")
        time = asyncio.get_running_loop().time
        keyless = request.url.copy_remove_param("api_key").copy_remove_param("apikey")
        sent = Sent(keyless.raw_path.decode(), time())
        self.sent.append(sent)
        if self._faults:
            self._faults.what = sent.what
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException:
            self.open -= 1
            sent.came_at = time()
            raise
        sent.status, sent.came_at = response.status_code, time()
        if sent.status == 429:
            _note_pause(sent, response.headers)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Watched(response.stream, sent, self)
        self._cross("after an answer")
        return response


class _Watched(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, sent: Sent, wire: Wire) -> None:
        self._inner, self._sent, self._wire = inner, sent, wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield chunk
        self._sent.whole = True

    async def aclose(self) -> None:
        self._sent.came_at = asyncio.get_running_loop().time()
        self._wire.open -= 1


def _note_pause(sent: Sent, headers: Mapping[str, str]) -> None:
    text = headers.get("retry-after", "")
    if text.isdigit():
        sent.told_to_wait = float(text)
        return
    with suppress(KeyError, ValueError):
        told = parsedate_to_datetime(text) - parsedate_to_datetime(headers["date"])
        # A date knows whole seconds only, so the answer was made up to one second later than it says.
        sent.wait_until = sent.at + told.total_seconds() - 1


@dataclass(frozen=True, slots=True)
class Manners:
    """How a collector is set up."""

    requests_per_second: float = 40.0
    burst: float = 2.0
    max_concurrent: int = 5
    max_retries: int = 3
    backoff: float = 1.0
    timeout: float = 30.0

    @property
    def options(self) -> dict[str, Any]:
        """As a client's arguments."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass
class Scene:
    """A living sandbox and a store, and what a user does with the two.

    Attributes:
        world: the films.
        app: the sandbox.
        store: where films go.
        clock: the collector's.
        cross: called at each request and answer.
        append: parts to fetch with the details.
        span: the years to discover.
        policy: how old things may grow.
        add_changed: fetch films that only the change feed names too.
        faults: those of the sandbox that have to know what is asked for.
    """

    world: World
    app: SandboxApp
    store: DuckDBClient
    clock: Clock
    cross: Callable[[str], None] = lambda where: None
    manners: Manners = field(default_factory=Manners)
    append: Sequence[str] = ()
    keep_raw: bool = True
    quota: int = 1000
    add_changed: bool = False
    policy: RefreshPolicy = field(default_factory=RefreshPolicy)
    span: tuple[int, int] = (1990, 2030)
    executor: Executor | None = field(default_factory=Inline)
    faults: Passing | None = None
    running: Any = None

    def __post_init__(self) -> None:
        self.wire = Wire(self.app, self.cross, self.faults)

    @property
    def now(self) -> datetime:
        """What time it is in the world."""
        return self.clock.now()

    @asynccontextmanager
    async def collection(self, source: TMDBClient | None = None) -> AsyncIterator[DataCollectionOrchestrator]:
        """A collector with a client of its own, unless there is one."""
        async with AsyncExitStack() as stack:
            client = source or await stack.enter_async_context(self.client())
            self.running = DataCollectionOrchestrator(
                self.store, client, clock=self.clock, store_executor=self.executor, policy=self.policy
            )
            try:
                yield self.running
            finally:
                self.running = None

    def client(self) -> TMDBClient:
        """TMDB's client."""
        return TMDBClient(KEY, transport=self.wire, clock=self.clock, **self.manners.options)

    def omdb(self) -> OMDBClient:
        """OMDb's client."""
        return OMDBClient(
            OMDB_KEY, base_url="http://sandbox/omdb", transport=self.wire, clock=self.clock, **self.manners.options
        )

    async def collect(self, details_limit: int | None = None, refresh_limit: int = 100, source: Any = None) -> Any:
        """Discover, and fetch what is missing, then what is due."""
        async with self.collection(source) as collection:
            return await collection.run_full_collection(
                *self.span,
                refresh_limit,
                min_vote_count=0,
                details_limit=details_limit,
                append=self.append,
                keep_raw=self.keep_raw,
            )

    async def discover(self, source: Any = None) -> Any:
        """Discover only."""
        return await self.collect(0, 0, source)

    async def refresh(self, limit: int | None = None, source: Any = None) -> Any:
        """Follow the change feed, and fetch what is due."""
        async with self.collection(source) as collection:
            return await collection.run_refresh(
                limit, add_changed=self.add_changed, append=self.append, keep_raw=self.keep_raw
            )

    async def rate(self, limit: int | None = None, source: Any = None) -> Any:
        """Ask OMDb."""
        async with AsyncExitStack() as stack:
            omdb = source or await stack.enter_async_context(self.omdb())
            self.running = RatingsCollection(
                self.store, omdb, quota=self.quota, clock=self.clock, store_executor=self.executor
            )
            try:
                return await self.running.run(limit)
            finally:
                self.running = None

    async def sync(self, max_requests: int | None = None) -> Any:
        """All of it within a budget."""
        async with self.collection() as collection, self.omdb() as omdb:
            return await collection.run_sync(
                *self.span,
                max_requests=max_requests,
                min_vote_count=0,
                add_changed=self.add_changed,
                append=self.append,
                keep_raw=self.keep_raw,
                ratings=omdb,
                ratings_quota=self.quota,
            )


# --- what is true ---------------------------------------------------------------------------------------------------

# Columns that an answer fills, by the key that does; TMDB's 0 and "" are unknown there.
_TOLD = (
    *("title", "original_title", "original_language", "overview", "tagline", "status", "release_date", "runtime"),
    *("budget", "revenue", "imdb_id", "homepage"),
)
_MOVING = ("vote_count", "vote_average", "popularity")


def midnight(moment: datetime) -> datetime:
    """The beginning of a day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def not_as_it_is(scene: Scene, since: datetime, *, moving: bool) -> list[str]:
    """Stored films that are neither as they were at a moment nor as they became after it, in words.

    Args:
        scene: the world and its store.
        since: what happened until then is to be known.
        moving: votes and popularity change, of which no feed tells; they are not compared.
    """
    now = scene.now.timestamp()
    later: dict[int, list[float]] = {}
    for event in scene.world.events(since.timestamp(), now, now):
        later.setdefault(event.film, []).append(event.at)
    names = [*_TOLD, *(() if moving else _MOVING)]
    found = scene.store.query(
        f"SELECT tmdb_id, gone_at IS NULL AND merged_into IS NULL AS there, {', '.join(names)}, genres, keywords "
        "FROM movies LEFT JOIN (SELECT tmdb_id, list(keyword_id ORDER BY keyword_id) AS keywords FROM keywords "
        "GROUP BY tmdb_id) USING (tmdb_id) WHERE details_at IS NOT NULL OR gone_at IS NOT NULL"
    )
    wrong = []
    for row in found.as_dicts():
        film = row["tmdb_id"]
        truths = [_truth(scene, film, names, moment) for moment in (since.timestamp(), *later.get(film, ()))]
        held = {**row, "release_date": row["release_date"] and str(row["release_date"])} if row.pop("there") else None
        if held:
            held = {
                name: held[name] for name in (*names, "genres", *(["keywords"] if "keywords" in scene.append else []))
            }
        if held not in truths:
            wrong.append(f"film {film} is stored as {held}, and was {truths}")
    return wrong


def _truth(scene: Scene, film: int, names: Sequence[str], moment: float) -> dict[str, Any] | None:
    fate = scene.world.fate(film, moment)
    if fate is None or not fate.exists:
        return None
    with_keywords = "keywords" in scene.append
    body = scene.world.details(film, ["keywords"] if with_keywords else [], moment) or {}
    told = {name: body[name] if name in ("vote_count", "popularity") else body[name] or None for name in names}
    told["genres"] = [genre["name"] for genre in body["genres"]]
    if with_keywords:
        told["keywords"] = sorted(keyword["id"] for keyword in body["keywords"]["keywords"]) or None
    return told


def exists(scene: Scene, film: int) -> bool:
    """Whether a film is there at this moment, as itself."""
    fate = scene.world.fate(film, scene.now.timestamp())
    return fate is not None and fate.exists


def listed_now(scene: Scene) -> set[int]:
    """The films that a discovery can show at this moment."""
    first, last = scene.span
    query = Query.parse({"primary_release_date.gte": f"{first}-01-01", "primary_release_date.lte": f"{last}-12-31"})
    catalogue = scene.world.listed(scene.now.timestamp())
    return set(catalogue.ids(catalogue.discover(query)))
