"""The works of a catalogue, films or series: list rows, details, and the works that match a query.

What a work is made of stands in columns; what else is known of it, its lore tells. Neither knows of HTTP.
"""

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Generic, TypeVar

from .discovery import Filters
from .films.columns import Body, Lore, WorkColumns, index
from .ties import Ties

C = TypeVar("C", bound=WorkColumns)
L = TypeVar("L", bound=Lore)
Q = TypeVar("Q", bound=Filters)
V = TypeVar("V", bound=int | float | str)

# A walk asks for up to 500 pages of one query, and a collector walks a few queries at a time.
_REMEMBERED_QUERIES = 32


class Holdings(ABC, Generic[C, L, Q]):
    """The works of one kind that exist, held as columns.

    Args:
        columns: The works.
        lore: What is known of them beyond the columns.
    """

    #: The parts of a work, each made from what `_work` returns.
    PARTS: ClassVar[Mapping[str, Callable[[Any], Body]]]

    def __init__(self, columns: C, lore: L) -> None:
        self._columns = columns
        self._lore = lore
        select, value = self.select, self.sort_value

        # A cache that held the holdings themselves would be a cycle, and keep yesterday's columns until the collector
        # comes.
        def found(query: Q) -> Sequence[int]:
            return select(columns, lore, query)

        #: Return the positions of the works that match a query, in its order.
        self.discover: Callable[[Q], Sequence[int]] = lru_cache(_REMEMBERED_QUERIES)(found)
        discover = self.discover

        def reordered(query: Q, ties: Ties) -> Sequence[int]:
            return ties.reordered(discover(query), value(columns, lore, query), len(columns.ids))

        #: The same, as a server keeps them whose equal works have an order of their own.
        self.discover_among: Callable[[Q, Ties], Sequence[int]] = lru_cache(_REMEMBERED_QUERIES)(reordered)

    @staticmethod
    @abstractmethod
    def select(columns: Any, lore: Any, query: Any) -> "array[int]":
        """Return the positions of the works that match a query, in its order."""

    @staticmethod
    @abstractmethod
    def sort_value(columns: Any, lore: Any, query: Any) -> "Callable[[int], int | float | str]":
        """Return what the query's order looks at, of the work at a position."""

    @abstractmethod
    def summary(self, position: int, query: Q | None = None) -> Body:
        """Return a row of a list, with the keys that TMDB sends.

        Args:
            position: Which work.
            query: What was asked for, if that decides what the row shows.
        """

    @abstractmethod
    def _details(self, position: int) -> Body:
        """Return the details without parts."""

    @abstractmethod
    def _work(self, position: int, body: Body) -> Any:
        """Return what the parts of a work are made from; `body` are its details."""

    def __len__(self) -> int:
        return len(self._columns.ids)

    @property
    def columns(self) -> C:
        """The works, as columns."""
        return self._columns

    @property
    def lore(self) -> L:
        """What is known beyond the columns."""
        return self._lore

    def ids(self, positions: Iterable[int]) -> list[int]:
        """Return the ids of the works at these positions."""
        return [self._columns.ids[position] for position in positions]

    def position(self, work_id: int | str) -> int | None:
        """Return where the work with this TMDB id, or this IMDb id (`tt…`), stands; None when there is no such work."""
        if isinstance(work_id, str):
            candidate = self._lore.id_of(work_id)
            position = None if candidate is None else self.position(candidate)
            return position if position is not None and self._lore.imdb_id(position) == work_id else None
        return self._index(work_id)

    def titles(self, position: int) -> tuple[str, str]:
        """Return the title and the original title of a work: what a search looks at."""
        return self._lore.titles(position)

    def beside_ensemble(self, position: int) -> Iterable[int]:
        """Return who may be named by a work without being in its ensemble, by the ids of people."""
        return ()

    def details(self, work_id: int | str, append: Iterable[str] = ()) -> Body | None:
        """Return the details of a work with the appended parts; None when there is no such work."""
        position = self.position(work_id)
        if position is None:
            return None
        body = self._details(position)
        wanted = [name for name in append if name in self.PARTS]
        if not wanted:
            return body
        work = self._work(position, body)
        return body | {name: self.PARTS[name](work) for name in wanted}

    def part(self, work_id: int | str, name: str) -> Body | None:
        """Return the body of one part; None when there is no such work or no such part."""
        position = self.position(work_id)
        if position is None or name not in self.PARTS:
            return None
        work = self._work(position, self._details(position))
        return {"id": self._columns.ids[position]} | self.PARTS[name](work)

    @cached_property
    def _index(self) -> Callable[[int], int | None]:
        return index(self._columns.ids)

    def _neighbours(self, positions: Iterable[int]) -> list[Body]:
        return [self.summary(position % len(self)) for position in positions]
