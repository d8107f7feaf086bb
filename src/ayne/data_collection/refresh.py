"""Decide which stored copies are due to be fetched again, by their age, the change feed and TMDB's terms.

A film's data change fast around its release and slowly after that. So the policy compares the age of the stored copy
with the age that it may reach at this point of the film's life. A film that TMDB's change feed names is fetched
whatever its age. The feed leaves out votes and popularity, so it does not replace the ages. TMDB's terms forbid keeping
a copy for more than six months: no setting exceeds that, and copies that come near it are fetched first.
"""

# Pure: values in, values out.

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Any, Literal

from ayne.data_collection.answers import CACHED_FOR
from ayne.data_collection.tmdb.limits import LONGEST_ALLOWED
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.errors import ConfigurationError

Reason = Literal["terms", "changed", "age"]

# What is asked for first.
_RANKS: dict[Reason, int] = {"terms": 2, "changed": 1, "age": 0}

_MAY_PASS = frozenset(
    {"connection_failed", "no_connection", "timed_out", "rate_limited", "server_failure", "bad_payload", "not_found"}
)

# Ages that a copy may reach; none may pass what TMDB's terms allow.
_AGES = ("in_cinemas", "announced", "undated", "first_year", "older", "quiet", "airing")

_UNITS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """What the refresh policy needs to know of a film.

    Attributes:
        details_at: when TMDB made the stored details; None for a changed film that has none.
        failed: it could not be fetched at the last try.
        changed_at: by when it changed, if TMDB's change feed named it and its details are older than that.
        latest: of a series, the day of the latest episode.
        upcoming: the day of the next one that is announced.
        goes_on: whether it has no end yet, like a series that is neither ended nor canceled.
        is_dateless: whether its kind has no dates, like people.
    """

    tmdb_id: int
    status: str | None
    release_date: date | None
    details_at: datetime | None
    failed: bool = False
    vote_count: int | None = None
    popularity: float | None = None
    changed_at: datetime | None = None
    latest: date | None = None
    upcoming: date | None = None
    goes_on: bool = False
    is_dateless: bool = False


