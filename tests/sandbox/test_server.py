"""The sandbox over a real socket, in process, and that both are the same."""

import asyncio
import errno
import json
import re
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.app import Place, SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import KINDS, FaultPlan
from ayne.sandbox.server import RunningSandbox, running, serve
from ayne.sandbox.transport import SandboxTransport

FILMS = Catalogue.generated(500)
IMDB_ID = next(body["imdb_id"] for body in map(FILMS.details, FILMS.ids(range(500))) if body and body["imdb_id"])
FILM = f"/movie/{FILMS.ids([250])[0]}?api_key=k"
PATIENCE = 120.0  # waited for only where the machine is busy: httpx gives up after five seconds
NOW = 1_700_000_000.0

#: What httpx makes of each fault that is not simply an answer.
BROKEN: dict[str, type[Exception]] = {
    "reset": httpx.ReadError,
    "drop": httpx.RemoteProtocolError,
    "stall": httpx.RemoteProtocolError,
    "stall-body": httpx.RemoteProtocolError,
    "cut": httpx.RemoteProtocolError,
    "short": httpx.RemoteProtocolError,
    "broken-gzip": httpx.DecodingError,
    "broken-chunk": httpx.RemoteProtocolError,
}

#: All but those that hit more than one request, which have tests of their own, and the one that needs to be told more.
SINGLE = [kind for kind in KINDS if kind not in ("refuse", "stray", "stray-late", "ignored")]


def failing_in_turn(seconds: float) -> SandboxApp:
    """An application whose n-th request fails in the n-th way."""
    turns = ",".join(f"{kind}@{n}" for n, kind in enumerate(SINGLE, start=1))
    plan = FaultPlan.parse(f"seconds={seconds},{turns}")
    return SandboxApp(FILMS, faults=plan, wall_clock=lambda: NOW)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(SandboxApp(FILMS, wall_clock=lambda: NOW)) as sandbox:
        yield sandbox


def get(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, timeout=PATIENCE, **options)


def in_process(app: SandboxApp, path: str, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=SandboxTransport(app), timeout=PATIENCE) as client:
            return await client.get(f"http://sandbox/3{path}", headers=headers)

    return asyncio.run(ask())


def test_a_film_is_served(sandbox: RunningSandbox) -> None:
    answer = get(sandbox.url + FILM)
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json()["id"] == FILMS.ids([250])[0]


@pytest.mark.parametrize(
    "path",
    [
        FILM,
        f"{FILM}&append_to_response=credits,watch/providers",
        "/movie/Strange?api_key=k",
        "/movie/0?api_key=k",
        "/movie//credits?api_key=k",
        "/movie/1",
        "/discover/movie?api_key=k&primary_release_date.gte=1990-01-01&page=2",
        "/discover/movie?api_key=k&page=501",
        "/discover/movie?api_key=k&with_genres=18%7C35",
        f"/../omdb/?apikey=k&i={IMDB_ID}",
        "/../omdb/?apikey=k&s=the&page=2",
        "/../omdb/",
        "/../t/p/w92/a.png",
        "/../t/p/w93/a.png",
    ],
)
def test_the_socket_and_the_transport_give_the_same_answer(sandbox: RunningSandbox, path: str) -> None:
    served = get(sandbox.url + path)
    local = in_process(sandbox.app, path)
    assert (served.status_code, served.content) == (local.status_code, local.content)
    assert dict(served.headers) == dict(local.headers)


def test_an_unchanged_body_is_answered_304_on_both_roads(sandbox: RunningSandbox) -> None:
    etag = get(sandbox.url + FILM).headers["ETag"]
    served = get(sandbox.url + FILM, headers={"If-None-Match": etag})
    local = in_process(sandbox.app, FILM, **{"If-None-Match": etag})
    assert served.status_code == local.status_code == 304
    assert served.content == local.content == b""


def test_each_fault_reaches_the_client_the_same_way_on_both_roads() -> None:
    served_app, local_app = failing_in_turn(0.05), failing_in_turn(0.05)
    with running(served_app) as sandbox, httpx.Client(timeout=PATIENCE) as client:
        for kind in SINGLE:
            assert outcome(lambda: client.get(sandbox.url + FILM)) == outcome(lambda: in_process(local_app, FILM)), kind
    assert served_app.log.report()["by_fault"] == local_app.log.report()["by_fault"] == dict.fromkeys(SINGLE, 1)


def outcome(ask: object) -> object:
    assert callable(ask)
    try:
        answer = ask()
    except httpx.HTTPError as error:
        return type(error)
    return answer.status_code, answer.content, dict(answer.headers)


@pytest.mark.parametrize("kind", SINGLE)
def test_each_fault_is_what_httpx_takes_it_for(kind: str) -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse(f"{kind}@1,seconds=0.02"))
    if kind in BROKEN:
        with pytest.raises(BROKEN[kind]):
            in_process(app, FILM)
    else:
        assert in_process(app, FILM).status_code == (
            int(kind) if kind.isdigit() else 429 if kind.startswith("429-") else 200
        )
    assert in_process(app, FILM).json()["id"]


def test_after_a_refusal_nobody_gets_in_for_a_while_on_both_roads() -> None:
    now = 0.0
    local = SandboxApp(FILMS, faults=FaultPlan.parse("refuse@1,seconds=5"), clock=lambda: now)
    with pytest.raises(httpx.ReadError):
        in_process(local, FILM)
    now = 4.9
    with pytest.raises(httpx.ConnectError):
        in_process(local, FILM)
    now = 5.0
    assert in_process(local, FILM).status_code == 200

    served = SandboxApp(FILMS, faults=FaultPlan.parse("refuse@2,seconds=1"))
    with running(served) as sandbox, httpx.Client() as idle:
        idle.get(sandbox.url + FILM)
        with pytest.raises(httpx.ReadError):
            get(sandbox.url + FILM)
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.ConnectError)):
            idle.get(sandbox.url + FILM)
        with pytest.raises(httpx.ConnectError):
            get(sandbox.url + FILM)
        patient = httpx.HTTPTransport(retries=6)
        with httpx.Client(transport=patient) as client:
            assert client.get(sandbox.url + FILM).status_code == 200
    for app in (local, served):
        assert app.log.report()["by_fault"] == {"refuse": 1}


def test_a_body_that_is_longer_than_promised_is_read_as_far_as_promised() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("long@1"))
    with running(app) as sandbox:
        url = httpx.URL(sandbox.url)
        with socket.create_connection((url.host, url.port or 0)) as client:
            client.sendall(f"GET /3{FILM} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head, _, body = b"".join(iter(lambda: client.recv(65536), b"")).partition(b"\r\n\r\n")
    promised = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length: "))
    assert promised == len(body) // 2 > 0


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("padded-chunks", re.compile(rb"\r\n\r\n[0-9a-f]+ +\r\n.+\r\n0 +\r\n\r\n", re.DOTALL)),
        ("lf-head", re.compile(rb"HTTP/1\.1 200 -\n([^\r\n]+\n)+\n\{.+", re.DOTALL)),
        ("length-twice", re.compile(rb".+\r\ncontent-length: (\d+)\r\n(.+\r\n)?content-length: \1\r\n.+", re.DOTALL)),
    ],
)
def test_an_odd_head_is_odd_on_the_wire_and_read_by_httpx(kind: str, sign: re.Pattern[bytes]) -> None:
    with running(SandboxApp(FILMS, faults=FaultPlan.parse(f"{kind}@1-2"))) as sandbox:
        url = httpx.URL(sandbox.url)
        with socket.create_connection((url.host, url.port or 0)) as client:
            client.sendall(f"GET /3{FILM} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert sign.search(b"".join(iter(lambda: client.recv(65536), b"")))
        assert get(sandbox.url + FILM).json()["id"] == FILMS.ids([250])[0]


@pytest.mark.parametrize("kind", ["stray", "stray-late"])
def test_a_stray_answer_is_taken_for_the_next_one_on_its_connection(kind: str) -> None:
    first, second = FILMS.ids([250, 251])
    with (
        running(SandboxApp(FILMS, faults=FaultPlan.parse(f"{kind}@1"))) as sandbox,
        socket.create_connection((httpx.URL(sandbox.url).host, httpx.URL(sandbox.url).port or 0)) as client,
    ):
        seen = [answered(client, film) for film in (first, second, second)]
        assert get(f"{sandbox.url}/movie/{second}?api_key=k").json()["id"] == second
    assert seen == [first, first, second]


def answered(client: socket.socket, film: int) -> int:
    """Ask for a film as a client does that reads exactly one answer; return which film came."""
    client.sendall(f"GET /3/movie/{film}?api_key=k HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length: "))
    body = b""
    while len(body) < length:
        body += client.recv(length - len(body))
    return int(json.loads(body)["id"])


