"""The example for Dagster runs: the asset is made, its check judges, and a second collector is told to wait."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from ayne.blocking import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import KEY, ids_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "dagster_sync.py"

# It tells its makers of its use unless this is set before it is imported.
_PRIVATE = {"DAGSTER_DISABLE_TELEMETRY": "true"}


@pytest.fixture
def dagster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    for name, value in {**_PRIVATE, "DAGSTER_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    with warnings.catch_warnings():
        # What it and its dependencies call outdated is theirs to mend.
        warnings.simplefilter("ignore")
        yield import_module("dagster")


@pytest.fixture
def example(dagster: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = spec_from_file_location("dagster_sync", EXAMPLE)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "dagster_sync", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(films: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    with running(SandboxApp(films)) as server:
        monkeypatch.setenv("AYNE_TMDB_URL", server.url)
        monkeypatch.setenv("TMDB_API_KEY", KEY)
        yield server


def run(example: Any, instance: Any, database: Path, job: Any = None, **settings: int) -> Any:
    """The job as the schedule would start it, with settings of its own."""
    job = job or example.defs.resolve_job_def("keep_fresh")
    mirror = {"database": str(database), "min_votes": 0, "requests_per_second": 2000.0, **settings}
    return job.execute_in_process(
        instance=instance, run_config={"resources": {"mirror": {"config": mirror}}}, raise_on_error=False
    )


def judged(result: Any) -> bool:
    (evaluation,) = result.get_asset_check_evaluations()
    return bool(evaluation.passed)


def test_a_run_brings_the_films_and_shows_its_report(
    dagster: Any, example: Any, server: RunningSandbox, films: Catalogue, tmp_path: Path
) -> None:
    with dagster.DagsterInstance.ephemeral() as instance:
        result = run(example, instance, tmp_path / "films.duckdb")
    stored = DuckDBClient(tmp_path / "films.duckdb").query(
        "SELECT list(tmdb_id ORDER BY tmdb_id) FROM films WHERE details_at IS NOT NULL AND release_date < '2022-01-01'"
    )
    (made,) = result.asset_materializations_for_node("films")
    assert result.success
    assert judged(result)
    assert stored.rows == [(ids_of(films, 2020, 2021),)]
    assert made.metadata["details"].value >= len(ids_of(films, 2020, 2021))
    assert made.metadata["coverage"].value["open"] == 0


def test_the_check_fails_until_a_later_run_has_proven_what_is_missing(
    dagster: Any, example: Any, server: RunningSandbox, tmp_path: Path
) -> None:
    with dagster.DagsterInstance.ephemeral() as instance:
        stopped_short = run(example, instance, tmp_path / "films.duckdb", max_requests=3)
        caught_up = run(example, instance, tmp_path / "films.duckdb")
    assert (stopped_short.success, judged(stopped_short)) == (True, False)
    assert (caught_up.success, judged(caught_up)) == (True, True)


def test_years_that_were_never_looked_through_are_not_proven(
    dagster: Any, example: Any, server: RunningSandbox, tmp_path: Path
) -> None:
    database = tmp_path / "films.duckdb"
    with dagster.DagsterInstance.ephemeral() as instance:
        run(example, instance, database)
    assert example.coverage_is_proven(example.Mirror(database=str(database))).passed
    assert not example.coverage_is_proven(example.Mirror(database=str(database), first_year=2010)).passed


def test_a_second_collector_is_told_to_wait_and_is_not_tried_again(
    dagster: Any, example: Any, server: RunningSandbox, tmp_path: Path
) -> None:
    store = DuckDBClient(tmp_path / "films.duckdb")
    # Whoever sets a policy for all of their jobs sets it for this one, too.
    policy = dagster.RetryPolicy(max_retries=2)
    stubborn = dagster.define_asset_job("stubborn", selection=[example.films], op_retry_policy=policy)
    definitions = dagster.Definitions.merge(example.defs, dagster.Definitions(jobs=[stubborn]))
    with store.collecting(), dagster.DagsterInstance.ephemeral() as instance:
        result = run(example, instance, tmp_path / "films.duckdb", definitions.resolve_job_def("stubborn"))
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert not result.success
    assert "StoreBusy: Another ayne is collecting into" in failure.step_failure_data.user_failure_data.description
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    assert server.app.log.report()["total"] == 0


def test_the_schedule_starts_a_run_unless_one_is_under_way(dagster: Any, example: Any, tmp_path: Path) -> None:
    with dagster.DagsterInstance.local_temp(str(tmp_path)) as instance:

        def tick() -> Any:
            context = dagster.build_schedule_context(instance=instance)
            return example.every_morning.evaluate_tick(context)

        free = tick()
        instance.create_run_for_job(example.defs.resolve_job_def("keep_fresh"), status=dagster.DagsterRunStatus.STARTED)
        busy = tick()
    assert (len(free.run_requests), free.skip_message) == (1, None)
    assert busy.run_requests == []
    assert "still under way" in busy.skip_message
