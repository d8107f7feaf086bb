"""A bucket that independent programs share through a Redis or Valkey server.

The bucket is one value on the server, changed by one script: :class:`~ayne.net.rate_limit.TokenBucket` again, in Lua,
whose takers have turns. Without turns, a program that is a little nearer to the server than the others would get every
token. The script uses the server's clock, so programs on machines with different clocks may share the bucket. Each
program has a random name there. The bucket's name is a hash of what it is for, the API key included, and does not
reveal the key.
"""

from __future__ import annotations

import hashlib
import logging
import math
import re
import secrets
from asyncio import timeout
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from ayne.errors import AllowanceLost, AyneError, ConfigurationError
from ayne.net.rate_limit import Lent

log = logging.getLogger("ayne.net")

T = TypeVar("T")

# Seconds after which a program that asked for nothing is no longer thought to be at work.
GONE = 120.0

# Seconds for which a token is kept for somebody who is late; an answer from the other side of the world takes as long.
LATE = 0.2

# Seconds for the first answer, with connecting; and for goodbye.
_PATIENCE = 5.0

# What may stand behind the question mark of an address; the rest of what the package takes is decided here.
_OPTIONS = frozenset(
    {
        *("db", "username", "password", "client_name"),
        *("ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "ssl_ca_path", "ssl_ca_data"),
        *("ssl_certfile", "ssl_keyfile", "ssl_password"),
    }
)

_ADDRESS = "redis://localhost:6379/0, rediss://… with TLS, or unix:///run/redis/redis.sock"

# Server errors that pass, by the word they begin with; the other ones that do have classes of their own.
_PASSING = ("BUSY", "MISCONF", "NOREPLICAS")

SERVER_TIME = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
"""


def script(clock: str) -> str:
    """Return the script that changes a bucket.

    Its key is the bucket; its arguments are the rate, the burst, who asks, what for (``join``, ``lend``, ``pause`` or
    ``leave``), and how many tokens or seconds. It answers with tokens and the wait; or with -1 and the rate and the
    burst that others share it with, if they are not these.

    Args:
        clock: the lines that say what time it is.
    """
    return f"""
{clock}
local rate, burst, who = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local what, amount = ARGV[4], tonumber(ARGV[5])
local kept = redis.call('GET', KEYS[1])
local bucket = kept and cmsgpack.unpack(kept) or {{level = burst, since = now, now = now, seen = {{}}, due = {{}}}}

-- The server goes by its machine's clock. When that was set back, every moment is moved with it.
local back = math.max(0, bucket.now - now)
local function later_than(bound, moments)
  local left = {{}}
  for name, at in pairs(moments) do
    if at - back > bound then left[name] = at - back end
  end
  return left
end
local seen, due = later_than(now - {GONE}, bucket.seen), later_than(now - {LATE}, bucket.due)
local level, since = bucket.level, bucket.since - back

local changed = bucket.rate and (bucket.rate ~= rate or bucket.burst ~= burst)
if changed and next(seen) then
  return {{-1, string.format('%.17g', bucket.rate), string.format('%.17g', bucket.burst)}}
end
if changed then
  level, since = 0, math.max(since, now)
end
seen[who] = now

local tokens, wait = 0, 0
if what == 'leave' then
  seen[who], due[who] = nil, nil
elseif what == 'pause' then
  level, since = 0, math.max(since, now + amount)
elseif what == 'lend' then
  local mine = due[who] or math.huge
  due[who] = nil
  local ahead, overdue = 0, 0
  for _, at in pairs(due) do
    if at < mine then
      ahead = ahead + 1
      if at <= now then overdue = overdue + 1 end
    end
  end
  if now >= since then
    level, since = math.min(burst, level + (now - since) * rate), now
    tokens = math.max(0, math.min(amount, math.floor(level - overdue + 1e-9)))
    level = level - tokens
  end
  if tokens == 0 then
    wait = since - now + math.max(1e-6, (1 - level + ahead) / rate)
    due[who] = now + wait
  end
end

-- A bucket that is forgotten is a full one: it must have been full by then, and no pause be left of it.
local full = math.max(0, since - now) + burst / rate
redis.call('SET', KEYS[1], cmsgpack.pack({{
  rate = rate, burst = burst, level = level, since = since, now = now, seen = seen, due = due
}}), 'PX', string.format('%.0f', math.ceil(1000 * (full + {GONE}))))
return {{tokens, string.format('%.17g', wait)}}
"""


@dataclass(frozen=True, slots=True)
class Sharing:
    """The programs that share a bucket at the moment.

    Attributes:
        rate: tokens a second.
        burst: the most tokens that can lie ready.
        programs: how many share it.
    """

    rate: float
    burst: float
    programs: int


class RedisTokenServer:
    """A bucket in a Redis or Valkey server; a :class:`~ayne.net.allowance.TokenServer`.

    Args:
        url: the server, like ``redis://localhost:6379/0``; user and password may stand in it, and are never shown.
        rate: tokens a second. Programs that share a bucket must name the same.
        burst: the most tokens that can lie ready.
        bucket: what the bucket is for, secrets too: it is hashed, and the same words lead to the same bucket.

    Attributes:
        name: the server, as it may be shown.

    Raises:
        ConfigurationError: the package redis is not installed, the address cannot be one, or there is no rate.

    Example:
        >>> RedisTokenServer("redis://me:secret@films.example/1", rate=4, burst=1, bucket=("TMDB", "key"))
        <RedisTokenServer redis://films.example/1>
    """

    # Of one that could not be made, for its repr.
    name = "without an address"

    def __init__(self, url: str, *, rate: float, burst: float, bucket: tuple[str, ...]) -> None:
        self.name = shown(url)
        if math.isinf(rate):
            raise ConfigurationError("Without a rate there is no allowance to share. Name one, or share none.")
        self._server, self._errors = _connected(url)
        self._script = self._server.register_script(script(SERVER_TIME))
        self._rate = rate
        self._burst = burst
        self._key = f"ayne:allowance:{hashlib.blake2b(repr(bucket).encode(), digest_size=16).hexdigest()}"
        self._who = secrets.token_hex(8)
        self._joined = False

    def __repr__(self) -> str:
        return f"<RedisTokenServer {self.name}>"

    async def join(self) -> None:
        """Register this program among those that share the bucket, before it takes tokens.

        Raises:
            AllowanceLost: the server cannot be reached.
            ConfigurationError: it will not do what is needed, or others share the bucket at another rate.
        """
        await self._at_first(self._change("join", 0))

    async def lend(self, most: int) -> Lent:
        """Take the tokens that are available for this program, at most so many.

        Raises:
            OSError: the server is out of reach, or has trouble that may pass.
            ConfigurationError: it will not do what is needed, or others share the bucket at another rate.
        """
        return await self._change("lend", most)

    async def pause(self, seconds: float) -> None:
        """Give no token for so long; a longer pause that is under way stays.

        Raises:
            OSError: the server is out of reach, or has trouble that may pass.
            ConfigurationError: it will not do what is needed, or others share the bucket at another rate.
        """
        await self._change("pause", seconds)

    async def look(self) -> Sharing | None:
        """Return who shares the bucket at the moment; None for nobody. This changes nothing.

        Raises:
            AllowanceLost: the server cannot be reached.
            ConfigurationError: it will not do what is needed.
        """
        seconds, micros = await self._at_first(self._server.time())
        kept = await self._at_first(self._server.get(self._key))
        if kept is None:
            return None
        bucket = msgspec.msgpack.decode(kept)
        # Lua does not tell an empty table of names from an empty list.
        seen = dict(bucket["seen"])
        programs = sum(at > seconds + micros / 1e6 - GONE for at in seen.values())
        return Sharing(bucket["rate"], bucket["burst"], programs) if programs else None

    async def aclose(self) -> None:
        """Stop sharing the bucket, and close the connection; works also when the server is gone."""
        try:
            if self._joined:
                await self._at_first(self._change("leave", 0))
        except AyneError as error:
            log.info("the allowance at %s was not told that this program ends: %s", self.name, error)
        finally:
            await self._server.aclose()

    async def _change(self, what: str, amount: float) -> Lent:
        arguments = [repr(float(self._rate)), repr(float(self._burst)), self._who, what, repr(amount)]
        answer = await self._asked(self._script([self._key], arguments))
        if answer[0] < 0:
            self._refuse(float(answer[1]), float(answer[2]))
        self._joined = True
        return Lent(int(answer[0]), float(answer[1]))

    def _refuse(self, rate: float, burst: float) -> NoReturn:
        ours, theirs = f"{self._rate:g} a second", f"{rate:g} a second"
        if rate == self._rate:
            ours, theirs = f"{ours} with bursts of {self._burst:g}", f"{theirs} with bursts of {burst:g}"
        raise ConfigurationError(
            f"Other programs share the allowance at {self.name} at {theirs}, and this one was told {ours}. "
            f"Tell all of them the same rate, or wait for the others to end; one that was killed counts for {GONE:g} s."
        )

    async def _at_first(self, answer: Awaitable[T]) -> T:
        """Ask once at the start: if there is no answer, the setup is wrong."""
        try:
            async with timeout(_PATIENCE):
                return await self._asked(answer)
        except (OSError, TimeoutError) as error:
            said = str(error) or f"no answer within {_PATIENCE:g} s"
        raise AllowanceLost(
            f"The allowance that is to be shared at {self.name} cannot be reached: {said}. "
            "Is the server running, and the address right? `ayne doctor` looks."
        )

    async def _asked(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except self._errors.RedisError as error:
            failure = self._translated(error)
        except (ValueError, TypeError) as error:
            # Of a name that is none, or an option whose value is none; found only when a connection is made.
            failure = ConfigurationError(
                f"The address of the allowance at {self.name} cannot be used: {type(error).__name__}. "
                f"It is like {_ADDRESS}."
            )
        # Not from within, where it would carry the other along, and that the password it was sent with.
        raise failure

    def _translated(self, error: Exception) -> Exception:
        errors, said = self._errors, str(error).rstrip(".")
        if isinstance(error, errors.AuthenticationError | errors.AuthorizationError | errors.NoPermissionError):
            return ConfigurationError(
                f"The server at {self.name} does not let us in: {said}. "
                "User and password stand in the address, like redis://user:password@localhost:6379/0."
            )
        passes = (
            errors.ConnectionError,
            errors.TimeoutError,
            errors.ReadOnlyError,
            errors.OutOfMemoryError,
            errors.ClusterDownError,
            errors.TryAgainError,
        )
        if isinstance(error, passes) or said.startswith(_PASSING):
            return OSError(said)
        return ConfigurationError(
            f"The server at {self.name} cannot keep an allowance: {said}. It must be Redis 5 or newer, or Valkey, "
            "and no cluster."
        )


def shown(url: str) -> str:
    """Return the address of a server as it may be shown.

    Raises:
        ConfigurationError: it cannot be one.

    Example:
        >>> shown("redis://me:secret@films.example:6380/1?password=secret")
        'redis://films.example:6380/1'
    """
    # The text is not repeated: it may hold a password.
    wrong = ConfigurationError(f"The address of an allowance is like {_ADDRESS}.")
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "localhost", parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme == "unix" and parts.path:
        return f"unix://{parts.path}"
    if "\0" in url or not (parts.hostname or "x").isprintable() or " " in (parts.hostname or ""):
        raise wrong
    if parts.scheme not in {"redis", "rediss"} or parts.fragment or not re.fullmatch(r"/?\d*", parts.path):
        raise wrong
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}{parts.path}"


def _connected(url: str) -> tuple[Any, Any]:
    """Return the server, before any request to it, and the errors it may answer with."""
    try:
        from redis import exceptions  # noqa: PLC0415 - heavy, and not everybody's
        from redis.asyncio import Redis  # noqa: PLC0415
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError(
            "An allowance is shared through a package that is not installed. `pip install 'ayne[redis]'` brings it."
        ) from None
    given = set(parse_qs(urlsplit(url.strip()).query, keep_blank_values=True))
    if given - _OPTIONS:
        # The name is not repeated either: a password that stands in the wrong place may be taken for one.
        raise ConfigurationError(
            "The address of the allowance has an option behind its ? that ayne does not know. "
            f"There are {', '.join(sorted(_OPTIONS))}."
        )
    try:
        # Who asks again knows how long a token is good for; the package does not. Protocol 2 needs no handshake.
        # With a timeout of its own the package sends through asyncio.wait_for, which Python 3.11 lets swallow a
        # cancellation; every call here is bounded by asyncio.timeout instead.
        server: Any = Redis.from_url(
            url.strip(), retry=Retry(NoBackoff(), 0), protocol=2, socket_timeout=None, socket_connect_timeout=None
        )
        server.connection_pool.make_connection()
    except (ValueError, TypeError, exceptions.RedisError):
        raise ConfigurationError(
            f"The options in the address of the allowance make no sense. It is like {_ADDRESS}."
        ) from None
    return server, exceptions
