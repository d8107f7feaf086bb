"""Run a job from the command line: its clients open, its view on the screen, stopped by Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from ayne.cli import endings
from ayne.cli.signals import stop_on_signal

if TYPE_CHECKING:
    from ayne.cli.progress import ProgressView
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator
    from ayne.data_collection.run_report import RunReport
    from ayne.kinds import Kind
    from ayne.net.client import PoliteClient

Job = Callable[["DataCollectionOrchestrator"], Coroutine[Any, Any, "RunReport"]]


def see_through(
    collection: DataCollectionOrchestrator,
    job: Job,
    clients: Sequence[PoliteClient | None],
    *,
    title: str,
    kind: Kind,
    per_second: float,
    as_json: bool,
) -> RunReport:
    """Run the job to its end, or until a signal asks it to stop; return its report.

    Args:
        collection: what does it.
        job: what it is asked for.
        clients: what it asks; they are open while it runs.
        title: what the view says of it.
        kind: of what it is.
        per_second: the rate that the view shows.
        as_json: whether a program reads what it prints.
    """
    with endings.view(title, per_second, as_json=as_json, kind=kind) as view:
        return endings.run(_see_through(collection, job, clients, view))


async def _see_through(
    collection: DataCollectionOrchestrator, job: Job, clients: Sequence[PoliteClient | None], view: ProgressView
) -> RunReport:
    view.watch(collection.snapshot)
    stop_on_signal(collection.stop, view.ending)
    async with AsyncExitStack() as stack:
        for client in filter(None, clients):
            await stack.enter_async_context(client)
        return await job(collection)
