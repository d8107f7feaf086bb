"""The values that IMDb's client returns. They hold no behaviour."""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class ImdbRating(NamedTuple):
    """A line of the file.

    Attributes:
        imdb_id: IMDb's id of the title.
        rating: the average of its votes, 1 to 10; None when the file does not say.
        votes: how many there are; None when the file does not say.
    """

    imdb_id: str
    rating: float | None
    votes: int | None


class ImdbEpisode(NamedTuple):
    """A line of the file of episodes.

    Attributes:
        imdb_id: IMDb's id of the episode.
        series_imdb_id: of the series it belongs to.
        season_number, episode_number: what IMDb counts it as; None when the file does not say.
    """

    imdb_id: str
    series_imdb_id: str
    season_number: int | None
    episode_number: int | None


@dataclass(frozen=True, slots=True)
class ImdbFile:
    """One of IMDb's files, downloaded and found whole.

    Attributes:
        path: the file.
        made_at: when it was made, as the server says; when it came, if the server does not.
        size: bytes, compressed.
    """

    path: Path
    made_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class StoredRatingsFile:
    """IMDb's file of ratings, as far as it is stored: what it says of titles that stored films name.

    Attributes:
        made_at: when the file was made.
        titles: how many titles it tells of.
        films: how many different titles stored films name.
        rated: of how many of those it tells.
        unreadable: how many lines had to be left out.
        examples: why, for the first of them; known only to who stored it.
    """

    made_at: datetime
    titles: int
    films: int
    rated: int
    unreadable: int
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StoredEpisodesFile:
    """IMDb's file of episodes, as far as it is stored: which of its titles are stored episodes.

    Attributes:
        made_at: when the file was made.
        titles: how many episodes it tells of.
        episodes: how many are stored that TMDB has.
        joined: how many of those are found in it, by the IMDb id of their series and by their numbers.
        without_series: of the others, those whose series has no IMDb id, or none that is stored.
        ambiguous: of the others, those whose numbers two episodes of the series have, here or there.
        elsewhere: of the others, those that IMDb has by other numbers, or not at all.
        unreadable: how many lines had to be left out.
        examples: why, for the first of them; known only to who stored it.
    """

    made_at: datetime
    titles: int
    episodes: int
    joined: int
    without_series: int
    ambiguous: int
    elsewhere: int
    unreadable: int
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MissingFile:
    """One of IMDb's files that could not be fetched; what is stored of it is as it was.

    Attributes:
        missing: why.
    """

    missing: str