def test_a_body_that_trickles_arrives_whole_and_late() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("trickle@1-2,seconds=0.1"))
    with running(app) as sandbox:
        began = time.monotonic()
        assert get(sandbox.url + FILM).json()["id"]
        assert time.monotonic() - began >= 0.1
    slow = SandboxApp(FILMS, faults=FaultPlan.parse("trickle@1,seconds=90"))

    async def ask() -> None:
        async with httpx.AsyncClient(transport=SandboxTransport(slow), timeout=0.01) as client:
            await client.get("http://sandbox/3" + FILM)

    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(ask())


@pytest.mark.parametrize("kind", ["stall", "stall-body"])
def test_a_client_with_less_patience_than_the_stall_gets_a_timeout(kind: str) -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse(f"{kind}@1-2,seconds=60"))
    with running(app) as sandbox, pytest.raises(httpx.ReadTimeout):
        httpx.get(sandbox.url + FILM, timeout=0.1)

    async def ask() -> None:
        async with httpx.AsyncClient(transport=SandboxTransport(app), timeout=0.01) as client:
            await client.get("http://sandbox/3" + FILM)

    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(ask())


class VirtualSelector(selectors.DefaultSelector):
    """Moves the clock on by the time that somebody wanted to wait, and does not wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


def test_a_stall_of_an_hour_takes_no_time_on_a_virtual_clock() -> None:
    selector = VirtualSelector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    app = SandboxApp(FILMS, faults=FaultPlan.parse("stall@1,seconds=3600"), clock=loop.time)

    async def ask() -> None:
        async with httpx.AsyncClient(transport=SandboxTransport(app), timeout=None) as client:  # noqa: S113
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("http://sandbox/3" + FILM)
            await client.get("http://sandbox/3" + FILM)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(ask())
    seen = app.log.report()
    assert seen["last_at"] - seen["first_at"] == pytest.approx(3600)


def test_a_reset_is_a_reset_on_the_wire() -> None:
    app = SandboxApp(FILMS, faults=FaultPlan.parse("reset@1"))
    with running(app) as sandbox:
        url = httpx.URL(sandbox.url)
        with socket.create_connection((url.host, url.port or 0)) as client:
            client.sendall(b"GET /3/configuration?api_key=k HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                client.recv(1)


def test_requests_at_once_are_counted_and_latency_is_kept() -> None:
    app = SandboxApp(FILMS, latency=0.02)

    async def ask(transport: httpx.AsyncBaseTransport | None, url: str) -> None:
        async with httpx.AsyncClient(transport=transport) as client:
            await asyncio.gather(*(client.get(url + FILM) for _ in range(7)))

    asyncio.run(ask(SandboxTransport(app), "http://sandbox/3"))
    assert app.log.report()["peak_concurrency"] == 7
    app.log.clear()
    with running(app) as sandbox:
        asyncio.run(ask(None, sandbox.url))
    assert app.log.report()["peak_concurrency"] == 7


@pytest.mark.parametrize("path", [FILM, "/authentication?api_key=k", "/movie/0?api_key=k"])
def test_head_is_answered_as_get_without_the_body(sandbox: RunningSandbox, path: str) -> None:
    got, headed = get(sandbox.url + path), httpx.head(sandbox.url + path)
    assert (headed.status_code, headed.content) == (got.status_code, b"")
    assert dict(headed.headers) == dict(got.headers)
    local = sandbox.app.answer(Request("HEAD", httpx.URL(sandbox.url + path).path, "api_key=k"))
    assert (local.status, local.body) == (got.status_code, b"")
    assert int(local.headers["Content-Length"]) > 0


def test_an_answer_that_takes_long_keeps_nobody_else_waiting() -> None:
    app, begun, others_were_served = SandboxApp(FILMS), threading.Event(), threading.Event()

    class Slow:
        def answer(self, request: Request, now: float) -> Answer:
            begun.set()
            status = 200 if others_were_served.wait(timeout=10) else 500
            return Answer(status, {"Content-Type": "text/plain"}, b"done")

    app.places = (Place("/slow", Slow(), is_slow=lambda request: True), *app.places)
    with running(app) as sandbox, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(httpx.get, sandbox.url.replace("/3", "/slow"), timeout=20)
        assert begun.wait(timeout=10)
        assert get(sandbox.url + FILM).status_code == 200
        others_were_served.set()
        assert slow.result().status_code == 200


def test_the_sandboxes_own_paths_are_served_without_a_key(sandbox: RunningSandbox) -> None:
    root = sandbox.url.removesuffix("/3")
    assert httpx.post(f"{root}/sandbox/reset").json() == {"success": True}
    get(sandbox.url + FILM)
    assert get(f"{root}/sandbox/requests").json()["total"] == 1
    assert get(f"{root}/sandbox/truth").json()["exists"] == 500


def test_no_web_page_can_drive_it(sandbox: RunningSandbox) -> None:
    root = sandbox.url.removesuffix("/3")
    get(sandbox.url + FILM)
    before = get(f"{root}/sandbox/requests").json()["total"]
    rebound = httpx.post(f"{root}/sandbox/reset", headers={"Host": "evil.example"})
    posted = httpx.post(f"{root}/sandbox/reset", headers={"Origin": "https://evil.example"})
    assert (rebound.status_code, posted.status_code) == (421, 403)
    assert get(sandbox.url + FILM, headers={"Host": "evil.example"}).status_code == 421
    assert get(f"{root}/sandbox/requests").json()["total"] == before


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", ""])  # noqa: S104
def test_only_this_machine_can_be_listened_to(host: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        serve(SandboxApp(FILMS), host=host)


def test_a_port_that_is_taken_is_an_error(sandbox: RunningSandbox) -> None:
    port = httpx.URL(sandbox.url).port
    assert port
    with pytest.raises(OSError) as refused, running(sandbox.app, port):  # noqa: PT011 - its number says which
        pass
    assert refused.value.errno == errno.EADDRINUSE


def test_serving_ends_when_the_event_is_set() -> None:
    urls: list[str] = []
    stop = threading.Event()
    stop.set()
    serve(SandboxApp(FILMS), port=0, on_ready=urls.append, until=stop)
    assert urls[0].startswith("http://127.0.0.1:")
    assert urls[0].endswith("/3")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_cleanly(stop: signal.Signals) -> None:
    program = (
        "from ayne.sandbox.app import SandboxApp; from ayne.sandbox.catalogue import Catalogue;"
        "from ayne.sandbox.server import serve;"
        "serve(SandboxApp(Catalogue.generated(10)), port=0, on_ready=lambda url: print(url, flush=True)); print('done')"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout
        assert server.stdout.readline().startswith("http://127.0.0.1:")
        server.send_signal(stop)
        output, errors = server.communicate(timeout=10)
    assert (server.returncode, output, errors) == (0, "done\n", "")


def test_the_lifespan_of_other_servers_is_answered() -> None:
    stages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return next(stages)

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    asyncio.run(SandboxApp(FILMS)({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_server_that_is_told_to_stop_does_not_wait_for_slow_answers() -> None:
    with running(SandboxApp(Catalogue.generated(10), latency=30)) as sandbox:
        started = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            httpx.get(f"{sandbox.url}/configuration?api_key=any", timeout=1)
    assert time.monotonic() - started < 10
