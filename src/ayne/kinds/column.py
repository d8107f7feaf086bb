"""A column: the name of a value in the database, and where in TMDB's answers it comes from."""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass

from ayne.kinds.readers import Reader

# Keys of TMDB's that are called otherwise in a record, where the word means the parts that were appended.
_FIELDS = {"parts": "films"}
_KEYS = {field: key for key, field in _FIELDS.items()}


def key_of(field: str) -> str:
    """Return TMDB's key that a field of a record is read from.

    >>> key_of("films"), key_of("name")
    ('parts', 'name')
    """
    return _KEYS.get(field, field)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, and the field of TMDB's that it is read from.

    Attributes:
        name: the name of the column.
        reader: how its value is read, and DuckDB's type of it.
        comment: what it says, for whoever looks into the database; units included.
        key: the key of TMDB's that it is read from; by default the name.
        in_summary: whether the rows of lists have it too; a reader, where they have it under the column's own name
            and in another form.
        needed: whether a row without it says nothing, and is left out.
    """

    name: str
    reader: Reader
    comment: str
    key: str = ""
    in_summary: bool | Reader = False
    needed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.key or self.name)

    @property
    def field(self) -> str:
        """The field of a details record that holds it."""
        return _FIELDS.get(self.key, self.key)

    @property
    def type(self) -> str:
        """DuckDB's type of it."""
        return self.reader.type
