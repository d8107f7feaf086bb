"""Send requests, politely: the one place that awaits the network.

A session sends GET requests to one server through one ``httpx.AsyncClient``: never more at once than it was told, never
faster than its allowance. It retries when that may help, and never logs the key. It does not know what an answer
*means*: the caller passes a function from :class:`Answer` to a value, which raises a :class:`~ayne.errors.SourceError`
when the answer has none.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar
from urllib.parse import quote, urlencode

import httpx

from ayne.clock import Clock
from ayne.errors import (
    BadPayload,
    CertificateRefused,
    ConfigurationError,
    ConnectionFailed,
    Mismatched,
    NoConnection,
    OutOfReach,
    RateLimited,
    SourceError,
    TimedOut,
    TransientError,
)
from ayne.net.allowance import Allowance
from ayne.net.bodies import ACCEPTED_ENCODING, Body
from ayne.net.rate_limit import Comeback
from ayne.net.retry import RetryPolicy, http_date, is_nobody_there, next_wait, parse_retry_after, wait_after
from ayne.net.wire import Key, Keyed, wire_to

log = logging.getLogger("ayne.net")

T = TypeVar("T")

# A download that got this much further than ever before is getting on, and may be interrupted again.
GOOD_PIECE = 1024 * 1024

# Error pages repeat the URL they could not serve. What is shorter than any key is a placeholder, as the sandbox
# takes it; to strike that out would garble data.
SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class Receiver(Protocol):
    """The receiver of a download: it knows what it has, says what to ask for, and checks what comes."""

    @property
    def received(self) -> int:
        """Bytes that need not come again."""
        ...

    def headers(self) -> Mapping[str, str]:
        """Return the headers of the next request, like ``Range``."""
        ...

    def begin(self, head: Answer) -> None:
        """Take note of an answer whose body follows, or raise a :class:`~ayne.errors.SourceError`."""
        ...

    def write(self, chunk: bytes) -> None:
        """Keep a piece of the body."""
        ...

    def end(self) -> None:
        """End the body; raise a :class:`~ayne.errors.SourceError` when it should not end here."""
        ...


@dataclass(slots=True)
class Traffic:
    """What a session has sent and waited for so far; read it at any time, also from another thread.

    Attributes:
        requests: attempts that were sent, retries included.
        bytes_received: bytes of bodies, as sent over the network.
        retries: further attempts by the reason of the one before, like ``rate_limited`` or ``timed_out``.
        paused_seconds: what all pauses add up to that the server asked for.
        paused_until: when the latest of these pauses ends or ended, None when there was none.
        slowed_until: when requests go at the full rate again after a 429, None when they always did.
        backing_off: requests that wait at this moment before they are sent again, by reason.
    """

    requests: int = 0
    bytes_received: int = 0
    retries: Counter[str] = field(default_factory=Counter)
    paused_seconds: float = 0.0
    paused_until: datetime | None = None
    slowed_until: datetime | None = None
    backing_off: Counter[str] = field(default_factory=Counter)


class Session:
    """Sends GET requests to one server, politely.

    Args:
        base_url: the server and the path every request starts with.
        allowance: how many requests may be sent.
        max_concurrent: the most requests in flight at once.
        retry: when to ask again.
        timeout: seconds for one attempt, from connecting to the last byte.
        clock: the clock to use.
        transport: an ``httpx`` transport to send through instead of the network.
        auth_query: query parameters that carry the key.
        auth_headers: headers that carry the key.
        shortest_secret: characters of the shortest key that is struck out of bodies.
        rate: requests a second that the allowance gives; after a 429 they come back slowly to it.

    Raises:
        ConfigurationError: the address, or what the environment says of proxies and certificates, cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        allowance: Allowance,
        max_concurrent: int,
        retry: RetryPolicy,
        timeout: float,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        user_agent: str = "ayne",
        auth_query: Mapping[str, str] | None = None,
        auth_headers: Mapping[str, str] | None = None,
        shortest_secret: int = SHORTEST_SECRET,
        rate: float = math.inf,
    ) -> None:
        self.traffic = Traffic()
        self._comeback = Comeback(rate)
        self._turn = asyncio.Lock()
        self._silence = retry.silence(timeout)
        # When the first request was sent after the last whole answer.
        self._asked_since: float | None = None
        self._was_answered = False
        self.allowance = allowance
        self._retry = retry
        self._timeout = timeout
        # A download that drips would never be silent and never be done.
        self._longest_piece = max(timeout, retry.deadline)
        self._clock = clock
        self._slots = asyncio.Semaphore(max_concurrent)
        said = [*(auth_query or {}).values(), *(auth_headers or {}).values()]
        self._secrets = [word.encode() for text in said for word in text.split() if len(word) >= shortest_secret]
        key = Key(auth_query or {}, auth_headers or {})
        try:
            self._server = httpx.URL(base_url.rstrip("/"))
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"The address of the server cannot be one: {error}.") from None
        self._path = self._server.raw_path.rstrip(b"/").decode()
        self._headers = httpx.Headers(
            [
                (b"Host", self._server.netloc),
                (b"Accept", b"application/json"),
                (b"Accept-Encoding", ACCEPTED_ENCODING.encode()),
                (b"User-Agent", user_agent.encode()),
            ]
        )
        # A timeout of httpx's would be a second one; ours is for all of an attempt.
        self._http = _Client(transport=Keyed(transport, key) if transport else wire_to(self._server, key), timeout=None)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(
        self,
        path: str,
        params: Mapping[str, str],
        read: Callable[[Answer], T],
        *,
        headers: Mapping[str, str] | None = None,
        fresh: bool = False,
    ) -> T:
        """Ask until ``read`` accepts the answer or asking again will not help.

        A connection over which a wrong answer came is closed: one stray answer would shift all later ones. So when
        ``read`` raises :class:`~ayne.errors.BadPayload` or :class:`~ayne.errors.Mismatched`, the next attempt goes
        over a connection of its own. ``Mismatched`` is raised only when that one brought another answer too.

        Args:
            path: below the server's address.
            params: of the query.
            read: makes a value of an answer.
            headers: sent beside the session's own.
            fresh: ask over a connection that nothing was asked over before, to confirm an earlier answer.

        Raises:
            OutOfReach: no whole answer has come to anybody for two minutes (or twice the timeout, if that is more);
                or the server was never there, twice.
            SourceError: what came of the last attempt.
        """

        def attempt(fresh: bool) -> Awaitable[T]:
            return self._attempt(self._request(path, params, headers, fresh=fresh), read)

        return await self._persist(path, params, attempt, fresh=fresh)

    async def download(self, path: str, receiver: Receiver) -> None:
        """Hand a body to ``receiver`` piece by piece, asking for the rest when it breaks off.

        The timeout is for silence, not for the whole body. An attempt that brought a good piece counts as the first.

        Raises:
            SourceError: what came of the last attempt.
        """
        await self._persist(path, {}, lambda _: self._receive(path, receiver), lambda: receiver.received)

    async def _persist(
        self,
        path: str,
        params: Mapping[str, str],
        attempt_it: Callable[[bool], Awaitable[T]],
        reached: Callable[[], int] = lambda: 0,
        *,
        fresh: bool = False,
    ) -> T:
        """Retry until an attempt succeeds or asking again will not help; the limits start again after each progress.

        ``attempt_it`` is told whether to use a fresh connection.
        """
        first_sent = math.inf
        doubted: Mismatched | None = None
        attempt, sent_at = 0, -math.inf
        furthest = reached()
        while True:
            attempt += 1
            try:
                async with self._slots:
                    await self._pace()
                    await self.allowance.take()
                    sent_at = self._clock.monotonic()
                    first_sent = min(first_sent, sent_at)
                    return await attempt_it(fresh)
            except SourceError as error:
                now = self._clock.monotonic()
                if reached() - furthest >= GOOD_PIECE:
                    furthest, attempt, first_sent = reached(), 1, now
                error.request = request = shown(path, params)
                error.attempts = attempt
                chance = random.random()  # noqa: S311 - jitter
                if isinstance(error, RateLimited):
                    # It concerns everybody, also when this request is given up.
                    pause = wait_after(self._retry, error, attempt, chance)
                    await self.allowance.pause(pause)
                    self.traffic.paused_seconds += pause
                    until = self._clock.now() + timedelta(seconds=pause)
                    self.traffic.paused_until = max(until, self.traffic.paused_until or until)
                    self._slow_down(sent_at, pause)
                fresh = fresh or isinstance(error, BadPayload | Mismatched)
                wait = next_wait(self._retry, error, attempt, now - first_sent, chance)
                if isinstance(error, Mismatched):
                    wait, doubted = _confirm(error, doubted), error
                if isinstance(error, ConnectionFailed | TimedOut) and self._is_silent(now):
                    raise _out_of_reach(error, f"no whole answer for {self._silence:g} s") from None
                if is_nobody_there(error, attempt, answered=self._was_answered):
                    raise _out_of_reach(error, "no connection") from None
                if wait is None:
                    raise
                self.traffic.retries[error.reason] += 1
                told = {"request": request, "attempt": attempt, "wait_seconds": wait, "reason": error.reason}
                log.info("retry %d of %s in %.1f s: %s", attempt, request, wait, error.message, extra=told)
                if not isinstance(error, RateLimited):
                    await self._back_off(error.reason, wait)

    def _is_silent(self, now: float) -> bool:
        """Return whether no whole answer has come for long, although there were requests all the time."""
        return self._asked_since is not None and now - self._asked_since >= self._silence

    async def _pace(self) -> None:
        """Wait for one's turn while the rate comes back after a 429; first come, first served."""
        if self._comeback.full_at <= self._clock.monotonic():
            return
        async with self._turn:
            while wait := self._comeback.take(self._clock.monotonic()):
                await self._clock.sleep(wait)

    def _slow_down(self, sent_at: float, pause: float) -> None:
        """Come back more slowly after a pause; 429s to requests that were under way together count once."""
        now = self._clock.monotonic()
        if not self._comeback.complain(sent_at, now + pause):
            return
        share, left = self._comeback.share(now + pause), self._comeback.full_at - now
        self.traffic.slowed_until = self._clock.now() + timedelta(seconds=left)
        rates = f"{self._comeback.rate * share:.3g} of {self._comeback.rate:g}"
        log.info("after the pause of %.0f s requests go at %s a second, and all again in %.0f s", pause, rates, left)

    async def _back_off(self, reason: str, seconds: float) -> None:
        self.traffic.backing_off[reason] += 1
        try:
            await self._clock.sleep(seconds)
        finally:
            self.traffic.backing_off[reason] -= 1

    def _count_request(self) -> None:
        self.traffic.requests += 1
        if self._asked_since is None:
            self._asked_since = self._clock.monotonic()

    async def _attempt(self, request: httpx.Request, read: Callable[[Answer], T]) -> T:
        self._count_request()
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(request, read)
        except (TimeoutError, httpx.TransportError) as error:
            failure = self._in_our_words(error, f"no whole answer within {self._timeout:g} s")
        # Not from within, where it would carry the other along, and that the requests it knows, with the key.
        raise failure

    async def _send(self, request: httpx.Request, read: Callable[[Answer], T]) -> T:
        """Send a request and read its answer, before its connection is free for another one."""
        response = await self._http.send(request, stream=True, auth=_NO_AUTH)
        try:
            answer = await self._answer_of(response)
            if log.isEnabledFor(logging.DEBUG):
                log.debug("%s: %d, %d bytes", request.extensions["target"].decode(), answer.status, len(answer.body))
            try:
                return read(answer)
            except TransientError as error:
                error.retry_after = _asked_to_wait(answer)
                raise
        except (BadPayload, Mismatched):
            await _drop(response)
            raise
        finally:
            await response.aclose()

    async def _answer_of(self, response: httpx.Response) -> Answer:
        """Receive an answer whole, without the key.

        A method of its own, so that no traceback of what is read in the answer shows its bytes as they came.
        """
        headers = self._plain(response.headers)
        body = Body(headers.get("content-encoding", ""), response.status_code)
        async for piece in _stream(response):
            body.add(piece)
        self.traffic.bytes_received += body.received
        self._asked_since, self._was_answered = None, True
        return Answer(response.status_code, headers, self._without_key(body.whole()), self._clock.now())

    async def _receive(self, path: str, receiver: Receiver) -> None:
        request = self._request(path, {}, receiver.headers())
        self._count_request()
        failure = None
        try:
            async with asyncio.timeout(self._timeout) as silence:
                await self._hand_over(request, receiver, silence)
        except (TimeoutError, httpx.TransportError) as error:
            slow = f"silence for {self._timeout:g} s, or not {GOOD_PIECE} bytes in {self._longest_piece:g} s"
            failure = self._in_our_words(error, slow)
        if failure:
            raise failure
        receiver.end()

    async def _hand_over(self, request: httpx.Request, receiver: Receiver, silence: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        response = await self._http.send(request, stream=True, auth=_NO_AUTH)
        try:
            head = Answer(response.status_code, self._plain(response.headers), b"", self._clock.now())
            try:
                receiver.begin(head)
            except TransientError as error:
                error.retry_after = _asked_to_wait(head)
                raise
            due, came = loop.time() + self._longest_piece, 0
            # As they are on the wire: offsets count those, and a compressed file stays one.
            async for chunk in _stream(response):
                came += len(chunk)
                if came >= GOOD_PIECE:
                    due, came = loop.time() + self._longest_piece, 0
                silence.reschedule(min(due, loop.time() + self._timeout))
                self.traffic.bytes_received += len(chunk)
                self._asked_since, self._was_answered = None, True
                receiver.write(chunk)
        finally:
            await response.aclose()

    def _request(
        self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None, *, fresh: bool = False
    ) -> httpx.Request:
        """Return a request whose URL is only the server's; its ``target`` says what it asks for, without the key."""
        if not path.startswith("/"):
            raise ValueError(f"a path begins with /, {path!r} does not")
        target = f"{self._path}{quote(path)}{_query(tuple(params.items()))}"
        extensions = {"target": target.encode(), "fresh": fresh}
        request = httpx.Request("GET", self._server, headers=self._headers, stream=_NO_BODY, extensions=extensions)
        if headers:
            request.headers.update(headers)
        return request

    def _without_key(self, said: bytes) -> bytes:
        for secret in self._secrets:
            said = said.replace(secret, b"***")
        return said

    def _plain(self, headers: httpx.Headers) -> dict[str, str]:
        """Return headers by their names in lower case, without the key; httpx's own take long to be looked into."""
        raw = headers.raw
        # All at once: there are thousands of answers a second, with a dozen headers each.
        names = b"\n".join([name for name, _ in raw]).lower().decode("latin-1").split("\n")
        values = self._without_key(b"\n".join([value for _, value in raw])).decode("latin-1").split("\n")
        if len(names) == len(values) == len(raw):
            return dict(zip(names, values, strict=True))
        # There is a line break in one of them.
        plain = ((name.lower(), self._without_key(value)) for name, value in raw)
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in plain}

    def _in_our_words(self, error: Exception, too_long: str) -> SourceError:
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            return TimedOut(too_long)
        # What the server sent instead of HTTP may stand in it.
        said = self._without_key(str(error).encode()).decode() or type(error).__name__
        if "CERTIFICATE_VERIFY_FAILED" in said:  # OpenSSL's own name for it, also through a proxy
            return CertificateRefused(f"the server's certificate is not trusted: {said}")
        failed = NoConnection if isinstance(error, httpx.ConnectError) else ConnectionFailed
        return failed(f"the connection failed: {said}")


