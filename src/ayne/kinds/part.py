"""A part: a sub-resource that ``append_to_response`` adds to the details, and where in its body the rows stand.

Source: https://developer.themoviedb.org/docs/append-to-response
"""

# Pure: values in, values out.

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ayne.kinds.column import Column

Row = tuple[Any, ...]


@dataclass(slots=True)
class Notes:
    """The values that could not be read, and the keys that are not read."""

    unreadable: int = 0
    leftovers: Counter[str] = field(default_factory=Counter)

    def objects(self, value: Any) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, and note whatever else is in it."""
        if isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    yield item
                else:
                    self.unreadable += 1
        elif value is not None:
            self.unreadable += 1

    def know(self, found: Mapping[str, Any], known: frozenset[str], where: str = "") -> None:
        """Count the keys that are not among the known."""
        if not found.keys() <= known:
            self.leftovers.update(f"{where}{key}" for key in found.keys() - known)


# What stands above a row (a country, a kind, a rank), and the row itself.
Found = Iterator[tuple[Row, dict[str, Any]]]
Find = Callable[[dict[str, Any], Notes], Found]


@dataclass(frozen=True, slots=True)
class InEach:
    """Where the pieces of a part stand that comes in several, one in each object of a child of the kind.

    It is handed to ``find`` as one body: a list ``results`` of the pieces, each with the ``id`` of its object.

    Attributes:
        child: the child, by its name.
        keys: what of its objects is the piece.
        appended: whether it has to be asked for, as ``season/1/images``; else it is there anyway.
    """

    child: str
    keys: tuple[str, ...]
    appended: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a kind, and the table that its rows go to.

    Attributes:
        table: the table. Its columns are the id, those ``above``, and ``columns``.
        comment: what the table says.
        find: finds the rows in a body.
        columns: what a row holds.
        above: what stands above a row in the body, like the country of a list.
        key: the columns that make a row itself; where they are unknown, it is the whole row.
        order: the columns by which exports are sorted; by default the key.
        ignored: keys that are known and not kept, because they say again what is elsewhere.
        in_each: where it stands when it comes in pieces, inside of the kind's children.
    """

    table: str
    comment: str
    find: Find
    columns: tuple[Column, ...]
    above: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    in_each: InEach | None = None
    known: frozenset[str] = field(init=False)
    fields: tuple[tuple[str, Callable[[Any], Any], bool], ...] = field(init=False)
    """Key, reader and need of each column, at hand: there are millions of rows."""
    places: tuple[int, ...] = field(init=False)
    """Where the columns of the key stand in a row."""

    def __post_init__(self) -> None:
        names = [column.name for column in (*self.above, *self.columns)]
        fields = tuple((column.key, column.reader.value, column.needed) for column in self.columns)
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "known", self.ignored | {column.key for column in self.columns})
        object.__setattr__(self, "places", tuple(names.index(name) for name in self.key))
        object.__setattr__(self, "order", self.order or self.key)


# --- where the rows stand ---------------------------------------------------------------------------------------------

# A part that is asked for by itself comes with the id of what it is a part of.
ID = frozenset({"id"})
PAGE = frozenset({"id", "page", "results", "total_pages", "total_results"})


def itself(body: dict[str, Any], _notes: Notes) -> Found:
    """Find one row: the body."""
    yield (), body


def one_list(key: str, known: frozenset[str] = frozenset(), inner: str = "") -> Find:
    """Find the rows of one list; keys of an object ``inner`` in a row become its own, as ``inner.key``."""
    known = known or ID | {key}

    def find(body: dict[str, Any], notes: Notes) -> Found:
        notes.know(body, known)
        for row in notes.objects(body.get(key)):
            nested = row.get(inner) or {}
            if inner in row and isinstance(nested, dict):
                flat = {name: value for name, value in row.items() if name != inner}
                yield (), flat | {f"{inner}.{name}": value for name, value in nested.items()}
            else:
                yield (), row

    return find


def several_lists(**kinds: str) -> Find:
    """Find the rows of several lists; above each stands the word for its list."""
    known = ID | kinds.keys()

    def find(body: dict[str, Any], notes: Notes) -> Found:
        notes.know(body, known)
        for key, kind in kinds.items():
            for row in notes.objects(body.get(key)):
                yield (kind,), row

    return find


def roles_of_people(**lists: str) -> Find:
    """Find the roles in lists of people; above each stands the name of its list, and with it who has it.

    Args:
        **lists: for each list of people the list of roles that each of them has.
    """
    known = ID | lists.keys()

    def find(body: dict[str, Any], notes: Notes) -> Found:
        notes.know(body, known)
        for key, inner in lists.items():
            for person in notes.objects(body.get(key)):
                rest = {name: value for name, value in person.items() if name != inner}
                for role in notes.objects(person.get(inner) or [{}]):
                    yield (key,), rest | role

    return find


def films_and_series(**lists: str) -> Find:
    """Find the rows of lists in which films and series stand together; above each stands the word for its list.

    What has other keys of a series has those of a film here: ``title``, ``original_title``, ``release_date``.
    """
    of_series = {"name": "title", "original_name": "original_title", "first_air_date": "release_date"}
    find = several_lists(**lists)

    def renamed(body: dict[str, Any], notes: Notes) -> Found:
        for above, row in find(body, notes):
            is_series = row.get("media_type") == "tv"
            yield above, {of_series.get(key, key): value for key, value in row.items()} if is_series else row

    return renamed


def in_each(find: Find, inner: str = "") -> Find:
    """Find the rows in each piece of a part of children; above each stands whose piece it is.

    Args:
        find: finds the rows of a piece.
        inner: where in the piece they stand, when that is not the piece itself.
    """

    def find_all(body: dict[str, Any], notes: Notes) -> Found:
        for piece in notes.objects(body.get("results")):
            found = piece.get(inner) if inner else {key: value for key, value in piece.items() if key != "id"}
            if isinstance(found, dict):
                for above, row in find(found, notes):
                    yield (piece["id"], *above), row
            else:
                notes.unreadable += found is not None

    return find_all


def ranked(body: dict[str, Any], notes: Notes) -> Found:
    """Find the rows of a list's first page; above each stands its place, from 1."""
    notes.know(body, PAGE)
    for rank, row in enumerate(notes.objects(body.get("results")), 1):
        yield (rank,), row


def lists_of_countries(key: str) -> Find:
    """Find the rows of a list of countries that each have a list ``key``; above each stands its country."""
    known = frozenset({"iso_3166_1", key})

    def find(body: dict[str, Any], notes: Notes) -> Found:
        notes.know(body, ID | {"results"})
        for country in notes.objects(body.get("results")):
            notes.know(country, known, "results.")
            code = country.get("iso_3166_1")
            for row in notes.objects(country.get(key)):
                if isinstance(code, str) and code:
                    yield (code,), row
                else:
                    notes.unreadable += 1

    return find


def providers(body: dict[str, Any], notes: Notes) -> Found:
    """Find the rows of an object keyed by country, in it one list for each way to watch.

    Above each stand the country, the way and the link; a way that TMDB adds is a new word, not a leftover.
    """
    notes.know(body, ID | {"results"})
    countries = body.get("results")
    if not isinstance(countries, dict):
        # An empty object has also come as an empty list.
        notes.unreadable += bool(countries)
        return
    for code, offers in countries.items():
        if not isinstance(offers, dict) or not code:
            notes.unreadable += 1
            continue
        link = offers.get("link")
        for kind, listed in offers.items():
            if kind != "link":
                for row in notes.objects(listed):
                    yield (code, kind, link if isinstance(link, str) else None), row
