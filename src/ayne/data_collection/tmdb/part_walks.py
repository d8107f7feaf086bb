"""Where in the body of a part its rows stand. Bodies differ: lists, lists in lists, objects keyed by country."""

# Pure: values in, values out.

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = tuple[Any, ...]


@dataclass(slots=True)
class Notes:
    """What could not be read, and what nobody reads."""

    unreadable: int = 0
    leftovers: Counter[str] = field(default_factory=Counter)

    def objects(self, value: Any) -> Iterator[dict[str, Any]]:
        """The objects of a list; whatever else is there costs only itself."""
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
Walk = Callable[[dict[str, Any], Notes], Found]

# A part that is asked for by itself comes with the id of its film.
ID = frozenset({"id"})
PAGE = frozenset({"id", "page", "results", "total_pages", "total_results"})


def kinds_of_rows(**kinds: str) -> Walk:
    """Several lists of the same sort of row, each with a word for its kind."""
    known = ID | kinds.keys()

    def walk(body: dict[str, Any], notes: Notes) -> Found:
        notes.know(body, known)
        for key, kind in kinds.items():
            for row in notes.objects(body.get(key)):
                yield (kind,), row

    return walk


def one_list(key: str, known: frozenset[str] = frozenset(), inner: str = "") -> Walk:
    """One list of rows; the keys of an object ``inner`` in each become keys of the row, behind its name and a dot."""
    known = known or ID | {key}

    def walk(body: dict[str, Any], notes: Notes) -> Found:
        notes.know(body, known)
        for row in notes.objects(body.get(key)):
            nested = row.get(inner) or {}
            if inner in row and isinstance(nested, dict):
                flat = {name: value for name, value in row.items() if name != inner}
                yield (), flat | {f"{inner}.{name}": value for name, value in nested.items()}
            else:
                yield (), row

    return walk


def ranked(body: dict[str, Any], notes: Notes) -> Found:
    """The first page of a list of films, each with its place."""
    notes.know(body, PAGE)
    for rank, row in enumerate(notes.objects(body.get("results")), 1):
        yield (rank,), row


def itself(body: dict[str, Any], _notes: Notes) -> Found:
    """A body that is one row."""
    yield (), body


_COUNTRY_OF_RELEASES = frozenset({"iso_3166_1", "release_dates"})


def releases(body: dict[str, Any], notes: Notes) -> Found:
    """A list of countries, each with a list."""
    notes.know(body, ID | {"results"})
    for country in notes.objects(body.get("results")):
        notes.know(country, _COUNTRY_OF_RELEASES, "results.")
        code = country.get("iso_3166_1")
        for row in notes.objects(country.get("release_dates")):
            if isinstance(code, str) and code:
                yield (code,), row
            else:
                notes.unreadable += 1


def providers(body: dict[str, Any], notes: Notes) -> Found:
    """An object keyed by country, in it one list for each way to watch; a new way is a new kind, not a leftover."""
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