@dataclass(frozen=True, slots=True)
class MaybeDue:
    """Bounds that a database can check quickly: a film outside of them is certainly not due.

    Attributes:
        released_after: a film released later, or without a date, is young; the others are old.
        young_before: the details of a young film that may be due were made before this.
        old_before: those of an old film.
        going_on_before: those of a series with an episode later than ``released_after``.
        quiet_before: those of an old film with fewer votes than ``quiet_votes`` and less popularity than
            ``quiet_popularity``.
    """

    released_after: date
    young_before: datetime
    old_before: datetime
    quiet_before: datetime
    going_on_before: datetime
    quiet_votes: int
    quiet_popularity: float


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """Says how old copies may grow before they are fetched again.

    A film is *in cinemas* from ``before_release`` before its release date until ``after_release`` after it; before
    that it is *announced*; after that it is in its *first year* until ``new_for`` after its release, and *older* then.
    An older film with few votes and little popularity is *quiet*. A film without a release date is *undated*.

    A series is *airing* from ``airing_for`` before an episode until ``airing_for`` after it. Else it is *announced*
    when an episode is to come, in its *first year* until ``new_for`` after its latest episode unless it is ended or
    canceled, and *older* or *quiet* after that. A series whose episodes are not known yet is treated like a film.

    A kind without dates, like people, is *older* or *quiet*.

    Attributes:
        before_release: how long before its release a film counts as being in cinemas.
        after_release: how long after its release a film counts as being in cinemas.
        new_for: how long after its release a film counts as new.
        in_cinemas: the age that the copy of a film in cinemas may reach.
        announced: the same for a film that is yet to come.
        undated: the same for a film without a release date, unless it is canceled: then it is quiet.
        first_year: the same for a new film that is no longer in cinemas.
        older: the same for an older film.
        quiet: the same for a quiet one.
        airing: the age that the copy of a series that is airing may reach.
        airing_for: how long before and after an episode a series counts as airing.
        quiet_votes: a quiet film has fewer votes than this.
        quiet_popularity: a quiet film also has less popularity than this.
        near_limit: how long before :data:`LONGEST_ALLOWED` a copy comes before all others.
        settled: how long after the end of a day (UTC) its changes are read, and the films that they name. TMDB's caches
            return answers that are up to eight hours old. With a shorter time an answer may lack the change, and both
            are asked for once more when the eight hours are over.
        recent: a span of discovery counts as recent until this long after its last day.
        recent_span: how long a discovery of a recent span stays valid.
        older_span: how long any other discovery stays valid.
        refused: how long ayne waits before it asks again for a film that TMDB refused for a lasting reason.

    Raises:
        ValueError: an age is not positive, or longer than TMDB's terms allow, or another number is negative.
    """

    before_release: timedelta = timedelta(days=28)
    after_release: timedelta = timedelta(days=120)
    new_for: timedelta = timedelta(days=365)
    in_cinemas: timedelta = timedelta(days=3)
    announced: timedelta = timedelta(days=7)
    undated: timedelta = timedelta(days=30)
    first_year: timedelta = timedelta(days=21)
    older: timedelta = timedelta(days=90)
    quiet: timedelta = timedelta(days=150)
    airing: timedelta = timedelta(days=3)
    airing_for: timedelta = timedelta(days=7)
    quiet_votes: int = 10
    quiet_popularity: float = 1.0
    near_limit: timedelta = timedelta(days=14)
    settled: timedelta = CACHED_FOR
    recent: timedelta = timedelta(days=365)
    recent_span: timedelta = timedelta(days=1)
    older_span: timedelta = timedelta(days=30)
    refused: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        for name in _AGES:
            if not timedelta(0) < getattr(self, name) <= LONGEST_ALLOWED:
                raise ValueError(f"{name} must be more than nothing and at most {LONGEST_ALLOWED.days} days")
        for item in fields(self):
            value = getattr(self, item.name)
            if not value >= type(value)():
                raise ValueError(f"{item.name} must not be negative")
        if not self.near_limit < LONGEST_ALLOWED:
            raise ValueError(f"near_limit must be less than {LONGEST_ALLOWED.days} days")

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> RefreshPolicy:
        """Return a policy from plain values, as of the table ``[refresh]`` of a TOML file; others keep their defaults.

        Spans of time are numbers of days, or texts like ``"12 hours"`` or ``"2 weeks"``.

        Raises:
            ConfigurationError: a name or a value is wrong; the message names it.

        Example:
            >>> RefreshPolicy.from_mapping({"in_cinemas": 2, "settled": "10 hours"}).settled
            datetime.timedelta(seconds=36000)
        """
        defaults = {item.name: item.default for item in fields(cls)}
        read: dict[str, Any] = {}
        for name, value in settings.items():
            if name not in defaults:
                near = get_close_matches(name, defaults, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(defaults)}."
                raise ConfigurationError(f"The refresh policy has no {name!r}: {hint}")
            read[name] = _setting(name, value, defaults[name])
        try:
            return cls(**read)
        except ValueError as error:
            raise ConfigurationError(f"The refresh policy cannot be followed: {error}") from None

    def sooner(self, share: float) -> RefreshPolicy:
        """Return the same policy with all ages shortened to a share of theirs, to find what is due next.

        >>> RefreshPolicy().sooner(0.5).first_year
        datetime.timedelta(days=10, seconds=43200)
        """
        return replace(self, **{name: getattr(self, name) * share for name in _AGES})

    def may_be_due(self, now: datetime) -> MaybeDue:
        """Return bounds that include every copy which is due, and that a database can check quickly."""
        young = now - max(self.new_for, self.after_release, self.airing_for)
        return MaybeDue(
            released_after=young.date() - timedelta(days=1),
            # A film just past its first year is in it too, and one that was canceled before it had a day.
            young_before=now
            - min(
                self.in_cinemas, self.announced, self.undated, self.first_year, self.older, self.quiet, self._longest
            ),
            old_before=now - min(self.older, self._longest),
            quiet_before=now - min(self.quiet, self._longest),
            going_on_before=now - min(*(getattr(self, name) for name in _AGES), self._longest),
            quiet_votes=self.quiet_votes,
            quiet_popularity=self.quiet_popularity,
        )

    def allowed(self, copy: StoredCopy, now: datetime) -> timedelta:
        """Return the age that a copy may reach at this point of its film's life, or of its series'."""
        if copy.latest or copy.upcoming:
            return self._allowed_with_episodes(copy, now)
        if copy.release_date is None:
            return self._late(copy) if copy.is_dateless else self._without_day(copy)
        since = now - _midnight(copy.release_date)
        if since < -self.before_release:
            return self.announced
        if since < self.after_release:
            return self.in_cinemas
        if since < self.new_for:
            return self.first_year
        return self._late(copy)

    def _without_day(self, copy: StoredCopy) -> timedelta:
        return self.quiet if copy.status == "Canceled" else self.undated

    def _allowed_with_episodes(self, copy: StoredCopy, now: datetime) -> timedelta:
        days = [_midnight(day) for day in (copy.latest, copy.upcoming) if day]
        if any(abs(now - day) <= self.airing_for for day in days):
            return self.airing
        if max(days) > now:
            return self.announced
        return self.first_year if copy.goes_on and now - max(days) < self.new_for else self._late(copy)

    def _late(self, copy: StoredCopy) -> timedelta:
        is_quiet = (copy.vote_count or 0) < self.quiet_votes and (copy.popularity or 0) < self.quiet_popularity
        return self.quiet if is_quiet else self.older

    @property
    def _longest(self) -> timedelta:
        """The age at which a copy comes before all others."""
        return LONGEST_ALLOWED - self.near_limit


