"""What passes between the loops and the store: rows with the progress they stand for, and what is known of a copy."""

from __future__ import annotations

from collections import Counter
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


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer of the source as it came.

    Attributes:
        parts: the parts that were asked for.
        body: JSON.
    """

    tmdb_id: int
    parts: tuple[str, ...]
    body: bytes
    observed_at: datetime


@dataclass(slots=True)
class Rebuilt:
    """What came of reading kept answers again.

    Attributes:
        outdated: films of which the file holds newer details than the answer that was kept; they were left alone.
        rows: rows written, by table.
        unreadable: rows of parts that had to be left out.
        leftovers: how often each key was met that no column holds, or whose value could not be read.
    """

    outdated: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    leftovers: Counter[str] = field(default_factory=Counter)

    def add(self, other: Rebuilt) -> None:
        """Add up."""
        self.outdated += other.outdated
        self.rows += other.rows
        self.unreadable += other.unreadable
        self.leftovers += other.leftovers


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
