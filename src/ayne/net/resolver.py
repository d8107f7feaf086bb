"""The addresses of a host, looked up in a thread that nobody waits for.

``loop.getaddrinfo`` runs in threads that ``asyncio.run`` and the interpreter wait for on their way out. A resolver that
hangs for half a minute would so delay Ctrl-C by as long.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

Addresses = list[tuple[Any, ...]]


def look_up(host: str, port: int) -> asyncio.Future[Addresses]:
    """Return what ``socket.getaddrinfo`` says for TCP; an ``OSError`` when no such host exists, or no resolver answers.

    Example:
        >>> async def localhost():
        ...     return await look_up("127.0.0.1", 80)
        >>> asyncio.run(localhost())[0][-1]
        ('127.0.0.1', 80)
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Addresses] = loop.create_future()
    # When nobody waits for a failure any more, it is none.
    found.add_done_callback(lambda done: done.cancelled() or done.exception())

    def settle(addresses: Addresses, error: OSError | None) -> None:
        if error and not found.done():
            found.set_exception(error)
        elif not found.done():
            found.set_result(addresses)

    def ask() -> None:
        addresses: Addresses = []
        error: OSError | None = None
        try:
            addresses = list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as failure:
            error = failure
        except UnicodeError:
            error = OSError(f"{host!r} can be no host")
        # The loop may be closed by now.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, addresses, error)

    threading.Thread(target=ask, name="ayne-resolver", daemon=True).start()
    return found
