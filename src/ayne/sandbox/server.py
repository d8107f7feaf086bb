"""The sandbox on a socket of this machine.

uvicorn serves it; the one thing ASGI has no word for is breaking a connection on purpose, so the protocol hands the
connection to the application as an extension of the scope.

The sandbox accepts any key and answers anybody, so it listens to this machine only.
"""

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

from .app import CONNECTION, SandboxApp

# Linger for zero seconds: closing such a socket resets the connection.
_NO_LINGER = struct.pack("ii", 1, 0)


def serve(
    app: SandboxApp,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    on_ready: Callable[[str], None] | None = None,
    until: threading.Event | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or the event.

    Args:
        app: The application.
        host: An address of this machine, such as 127.0.0.1 or localhost.
        port: The port; 0 picks a free one.
        on_ready: Called with the base URL, such as http://127.0.0.1:8080/3, once requests are answered.
        until: Set it to stop serving.

    Raises:
        ValueError: The host is not this machine.
        OSError: The port is taken.
    """
    with _listener(host, port) as listener:
        url = _base_url(listener)
        _Server(app, lambda: on_ready(url) if on_ready else None, until or threading.Event()).run([listener])


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that serves from a thread of this process."""

    url: str
    """The base URL, such as http://127.0.0.1:43210/3."""
    app: SandboxApp


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


class _Connection:
    """One client's connection, as far as a fault needs it."""

    def __init__(self, protocol: HttpToolsProtocol) -> None:
        self._protocol = protocol

    def close(self) -> None:
        self._protocol.transport.close()

    def reset(self) -> None:
        transport = self._protocol.transport
        with suppress(OSError):  # the client was faster
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()


class _Protocol(HttpToolsProtocol):
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"connection": _Connection(self)}}


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and stops when it is told to."""

    def __init__(self, app: SandboxApp, on_ready: Callable[[], None], until: threading.Event) -> None:
        super().__init__(
            uvicorn.Config(
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
        self._on_ready = on_ready
        self._until = until

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._until.is_set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A connection that was stalled on purpose would keep the server waiting; nothing here is worth that.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: object) -> None:
        # uvicorn raises the signal again when it is done, so that its caller dies of it; ours goes on and returns.
        self.should_exit = True


def _listener(host: str, port: int) -> socket.socket:
    address = "127.0.0.1" if host == "localhost" else host
    if not _is_loopback(address):
        raise ValueError(f"the sandbox listens to this machine only (127.0.0.1, ::1 or localhost), not to {host!r}")
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


def _is_loopback(address: str) -> bool:
    with suppress(ValueError):
        return ip_address(address).is_loopback
    return False


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/3"
