"""The interfaces that the loops use: where films come from, and where they go.

:class:`~ayne.data_collection.tmdb.TMDBClient` and :class:`~ayne.database.duckdb_client.DuckDBClient` are such a
source and such a store. The loops know neither.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from ayne.data_collection.commit import Commit
from ayne.data_collection.credited import Credited
from ayne.data_collection.exported_ids import ExportedIdsStore, ExportSource
from ayne.data_collection.given_files import ParquetTable
from ayne.data_collection.given_ids import Given, GivenOutcome
from ayne.data_collection.imdb_ratings import RatingsFileStore
from ayne.data_collection.numbers import Copies, Look
from ayne.data_collection.ratings import RatingsStore
from ayne.data_collection.refresh import MaybeDue, StoredCopy
from ayne.data_collection.retention import Overdue
from ayne.data_collection.run_report import Counted, DaysOfFeed, Reconciliation
from ayne.data_collection.tmdb.changes import ChangesPage, DayOfChanges, FeedPosition
from ayne.data_collection.tmdb.coverage import DiscoverPage, Listed, Range, RangeProgress, Sweep, SweepPlan
from ayne.data_collection.tmdb.models import FetchFailure, ListPage, MovieDetails, Unchanged
from ayne.data_collection.verdicts import Standing
from ayne.kinds import MOVIE, Kind
from ayne.net.allowance import Allowance


class DetailsSource(Counted, Protocol):
    """Fetches the details of films: a source itself, or many machines instead of it."""

    def iter_details(
        self,
        kind: Kind,
        ids: Iterable[int | str],
        *,
        append: Iterable[str] = (),
        keep_bodies: bool = False,
        etags: Mapping[int, str] | None = None,
        children: Mapping[int, Sequence[int]] | None = None,
    ) -> AsyncGenerator[MovieDetails | FetchFailure | Unchanged, None]:
        """Yield details as they come."""
        ...


class MovieSource(DetailsSource, Protocol):
    """Where films come from; :class:`~ayne.data_collection.tmdb.TMDBClient` is one."""

    language: str | None
    allowance: Allowance
    """When a request may start, and whether any more may be sent."""

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the server's clock is ahead of ours, None when that is not known."""
        ...

    async def check_credentials(self) -> datetime:
        """Ask whether the key is accepted; the answer is the server's clock."""
        ...

    @property
    def server(self) -> str:
        """The server that its films are from: films of different servers do not belong into one store."""
        ...

    def iter_sweep(
        self,
        plan: SweepPlan,
        *,
        known: Iterable[RangeProgress] = (),
        listed: Iterable[Listed] = (),
        films_of_day: Mapping[date, int] | None = None,
    ) -> AsyncGenerator[DiscoverPage, None]:
        """Yield the pages of a discovery that ``known`` lacks."""
        ...

    def iter_lists(
        self, plan: SweepPlan, wanted: Iterable[tuple[Range, int]]
    ) -> AsyncGenerator[tuple[Range, ListPage], None]:
        """Yield the pages of single lists."""
        ...

    def iter_changes(self, start: date, end: date, kind: Kind = MOVIE) -> AsyncGenerator[ChangesPage, None]:
        """Yield the pages of the change feed for a span of days."""
        ...

    async def find_imdb_id(self, imdb_id: str) -> frozenset[str]:
        """Return the kinds that have something by an IMDb id."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class DetailsExecutor(Protocol):
    """Fetches details instead of a source; :class:`~ayne.dask.DaskExecutor` is one."""

    def fetching_for(self, source: MovieSource) -> AbstractAsyncContextManager[DetailsSource]:
        """Fetch the details of this source's films, for as long as the context; they share its allowance.

        Raises:
            ConfigurationError: the source cannot be worked for, or there is nobody to do it.
        """
        ...


class ExportHost(ExportSource, Counted, Protocol):
    """Where exports come from, with what it took; ``ExportClient`` is one."""


class GivenStore(Protocol):
    """Where lists of films are kept; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    def parquet(self, path: Path) -> ParquetTable:
        """Open a Parquet file that ayne did not write."""
        ...

    def enter_given(
        self,
        name: str,
        digest: str,
        given: Iterable[tuple[int, Given]],
        parts: Sequence[str],
        now: datetime,
        *,
        renew: bool = False,
    ) -> None:
        """Store the rows of a list and what is known of their films, or resume a list that is stored."""
        ...

    def given_waiting(self, digest: str, most: int | None = None) -> list[int | str]:
        """Return the first films of a list that wait to be asked for."""
        ...

    def count_given_waiting(self, digest: str) -> int:
        """Count them."""
        ...

    def given_merged(self, digest: str, now: datetime, most: int | None = None) -> list[int]:
        """Return the films that those of a list were merged into, and that are not stored."""
        ...

    def given_outcomes(self, digest: str) -> dict[GivenOutcome, int]:
        """Count the rows of a list by their outcome."""
        ...

    def voucher(self) -> int | None:
        """Return a film that is stored and that the source certainly has."""
        ...


