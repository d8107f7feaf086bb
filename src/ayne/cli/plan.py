"""``ayne plan``."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import given, options, running, tables, wiring
from ayne.cli.grouped import Grouped
from ayne.cli.live_view import duration
from ayne.cli.terminal import say, show, show_json

if TYPE_CHECKING:
    from ayne.data_collection.tmdb.client import TMDBClient
    from ayne.data_collection.tmdb.coverage import RangeProgress

# As they come over the wire: medians of recorded bodies, compressed, and 700 bytes of headers.
_BYTES_PER_PAGE = 5_800
_BYTES_PER_FILM = 1_500


@click.command(
    cls=Grouped,
    first=("--from", "--to", "--min-votes", "--parts", "--limit", "--db", "--sandbox"),
    short_help="Say what a collection would take.",
)
@given.ids_options
@options.span_options
@options.source_options
@options.db_option
@options.json_option
def plan(
    ids: str | None,
    id_column: str | None,
    sandbox: bool,
    db: Path | None,
    tmdb_url: str | None,
    rate: float | None,
    allowance: str | None,
    max_concurrent: int,
    as_json: bool,
    **others: Any,
) -> None:
    """Say how many requests, minutes and bytes `collect` would take, without fetching more than the counts.

    \b
    ayne plan --from 1950 --to 2024 --min-votes 0
    ayne plan --ids links.csv
    """
    given.check_alone(ids, id_column)
    span = options.Span.of(others)
    path = options.database(db, sandbox=sandbox)
    if ids is not None:
        _plan_list(path, ids, id_column, span, options.allowance(rate, sandbox=sandbox), as_json=as_json)
        return
    with ExitStack() as stack:
        if sandbox:
            tmdb_url = stack.enter_context(wiring.background_sandbox(20_000, 1))
        client = wiring.open_client(
            tmdb_url=tmdb_url,
            rate=rate,
            max_concurrent=max_concurrent,
            **span.languages,
            shared=allowance,
            in_sandbox=sandbox,
        )
        ranges = running.run(_count(client, span))
        per_second = options.allowance(rate, sandbox=sandbox)
        document = _estimate(ranges, span, _stored(path, span), per_second) | {"counting": client.traffic.requests}
    if as_json:
        show_json(tables.as_json(document))
        return
    took = f"{duration(document['seconds'])} at {per_second:g}/s, about {document['bytes'] / 1e6:,.1f} MB"
    for line in (
        f"films listed     {document['films']:>12,}   in {tables.many(document['ranges'], 'range')}",
        f"already stored   {document['stored']:>12,}",
        f"pages of lists   {document['pages']:>12,} requests",
        f"details          {document['details']:>12,} requests",
        f"in all           {document['requests']:>12,} requests, {took}",
    ):
        show(line)
    if span.parts:
        say("The parts come with the details; their bytes are not in the estimate.")
    say(f"Counting took {tables.many(document['counting'], 'request')}. Nothing was stored.")


def _plan_list(path: Path, ids: str, id_column: str | None, span: options.Span, rate: float, *, as_json: bool) -> None:
    """What a list of films would take; TMDB is not asked for it."""
    from datetime import UTC, datetime

    store = wiring.open_store(path if path.exists() else Path(":memory:"))
    with given.opened(store, ids, id_column) as listed:
        told = (listed.name, listed.digest, listed.rows, span.parts, datetime.now(UTC))
        outcomes, waiting = store.foresee_given(*told)
    requests = waiting if span.limit is None else min(span.limit, waiting)
    document: dict[str, Any] = {
        "file": listed.name,
        "columns": listed.columns,
        "rows": sum(outcomes.values()),
        "outcomes": outcomes,
        "requests": requests,
        "seconds": math.ceil(requests / rate),
        "bytes": requests * _BYTES_PER_FILM,
    }
    if as_json:
        show_json(tables.as_json(document))
        return
    known = sum(outcomes.get(name, 0) for name in ("stored", "already stored", "merged", "gone"))
    others = sum(outcomes.get(name, 0) for name in ("not found", "not a film", "unreadable", "failed"))
    took = f"{duration(document['seconds'])} at {rate:g}/s, about {document['bytes'] / 1e6:,.1f} MB"
    for line in (
        f"rows             {document['rows']:>12,}",
        f"known            {known:>12,}   stored, merged or gone",
        f"no film          {others:>12,}   not films, unreadable, or in vain before",
        f"to be asked for  {outcomes.get('waiting', 0):>12,}   {tables.many(waiting, 'film')}, each once",
        f"details          {requests:>12,} requests, {took}",
    ):
        show(line)
    say("TMDB was not asked, and nothing was stored.")


async def _count(client: TMDBClient, span: options.Span) -> list[RangeProgress]:
    async with client:
        return await client.count_movies(
            span.first,
            span.last,
            max_pages=span.max_pages,
            **span.discovery,
        )


def _stored(path: Path, span: options.Span) -> int:
    """Films of the span whose details the file has already."""
    if not path.exists():
        return 0
    found = wiring.open_store(path).named(
        "count_stored", first=f"{span.first}-01-01", last=f"{span.last}-12-31", min_votes=span.min_votes
    )
    return int(found.rows[0][0])


def _estimate(ranges: list[RangeProgress], span: options.Span, stored: int, rate: float) -> dict[str, Any]:
    leaves = [progress for progress in ranges if progress.state != "split"]
    pages = sum(progress.pages for progress in leaves) + len(ranges) - len(leaves)
    films = sum(min(progress.reported_high or 0, progress.pages * 20) for progress in leaves)
    missing = max(0, films - stored)
    details = missing if span.limit is None else min(span.limit, missing)
    requests = pages + details
    return {
        "films": films,
        "ranges": len(leaves),
        "overfull": [str(progress.range) for progress in leaves if progress.state == "overfull"],
        "stored": stored,
        "pages": pages,
        "details": details,
        "requests": requests,
        "seconds": math.ceil(requests / rate),
        "bytes": pages * _BYTES_PER_PAGE + details * _BYTES_PER_FILM,
    }
