"""Send answers, for servers that speak ASGI: late, in pieces, cut off or against the rules of HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from .answers import Answer, Ending, Request

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

#: Where the server leaves the connection of a request, among the extensions of its ASGI scope.
CONNECTION = "ayne.sandbox.connection"


class Connection(Protocol):
    """What the server must be able to do for a fault: HTTP itself has no word for it."""

    def write(self, data: bytes) -> None:
        """Send bytes as they are, whatever HTTP says of them."""
        ...

    def write_before_next(self, data: bytes) -> None:
        """Send bytes as they are as soon as the next request has come."""
        ...

    def close(self) -> None:
        """Close the connection once everything that was sent is on its way."""
        ...

    def reset(self) -> None:
        """Reset the connection at once."""
        ...

    def refuse(self, seconds: float) -> None:
        """Reset all connections, and let nobody connect for so long."""
        ...


def read(scope: Scope) -> Request:
    """Return the request of an ASGI scope."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers)


async def live(receive: Receive, send: Send) -> None:
    """Agree to start and to stop: there is nothing to open or to close."""
    while True:
        stage = (await receive())["type"]
        await send({"type": f"{stage}.complete"})
        if stage == "lifespan.shutdown":
            return


async def reply(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an answer in its own way."""
    if answer.delay:
        await _until_gone(receive, answer.delay)
    if answer.ending is Ending.WHOLE:
        return await _send_whole(answer, receive, send)
    connection: Connection = scope["extensions"][CONNECTION]["connection"]
    if answer.ending not in (Ending.TWICE, Ending.TWICE_LATE):
        return await _fail(answer, connection, receive, send)
    await _send_whole(answer, receive, send)
    again = _head(answer) + answer.body
    return connection.write(again) if answer.ending is Ending.TWICE else connection.write_before_next(again)


async def _send_whole(answer: Answer, receive: Receive, send: Send) -> None:
    await _start(answer, send)
    for piece in answer.pieces()[:-1]:
        await _body(piece, send, is_last=False)
        await _until_gone(receive, answer.pause_between_pieces)
    await _body(answer.pieces()[-1], send, is_last=True)


async def _start(answer: Answer, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def _body(body: bytes, send: Send, *, is_last: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": not is_last})


async def _fail(answer: Answer, connection: Connection, receive: Receive, send: Send) -> None:
    match answer.ending:
        case Ending.RESET:
            connection.reset()
        case Ending.REFUSED:
            connection.refuse(answer.pause)
        case Ending.CUT:
            await _start(answer, send)
            await _body(answer.body, send, is_last=False)
            await _until_gone(receive, answer.pause)
            connection.close()
        case Ending.OVERLONG:
            connection.write(_head(answer) + answer.body)
            connection.close()
        case Ending.LF_HEAD:
            connection.write(_head(answer, end="\n") + answer.body)
            connection.close()
        case Ending.LENGTH_TWICE:
            connection.write(_head(answer) + answer.body)
            connection.close()
        case Ending.PADDED_CHUNKS:
            connection.write(_head(answer) + b"%x   \r\n%b\r\n0  \r\n\r\n" % (len(answer.body), answer.body))
            connection.close()
        case Ending.BROKEN_CHUNK:
            connection.write(_head(answer) + b"%x\r\n%b\r\nzz\r\n" % (len(answer.body), answer.body))
            connection.close()
        case _:
            connection.close()
    # The server holds an application that returns without a whole answer for broken, unless the client is gone.
    await _until_gone(receive, None)


def _head(answer: Answer, end: str = "\r\n") -> bytes:
    lines = [f"HTTP/1.1 {answer.status} -", *(f"{name.lower()}: {value}" for name, value in answer.headers.items())]
    if answer.ending is Ending.LENGTH_TWICE:
        lines.append(f"content-length: {answer.headers['Content-Length']}")
    return end.join([*lines, "", ""]).encode("latin-1")


async def _until_gone(receive: Receive, seconds: float | None) -> None:
    """Wait so long, or until the client has left: nobody is served by the rest of a silence."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
