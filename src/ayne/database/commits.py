"""What a commit does inside its transaction: stage the rows, merge them with what is there, note the progress."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import duckdb

from ayne.data_collection.commit import Rebuilt
from ayne.data_collection.tmdb.coverage import DiscoverPage, Range, RangeProgress
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails
from ayne.data_collection.tmdb.parts import table_of
from ayne.database import history, rows
from ayne.database.changes import settle_changed
from ayne.database.file import append
from ayne.database.statements import statements


def store_pages(con: duckdb.DuckDBPyConnection, sweep_id: int, pages: list[DiscoverPage], now: datetime) -> None:
    """Pages of a discovery: films, which of them the sweep listed, and how far its ranges are."""
    films = {film["tmdb_id"]: film for page in pages for film in page.results}
    con.execute(statements()["stage_summaries"])
    append(con, "staged", map(rows.summary_row, films.values()))
    con.execute(statements()["drop_stale_summaries"])
    con.execute(statements()["merge_summaries"], {"now": now})
    history.note_listed(con)
    _replace_merged(con)
    append(con, "listed", ((sweep_id, film["tmdb_id"]) for page in pages for film in page.results))
    # The last word on each range counts.
    ledger: dict[Range, RangeProgress] = {}
    for page in pages:
        ledger.update((progress.range, progress) for progress in page.ledger)
    values = {"sweep_id": sweep_id, "ranges": [str(item) for item in ledger]}
    con.execute(statements()["delete_ranges"], values)
    append(con, "ranges", (rows.range_row(sweep_id, progress, now) for progress in ledger.values()))


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
    append(con, "staged", map(rows.details_row, films.details))
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
    append(con, "etags", (rows.etag_row(film) for film in films.details if film.get("etag")))
    newer = {
        "ids": [film["tmdb_id"] for film in films.answers],
        "parts": [list(film["parts"]) for film in films.answers],
    }
    con.execute(statements()["delete_raw"], newer)
    append(con, "raw", (rows.raw_row(film) for film in films.answers if film.get("body")))


def _store_outdated(con: duckdb.DuckDBPyConnection, films: Films) -> None:
    """Answers that are older than the films stored: of their parts, those that are newer than what there is of them."""
    parts = _newer_parts(con, films)
    store_parts(con, parts)
    brought = {(part.tmdb_id, part.part) for part in parts}
    useful = (film for film in films.answers if any((film["tmdb_id"], part) in brought for part in film["parts"]))
    append(con, "raw", (rows.raw_row(film) for film in useful if film.get("body")))


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
            append(con, table, (row for part in found for row in part.rows))
    con.execute(statements()["delete_parts"], keys)
    append(con, "parts", (part.record for part in parts))


def store_rebuilt(con: duckdb.DuckDBPyConnection, films: Films) -> Rebuilt:
    """Films read again from answers that were kept: what is older than what the file holds is left alone."""
    con.execute(statements()["stage_details"])
    append(con, "staged", map(rows.details_row, films.details))
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
    ids = {"ids": list(latest)}
    said: dict[tuple[int | str, str], datetime] = {
        (tmdb_id, reason): at for tmdb_id, reason, at in con.execute(statements()["said_before"], ids).fetchall()
    }
    con.execute(statements()["forget_failures"], ids)
    facts = [pair for pair in latest.values() if pair[0].gone or pair[0].merged_into is not None]
    real = [pair for pair in latest.values() if not (pair[0].gone or pair[0].merged_into is not None)]
    disputed = history.store_marks(con, facts, now)
    settle_changed(con, {failure.tmdb_id: history.moment_of(failure, now) for failure, _ in facts})
    real += disputed
    append(
        con,
        "failures",
        (
            # Of a word that is not believed yet it counts when it was first said.
            rows.failure_row(failure, said.get((failure.tmdb_id, failure.reason), now), retry_at)
            for failure, retry_at in real
        ),
    )


def _replace_merged(con: duckdb.DuckDBPyConnection) -> None:
    """Replace rows by deleting and inserting: twice as fast here as any upsert."""
    con.execute(statements()["delete_merged"])
    con.execute(statements()["insert_merged"])
