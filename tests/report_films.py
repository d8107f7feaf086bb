"""A small database that has everything a report shows, some of it out to do harm."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.transport import SandboxTransport

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)

# They come first in the table and in the chart of money, because most people voted for them.
HOSTILE = (
    "<script>window.harmed = 1</script>",
    "</script><script>window.harmed = 2</script>",
    '<img src="http://192.0.2.1/x.png" onerror="window.harmed = 3">',
    '<a href="javascript:window.harmed = 4">Click</a> & <b>bold</b> %{x} &lt;i&gt;',
    "<!--<script>",
)
CAFE = "Le Café d'Amélie"


def collected(folder: Path, films: int = 400) -> DuckDBClient:
    """Films of the sandbox as a collection leaves them, with parts, failures, and a run that was killed."""
    path = folder / "films.duckdb"
    # In a thread of its own: where a browser is driven, this one has an event loop.
    with ThreadPoolExecutor() as threads:
        threads.submit(asyncio.run, _collect(DuckDBClient(path), films)).result()
    with duckdb.connect(str(path)) as con:
        for place, title in enumerate((*HOSTILE, CAFE)):
            ((tmdb_id,),) = con.execute(
                "SELECT max(tmdb_id) FROM movies WHERE details_at IS NOT NULL AND vote_count < 1e5"
            ).fetchall()
            con.execute(
                "UPDATE movies SET title = $title, original_title = $title, overview = $title, vote_count = $votes, "
                "budget = 10000000, revenue = 100000000 + $votes, genres = [$title, 'Drama'], "
                "original_language = 'fr', origin_country = ['FR', $title], "
                "collection_id = $id, collection_name = $title, "
                "production_company_ids = [$id], production_companies = [$title], "
                """poster_path = '/x.jpg" onerror="window.harmed = 6' WHERE tmdb_id = $id""",
                {"title": title, "votes": 1_000_000 - place, "id": tmdb_id},
            )
            for table, member, column in (("credits", "person_id", "name"), ("keywords", "keyword_id", "keyword")):
                con.execute(
                    f"UPDATE {table} SET {column} = $title, {member} = $id WHERE tmdb_id = $id",
                    {"title": title, "id": tmdb_id},
                )
        con.execute(
            "UPDATE movies SET details_at = $now - to_days(CAST(tmdb_id % 170 AS INTEGER))", {"now": _naive(NOW)}
        )
        con.execute(
            "INSERT INTO runs (version, plan, started_at) VALUES ('<b>0</b>', "
            """'{"refresh": {"limit": 5}, "server": "TMDB & <i>others</i>"}', $now)""",
            {"now": _naive(NOW)},
        )
        con.execute("UPDATE ranges SET state = 'overfull', range = '<b>2021</b>'")
    return DuckDBClient(path)


async def _collect(db: DuckDBClient, films: int) -> None:
    app = SandboxApp(Catalogue.generated(films, seed=5), faults=FaultPlan.parse("seed=2,500=0.03"))
    client = TMDBClient("0" * 32, transport=SandboxTransport(app), requests_per_second=1e6, backoff=0.001, jitter=0)
    async with client:
        collection = DataCollectionOrchestrator(db, client)
        await collection.run_full_collection(
            1990, 2026, min_vote_count=0, append=["credits", "keywords", "watch/providers"]
        )


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
