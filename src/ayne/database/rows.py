"""Records as rows of the database, and back; :mod:`~ayne.database.writes` puts them into the tables.

The order of columns is that of the tables.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import msgspec

from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure
from ayne.data_collection.refresh import StoredCopy
from ayne.data_collection.tmdb.coverage import Listed, Range, RangeProgress
from ayne.data_collection.tmdb.models import ExportedMovie, FetchFailure
from ayne.data_collection.tmdb.parts import PartRows, read_part
from ayne.kinds import MOVIE, Kind

# A summary or details of any kind, as its description says.
Record = Mapping[str, Any]


class KindRows:
    """Records of a kind as rows of its tables; :func:`rows_of` keeps one for each kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        # Where in a record the values of a row stand, in the order of the table; the id is in front.
        self._in_summary = list(kind.summary)
        self._in_details = [(column.field, column.reader.pick) for column in kind.columns[1:]]

    def summary(self, record: Record) -> tuple[Any, ...]:
        """Return a row of ``staged`` for a summary."""
        return (record["tmdb_id"], *(record[name] for name in self._in_summary), _raw(record), moment(record))

    def details(self, record: Record, at: datetime | None = None) -> tuple[Any, ...]:
        """Return a row of ``staged`` for details; what lies inside of others is as old as they are."""
        values = [pick(record[key]) if pick else record[key] for key, pick in self._in_details]
        return (record["tmdb_id"], *values, _raw(record), at or moment(record))

    def part(self, record: Record, part: str) -> StoredPart:
        """Return a part of details, read."""
        body, table = record["parts"][part], self._kind.table_of(part)
        found, kept = None, None
        if body is not None and table:
            # Whoever fetched the record for us may have read its parts already.
            found = body if isinstance(body, PartRows) else read_part(part, body, self._kind)
        elif body is not None:
            kept = as_json(body)
        return StoredPart(self._kind.name, record["tmdb_id"], part, table, found, kept, moment(record))

    def raw(self, record: Record) -> tuple[Any, ...]:
        """Return a row of ``raw``."""
        body = record["body"].decode("utf-8", "replace")
        return (record["tmdb_id"], sorted(record["parts"]), body, moment(record), self._kind.name)

    def etag(self, record: Record) -> tuple[Any, ...]:
        """Return a row of ``etags``."""
        return (record["tmdb_id"], sorted(record["parts"]), record["etag"], self._kind.name)

    def failure(self, failure: FetchFailure, now: datetime, retry_at: datetime) -> tuple[Any, ...]:
        """Return a row of ``failures``."""
        told = (failure.reason, failure.message, failure.status, failure.attempts)
        return (failure.tmdb_id, *told, now, to_utc(retry_at), self._kind.name)


rows_of = cache(KindRows)


def rows_inside(kind: Kind, records: Iterable[Record]) -> dict[Kind, list[tuple[Any, ...]]]:
    """Return rows of ``staged`` for all that lies inside of details, by kind; of equal ids the last counts."""
    found: dict[Kind, dict[int, tuple[Any, ...]]] = {child: {} for child in kind.family[1:]}

    def note(above: Kind, record: Record, at: datetime) -> None:
        for child in above.children:
            as_row = rows_of(child).details
            for inner in record[child.inside.key] if child.inside else ():
                found[child][inner["tmdb_id"]] = as_row(inner, at)
                note(child, inner, at)

    for record in records:
        note(kind, record, moment(record))
    return {child: list(rows.values()) for child, rows in found.items()}


def _raw(record: Record) -> str | None:
    return as_json(record["raw"]) if record["raw"] else None


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part, ready to be stored.

    Attributes:
        kind: of what it is a part.
        table: where its rows go, None for a part that is kept as JSON.
        found: its rows; None when TMDB sent no such part, or it has no table.
        kept: the part as JSON, when it has no table.
    """

    kind: str
    tmdb_id: int
    part: str
    table: str | None
    found: PartRows | None
    kept: str | None
    fetched_at: datetime

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """Return its rows in the part's own table."""
        return [(self.tmdb_id, *row) for row in self.found.rows] if self.found else []

    @property
    def record(self) -> tuple[Any, ...]:
        """Return its row of ``parts``."""
        if self.found is None:
            return (self.tmdb_id, self.part, None, 0, None, None, self.kept, self.fetched_at, self.kind)
        found = self.found
        leftovers = as_json(found.leftovers) if found.leftovers else None
        counts = (len(found.rows), found.unreadable, found.reported, leftovers)
        return (self.tmdb_id, self.part, *counts, None, self.fetched_at, self.kind)


# What of a rating is a column of its own; the table has them in the same order.
_RATED = [name for name in OMDbMovie.__annotations__ if name not in {"observed_at", "raw"}]


def rating_row(movie: OMDbMovie, asked_at: datetime) -> tuple[Any, ...]:
    """Return a row of ``ratings``."""
    record: Record = movie
    return (*(record[name] for name in _RATED), _raw(movie), moment(movie), asked_at, "rated", None)


def outcome_of(failure: RatingFailure) -> str:
    """Return what ``ratings`` says about a title that failed."""
    if failure.none:
        return "none"
    if failure.malformed:
        return "malformed"
    return "mismatched" if failure.mismatched else "failed"


def exported_row(film: ExportedMovie) -> tuple[Any, ...]:
    """Return a row of ``staged_export``."""
    return (film.tmdb_id, film.original_title, film.popularity, film.adult, film.video)


def range_row(sweep_id: int, progress: RangeProgress, now: datetime) -> tuple[Any, ...]:
    """Return a row of ``ranges``."""
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
    """Return the progress that a row of ``ranges`` holds."""
    start, end, min_votes, max_votes, with_genres, without_genres, state, pages, pages_done, *counts = row
    item = Range(start, end, min_votes, max_votes, tuple(with_genres), tuple(without_genres))
    return RangeProgress(item, state, pages, frozenset(pages_done), *counts)


def listed_of(row: tuple[Any, ...]) -> Listed:
    """Return what a listed film's row says about its place in ranges."""
    tmdb_id, day, votes, genres = row
    return Listed(tmdb_id, day, votes, tuple(genres or ()))


def stored_copy_of(row: tuple[Any, ...], kind: Kind = MOVIE) -> StoredCopy:
    """Return the stored copy that a row describes."""
    tmdb_id, status, release_date, details_at, failed, vote_count, popularity, changed_by, latest, upcoming = row
    return StoredCopy(
        tmdb_id,
        status,
        release_date,
        details_at and from_utc(details_at),
        failed,
        vote_count,
        popularity,
        changed_by and from_utc(changed_by),
        latest,
        upcoming,
        goes_on=bool(kind.latest) and status not in kind.over,
        is_dateless=not kind.day,
    )


def limit(most: int | None) -> int:
    """Return a value for LIMIT; for None a number above any table's rows, since LIMIT takes no NULL."""
    return 2**62 if most is None else min(most, 2**62)


def as_json(value: Any) -> str:
    """Return a value as JSON text."""
    return msgspec.json.encode(value).decode()


def moment(record: Record) -> datetime:
    """Return when a record was observed, as the file stores it."""
    return _moment(record["observed_at"])


# A film's rows have the same one, and so has whatever came in the same second.
@lru_cache(maxsize=256)
def _moment(text: str) -> datetime:
    return to_utc(datetime.fromisoformat(text))


def to_utc(moment: datetime) -> datetime:
    """Return a moment of the file as UTC: DuckDB's TIMESTAMP has no zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def from_utc(moment: datetime) -> datetime:
    """Return a moment as read from the file."""
    return moment.replace(tzinfo=UTC)
