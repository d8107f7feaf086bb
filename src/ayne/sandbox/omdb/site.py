"""OMDb: films and series by IMDb id, films by title and by search.

`Response` tells success, not the status: most errors come with 200. Every scalar is a string. The films are those of
the world, found by their IMDb ids, so a film that TMDB has without one is unknown here. Series are there by id alone.

https://www.omdbapi.com
"""

import re
from collections.abc import Iterator
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import msgspec

from ayne.sandbox import directory
from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.films.columns import ADULT, Body
from ayne.sandbox.series.external_ids import series_called
from ayne.sandbox.world import World

from . import series
from .errors import CACHED, JSON, omdb_error
from .films import PARTS, omdb_film, omdb_row, omdb_year
from .quota import Quota

_PAGE_SIZE = 10
_MOST_PAGES = 100
# A search that finds more titles than this, or is for less than so many letters, is answered "Too many results."
_TOO_MANY, _SHORTEST = 5_000, 3
_IMDB_ID = re.compile(r"tt[0-9]{7,8}")
_XML = "text/xml; charset=utf-8"
_NOT_IN_XML = ("Ratings", "DVD", "BoxOffice", "Production", "Website", "Response")


class Omdb:
    """The films of a world, as OMDb answers for them.

    Args:
        world: What exists.
        quota: How often each key may ask.
        api_keys: The keys that are accepted. None: any.
        seed: Which ratings the films have.
    """

    def __init__(self, world: World, quota: Quota, api_keys: frozenset[str] | None, seed: int) -> None:
        self._world = world
        self._quota = quota
        self._api_keys = api_keys
        self._seed = seed

    def is_slow(self, request: Request) -> bool:
        """Tell whether a request looks titles up, or may be for a series: the first one to do so has them all made."""
        parameters = request.parameters()
        return not {"s", "t", "S", "T"}.isdisjoint(parameters) or series_called(parameters.get("i", "")) is not None

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request made at a moment (seconds since 1970)."""
        # OMDb does not mind how a parameter is written: `apiKey` is `apikey`.
        parameters = {name.lower(): value for name, value in request.parameters().items()}
        answer = self._refusal(parameters.get("apikey", ""), now) or self._answer(parameters, now)
        return _as_xml(answer) if parameters.get("r") == "xml" else answer

    def _refusal(self, key: str, now: float) -> Answer | None:
        if not key:
            return omdb_error("No API key provided.")
        if self._api_keys is not None and key not in self._api_keys:
            return omdb_error("Invalid API key!")
        return None if self._quota.take(key, now) else omdb_error("Request limit reached!")

    def _answer(self, parameters: dict[str, str], now: float) -> Answer:
        if "i" in parameters:
            return self._by_id(parameters["i"], parameters, now)
        if "t" in parameters:
            return self._by_title(parameters, now)
        if "s" in parameters:
            return self._search(parameters, now)
        return omdb_error("Incorrect IMDb ID.")

    def _by_id(self, imdb_id: str, parameters: dict[str, str], now: float) -> Answer:
        if not _IMDB_ID.fullmatch(imdb_id):
            return omdb_error("Incorrect IMDb ID.")
        found = self._film(imdb_id, parameters, now) or self._series(imdb_id, parameters, now)
        return found or omdb_error("Error getting data.")

    def _by_title(self, parameters: dict[str, str], now: float) -> Answer:
        found = self._found(parameters["t"], parameters, now)
        best = next(found, None)
        answer = best and self._film(best["id"], parameters, now)
        return answer or omdb_error("Movie not found!")

    def _film(self, film_id: int | str, parameters: dict[str, str], now: float) -> Answer | None:
        body = self._world.details(film_id, PARTS, now)
        if body is None or not body["imdb_id"]:
            return None
        if "season" in parameters or "episode" in parameters:
            return omdb_error("Series or season not found!")
        return _ok(omdb_film(body, self._seed, full_plot=parameters.get("plot") == "full"))

    def _series(self, imdb_id: str, parameters: dict[str, str], now: float) -> Answer | None:
        # Whoever asks for films only does not wait until the series are made.
        if series_called(imdb_id) is None:
            return None
        body = self._world.television.details(imdb_id, series.PARTS, now)
        if body is None:
            return None
        if "season" in parameters or "episode" in parameters:
            return omdb_error("Series or season not found!")
        return _ok(series.omdb_series(body, self._seed, full_plot=parameters.get("plot") == "full"))

    def _search(self, parameters: dict[str, str], now: float) -> Answer:
        text, page = parameters["s"].replace("*", " "), parameters.get("page", "1")
        if len(self._ids(text, now)) > _TOO_MANY or len(text.strip()) < _SHORTEST:
            return omdb_error("Too many results.")
        found = list(self._found(text, parameters, now))
        number = int(page) if page.isascii() and page.isdigit() and len(page) <= len(str(_MOST_PAGES)) else 0
        first = (number - 1) * _PAGE_SIZE
        shown = found[first : first + _PAGE_SIZE] if 1 <= number <= _MOST_PAGES else []
        rows = [omdb_row(body, self._seed) for body in shown]
        if not rows:
            return omdb_error("Movie not found!")
        return _ok({"Search": rows, "totalResults": str(len(found)), "Response": "True"})

    def _ids(self, text: str, now: float, year: int | None = None) -> list[int]:
        """Return the ids of the films with these words in their titles, titles of just these words first.

        TMDB may date a film to the year before OMDb does. Adult films are not in OMDb's lists.
        """
        films = self._world.listed(now)
        columns, matches = films.columns, directory.titles(films).search(text)
        found = [
            film
            for film in matches.all
            if not columns.flags[film] & ADULT and (year is None or 0 <= _year(columns.days[film]) - year <= 1)
        ]
        found.sort(key=lambda film: (film not in matches.exact, -columns.votes[film], film))
        return films.ids(found)

    def _found(self, text: str, parameters: dict[str, str], now: float) -> Iterator[Body]:
        """Find films by title, of the year and type asked for; all that is here are movies."""
        if parameters.get("type", "movie") != "movie":
            return
        asked = parameters.get("y", "")
        year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else None
        for film_id in self._ids(text, now, year):
            body = self._world.details(film_id, (), now)
            if body and body["imdb_id"] and (year is None or omdb_year(body, self._seed) == asked):
                yield body


def _year(day: int) -> int:
    return date.fromordinal(day).year if day else 0


def _ok(body: Body) -> Answer:
    return Answer(200, {"Content-Type": JSON, "Cache-Control": CACHED}, msgspec.json.encode(body))


def _as_xml(answer: Answer) -> Answer:
    """Write an answer as OMDb's XML, which has attributes for strings and never had the newer keys."""
    body = msgspec.json.decode(answer.body)
    root = f"response={quoteattr(body['Response'])}"
    if "Error" in body:
        inner = f"<error>{escape(body['Error'])}</error>"
    elif "Search" in body:
        root = f"totalResults={quoteattr(body['totalResults'])} {root}"
        inner = "".join(_element("result", row) for row in body["Search"])
    else:
        inner = _element("movie", {name: value for name, value in body.items() if name not in _NOT_IN_XML})
    text = f'<?xml version="1.0" encoding="UTF-8"?><root {root}>{inner}</root>'
    return answer.with_body(text.encode(), Content_Type=_XML)


def _element(name: str, strings: Body) -> str:
    attributes = " ".join(f"{key[0].lower()}{key[1:]}={quoteattr(value)}" for key, value in strings.items())
    return f"<{name} {attributes}/>"
