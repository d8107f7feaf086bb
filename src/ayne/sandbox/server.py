"""The sandbox on a socket of this machine.

uvicorn serves it; the one thing ASGI has no word for is breaking a connection on purpose, so the protocol hands the
connection to the application as an extension of the scope.

The sandbox accepts any key, so it listens to this machine only, and `door` keeps web pages out.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .app import SandboxApp
from .door import refusal
from .wire import CONNECTION, Receive, Scope, Send, read, reply

# Linger for zero seconds: closing such a socket resets the connection.
_NO_LINGER = struct.pack("ii", 1, 0)


def serve(
    app: SandboxApp,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    on_ready: Callable[[str], None] | None = None,
    until: threading.Event | None = None,
    anybody: bool = False,
) -> None:
    """Serve until SIGINT, SIGTERM or the event.

    Args:
        app: The application.
        host: The address to listen to, such as 127.0.0.1 or localhost.
        port: The port; 0 picks a free one.
        on_ready: Called with the base URL, such as http://127.0.0.1:8080/3, once requests are answered.
        until: Set it to stop serving.
        anybody: Allow an address that other machines can reach, such as 0.0.0.0.

    Raises:
        ValueError: Other machines could reach the address, and that was not allowed.
        OSError: The port is taken.
    """
    if not (anybody or is_loopback(host)):
        raise ValueError(f"the sandbox listens to this machine only (127.0.0.1, ::1 or localhost), not to {host!r}")
    with _listener(host, port) as listener:
        url = _base_url(listener)
        guarded = _Guarded(app, host)
        _Server(guarded, lambda: on_ready(url) if on_ready else None, until or threading.Event()).run([listener])


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that serves from a thread of this process."""

    url: str
    """The base URL, such as http://127.0.0.1:43210/3."""
    app: SandboxApp

    @property
    def omdb_url(self) -> str:
        """The base URL of OMDb."""
        return addresses(self.url)["AYNE_OMDB_URL"]

    @property
    def exports_url(self) -> str:
        """The folder of the daily id exports."""
        return addresses(self.url)["AYNE_EXPORTS_URL"]

    @property
    def imdb_url(self) -> str:
        """The folder of IMDb's file of ratings."""
        return addresses(self.url)["AYNE_IMDB_URL"]


@contextmanager
def running(app: SandboxApp, port: int = 0) -> Iterator[RunningSandbox]:
    """Serve from a thread of this process for the time of the context."""
    stop = threading.Event()
    ready: Future[str] = Future()

    def work() -> None:
        try:
            serve(app, port=port, on_ready=ready.set_result, until=stop)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the thread that waits must hear of it
            ready.set_exception(error)

    thread = threading.Thread(target=work, name="sandbox")
    thread.start()
    try:
        yield RunningSandbox(ready.result(), app)
    finally:
        stop.set()
        thread.join()


class _Guarded:
    """The application behind a door: whoever is not let in is no request in its log."""

    def __init__(self, app: SandboxApp, bound_to: str) -> None:
        self._app = app
        self._bound_to = bound_to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = read(scope)
        refused = refusal(request.method, request.headers, self._bound_to)
        await (reply(refused, scope, receive, send) if refused else self._app(scope, receive, send))


class _Connection:
    """One client's connection, as far as a fault needs it."""

    def __init__(
        self, transport: asyncio.Transport, close_port: Callable[[float], None], owed: Callable[[bytes], None]
    ) -> None:
        self._transport = transport
        self._close_port = close_port
        self._owed = owed

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def write_before_next(self, data: bytes) -> None:
        self._owed(data)

    def close(self) -> None:
        self._transport.close()

    def reset(self) -> None:
        _reset(self._transport)

    def refuse(self, seconds: float) -> None:
        self._close_port(seconds)


def _reset(transport: asyncio.Transport) -> None:
    with suppress(OSError):  # the client was faster
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


class _Config(uvicorn.Config):
    """uvicorn's settings, and what a connection may ask of its server."""

    close_port: Callable[[float], None]


class _Protocol(HttpToolsProtocol):
    _owed = b""

    def _owe(self, data: bytes) -> None:
        self._owed = data

    def _close_port(self, seconds: float) -> None:
        if isinstance(self.config, _Config):
            self.config.close_port(seconds)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._owed:
            self.transport.write(self._owed)
            self._owed = b""
        connection = _Connection(self.transport, self._close_port, self._owe)
        self.scope["extensions"] = {CONNECTION: {"connection": connection}}


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and stops when it is told to."""

    def __init__(self, app: _Guarded, on_ready: Callable[[], None], until: threading.Event) -> None:
        super().__init__(
            _Config(
                app,
                http=_Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                date_header=False,
                server_header=False,
                timeout_keep_alive=60,
                backlog=1024,
            )
        )
        self.config.close_port = self._close_port  # type: ignore[attr-defined]
        self._on_ready = on_ready
        self._until = until
        self._opening: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    def _close_port(self, seconds: float) -> None:
        """Act as a server that went down: end all connections, and let nobody in for a while."""
        addresses = [listener.getsockname()[:2] for server in self.servers for listener in server.sockets]
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            _reset(connection.transport)
        for host, port in addresses:
            self._opening = asyncio.get_running_loop().create_task(self._open_port(host, port, seconds))

    async def _open_port(self, host: str, port: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await super().startup([_listener(host, port)])

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._until.is_set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A connection that was stalled on purpose would keep the server waiting; nothing here is worth that.
        if self._opening:
            self._opening.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: object) -> None:
        # uvicorn raises the signal again when it is done, so that its caller dies of it; ours goes on and returns.
        self.should_exit = True


def _listener(host: str, port: int) -> socket.socket:
    address = "127.0.0.1" if host == "localhost" else host
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # Without naming TCP, asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
    except BaseException:
        listener.close()
        raise
    return listener


def is_loopback(address: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if address == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(address).is_loopback
    return False


def addresses(url: str) -> dict[str, str]:
    """Return the settings that point a program at a sandbox, by its base URL.

    >>> addresses("http://127.0.0.1:8080/3")["AYNE_OMDB_URL"]
    'http://127.0.0.1:8080/omdb/'
    """
    root = url.removesuffix("/3")
    return {
        "AYNE_TMDB_URL": url,
        "AYNE_OMDB_URL": f"{root}/omdb/",
        "AYNE_EXPORTS_URL": f"{root}/p/exports/",
        "AYNE_IMDB_URL": f"{root}/imdb/",
    }


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/3"
