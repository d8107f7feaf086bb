"""The films of the sandbox at a moment in time.

Whoever answers a request asks the world, and says what time it is; the catalogue itself knows no time.
"""

from collections.abc import Iterable
from datetime import date

from .catalogue import Catalogue
from .films import Body


class World:
    """What exists, as of a moment given in seconds since 1970."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def listed(self, now: float) -> Catalogue:
        """Return the films that lists and searches know of."""
        return self._catalogue

    def details(self, film_id: int | str, append: Iterable[str], now: float) -> Body | None:
        """Return the body of `/movie/{id}` with the appended parts; None when there is no such film."""
        return self._catalogue.details(film_id, append)

    def part(self, film_id: int | str, name: str, now: float) -> Body | None:
        """Return the body of `/movie/{id}/{name}`; None when there is no such film or no such part."""
        return self._catalogue.part(film_id, name)

    def changes(self, first: date, last: date, now: float) -> list[Body]:
        """Return the rows of `/movie/changes` for the days from first to last."""
        return []

    def film_changes(self, film_id: int, first: date, last: date, now: float) -> list[Body] | None:
        """Return the `changes` of `/movie/{id}/changes`; None when there never was such a film."""
        return None if self._catalogue.position(film_id) is None else []

    def export(self, name: str, day: date, now: float) -> bytes | None:
        """Return a daily id export as a gzip file; None when it is not up (yet, or any more)."""
        return None
