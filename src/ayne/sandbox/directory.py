"""The companies, keywords and collections that the films of a catalogue name, and all of them by name.

The lists are made when somebody asks for the first of them, once for each catalogue.
"""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.films.columns import Body, Company, Keyword
from ayne.sandbox.films.franchises import collections_below, possible_parts
from ayne.sandbox.films.people import PEOPLE, credited
from ayne.sandbox.holdings import Holdings

from .filmography import Filmographies
from .title_index import TitleIndex

H = TypeVar("H", bound=Holdings[Any, Any, Any])
T = TypeVar("T")


class OncePerCatalogue(Generic[H, T]):
    """A function of films or series that keeps what it has made, for as long as they are there.

    Who asks while it is being made waits for it, and it is not made twice.

    Args:
        make: The function. What it returns must not hold the catalogue.
    """

    def __init__(self, make: Callable[[H], T]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[H, T] = WeakKeyDictionary()
        self._lock = Lock()

    def __call__(self, catalogue: H) -> T:
        """Return what belongs to this catalogue."""
        with self._lock:
            if catalogue not in self._made:
                self._made[catalogue] = self._make(catalogue)
            return self._made[catalogue]


def _companies(catalogue: Catalogue) -> dict[int, Company]:
    return {company.id: company for several in catalogue.columns.company_lists for company in several}


def _keywords(catalogue: Catalogue) -> dict[int, Keyword]:
    return {keyword.id: keyword for several in catalogue.columns.keyword_lists for keyword in several}


def _collections(catalogue: Catalogue) -> dict[int, Body]:
    found: dict[int, Body] = {}
    for collection_id in collections_below(newest(catalogue)):
        film_id = next((each for each in possible_parts(collection_id) if catalogue.position(each) is not None), None)
        if film_id is None:
            continue
        collection = (catalogue.details(film_id) or {})["belongs_to_collection"]
        if collection is None:
            # The films of a table are real, and belong to no invented collection.
            break
        found[collection_id] = collection
    return found


#: By their ids.
companies = OncePerCatalogue(_companies)
keywords = OncePerCatalogue(_keywords)
collections = OncePerCatalogue(_collections)


def _filmographies(works: Holdings[Any, Any, Any]) -> Filmographies:
    return Filmographies(works.columns, works.beside_ensemble)


def _titles(works: Holdings[Any, Any, Any]) -> TitleIndex:
    return TitleIndex(works.titles(position) for position in range(len(works)))


#: The films of people, or their series.
filmographies = OncePerCatalogue(_filmographies)

_Names = OncePerCatalogue[Catalogue, TitleIndex]
#: By their names; a position is that of the dictionaries above, and of the films.
company_names: _Names = OncePerCatalogue(lambda films: TitleIndex((each.name,) for each in companies(films).values()))
keyword_names: _Names = OncePerCatalogue(lambda films: TitleIndex((each.name,) for each in keywords(films).values()))
collection_names: _Names = OncePerCatalogue(
    lambda films: TitleIndex((each["name"],) for each in collections(films).values())
)
titles = OncePerCatalogue(_titles)


def films_of(works: Holdings[Any, Any, Any], person_id: int) -> list[int]:
    """Return the positions of all films, or series, that somebody was in, the most popular first."""
    popularities = works.columns.popularities
    found = sorted(filmographies(works).films(person_id))
    return sorted(found, key=lambda position: -popularities[position])


def newest(catalogue: Catalogue) -> int:
    """Return the highest id of all films; 0 when there is none."""
    return max(catalogue.columns.ids, default=0)


def parts_of(catalogue: Catalogue, collection_id: int) -> list[int]:
    """Return the positions of the films that belong to a collection."""
    found = []
    for film_id in possible_parts(collection_id):
        collection = (catalogue.details(film_id) or {}).get("belongs_to_collection")
        position = catalogue.position(film_id)
        if position is not None and collection and collection["id"] == collection_id:
            found.append(position)
    return found


@cache
def people_names() -> TitleIndex:
    """Return the names of all people; a position counts from the lowest id."""
    return TitleIndex((credited(each)["name"],) for each in PEOPLE)


@cache
def people_by_popularity() -> tuple[int, ...]:
    """Return the ids of all people, the best known first."""
    return tuple(sorted(PEOPLE, key=lambda each: -credited(each)["popularity"]))
