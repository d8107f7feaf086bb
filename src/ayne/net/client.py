"""What all clients of ayne share: a session that they open, count with and close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ayne import __version__
from ayne.clock import Clock, SystemClock
from ayne.net.allowance import Allowance, OwnAllowance, SharedAllowance
from ayne.net.rate_limit import TokenBucket, default_burst
from ayne.net.redis_allowance import RedisTokenServer
from ayne.net.retry import RetryPolicy
from ayne.net.session import SHORTEST_SECRET, Session, Traffic

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """The settings with which a client asks its server; made and checked once, and passed on whole.

    Attributes:
        base_url: the server's address.
        requests_per_second: the rate; at most ``burst + requests_per_second * T`` requests start in any ``T`` seconds.
        max_concurrent: the most requests in flight at once.
        burst: requests that may start at once after an idle time; by default a twentieth of a second's worth.
        max_retries: retries after a failure that may be temporary.
        backoff: seconds before the first retry; 1 gives 1, 2, 4.
        jitter: the most by which a random amount lengthens a wait, as a share of it.
        timeout: seconds for one attempt; of a download, seconds of silence.
        deadline: seconds after the first attempt within which a request may be tried again.
        transport: an ``httpx`` transport to send through instead of the network.
        clock: the clock to use; None for this machine's.
        allowance: the permission to send, instead of a bucket of the client's own; or the address of a Redis or Valkey
            server, for a bucket of this rate that all programs with the same key share there.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> ClientSettings(base_url="https://api.themoviedb.org/3", requests_per_second=40).burst
        2.0
    """

    base_url: str
    requests_per_second: float = 4.0
    max_concurrent: int = 10
    burst: float | None = None
    max_retries: int = 3
    backoff: float = 1.0
    jitter: float = 0.1
    timeout: float = 30.0
    deadline: float = 300.0
    transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    clock: Clock | None = field(default=None, repr=False)
    # An address may hold a password.
    allowance: Allowance | str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.max_concurrent >= 1 or self.max_concurrent % 1:
            raise ValueError(f"max_concurrent must be a whole number and at least 1, not {self.max_concurrent}")
        if not self.timeout > 0:
            raise ValueError(f"timeout must be more than 0 seconds, not {self.timeout}")
        if self.burst is None:
            object.__setattr__(self, "burst", default_burst(self.requests_per_second))
        self.new_bucket()
        _ = self.retry

    @property
    def retry(self) -> RetryPolicy:
        """The retry policy."""
        return RetryPolicy(self.max_retries, self.backoff, self.jitter, deadline=self.deadline)

    def new_bucket(self) -> TokenBucket:
        """Return a full bucket of this rate."""
        assert self.burst is not None  # noqa: S101 - for mypy: it was given its default
        return TokenBucket(self.requests_per_second, self.burst)


class PoliteClient:
    """A client of one server; use it with ``async with``, or call :meth:`aclose` when done.

    Args:
        settings: how it asks.
        server: what the server is called among those who share a bucket; by default its address.
        auth_query: query parameters that carry the key.
        auth_headers: headers that carry the key.
        shortest_secret: characters of the shortest key that is struck out of bodies.

    Attributes:
        base_url: the server's address.
        traffic: requests, retries by reason and bytes so far.
        settings: how it asks: all that it takes to make another such client, but for the key.
        token_server: the bucket that is shared through a server, None when none is.

    Raises:
        ConfigurationError: the address of the server or the allowance cannot be one, the package for the latter is not
            installed, or the environment names a proxy or certificates that cannot be used.
    """

    # Of a client that could not be made, for its repr.
    base_url = "without an address"

    def __init__(
        self,
        settings: ClientSettings,
        *,
        server: str | None = None,
        auth_query: Mapping[str, str] | None = None,
        auth_headers: Mapping[str, str] | None = None,
        shortest_secret: int = SHORTEST_SECRET,
    ) -> None:
        self.settings = settings
        self.base_url = settings.base_url
        self._clock = settings.clock or SystemClock()
        bucket, allowance = settings.new_bucket(), settings.allowance
        self.token_server: RedisTokenServer | None = None
        if isinstance(allowance, str):
            key = *(auth_query or {}).values(), *(auth_headers or {}).values()
            self.token_server = RedisTokenServer(
                allowance, rate=bucket.rate, burst=bucket.burst, bucket=(server or self.base_url, *key)
            )
            allowance = SharedAllowance(self.token_server, self._clock, self.token_server.name)
        self._session = Session(
            self.base_url,
            allowance=allowance or OwnAllowance(bucket, self._clock),
            max_concurrent=settings.max_concurrent,
            retry=settings.retry,
            timeout=settings.timeout,
            clock=self._clock,
            transport=settings.transport,
            user_agent=f"ayne/{__version__}",
            auth_query=auth_query,
            auth_headers=auth_headers,
            shortest_secret=shortest_secret,
            rate=bucket.rate,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"

    async def __aenter__(self) -> Self:
        """Join the programs that share the allowance, so that a fault of it shows before any request."""
        if self.token_server:
            try:
                await self.token_server.join()
            except BaseException:
                await self.aclose()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()
        if self.token_server:
            await self.token_server.aclose()

    @property
    def allowance(self) -> Allowance:
        """The permission to send; you can replace it while the client is at work."""
        return self._session.allowance

    @allowance.setter
    def allowance(self, allowance: Allowance) -> None:
        self._session.allowance = allowance

    @property
    def traffic(self) -> Traffic:
        """What was sent and received so far."""
        return self._session.traffic
