"""A client that does next to nothing, so that what is measured is the server."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

_CONNECTIONS = 16
_WARM_UP, _SECONDS = 0.3, 1.5


@dataclass(frozen=True, slots=True)
class Speed:
    """What a server did."""

    per_second: float
    per_cpu_second: float | None
    """Answers for each second that the server computed: what it does on a core of its own, whoever else is busy."""
    body_bytes: int
    """The size of an answer's body, on average."""


def answers_per_second(url: str, paths: list[str], pid: int) -> Speed:
    """Ask a server, which is this process, for these paths in turn, over some connections that stay open.

    Raises:
        RuntimeError: an answer was no 200.
    """
    return asyncio.run(_measure(url, paths, pid))


async def _measure(url: str, paths: list[str], pid: int) -> Speed:
    address = urlsplit(url)
    requests = cycle([f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode() for path in paths])
    loop = asyncio.get_running_loop()
    host, port = address.hostname or "", address.port or 80
    asking = [(await loop.create_connection(lambda: _Asking(requests), host, port))[1] for _ in range(_CONNECTIONS)]
    await asyncio.sleep(_WARM_UP)
    before, sizes, began = sum(a.answers for a in asking), sum(a.bytes for a in asking), time.perf_counter()
    computed = _cpu_seconds(pid)
    await asyncio.sleep(_SECONDS)
    computed = _cpu_seconds(pid) - computed
    seconds = time.perf_counter() - began
    answers, size = sum(a.answers for a in asking) - before, sum(a.bytes for a in asking) - sizes
    for each in asking:
        each.stop()
    failed = next((each.failure for each in asking if each.failure), None)
    if failed or not answers:
        raise RuntimeError(f"the server failed: {failed!r}")
    return Speed(answers / seconds, answers / computed if computed else None, size // answers)


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


def _cpu_seconds(pid: int) -> float:
    """The time that a process has computed, where the system tells; otherwise 0."""
    if sys.platform != "linux":
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
