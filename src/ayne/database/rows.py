"""Records as rows of the database, and back. Values only; the order of columns is that of the tables."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from ayne.data_collection.commit import StoredCopy
from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.tmdb.coverage import Listed, Range, RangeProgress
from ayne.data_collection.tmdb.models import ExportedMovie, FetchFailure, MovieDetails, MovieSummary
from ayne.data_collection.tmdb.parts import PartRows, read_part, table_of
from ayne.kinds import MOVIE


def summary_row(film: MovieSummary) -> tuple[Any, ...]:
    """Return a row of ``staged`` for a summary."""
    found: Mapping[str, Any] = film
    values = [found[name] for name in _IN_SUMMARY]
    return (film["tmdb_id"], *values, _raw(film), moment(film))


def details_row(film: MovieDetails) -> tuple[Any, ...]:
    """Return a row of ``staged`` for details."""
    found: Mapping[str, Any] = film
    values = [pick(found[key]) if pick else found[key] for key, pick in _IN_DETAILS]
    return (film["tmdb_id"], *values, _raw(film), moment(film))


# Where in a record the values of a row stand, in the order of the table; the id is in front.
_IN_SUMMARY = [column.name for column in MOVIE.columns if column.in_summary]
_IN_DETAILS = [(column.key, column.reader.pick) for column in MOVIE.columns[1:]]


def _raw(film: MovieSummary | MovieDetails) -> str | None:
    return as_json(film["raw"]) if film["raw"] else None


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of a film on its way into the file.

    Attributes:
        found: its rows; None when TMDB sent no such part, or it has no table.
        kept: the part as JSON, when it has no table.
    """

    tmdb_id: int
    part: str
    found: PartRows | None
    kept: str | None
    fetched_at: datetime

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """Its rows in the part's own table."""
        return [(self.tmdb_id, *row) for row in self.found.rows] if self.found else []

    @property
    def record(self) -> tuple[Any, ...]:
        """Its row of ``parts``."""
        if self.found is None:
            return (self.tmdb_id, self.part, None, 0, None, None, self.kept, self.fetched_at, MOVIE.name)
        found = self.found
        leftovers = as_json(found.leftovers) if found.leftovers else None
        counts = (len(found.rows), found.unreadable, found.reported, leftovers)
        return (self.tmdb_id, self.part, *counts, None, self.fetched_at, MOVIE.name)


def stored_part(film: MovieDetails, part: str) -> StoredPart:
    """A part of a film as rows."""
    tmdb_id, body = film["tmdb_id"], film["parts"][part]
    if body is None:
        return StoredPart(tmdb_id, part, None, None, moment(film))
    if table_of(part) is None:
        return StoredPart(tmdb_id, part, None, as_json(body), moment(film))
    # Whoever fetched the film for us may have read its parts already.
    found = body if isinstance(body, PartRows) else read_part(part, body)
    return StoredPart(tmdb_id, part, found, None, moment(film))


def raw_row(film: MovieDetails) -> tuple[Any, ...]:
    """A row of ``raw``."""
    return (film["tmdb_id"], sorted(film["parts"]), film["body"].decode("utf-8", "replace"), moment(film), MOVIE.name)


def etag_row(film: MovieDetails) -> tuple[Any, ...]:
    """A row of ``etags``."""
    return (film["tmdb_id"], sorted(film["parts"]), film["etag"], MOVIE.name)


def failure_row(failure: FetchFailure, now: datetime, retry_at: datetime) -> tuple[Any, ...]:
    """A row of ``failures``."""
    return (
        failure.tmdb_id,
        failure.reason,
        failure.message,
        failure.status,
        failure.attempts,
        now,
        to_utc(retry_at),
        MOVIE.name,
    )


def rating_row(movie: OMDbMovie, asked_at: datetime) -> tuple[Any, ...]:
    """A row of ``ratings``."""
    return (
        movie["imdb_id"],
        movie["title"],
        movie["type"],
        movie["year"],
        movie["end_year"],
        movie["rated"],
        movie["released"],
        movie["runtime"],
        movie["imdb_rating"],
        movie["imdb_votes"],
        movie["rotten_tomatoes"],
        movie["metascore"],
        movie["awards"],
        movie["box_office"],
        movie["genres"],
        movie["languages"],
        movie["countries"],
        movie["director"],
        movie["writer"],
        movie["actors"],
        movie["plot"],
        movie["poster"],
        movie["production"],
        movie["website"],
        movie["dvd"],
        movie["season"],
        movie["episode"],
        movie["series_id"],
        movie["total_seasons"],
        as_json(movie["raw"]) if movie["raw"] else None,
        moment(movie),
        asked_at,
        "rated",
        None,
    )


def outcome_of(failure: RatingFailure) -> str:
    """What ``ratings`` says of a title that could not be had."""
    if failure.none:
        return "none"
    if failure.malformed:
        return "malformed"
    return "mismatched" if failure.mismatched else "failed"


def exported_row(film: ExportedMovie) -> tuple[Any, ...]:
    """A row of ``staged_export``."""
    return (film.tmdb_id, film.original_title, film.popularity, film.adult, film.video)


def range_row(sweep_id: int, progress: RangeProgress, now: datetime) -> tuple[Any, ...]:
    """A row of ``ranges``."""
    item = progress.range
    return (
        sweep_id,
        str(item),
        item.start,
        item.end,
        item.min_votes,
        item.max_votes,
        list(item.with_genres),
        list(item.without_genres),
        progress.state,
        progress.pages,
        sorted(progress.pages_done),
        progress.sweeps,
        progress.rows,
        progress.distinct,
        progress.reported_low,
        progress.reported_high,
        now,
    )


def progress_of(row: tuple[Any, ...]) -> RangeProgress:
    """What a row of ``ranges`` says."""
    start, end, min_votes, max_votes, with_genres, without_genres, state, pages, pages_done, *counts = row
    item = Range(start, end, min_votes, max_votes, tuple(with_genres), tuple(without_genres))
    return RangeProgress(item, state, pages, frozenset(pages_done), *counts)


def listed_of(row: tuple[Any, ...]) -> Listed:
    """What a listed film's row says of the ranges it lies in."""
    tmdb_id, day, votes, genres = row
    return Listed(tmdb_id, day, votes, tuple(genres or ()))


def stored_copy_of(row: tuple[Any, ...]) -> StoredCopy:
    """What a film's row says of how old its copy may be."""
    tmdb_id, status, release_date, details_at, failed, vote_count, popularity, changed_by = row
    return StoredCopy(
        tmdb_id,
        status,
        release_date,
        details_at and from_utc(details_at),
        failed,
        vote_count,
        popularity,
        changed_by and from_utc(changed_by),
    )


def limit(most: int | None) -> int:
    """At most so many rows, None for all of them: LIMIT takes no NULL, so that is more than any table holds."""
    return 2**62 if most is None else min(most, 2**62)


def as_json(value: Any) -> str:
    """A value as JSON text."""
    return msgspec.json.encode(value).decode()


def moment(film: MovieSummary | MovieDetails | OMDbMovie) -> datetime:
    """When a film was observed, as the file keeps it."""
    return to_utc(datetime.fromisoformat(film["observed_at"]))


def to_utc(moment: datetime) -> datetime:
    """DuckDB's TIMESTAMP has no zone; every moment in the file is UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def from_utc(moment: datetime) -> datetime:
    """A moment out of the file."""
    return moment.replace(tzinfo=UTC)
