"""What is handed out: the wheel works in an empty environment and an empty folder, and the sdist can test itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import time
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Bounds, not figures: those are `python -m benchmarks.figures startup`. DuckDB is 67 MB of it.
MOST_MEGABYTES = 130
MOST_PACKAGES = 25


def run(*command: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, the wheel made from the sdist as an installer would."""
    folder = tmp_path_factory.mktemp("dist")
    hatchling = (sys.executable, "-m", "hatchling", "build", "-d", str(folder))
    run(*hatchling, "-t", "sdist", folder=ROOT)
    run(*hatchling, "-t", "wheel", folder=unpacked(folder, folder / "unpacked"))
    return folder


def unpacked(dist: Path, into: Path) -> Path:
    """The sdist, unpacked."""
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    return into / archive.name.removesuffix(".tar.gz")


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    source = {str(file.relative_to(ROOT / "src")) for file in tracked("src")}
    assert {name for name in packed if ".dist-info/" not in name} == source


def test_the_sdist_holds_all_that_is_kept(built: Path) -> None:
    folder = unpacked(built, built / "again")
    missing = {str(file.relative_to(ROOT)) for file in tracked(".")} - {
        str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()
    }
    assert missing <= {".gitignore"}


def tracked(where: str) -> list[Path]:
    """The files that the repository keeps; in an sdist, which is no repository, those that are there."""
    if not (ROOT / ".git").exists():
        return [file for file in (ROOT / where).rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    named = run("git", "ls-files", "-z", where, folder=ROOT).split("\0")
    return [ROOT / name for name in named if name and (ROOT / name).is_file()]


def test_the_sdist_can_run_its_tests(built: Path) -> None:
    folder = unpacked(built, built / "tests")
    clean = {**os.environ, "PYTHONPATH": str(folder / "src")}
    pytest_there = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    run(*pytest_there, "--collect-only", folder=folder, environment=clean)
    told = run(
        *pytest_there, "tests/unit/test_architecture.py", "tests/unit/test_ranges.py", folder=folder, environment=clean
    )
    assert " passed" in told


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment with ayne's wheel, and what came with it before any extra did."""

    commands: Path
    packages: int
    megabytes: float


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """ayne's wheel and what it asks for, and nothing of the repository."""
    (wheel,) = built.glob("*.whl")
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", str(folder), folder=folder)
    library = next((folder / "lib").glob("python*")) / "site-packages"
    before = set(library.iterdir())
    pip = (str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check")
    fetched = subprocess.run([*pip, str(wheel)], cwd=folder, capture_output=True, text=True, timeout=600)
    if fetched.returncode:
        message = f"nothing can be installed here: {fetched.stderr[-500:]}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    came = set(library.iterdir()) - before
    size = sum(file.stat().st_size for path in came for file in [path, *path.rglob("*")] if file.is_file())
    run(*pip, f"{wheel}[report]", folder=folder)
    return Installation(folder / "bin", sum(path.suffix == ".dist-info" for path in came), size / 1e6)


@pytest.fixture
def ayne(installed: Installation, tmp_path: Path) -> Callable[..., str]:
    """The installed command, in an empty folder."""
    ours = ("AYNE_", "TMDB_", "OMDB_", "PYTHON")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}

    def call(*arguments: str) -> str:
        environment = {**clean, "HOME": str(tmp_path)}
        return run(str(installed.commands / "ayne"), *arguments, folder=tmp_path, environment=environment)

    return call


def test_the_wheel_works_without_the_repository(ayne: Callable[..., str], tmp_path: Path) -> None:
    ayne("collect", "--sandbox", "--sandbox-movies", "2000", "--from", "2020", "--to", "2024", "--parts", "all")
    ayne("ratings", "--sandbox", "--sandbox-movies", "2000", "--db", "sandbox.duckdb", "--limit", "5")
    assert json.loads(ayne("status", "--db", "sandbox.duckdb", "--json"))
    ayne("report", "--db", "sandbox.duckdb")
    assert "title-data" in (tmp_path / "report.html").read_text(encoding="utf-8")
    ayne("export", "--db", "sandbox.duckdb", "--out", "films")
    assert (tmp_path / "films" / "movies.parquet").exists()


def test_an_installation_stays_small_and_imports_late(
    installed: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = str(installed.commands / "python")

    def milliseconds(code: str) -> float:
        began = time.perf_counter()
        run(python, "-c", code, folder=tmp_path)
        return 1000 * (time.perf_counter() - began)

    codes = ("pass", "import ayne", "import ayne.cli", "from ayne.data_collection.tmdb import TMDBClient")
    took = {code: min(milliseconds(code) for _ in range(3)) for code in codes}
    with capsys.disabled():
        print(f"\ninstalled without extras: {installed.packages} packages, {installed.megabytes:.0f} MB")  # noqa: T201
        print("\n".join(f"  {ms:4.0f} ms  python -c '{code}'" for code, ms in took.items()))  # noqa: T201
    assert installed.packages <= MOST_PACKAGES
    assert installed.megabytes <= MOST_MEGABYTES
    # Times depend on the machine; what is imported before it is needed does not.
    heavy = "import ayne.cli, sys; print(*{'httpx', 'duckdb', 'rich', 'plotly'} & set(sys.modules))"
    assert not run(python, "-c", heavy, folder=tmp_path).strip()


def test_the_extras_are_few_and_documented() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for_users = set(project["optional-dependencies"]) - {"benchmarks", "dev", "docs", "test", "test-all"}
    assert for_users == {"dask", "delta", "pytest", "redis"}
    told = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    assert all(f'pip install "ayne[{extra}]"' in told for extra in for_users)
