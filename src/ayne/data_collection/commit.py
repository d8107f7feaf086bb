"""What the loops hand to the store: rows, with the progress they stand for."""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ayne.data_collection.given_ids import GivenAnswer
from ayne.data_collection.tmdb.coverage import DiscoverPage
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, MovieSummary, Unchanged


@dataclass(slots=True)
class Commit:
    """Rows and the progress they stand for, to be stored together or not at all.

    Attributes:
        sweep_id: the sweep that ``pages`` belong to.
        pages: pages of a discovery, in the order they came.
        details: films.
        unchanged: films that are as they were.
        failures: films that could not be fetched, each with the moment it may be tried again.
        given_list: the digest of the list that ``answers`` are about.
        answers: what became of films that the list names.
        listed: rows of lists that belong to no discovery.
        outside: what was asked for and belongs to no collection here.
    """

    sweep_id: int | None = None
    pages: list[DiscoverPage] = field(default_factory=list)
    details: list[MovieDetails] = field(default_factory=list)
    unchanged: list[Unchanged] = field(default_factory=list)
    failures: list[tuple[FetchFailure, datetime]] = field(default_factory=list)
    given_list: str | None = None
    answers: list[GivenAnswer] = field(default_factory=list)
    listed: list[MovieSummary] = field(default_factory=list)
    outside: list[MovieDetails] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """The number of rows to write."""
        films = len(self.listed) + len(self.details) + len(self.unchanged) + len(self.failures) + len(self.answers)
        films += len(self.outside)
        return sum(len(page.results) for page in self.pages) + films
