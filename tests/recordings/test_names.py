"""Recorded keywords, companies, networks and collections in the file, each value beside the body it came in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.records import read_details
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import COLLECTION, COMPANY, KEYWORD, NETWORK, Kind
from tests.series_bodies import Answer

Body = dict[str, Any]

#: A key that the details of each have and their other answers lack, and how many were recorded.
RECORDED = {KEYWORD: ("name", 5), COMPANY: ("name", 14), NETWORK: ("name", 7), COLLECTION: ("parts", 14)}
FOLDERS = ("kinds/other", "kinds/collection", "tmdb/collection")
TEXTS = {column.name for kind in RECORDED for column in kind.columns if column.type == "VARCHAR"} - {"parent_company"}


def bodies(recordings: Path, kind: Kind) -> Iterator[Body]:
    key, _ = RECORDED[kind]
    for folder in FOLDERS:
        for file in sorted((recordings / folder).glob(f"{kind.name}-*.json")):
            body = json.loads(file.read_text(encoding="utf-8"))
            if re.match(rf"{kind.name}-\d+__", file.name) and key in body:
                yield body


@pytest.mark.parametrize("kind", RECORDED, ids=lambda kind: kind.name)
def test_every_recorded_body_is_stored_as_it_says(recordings: Path, kind: Kind) -> None:
    found = [body | {"id": number} for number, body in enumerate(bodies(recordings, kind), 1)]
    assert len(found) == RECORDED[kind][1]
    db = DuckDBClient(":memory:").of(kind)
    db.commit(Commit(details=[read_details(Answer(json.dumps(body).encode()), kind) for body in found]))
    rows = {row["tmdb_id"]: row for row in db.query(f"FROM {kind.table}").as_dicts()}
    for body in found:
        row = rows.pop(body["id"])
        for name in row.keys() & TEXTS:
            assert row[name] == (body.get(name) or None), name
        if kind is COLLECTION:
            assert row["film_ids"] == [each["id"] for each in body["parts"]]
        odd: set[str] = set()
        if kind is COMPANY:
            parent = body.get("parent_company")
            # One fixture has a number for it.
            odd = {"parent_company"} if isinstance(parent, int) else odd
            told = {} if odd or not parent else parent
            assert (row["parent_company_id"], row["parent_company"]) == (told.get("id"), told.get("name"))
        assert json.loads(row["raw"] or "{}").keys() == body.keys() - {"id", "parts", *row} | odd
    assert rows == {}
