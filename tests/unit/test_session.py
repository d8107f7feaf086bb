import asyncio
import gzip
import logging
import math
import traceback
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import aclosing, suppress
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.clock import SystemClock
from ayne.data_collection.tmdb import protocol
from ayne.errors import (
    BadPayload,
    ConnectionFailed,
    InvalidRequest,
    Mismatched,
    NotFound,
    OutOfReach,
    RateLimited,
    ServerFailure,
    SourceError,
    TimedOut,
    Unauthorized,
)
from ayne.net.allowance import OwnAllowance
from ayne.net.bodies import MAX_BODY_BYTES
from ayne.net.fan_out import fan_out
from ayne.net.rate_limit import TokenBucket
from ayne.net.retry import RetryPolicy
from ayne.net.session import Answer, Session, shown
from tests.unit.test_rate_limit import excess
from tests.virtual_time import EPOCH, VirtualClock, run

KEY = "5ec4e70123456789abcdef0123456789"
BASE = "https://films.example/3"

Piece = bytes | float | Exception
Reply = Callable[[], httpx.Response]


class Body(httpx.AsyncByteStream):
    """Bytes that come, seconds that pass between them, an error that breaks them off."""

    def __init__(self, *pieces: Piece) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
            elif isinstance(piece, Exception):
                raise piece
            else:
                await asyncio.sleep(piece)


