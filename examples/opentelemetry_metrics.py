"""ayne's requests, waits, retries and rows as metrics of OpenTelemetry.

    pip install ayne opentelemetry-sdk
    python examples/opentelemetry_metrics.py

A collection says at any time what it is doing, in one value: its snapshot. OpenTelemetry asks for it whenever it
exports, and between two exports nothing happens at all: a film costs not one instruction more.

This collects films of a sandbox in memory and prints the metrics once. In a service of your own, make the
``MeterProvider`` as you make it for everything else, with the exporter of your choice, and call ``observe``.
"""

import asyncio
from collections.abc import Callable, Iterable

from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
from opentelemetry.sdk.metrics import MeterProvider as SdkMeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import Snapshot
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.transport import SandboxTransport


def observe(collection: DataCollectionOrchestrator, provider: MeterProvider) -> None:
    """Let OpenTelemetry look at a collection whenever it exports."""
    meter = provider.get_meter("ayne")

    def reading(of: Callable[[Snapshot], Iterable[Observation]]) -> Callable[[CallbackOptions], Iterable[Observation]]:
        return lambda _: of(collection.snapshot())

    meter.create_observable_counter(
        "ayne.requests",
        [reading(lambda seen: [Observation(seen.requests)])],
        unit="{request}",
        description="Requests that were sent, retries included",
    )
    meter.create_observable_counter(
        "ayne.retries",
        [reading(lambda seen: [Observation(count, {"reason": reason}) for reason, count in seen.retries.items()])],
        unit="{request}",
        description="Requests that were sent again, by why",
    )
    meter.create_observable_counter(
        "ayne.pauses",
        [reading(lambda seen: [Observation(seen.paused_seconds)])],
        unit="s",
        description="Pauses that a source asked for by a 429",
    )
    meter.create_observable_gauge(
        "ayne.waiting",
        [reading(lambda seen: [Observation(count, {"reason": reason}) for reason, count in seen.backing_off.items()])],
        unit="{request}",
        description="Requests that wait before they are sent again",
    )
    meter.create_observable_counter(
        "ayne.rows",
        [reading(lambda seen: [Observation(count, {"kind": kind}) for kind, count in seen.rows.items()])],
        unit="{row}",
        description="What was committed to the database",
    )
    meter.create_observable_counter(
        "ayne.failures",
        [reading(lambda seen: [Observation(count, {"reason": reason}) for reason, count in seen.failures.items()])],
        unit="{film}",
        description="Films that could not be fetched, by reason",
    )


async def main() -> None:
    """Collect a few films of a sandbox, and export the metrics of it."""
    provider = SdkMeterProvider([PeriodicExportingMetricReader(ConsoleMetricExporter())])
    sandbox = SandboxTransport(SandboxApp(Catalogue.generated(movies=500, seed=1)))
    async with TMDBClient("0" * 32, transport=sandbox, requests_per_second=1000) as client:
        collection = DataCollectionOrchestrator(DuckDBClient(":memory:"), client)
        observe(collection, provider)
        await collection.run_full_collection(2020, min_vote_count=0)
    provider.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
