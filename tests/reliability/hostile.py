"""Servers that mean ill, on sockets of this machine."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Script = Callable[[str], AsyncIterator[bytes]]
"""What is sent for a request, by its first line."""


class HostileServer:
    """Answers every request by a script, and then closes; notes what was asked and how much was sent."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked: list[bytes] = []
        self.sent = 0
        self.url = ""
        self._serving: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self._serving[asyncio.current_task()] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head)
            async for piece in self._script(head.split(b"\r\n")[0].decode()):
                writer.write(piece)
                self.sent += len(piece)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def end(self) -> None:
        """Leave nothing behind."""
        for task, writer in self._serving.items():
            writer.transport.abort()
            if task:
                task.cancel()
        await asyncio.gather(*filter(None, self._serving), return_exceptions=True)


@asynccontextmanager
async def listening(script: Script) -> AsyncIterator[HostileServer]:
    """A hostile server on a port of its own, for as long as the context."""
    hostile = HostileServer(script)
    server = await asyncio.start_server(hostile.handle, "127.0.0.1", 0)
    hostile.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield hostile
    finally:
        server.close()
        await hostile.end()


def once(*pieces: bytes) -> Script:
    """Send these pieces."""

    async def script(_: str) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return script


def for_ever(first: bytes, piece: bytes, seconds: float = 0.0) -> Script:
    """Send one thing, then another until nobody listens any more."""

    async def script(_: str) -> AsyncIterator[bytes]:
        yield first
        while True:
            yield piece
            await asyncio.sleep(seconds)

    return script


def bomb(megabytes: int, wbits: int = 31) -> bytes:
    """So many megabytes of zeros, compressed: gzip for 31, zlib for 15, bare deflate for -15.

    It has no end, so that it takes no time to make: one megabyte, compressed so that it can be repeated.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    first = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1)
