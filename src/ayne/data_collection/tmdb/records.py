"""Read records from TMDB's answers.

Unknown comes in many shapes: ``0``, ``""``, ``null``, an absent key, ``"7.0"`` for a number. Where a body is not as
expected, each field is decoded on its own, so that a value of an unexpected type costs that value and not the film; in
a list it costs its place and not the list. New keys appear without notice; they are kept in ``raw``, and so are the
values that could not be read, with the whole list they stood in.

Nearly all bodies are as expected. Those are decoded in one go (:mod:`~ayne.data_collection.tmdb.well_formed`), the
others field by field (:mod:`~ayne.data_collection.tmdb.layouts`); both give the same record.
"""

# Pure: values in, values out.

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import msgspec

from ayne.data_collection.answers import Answer, clock_of, glimpse, observed_at
from ayne.data_collection.tmdb.children import ChildReader, missing
from ayne.data_collection.tmdb.coverage import Listed
from ayne.data_collection.tmdb.layouts import OBJECT, Layout, anything, layout_of
from ayne.data_collection.tmdb.models import ListPage, MovieDetails, MovieSummary
from ayne.data_collection.tmdb.protocol import fields
from ayne.errors import BadPayload, ServerFailure
from ayne.kinds import MOVIE, Kind
from ayne.kinds.readers import ANYTHING, UNREADABLE, Count

# RFC 9110, section 8.8.3. It is sent back as it is, so nothing else may be in it.
_ETAG = re.compile(r'(W/)?"[!#-~]{1,200}"')


def _part(value: msgspec.Raw) -> Any:
    """Decode a part. A number no float holds, or a byte that is no text, costs no other row."""
    try:
        return ANYTHING.decode(value)
    except UNREADABLE:
        try:
            return json.loads(bytes(value).decode("utf-8", "replace"))
        except UNREADABLE:
            return glimpse(bytes(value))


def read_page(answer: Answer, page: int, kind: Kind = MOVIE) -> ListPage:
    """Decode a page of a kind's list, which must be the page asked for.

    Raises:
        SourceError: the answer is an error, or no such page.
    """
    layout = layout_of(kind)
    found = layout.whole_page.decode(answer) or _page_field_by_field(answer, layout)
    number, total_pages, total_results, rows, unreadable = found
    if number != page:
        raise BadPayload(f"asked for page {page}, got page {number}", status=200)
    seen = observed_at(answer).isoformat(timespec="seconds")
    for row in rows:
        row["observed_at"] = seen
    return ListPage(page, total_pages, total_results, cast("list[MovieSummary]", rows), unreadable)


def _page_field_by_field(answer: Answer, layout: Layout) -> tuple[int, int, int, list[dict[str, Any]], list[str]]:
    found = fields(answer)
    try:
        rows = msgspec.json.decode(found["results"], type=list[msgspec.Raw])
        number, total_pages, total_results = (
            msgspec.json.decode(found[key], type=Count) for key in ("page", "total_pages", "total_results")
        )
    except (KeyError, *UNREADABLE):
        raise BadPayload(f"200, but not a page of a list: {glimpse(answer.body)}", status=200) from None
    results: list[dict[str, Any]] = []
    unreadable: list[str] = []
    strangers = 0
    for row in rows:
        try:
            results.append(layout.record(OBJECT.decode(row), layout.summary))
        except BadPayload as error:
            unreadable.append(error.message)
        except UNREADABLE:
            strangers += 1
            unreadable.append(f"no {layout.kind.noun}: {glimpse(bytes(row))}")
    if strangers and strangers == len(rows):
        raise BadPayload(f"200, but not a page of a list: {glimpse(answer.body)}", status=200)
    return number, total_pages, total_results, results, unreadable


def read_details(answer: Answer, kind: Kind = MOVIE, asked: Iterable[str] = ()) -> MovieDetails:
    """Decode details: of a film, or of another kind's, with what lies inside of them.

    Where something does, the record's ``lacking`` has the numbers of what the body names and does not have.

    Args:
        answer: what came.
        kind: what it should be of.
        asked: the parts that were asked for. One that TMDB left out is noted as missing, and not asked for again.

    Raises:
        SourceError: the answer is an error, or none of the kind.
    """
    layout, parts = layout_of(kind), tuple(asked)
    # Of what has children the keys are not known beforehand.
    whole = None if kind.children else layout.whole_details.decode(answer)
    record = whole or _details_field_by_field(answer, layout, parts)
    record["observed_at"] = observed_at(answer).isoformat(timespec="seconds")
    if _ETAG.fullmatch(etag := answer.headers.get("etag", "")):
        record["etag"] = etag
    for part in parts:
        record["parts"].setdefault(part, None)
    return cast("MovieDetails", record)