class _NoCookies(httpx.Cookies):
    """An empty cookie jar. httpx's search for cookies costs as much as the rest of its work for an answer."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


class _Client(httpx.AsyncClient):
    """httpx's client, without cookies."""

    _none = _NoCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._none

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise AttributeError("this client has no cookies")


_NO_BODY = httpx.ByteStream(b"")

# The key is added further below; httpx need not look for one in the address.
_NO_AUTH = httpx.Auth()


def _stream(response: httpx.Response) -> httpx.AsyncByteStream:
    """Yield the body as sent over the network."""
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - httpx has seen to it
    return response.stream


async def _drop(response: httpx.Response) -> None:
    """Close the connection that an answer came over. A transport that has none, like one for tests, names none."""
    if connection := response.extensions.get("network_stream"):
        await connection.aclose()


def _out_of_reach(error: SourceError, why: str) -> OutOfReach:
    """Return the error that replaces the last failure when no answer ever came."""
    found = OutOfReach(f"{why}; the last: {error.message}", status=error.status)
    found.request, found.attempts = error.request, error.attempts
    return found


def _asked_to_wait(answer: Answer) -> float | None:
    """Return the seconds of ``Retry-After``. A date is by the server's clock, which its ``Date`` shows."""
    said = answer.headers.get("date", "")
    return parse_retry_after(answer.headers.get("retry-after"), http_date(said) or answer.received_at)


def _confirm(error: Mismatched, before: Mismatched | None) -> float | None:
    """Return the seconds until a wrong answer is asked for again: at once, but only once."""
    if before is None:
        return 0.0
    error.confirmed = error.answered is not None and error.answered == before.answered
    return None


# Most requests of a run differ in nothing but the path.
@lru_cache(maxsize=64)
def _query(params: tuple[tuple[str, str], ...]) -> str:
    return f"?{urlencode(params)}" if params else ""


def shown(path: str, params: Mapping[str, str]) -> str:
    """Return a request as it may be logged: path and query, which never hold the key.

    >>> shown("/movie/550", {"language": "en-US"})
    '/movie/550?language=en-US'
    """
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return f"{path}?{query}" if query else path
