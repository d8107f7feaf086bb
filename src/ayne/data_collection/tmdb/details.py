"""What is asked of each film, and what is made of what came: decisions about values. The client asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ayne.data_collection.answers import Answer, observed_at
from ayne.data_collection.tmdb import protocol, records
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged, checked_parts
from ayne.errors import SourceError

# What becomes of a film that is asked for.
Fetched = MovieDetails | FetchFailure | Unchanged


@dataclass(frozen=True, slots=True)
class DetailsQuestion:
    """What is asked of each film; made once, however many films are asked for.

    Attributes:
        parts: fetched in the same request.
        params: of the request.
        keep_bodies: whether each record has the answer as it came too.
    """

    parts: tuple[str, ...]
    params: Mapping[str, str]
    keep_bodies: bool

    @classmethod
    def checked(cls, append: Iterable[str], language: str | None, *, keep_bodies: bool) -> DetailsQuestion:
        """The question for these parts.

        Raises:
            ValueError: a part that TMDB does not have.
        """
        parts = checked_parts(append)
        params = protocol.append_params(parts)
        return cls(parts, {**params, "language": language} if language else params, keep_bodies)

    def read(self, answer: Answer) -> MovieDetails:
        """A film out of the answer. A part that TMDB left out is known to be missing; it need not be asked for again.

        Raises:
            SourceError: the answer is an error, or not a film.
        """
        movie = records.read_and_keep(answer) if self.keep_bodies else records.read_details(answer)
        for part in self.parts:
            movie["parts"].setdefault(part, None)
        return movie

    def read_unless_same(self, tmdb_id: int) -> Callable[[Answer], MovieDetails | Unchanged]:
        """How to read an answer to a question that was put with an ``If-None-Match``."""

        def read(answer: Answer) -> MovieDetails | Unchanged:
            return Unchanged(tmdb_id, self.parts, observed_at(answer)) if answer.status == 304 else self.read(answer)

        return read


def failed(movie_id: int | str, error: SourceError) -> FetchFailure:
    """A film that could not be had."""
    return FetchFailure(
        movie_id,
        error.reason,
        str(error),
        gone=protocol.says_gone(error),
        status=error.status,
        attempts=error.attempts,
        observed_at=error.observed_at,
    )


def itself_or_merged(movie_id: int | str, movie: MovieDetails) -> MovieDetails | FetchFailure:
    """A film, unless TMDB answered with another one because the two were merged."""
    if isinstance(movie_id, str) or movie["tmdb_id"] == movie_id:
        return movie
    return FetchFailure(
        movie_id,
        "merged",
        f"TMDB answered with film {movie['tmdb_id']} instead",
        merged_into=movie["tmdb_id"],
        status=200,
        observed_at=datetime.fromisoformat(movie["observed_at"]),
    )
