"""Estimate what a sync takes and what it gains, from what is stored, without sending a request.

What depends on TMDB (how long its feed is, how much of it is stored, how much is new) is taken from the last syncs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from ayne.data_collection.change_feed import next_stretch
from ayne.data_collection.discovery import valid_sweep
from ayne.data_collection.list_renewal import Reach
from ayne.data_collection.numbers import cells, choose, surprises
from ayne.data_collection.ports import MovieStore
from ayne.data_collection.refresh import RefreshPolicy, most_urgent
from ayne.data_collection.sync import TARGET, is_everything, list_policy, oldest_quota, plans_of
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.limits import ROWS_PER_PAGE

# How many pages the feeds of TMDB had on the days that were counted in 2026, and what another is believed to have until
# it was read.
_FEED_PAGES, _UNREAD = {"movie": 92, "series": 31}, 68

# The share of what is stored that a day of the feed names, until it was read.
_EDITED = 0.0065


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a sync takes, in requests, and what it gains.

    Attributes:
        feed: pages of the change feed.
        lists: pages of the lists that tell what is new.
        new: details of what is new.
        due: details of what changed, or is old and in no list.
        oldest: details of the oldest copies, so that none comes to TMDB's six months.
        numbers: lists that renew votes, averages and popularity.
        all_lists: lists that would renew all of them.
        beyond: requests of all this that the budget does not allow.
        stored: films, or whatever is collected, whose votes lists can show.
        close_before, close_after: the share of them that is expected to be within 1 vote or 1 percent of TMDB's count,
            as they are and after it.
        equal_after: the share that is expected to have TMDB's count after it.
    """

    feed: int
    lists: int
    new: int
    due: int
    oldest: int
    numbers: int
    all_lists: int
    beyond: int
    stored: int
    close_before: float
    close_after: float
    equal_after: float

    @property
    def requests(self) -> int:
        """The number of requests in all."""
        return self.feed + self.lists + self.new + self.due + self.oldest + self.numbers - self.beyond


def foresee(
    store: MovieStore,
    plan: SweepPlan,
    now: datetime,
    *,
    append: tuple[str, ...] = (),
    policy: RefreshPolicy | None = None,
    requests: int | None = None,
    target: float | None = None,
) -> Forecast:
    """Estimate what a sync would take now and how fresh votes would be, without sending a request.

    Args:
        store: what is stored.
        plan: what is kept fresh.
        now: the moment to judge by.
        append: the parts that are fetched with the details.
        policy: how old copies may grow.
        requests: the budget, None for none.
        target: the share of films whose votes are to be close; None for as many as the budget allows, and without a
            budget for :data:`~ayne.data_collection.sync.TARGET`.

    Raises:
        ValueError: the budget or the target is out of range.
        StoreError: the file cannot be used.
    """
    rules, reach, today = policy or RefreshPolicy(), Reach(plan, append), now.astimezone(UTC).date()
    told = store.days_of_feed()
    days = len(list(next_stretch(store.feed_position(), now, rules.settled).days)) if plan.kind.changes else 0
    feed = ceil(days * (told.pages if told.pages is not None else _FEED_PAGES.get(plan.kind.name, _UNREAD)))
    lists = _lists_of_what_is_new(store, plan, now, rules, requests)
    due = len(most_urgent(store.stored_copies(rules.may_be_due(now), now), now, rules, None, reach.renews))
    ages = store.details_ages(today)
    films = sum(count for _, count in ages)
    ours = told.ours if told.ours is not None else films * _EDITED
    renewed = min(1.0, ours / films) if films else 0.0
    # What is named on several of the days is fetched once.
    due += ceil(films * (1 - (1 - renewed) ** days))
    oldest = max(0, oldest_quota(ages, rules, renewed) - sum(count for age, count in ages if age <= 0))
    first = (feed, lists, ceil(days * (told.new or 0)), due, oldest)
    left = None if requests is None else max(0, requests - sum(first))
    wanted = TARGET if target is None and requests is None else target
    copies = store.number_copies(plan) if reach.is_known else iter(())
    surprising = surprises(store.number_looks(today), today) if reach.is_known else {}
    choice = choose(cells(copies, today, surprising), requests=left, target=wanted)
    return Forecast(
        *first,
        numbers=choice.requests,
        all_lists=choice.total,
        beyond=0 if requests is None else max(0, sum(first) - requests),
        stored=choice.before.films,
        close_before=choice.before.close_share,
        close_after=choice.after.close_share,
        equal_after=choice.after.equal_share,
    )


def _lists_of_what_is_new(
    store: MovieStore, plan: SweepPlan, now: datetime, policy: RefreshPolicy, requests: int | None
) -> int:
    """Return how many pages the due lists have: as many as the stored films fill."""
    if plan.kind.discover is None:
        return 0
    pages, whole = 0, Reach(plan).is_known and is_everything(plan, now.year)
    for part in plans_of(plan, now.year):
        stored = sum(store.films_of_day(part).values())
        rules = list_policy(policy, stored, requests, whole=whole)
        if valid_sweep(store, part, now, rules, plan) is None:
            pages += max(1, ceil(stored / ROWS_PER_PAGE))
    return pages + bool(plan.min_vote_count)