def reply(status: int = 200, *pieces: Piece, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: httpx.Response(status, headers=named, stream=Body(*(pieces or (b"{}",))))


OK = reply()
LIMITED = reply(429, b'{"status_code":25}')


class Server:
    """Answers by a script, then always with success; notes what came, when, and how much of it at once."""

    def __init__(self, *script: Reply | Exception, seconds: float = 0.0, always: Reply | Exception = OK) -> None:
        self.script = deque(script)
        self.seconds = seconds
        self.always = always
        self.requests: list[httpx.Request] = []
        self.came: list[float] = []
        self.at_once: list[int] = []
        self._busy = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.script.popleft() if self.script else self.always
        self.requests.append(request)
        self.came.append(asyncio.get_running_loop().time())
        self._busy += 1
        self.at_once.append(self._busy)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self._busy -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer()

    @property
    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/3/") for request in self.requests]


def session_with(
    server: Callable[[httpx.Request], Coroutine[None, None, httpx.Response]],
    *,
    rate: float = math.inf,
    burst: float = 1,
    width: int = 10,
    retry: RetryPolicy = RetryPolicy(jitter=0),  # noqa: B008 - it is frozen
    timeout: float = 30.0,
    auth_query: Mapping[str, str] | None = None,
    auth_headers: Mapping[str, str] | None = None,
    comeback: bool = False,
) -> Session:
    clock = VirtualClock()
    return Session(
        BASE,
        allowance=OwnAllowance(TokenBucket(rate, burst), clock),
        max_concurrent=width,
        retry=retry,
        timeout=timeout,
        clock=clock,
        transport=httpx.MockTransport(server),
        auth_query=auth_query,
        auth_headers=auth_headers,
        rate=rate if comeback else math.inf,
    )


async def ask(session: Session, path: str = "/x") -> dict[str, Any]:
    return await session.get(path, {"language": "de"}, protocol.fields)


async def ask_many(session: Session, count: int) -> list[Any]:
    return list(await asyncio.gather(*(ask(session, f"/{n}") for n in range(count)), return_exceptions=True))


def now() -> float:
    return asyncio.get_running_loop().time()


# --- slots and tokens ---------------------------------------------------------------------------------------------


@given(st.integers(1, 8), st.integers(1, 20), st.sampled_from([0.0, 0.3, 5.0]))
def test_no_more_requests_are_under_way_than_allowed(width: int, count: int, seconds: float) -> None:
    server = Server(reply(503), LIMITED, httpx.ReadError("reset"), seconds=seconds)
    answers = run(ask_many(session_with(server, width=width), count))
    assert answers == [{}] * count
    assert max(server.at_once) <= width


def test_every_slot_is_used() -> None:
    server = Server(seconds=1.0)
    run(ask_many(session_with(server, width=7), 20))
    assert max(server.at_once) == 7


@given(
    st.floats(0.5, 60),
    st.floats(1, 5),
    st.lists(st.sampled_from([OK, reply(500), LIMITED, reply(429, retry_after="3"), httpx.ReadError("")]), max_size=15),
    st.sampled_from([0.0, 0.05, 2.0]),
)
def test_the_server_never_sees_more_than_was_promised(
    rate: float, burst: float, script: list[Reply | Exception], seconds: float
) -> None:
    server = Server(*script, seconds=seconds)
    run(ask_many(session_with(server, rate=rate, burst=burst), 20))
    assert len(server.came) >= 20
    assert excess(server.came, rate, burst) < 1e-6


def test_requests_start_as_fast_as_allowed() -> None:
    server = Server()
    run(ask_many(session_with(server, rate=4, burst=2), 10))
    assert server.came == pytest.approx([0, 0, *(n / 4 for n in range(1, 9))])


@pytest.mark.parametrize("rate", [1e5, 1e6, 1e9])
def test_a_rate_finer_than_timers_are_does_not_stand_still(rate: float) -> None:
    server = Server(seconds=0.123456789)
    assert run(ask_many(session_with(server, rate=rate), 300)) == [{}] * 300


def test_every_retry_takes_a_token() -> None:
    server = Server(reply(503), httpx.ReadError("reset"), reply(200, b"<html>"))
    run(ask(session_with(server, rate=0.1, retry=RetryPolicy(backoff=0, jitter=0))))
    assert server.came == pytest.approx([0, 10, 20, 30])


def test_requests_go_out_in_the_order_they_were_asked() -> None:
    server = Server(seconds=0.7)
    run(ask_many(session_with(server, rate=5, width=3), 20))
    assert server.paths == [str(n) for n in range(20)]


@pytest.mark.parametrize("moment", [0.0, 0.5, 0.999])
def test_a_cancelled_waiter_loses_no_token(moment: float) -> None:
    server = Server()

    async def main() -> None:
        session = session_with(server, rate=1)
        tasks = [asyncio.create_task(ask(session, f"/{n}")) for n in range(4)]
        await asyncio.sleep(moment)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(main())
    assert server.paths == ["0", "2", "3"]
    assert server.came == pytest.approx([0, 1, 2])


@given(st.lists(st.tuples(st.integers(0, 14), st.floats(0, 6)), max_size=12))
def test_whoever_is_cancelled_the_others_are_served_at_full_rate(cancelled: list[tuple[int, float]]) -> None:
    server = Server(seconds=0.5)

    async def main() -> int:
        session = session_with(server, rate=2, width=4)
        tasks = [asyncio.create_task(ask(session, f"/{n}")) for n in range(15)]
        for number, moment in cancelled:
            asyncio.get_running_loop().call_later(moment, tasks[number].cancel)
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(answer == {} for answer in answers)

    answered = run(main())
    assert answered >= 15 - len({number for number, _ in cancelled})
    assert server.came == pytest.approx([n / 2 for n in range(len(server.came))])


# --- asking again ---------------------------------------------------------------------------------------------------

HTML = reply(200, b"<!DOCTYPE html><p>Bad gateway")
BROKEN_GZIP = reply(200, b"<html>", content_encoding="gzip")
CUT_GZIP = reply(200, gzip.compress(b'{"overview":"a long enough text"}')[:30], content_encoding="gzip")
CUT_BODY = reply(200, b'{"id":', httpx.RemoteProtocolError("peer closed connection"))


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (httpx.ReadError("reset"), ConnectionFailed),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), ConnectionFailed),
        (CUT_BODY, ConnectionFailed),
        (httpx.ConnectTimeout(""), TimedOut),
        (httpx.ReadTimeout(""), TimedOut),
        (BROKEN_GZIP, BadPayload),
        (CUT_GZIP, BadPayload),
        (HTML, BadPayload),
        (reply(200, b""), BadPayload),
        (reply(502, b"<html>"), ServerFailure),
        (reply(418), ServerFailure),
        (reply(302, location="https://elsewhere.example/"), ServerFailure),
        (LIMITED, RateLimited),
    ],
)
def test_what_may_pass_is_asked_again(trouble: Reply | Exception, kind: type[SourceError]) -> None:
    server = Server(trouble, trouble)
    session = session_with(server)
    assert run(ask(session)) == {}
    assert server.came == pytest.approx([0, 1, 3])
    assert session.traffic.retries == {kind("").reason: 2}

    with pytest.raises(kind) as caught:
        run(ask(session_with(Server(always=trouble))))
    assert caught.value.attempts == 4
    assert caught.value.request == "/x?language=de"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (reply(401, b'{"status_code":7}'), Unauthorized),
        (reply(404, b'{"status_code":34}'), NotFound),
        (reply(404, b"<html>"), NotFound),
        (reply(422, b'{"errors":["query must be provided"]}'), InvalidRequest),
        (reply(400, b'{"status_code":22}'), InvalidRequest),
    ],
)
def test_a_refusal_is_not_asked_again(refusal: Reply, kind: type[SourceError]) -> None:
    server = Server(refusal)
    with pytest.raises(kind):
        run(ask(session_with(server)))
    assert len(server.came) == 1


