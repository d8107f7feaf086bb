"""Decide whether to ask again after a failure, and after how long: exponential backoff, and ``Retry-After``.

The waits are 1 s, 2 s, 4 s (``backoff * 2**n``), a little longer by chance so that workers do not march in step.
``Retry-After`` is obeyed up to ``max_wait``. A longer one is taken for a mistake, and the longest wait is used, so that
one bad header cannot make a run sleep for a year. The number of attempts is limited, and so is the time they may take
together.
"""

# Pure: values in, values out.

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ayne.errors import NoConnection, SourceError, TransientError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to retry.

    Attributes:
        max_retries: further attempts after the first.
        backoff: seconds before the first retry; each further wait is twice the one before.
        jitter: the most by which a random amount lengthens a wait, as a share of it; 0 for none.
        max_wait: the longest single wait in seconds before jitter, ``Retry-After`` included.
        deadline: seconds after the first attempt in which a retry may still be decided on.
    """

    max_retries: int = 3
    backoff: float = 1.0
    jitter: float = 0.1
    max_wait: float = 60.0
    deadline: float = 300.0

    def silence(self, timeout: float) -> float:
        """The seconds without any whole answer after which a server is out of reach.

        >>> RetryPolicy().silence(timeout=30.0), RetryPolicy().silence(timeout=100.0)
        (120.0, 200.0)
        """
        return max(120.0, 2 * timeout)

    def __post_init__(self) -> None:
        for name in ("max_retries", "backoff", "jitter", "max_wait", "deadline"):
            # Only the deadline may be infinite: then the attempts are the bound.
            if not 0 <= getattr(self, name) < math.inf and not (name == "deadline" and self.deadline > 0):
                raise ValueError(f"{name} must be a number and not negative, got {getattr(self, name)}")


def next_wait(policy: RetryPolicy, error: SourceError, attempt: int, elapsed: float, chance: float) -> float | None:
    """Return the seconds to wait before asking again, or None to give up.

    Args:
        policy: the bounds.
        error: what came of the last attempt.
        attempt: how many attempts were made, 1 after the first.
        elapsed: seconds since the first attempt began.
        chance: a random number in [0, 1), for the jitter.

    Example:
        >>> from ayne.errors import NotFound, ServerFailure
        >>> plain = RetryPolicy(jitter=0)
        >>> [next_wait(plain, ServerFailure("502"), n, 0.0, 0.5) for n in (1, 2, 3, 4)]
        [1.0, 2.0, 4.0, None]
        >>> next_wait(plain, NotFound("404"), 1, 0.0, 0.5) is None
        True
    """
    if not isinstance(error, TransientError) or attempt > policy.max_retries:
        return None
    wait = wait_after(policy, error, attempt, chance)
    return wait if elapsed + wait <= policy.deadline else None


def is_nobody_there(error: SourceError, attempt: int, *, answered: bool) -> bool:
    """Return whether a server that never answered is out of reach at once, without further retries.

    So it is when the second attempt, too, got no connection, and no attempt of anybody's was ever answered.

    Args:
        error: what came of the last attempt.
        attempt: how many attempts were made, 1 after the first.
        answered: whether the server has answered anything yet, be it an error.

    Example:
        >>> refused = NoConnection("connection refused")
        >>> [is_nobody_there(refused, attempt, answered=False) for attempt in (1, 2)]
        [False, True]
        >>> is_nobody_there(refused, 4, answered=True)
        False
    """
    return isinstance(error, NoConnection) and attempt > 1 and not answered


def wait_after(policy: RetryPolicy, error: TransientError, attempt: int, chance: float) -> float:
    """Return the seconds that an error asks to wait, whether or not there is another attempt.

    >>> from ayne.errors import RateLimited
    >>> wait_after(RetryPolicy(jitter=0), RateLimited("429"), 2, 0.5)
    2.0
    """
    # Past 2**60 any backoff is over any sensible max_wait, and the power would only overflow.
    wait = min(policy.max_wait, policy.backoff * 2.0 ** min(attempt - 1, 60))
    if error.retry_after is not None:
        wait = max(wait, min(policy.max_wait, error.retry_after))
    return wait * (1 + policy.jitter * chance)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds of a ``Retry-After`` header: a number or an HTTP date; None when absent or nonsense.

    ``now`` is the moment of the answer, by the server's clock: its ``Date``, where it has one.

    Example:
        >>> from datetime import UTC, datetime
        >>> now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
        >>> parse_retry_after("7", now), parse_retry_after("Thu, 01 Jan 2026 12:00:30 GMT", now)
        (7.0, 30.0)
        >>> parse_retry_after("Thu, 01 Jan 2026 11:00:00 GMT", now), parse_retry_after("soon", now)
        (0.0, None)
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text.lstrip("0")[:12] or 0)
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """Return the moment of an HTTP date (RFC 9110, section 5.6.7); None when it is none.

    >>> http_date("Thu, 01 Jan 2026 12:00:30 GMT")
    datetime.datetime(2026, 1, 1, 12, 0, 30, tzinfo=datetime.timezone.utc)
    """
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
