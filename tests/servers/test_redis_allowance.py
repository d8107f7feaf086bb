"""A bucket in a real Redis server: the answers of the one in Python, and what is left of those who take from it."""

from __future__ import annotations

import asyncio
import itertools
import math
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from ayne.clock import SystemClock
from ayne.data_collection.tmdb import TMDBClient
from ayne.errors import AllowanceLost, ConfigurationError
from ayne.net.allowance import SharedAllowance
from ayne.net.rate_limit import Lent
from ayne.net.redis_allowance import GONE, SERVER_TIME, RedisTokenServer, Sharing, script
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.fair_bucket import FairBucket
from tests.redis_server import RedisServer, redis_server

KEY = "5ec4e70fedcba9876543210fedcba987"

# A moment as Redis tells it: today's clocks count this many seconds.
NOW = 1_790_000_000.0
TOLD_TIME = "local now = tonumber(ARGV[6])"

_names = itertools.count()


@pytest.fixture
def bucket() -> tuple[str, ...]:
    """The words for a bucket that nobody else uses."""
    return ("a test's", str(next(_names)))


@pytest.fixture(scope="session")
def database(redis: RedisServer) -> Iterator[Redis]:
    with Redis.from_url(redis.url) as database:
        yield database


@asynccontextmanager
async def lending(
    server: RedisServer, bucket: tuple[str, ...], rate: float, burst: float
) -> AsyncIterator[RedisTokenServer]:
    token_server = RedisTokenServer(server.url, rate=rate, burst=burst, bucket=bucket)
    try:
        yield token_server
    finally:
        await token_server.aclose()


class ToldTheTime:
    """The bucket in Redis, but for the time, which it is told."""

    def __init__(self, database: Redis, rate: float, burst: float) -> None:
        self.database = database
        self.key = f"told the time {next(_names)}"
        self.numbers = [repr(rate), repr(burst)]
        self.script = database.register_script(script(TOLD_TIME))

    def lend(self, now: float, most: int, who: str) -> Lent:
        return self.do(now, who, "lend", most)

    def pause(self, now: float, seconds: float) -> None:
        self.do(now, "pausing", "pause", seconds)

    def do(self, now: float, who: str, what: str, amount: float) -> Lent:
        tokens, wait, *_ = self.script([self.key], [*self.numbers, who, what, repr(amount), repr(now)])
        return Lent(tokens, float(wait))

    def lives_for(self) -> float:
        """Seconds until it is forgotten."""
        return float(self.database.pttl(self.key)) / 1000


# Who asks, how long after the one before (in tokens), for how many, and perhaps a pause asked for at that moment.
ASKING = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.floats(0, 3) | st.sampled_from([0.0, 0.3, 1.001]),
        st.integers(1, 5),
        st.sampled_from([None] * 9 + [0.0, 0.1, 5.0]),
    ),
    max_size=40,
)


@given(st.floats(0.05, 500) | st.floats(5, 50), st.floats(1, 10), ASKING)
def test_the_script_answers_as_the_bucket_in_python_does(
    database: Redis, rate: float, burst: float, asking: list[tuple[str, float, int, float | None]]
) -> None:
    model, real, now = FairBucket(rate, burst), ToldTheTime(database, rate, burst), NOW
    full_at = now
    for who, gap, most, pause in asking:
        now += gap / rate
        if pause is not None:
            model.pause(now + pause)
            real.pause(now, pause)
            full_at = max(full_at, now + pause + burst / rate)
        expected, lease = model.lend(now, most, who), real.lend(now, most, who)
        assert lease.tokens == expected.tokens
        assert lease.wait == pytest.approx(expected.wait, abs=1e-6)
        full_at = max(full_at, now + lease.tokens / rate)
        # What is forgotten is full when it is asked for again: it must have been full.
        assert real.lives_for() > full_at - now


def test_time_is_the_server_s(database: Redis) -> None:
    before = time_of(database)
    tell = database.register_script(f"{SERVER_TIME} return string.format('%.6f', now)")
    told = float(tell())
    assert before <= told <= time_of(database)


def time_of(database: Redis) -> float:
    seconds, micros = database.time()
    return float(seconds) + float(micros) / 1e6


def test_a_pause_stays_as_long_as_it_was_when_the_clock_of_the_server_is_set_back(database: Redis) -> None:
    real = ToldTheTime(database, rate=10, burst=2)
    real.pause(NOW, 30)
    assert real.lend(NOW + 5, 1, "a").wait == pytest.approx(25.1)
    assert real.lend(NOW + 5 - 3600, 1, "a").wait == pytest.approx(25.1, abs=1e-5)
    assert real.lend(NOW + 30.101 - 3600, 1, "a").tokens == 1


def test_a_clock_that_is_set_back_gives_nothing_away_and_holds_nobody_up(database: Redis) -> None:
    real = ToldTheTime(database, rate=10, burst=2)
    assert real.lend(NOW, 5, "a").tokens == 2
    assert real.lend(NOW - 3600, 5, "a").wait == pytest.approx(0.1)
    assert real.lend(NOW - 3600 + 0.101, 5, "a").tokens == 1


