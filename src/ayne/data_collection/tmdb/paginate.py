"""Ask for the pages that a planner wants, until it wants no more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Protocol, TypeVar

from ayne.errors import ConnectionFailed, SourceError, TimedOut
from ayne.net.fan_out import fan_out

# One page failing is bad luck, and it is asked for again; so many one after the other mean that TMDB is out of reach.
GIVE_UP_AFTER = 20

# A server that has not answered at all so far is given one, asked for with all its retries.
GIVE_UP_FROM_THE_START_AFTER = 1

R = TypeVar("R")
P = TypeVar("P")


class Wants(Protocol[R]):
    """Decides which page to request next."""

    def take(self) -> R | None:
        """Return the next page to ask for, None when there is none at the moment."""
        ...

    def put_back(self, request: R) -> bool:
        """Retry a page later, unless it was tried too often; return whether it will be retried."""
        ...


async def paginate(
    planner: Wants[R],
    fetch: Callable[[R], Awaitable[P]],
    may_be_missing: Callable[[SourceError], bool],
    width: int,
    incomplete: Callable[[list[str]], Exception],
) -> AsyncGenerator[tuple[R, P], None]:
    """Yield the pages that a planner wants as they come; record each with the planner before asking for the next.

    Raises:
        Exception: what ``incomplete`` makes of the pages that could not be fetched, after the last page.
        SourceError: TMDB is out of reach, or refuses the question.
    """
    missing: list[str] = []
    failures_in_a_row = 0
    answered = False

    async def attempt(request: R) -> P | SourceError:
        try:
            return await fetch(request)
        except SourceError as error:
            if may_be_missing(error):
                return error
            raise

    async with aclosing(fan_out(planner.take, attempt, width)) as pages:
        async for request, page in pages:
            if isinstance(page, SourceError):
                failures_in_a_row += 1
                answered |= not isinstance(page, ConnectionFailed | TimedOut)
                if failures_in_a_row >= (GIVE_UP_AFTER if answered else GIVE_UP_FROM_THE_START_AFTER):
                    raise page
                if not planner.put_back(request):
                    missing.append(f"{request}: {page}")
                continue
            failures_in_a_row, answered = 0, True
            yield request, page
    if missing:
        raise incomplete(missing)
