"""What the sandbox serves: the bodies of many answers, asked for as a client would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.pace import Pace
from ayne.sandbox.series.plan import is_long
from ayne.sandbox.television import Television
from ayne.sandbox.world import World

KEY = "0123456789abcdef0123456789abcdef"
PARTS = (
    "alternative_titles", "credits", "external_ids", "images", "keywords", "lists", "recommendations",
    "release_dates", "reviews", "similar", "translations", "videos", "watch/providers",
)  # fmt: skip
SERIES_PARTS = (
    "aggregate_credits", "alternative_titles", "content_ratings", "credits", "episode_groups", "external_ids", "images",
    "keywords", "recommendations", "reviews", "screened_theatrically", "similar", "translations", "videos",
    "watch/providers",
)  # fmt: skip


#: When things begin to happen, and when everything is asked.
START = datetime(2026, 5, 1, tzinfo=UTC).timestamp()
ASKED_AT = START + 5.5 * 86_400


class Sandbox:
    """A sandbox of generated films, and some of the ids that can be asked for.

    Args:
        films: How many there are at the start.
        seed: Which ones.
        series: How many series there are at the start.
        pace: How much has happened since, if anything.
    """

    def __init__(self, films: int = 4_000, seed: int = 11, pace: Pace | None = None, series: int = 1_000) -> None:
        self.catalogue = Catalogue.generated(films, seed, undated=0.02)
        self._world = World(
            self.catalogue,
            pace=pace,
            start=START,
            series=lambda as_of: Television.generated(series, seed, as_of=as_of),
        )
        self.app = SandboxApp(self._world, wall_clock=lambda: ASKED_AT)

    def status(self, path: str, **parameters: object) -> tuple[int, Any]:
        """Return the status and the body of an answer."""
        request = Request("GET", f"/3{path}", urlencode({"api_key": KEY, **parameters}))
        answer = self.app.answer(request)
        return answer.status, json.loads(answer.body)

    def get(self, path: str, **parameters: object) -> Any:
        """Return the body of an answer that should be a success."""
        status, body = self.status(path, **parameters)
        assert status == 200, (path, parameters, body)
        return body

    def films(self, count: int) -> list[int]:
        """Return the ids of so many films, evenly spread over time, and without those that were deleted since."""
        step = max(1, len(self.catalogue) // count)
        found = self.catalogue.ids(range(0, len(self.catalogue), step))[:count]
        fates = ((film, self._world.fate(film, ASKED_AT)) for film in found)
        return [film for film, fate in fates if fate is not None and fate.exists]

    def series(self, count: int) -> list[int]:
        """Return the ids of so many series, evenly spread over time, without those that have hundreds of episodes."""
        television = self._world.television.existing(ASKED_AT)
        found = [number for number in television.columns.ids if not is_long(number)]
        return found[:: max(1, len(found) // count)][:count]

    def seasons(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield the seasons of so many series, as ids and numbers."""
        for number in self.series(count):
            for row in self.get(f"/tv/{number}")["seasons"][:3]:
                yield number, row["season_number"]

    def episodes(self, count: int) -> Iterator[tuple[int, int, int]]:
        """Yield some episodes of so many series, as ids and numbers."""
        for number, season in self.seasons(count):
            for row in self.get(f"/tv/{number}/season/{season}")["episodes"][::9]:
                yield number, season, row["episode_number"]

    def pages(self, path: str, pages: int, **parameters: object) -> Iterator[Any]:
        """Yield the first pages of a list, evenly spread over all of them."""
        first = self.get(path, **parameters)
        yield first
        step = max(1, min(first["total_pages"], 500) // pages)
        for page in range(1 + step, min(first["total_pages"], 500) + 1, step):
            yield self.get(path, **{**parameters, "page": page})