@pytest.mark.parametrize("stall", [reply(200, 1e6, b"{}"), reply(200, b"{", 1e6, b"}")])
def test_an_answer_that_stalls_ends_at_the_timeout(stall: Reply) -> None:
    server = Server(stall)
    assert run(ask(session_with(server, timeout=20))) == {}
    assert server.came == pytest.approx([0, 21])


def test_a_server_that_never_answers_ends_at_the_timeout() -> None:
    server = Server(seconds=1e6)

    async def main() -> float:
        with pytest.raises(TimedOut, match="no whole answer within 20 s"):
            await ask(session_with(server, timeout=20, retry=RetryPolicy(max_retries=0)))
        return now()

    assert run(main()) == pytest.approx(20)


def test_a_server_that_never_answers_anybody_is_given_up_after_two_minutes() -> None:
    server = Server(seconds=1e6)

    async def main() -> tuple[list[Any], float]:
        session = session_with(server, width=3)
        return await ask_many(session, 12), now()

    results, took = run(main())
    assert {type(result) for result in results} == {OutOfReach}
    assert "no whole answer for 120 s" in str(results[0])
    # Those that wait for a slot are given one attempt each.
    assert took <= 120 + 31 * (12 / 3 + 1)


def test_a_server_that_stops_answering_is_given_up_two_minutes_after_it_was_asked_and_no_sooner() -> None:
    server = Server(OK)

    async def main() -> tuple[float, float]:
        session = session_with(server, retry=RetryPolicy(max_retries=100, jitter=0, deadline=1e6))
        await ask(session)
        await asyncio.sleep(1000)
        server.seconds, asked = 1e6, now()
        with pytest.raises(OutOfReach):
            await ask(session)
        gave_up = now()
        server.seconds = 0.0
        await ask(session)
        return asked, gave_up

    asked, gave_up = run(main())
    assert 120 <= gave_up - asked <= 160


def test_a_server_that_was_there_is_asked_as_often_as_any_when_it_refuses_connections() -> None:
    server = Server(reply(404), *[httpx.ConnectError("refused")] * 3, OK)

    async def main() -> Any:
        session = session_with(server)
        with suppress(NotFound):
            await ask(session)
        return await ask(session)

    assert run(main()) == {}
    assert len(server.came) == 5


def test_a_server_that_was_never_there_is_out_of_reach_at_the_second_attempt() -> None:
    server = Server(always=httpx.ConnectError("refused"))

    async def main() -> tuple[list[Any], float]:
        return await ask_many(session_with(server, width=3), 3), now()

    results, took = run(main())
    assert {type(result) for result in results} == {OutOfReach}
    assert results[0].message == "no connection; the last: the connection failed: refused"
    assert len(server.came) == 6
    assert took < 1.5


def test_a_server_that_is_there_at_the_second_attempt_is_not_given_up() -> None:
    assert run(ask(session_with(Server(httpx.ConnectError("refused"), OK)))) == {}


def test_a_server_that_answers_now_and_then_is_not_given_up() -> None:
    script: list[Reply | Exception] = [httpx.ReadError("reset"), OK]
    server = Server(*script * 20, always=httpx.ReadError("reset"))

    async def main() -> None:
        session = session_with(server)
        for _ in range(20):
            await ask(session)
            await asyncio.sleep(100)

    run(main())


def test_a_body_that_drips_does_not_outlast_the_timeout() -> None:
    drip: list[Piece] = [b" ", 1.0] * 1000
    with pytest.raises(TimedOut):
        run(ask(session_with(Server(reply(200, *drip)), timeout=20, retry=RetryPolicy(max_retries=0))))


@pytest.mark.parametrize("trouble", [reply(503), LIMITED, httpx.ReadError("reset")])
def test_a_request_that_always_fails_ends_by_its_deadline(trouble: Reply | Exception) -> None:
    server = Server(always=trouble, seconds=3.0)

    async def main() -> float:
        with pytest.raises(SourceError):
            await ask(session_with(server, retry=RetryPolicy(max_retries=1000, deadline=200)))
        return now()

    assert 140 < run(main()) <= 203
    assert max(server.came) <= 200


def test_waiting_for_a_first_token_is_no_attempt() -> None:
    server = Server(OK, reply(503))
    assert run(ask_many(session_with(server, rate=0.001), 2)) == [{}, {}]
    assert server.came == pytest.approx([0, 1000, 2000])


