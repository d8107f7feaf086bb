"""Whether a pinned package is known to have a hole: ``python -m tests.audit``.

pip-audit asks, and what it could not ask about it takes for good. Here that is said, so that nobody takes silence for
safety; it fails nothing, since a service that is down says nothing about the packages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_PINNED = Path(__file__).parents[1] / "constraints.txt"


def audited() -> dict[str, Any] | None:
    """What pip-audit reports, None when it did not get so far."""
    options = ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", *options, "-r", str(_PINNED)], capture_output=True, text=True, check=False
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        print(done.stderr.strip()[-500:], file=sys.stderr)  # noqa: T201 - a command
        return None
    return report


def verdict(report: dict[str, Any] | None) -> tuple[list[str], int]:
    """What to say of a report, and the exit code: 1 only when there are known holes.

    >>> verdict({"dependencies": [{"name": "h", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}]})
    (['h 1 has CVE-1, mended in 2', '1 of 1 packages audited, 1 with known holes'], 1)
    """
    if report is None:
        return ["NOT AUDITED: pip-audit could not ask anybody"], 0
    packages = report["dependencies"]
    asked = [package for package in packages if "vulns" in package]
    holes = [(package, hole) for package in asked for hole in package["vulns"]]
    said = [
        f"{package['name']} {package['version']} has {hole['id']}, mended in {', '.join(hole['fix_versions']) or '?'}"
        for package, hole in holes
    ]
    if unasked := [package for package in packages if "vulns" not in package]:
        said.append(f"NOT AUDITED: {len(unasked)} packages, such as {unasked[0]['name']}: {unasked[0]['skip_reason']}")
    with_holes = len({package["name"] for package, _ in holes})
    said.append(f"{len(asked)} of {len(packages)} packages audited, {with_holes} with known holes")
    return said, 1 if holes else 0


if __name__ == "__main__":
    lines, code = verdict(audited())
    print("\n".join(lines))  # noqa: T201 - a command
    sys.exit(code)
