"""Find works by ids of other sites: `/find/{external_id}`.

https://developer.themoviedb.org/reference/find-by-id
"""

from ayne.sandbox.films.biographies import person_called
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.external_ids import film_called
from ayne.sandbox.films.people import credited
from ayne.sandbox.series.external_ids import episode_called, series_of_tvdb
from ayne.sandbox.series.parts import EPISODE_PARTS
from ayne.sandbox.series.plan import series_of_episode

from .persons import known_for
from .questions import WRONG_PARAMETERS, Endpoint, Mistake, Question

_SOURCES = (
    "imdb_id", "facebook_id", "instagram_id", "tvdb_id", "tiktok_id", "twitter_id", "wikidata_id", "youtube_id",
)  # fmt: skip


def _find(question: Question) -> Body:
    source = question.parameters.get("external_source", "")
    if source not in _SOURCES:
        raise Mistake(WRONG_PARAMETERS)
    film = _film(question, source)
    person_id = _person_id(question) if source == "imdb_id" else None
    series = _series(question, source)
    episode = _episode(question, source)
    return {
        "movie_results": [] if film is None else [question.catalogue.summary(film) | {"media_type": "movie"}],
        "person_results": [] if person_id is None else [_person(question, person_id)],
        "tv_results": [] if series is None else [question.television.summary(series) | {"media_type": "tv"}],
        "tv_episode_results": [] if episode is None else [episode],
        "tv_season_results": [],
    }


def _person_id(question: Question) -> int | None:
    """Return the id of the person who is called so."""
    found = person_called(question.subject)
    return found if found is not None and question.world.people.exists(found, question.now) else None


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


def _series(question: Question, source: str) -> int | None:
    """Return the position of the series that is called so."""
    if source == "imdb_id":
        return question.television.position(question.subject) if question.subject.startswith("tt") else None
    candidate = series_of_tvdb(question.subject) if source == "tvdb_id" else None
    names = None if candidate is None else question.world.television.part(candidate, "external_ids", question.now)
    if candidate is None or names is None or str(names["tvdb_id"]) != question.subject:
        return None
    return question.television.position(candidate)


def _episode(question: Question, source: str) -> Body | None:
    """Return the episode that is called so."""
    candidate = episode_called(source, question.subject)
    if candidate is None:
        return None
    series_id, ordinal = series_of_episode(candidate)
    scene = question.world.television.scene(series_id, question.now)
    series = None if scene is None else scene.series(series_id)
    if series is None:
        return None
    for season, place in series.guide.episodes():
        if season.base + place == ordinal:
            names = EPISODE_PARTS["external_ids"](series, season, place)
            is_it = str(names[source]) == question.subject
            return series.guide.shown(season, place) | {"media_type": "tv_episode"} if is_it else None
    return None


def _person(question: Question, person_id: int) -> Body:
    return credited(person_id) | {"media_type": "person", "known_for": known_for(question, person_id)}


ROUTES: dict[str, Endpoint] = {"/3/find/{}": _find}
