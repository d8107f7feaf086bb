"""The data of films beyond the columns at a moment: as they were made, and as edited since."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ayne.sandbox.films.columns import Body, Lore, WorkColumns

from .journal import Amended

#: Tells where a film was made: the lore that made it, and its position there.
Origin = Callable[[int], tuple[Lore, int]]


class LivingLore:
    """The lore of columns that live."""

    #: The fields of the title and the original title.
    TITLES: ClassVar[tuple[str, str]] = ("title", "original_title")

    def __init__(
        self,
        columns: WorkColumns,
        origin: Origin,
        amended: Callable[[int], Amended | None],
        id_of: Callable[[str], int | None],
    ) -> None:
        self._columns = columns
        self._origin = origin
        self._amended = amended
        self._id_of = id_of

    def texts(self, position: int) -> Any:
        """Return what a list row shows, as a named tuple."""
        lore, made_at, amended = self._known(position)
        texts = lore.texts(made_at)
        if amended is None:
            return texts
        return texts._replace(**{name: value for name, value in amended.fields.items() if name in texts._fields})

    def titles(self, position: int) -> tuple[str, str]:
        """Return the title and the original title alone."""
        lore, made_at, amended = self._known(position)
        title, original_title = lore.titles(made_at)
        if amended is None:
            return title, original_title
        name, original_name = self.TITLES
        return str(amended.fields.get(name, title)), str(amended.fields.get(original_name, original_title))

    def extras(self, position: int) -> Body:
        """Return the fields that only the details have."""
        lore, made_at, amended = self._known(position)
        extras = lore.extras(made_at)
        if amended is not None:
            extras |= {name: value for name, value in amended.fields.items() if name in extras}
            # The code of a column tells it now, not the words of the table the film was read from.
            for column in amended.codes:
                extras.pop(column, None)
        return extras

    def revisions(self, position: int) -> Mapping[str, int]:
        """Return how often each part was edited."""
        amended = self._amended(self._columns.ids[position])
        return amended.revisions if amended else {}

    def imdb_id(self, position: int) -> str | None:
        """Return the IMDb id, if one is known."""
        found: str | None = self.extras(position)["imdb_id"]
        return found

    def id_of(self, imdb_id: str) -> int | None:
        """Return the id of the only film that can have this IMDb id."""
        return self._id_of(imdb_id)

    def _known(self, position: int) -> tuple[Lore, int, Amended | None]:
        film = self._columns.ids[position]
        return *self._origin(film), self._amended(film)
