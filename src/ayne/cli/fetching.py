"""One film, series or person, asked for at TMDB: for ``ayne movie`` and the like with ``--fetch`` and ``--online``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import endings, wiring
from ayne.cli.terminal import say
from ayne.errors import AyneError

if TYPE_CHECKING:
    from ayne.data_collection.run_report import RunReport
    from ayne.data_collection.tmdb.client import TMDBClient
    from ayne.database.duckdb_client import DuckDBClient
    from ayne.kinds import Kind

# One request at a time needs no more.
_CONCURRENT = 2


def fetch(kind: Kind, path: Path, text: str, tmdb_url: str | None) -> int:
    """Fetch a film or a series by its id or address and store it, even if it is stored already; return its TMDB id.

    Raises:
        click.BadParameter: the text is neither.
        AyneError: it could not be fetched.
    """
    from ayne.data_collection.given_ids import read_id

    given = read_id(text).of(kind)
    if given.outcome != "waiting":
        like = "287 or nm0000093" if kind.imdb == "nm" else "550 or tt0137523"
        advice = f"give an id of TMDB's or IMDb's, like {like}, or an address; --online finds ids by {kind.title}"
        raise click.BadParameter(f"{text!r} names no {kind.noun} ({given.message}): {advice}", param_hint="--fetch")
    store = wiring.open_store(path, collecting=True).of(kind)
    client = _client(tmdb_url)
    report = endings.run(
        _fetched(store, client, given.imdb_id or given.tmdb_id or text, _parts(store, path, given.tmdb_id))
    )
    ((tmdb_id, outcome, message),) = store.query(
        "SELECT tmdb_id, outcome, message FROM given WHERE kind = $kind AND digest = $digest",
        {"kind": kind.name, "digest": report.given["digest"]},
    ).rows
    if outcome not in {"stored", "merged"}:
        raise AyneError(f"{text} could not be fetched ({outcome}). {message or 'Run the same command to try again'}")
    say(f"fetched {text} into {path}: {report.requests} {'request' if report.requests == 1 else 'requests'}")
    return int(tmdb_id)


def search(kind: Kind, text: str, tmdb_url: str | None) -> list[dict[str, Any]]:
    """Return what TMDB finds of a kind by a title, the likeliest first."""
    return endings.run(_found(kind, _client(tmdb_url), text))


def _client(tmdb_url: str | None) -> TMDBClient:
    return wiring.open_client(tmdb_url=tmdb_url, rate=None, max_concurrent=_CONCURRENT)


def _parts(store: DuckDBClient, path: Path, tmdb_id: int | None) -> Sequence[str]:
    """Return the parts that are stored of a film, so that they are fetched with it again."""
    if tmdb_id is None or not path.exists():
        return ()
    return [part for part in store.parts_of([tmdb_id]).get(tmdb_id, ()) if part in store.kind.part_names]


async def _fetched(store: DuckDBClient, client: TMDBClient, named: int | str, parts: Sequence[str]) -> RunReport:
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator

    async with client:
        return await DataCollectionOrchestrator(store, client).run_ids([named], renew=True, append=parts)


async def _found(kind: Kind, client: TMDBClient, text: str) -> list[Any]:
    async with client:
        return list(await getattr(client, f"search_{kind.table}")(text))
