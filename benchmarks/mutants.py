"""Do the tests of what is pure notice any change to it? ``mutmut`` makes one at a time and runs them.

Which modules those are, and which tests are asked, stands in ``pyproject.toml`` under ``[tool.mutmut]``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import ROOT, Figures, Skipped

_COPIED = ("src", "tests", "benchmarks")


def mutants() -> Figures:
    """Try all of them, on a copy."""
    if find_spec("mutmut") is None:
        raise Skipped("it needs mutmut (pip install mutmut)")
    with TemporaryDirectory(prefix="ayne-mutants-") as folder:
        root = Path(folder)
        for name in _COPIED:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        for path in ROOT.iterdir():
            if path.is_file():
                shutil.copy(path, root)
        _mutmut(root, "run")
        _mutmut(root, "export-cicd-stats")
        stats = json.loads((root / "mutants" / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))
        left = _mutmut(root, "results").split("\n")
    return {
        "mutants": stats["total"],
        "noticed": stats["killed"] + stats["timeout"] + stats["segfault"] + stats["suspicious"],
        "noticed_by_hanging": stats["timeout"],
        "survived": stats["survived"],
        "without_tests": stats["no_tests"],
        "not_noticed": sorted(line.strip().partition(":")[0] for line in left if "survived" in line),
    }


def _mutmut(root: Path, command: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "mutmut", command], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"mutmut {command} ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout
