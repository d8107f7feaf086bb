"""The series of the sandbox, with their seasons and episodes.

A season is appended to its series, or asked for alone, by the path below it: `season/2`, `season/2/credits`,
`season/2/episode/7`. What does not exist is left out of what is appended.
"""

import re
from array import array
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from .films.columns import ADULT, Body, day_text
from .holdings import Holdings
from .series import discovery
from .series.columns import GENRES, TYPES, SeriesColumns
from .series.discovery import SeriesQuery
from .series.generation import generated_columns
from .series.invention import InventedSeries, SeriesLore
from .series.oddities import TEXTS
from .series.parts import EPISODE_PARTS, PARTS, SEASON_PARTS, Series
from .series.plan import episode_id, season_id

#: The moment whose knowledge series hold that do not live: the midnight after the last film is out.
AS_OF = datetime(2026, 7, 1, tzinfo=UTC).timestamp()

_BELOW = re.compile(r"season/(\d{1,4})(?:/episode/(\d{1,5}))?(?:/([a-z_/]+))?")


class Television(Holdings[SeriesColumns, SeriesLore, SeriesQuery]):
    """The series that exist, held as columns."""

    PARTS = PARTS

    @classmethod
    def generated(
        cls, series: int, seed: int = 1, *, undated: float = 0.14, odd: float = 0.0, as_of: float = AS_OF
    ) -> "Television":
        """Make up series: the same arguments give the same series on every machine.

        Args:
            series: How many there are.
            seed: Which ones.
            undated: The share that never has a first air date. Beside them, some have none yet.
            odd: The share with what TMDB was recorded to get wrong, as `oddities` says.
            as_of: The moment whose knowledge they hold, in seconds since 1970.

        Raises:
            ValueError: A number is out of range.
        """
        if series < 0 or not 0 <= undated <= 1 or not 0 <= odd <= 1:
            raise ValueError("series cannot be negative, and undated and odd are shares from 0 to 1")
        columns = generated_columns(series, seed, undated, as_of)
        return cls(columns, InventedSeries(columns, seed, as_of, odd))

    @staticmethod
    def select(columns: SeriesColumns, lore: SeriesLore, query: SeriesQuery) -> "array[int]":
        """Return the positions of the series that match a query, in its order."""
        return discovery.select(columns, lore, query)

    @staticmethod
    def sort_value(
        columns: SeriesColumns, lore: SeriesLore, query: SeriesQuery
    ) -> "Callable[[int], int | float | str]":
        """Return what the query's order looks at, of the series at a position."""
        return discovery.sort_value(columns, lore, query)

    def summary(self, position: int, query: SeriesQuery | None = None) -> Body:
        """Return a row of a list, with the keys that TMDB sends."""
        columns, texts = self._columns, self._lore.texts(position)
        origin = columns.origin_list[columns.origins[position]]
        return {
            "adult": bool(columns.flags[position] & ADULT),
            "backdrop_path": texts.backdrop_path,
            "genre_ids": list(columns.genre_lists[columns.genres[position]]),
            "id": columns.ids[position],
            "origin_country": list(origin.countries),
            "original_language": origin.language,
            "original_name": texts.original_name,
            "overview": texts.overview,
            "popularity": columns.popularities[position],
            "poster_path": texts.poster_path,
            "first_air_date": day_text(columns.days[position]),
            "name": texts.name,
            "softcore": False,
            "vote_average": columns.averages[position],
            "vote_count": columns.votes[position],
        }

    def details(self, work_id: int | str, append: Iterable[str] = ()) -> Body | None:
        """Return the details of a series with the appended parts and seasons; None when there is no such series."""
        append = list(append)
        body = super().details(work_id, append)
        below = [name for name in append if name.startswith("season/")]
        if body is None or not below:
            return body
        series = self._work(self._positioned(body["id"]), body)
        found = ((name, _below(series, name)) for name in below)
        return body | {name: each[1] for name, each in found if each is not None}

    def part(self, work_id: int | str, name: str) -> Body | None:
        """Return the body of one part, a season, an episode or a part of those; None when there is no such thing."""
        if not name.startswith("season/"):
            return super().part(work_id, name)
        position = self.position(work_id)
        if position is None:
            return None
        found = _below(self._work(position, self._details(position)), name)
        return None if found is None else {"id": found[0]} | found[1]

    def beside_ensemble(self, position: int) -> Iterable[int]:
        """Return from whom the guests and the crew of episodes come, by the ids of people."""
        circle = self._lore.circle(position)
        return {*circle.guests, *circle.crew}

    def series(self, series_id: int) -> Series | None:
        """Return what the parts of a series are made from; None when there is no such series."""
        position = self.position(series_id)
        return None if position is None else self._work(position, self._details(position))

    def _positioned(self, series_id: int) -> int:
        position = self.position(series_id)
        if position is None:
            raise LookupError(f"series {series_id} is not here")
        return position

    def _details(self, position: int) -> Body:
        columns, guide = self._columns, self._lore.guide(position)
        before, after = guide.aired()
        status = guide.status
        body = self.summary(position) | {
            "created_by": guide.troupe.created_by(),
            "genres": [{"id": genre, "name": GENRES[genre]} for genre in columns.genre_lists[columns.genres[position]]],
            "in_production": status not in ("Ended", "Canceled"),
            "last_air_date": before["air_date"] if before else None,
            "last_episode_to_air": before,
            "networks": [each._asdict() for each in guide.networks],
            "next_episode_to_air": after,
            "production_companies": [each._asdict() for each in columns.company_lists[columns.companies[position]]],
            "seasons": guide.rows(),
            "status": status,
            "type": TYPES[columns.types[position]],
            **guide.counted(),
            **self._lore.extras(position),
        }
        del body["genre_ids"]
        if TEXTS in self._lore.oddities(position):
            body |= {name: str(body[name]) for name in ("popularity", "vote_average", "vote_count")}
        return dict(sorted(body.items()))

    def _work(self, position: int, body: Body) -> Series:
        lore = self._lore
        return Series(
            self._columns,
            position,
            body,
            self._neighbours,
            lore.revisions(position),
            guide=lore.guide(position),
            imdb_id=lore.imdb_id(position),
        )


def _below(series: Series, name: str) -> tuple[int, Body] | None:
    """Return what stands at a path below a series, and the id it belongs to; None when there is no such thing."""
    path = _BELOW.fullmatch(name)
    if path is None:
        return None
    number, episode, part = int(path[1]), path[2], path[3]
    number_of = series.body["id"]
    if episode is None:
        found = series.guide.found(number)
        if found is None or (part and part not in SEASON_PARTS):
            return None
        identity = season_id(number_of, found[0].slot)
        body = SEASON_PARTS[part](series, found[0]) if part else series.guide.season(number)
    else:
        placed = series.guide.placed(number, int(episode))
        if placed is None or (part and part not in EPISODE_PARTS):
            return None
        identity = episode_id(number_of, placed[0].base + placed[1])
        body = EPISODE_PARTS[part](series, *placed) if part else series.guide.episode(number, int(episode))
    return None if body is None else (identity, body)
