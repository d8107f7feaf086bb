"""Make up everything else about an invented series from (seed, id), on request."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from ayne.sandbox.chance import Dice
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body, Lore, Origin
from ayne.sandbox.films.invention import invented_overview, invented_titles, produced_in, spoken_in
from ayne.sandbox.life.journal import Amended
from ayne.sandbox.life.living_lore import LivingLore

from .columns import SeriesColumns
from .external_ids import imdb_ids, series_called
from .guide import Guide
from .oddities import oddities
from .plan import Plan, plan, shape_of
from .troupe import Circle, Troupe, circle_of

_DAY = 86_400


class SeriesTexts(NamedTuple):
    """What a row of a list shows beside the columns."""

    name: str
    original_name: str
    overview: str
    poster_path: str | None
    backdrop_path: str | None


class SeriesLore(Lore, Protocol):
    """All that is known of a series beyond the columns."""

    def guide(self, position: int) -> Guide:
        """Return the seasons of a series, as they are known."""
        ...

    def oddities(self, position: int) -> frozenset[str]:
        """Return what is odd about a series."""
        ...

    def plan(self, position: int) -> Plan:
        """Return the plan of a series."""
        ...

    def circle(self, position: int) -> Circle:
        """Return from whom the guests and the crew of a series come."""
        ...

    def moment_of(self, position: int, midnight: int) -> int:
        """Return the moment of a day at which what comes with it is known of a series."""
        ...


class InventedSeries:
    """The lore of generated series.

    Args:
        columns: The series.
        seed: What they are like.
        as_of: The moment whose knowledge it is, in seconds since 1970.
        odd: The share of series that are odd.
    """

    def __init__(self, columns: SeriesColumns, seed: int, as_of: float, odd: float = 0.0) -> None:
        self._columns, self._seed, self._as_of, self._odd = columns, seed, as_of, odd

    def texts(self, position: int) -> SeriesTexts:
        """Return what a list row shows."""
        dice = self._dice(position, "series texts")
        name, original_name = invented_titles(dice, self._origin(position))
        return SeriesTexts(
            name,
            original_name,
            "" if dice.chance(20) else invented_overview(dice),
            None if dice.chance(8) else dice.image(),
            None if dice.chance(25) else dice.image(),
        )

    def titles(self, position: int) -> tuple[str, str]:
        """Return the name and the original name alone."""
        return invented_titles(self._dice(position, "series texts"), self._origin(position))

    def extras(self, position: int) -> Body:
        """Return the fields that only the details have, apart from those about seasons."""
        dice, origin = self._dice(position, "series extras"), self._origin(position)
        minutes = self._columns.runtimes[position]
        return {
            # TMDB has stopped to keep these: of seven series one has any.
            "episode_run_time": [minutes] if minutes and dice.chance(15) else [],
            "homepage": f"https://series.example/{dice.hex(8)}" if dice.chance(30) else "",
            "languages": [origin.language] if dice.chance(95) else [],
            "production_countries": produced_in(dice, origin),
            "spoken_languages": spoken_in(dice, origin),
            "tagline": dice.pick(words.TAGLINES) if dice.chance(25) else "",
        }

    def imdb_id(self, position: int) -> str | None:
        """Return the IMDb id, if one is known."""
        dice = self._dice(position, "series imdb")
        return imdb_ids(self._columns.ids[position])[dice.chance(40)] if dice.chance(60) else None

    def id_of(self, imdb_id: str) -> int | None:
        """Return the id of the only series that can have this IMDb id."""
        return series_called(imdb_id)

    def revisions(self, position: int) -> Mapping[str, int]:
        """A series is as it was made."""
        return {}

    def oddities(self, position: int) -> frozenset[str]:
        """Return what is odd about a series."""
        return oddities(self._seed, self._columns.ids[position], self._odd)

    def guide(self, position: int) -> Guide:
        """Return the seasons of a series, as they are known."""
        return self.guide_at(position, self._as_of, self._columns, position, {})

    def guide_at(self, position: int, at: float, now: SeriesColumns, now_at: int, edits: Mapping[str, Any]) -> Guide:
        """Return the seasons of a series as they are known at a moment.

        Args:
            position: Which series.
            at: The moment.
            now: The columns of that moment.
            now_at: Where the series stands in those.
            edits: What was edited since it was made.
        """
        made = self.plan(position)
        return Guide(
            plan=made,
            seed=self._seed,
            known_on=known_on(self._seed, made.series, at),
            today=_day(at),
            votes=now.votes[now_at],
            average=now.averages[now_at],
            minutes=now.runtimes[now_at],
            troupe=Troupe(self._seed, made.series, made.shape, now.ensemble_list[now.ensembles[now_at]]),
            networks=now.network_lists[now.networks[now_at]],
            edits=edits,
            oddities=self.oddities(position),
        )

    def plan(self, position: int) -> Plan:
        """Return the plan of a series."""
        return plan(self._seed, self._columns.ids[position], self._columns.premieres[position])

    def circle(self, position: int) -> Circle:
        """Return from whom the guests and the crew of a series come."""
        series = self._columns.ids[position]
        return circle_of(self._seed, series, shape_of(self._seed, series))

    def moment_of(self, position: int, midnight: int) -> int:
        """Return the moment of a day at which what comes with it is known of a series."""
        return moment_of(self._seed, self._columns.ids[position], midnight)

    def _dice(self, position: int, topic: str) -> Dice:
        return Dice(self._seed, self._columns.ids[position], topic)

    def _origin(self, position: int) -> Origin:
        return self._columns.origin_list[self._columns.origins[position]]


class LivingSeriesLore(LivingLore):
    """The lore of series that live."""

    TITLES = ("name", "original_name")

    def __init__(
        self,
        columns: SeriesColumns,
        origin: Callable[[int], tuple[InventedSeries, int]],
        amended: Callable[[int], Amended | None],
        id_of: Callable[[str], int | None],
        at: float,
    ) -> None:
        super().__init__(columns, origin, amended, id_of)
        self._series, self._made, self._at = columns, origin, at

    def imdb_id(self, position: int) -> str | None:
        """Return the IMDb id, if one is known."""
        lore, made_at = self._made(self._series.ids[position])
        return lore.imdb_id(made_at)

    def guide(self, position: int) -> Guide:
        """Return the seasons of a series, as they are known."""
        series = self._series.ids[position]
        lore, made_at = self._made(series)
        amended = self._amended(series)
        return lore.guide_at(made_at, self._at, self._series, position, amended.fields if amended else {})

    def oddities(self, position: int) -> frozenset[str]:
        """Return what is odd about a series."""
        lore, made_at = self._made(self._series.ids[position])
        return lore.oddities(made_at)

    def plan(self, position: int) -> Plan:
        """Return the plan of a series."""
        lore, made_at = self._made(self._series.ids[position])
        return lore.plan(made_at)

    def circle(self, position: int) -> Circle:
        """Return from whom the guests and the crew of a series come."""
        lore, made_at = self._made(self._series.ids[position])
        return lore.circle(made_at)

    def moment_of(self, position: int, midnight: int) -> int:
        """Return the moment of a day at which what comes with it is known of a series."""
        lore, made_at = self._made(self._series.ids[position])
        return lore.moment_of(made_at, midnight)


def moment_of(seed: int, series: int, midnight: int) -> int:
    """Return the moment of a day at which what comes with it is known of a series."""
    return midnight + 1 + Dice(seed, "due", series, midnight).below(_DAY - 1)


def known_on(seed: int, series: int, at: float) -> int:
    """Return the day number whose news are known of a series at a moment: today's, or still yesterday's."""
    midnight = int(at // _DAY) * _DAY
    return _day(at) - (at < moment_of(seed, series, midnight))


def _day(moment: float) -> int:
    return datetime.fromtimestamp(moment, UTC).toordinal()