def test_a_cancelled_request_is_not_asked_again() -> None:
    server = Server(seconds=10)

    async def main() -> None:
        session = session_with(server)
        task = asyncio.create_task(ask(session))
        await asyncio.sleep(5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(1000)

    run(main())
    assert len(server.came) == 1


def test_traffic_is_counted() -> None:
    session = session_with(Server(reply(503, b"x" * 100), reply(200, b"{}" + b" " * 98)))
    run(ask(session))
    assert (session.traffic.requests, session.traffic.bytes_received) == (2, 200)


# --- wrong answers ------------------------------------------------------------------------------------------------


def named(number: int) -> Reply:
    return reply(200, b'{"id":%d}' % number)


def read_named(number: int, answer: Answer) -> int:
    found = int(protocol.fields(answer)["id"])
    if found != number:
        error = Mismatched(f"{found} instead")
        error.answered = found
        raise error
    return found


async def ask_for(session: Session, number: int) -> int:
    return await session.get(f"/{number}", {}, partial(read_named, number))


def test_another_answer_than_asked_for_is_doubted_and_asked_for_over_a_connection_of_its_own() -> None:
    server = Server(named(551))
    server.always = named(550)
    session = session_with(server)
    assert run(ask_for(session, 550)) == 550
    assert [request.extensions["fresh"] for request in server.requests] == [False, True]
    assert session.traffic.retries == {"mismatched": 1}


@pytest.mark.parametrize(("second", "confirmed"), [(551, True), (552, False)])
def test_another_answer_is_confirmed_when_two_connections_say_the_same(second: int, confirmed: bool) -> None:
    server = Server(named(551), named(second))
    with pytest.raises(Mismatched) as caught:
        run(ask_for(session_with(server, retry=RetryPolicy(max_retries=0)), 550))
    assert (caught.value.confirmed, caught.value.attempts, len(server.came)) == (confirmed, 2, 2)


def test_trouble_between_two_wrong_answers_changes_nothing() -> None:
    server = Server(named(551), reply(503), named(551))
    with pytest.raises(Mismatched) as caught:
        run(ask_for(session_with(server), 550))
    assert caught.value.confirmed
    assert [request.extensions["fresh"] for request in server.requests] == [False, True, True]


def test_after_a_body_that_cannot_be_read_the_next_attempt_has_a_connection_of_its_own() -> None:
    server = Server(HTML, reply(503))
    assert run(ask(session_with(server))) == {}
    assert [request.extensions["fresh"] for request in server.requests] == [False, True, True]


def test_one_stray_answer_shifts_no_later_one() -> None:
    """A server that answers each request of its first connection, from the third on, with what was asked before."""
    connections = 0
    writers: list[asyncio.StreamWriter] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        shifting, asked = connections == 1, [b"0"]
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                asked.append(head.split(b" ")[1].removeprefix(b"/"))
                body = b'{"id":%b}' % asked[-2 if shifting and len(asked) > 3 else -1]
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async def main() -> tuple[list[int], int]:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        session = Session(
            f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
            allowance=OwnAllowance(TokenBucket(math.inf, 1), SystemClock()),
            max_concurrent=1,
            retry=RetryPolicy(max_retries=0),
            timeout=120,
            clock=SystemClock(),
        )
        found = [await ask_for(session, number) for number in range(1, 10)]
        await session.aclose()
        for writer in writers:
            writer.close()
            await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return found, session.traffic.requests

    assert asyncio.run(main()) == (list(range(1, 10)), 10)
    assert connections == 2


# --- the pause after a 429 ------------------------------------------------------------------------------------------


def after_a_429(limited: Reply, *, rate: float = 20, workers: int = 10) -> tuple[float, list[float]]:
    """When the 429 was received, and when requests came after it; ten workers ask all the time."""
    server = Server(*[OK] * 30, limited)

    async def main() -> None:
        session = session_with(server, rate=rate, burst=5)
        await asyncio.gather(*(ask_often(session) for _ in range(workers)))

    async def ask_often(session: Session) -> None:
        for _ in range(8):
            await ask(session)

    run(main())
    pause = server.came[30]
    return pause, [moment for moment in server.came if moment > pause]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({}, 1.0),
        ({"retry_after": "soon"}, 1.0),
        ({"retry_after": "0"}, 1.0),
        ({"retry_after": "31536000"}, 60.0),
    ],
)
def test_a_429_pauses_all_workers_together(header: dict[str, str], seconds: float) -> None:
    pause, after = after_a_429(reply(429, b'{"status_code":25}', **header))
    assert len(after) == 50
    assert after[0] == pytest.approx(pause + seconds + 1 / 20)


def test_a_429_with_a_date_pauses_until_then() -> None:
    until = format_datetime(EPOCH + timedelta(seconds=40), usegmt=True)
    _, after = after_a_429(reply(429, retry_after=until))
    assert after[0] == pytest.approx(40 + 1 / 20)


