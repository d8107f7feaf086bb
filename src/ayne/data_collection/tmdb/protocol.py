"""TMDB's API as values: build requests, and decide what an answer means. ``records`` reads the films.

Three things about TMDB shape this file (https://developer.themoviedb.org/docs/errors):

* An error has two numbers, HTTP's and TMDB's own ``status_code`` in the body, and TMDB's may come inside a 200.
  One table, :data:`MEANING`, says what each means; the body is believed before the status.
* Errors from the edge have neither: HTML, or ``{"errors": […]}``.
* TMDB silently ignores unknown parameters, so what makes no sense is refused here, before it is asked.
"""

# Pure: values in, values out.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from ayne.data_collection.answers import Answer, glimpse, is_success, one_line, whole_surrogates
from ayne.data_collection.tmdb.coverage import PageRequest, SweepPlan
from ayne.data_collection.tmdb.filters import discover_of
from ayne.data_collection.tmdb.models import checked_parts
from ayne.errors import (
    BadPayload,
    ConfigurationError,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFailure,
    SourceError,
    Unauthorized,
)
from ayne.kinds import MOVIE, Kind
from ayne.kinds.imdb_ids import imdb_id_of
from ayne.kinds.readers import UNREADABLE

BASE_URL = "https://api.themoviedb.org/3"

