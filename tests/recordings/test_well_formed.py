"""Recorded bodies are decoded in one go, and to the same as field by field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.unit.test_well_formed import assert_same_road, mutated


def recorded_bodies(recordings: Path) -> Iterator[tuple[str, bytes]]:
    for kind, folder in (("details", "movie"), ("page", "discover_movie"), ("page", "search_movie")):
        for file in sorted((recordings / "tmdb" / folder).glob("*.json")):
            yield kind, file.read_bytes()


def test_recorded_bodies_take_the_fast_road(recordings: Path) -> None:
    taken = [assert_same_road(kind, body) for kind, body in recorded_bodies(recordings)]
    assert sum(taken) / len(taken) > 0.95


def test_whatever_is_changed_in_a_recorded_body_both_roads_agree(recordings: Path) -> None:
    chance = Random(7)  # noqa: S311 - reproducible
    bodies = [(kind, body) for kind, body in recorded_bodies(recordings) if len(body) < 10_000]
    taken = [assert_same_road(kind, mutated(body, chance)) for _ in range(20) for kind, body in bodies]
    assert 100 < sum(taken) < len(taken)
