"""The question of a discovery, made and checked once."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches

from ayne.data_collection.tmdb import filters as discover_filters
from ayne.data_collection.tmdb import ranges
from ayne.data_collection.tmdb.coverage import Listed, Range, RangeProgress, SweepPlan
from ayne.data_collection.tmdb.planner import Planner
from ayne.kinds import MOVIE, Kind


def sweep_plan(
    start_year: int,
    end_year: int | None = None,
    min_vote_count: int = 200,
    max_pages: int | None = None,
    sort_by: str | None = None,
    *,
    include_adult: bool = False,
    include_video: bool = False,
    language: str | None = None,
    filters: Mapping[str, object] | None = None,
    kind: Kind = MOVIE,
) -> SweepPlan:
    """Make the question of a discovery.

    Args:
        start_year: first year.
        end_year: last year, included; by default the start year alone.
        min_vote_count: leave out what has fewer votes; 0 for all, as of a kind that nobody votes on.
        max_pages: at most this many pages of each year, 1 to 500; None for all.
        sort_by: one of TMDB's orders; by default the newest first.
        include_adult: list adult ones too.
        include_video: list compilations, concerts and the like too.
        language: of titles; None for TMDB's default.
        filters: further filters, by TMDB's names.
        kind: what is discovered.

    Raises:
        ValueError: it makes no sense, or TMDB would silently ignore some of it.

    Example:
        >>> sweep_plan(2024, filters={"with_genres": "drama"}).filters
        (('with_genres', '18'),)
    """
    last = start_year if end_year is None else end_year
    ranges.check_span(start_year, last, min_vote_count, max_pages)
    if sort_by is None:
        # What is in no list by date has no order; it may be kept fresh all the same.
        sort_by = kind.discover.newest_first if kind.discover else ""
    elif sort_by not in (discover := discover_filters.discover_of(kind)).orders:
        near = get_close_matches(sort_by, discover.orders, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(discover.orders)}."
        raise ValueError(f"TMDB cannot sort by {sort_by!r}: {hint}")
    return SweepPlan(
        start_year,
        last,
        min_vote_count if kind.votes else 0,
        max_pages,
        sort_by,
        include_adult=include_adult,
        include_video=include_video,
        language=language,
        filters=discover_filters.checked(filters or {}, kind),
        kind=kind,
    )


def roots(plan: SweepPlan) -> list[Range]:
    """Return the ranges that a discovery begins with."""
    return ranges.start(plan.start_year, plan.end_year, plan.min_vote_count, by_year=plan.max_pages is not None)


def new_planner(
    plan: SweepPlan,
    *,
    known: Iterable[RangeProgress] = (),
    listed: Iterable[Listed] = (),
    films_of_day: Mapping[date, int] | None = None,
    count_only: bool = False,
) -> Planner:
    """Return the planner of a discovery, with what is known of it from before."""
    order = plan.sort_by.rpartition(".")[0]
    discover = discover_filters.discover_of(plan.kind)
    return Planner(
        roots(plan),
        max_pages=plan.max_pages,
        known=known,
        listed=listed,
        films_of_day=films_of_day,
        count_only=count_only,
        genres=discover.genres if discover_filters.may_split_by_genre(plan.filters) else (),
        # What is not part of a list row, like revenue, only TMDB can put in order.
        may_order=bool(discover.titles) and (order == discover.dates or order in plan.kind.summary),
    )
