"""Connections to one server, as a transport for ``httpx.AsyncClient``.

httpx's own transport looks through its whole pool for each request, and beyond some twenty at once spends most of its
time there. This one knows a single server: a stack of idle connections, the one used last on top, and a parser
(``httptools``, which is llhttp) fed by asyncio. It sends GET requests over HTTP/1.1 and nothing else. It has no limit
and no timeouts of its own: the caller limits both, and cancels. If the environment names a proxy, httpx's transport is
used.

A connection is used again only after an answer that ended as announced; in any other case it is closed. An idle
connection is closed too when unexpected bytes arrive on it: they would be taken for the next answer, and all later
answers would be shifted. A request whose ``fresh`` extension is true always gets a new connection. A caller that finds
that an answer belongs to another request closes its connection, which is the ``network_stream`` among the extensions of
the response, as in httpx. Failures are raised as httpx's errors.
"""

from __future__ import annotations

import asyncio
import logging
import re
import select
import ssl
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from urllib.parse import urlencode
from urllib.request import getproxies, proxy_bypass

import aiohappyeyeballs
import httptools
import httpx

from ayne.errors import ConfigurationError
from ayne.net.certificates import check_certificates
from ayne.net.proxies import is_loopback, proxy_for
from ayne.net.resolver import Addresses, look_up

# An idle connection that is older is not trusted: something in between may have forgotten it.
KEEP_SECONDS = 60.0

# Bytes of a body that may wait to be read before the server is left to wait.
_MOST_WAITING = 256 * 1024

# Bytes of an answer that are no body: heads, chunk sizes, trailers. More than that is no answer but an attack.
_MOST_OVERHEAD = 1024 * 1024


# What llhttp refuses by default and httpx takes: servers and caches send it, and a client that has no others behind it
# cannot be deceived by it. After an answer of which two could tell different ends, the connection is closed.
_LENIENT = {
    "lenient_optional_cr_before_lf": True,  # lines may end in LF alone: RFC 9112, section 2.2
    "lenient_headers": True,  # folded lines, control characters in values: RFC 9112, section 5.2; RFC 9110, section 5.5
    "lenient_spaces_after_chunk_size": True,  # padding of old servers: RFC 9112, section 7.1.1 (BWS)
    "lenient_chunked_length": True,  # both lengths are told, the chunks count: RFC 9112, section 6.3
    "lenient_data_after_close": True,  # what comes after an answer that closes is dropped: RFC 9112, section 9.6
}

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_CONTENT_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*([0-9][0-9, \t]*?)[ \t]*\r?\n")

# Loggers of httpx's transport; what is said to one is not filtered by those above it.
_THEIR_LOGS = ("httpx", "httpcore.connection", "httpcore.proxy", "httpcore.socks", "httpcore.http11", "httpcore.http2")


