"""The films that exist in the sandbox.

They are either generated, a pure function of (number, seed), or read from a table of real ones.
"""

from array import array
from collections.abc import Callable
from pathlib import Path

from .discovery import Query
from .films.columns import ADULT, VIDEO, Body, Columns, Lore, day_text
from .films.generation import generated_columns
from .films.invention import Invented, genres
from .films.parts import PARTS, Film
from .films.table import read_table
from .holdings import Holdings
from .matching import regional_day, select, sort_value


class Catalogue(Holdings[Columns, Lore, Query]):
    """The films that exist, held as columns."""

    PARTS = PARTS

    @classmethod
    def generated(cls, movies: int, seed: int = 1, *, busiest_day: int = 0, undated: float = 0.0) -> "Catalogue":
        """Make up films: the same arguments give the same films on every machine.

        Args:
            movies: How many films there are.
            seed: Which films they are.
            busiest_day: How many of them came out on one single day, 2019-01-01.
            undated: The share of films that have no release date.

        Raises:
            ValueError: The numbers do not fit together.
        """
        if movies < 0 or busiest_day < 0 or not 0 <= undated <= 1:
            raise ValueError("movies and busiest_day cannot be negative, and undated is a share from 0 to 1")
        columns = generated_columns(movies, seed, busiest_day, undated)
        return cls(columns, Invented(columns, seed))

    @classmethod
    def from_table(cls, path: Path) -> "Catalogue":
        """Read the real films of `tmdb_5000_movies.csv`, zipped or not.

        Raises:
            ValueError: The file is not such a table.
        """
        return cls(*read_table(path))

    @staticmethod
    def select(columns: Columns, lore: Lore, query: Query) -> "array[int]":
        """Return the positions of the films that match a query, in its order."""
        return select(columns, query, _title(lore))

    @staticmethod
    def sort_value(columns: Columns, lore: Lore, query: Query) -> "Callable[[int], int | float | str]":
        """Return what the query's order looks at, of the film at a position."""
        return sort_value(columns, query, _title(lore))

    def summary(self, position: int, query: Query | None = None) -> Body:
        """Return a row of a list, with the keys that TMDB sends.

        Args:
            position: Which film.
            query: What was asked for; if it was asked for a region, its release date is shown, and not the primary one.
        """
        columns, texts = self._columns, self._lore.texts(position)
        day = regional_day(columns, position, query) if query and query.region else columns.days[position]
        return {
            "adult": bool(columns.flags[position] & ADULT),
            "backdrop_path": texts.backdrop_path,
            "genre_ids": list(self._genre_ids(position)),
            "id": columns.ids[position],
            "original_language": columns.origin_list[columns.origins[position]].language,
            "original_title": texts.original_title,
            "overview": texts.overview,
            "popularity": columns.popularities[position],
            "poster_path": texts.poster_path,
            "release_date": day_text(day),
            "softcore": False,
            "title": texts.title,
            "video": bool(columns.flags[position] & VIDEO),
            "vote_average": columns.averages[position],
            "vote_count": columns.votes[position],
        }

    def _genre_ids(self, position: int) -> tuple[int, ...]:
        return self._columns.genre_lists[self._columns.genres[position]]

    def _details(self, position: int) -> Body:
        columns = self._columns
        body = self.summary(position) | {
            "genres": genres(self._genre_ids(position)),
            "origin_country": list(columns.origin_list[columns.origins[position]].countries),
            "production_companies": [each._asdict() for each in columns.company_lists[columns.companies[position]]],
            "revenue": columns.revenues[position],
        }
        del body["genre_ids"]
        body |= self._lore.extras(position)
        return dict(sorted(body.items()))

    def _work(self, position: int, body: Body) -> Film:
        return Film(self._columns, position, body, self._neighbours, self._lore.revisions(position))


def _title(lore: Lore) -> Callable[[int, str], str]:
    return lambda position, name: lore.titles(position)[name == "original_title"]
