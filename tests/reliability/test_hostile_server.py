"""What a hostile server can do is bounded: in where the key goes, in memory, on disk and in time."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.errors import BadPayload, ConnectionFailed, ServerFailure, SourceError, TimedOut
from tests.reliability.hostile import HostileServer, Script, for_ever, listening, once
from tests.virtual_time import VirtualClock, run

KEY = "5ec4e70123456789abcdef0123456789"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiI1ZWM0ZTcwIn0.c2VjcmV0c2VjcmV0"
OMDB_KEY = "5ec4e701"

# Waited for only where the machine is busy.
PATIENCE = 120.0
DAY = date(2026, 2, 12)
# What is fetched anyway may fill buffers of the machine.
SLACK = 64 * 1024 * 1024


async def ask(server: HostileServer, *, key: str = KEY, timeout: float = PATIENCE) -> SourceError:  # noqa: ASYNC109
    """What comes of asking for a film once."""
    async with TMDBClient(key, base_url=f"{server.url}/3", timeout=timeout, max_retries=0) as client:
        with pytest.raises(SourceError) as caught:
            await client.get_movie_details(550)
    assert KEY not in str(caught.value)
    return caught.value


def outcome(script: Script, *, timeout: float = PATIENCE) -> tuple[SourceError, HostileServer]:
    """What comes of asking a server that answers by a script, and the server."""

    async def main() -> tuple[SourceError, HostileServer]:
        async with listening(script) as server:
            return await ask(server, timeout=timeout), server

    return asyncio.run(main())


# --- where the key goes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("key", [KEY, TOKEN])
def test_nobody_is_followed_to_another_server(status: int, key: str) -> None:
    async def main() -> None:
        async with listening(once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as other:
            moved = f"HTTP/1.1 {status} Moved\r\nLocation: {other.url}/3/movie/550\r\nContent-Length: 0\r\n\r\n"
            async with listening(once(moved.encode())) as server:
                error = await ask(server, key=key)
                assert isinstance(error, ServerFailure)
                assert error.status == status
                assert len(server.asked) == 1
            assert other.asked == []

    asyncio.run(main())


@pytest.mark.parametrize("where", ["/3/movie/551", "//127.0.0.1/x", "http://127.0.0.1:1/", "file:///etc/passwd"])
def test_nobody_is_followed_anywhere(where: str) -> None:
    moved = f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n"
    error, server = outcome(once(moved.encode()))
    assert (error.status, len(server.asked)) == (302, 1)


def test_omdb_and_the_exports_are_not_followed_either(tmp_path: Path) -> None:
    async def main() -> None:
        async with listening(once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as other:
            moved = f"HTTP/1.1 302 Found\r\nLocation: {other.url}/\r\nContent-Length: 0\r\n\r\n"
            async with listening(once(moved.encode())) as server:
                async with OMDBClient(OMDB_KEY, base_url=server.url, max_retries=0) as omdb:
                    with pytest.raises(SourceError):
                        await omdb.get_ratings("tt0137523")
                async with ExportClient(tmp_path, base_url=server.url, max_retries=0) as exports:
                    with pytest.raises(SourceError):
                        await exports.fetch(days_back=0)
                assert len(server.asked) == 2
            assert other.asked == []

    asyncio.run(main())


def test_the_file_host_learns_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMDB_API_KEY", KEY)

    async def main() -> list[bytes]:
        async with listening(once(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")) as server:
            async with ExportClient(tmp_path, base_url=server.url, max_retries=0) as exports:
                with pytest.raises(SourceError):
                    await exports.fetch(days_back=0)
            return server.asked

    (head,) = asyncio.run(main())
    assert KEY.encode() not in head


# --- memory and time ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head", [b"Content-Length: 1000000000000", b"Transfer-Encoding: chunked", b"Connection: close"]
)
def test_a_body_without_end_is_left_unread(head: bytes) -> None:
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n" if b"chunked" in head else b"x" * 65536
    error, server = outcome(for_ever(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n", piece))
    assert isinstance(error, BadPayload)
    assert server.sent < 32 * 1024 * 1024 + SLACK


def test_a_head_without_end_is_left_unread() -> None:
    error, server = outcome(for_ever(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"y" * 8000 + b"\r\n"))
    assert isinstance(error, ConnectionFailed)
    assert server.sent < SLACK


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"y"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["nonsense", "head", "chunks", "body", "hints"],
)
def test_what_drips_does_not_outlast_the_timeout(first: bytes, drop: bytes) -> None:
    error, server = outcome(for_ever(first, drop, 0.02), timeout=0.5)
    assert isinstance(error, TimedOut | ConnectionFailed)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 99999999999999999999999999999999999",
        b"Content-Length: -1",
        b"Content-Length: abc",
        b"Content-Length: 2\r\nContent-Length: 3",
        b"Content-Length: 10",
        b"Transfer-Encoding: chunked",
        b"Content-Encoding: gzip\r\nContent-Length: 2",
        b"Content-Encoding: deflate\r\nContent-Length: 2",
        b"no colon at all",
        b"X: \x00\x01",
        b"Content-Type: text/html; charset=utf-7\r\nContent-Length: 2",
    ],
)
def test_a_head_that_lies_is_refused_with_a_reason(head: bytes) -> None:
    error, _ = outcome(once(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n", b"[]"))
    assert str(error).isprintable()


# Imports first, then the answer: what memory grows by is the answer's doing.
_MEASURED = """
import asyncio, resource, sys
import httpx
from ayne.data_collection.tmdb import TMDBClient
from ayne.errors import BadPayload
from tests.reliability.hostile import bomb

