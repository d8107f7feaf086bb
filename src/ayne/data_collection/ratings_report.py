"""The report of a run that rates films."""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure

# What a report names one by one; the store has them all.
_FAILURES_NAMED = 1000

Outcome = Literal["done", "quota", "limit", "interrupted", "stopped"]


@dataclass(slots=True)
class RatingsReport:
    """What a run did, and what is left to do.

    Attributes:
        outcome: ``done``: nothing is due; ``quota``: no request is left today; ``limit``: as many as were asked for;
            ``interrupted`` (by ``RatingsCollection.stop``) or ``stopped`` by an error.
        rated: titles that OMDb has.
        none: titles that OMDb does not have.
        mismatched: titles for which OMDb answered with another title; that answer was not stored.
        failed: titles that could not be fetched, the first thousand.
        failures_by_reason: the number of all of them, by reason.
        unreadable: how often ayne met each key that it does not know, or could not read.
        requests, retries, bytes_received: requests sent, further attempts by reason, and bytes of bodies.
        seconds: the duration of the run.
        quota: requests allowed in a day.
        left_today: requests that may still be sent today.
        resets_at: when the quota is full again.
        due: films whose ratings are due.
        days_needed: on how many days requests must be sent for them, including today if any requests are left; None
            without a quota.
    """

    outcome: Outcome = "done"
    rated: int = 0
    none: int = 0
    mismatched: int = 0
    failed: list[RatingFailure] = field(default_factory=list)
    failures_by_reason: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    retries: dict[str, int] = field(default_factory=dict)
    bytes_received: int = 0
    seconds: float = 0.0
    quota: int = 0
    left_today: int = 0
    resets_at: datetime | None = None
    due: int = 0
    days_needed: int | None = 0

    @property
    def asked(self) -> int:
        """The number of titles that were asked for, with any result."""
        return self.rated + self.none + self.mismatched + sum(self.failures_by_reason.values())

    @property
    def complete(self) -> bool:
        """Whether everything that could be done today succeeded."""
        return self.outcome in {"done", "quota", "limit"} and not self.failures_by_reason

    def add(self, found: OMDbMovie | RatingFailure) -> None:
        """Count the result for a title. One that OMDb does not have, or has as another, is a fact and not a failure."""
        if not isinstance(found, RatingFailure):
            self.rated += 1
            for key in found["raw"]:
                self.unreadable[key] = self.unreadable.get(key, 0) + 1
        elif found.none:
            self.none += 1
        elif found.mismatched:
            self.mismatched += 1
        else:
            self.failures_by_reason[found.reason] = self.failures_by_reason.get(found.reason, 0) + 1
            if len(self.failed) < _FAILURES_NAMED:
                self.failed.append(found)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, fit for JSON."""
        return {**asdict(self), "asked": self.asked, "complete": self.complete}
