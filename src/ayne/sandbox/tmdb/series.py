"""Series, their seasons and episodes, and lists of series: `/tv/…`, `/discover/tv`, `/trending/tv`.

Whatever stands below a series is asked for by its path there, alone or appended: `season/2` is appended like a part,
and comes with all of its episodes. Twenty such names fit in one request; what does not exist is left out.

https://developer.themoviedb.org/reference/tv-series-details
https://developer.themoviedb.org/docs/append-to-response
"""

from collections.abc import Callable
from datetime import timedelta

from ayne.sandbox.discovery import InvalidDate, Parameters
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.marks import of_mark
from ayne.sandbox.series.discovery import SeriesQuery
from ayne.sandbox.series.parts import EPISODE_PARTS, PARTS, SEASON_PARTS, group
from ayne.sandbox.series.troupe import MARKED

from .appending import names, with_parts
from .change_feed import series_changes
from .languages import images_in, videos_in
from .lists import listed, trending
from .movies import first_page_of, lists_with
from .questions import DENIED, MISSING, NO_DATE, Endpoint, Mistake, Question

_TOP_RATED = {"sort_by": "vote_average.desc", "vote_count.gte": "200"}
_A_WEEK = timedelta(days=7)
#: Parts that do not say which series they are of.
_NAMELESS = ("recommendations", "similar")
#: Parts of which a question can choose some.
_CHOSEN: dict[str, Callable[[Body, Question], Body]] = {
    "images": images_in,
    "recommendations": first_page_of,
    "reviews": first_page_of,
    "similar": first_page_of,
    "videos": videos_in,
}


def query_of(filters: Parameters) -> SeriesQuery:
    """Return the filters as a query.

    Raises:
        Mistake: A date is none.
    """
    try:
        return SeriesQuery.parse(filters)
    except InvalidDate:
        raise Mistake(NO_DATE) from None


def _details(question: Question) -> Body:
    return _details_of(question, question.number())


def _details_of(question: Question, series_id: int) -> Body:
    wanted = names(question)
    body = question.world.television.details(series_id, wanted, question.now)
    if body is None:
        raise Mistake(MISSING)
    chosen = {name: _chosen(name, body[name], question) for name in wanted if name in body}
    return with_parts(body | chosen, question, _BESIDE)


def _chosen(name: str, body: Body, question: Question) -> Body:
    """Return what a question chooses of a part, of the series or of something below it."""
    choose = _CHOSEN.get(name.rpartition("/")[2])
    return choose(body, question) if choose and not name.endswith("watch/providers") else body


def _part(name: str) -> Endpoint:
    def answer(question: Question) -> Body:
        body = _known(question, name)
        if name in _NAMELESS:
            del body["id"]
        return _chosen(name, body, question)

    return answer


def _known(question: Question, name: str) -> Body:
    body = question.world.television.part(question.number(), name, question.now)
    if body is None:
        raise Mistake(MISSING)
    return body


def _below(question: Question) -> Body:
    """Return a season, an episode, or a part of one, with what is to be appended."""
    name = question.request.path.split("/", 4)[4]
    body = _chosen(name, _known(question, name), question)
    for appended in names(question):
        path = f"{name}/{appended}"
        part = question.world.television.part(question.number(), path, question.now)
        if part is not None:
            body[appended] = {key: value for key, value in _chosen(path, part, question).items() if key != "id"}
    return body


def _account_states(question: Question) -> Body:
    """There are no accounts, so nobody can have signed in to one."""
    raise Mistake(DENIED)


def _lists(question: Question) -> Body:
    return lists_with(_known(question, "external_ids")["id"], "tv", question)


def _group(question: Question) -> Body:
    marked = of_mark(question.subject)
    if marked is None or marked[0] < MARKED:
        raise Mistake(MISSING)
    scene = question.world.television.scene(marked[0] - MARKED, question.now)
    series = None if scene is None else scene.series(marked[0] - MARKED)
    found = None if series is None else group(series, question.subject)
    if found is None:
        raise Mistake(MISSING)
    return found


def _discover(question: Question) -> Body:
    return _listed(question, question.parameters)


def _listed(question: Question, filters: Parameters) -> Body:
    question.page()
    return listed(question, question.television, query_of(filters))


def _airing(days: timedelta) -> Endpoint:
    """Answer with the series that have an episode today, or until some days later."""

    def answer(question: Question) -> Body:
        last = question.today + days
        return _listed(question, {"air_date.gte": question.today.isoformat(), "air_date.lte": last.isoformat()})

    return answer


def _trending(question: Question) -> Body:
    return trending(question, question.television, SeriesQuery(), "tv")


def _latest(question: Question) -> Body:
    television = question.television
    return _details_of(question, max(television.ids(range(len(television))), default=0))


#: What can be appended and is no part of the series itself.
_BESIDE: dict[str, Endpoint] = {"changes": series_changes, "lists": _lists}

_SEASON, _EPISODE = "/3/tv/{}/season/{}", "/3/tv/{}/season/{}/episode/{}"

ROUTES: dict[str, Endpoint] = {
    "/3/discover/tv": _discover,
    "/3/trending/tv/day": _trending,
    "/3/trending/tv/week": _trending,
    "/3/tv/airing_today": _airing(timedelta(0)),
    "/3/tv/on_the_air": _airing(_A_WEEK),
    "/3/tv/popular": lambda question: _listed(question, {}),
    "/3/tv/top_rated": lambda question: _listed(question, _TOP_RATED),
    "/3/tv/latest": _latest,
    "/3/tv/episode_group/{}": _group,
    "/3/tv/{}": _details,
    "/3/tv/{}/account_states": _account_states,
    "/3/tv/{}/lists": _lists,
    **{f"/3/tv/{{}}/{name}": _part(name) for name in PARTS},
    _SEASON: _below,
    f"{_SEASON}/account_states": _account_states,
    **{f"{_SEASON}/{name}": _below for name in SEASON_PARTS},
    _EPISODE: _below,
    f"{_EPISODE}/account_states": _account_states,
    **{f"{_EPISODE}/{name}": _below for name in EPISODE_PARTS},
}
