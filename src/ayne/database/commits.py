"""What a commit does inside its transaction: stage the rows, merge them with what is there, note the progress."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import duckdb

from ayne.data_collection.commit import DayOfChanges, Rebuilt, StoredExport
from ayne.data_collection.tmdb.coverage import DiscoverPage, Range, RangeProgress
from ayne.data_collection.tmdb.models import Export, ExportedMovie, FetchFailure, MovieDetails, UnreadableLine
from ayne.data_collection.tmdb.parts import table_of
from ayne.database import history, rows
from ayne.database.statements import statements

# Some megabytes of Python objects at a time; larger pieces are not faster.
_EXPORT_LINES_AT_ONCE = 20_000

# How many unreadable lines are told about; the others are counted.
_EXAMPLES = 10


def store_pages(con: duckdb.DuckDBPyConnection, sweep_id: int, pages: list[DiscoverPage], now: datetime) -> None:
    """Pages of a discovery: films, which of them the sweep listed, and how far its ranges are."""
    films = {film["tmdb_id"]: film for page in pages for film in page.results}
    con.execute(statements()["stage_summaries"])
    _append(con, "staged", map(rows.summary_row, films.values()))
    con.execute(statements()["drop_stale_summaries"])
    con.execute(statements()["merge_summaries"], {"now": now})
    history.note_listed(con)
    _replace_merged(con)
    _append(con, "listed", ((sweep_id, film["tmdb_id"]) for page in pages for film in page.results))
    # The last word on each range counts.
    ledger: dict[Range, RangeProgress] = {}
    for page in pages:
        ledger.update((progress.range, progress) for progress in page.ledger)
    values = {"sweep_id": sweep_id, "ranges": [str(item) for item in ledger]}
    con.execute(statements()["delete_ranges"], values)
    _append(con, "ranges", (rows.range_row(sweep_id, progress, now) for progress in ledger.values()))


@dataclass(frozen=True, slots=True)
class Films:
    """Films on their way into the file, with their parts read: nothing is decoded inside a transaction.

    Attributes:
        details: each film once.
        parts: each part of each film once.
        answers: the films whose answers together hold all of that.
    """

    details: list[MovieDetails]
    parts: list[rows.StoredPart]
    answers: list[MovieDetails]

    @classmethod
    def of(cls, details: Iterable[MovieDetails]) -> Films:
        """Of equal films the last counts, and the last that has it for each part."""
        films: dict[int, MovieDetails] = {}
        parts: dict[tuple[int, str], MovieDetails] = {}
        answers: dict[int, list[MovieDetails]] = {}
        for film in details:
            tmdb_id = film["tmdb_id"]
            films[tmdb_id] = film
            parts.update(((tmdb_id, part), film) for part in film["parts"])
            older = [answer for answer in answers.get(tmdb_id, ()) if answer["parts"].keys() - film["parts"].keys()]
            answers[tmdb_id] = [*older, film]
        return cls(
            list(films.values()),
            [rows.stored_part(film, part) for (_, part), film in parts.items()],
            [film for of_one in answers.values() for film in of_one],
        )

    def only(self, ids: set[int]) -> Films:
        """Those with these ids."""
        return Films(
            [film for film in self.details if film["tmdb_id"] in ids],
            [part for part in self.parts if part.tmdb_id in ids],
            [film for film in self.answers if film["tmdb_id"] in ids],
        )

    def without(self, ids: set[int]) -> Films:
        """Those with other ids."""
        return self.only({film["tmdb_id"] for film in self.details} - ids)


def store_details(con: duckdb.DuckDBPyConnection, films: Films, now: datetime) -> None:
    """Films with their parts, and the answers they were read from where they are to be kept."""
    con.execute(statements()["stage_details"])
    _append(con, "staged", map(rows.details_row, films.details))
    ids = [film["tmdb_id"] for film in films.details]
    con.execute(statements()["forget_failures"], {"ids": ids})
    settle_changed(con, {film["tmdb_id"]: rows.moment(film) for film in films.details})
    if outdated := {tmdb_id for (tmdb_id,) in con.execute(statements()["outdated_details"]).fetchall()}:
        con.execute(statements()["drop_staged"], {"ids": list(outdated)})
        _store_outdated(con, films.only(outdated))
        films = films.without(outdated)
    con.execute(statements()["note_details"])
    con.execute(statements()["merge_details"], {"now": now})
    _replace_merged(con)
    store_parts(con, films.parts)
    con.execute(statements()["delete_etags"], {"ids": ids})
    _append(con, "etags", (rows.etag_row(film) for film in films.details if film.get("etag")))
    newer = {
        "ids": [film["tmdb_id"] for film in films.answers],
        "parts": [list(film["parts"]) for film in films.answers],
    }
    con.execute(statements()["delete_raw"], newer)
    _append(con, "raw", (rows.raw_row(film) for film in films.answers if film.get("body")))


def _store_outdated(con: duckdb.DuckDBPyConnection, films: Films) -> None:
    """Answers that are older than the films stored: of their parts, those that are newer than what there is of them."""
    parts = _newer_parts(con, films)
    store_parts(con, parts)
    brought = {(part.tmdb_id, part.part) for part in parts}
    useful = (film for film in films.answers if any((film["tmdb_id"], part) in brought for part in film["parts"]))
    _append(con, "raw", (rows.raw_row(film) for film in useful if film.get("body")))


def _newer_parts(con: duckdb.DuckDBPyConnection, films: Films) -> list[rows.StoredPart]:
    held = con.execute(statements()["part_moments"], {"ids": [film["tmdb_id"] for film in films.details]}).fetchall()
    moments = {(tmdb_id, part): fetched_at for tmdb_id, part, fetched_at in held}
    return [part for part in films.parts if part.fetched_at >= moments.get((part.tmdb_id, part.part), part.fetched_at)]


def store_parts(con: duckdb.DuckDBPyConnection, parts: list[rows.StoredPart], *, search: bool = False) -> None:
    """Parts, each in place of what the film had of it.

    Args:
        con: inside a transaction.
        parts: each film's once.
        search: delete old rows also where ``parts`` knows of none.
    """
    if not parts:
        return
    keys = {"ids": [part.tmdb_id for part in parts], "names": [part.part for part in parts]}
    old: dict[str, list[int]] = dict(con.execute(statements()["stored_parts"], keys).fetchall())
    by_part: dict[str, list[rows.StoredPart]] = {}
    for part in parts:
        by_part.setdefault(part.part, []).append(part)
    for name, found in by_part.items():
        if table := table_of(name):
            if ids := [part.tmdb_id for part in found] if search else old.get(name):
                con.execute(statements()[f"delete_{table}"], {"ids": ids})
            _append(con, table, (row for part in found for row in part.rows))
    con.execute(statements()["delete_parts"], keys)
    _append(con, "parts", (part.record for part in parts))


def store_rebuilt(con: duckdb.DuckDBPyConnection, films: Films) -> Rebuilt:
    """Films read again from answers that were kept: what is older than what the file holds is left alone."""
    con.execute(statements()["stage_details"])
    _append(con, "staged", map(rows.details_row, films.details))
    con.execute(statements()["drop_outdated"])
    con.execute(statements()["merge_rebuilt"])
    con.execute(statements()["delete_merged"])
    ((written,),) = con.execute(statements()["insert_merged"]).fetchall()
    parts = _newer_parts(con, films)
    store_parts(con, parts, search=True)
    rebuilt = Rebuilt(outdated=len(films.details) - written)
    rebuilt.rows["movies"] = written
    for part in parts:
        if part.found:
            rebuilt.rows[table_of(part.part) or "parts"] += len(part.found.rows)
            rebuilt.unreadable += part.found.unreadable
            rebuilt.leftovers.update({f"{part.part}.{key}": n for key, n in part.found.leftovers.items()})
    for film in films.details:
        rebuilt.leftovers.update(film["raw"].keys())
    return rebuilt


def store_failures(
    con: duckdb.DuckDBPyConnection, failures: list[tuple[FetchFailure, datetime]], now: datetime
) -> None:
    """Films that could not be had; those that are gone or merged are marked, the others listed."""
    latest = {failure.tmdb_id: (failure, retry_at) for failure, retry_at in failures}
    con.execute(statements()["forget_failures"], {"ids": list(latest)})
    facts = [pair for pair in latest.values() if pair[0].gone or pair[0].merged_into is not None]
    real = [pair for pair in latest.values() if not (pair[0].gone or pair[0].merged_into is not None)]
    disputed = history.store_marks(con, facts, now)
    settle_changed(con, {failure.tmdb_id: history.moment_of(failure, now) for failure, _ in facts})
    real += disputed
    _append(con, "failures", (rows.failure_row(failure, now, retry_at) for failure, retry_at in real))


def store_day_of_changes(con: duckdb.DuckDBPyConnection, day: DayOfChanges, now: datetime) -> tuple[int, int]:
    """Films that changed on a day, and the watermark behind them; how many are to be fetched: stored ones, others."""
    ours = others = 0
    if day.films:
        moments = {name: rows.to_utc(getattr(day, name)) for name in ("changed_by", "safe_at", "not_before")}
        con.execute(
            statements()["stage_changed"], {"ids": list(day.films), "may_add": list(day.may_add), "now": now, **moments}
        )
        ((ours, others),) = con.execute(statements()["count_staged_changed"]).fetchall()
        con.execute(statements()["delete_staged_changed"])
        con.execute(statements()["insert_staged_changed"])
    if day.complete:
        con.execute(statements()["move_watermark"], {"day": day.day, "now": now})
    return ours, others


def settle_changed(con: duckdb.DuckDBPyConnection, answered: Mapping[Any, datetime]) -> None:
    """Changed films that TMDB has answered about since: done, or to be looked at again if the answer was too early.

    Args:
        con: inside a transaction, that of the answers.
        answered: when each film's answer was made.
    """
    if answered:
        values = {"ids": list(answered), "moments": list(answered.values())}
        con.execute(statements()["settle_changed"], values)
        con.execute(statements()["postpone_changed"], values)


def store_export(
    con: duckdb.DuckDBPyConnection, export: Export, lines: Iterable[ExportedMovie | UnreadableLine], now: datetime
) -> StoredExport:
    """The films of a whole export, into the census; what earlier exports named stays, with the day they did."""
    con.execute(statements()["stage_export"])
    unreadable = 0
    examples: list[str] = []
    left = iter(lines)
    while piece := list(islice(left, _EXPORT_LINES_AT_ONCE)):
        _append(con, "staged_export", (rows.exported_row(line) for line in piece if isinstance(line, ExportedMovie)))
        for line in piece:
            if isinstance(line, UnreadableLine):
                unreadable += 1
                if len(examples) < _EXAMPLES:
                    examples.append(f"line {line.number}: {line.reason}")
    day = {"day": export.day}
    con.execute(statements()["drop_repeated_exports"])
    ((films,),) = con.execute(statements()["count_exported"]).fetchall()
    con.execute(statements()["drop_overtaken_exports"], day)
    con.execute(statements()["merge_export"], {"export": export.name, **day})
    con.execute(statements()["delete_merged_export"])
    con.execute(statements()["insert_merged_export"])
    facts = {"export": export.name, "bytes": export.size, "films": films, "unreadable": unreadable, "now": now, **day}
    con.execute(statements()["finish_export"], facts)
    con.execute(statements()["forget_staged_export"])
    return StoredExport(export.name, export.day, films, unreadable, examples)


def _replace_merged(con: duckdb.DuckDBPyConnection) -> None:
    """Replace rows by deleting and inserting: twice as fast here as any upsert."""
    con.execute(statements()["delete_merged"])
    con.execute(statements()["insert_merged"])


def _append(con: duckdb.DuckDBPyConnection, table: str, values: Iterable[tuple[Any, ...]]) -> None:
    if found := list(values):
        appender = con.appender(table)
        appender.append_rows(found)
        appender.flush()
