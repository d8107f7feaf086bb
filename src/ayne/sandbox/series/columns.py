"""The columns that a series has beyond those of a film, by which `/discover/tv` filters."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from ayne.sandbox.films.columns import WorkColumns

#: The documented list of `/genre/tv/list`, in its order.
GENRES = {
    10759: "Action & Adventure",
    16: "Animation",
    35: "Comedy",
    80: "Crime",
    99: "Documentary",
    18: "Drama",
    10751: "Family",
    10762: "Kids",
    9648: "Mystery",
    10763: "News",
    10764: "Reality",
    10765: "Sci-Fi & Fantasy",
    10766: "Soap",
    10767: "Talk",
    10768: "War & Politics",
    37: "Western",
}

#: What `status` can be; the place is the number that `with_status` takes.
STATUSES = ("Returning Series", "Planned", "In Production", "Ended", "Canceled", "Pilot")
#: What `type` can be; the place is the number that `with_type` takes.
TYPES = ("Documentary", "News", "Miniseries", "Reality", "Scripted", "Talk Show", "Video")


class Network(NamedTuple):
    """Who broadcasts a series, as details show it."""

    id: int
    logo_path: str | None
    name: str
    origin_country: str


@dataclass(slots=True)
class SeriesColumns(WorkColumns):
    """The series; `days` are the first air dates that are known, `runtimes` the minutes of an episode."""

    premieres: "array[int]"
    """The day number of the first episode, known or not; 0 when there never is one."""
    finals: "array[int]"
    """The day number of the last episode there will ever be; 0 when there is none with a date."""
    statuses: "array[int]"
    """Index into `STATUSES`."""
    types: "array[int]"
    """Index into `TYPES`."""
    networks: "array[int]"
    """Index into `network_lists`."""
    screened: "array[int]"
    """1 when episodes were shown in cinemas."""
    network_lists: Sequence[tuple[Network, ...]]

    OF_FIELD: ClassVar[Mapping[str, str]] = {
        **WorkColumns.OF_FIELD,
        "first_air_date": "days",
        "status": "statuses",
    }

    @classmethod
    def coded(cls, field: str, value: Any) -> Any:
        """Return a value of the details as its column holds it."""
        # No zero-argument super: a dataclass with slots is another class than the one this function was written in.
        return STATUSES.index(value) if field == "status" else WorkColumns.coded.__func__(cls, field, value)  # type: ignore[attr-defined]
