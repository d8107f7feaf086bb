"""The usual jobs, each by one name: `nox -s tests`. `nox --list` shows them all.

What needs one environment runs in the one that nox is installed in: `pip install -e ".[dev]"`. Only `tests` makes
environments of its own, one for each Python that it finds, with what pip takes today.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_missing_interpreters = False

PYTEST = ("pytest", "-n", "auto", "--dist", "worksteal")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The default tier, with the newest packages, on each Python that is found."""
    session.install("-e", ".[test]")
    session.run(*PYTEST, *session.posargs)


@nox.session(python=False)
def whole(session: nox.Session) -> None:
    """All tests but the campaigns."""
    session.run(*PYTEST, "tests", "src", *session.posargs)


@nox.session(python=False)
def coverage(session: nox.Session) -> None:
    """What the default tier reaches, by module; with `-- whole` what the whole does, and what only that."""
    tiers: dict[str, tuple[str, ...]] = {"default": ()}
    if "whole" in session.posargs:
        tiers["whole"] = ("tests", "src")
    for tier, places in tiers.items():
        measured = {"COVERAGE_FILE": f".coverage.{tier}"}
        session.run("coverage", "erase", env=measured)
        session.run("coverage", "run", "-m", "pytest", *places, env=measured)
        session.run("coverage", "combine", env=measured)
    session.run("python", "-m", "tests.tiers", *(f".coverage.{tier}" for tier in tiers))


@nox.session(python=False)
def campaigns(session: nox.Session) -> None:
    """The campaigns; `nox -s campaigns -- --long` for hours."""
    session.run("python", "-m", "tests.reliability", *session.posargs)


@nox.session(python=False)
def lint(session: nox.Session) -> None:
    """What ruff says."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(python=False)
def types(session: nox.Session) -> None:
    """What mypy says."""
    session.run("mypy", *session.posargs)


@nox.session(python=False)
def docs(session: nox.Session) -> None:
    """The site, warnings as errors, and the blocks of code in it."""
    session.run("sphinx-build", "-W", "--keep-going", "--quiet", "docs", "docs/_site")
    session.run(*PYTEST, "tests/examples/test_docs.py")


@nox.session(python=False)
def figures(session: nox.Session) -> None:
    """The figures of the README: `nox -s figures -- real_films`."""
    session.run("python", "-m", "benchmarks.figures", *session.posargs)


@nox.session(python=False)
def audit(session: nox.Session) -> None:
    """Whether a pinned package has a known hole."""
    session.run("python", "-m", "tests.audit")


@nox.session
def pins(session: nox.Session) -> None:
    """Pin the newest of everything anew in constraints.txt, for CI."""
    session.install("uv")
    # What builds the package is installed with it, so that nothing else is fetched while it is built.
    build = Path(session.create_tmp()) / "build.txt"
    build.write_text("hatchling\neditables\n", encoding="utf-8")
    options = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate")
    compile_ = ("uv", "pip", "compile", "--quiet", "--upgrade", *options, "--no-emit-index-url", "--extra", "dev")
    pinned = session.run(*compile_, "pyproject.toml", str(build), silent=True)
    head = "# What CI installs, pinned and with hashes. Made anew by `nox -s pins`.\n"
    Path("constraints.txt").write_text(head + str(pinned), encoding="utf-8")
