"""What is collected where libraries are missing, and what is said of the rest at the end of a run."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent

# What these need beside the extra `test`. The extra `test-all` has all of it.
NEEDS = {
    "src/ayne/dask": ("distributed",),
    "src/ayne/data_collection/frames.py": ("pandas",),
    "src/ayne/database/duckdb_client.py": ("deltalake",),
    "src/ayne/net/redis_allowance.py": ("redis",),
    "tests/browser": ("playwright",),
    "tests/clusters": ("distributed", "psutil"),
    "tests/examples": ("dagster", "dlt", "ipykernel", "nbclient", "plotly", "tmdbsimple"),
    "tests/integration/test_cost.py": ("aiohttp",),
    "tests/integration/test_frames.py": ("pandas", "polars", "pyarrow"),
    "tests/integration/test_observing.py": ("opentelemetry",),
    "tests/reliability": ("coverage", "deltalake", "psutil"),
    "tests/sandbox/test_client_libraries.py": ("themoviedb", "tmdbsimple", "tmdbv3api"),
    "tests/servers": ("boto3", "dask", "deltalake", "moto", "polars", "pyarrow", "redis"),
}


def lacking(place: str) -> list[str]:
    """The libraries that a place needs and that are not installed."""
    return [library for library in NEEDS[place] if find_spec(library) is None]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what lacks its libraries. Where `CI` is set nothing is left out: there it fails."""
    if os.environ.get("CI"):
        return None
    name = collection_path.relative_to(ROOT).as_posix() if collection_path.is_relative_to(ROOT) else ""
    return True if name in NEEDS and lacking(name) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out and why, and how to run the tests that a plain `pytest` does not."""
    asked = [Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in config.args]
    left_out = {
        place: missing
        for place in NEEDS
        if not os.environ.get("CI") and any((ROOT / place).is_relative_to(path) for path in asked)
        if (missing := lacking(place))
    }
    default = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if left_out or default:
        terminalreporter.section("tests that did not run")
    for place, missing in left_out.items():
        terminalreporter.line(f"{place}: not installed: {', '.join(missing)}")
    if default:
        terminalreporter.line("This was the default tier. The whole takes up to 30 minutes on two cores, and 1.4 GB:")
        terminalreporter.line("  pip install -e '.[test-all]' && pytest -n auto --dist worksteal tests src")
        terminalreporter.line("The campaigns that try to break it: python -m tests.reliability")
