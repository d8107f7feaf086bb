"""What is asked of each id of a kind, and what is made of what came: decisions about values. The client asks."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ayne.data_collection.answers import Answer, observed_at
from ayne.data_collection.tmdb import protocol, records
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged, checked_parts
from ayne.errors import Mismatched, SourceError
from ayne.kinds import Kind

# What becomes of a film that is asked for.
Fetched = MovieDetails | FetchFailure | Unchanged


@dataclass(frozen=True, slots=True)
class DetailsQuestion:
    """What is asked of each id; made once, however many ids are asked for.

    Attributes:
        kind: what is asked for.
        parts: fetched in the same request.
        params: of the request.
        keep_bodies: whether each record has the answer as it came too.
    """

    kind: Kind
    parts: tuple[str, ...]
    params: Mapping[str, str]
    keep_bodies: bool

    @classmethod
    def checked(
        cls,
        kind: Kind,
        append: Iterable[str],
        language: str | None,
        further_languages: Mapping[str, tuple[str, ...] | None],
        *,
        keep_bodies: bool,
    ) -> DetailsQuestion:
        """Make the question for these parts, in this language; :func:`~.protocol.details_params` has the further ones.

        Raises:
            ValueError: a part that TMDB does not have.
        """
        parts = checked_parts(append, kind)
        return cls(kind, parts, protocol.details_params(parts, language, further_languages, kind), keep_bodies)

    def path(self, number: int | str) -> str:
        """Return the path to ask at.

        Raises:
            ValueError: it is no id.
        """
        return protocol.details_path(self.kind, number)

    def read(self, movie_id: int | str, answer: Answer) -> MovieDetails:
        """Read a film in an answer. A part that TMDB left out is noted as missing, and not asked for again.

        Raises:
            Mismatched: it is another film.
            SourceError: the answer is an error, or not a film.
        """
        read = records.read_and_keep if self.keep_bodies else records.read_details
        movie = read(answer, self.kind)
        for part in self.parts:
            movie["parts"].setdefault(part, None)
        if not _is_asked_for(movie_id, movie):
            error = Mismatched(f"TMDB answered with {self.kind.noun} {movie['tmdb_id']} instead", status=answer.status)
            error.answered = movie["tmdb_id"]
            raise error
        return movie

    def read_unless_same(self, tmdb_id: int, etag: str, answer: Answer) -> MovieDetails | Unchanged:
        """Read the answer to a question that was put with an ``If-None-Match``."""
        if answer.status != 304:
            return self.read(tmdb_id, answer)
        said = answer.headers.get("etag", etag)
        if _bare(said) != _bare(etag):
            raise Mismatched(f"TMDB answered that a {self.kind.noun} is unchanged, and means another one", status=304)
        return Unchanged(tmdb_id, self.parts, observed_at(answer))


def _is_asked_for(movie_id: int | str, movie: MovieDetails) -> bool:
    """Say whether it has this id of TMDB's or IMDb's; what names no IMDb id is taken for it."""
    if isinstance(movie_id, int):
        return movie["tmdb_id"] == movie_id
    named = movie["imdb_id"]
    return named is None or named.removeprefix("tt").lstrip("0") == movie_id.removeprefix("tt").lstrip("0")


def _bare(etag: str) -> str:
    """Return what is compared of an ETag. Source: RFC 9110, section 13.1.2."""
    return etag.removeprefix("W/")


def failed(movie_id: int | str, error: SourceError) -> FetchFailure:
    """Return a failure; a film is merged when another one was answered twice, over two connections."""
    confirmed = isinstance(error, Mismatched) and error.confirmed
    merged_into = error.answered if isinstance(error, Mismatched) and error.confirmed else None
    if not (isinstance(merged_into, int) and isinstance(movie_id, int)):
        merged_into = None
    return FetchFailure(
        movie_id,
        error.reason if merged_into is None else "merged",
        str(error),
        gone=protocol.says_gone(error),
        merged_into=merged_into,
        status=error.status,
        attempts=error.attempts,
        observed_at=error.observed_at,
        confirmed=confirmed,
    )