def test_others_at_another_rate_are_refused_while_somebody_is_at_work(
    redis: RedisServer, bucket: tuple[str, ...]
) -> None:
    async def work() -> None:
        async with lending(redis, bucket, 40, 2) as one, lending(redis, bucket, 4, 1) as other:
            await one.join()
            with pytest.raises(ConfigurationError, match="at 40 a second, and this one was told 4 a second"):
                await other.join()
            with pytest.raises(ConfigurationError, match="Tell all of them the same rate"):
                await other.lend(1)
            async with lending(redis, bucket, 40, 5) as burstier:
                with pytest.raises(ConfigurationError, match=r"with bursts of 2, and this one .* with bursts of 5"):
                    await burstier.join()
            assert await other.look() == Sharing(40, 2, programs=1)
            await one.aclose()
            await other.join()
            assert await one.look() == Sharing(4, 1, programs=1)

    asyncio.run(work())


def test_who_said_nothing_for_long_is_not_waited_for(database: Redis) -> None:
    killed, another = ToldTheTime(database, rate=40, burst=2), ToldTheTime(database, rate=4, burst=1)
    another.key = killed.key
    killed.lend(NOW, 1, "killed")
    assert another.do(NOW + GONE - 1, "another", "join", 0).tokens == -1
    assert another.do(NOW + GONE, "another", "join", 0).tokens == 0
    # What was saved up at the other rate is no allowance at this one.
    assert another.lend(NOW + GONE, 1, "another").wait == pytest.approx(0.25)


def test_nobody_shares_what_nobody_asked_for(redis: RedisServer, bucket: tuple[str, ...]) -> None:
    async def work() -> None:
        async with lending(redis, bucket, 4, 1) as token_server:
            assert await token_server.look() is None
            await token_server.join()
            assert await token_server.look() == Sharing(4, 1, programs=1)
        async with lending(redis, bucket, 4, 1) as token_server:
            assert await token_server.look() is None

    asyncio.run(work())


def test_a_pause_that_one_asks_for_holds_the_other_back_too(redis: RedisServer, bucket: tuple[str, ...]) -> None:
    async def work() -> tuple[Lent, Lent]:
        async with lending(redis, bucket, 10, 2) as one, lending(redis, bucket, 10, 2) as other:
            await one.pause(30.0)
            await one.pause(3.0)
            return await other.lend(1), await one.lend(1)

    other, one = asyncio.run(work())
    assert (other.tokens, one.tokens) == (0, 0)
    assert 28 < other.wait < 30.1 < one.wait + 2


