"""The wire, over real sockets: servers that answer by a script, whole, broken or hostile."""

import asyncio
import os
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from ayne.net.wire import KEEP_SECONDS, Key, Wire

Script = list[bytes | None]
"""What to write; None for closing the connection."""


def whole(body: bytes = b"{}", *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


class Server:
    """Answers each request of a connection with the next piece of its script, the last one for ever."""

    def __init__(self, *answers: Script) -> None:
        self.answers = answers
        self.heads: list[bytes] = []
        self.connections = 0
        self.gone = 0
        self.asked = asyncio.Event()
        self.left = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                self.asked.set()
                script = self.answers[min(len(self.heads), len(self.answers)) - 1]
                for piece in script:
                    if piece is None:
                        return
                    writer.write(piece)
                    await writer.drain()
                    # Each piece is a segment of its own.
                    await asyncio.sleep(0.002)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.gone += 1
            self.left.set()
            writer.close()


@asynccontextmanager
async def wire_to(server: Server, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Any:
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    wire = Wire(httpx.URL(f"{'https' if tls else 'http'}://{host}:{port}"), Key({}, {}))
    try:
        yield wire
    finally:
        await wire.aclose()
        listening.close()
        await listening.wait_closed()


def request(target: bytes = b"/x", *, fresh: bool = False) -> httpx.Request:
    extensions = {"target": target, "fresh": fresh}
    return httpx.Request("GET", "http://films.example", headers={"Host": "x"}, extensions=extensions)


async def ask(wire: Wire, *, fresh: bool = False) -> tuple[int, bytes]:
    response = await wire.handle_async_request(request(fresh=fresh))
    try:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        return response.status_code, b"".join([piece async for piece in response.stream])
    finally:
        await response.aclose()


def over(server: Server, conversation: Callable[[Wire], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with wire_to(server) as wire, asyncio.timeout(10):
            return await conversation(wire)

    return asyncio.run(main())


async def ask_twice(wire: Wire) -> list[Any]:
    answers: list[Any] = []
    for _ in range(2):
        try:
            answers.append(await ask(wire))
        except httpx.TransportError as error:
            answers.append(error)
        await asyncio.sleep(0.02)
    return answers


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("script", "body"),
    [
        ([whole()], b"{}"),
        ([whole(b"")], b""),
        ([whole(b"", status=b"304 Not Modified")], b""),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        (list(whole(b'{"id":1}').partition(b":1")), b'{"id":1}'),
        ([bytes([byte]) for byte in whole(b"{}", b"X: y")], b"{}"),
        ([CHUNKED + b"2\r\n{}\r\n0\r\n\r\n"], b"{}"),
        ([CHUNKED, b"1;name=value\r\n{\r\n", b"1\r\n}\r\n0\r\nTrailer: x\r\n\r\n"], b"{}"),
        ([CHUNKED + b"2  \r\n{}\r\n0 \t\r\n\r\n"], b"{}"),
        ([CHUNKED + b"00002\r\n{}\r\n000\r\n\r\n"], b"{}"),
        ([b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"], b"{}"),
        ([b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}"], b"{}"),
        ([b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nY: \x01\xff\r\nContent-Length:  2 \r\n\r\n{}"], b"{}"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}"], b"{}"),
        ([whole(b"{}", b"Content-Length: 2")], b"{}"),
        ([whole(b"{}", b"X: y", b"content-length:2", b"Content-Length: 2, 2")], b"{}"),
        ([b"HTTP/1.1 200 OK\nContent-Length: 2,2\nX: y\n\n{}"], b"{}"),
        ([bytes([byte]) for byte in whole(b"{}", b"Content-Length: 2", b"X: y")], b"{}"),
        ([whole(b"{}", b"Content-Length: 2").replace(b"\r\n\r\n{}", b""), b"\r\n\r", b"\n{", b"}"], b"{}"),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" + whole()], b"{}"),
    ],
)
def test_a_connection_is_used_again_after_an_answer_that_ended_as_announced(script: Script, body: bytes) -> None:
    server = Server(script)
    answers = over(server, ask_twice)
    assert [content for _, content in answers] == [body, body]
    assert server.connections == 1


@pytest.mark.parametrize(
    "script",
    [
        [whole(b"{}", b"Connection: close")],
        [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
        [whole(), None],
        [b"HTTP/1.1 200 OK\r\n\r\n", b"{}", None],
        [whole() + whole(b"poison")],
        [whole() + b"poison"],
        [whole(b"{}", b"Connection: close") + b"poison"],
        [whole(b"{}", b"Content-Length: 2") + whole(b"poison")],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"],
        [whole(), b"unasked"],
        [CHUNKED + b"2\r\n{}\r\n0\r\n\r\n" + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"],
    ],
)
def test_no_connection_is_used_again_that_may_not_be(script: Script) -> None:
    server = Server(script)
    assert over(server, ask_twice) == [(200, b"{}"), (200, b"{}")]
    assert server.connections == 2


@pytest.mark.parametrize("what", [whole(b"stray"), b"\r\n", b""], ids=["an answer", "a line break", "the end"])
def test_what_came_over_an_idle_connection_is_noticed_before_it_is_used_again(what: bytes) -> None:
    server = Server([whole()])

    async def conversation(wire: Wire) -> list[Any]:
        first = await ask(wire)
        # Written at once, so that the event loop has had no chance to hand it over.
        connection = server.writers[0].get_extra_info("socket")
        os.write(connection.fileno(), what) if what else connection.shutdown(socket.SHUT_WR)
        return [first, await ask(wire)]

    assert over(server, conversation) == [(200, b"{}")] * 2
    assert server.connections == 2


def test_a_fresh_connection_is_used_where_one_is_asked_for_and_kept_for_others() -> None:
    server = Server([whole()])

    async def conversation(wire: Wire) -> list[int]:
        opened = []
        for fresh in (False, False, True, False):
            await ask(wire, fresh=fresh)
            opened.append(wire.opened)
        return opened

    assert over(server, conversation) == [1, 1, 2, 2]


def test_a_connection_that_is_closed_by_whoever_read_the_answer_is_not_used_again() -> None:
    server = Server([whole()])

    async def conversation(wire: Wire) -> int:
        response = await wire.handle_async_request(request())
        await response.aread()
        await response.extensions["network_stream"].aclose()
        await response.aclose()
        await ask(wire)
        return wire.opened

    assert over(server, conversation) == 2


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ([None], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 200 OK\r\nContent-", None], httpx.RemoteProtocolError),
        ([whole()[:-1], None], httpx.RemoteProtocolError),
        ([CHUNKED + b"2\r\n{}\r\n", None], httpx.RemoteProtocolError),
        ([CHUNKED + b"x\r\n{}\r\n"], httpx.RemoteProtocolError),
        ([b"rubbish\r\n\r\n"], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"], httpx.RemoteProtocolError),
        ([whole(b"{}", b"Content-Length: 2, 3")], httpx.RemoteProtocolError),
        ([whole(b"{}", b"Content-Length: x")], httpx.RemoteProtocolError),
        ([whole(b"{}", b"Content-Length: -2")], httpx.RemoteProtocolError),
        ([whole(b"{}", b"Content-Length: ")], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n", None], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 200 OK\r\n", *[b"X: %b\r\n" % (b"y" * 60_000)] * 40], httpx.RemoteProtocolError),
        ([CHUNKED + b"2\r\n{}\r\n0\r\n", *[b"X: %b\r\n" % (b"y" * 60_000)] * 40], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000], httpx.RemoteProtocolError),
    ],
)
def test_what_is_no_whole_answer_is_an_error_of_httpx_s_and_ends_the_connection(
    script: Script, kind: type[Exception]
) -> None:
    server = Server(script, [whole()])
    first, second = over(server, ask_twice)
    assert type(first) is kind
    assert second == (200, b"{}")
    assert server.connections == 2


class Leaping(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


@pytest.mark.parametrize(("idle", "connections"), [(KEEP_SECONDS - 1, 1), (KEEP_SECONDS + 1, 2)])
def test_a_connection_that_was_idle_for_long_is_not_trusted(idle: float, connections: int) -> None:
    server = Server([whole()])

    async def conversation() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Leaping)
        async with wire_to(server) as wire:
            for _ in range(2):
                assert await ask(wire) == (200, b"{}")
                loop.ahead += idle

    with asyncio.Runner(loop_factory=Leaping) as runner:
        runner.run(conversation())
    assert server.connections == connections


def test_a_server_that_is_not_there_is_a_connect_error() -> None:
    async def main() -> None:
        wire = Wire(httpx.URL("http://127.0.0.1:1"), Key({}, {}))
        with pytest.raises(httpx.ConnectError):
            await ask(wire)
        await wire.aclose()

    asyncio.run(main())


def test_as_many_connections_are_opened_as_are_asked_at_once() -> None:
    server = Server([whole()])

    async def conversation(wire: Wire) -> int:
        for _ in range(5):
            await asyncio.gather(*(ask(wire) for _ in range(7)))
        return wire.opened

    assert over(server, conversation) == server.connections == 7


@pytest.mark.parametrize("script", [[], [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"]])
def test_a_request_that_is_cancelled_takes_its_connection_with_it(script: Script) -> None:
    server = Server(script, [whole()])

    async def conversation(wire: Wire) -> tuple[int, bytes]:
        task = asyncio.create_task(ask(wire))
        await server.asked.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        answer = await ask(wire)
        await server.left.wait()
        return answer

    assert over(server, conversation) == (200, b"{}")
    assert server.connections == 2


def test_whoever_is_cancelled_while_connecting_leaves_nothing_behind() -> None:
    server = Server([whole()])

    async def conversation(wire: Wire) -> None:
        for turns in range(12):
            tasks = [asyncio.create_task(ask(wire)) for _ in range(10)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            assert [answer for answer in answers[1::2] if answer != (200, b"{}")] == []
        await wire.aclose()
        await asyncio.sleep(0.05)
        assert server.gone == server.connections

    over(server, conversation)


def test_a_body_that_is_left_ends_the_connection_and_is_not_read_on() -> None:
    server = Server([b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + bytes(20_000_000)], [whole()])

    async def conversation(wire: Wire) -> tuple[int, bytes]:
        response = await wire.handle_async_request(request())
        # The server can write no more than fits into buffers, however long nobody reads.
        await asyncio.sleep(0.1)
        await response.aclose()
        return await ask(wire)

    assert over(server, conversation) == (200, b"{}")


def test_a_large_body_comes_whole_however_slowly_it_is_read() -> None:
    body = bytes(range(256)) * 20_000

    async def conversation(wire: Wire) -> bytes:
        response = await wire.handle_async_request(request())
        assert isinstance(response.stream, httpx.AsyncByteStream)
        pieces, largest = [], 0
        async for piece in response.stream:
            pieces.append(piece)
            largest = max(largest, len(piece))
            await asyncio.sleep(0.001)
        await response.aclose()
        assert largest < 1024 * 1024
        return b"".join(pieces)

    assert over(Server([whole(body)]), conversation) == body


@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_nothing_but_a_question_is_sent(method: str) -> None:
    async def conversation(wire: Wire) -> None:
        with pytest.raises(httpx.LocalProtocolError):
            await wire.handle_async_request(httpx.Request(method, "http://x", extensions={"target": b"/x"}))

    server = Server([whole()])
    over(server, conversation)
    assert server.heads == []


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (b"/x HTTP/1.1\r\nX: y\r\n\r\n", {}),
        (b"/x y", {}),
        (b"/x", {"If-None-Match": '"a"\r\nX: y'}),
        (b"/x", {"X": "\n"}),
    ],
)
def test_no_line_is_smuggled_into_a_request(target: bytes, headers: dict[str, str]) -> None:
    async def conversation(wire: Wire) -> None:
        with pytest.raises(httpx.LocalProtocolError):
            await wire.handle_async_request(
                httpx.Request("GET", "http://x", headers=headers, extensions={"target": target})
            )

    server = Server([whole()])
    over(server, conversation)
    assert server.heads == []


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def tls_of(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def ask_over_tls(server: Server, context: ssl.SSLContext) -> Any:
    async def main() -> Any:
        async with wire_to(server, context, "localhost") as wire, asyncio.timeout(10):
            return await ask_twice(wire)

    return asyncio.run(main())


@pytest.mark.usefixtures("trusted")
def test_a_trusted_server_is_asked_over_tls_and_its_connection_kept(authority: trustme.CA) -> None:
    server = Server([whole()])
    assert ask_over_tls(server, tls_of(authority)) == [(200, b"{}"), (200, b"{}")]
    assert server.connections == 1


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("script", [[whole()[:-1], None], [None]])
def test_a_body_cut_off_under_tls_is_an_error(authority: trustme.CA, script: Script) -> None:
    answers = ask_over_tls(Server(script), tls_of(authority))
    assert [type(answer) for answer in answers] == [httpx.RemoteProtocolError] * 2


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(authority: trustme.CA) -> None:
    server = Server([whole()])
    answers = ask_over_tls(server, tls_of(authority, "elsewhere.example"))
    assert [type(answer) for answer in answers] == [httpx.ConnectError] * 2
    assert server.heads == []


def test_a_name_is_looked_up_once_for_all_who_connect_and_its_failure_is_theirs() -> None:
    async def main() -> list[Any]:
        wire = Wire(httpx.URL("http://films.invalid"), Key({}, {}))
        answers = await asyncio.gather(*(ask(wire) for _ in range(5)), return_exceptions=True)
        await wire.aclose()
        return answers

    assert {type(answer) for answer in asyncio.run(main())} == {httpx.ConnectError}


def test_a_resolver_that_hangs_holds_up_nobody_who_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [hanging.wait(60)])

    async def main() -> None:
        wire = Wire(httpx.URL("http://films.example"), Key({}, {}))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ask(wire)
        await wire.aclose()

    began = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - began < 20
    hanging.set()


@pytest.mark.usefixtures("trusted")
def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    server = Server([whole()])
    answers = ask_over_tls(server, tls_of(trustme.CA()))
    assert [type(answer) for answer in answers] == [httpx.ConnectError] * 2
    assert "certificate" in str(answers[0]).lower()
    assert server.heads == []
