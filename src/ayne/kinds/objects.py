"""Objects inside of answers, as TMDB sends them: genres, companies, countries, languages, collections."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from ayne.kinds.readers import Integer


class Genre(TypedDict):
    """A genre, as TMDB names it in the language asked for."""

    id: Integer
    name: str


class ProductionCompany(TypedDict):
    """A company that produced a film; bodies recorded before 2018 have only ``id`` and ``name``."""

    id: Integer
    name: str
    logo_path: NotRequired[str | None]
    origin_country: NotRequired[str]


class ProductionCountry(TypedDict):
    """A country, by its ISO 3166-1 code."""

    iso_3166_1: str
    name: str


class SpokenLanguage(TypedDict):
    """A language spoken in the film, by its ISO 639-1 code."""

    iso_639_1: str
    name: str
    english_name: NotRequired[str]


class Collection(TypedDict):
    """The series of films that a film belongs to."""

    id: Integer
    name: str
    poster_path: NotRequired[str | None]
    backdrop_path: NotRequired[str | None]
