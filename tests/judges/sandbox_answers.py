"""What the sandbox serves: the bodies of many answers, asked for as a client would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue

KEY = "0123456789abcdef0123456789abcdef"
PARTS = (
    "alternative_titles", "credits", "external_ids", "images", "keywords", "lists", "recommendations",
    "release_dates", "reviews", "similar", "translations", "videos", "watch/providers",
)  # fmt: skip


class Sandbox:
    """A sandbox of generated films, and some of the ids that can be asked for."""

    def __init__(self, films: int = 4_000, seed: int = 11) -> None:
        self.catalogue = Catalogue.generated(films, seed, undated=0.02)
        self.app = SandboxApp(self.catalogue)
        self.asked = 0

    def status(self, path: str, **parameters: object) -> tuple[int, Any]:
        """Return the status and the body of an answer."""
        self.asked += 1
        answer = self.app.answer(Request("GET", f"/3{path}", urlencode({"api_key": KEY, **parameters})))
        return answer.status, json.loads(answer.body)

    def get(self, path: str, **parameters: object) -> Any:
        """Return the body of an answer that should be a success."""
        status, body = self.status(path, **parameters)
        assert status == 200, (path, parameters, body)
        return body

    def films(self, count: int) -> list[int]:
        """Return the ids of so many films, evenly spread over time."""
        step = max(1, len(self.catalogue) // count)
        return self.catalogue.ids(range(0, len(self.catalogue), step))[:count]

    def pages(self, path: str, pages: int, **parameters: object) -> Iterator[Any]:
        """Yield the first pages of a list, evenly spread over all of them."""
        first = self.get(path, **parameters)
        yield first
        step = max(1, min(first["total_pages"], 500) // pages)
        for page in range(1 + step, min(first["total_pages"], 500) + 1, step):
            yield self.get(path, **{**parameters, "page": page})
