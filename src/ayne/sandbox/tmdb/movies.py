"""One film: `/movie/{id}`, its parts, and the parts appended to it.

https://developer.themoviedb.org/reference/movie-details
https://developer.themoviedb.org/docs/append-to-response
"""

from collections.abc import Callable
from dataclasses import replace

from ayne.sandbox.chance import Dice
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.legacy_parts import LEGACY
from ayne.sandbox.films.parts import PARTS

from .appending import names, with_parts
from .change_feed import film_changes
from .languages import images_in, videos_in
from .questions import DENIED, MISSING, Endpoint, Mistake, Question


def details(question: Question) -> Body:
    """Return a film, with the parts that are to be appended.

    Raises:
        Mistake: There is no such film, or too much is to be appended.
    """
    return _details(question, question.film_id())


def _details(question: Question, film_id: int | str) -> Body:
    wanted = names(question)
    body = question.world.details(film_id, wanted, question.now)
    if body is None:
        raise Mistake(MISSING)
    chosen = {name: _CHOSEN[name](body[name], question) for name in wanted if name in body and name in _CHOSEN}
    return with_parts(body | chosen, replace(question, subjects=(str(film_id),)), _BESIDE)


def _part(name: str) -> Callable[[Question], Body]:
    def answer(question: Question) -> Body:
        body = _known(question, name)
        if name in _NAMELESS:
            del body["id"]
        return _CHOSEN[name](body, question) if name in _CHOSEN else body

    return answer


def _known(question: Question, name: str) -> Body:
    body = question.world.part(question.film_id(), name, question.now)
    if body is None:
        raise Mistake(MISSING)
    return body


def _legacy(name: str) -> Callable[[Question], Body]:
    source, made = LEGACY[name]
    part = _part(source)
    return lambda question: made(part(question))


def _lists(question: Question) -> Body:
    """Return the lists of other people that a film is on."""
    return lists_with(_known(question, "external_ids")["id"], "movie", question)


def lists_with(work_id: int, medium: str, question: Question) -> Body:
    """Return the lists of other people that a film or a series is on."""
    dice = Dice("lists", work_id) if medium == "movie" else Dice("lists", medium, work_id)
    rows = [_list(dice, medium) for _ in range(dice.pick((0, 0, 1, 2, 5)))]
    body = {"id": work_id, "page": 1, "results": rows, "total_pages": 1, "total_results": len(rows)}
    return first_page_of(body, question)


def _list(dice: Dice, medium: str) -> Body:
    return {
        "description": dice.pick(("", words.TAGLINES[0], words.TAGLINES[1])),
        "favorite_count": dice.below(4),
        "id": dice.between(1, 8_400_000),
        "item_count": dice.between(1, 900),
        "iso_3166_1": "US",
        "iso_639_1": "en",
        **({"list_type": medium} if medium == "movie" else {}),
        "name": f"{dice.pick(words.ADJECTIVES)} films",
        "poster_path": None,
    }


def _account_states(question: Question) -> Body:
    """There are no accounts, so nobody can have signed in to one."""
    raise Mistake(DENIED)


def _latest(question: Question) -> Body:
    catalogue = question.catalogue
    return _details(question, max(catalogue.ids(range(len(catalogue))), default=0))


def first_page_of(body: Body, question: Question) -> Body:
    """Return the page that is asked for of what fits on one: other films, reviews, lists."""
    page = question.page()
    return body if page == 1 else body | {"page": page, "results": []}


def _alternative_titles(body: Body, question: Question) -> Body:
    country = question.parameters.get("country")
    if country is None:
        return body
    return body | {"titles": [title for title in body["titles"] if title["iso_3166_1"] == country]}


#: Parts that do not say which film they are of.
_NAMELESS = ("recommendations", "similar")
#: Parts of which a question can choose some.
_CHOSEN: dict[str, Callable[[Body, Question], Body]] = {
    "alternative_titles": _alternative_titles,
    "images": images_in,
    "recommendations": first_page_of,
    "reviews": first_page_of,
    "similar": first_page_of,
    "videos": videos_in,
}
#: What can be appended and is no part of the film itself.
_BESIDE: dict[str, Endpoint] = {
    "changes": film_changes,
    "lists": _lists,
    **{name: _legacy(name) for name in LEGACY},
}

ROUTES: dict[str, Endpoint] = {
    "/3/movie/{}": details,
    "/3/movie/latest": _latest,
    "/3/movie/{}/account_states": _account_states,
    "/3/movie/{}/lists": _lists,
    **{f"/3/movie/{{}}/{name}": _part(name) for name in PARTS},
    **{f"/3/movie/{{}}/{name}": _legacy(name) for name in LEGACY},
}
