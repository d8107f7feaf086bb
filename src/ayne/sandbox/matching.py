"""Find the films of a query of `/discover/movie`, their order, and the release date they show.

What filters look at are codes whose meanings many films share: each meaning is judged once per query, and each film by
looking its code up among those that passed.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from .discovery import ALL, ANYTHING, Bounds, Certificates, Choice, Filters, Query, Watching
from .films.columns import Columns, Ensemble, Offer, Origin, Release, WorkColumns
from .films.releases import LONGEST

V = TypeVar("V")
Titles = Callable[[int, str], str]


def select(columns: Columns, query: Query, title: Titles) -> "array[int]":
    """Return the positions of the films that match, in the order asked for; `title` tells the titles of a film."""
    found = _matching(columns, query)
    if query.sort[0] == "release_days" and not query.region:
        return array("i", found[::-1] if query.sort[1] else found)
    return array("i", ordered(found, query, sort_value(columns, query, title)))


def regional_day(columns: Columns, position: int, query: Query) -> int:
    """Return the day to show when a region was asked for.

    That is the day of the release that the query is about: in the region, of the type named first, within the bounds,
    and of those the earliest. Without any, it is the primary date.
    """
    primary = columns.days[position]
    if not primary:
        return 0
    low, high = query.any_days
    kinds = query.release_types.named
    found = [
        (kinds.index(release.kind) if kinds else 0, primary + release.days)
        for release in columns.release_patterns[columns.releases[position]]
        if release.country == query.region
        and (not kinds or release.kind in kinds)
        and low <= primary + release.days <= high
    ]
    return min(found)[1] if found else primary


def _matching(columns: Columns, query: Query) -> Sequence[int]:
    found: Sequence[int] = span(columns.days, query.primary_days)
    found = _released(found, columns, query)
    found = passing(found, columns, query)
    found = choosing(found, columns.ensembles, columns.ensemble_list, query.cast, _cast)
    found = choosing(found, columns.ensembles, columns.ensemble_list, query.crew, _crew)
    found = choosing(found, columns.ensembles, columns.ensemble_list, query.people, _everybody)
    return _certified(found, columns, query.certificates)


def passing(found: Sequence[int], columns: WorkColumns, filters: Filters) -> Sequence[int]:
    """Keep the works that pass the filters that films and series have in common."""
    found = _within(found, columns.votes, filters.votes)
    found = _within(found, columns.averages, filters.averages)
    found = _within(found, columns.runtimes, filters.runtimes)
    found = among(found, columns.flags, range(4), lambda flags: not flags & filters.hidden)
    found = choosing(found, columns.genres, columns.genre_lists, filters.genres, tuple)
    found = choosing(found, columns.origins, columns.origin_list, filters.languages, _language)
    found = choosing(found, columns.origins, columns.origin_list, filters.countries, _countries)
    found = choosing(found, columns.companies, columns.company_lists, filters.companies, numbers)
    found = choosing(found, columns.keywords, columns.keyword_lists, filters.keywords, numbers)
    return _watchable(found, columns, filters.watching)


def span(days: "array[int]", bounds: Bounds) -> range:
    """Return the works of a span of dates, which stand side by side; one without a date is in no span."""
    if bounds == ALL:
        return range(len(days))
    low, high = bounds
    return range(bisect_left(days, max(low, 1)), bisect_right(days, high))


def _released(found: Sequence[int], columns: Columns, query: Query) -> Sequence[int]:
    """Keep the films with a release in the region (if any) within the bounds, one of each demanded type.

    Without a region all countries count, so old films get into `release_date.gte` when they come out again. A type
    alone filters nothing.
    """
    if query.any_days == ALL and not query.region:
        return found
    found = _dated(found, columns)
    for kinds in query.release_types.demands or (None,):
        found = _released_once(found, columns, query, kinds)
    return found


def _released_once(
    found: Sequence[int], columns: Columns, query: Query, kinds: tuple[object, ...] | None
) -> Sequence[int]:
    def lags(pattern: tuple[Release, ...]) -> tuple[int, ...]:
        """Return how many days after the primary date the film came out in the right way."""
        return tuple(
            release.days
            for release in pattern
            if query.region in ("", release.country) and (kinds is None or release.kind in kinds)
        )

    if query.any_days == ALL:
        return among(found, columns.releases, columns.release_patterns, lambda pattern: bool(lags(pattern)))
    low, high = query.any_days
    days, codes = columns.days, columns.releases
    found = _between(found, bisect_left(days, low - LONGEST), bisect_right(days, high))
    of_code = {code: lags(columns.release_patterns[code]) for code in set(map(codes.__getitem__, found))}
    return [film for film in found if _any_within(days[film], of_code[codes[film]], low, high)]


def _any_within(day: int, lags: tuple[int, ...], low: float, high: float) -> bool:
    for lag in lags:  # noqa: SIM110 - `any` takes twice the time, and this runs for each of a million films
        if low <= day + lag <= high:
            return True
    return False


def _dated(found: Sequence[int], columns: Columns) -> Sequence[int]:
    """The films without a date come first, and have no releases yet."""
    return _between(found, bisect_left(columns.days, 1), len(columns.days))


def _between(found: Sequence[int], first: int, end: int) -> Sequence[int]:
    """Keep the positions from `first` up to, and without, `end`; they are in order, as everything before sorting."""
    return found[bisect_left(found, first) : bisect_left(found, end)]


def _within(found: Sequence[int], column: "array[int] | array[float]", bounds: Bounds) -> Sequence[int]:
    if bounds == ALL:
        return found
    low, high = bounds
    return [film for film in found if low <= column[film] <= high]


def among(
    found: Sequence[int], column: "array[int]", meanings: Sequence[V], wanted: Callable[[V], bool]
) -> Sequence[int]:
    """Keep the works whose code means something wanted."""
    # Meanings are made when they are looked at, so few films should not look at all of them.
    looked_at = range(len(meanings)) if len(found) > len(meanings) else {column[film] for film in found}
    codes = {code for code in looked_at if wanted(meanings[code])}
    return [film for film in found if column[film] in codes]


def choosing(
    found: Sequence[int],
    column: "array[int]",
    meanings: Sequence[V],
    choice: Choice,
    values: "Callable[[V], tuple[int | str, ...]]",
) -> Sequence[int]:
    """Keep the works whose code means values that the choice admits."""
    if choice == ANYTHING:
        return found
    return among(found, column, meanings, lambda meaning: choice.admits(values(meaning)))


def _language(origin: Origin) -> tuple[str, ...]:
    return (origin.language,)


def _countries(origin: Origin) -> tuple[str, ...]:
    return origin.countries


class Numbered(Protocol):
    """What has an id: a company, a keyword, a network."""

    @property
    def id(self) -> int:
        """The id."""
        ...


def numbers(named: Sequence[Numbered]) -> tuple[int, ...]:
    """Return the ids of what is named."""
    return tuple(each.id for each in named)


def _cast(ensemble: Ensemble) -> tuple[int, ...]:
    return ensemble.cast


def _crew(ensemble: Ensemble) -> tuple[int, ...]:
    return ensemble.crew


def _everybody(ensemble: Ensemble) -> tuple[int, ...]:
    return ensemble.cast + ensemble.crew


def _certified(found: Sequence[int], columns: Columns, certificates: Certificates | None) -> Sequence[int]:
    if certificates is None:
        return found
    return among(
        _dated(found, columns),
        columns.releases,
        columns.release_patterns,
        lambda pattern: any(
            release.country == certificates.country and release.certification in certificates.wanted
            for release in pattern
        ),
    )


def _watchable(found: Sequence[int], columns: WorkColumns, watching: Watching | None) -> Sequence[int]:
    if watching is None:
        return found
    return among(found, columns.offers, columns.offer_lists, lambda offers: _on_offer(offers, watching))


def _on_offer(offers: tuple[Offer, ...], watching: Watching) -> bool:
    """Return whether the wanted providers offer a film in the wanted ways: one offer has to be both."""
    here = [offer for offer in offers if offer.country == watching.country]
    if not Choice(unwanted=watching.providers.unwanted).admits([offer.provider for offer in here]):
        return False
    providers, ways = watching.providers.named, watching.ways.named
    asked_for = [
        offer
        for offer in here
        if offer.provider in (providers or (offer.provider,)) and offer.way in (ways or (offer.way,))
    ]
    return Choice(watching.providers.demands).admits([offer.provider for offer in asked_for]) and watching.ways.admits(
        [offer.way for offer in asked_for]
    )


def ordered(found: Sequence[int], filters: Filters, value: "Callable[[int], int | float | str]") -> Sequence[int]:
    """Order works; equal ones keep the order of the columns, so that the same query is answered the same.

    Args:
        found: Their positions, ascending.
        filters: What was asked for.
        value: What the order looks at.
    """
    name, descending = filters.sort
    if name == "days":
        return found[::-1] if descending else found
    return sorted(found, key=value, reverse=descending)


def sort_value(columns: Columns, query: Query, title: Titles) -> "Callable[[int], int | float | str]":
    """Return what the query's order looks at, of the film at a position."""
    name, _ = query.sort
    if name == "release_days" and query.region:
        return lambda film: regional_day(columns, film, query)
    if name in ("title", "original_title"):
        return lambda film: title(film, name)
    column: Sequence[int | float] = columns.days if name == "release_days" else getattr(columns, name)
    return column.__getitem__