def test_the_tokens_of_a_program_that_is_killed_are_lost(redis: RedisServer, bucket: tuple[str, ...]) -> None:
    program = f"""
import asyncio, time
from ayne.net.redis_allowance import RedisTokenServer
token_server = RedisTokenServer({redis.url!r}, rate=0.001, burst=5, bucket={bucket!r})
print(asyncio.run(token_server.lend(3)), flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == "Lent(tokens=3, wait=0.0)"
        process.send_signal(signal.SIGKILL)

    async def rest() -> tuple[int, int]:
        async with lending(redis, bucket, 0.001, 5) as token_server:
            return (await token_server.lend(9)).tokens, (await token_server.lend(9)).tokens

    assert asyncio.run(rest()) == (2, 0)


def test_no_key_of_tmdb_s_or_part_of_one_is_in_the_server(redis_program: str) -> None:
    async def work(url: str, allowance: str) -> None:
        async with AsyncExitStack() as stack:
            for key in (KEY, f"eyJhbGciOiJIUzI1NiJ9.{KEY}.{KEY}"):
                client = TMDBClient(key, base_url=url, requests_per_second=1000, allowance=allowance)
                await stack.enter_async_context(client)
                await client.check_credentials()

    with redis_server(redis_program) as server, running(SandboxApp(Catalogue.generated(100))) as sandbox:
        asyncio.run(work(sandbox.url, server.url))
        with Redis.from_url(server.url) as database:
            keys = database.keys("*")
            told = b"\n".join(
                keys + [database.get(name) for name in keys] + [str(database.info("everything")).encode()]
            )
            assert len(keys) == 2
            assert all(0 < database.ttl(name) <= GONE + 2 for name in keys)
            assert all(isinstance(msgspec.msgpack.decode(database.get(name)), dict) for name in keys)
    assert not [part for part in (KEY[i : i + 12] for i in range(len(KEY) - 11)) if part.encode() in told]


def test_a_key_and_a_server_have_one_bucket_and_another_key_another(redis: RedisServer) -> None:
    async def shared_with(key: str, base_url: str) -> int:
        async with TMDBClient(KEY, base_url="https://api.themoviedb.org/3", allowance=redis.url):
            other = TMDBClient(key, base_url=base_url, allowance=redis.url)
            assert other.token_server
            seen = await other.token_server.look()
            await other.aclose()
            return seen.programs if seen else 0

    assert asyncio.run(shared_with(KEY, "https://api.themoviedb.org/3")) == 1
    assert asyncio.run(shared_with(KEY, "https://api.tmdb.org/3/")) == 1
    assert asyncio.run(shared_with(KEY, "http://127.0.0.1:1/3")) == 0
    assert asyncio.run(shared_with(KEY.replace("5", "6"), "https://api.themoviedb.org/3")) == 0


def test_several_programs_together_keep_the_promise_and_each_has_its_share(
    redis: RedisServer, bucket: tuple[str, ...]
) -> None:
    rate, burst, tokens = 200.0, 4.0, 100

    async def program(moments: list[float]) -> None:
        async with lending(redis, bucket, rate, burst) as token_server:
            share = SharedAllowance(token_server, SystemClock(), token_server.name)

            async def take() -> None:
                while len(had[0]) + len(had[1]) < tokens:
                    await share.take()
                    moments.append(time.monotonic())

            await asyncio.gather(*(take() for _ in range(5)))

    had: list[list[float]] = [[], []]

    async def work() -> None:
        await asyncio.gather(*map(program, had))

    asyncio.run(work())
    moments = sorted(had[0] + had[1])
    assert moments[-1] - moments[0] > (len(moments) - burst - 1) / rate - 0.1
    assert min(map(len, had)) > 0.3 * max(map(len, had))


def test_a_server_that_comes_back_empty_is_lent_from_again(redis_program: str, bucket: tuple[str, ...]) -> None:
    async def work() -> None:
        with redis_server(redis_program) as server:
            async with lending(server, bucket, 100, 5) as token_server:
                assert (await token_server.lend(1)).tokens == 1
                server.stop()
                # First the connection that it had ends, then none can be made.
                with pytest.raises(OSError) as closed:  # noqa: PT011 - redis says it in words of its own
                    await token_server.lend(1)
                assert not isinstance(closed.value, TimeoutError)
                with pytest.raises(OSError):  # noqa: PT011
                    await token_server.pause(1)
                with pytest.raises(AllowanceLost):
                    await token_server.look()
                server.start()
                assert (await token_server.lend(1)).tokens == 1

    asyncio.run(work())


def test_a_password_is_asked_for_and_never_shown(redis_program: str) -> None:
    async def join(url: str) -> str:
        token_server = RedisTokenServer(url, rate=4, burst=1, bucket=("TMDB", KEY))
        try:
            await token_server.join()
        finally:
            await token_server.aclose()
        return repr(token_server)

    with redis_server(redis_program, "--requirepass", "let-me-in") as server:
        shown = asyncio.run(join(server.url.replace("//", "//:let-me-in@")))
        assert shown == f"<RedisTokenServer {server.url}>"
        for url in (server.url, server.url.replace("//", "//:something-else@")):
            with pytest.raises(ConfigurationError, match=r"does not let us in: .*stand in the address") as refused:
                asyncio.run(join(url))
            assert "something-else" not in str(refused.value)


def test_a_user_who_may_do_no_more_than_the_documents_say_is_enough(redis_program: str) -> None:
    allowed = ("+get", "+set", "+time", "+evalsha", "+script|load")

    async def share(url: str) -> Sharing | None:
        token_server = RedisTokenServer(url.replace("//", "//sharer:pw@"), rate=4, burst=1, bucket=("TMDB", KEY))
        try:
            await token_server.join()
            await token_server.lend(1)
            await token_server.pause(1)
            return await token_server.look()
        finally:
            await token_server.aclose()

    with redis_server(redis_program) as server, Redis.from_url(server.url) as database:
        database.execute_command("ACL", "SETUSER", "sharer", "on", ">pw", "~ayne:allowance:*", *allowed)
        assert asyncio.run(share(server.url)) == Sharing(4, 1, programs=1)
        database.execute_command("ACL", "SETUSER", "sharer", "-set")
        with pytest.raises(ConfigurationError, match="can't run this command"):
            asyncio.run(share(server.url))


def test_a_rate_of_any_size_can_be_shared(database: Redis) -> None:
    for rate in (1e-6, 1 / 3, 1e6):
        real = ToldTheTime(database, rate, 1)
        assert real.lend(NOW, 1, "a").tokens == 1
        assert real.lend(NOW, 1, "a").wait == pytest.approx(max(1e-6, 1 / rate))
        assert real.lives_for() >= math.floor(1 / rate)


def test_a_cancellation_is_never_lost_whenever_it_comes(redis: RedisServer, bucket: tuple[str, ...]) -> None:
    async def work() -> int:
        survived = 0
        async with lending(redis, bucket, 1e6, 1000) as token_server:
            await token_server.join()
            for attempt in range(600):

                async def lend_for_ever() -> None:
                    while True:
                        await token_server.lend(1)

                lending_on = asyncio.create_task(lend_for_ever())
                for _ in range(attempt % 40):
                    await asyncio.sleep(0)
                lending_on.cancel()
                done, _ = await asyncio.wait([lending_on], timeout=0.5)
                survived += not done
                lending_on.cancel()
        return survived

    assert asyncio.run(work()) == 0
