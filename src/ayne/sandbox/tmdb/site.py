"""TMDB's paths and rules: a request to `/3/…` in, TMDB's answer out.

The rules were taken from TMDB's documentation and from recorded traffic, not from a client: what an empty page
reports, which number an error has, that unknown parameters are ignored and that a name which is no number is a
different error than a number which is no film.

Here is who may ask, and which endpoint is asked; the endpoints stand in modules by their subject.
"""

from collections.abc import Iterator

from ayne.sandbox.answers import Answer, Request, error, ok
from ayne.sandbox.drift import Drift
from ayne.sandbox.pages import Totals
from ayne.sandbox.world import World

from . import change_feed, collection_pages, find, lists, movies, networks, persons, reference, search, series, singles
from .questions import DENIED, MISSING, Endpoint, Mistake, Question


def _denied(question: Question) -> object:
    """Nobody has signed in here, so nobody has an account."""
    raise Mistake(DENIED)


_OF_AN_ACCOUNT = (
    "/3/account",
    "/3/account/{}",
    "/3/account/{}/favorite/movies",
    "/3/account/{}/favorite/tv",
    "/3/account/{}/lists",
    "/3/account/{}/rated/movies",
    "/3/account/{}/rated/tv",
    "/3/account/{}/rated/tv/episodes",
    "/3/account/{}/watchlist/movies",
    "/3/account/{}/watchlist/tv",
)

#: The endpoints, by their path. `{}` is an id: `/3/movie/{}/credits`, `/3/tv/{}/season/{}`.
ENDPOINTS: dict[str, Endpoint] = {
    **change_feed.ROUTES,
    **collection_pages.ROUTES,
    **find.ROUTES,
    **lists.ROUTES,
    **movies.ROUTES,
    **networks.ROUTES,
    **persons.ROUTES,
    **reference.ROUTES,
    **search.ROUTES,
    **series.ROUTES,
    **singles.ROUTES,
    **dict.fromkeys(_OF_AN_ACCOUNT, _denied),
}

_NO_KEY, _NO_METHOD = 7, 42
#: Where ids can stand in a path.
_PLACES = ((3,), (4,), (3, 5), (3, 5, 7))
#: Where something can be written, by somebody who has signed in; nobody has here. By path: the methods, the error.
_WRITABLE: dict[str, tuple[tuple[str, ...], int]] = {
    "/3/movie/{}/rating": (("POST", "DELETE"), DENIED),
    "/3/tv/{}/rating": (("POST", "DELETE"), DENIED),
    "/3/tv/{}/season/{}/episode/{}/rating": (("POST", "DELETE"), DENIED),
    "/3/account/{}/favorite": (("POST",), DENIED),
    "/3/account/{}/watchlist": (("POST",), DENIED),
    "/3/list": (("POST",), DENIED),
    "/3/list/{}": (("DELETE",), DENIED),
    "/3/list/{}/add_item": (("POST",), DENIED),
    "/3/list/{}/remove_item": (("POST",), DENIED),
    "/3/list/{}/clear": (("POST",), DENIED),
    "/3/authentication/session/new": (("POST",), 33),
    "/3/authentication/session/convert/4": (("POST",), 35),
    "/3/authentication/token/validate_with_login": (("POST",), 33),
    "/3/authentication/session": (("DELETE",), 37),
}


class Tmdb:
    """The films of a world, served under TMDB's rules."""

    def __init__(
        self,
        world: World,
        totals: Totals,
        short_pages: float,
        api_keys: frozenset[str] | None,
        drift: Drift | None = None,
    ) -> None:
        self._world = world
        self._totals = totals
        self._short_pages = short_pages
        self._api_keys = api_keys
        self._drift = drift or Drift(0)

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request made at a moment (seconds since 1970); a path that TMDB does not have is code 34."""
        parameters = request.parameters()
        if not self._may_enter(parameters.get("api_key", ""), request.headers.get("authorization", "")):
            return error(_NO_KEY)
        if request.method != "GET":
            return error(_refusal(request))
        endpoint, subjects = endpoint_of(request.path)
        if endpoint is None:
            return error(MISSING)
        snapshot = self._drift.snapshot(request, now)
        question = Question(request, parameters, subjects, now, self._world, self._totals, self._short_pages, snapshot)
        try:
            return ok(endpoint(question))
        except Mistake as mistake:
            return error(mistake.code)

    def _may_enter(self, key: str, authorization: str) -> bool:
        """A v3 key comes as a parameter and a v4 token as a header; each in the other's place is refused."""
        token = authorization.removeprefix("Bearer ") if authorization.startswith("Bearer ") else ""
        return (_is_key(key) and self._is_known(key)) or (_is_token(token) and self._is_known(token))

    def _is_known(self, credential: str) -> bool:
        return self._api_keys is None or credential in self._api_keys


def endpoint_of(path: str) -> tuple[Endpoint | None, tuple[str, ...]]:
    """Return the endpoint of a path, and the ids in it."""
    for pattern, subjects in _patterns(path):
        if pattern in ENDPOINTS:
            return ENDPOINTS[pattern], subjects
    return None, ()


def _patterns(path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the path as it is, then with `{}` in the places of ids, and what stands there.

    An id stands behind the kind of thing. Behind the id of a series stands a season, and behind that an episode.

    >>> list(_patterns("/3/movie/550/watch/providers"))[1]
    ('/3/movie/{}/watch/providers', ('550',))
    >>> list(_patterns("/3/tv/1396/season/5/episode/16"))[-1]
    ('/3/tv/{}/season/{}/episode/{}', ('1396', '5', '16'))
    """
    yield path, ()
    parts = path.split("/")
    for places in _PLACES:
        if len(parts) > places[-1]:
            subjects = tuple(parts[place] for place in places)
            yield "/".join("{}" if place in places else part for place, part in enumerate(parts)), subjects


def _refusal(request: Request) -> int:
    """Return why something that would not only read is not done."""
    writable = (_WRITABLE[pattern] for pattern, _ in _patterns(request.path) if pattern in _WRITABLE)
    methods, code = next(writable, ((), _NO_METHOD))
    return code if request.method in methods else _NO_METHOD


def _is_key(text: str) -> bool:
    return bool(text) and not _is_token(text)


def _is_token(text: str) -> bool:
    return text.startswith("eyJ")
