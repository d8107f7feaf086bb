"""How series change over time: they grow by time alone, because their plans reach beyond today."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Any

from ayne.sandbox.chance import Dice, draws, quantiles
from ayne.sandbox.films.columns import day_text
from ayne.sandbox.series.columns import STATUSES, SeriesColumns
from ayne.sandbox.series.external_ids import imdb_ids
from ayne.sandbox.series.generation import columns_of
from ayne.sandbox.series.invention import InventedSeries, LivingSeriesLore
from ayne.sandbox.series.plan import is_long
from ayne.sandbox.television import Television

from .edits import Choices, Edit
from .events import DAY, Due
from .journal import Amended
from .living_lore import Origin
from .nature import Nature
from .series_edits import news, series_edit

_OVER = {STATUSES.index("Ended"), STATUSES.index("Canceled")}
#: Days from the day on which a series is added to its premiere, for most.
_AHEAD = ((0, -2500), (300, -60), (600, 20), (900, 200), (1000, 500))


class SeriesNature(Nature[Television]):
    """How series live."""

    is_timeless = False

    def can_grow(self, holdings: Television) -> bool:
        """Tell whether series can be added."""
        return True

    def cohort(self, count: int, seed: int, midnight: int, first_id: int, base: Television) -> Television:
        """Return series that are added on a day."""
        own = seed * 1_000_003 + midnight // DAY
        ids = array("i", accumulate((1 + (draw & 1) for draw in draws(own, "gaps", count)), initial=first_id))[:count]
        today = _day(midnight).toordinal()
        table = quantiles(*_AHEAD)
        ahead, unknown = draws(own, "series ahead", count), draws(own, "series undated", count)
        premieres = array(
            "i",
            [
                today - 15_000 if is_long(number) else 0 if missing % 100 < 14 else today + table[draw]
                for number, draw, missing in zip(ids, ahead, unknown, strict=True)
            ],
        )
        columns = columns_of(ids, premieres, own, midnight + DAY)
        columns = replace(columns, votes=array("i", [votes // 100 for votes in columns.votes]))
        averages = [average if votes else 0.0 for average, votes in zip(columns.averages, columns.votes, strict=True)]
        columns = replace(columns, averages=array("d", averages))
        return Television(columns, InventedSeries(columns, own, midnight + DAY))

    def living(
        self,
        columns: SeriesColumns,
        origin: Origin,
        amended: Callable[[int], Amended | None],
        id_of: Callable[[str], int | None],
        at: float,
    ) -> Television:
        """Return series as they are at a moment."""
        made: Any = origin
        return Television(columns, LivingSeriesLore(columns, made, amended, id_of, at))

    def edit(self, dice: Dice, scene: Television, work: int, at: int, choices: Choices) -> Edit:
        """Return what an editor changes about a series."""
        return series_edit(dice, scene, work, _day(at), choices)

    def due(self, seed: int, midnight: int, holdings: Television) -> Sequence[Due]:
        """Return when the news of this day are known, of the series that are not over."""
        columns, lore = holdings.columns, holdings.lore
        day = _day(midnight).toordinal()
        return [
            Due(lore.moment_of(position, midnight), columns.ids[position])
            for position, status in enumerate(columns.statuses)
            if status not in _OVER and lore.plan(position).has_news(day)
        ]

    def late(self, scene: Callable[[float], Television], work: int, at: int) -> Sequence[Edit]:
        """Return what is known of a series from this moment on."""
        before, after = scene(at - 1), scene(at)
        position, then = after.position(work), before.position(work)
        if position is None or then is None:
            return ()
        made = news(before.lore.guide(then), after.lore.guide(position))
        of = after.lore.plan(position)
        if of.premiere and of.told == _day(at).toordinal():
            return [Edit("air_date", "first_air_date", day_text(of.premiere), before=""), *made]
        return made

    def imdb_ids(self, work: int) -> Sequence[str]:
        """Return the IMDb ids that can be this series'."""
        return imdb_ids(work)


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
