"""Bring a store up to date with a span of years, with the daily id exports, or with both."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from ayne.data_collection.collection import CollectionRun
from ayne.data_collection.discovery import discover
from ayne.data_collection.exported_ids import take_exported_ids
from ayne.data_collection.numbers import NOTED_CHANGE
from ayne.data_collection.ports import DetailsExecutor, ExportHost
from ayne.data_collection.run_limits import check_limits
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.data_collection.tmdb.filters import discover_of
from ayne.errors import ConfigurationError, NotFound

# Where the ids of films come from: lists by date of release, the daily id exports, or both.
IdsFrom = Literal["discover", "export", "both"]


def asks_source(ids_from: IdsFrom, details_limit: int | None, refresh_limit: int) -> bool:
    """Return whether a collection may ask TMDB something: one that only downloads exports does not.

    >>> asks_source("export", None, 100), asks_source("export", 0, 0)
    (True, False)
    """
    return ids_from != "export" or details_limit != 0 or refresh_limit != 0


@dataclass(frozen=True, slots=True)
class Collect:
    """Find films by their dates, in the exports, or both; then fetch what is missing, then what is due.

    Attributes:
        plan: what is discovered.
        append: parts to fetch with the details.
        keep_raw: also keep each film's answer as received.
        details_limit: the most films without details to fetch; None for all.
        refresh_limit: the most films to fetch again because their copies are old.
        ids_from: where ids come from.
        min_popularity: of films that only an export names, leave out the less popular ones.
        exports: where the daily id exports come from, if they are asked.
        executor: who fetches the details; by default the source.
        noted_change: by what share a popularity out of an export must differ from the one noted last, to be noted in
            the history too; 0 for every change, None for none.

    Raises:
        ValueError: a limit is negative, nobody knows such ``ids_from``, or TMDB does not list the kind by date.
        ConfigurationError: exports are to be asked and there are none.
    """

    plan: SweepPlan
    append: tuple[str, ...]
    keep_raw: bool
    details_limit: int | None
    refresh_limit: int
    ids_from: IdsFrom
    min_popularity: float | None
    exports: ExportHost | None
    executor: DetailsExecutor | None
    noted_change: float | None = NOTED_CHANGE

    def __post_init__(self) -> None:
        check_limits(refresh_limit=self.refresh_limit, details_limit=self.details_limit)
        if self.ids_from not in get_args(IdsFrom):
            raise ValueError(f"ids_from must be one of {', '.join(get_args(IdsFrom))}, not {self.ids_from!r}")
        if self.ids_from != "export":
            discover_of(self.plan.kind)
        if self.ids_from != "discover" and self.exports is None:
            raise ConfigurationError("ids from an export need an ExportClient: DataCollectionOrchestrator(exports=…)")

    def asked(self) -> dict[str, Any]:
        """Return the question, as the run stores it."""
        names = ("details_limit", "ids_from", "min_popularity")
        return {**self.plan.as_dict(), **{name: getattr(self, name) for name in names}}

    async def work(self, run: CollectionRun) -> None:
        """Run the job."""
        async with run.fetching_by(self.executor):
            await self._find_and_fetch(run)

    async def _find_and_fetch(self, run: CollectionRun) -> None:
        sweep = await discover(run, self.plan) if self.ids_from != "export" else None
        missing = [*run.listed(sweep.sweep_id)] if sweep else []
        if self.exports:
            run.count(self.exports)
            await self._take_exported_ids(run, self.exports)
            missing.append(run.exported(self.min_popularity, include_adult=self.plan.include_adult))
        await run.fetch_missing(*missing, limit=self.details_limit)
        await run.refresh(self.refresh_limit)
        if sweep:
            run.report.waiting = await run.call(run.store.count_waiting, sweep.sweep_id, run.clock.now())
        if self.exports:
            # A film that waits may be in both; it is not counted twice.
            waiting = await run.call(run.store.count_waiting_in_exports, run.clock.now())
            run.report.waiting = max(run.report.waiting, waiting)
            run.report.reconciliation = asdict(await run.call(run.store.reconcile))

    async def _take_exported_ids(self, run: CollectionRun, exports: ExportHost) -> None:
        """Bring the exported ids up to date; when that is not all a run is about, it can do without."""
        names = run.kind.exports if self.plan.include_adult else run.kind.exports[:1]

        def say(_name: str, done: int, total: int | None) -> None:
            run.tell("export", done, total or done)

        try:
            stored = await take_exported_ids(exports, run.store, run.writer, names, say, noted_change=self.noted_change)
        except NotFound as error:
            if self.ids_from == "export":
                raise
            run.report.missing_exports.append(str(error))
            return
        for export in stored:
            run.report.exports.append(f"{export.name} of {export.day}: {export.films:,} {run.kind.plural}")
            run.report.unreadable += export.unreadable