@pytest.mark.parametrize("wrong", [timedelta(days=-365), timedelta(hours=3), timedelta(0)])
def test_a_date_in_a_429_is_one_of_the_server_s_clock(wrong: timedelta) -> None:
    theirs = EPOCH + wrong
    dates = {"date": theirs, "retry_after": theirs + timedelta(seconds=40)}
    pause, after = after_a_429(reply(429, **{name: format_datetime(at, usegmt=True) for name, at in dates.items()}))
    assert after[0] == pytest.approx(pause + 40 + 1 / 20)


def test_after_a_429_requests_go_at_half_the_rate_and_come_back_and_it_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "ayne.net")
    server = Server(*[OK] * 30, *[reply(429, retry_after="10")] * 2, seconds=0.2)
    session = session_with(server, rate=20, comeback=True)
    run(ask_many(session, 300))
    answered = server.came[30] + 0.2
    after = [moment - answered - 10 for moment in server.came if moment > answered + 1]
    assert after[0] == pytest.approx(1 / 20, abs=0.1)
    assert sum(moment < 10 for moment in after) == pytest.approx(105, abs=8)
    assert excess(server.came, rate=20, burst=1) < 1e-6
    assert session.traffic.slowed_until == EPOCH + timedelta(seconds=answered + 10 + 300)
    assert "10 of 20 a second, and all again in 310 s" in caplog.text


def test_after_a_429_nobody_is_met_by_a_burst() -> None:
    _, after = after_a_429(reply(429, retry_after="7"))
    assert excess(after, rate=20, burst=1) < 1e-6


def test_a_429_pauses_the_others_also_when_its_own_request_is_given_up() -> None:
    server = Server(reply(429, b'{"status_code":25}', retry_after="5"))
    session = session_with(server, width=1, retry=RetryPolicy(max_retries=0, jitter=0))
    results = run(ask_many(session, 3))
    assert isinstance(results[0], RateLimited)
    assert [moment >= 5 for moment in server.came] == [False, True, True]


def test_of_two_429s_the_longer_pause_counts() -> None:
    server = Server(reply(429, retry_after="50"), reply(429, retry_after="5"), OK)
    run(ask_many(session_with(server, burst=3), 3))
    assert [moment for moment in server.came if moment] == pytest.approx([50, 50])


def test_until_when_everybody_pauses_can_be_seen_while_it_lasts() -> None:
    session = session_with(Server(reply(429, retry_after="30"), reply(429, retry_after="7")), width=2)

    async def main() -> None:
        asking = asyncio.ensure_future(ask_many(session, 2))
        await asyncio.sleep(1)
        assert session.traffic.paused_until == EPOCH + timedelta(seconds=30)
        await asking

    run(main())


def test_what_waits_to_be_asked_again_can_be_seen_while_it_lasts() -> None:
    session = session_with(Server(reply(503), httpx.ReadError("reset"), reply(503), OK))

    async def main() -> None:
        asking = asyncio.ensure_future(ask_many(session, 4))
        await asyncio.sleep(0.5)
        assert +session.traffic.backing_off == {"server_failure": 2, "connection_failed": 1}
        await asking
        assert +session.traffic.backing_off == {}

    run(main())


def test_a_retry_is_logged_with_its_story_as_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ayne.net"):
        run(ask(session_with(Server(reply(503)))))
    (record,) = caplog.records
    told = {name: getattr(record, name) for name in ("request", "attempt", "wait_seconds", "reason")}
    assert told == {"request": "/x?language=de", "attempt": 1, "wait_seconds": 1.0, "reason": "server_failure"}


def test_another_failure_holds_up_nobody_else() -> None:
    server = Server(reply(503, retry_after="50"), seconds=0.1)
    run(ask_many(session_with(server, width=2, rate=1), 3))
    assert server.came == pytest.approx([0, 1, 2, 50.1])


# --- the key ----------------------------------------------------------------------------------------------------------

TOKEN = f"eyJ.{KEY}.{KEY}"
CREDENTIALS = [protocol.credential(KEY), protocol.credential(TOKEN)]
TROUBLES: list[Reply | Exception] = [
    *(HTML, BROKEN_GZIP, LIMITED, reply(500), reply(401, b'{"status_code":7}')),
    *(httpx.ConnectError("refused"), httpx.ReadTimeout("")),
    *(reply(status, f"<pre>Cannot GET /3/x?api_key={KEY}".encode()) for status in (200, 404, 503)),
    *(reply(status, f"<pre>{'.' * 40} Bearer {TOKEN}".encode()) for status in (200, 404, 503)),
    *(reply(503, f'{{"status_code":9,"status_message":"no {key}"}}'.encode()) for key in (KEY, TOKEN)),
]


