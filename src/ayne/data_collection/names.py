"""Store the names of keywords, companies, networks or collections, and fetch their details."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ayne.data_collection.collection import CollectionRun, Search
from ayne.data_collection.exported_ids import ExportSource, take_exported_ids
from ayne.data_collection.run_limits import check_limits


@dataclass(frozen=True, slots=True)
class CollectNames:
    """Store the names of the newest daily export, then fetch the details of those that stored films and series name.

    Nothing tells when details change, so they are fetched again by their age.

    Attributes:
        exports: where daily id exports come from.
        details: fetch details too.
        append: none of them has parts.
        keep_raw: also keep each answer as received.
        limit: the most details to fetch, None for all.

    Raises:
        ValueError: the limit is negative.
    """

    exports: ExportSource
    details: bool
    keep_raw: bool
    limit: int | None
    append: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_limits(limit=self.limit)

    def asked(self) -> dict[str, Any]:
        """Return the question, as the run stores it."""
        return {"names": {"details": self.details, "limit": self.limit}}

    async def work(self, run: CollectionRun) -> None:
        """Run the job.

        Raises:
            SourceError: the export could not be fetched: what is stored is as it was. Or so many details could not be
                fetched in a row that the source must be out of reach.
        """
        kind, store, report = run.kind, run.store, run.report

        def say(_name: str, done: int, total: int | None) -> None:
            run.tell("export", done, total or done)

        for export in await take_exported_ids(self.exports, store, run.writer, kind.exports, say):
            report.exports.append(f"{export.name} of {export.day}: {export.films:,} {kind.plural}")
            report.unreadable += export.unreadable
            report.names = export.films
        if self.details and kind.has_more_in_details:
            now = run.clock.now()
            missing = Search(partial(store.count_named, now), partial(store.named_ids, now))
            await run.fetch_missing(missing, limit=self.limit)
            await run.refresh(None if self.limit is None else self.limit - report.details)
