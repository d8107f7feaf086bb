"""Recorded series, seasons and episodes in the file, each value beside the body it came in.

What a column should say is written here once more, and by nothing that decodes: it is the body's own value, or None
where the body says nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.changes import read_changes
from ayne.data_collection.tmdb.parts import read_part
from ayne.data_collection.tmdb.records import read_details, read_page
from ayne.data_collection.tmdb.series_models import SeriesDetails, SeriesSummary
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import BadPayload
from ayne.kinds import SERIES
from tests.series_bodies import Answer

Body = dict[str, Any]

# Bodies of one series do not come together in the file: each gets ids of its own.
APART = 10**9

_OF_SERIES = """name original_name original_language overview tagline status type in_production number_of_seasons
    number_of_episodes adult softcore homepage poster_path backdrop_path"""
_OF_SEASONS = "season_number name overview poster_path"
_OF_EPISODES = """season_number episode_number name overview episode_type production_code runtime vote_count
    still_path"""
SAME = {"series": _OF_SERIES.split(), "seasons": _OF_SEASONS.split(), "episodes": _OF_EPISODES.split()}
DAYS = {"series": ["first_air_date", "last_air_date"], "seasons": ["air_date"], "episodes": ["air_date"]}
NUMBERS = {
    "series": ["vote_average", "vote_count", "popularity"],
    "seasons": ["vote_average"],
    "episodes": ["vote_average"],
}
LISTS: dict[str, Callable[[Body], list[Any]]] = {
    "genre_ids": lambda body: [each["id"] for each in body.get("genres") or []],
    "genres": lambda body: [each["name"] for each in body.get("genres") or []],
    "network_ids": lambda body: [each["id"] for each in body.get("networks") or []],
    "networks": lambda body: [each["name"] for each in body.get("networks") or []],
    "creator_ids": lambda body: [each["id"] for each in body.get("created_by") or []],
    "created_by": lambda body: [each["name"] for each in body.get("created_by") or []],
    "production_company_ids": lambda body: [each["id"] for each in body.get("production_companies") or []],
    "production_companies": lambda body: [each["name"] for each in body.get("production_companies") or []],
    "production_countries": lambda body: [each["iso_3166_1"] for each in body.get("production_countries") or []],
    "spoken_languages": lambda body: [each["iso_639_1"] for each in body.get("spoken_languages") or []],
    "languages": lambda body: body.get("languages") or [],
    "origin_country": lambda body: body.get("origin_country") or [],
    "episode_run_time": lambda body: body.get("episode_run_time") or [],
}


def bodies(folder: Path) -> Iterator[tuple[str, Body]]:
    for file in sorted(folder.glob("*.json")):
        found = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            yield file.name, found


def whole_series(recordings: Path) -> Iterator[tuple[str, Body]]:
    return ((name, body) for name, body in bodies(recordings / "kinds" / "tv") if "number_of_seasons" in body)


def seasons(recordings: Path) -> Iterator[tuple[str, Body]]:
    for name, body in bodies(recordings / "kinds" / "season"):
        if "episodes" in body:
            yield name, body
    # An episode by itself has the keys that it has in its season, and more.
    beside = {"id", "season_number", "episode_number"}
    for name, body in bodies(recordings / "kinds" / "episode"):
        if beside <= body.keys() and "air_date" in body:
            yield name, {"id": 1, "season_number": body["season_number"], "episodes": [body]}


def answer(body: Body) -> Answer:
    return Answer(json.dumps(body).encode())


def apart(body: Body, number: int) -> Body:
    """The body with ids of its own, as far as it has any."""
    return body | {"id": body["id"] + number * APART} if isinstance(body.get("id"), int) else body


def _with_ids(body: Body, number: int) -> Body:
    found = body | {"id": number, "seasons": [apart(each, number) for each in body["seasons"]]}
    for key in [key for key in body if key.startswith("season/")]:
        found[key] = apart(body[key], number) | {"episodes": [apart(each, number) for each in body[key]["episodes"]]}
    return found


def stored(all_of_them: list[Body]) -> Iterator[tuple[str, Body, dict[str, Any] | None]]:
    """Each object of the bodies, with its table and its row there."""
    with_ids = [_with_ids(body, number) for number, body in enumerate(all_of_them, 1)]
    db = DuckDBClient(":memory:").of(SERIES)
    db.commit(Commit(details=[read_details(answer(body), SERIES) for body in with_ids]))
    tables = ("series", "seasons", "episodes")
    rows = {table: {row["tmdb_id"]: row for row in db.query(f"FROM {table}").as_dicts()} for table in tables}
    for body in with_ids:
        yield "series", body, rows["series"].get(body["id"])
        own = {value["id"]: value for key, value in body.items() if key.startswith("season/") and "id" in value}
        for each in body["seasons"]:
            yield "seasons", each | own.get(each.get("id"), {}), rows["seasons"].get(each.get("id"))
        for season in own.values():
            for each in season["episodes"]:
                yield "episodes", each, rows["episodes"].get(each.get("id"))


def differences(table: str, body: Body, row: dict[str, Any]) -> Iterator[str]:
    for key in SAME[table]:
        said = body.get(key)
        if row[key] != (None if said in ("", None) or (key == "runtime" and said == 0) else said):
            yield f"{key}: {said!r} became {row[key]!r}"
    for key in DAYS[table]:
        if (str(row[key]) if row[key] else None) != (body.get(key) or None):
            yield f"{key}: {body.get(key)!r} became {row[key]!r}"
    for key in NUMBERS[table]:
        said = None if body.get(key) is None else float(body[key])
        if row[key] != (None if key == "vote_average" and not said else said):
            yield f"{key}: {body.get(key)!r} became {row[key]!r}"
    if table == "series":
        yield from differences_of_series(body, row)


def differences_of_series(body: Body, row: dict[str, Any]) -> Iterator[str]:
    for key, of in LISTS.items():
        if row[key] != of(body):
            yield f"{key}: {of(body)!r} became {row[key]!r}"
    for which in ("last", "next"):
        told = body.get(f"{which}_episode_to_air") or {}
        names = {"id": "id", "season_number": "season", "episode_number": "number"}
        for key, column in names.items():
            if row[f"{which}_episode_{column}"] != told.get(key):
                yield f"{which}_episode_{column}: {told.get(key)!r}"
        if str(row[f"{which}_episode_on"] or "") != (told.get("air_date") or ""):
            yield f"{which}_episode_on: {told.get('air_date')!r}"


def test_every_value_of_every_recorded_series_season_and_episode_is_in_its_column(recordings: Path) -> None:
    within = [
        {
            "id": 1,
            "name": name,
            "seasons": [{key: value for key, value in body.items() if key != "episodes"}],
            f"season/{number}": body,
        }
        for number, (name, body) in enumerate(seasons(recordings))
    ]
    wrong, seen, left_out = [], Counter[str](), Counter[str]()
    for table, body, row in stored([body for _, body in whole_series(recordings)] + within):
        if row is None:
            left_out[table] += 1
            assert not isinstance(body.get("id"), int), body
        else:
            seen[table] += 1
            wrong += [f"{table} {said}" for said in differences(table, body, row)]
    assert wrong == []
    assert (seen["series"] >= 139, seen["seasons"] >= 1000, seen["episodes"] >= 240) == (True, True, True), seen
    # Fixtures without ids, which no answer of TMDB's had.
    assert left_out.total() < 60, left_out


def test_every_recorded_series_is_read_whole(recordings: Path) -> None:
    odd: Counter[str] = Counter()
    for _, body in whole_series(recordings):
        record: Any = read_details(answer(body), SERIES)
        odd.update(record["raw"].keys())
        for season in record["seasons"]:
            odd.update(f"season.{key}" for key in season["raw"])
        record.pop("lacking")
        msgspec.convert(record, SeriesDetails)
    # Seasons without an id, in fixtures.
    assert set(odd) <= {"seasons"}
    assert odd.total() <= 4


PARTS: dict[str, Callable[[Body], int]] = {
    "aggregate_credits": lambda body: (
        sum(len(each["roles"]) for each in body["cast"]) + sum(len(each["jobs"]) for each in body["crew"])
    ),
    "alternative_titles": lambda body: len(body.get("results", [])),
    "content_ratings": lambda body: len(body["results"]),
    "episode_groups": lambda body: len(body["results"]),
    "external_ids": lambda body: 1,
    "keywords": lambda body: len(body["results"]),
    "recommendations": lambda body: len(body["results"]),
    "reviews": lambda body: len(body["results"]),
    "screened_theatrically": lambda body: len(body["results"]),
    "similar": lambda body: len(body["results"]),
    "videos": lambda body: len(body["results"]),
}


@pytest.mark.parametrize("part", PARTS)
def test_every_row_of_every_recorded_part_is_read(recordings: Path, part: str) -> None:
    found = []
    for name, body in bodies(recordings / "kinds" / "tv"):
        if part in body:
            found.append((name, body[part]))
        elif f"-{part.replace('_', '-')}__" in name:
            found.append((name, body))
    assert found
    for name, body in found:
        rows = read_part(part, body, SERIES)
        # What stands there twice is one row.
        assert PARTS[part](body) - 2 <= len(rows.rows) + rows.unreadable <= PARTS[part](body), name
        assert not rows.unreadable, name
        # A fixture has a text for the number of a site that is no more.
        assert rows.leftovers in ({}, {"tvrage_id": 1}), name


def test_every_recorded_page_of_series_is_read_whole(recordings: Path) -> None:
    seen = 0
    for _, body in bodies(recordings / "kinds" / "discover_tv"):
        if "page" not in body:
            continue
        page = read_page(answer(body), body["page"], SERIES)
        assert page.unreadable == []
        for row, said in zip(page.results, body["results"], strict=True):
            msgspec.convert(row, SeriesSummary)
            assert row["raw"] == {}
            assert row["tmdb_id"] == said["id"]
            assert row["original_language"] == (said["original_language"] or None)
            seen += 1
    assert seen >= 140


def test_every_recorded_feed_of_series_is_read(recordings: Path) -> None:
    seen = 0
    for name, body in bodies(recordings / "kinds" / "changes"):
        if name.startswith("tv-changes") and "page" in body:
            page = read_changes(answer(body), body["page"])
            found = {each.tmdb_id for each in page.films}
            seen += len(found)
            assert found == {each["id"] for each in body["results"]}, name
    assert seen > 0


def test_a_recorded_series_whose_seasons_are_not_named_is_no_series(recordings: Path) -> None:
    _, body = next(whole_series(recordings))
    with pytest.raises(BadPayload):
        read_details(answer({key: value for key, value in body.items() if key != "seasons"}), SERIES)