body, encoding = eval(sys.argv[1]), sys.argv[2]

class OneChunk(httpx.AsyncByteStream):
    async def __aiter__(self):
        yield body

class Host(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request):
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=OneChunk())

async def main():
    async with TMDBClient("0" * 32, transport=Host(), max_retries=0) as client:
        try:
            await client.get_movie_details(550)
        except BadPayload as error:
            print(error)

limit = 4 * 1024**3
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
asyncio.run(main())
print(len(body), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="kilobytes of memory are counted as Linux does")
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("bomb(10_000)", "gzip"),
        ("bomb(10_000, 15)", "deflate"),
        ("bomb(10_000, -15)", "deflate"),
        ("__import__('gzip').compress(bomb(10_000))", "gzip, gzip"),
        ("__import__('gzip').compress(bomb(10_000))", ", ".join(["gzip"] * 50)),
    ],
    ids=["gzip", "zlib", "deflate", "twice", "often"],
)
def test_a_body_that_unpacks_beyond_all_reason_takes_no_memory(body: str, encoding: str) -> None:
    """Ten gigabytes of zeros in ten megabytes, in one piece."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, body, encoding], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    *reason, measured = done.stdout.splitlines()
    size, grown = map(int, measured.split())
    assert reason, "it was not refused"
    assert grown * 1024 < size + 4 * 32 * 1024 * 1024


# --- the disk -----------------------------------------------------------------------------------------------------


class Host(httpx.AsyncBaseTransport):
    """Sends a byte now and then, for ever, in virtual time."""

    def __init__(self, seconds: float, headers: dict[str, str]) -> None:
        self.seconds = seconds
        self.headers = headers
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return httpx.Response(200, headers=self.headers, stream=_Dripping(self.seconds))


class _Dripping(httpx.AsyncByteStream):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(self._seconds)


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "26000000", "ETag": '"x"'}])
def test_an_export_that_drips_for_ever_is_given_up(tmp_path: Path, headers: dict[str, str]) -> None:
    host = Host(20.0, headers)

    async def main() -> float:
        clock = VirtualClock()
        async with ExportClient(tmp_path, transport=host, clock=clock, timeout=30, deadline=300) as client:
            with pytest.raises(TimedOut):
                async with asyncio.timeout(1e6):  # rather than that this test takes for ever
                    await client.fetch(days_back=0)
        return clock.monotonic()

    assert run(main()) < 4 * 400
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".gz"] == []


def test_an_export_larger_than_announced_ends_where_it_should(tmp_path: Path) -> None:
    async def main() -> int:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 100000\r\n\r\n"
        async with (
            listening(for_ever(head, b"10000\r\n" + b"x" * 65536 + b"\r\n")) as server,
            ExportClient(tmp_path, base_url=server.url, max_retries=0) as client,
        ):
            with pytest.raises(SourceError):
                await client.fetch(days_back=0)
            return server.sent

    assert asyncio.run(main()) < SLACK
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 1024 * 1024


def test_a_link_in_the_folder_of_exports_is_not_written_through(tmp_path: Path) -> None:
    """A folder that others may write to, such as /tmp: what they put there leads to files of ours."""
    folder, precious = tmp_path / "exports", tmp_path / "precious.txt"
    folder.mkdir()
    precious.write_text("precious")

    async def main() -> None:
        async with (
            listening(once(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nrubb")) as server,
            ExportClient(folder, base_url=server.url, max_retries=0) as client,
        ):
            name = f"movie_ids_{DAY:%m_%d_%Y}.json.gz"
            for link in (f"{name}.part", f"{name}.part.json", f"{name}.part.tmp", f"{name}.part.json.tmp"):
                (folder / link).symlink_to(precious)
            with pytest.raises(SourceError):
                await client.fetch(day=DAY, days_back=0)

    asyncio.run(main())
    assert precious.read_text() == "precious"


def test_a_body_of_packed_nothings_ends() -> None:
    """A file of gzip may have any number of members, and an empty one unpacks to nothing at all."""
    nothing = gzip.compress(b"") * 1000
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    error, server = outcome(for_ever(head, nothing))
    assert isinstance(error, BadPayload)
    assert server.sent < 32 * 1024 * 1024 + SLACK


@pytest.mark.parametrize("answer", [b'HTTP/1.1 200 OK\r\nETag: "KEY"\r\n\r\n{"id":550}', b"HTTP/1.1 KEY\r\n\r\n"])
def test_a_key_that_comes_back_in_the_head_is_struck_out(answer: bytes) -> None:
    async def main() -> str:
        async with (
            listening(once(answer.replace(b"KEY", KEY.encode()))) as server,
            TMDBClient(KEY, base_url=f"{server.url}/3", max_retries=0) as client,
        ):
            try:
                return str(await client.get_movie_details(550))
            except SourceError as error:
                return str(error)

    assert KEY not in asyncio.run(main())
