"""Divide a budget among kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ayne.cli.selection import Selection

if TYPE_CHECKING:
    from ayne.data_collection.run_report import RunReport
    from ayne.database.duckdb_client import DuckDBClient

# Less than that is not worth a run.
_LEAST_SHARE = 0.1


def shares(store: DuckDBClient, selections: Sequence[Selection]) -> Iterator[tuple[Selection, float]]:
    """Divide the remaining budget among kinds, by how many of each are stored; the last kind gets all that is left."""
    left = list(selections)
    stored = (
        [store.of(selection.kind).named("overview").as_dicts()[0]["films"] for selection in selections]
        if left[1:]
        else [1]
    )
    weights = [max(_LEAST_SHARE, count / max(1, sum(stored))) if all(stored) else 1.0 for count in stored]
    for place, selection in enumerate(selections):
        yield selection, weights[place] / sum(weights[place:])


def budget(
    max_requests: int | None, max_minutes: float | None, share: float, reports: Sequence[RunReport]
) -> dict[str, Any]:
    """Return the budget of a kind, as arguments of a run: its share of what the kinds before it left.

    >>> budget(100, None, 0.5, [])
    {'max_requests': 50, 'max_seconds': None}
    """
    spent, took = sum(report.requests for report in reports), sum(report.seconds for report in reports)
    return {
        "max_requests": max_requests and max(1, round((max_requests - spent) * share)),
        "max_seconds": max_minutes and max(1.0, (60 * max_minutes - took) * share),
    }
