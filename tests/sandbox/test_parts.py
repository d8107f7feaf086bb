"""Whether the parts of an invented film are shaped like recorded ones: keys, and types of values."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.films.parts import PARTS

Shape = dict[str, set[str]]

# Where the recordings are silent, others are not.
EXPLAINED = {
    # Each is null for films that are not there: the recorded ones are well-known films.
    "external_ids": {".imdb_id", ".wikidata_id", ".facebook_id", ".instagram_id", ".twitter_id"},
    # Rows are list rows: `softcore` came in 2026, a picture may be missing.
    "recommendations": {".results[].softcore", ".results[].backdrop_path", ".results[].poster_path"},
    "similar": {".results[].softcore"},
    # New in 2026, as the recorded collection with images shows it.
    "images": {".backdrops[].iso_3166_1", ".logos[].iso_3166_1", ".posters[].iso_3166_1"},
}


def walk(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    yield path, type(value).__name__
    match value:
        case dict():
            for key, each in value.items():
                # `watch/providers` has countries for keys.
                yield from walk(each, f"{path}.{'*' if len(key) == 2 and key.isupper() else key}")
        case list():
            for each in value:
                yield from walk(each, f"{path}[]")


def shape(parts: list[Any]) -> Shape:
    found: Shape = defaultdict(set)
    for part in parts:
        for path, kind in walk(part):
            found[path].add(kind)
    return found


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> dict[str, list[Any]]:
    folder = recordings / "tmdb"
    files = [*folder.glob("movie/*__202[456]-*.json"), folder / "fixtures/c-eg_movie_details_with_append.json"]
    bodies = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    parts = {name: [body[name] for body in bodies if name in body] for name in PARTS}
    for name in ("alternative_titles", "credits", "keywords", "translations", "videos"):
        for file in folder.glob(f"{name}/*__202[2-6]-*.json"):
            alone = json.loads(file.read_text(encoding="utf-8"))
            del alone["id"]
            parts[name].append(alone)
    return parts


@pytest.fixture(scope="module")
def invented() -> dict[str, list[Any]]:
    films = Catalogue.generated(400)
    bodies = [films.details(film_id, PARTS) or {} for film_id in films.ids(range(len(films)))]
    return {name: [body[name] for body in bodies] for name in PARTS}


@pytest.mark.parametrize("name", PARTS)
def test_an_invented_part_has_the_keys_and_types_of_a_recorded_one(
    name: str, recorded: dict[str, list[Any]], invented: dict[str, list[Any]]
) -> None:
    real, ours = shape(recorded[name]), shape(invented[name])
    explained = EXPLAINED.get(name, set())
    assert ours.keys() ^ real.keys() <= explained
    assert {
        path: kinds - real[path] for path, kinds in ours.items() if path not in explained and kinds - real[path]
    } == {}
