"""The coverage of a discovery as values: the spans to ask for, and the progress of each.

The planning is in :mod:`~ayne.data_collection.tmdb.ranges`; the store keeps these values as its ledger.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from ayne.data_collection.frames import frame_of
from ayne.data_collection.tmdb.models import ListPage, MovieSummary
from ayne.data_collection.tmdb.series_models import SeriesSummary
from ayne.kinds import MOVIE, Kind


class Listed(NamedTuple):
    """A film that was listed, with the values that decide in which ranges it lies."""

    tmdb_id: int
    day: date | None
    votes: int | None
    genres: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A closed span of primary release dates that one discover query covers.

    A single day is narrowed further by votes and by genres, and so is a span that dates do not divide.

    Attributes:
        start, end: first and last day.
        min_votes, max_votes: bounds on the vote count, both included; None for none.
        with_genres: genre ids a film must all have.
        without_genres: genre ids a film must have none of.
    """

    start: date
    end: date
    min_votes: int | None = None
    max_votes: int | None = None
    with_genres: tuple[int, ...] = ()
    without_genres: tuple[int, ...] = ()

    def __str__(self) -> str:
        days = f"{self.start}" if self.start == self.end else f"{self.start}..{self.end}"
        votes = (
            f" votes {self.min_votes or 0}..{'' if self.max_votes is None else self.max_votes}"
            if self.max_votes is not None or self.min_votes
            else ""
        )
        with_ = "".join(f" +genre {genre}" for genre in self.with_genres)
        without = "".join(f" -genre {genre}" for genre in self.without_genres)
        return f"{days}{votes}{with_}{without}"

    def holds(self, film: Listed) -> bool:
        """Return whether a film lies in this range, by its list row; one without a date does not."""
        votes = film.votes or 0
        return (
            film.day is not None
            and self.start <= film.day <= self.end
            and (self.min_votes or 0) <= votes
            and (self.max_votes is None or votes <= self.max_votes)
            and all(genre in film.genres for genre in self.with_genres)
            and not any(genre in film.genres for genre in self.without_genres)
        )


ListOrder = Literal["asked", "title", "date", "votes"]
"""How a range is listed: as the query asks, or as suits the planner best."""


class PageRequest(NamedTuple):
    """A page to ask for: of which range, which one, whether from the list's other end, and in which order it is."""

    range: Range
    page: int
    reverse: bool = False
    order: ListOrder = "asked"

    def __str__(self) -> str:
        return f"page {self.page} of {self.range}{', from its other end' if self.reverse else ''}"


RangeState = Literal["open", "split", "proven", "best effort", "capped", "overfull"]


@dataclass(frozen=True, slots=True)
class RangeProgress:
    """The progress of a range: a row of the coverage ledger, and all that a resumed discovery needs.

    Attributes:
        range: which range.
        state: ``open`` while films are missing that can still be asked for; ``split`` when other ranges cover it: its
            pieces, or what it was cut from, when the cut did not divide that. Closed are ``proven`` (as many distinct
            films as TMDB ever reported for it; of the films before a piece, as many as the totals with and without
            them differ by), ``best effort`` (TMDB counts films that it does not list, or no more requests were worth
            it), ``capped`` by the page limit that was asked for, and ``overfull``: more films than TMDB lets be
            listed.
        pages: pages of the sweep under way, 0 before the first answer.
        pages_done: those received.
        sweeps: sweeps of this range that are over; every second begins at the list's other end.
        rows: films on all pages received, repeats included.
        distinct: different films known to lie in the range, wherever this discovery met them.
        reported_low, reported_high: the lowest and highest total that TMDB reported; it flickers.
    """

    range: Range
    state: RangeState = "open"
    pages: int = 0
    pages_done: frozenset[int] = frozenset()
    sweeps: int = 0
    rows: int = 0
    distinct: int = 0
    reported_low: int | None = None
    reported_high: int | None = None


@dataclass(frozen=True, slots=True)
class DiscoverPage:
    """One page of a discovery, and what it means for the range it belongs to.

    Attributes:
        content: the page itself.
        ledger: every range that stands differently after this page, the page's own first.
        pages_done, pages_known: of the whole discovery so far; the second grows while ranges are still being split.
    """

    content: ListPage
    ledger: tuple[RangeProgress, ...]
    pages_done: int
    pages_known: int

    @property
    def progress(self) -> RangeProgress:
        """The progress of the range that this page belongs to."""
        return self.ledger[0]

    @property
    def results(self) -> list[MovieSummary]:
        """The films on the page."""
        return self.content.results


