"""Write rows inside a transaction: stage them, merge them with what is there, note the progress.

The SQL of it is in ``sql/statements.sql``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ayne.data_collection.run_report import Rebuilt
from ayne.data_collection.tmdb.children import unread
from ayne.data_collection.tmdb.coverage import DiscoverPage, Range, RangeProgress
from ayne.data_collection.tmdb.models import FetchFailure
from ayne.database import history, rows
from ayne.database.changes import settle_changed
from ayne.database.rows import Record
from ayne.database.tables import Transaction
from ayne.kinds import Kind


def store_pages(tx: Transaction, sweep_id: int, pages: list[DiscoverPage], now: datetime) -> None:
    """Store pages of a discovery: list rows, which of them the sweep listed, and the progress of its ranges."""
    store_listed(tx, (row for page in pages for row in page.results), now)
    tx.append("listed", ((sweep_id, row["tmdb_id"]) for page in pages for row in page.results))
    # The last word on each range counts.
    ledger: dict[Range, RangeProgress] = {}
    for page in pages:
        ledger.update((progress.range, progress) for progress in page.ledger)
    tx.run("delete_ranges", sweep_id=sweep_id, ranges=[str(item) for item in ledger])
    tx.append("ranges", (rows.range_row(sweep_id, progress, now) for progress in ledger.values()))


def store_listed(tx: Transaction, listed: Iterable[Record], now: datetime) -> None:
    """Store rows of lists, the last of each film."""
    found: dict[int, Record] = {row["tmdb_id"]: row for row in listed}
    tx.run("stage_summaries")
    tx.append("staged", map(rows.rows_of(tx.kind).summary, found.values()))
    tx.run("drop_stale_summaries")
    tx.run("merge_summaries", now=now)
    history.note_listed(tx)
    _replace_merged(tx)


@dataclass(frozen=True, slots=True)
class Films:
    """Details to be stored, with their parts already read: nothing is decoded inside a transaction.

    Attributes:
        details: each film once.
        parts: each part of each film once.
        answers: the films whose answers together hold all of that.
        inside: what lies inside of them, like the episodes of series: rows of each kind.
    """

    details: list[Record]
    parts: list[rows.StoredPart]
    answers: list[Record]
    inside: dict[Kind, list[tuple[Any, ...]]]

    @classmethod
    def of(cls, details: Iterable[Record], kind: Kind) -> Films:
        """Gather films. Of equal films the last counts, and for each part the last that has it."""
        films: dict[int, Record] = {}
        parts: dict[tuple[int, str], Record] = {}
        answers: dict[int, list[Record]] = {}
        for film in details:
            tmdb_id = film["tmdb_id"]
            films[tmdb_id] = film
            parts.update(((tmdb_id, part), film) for part in film["parts"])
            older = [answer for answer in answers.get(tmdb_id, ()) if answer["parts"].keys() - film["parts"].keys()]
            answers[tmdb_id] = [*older, film]
        read = rows.rows_of(kind).part
        return cls(
            list(films.values()),
            [read(film, part) for (_, part), film in parts.items()],
            [film for of_one in answers.values() for film in of_one],
            rows.rows_inside(kind, films.values()),
        )

    @property
    def ids(self) -> list[int]:
        """Return the id of each film."""
        return [film["tmdb_id"] for film in self.details]

    def only(self, ids: set[int], kind: Kind) -> Films:
        """Return those with these ids."""
        details = [film for film in self.details if film["tmdb_id"] in ids]
        return Films(
            details,
            [part for part in self.parts if part.tmdb_id in ids],
            [film for film in self.answers if film["tmdb_id"] in ids],
            rows.rows_inside(kind, details),
        )


def store_details(tx: Transaction, films: Films, now: datetime) -> None:
    """Store films with their parts, and the answers they were read from if these are kept."""
    as_rows, ids = rows.rows_of(tx.kind), films.ids
    tx.run("stage_details")
    tx.append("staged", map(as_rows.details, films.details))
    tx.run("forget_failures", ids=ids)
    settle_changed(tx, {film["tmdb_id"]: rows.moment(film) for film in films.details})
    if outdated := {tmdb_id for (tmdb_id,) in tx.run("outdated_details")}:
        tx.run("drop_staged", ids=list(outdated))
        _store_outdated(tx, films.only(outdated, tx.kind))
        films = films.only({*ids} - outdated, tx.kind)
    tx.run("note_details")
    tx.run("merge_details", now=now)
    _replace_merged(tx)
    store_children(tx, films, now)
    store_parts(tx, films.parts)
    # Of those that were outdated too: with other parts, what is stored is known by no one name any more.
    tx.run("delete_etags", ids=ids)
    tx.append("etags", (as_rows.etag(film) for film in films.details if film.get("etag")))
    answers = films.answers
    tx.run("delete_raw", ids=[film["tmdb_id"] for film in answers], parts=[list(film["parts"]) for film in answers])
    tx.append("raw", (as_rows.raw(film) for film in answers if film.get("body")))


def store_children(tx: Transaction, films: Films, now: datetime) -> None:
    """Store the children of details that were just stored; mark those that the details do not name as gone."""
    moments = [rows.moment(film) for film in films.details]
    for kind, found in films.inside.items():
        inner = tx.of(kind)
        inner.run("stage_details")
        inner.append("staged", found)
        # What another's newer answer named since has moved there.
        inner.run("drop_outdated")
        inner.run("note_details")
        inner.run("merge_details", now=now)
        _replace_merged(inner)
        if unnamed := inner.run("unnamed", ids=films.ids, moments=moments):
            ids, when = map(list, zip(*unnamed, strict=True))
            history.mark_gone(inner, ids, when)


def _store_outdated(tx: Transaction, films: Films) -> None:
    """Answers that are older than the films stored: of their parts, those that are newer than what there is of them."""
    parts = _newer_parts(tx, films)
    store_parts(tx, parts)
    brought = {(part.tmdb_id, part.part) for part in parts}
    useful = (film for film in films.answers if any((film["tmdb_id"], part) in brought for part in film["parts"]))
    tx.append("raw", (rows.rows_of(tx.kind).raw(film) for film in useful if film.get("body")))


def _newer_parts(tx: Transaction, films: Films) -> list[rows.StoredPart]:
    held = tx.run("part_moments", ids=films.ids)
    moments = {(tmdb_id, part): fetched_at for tmdb_id, part, fetched_at in held}
    return [part for part in films.parts if part.fetched_at >= moments.get((part.tmdb_id, part.part), part.fetched_at)]


def store_parts(tx: Transaction, parts: list[rows.StoredPart], *, search: bool = False) -> None:
    """Store parts, each replacing what the film had of it.

    Args:
        tx: the transaction.
        parts: each film's once.
        search: delete old rows also where ``parts`` knows of none.
    """
    if not parts:
        return
    keys = {"ids": [part.tmdb_id for part in parts], "names": [part.part for part in parts]}
    old: dict[str, list[int]] = dict(tx.run("stored_parts", **keys))
    by_part: dict[str, list[rows.StoredPart]] = {}
    for part in parts:
        by_part.setdefault(part.part, []).append(part)
    for name, found in by_part.items():
        if table := found[0].table:
            if ids := [part.tmdb_id for part in found] if search else old.get(name):
                tx.run(f"delete_{table}", ids=ids)
            tx.append(table, (row for part in found for row in part.rows))
    tx.run("delete_parts", **keys)
    tx.append("parts", (part.record for part in parts))


def store_rebuilt(tx: Transaction, films: Films) -> Rebuilt:
    """Store films read again from kept answers; leave alone what is newer in the file."""
    rebuilt = Rebuilt()
    staged = {tx.kind: list(map(rows.rows_of(tx.kind).details, films.details)), **films.inside}
    for kind, found in staged.items():
        inner = tx.of(kind)
        inner.run("stage_details")
        inner.append("staged", found)
        inner.run("drop_outdated")
        inner.run("merge_rebuilt")
        inner.run("delete_merged")
        ((rebuilt.rows[kind.table],),) = inner.run("insert_merged")
    rebuilt.outdated = len(films.details) - rebuilt.rows[tx.kind.table]
    parts = _newer_parts(tx, films)
    store_parts(tx, parts, search=True)
    for part in parts:
        if part.found:
            rebuilt.rows[part.table or "parts"] += len(part.found.rows)
            rebuilt.unreadable += part.found.unreadable
            rebuilt.leftovers.update({f"{part.part}.{key}": n for key, n in part.found.leftovers.items()})
    for film in films.details:
        rebuilt.leftovers.update(unread(tx.kind, film))
    return rebuilt


def store_failures(tx: Transaction, failures: Sequence[tuple[FetchFailure, datetime]], now: datetime) -> None:
    """Store films that failed; mark those that are gone or merged, list the others."""
    latest = {failure.tmdb_id: (failure, retry_at) for failure, retry_at in failures}
    ids = list(latest)
    said: dict[tuple[Any, str], datetime] = {
        (tmdb_id, reason): at for tmdb_id, reason, at in tx.run("said_before", ids=ids)
    }
    tx.run("forget_failures", ids=ids)
    facts = [pair for pair in latest.values() if pair[0].gone or pair[0].merged_into is not None]
    real = [pair for pair in latest.values() if not (pair[0].gone or pair[0].merged_into is not None)]
    disputed = history.store_marks(tx, facts, now)
    settle_changed(tx, {failure.tmdb_id: history.moment_of(failure, now) for failure, _ in facts})
    real += disputed
    as_row = rows.rows_of(tx.kind).failure
    tx.append(
        "failures",
        (
            # Of a word that is not believed yet it counts when it was first said.
            as_row(failure, said.get((failure.tmdb_id, failure.reason), now), retry_at)
            for failure, retry_at in real
        ),
    )


def _replace_merged(tx: Transaction) -> None:
    """Replace rows by deleting and inserting: twice as fast here as any upsert."""
    tx.run("delete_merged")
    tx.run("insert_merged")
