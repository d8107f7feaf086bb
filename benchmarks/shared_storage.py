"""Tables on shared storage: what an export sends, and what readers see while exports are killed.

The server of the S3 protocol has a process of its own; bytes are those of the bodies that it was sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tests.s3_server import BUCKET, S3Server, running
from tests.shared_tables import READERS, by_polars, in_database, kill_export

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.transport import SandboxTransport
from benchmarks.processes import KEY, Figures, Skipped, finish

_FILMS = 20_000
_PARTS = ("credits", "keywords")
_SHARE = 0.01
_KILLS = 60
# Of these years are the films whose exports are killed: whole tables are read after each.
_SINCE = "2015"


def shared_storage() -> Figures:
    """Export films, again unchanged, and with 1 % of them changed; then kill exports, each at a write of its own."""
    for name in ("deltalake", "moto", "flask", "dask.dataframe"):
        _needed(name)
    with TemporaryDirectory() as folder, _server() as server:
        films = finish(_films(_FILMS))
        db = _store(Path(folder) / "films.duckdb", films)
        figures = _sent(db, films, server)
        few = [film for film in films if (film["release_date"] or "") > _SINCE][:1_000]
        figures["kills"] = _killed(_store(Path(folder) / "few.duckdb", few), few, server)
    return figures


def _needed(name: str) -> None:
    try:
        __import__(name)
    except ImportError:
        raise Skipped(f"it needs {name}") from None


@contextmanager
def _server() -> Iterator[S3Server]:
    """A server, of which everything in this process is told."""
    with running() as server, patch.dict(os.environ, server.environment | {"AWS_ALLOW_HTTP": "true"}):
        yield server


async def _films(count: int) -> list[MovieDetails]:
    catalogue = Catalogue.generated(count, seed=6)
    transport = SandboxTransport(SandboxApp(catalogue))
    async with TMDBClient(KEY, transport=transport, requests_per_second=1e6) as client:
        found = client.iter_movie_details(catalogue.ids(range(count)), append=_PARTS)
        return [film async for film in found if not isinstance(film, FetchFailure | Unchanged)]


def _store(path: Path, films: list[MovieDetails]) -> DuckDBClient:
    db = DuckDBClient(path)
    for start in range(0, len(films), 1_000):
        db.commit(Commit(details=films[start : start + 1_000]))
    return db


def _refresh(db: DuckDBClient, films: list[MovieDetails], days: int) -> None:
    """Store films as they would come days later: some more people voted."""
    later = (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")
    votes: list[MovieDetails] = [
        {**film, "vote_count": (film["vote_count"] or 0) + days, "observed_at": later} for film in films
    ]
    db.commit(Commit(details=votes))


def _sent(db: DuckDBClient, films: list[MovieDetails], server: S3Server) -> Figures:
    url = f"s3://{BUCKET}/sent"
    share = int(len(films) * _SHARE)
    figures: Figures = {"films": len(films), "first": _export(db, url, server), "unchanged": _export(db, url, server)}
    _refresh(db, Random(7).sample(films, share), 1)  # noqa: S311 - no secret is made of it
    figures["random"] = _export(db, url, server)
    today = datetime.now(UTC).date().isoformat()
    released = [film for film in films if film["release_date"] and film["release_date"] <= today]
    _refresh(db, sorted(released, key=lambda film: film["release_date"] or "")[-share:], 2)
    figures["newest"] = _export(db, url, server)
    figures["readers"] = _readers(db, url)
    return figures


def _export(db: DuckDBClient, url: str, server: S3Server) -> Figures:
    server.reset()
    written = db.export_delta(url)
    return {
        "rows": sum(table.rows for table in written),
        "tables": len(written),
        "tables_written": sum(table.written > 0 for table in written),
        "years_written": sum(table.written for table in written),
        "years": sum(table.partitions for table in written),
        "bytes": sum(request.bytes for request in server.writes()),
    }


def _readers(db: DuckDBClient, url: str) -> Figures:
    """How many rows each reader finds just as the database holds them, and how many otherwise."""
    figures: Figures = {name: {"equal": 0, "different": 0} for name in READERS}
    for table in _tables(db):
        rows = in_database(db, table)
        for name, read in READERS.items():
            found = read(f"{url}/{table}")
            equal = sum(mine == theirs for mine, theirs in zip(rows, found, strict=False))
            figures[name]["equal"] += equal
            figures[name]["different"] += max(len(rows), len(found)) - equal
    return figures


def _tables(db: DuckDBClient) -> list[str]:
    names = ("movies", "movie_history", "parts", *_PARTS)
    return [name for name in names if db.query(f"SELECT 1 FROM {name} LIMIT 1").rows]  # noqa: S608 - our own names


def _killed(db: DuckDBClient, films: list[MovieDetails], server: S3Server) -> Figures:
    """Kill exports, and see after each what a reader sees, and whether the next export does the rest."""
    url = f"s3://{BUCKET}/killed"
    chance = Random(8)  # noqa: S311 - no secret is made of it
    db.export_delta(url)
    names = _tables(db)
    figures = dict.fromkeys(("exports", "nothing_new", "some_tables_new", "all_new", "half_seen", "completed"), 0)
    for number in range(1, _KILLS + 1):
        before = {name: in_database(db, name) for name in names}
        changed = chance.sample(films, 5)
        _refresh(db, changed, number)
        now = {name: in_database(db, name) for name in names}
        # The films change, their history and when their parts were made: three tables, each some files and a commit.
        writes = 3 * (len({(film["release_date"] or "")[:4] for film in changed}) + 1)
        kill_export(db, url, server, chance.randint(1, writes), after=chance.random() < 0.5)
        seen = {name: by_polars(f"{url}/{name}") for name in names}
        new = sum(seen[name] == now[name] != before[name] for name in names)
        figures["exports"] += 1
        figures["half_seen"] += any(seen[name] not in (before[name], now[name]) for name in names)
        figures["nothing_new" if not new else "all_new" if seen == now else "some_tables_new"] += 1
        db.export_delta(url)
        figures["completed"] += all(by_polars(f"{url}/{name}") == now[name] for name in names)
    return figures
