"""The documents tell the truth: their examples run, against the sandbox."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ayne.cli import cli
from ayne.data_collection.refresh import RefreshPolicy
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running(SandboxApp(Catalogue.generated(3000, seed=2))) as server:
        yield server.url


@pytest.fixture
def environment(sandbox: str, tmp_path: Path) -> dict[str, str]:
    """A user's shell, with the sandbox where TMDB would be and this ayne as the command."""
    command = tmp_path / "bin" / "ayne"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ayne "$@"\n')
    command.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TMDB_", "AYNE_"))}
    return clean | {
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "AYNE_TMDB_URL": sandbox,
        "TMDB_API_KEY": "0123456789abcdef0123456789abcdef",
    }


def test_the_python_example_runs(environment: dict[str, str], tmp_path: Path) -> None:
    (code,) = (block for block in blocks("python") if "asyncio" in block)
    # The default rate is for TMDB; the sandbox need not be spared.
    hurried = code.replace("_second=4", "_second=400").replace("_limit=50", "_limit=4")
    done = subprocess.run(
        [sys.executable, "-c", hurried], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "films in" in done.stdout


def test_the_example_without_asyncio_runs(environment: dict[str, str], tmp_path: Path) -> None:
    (code,) = (block for block in blocks("python") if "ayne.blocking" in block)
    # The rate of the environment's client is TMDB's; a few films will do.
    hurried = code.replace("min_vote_count=1000", "min_vote_count=1000, details_limit=4")
    done = subprocess.run(
        [sys.executable, "-c", hurried], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "reported_high" in done.stdout


def test_the_example_of_a_test_passes(pytester: pytest.Pytester) -> None:
    (code,) = (block for block in blocks("python") if "tmdb_sandbox" in block)
    pytester.makepyfile(code)
    pytester.runpytest_inprocess("--strict-markers", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_commands_for_a_real_key_run(environment: dict[str, str], tmp_path: Path) -> None:
    (script,) = (block for block in blocks("sh") if "ayne doctor" in block)
    hurried = script.replace("collect --from", "collect --rate 400 --from")
    done = subprocess.run(
        ["/bin/sh", "-euc", hurried], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "films" / "movies.parquet").exists()


def test_the_first_two_commands_install_collect_and_test() -> None:
    first, second = blocks("sh")[:2]
    assert "pip install . && ayne collect --sandbox" in first
    assert second.strip().endswith("pytest -n auto")


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"])
    assert shown.exit_code == 0
    assert re.search(rf"^ +(\S+=\S+ )*ayne {name}", shown.output, flags=re.MULTILINE)


@pytest.mark.parametrize("name", cli.commands)
def test_every_option_that_the_documents_name_exists(name: str) -> None:
    options = {option for parameter in cli.commands[name].params for option in parameter.opts}
    named = set()
    for line in README.splitlines():
        if f"ayne {name} " in line and not line.startswith("python3"):
            named |= set(re.findall(r"(?<= )--[a-z-]+", line))
    assert named <= options | {"--help"}


def test_the_refresh_policy_that_is_shown_is_the_one_that_is_followed() -> None:
    (shown,) = blocks("toml")
    assert RefreshPolicy.from_mapping(tomllib.loads(shown)["refresh"]) == RefreshPolicy()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_between_the_documents_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / target).exists(), target
