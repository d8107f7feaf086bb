"""What becomes of a bucket in Redis whose server is not as it should be; a real one is in tests/integration."""

from __future__ import annotations

import asyncio
import math
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import pytest

from ayne.data_collection.tmdb import TMDBClient
from ayne.errors import AllowanceLost, ConfigurationError
from ayne.net import redis_allowance
from ayne.net.rate_limit import Lent
from ayne.net.redis_allowance import RedisTokenServer, shown

KEY = "0123456789abcdef0123456789abcdef"
PASSWORD = "5ec4e70-password"

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], AsyncIterator[None]]


def token_server_at(url: str, rate: float = 4, burst: float = 1) -> RedisTokenServer:
    return RedisTokenServer(url, rate=rate, burst=burst, bucket=("TMDB", KEY))


@asynccontextmanager
async def saying(*replies: Iterable[bytes]) -> AsyncIterator[str]:
    """A server whose n-th connection answers its commands with the n-th replies, but for what a connection begins with.

    A reply of b"" is none: the connection is left waiting.
    """
    left = list(replies)
    silent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = iter(left.pop(0))
        while command := await reader.readline():
            parts = [command]
            for _ in range(2 * int(command[1:])):
                parts.append(await reader.readline())  # noqa: PERF401 - it may end
            if b"EVALSHA\r\n" in parts or b"AUTH\r\n" in parts:
                if not (reply := next(mine)):
                    await silent.wait()
            else:
                reply = b"+OK\r\n"
            writer.write(reply)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    finally:
        silent.set()
        server.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://localhost", "redis://localhost"),
        ("redis://", "redis://localhost"),
        (" rediss://me:secret@Films.Example:6380/3 ", "rediss://films.example:6380/3"),
        ("redis://:secret@[::1]:6379/0?password=secret", "redis://[::1]:6379/0"),
        ("unix://me:secret@/run/redis.sock?db=1&password=secret", "unix:///run/redis.sock"),
    ],
)
def test_an_address_is_shown_without_user_and_password(url: str, said: str) -> None:
    assert shown(url) == token_server_at(url).name == said
    assert repr(token_server_at(url)) == f"<RedisTokenServer {said}>"


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost", "localhost:6379", "http://localhost:6379", "postgresql://localhost", "unix://"),
        *("redis://localhost/films", "redis://localhost/0#x", "redis://localhost:0x/0", "redis://localhost?db=films"),
        f"redis://:{PASSWORD}/and/slashes@localhost/0",
        f"redis://localhost:{PASSWORD}",
        f"http://me:{PASSWORD}@localhost",
    ],
)
def test_what_can_be_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="like redis://localhost:6379/0") as refused:
        token_server_at(url)
    assert PASSWORD not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "options",
    [
        *("socket_timeout=5", "socket_timeout=x", "protocol=3", "health_check_interval=x", "max_connections=2"),
        *(
            "decode_responses=1",
            "encoding=x",
            "retry_on_timeout=1",
            "nonsense=1",
            "host=elsewhere",
            "port=1",
            "path=/x",
        ),
        *("retry=3", "single_connection_client=1", "db=", "db=x", "ssl_cert_reqs=perhaps"),
        *(
            "ssl_check_hostname=x",
            "credential_provider=x",
            "redis_connect_func=x",
            "connection_class=x",
            "=",
            "db=1&x=",
        ),
    ],
)
@pytest.mark.parametrize("server", ["redis://127.0.0.1:1/0", "rediss://127.0.0.1:1/0"])
def test_an_option_of_an_address_is_taken_or_refused_in_words(server: str, options: str) -> None:
    async def join() -> None:
        token_server = token_server_at(f"{server}?{options}")
        try:
            await token_server.join()
        finally:
            await token_server.aclose()

    with pytest.raises((ConfigurationError, AllowanceLost), match="allowance") as refused:
        asyncio.run(join())
    assert len(str(refused.value)) < 400