def test_a_v3_key_goes_as_a_query_parameter() -> None:
    server = Server()
    run(ask(session_with(server, auth_query=CREDENTIALS[0].query, auth_headers=CREDENTIALS[0].headers)))
    assert str(server.requests[0].url) == f"{BASE}/x?language=de&api_key={KEY}"
    assert "authorization" not in server.requests[0].headers


def test_a_v4_token_goes_as_a_header() -> None:
    server = Server()
    run(ask(session_with(server, auth_query=CREDENTIALS[1].query, auth_headers=CREDENTIALS[1].headers)))
    assert str(server.requests[0].url) == f"{BASE}/x?language=de"
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("credential", CREDENTIALS, ids=repr)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_key_is_in_no_log_and_no_error(
    credential: protocol.Credential, trouble: Reply | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = session_with(Server(always=trouble), auth_query=credential.query, auth_headers=credential.headers)
    with pytest.raises(SourceError) as caught:
        run(ask(session))
    key = TOKEN if credential.headers else KEY
    said = [str(caught.value), repr(caught.value), *traceback.format_exception(caught.value), repr(session)]
    logged = [f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records]
    assert logged or isinstance(trouble, Exception)
    assert [text for text in said + logged if key in text or key[:20] in text] == []


def test_a_placeholder_for_a_key_is_not_struck_out_of_the_data() -> None:
    session = session_with(Server(reply(200, b'{"title":"sandbox"}')), auth_query={"api_key": "sandbox"})
    assert bytes(run(ask(session))["title"]) == b'"sandbox"'


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/3/x",
        "http://films.example/3/x",
        "@elsewhere.example/3/x",
        ".elsewhere.example/3/x",
        ":8443/3/x",
        "x",
    ],
)
def test_an_address_instead_of_a_path_is_refused(url: str) -> None:
    server = Server()
    with pytest.raises(ValueError, match="begins with /"):
        run(ask(session_with(server, auth_query={"api_key": KEY}), url))
    assert server.requests == []


@pytest.mark.parametrize("path", ["//elsewhere.example/x", "/\r\nHost: elsewhere.example", "/x y", "/é", "/a?b#c"])
@pytest.mark.parametrize("credential", CREDENTIALS, ids=repr)
def test_the_key_goes_to_the_server_it_is_for_whatever_the_path(path: str, credential: protocol.Credential) -> None:
    server = Server()
    run(ask(session_with(server, auth_query=credential.query, auth_headers=credential.headers), path))
    request = server.requests[0]
    assert (request.url.scheme, request.url.host, request.headers["host"]) == ("https", *["films.example"] * 2)
    assert request.url.path == f"/3{path}"


