"""What is heavy to import is imported by whoever needs it. Named, not timed: a busy machine must not fail a test."""

import subprocess
import sys
from importlib import import_module

import pytest

import ayne

HEAVY = {
    *("aiohappyeyeballs", "asyncio", "duckdb", "httpcore", "httptools", "httpx", "msgspec", "plotly", "rich", "ssl"),
    *("prompt_toolkit", "wcwidth"),
    *("dask", "distributed", "redis", "ayne.data_collection", "ayne.database", "ayne.net", "ayne.sandbox", "uvicorn"),
}


def imported_by(program: str) -> set[str]:
    report = f"import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); {program}"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["collect", "--help"], ["status", "--help"], ["sync", "--help"], ["sql", "--help"]],
    ids=" ".join,
)
def test_help_is_given_without_anything_heavy(arguments: list[str]) -> None:
    loaded = imported_by(f"import sys; sys.argv[1:] = {arguments!r}; from ayne.cli import main; main()")
    assert "click" in loaded
    assert HEAVY & loaded == set()


def test_the_package_itself_imports_nothing_of_its_own_and_nothing_heavy() -> None:
    loaded = imported_by("import ayne")
    assert {name for name in loaded if name.startswith("ayne")} == {"ayne"}
    assert HEAVY & loaded == set()


@pytest.mark.parametrize(
    ("public", "needless"),
    [
        ("from ayne import TMDBClient", {"duckdb", "uvicorn", "plotly", "redis"}),
        ("from ayne.data_collection.tmdb import TMDBClient", {"duckdb", "uvicorn", "plotly", "redis"}),
        ("from ayne.database.duckdb_client import DuckDBClient", {"httpx", "httptools", "uvicorn", "plotly"}),
    ],
)
def test_a_client_is_imported_without_the_other_s_library(public: str, needless: set[str]) -> None:
    assert needless & imported_by(public) == set()


def test_the_public_names_are_found_in_the_package_and_are_those_of_the_long_paths() -> None:
    for name in set(ayne.__all__) - {"__version__"}:
        assert getattr(ayne, name) is getattr(import_module(ayne._DEFINED_IN[name]), name)
    assert set(ayne.__all__) <= set(dir(ayne))
    with pytest.raises(AttributeError, match="no attribute 'TMDbClient'"):
        ayne.TMDbClient  # noqa: B018 - asking for it is the point
