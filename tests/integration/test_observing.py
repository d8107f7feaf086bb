"""What a host application can see of a collection: its log, its snapshots, and metrics made of them."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint

from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport, Snapshot
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.transport import SandboxTransport
from tests.virtual_time import Inline, VirtualClock, run

ROOT = Path(__file__).parents[2]


def example() -> Any:
    spec = importlib.util.spec_from_file_location("otel", ROOT / "examples" / "opentelemetry_metrics.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def collect(watch: Any, faults: str = "") -> tuple[RunReport, DataCollectionOrchestrator]:
    """Collect in virtual time; ``watch`` is given the collection before it begins."""

    async def main() -> tuple[RunReport, DataCollectionOrchestrator]:
        plan = FaultPlan.parse(faults) if faults else None
        clock = VirtualClock()
        sandbox = SandboxTransport(SandboxApp(Catalogue.generated(movies=500, seed=1), faults=plan))
        async with TMDBClient("0" * 32, transport=sandbox, requests_per_second=50, clock=clock) as client:
            collection = DataCollectionOrchestrator(
                DuckDBClient(":memory:"), client, clock=clock, store_executor=Inline()
            )
            watch(collection)
            return await collection.run_full_collection(2020, min_vote_count=0), collection

    return run(main())


def metrics(reader: InMemoryMetricReader) -> dict[str, dict[tuple[Any, ...], float]]:
    data = reader.get_metrics_data()
    assert data
    return {
        metric.name: {
            tuple((point.attributes or {}).values()): point.value
            for point in metric.data.data_points
            if isinstance(point, NumberDataPoint)
        }
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_metrics_are_what_the_report_says() -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    report, _ = collect(lambda collection: example().observe(collection, provider), "seed=3,rate=0.2")
    seen = metrics(reader)
    assert seen["ayne.requests"] == {(): report.requests}
    assert seen["ayne.retries"] == {(reason,): count for reason, count in report.retries.items()}
    assert sum(report.retries.values()) > 0
    assert seen["ayne.rows"][("films",)] == report.details > 0
    assert seen["ayne.pauses"][()] > 0
    provider.shutdown()


def test_a_snapshot_is_nothing_before_a_run_and_all_of_it_after() -> None:
    before: list[Snapshot] = []
    report, collection = collect(lambda collection: before.append(collection.snapshot()))
    assert before == [Snapshot()]
    after = collection.snapshot()
    assert [(progress.phase, progress.done == progress.total) for progress in after.phases] == [
        ("discover", True),
        ("details", True),
    ]
    assert (after.requests, after.rows["films"], after.rows["pages"]) == (report.requests, report.details, report.pages)


def test_the_log_tells_a_run_in_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ayne"):
        report, _ = collect(lambda _: None, "seed=3,rate=0.2")
    ends = [record for record in caplog.records if record.getMessage() == f"run {report.run_id} ends: done"]
    told = [(vars(record)["requests"], vars(record)["details"], vars(record)["outcome"]) for record in ends]
    assert told == [(report.requests, report.details, "done")]
    retries = [vars(record)["reason"] for record in caplog.records if record.getMessage().startswith("retry ")]
    assert {reason: retries.count(reason) for reason in retries} == report.retries


def test_as_a_library_it_is_quiet(tmp_path: Path) -> None:
    code = "import logging, ayne; logging.getLogger('ayne.tmdb').warning('a row was left out')"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
