"""``ayne collect --dask``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dask.config
import psutil
import pytest
from distributed import LocalCluster

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.reliability.dump import differences, dump
from tests.shell import FAST, Shell, details_asked, ids_of, shell_for, until

# Processes that import Dask take their time where many others want the processor.
PATIENCE = 120.0

SPAN = ("--from", "2010", "--to", "2024", "--min-votes", "0", "--parts", "keywords")


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    with (
        dask.config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}),
        LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address="127.0.0.1:0") as started,
    ):
        yield started


def same_as_unbroken(shell: Shell, folder: Path) -> None:
    shell.ayne("collect", *SPAN, *FAST, "--db", "unbroken.duckdb")
    broken, unbroken = (dump(folder / f"{name}.duckdb", moments=False) for name in ("films", "unbroken"))
    assert len(broken["keywords"]) > 100
    assert differences(broken, unbroken) == []


def test_workers_of_this_machine_end_with_a_coordinator_that_is_killed_and_the_next_run_carries_on(
    tmp_path: Path,
) -> None:
    films = Catalogue.generated(2000, seed=2)
    exist = len(ids_of(films, 2010, 2024))
    with running(SandboxApp(films)) as served:
        shell = shell_for(tmp_path, served.url)
        with shell.started("collect", *SPAN, "--dask", "local:2", "--rate", "200") as collector:
            until(lambda: details_asked(served.app) > 400, seconds=PATIENCE)
            processes = psutil.Process(collector.process.pid).children(recursive=True)
            addresses = [
                place.laddr.ip
                for process in [psutil.Process(collector.process.pid), *processes]
                for place in process.net_connections(kind="inet")
                if place.status == psutil.CONN_LISTEN
            ]
            collector.process.kill()
            assert collector.process.wait() == -signal.SIGKILL
        assert len(processes) >= 2
        assert set(addresses) == {"127.0.0.1"}
        _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
        assert alive == []
        stored = {row[0] for row in shell.query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL")}
        assert 0 < len(stored) < exist
        served.app.log.clear()
        shell.ayne("collect", *SPAN, "--dask", "local:2", *FAST)
        assert details_asked(served.app) == exist - len(stored)
        same_as_unbroken(shell, tmp_path)


def test_ctrl_c_in_a_terminal_is_for_the_coordinator_and_ends_all_in_order(tmp_path: Path) -> None:
    with running(SandboxApp(Catalogue.generated(2000, seed=2))) as served:
        shell = shell_for(tmp_path, served.url)
        command = ("collect", *SPAN, "--dask", "local:2", "--rate", "100")
        collector = subprocess.Popen(
            [sys.executable, "-m", "ayne", *command],
            cwd=tmp_path,
            env=shell._environment(),
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            until(lambda: details_asked(served.app) > 100, seconds=PATIENCE)
            processes = psutil.Process(collector.pid).children(recursive=True)
            # A terminal sends it to all processes of a command.
            os.killpg(collector.pid, signal.SIGINT)
            _, said = collector.communicate(timeout=PATIENCE)
        finally:
            collector.kill()
    assert collector.returncode == 130, said
    assert "the same command carries on" in said
    assert "Traceback" not in said
    assert psutil.wait_procs(processes, timeout=PATIENCE)[1] == []


def test_a_worker_of_this_machine_writes_nothing_to_the_terminal_when_it_misses_its_scheduler(tmp_path: Path) -> None:
    program = (
        "import logging, distributed, ayne.dask.local\n"
        "ayne.dask.local.dask_setup(None)\n"
        "for name in ('distributed.worker', 'tornado.application', 'asyncio'):\n"
        "    try:\n"
        "        raise OSError('the scheduler is gone')\n"
        "    except OSError:\n"
        "        logging.getLogger(name).exception('Failed to communicate with scheduler during heartbeat.')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_cluster_asks_nothing_for_a_coordinator_that_was_killed(cluster: LocalCluster, tmp_path: Path) -> None:
    with running(SandboxApp(Catalogue.generated(2000, seed=2))) as served:
        shell = shell_for(tmp_path, served.url)
        command = ("collect", *SPAN, "--dask", cluster.scheduler_address)
        # A batch takes two seconds at this pace.
        with shell.started(*command, "--rate", "100") as collector:
            until(lambda: details_asked(served.app) > 50, seconds=PATIENCE)
            collector.process.kill()
            collector.process.wait()
        asked = len(served.app.log)
        plugin = cluster.scheduler.plugins["ayne"]
        until(lambda: not plugin.runs, seconds=PATIENCE)
        until(lambda: not any(worker.processing for worker in cluster.scheduler.workers.values()), seconds=PATIENCE)
        # What a worker had a token for was sent; of the batches under way, of fifty films each, the rest was not.
        assert len(served.app.log) - asked < 20
        ended = json.loads(shell.ayne(*command, *FAST, "--json").stdout)
        assert ended["complete"]
        same_as_unbroken(shell, tmp_path)


def test_a_collection_without_a_cluster_imports_nothing_of_dask(tmp_path: Path) -> None:
    program = (
        "import sys; from ayne.cli import cli\n"
        "cli.main(['collect', '--from', '2024', '--quiet'], standalone_mode=False)\n"
        "assert not {'dask', 'distributed'} & set(sys.modules), 'imported'"
    )
    with running(SandboxApp(Catalogue.generated(500, seed=2))) as served:
        shell = shell_for(tmp_path, served.url)
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=shell._environment(), capture_output=True, text=True
        )
    assert done.returncode == 0, done.stderr


def test_without_dask_it_is_said_how_to_install_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['distributed'] = None\n"
        "from ayne.cli import main; sys.argv = ['ayne', 'collect', '--sandbox', '--dask', 'local:2']; main()"
    )
    shell = shell_for(tmp_path, "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=shell._environment(), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "pip install 'ayne[dask]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_for_bodies_does_not_go_with_a_cluster(tmp_path: Path) -> None:
    shell = shell_for(tmp_path, "http://127.0.0.1:9")
    said = shell.ayne("collect", "--dask", "local:2", "--output-dir", "bodies", code=2).stderr
    assert "--output-dir does not go with --dask" in said


def test_an_allowance_in_redis_does_not_go_with_a_cluster(tmp_path: Path) -> None:
    shell = shell_for(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "ayne.toml").write_text('allowance = "redis://localhost:6379/0"\n', encoding="utf-8")
    said = shell.ayne("collect", "--dask", "local:2", code=2).stderr
    assert "--allowance does not go with --dask" in said


def test_a_cluster_that_a_file_names_is_not_for_the_sandbox(tmp_path: Path) -> None:
    shell = shell_for(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "ayne.toml").write_text('dask = "tcp://10.255.255.1:8786"\n', encoding="utf-8")
    shell.ayne("collect", "--sandbox", "--sandbox-movies", "500", "--from", "2024", "--quiet")