# --- credentials ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """A key, and how TMDB wants to be given it. Its repr does not show it.

    Source: https://developer.themoviedb.org/docs/authentication-application
    """

    kind: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    advice: str

    def __repr__(self) -> str:
        return f"<{self.kind}>"

    @property
    def key(self) -> str:
        """Return the key itself, for another client; without one an empty text."""
        return self.query.get("api_key") or self.headers.get("Authorization", "").removeprefix("Bearer ")


NO_KEY = Credential("no key", {}, {}, "")


def credential(key: str) -> Credential:
    """Tell a v3 API key from a v4 read access token by its shape.

    Raises:
        ConfigurationError: the text cannot be either.

    Example:
        >>> credential("0123456789abcdef0123456789abcdef")
        <v3 API key>
        >>> credential("eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiIwIn0.c2ln")
        <v4 read access token>
    """
    text = key.strip()
    if not text.isascii() or not text.isprintable() or " " in text or not text:
        raise ConfigurationError("The TMDB key holds blanks or characters no key has; was it copied whole?")
    if text.startswith("eyJ") and text.count(".") == 2:
        advice = "Copy the API Read Access Token anew from https://www.themoviedb.org/settings/api."
        return Credential("v4 read access token", {}, {"Authorization": f"Bearer {text}"}, advice)
    advice = "Copy the API Key anew from https://www.themoviedb.org/settings/api."
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        advice = f"A v3 key is 32 characters of 0-9 and a-f, this one is not. {advice}"
    return Credential("v3 API key", {"api_key": text}, {}, advice)


# --- requests ---------------------------------------------------------------------------------------------------


def discover_params(plan: SweepPlan, request: PageRequest) -> dict[str, str]:
    """Return the parameters of a kind's list, like ``/discover/movie``, for one page of a range.

    Source: https://developer.themoviedb.org/reference/discover-movie

    >>> from ayne.data_collection.tmdb.ranges import start
    >>> discover_params(SweepPlan(2024, 2024), PageRequest(start(2024, 2024)[0], 3))["primary_release_date.gte"]
    '2024-01-01'
    """
    item, discover = request.range, discover_of(plan.kind)
    # Titles tie least of all that TMDB sorts by, and hardly ever change.
    orders = {"title": f"{discover.titles}.asc", "date": f"{discover.dates}.asc", "votes": "vote_count.asc"}
    sort_by = orders.get(request.order, plan.sort_by)
    params: dict[str, object] = {
        **{flag: str(getattr(plan, flag)).lower() for flag in discover.flags},
        "sort_by": _reversed(sort_by) if request.reverse else sort_by,
        f"{discover.dates}.gte": item.start,
        f"{discover.dates}.lte": item.end,
        **dict(plan.filters),
    }
    optional: dict[str, object | None] = {
        "language": plan.language,
        "vote_count.gte": item.min_votes,
        "vote_count.lte": item.max_votes,
        "with_genres": ",".join(map(str, item.with_genres)) or None,
        "without_genres": ",".join(map(str, item.without_genres)) or None,
        "page": request.page,
    }
    params.update((name, value) for name, value in optional.items() if value is not None)
    return {name: str(value) for name, value in params.items()}


def _reversed(sort_by: str) -> str:
    name, _, way = sort_by.rpartition(".")
    return f"{name}.{'asc' if way == 'desc' else 'desc'}"


# The parameter with which TMDB's /find takes an IMDb id.
BY_IMDB_ID = {"external_source": "imdb_id"}


def details_path(kind: Kind, number: int | str) -> str:
    """Return the path of details, by TMDB id; of a kind that IMDb knows, by IMDb id too, or where that is found.

    Raises:
        ValueError: it is neither.

    Example:
        >>> details_path(MOVIE, 550), details_path(MOVIE, "https://www.imdb.com/title/tt0137523/")
        ('/movie/550', '/movie/tt0137523')
    """
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**53:
        return f"{kind.path}/{number}"
    if imdb_id := kind.found and imdb_id_of(number, kind.imdb):
        return f"{kind.path}/{imdb_id}" if kind.by_imdb_id else f"/find/{imdb_id}"
    like = "nm0000093" if kind.imdb == "nm" else "tt0137523"
    nor = f"neither a TMDB id (a positive number) nor an IMDb id (like {like!r})"
    raise ValueError(f"{number!r} is {nor if kind.found else 'no TMDB id (a positive number)'}")


# The parameter that names further languages of a part's rows; without it a language leaves out all others.
_FURTHER_LANGUAGES = {"images": "include_image_language", "videos": "include_video_language"}

# "null" stands for none, as of a picture without writing.
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?|null")


def checked_language(text: str | None, name: str) -> str | None:
    """Return the language of titles and overviews, None for TMDB's default.

    Args:
        text: ISO 639-1, with a region of ISO 3166-1 if it matters, like ``de`` or ``pt-BR``.
        name: of the setting, for the error.

    Raises:
        ValueError: it has another form; TMDB would answer in English without a word.

    Example:
        >>> checked_language("pt-BR", "language")
        'pt-BR'
        >>> checked_language("pt_br", "language")
        Traceback (most recent call last):
        ValueError: language takes a language like de or pt-BR, not 'pt_br'. Did you mean 'pt-BR'?
    """
    text = (text or "").strip()
    if text == "" or (text != "null" and _LANGUAGE.fullmatch(text)):
        return text or None
    language, _, region = text.replace("_", "-").partition("-")
    near = f"{language.lower()}-{region.upper()}" if region else language.lower()
    hint = f". Did you mean {near!r}?" if near not in {text, "null"} and _LANGUAGE.fullmatch(near) else ""
    raise ValueError(f"{name} takes a language like de or pt-BR, not {text!r}{hint}")


def checked_languages(text: str | Iterable[str] | None, name: str) -> tuple[str, ...] | None:
    """Return the languages of pictures or videos, each once; None for what follows from the language of titles.

    Args:
        text: a list of languages, or a text with commas; ``null`` is the language of a picture without writing.
        name: of the setting, for the error.

    Raises:
        ValueError: one is no language; TMDB would ignore it without a word.

    Example:
        >>> checked_languages("de,en,null", "include_image_language")
        ('de', 'en', 'null')
    """
    if text is None:
        return None
    listed = text.split(",") if isinstance(text, str) else text
    found = tuple(dict.fromkeys(language.strip() for language in listed))
    for language in found:
        if not _LANGUAGE.fullmatch(language):
            raise ValueError(f"{name} takes languages like de, pt-BR or null (for none), not {language!r}")
    return found


def details_params(
    append: Iterable[str],
    language: str | None = None,
    further: Mapping[str, tuple[str, ...] | None] | None = None,
    kind: Kind = MOVIE,
) -> dict[str, str]:
    """Return the parameters of details, like ``/movie/{id}``, but for the key.

    With a language TMDB leaves out the pictures and videos of all others, and those of none (most backdrops). So
    English ones and those of none are asked for too, where ``further`` does not say which.

    Source: https://developer.themoviedb.org/docs/image-languages

    Args:
        append: the parts.
        language: of titles, overviews and the like.
        further: the languages of ``images`` and ``videos``.
        kind: what is asked for.

    Raises:
        ValueError: a part that TMDB does not have; it would be ignored without a word.

    Example:
        >>> details_params(["credits", "watch/providers"])
        {'append_to_response': 'credits,watch/providers'}
        >>> details_params(["images"], "de-DE")["include_image_language"]
        'de,en,null'
        >>> details_params(["images"], "de-DE", {"images": ("de",)})["include_image_language"]
        'de'
    """
    parts = checked_parts(append, kind)
    params = {"append_to_response": ",".join(parts)} if parts else {}
    if language:
        params["language"] = language
    usual = tuple(dict.fromkeys((language.partition("-")[0], "en", "null"))) if language else ()
    layouts = [kind.parts[part] for part in parts if part in kind.parts]
    asked = {*parts, *(key for layout in layouts if layout.in_each for key in layout.in_each.keys)}
    for part, name in _FURTHER_LANGUAGES.items():
        wanted = (further or {}).get(part)
        if part in asked and (languages := usual if wanted is None else wanted):
            params[name] = ",".join(languages)
    return params


# --- what an answer means -----------------------------------------------------------------------------------------

_SUCCESS_CODES = frozenset({1, 12, 13, 21, 40})

MEANING: dict[str, dict[int, type[SourceError]]] = {
    # TMDB's own status_code. https://developer.themoviedb.org/docs/errors
    "code": {
        **dict.fromkeys((3, 7, 10, 14, 16, 17, 26, 30, 31, 32, 33, 35, 36, 38, 39, 45), Unauthorized),
        **dict.fromkeys((6, 34, 37), NotFound),
        **dict.fromkeys((4, 5, 8, 18, 19, 20, 22, 23, 27, 28, 29, 41, 42, 44, 47), InvalidRequest),
        **dict.fromkeys((2, 9, 11, 15, 24, 43, 46), ServerFailure),
        25: RateLimited,
    },
    # HTTP's, for bodies without one: HTML from the edge, {"errors": […]}. What is in neither is a server failure.
    "status": {
        401: Unauthorized,
        404: NotFound,
        **dict.fromkeys((400, 405, 406, 410, 414, 422), InvalidRequest),
        429: RateLimited,
    },
}

# The two codes by which TMDB says that it has no such film. A bare 404 may come from something in between.
NO_SUCH = 34
_GONE_CODES = frozenset({6, NO_SUCH})

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _ErrorBody(msgspec.Struct):
    status_code: int | None = None
    status_message: str | None = None
    errors: list[str] = []


_ERROR_BODY = msgspec.json.Decoder(_ErrorBody)


def fields(answer: Answer) -> dict[str, msgspec.Raw]:
    """Return the keys of a successful answer, their values not yet decoded.

    Raises:
        SourceError: the subclass that :data:`MEANING` gives for the answer.
    """
    if is_success(answer.status):
        try:
            found = _object(answer.body)
        except UNREADABLE:
            said = f"{answer.status}, but not a JSON object: {glimpse(answer.body)}"
            raise BadPayload(said, status=answer.status) from None
        if "status_code" not in found:
            return found
    error = _ErrorBody()
    with suppress(*UNREADABLE):
        error = _ERROR_BODY.decode(answer.body)
    if is_success(answer.status) and error.status_code in _SUCCESS_CODES:
        return found
    raise _source_error(answer, error)


def _object(body: bytes) -> dict[str, msgspec.Raw]:
    """Return the keys of an object. Half a surrogate pair is no reason to lose a film: it is read as U+FFFD."""
    try:
        return _OBJECT.decode(body)
    except UNREADABLE:
        mended = whole_surrogates(body)
        if mended == body:
            raise
        return _OBJECT.decode(mended)


def _source_error(answer: Answer, error: _ErrorBody) -> SourceError:
    code = error.status_code
    kind = MEANING["code"].get(code or 0) or MEANING["status"].get(answer.status, ServerFailure)
    said = one_line(error.status_message or "; ".join(error.errors), 200) or glimpse(answer.body)
    number = f"{answer.status}, code {code}" if code is not None else str(answer.status)
    return kind(f"TMDB answered {number}: {said}", status=answer.status, code=code)


def says_gone(error: SourceError) -> bool:
    """Say whether TMDB itself said that it has no such film."""
    return isinstance(error, NotFound) and error.code in _GONE_CODES
