"""The records of series. Values only; unknown is ``None``, whatever shape TMDB gave it."""

# Pure: values in, values out.

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from ayne.kinds.objects import (
    Creator,
    EpisodeToAir,
    Genre,
    Network,
    ProductionCompany,
    ProductionCountry,
    SpokenLanguage,
)


class SeriesSummary(TypedDict):
    """A row of ``/discover/tv``: no status, seasons or networks; those need the details.

    Source: https://developer.themoviedb.org/reference/discover-tv

    Keys that are not as in :class:`~ayne.data_collection.tmdb.models.MovieSummary`:
        tmdb_id: TMDB's id of the series; a film may have the same.
        first_air_date: the day of the first episode, ``YYYY-MM-DD``.
        origin_country: ISO 3166-1 codes.
    """

    tmdb_id: int
    name: str | None
    original_name: str | None
    original_language: str | None
    overview: str | None
    first_air_date: str | None
    genre_ids: list[int]
    origin_country: list[str]
    vote_average: float | None
    vote_count: int | None
    popularity: float | None
    adult: bool | None
    softcore: bool | None
    poster_path: str | None
    backdrop_path: str | None
    observed_at: str
    raw: dict[str, Any]


class EpisodeDetails(TypedDict):
    """An episode, as its season has it.

    Keys:
        series_id, season_id: TMDB's ids of what it belongs to.
        season_number, episode_number: as they are now; they may move, and have gaps.
        air_date: the day of the first broadcast, ``YYYY-MM-DD``.
        episode_type: standard, premiere, mid_season or finale; sent since 2023.
        runtime: minutes.
    """

    tmdb_id: int
    series_id: int
    season_id: int
    season_number: int | None
    episode_number: int | None
    name: str | None
    overview: str | None
    air_date: str | None
    episode_type: str | None
    runtime: int | None
    production_code: str | None
    vote_average: float | None
    vote_count: int | None
    still_path: str | None
    raw: dict[str, Any]


class SeasonDetails(TypedDict):
    """A season with its episodes, as it comes with its series.

    Keys:
        season_number: 0 for specials, sometimes a year.
        episode_count: as the series counts them.
    """

    tmdb_id: int
    series_id: int
    season_number: int | None
    name: str | None
    overview: str | None
    air_date: str | None
    episode_count: int | None
    networks: list[Network]
    vote_average: float | None
    poster_path: str | None
    episodes: list[EpisodeDetails]
    raw: dict[str, Any]


class SeriesDetails(TypedDict):
    """The answer of ``/tv/{id}``.

    Source: https://developer.themoviedb.org/reference/tv-series-details

    Keys beyond those of :class:`SeriesSummary`:
        status: Returning Series, Planned, In Production, Ended, Canceled or Pilot.
        type: Scripted, Miniseries, Reality, Documentary, News, Talk Show or Video.
        last_air_date: the day of the latest episode that was broadcast.
        in_production: it follows from the status.
        number_of_seasons, number_of_episodes: as TMDB counts them, those of season 0 (specials) left out.
        episode_run_time: minutes, as users entered them; empty for most since 2023.
        last_episode_to_air, next_episode_to_air: the latest episode, and the one that is announced.
        languages: ISO 639-1 codes of what it was made in.
        seasons: all of them, season 0 (specials) included.
        imdb_id: IMDb's id, only there when it was asked for by that.
        parts, body, etag: as in :class:`~ayne.data_collection.tmdb.models.MovieDetails`.
    """

    tmdb_id: int
    name: str | None
    original_name: str | None
    original_language: str | None
    overview: str | None
    tagline: str | None
    status: str | None
    type: str | None
    first_air_date: str | None
    last_air_date: str | None
    in_production: bool | None
    number_of_seasons: int | None
    number_of_episodes: int | None
    episode_run_time: list[int]
    last_episode_to_air: EpisodeToAir | None
    next_episode_to_air: EpisodeToAir | None
    genres: list[Genre]
    networks: list[Network]
    created_by: list[Creator]
    production_companies: list[ProductionCompany]
    production_countries: list[ProductionCountry]
    spoken_languages: list[SpokenLanguage]
    languages: list[str]
    origin_country: list[str]
    seasons: list[SeasonDetails]
    vote_average: float | None
    vote_count: int | None
    popularity: float | None
    adult: bool | None
    softcore: bool | None
    homepage: str | None
    poster_path: str | None
    backdrop_path: str | None
    observed_at: str
    parts: dict[str, Any]
    raw: dict[str, Any]
    imdb_id: NotRequired[str | None]
    body: NotRequired[bytes]
    etag: NotRequired[str]
