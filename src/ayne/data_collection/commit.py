"""What passes between the loops and the store: rows with the progress they stand for, and what is known of a copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from ayne.data_collection.tmdb.coverage import DiscoverPage
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """What the refresh policy needs to know of a stored film."""

    tmdb_id: int
    status: str | None
    release_date: date | None
    details_at: datetime
    failed: bool = False


@dataclass(slots=True)
class Commit:
    """Rows and the progress they stand for, to be stored together or not at all.

    Attributes:
        sweep_id: the sweep that ``pages`` belong to.
        pages: pages of a discovery, in the order they came.
        details: films.
        failures: films that could not be had, each with the moment it may be tried again.
    """

    sweep_id: int | None = None
    pages: list[DiscoverPage] = field(default_factory=list)
    details: list[MovieDetails] = field(default_factory=list)
    failures: list[tuple[FetchFailure, datetime]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How much there is to write."""
        return sum(len(page.results) for page in self.pages) + len(self.details) + len(self.failures)
