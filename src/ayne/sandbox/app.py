"""The sandbox: TMDB's answers to TMDB's questions, about films that stay the same.

`SandboxApp.answer` turns a request into an answer and awaits nothing. The rest of the file is ASGI: waiting where an
answer says so, and ending a connection the way it says.

Beside TMDB's paths and the files of the daily exports there are some of the sandbox's own, which need no key and never
fail: those of `truth`, and

    GET  /sandbox/requests   what was asked for; ?log=1 adds every single request
    POST /sandbox/reset      empties that log, and numbers requests (for `kind@n` faults) from 1 again
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import urlencode

from .answers import Answer, Ending, Request, encoded, error, ok
from .catalogue import Catalogue
from .clock import SandboxClock
from .exports import PREFIX as EXPORTS
from .exports import Exports
from .faults import Fault, FaultPlan
from .pages import Totals
from .rate import RateLimit
from .request_log import RequestLog
from .tmdb import Tmdb
from .truth import PATHS as TRUTHS
from .truth import Truth
from .world import World

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

#: Where the server leaves the connection of a request, among the extensions of its ASGI scope.
CONNECTION = "ayne.sandbox.connection"

_OWN_PATHS = "/sandbox/"


class Connection(Protocol):
    """What the server must be able to do for a fault: HTTP itself has no word for it."""

    def close(self) -> None:
        """Close the connection once everything that was sent is on its way."""
        ...

    def reset(self) -> None:
        """Reset the connection at once."""
        ...


class SandboxApp:
    """A TMDB-compatible service, as an ASGI application and as a function.

    Args:
        catalogue: The films that exist: a world, or a catalogue that stays as it is.
        totals: Whether totals above 500 pages are reported as they are ("true") or as 500 and 10,000 ("clamped").
        rate: How many requests are let through in any second; the others are answered 429. None: all.
        latency: Seconds that every answer takes.
        faults: Which requests fail, and how.
        short_pages: The share of pages that hold 19 films instead of 20.
        api_keys: The keys and tokens that are accepted. None: everything that looks like one.
        clock: Seconds that never go back, for the rate and the log.
        wall_clock: Seconds since 1970: the moment at which the world is asked, and the `Date` header.
        own_time: The clock that `/sandbox/clock` may put forward, and that takes the place of `wall_clock`.
    """

    def __init__(
        self,
        catalogue: Catalogue | World,
        *,
        totals: Totals = "true",
        rate: float | None = None,
        latency: float = 0.0,
        faults: FaultPlan | None = None,
        short_pages: float = 0.0,
        api_keys: frozenset[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        own_time: SandboxClock | None = None,
    ) -> None:
        if not 0 <= short_pages <= 1:
            raise ValueError(f"short_pages is a share from 0 to 1, not {short_pages}")
        self.world = catalogue if isinstance(catalogue, World) else World(catalogue)
        self.log = RequestLog()
        self._tmdb = Tmdb(self.world, totals, short_pages, api_keys)
        self._exports = Exports(self.world)
        self._truth = Truth(self.world, own_time)
        self._limit = None if rate is None else RateLimit(rate)
        self._latency = latency
        self._faults = faults or FaultPlan()
        self._clock = clock
        self._wall_clock = wall_clock if own_time is None else own_time.now

    def answer(self, request: Request) -> Answer:
        """Answer a request, and note it in the log."""
        if request.path.startswith(_OWN_PATHS):
            return encoded(self._answer_own(request), request, self._wall_clock())
        now = self._clock()
        number = self.log.record(now, *_subject(request))
        fault = self._faults.fault(number, request.path)
        admitted = self._limit is None or self._limit.admits(now)
        site = self._exports if request.path.startswith(EXPORTS) else self._tmdb
        plain = site.answer(request, self._wall_clock()) if admitted or fault else error(25)
        answer = self._on_the_wire(plain, request, fault)
        reaches = answer.ending in (Ending.WHOLE, Ending.CUT)
        self.log.settle(number, answer.status if reaches else 0, fault.kind if fault else "")
        return answer

    @contextmanager
    def answering(self, request: Request) -> Iterator[Answer]:
        """Answer a request that counts as being answered until the context ends."""
        with nullcontext() if request.path.startswith(_OWN_PATHS) else self.log.being_answered():
            yield self.answer(request)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        with self.answering(_request(scope)) as answer:
            if answer.ending is Ending.WHOLE:
                if answer.delay:
                    await _until_gone(receive, answer.delay)
                return await _send(answer, send, is_whole=True)
            return await _fail(answer, scope["extensions"][CONNECTION]["connection"], receive, send)

    def _on_the_wire(self, plain: Answer, request: Request, fault: Fault | None) -> Answer:
        now = self._wall_clock()
        answer = replace(plain, delay=self._latency)
        if fault is None:
            return encoded(answer, request, now)
        return fault.damage(encoded(fault.spoil(answer, now), request, now))

    def _answer_own(self, request: Request) -> Answer:
        if request.path.startswith(TRUTHS):
            return self._truth.answer(request, self._wall_clock())
        match request.method, request.path.removeprefix(_OWN_PATHS):
            case "GET", "requests":
                asked = {"log": self.log.entries()} if request.parameters().get("log") == "1" else {}
                return ok(self.log.report() | asked)
            case "POST", "reset":
                self.log.clear()
                return ok({"success": True})
            case _, ("requests" | "reset"):
                return error(42)
            case _:
                return error(34)


def _subject(request: Request) -> tuple[str, str, int]:
    """Return what a request is about: its kind, what tells it from others of that kind, its number (film id or page).

    A key is no part of it: it must not end up in a log.
    """
    parameters = request.parameters()
    page = parameters.pop("page", "1")
    parameters.pop("api_key", None)
    filters = urlencode(sorted(parameters.items()))
    match request.path.split("/"):
        case ["", "3", "discover", "movie"]:
            return "discover", filters, _number(page)
        case ["", "3", "movie", film_id]:
            number = _number(film_id)
            return "details", filters if number else f"{film_id}?{filters}", number
        case ["", "3", "movie", film_id, *part]:
            return "part", f"{'/'.join(part)}?{filters}", _number(film_id)
        case _:
            return "other", f"{request.path}?{filters}", 0


def _number(text: str) -> int:
    """Return the number, or 0 for what is none (an IMDb id, a page called "x")."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _request(scope: Scope) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers)


async def _live(receive: Receive, send: Send) -> None:
    """Agree to start and to stop: there is nothing to open or to close."""
    while True:
        stage = (await receive())["type"]
        await send({"type": f"{stage}.complete"})
        if stage == "lifespan.shutdown":
            return


async def _send(answer: Answer, send: Send, *, is_whole: bool) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": not is_whole})


async def _fail(answer: Answer, connection: Connection, receive: Receive, send: Send) -> None:
    await _until_gone(receive, answer.delay)
    if answer.ending is Ending.CUT:
        await _send(answer, send, is_whole=False)
        await _until_gone(receive, answer.pause)
    if answer.ending is Ending.RESET:
        connection.reset()
    else:
        connection.close()
    # The server holds an application that returns without a whole answer for broken, unless the client is gone.
    await _until_gone(receive, None)


async def _until_gone(receive: Receive, seconds: float | None) -> None:
    """Wait so long, or until the client has left: nobody is served by the rest of a silence."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
