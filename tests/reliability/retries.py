"""Whatever a server answers, a request is tried as often and as long as agreed, and a pause it asks for is kept.

Some tasks ask through one session, in virtual time, a server that answers by chance: with pauses in every way of
writing them, errors of the connection, silence. What the server saw is judged afterwards.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import NamedTuple

import httpx

from ayne.data_collection.tmdb.protocol import fields
from ayne.errors import RateLimited, ServerFailure, SourceError, TransientError
from ayne.net.allowance import OwnAllowance
from ayne.net.rate_limit import TokenBucket
from ayne.net.retry import RetryPolicy, next_wait, wait_after
from ayne.net.session import Session
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.virtual_time import VirtualClock, run

_TASKS = 4
_ASK_EACH = 4
_ROUNDING = 1e-5


class Pause(NamedTuple):
    """A ``Retry-After`` header, and the seconds it asks for at least; 0 when it is nonsense."""

    text: str
    least: float


def _number(dice: random.Random) -> Pause:
    digits, least = dice.choice((*((str(n), float(n)) for n in (0, 1, 7, 30, 59, 60, 61, 3600)), ("9" * 5000, 1e9)))
    return Pause(dice.choice(("{}", " {} ", "0{}", "0" * 20 + "{}")).format(digits), least)


def _date(dice: random.Random, now: datetime) -> Pause:
    ahead = dice.choice((-86_400, -1, 0, 1, 5, 45, 59, 90, 86_400, 86_400 * 365 * 900))
    moment = (now + timedelta(seconds=ahead)).replace(microsecond=0)
    return Pause(format_datetime(moment, usegmt=True), max(0.0, (moment - now).total_seconds()))


_NONSENSE = (
    "", " ", "soon", "-1", "-86400", "+7", "1e9", "7.5", "inf", "nan", "NaN", "Infinity", "0x10", "7,8", "7 8", "7s",
    "1_000", "Thu, 99 Jan 2026 12:00:00 GMT", "Thu, 01 Jan 99999999999 12:00:00 GMT", "Thu, 01 Jan",
    "Thu, 01 Jan 2026 12:00:00 +9999999", "Thu, 01 Jan 2026 25:61:61 GMT", "01:00:00",
    "\u0663", "\u00b2", "\u00bd", "7\u00a0", "\x00", "x" * 60_000,
)  # fmt: skip


def _nonsense(dice: random.Random) -> Pause:
    return Pause(dice.choice(_NONSENSE), 0.0)


@dataclass
class Seen:
    """A request as the server saw it."""

    path: str
    at: float
    answered_at: float = math.inf
    status: int = 0
    pause: Pause | None = None


@dataclass
class Server(httpx.AsyncBaseTransport):
    """Answers by chance, and remembers."""

    dice: random.Random
    clock: VirtualClock
    trouble: float
    seen: list[Seen] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        seen = Seen(request.url.path, self.clock.monotonic())
        self.seen.append(seen)
        await asyncio.sleep(self.dice.choice((0.0, 0.01, 0.3, 5.0)))
        seen.answered_at = self.clock.monotonic()
        if self.dice.random() >= self.trouble:
            seen.status = 200
            return httpx.Response(200, content=b"{}")
        failure = self.dice.choice(_FAILURES)
        if failure:
            raise failure(request)
        if self.dice.random() < 0.1:
            await asyncio.sleep(10**7)
        seen.status = self.dice.choice((429, 429, 429, 500, 502, 503, 504, 522, 200, 299, 301, 404, 401))
        headers: list[tuple[bytes, bytes]] = []
        if self.dice.random() < 0.7:
            seen.pause = self._pause()
            headers.append((b"Retry-After", seen.pause.text.encode("utf-8")))
        return httpx.Response(seen.status, headers=headers, content=self.dice.choice((b"", b"[]", b"<html>", b"\xff")))

    def _pause(self) -> Pause:
        kind = self.dice.random()
        if kind < 0.4:
            return _number(self.dice)
        return _date(self.dice, self.clock.now()) if kind < 0.7 else _nonsense(self.dice)


_FAILURES: tuple[Callable[[httpx.Request], Exception] | None, ...] = (
    None, None, None, None, None, None,
    lambda request: httpx.ConnectError("refused", request=request),
    lambda request: httpx.ReadTimeout("late", request=request),
    lambda request: httpx.RemoteProtocolError("illegal", request=request),
)  # fmt: skip


def _trial(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    policy = RetryPolicy(
        max_retries=dice.choice((0, 1, 3, 3, 10)),
        backoff=dice.choice((0.0, 0.5, 1.0, 1.0, 1e6)),
        jitter=dice.choice((0.0, 0.1, 1.0)),
        max_wait=dice.choice((0.0, 5.0, 60.0, 60.0, 3600.0)),
        deadline=dice.choice((0.0, 30.0, 300.0, 300.0, 1e6)),
    )
    rate, timeout = dice.choice((0.5, 4.0, 1000.0)), dice.choice((1.0, 30.0))
    tally = Tally()
    server = Server(dice, VirtualClock(), dice.choice((0.2, 0.6, 1.0)))
    errors = run(_ask_all(server, policy, rate, timeout))
    _judge_requests(server, policy, timeout, errors, tally)
    _judge_pauses(server, policy)
    _judge_far_attempts(policy, dice)
    tally.counts.update(
        requests=len(server.seen), given_up=len(errors), pauses=sum(bool(one.pause) for one in server.seen)
    )
    return tally


async def _ask_all(server: Server, policy: RetryPolicy, rate: float, patience: float) -> dict[str, SourceError]:
    session = Session(
        "https://films.example/3",
        allowance=OwnAllowance(TokenBucket(rate, 1), server.clock),
        max_concurrent=_TASKS,
        retry=policy,
        timeout=patience,
        clock=server.clock,
        transport=server,
    )
    errors: dict[str, SourceError] = {}

    async def ask(task: int) -> None:
        for number in range(_ASK_EACH):
            path = f"/movie/{task * _ASK_EACH + number}"
            try:
                await session.get(path, {}, fields)
            except SourceError as error:
                errors[f"/3{path}"] = error

    await asyncio.gather(*map(ask, range(_TASKS)))
    await session.aclose()
    return errors


def _judge_requests(
    server: Server, policy: RetryPolicy, timeout: float, errors: dict[str, SourceError], tally: Tally
) -> None:
    by_path: dict[str, list[Seen]] = {}
    for seen in server.seen:
        by_path.setdefault(seen.path, []).append(seen)
    assert len(by_path) == _TASKS * _ASK_EACH, "a request was never sent"
    for path, attempts in by_path.items():
        assert len(attempts) <= policy.max_retries + 1, f"{len(attempts)} attempts of {policy.max_retries + 1}"
        if path in errors:
            assert errors[path].attempts == len(attempts)
            _judge_reading(errors[path], attempts[-1], timeout)
        tally.note("attempts", len(attempts))
        for before, after in pairwise(attempts):
            assert before.status not in {401, 404}, "asked again what was refused for good"
            late = before.at + timeout
            wait = after.at - min(before.answered_at, late)
            assert wait >= -_ROUNDING, "a retry before the answer"
            if before.pause and before.answered_at < late:
                least = min(policy.max_wait, before.pause.least)
                assert wait >= least - _ROUNDING, f"{wait} s after Retry-After {before.pause.text[:40]!r}"
            decided = min(before.answered_at, late)
            assert decided - attempts[0].at <= policy.deadline + _ROUNDING, "tried on after the deadline"


def _judge_reading(error: SourceError, last: Seen, timeout: float) -> None:
    """What was nonsense is no pause of any length."""
    if isinstance(error, TransientError) and last.pause and last.answered_at < last.at + timeout:
        asked = error.retry_after
        assert (asked is None) == (last.pause.text in _NONSENSE), f"{asked} s for {last.pause.text[:40]!r}"
        assert asked is None or last.pause.least <= asked < math.inf


def _judge_pauses(server: Server, policy: RetryPolicy) -> None:
    """After a 429 nobody starts before the pause is over."""
    for seen in server.seen:
        if seen.status != 429:
            continue
        until = seen.answered_at + min(policy.max_wait, seen.pause.least if seen.pause else 0.0)
        early = [other for other in server.seen if seen.answered_at + _ROUNDING < other.at < until - _ROUNDING]
        assert not early, f"asked {until - early[0].at} s before the pause was over"


def _judge_far_attempts(policy: RetryPolicy, dice: random.Random) -> None:
    for kind in (RateLimited, ServerFailure):
        error: TransientError = kind("?")
        error.retry_after = dice.choice((None, 0.0, 1e300, math.inf))
        for attempt in (1, 2, 60, 61, 1100, 10**6):
            wait = wait_after(policy, error, attempt, dice.random())
            assert 0 <= wait <= policy.max_wait * (1 + policy.jitter) + _ROUNDING, f"{wait} s after {attempt} attempts"
        assert next_wait(policy, error, 10**6, 0.0, 0.5) is None


def _told(figures: Figures) -> str:
    return (
        f"{figures['trials']:,} random servers, {figures['requests']:,} requests, {figures['pauses']:,} pauses: "
        f"all kept or capped; {figures['given_up']:,} requests given up within their bounds"
    )


RETRIES = Campaign(
    "retries",
    "Tried as often and as long as agreed, and every pause is kept",
    _trial,
    quick=200,
    long=20_000,
    told=_told,
)
