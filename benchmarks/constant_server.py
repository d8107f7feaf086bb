"""The floor for any server in Python: aiohttp with one constant body, for ``benchmarks.stand_in``."""

from __future__ import annotations

import socket
import sys

import click
from aiohttp import web


def main() -> None:
    """Serve a body of so many bytes, as the argument says, and print the address."""
    body = b"x" * int(sys.argv[1])

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/", answer)
    listener = socket.create_server(("127.0.0.1", 0))
    click.echo(f"http://127.0.0.1:{listener.getsockname()[1]}")
    web.run_app(app, sock=listener, access_log=None, print=None)


if __name__ == "__main__":
    main()
