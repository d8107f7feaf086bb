"""The films that exist in the sandbox.

A catalogue answers three questions about them (a row of a list, the details, which films match a query) and does not
know of HTTP. Its films are either generated, a pure function of (number, seed), or read from a table of real ones.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from .discovery import Query
from .films.columns import ADULT, VIDEO, Body, Columns, Lore, day_text, index
from .films.generation import generated_columns
from .films.invention import Invented, genres
from .films.parts import PARTS, Film
from .films.table import read_table
from .matching import regional_day, select, sort_value
from .ties import Ties

# A walk asks for up to 500 pages of one query, and a collector walks a few queries at a time.
_REMEMBERED_QUERIES = 32


class Catalogue:
    """The films that exist, held as columns."""

    def __init__(self, columns: Columns, lore: Lore) -> None:
        self._columns = columns
        self._lore = lore
        #: Return the positions of the films that match a query, in its order.
        self.discover: Callable[[Query], Sequence[int]] = lru_cache(_REMEMBERED_QUERIES)(_selection(columns, lore))
        #: The same, as a server keeps them whose equal films have an order of their own.
        self.discover_among: Callable[[Query, Ties], Sequence[int]] = lru_cache(_REMEMBERED_QUERIES)(
            _reordered(columns, lore, self.discover)
        )

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

    def __len__(self) -> int:
        return len(self._columns.ids)

    @property
    def columns(self) -> Columns:
        """The films, as columns."""
        return self._columns

    @property
    def lore(self) -> Lore:
        """What is known beyond the columns."""
        return self._lore

    def ids(self, positions: Iterable[int]) -> list[int]:
        """Return the ids of the films at these positions."""
        return [self._columns.ids[position] for position in positions]

    def position(self, film_id: int | str) -> int | None:
        """Return where the film with this TMDB id, or this IMDb id (`tt…`), stands; None when there is no such film."""
        if isinstance(film_id, str):
            candidate = self._lore.id_of(film_id)
            position = None if candidate is None else self.position(candidate)
            return position if position is not None and self._lore.extras(position)["imdb_id"] == film_id else None
        return self._index(film_id)

    def titles(self, position: int) -> tuple[str, str]:
        """Return the title and the original title of a film: what a search looks at."""
        return self._lore.titles(position)

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

    def details(self, film_id: int | str, append: Iterable[str] = ()) -> Body | None:
        """Return the body of `/movie/{id}` with the appended parts; None when there is no such film."""
        position = self.position(film_id)
        if position is None:
            return None
        body = self._details(position)
        wanted = [name for name in append if name in PARTS]
        if not wanted:
            return body
        film = self._film(position, body)
        return body | {name: PARTS[name](film) for name in wanted}

    def part(self, film_id: int | str, name: str) -> Body | None:
        """Return the body of `/movie/{id}/{name}`; None when there is no such film or no such part."""
        position = self.position(film_id)
        if position is None or name not in PARTS:
            return None
        film = self._film(position, self._details(position))
        return {"id": film.body["id"]} | PARTS[name](film)

    @cached_property
    def _index(self) -> Callable[[int], int | None]:
        return index(self._columns.ids)

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

    def _film(self, position: int, body: Body) -> Film:
        return Film(self._columns, position, body, self._neighbours, self._lore.revisions(position))

    def _neighbours(self, positions: Iterable[int]) -> list[Body]:
        return [self.summary(position % len(self)) for position in positions]


def _selection(columns: Columns, lore: Lore) -> Callable[[Query], Sequence[int]]:
    # A cache that held the catalogue itself would be a cycle, and keep yesterday's columns until the collector comes.
    return lambda query: select(columns, query, _title(lore))


def _reordered(
    columns: Columns, lore: Lore, discover: Callable[[Query], Sequence[int]]
) -> Callable[[Query, Ties], Sequence[int]]:
    return lambda query, ties: ties.reordered(
        discover(query), sort_value(columns, query, _title(lore)), len(columns.ids)
    )


def _title(lore: Lore) -> Callable[[int, str], str]:
    return lambda position, name: lore.titles(position)[name == "original_title"]
