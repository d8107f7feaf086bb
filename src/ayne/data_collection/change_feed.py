"""Follow TMDB's change feed day by day, with a watermark behind which nothing is lost.

The feed names the films that changed on a day (UTC), but neither what changed nor when. Each day is read once, when it
is over and TMDB's caches (eight hours) no longer hold answers from before its end. So each change costs one request for
its film, whatever the hour of the run. If an answer came from a cache even so, the film is fetched again.

The films of a day are entered into the store's list of changed films in the transaction that moves the watermark to
that day. From then on nothing can be lost. A film leaves that list only in the transaction that stores an answer made
late enough to show the change, or that TMDB no longer has the film.

Each day is read separately, although TMDB accepts two weeks at once: for a film named in a span of two weeks, nobody
could tell whether its copy is newer than the change.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ayne.data_collection.answers import CACHED_FOR
from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.run_report import FeedReport
from ayne.data_collection.tmdb.changes import ChangedFilm, DayOfChanges, FeedPosition
from ayne.errors import IncompleteChanges, InvalidRequest

log = logging.getLogger("ayne.collection")

# How far back a feed that was followed before is taken up again. TMDB answers for days that are years past, but by then
# most films are due by their age, and reading on costs a hundred pages a day.
REACH = timedelta(days=90)

# How far back it is read for a store that never followed it: one window of TMDB's.
FIRST_REACH = timedelta(days=14)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days of the feed to ask for, both ends included.

    Attributes:
        gap: days before them that will not be asked for, in words.
    """

    first: date
    last: date
    gap: str | None = None

    @property
    def days(self) -> Iterator[date]:
        """The days of the stretch."""
        return (self.first + number * _DAY for number in range((self.last - self.first).days + 1))

    def not_over(self, now: datetime) -> Iterator[date]:
        """Yield the days after the stretch up to today: their changes are not complete yet."""
        first = max(self.last + _DAY, self.first)
        return (first + number * _DAY for number in range((now.astimezone(UTC).date() - first).days + 1))


def next_stretch(position: FeedPosition, now: datetime, settled: timedelta = CACHED_FOR) -> Stretch:
    """Return the days to ask for: those after the watermark that are over and settled; perhaps none.

    Without a watermark, those since the oldest thing that is stored could have been made.

    >>> position = FeedPosition(date(2026, 5, 28), None)
    >>> [str(day) for day in next_stretch(position, datetime(2026, 6, 1, 9, tzinfo=UTC)).days]
    ['2026-05-29', '2026-05-30', '2026-05-31']
    """
    last = (now - settled).astimezone(UTC).date() - _DAY
    if position.watermark is not None:
        wanted, reach = position.watermark + _DAY, REACH
    elif position.oldest is not None:
        wanted, reach = (position.oldest - CACHED_FOR).astimezone(UTC).date(), FIRST_REACH
    else:
        wanted, reach = last, FIRST_REACH
    first = max(wanted, last - reach + _DAY)
    if first == wanted:
        return Stretch(first, last)
    gap = (
        f"the change feed was not read from {wanted} to {first - _DAY}: more than {reach.days} days ago; "
        "what changed then is fetched again when it is due by its age"
    )
    return Stretch(first, last, gap)


async def follow_feed(run: CollectionRun, *, add: bool = False, add_new: bool = False, now: bool = False) -> None:
    """Read the change feed from the watermark on, and store the ids that changed, day by day.

    A day of which a page is missing is entered as far as it came, and asked for again by the next run.

    Args:
        run: the run it belongs to.
        add: enter films that are not stored too, but for adult ones.
        add_new: enter those of them alone that may be new: that TMDB has not looked at yet.
        now: read the days that are not over and settled, too. What they name is asked for at once, and once more when
            an answer surely shows the change, which is what it stays listed for.

    Raises:
        SourceError: the source cannot be used; the days before are entered.
    """
    moment = run.clock.now()
    position: FeedPosition = await run.call(run.store.feed_position)
    stretch = next_stretch(position, moment, run.policy.settled)
    feed = run.report.feed = FeedReport(watermark=position.watermark, gap=stretch.gap)
    if stretch.gap:
        log.warning("%s", stretch.gap)
    days = list(stretch.days)
    provisional = list(stretch.not_over(moment)) if now else []
    for number, day in enumerate(days, start=1):
        found = await _read_day(run, feed, day, add=add, add_new=add_new)
        feed.days += 1
        feed.seen += len(found.films)
        ours, others = await run.call(run.store.enter_changes, found, run.clock.now())
        feed.ours += ours
        feed.added += others
        run.tell("changes", number, len(days) + len(provisional))
        if not found.complete:
            return
        feed.watermark = day
    for number, day in enumerate(provisional, start=len(days) + 1):
        found = await _read_day(run, feed, day, add=add, add_new=add_new)
        feed.provisional += len(found.films)
        at_once = replace(found, changed_by=min(found.changed_by, moment), not_before=moment, complete=False)
        ours, others = await run.call(run.store.enter_changes, at_once, moment)
        feed.ours += ours
        feed.added += others
        run.tell("changes", number, len(days) + len(provisional))


async def _read_day(run: CollectionRun, feed: FeedReport, day: date, *, add: bool, add_new: bool) -> DayOfChanges:
    films: dict[int, ChangedFilm] = {}
    over = datetime.combine(day + _DAY, time(), UTC)
    safe_at = over + CACHED_FOR
    complete = True
    pages = run.source.iter_changes(day, day, run.kind)
    try:
        async with aclosing(pages):
            async for page in pages:
                feed.pages += 1
                feed.unreadable += len(page.unreadable)
                # A page made earlier may come from before the day's end.
                complete &= page.observed_at >= safe_at
                films.update((film.tmdb_id, film) for film in page.films)
    except IncompleteChanges as error:
        run.report.missing_pages += error.missing
        complete = False
        log.warning("%s", error)
    except InvalidRequest as error:
        if error.code is None:
            raise
        # TMDB's word that it does not answer for this day: to ask again would be in vain for ever.
        feed.gap = f"{feed.gap + '; ' if feed.gap else ''}TMDB does not tell the changes of {day}: {error.message}"
        log.warning("%s", feed.gap)
    # New films have no flag yet; nor have those that are gone, of which a request each tells.
    may_add = [film.tmdb_id for film in films.values() if (add and not film.adult) or (add_new and film.adult is None)]
    return DayOfChanges(day, list(films), may_add, over, safe_at, over + run.policy.settled, complete)
