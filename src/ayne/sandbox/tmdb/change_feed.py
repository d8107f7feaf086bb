"""Serve the changes: `/movie/changes` names the films, `/movie/{id}/changes` says what and when; likewise for series.

https://developer.themoviedb.org/docs/tracking-content-changes
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.people import PEOPLE
from ayne.sandbox.pages import MOST_PAGES, PAGE_SIZE
from ayne.sandbox.population import Population, episode_changes, season_changes, start_of

from .questions import LONG_RANGE, MISSING, Endpoint, Mistake, Question

#: Which works a list of changes is about.
Kind = Callable[[Question], Population[Any]]

_A_PAGE = 100
_LONGEST = timedelta(days=14)


def _changes(kind: Kind) -> Endpoint:
    def answer(question: Question) -> Body:
        question.page()
        return _page(question, kind(question).changes(*window(question), question.now))

    return answer


def _people_changes(question: Question) -> Body:
    question.page()
    return _page(question, question.world.people.changes(*_moments(question), question.now))


def person_changes(question: Question) -> Body:
    """Return what has changed about somebody, also about who is gone since.

    Raises:
        Mistake: There never was such a person, or the dates are wrong.
    """
    moments, person_id = _moments(question), question.number()
    if person_id not in PEOPLE:
        raise Mistake(MISSING)
    return {"changes": question.world.people.changes_of(person_id, *moments, question.now)}


def _moments(question: Question) -> tuple[int, int]:
    """Return the last moment before the days asked for, and the last moment of them."""
    first, last = window(question)
    return start_of(first) - 1, start_of(last + timedelta(days=1)) - 1


def _page(question: Question, rows: list[Body]) -> Body:
    page = question.page()
    pages = max(1, -(-len(rows) // _A_PAGE))
    shown, most = len(rows), pages
    if question.totals == "clamped":
        shown, most = min(shown, MOST_PAGES * PAGE_SIZE), min(pages, MOST_PAGES)
    start = (page - 1) * _A_PAGE
    # This one list has its keys in another order than all the others.
    return {"results": rows[start : start + _A_PAGE], "page": page, "total_pages": most, "total_results": shown}


def film_changes(question: Question) -> Body:
    """Return what has changed about one film.

    Raises:
        Mistake: There never was such a film, or the dates are wrong.
    """
    first, last = window(question)
    film_id = question.film_id()
    if isinstance(film_id, str):
        position = question.catalogue.position(film_id)
        if position is None:
            raise Mistake(MISSING)
        (film_id,) = question.catalogue.ids([position])
    changes = question.world.changes_of(film_id, first, last, question.now)
    if changes is None:
        raise Mistake(MISSING)
    return {"changes": changes}


def _of_one(tell: Callable[..., list[Body] | None]) -> Endpoint:
    """Answer with what has changed about one series, or one of its seasons or episodes."""

    def answer(question: Question) -> Body:
        changes = tell(question.world.television, question.number(), *window(question), question.now)
        if changes is None:
            raise Mistake(MISSING)
        return {"changes": changes}

    return answer


def window(question: Question) -> tuple[date, date]:
    """Return the days asked for: the last 24 hours, if nothing is said, and never more than two weeks."""
    start, end = question.day("start_date"), question.day("end_date")
    last = end or question.today
    first = start or last - timedelta(days=1)
    if not timedelta(0) <= last - first <= _LONGEST:
        raise Mistake(LONG_RANGE)
    return first, last


series_changes = _of_one(Population.changes_of)

ROUTES: dict[str, Endpoint] = {
    "/3/movie/changes": _changes(lambda question: question.world),
    "/3/tv/changes": _changes(lambda question: question.world.television),
    "/3/tv/{}/changes": series_changes,
    "/3/tv/season/{}/changes": _of_one(season_changes),
    "/3/tv/episode/{}/changes": _of_one(episode_changes),
    "/3/movie/{}/changes": film_changes,
    "/3/person/changes": _people_changes,
}
