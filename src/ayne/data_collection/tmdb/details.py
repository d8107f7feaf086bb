"""Decide what to request for each id of a kind, and read the answer. The client sends the requests."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import msgspec

from ayne.data_collection.answers import Answer, observed_at
from ayne.data_collection.tmdb import children, protocol, records
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged, checked_parts
from ayne.errors import BadPayload, Mismatched, SourceError
from ayne.kinds import Kind

# Headers that say what an answer is, and not when it was made.
_OF_ONE_ANSWER = frozenset({"etag", "content-length", "content-encoding"})

# What becomes of a film that is asked for.
Fetched = MovieDetails | FetchFailure | Unchanged


@dataclass(frozen=True, slots=True)
class DetailsQuestion:
    """The question for each id; made once, for any number of ids.

    Attributes:
        kind: what is asked for.
        parts: fetched in the same request.
        params: of the request, but for children that are asked for by number; see :meth:`first`.
        keep_bodies: whether each record has the answer as received too.
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
        """Return the path of the request.

        Raises:
            ValueError: the id is invalid.
        """
        return protocol.details_path(self.kind, number)

    def first(self, known: Iterable[int] | None = None) -> Mapping[str, str]:
        """Return the parameters of the first request for an id.

        Args:
            known: the numbers of the children that are stored of it; None when it was never fetched.
        """
        if not self.kind.children:
            return self.params
        return self.appending(children.appended(self.kind, self.parts, self.first_numbers(known)))

    def first_numbers(self, known: Iterable[int] | None = None) -> list[int]:
        """Return the numbers of the children that are asked for first."""
        return children.first_numbers(self.kind, self.parts, known)

    def appending(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the parameters of a request that appends this."""
        told = ",".join(names)
        rest = {name: value for name, value in self.params.items() if name != "append_to_response"}
        return {"append_to_response": told, **rest} if told else rest

    def read(self, movie_id: int | str, answer: Answer) -> MovieDetails | More:
        """Read a film in an answer. A part that TMDB left out is noted as missing, and not asked for again.

        Returns:
            What it is; or, when it names children that did not come, what is still to be asked for.

        Raises:
            Mismatched: it is another film.
            SourceError: the answer is an error, or not a film.
        """
        read = records.read_and_keep if self.keep_bodies else records.read_details
        movie = read(answer, self.kind, self.parts)
        if not _is_asked_for(movie_id, movie):
            error = Mismatched(f"TMDB answered with {self.kind.noun} {movie['tmdb_id']} instead", status=answer.status)
            error.answered = movie["tmdb_id"]
            raise error
        if lacking := cast("dict[str, Any]", movie).pop("lacking", None):
            left = tuple(map(tuple, children.further(self.kind, self.parts, lacking)))
            return More(self, movie["tmdb_id"], (answer,), left)
        return movie

    def read_unless_same(self, tmdb_id: int, etag: str, answer: Answer) -> MovieDetails | Unchanged | More:
        """Read the answer to a request with ``If-None-Match``."""
        if answer.status != 304:
            return self.read(tmdb_id, answer)
        said = answer.headers.get("etag", etag)
        if _bare(said) != _bare(etag):
            raise Mismatched(f"TMDB answered that a {self.kind.noun} is unchanged, and means another one", status=304)
        return Unchanged(tmdb_id, self.parts, observed_at(answer))


@dataclass(frozen=True, slots=True)
class More:
    """An answer that names children which did not come with it: there was no room for them.

    Attributes:
        question: what was asked.
        tmdb_id: of whom.
        answers: what came so far, the first in front.
        left: what each of the further requests appends.
    """

    question: DetailsQuestion
    tmdb_id: int
    answers: tuple[Answer, ...]
    left: tuple[tuple[str, ...], ...]

    @property
    def params(self) -> Mapping[str, str]:
        """Return the parameters of the next request."""
        return self.question.appending(self.left[0])

    def read(self, answer: Answer) -> MovieDetails | More:
        """Read the answer to the next request; return what is still missing, or the complete details.

        Raises:
            SourceError: the answer is an error, of another id, or lacks what the first one named.
        """
        found = protocol.fields(answer)
        named = f"of {self.question.kind.noun} {self.tmdb_id}"
        if bytes(found.get("id", b"")) != str(self.tmdb_id).encode():
            raise BadPayload(f"TMDB was asked for more {named}, and sent another", status=answer.status)
        if lacking := children.not_sent(self.question.kind, self.left[0], found):
            raise BadPayload(f"TMDB names {', '.join(lacking)} {named} and does not send it", status=answer.status)
        answers = (*self.answers, answer)
        if left := self.left[1:]:
            return More(self.question, self.tmdb_id, answers, left)
        return self.question.read(self.tmdb_id, _joined(answers, self.question.kind))


@dataclass(frozen=True, slots=True)
class _Joined:
    """Several answers about the same as one, as old as the oldest of them."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


def _joined(answers: tuple[Answer, ...], kind: Kind) -> _Joined:
    first, *further = map(protocol.fields, answers)
    body = msgspec.json.encode(children.with_more(kind, first, further))
    oldest = min(answers, key=observed_at)
    headers = {name: value for name, value in oldest.headers.items() if name not in _OF_ONE_ANSWER}
    return _Joined(oldest.status, headers, body, oldest.received_at)


def _is_asked_for(movie_id: int | str, movie: MovieDetails) -> bool:
    """Say whether it has this id of TMDB's or IMDb's; what names no IMDb id is taken for it."""
    if isinstance(movie_id, int):
        return movie["tmdb_id"] == movie_id
    named = movie["imdb_id"]
    return named is None or named.removeprefix("tt").lstrip("0") == movie_id.removeprefix("tt").lstrip("0")


def _bare(etag: str) -> str:
    """Return the part of an ETag that is compared."""
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
