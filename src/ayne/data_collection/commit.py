"""What passes between the loops and the store: rows with the progress they stand for, and what is known of a copy."""

# Pure: values in, values out.

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ayne.data_collection.given_ids import GivenAnswer
from ayne.data_collection.tmdb.coverage import DiscoverPage
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """What the refresh policy needs to know of a film.

    Attributes:
        details_at: when TMDB made the stored details; None for a changed film that has none.
        failed: it could not be had at the last try.
        changed_at: by when it changed, if TMDB's change feed named it and its details are older than that.
    """

    tmdb_id: int
    status: str | None
    release_date: date | None
    details_at: datetime | None
    failed: bool = False
    vote_count: int | None = None
    popularity: float | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MaybeDue:
    """A wide net, in terms a database is quick with: what is not in it is certainly not due.

    Attributes:
        released_after: a film released later, or without a date, is young; the others are old.
        young_before: the details of a young film that may be due were made before this.
        old_before: those of an old film.
        quiet_before: those of an old film with fewer votes than ``quiet_votes`` and less popularity than
            ``quiet_popularity``.
    """

    released_after: date
    young_before: datetime
    old_before: datetime
    quiet_before: datetime
    quiet_votes: int
    quiet_popularity: float


@dataclass(frozen=True, slots=True)
class DayOfChanges:
    """What the change feed says of a day (UTC).

    Attributes:
        films: the films that it names.
        may_add: those of them to be fetched even if they are not stored.
        changed_by: the moment by which they had changed: the end of the day.
        safe_at: an answer made after this shows the change, whatever caches it came through.
        not_before: they are not asked for earlier.
        complete: no page is missing, and all were made late enough to name every film of the day.
    """

    day: date
    films: Sequence[int]
    may_add: Sequence[int]
    changed_by: datetime
    safe_at: datetime
    not_before: datetime
    complete: bool


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """How far the change feed was followed.

    Attributes:
        watermark: the last day whose films are all in the store's list of changed ones; None before the first.
        oldest: when the oldest details, list or id export in the store was made; None when there is none.
    """

    watermark: date | None
    oldest: datetime | None


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
        unchanged: films that are as they were.
        failures: films that could not be had, each with the moment it may be tried again.
        given_list: the digest of the list that ``answers`` are about.
        answers: what became of films that the list names.
    """

    sweep_id: int | None = None
    pages: list[DiscoverPage] = field(default_factory=list)
    details: list[MovieDetails] = field(default_factory=list)
    unchanged: list[Unchanged] = field(default_factory=list)
    failures: list[tuple[FetchFailure, datetime]] = field(default_factory=list)
    given_list: str | None = None
    answers: list[GivenAnswer] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How much there is to write."""
        films = len(self.details) + len(self.unchanged) + len(self.failures) + len(self.answers)
        return sum(len(page.results) for page in self.pages) + films


@dataclass(frozen=True, slots=True)
class StoredExport:
    """A daily id export whose ids are in the census.

    Attributes:
        name: ``movie_ids`` or ``adult_movie_ids``.
        day: the day it is of.
        films: distinct films it names.
        unreadable: how many lines had to be left out.
        examples: why, for the first of them; known only to who stored it.
    """

    name: str
    day: date
    films: int
    unreadable: int
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What the exports and the finished sweeps know of each other: numbers of films.

    Attributes:
        exported: films that the newest exports name.
        listed: films that a finished sweep listed.
        both: films that both know.
        only_in_export: films that no finished sweep listed.
        only_listed: films that the newest exports do not name.
        only_in_export_video: of those only in an export, the ones flagged ``video``.
        only_in_export_adult: of the rest, the ones flagged ``adult``.
        only_in_export_undated: of the rest, the ones whose details have no release date.
        only_in_export_gone: of the rest, the ones that TMDB answers no more, or with another id.
        only_in_export_dated: of the rest, the ones with a release date: outside of what was swept for, or missed.
        only_in_export_unasked: of the rest, the ones whose details are not stored, so that nobody knows why.
        union: the census of ids: films that either knows.
    """

    exported: int
    listed: int
    both: int
    only_in_export: int
    only_listed: int
    only_in_export_video: int
    only_in_export_adult: int
    only_in_export_undated: int
    only_in_export_gone: int
    only_in_export_dated: int
    only_in_export_unasked: int
    union: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """What may no longer be kept: numbers of rows.

    Attributes:
        details: films whose details are too old.
        summaries: films of which only a list row is known, and that is too old.
        parts: parts of films.
        answers: answers as they came.
        observations: rows of the history.
        exported: films of the census whose newest export is too old.
    """

    details: int
    summaries: int
    parts: int
    answers: int
    observations: int
    exported: int
