"""A server that gives one film for every request, as fast as Python can, for ``benchmarks.speed``.

It reads no more of a request than it must, so that the client beside it is what is measured. ``/stats`` tells what it
saw. It prints its address, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import ssl
import sys
from collections import Counter
from pathlib import Path

import click

# What TMDB and the network in front of it say with each film, as far as a client has to read it.
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: %d\r\n"
    b"Connection: keep-alive\r\nDate: Thu, 05 Nov 2026 12:00:00 GMT\r\nServer: openresty\r\nContent-Encoding: gzip\r\n"
    b'ETag: W/"0123456789abcdef0123456789abcdef"\r\nCache-Control: public, max-age=15000\r\nVary: Accept-Encoding\r\n'
    b"X-Cache: Miss from a network\r\nVia: 1.1 a-network\r\nAge: 60\r\nAlt-Svc: h3\r\n\r\n"
)


class _Connection(asyncio.Protocol):
    """Answers whatever ends with an empty line."""

    def __init__(self, answer: bytes, latency: float, seen: Counter[str]) -> None:
        self._answer = answer
        self._latency = latency
        self._seen = seen
        self._received = b""
        self._said_last = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is TCP
        self._transport = transport
        self._seen["connections"] += 1

    def data_received(self, data: bytes) -> None:
        """Answer the requests that are whole."""
        data = self._received + data
        end = data.rfind(b"\r\n\r\n")
        self._received = data[end + 4 :] if end >= 0 else data
        for _ in range(data.count(b"\r\n\r\n")):
            if data.startswith(b"GET /stats"):
                self._transport.write(_stats(self._seen))
                continue
            self._seen["requests"] += 1
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._write, b"connection: close" in data.lower())
            else:
                self._write(last=b"onnection: close" in data)

    def _write(self, last: bool) -> None:
        if self._said_last:
            # A client may ask on although it said that it would not; it learns of it when it reads.
            return
        self._transport.write(self._answer)
        self._said_last = last
        if last and self._transport.can_write_eof():
            # The client closes; whoever closes first may cut off what is still on its way.
            self._transport.write_eof()
        elif last:
            self._transport.close()


def _stats(seen: Counter[str]) -> bytes:
    seen["connections"] -= 1
    body = json.dumps(seen).encode()
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@click.command()
@click.argument("film", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--latency", type=float, default=0.0, help="Seconds that each answer takes.")
@click.option("--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="For TLS.")
@click.option("--core", type=int, help="The core to stay on.")
def main(film: Path, latency: float, certificate: Path | None, core: int | None) -> None:
    """Serve the film in this file for every request."""
    if core is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {core})
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    packed = gzip.compress(film.read_bytes(), 6)
    asyncio.run(_serve(_HEAD % len(packed) + packed, latency, tls))


async def _serve(answer: bytes, latency: float, tls: ssl.SSLContext | None) -> None:
    loop = asyncio.get_running_loop()
    seen = Counter(connections=0, requests=0)
    server = await loop.create_server(lambda: _Connection(answer, latency, seen), "127.0.0.1", 0, ssl=tls, backlog=1000)
    port = server.sockets[0].getsockname()[1]
    click.echo(f"{'https' if tls else 'http'}://localhost:{port}/3")
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    main()