class Key:
    """The API key, which is added to a request at the last step before it is sent.

    httpx logs the URL of each request and keeps it in its exceptions; a key that is put in here is in neither.
    """

    def __init__(self, query: Mapping[str, str], headers: Mapping[str, str]) -> None:
        self._query = urlencode(query).encode()
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        words = [word for text in (*query.values(), *headers.values()) for word in text.split()]
        # Keys of OMDb's are the shortest; what is shorter is a placeholder, or "Bearer".
        self._secrets = [word for word in words if len(word) >= 8]

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide the key in a log record: servers may return it, and libraries log what servers return."""
        text = record.getMessage()
        for secret in self._secrets:
            if secret in text:
                record.msg, record.args, text = text.replace(secret, "***"), (), text.replace(secret, "***")
        return True

    def added_to(self, request: httpx.Request) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """Return the target and the headers of a request, with the key that its ``target`` extension lacks."""
        target: bytes = request.extensions["target"]
        if self._query:
            target = b"%b%b%b" % (target, b"&" if b"?" in target else b"?", self._query)
        return target, request.headers.raw + self._headers


class Keyed(httpx.AsyncBaseTransport):
    """Sends through another transport, with the key and the target in the URL, as any transport understands it."""

    def __init__(self, inner: httpx.AsyncBaseTransport, key: Key) -> None:
        self._inner = inner
        self._key = key
        for name in _THEIR_LOGS:
            logging.getLogger(name).addFilter(key)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        target, headers = self._key.added_to(request)
        url = request.url.copy_with(raw_path=target)
        extensions = {name: value for name, value in request.extensions.items() if name != "target"}
        keyed = httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=extensions)
        return await self._inner.handle_async_request(keyed)

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._inner.aclose()
        for name in _THEIR_LOGS:
            logging.getLogger(name).removeFilter(self._key)


def wire_to(server: httpx.URL, key: Key) -> httpx.AsyncBaseTransport:
    """Return the transport to a server, through the proxy that the environment names, if any.

    This very machine is never asked through a proxy. ``NO_PROXY`` is read as the standard library reads it, with ports
    too, as in ``NO_PROXY=films.example:8080``.

    Raises:
        ConfigurationError: the environment names a proxy, or certificates, that cannot be used.
    """
    direct = is_loopback(server.host) or proxy_bypass(f"{server.host}:{_port(server)}")
    proxy = None if direct else proxy_for(server.scheme, getproxies())
    return Keyed(_Proxied(server, proxy), key) if proxy else Wire(server, key)


def _tls_context() -> ssl.SSLContext:
    """Return the TLS settings that httpx uses: trust certifi's certificates, or those of the environment.

    Raises:
        ConfigurationError: the certificates cannot be read.
    """
    check_certificates()
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        said = error.strerror or error
        raise ConfigurationError(f"The certificates to trust cannot be read: {said}. Is certifi whole?") from None


def _port(server: httpx.URL) -> int:
    return server.port or (443 if server.scheme == "https" else 80)


class _Proxied(httpx.AsyncBaseTransport):
    """httpx's own transport, through a proxy. Its pool has no bounds of its own: it drops idle connections past them.

    A pool cannot be told to use a fresh connection, so a request that wants one has a pool of its own.
    """

    def __init__(self, server: httpx.URL, proxy: str) -> None:
        needs_tls = server.scheme == "https" or proxy.casefold().startswith("https")
        # A context that trusts nobody, where none is needed.
        self._tls = _tls_context() if needs_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._proxy = httpx.Proxy(proxy, ssl_context=self._tls if proxy.casefold().startswith("https") else None)
        self._pool = self._new_pool()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.extensions.get("fresh"):
            return await self._pool.handle_async_request(request)
        alone = self._new_pool()
        try:
            response = await alone.handle_async_request(request)
        except BaseException:
            await alone.aclose()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - httpx has seen to it
        response.stream = _WithItsPool(response.stream, alone)
        return response

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _new_pool(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEEP_SECONDS)
        return httpx.AsyncHTTPTransport(verify=self._tls, proxy=self._proxy, limits=limits)


class _WithItsPool(httpx.AsyncByteStream):
    """A body that closes a pool of connections at its end."""

    def __init__(self, body: httpx.AsyncByteStream, pool: httpx.AsyncHTTPTransport) -> None:
        self._body = body
        self._pool = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._body)

    async def aclose(self) -> None:
        await self._body.aclose()
        await self._pool.aclose()


# More than most answers have; what is larger comes in several pieces.
_RECEIVED_AT_ONCE = 64 * 1024

_TELLING_LENGTH = {b"content-length", b"transfer-encoding"}
# To look at the length of a name costs less than to make it lower case.
_LONG = {len(name) for name in _TELLING_LENGTH}


class Wire(httpx.AsyncBaseTransport):
    """Connections to one server, whatever the URL of a request says.

    Args:
        server: whom to connect to.
        key: added to each request.

    Attributes:
        opened: connections made so far.

    Raises:
        ConfigurationError: the environment names certificates that cannot be used.
    """

    def __init__(self, server: httpx.URL, key: Key) -> None:
        self.opened = 0
        self._server = server
        self._key = key
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._tls = _tls_context() if server.scheme == "https" else None
        if self._tls:
            self._tls.set_alpn_protocols(["http/1.1"])
        self._lookup: asyncio.Future[Addresses] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for the head of its answer; the body is read from the response.

        Raises:
            httpx.TransportError: the server could not be reached, or did not answer in HTTP.
        """

        # Not a value: with the key in it it would stand in tracebacks that show what is known in each frame.
        def head() -> bytes:
            return _written(request, *self._key.added_to(request))

        kept = None if request.extensions.get("fresh") else self._idle_connection()
        connection = kept or await self._connect()
        try:
            status, headers, version = await connection.ask(head)
        except BaseException:
            connection.abort()
            raise
        extensions = {"http_version": version, "network_stream": connection}
        return httpx.Response(status, headers=headers, stream=_Body(connection, self._idle), extensions=extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        self._idle.clear()
        for connection in list(self._open):
            connection.abort()
        while self._open:
            await asyncio.wait([connection.lost for connection in self._open])

    def _idle_connection(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable() and connection.is_silent():
                return connection
            connection.abort()
        return None

    async def _connect(self) -> _Connection:
        server = self._server
        self.opened += 1
        loop = asyncio.get_running_loop()
        try:
            addresses = await self._addresses()
            # asyncio's own way of trying several addresses loses sockets when it is cancelled.
            connected = await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=0.25)
            _, connection = await loop.create_connection(
                lambda: _Connection(self._open),
                sock=connected,
                ssl=self._tls,
                server_hostname=server.host if self._tls else None,
            )
        except OSError as error:  # also of TLS
            raise httpx.ConnectError(str(error) or type(error).__name__) from None
        return connection

    async def _addresses(self) -> Addresses:
        """Return the server's addresses. Connections that start during a look-up wait for the same answer."""
        if self._lookup is None or self._lookup.done():
            self._lookup = look_up(self._server.host, _port(self._server))
        # Who is cancelled takes nothing from the others.
        return await asyncio.shield(self._lookup)


def _written(request: httpx.Request, target: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return a request as bytes.

    Raises:
        httpx.LocalProtocolError: it would be something else than one request without a body.
    """
    lines = [b"GET %b HTTP/1.1" % target, *[b"%b: %b" % header for header in headers], b"\r\n"]
    head = b"\r\n".join(lines)
    if request.method != "GET" or head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines) or b" " in target:
        raise httpx.LocalProtocolError("only GET requests are sent, and no line breaks within them")
    return head


def _with_one_length(head: bytes) -> bytes | None:
    r"""Return a head with ``Content-Length`` once; None if it has different lengths, or is wrong otherwise.

    Source: RFC 9110, section 8.6. A list of equal lengths, or equal fields, count as one.

    >>> _with_one_length(b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\n")
    b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
    """
    told = [length.strip() for field in _CONTENT_LENGTH.findall(head) for length in field.split(b",")]
    if len(told) < 2 or len(set(told)) > 1 or not told[0].isdigit():
        return None
    line, rest = _CONTENT_LENGTH.sub(b"", head).split(b"\n", 1)
    return b"%b\nContent-Length: %b\r\n%b" % (line, told[0], rest)


class _Connection(asyncio.BufferedProtocol):
    """One connection: a request, its answer, the next request.

    It receives into a buffer of its own. asyncio would make one of 256 KiB for each piece that comes, and the operating
    system might have to be asked for the memory each time.
    """

    def __init__(self, among: set[_Connection]) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._among = among
        self._transport: asyncio.Transport
        self._poll: select.poll | None = None
        self._buffer = memoryview(bytearray(_RECEIVED_AT_ONCE))
        self._parser = self._new_parser()
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._idle_since = loop.time()
        self._paused = False
        self._asked = False
        self._expect_answer()
        self._complete = True

    def _new_parser(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        parser.set_dangerous_leniencies(**_LENIENT)
        return parser

    def _expect_answer(self) -> None:
        self._begun: list[bytes] = []
        self._trouble: httptools.HttpParserError | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._head: tuple[int, list[tuple[bytes, bytes]], bytes] | None = None
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._overhead = 0
        self._length_is_known = False
        self._is_ambiguous = False
        self._complete = False
        self._may_go_on = False

    # --- what the transport and the body ask for ----------------------------------------------------------------------

    async def ask(self, head: Callable[[], bytes]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Send a request, and wait for status, headers and version of the answer."""
        self._expect_answer()
        self._asked = True
        self._transport.write(head())
        while self._head is None:
            await self._news()
        return self._head

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it arrives."""
        while True:
            if self._pieces:
                pieces, self._pieces, self._waiting = self._pieces, [], 0
                for piece in pieces:
                    yield piece
            elif self._complete:
                return
            else:
                if self._paused:
                    self._paused = False
                    self._transport.resume_reading()
                await self._news()

    def finish(self) -> bool:
        """End with this answer; whether the connection can be used for the next request."""
        usable = self._complete and self._may_go_on and not self._pieces
        self._idle_since = self._loop.time()
        self._asked = False
        return usable and self.is_usable()

    def is_usable(self) -> bool:
        """Whether the server can still be asked over this connection, as far as known."""
        return self._error is None and self._loop.time() - self._idle_since < KEEP_SECONDS

    def is_silent(self) -> bool:
        """Whether nothing has arrived that the event loop has not delivered yet: neither bytes nor the end."""
        # What select.select takes is limited to the first 1,024 files of a process; Windows has no poll.
        if self._poll:
            return not self._poll.poll(0)
        return not select.select([self._transport.get_extra_info("socket")], [], [], 0)[0]

    async def aclose(self) -> None:
        """Close it, so that it is not used again."""
        self.abort()

    def abort(self) -> None:
        """Close it at once."""
        if self._error is None:
            self._error = httpx.ReadError("the connection was closed")
        self._transport.abort()

    async def _news(self) -> None:
        if self._error:
            raise self._error
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _tell(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: Exception) -> None:
        if self._error is None:
            self._error = error
        self._transport.abort()
        self._tell()

    # --- what asyncio tells -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that the connection is open."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is TCP
        self._transport = transport
        self._among.add(self)
        if sys.platform != "win32":
            self._poll = select.poll()
            self._poll.register(transport.get_extra_info("socket"), select.POLLIN)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where to put what comes."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what came out of the buffer."""
        self._received(bytes(self._buffer[:nbytes]))

    def _received(self, data: bytes) -> None:
        """Something came; of an answer, or unasked (RFC 9112, section 9.2: such a connection is closed)."""
        if not self._asked or self._complete:
            self._fail(httpx.RemoteProtocolError("the server sent what nobody had asked for"))
            return
        self._overhead += len(data)
        if self._head is None:
            self._begun.append(data)
        try:
            self._feed(data)
        except httptools.HttpParserUpgrade:
            # RFC 9110, section 7.8: a server switches to what it was asked for, and nothing was.
            self._fail(httpx.RemoteProtocolError("the server wants to speak something else than HTTP"))
            return
        except httptools.HttpParserError as error:
            self._fail(httpx.RemoteProtocolError(str(error) or type(error).__name__))
            return
        if self._overhead > _MOST_OVERHEAD:
            self._fail(httpx.RemoteProtocolError(f"an answer with more than {_MOST_OVERHEAD} bytes beside its body"))
            return
        if self._waiting > _MOST_WAITING and not self._paused and not self._complete:
            self._paused = True
            self._transport.pause_reading()
        if self._head:
            self._tell()

    def _feed(self, data: bytes) -> None:
        """Parse what came; a head that tells the same length twice is parsed again, with the length told once."""
        if self._trouble is None:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                raise
            except httptools.HttpParserError as error:
                if self._head:
                    raise
                self._trouble = error
            else:
                return
        begun = b"".join(self._begun)
        end = _END_OF_HEAD.search(begun)
        if end is None and _CONTENT_LENGTH.search(begun):
            return
        head = _with_one_length(begun[: end.end()]) if end else None
        if end is None or head is None:
            raise self._trouble
        self._parser = self._new_parser()
        self._headers = []
        self._parser.feed_data(head + begun[end.end() :])
        self._trouble = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed."""
        self._among.discard(self)
        if self._asked and not self._complete and self._error is None:
            if self._head and not self._length_is_known and exc is None:
                # RFC 9112, section 6.3: an answer that says nothing of its length ends with the connection.
                self._complete = True
            else:
                self._error = self._cut_off(exc)
        self._error = self._error or httpx.ReadError("the server closed the connection")
        self._tell()
        if not self.lost.done():
            self.lost.set_result(None)

    def _cut_off(self, exc: Exception | None) -> httpx.TransportError:
        if exc:
            return httpx.ReadError(str(exc) or type(exc).__name__)
        if self._head:
            return httpx.RemoteProtocolError("the server closed the connection within a body")
        return httpx.RemoteProtocolError("the server closed the connection without an answer")

    # --- what the parser tells ----------------------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header; ignore a trailer after the body (RFC 9112, section 7.1.2)."""
        if self._head is None:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Note that the head is complete."""
        if self._complete:
            return
        status = self._parser.get_status_code()
        if status < 200:
            # RFC 9110, section 15.2: interim answers come before the one that was asked for.
            self._headers = []
            return
        version = f"HTTP/{self._parser.get_http_version()}".encode()
        self._head = status, self._headers, version
        # RFC 9112, section 6.3: these have no body, whatever their head says; else one of two fields tells its length.
        lengths = {name.lower() for name, _ in self._headers if len(name) in _LONG} & _TELLING_LENGTH
        self._length_is_known = status in (204, 304) or bool(lengths)
        self._is_ambiguous = len(lengths) > 1

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._overhead -= len(piece)
        if not self._complete:
            self._pieces.append(piece)
            self._waiting += len(piece)

    def on_message_begin(self) -> None:
        """Begin an answer; after the expected one there must be no other (RFC 9112, section 9.2)."""
        if self._complete:
            self._may_go_on = False

    def on_message_complete(self) -> None:
        """Note that the answer ended as announced."""
        if self._head and not self._complete:
            self._complete = True
            # RFC 9112, sections 9.3 and 6.3.
            self._may_go_on = self._parser.should_keep_alive() and not self._is_ambiguous


class _Body(httpx.AsyncByteStream):
    """The body of an answer; at its end the connection is free again."""

    def __init__(self, connection: _Connection, idle: list[_Connection]) -> None:
        self._connection = connection
        self._idle = idle
        self._is_open = True

    def __aiter__(self) -> AsyncGenerator[bytes, None]:
        return self._connection.pieces()

    async def aclose(self) -> None:
        if self._is_open:
            self._is_open = False
            if self._connection.finish():
                self._idle.append(self._connection)
            else:
                self._connection.abort()
