"""The works of one kind at a moment in time.

Whoever answers a request asks for them, and says what time it is; the holdings themselves know no time. They are still
unless they have a pace; then works are added, edited, moved, deleted and merged from a start on, and all of it is a
function of (holdings, seed, pace, start): two populations made alike agree about every moment.

Details know everything at once, lists what was true at the last midnight (UTC): a film deleted this morning is listed
until the day ends, and its details are gone. A moment before the start is answered as of the start.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from .films.columns import Body
from .holdings import Holdings
from .life.changes import ELSEWHERE, episode_feed, film_feed, films_in, named_elsewhere, season_feed
from .life.events import DAY, MOVED, Event
from .life.history import History
from .life.journal import Fate
from .life.nature import Nature
from .pace import Pace
from .series.plan import series_of_episode, series_of_season

H = TypeVar("H", bound=Holdings[Any, Any, Any])


class Population(Generic[H]):
    """What exists of one kind, as of a moment given in seconds since 1970.

    Args:
        holdings: The works at the start.
        nature: How they live.
        seed: What happens to them.
        pace: How much happens. None: nothing ever does. To a table of real films none are ever added.
        start: The moment at which things begin to happen, a midnight (UTC).

    Raises:
        ValueError: The start is no midnight, or living works have none.
    """

    def __init__(
        self, holdings: H, nature: Nature[H], *, seed: int = 1, pace: Pace | None = None, start: float | None = None
    ) -> None:
        if start is not None and start % DAY:
            raise ValueError(f"a world starts at a midnight (UTC), and {start} is none")
        if pace is not None and start is None:
            raise ValueError("a world in which something happens needs a start")
        if pace is not None and not nature.can_grow(holdings):
            pace = replace(pace, added=0)
        self._holdings = holdings
        self._start = None if start is None else int(start)
        self._history = None if pace is None or start is None else History(holdings, nature, seed, pace, int(start))
        elsewhere = 0 if pace is None else pace.elsewhere
        self._named_elsewhere = lru_cache(16)(lambda midnight: named_elsewhere(seed, midnight, elsewhere))

    @property
    def is_living(self) -> bool:
        """Whether anything ever happens."""
        return self._history is not None

    def listed(self, now: float) -> H:
        """Return the works that lists and searches know of: those of the last midnight."""
        return self._holdings if self._history is None else self._history.catalogue(self._history.midnight(now))

    def existing(self, now: float) -> H:
        """Return the works that exist at this very moment: what a truth is told from."""
        return self._holdings if self._history is None else self._history.catalogue(self._from_start(now))

    def details(self, work_id: int | str, append: Iterable[str], now: float) -> Body | None:
        """Return the details with the appended parts; None when there is no such work."""
        if self._history is None:
            return self._holdings.details(work_id, append)
        append = list(append)
        found = self._found(self._history, work_id, append, now)
        return None if found is None else found[0].details(found[1], append)

    def part(self, work_id: int | str, name: str, now: float) -> Body | None:
        """Return the body of one part; None when there is no such work or no such part."""
        if self._history is None:
            return self._holdings.part(work_id, name)
        found = self._found(self._history, work_id, [name], now)
        return None if found is None else found[0].part(found[1], name)

    def scene(self, work_id: int, now: float) -> H | None:
        """Return works among which this one is as it is now; None when it does not exist."""
        if self._history is None:
            return None if self._holdings.position(work_id) is None else self._holdings
        found = self._found(self._history, work_id, (), now)
        return None if found is None or found[1] != work_id else found[0]

    def changes(self, first: date, last: date, now: float) -> list[Body]:
        """Return the rows of the list of changes, from a first to a last day: each work once, the oldest change first.

        So what was on a page stays there while the day goes on, and new changes come at the end.
        """
        history = self._history
        if history is None:
            return []
        now = self._from_start(now)
        after, until = start_of(first), start_of(last) + DAY - 1
        named = films_in(self.events(after, until, now), self._elsewhere(after, min(until, now)))
        return [self._row(history, film, now) for film in named]

    def changes_of(self, work_id: int, first: date, last: date, now: float) -> list[Body] | None:
        """Return the `changes` of one work; None when there never was such a work."""
        events = self.events_of(work_id, first, last, now)
        if events is None or self._history is None:
            return None if events is None else []
        return film_feed(events, self._history.told)

    def events_of(self, work_id: int, first: date, last: date, now: float) -> list[Event] | None:
        """Return what happened to one work on some days; None when there never was such a work."""
        if self.fate(work_id, now) is None:
            return None
        if self._history is None:
            return []
        until = min(start_of(last) + DAY - 1, self._from_start(now))
        return self._history.journal.since(work_id, start_of(first), until)

    def fate(self, work_id: int, now: float) -> Fate | None:
        """Return what has become of a work by now; None when there never was one with this id."""
        if self._history is None:
            return None if self._holdings.position(work_id) is None else Fate(exists=True)
        return self._history.fate(work_id, self._from_start(now))

    def events(self, after: float, until: float, now: float) -> Iterator[Event]:
        """Return all that happened after one moment and up to another, as far as it has happened by now."""
        if self._history is None:
            return iter(())
        until = min(until, now)
        self._history.reach(until)
        return self._history.journal.between(after, until)

    def moved(self, now: float) -> set[int]:
        """Return the works whose numbers have moved since the last midnight."""
        since = now if self._history is None else self._history.midnight(now)
        return {event.film for event in self.events(since, now, now) if event.kind == MOVED}

    def _from_start(self, moment: float) -> float:
        return moment if self._start is None else max(moment, self._start)

    def _found(
        self, history: History[H], work_id: int | str, append: Iterable[str], now: float
    ) -> tuple[H, int] | None:
        """Return a catalogue that knows how the film is now, and the id that answers: another one after a merge."""
        now = self._from_start(now)
        film = history.id_of(work_id) if isinstance(work_id, str) else work_id
        fate = None if film is None else history.fate(film, now)
        # An IMDb id belongs to one film, and leads nowhere once that film is another.
        while fate is not None and fate.merged_into is not None and isinstance(work_id, int):
            film = fate.merged_into
            fate = history.fate(film, now)
        if film is None or fate is None or not fate.exists:
            return None
        scene = history.scene(film, now, append)
        return (scene, film) if isinstance(work_id, int) or scene.position(work_id) is not None else None

    def _elsewhere(self, after: int, until: float) -> Iterator[tuple[int, int]]:
        """Return what changes beyond the works of the sandbox, from its start on."""
        for midnight in range(max(after, self._start or 0), int(until) + 1, DAY):
            yield from ((at, work) for at, work in self._named_elsewhere(midnight) if at <= until)

    def _row(self, history: History[H], film: int, now: float) -> Body:
        if film >= ELSEWHERE:
            return {"id": film, "adult": False, "softcore": False}
        fate = history.fate(film, now)
        is_new = fate is not None and fate.added_at is not None and fate.added_at > now - DAY
        is_known = fate is not None and fate.exists and not is_new
        return {
            "id": film,
            "adult": history.is_adult(film) if is_known else None,
            "softcore": False if is_known else None,
        }


def start_of(day: date) -> int:
    """Return the moment at which a day starts (UTC), in seconds since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def season_changes(series: Population[Any], season: int, first: date, last: date, now: float) -> list[Body] | None:
    """Return the `changes` of one season; None when there never was its series."""
    events = series.events_of(series_of_season(season)[0], first, last, now)
    return None if events is None else season_feed(events, season)


def episode_changes(series: Population[Any], episode: int, first: date, last: date, now: float) -> list[Body] | None:
    """Return the `changes` of one episode; None when there never was its series."""
    events = series.events_of(series_of_episode(episode)[0], first, last, now)
    return None if events is None else episode_feed(events, episode)
