"""TMDB's paths and rules: a request to `/3/…` in, TMDB's answer out.

The rules were taken from TMDB's documentation and from recorded traffic, not from a client: what an empty page
reports, which number an error has, that unknown parameters are ignored and that a name which is no number is a
different error than a number which is no film.

Here is who may ask, and which endpoint is asked; the endpoints stand in modules by their subject.
"""

from ayne.sandbox.answers import Answer, Request, error, ok
from ayne.sandbox.drift import Drift
from ayne.sandbox.pages import Totals
from ayne.sandbox.world import World

from . import change_feed, collection_pages, find, lists, movies, persons, reference, search, singles
from .questions import DENIED, MISSING, Endpoint, Mistake, Question


def _denied(question: Question) -> object:
    """Nobody has signed in here, so nobody has an account."""
    raise Mistake(DENIED)


_OF_AN_ACCOUNT = (
    "/3/account",
    "/3/account/{}",
    "/3/account/{}/favorite/movies",
    "/3/account/{}/lists",
    "/3/account/{}/rated/movies",
    "/3/account/{}/watchlist/movies",
)

#: The endpoints, by their path. `{}` is an id, always the part after the kind of thing: `/3/movie/{}/credits`.
ENDPOINTS: dict[str, Endpoint] = {
    **change_feed.ROUTES,
    **collection_pages.ROUTES,
    **find.ROUTES,
    **lists.ROUTES,
    **movies.ROUTES,
    **persons.ROUTES,
    **reference.ROUTES,
    **search.ROUTES,
    **singles.ROUTES,
    **dict.fromkeys(_OF_AN_ACCOUNT, _denied),
}

_NO_KEY, _NO_METHOD = 7, 42
#: Where something can be written, by somebody who has signed in; nobody has here. By path: the methods, the error.
_WRITABLE: dict[str, tuple[tuple[str, ...], int]] = {
    "/3/movie/{}/rating": (("POST", "DELETE"), DENIED),
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
        endpoint, subject = endpoint_of(request.path)
        if endpoint is None:
            return error(MISSING)
        snapshot = self._drift.snapshot(request, now)
        question = Question(request, parameters, subject, now, self._world, self._totals, self._short_pages, snapshot)
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


def endpoint_of(path: str) -> tuple[Endpoint | None, str]:
    """Return the endpoint of a path, and the id in it."""
    if path in ENDPOINTS:
        return ENDPOINTS[path], ""
    pattern, subject = _pattern(path)
    return ENDPOINTS.get(pattern), subject


def _pattern(path: str) -> tuple[str, str]:
    """Return the path with `{}` in the place of its id, and the id.

    >>> _pattern("/3/movie/550/watch/providers")
    ('/3/movie/{}/watch/providers', '550')
    """
    parts = path.split("/", 4)
    if len(parts) < 4:
        return path, ""
    subject, parts[3] = parts[3], "{}"
    return "/".join(parts), subject


def _refusal(request: Request) -> int:
    """Return why something that would not only read is not done."""
    methods, code = _WRITABLE.get(request.path) or _WRITABLE.get(_pattern(request.path)[0]) or ((), _NO_METHOD)
    return code if request.method in methods else _NO_METHOD


def _is_key(text: str) -> bool:
    return bool(text) and not _is_token(text)


def _is_token(text: str) -> bool:
    return text.startswith("eyJ")
