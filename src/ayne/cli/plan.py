"""``ayne plan``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import endings, given, kind_shares, options, tables, wiring
from ayne.cli.grouped import Grouped
from ayne.cli.live_view import duration
from ayne.cli.own_sandbox import OwnSandbox
from ayne.cli.selection import Selection, check_listed
from ayne.cli.source import Source
from ayne.cli.tables import many
from ayne.cli.terminal import say, show, show_json

if TYPE_CHECKING:
    from ayne.data_collection.forecast import Forecast
    from ayne.data_collection.tmdb.client import TMDBClient
    from ayne.data_collection.tmdb.coverage import RangeProgress

# As they come over the wire: medians of recorded bodies, compressed, and 700 bytes of headers. What a series with its
# episodes comes to was not measured.
_BYTES_PER_PAGE = 5_800
_BYTES_OF_ONE = {"movie": 1_500}


@click.command(
    cls=Grouped,
    first=("--from", "--to", "--min-votes", "--parts", "--limit", "--db", "--sandbox"),
    short_help="Estimate what a collection would take.",
)
@given.ids_options
@options.selection_options
@click.option(
    "--sync", is_flag=True, help="Estimate what `ayne sync` would take and how fresh votes would be; sends no request."
)
@click.option("--max-requests", type=options.Count(1), help="With --sync: the budget, in requests.")
@options.target_option
@options.source_options
@options.db_option
@options.json_option
def plan(
    ids: str | None,
    id_column: str | None,
    sync: bool,
    max_requests: int | None,
    target: float | None,
    db: Path | None,
    as_json: bool,
    **others: Any,
) -> None:
    """Estimate how many requests, minutes and bytes `collect` would take; fetches only the counts.

    With --sync, estimate what a day of `ayne sync` would take and how fresh votes would be; sends no request.

    \b
    ayne plan --from 1950 --to 2024 --min-votes 0
    ayne plan --ids links.csv
    ayne plan --sync --from 1990 --max-requests 700
    """
    given.check_alone(ids, id_column)
    if sync and ids is not None:
        raise click.UsageError("--ids does not go with --sync: a sync keeps what is stored")
    if not sync and (max_requests or target):
        raise click.UsageError("--max-requests and --target are about a sync; add --sync")
    selections, source = Selection.of(others), Source.of(others)
    path, per_second = options.database(db, sandbox=source.sandbox), source.per_second
    if sync:
        _plan_sync(path, selections, max_requests, target and target / 100, per_second, as_json=as_json)
        return
    if ids is None:
        check_listed(selections, "`ayne people --plan` says what that takes")
    documents: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        if source.sandbox and ids is None:
            source = stack.enter_context(source.started(OwnSandbox()))
        for selection in selections:
            if ids is not None:
                documents[selection.kind.name] = _plan_list(path, ids, id_column, selection, per_second)
                continue
            client = source.client(**selection.languages)
            ranges = endings.run(_count(client, selection))
            told = {"counting": client.traffic.requests}
            documents[selection.kind.name] = _estimate(ranges, selection, _stored(path, selection), per_second) | told
    if as_json:
        show_json(tables.as_json(documents if len(selections) > 1 else documents[selections[0].kind.name]))
        return
    for selection in selections:
        (_show_list if ids is not None else _show)(documents[selection.kind.name], selection, per_second)


def _took(document: dict[str, Any], per_second: float) -> str:
    size = "" if document["bytes"] is None else f", about {document['bytes'] / 1e6:,.1f} MB"
    return f"{document['requests']:>12,} requests, {duration(document['seconds'])} at {per_second:g}/s{size}"


def _show(document: dict[str, Any], selection: Selection, per_second: float) -> None:
    for line in (
        f"{selection.kind.plural + ' listed':<17}{document['films']:>12,}   in {many(document['ranges'], 'range')}",
        f"already stored   {document['stored']:>12,}",
        f"pages of lists   {document['pages']:>12,} requests",
        f"details          {document['details']:>12,} requests",
        f"in all           {_took(document, per_second)}",
    ):
        show(line)
    if selection.parts and document["bytes"] is not None:
        say("The parts come with the details; their bytes are not in the estimate.")
    say(f"Counting took {many(document['counting'], 'request')}. Nothing was stored.")


def _plan_sync(
    path: Path,
    selections: Sequence[Selection],
    budget: int | None,
    target: float | None,
    per_second: float,
    *,
    as_json: bool,
) -> None:
    """Print what a sync would take, without sending a request."""
    store = wiring.open_store(path if path.exists() else Path(":memory:"))
    found: dict[str, Forecast] = {}
    for selection, share in kind_shares.shares(store, selections):
        left = None if budget is None else budget - sum(told.requests for told in found.values())
        part = left and max(1, round(left * share))
        found[selection.kind.name] = wiring.foresee(store.of(selection.kind), selection, requests=part, target=target)
    documents = {
        name: {**asdict(told), "requests": told.requests, "seconds": math.ceil(told.requests / per_second)}
        for name, told in found.items()
    }
    if as_json:
        show_json(tables.as_json(documents if len(selections) > 1 else documents[selections[0].kind.name]))
        return
    for selection in selections:
        told, document = found[selection.kind.name], documents[selection.kind.name]
        close = f"{100 * told.close_before:.1f} % of {many(told.stored, selection.kind)} as they are"
        for line in (
            f"change feed      {told.feed:>12,} requests",
            f"lists of new     {told.lists:>12,} requests",
            f"new              {told.new:>12,} requests",
            f"changed or due   {told.due:>12,} requests",
            f"oldest copies    {told.oldest:>12,} requests, so that none comes to six months",
            f"votes            {told.numbers:>12,} lists of {told.all_lists:,}",
            f"in all           {_took(document | {'bytes': None}, per_second)}",
            f"votes within 1 or 1 % of TMDB's: {close}, {100 * told.close_after:.1f} % after it",
        ):
            if selection.kind.votes or not line.startswith("votes"):
                show(line)
        if told.beyond:
            say(f"The budget lacks {told.beyond:,} requests for what is fetched before votes are renewed.")
    say("No request was sent. The length of the feed and the new ids of a day are those of the last runs.")


def _plan_list(path: Path, ids: str, id_column: str | None, selection: Selection, rate: float) -> dict[str, Any]:
    """Print what a list would take, without sending a request to TMDB."""
    from datetime import UTC, datetime

    store = wiring.open_store(path if path.exists() else Path(":memory:")).of(selection.kind)
    with given.opened(store, ids, id_column) as listed:
        told = (listed.name, listed.digest, listed.rows, selection.parts, datetime.now(UTC))
        outcomes, waiting = store.foresee_given(*told)
    requests = waiting if selection.limit is None else min(selection.limit, waiting)
    return {
        "file": listed.name,
        "columns": listed.columns,
        "rows": sum(outcomes.values()),
        "outcomes": outcomes,
        "waiting": waiting,
        "requests": requests,
        "seconds": math.ceil(requests / rate),
        "bytes": _bytes_of(requests, selection),
    }


def _show_list(document: dict[str, Any], selection: Selection, per_second: float) -> None:
    outcomes = document["outcomes"]
    known = sum(outcomes.get(name, 0) for name in ("stored", "already stored", "merged", "gone"))
    others = sum(outcomes.get(name, 0) for name in given.NO_FILM)
    for line in (
        f"rows             {document['rows']:>12,}",
        f"known            {known:>12,}   stored, merged or gone",
        f"{'no ' + selection.kind.noun:<17}{others:>12,}   not {selection.kind.plural}, unreadable, or failed before",
        f"to be fetched    {outcomes.get('waiting', 0):>12,}   {many(document['waiting'], selection.kind)}, each once",
        f"details          {_took(document, per_second)}",
    ):
        show(line)
    say("TMDB was not asked, and nothing was stored.")


async def _count(client: TMDBClient, selection: Selection) -> list[RangeProgress]:
    async with client:
        count = client.count_movies if selection.kind.name == "movie" else client.count_series
        return await count(selection.first, selection.last, max_pages=selection.max_pages, **selection.discovery)


def _stored(path: Path, selection: Selection) -> int:
    """Return how many films of the span have details in the file."""
    if not path.exists():
        return 0
    found = (
        wiring.open_store(path)
        .of(selection.kind)
        .named(
            "count_stored",
            first=f"{selection.first}-01-01",
            last=f"{selection.last}-12-31",
            min_votes=selection.min_votes,
        )
    )
    return int(found.rows[0][0])


def _estimate(ranges: list[RangeProgress], selection: Selection, stored: int, rate: float) -> dict[str, Any]:
    leaves = [progress for progress in ranges if progress.state != "split"]
    # A list that its first page shows whole needs no more pages; that one was asked for all the same.
    of_each = [(progress, max(1, progress.pages)) for progress in leaves]
    pages = sum(count for _, count in of_each) + len(ranges) - len(leaves)
    films = sum(min(progress.reported_high or 0, count * 20) for progress, count in of_each)
    missing = max(0, films - stored)
    details = missing if selection.limit is None else min(selection.limit, missing)
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
        "bytes": _bytes_of(details, selection, pages),
    }


def _bytes_of(details: int, selection: Selection, pages: int = 0) -> int | None:
    """Return how many bytes come over the network, None for a kind for which that was not measured."""
    each = _BYTES_OF_ONE.get(selection.kind.name)
    return None if each is None else pages * _BYTES_PER_PAGE + details * each
