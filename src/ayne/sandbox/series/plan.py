"""When the seasons and episodes of an invented series air: a function of its id and the day of its premiere.

A plan reaches beyond today. How much of it is known on a day follows from the day: a season is announced, then dated,
its episodes are entered weeks before they air, and long after the last one the series has ended. So episodes need not
be kept anywhere, and time alone lets a series grow.

A few long-running series have thousands of episodes or dozens of seasons. Which ones is told by their ids, so that the
ids of their episodes can stand apart from all others and every id stays below 2 ** 31.
"""

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from ayne.sandbox.chance import Dice

from .columns import STATUSES

AT_ONCE, WEEKLY, WEEKDAYS, DAILY, APART = range(5)

# Of any two neighbouring ids a series has at least one: every world of nine series has a long-running one.
_LONG_EVERY, _LONG = 512, (8, 9)
_OF_SEASONS = 128
_SPECIALS = 128
_OF_EPISODES, _OF_LONG_EPISODES, _LONG_BASE = 1 << 10, 1 << 14, 1 << 30
#: How many days before they air episodes are entered, and before its first one a season is dated.
_ENTERED, _DATED = 21, 45
_REMEMBERED = 4096

_RETURNING, _PLANNED, _IN_PRODUCTION, _ENDED, _CANCELED, _PILOT = range(len(STATUSES))

#: What a series is like, by how many of a hundred are. Of those with seasons, four of five have exactly one.
NOTHING, MINI, SINGLE, SEVERAL, MANY, SOAP, SHOW, MARATHON = range(8)
_SHAPES = (*[NOTHING] * 8, *[MINI] * 24, *[SINGLE] * 49, *[SEVERAL] * 17, *[MANY] * 2)
_LONG_SHAPES = (SOAP, SOAP, SHOW, MARATHON)


