"""TMDB: the client and the records it returns.

The client is imported on first use: the records alone cost nothing, an HTTP client does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ayne.data_collection.tmdb.client import TMDBClient
    from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, MovieSummary, Unchanged
    from ayne.data_collection.tmdb.person_models import PersonDetails, PersonSummary
    from ayne.data_collection.tmdb.series_models import EpisodeDetails, SeasonDetails, SeriesDetails, SeriesSummary

__all__ = [
    "EpisodeDetails",
    "FetchFailure",
    "MovieDetails",
    "MovieSummary",
    "PersonDetails",
    "PersonSummary",
    "SeasonDetails",
    "SeriesDetails",
    "SeriesSummary",
    "TMDBClient",
    "Unchanged",
]

_HOMES = {
    "TMDBClient": "client",
    **dict.fromkeys(("PersonDetails", "PersonSummary"), "person_models"),
    **dict.fromkeys(("EpisodeDetails", "SeasonDetails", "SeriesDetails", "SeriesSummary"), "series_models"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'models')}"), name)
