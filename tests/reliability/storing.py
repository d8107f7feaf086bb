"""Records into a database, and back: what was read must be what is there, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.commit import Commit
from ayne.data_collection.omdb.models import OMDbMovie
from ayne.data_collection.omdb.quota import Lease
from ayne.data_collection.tmdb.changes import ChangesPage, DayOfChanges
from ayne.data_collection.tmdb.coverage import DiscoverPage, Range, RangeProgress, SweepPlan
from ayne.data_collection.tmdb.models import (
    MOVIE_IDS,
    Export,
    ExportedMovie,
    FetchFailure,
    ListPage,
    MovieDetails,
)
from ayne.data_collection.tmdb.parts import read_part
from ayne.data_collection.tmdb.records import read_again
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import SourceError
from ayne.kinds import MOVIE

_DAY = date(2026, 2, 12)
_SUMMARY = (
    "title", "original_title", "original_language", "overview", "release_date", "vote_average", "vote_count",
    "popularity",
    "adult", "video", "softcore", "poster_path", "backdrop_path",
)  # fmt: skip
_DETAILS = (*_SUMMARY, "imdb_id", "tagline", "status", "runtime", "budget", "revenue", "homepage", "origin_country")
_RATINGS = (
    "title", "type", "year", "end_year", "rated", "released", "runtime", "imdb_rating", "imdb_votes",
    "rotten_tomatoes",
    "metascore", "awards", "box_office", "genres", "director", "plot", "dvd", "season", "series_id",
    "total_seasons",
)  # fmt: skip


@dataclass
class Haul:
    """What was made of some bodies."""

    details: list[MovieDetails] = field(default_factory=list)
    pages: list[ListPage] = field(default_factory=list)
    changes: list[ChangesPage] = field(default_factory=list)
    titles: list[OMDbMovie] = field(default_factory=list)
    exported: list[ExportedMovie | UnreadableLine] = field(default_factory=list)
    refused: list[SourceError] = field(default_factory=list)


def store_and_compare(haul: Haul, now: datetime) -> int:
    """Put everything into a fresh database and read it back; how many records there are."""
    db = DuckDBClient(":memory:")
    try:
        stored = _store_pages(db, haul.pages, now)
        stored += _store_failures(db, haul.refused, now)
        stored += _store_details(db, haul.details)
        stored += _store_titles(db, haul.titles, now)
        stored += _store_export(db, haul.exported)
        _store_changes(db, haul.changes, now)
        return stored
    finally:
        db.close()


def _store_pages(db: DuckDBClient, pages: Sequence[ListPage], now: datetime) -> int:
    span = Range(date(2020, 1, 1), date(2026, 12, 31))
    sweep = db.begin_sweep(SweepPlan(2020, 2026, 0), now)
    found = [DiscoverPage(page, (RangeProgress(span, pages=len(pages)),), 0, 0) for page in pages]
    db.commit(Commit(sweep_id=sweep.sweep_id, pages=found))
    films = {film["tmdb_id"]: film for page in pages for film in page.results}
    _expect(db, "movies", "tmdb_id", films, _SUMMARY)
    return len(films)


def _store_failures(db: DuckDBClient, refused: Sequence[SourceError], now: datetime) -> int:
    failures = [
        (FetchFailure(2**53 + number, error.reason, str(error), status=error.status), now)
        for number, error in enumerate(refused)
    ]
    db.commit(Commit(failures=failures))
    found = dict(db.query("SELECT tmdb_id, message FROM failures").rows)
    assert found == {failure.tmdb_id: failure.message for failure, _ in failures}
    return len(failures)


def _store_details(db: DuckDBClient, details: Sequence[MovieDetails]) -> int:
    known = {tmdb_id for (tmdb_id,) in db.query("SELECT tmdb_id FROM movies").rows}
    db.commit(Commit(details=list(details)))
    films = {film["tmdb_id"]: film for film in details}
    _expect(db, "movies", "tmdb_id", films, _DETAILS)
    assert {tmdb_id for (tmdb_id,) in db.query("SELECT tmdb_id FROM movies").rows} == known | films.keys()
    for tmdb_id, part, rows in db.query("SELECT tmdb_id, part, rows FROM parts").rows:
        sent = [film["parts"][part] for film in details if film["tmdb_id"] == tmdb_id and part in film["parts"]][-1]
        wanted = read_part(part, sent).rows if part in MOVIE.parts and sent is not None else None
        assert rows == (None if wanted is None else len(wanted)), f"{rows} rows of {part}"
        if wanted:
            kept = db.query(
                f"SELECT * EXCLUDE (tmdb_id) FROM {MOVIE.parts[part].table} WHERE tmdb_id = ?", [tmdb_id]
            ).rows
            assert sorted(map(repr, kept)) == sorted(map(repr, wanted)), f"other rows of {part} than were read"
    again = [
        read_again(answer.body, answer.observed_at, answer.parts) for answer in db.kept_answers(0, len(details) + 1)
    ]
    missing = {film["tmdb_id"] for film in again} ^ films.keys()
    assert not missing, f"not kept, or of another film: {missing}"
    db.commit_rebuilt(again)
    assert {tmdb_id for (tmdb_id,) in db.query("SELECT tmdb_id FROM movies").rows} == known | films.keys()
    return len(films)


def _store_titles(db: DuckDBClient, titles: Sequence[OMDbMovie], now: datetime) -> int:
    db.commit_ratings(Lease(1, "OMDb", _DAY, 0), titles, now)
    found = {title["imdb_id"]: title for title in titles}
    _expect(db, "ratings", "imdb_id", found, _RATINGS)
    return len(found)


def _store_export(db: DuckDBClient, lines: Sequence[ExportedMovie | UnreadableLine]) -> int:
    films = {line.tmdb_id: line for line in lines if isinstance(line, ExportedMovie)}
    told = db.store_export(Export(MOVIE_IDS, _DAY, Path("export"), 1), lines)
    assert told.films == len(films)
    assert told.unreadable == sum(isinstance(line, UnreadableLine) for line in lines)
    named = {tmdb_id for (tmdb_id,) in db.query("SELECT tmdb_id FROM census").rows}
    assert named == films.keys()
    return len(films)


def _store_changes(db: DuckDBClient, pages: Iterable[ChangesPage], now: datetime) -> None:
    ids = sorted({film.tmdb_id for page in pages for film in page.films})
    db.enter_changes(DayOfChanges(_DAY, ids, ids, now, now + timedelta(hours=8), now, complete=True), now)
    assert db.feed_position().watermark == _DAY


def _expect(db: DuckDBClient, table: str, key: str, records: Mapping[Any, Any], names: Sequence[str]) -> None:
    columns = ", ".join(f'"{name}"' for name in (key, *names))
    stored = db.query(f"SELECT {columns} FROM {table} WHERE {key} = ANY($ids)", {"ids": list(records)}).rows
    assert len(stored) == len(records), f"{len(records)} records make {len(stored)} rows of {table}"
    for number, *values in stored:
        for name, value in zip(names, values, strict=True):
            said = records[number][name]
            assert _plain(value) == _plain(said), f"{table}.{name} of {number} is {value!r}, read was {said!r}"


def _plain(value: Any) -> Any:
    """A value as the file and the record have it alike: days as text, no list as an empty one."""
    return value.isoformat() if isinstance(value, date) else value or None
