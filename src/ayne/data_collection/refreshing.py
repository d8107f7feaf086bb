"""Fetch again what changed, and what is older than the policy allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ayne.data_collection.change_feed import follow_feed
from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.run_limits import check_limits


@dataclass(frozen=True, slots=True)
class Refresh:
    """Follow the change feed, then fetch what changed or is due.

    Attributes:
        append: further parts to fetch with the details.
        keep_raw: also keep each film's answer as received.
        limit: the most films to fetch, most urgent first; None for all that are due.
        changes: follow the change feed.
        add_changed: fetch films that the feed names and that are not stored, too.
        now: ask for what changed on days that are not over, too.

    Raises:
        ValueError: what it is to do makes no sense.
    """

    append: tuple[str, ...]
    keep_raw: bool
    limit: int | None
    changes: bool
    add_changed: bool
    now: bool = False

    def __post_init__(self) -> None:
        check_limits(limit=self.limit)
        if self.add_changed and not self.changes:
            raise ValueError("films that the change feed names cannot be added without the change feed")
        if self.now and not self.changes:
            raise ValueError("today's changes cannot be fetched without the change feed")

    def asked(self) -> dict[str, Any]:
        """Return the question, as the run stores it."""
        asked = {"limit": self.limit, "changes": self.changes, "add_changed": self.add_changed}
        return {"refresh": asked}

    async def work(self, run: CollectionRun) -> None:
        """Run the job."""
        if self.changes and run.kind.changes:
            await follow_feed(run, add=self.add_changed, now=self.now)
        await run.refresh(self.limit)
