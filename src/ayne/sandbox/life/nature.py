"""How works of one kind change over time: what differs between films and series, and the rules for films."""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.chance import Dice
from ayne.sandbox.films.columns import Body, Columns
from ayne.sandbox.films.invention import Invented, imdb_ids
from ayne.sandbox.holdings import Holdings

from .cohorts import cohort
from .edits import Choices, Edit, edit
from .events import Due, moments_of_day
from .journal import Amended
from .living_lore import LivingLore, Origin

H = TypeVar("H", bound=Holdings[Any, Any, Any])


class Nature(ABC, Generic[H]):
    """How works of one kind live."""

    #: A work to which nothing happened stays as it was made; False when time alone changes it.
    is_timeless: bool

    @abstractmethod
    def can_grow(self, holdings: H) -> bool:
        """Tell whether works can be added: to invented ones only."""

    @abstractmethod
    def cohort(self, count: int, seed: int, midnight: int, first_id: int, base: H) -> H:
        """Return works that are added on a day, with ids from `first_id` on."""

    @abstractmethod
    def living(
        self,
        columns: Any,
        origin: Origin,
        amended: Callable[[int], Amended | None],
        id_of: Callable[[str], int | None],
        at: float,
    ) -> H:
        """Return works as they are at a moment."""

    @abstractmethod
    def edit(self, dice: Dice, scene: H, work: int, at: int, choices: Choices) -> Edit:
        """Return what an editor changes about a work; `scene` knows it as it is at this moment."""

    @abstractmethod
    def due(self, seed: int, midnight: int, holdings: H) -> Sequence[Due]:
        """Return when, on this day, something may come to pass because its day has come."""

    @abstractmethod
    def late(self, scene: Callable[[float], H], work: int, at: int) -> Sequence[Edit]:
        """Return what such a moment changes about a work; `scene` tells how it is at a moment."""

    @abstractmethod
    def imdb_ids(self, work: int) -> Sequence[str]:
        """Return the IMDb ids that can be this work's."""


class FilmNature(Nature[Catalogue]):
    """How films live."""

    is_timeless = True

    def can_grow(self, holdings: Catalogue) -> bool:
        """Tell whether films can be added."""
        return isinstance(holdings.lore, Invented)

    def cohort(self, count: int, seed: int, midnight: int, first_id: int, base: Catalogue) -> Catalogue:
        """Return films that are added on a day."""
        return cohort(count, seed, _day(midnight).toordinal(), first_id, base.columns)

    def living(
        self,
        columns: Columns,
        origin: Origin,
        amended: Callable[[int], Amended | None],
        id_of: Callable[[str], int | None],
        at: float,
    ) -> Catalogue:
        """Return films as they are at a moment."""
        return Catalogue(columns, LivingLore(columns, origin, amended, id_of))

    def edit(self, dice: Dice, scene: Catalogue, work: int, at: int, choices: Choices) -> Edit:
        """Return what an editor changes about a film."""
        return edit(dice, _details(scene, work), _day(at), choices)

    def due(self, seed: int, midnight: int, holdings: Catalogue) -> Sequence[Due]:
        """Return when the films of this day come out."""
        columns, day = holdings.columns, _day(midnight).toordinal()
        released = columns.ids[bisect_left(columns.days, day) : bisect_right(columns.days, day)]
        return [
            Due(at, film)
            for at, film in zip(moments_of_day(seed, midnight, "released", len(released)), released, strict=True)
        ]

    def late(self, scene: Callable[[float], Catalogue], work: int, at: int) -> Sequence[Edit]:
        """Return that a film is out, unless it is known, or no longer true."""
        body = _details(scene(at), work)
        if body["status"] in ("Released", "Canceled") or body["release_date"] > _day(at).isoformat():
            return ()
        return (Edit("status", "status", "Released", before=body["status"]),)

    def imdb_ids(self, work: int) -> Sequence[str]:
        """Return the IMDb ids that can be this film's."""
        return imdb_ids(work)


def _details(scene: Catalogue, work: int) -> Body:
    body = scene.details(work)
    if body is None:
        raise LookupError(f"film {work} was never made")
    return body


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
