"""The values that the TMDB client takes and returns: records, pages and failures. They hold no behaviour.

Unknown is ``None``, whatever shape TMDB gave it: a budget of 0, a runtime of 0, ``""``, an absent key. Lists are
never ``None``: a film without genres has ``[]``.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Generic, NotRequired, TypedDict, TypeVar

from msgspec import Meta, Struct

from ayne.data_collection.frames import frame_of
from ayne.data_collection.tmdb.person_models import PersonDetails
from ayne.data_collection.tmdb.series_models import SeriesDetails
from ayne.kinds import MOVIE, Kind
from ayne.kinds.objects import Collection, Genre, ProductionCompany, ProductionCountry, SpokenLanguage

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

# The files of a day that name films, adult ones apart: https://developer.themoviedb.org/docs/daily-id-exports
MOVIE_IDS = "movie_ids"
ADULT_MOVIE_IDS = "adult_movie_ids"

# https://developer.themoviedb.org/docs/append-to-response; account_states is left out, it needs a user's session.
PARTS = MOVIE.part_names

# Of these nothing is read: they are kept as JSON. Each of the others has a table of its own; `--parts all` means those.
UNTYPED_PARTS = MOVIE.untyped_parts
TYPED_PARTS = tuple(MOVIE.parts)


def checked_parts(append: Iterable[str], kind: Kind = MOVIE) -> tuple[str, ...]:
    """Return names of parts, each once; a part may be called by the name of its table, too.

    Raises:
        ValueError: a part that TMDB does not have; it would be ignored without a word.

    Example:
        >>> checked_parts(["credits", "keywords", "credits"])
        ('credits', 'keywords')
        >>> checked_parts(["watch_providers", "similar_movies"])
        ('watch/providers', 'similar')
    """
    if isinstance(append, str):
        raise ValueError(f"append takes a list of parts, not the text {append!r}")  # noqa: TRY004 - one error for callers
    names = kind.part_names
    by_table = {part.table: name for name, part in kind.parts.items()}
    parts = tuple(dict.fromkeys(part if part in names else by_table.get(part, part) for part in append))
    for part in parts:
        if part not in names:
            near = get_close_matches(part, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}."
            raise ValueError(f"TMDB has no part {part!r} of a {kind.noun}: {hint}")
    return parts


class MovieSummary(TypedDict):
    """A row of ``/discover/movie``: no runtime, budget, revenue or IMDb id; those need the details.

    Source: https://developer.themoviedb.org/reference/discover-movie

    Keys:
        tmdb_id: TMDB's id of the film.
        release_date: the primary release date, ``YYYY-MM-DD``.
        vote_average: 0.5 to 10, None when nobody voted.
        vote_count: number of votes.
        popularity: TMDB's own score; its scale has changed over the years.
        genre_ids: ids of :class:`Genre`.
        original_language: ISO 639-1, with TMDB's own ``xx`` (none) and ``cn`` (Cantonese).
        poster_path, backdrop_path: to be appended to an image base URL.
        adult, video, softcore: flags; ``video`` marks compilations, concerts and the like.
        observed_at: when TMDB produced the answer (not when a cache served it), UTC, ISO 8601.
        raw: keys that ayne does not know, and values it could not read, as TMDB sent them.
    """

    tmdb_id: int
    title: str | None
    original_title: str | None
    original_language: str | None
    overview: str | None
    release_date: str | None
    genre_ids: list[int]
    vote_average: float | None
    vote_count: int | None
    popularity: float | None
    adult: bool | None
    video: bool | None
    softcore: bool | None
    poster_path: str | None
    backdrop_path: str | None
    observed_at: str
    raw: dict[str, Any]


class MovieDetails(TypedDict):
    """The answer of ``/movie/{id}``.

    Source: https://developer.themoviedb.org/reference/movie-details

    Keys beyond those of :class:`MovieSummary`:
        imdb_id: ``tt`` and seven digits or more.
        runtime: minutes.
        budget, revenue: US dollars, as users entered them.
        genres, production_companies, production_countries, spoken_languages: as sent, if they have an id or a code.
        origin_country: ISO 3166-1 codes; not the same as the production countries.
        belongs_to_collection: the collection that the film is part of.
        status: Rumored, Planned, In Production, Post Production, Released or Canceled.
        parts: the parts asked for with ``append``, by TMDB's name for them, as TMDB sent them.
        body: the whole answer as received; only with ``keep_bodies``.
        etag: the answer's ``ETag``, if TMDB sent one.
    """

    tmdb_id: int
    imdb_id: str | None
    title: str | None
    original_title: str | None
    original_language: str | None
    overview: str | None
    tagline: str | None
    status: str | None
    release_date: str | None
    runtime: int | None
    budget: int | None
    revenue: int | None
    genres: list[Genre]
    production_companies: list[ProductionCompany]
    production_countries: list[ProductionCountry]
    spoken_languages: list[SpokenLanguage]
    origin_country: list[str]
    belongs_to_collection: Collection | None
    vote_average: float | None
    vote_count: int | None
    popularity: float | None
    adult: bool | None
    video: bool | None
    softcore: bool | None
    homepage: str | None
    poster_path: str | None
    backdrop_path: str | None
    observed_at: str
    parts: dict[str, Any]
    raw: dict[str, Any]
    body: NotRequired[bytes]
    etag: NotRequired[str]


class ExportedMovie(Struct, frozen=True, gc=False, rename={"tmdb_id": "id"}):
    """A line of a daily id export.

    Source: https://developer.themoviedb.org/docs/daily-id-exports

    Attributes:
        tmdb_id: TMDB's id of the film.
        original_title: title in the original language.
        popularity: TMDB's own score on the day of the export.
        adult: flag; lines from before 2020 lack it.
        video: flag of compilations, concerts and the like.
    """

    tmdb_id: Annotated[int, Meta(ge=1, lt=2**53)]
    original_title: str | None = None
    popularity: float | None = None
    adult: bool | None = None
    video: bool | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A daily id export that was downloaded and found whole.

    Attributes:
        name: ``movie_ids`` or ``adult_movie_ids``.
        day: the day it is of; not always the day it was asked for.
        path: the file.
        size: bytes, compressed.
    """

    name: str
    day: date
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class StoredExport:
    """A daily id export whose ids are stored.

    Attributes:
        name: ``movie_ids`` or ``adult_movie_ids``.
        day: the day it is of.
        films: distinct films it names.
        unreadable: how many lines had to be left out.
        examples: why, for the first of them; known only to who stored it.
    """

    name: str
    day: date
    films: int
    unreadable: int
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """A film that could not be fetched, and why.

    Attributes:
        tmdb_id: the id that was asked for; an IMDb id if that was asked for.
        reason: a short name for counting: ``not_found``, ``timed_out``, ``merged``…
        message: the whole error, without the key.
        gone: whether TMDB itself says that it has no such film.
        merged_into: the id that TMDB answered with instead of the one asked for, over two connections.
        status: the HTTP status, None when there was no answer.
        attempts: how many requests were sent.
        confirmed: whether a second answer, over a new connection, said the same.
        observed_at: when TMDB made that answer (not when a cache served it), None when there was none.
    """

    tmdb_id: int | str
    reason: str
    message: str
    gone: bool = False
    merged_into: int | None = None
    status: int | None = None
    attempts: int = 1
    observed_at: datetime | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A film that TMDB reported as unchanged, without sending it.

    Attributes:
        tmdb_id: the film.
        parts: the parts that were asked for with it; they are as they were, too.
        observed_at: when TMDB said so (not when a cache served it).
    """

    tmdb_id: int
    parts: tuple[str, ...]
    observed_at: datetime


_Record = TypeVar("_Record")


class Batch(list[_Record], Generic[_Record]):
    """The records of a batch in the order of the ids asked for, with the ``failures``."""

    _keys: tuple[str, ...] = ()

    def __init__(self, records: list[_Record], failures: list[FetchFailure]) -> None:
        super().__init__(records)
        self.failures = failures

    def to_df(self) -> Any:
        """Return the records as a pandas frame, or as a Polars frame where pandas is missing.

        Raises:
            ConfigurationError: neither library is installed.
        """
        return frame_of(self, self._keys)


class MovieBatch(Batch[MovieDetails]):
    """The films of a batch in the order of the ids asked for, with the ``failures``."""

    _keys = tuple(MovieDetails.__annotations__)


class SeriesBatch(Batch[SeriesDetails]):
    """The series of a batch in the order of the ids asked for, with the ``failures``."""

    _keys = tuple(SeriesDetails.__annotations__)


class PersonBatch(Batch[PersonDetails]):
    """The people of a batch in the order of the ids asked for, with the ``failures``."""

    _keys = tuple(PersonDetails.__annotations__)


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a TMDB list, decoded.

    Attributes:
        page: the number of the page, from 1.
        total_pages, total_results: as TMDB reports them.
        results: the films.
        unreadable: why rows had to be left out; TMDB sent them without a usable id.
    """

    page: int
    total_pages: int
    total_results: int
    results: list[MovieSummary]
    unreadable: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """The number of rows that TMDB sent, readable or not."""
        return len(self.results) + len(self.unreadable)
