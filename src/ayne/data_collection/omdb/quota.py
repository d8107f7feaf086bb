"""Decide how many requests may still be sent to OMDb today; ``database/ratings.py`` keeps the count.

OMDb counts by key and by day, and starts anew at midnight UTC. So does the store, before a request is sent: a lease of
some requests is written down as spent, and what of it was not used is given back with the ratings it brought. A
process that dies takes its lease with it; it is lost until midnight, and no request is ever sent that was not counted.
"""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from ayne.errors import QuotaSpent

# Requests a day of OMDb's free key: https://www.omdbapi.com/apikey.aspx
DEFAULT_QUOTA = 1000

# Requests in a lease, and so the most that a kill can lose.
LEASE = 20

# A request that leaves right before midnight may arrive after it, and would count for a day it was not taken from.
BEFORE_MIDNIGHT = timedelta(seconds=60)

# The films of a lease are nobody else's for so long; after that its process is taken for dead.
LEASE_LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RatingPolicy:
    """How old ratings may grow before they are asked for again.

    Attributes:
        recent: a film counts as recent for this long after its release. Before it there is nothing to be rated.
        recent_film: the age of a recent film's ratings; also how long OMDb's word is believed that it has none.
        older_film: the same for any other film.
        failed: how long a film is left alone that could not be fetched; OMDb keeps its errors for an hour.

    Raises:
        ValueError: an age is not positive.
    """

    recent: timedelta = timedelta(days=365)
    recent_film: timedelta = timedelta(days=7)
    older_film: timedelta = timedelta(days=90)
    failed: timedelta = timedelta(hours=1)

    def of_what_only_omdb_has(self) -> RatingPolicy:
        """Return the policy for when IMDb's ratings come from IMDb: titles never asked for, then the oldest.

        >>> RatingPolicy().of_what_only_omdb_has().older_film
        datetime.timedelta(days=1)
        """
        return replace(self, recent_film=timedelta(days=1), older_film=timedelta(days=1))

    def __post_init__(self) -> None:
        for name in ("recent_film", "older_film", "failed"):
            if not getattr(self, name) > timedelta(0):
                raise ValueError(f"{name} must be more than nothing")


@dataclass(frozen=True, slots=True)
class DayQuota:
    """What of a day's quota is left.

    Attributes:
        day: the day, UTC.
        quota: requests of the whole day.
        spent: those sent or leased from this store.
        learned_at: when OMDb said that its quota was used up, whoever used it; None while it has not.

    Example:
        >>> DayQuota(date(2026, 2, 13), quota=1000, spent=400).left
        600
        >>> DayQuota(date(2026, 2, 13), 1000, 400, learned_at=datetime(2026, 2, 13, 9, tzinfo=UTC)).left
        0
    """

    day: date
    quota: int
    spent: int = 0
    learned_at: datetime | None = None

    @property
    def left(self) -> int:
        """The requests that may still be sent."""
        return 0 if self.learned_at else max(0, self.quota - self.spent)

    @property
    def resets_at(self) -> datetime:
        """When the quota is full again."""
        return midnight_after(self.day)


@dataclass(slots=True)
class Lease:
    """Requests that were taken from a day's quota, and the films to spend them on.

    Attributes:
        lease_id: its number in the store.
        source: the server whose quota it is.
        day: the day whose quota it is of.
        granted: how many.
        imdb_ids: what to ask for.
        used: how many were sent.
    """

    lease_id: int
    source: str
    day: date
    granted: int
    imdb_ids: list[str] = field(default_factory=list)
    used: int = 0

    def take(self, now: datetime) -> None:
        """Take one request out of the lease.

        Raises:
            QuotaSpent: there is none left, or its day is as good as over.

        Example:
            >>> lease = Lease(1, "OMDb", date(2026, 2, 13), granted=1)
            >>> lease.take(datetime(2026, 2, 13, 12, tzinfo=UTC)); lease.used
            1
        """
        if self.used >= self.granted:
            raise QuotaSpent("no request is left of those that were taken from today's quota")
        if not is_open(self.day, now):
            raise QuotaSpent("the day is over for which requests were taken from the quota")
        self.used += 1


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """What a lease may be.

    Attributes:
        source: whose quota it is taken from.
        quota: requests of a whole day.
        titles: the most films; 0 takes nothing, and only shows what is left and due.
        requests: the most requests; more than films, so that some may be sent again.
        policy: how old ratings may grow.
    """

    source: str
    quota: int = DEFAULT_QUOTA
    titles: int = LEASE
    requests: int = LEASE
    policy: RatingPolicy = RatingPolicy()


@dataclass(frozen=True, slots=True)
class DueRatings:
    """Films whose ratings should be asked for.

    Attributes:
        never: those never asked for.
        failed: those that could not be fetched and may be tried again.
        stale: those whose ratings, or OMDb's word that it has none, are older than the policy allows.
    """

    never: int = 0
    failed: int = 0
    stale: int = 0

    @property
    def films(self) -> int:
        """The number of all of them."""
        return self.never + self.failed + self.stale


def midnight_after(day: date) -> datetime:
    """Return the end of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def utc_day(moment: datetime) -> date:
    """Return the day on which OMDb counts a request sent at a moment."""
    return moment.astimezone(UTC).date()


def is_open(day: date, now: datetime) -> bool:
    """Return whether requests that count for a day may be sent now.

    >>> is_open(date(2026, 2, 13), datetime(2026, 2, 13, 23, 58, tzinfo=UTC))
    True
    >>> is_open(date(2026, 2, 13), datetime(2026, 2, 13, 23, 59, 30, tzinfo=UTC))
    False
    """
    return utc_day(now) == day and now < midnight_after(day) - BEFORE_MIDNIGHT


def days_needed(films: int, left: int, quota: int) -> int | None:
    """Return on how many days requests must be sent until all films are rated, today included if it helps.

    None when there is no quota at all.

    Example:
        >>> days_needed(2500, left=1000, quota=1000), days_needed(1500, left=0, quota=1000)
        (3, 2)
        >>> days_needed(0, left=0, quota=1000), days_needed(400, left=600, quota=1000)
        (0, 1)
    """
    if films <= 0:
        return 0
    later = films - left
    today = 1 if left > 0 else 0
    if later <= 0:
        return today
    return today - (-later // quota) if quota > 0 else None
