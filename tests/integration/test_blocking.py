"""The blocking face: the same answers without asyncio, wherever it is called, and Ctrl-C."""

from __future__ import annotations

import asyncio
import inspect
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ayne import background, blocking
from ayne.data_collection import frames
from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import Progress
from ayne.data_collection.tmdb import TMDBClient
from ayne.errors import ConfigurationError, NotFound
from ayne.notebook import Bar, progress_bar
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from ayne.sandbox.transport import SandboxTransport
from tests.client.test_details import some_ids
from tests.in_process import KEY


@pytest.fixture
def app(films: Catalogue) -> SandboxApp:
    return SandboxApp(films)


@pytest.fixture
def client(app: SandboxApp) -> Iterator[blocking.TMDBClient]:
    with blocking.TMDBClient(KEY, transport=SandboxTransport(app), requests_per_second=1e6) as client:
        yield client


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (TMDBClient, blocking.TMDBClient),
        (OMDBClient, blocking.OMDBClient),
        (DataCollectionOrchestrator, blocking.DataCollectionOrchestrator),
    ],
)
def test_every_method_that_is_awaited_has_one_that_waits_and_takes_the_same(theirs: type, ours: type) -> None:
    for name, method in inspect.getmembers(theirs, inspect.isfunction):
        awaited = inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)
        if awaited and not name.startswith("_") and name != "aclose":
            waiting = getattr(ours, name)
            assert not inspect.iscoroutinefunction(waiting)
            assert inspect.signature(waiting) == inspect.signature(method)
            assert waiting.__doc__ == method.__doc__


def test_it_answers_what_the_asynchronous_client_answers(app: SandboxApp, client: blocking.TMDBClient) -> None:
    async def awaited() -> tuple[Any, Any]:
        async with TMDBClient(KEY, transport=SandboxTransport(app), requests_per_second=1e6) as other:
            films = await other.discover_movies(2019, 2020, min_vote_count=0)
            return films, await other.get_batch_movie_details([film["tmdb_id"] for film in films])

    films = client.discover_movies(2019, 2020, min_vote_count=0)
    details = client.get_batch_movie_details([film["tmdb_id"] for film in films])
    expected_films, expected_details = asyncio.run(awaited())
    assert _titles(films) == _titles(expected_films)
    assert _titles(details) == _titles(expected_details)
    assert films


def _titles(films: list[Any]) -> list[tuple[int, str]]:
    return [(film["tmdb_id"], film["title"]) for film in films]


def test_it_works_where_an_event_loop_is_running_already(client: blocking.TMDBClient) -> None:
    async def cell_of_a_notebook() -> int:
        await asyncio.sleep(0)
        return len(client.discover_movies(2020, min_vote_count=0))

    assert asyncio.run(cell_of_a_notebook()) == len(client.discover_movies(2020, min_vote_count=0)) > 0


def test_errors_are_those_of_the_asynchronous_client(client: blocking.TMDBClient) -> None:
    with pytest.raises(NotFound):
        client.get_movie_details(999_999_999)


def test_details_come_one_by_one_and_who_leaves_early_ends_it(app: SandboxApp, client: blocking.TMDBClient) -> None:
    ids = [film["tmdb_id"] for film in client.discover_movies(2000, 2020, min_vote_count=0)]
    assert len(ids) > 200
    before = client.asynchronous.traffic.requests
    films = client.iter_movie_details(ids)
    first = [film["tmdb_id"] for film in (next(films), next(films), next(films)) if isinstance(film, dict)]
    films.close()
    assert len(set(first)) == 3
    asked = client.asynchronous.traffic.requests - before
    assert 3 <= asked < 100
    assert client.asynchronous.traffic.requests - before == asked


def test_an_iteration_ends_with_the_error_that_ended_it(client: blocking.TMDBClient) -> None:
    with pytest.raises(ValueError, match="not an id"):
        list(client.iter_movie_details(["not an id"]))


def test_a_callback_is_told_that_it_must_not_wait(client: blocking.TMDBClient) -> None:
    told: list[str] = []

    def waits(current: int, total: int) -> None:
        try:
            client.discover_movies(2020)
        except RuntimeError as error:
            told.append(str(error))

    client.get_batch_movie_details([film["tmdb_id"] for film in client.discover_movies(2020)[:1]], waits)
    assert "another thread" in told[0]


def test_many_threads_may_wait_at_once(client: blocking.TMDBClient) -> None:
    ids = [film["tmdb_id"] for film in client.discover_movies(2018, 2020, min_vote_count=0)[:20]]
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda number=number: found.append(client.get_movie_details(number)["tmdb_id"]))
        for number in ids
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(found) == sorted(ids)


