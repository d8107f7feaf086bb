"""Answers of the right form that are false: wrong totals, rows left out, nulls, broken JSON."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from zlib import crc32

import msgspec

from .answers import Answer
from .chance import Dice
from .pages import PAGE_SIZE

Body = dict[str, Any]

_LISTS = (
    "genres", "networks", "created_by", "seasons", "production_companies", "production_countries", "spoken_languages",
    "origin_country", "genre_ids",
)  # fmt: skip
_IDS = ("id", "iso_3166_1", "iso_639_1")
#: The ways in which an entry of a list can be unknown.
UNKNOWN = ("name", "id", "entry")
_MILLION = 1_000_000
_TEXT = re.compile(rb'"(?:Plot|overview)":"')


def _changed(answer: Answer, change: Callable[[Body], None]) -> Answer:
    """Return the answer with a changed body; one without a body of that kind stays as it is."""
    if answer.status != 200 or not answer.body.startswith(b"{"):
        return answer
    body: Body = msgspec.json.decode(answer.body)
    change(body)
    return replace(answer, body=msgspec.json.encode(body))


def with_total(answer: Answer, lie: Callable[[int], float]) -> Answer:
    """Return a list with another total, and as many pages as that total would need."""

    def change(body: Body) -> None:
        if "total_results" in body:
            total = max(0, math.ceil(lie(body["total_results"])))
            body |= {"total_results": total, "total_pages": max(1, -(-total // PAGE_SIZE))}

    return _changed(answer, change)


def flickering(percent: float, n: int) -> Callable[[int], float]:
    """Return what the n-th request is told of a total that differs by so many percent at most."""
    share = percent / 100 * (2 * Dice("flicker", n).below(_MILLION) / _MILLION - 1)
    return lambda total: total * (1 + share)


def with_more_pages(answer: Answer, more: int) -> Answer:
    """Return a list that counts pages which it does not have: they are empty."""

    def change(body: Body) -> None:
        if "total_pages" in body:
            body["total_pages"] += more

    return _changed(answer, change)


def without_some(answer: Answer, percent: float) -> Answer:
    """Return a list without some of its rows: always those of the same films, and they stay counted."""

    def change(body: Body) -> None:
        if isinstance(body.get("results"), list):
            body["results"] = [row for row in body["results"] if not _is_hidden(row, percent)]

    return _changed(answer, change)


def _is_hidden(row: Mapping[str, object], percent: float) -> bool:
    return crc32(str(row.get("id")).encode()) % _MILLION < percent / 100 * _MILLION


def with_nulls(answer: Answer, unknown: str) -> Answer:
    """Return a film, or a page of them, in whose lists the first entry is unknown in one of the ways of `UNKNOWN`."""

    def change(body: Body) -> None:
        for row in _films(body):
            for name in _LISTS:
                if row.get(name):
                    row[name][0] = _unknown(row[name][0], unknown)
            if row.get("belongs_to_collection"):
                row["belongs_to_collection"] = _unknown(row["belongs_to_collection"], unknown)

    return _changed(answer, change)


def _films(body: Body) -> Iterator[Body]:
    yield body
    if isinstance(body.get("results"), list):
        yield from (row for row in body["results"] if isinstance(row, dict))


def _unknown(entry: object, unknown: str) -> object:
    if unknown == "entry" or not isinstance(entry, dict):
        return None
    return {key: None if (key in _IDS) == (unknown == "id") else value for key, value in entry.items()}


def with_row_of_nobody(answer: Answer) -> Answer:
    """Return a list with one row more, which has no id."""

    def change(body: Body) -> None:
        if isinstance(body.get("results"), list):
            body["results"].insert(0, {"id": None, "adult": None})

    return _changed(answer, change)


def with_id_as_text(answer: Answer) -> Answer:
    """Return a list whose first row has its id as a text."""

    def change(body: Body) -> None:
        if isinstance(body.get("results"), list) and body["results"]:
            body["results"][0]["id"] = str(body["results"][0]["id"])

    return _changed(answer, change)


def with_raw_text(answer: Answer, raw: bytes) -> Answer:
    r"""Return JSON as somebody writes it by hand: these bytes stand in a plot or an overview as they are.

    >>> with_raw_text(Answer(200, {}, b'{"Plot":"He waits."}'), b"\t").body
    b'{"Plot":"\tHe waits."}'
    """
    return replace(answer, body=_TEXT.sub(lambda found: found[0] + raw, answer.body))
