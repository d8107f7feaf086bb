"""Check the filters of a list before a request is sent; a kind says which filters there are.

TMDB ignores what it does not understand, and answers with 200: a misspelt parameter, ``en-US`` for a language,
``Action`` for a genre, a watch provider without a region. The answer then counts the wrong films.

Source: https://developer.themoviedb.org/reference/discover-movie
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from ayne.kinds import MOVIE, Kind
from ayne.kinds.kind import Discover

Filters = tuple[tuple[str, str], ...]


def discover_of(kind: Kind) -> Discover:
    """Return how a kind is discovered.

    Raises:
        ValueError: TMDB has no list of it.
    """
    if kind.discover is None:
        instead = f": {kind.instead}" if kind.instead else ""
        raise ValueError(f"TMDB has no list of {kind.plural} by date{instead}")
    return kind.discover


def checked(filters: Mapping[str, object], kind: Kind = MOVIE) -> Filters:
    """Return filters as TMDB takes them, in a fixed order; genres may be named.

    Raises:
        ValueError: TMDB would ignore a filter without a word; the message says what it would understand.

    Example:
        >>> checked({"with_runtime.gte": 60, "with_genres": "Drama,comedy"})
        (('with_genres', '18,35'), ('with_runtime.gte', '60'))
        >>> checked({"with_genre": "18"})
        Traceback (most recent call last):
        ValueError: TMDB has no filter 'with_genre': did you mean 'with_genres'?
    """
    given = {name: str(value).strip() for name, value in filters.items() if value not in (None, "")}
    if not given:
        return ()
    discover = discover_of(kind)
    found = {name: _checked(name, value, discover) for name, value in given.items()}
    for name in found:
        needed = discover.needs.get(name, ())
        if needed and not found.keys() & set(needed):
            raise ValueError(f"TMDB ignores {name} unless {' or '.join(needed)} is given too")
    return tuple(sorted(found.items()))


def _checked(name: str, value: str, discover: Discover) -> str:
    if elsewhere := _given_elsewhere(discover).get(name):
        raise ValueError(f"{name} is not given as a filter, but as {elsewhere}")
    if name not in discover.filters:
        near = get_close_matches(name, discover.filters, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(discover.filters))}."
        raise ValueError(f"TMDB has no filter {name!r}: {hint}")
    try:
        return discover.filters[name](value)
    except ValueError as error:
        raise ValueError(f"{name}: {value!r} is not {error}") from None


def _given_elsewhere(discover: Discover) -> dict[str, str]:
    """Return the parameters that the collector needs itself, and how each is given."""
    return {
        f"{discover.dates}.gte": "the first year",
        f"{discover.dates}.lte": "the last year",
        **discover.elsewhere,
        "vote_count.gte": "min_vote_count",
        "language": "the client's language",
        "sort_by": "sort_by",
        **{flag: flag for flag in discover.flags},
    }


def may_split_by_genre(filters: Filters) -> bool:
    """Return whether ranges may be split by genres: not if the question filters by genres."""
    return not {"with_genres", "without_genres"} & dict(filters).keys()


def dates_are_regional(filters: Filters) -> bool:
    """Say whether TMDB writes another date than the primary one into the rows of its lists: it does for a region."""
    return "region" in dict(filters)
