"""What is worth asking again, and when: decisions made of values.

A film's data move fast around its release and slowly ever after, so what counts is the age of the stored copy
against the age it may have. TMDB's terms forbid keeping a copy for more than six months; no setting goes past that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ayne.data_collection.commit import StoredCopy
from ayne.data_collection.tmdb.models import FetchFailure

# TMDB's terms of use, section 1.C: no copy "for longer than 6 months". A day is kept in hand.
LONGEST_ALLOWED = timedelta(days=179)

_MAY_PASS = frozenset({"connection_failed", "timed_out", "rate_limited", "server_failure", "bad_payload", "not_found"})


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """How old things may grow before they are fetched again.

    Attributes:
        recent: a film counts as recent until this long after its release; so does one that is yet to come.
        recent_film: the age a recent film's copy may reach.
        older_film: the age any other film's copy may reach.
        recent_span: how long a discovery that reaches into the recent stays valid.
        older_span: how long any other discovery stays valid.
        refused: how long a film that TMDB refused for no passing reason is left alone.

    Raises:
        ValueError: an age is not positive, or longer than TMDB's terms allow.
    """

    recent: timedelta = timedelta(days=365)
    recent_film: timedelta = timedelta(days=7)
    older_film: timedelta = timedelta(days=90)
    recent_span: timedelta = timedelta(days=1)
    older_span: timedelta = timedelta(days=30)
    refused: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        for name in ("recent_film", "older_film"):
            if not timedelta(0) < getattr(self, name) <= LONGEST_ALLOWED:
                raise ValueError(f"{name} must be more than nothing and at most {LONGEST_ALLOWED.days} days")

    @property
    def shortest(self) -> timedelta:
        """No copy younger than this is ever due."""
        return min(self.recent_film, self.older_film)


@dataclass(frozen=True, slots=True)
class Due:
    """A film whose copy is older than it may be.

    Attributes:
        urgency: the copy's age as a multiple of what it may be; 1 is due just now.
        failed: it could not be had at the last try.
    """

    tmdb_id: int
    urgency: float
    failed: bool = False


def due(copy: StoredCopy, now: datetime, policy: RefreshPolicy) -> Due | None:
    """Whether a stored film should be fetched again, and how urgently.

    >>> now = datetime(2026, 6, 1, tzinfo=UTC)
    >>> new = StoredCopy(1, "Released", date(2026, 5, 1), details_at=datetime(2026, 5, 18, tzinfo=UTC))
    >>> old = StoredCopy(2, "Released", date(1999, 5, 1), details_at=datetime(2026, 5, 18, tzinfo=UTC))
    >>> due(new, now, RefreshPolicy()), due(old, now, RefreshPolicy())
    (Due(tmdb_id=1, urgency=2.0, failed=False), None)
    """
    allowed = policy.recent_film if _is_recent(copy.release_date, now, policy) else policy.older_film
    urgency = (now - copy.details_at) / allowed
    return Due(copy.tmdb_id, urgency, copy.failed) if urgency >= 1 else None


def discovery_due(last_day: date, finished_at: datetime, now: datetime, policy: RefreshPolicy) -> bool:
    """Whether a span that was discovered should be discovered again; films are still being added to it."""
    allowed = policy.recent_span if _is_recent(last_day, now, policy) else policy.older_span
    return now - finished_at >= allowed


def retry_at(failure: FetchFailure, now: datetime, policy: RefreshPolicy) -> datetime:
    """The earliest moment to ask again for a film that could not be had: at once if the reason may have passed.

    A 404 without TMDB's own word for it may come from anything in between, so that may pass too.
    """
    return now if failure.reason in _MAY_PASS else now + policy.refused


def _is_recent(day: date | None, now: datetime, policy: RefreshPolicy) -> bool:
    """A film without a date is yet to come, as far as anybody knows."""
    return day is None or datetime(day.year, day.month, day.day, tzinfo=UTC) > now - policy.recent
