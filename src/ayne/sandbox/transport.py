"""The sandbox in the same process: an httpx transport without a socket.

It gives the answers that the server gives, and raises what httpx raises when a connection breaks in that way. All
waiting is done by `asyncio.sleep`, so tests that run on an event loop with a clock of their own need no real time for
a stalled connection.
"""

import asyncio
from collections.abc import AsyncIterator

import httpx

from .answers import Answer, Ending, Request
from .app import SandboxApp


class SandboxTransport(httpx.AsyncBaseTransport):
    """Answers the requests of an `httpx.AsyncClient` from a sandbox in this process."""

    def __init__(self, app: SandboxApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or fail as the network would."""
        await request.aread()
        patience: float | None = request.extensions.get("timeout", {}).get("read")
        if self._app.is_closed():
            raise httpx.ConnectError("All connection attempts failed", request=request)
        with self._app.answering(_request(request)) as answer:
            await _wait(answer.delay, patience, request)
            if answer.ending in (Ending.RESET, Ending.REFUSED):
                raise httpx.ReadError("Connection reset by peer", request=request)
            if answer.ending is Ending.NOTHING:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
            stream = _Body(answer, patience, request)
            return httpx.Response(answer.status, headers=dict(answer.headers), stream=stream, request=request)


class _Body(httpx.AsyncByteStream):
    """The body of an answer, which may end too early."""

    def __init__(self, answer: Answer, patience: float | None, request: httpx.Request) -> None:
        self._answer = answer
        self._patience = patience
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        answer = self._answer
        if answer.ending is Ending.OVERLONG:
            # A client reads as far as it was told to.
            yield answer.body[: int(answer.headers["Content-Length"])]
            return
        *first, last = answer.pieces()
        for piece in first:
            yield piece
            await _wait(answer.pause_between_pieces, self._patience, self._request)
        yield last
        if answer.ending is Ending.CUT:
            await _wait(answer.pause, self._patience, self._request)
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body", request=self._request
            )
        if answer.ending is Ending.BROKEN_CHUNK:
            raise httpx.RemoteProtocolError("illegal chunk header: bytearray(b'zz')", request=self._request)


def _request(request: httpx.Request) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(request.method, request.url.path, request.url.query.decode("ascii"), headers)


async def _wait(seconds: float, patience: float | None, request: httpx.Request) -> None:
    """Wait for the server, as long as the client's read timeout allows."""
    if patience is not None and patience < seconds:
        await asyncio.sleep(patience)
        raise httpx.ReadTimeout("The sandbox kept silent for longer than the read timeout", request=request)
    if seconds:
        await asyncio.sleep(seconds)
