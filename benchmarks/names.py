"""What the names of keywords, companies, networks and collections take, in exports of TMDB's size.

The exports are made up; how many lines each has is what was counted of TMDB's in August 2026. They come from memory, so
that no network is in the time.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec
from tests.reliability.campaign import Broken

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.exports import ExportClient, file_name
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import COLLECTION, COMPANY, KEYWORD, NAMES, NETWORK, Kind
from ayne.sandbox.chance import Dice
from ayne.sandbox.films import words
from benchmarks.living import Noon
from benchmarks.processes import KEY, Figures

_DAY = datetime(2026, 8, 10, tzinfo=UTC)
_LINES = {KEYWORD: 92_889, COMPANY: 256_219, NETWORK: 5_532, COLLECTION: 9_670}
# Words of a name. Digits by chance come between them, so that a line is as long and packs as badly as TMDB's.
_WORDS = {
    KEYWORD: (words.TOPICS, words.TURNS),
    COMPANY: (words.LAST_NAMES, words.NOUNS, words.STUDIOS),
    NETWORK: (words.LAST_NAMES, ("TV", "One", "Kids", "Plus")),
    COLLECTION: (words.ADJECTIVES, words.NOUNS, words.PLACES, ("Collection",)),
}


def names(scale: int = 1) -> Figures:
    """Store the exports of a day, and those of the next, in which every tenth name is another one.

    Args:
        scale: they have so many times fewer lines than TMDB's.

    Raises:
        Broken: a table does not say what the export says, or a request was sent.
    """
    with TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder), scale))


async def _measured(folder: Path, scale: int) -> Figures:
    clock, path = Noon(_DAY), folder / "films.duckdb"
    db = DuckDBClient(path, clock=clock)
    files: dict[str, bytes] = {}

    def serve(request: httpx.Request) -> httpx.Response:
        body = files.get(request.url.path.rpartition("/")[2])
        return httpx.Response(404 if body is None else 200, stream=httpx.ByteStream(body or b""))

    options: dict[str, Any] = {"transport": httpx.MockTransport(serve), "clock": clock}
    found: Figures = {}
    async with TMDBClient(KEY, **options) as client, ExportClient(folder / "exports", **options) as exports:
        for kind in NAMES:
            # The tables are made beforehand.
            db.of(kind).begin_new_ids(kind.exports)
        for day in ("first day", "next day"):
            clock.day = _DAY if day == "first day" else _DAY + timedelta(days=1)
            for kind in NAMES:
                told = dict(_names(kind, _LINES[kind] // scale, renamed=day == "next day"))
                name = file_name(kind.exports[0], clock.now().date())
                files[name] = _export(told)
                began = time.perf_counter()
                collection = DataCollectionOrchestrator(db.of(kind), client, exports=exports, clock=clock)
                report = await collection.run_names()
                seconds = time.perf_counter() - began
                if (
                    dict(db.of(kind).relation(kind.live).select("tmdb_id", "name").fetchall()) != told
                    or report.requests
                ):
                    raise Broken(f"{kind.plural} are not those of the export, or took {report.requests} requests")
                seen = found.setdefault(kind.plural, {"rows": len(told), "export_bytes": len(files[name])})
                seen[f"seconds, {day}"] = round(seconds, 2)
            found.setdefault("file_mb", {})[day] = round(path.stat().st_size / 1e6, 1)
    return found


def _names(kind: Kind, lines: int, *, renamed: bool) -> list[tuple[int, str]]:
    dice, found = Dice("names", kind.name), []
    for number in range(1, lines + 1):
        name = " ".join((dice.hex(12), *(dice.pick(some) for some in _WORDS[kind][1:])))
        found.append((number, f"{name} & Co." if renamed and number % 10 == 0 else name))
    return found


def _export(told: dict[int, str]) -> bytes:
    lines = [msgspec.json.encode({"id": number, "name": name}) for number, name in told.items()]
    return gzip.compress(b"\n".join([*lines, b""]), 6)
