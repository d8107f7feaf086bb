"""The records of people. Values only; unknown is ``None``, whatever shape TMDB gave it."""

# Pure: values in, values out.

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class PersonSummary(TypedDict):
    """A row of ``/search/person``: whom TMDB finds by a name.

    Source: https://developer.themoviedb.org/reference/search-person

    Keys:
        tmdb_id: TMDB's id of the person.
        known_for_department: the department they are best known for, like Acting.
        gender: 0 not set, 1 female, 2 male, 3 non-binary.
        popularity: TMDB's own score.
        adult: TMDB's flag for adult performers.
        profile_path: to be appended to an image base URL.
        observed_at: when TMDB produced the answer (not when a cache served it), UTC, ISO 8601.
        raw: keys that ayne does not know, and values it could not read, as TMDB sent them.
    """

    tmdb_id: int
    name: str | None
    known_for_department: str | None
    gender: int | None
    popularity: float | None
    adult: bool | None
    profile_path: str | None
    observed_at: str
    raw: dict[str, Any]


class PersonDetails(TypedDict):
    """The answer of ``/person/{id}``.

    Source: https://developer.themoviedb.org/reference/person-details

    Keys beyond those of :class:`PersonSummary`:
        imdb_id: ``nm`` and seven digits or more.
        also_known_as: other names, and other ways to write them.
        birthday, deathday: ``YYYY-MM-DD``; a deathday is None while they live, too.
        place_of_birth: in free words.
        biography: in the language asked for.
        homepage: the address of their site.
        parts, body, etag: as in :class:`~ayne.data_collection.tmdb.models.MovieDetails`.
    """

    tmdb_id: int
    imdb_id: str | None
    name: str | None
    also_known_as: list[str]
    known_for_department: str | None
    gender: int | None
    birthday: str | None
    deathday: str | None
    place_of_birth: str | None
    biography: str | None
    popularity: float | None
    adult: bool | None
    homepage: str | None
    profile_path: str | None
    observed_at: str
    parts: dict[str, Any]
    raw: dict[str, Any]
    body: NotRequired[bytes]
    etag: NotRequired[str]
