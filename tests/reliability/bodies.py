"""Good answers to begin with: the sandbox's, and recorded ones where the recordings are there."""

from __future__ import annotations

import gzip
import json
from functools import cache
from typing import Any

from ayne.data_collection.tmdb.models import PARTS
from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from tests.conftest import RECORDINGS

#: What of a source is read, and by what road.
KINDS = ("details", "page", "changes", "authentication", "title", "export")

_FILMS = 40
# A moment at which the sandbox's films have changes and exports.
_NOW = 1_770_000_000.0

# Of each kind so many recordings are enough; the largest would take all the time.
_MOST_RECORDED = 200
_LARGEST = 100_000


@cache
def originals() -> dict[str, list[bytes]]:
    """Bodies by kind, always in the same order."""
    bodies = _of_the_sandbox()
    for kind, found in _recorded().items():
        bodies[kind] += found
    return bodies


def _of_the_sandbox() -> dict[str, list[bytes]]:
    films = Catalogue.generated(500, seed=1)
    app = SandboxApp(films, wall_clock=lambda: _NOW)

    def ask(path: str, query: str = "") -> bytes:
        answer = app.answer(Request("GET", path, query and f"api_key={'0' * 32}&{query}"))
        assert answer.status == 200, (path, answer.status)
        return answer.body

    every_part = f"append_to_response={','.join(PARTS)}"
    ids = [number for number in films.ids(range(500)) if films.details(number)][:_FILMS]
    details = [ask(f"/3/movie/{number}", query) for number in ids for query in ("language=en-US", every_part)]
    titles = [json.loads(body)["imdb_id"] for body in details[::2]]
    newest = next(
        file
        for day in ("02_01_2026", "01_31_2026")
        if (file := app.answer(Request("GET", f"/p/exports/movie_ids_{day}.json.gz"))).status == 200
    )
    lines = gzip.decompress(newest.body).splitlines()[:20]
    return {
        # Most recordings are of no parts, so that films with all of them count more than once.
        "details": details + 4 * details[1::2],
        "page": [ask("/3/discover/movie", f"page={page}&vote_count.gte=0") for page in range(1, 11)],
        "changes": [ask("/3/movie/changes", "page=1"), _changes(ids)],
        "authentication": [ask("/3/authentication", "x=1"), ask("/3/configuration", "x=1")],
        "title": [ask("/omdb/", f"apikey=0123abcd&i={title}") for title in titles if title],
        "export": lines,
    }


def _changes(ids: list[int]) -> bytes:
    rows = [{"id": number, "adult": bool(number % 2)} for number in ids]
    return json.dumps({"results": rows, "page": 1, "total_pages": 1, "total_results": len(rows)}).encode()


def _recorded() -> dict[str, list[bytes]]:
    folders = {
        "details": ("tmdb/movie",),
        "page": ("tmdb/discover_movie", "tmdb/search_movie"),
        "changes": ("tmdb/movie_changes",),
        "authentication": ("tmdb/errors", "tmdb/configuration"),
        "title": ("omdb/title", "omdb/errors"),
    }
    return {
        kind: [
            body
            for name in names
            for file in sorted((RECORDINGS / name).glob("*.json"))[:_MOST_RECORDED]
            if len(body := file.read_bytes()) < _LARGEST and _is_json(body)
        ]
        for kind, names in folders.items()
    }


def _is_json(body: bytes) -> bool:
    try:
        found: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(found, dict)