def test_a_redirect_is_not_followed() -> None:
    server = Server(always=reply(302, location="https://elsewhere.example/"))
    with pytest.raises(ServerFailure):
        run(ask(session_with(server, auth_query={"api_key": KEY}, retry=RetryPolicy(max_retries=0))))
    assert [request.url.host for request in server.requests] == ["films.example"]


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("too_large", [0, 1])
def test_a_body_beyond_all_reason_is_refused(too_large: int) -> None:
    mebibyte = b" " * 2**20
    pieces = [mebibyte] * (MAX_BODY_BYTES // 2**20 - 1) + [mebibyte[:-2] + b"{}", b" " * too_large]
    session = session_with(Server(reply(200, *pieces)), retry=RetryPolicy(max_retries=0))
    if too_large:
        with pytest.raises(BadPayload, match="larger than"):
            run(ask(session))
    else:
        assert run(ask(session)) == {}


def test_a_small_body_that_unpacks_beyond_all_reason_is_refused() -> None:
    bomb = gzip.compress(bytes(MAX_BODY_BYTES + 1))
    with pytest.raises(BadPayload, match="larger than"):
        run(ask(session_with(Server(always=reply(200, bomb, content_encoding="gzip")))))


def test_a_compressed_body_is_unpacked() -> None:
    packed = gzip.compress(b'{"id":550}')
    assert run(ask(session_with(Server(reply(200, packed, content_encoding="gzip"))))) == {"id": msgspec.Raw(b"550")}


def test_a_request_is_shown_without_its_server() -> None:
    assert shown("/movie/550", {}) == "/movie/550"
    assert shown("/movie/550", {"language": "de", "page": "2"}) == "/movie/550?language=de&page=2"


# --- the wire ---------------------------------------------------------------------------------------------------------


class Wire:
    """A real socket that notes the first line of each request, answers once and closes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.lines: list[str] = []
        self.served = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode())
        try:
            writer.write(self.answer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        finally:
            self.served.set()


def over_the_wire(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, base_url: str, environment: Mapping[str, str]
) -> dict[str, Any] | SourceError:
    """Ask over real sockets; ``PORT`` in an address stands for the port of the wire."""

    async def main() -> dict[str, Any] | SourceError:
        server = await asyncio.start_server(wire.handle, "127.0.0.1", 0)
        port = str(server.sockets[0].getsockname()[1])
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value.replace("PORT", port))
        session = Session(
            base_url.replace("PORT", port),
            allowance=OwnAllowance(TokenBucket(math.inf, 1), SystemClock()),
            max_concurrent=1,
            retry=RetryPolicy(max_retries=0),
            timeout=120,  # waited for only where the machine is busy
            clock=SystemClock(),
            auth_query={"api_key": KEY},
        )
        try:
            return await session.get("/x", {}, protocol.fields)
        except SourceError as error:
            return error
        finally:
            await session.aclose()
            if wire.lines:
                await wire.served.wait()
            server.close()
            await server.wait_closed()

    return asyncio.run(main())


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_that_the_environment_names_is_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(WHOLE)
    assert over_the_wire(wire, monkeypatch, "http://films.example/3", {name: "http://127.0.0.1:PORT"}) == {}
    assert wire.lines == [f"GET http://films.example/3/x?api_key={KEY} HTTP/1.1"]


def test_a_proxy_for_https_sees_the_server_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    answer = over_the_wire(wire, monkeypatch, BASE, {"https_proxy": "http://127.0.0.1:PORT"})
    assert isinstance(answer, ConnectionFailed)
    assert wire.lines == ["CONNECT films.example:443 HTTP/1.1"]


def test_no_proxy_is_used_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(WHOLE)
    environment = {"http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"}
    assert over_the_wire(wire, monkeypatch, "http://127.0.0.1:PORT/3", environment) == {}
    assert wire.lines == [f"GET /3/x?api_key={KEY} HTTP/1.1"]


@pytest.mark.parametrize("names", ["films.example:80", "films.example", ".example", "other:1, films.example:80", "*"])
def test_servers_that_are_asked_without_a_proxy_may_be_named_with_their_port(
    names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"http_proxy": "http://127.0.0.1:PORT", "no_proxy": names}
    answer = over_the_wire(wire := Wire(WHOLE), monkeypatch, "http://films.example/3", environment)
    assert isinstance(answer, ConnectionFailed)
    assert wire.lines == []


@pytest.mark.parametrize("names", ["films.example:8080", "other.example"])
def test_a_port_that_is_not_the_server_s_names_another_server(names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"http_proxy": "http://127.0.0.1:PORT", "no_proxy": names}
    assert over_the_wire(wire := Wire(WHOLE), monkeypatch, "http://films.example/3", environment) == {}
    assert wire.lines


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_never_asked_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:1")
    assert over_the_wire(Wire(WHOLE), monkeypatch, f"http://{host}:PORT/3", environment) == {}


def test_through_a_proxy_a_wrong_answer_is_asked_for_again_over_a_connection_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bodies = iter([b"[]", b"[]", b"{}"])
    writers: list[asyncio.StreamWriter] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                body = next(bodies)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async def main() -> dict[str, Any]:
        proxy = await asyncio.start_server(handle, "127.0.0.1", 0)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        session = Session(
            "http://films.example",
            allowance=OwnAllowance(TokenBucket(math.inf, 1), SystemClock()),
            max_concurrent=1,
            retry=RetryPolicy(backoff=0),
            timeout=120,
            clock=SystemClock(),
        )
        answer = await ask(session)
        await session.aclose()
        for writer in writers:
            writer.close()
            await writer.wait_closed()
        proxy.close()
        await proxy.wait_closed()
        return answer

    assert asyncio.run(main()) == {}
    assert len(writers) == 3


@pytest.mark.parametrize("answer", [WHOLE, WHOLE[:-1], b"", b"rubbish\r\n\r\n"])
def test_the_key_is_in_no_log_of_the_libraries_below(
    answer: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = over_the_wire(Wire(answer), monkeypatch, "http://127.0.0.1:PORT/3", {})
    assert isinstance(result, ConnectionFailed) is (answer != WHOLE)
    assert caplog.records
    assert KEY not in f"{caplog.text} {[record.args for record in caplog.records]} {result!r} {result}"


# --- fan_out ----------------------------------------------------------------------------------------------------------


class Work:
    """A list to be taken from, and a fetch that notes what was started, how much at once, and what was cancelled."""

    def __init__(self, items: list[int], seconds: Callable[[int], float] = lambda _: 1.0) -> None:
        self.items = deque(items)
        self.seconds = seconds
        self.taken = 0
        self.busy = 0
        self.busiest = 0
        self.cancelled: list[int] = []

    def take(self) -> int | None:
        self.taken += bool(self.items)
        return self.items.popleft() if self.items else None

    async def fetch(self, item: int) -> int:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(self.seconds(item))
        except asyncio.CancelledError:
            await asyncio.sleep(0.1)
            self.cancelled.append(item)
            raise
        finally:
            self.busy -= 1
        if item < 0:
            raise NotFound(f"{item}")
        return item * item


async def collect(work: Work, width: int) -> list[tuple[int, int]]:
    return [pair async for pair in fan_out(work.take, work.fetch, width)]


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 10), st.randoms())
def test_everything_is_fetched_once_and_no_more_at_once_than_allowed(items: list[int], width: int, chance: Any) -> None:
    work = Work(items, seconds=lambda _: float(chance.random()))
    pairs = run(collect(work, width))
    assert sorted(pairs) == sorted((item, item * item) for item in items)
    assert work.busiest == min(width, len(items))


def test_results_come_as_they_are_ready() -> None:
    work = Work([5, 1, 3], seconds=float)
    assert [item for item, _ in run(collect(work, 3))] == [1, 3, 5]


def test_work_is_taken_only_as_slots_fall_free() -> None:
    work = Work(list(range(100)))

    async def main() -> list[int]:
        taken = []
        async with aclosing(fan_out(work.take, work.fetch, 3)) as results:
            async for _ in results:
                taken.append(work.taken)
                if len(taken) == 4:
                    break
        return taken

    assert run(main()) == [3, 4, 5, 6]


def test_work_may_grow_out_of_the_results() -> None:
    work = Work([16])

    async def main() -> list[int]:
        seen = []
        async for item, _ in fan_out(work.take, work.fetch, 4):
            seen.append(item)
            if item > 1:
                work.items.extend([item // 2, item // 2])
        return seen

    assert sorted(run(main()), reverse=True) == [16, 8, 8, *[4] * 4, *[2] * 8, *[1] * 16]


def test_whoever_still_runs_when_the_consumer_leaves_is_cancelled_and_awaited() -> None:
    work = Work(list(range(10)), seconds=lambda item: item + 1.0)

    async def main() -> int:
        async with aclosing(fan_out(work.take, work.fetch, 4)) as results:
            async for _ in results:
                break
        return work.busy

    assert run(main()) == 0
    assert sorted(work.cancelled) == [1, 2, 3]
    assert work.taken == 4


@pytest.mark.parametrize("swallowed", [1, 3])
def test_a_cancellation_that_gets_lost_holds_nobody_up(swallowed: int) -> None:
    """``asyncio.wait_for`` of Python 3.11 can lose one; so can any library."""
    left = swallowed
    started: list[int] = []

    async def fetch(item: int) -> int:
        nonlocal left
        started.append(item)
        while True:
            try:
                await asyncio.sleep(1 if item == 0 else 1e6 if left else 0)
            except asyncio.CancelledError:
                if not left:
                    raise
                left -= 1
            else:
                return item

    async def main() -> float:
        items = iter(range(5))
        async with aclosing(fan_out(lambda: next(items, None), fetch, 2)) as results:
            async for _ in results:
                break
        return now()

    assert run(main()) <= 1 + 5 * swallowed
    assert started == [0, 1]


def test_an_error_reaches_the_consumer_and_ends_the_rest() -> None:
    work = Work([1, -1, 2, 3], seconds=lambda item: abs(item) * 2.0 if item > 0 else 1.0)

    async def main() -> int:
        with pytest.raises(NotFound, match="-1"):
            await collect(work, 3)
        return len(asyncio.all_tasks())

    assert run(main()) == 1
    assert sorted(work.cancelled) == [1, 2]


def test_no_work_is_no_result() -> None:
    assert run(collect(Work([]), 3)) == []


def test_no_more_tasks_are_made_than_are_at_work_at_once() -> None:
    made: list[str] = []

    async def main() -> int:
        loop = asyncio.get_running_loop()

        def make(loop: asyncio.AbstractEventLoop, work: Any, **named: Any) -> asyncio.Task[Any]:
            made.append(work.__qualname__)
            return asyncio.Task(work, loop=loop, **named)

        loop.set_task_factory(make)
        return len(await collect(Work(list(range(500))), 5))

    assert run(main()) == 500
    assert [name for name in made if "fan_out" in name] == ["fan_out.<locals>.work"] * 5
    assert len(made) < 10


def test_a_fetch_that_was_cancelled_from_within_ends_the_rest() -> None:
    async def fetch(item: int) -> int:
        if item == 2:
            raise asyncio.CancelledError
        await asyncio.sleep(10)
        return item

    async def main() -> list[tuple[int, int]]:
        items = iter(range(5))
        return [pair async for pair in fan_out(lambda: next(items, None), fetch, 5)]

    with pytest.raises(asyncio.CancelledError):
        run(main())
