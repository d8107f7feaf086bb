"""Keep films fresh from Dagster (https://dagster.io): an asset, its schedule, and a check that nothing is missing.

    pip install ayne dagster dagster-webserver
    export TMDB_API_KEY=0123456789abcdef0123456789abcdef
    dagster dev -f examples/dagster_sync.py

ayne does its own retries, and what a run did not get to is what the next begins with; so no run is ever tried again by
Dagster. Only one collection goes into a file at a time: the schedule starts none while one is running, and a run that
finds the file taken all the same, by somebody at a terminal, fails at once with the reason and has changed nothing.

Dagster tells its makers of its use; with ``DAGSTER_DISABLE_TELEMETRY=true`` in the environment it does not.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg

from ayne.blocking import DataCollectionOrchestrator, DuckDBClient, TMDBClient
from ayne.errors import AyneError


class Mirror(dg.ConfigurableResource):
    """Which films are kept fresh, where, and for how many requests a run. Change it at the end of this file."""

    database: str = "films.duckdb"
    first_year: int = 2020
    min_votes: int = 200
    max_requests: int = 20_000
    requests_per_second: float = 4.0


@dg.asset(kinds={"duckdb"})
def films(mirror: Mirror) -> dg.MaterializeResult:
    """Films of TMDB: what is new, what changed, and what has grown old."""
    try:
        with TMDBClient(requests_per_second=mirror.requests_per_second) as client:
            report = DataCollectionOrchestrator(DuckDBClient(mirror.database), client).run_sync(
                mirror.first_year, max_requests=mirror.max_requests, min_vote_count=mirror.min_votes
            )
    except AyneError as error:
        # A wrong key, a source out of reach, a file that another collection has (StoreBusy): ayne has tried what there
        # is to try, and says what to do.
        raise dg.Failure(f"{type(error).__name__}: {error}", allow_retries=False) from error
    return dg.MaterializeResult(metadata=shown(report.as_dict()))


def shown(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a run as Dagster shows and plots it: numbers and words one by one, what is made of more as JSON."""
    told = {name: value for name, value in report.items() if value not in (None, [], {})}
    return {name: dg.MetadataValue.json(v) if isinstance(v, dict | list) else v for name, v in told.items()}


# The ledger of what was looked through: a range of dates is proven when as many films are known as TMDB says there are.
LEDGER = """
SELECT count(*) FILTER (state = 'proven') AS proven, count(*) FILTER (state NOT IN ('proven', 'split')) AS not_proven,
       min(start_date) AS since, (SELECT count(*) FROM sweeps WHERE finished_at IS NULL) AS unfinished
FROM ranges
"""


@dg.asset_check(asset=films)
def coverage_is_proven(mirror: Mirror) -> dg.AssetCheckResult:
    """All years were looked through, and every range of them is proven to be complete."""
    (ledger,) = DuckDBClient(mirror.database).query(LEDGER).as_dicts()
    reaches_back = bool(ledger["since"]) and ledger["since"] <= date(mirror.first_year, 1, 1)
    return dg.AssetCheckResult(
        passed=reaches_back and not ledger["not_proven"] and not ledger["unfinished"],
        metadata={name: str(value) if isinstance(value, date) else value for name, value in ledger.items()},
    )


keep_fresh = dg.define_asset_job("keep_fresh", selection=[films])

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


# TMDB's changes of yesterday can be read from 8:00 UTC on.
@dg.schedule(job=keep_fresh, cron_schedule="15 9 * * *", execution_timezone="UTC")
def every_morning(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Start a run, unless one is still under way."""
    running = context.instance.get_runs(dg.RunsFilter(job_name=keep_fresh.name, statuses=UNDER_WAY), limit=1)
    return dg.SkipReason(f"run {running[0].run_id} is still under way") if running else dg.RunRequest()


defs = dg.Definitions(
    assets=[films],
    asset_checks=[coverage_is_proven],
    jobs=[keep_fresh],
    schedules=[every_morning],
    resources={"mirror": Mirror()},
)
