"""Fetch the people in the credits of stored films and series."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from ayne.data_collection.collection import CollectionRun, Search
from ayne.data_collection.credited import Credited
from ayne.data_collection.ports import DetailsExecutor
from ayne.data_collection.run_limits import check_limits


@dataclass(frozen=True, slots=True)
class CollectPeople:
    """Fetch the credited people who are not stored, or not with all parts; the most popular first.

    Attributes:
        who: who of them is meant.
        append: parts to fetch with the details.
        keep_raw: also keep each answer as received.
        limit: the most people to fetch, None for all.
        executor: who fetches the details; by default the source.

    Raises:
        ValueError: the limit is negative.
    """

    who: Credited
    append: tuple[str, ...]
    keep_raw: bool
    limit: int | None
    executor: DetailsExecutor | None

    def __post_init__(self) -> None:
        check_limits(limit=self.limit)

    def asked(self) -> dict[str, Any]:
        """Return the question, as the run stores it."""
        return {"people": asdict(self.who) | {"limit": self.limit}}

    async def work(self, run: CollectionRun) -> None:
        """Run the job.

        Raises:
            ConfigurationError: there are no credits, or none with a job that was asked for; nothing was requested.
            ServerFailure: so many in a row could not be fetched that the source must be out of reach.
        """
        store, now = run.store, run.clock.now()
        self.who.check_jobs(await run.call(store.credited_jobs), store.path)
        states = partial(store.count_credited, self.who, run.append, now)
        missing = Search(lambda: states()["missing"], partial(store.credited_ids, self.who, run.append, now))
        try:
            async with run.fetching_by(self.executor):
                await run.fetch_missing(missing, limit=self.limit)
        finally:
            run.report.waiting = (await run.call(states))["waiting"]
