"""Recorded people in the file, each value beside the body it came in; read by nothing that decodes there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.changes import read_changes
from ayne.data_collection.tmdb.parts import read_part
from ayne.data_collection.tmdb.person_models import PersonDetails
from ayne.data_collection.tmdb.records import read_details
from ayne.kinds import PERSON
from tests.made_once import in_memory
from tests.series_bodies import answered

Body = dict[str, Any]

SAME = (
    *("imdb_id", "name", "known_for_department", "gender", "place_of_birth", "biography", "adult", "homepage"),
    *("profile_path", "birthday", "deathday"),
)


def bodies(folder: Path) -> Iterator[tuple[str, Body]]:
    for file in sorted(folder.glob("*.json")):
        found = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            yield file.name, found


def whole_people(recordings: Path) -> list[tuple[str, Body]]:
    beside = {"id", "name", "also_known_as", "biography"}
    return [(name, body) for name, body in bodies(recordings / "kinds" / "person") if beside <= body.keys()]


def differences(body: Body, row: dict[str, Any]) -> Iterator[str]:
    for key in SAME:
        kept = str(row[key]) if row[key] is not None and key.endswith("day") else row[key]
        if kept != (None if body.get(key) == "" else body.get(key)):
            yield f"{key}: {body.get(key)!r} became {row[key]!r}"
    if row["also_known_as"] != [name for name in body["also_known_as"] if name]:
        yield f"also_known_as: {body['also_known_as']!r} became {row['also_known_as']!r}"
    if row["popularity"] != (None if body.get("popularity") is None else float(body["popularity"])):
        yield f"popularity: {body.get('popularity')!r} became {row['popularity']!r}"


def test_every_value_of_every_recorded_person_is_in_its_column(recordings: Path) -> None:
    # Bodies of one person do not come together in the file: each gets an id of its own.
    apart = {number: body | {"id": number} for number, (_, body) in enumerate(whole_people(recordings), 1)}
    assert len(apart) >= 26
    db, odd = in_memory(PERSON), Counter[str]()
    records = [read_details(answered(body), PERSON) for body in apart.values()]
    for record in records:
        msgspec.convert(record, PersonDetails)
        odd.update(record["raw"].keys())
    assert odd == {}
    db.commit(Commit(details=records))
    rows = {row["tmdb_id"]: row for row in db.query("FROM people").as_dicts()}
    assert [said for number, body in apart.items() for said in differences(body, rows[number])] == []


def titles(body: Body) -> list[tuple[Any, ...]]:
    found = []
    for kind in ("cast", "crew"):
        for each in body.get(kind, []):
            name, day = ("name", "first_air_date") if each["media_type"] == "tv" else ("title", "release_date")
            told = (each["media_type"], each["id"], each[name], each.get(day) or None)
            found.append((kind, each.get("credit_id"), *told, each.get("job"), each.get("character") or None))
    return sorted(dict.fromkeys(found), key=str)


def pieces(recordings: Path, part: str) -> list[tuple[str, Body]]:
    found = []
    for name, body in bodies(recordings / "kinds" / "person"):
        if isinstance(body.get(part), dict):
            found.append((name, body[part]))
        elif f"-{part.replace('_', '-')}__" in name and "tagged" not in name:
            found.append((name, body))
    return found


@pytest.mark.parametrize("part", PERSON.usual_parts)
def test_every_row_of_every_recorded_part_is_read(recordings: Path, part: str) -> None:
    found = pieces(recordings, part)
    assert len(found) > 5
    for name, body in found:
        rows = read_part(part, body, PERSON)
        lists = {"images": "profiles", "translations": "translations"}
        expected = 1 if part == "external_ids" else len(body.get(lists.get(part, ""), []))
        if part == "combined_credits":
            expected = len(titles(body))
        assert (len(rows.rows), rows.unreadable, dict(rows.leftovers)) == (expected, 0, {}), name


def test_every_recorded_credit_says_in_the_file_what_it_said_there(recordings: Path) -> None:
    db, expected = in_memory(PERSON), []
    for number, (_, body) in enumerate(pieces(recordings, "combined_credits"), 1):
        whole = {"id": number, "name": "N", "combined_credits": body}
        db.commit(Commit(details=[read_details(answered(whole), PERSON)]))
        expected += [(number, *row) for row in titles(body)]
    columns = "tmdb_id, kind, credit_id, media_type, title_id, title, CAST(release_date AS VARCHAR), job, character"
    rows = db.query(f"SELECT {columns} FROM person_credits").rows
    assert len(expected) > 1000
    assert sorted(rows, key=str) == sorted(expected, key=str)


def test_every_recorded_feed_of_people_is_read(recordings: Path) -> None:
    seen = 0
    for name, body in bodies(recordings / "kinds" / "changes"):
        if name.startswith("person-changes") and "page" in body:
            found = {each.tmdb_id for each in read_changes(answered(body), body["page"]).films}
            seen += len(found)
            assert found == {each["id"] for each in body["results"]}, name
    assert seen > 0
