"""How long a copy may be kept, whatever becomes of it: decisions made of values.

TMDB's terms of use (section 1.C) allow no copy for longer than six months. A film is due to be fetched again before
that (see :mod:`~ayne.data_collection.refresh`); what could not be, or no longer exists there, is removed.
"""

# Pure: values in, values out.

from __future__ import annotations

from datetime import datetime, timedelta

from ayne.data_collection.refresh import LONGEST_ALLOWED

# The shortest six months have 181 days. One day after everything should have been fetched again, it goes.
LONGEST_KEPT = LONGEST_ALLOWED + timedelta(days=1)

WEEK = timedelta(days=7)


def to_be_removed_before(now: datetime) -> datetime:
    """What TMDB said before this moment may no longer be kept.

    >>> from datetime import UTC
    >>> to_be_removed_before(datetime(2026, 6, 30, tzinfo=UTC))
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return now - LONGEST_KEPT


def expiring_before(now: datetime, within: timedelta = WEEK) -> datetime:
    """What TMDB said before this moment may no longer be kept when so much time has passed."""
    return now + within - LONGEST_KEPT
