"""Parts as TMDB sent them: every recorded one is read whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ayne.data_collection.tmdb.parts import read_part
from ayne.data_collection.tmdb.records import read_again
from ayne.kinds import MOVIE

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def recorded_parts(recordings: Path) -> Iterator[tuple[str, Any]]:
    """Every part that was recorded: appended to a film, or asked for by itself."""
    folder = recordings / "tmdb"
    for file in [*sorted((folder / "movie").glob("*.json")), *sorted((folder / "fixtures").glob("*movie_*.json"))]:
        body = file.read_bytes()
        if "title" in json.loads(body):
            for part, value in read_again(body, NOW)["parts"].items():
                if part in MOVIE.parts:
                    yield part, value
    for part in MOVIE.parts:
        for file in sorted((folder / part).glob("*.json")):
            yield part, json.loads(file.read_bytes())


def test_every_recorded_part_is_read_without_a_leftover(recordings: Path) -> None:
    found: Counter[str] = Counter()
    for part, body in recorded_parts(recordings):
        read = read_part(part, body)
        assert (read.unreadable, read.leftovers) == (0, {}), part
        found[part] += len(read.rows)
    # So many objects stand in the bodies, counted without the reader: none is lost, none is made up.
    assert found == {
        "alternative_titles": 83,
        "credits": 6394,
        "external_ids": 4,
        "images": 367,
        "keywords": 56,
        "recommendations": 43,
        "release_dates": 204,
        "reviews": 87,
        "similar": 102,
        "translations": 95,
        "videos": 26,
        "watch/providers": 299,
    }


def test_no_recorded_object_of_a_part_is_lost(recordings: Path) -> None:
    def objects(value: Any, depth: int) -> int:
        """Objects in lists, at the depth where a part has its rows."""
        if isinstance(value, list):
            return sum(objects(item, depth) for item in value)
        if not isinstance(value, dict):
            return 0
        return 1 if not depth else sum(objects(item, depth - 1) for item in value.values())

    depth = {"external_ids": 0, "release_dates": 2, "watch/providers": 3}
    for part, body in recorded_parts(recordings):
        # A credit without an id of its own may stand there twice and be the same.
        assert len(read_part(part, body).rows) == objects(body, depth.get(part, 1)), part
