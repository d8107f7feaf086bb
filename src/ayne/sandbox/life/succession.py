"""Make the columns of a later moment from those of an earlier one and the films that changed."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeVar

from ayne.sandbox.films.columns import WorkColumns

from .journal import Amended

C = TypeVar("C", bound=WorkColumns)

#: The values of one film, one for each column that is an array, in the order of the fields.
Row = list[Any]


class Place(NamedTuple):
    """Where a film stands in the order of the columns: by date, then by its rank among all films there ever were."""

    day: int
    rank: int


def columns_of(columns: WorkColumns) -> list[str]:
    """Return the names of the columns that have an entry for each film."""
    return [field.name for field in fields(columns) if isinstance(getattr(columns, field.name), array)]


def row(names: Iterable[str], columns: WorkColumns, position: int, amended: Amended | None) -> Row:
    """Return the values of a film in the columns of these names, with what is different about it by now."""
    values = {name: getattr(columns, name)[position] for name in names}
    if amended is not None:
        for field, value in amended.fields.items():
            if field in columns.OF_FIELD:
                values[columns.OF_FIELD[field]] = columns.coded(field, value)
        values.update(amended.codes)
    return list(values.values())


def alone(names: Sequence[str], columns: C, rows: Sequence[Row]) -> C:
    """Return columns that hold just these films, in this order; codes mean what they mean in `columns`."""
    values = zip(names, zip(*rows, strict=True), strict=True)
    return replace(columns, **{name: array(getattr(columns, name).typecode, found) for name, found in values})


def after(
    names: Sequence[str],
    columns: C,
    changed: Iterable[tuple[int | None, Row | None]],
    rank: Callable[[int], int],
) -> C:
    """Return the columns with some films changed, removed and added.

    Args:
        names: The columns that have an entry for each film.
        columns: The films so far.
        changed: For each film that changed, its position so far (None for a new one) and its values (None for a film
            that is no more).
        rank: The rank of the film with an id, which decides between films of one day.
    """
    arrays: dict[str, array[Any]] = {name: getattr(columns, name)[:] for name in names}
    id_index, day_index = names.index("ids"), names.index("days")
    out: list[int] = []
    into: list[tuple[int, int, int, Row]] = []
    for position, values in changed:
        if position is not None and values is not None and values[day_index] == columns.days[position]:
            for name, value in zip(names, values, strict=True):
                arrays[name][position] = value
            continue
        if position is not None:
            out.append(position)
        if values is not None:
            place = Place(values[day_index], rank(values[id_index]))
            into.append((_insertion(columns, place, rank), *place, values))
    if out or into:
        cuts = _cuts(out, into)
        arrays = {name: _spliced(arrays[name], cuts, index) for index, name in enumerate(names)}
    return replace(columns, **arrays)


def _insertion(columns: WorkColumns, place: Place, rank: Callable[[int], int]) -> int:
    first, last = bisect_left(columns.days, place.day), bisect_right(columns.days, place.day)
    return bisect_left(columns.ids, place.rank, first, last, key=rank)


def _cuts(out: list[int], into: list[tuple[int, int, int, Row]]) -> list[tuple[int, Row | None]]:
    """Return where something is put in or left out, ascending; what is put in stands before what was there."""
    placed = [(position, 0, day, rank, values) for position, day, rank, values in into]
    left_out: list[tuple[int, int, int, int, Row | None]] = [(position, 1, 0, 0, None) for position in out]
    ordered = sorted([*placed, *left_out], key=lambda cut: cut[:4])
    return [(cut[0], cut[4]) for cut in ordered]


def _spliced(column: "array[Any]", cuts: list[tuple[int, Row | None]], index: int) -> "array[Any]":
    spliced: array[Any] = array(column.typecode)
    start = 0
    for position, values in cuts:
        spliced += column[start:position]
        start = position
        if values is None:
            start += 1
        else:
            spliced.append(values[index])
    spliced += column[start:]
    return spliced
