"""The records and failures that the OMDb client returns. They hold no behaviour.

Unknown is ``None``: OMDb writes ``"N/A"``, or leaves the key out.
"""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict


class OMDbMovie(TypedDict):
    """What OMDb says of a title, its texts made into types.

    Source: https://www.omdbapi.com

    Keys:
        imdb_id: ``tt`` and seven digits or more; always the one that was asked for.
        type: ``movie``, ``series``, ``episode`` or ``game``.
        year, end_year: for a film, its year; for a series, its first and last, None while it runs.
        rated: the certificate in the United States, like ``PG-13``.
        released: ``YYYY-MM-DD``.
        runtime: minutes.
        imdb_rating: 1 to 10.
        imdb_votes: how many people rated it on IMDb.
        rotten_tomatoes: percent of favourable reviews, 0 to 100.
        metascore: Metacritic's average, 0 to 100.
        awards: OMDb's sentence on prizes and nominations, unchanged.
        box_office: US dollars taken in the United States and Canada.
        genres, languages, countries: OMDb's names, in its order; empty when it has none.
        director, writer, actors: as OMDb lists them. ayne does not split them, because a name may contain a comma.
        dvd: release on disc, ``YYYY-MM-DD``; rarely given since 2020.
        season, episode, series_id: of an episode.
        total_seasons: of a series.
        observed_at: when OMDb made the answer, ISO 8601 in UTC.
        raw: keys that ayne does not know, and values that it could not read, as OMDb sent them.
    """

    imdb_id: str
    title: str | None
    type: str | None
    year: int | None
    end_year: int | None
    rated: str | None
    released: str | None
    runtime: int | None
    imdb_rating: float | None
    imdb_votes: int | None
    rotten_tomatoes: int | None
    metascore: int | None
    awards: str | None
    box_office: int | None
    genres: list[str]
    languages: list[str]
    countries: list[str]
    director: str | None
    writer: str | None
    actors: str | None
    plot: str | None
    poster: str | None
    production: str | None
    website: str | None
    dvd: str | None
    season: int | None
    episode: int | None
    series_id: str | None
    total_seasons: int | None
    observed_at: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RatingFailure:
    """A title that OMDb did not deliver, and why.

    Attributes:
        imdb_id: the id that was asked for.
        reason: a short name for counting: ``not_found``, ``mismatched``, ``timed_out``…
        message: the whole error, without the key.
        status: the HTTP status, None when there was no answer.
        attempts: how often it was asked.
    """

    imdb_id: str
    reason: str
    message: str
    status: int | None = None
    attempts: int = 1

    @property
    def none(self) -> bool:
        """Whether OMDb itself says that it has no such title."""
        return self.reason == "not_found"

    @property
    def malformed(self) -> bool:
        """Whether OMDb's answer cannot be read, now or later."""
        return self.reason == "malformed"

    @property
    def of_the_title(self) -> bool:
        """Whether the failure concerns this title alone, and not OMDb."""
        return self.none or self.mismatched or self.malformed

    @property
    def mismatched(self) -> bool:
        """Whether OMDb answered with another title."""
        return self.reason == "mismatched"
