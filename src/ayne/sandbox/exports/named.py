"""The daily exports of what is neither a film nor a series: keywords, companies, networks and people.

None of these ever changes in the sandbox, so the files of all days are the same. A keyword and a company are an id and
a name, as the recorded lines of networks are. A person has the keys of a film's line as far as they make sense, which
is a guess: no such line is recorded.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import msgspec

from ayne.sandbox.films.columns import Columns
from ayne.sandbox.films.people import PEOPLE, credited
from ayne.sandbox.series.networks import NETWORKS, network

from .daily import compressed


class Named(msgspec.Struct):
    """A line about a keyword or a company."""

    id: int
    name: str


class Person(msgspec.Struct):
    """A line about somebody."""

    adult: bool
    id: int
    name: str
    popularity: float


def _keywords(columns: Columns) -> list[Named]:
    lists = (columns.keyword_lists[code] for code in sorted(set(columns.keywords)))
    return _named({keyword.id: keyword.name for keyword in chain.from_iterable(lists)})


def _companies(columns: Columns) -> list[Named]:
    lists = (columns.company_lists[code] for code in sorted(set(columns.companies)))
    return _named({company.id: company.name for company in chain.from_iterable(lists)})


def _named(names: dict[int, str]) -> list[Named]:
    return [Named(number, name) for number, name in sorted(names.items())]


def _people(*, adult: bool) -> Callable[[Columns], Iterator[Person]]:
    def lines(columns: Columns) -> Iterator[Person]:
        for body in map(credited, PEOPLE):
            if body["adult"] is adult:
                yield Person(adult, body["id"], body["name"], body["popularity"])

    return lines


def _networks(columns: Columns) -> Iterator[Named]:
    for number in range(1, NETWORKS + 1):
        found = network(number)
        if found is not None:
            yield Named(number, found.name)


_LINES: dict[str, Callable[[Columns], Iterable[msgspec.Struct]]] = {
    "keyword_ids": _keywords,
    "production_company_ids": _companies,
    "tv_network_ids": _networks,
    "person_ids": _people(adult=False),
    "adult_person_ids": _people(adult=True),
}
NAMES = frozenset(_LINES)


def written(name: str, columns: Columns) -> bytes:
    """Return one of these files for the films in the columns."""
    return compressed([list(_LINES[name](columns))])