def _details_field_by_field(answer: Answer, layout: Layout, asked: tuple[str, ...]) -> dict[str, Any]:
    found = fields(answer)
    record = layout.record(found, layout.details)
    record["parts"] = {part: _part(found[part]) for part in layout.parts if part in found}
    if layout.kind.children:
        children = ChildReader(layout.kind, asked)
        record |= children.below(layout.kind, (record["tmdb_id"],), found)
        record["lacking"] = missing(layout.kind, found)
        record["parts"] |= children.pieces
        record["raw"] |= children.unreadable
    return record


def read_and_keep(answer: Answer, kind: Kind = MOVIE, asked: Iterable[str] = ()) -> MovieDetails:
    """Decode details, and hand over the answer as received too; see :func:`read_details`.

    Raises:
        SourceError: the answer is an error, or none of the kind.
    """
    movie = read_details(answer, kind, asked)
    movie["body"] = answer.body
    return movie


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer out of the database, where only good ones are."""

    body: bytes
    received_at: datetime
    status: int = 200

    @property
    def headers(self) -> Mapping[str, str]:
        return {}


def read_again(body: bytes, observed_at: datetime, asked: Iterable[str] = (), kind: Kind = MOVIE) -> MovieDetails:
    """Decode details that were kept as they came.

    Args:
        body: as it was kept.
        observed_at: when TMDB made it.
        asked: the parts that were asked for; one that is not in the body is known to be missing.
        kind: what the body is of.

    Raises:
        SourceError: it is none of the kind.
    """
    return read_details(_Kept(body, observed_at), kind, asked)


def read_found(answer: Answer) -> dict[str, list[int]]:
    """Read which TMDB ids an id of another site stands for: of a ``movie``, ``person``, ``tv`` or the like.

    Raises:
        SourceError: the answer is an error, or not one of ``/find``.
    """
    lists = {key.removesuffix("_results"): value for key, value in fields(answer).items() if key.endswith("_results")}
    if not lists:
        raise BadPayload(f"200, but nothing that was found: {glimpse(answer.body)}", status=200)
    found = {name: anything(value) for name, value in lists.items()}
    return {
        name: [row["id"] for row in rows if isinstance(row, dict) and type(row.get("id")) is int]
        for name, rows in found.items()
        if isinstance(rows, list) and rows
    }


def read_success(answer: Answer) -> datetime:
    """Accept any answer that is not an error, as of ``/authentication``; return the server's time."""
    if bytes(fields(answer).get("success", b"true")) != b"true":
        raise ServerFailure("200, but TMDB does not call it a success", status=200)
    return clock_of(answer) or observed_at(answer)


def listed(row: Mapping[str, Any], kind: Kind = MOVIE) -> Listed:
    """Return the values of a list row that decide in which ranges it lies."""
    day = row[kind.day]
    return Listed(
        row["tmdb_id"],
        date.fromisoformat(day) if day else None,
        row.get(kind.votes),
        tuple(row.get(kind.genres, ())),
    )


def in_order(summaries: Iterable[MovieSummary], sort_by: str, kind: Kind = MOVIE) -> list[MovieSummary]:
    """Return each film once, in the order that was asked for, whatever order the pages came in.

    What is not part of a summary, like revenue, is left in the order that TMDB gave.
    """
    films = list({film["tmdb_id"]: film for film in summaries}.values())
    name, way = sort_by.rsplit(".", 1)
    key = kind.day if kind.discover and name == kind.discover.dates else name
    if key not in kind.summary:
        return films

    def row(film: MovieSummary) -> dict[str, Any]:
        return cast("dict[str, Any]", film)

    known = sorted((film for film in films if row(film)[key] is not None), key=lambda film: film["tmdb_id"])
    known.sort(key=lambda film: row(film)[key], reverse=way == "desc")
    return known + [film for film in films if row(film)[key] is None]
