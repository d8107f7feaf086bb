"""One entry of a film's parts, by an id of its own: `/credit/{id}` and `/review/{id}`.

https://developer.themoviedb.org/reference/credit-details
https://developer.themoviedb.org/reference/review-details
"""

from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.marks import of_mark

from .questions import MISSING, Endpoint, Mistake, Question

_OF_A_CREDIT = ("cast_id", "character", "credit_id", "department", "job", "order")


def _credit(question: Question) -> Body:
    film, entries = _entries(question, "credits", ("cast", "crew"))
    found = _with_id(entries, "credit_id", question.subject)
    is_acted = "character" in found
    person = {key: value for key, value in found.items() if key not in _OF_A_CREDIT} | {"media_type": "person"}
    row = question.catalogue.summary(film) | {"media_type": "movie"}
    return {
        "credit_type": "cast" if is_acted else "crew",
        "department": "Acting" if is_acted else found["department"],
        "job": "Actor" if is_acted else found["job"],
        "media": row | {"character": found["character"]} if is_acted else row,
        "media_type": "movie",
        "id": question.subject,
        "person": person,
    }


def _review(question: Question) -> Body:
    film, entries = _entries(question, "reviews", ("results",))
    found = _with_id(entries, "id", question.subject)
    row = question.catalogue.summary(film)
    return found | {
        "iso_639_1": "en",
        "media_id": row["id"],
        "media_title": row["title"],
        "media_type": "movie",
    }


def _entries(question: Question, part: str, lists: tuple[str, ...]) -> tuple[int, list[Body]]:
    """Return the position of the film that an id is of, and the entries of its part."""
    marked = of_mark(question.subject)
    film = None if marked is None else question.catalogue.position(marked[0])
    if marked is None or film is None:
        raise Mistake(MISSING)
    body = question.world.part(marked[0], part, question.now) or {}
    return film, [entry for name in lists for entry in body.get(name, [])]


def _with_id(entries: list[Body], key: str, identity: str) -> Body:
    found = next((entry for entry in entries if entry[key] == identity), None)
    if found is None:
        raise Mistake(MISSING)
    return found


ROUTES: dict[str, Endpoint] = {"/3/credit/{}": _credit, "/3/review/{}": _review}
