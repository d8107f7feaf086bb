"""Lists of films, a page at a time: `/discover/movie`, the named lists that TMDB makes of it, and trending ones.

https://developer.themoviedb.org/reference/discover-movie
https://developer.themoviedb.org/reference/movie-popular-list
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from ayne.sandbox.discovery import Filters, InvalidDate, Parameters, Query
from ayne.sandbox.films.columns import Body
from ayne.sandbox.holdings import Holdings
from ayne.sandbox.pages import PAGE_SIZE, Paging
from ayne.sandbox.series.discovery import SeriesQuery

from .questions import NO_DATE, Endpoint, Mistake, Question

T = TypeVar("T")
Q = TypeVar("Q", bound=Filters)

# What TMDB's documentation shows as the windows of a day in May 2023: seven weeks, and the three after them.
_IN_CINEMAS, _COMING = timedelta(days=48), timedelta(days=20)
_NAMED = {
    "popular": {"sort_by": "popularity.desc"},
    "top_rated": {"sort_by": "vote_average.desc", "vote_count.gte": "200", "without_genres": "99,10755"},
}


def page_of(question: Question, found: Sequence[T], key: object, row: Callable[[T], Body]) -> Body:
    """Return the page that is asked for; `key` tells this list from all others."""
    page = question.page()
    paging = Paging.of(key, len(found), question.short_pages)
    rows = [row(found[rank]) for rank in question.snapshot.rows(len(found), paging.rows(page))]
    reported = replace(paging, total=question.snapshot.total(len(found), PAGE_SIZE))
    return {"page": page, "results": rows, **reported.totals(question.totals)}


def discovered(question: Question, filters: Parameters) -> Body:
    """Return the page that is asked for of the films that pass the filters."""
    question.page()
    return listed(question, question.catalogue, query_of(filters))


def listed(question: Question, holdings: Holdings[Any, Any, Q], query: Q) -> Body:
    """Return the page that is asked for of the works that match a query."""
    ties = question.request.ties
    found = holdings.discover_among(query, ties) if ties else holdings.discover(query)
    return page_of(question, found, query, lambda position: holdings.summary(position, query))


def query_of(filters: Parameters) -> Query:
    """Return the filters as a query.

    Raises:
        Mistake: A date is none.
    """
    try:
        return Query.parse(filters)
    except InvalidDate:
        raise Mistake(NO_DATE) from None


def _discover(question: Question) -> Body:
    return discovered(question, question.parameters)


def _named(name: str) -> Endpoint:
    return lambda question: discovered(question, _region(question) | _NAMED[name])


def _now_playing(question: Question) -> Body:
    return _between(question, question.today - _IN_CINEMAS, question.today)


def _upcoming(question: Question) -> Body:
    return _between(question, question.today + timedelta(days=1), question.today + _COMING)


def _between(question: Question, first: date, last: date) -> Body:
    """Return the films that come to the cinemas in these days."""
    filters = {
        "release_date.gte": first.isoformat(),
        "release_date.lte": last.isoformat(),
        "with_release_type": "2|3",
    }
    dates = {"maximum": last.isoformat(), "minimum": first.isoformat()}
    return {"dates": dates, **discovered(question, _region(question) | filters)}


def _region(question: Question) -> dict[str, str]:
    return {"region": question.parameters["region"]} if "region" in question.parameters else {}


def _trending(question: Question) -> Body:
    return trending(question, question.catalogue, query_of(_NAMED["popular"]), "movie")


def trending(question: Question, holdings: Holdings[Any, Any, Q], query: Q, medium: str) -> Body:
    """Return the page that is asked for of what trends of one kind: what matches a query, in its order."""

    def row(position: int) -> Body:
        return holdings.summary(position) | {"media_type": medium}

    return page_of(question, holdings.discover(query), ("trending", query), row)


def _trending_all(question: Question) -> Body:
    films, series = question.catalogue, question.television
    if not len(series):
        return _trending(question)
    best = films.discover(query_of(_NAMED["popular"]))
    found: list[tuple[Holdings[Any, Any, Any], str, int]] = [(films, "movie", position) for position in best]
    found += [(series, "tv", position) for position in series.discover(SeriesQuery())]
    found.sort(key=lambda each: -each[0].columns.popularities[each[2]])
    return page_of(question, found, "trending all", lambda each: each[0].summary(each[2]) | {"media_type": each[1]})


ROUTES: dict[str, Endpoint] = {
    "/3/discover/movie": _discover,
    "/3/movie/popular": _named("popular"),
    "/3/movie/top_rated": _named("top_rated"),
    "/3/movie/now_playing": _now_playing,
    "/3/movie/upcoming": _upcoming,
    # People trend on a list of their own.
    "/3/trending/all/day": _trending_all,
    "/3/trending/all/week": _trending_all,
    "/3/trending/movie/day": _trending,
    "/3/trending/movie/week": _trending,
}