class MovieStore(ExportedIdsStore, GivenStore, RatingsFileStore, RatingsStore, Protocol):
    """Where films go; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    @property
    def kind(self) -> Kind:
        """The kind that it holds, like films."""
        ...

    @property
    def path(self) -> str:
        """The path of the file, to show to people."""
        ...

    def credited_jobs(self) -> set[str]:
        """Return the jobs and departments that the credits of what is stored name."""
        ...

    def credited_ids(self, who: Credited, parts: Sequence[str], now: datetime, most: int | None = None) -> list[int]:
        """Return the credited people who are not stored with these parts."""
        ...

    def count_credited(self, who: Credited, parts: Sequence[str], now: datetime) -> dict[str, int]:
        """Count the credited people by whether they are stored."""
        ...

    def named_ids(self, now: datetime, most: int | None = None) -> list[int]:
        """Return ids that rows of other kinds name and that lack details."""
        ...

    def count_named(self, now: datetime) -> int:
        """Count the ids that :meth:`named_ids` would return."""
        ...

    def commit(self, batch: Commit) -> None:
        """Store rows and the progress they stand for together."""
        ...

    def collecting(self) -> AbstractContextManager[None]:
        """Let no other process collect into this store inside the context."""
        ...

    def count_waiting(self, sweep_id: int, now: datetime) -> int:
        """Listed films without details that may not be asked for yet."""
        ...

    def stored_of_sweeps(self, sweep_ids: Sequence[int]) -> dict[str, int]:
        """Count the films that any of these sweeps listed: all, ``with_details``, and still ``without_details``."""
        ...

    def latest_sweep(self, plan: SweepPlan) -> Sweep | None:
        """Return the newest discovery of a plan."""
        ...

    def begin_sweep(self, plan: SweepPlan, now: datetime) -> Sweep:
        """Store the start of a new discovery."""
        ...

    def films_of_day(self, plan: SweepPlan) -> dict[date, int]:
        """Count, by day, the stored films that a discovery of this plan would list."""
        ...

    def coverage(self, sweep_id: int) -> dict[str, int]:
        """Return what TMDB reported for a sweep's ranges, and what is stored of them."""
        ...

    def finish_sweep(self, sweep_id: int, now: datetime) -> None:
        """Note that a discovery is complete."""
        ...

    def ids_without_details(self, sweep_id: int, now: datetime, most: int | None = None) -> list[int]:
        """Listed films without details."""
        ...

    def count_without_details(self, sweep_id: int, now: datetime) -> int:
        """Count them."""
        ...

    def ids_without_parts(
        self, sweep_id: int, parts: Sequence[str], now: datetime, most: int | None = None
    ) -> list[int]:
        """Listed films with details that lack a part."""
        ...

    def count_without_parts(self, sweep_id: int, parts: Sequence[str], now: datetime) -> int:
        """Count them."""
        ...

    def ids_from_exports(
        self,
        now: datetime,
        most: int | None = None,
        *,
        parts: Sequence[str] = (),
        min_popularity: float | None = None,
        include_adult: bool = False,
        include_video: bool = True,
    ) -> list[int]:
        """Return films of the exported ids without details."""
        ...

    def count_from_exports(
        self,
        now: datetime,
        *,
        parts: Sequence[str] = (),
        min_popularity: float | None = None,
        include_adult: bool = False,
        include_video: bool = True,
    ) -> int:
        """Count them."""
        ...

    def count_waiting_in_exports(self, now: datetime) -> int:
        """Count the films of the exported ids without details that may not be asked for yet."""
        ...

    def reconcile(self) -> Reconciliation:
        """Count what the exports and the sweeps know of each other."""
        ...

    def stored_copies(self, net: MaybeDue, now: datetime) -> Iterator[StoredCopy]:
        """Yield films that may be due and may be asked for now."""
        ...

    def number_copies(self, plan: SweepPlan | None = None) -> Iterator[Copies]:
        """Stored films by their day of release, those that lists of a plan can show or all."""
        ...

    def number_looks(self, today: date) -> Iterator[Look]:
        """Yield how the votes of stored films changed from one moment to another."""
        ...

    def unseen_in(self, ranges: Sequence[Range], plan: SweepPlan, since: datetime, began: datetime) -> list[int]:
        """Return stored films of these ranges that no list has shown since a moment."""
        ...

    def without_details(self, ids: Sequence[int], began: datetime, most: int | None = None) -> list[int]:
        """Return those of these films that have no details, except those that failed since the run began."""
        ...

    def details_ages(self, today: date) -> list[tuple[int, int]]:
        """Return how many films have details of which age: pairs of days and films."""
        ...

    def oldest_details(self, most: int, today: date, began: datetime) -> list[int]:
        """Return the films with the oldest details, except those of today and those that failed since the run began."""
        ...

    def newest_moment(self) -> datetime | None:
        """Return the newest time in the store, None when it has none."""
        ...

    def set_back(self, now: datetime) -> None:
        """Correct times that a clock which was ahead has written: none may be later than this one."""
        ...

    def standing(self, ids: Sequence[int], now: datetime) -> Standing:
        """Return which of these films are stored, and which have an unconfirmed claim to be gone or merged."""
        ...

    def new_and_waiting(self) -> set[int]:
        """Return the ids that wait to be fetched and are not stored."""
        ...

    def begin_new_ids(self, names: Sequence[str]) -> bool:
        """Note which exports are stored before newer ones come; return whether there are any."""
        ...

    def enter_new_ids(self, names: Sequence[str], now: datetime, *, is_wanted: bool, include_video: bool) -> int:
        """Mark ids that no earlier export named as changed; return their number."""
        ...

    def look_again_at_marks(self, now: datetime) -> int:
        """Mark films as changed that were marked as gone or merged many at once, so that they are fetched again."""
        ...

    def parts_of(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """Return the parts that each of these films has."""
        ...

    def days_of_feed(self) -> DaysOfFeed:
        """Return how much a day of the change feed cost in the last runs."""
        ...

    def feed_position(self) -> FeedPosition:
        """Return how far the change feed was followed."""
        ...

    def enter_changes(self, day: DayOfChanges, now: datetime) -> tuple[int, int]:
        """Store the ids that changed on a day, and move the watermark past that day, in one transaction."""
        ...

    def etags(self, ids: Sequence[int], parts: Sequence[str], *, keep_raw: bool) -> dict[int, str]:
        """Return the ETags of the stored copies of films, with these parts."""
        ...

    def children_of(self, ids: Sequence[int]) -> dict[int, list[int]]:
        """Return the numbers of what lies in each of these, like the seasons of series."""
        ...

    def purge(self, before: datetime) -> Overdue:
        """Remove everything that the source sent before a moment."""
        ...

    def begin_run(self, version: str, plan: dict[str, Any], now: datetime) -> int:
        """Store the start of a run."""
        ...

    def finish_run(self, run_id: int, outcome: str, report: dict[str, Any], now: datetime) -> None:
        """Note how a run ended."""
        ...
