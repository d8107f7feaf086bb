"""A stand-in for OMDb: titles by IMDb id, one key, and a quota that it counts itself."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx

KEY = "0123abcd"

Body = Mapping[str, Any] | str


class Said(NamedTuple):
    """An answer: its status, its body, and headers beyond the usual."""

    status: int
    body: Body
    headers: Mapping[str, str] = {}


def title(imdb_id: str, **values: Any) -> dict[str, Any]:
    """A film as OMDb has it."""
    return {
        "Title": f"Film {imdb_id}",
        "Year": "2013",
        "Rated": "PG-13",
        "Released": "14 Jun 2013",
        "Runtime": "143 min",
        "Genre": "Action, Sci-Fi",
        "Awards": "Nominated for 1 BAFTA Award7 wins & 46 nominations total",
        "Ratings": [
            {"Source": "Internet Movie Database", "Value": "7.1/10"},
            {"Source": "Rotten Tomatoes", "Value": "57%"},
            {"Source": "Metacritic", "Value": "55/100"},
        ],
        "Metascore": "55",
        "imdbRating": "7.1",
        "imdbVotes": "858,780",
        "imdbID": imdb_id,
        "Type": "movie",
        "DVD": "N/A",
        "BoxOffice": "$291,045,518",
        "Response": "True",
        **values,
    }


def error(words: str) -> dict[str, str]:
    return {"Response": "False", "Error": words}


LIMIT_REACHED = Said(401, error("Request limit reached!"))


class FakeOMDb(httpx.AsyncBaseTransport):
    """Answers any id but those it is told about; counts what it is asked by day, and refuses what is over the quota.

    Attributes:
        answers: what it says of certain ids instead.
        counted: requests of each day that came with the right key, refused ones included.
        over: how many of them came after the quota was used up.
        asked: the ids, in the order they came.
    """

    def __init__(self, quota: int = 1000, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.quota = quota
        self.now = now
        self.answers: dict[str, Said] = {}
        self.counted: Counter[date] = Counter()
        self.over = 0
        self.asked: list[str] = []
        self._lock = Lock()

    def answer(self, query: Mapping[str, str]) -> Said:
        with self._lock:
            imdb_id = query.get("i", "")
            self.asked.append(imdb_id)
            if query.get("apikey") != KEY:
                return Said(401, error("Invalid API key!"))
            day = self.now().date()
            self.counted[day] += 1
            if self.counted[day] > self.quota:
                self.over += 1
                return LIMIT_REACHED
            return self.answers.get(imdb_id) or Said(200, title(imdb_id))

    def said(self, query: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        status, body, more = self.answer(query)
        headers = {"Date": format_datetime(self.now(), usegmt=True), "Cache-Control": "public, max-age=3600", **more}
        return status, headers, (body if isinstance(body, str) else json.dumps(body)).encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/"
        status, headers, body = self.said(dict(request.url.params))
        await asyncio.sleep(0.01)
        return httpx.Response(status, headers=headers, content=body)


@contextmanager
def serving(omdb: FakeOMDb) -> Iterator[str]:
    """The same on a port of this machine, for commands; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = omdb.said(dict(parse_qsl(urlsplit(self.path).query)))
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
