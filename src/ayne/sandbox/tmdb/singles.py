"""One entry of a film's or a series' parts, by an id of its own: `/credit/{id}` and `/review/{id}`.

https://developer.themoviedb.org/reference/credit-details
https://developer.themoviedb.org/reference/review-details
"""

from typing import Any

from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.marks import of_mark
from ayne.sandbox.holdings import Holdings
from ayne.sandbox.population import Population
from ayne.sandbox.series.troupe import MARKED

from .questions import MISSING, Endpoint, Mistake, Question

_OF_A_CREDIT = ("cast_id", "character", "credit_id", "department", "job", "order")


def _credit(question: Question) -> Body:
    row, entries = _entries(question, "credits", ("cast", "crew"))
    found = _with_id(entries, "credit_id", question.subject)
    is_acted = "character" in found
    person = {key: value for key, value in found.items() if key not in _OF_A_CREDIT} | {"media_type": "person"}
    # Of a series it is told which episodes and seasons a credit is of; one of all of them names none.
    told: Body = {"episodes": [], "seasons": []} if row["media_type"] == "tv" else {}
    return {
        "credit_type": "cast" if is_acted else "crew",
        "department": "Acting" if is_acted else found["department"],
        "job": "Actor" if is_acted else found["job"],
        "media": (row | {"character": found["character"]} if is_acted else row) | told,
        "media_type": row["media_type"],
        "id": question.subject,
        "person": person,
    }


def _review(question: Question) -> Body:
    row, entries = _entries(question, "reviews", ("results",))
    found = _with_id(entries, "id", question.subject)
    return found | {
        "iso_639_1": "en",
        "media_id": row["id"],
        "media_title": row["name" if row["media_type"] == "tv" else "title"],
        "media_type": row["media_type"],
    }


def _entries(question: Question, part: str, lists: tuple[str, ...]) -> tuple[Body, list[Body]]:
    """Return the row of the film or series that an id is of, and the entries of its part."""
    marked = of_mark(question.subject)
    if marked is None:
        raise Mistake(MISSING)
    is_series = marked[0] >= MARKED
    number = marked[0] - MARKED if is_series else marked[0]
    holdings: Holdings[Any, Any, Any] = question.television if is_series else question.catalogue
    population: Population[Any] = question.world.television if is_series else question.world
    position = holdings.position(number)
    if position is None:
        raise Mistake(MISSING)
    body = population.part(number, part, question.now) or {}
    row = holdings.summary(position) | {"media_type": "tv" if is_series else "movie"}
    return row, [entry for name in lists for entry in body.get(name, [])]


def _with_id(entries: list[Body], key: str, identity: str) -> Body:
    found = next((entry for entry in entries if entry[key] == identity), None)
    if found is None:
        raise Mistake(MISSING)
    return found


ROUTES: dict[str, Endpoint] = {"/3/credit/{}": _credit, "/3/review/{}": _review}
