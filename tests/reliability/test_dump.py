"""The dump by which files are compared sees what differs, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.coverage import SweepPlan
from ayne.database.duckdb_client import DuckDBClient
from tests.reliability.dump import Dump, differences, dump
from tests.store.test_store import NOW, details, page, summary
from tests.virtual_time import Standing


def filled(file: Path, *, at: datetime = NOW, begun_before: int = 0, **values: Any) -> Path:
    store = DuckDBClient(file, clock=Standing(at))
    for _ in range(begun_before):
        store.begin_sweep(SweepPlan(2000, 2000), at)
    sweep = store.begin_sweep(SweepPlan(2024, 2024), at)
    store.commit(Commit(sweep.sweep_id, [page(summary(1), summary(2))], [details(1, **values)]))
    store.begin_run("1", {"server": "TMDB"}, at)
    return file


def without_other_sweeps(found: Dump) -> Dump:
    return {**found, "sweeps": [row for row in found["sweeps"] if "2024" in str(row)]}


def test_what_two_runs_do_not_have_in_common_is_left_out(tmp_path: Path) -> None:
    one = dump(filled(tmp_path / "one.duckdb"))
    other = dump(filled(tmp_path / "other.duckdb", at=NOW + timedelta(hours=1), begun_before=3))
    assert differences(one, without_other_sweeps(other)) == []
    assert len(one["movies"]) == 2


def test_every_value_counts(tmp_path: Path) -> None:
    one = dump(filled(tmp_path / "one.duckdb", runtime=90))
    other = dump(filled(tmp_path / "other.duckdb", runtime=91))
    said = differences(one, other)
    assert [line.partition(":")[0] for line in said] == ["movies", "movies"]


def test_moments_of_the_source_count_unless_they_are_left_out(tmp_path: Path) -> None:
    files = filled(tmp_path / "one.duckdb"), tmp_path / "other.duckdb"
    later = datetime(2026, 5, 2, tzinfo=UTC)
    filled(files[1]).touch()
    DuckDBClient(files[1], clock=Standing(NOW)).commit(Commit(details=[details(1, later)]))
    assert differences(dump(files[0]), dump(files[1]))
    assert differences(dump(files[0], moments=False), dump(files[1], moments=False)) == []
