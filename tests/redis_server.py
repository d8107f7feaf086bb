"""A Redis server of the test's own: on a free port of this machine, in a temporary folder, and gone after it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

NAMES = ("redis-server", "valkey-server")


@dataclass(slots=True)
class RedisServer:
    """A server that runs, or can be started again on its port."""

    program: str
    port: int
    folder: str
    options: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            RuntimeError: it did not start.
        """
        where = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", self.folder)
        command = (self.program, *where, "--save", "", "--appendonly", "no", *self.options)
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        give_up_at = time.monotonic() + 20
        while time.monotonic() < give_up_at and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self.stop()
        raise RuntimeError(f"it did not start: {' '.join(command)}")

    def stop(self) -> None:
        """Kill it; what it knew is lost."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


def program() -> str | None:
    """The server to use: the one that AYNE_REDIS_SERVER names and that must be there, or one that is there."""
    return os.environ.get("AYNE_REDIS_SERVER") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def redis_server(name: str, *options: str) -> Iterator[RedisServer]:
    """A running server, with these options."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory() as folder:
        server = RedisServer(name, port, str(Path(folder)), options)
        server.start()
        try:
            yield server
        finally:
            server.stop()