_Summary = TypeVar("_Summary")


class Found(list[_Summary], Generic[_Summary]):
    """What a discovery found, each once, and the ``overfull`` ranges that could not be listed whole."""

    _keys: tuple[str, ...] = ()

    def __init__(self, summaries: list[_Summary], overfull: list[RangeProgress]) -> None:
        super().__init__(summaries)
        self.overfull = overfull

    def to_df(self) -> Any:
        """Make a pandas frame of them, or one of Polars where there is no pandas: a row a summary, a column a key.

        Raises:
            ConfigurationError: neither library is installed.
        """
        return frame_of(self, self._keys)


class Discovery(Found[MovieSummary]):
    """The films of a discovery, each once, and the ``overfull`` ranges that could not be listed whole."""

    _keys = tuple(MovieSummary.__annotations__)


class SeriesDiscovery(Found[SeriesSummary]):
    """The series of a discovery, each once, and the ``overfull`` ranges that could not be listed whole."""

    _keys = tuple(SeriesSummary.__annotations__)


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """The question of one discovery: what it covers, and what is asked of every range.

    It is made and checked once (:func:`~ayne.data_collection.tmdb.question.sweep_plan`) and passed on whole.

    Attributes:
        start_year, end_year: the span, both included.
        min_vote_count: leave out what has fewer votes.
        max_pages: at most this many pages of each year; None for all.
        sort_by: the order that was asked for; by default the newest first.
        include_adult, include_video: list these too, of kinds that have them.
        language: the language of titles; None for TMDB's default.
        filters: further filters, by TMDB's names.
        kind: what is discovered.
    """

    start_year: int
    end_year: int
    min_vote_count: int = 200
    max_pages: int | None = None
    sort_by: str = ""
    include_adult: bool = False
    include_video: bool = False
    language: str | None = None
    filters: tuple[tuple[str, str], ...] = ()
    kind: Kind = MOVIE

    def __post_init__(self) -> None:
        if not self.sort_by and self.kind.discover:
            object.__setattr__(self, "sort_by", self.kind.discover.newest_first)

    @property
    def identity(self) -> str:
        """A text that is the same for equal plans only: the name of a discovery in the ledger."""
        options = {
            "kind": None if self.kind is MOVIE else self.kind.name,
            "min_vote_count": self.min_vote_count,
            "max_pages": self.max_pages,
            "sort_by": self.sort_by,
            "include_adult": self.include_adult,
            "include_video": self.include_video,
            "language": self.language,
            **dict(self.filters),
        }
        said = " ".join(f"{name}={value}" for name, value in options.items() if value not in (None, False))
        return f"{self.start_year}..{self.end_year} {said}"

    def holds(self, film: Mapping[str, Any]) -> bool:
        """Return whether a film would be in the plan's lists, by its details; filters are not considered.

        >>> SweepPlan(2020, 2026, 0).holds({"release_date": "2021-05-01", "vote_count": 0})
        True
        """
        kind, day = self.kind, film.get(self.kind.day)
        return (
            day is not None
            and self.start_year <= int(day[:4]) <= self.end_year
            and (film.get(kind.votes) or 0) >= self.min_vote_count
            and (self.include_adult or not film.get(kind.adult))
            and (self.include_video or not film.get(kind.video))
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain values, as each run stores it."""
        return {
            "kind": self.kind.name,
            "start_year": self.start_year,
            "end_year": self.end_year,
            "min_vote_count": self.min_vote_count,
            "max_pages": self.max_pages,
            "query": {
                "sort_by": self.sort_by,
                "include_adult": self.include_adult,
                "include_video": self.include_video,
                "language": self.language,
                "filters": self.filters,
            },
        }


@dataclass(frozen=True, slots=True)
class Sweep:
    """A discovery in the ledger.

    Attributes:
        sweep_id: its number.
        started_at, finished_at: UTC; the second is None while pages are missing.
        known: how far its ranges are.
        listed: the films met so far that lie in ranges still open.
    """

    sweep_id: int
    started_at: datetime
    finished_at: datetime | None
    known: list[RangeProgress]
    listed: list[Listed]