class Season(NamedTuple):
    """A season as it will be when all of it has aired."""

    slot: int
    """Its place among the seasons of the series; 0 is that of the specials."""
    number: int
    first: int
    """The day number of the first episode; 0 when nobody ever knew it."""
    episodes: int
    rhythm: int
    announced: int
    """The day number from which on the season is known."""
    base: int
    """The ordinal of its first episode among all of the series."""
    pause_at: int = 0
    """The place of the first episode behind a pause; 0 without one."""
    pause: int = 0
    """The days of the pause; of specials, the days from one to the next."""
    starts_at: int = 1
    """The number of the first episode."""
    gap_at: int = 0
    """The place from which on the numbers are one higher; 0 without a gap."""

    def day(self, place: int) -> int:
        """Return the day number on which the episode at a place airs; 0 when it is not known."""
        if not self.first:
            return 0
        pause = self.pause if self.pause_at and place >= self.pause_at else 0
        if self.rhythm == WEEKLY:
            return self.first + 7 * place + pause
        if self.rhythm == WEEKDAYS:
            return self.first + 7 * (place // 5) + place % 5
        return self.first + place * (self.pause if self.rhythm == APART else self.rhythm == DAILY)

    @property
    def last(self) -> int:
        """The day number of the last episode."""
        return self.day(self.episodes - 1)

    def aired(self, day: int) -> int:
        """Return how many episodes have aired by the end of a day."""
        return bisect_right(range(self.episodes), day, key=self.day) if self.first else 0

    def known(self, day: int) -> int | None:
        """Return how many episodes are entered on a day; None when the season is not announced."""
        if not self.first:
            return self.episodes
        if day < self.announced:
            return None
        return self.aired(day + _ENTERED) if day >= self.first - _DATED else 0

    def has_news(self, day: int) -> bool:
        """Tell whether more is known of the season on a day than on the day before."""
        dated = self.first - _DATED
        if not self.first or not min(self.announced, dated) <= day <= self.last:
            return False
        return day in (self.announced, dated) or (day > dated and self.known(day) != self.known(day - 1))

    def is_dated(self, day: int) -> bool:
        """Tell whether the date of the season is known on a day."""
        return bool(self.first) and day >= self.first - _DATED

    def number_of(self, place: int) -> int:
        """Return the number of the episode at a place."""
        return self.starts_at + place + (1 if self.gap_at and place >= self.gap_at else 0)

    def place_of(self, number: int, known: int) -> int | None:
        """Return the place of the episode with a number among the known ones; None when there is none."""
        place = number - self.starts_at
        if self.gap_at and place >= self.gap_at:
            place -= 1
        return place if 0 <= place < known and self.number_of(place) == number else None


class Plan(NamedTuple):
    """All of a series, from the first rumour to the end."""

    series: int
    shape: int
    premiere: int
    told: int
    """The day number from which on the premiere is known."""
    over: int
    """The day number from which on the series has ended; 0 when its status never changes."""
    end: int
    """The status from then on, or always; an index into `STATUSES`."""
    seasons: tuple[Season, ...]
    """In the order of their slots."""

    @property
    def final(self) -> int:
        """The day number of the last episode there will ever be; 0 when there is none with a date."""
        return max((season.last for season in self.seasons if season.first), default=0)

    def status(self, day: int) -> int:
        """Return the status on a day, as an index into `STATUSES`."""
        if not self.premiere or (self.over and day >= self.over):
            return self.end
        if day >= self.premiere:
            return _RETURNING
        return _IN_PRODUCTION if day >= self.premiere - 2 * _DATED else _PLANNED

    def has_news(self, day: int) -> bool:
        """Tell whether more is known of the series on a day than on the day before."""
        return (
            (bool(self.premiere) and day == self.told)
            or self.status(day) != self.status(day - 1)
            or any(season.has_news(day) for season in self.seasons)
        )

    def known(self, day: int) -> list[tuple[Season, int]]:
        """Return the seasons that are announced on a day, and how many of their episodes are entered."""
        known = ((season, season.known(day)) for season in self.seasons)
        return [(season, count) for season, count in known if count is not None]


def is_long(series: int) -> bool:
    """Tell whether a series is a long-running one."""
    return series % _LONG_EVERY in _LONG


def season_id(series: int, slot: int) -> int:
    """Return the id of a season.

    >>> series_of_season(season_id(1396, 5))
    (1396, 5)
    """
    return series * _OF_SEASONS + slot


def series_of_season(season: int) -> tuple[int, int]:
    """Return the series of a season, and its slot there."""
    return divmod(season, _OF_SEASONS)


def episode_id(series: int, ordinal: int) -> int:
    """Return the id of an episode.

    >>> [series_of_episode(episode_id(series, 900)) for series in (7, 8, 9, 520, 100_000)]
    [(7, 900), (8, 900), (9, 900), (520, 900), (100000, 900)]
    """
    if not is_long(series):
        return series * _OF_EPISODES + ordinal
    block, which = divmod(series, _LONG_EVERY)
    return _LONG_BASE + (block * len(_LONG) + which - _LONG[0]) * _OF_LONG_EPISODES + ordinal


def series_of_episode(episode: int) -> tuple[int, int]:
    """Return the series of an episode, and its ordinal there."""
    if episode < _LONG_BASE:
        return divmod(episode, _OF_EPISODES)
    number, ordinal = divmod(episode - _LONG_BASE, _OF_LONG_EPISODES)
    block, which = divmod(number, len(_LONG))
    return block * _LONG_EVERY + which + _LONG[0], ordinal


def shape_of(seed: int, series: int) -> int:
    """Return the shape of a series, without the rest of its plan."""
    return _shape(Dice(seed, series, "plan"), series)


def _shape(dice: Dice, series: int) -> int:
    return dice.pick(_LONG_SHAPES if is_long(series) else _SHAPES)


@lru_cache(_REMEMBERED)
def plan(seed: int, series: int, premiere: int) -> Plan:
    """Return the plan of a series.

    Args:
        seed: Which plan.
        series: The id.
        premiere: The day number of the first episode; 0 when nobody ever knew it.
    """
    dice = Dice(seed, series, "plan")
    shape = _shape(dice, series)
    end = _ENDED if dice.chance(85) else _CANCELED
    told = premiere - dice.between(2 * _DATED, 400)
    if not premiere:
        end = dice.pick((_ENDED, _ENDED, _ENDED, _RETURNING, _RETURNING, _PLANNED, _IN_PRODUCTION, _PILOT, _CANCELED))
    if shape == NOTHING:
        # A premiere without anything that airs: most have an end that nobody entered.
        over = premiere + dice.between(30, 900) if premiere and dice.chance(60) else 0
        return Plan(series, shape, premiere, told, over, end, ())
    numbered = _seasons(dice, shape, premiere, told)
    specials = _specials(dice, shape, premiere, numbered[-1].last)
    over = numbered[-1].last + dice.between(20, 400) if premiere else 0
    return Plan(series, shape, premiere, told, over, end, (*specials, *numbered))


#: By shape: how many seasons, how many episodes each, and in which rhythms.
_MADE = {
    MINI: ((1, 1), (2, 9), (WEEKLY, AT_ONCE, AT_ONCE, DAILY)),
    SINGLE: ((1, 1), (4, 26), (WEEKLY, WEEKLY, AT_ONCE, WEEKDAYS)),
    SEVERAL: ((2, 8), (6, 22), (WEEKLY, WEEKLY, AT_ONCE)),
    MANY: ((9, 28), (8, 26), (WEEKLY,)),
    SHOW: ((20, 40), (130, 230), (WEEKDAYS,)),
    MARATHON: ((40, 94), (6, 26), (WEEKLY,)),
}


class Run(NamedTuple):
    """When a season airs."""

    first: int
    episodes: int
    rhythm: int


def _seasons(dice: Dice, shape: int, premiere: int, told: int) -> list[Season]:
    if shape == SOAP:
        return [_soap(dice, premiere, told)]
    counts, lengths, rhythms = _MADE[shape]
    seasons: list[Season] = []
    first, announced, base = premiere, told, _SPECIALS
    rhythm, usual = dice.pick(rhythms), dice.between(*lengths)
    for slot in range(1, dice.between(*counts) + 1):
        # All of a show's seasons are about as long as its first.
        episodes = min(lengths[1], max(1, usual + dice.between(-2, 2)))
        season = _season(dice, slot, Run(first, episodes, rhythm), announced, base)
        seasons.append(season)
        base += episodes
        if first:
            first, announced = _following(dice, shape, season)
    return seasons


def _season(dice: Dice, slot: int, run: Run, announced: int, base: int) -> Season:
    first, episodes, rhythm = run
    is_paused = rhythm == WEEKLY and episodes > 9 and dice.chance(25)
    oddity = dice.below(100)
    return Season(
        slot,
        slot,
        _monday(first) if rhythm == WEEKDAYS and slot > 1 else first,
        episodes,
        rhythm,
        announced,
        base,
        pause_at=episodes // 2 if is_paused else 0,
        pause=7 * dice.between(3, 12) if is_paused else 0,
        starts_at=0 if oddity == 0 else 1,
        gap_at=episodes // 2 if oddity == 1 else 0,
    )


def _following(dice: Dice, shape: int, season: Season) -> tuple[int, int]:
    """Return the first day of the next season, and the day on which it is announced."""
    if shape == SHOW:
        first = season.last + 1 + dice.between(20, 60)
    else:
        # Some series come back when nobody expects them any more.
        first = season.last + 1 + (dice.between(1200, 4000) if dice.chance(4) else dice.between(90, 420))
    return first, max(season.last - 20, first - dice.between(_DATED + 10, 300))


def _soap(dice: Dice, premiere: int, told: int) -> Season:
    episodes = dice.pick((1_500, 2_600, 4_000, 6_000, 9_000)) + dice.below(1_000)
    return Season(1, 1, premiere, episodes, WEEKDAYS if dice.chance(80) else DAILY, told, _SPECIALS)


def _specials(dice: Dice, shape: int, premiere: int, last: int) -> list[Season]:
    """Season 0: few short series have one, and almost all long ones."""
    if not dice.chance({MINI: 2, SINGLE: 3, SEVERAL: 14, MANY: 60}.get(shape, 85)):
        return []
    days = max(0, last - premiere)
    count = 1 + dice.below(min(_SPECIALS - 1, 3 + days // 200))
    step = max(1, days // count)
    first = premiere and premiere + dice.between(-10, step)
    return [Season(0, 0, first, count, APART, first - _DATED, 0, pause=step)]


def _monday(day: int) -> int:
    return day - (day - 1) % 7
