"""Search by name: films, series, people, companies, keywords and collections.

TMDB's own search is fuzzy in ways that nobody has written down. Here every word of the query must begin a word of the
name, in any order, whatever its case and accents; what is called exactly so comes first, then what is popular.

https://developer.themoviedb.org/reference/search-movie
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from ayne.sandbox import directory
from ayne.sandbox.films.columns import Body, Company, Keyword
from ayne.sandbox.films.people import PEOPLE, credited
from ayne.sandbox.series.discovery import SeriesQuery
from ayne.sandbox.title_index import Matches

from .collection_pages import search_row
from .lists import page_of, query_of
from .persons import by_popularity, known_for
from .questions import Endpoint, Question

T = TypeVar("T")

_FILTERS = ("include_adult", "primary_release_year", "year")


def _movie(question: Question) -> Body:
    catalogue = question.catalogue
    filters = _filters(question)
    found = _films(question, filters)
    # A region decides which date is shown, and leaves nobody out.
    shown = query_of(filters | {"region": question.parameters.get("region", "")})
    key = ("search movie", searched(question), shown)
    return page_of(question, found, key, lambda position: catalogue.summary(position, shown))


def _films(question: Question, filters: dict[str, str]) -> list[int]:
    """Return the positions of the films that are found."""
    query = searched(question)
    if not query:
        return []
    matches = directory.titles(question.catalogue).search(query)
    # Nothing found is the answer to most searches, and needs no list of a million films in their order.
    return ordered_matches(question.catalogue.discover(query_of(filters)) if matches.all else (), matches)


def _filters(question: Question) -> dict[str, str]:
    # `include_video` is no parameter of searches: they find videos as well.
    chosen = {name: question.parameters[name] for name in _FILTERS if name in question.parameters}
    return chosen | {"include_video": "true"}


def ordered_matches(found: Iterable[int], matches: Matches) -> list[int]:
    """Return what was found in this order, but what is called exactly so first."""
    return sorted((each for each in found if each in matches.all), key=lambda each: each not in matches.exact)


def searched(question: Question) -> str:
    """Return what is searched for. TMDB refused a search for nothing until 2021; since 2023 it finds nothing."""
    return question.parameters.get("query", "").strip()


def _person(question: Question) -> Body:
    def row(person_id: int) -> Body:
        return credited(person_id) | {"known_for": known_for(question, person_id)}

    return page_of(question, _people(question), ("search person", searched(question)), row)


def _people(question: Question) -> list[int]:
    """Return the ids of the people who are found."""
    matches = directory.people_names().search(searched(question))
    first = PEOPLE[0]
    by_id = Matches(frozenset(first + each for each in matches.all), frozenset(first + each for each in matches.exact))
    adult = question.parameters.get("include_adult") == "true"
    found = ordered_matches(by_popularity(question) if matches.all else (), by_id)
    return [each for each in found if adult or not credited(each)["adult"]]


def _company(question: Question) -> Body:
    named = list(directory.companies(question.catalogue).values())
    matches = directory.company_names(question.catalogue).search(searched(question))
    return _page(question, "company", [named[each] for each in ordered_matches(range(len(named)), matches)], _fields)


def _keyword(question: Question) -> Body:
    named = list(directory.keywords(question.catalogue).values())
    matches = directory.keyword_names(question.catalogue).search(searched(question))
    return _page(question, "keyword", [named[each] for each in ordered_matches(range(len(named)), matches)], _fields)


def _collection(question: Question) -> Body:
    named = list(directory.collections(question.catalogue).values())
    matches = directory.collection_names(question.catalogue).search(searched(question))
    return _page(
        question, "collection", [named[each] for each in ordered_matches(range(len(named)), matches)], search_row
    )


def _page(question: Question, kind: str, found: list[T], row: Callable[[T], Body]) -> Body:
    return page_of(question, found, (f"search {kind}", searched(question)), row)


def _fields(named: Company | Keyword) -> Body:
    return dict(named._asdict())


def _multi(question: Question) -> Body:
    """Return films, series and people."""
    catalogue, television = question.catalogue, question.television
    adult = question.parameters.get("include_adult", "false")
    films = _films(question, {"include_adult": adult, "include_video": "true"})
    found = [(catalogue.columns.popularities[each], "movie", each) for each in films]
    series = series_found(question, SeriesQuery.parse({"include_adult": adult}))
    found += [(television.columns.popularities[each], "tv", each) for each in series]
    found += [(credited(each)["popularity"], "person", each) for each in _people(question)]
    found.sort(key=lambda each: -each[0])

    def row(each: tuple[float, str, int]) -> Body:
        _, kind, number = each
        if kind == "person":
            return credited(number) | {"known_for": known_for(question, number), "media_type": kind}
        return (catalogue.summary(number) if kind == "movie" else television.summary(number)) | {"media_type": kind}

    return _page(question, "multi", found, row)


def series_found(question: Question, query: SeriesQuery) -> list[int]:
    """Return the positions of the series that are found."""
    matches = directory.titles(question.television).search(searched(question))
    return ordered_matches(question.television.discover(query) if matches.all else (), matches)


def _series(question: Question) -> Body:
    query = SeriesQuery.of_search(question.parameters)
    key = ("search tv", searched(question), query)
    return page_of(question, series_found(question, query), key, question.television.summary)


ROUTES: dict[str, Endpoint] = {
    "/3/search/collection": _collection,
    "/3/search/company": _company,
    "/3/search/keyword": _keyword,
    "/3/search/movie": _movie,
    "/3/search/multi": _multi,
    "/3/search/person": _person,
    "/3/search/tv": _series,
}