def test_no_timeout_of_the_package_s_stands_beside_ours() -> None:
    server, _ = redis_allowance._connected("redis://127.0.0.1:1/0")
    connection = server.connection_pool.make_connection()
    assert (connection.socket_timeout, connection.socket_connect_timeout) == (None, None)


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "b\u00e4r..", "a b", "a%00b"])
def test_a_host_that_can_be_none_is_refused_in_words(host: str) -> None:
    async def join() -> None:
        await token_server_at(f"redis://{host}/0").join()

    with pytest.raises((ConfigurationError, AllowanceLost)):
        asyncio.run(join())


def test_without_a_rate_there_is_nothing_to_share() -> None:
    with pytest.raises(ConfigurationError, match="no allowance to share"):
        token_server_at("redis://localhost", rate=math.inf)


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'ayne\[redis\]'"):
        TMDBClient(KEY, allowance="redis://localhost")


def test_a_client_whose_allowance_cannot_be_reached_does_nothing_at_all() -> None:
    async def work() -> None:
        async with TMDBClient(KEY, allowance=f"redis://me:{PASSWORD}@127.0.0.1:1/0"):
            raise AssertionError("it began")

    with pytest.raises(AllowanceLost, match=r"redis://127\.0\.0\.1:1/0 cannot be reached: .*ayne doctor") as lost:
        asyncio.run(work())
    assert PASSWORD not in "".join(
        traceback.TracebackException.from_exception(lost.value, capture_locals=True).format()
    )


async def lend_from(*replies: bytes, user: str = "") -> Lent:
    async with saying(replies) as url:
        token_server = token_server_at(url.replace("//", f"//{user}"))
        try:
            return await token_server.lend(1)
        finally:
            await token_server.aclose()


@pytest.mark.parametrize(
    "reply",
    [
        b"-LOADING Redis is loading the dataset in memory",
        b"-READONLY You can't write against a read only replica.",
        b"-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
        b"-OOM command not allowed when used memory > 'maxmemory'.",
        b"-BUSY Redis is busy running a script.",
        b"-MASTERDOWN Link with MASTER is down",
        b"-CLUSTERDOWN The cluster is down",
        b"-ERR max number of clients reached",
    ],
)
def test_trouble_that_may_pass_is_one_after_which_a_token_server_is_asked_again(reply: bytes) -> None:
    with pytest.raises(OSError, match=reply.split()[-1].rstrip(b".").decode()):
        asyncio.run(lend_from(reply + b"\r\n"))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"-NOAUTH Authentication required.", "does not let us in: Authentication required. User and password"),
        (b"-NOPERM this user has no permissions", "does not let us in: this user has no permissions"),
        (b"-ERR unknown command 'EVALSHA'", "cannot keep an allowance: unknown command 'EVALSHA'. It must be Redis 5"),
        (b"-MOVED 3999 127.0.0.1:6381", "cannot keep an allowance: 3999 127.0.0.1:6381. It must be Redis 5"),
        (b"?HTTP", "cannot keep an allowance: Protocol Error"),
    ],
)
def test_trouble_that_stays_is_told_at_once(reply: bytes, said: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        asyncio.run(lend_from(reply + b"\r\n"))
    assert said in str(told.value)


def test_a_password_that_is_refused_is_nowhere_in_the_error() -> None:
    wrong = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
    with pytest.raises(ConfigurationError, match="does not let us in: invalid username-password pair") as told:
        asyncio.run(lend_from(wrong, wrong, user=f"me:{PASSWORD}@"))
    assert PASSWORD not in str(told.value)
    assert told.value.__context__ is None


def test_an_answer_that_was_given_up_is_not_taken_for_the_next_one() -> None:
    async def work() -> Lent:
        async with saying([b""], [b"*2\r\n:1\r\n$1\r\n0\r\n", b"*2\r\n:0\r\n$1\r\n0\r\n"]) as url:
            token_server = token_server_at(url)
            given_up = asyncio.ensure_future(token_server.lend(5))
            done, _ = await asyncio.wait([given_up], timeout=0.1)
            assert not done
            given_up.cancel()
            await asyncio.gather(given_up, return_exceptions=True)
            try:
                return await token_server.lend(1)
            finally:
                await token_server.aclose()

    assert asyncio.run(work()) == Lent(1)
