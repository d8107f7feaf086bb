"""The other daily exports: people, keywords, companies, networks and collections.

Each line is an id and a name, as the recorded lines of networks are, and all that have a page of their own stand in the
file, whether or not a film names them. Names never change in the sandbox: only collections come, with new films, and
people go. A line of a person has the keys of a film's as far as they make sense.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping

import msgspec

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.directory import collections, companies, keywords
from ayne.sandbox.films.people import PEOPLE, credited
from ayne.sandbox.series.networks import NETWORKS, network

from .daily import compressed


class Named(msgspec.Struct):
    """A line about something that has a name."""

    id: int
    name: str


class Person(msgspec.Struct):
    """A line about somebody."""

    adult: bool
    id: int
    name: str
    popularity: float


def _named(names: Mapping[int, str]) -> list[Named]:
    return [Named(number, name) for number, name in sorted(names.items())]


def _keywords(films: Catalogue) -> list[Named]:
    return _named({number: found.name for number, found in keywords(films).items()})


def _companies(films: Catalogue) -> list[Named]:
    return _named({number: found.name for number, found in companies(films).items()})


def _collections(films: Catalogue) -> list[Named]:
    return _named({number: found["name"] for number, found in collections(films).items()})


def _networks(films: Catalogue) -> list[Named]:
    every = ((number, network(number)) for number in range(1, NETWORKS + 1))
    return _named({number: found.name for number, found in every if found is not None})


def _people(gone: Container[int], *, adult: bool) -> Iterator[Person]:
    for body in map(credited, PEOPLE):
        if body["adult"] is adult and body["id"] not in gone:
            yield Person(adult, body["id"], body["name"], body["popularity"])


_NAMED: dict[str, Callable[[Catalogue], Iterable[Named]]] = {
    "collection_ids": _collections,
    "keyword_ids": _keywords,
    "production_company_ids": _companies,
    "tv_network_ids": _networks,
}
_PEOPLE = {"person_ids": False, "adult_person_ids": True}
#: The files there are, and those that are the same on all days.
NAMES = frozenset({*_NAMED, *_PEOPLE})
UNCHANGING = frozenset({*_NAMED} - {"collection_ids"})


def written(name: str, films: Catalogue, gone: Container[int]) -> bytes:
    """Return one of these files.

    Args:
        name: Which one.
        films: Those that lists know of when it is made.
        gone: The ids of the people who are left out.
    """
    if name in _PEOPLE:
        return compressed([list(_people(gone, adult=_PEOPLE[name]))])
    return compressed([list(_NAMED[name](films))])
