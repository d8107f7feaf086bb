"""Say in words how fresh an answer is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ayne.cli.live_view import duration
from ayne.cli.terminal import say

if TYPE_CHECKING:
    from ayne.database.duckdb_client import DuckDBClient
    from ayne.database.file import Freshness


def told(freshness: Freshness, now: datetime) -> str:
    """Say when the file was last written to, and who is collecting into it.

    >>> from ayne.database.file import Freshness
    >>> now = datetime(2026, 2, 14, 12, 0, 3, tzinfo=UTC)
    >>> told(Freshness(datetime(2026, 2, 14, 12, tzinfo=UTC)), now)
    'as of 3 s ago'
    >>> told(Freshness(now, 4242, datetime(2026, 2, 13, 23, tzinfo=UTC)), now)
    'as of 0 s ago; a collection is running (process 4242, since 2026-02-13 23:00:00 UTC)'
    """
    ago = f"as of {duration(max(0.0, (now - freshness.as_of).total_seconds()))} ago"
    if freshness.collector is None:
        return ago
    since = f", since {freshness.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if freshness.since else ""
    return f"{ago}; a collection is running (process {freshness.collector}{since})"


def told_now(store: DuckDBClient) -> str:
    """Say the same about a file as it is now."""
    return told(store.freshness(), datetime.now(UTC))


def as_values(freshness: Freshness) -> dict[str, Any]:
    """Return the same as values, for programs."""
    running = {"pid": freshness.collector, "since": freshness.since}
    return {"as_of": freshness.as_of, "collecting": running if freshness.collector else None}


def say_if_collecting(store: DuckDBClient) -> None:
    """Say that a collection is running, because the answer is then only of this moment."""
    freshness = store.freshness()
    if freshness.collector:
        say(told(freshness, datetime.now(UTC)))
