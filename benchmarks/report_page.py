"""The report on many films: how large the page is, and what it takes to write it and to open it in a browser."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.records import read_details
from ayne.database.duckdb_client import DuckDBClient
from ayne.net.session import Answer
from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from benchmarks.processes import MOST_SECONDS, Figures, Skipped, collect, sandbox
from benchmarks.whole_runs import recordings

_MANY = 200_000
_TIMES_MORE = 6
_AT_A_TIME = 2_000

# How often each page is opened; the median counts.
_OPENED = 5

# Nobody shall be talked to; root has no sandbox to offer it.
BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

# The command itself, looked at from within: a process may inherit the other measure of memory from whoever started it.
_WRITE = """
import sys
from pathlib import Path
from ayne.cli import cli
cli.main(["report", "--db", sys.argv[1], "--out", sys.argv[2]], standalone_mode=False)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def report() -> Figures:
    """Write and open the report on the real films of "TMDB 5000", on 200,000 of the sandbox, and on six times these."""
    chromium = os.environ.get("AYNE_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        raise Skipped("it needs Chromium")
    table = recordings() / "tables" / "tmdb_5000_movies.csv.zip"
    figures: Figures = {}
    with TemporaryDirectory() as folder:
        database = Path(folder) / "films.duckdb"
        with sandbox("--catalogue", str(table)) as server:
            years = ("--from", "1900", "--to", "2030", "--min-votes", "0", "--rate", "2000")
            collect(server, database, *years, "--parts", "credits,keywords")
        figures["real"] = _measured(database, chromium)
        database = Path(folder) / "sandbox.duckdb"
        _fill(database)
        figures["sandbox"] = _measured(database, chromium)
        _multiply(database)
        figures["most"] = _measured(database, chromium)
    return figures


def _fill(database: Path) -> None:
    """Store the sandbox's films as a collection does, without the requests."""
    catalogue = Catalogue.generated(_MANY, seed=1)
    app, db, now = SandboxApp(catalogue), DuckDBClient(database), datetime.now(UTC)
    ids = list(catalogue.columns.ids)
    for first in range(0, len(ids), _AT_A_TIME):
        films = []
        for film_id in ids[first : first + _AT_A_TIME]:
            with app.answering(Request("GET", f"/3/movie/{film_id}", "api_key=any")) as answer:
                films.append(read_details(Answer(answer.status, dict(answer.headers), answer.body, now)))
        db.commit(Commit(details=films))


def _multiply(database: Path) -> None:
    """The same films again and again under other ids, until they are as many as TMDB has."""
    with duckdb.connect(str(database)) as con:
        copies = f"range(1, {_TIMES_MORE}) AS copy(number)"
        films = f"SELECT movies.* REPLACE (tmdb_id + number * 100000000 AS tmdb_id) FROM movies, {copies}"  # noqa: S608
        con.execute(f"INSERT INTO movies BY NAME {films}")


def _measured(database: Path, chromium: str) -> dict[str, Any]:
    page = database.with_suffix(".html")
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-c", _WRITE, str(database), str(page)],
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=True,
    )
    seconds = time.perf_counter() - began
    ((films,),) = DuckDBClient(database).query("SELECT count(*) FROM films").rows
    return {
        "films": films,
        "bytes": page.stat().st_size,
        "write_seconds": round(seconds, 1),
        "write_mb": round(int(done.stdout.split()[-1]) / 1024),
        **_opened(page, chromium),
    }


def _opened(path: Path, chromium: str) -> dict[str, Any]:
    """Open a page as a person does who has never seen it; each time in a browser that remembers nothing."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    said: list[str] = []
    asked: list[str] = []
    readable, drawn, busy = [], [], []
    with sync_playwright() as playwright:
        for _ in range(_OPENED):
            browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("request", lambda request: asked.append(request.url))
            # Time of the processor, which a busy machine does not make longer.
            profile = page.context.new_cdp_session(page)
            profile.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-drawn=yes]")
            readable.append(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
            drawn.append(page.evaluate("Number(document.documentElement.dataset.drawnAt)"))
            told = {item["name"]: item["value"] for item in profile.send("Performance.getMetrics")["metrics"]}
            busy.append(told["TaskDuration"] * 1000)
            charts = page.locator(".plot .drawn").count()
            browser.close()
    return {
        "readable_ms": round(statistics.median(readable)),
        "drawn_ms": round(statistics.median(drawn)),
        "cpu_ms": round(statistics.median(busy)),
        "charts": charts,
        "requests": len(asked) - _OPENED,
        "console": len(said),
    }
