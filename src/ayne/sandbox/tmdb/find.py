"""What another site's id means here: `/find/{external_id}`.

https://developer.themoviedb.org/reference/find-by-id
"""

from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.external_ids import film_called
from ayne.sandbox.films.people import credited

from .persons import known_for, person_called
from .questions import WRONG_PARAMETERS, Endpoint, Mistake, Question

_SOURCES = (
    "imdb_id", "facebook_id", "instagram_id", "tvdb_id", "tiktok_id", "twitter_id", "wikidata_id", "youtube_id",
)  # fmt: skip


def _find(question: Question) -> Body:
    source = question.parameters.get("external_source", "")
    if source not in _SOURCES:
        raise Mistake(WRONG_PARAMETERS)
    film = _film(question, source)
    person_id = person_called(question.subject) if source == "imdb_id" else None
    return {
        "movie_results": [] if film is None else [question.catalogue.summary(film) | {"media_type": "movie"}],
        "person_results": [] if person_id is None else [_person(question, person_id)],
        "tv_results": [],
        "tv_episode_results": [],
        "tv_season_results": [],
    }


def _film(question: Question, source: str) -> int | None:
    """Return the position of the film that is called so."""
    if source == "imdb_id":
        return question.catalogue.position(question.subject) if question.subject.startswith("tt") else None
    candidate = film_called(source, question.subject)
    # It could be called so; whether it is, the film itself must say.
    names = None if candidate is None else question.world.part(candidate, "external_ids", question.now)
    if candidate is None or names is None or names[source] != question.subject:
        return None
    return question.catalogue.position(candidate)


def _person(question: Question, person_id: int) -> Body:
    return credited(person_id) | {"media_type": "person", "known_for": known_for(question, person_id)}


ROUTES: dict[str, Endpoint] = {"/3/find/{}": _find}
