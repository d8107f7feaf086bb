"""The examples run: notebooks from the first cell to the last, and films arrive in another store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.shell import FAST, SPAN, shell_for

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))

RUN = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


def python(*arguments: str, folder: Path, seconds: float = 300) -> subprocess.CompletedProcess[str]:
    # dlt and Jupyter keep things below the home directory, or dlt in /var for root; and it would tell its makers of it.
    private = {"HOME": str(folder), "DLT_DATA_DIR": str(folder / "dlt"), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    environment = {**os.environ, **private}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, done.stderr
    return done


def cells(notebook: Path) -> Sequence[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return found


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_the_first_cell_to_the_last(notebook: Path, tmp_path: Path) -> None:
    python("-c", RUN, str(notebook), "run.ipynb", folder=tmp_path)
    ran = [cell for cell in cells(tmp_path / "run.ipynb") if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in ran] == list(range(1, len(ran) + 1))
    said = [output for cell in ran for output in cell["outputs"]]
    assert not [output for output in said if output["output_type"] == "error" or output.get("name") == "stderr"]
    assert any("application/vnd.plotly.v1+json" in output.get("data", {}) for output in said)
    assert any("text/html" in output.get("data", {}) for output in said)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_it_gave(notebook: Path) -> None:
    code = [cell for cell in cells(notebook) if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_films_arrive_in_another_store_and_only_newer_ones_the_next_time(tmp_path: Path, films: Catalogue) -> None:
    with running(SandboxApp(films)) as server:
        shell_for(tmp_path, server.url).ayne("collect", *SPAN, *FAST, "--quiet")
    source = str(tmp_path / "films.duckdb")
    python(str(EXAMPLES / "load_with_dlt.py"), source, folder=tmp_path)
    with duckdb.connect(source) as con:
        stored = con.execute("SELECT tmdb_id, title FROM films ORDER BY ALL").fetchall()
        genres = con.execute("SELECT tmdb_id, unnest(genres) FROM films ORDER BY ALL").fetchall()
        con.execute(
            "UPDATE movies SET title = 'Another', details_at = details_at + INTERVAL 1 DAY WHERE tmdb_id = ?",
            stored[0][:1],
        )
    assert (_loaded(tmp_path), _loaded_genres(tmp_path)) == (stored, genres)
    python(str(EXAMPLES / "load_with_dlt.py"), source, folder=tmp_path)
    assert _loaded(tmp_path) == [(stored[0][0], "Another"), *stored[1:]]
    ((newest,),) = _asked(
        tmp_path, "SELECT count(*) FROM films.films WHERE _dlt_load_id = (SELECT max(_dlt_load_id) FROM films.films)"
    )
    assert newest == 1


def _loaded(folder: Path) -> list[Any]:
    return _asked(folder, "SELECT tmdb_id, title FROM films.films ORDER BY ALL")


def _loaded_genres(folder: Path) -> list[Any]:
    return _asked(
        folder,
        "SELECT f.tmdb_id, g.value FROM films.films f JOIN films.films__genres g ON g._dlt_parent_id = f._dlt_id "
        "ORDER BY ALL",
    )


def _asked(folder: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()
