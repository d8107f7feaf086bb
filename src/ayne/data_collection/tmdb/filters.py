"""The filters of ``/discover/movie``, by TMDB's own names, checked before anything is asked.

TMDB answers what it does not understand as if it had not been said, with 200: a misspelt parameter, ``en-US`` for a
language, ``Action`` for a genre, a watch provider without a region. Whoever then counts films counts the wrong ones.

Source: https://developer.themoviedb.org/reference/discover-movie
"""

# Pure: values in, values out.

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches

# https://developer.themoviedb.org/reference/genre-movie-list, in English.
GENRE_IDS = {
    "action": 28,
    "adventure": 12,
    "animation": 16,
    "comedy": 35,
    "crime": 80,
    "documentary": 99,
    "drama": 18,
    "family": 10751,
    "fantasy": 14,
    "history": 36,
    "horror": 27,
    "music": 10402,
    "mystery": 9648,
    "romance": 10749,
    "science fiction": 878,
    "thriller": 53,
    "tv movie": 10770,
    "war": 10752,
    "western": 37,
}
_ALSO_CALLED = {"sci-fi": "science fiction", "scifi": "science fiction", "documentaries": "documentary"}

Filters = tuple[tuple[str, str], ...]


def _number(low: float, high: float) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return f"{value:g}"

    return check


def _listed(item: Callable[[str], str]) -> Callable[[str], str]:
    """Several values: a comma means that all must hold, a bar that any may."""

    def check(text: str) -> str:
        tokens = re.split(r"([,|])", text)
        return "".join(token if token in {",", "|"} else item(token.strip()) for token in tokens)

    return check


def _id(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise ValueError("a list of TMDB ids, separated by a comma (all of them) or a bar (any of them)")
    return text


def _genre(text: str) -> str:
    if re.fullmatch(r"[1-9][0-9]{0,9}", text):
        if int(text) in GENRE_IDS.values():
            return text
        raise ValueError(f"a list of genres; there is none with the id {text}")
    name = text.lower()
    name = _ALSO_CALLED.get(name, name)
    if name in GENRE_IDS:
        return str(GENRE_IDS[name])
    near = get_close_matches(name, GENRE_IDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(GENRE_IDS)}."
    raise ValueError(f"a list of genres: {hint}")


def _language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", text):
        near = f", like {text[:2].lower()!r}" if re.fullmatch(r"[A-Za-z]{2}([-_][A-Za-z]{2,4})?", text) else ""
        raise ValueError(f"an ISO 639-1 code of two small letters{near}")
    return text


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise ValueError("an ISO 3166-1 code of two letters, like 'US'")
    return text.upper()


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text).isoformat()
    except ValueError:
        day = ""
    if day != text:
        raise ValueError("a day like '2024-02-29'")
    return text


def _one_of(*values: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in values:
            raise ValueError(f"one or more of {', '.join(values)}")
        return text

    return check


def _text(text: str) -> str:
    return text


_CHECKS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("certification", "certification.gte", "certification.lte"), _text),
    **dict.fromkeys(("certification_country", "region", "watch_region"), _country),
    **dict.fromkeys(("release_date.gte", "release_date.lte"), _day),
    **dict.fromkeys(("vote_average.gte", "vote_average.lte"), _number(0, 10)),
    **dict.fromkeys(("with_cast", "with_crew", "with_people"), _listed(_id)),
    **dict.fromkeys(("with_companies", "without_companies"), _listed(_id)),
    **dict.fromkeys(("with_keywords", "without_keywords"), _listed(_id)),
    **dict.fromkeys(("with_watch_providers", "without_watch_providers"), _listed(_id)),
    **dict.fromkeys(("with_genres", "without_genres"), _listed(_genre)),
    "with_origin_country": _listed(_country),
    "with_original_language": _listed(_language),
    "with_release_type": _listed(_one_of("1", "2", "3", "4", "5", "6")),
    **dict.fromkeys(("with_runtime.gte", "with_runtime.lte"), _number(0, 100_000)),
    "with_watch_monetization_types": _listed(_one_of("flatrate", "free", "ads", "rent", "buy")),
    "year": _number(1870, 2200),
}

# Said in another way, because the collector needs them itself.
_OURS = {
    "primary_release_date.gte": "the first year",
    "primary_release_date.lte": "the last year",
    "primary_release_year": "the first and last year",
    "vote_count.gte": "min_vote_count",
    "include_adult": "include_adult",
    "include_video": "include_video",
    "language": "the client's language",
    "sort_by": "sort_by",
}

# Without the second TMDB ignores the first.
_NEEDS = {
    **dict.fromkeys(("certification", "certification.gte", "certification.lte"), ("certification_country",)),
    **dict.fromkeys(("with_watch_providers", "without_watch_providers"), ("watch_region",)),
    "with_watch_monetization_types": ("watch_region",),
    "with_release_type": ("region", "release_date.gte", "release_date.lte"),
}


def checked(filters: Mapping[str, object]) -> Filters:
    """Filters as TMDB takes them, in a fixed order; genres may be named.

    Raises:
        ValueError: TMDB would ignore a filter without a word; the message says what it would understand.

    Example:
        >>> checked({"with_runtime.gte": 60, "with_genres": "Drama,comedy"})
        (('with_genres', '18,35'), ('with_runtime.gte', '60'))
        >>> checked({"with_genre": "18"})
        Traceback (most recent call last):
        ValueError: TMDB has no filter 'with_genre': did you mean 'with_genres'?
    """
    found = {name: _checked(name, str(value).strip()) for name, value in filters.items() if value not in (None, "")}
    for name in found:
        needed = _NEEDS.get(name, ())
        if needed and not found.keys() & set(needed):
            raise ValueError(f"TMDB ignores {name} unless {' or '.join(needed)} is given too")
    return tuple(sorted(found.items()))


def _checked(name: str, value: str) -> str:
    if name in _OURS:
        raise ValueError(f"{name} is not given as a filter, but as {_OURS[name]}")
    if name not in _CHECKS:
        near = get_close_matches(name, _CHECKS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(_CHECKS))}."
        raise ValueError(f"TMDB has no filter {name!r}: {hint}")
    try:
        return _CHECKS[name](value)
    except ValueError as error:
        raise ValueError(f"{name}: {value!r} is not {error}") from None


def may_split_by_genre(filters: Filters) -> bool:
    """Whether ranges may still be told apart by genres: not when the genres are what is asked for."""
    return not {"with_genres", "without_genres"} & dict(filters).keys()


def dates_are_regional(filters: Filters) -> bool:
    """Whether TMDB writes another date than the primary one into the rows of its lists: it does for a region."""
    return "region" in dict(filters)
