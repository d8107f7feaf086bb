"""The query of `/discover/tv`, and the series that match it.

Undocumented parameters are ignored, those of films as well: there is no `region`, no `with_people` and no
`primary_release_date` here.

https://developer.themoviedb.org/reference/discover-tv
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ayne.sandbox.discovery import ALL, ANYTHING, Bounds, Choice, Filters, Parameters, choice, days, ids, sorts
from ayne.sandbox.films.columns import ADULT
from ayne.sandbox.matching import among, choosing, numbers, ordered, passing, span

from .columns import STATUSES, TYPES, SeriesColumns
from .invention import SeriesLore

_SORTS = sorts(
    {
        "first_air_date": "days",
        "name": "name",
        "original_name": "original_name",
        "popularity": "popularities",
        "vote_average": "averages",
        "vote_count": "votes",
    }
)


@dataclass(frozen=True, slots=True)
class SeriesQuery(Filters):
    """The filters and the order of one query for series."""

    first_days: Bounds = ALL
    has_undated: bool = False
    """Series without a first air date pass its bounds."""
    air_days: Bounds = ALL
    networks: Choice = ANYTHING
    statuses: Choice = ANYTHING
    types: Choice = ANYTHING
    screened: bool | None = None

    @classmethod
    def parse(cls, parameters: Parameters) -> "SeriesQuery":
        """Read the parameters of a request.

        Raises:
            InvalidDate: A date bound is no date.
        """
        screened = parameters.get("screened_theatrically", "")
        return cls(
            **cls.common(parameters, _SORTS),
            first_days=days(parameters, "first_air_date", "first_air_date_year"),
            has_undated=parameters.get("include_null_first_air_dates") == "true",
            air_days=days(parameters, "air_date"),
            networks=choice(parameters, "with_networks", ids),
            statuses=choice(parameters, "with_status", ids),
            types=choice(parameters, "with_type", ids),
            screened={"true": True, "false": False}.get(screened),
            hidden=0 if parameters.get("include_adult") == "true" else ADULT,
        )

    @classmethod
    def of_search(cls, parameters: Parameters) -> "SeriesQuery":
        """Read the parameters of a search: `year` is that of any episode, `first_air_date_year` that of the first."""
        query = {name: parameters[name] for name in ("include_adult", "first_air_date_year") if name in parameters}
        year = parameters.get("year", "")
        if year.isascii() and year.isdigit() and 1 <= int(year) <= date.max.year:
            query |= {"air_date.gte": f"{int(year):04d}-01-01", "air_date.lte": f"{int(year):04d}-12-31"}
        return cls.parse(query)


def select(columns: SeriesColumns, lore: SeriesLore, query: SeriesQuery) -> "array[int]":
    """Return the positions of the series that match, in the order asked for."""
    found: Sequence[int] = span(columns.days, query.first_days)
    if query.has_undated and query.first_days != ALL:
        found = [*range(span(columns.days, (1, ALL[1])).start), *found]
    found = passing(found, columns, query)
    found = choosing(found, columns.networks, columns.network_lists, query.networks, numbers)
    found = choosing(found, columns.statuses, range(len(STATUSES)), query.statuses, _itself)
    found = choosing(found, columns.types, range(len(TYPES)), query.types, _itself)
    if query.screened is not None:
        found = among(found, columns.screened, range(2), lambda screened: bool(screened) is query.screened)
    if query.air_days != ALL:
        low, high = query.air_days
        found = [
            position
            for position in found
            if 0 < columns.premieres[position] <= high + _EARLY
            and columns.finals[position] >= low
            and lore.guide(position).has_episode(low, high)
        ]
    return array("i", ordered(found, query, sort_value(columns, lore, query)))


# A special can air some days before the premiere.
_EARLY = 60


def sort_value(columns: SeriesColumns, lore: SeriesLore, query: SeriesQuery) -> "Callable[[int], int | float | str]":
    """Return what the query's order looks at, of the series at a position."""
    name, _ = query.sort
    if name in ("name", "original_name"):
        return lambda position: lore.titles(position)[name == "original_name"]
    column: Sequence[int | float] = getattr(columns, name)
    return column.__getitem__


def _itself(code: int) -> tuple[int]:
    return (code,)
