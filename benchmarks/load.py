"""A client that does next to nothing, so that what is measured is the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit

_CONNECTIONS = 16
_WARM_UP, _SECONDS = 0.3, 1.5


@dataclass(frozen=True, slots=True)
class Speed:
    """What a server did."""

    per_second: float
    body_bytes: int
    """The size of an answer's body, on average."""


def answers_per_second(url: str, paths: list[str]) -> Speed:
    """Ask a server for these paths in turn, over some connections that stay open, for a few seconds.

    Raises:
        RuntimeError: an answer was no 200.
    """
    return asyncio.run(_measure(url, paths))


async def _measure(url: str, paths: list[str]) -> Speed:
    address = urlsplit(url)
    requests = cycle([f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode() for path in paths])
    loop = asyncio.get_running_loop()
    asking = [
        (await loop.create_connection(lambda: _Asking(requests), address.hostname, address.port))[1]
        for _ in range(_CONNECTIONS)
    ]
    await asyncio.sleep(_WARM_UP)
    before, sizes, began = sum(a.answers for a in asking), sum(a.bytes for a in asking), time.perf_counter()
    await asyncio.sleep(_SECONDS)
    seconds = time.perf_counter() - began
    answers, size = sum(a.answers for a in asking) - before, sum(a.bytes for a in asking) - sizes
    for each in asking:
        each.stop()
    failed = next((each.failure for each in asking if each.failure), None)
    if failed or not answers:
        raise RuntimeError(f"the server failed: {failed!r}")
    return Speed(answers / seconds, size // answers)


class _Asking(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.answers = 0
        self.bytes = 0
        self.failure: bytes | None = None
        self._requests = requests
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is TCP
        self._transport = transport
        transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """Count an answer when it is whole, and ask again."""
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or len(body) < _content_length(head):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.failure = head
            self.stop()
            return
        self.answers += 1
        self.bytes += len(body)
        self._received = b""
        if self._transport:
            self._transport.write(next(self._requests))

    def stop(self) -> None:
        """Close the connection."""
        if self._transport:
            self._transport.abort()


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])
