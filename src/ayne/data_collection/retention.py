"""Decide how long a copy may be kept.

TMDB's terms of use (section 1.C) allow no copy older than six months. A film is due to be fetched again before that
(see :mod:`~ayne.data_collection.refresh`). A copy that could not be fetched again, or that TMDB no longer has, is
removed.

A wrong clock makes every copy look old. So before a copy is removed for its age, this machine's clock is compared with
the server's, and with the newest moment in the file.
"""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ayne.data_collection.tmdb.limits import LONGEST_ALLOWED

# The shortest six months have 181 days. One day after everything should have been fetched again, it goes.
LONGEST_KEPT = LONGEST_ALLOWED + timedelta(days=1)

WEEK = timedelta(days=7)

# Clocks that are further apart disagree. An answer out of a cache may look a day old, and a zone may be wrong.
MOST_APART = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many rows may no longer be kept.

    Attributes:
        details: films whose details are too old.
        summaries: films of which only a list row is known, and that is too old.
        parts: parts of films.
        answers: answers as received.
        observations: rows of the history.
        exported: films that only exports name, the newest of which is too old.
    """

    details: int
    summaries: int
    parts: int
    answers: int
    observations: int
    exported: int


def to_be_removed_before(now: datetime) -> datetime:
    """Return the moment before which everything that TMDB sent must be removed.

    >>> from datetime import UTC
    >>> to_be_removed_before(datetime(2026, 6, 30, tzinfo=UTC))
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return now - LONGEST_KEPT


def expiring_before(now: datetime, within: timedelta = WEEK) -> datetime:
    """Return the moment before which everything that TMDB sent must be removed when so much time has passed."""
    return now + within - LONGEST_KEPT


def clock_doubt(now: datetime, server: datetime | None, newest: datetime | None) -> str | None:
    """Return why this machine's clock may be wrong, in words; None when nothing contradicts it.

    While there is a doubt nothing is removed for its age.

    Args:
        now: what this machine's clock shows.
        server: what the server's clock shows, None when it was not asked or does not say.
        newest: the newest moment in the file, None when it holds none.

    Example:
        >>> from datetime import UTC
        >>> now = datetime(2027, 6, 1, tzinfo=UTC)
        >>> clock_doubt(now, server=datetime(2026, 6, 1, tzinfo=UTC), newest=None)
        "this machine's clock shows 2027-06-01, the server's 2026-06-01"
    """
    ours = f"this machine's clock shows {now:%Y-%m-%d}"
    if server is not None and abs(now - server) > MOST_APART:
        return f"{ours}, the server's {server:%Y-%m-%d}"
    if newest is not None and newest - now > MOST_APART:
        return f"{ours}, and the file holds what came on {newest:%Y-%m-%d}"
    if server is None and newest is not None and newest < to_be_removed_before(now):
        return f"{ours}, and nothing in the file is newer than {newest:%Y-%m-%d}"
    return None


def is_behind(now: datetime, server: datetime | None, newest: datetime | None) -> bool:
    """Return whether both the server and the file show that this machine's clock is behind.

    What is stored by such a clock would look older than it is, and would be removed once the clock is right.
    """
    return server is not None and newest is not None and min(server, newest) - now > MOST_APART
