"""A server of the S3 protocol in a process of its own, that counts what it is sent and can hold any write.

    python -m tests.s3_server        prints its address, and runs until its standard input closes

Who is held waits for an answer: at that moment it can be killed. What was held before it was carried out is then
refused, what was held after it stays done.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

ROOT = Path(__file__).parents[1]

BUCKET = "films-of-a-test"
# Any will do; they are looked for where they must not be.
KEY, SECRET = "AKIA0123456789TEST00", "wJalrXUtnFEMIK7MDENGbPxRfiCY0123456789ab"

_OURS = "/-/"
# Nobody waits as long on a machine that is not held up by others.
_PATIENCE = 300.0

_App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was sent."""

    method: str
    path: str
    bytes: int

    @property
    def is_write(self) -> bool:
        """Whether it is to change something."""
        return self.method not in {"GET", "HEAD"}


@dataclass(slots=True)
class _Watch:
    """What came since it was reset, and which write is to be held."""

    requests: list[Request] = field(default_factory=list)
    hold_at: int = 0
    after: bool = False
    held: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class Watched:
    """An application that counts, and holds writes to another."""

    def __init__(self, app: _App) -> None:
        self._app = app
        self._watch = _Watch()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(_OURS):
            answer = json.dumps(self._control(path.removeprefix(_OURS), dict(parse_qsl(environ["QUERY_STRING"]))))
            start_response("200 OK", [("Content-Type", "application/json")])
            return [answer.encode()]
        with self._lock:
            watch = self._watch
            size = int(environ.get("CONTENT_LENGTH") or 0)
            watch.requests.append(Request(environ["REQUEST_METHOD"], path, size))
            writes = sum(request.is_write for request in watch.requests)
            mine = writes == watch.hold_at and watch.requests[-1].is_write
        if not mine:
            return self._app(environ, start_response)
        body = list(self._app(environ, start_response)) if watch.after else []
        watch.held.set()
        watch.released.wait(_PATIENCE)
        if not watch.after:
            start_response("503 Service Unavailable", [])
        return body

    def _control(self, name: str, options: dict[str, str]) -> Any:
        watch = self._watch
        if name == "reset":
            with self._lock:
                watch.released.set()
                self._watch = _Watch(hold_at=int(options["hold_at"]), after=options["after"] == "1")
        elif name == "held":
            return watch.held.wait(_PATIENCE)
        elif name == "log":
            with self._lock:
                return [[request.method, request.path, request.bytes] for request in watch.requests]
        return None


@dataclass(frozen=True, slots=True)
class S3Server:
    """The server in another process."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What whoever uses it must be told."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
            "NO_PROXY": "127.0.0.1",
        }

    def reset(self, hold_at: int = 0, *, after: bool = False) -> None:
        """Count from now on, let go of what is held, and hold the write of this number (0 for none)."""
        self._ask("reset", hold_at=hold_at, after=int(after))

    def held(self) -> bool:
        """Wait until the write is held."""
        return bool(self._ask("held"))

    def writes(self) -> list[Request]:
        """What was to change something since it was reset."""
        return [request for entry in self._ask("log") if (request := Request(*entry)).is_write]

    def _ask(self, name: str, **options: int) -> Any:
        answer = httpx.get(f"{self.url}{_OURS}{name}", params=options, trust_env=False, timeout=2 * _PATIENCE)
        return answer.raise_for_status().json()


@contextmanager
def running() -> Iterator[S3Server]:
    """A server with an empty bucket, for as long as the context."""
    command = [sys.executable, "-m", "tests.s3_server"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise RuntimeError("the S3 server did not start")
            httpx.put(f"{url}/{BUCKET}", trust_env=False, timeout=_PATIENCE).raise_for_status()
            yield S3Server(url)
        finally:
            if process.stdin:
                process.stdin.close()


def _serve() -> None:
    # Only the process that serves has a use for them, and they may not be there.
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        """Say nothing."""

        def log(self, *_: Any) -> None: ...

    # What it believes to be allowed to do with real credentials is nothing.
    os.environ |= {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    app = Watched(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