@dataclass(frozen=True, slots=True)
class Due:
    """A film that should be fetched again.

    Attributes:
        reason: ``terms``: its copy must not be kept much longer; ``changed``: TMDB's change feed named it; ``age``:
            its copy is older than it may be.
        urgency: the copy's age as a multiple of what it may be; of a changed film, the age of the change.
        failed: it could not be fetched at the last try.
    """

    tmdb_id: int
    urgency: float
    reason: Reason = "age"
    failed: bool = False

    @property
    def rank(self) -> tuple[bool, int, float, int]:
        """The sort key, the most urgent last. Films that failed must not keep the others from their turn."""
        return (not self.failed, _RANKS[self.reason], self.urgency, -self.tmdb_id)


def due(copy: StoredCopy, now: datetime, policy: RefreshPolicy) -> Due | None:
    """Decide whether a stored film should be fetched again, why, and how urgently.

    >>> now = datetime(2026, 6, 1, tzinfo=UTC)
    >>> new = StoredCopy(1, "Released", date(2026, 5, 1), details_at=datetime(2026, 5, 26, tzinfo=UTC))
    >>> old = StoredCopy(2, "Released", date(1999, 5, 1), details_at=datetime(2026, 5, 18, tzinfo=UTC))
    >>> due(new, now, RefreshPolicy()), due(old, now, RefreshPolicy())
    (Due(tmdb_id=1, urgency=2.0, reason='age', failed=False), None)
    """
    allowed = policy.allowed(copy, now)
    age = now - copy.details_at if copy.details_at else None
    if age is not None and age >= LONGEST_ALLOWED - policy.near_limit:
        return Due(copy.tmdb_id, age / LONGEST_ALLOWED, "terms", copy.failed)
    if copy.changed_at is not None:
        return Due(copy.tmdb_id, (now - copy.changed_at) / allowed, "changed", copy.failed)
    if age is not None and age >= allowed:
        return Due(copy.tmdb_id, age / allowed, "age", copy.failed)
    return None


def most_urgent(
    copies: Iterable[StoredCopy],
    now: datetime,
    policy: RefreshPolicy,
    limit: int | None,
    renewed_by_lists: Callable[[StoredCopy], bool] | None = None,
) -> list[Due]:
    """Return the films that are due, the most urgent first, up to a limit.

    Args:
        copies: the films.
        now: the moment to judge by.
        policy: how old they may grow.
        limit: the most films, None for all of them.
        renewed_by_lists: whether lists bring what is new of a film: then its age alone is no reason.
    """
    dues = (
        found
        for copy in copies
        if (found := due(copy, now, policy))
        and not (found.reason == "age" and renewed_by_lists is not None and renewed_by_lists(copy))
    )
    if limit is None:
        return sorted(dues, key=lambda found: found.rank, reverse=True)
    return heapq.nlargest(limit, dues, key=lambda found: found.rank)


def discovery_due(last_day: date, finished_at: datetime, now: datetime, policy: RefreshPolicy) -> bool:
    """Return whether a span should be discovered again, because films are still being added to it."""
    is_recent = _midnight(last_day) > now - policy.recent
    return now - finished_at >= (policy.recent_span if is_recent else policy.older_span)


def retry_at(failure: FetchFailure, now: datetime, policy: RefreshPolicy) -> datetime:
    """Return the earliest moment to ask again for a film that failed: at once if the reason may have passed.

    A 404 without TMDB's own word for it may come from anything in between, so that may pass too.
    """
    return now if failure.reason in _MAY_PASS else now + policy.refused


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_MOST = 2**31 - 1


def _setting(name: str, value: Any, default: Any) -> Any:
    """Return a setting with the type of its default."""
    # A count or an age beyond it is a slip, and no database has room for it.
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _MOST
    if isinstance(default, timedelta):
        try:
            return timedelta(days=value) if is_number else _span(str(value))
        except (ValueError, OverflowError):
            wanted = 'a number of days, or a text like "12 hours" or "2 weeks"'
    elif isinstance(default, int):
        if is_number and value == int(value):
            return int(value)
        wanted = "a whole number"
    else:
        if is_number:
            return float(value)
        wanted = "a number"
    raise ConfigurationError(f"{name} of the refresh policy must be {wanted}, not {value!r}")


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *(minute|hour|day|week)s?", text.strip())
    if not found:
        raise ValueError(text)
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])
