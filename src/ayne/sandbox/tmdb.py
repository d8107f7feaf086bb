"""TMDB's paths and rules: a request to `/3/…` in, TMDB's answer out.

The rules were taken from TMDB's documentation and from recorded traffic, not from a client: what an empty page
reports, which number an error has, that unknown parameters are ignored and that a name which is no number is a
different error than a number which is no film.
"""

from .answers import Answer, Request, error, ok
from .discovery import InvalidDate, Query
from .films import GENRES
from .pages import MOST_PAGES, Paging, Totals
from .parts import PARTS
from .world import World

_MOST_APPENDED = 20

_CONFIGURATION = {
    "images": {
        "base_url": "http://image.tmdb.org/t/p/",
        "secure_base_url": "https://image.tmdb.org/t/p/",
        "backdrop_sizes": ["w300", "w780", "w1280", "original"],
        "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
        "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
        "profile_sizes": ["w45", "w185", "h632", "original"],
        "still_sizes": ["w92", "w185", "w300", "original"],
    },
    "change_keys": ["adult", "budget", "cast", "crew", "genres", "imdb_id", "overview", "revenue", "runtime", "title"],
}

_GENRES = [{"id": number, "name": name} for number, name in GENRES.items()]

#: What is answered the same whatever films there are.
_FIXED = {
    "/3/authentication": ok({"success": True, "status_code": 1, "status_message": "Success."}),
    "/3/configuration": ok(_CONFIGURATION),
    "/3/genre/movie/list": ok({"genres": _GENRES}),
}


class Tmdb:
    """The films of a world, served under TMDB's rules."""

    def __init__(self, world: World, totals: Totals, short_pages: float, api_keys: frozenset[str] | None) -> None:
        self._world = world
        self._totals = totals
        self._short_pages = short_pages
        self._api_keys = api_keys

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request made at a moment (seconds since 1970); a path that TMDB does not have is code 34."""
        parameters = request.parameters()
        if not self._may_enter(parameters.get("api_key", ""), request.headers.get("authorization", "")):
            return error(7)
        if request.method != "GET":
            return error(42)
        return self._route(request.path, parameters, now)

    def _route(self, path: str, parameters: dict[str, str], now: float) -> Answer:
        match path.split("/"):
            case ["", "3", "discover", "movie"]:
                return self._discover(parameters, now)
            case ["", "3", "movie", film_id]:
                return self._movie(film_id, parameters.get("append_to_response", ""), now)
            case ["", "3", "movie", film_id, *part] if "/".join(part) in PARTS:
                return self._part(film_id, "/".join(part), now)
            case _:
                return _FIXED.get(path) or error(34)

    def _may_enter(self, key: str, authorization: str) -> bool:
        """A v3 key comes as a parameter and a v4 token as a header; each in the other's place is refused."""
        token = authorization.removeprefix("Bearer ") if authorization.startswith("Bearer ") else ""
        return (_is_key(key) and self._is_known(key)) or (_is_token(token) and self._is_known(token))

    def _is_known(self, credential: str) -> bool:
        return self._api_keys is None or credential in self._api_keys

    def _discover(self, parameters: dict[str, str], now: float) -> Answer:
        page = _page(parameters.get("page", "1"))
        if page is None:
            return error(22)
        try:
            query = Query.parse(parameters)
        except InvalidDate:
            return error(23)
        catalogue = self._world.listed(now)
        found = catalogue.discover(query)
        paging = Paging.of(query, len(found), self._short_pages)
        rows = [catalogue.summary(position, query) for position in found[paging.rows(page)]]
        return ok({"page": page, "results": rows, **paging.totals(self._totals)})

    def _movie(self, film_id: str, append: str, now: float) -> Answer:
        parts = [name for name in append.split(",") if name]
        if len(parts) > _MOST_APPENDED:
            return error(27)
        known = _film_id(film_id)
        body = None if known is None else self._world.details(known, parts, now)
        return _missing(film_id) if body is None else ok(body)

    def _part(self, film_id: str, name: str, now: float) -> Answer:
        known = _film_id(film_id)
        body = None if known is None else self._world.part(known, name, now)
        return _missing(film_id) if body is None else ok(body)


def _is_key(text: str) -> bool:
    return bool(text) and not _is_token(text)


def _is_token(text: str) -> bool:
    return text.startswith("eyJ")


def _page(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES))
    return int(text) if is_number and 1 <= int(text) <= MOST_PAGES else None


def _film_id(text: str) -> int | str | None:
    """Return a TMDB id as a number and an IMDb id as it is; None for what is neither."""
    if text.startswith("tt"):
        return text
    # No id has more digits than a column of 32 bits can hold.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _missing(film_id: str) -> Answer:
    """A name where an id should be is code 6; an id that nothing has, and no id at all, are code 34."""
    named = film_id and not film_id.isdigit() and not film_id.startswith("tt")
    return error(6 if named else 34)
