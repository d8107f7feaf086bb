"""Objects inside of answers, as TMDB sends them: genres, companies, countries, languages, collections."""

# Pure: values in, values out.

from __future__ import annotations

from typing import NotRequired, TypedDict

from ayne.kinds.readers import Code, Integer, SmallInteger


class Genre(TypedDict):
    """A genre, as TMDB names it in the language asked for."""

    id: Integer
    name: str | None


class ProductionCompany(TypedDict):
    """A company that produced a film; bodies recorded before 2018 have only ``id`` and ``name``."""

    id: Integer
    name: str | None
    logo_path: NotRequired[str | None]
    origin_country: NotRequired[str | None]


class ProductionCountry(TypedDict):
    """A country, by its ISO 3166-1 code."""

    iso_3166_1: Code
    name: str | None


class SpokenLanguage(TypedDict):
    """A language spoken in the film, by its ISO 639-1 code."""

    iso_639_1: Code
    name: str | None
    english_name: NotRequired[str | None]


class Collection(TypedDict):
    """The collection that a film belongs to."""

    id: Integer
    name: str | None
    poster_path: NotRequired[str | None]
    backdrop_path: NotRequired[str | None]


class ListedFilm(TypedDict):
    """A film of a collection; the other values of its row belong to the film itself."""

    id: Integer


class Network(TypedDict):
    """The broadcaster of a series."""

    id: Integer
    name: str | None
    logo_path: NotRequired[str | None]
    origin_country: NotRequired[str | None]


class Creator(TypedDict):
    """A person who created a series."""

    id: Integer
    name: str | None
    credit_id: NotRequired[str | None]
    original_name: NotRequired[str | None]
    gender: NotRequired[int | None]
    profile_path: NotRequired[str | None]


class EpisodeToAir(TypedDict):
    """The last episode that was broadcast, or the next one, as the details of a series show it."""

    air_date: str | None
    id: NotRequired[Integer | None]
    season_number: NotRequired[SmallInteger | None]
    episode_number: NotRequired[SmallInteger | None]