def test_a_collection_is_one_call(app: SandboxApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(app) as server:
        monkeypatch.setenv("AYNE_TMDB_URL", server.url)
        monkeypatch.setenv("TMDB_API_KEY", KEY)
        report = blocking.collect(tmp_path / "films.duckdb", 2020, min_vote_count=0, details_limit=3)
    assert (report.outcome, report.details) == ("done", 3)
    assert [*inspect.signature(blocking.collect).parameters][:2] == ["db", "discover_start_year"]


def test_a_collection_takes_a_key_a_rate_and_who_is_told(
    app: SandboxApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMDB_API_KEY", raising=False)
    told: list[Progress] = []
    with running(app) as server:
        monkeypatch.setenv("AYNE_TMDB_URL", server.url)
        report = blocking.collect(
            tmp_path / "films.duckdb",
            2020,
            details_limit=2,
            api_key=KEY,
            requests_per_second=900,
            on_progress=told.append,
        )
    assert (told[-1].phase, told[-1].done, told[-1].total) == ("details", 2, 2)
    lines = str(report).splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("films: 2 stored")
    assert report._repr_html_().count("<tr>") == 4
    assert "still without details" in lines[3]
    shown = inspect.signature(blocking.collect).parameters
    assert {"ids", "api_key", "requests_per_second", "on_progress", "details_limit"} <= set(shown)


def test_films_are_a_frame_of_whichever_library_is_there(
    client: blocking.TMDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = client.discover_movies(2020, min_vote_count=0)
    details = client.get_batch_movie_details([film["tmdb_id"] for film in found[:2]], append=["credits"])
    for library in ("pandas", "polars"):
        pytest.importorskip(library)
        monkeypatch.setattr(frames, "find_spec", lambda name, there=library: name == there)
        for films in (found, details):
            frame = films.to_df()
            assert type(frame).__module__.startswith(library)
            assert list(frame["tmdb_id"]) == [film["tmdb_id"] for film in films]
            assert list(type(films)([], []).to_df().columns)[:1] == ["tmdb_id"]
    monkeypatch.setattr(frames, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match="pip install pandas"):
        found.to_df()


def test_a_notebook_shows_a_bar_and_is_not_flooded() -> None:
    drawn: list[dict[str, str]] = []

    class Handle:
        def update(self, data: dict[str, str], *, raw: bool) -> None:
            assert raw
            drawn.append(data)

    def display(data: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        return Handle()

    now = iter(range(1000))
    bar = Bar(display, clock=lambda: next(now) / 100)
    for done in range(1, 101):
        bar(Progress("details", done, 100, failures=1))
    assert 3 <= len(drawn) <= 6
    assert drawn[-1]["text/plain"] == "details: 100 of 100, 1 failed"
    assert '<progress value="100" max="100">' in drawn[-1]["text/html"]
    assert progress_bar() is None, "this is no notebook"


def test_the_films_of_a_list_are_one_call(
    films: Catalogue, app: SandboxApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(app) as served:
        monkeypatch.setenv("AYNE_TMDB_URL", served.url)
        monkeypatch.setenv("TMDB_API_KEY", KEY)
        ids = some_ids(films, 3)
        report = blocking.collect(tmp_path / "films.duckdb", ids=[str(tmdb_id) for tmdb_id in ids])
    assert (report.details, report.given["outcomes"]) == (3, {"stored": 3})
    assert "ids" in inspect.signature(blocking.collect).parameters
    with pytest.raises(ValueError, match="leave out the years"):
        blocking.collect(tmp_path / "films.duckdb", 2020, ids=[1])


SCRIPT = """
import signal, sys
from ayne.blocking import DataCollectionOrchestrator, DuckDBClient, TMDBClient
client = TMDBClient("0" * 32, base_url=sys.argv[1], requests_per_second=20)
class TimeIsUp(BaseException):
    pass
def end(*_):
    raise TimeIsUp
signal.signal(signal.SIGTERM, end)
try:
    DataCollectionOrchestrator(DuckDBClient("films.duckdb"), client).run_full_collection(1990, 2020, min_vote_count=0)
except (KeyboardInterrupt, TimeIsUp) as error:
    print(type(error).__name__)
    client.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize(("sent", "raised"), [(signal.SIGINT, "KeyboardInterrupt"), (signal.SIGTERM, "TimeIsUp")])
def test_ctrl_c_or_what_a_scheduler_raises_ends_a_collection_in_order(
    app: SandboxApp, tmp_path: Path, sent: signal.Signals, raised: str
) -> None:
    with running(app) as server:
        command = [sys.executable, "-W", "error", "-c", SCRIPT, server.url]
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            give_up_at = time.monotonic() + 60
            while app.log.report()["total"] < 10:
                assert time.monotonic() < give_up_at
                time.sleep(0.01)
            process.send_signal(sent)
            said, complaints = process.communicate(timeout=60)
    assert (process.returncode, said, complaints) == (0, f"{raised}\n", "")
    with duckdb.connect(str(tmp_path / "films.duckdb")) as con:
        assert con.execute("SELECT outcome FROM runs").fetchall() == [("interrupted",)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_forked_process_has_a_loop_of_its_own() -> None:
    script = (
        "import asyncio, os, warnings; from ayne import background; warnings.simplefilter('ignore')\n"
        "background.run(asyncio.sleep(0)); pid = os.fork()\n"
        "if not pid: background.run(asyncio.sleep(0)); os._exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("7\n", "")


def test_what_is_cancelled_says_so() -> None:
    async def cancels_itself() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        background.run(cancels_itself())
