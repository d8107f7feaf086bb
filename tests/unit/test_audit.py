"""What is said of the packages that are pinned."""

from __future__ import annotations

from tests.audit import verdict

GOOD = {"name": "httpx", "version": "0.28.1", "vulns": []}
BAD = {"name": "h11", "version": "0.14", "vulns": [{"id": "CVE-2025-43859", "fix_versions": ["0.16.0"]}]}
UNASKED = {"name": "duckdb", "skip_reason": "Dependency not found"}


def test_a_known_hole_fails() -> None:
    said, code = verdict({"dependencies": [GOOD, BAD]})
    assert code == 1
    assert said == ["h11 0.14 has CVE-2025-43859, mended in 0.16.0", "2 of 2 packages audited, 1 with known holes"]


def test_what_could_not_be_asked_about_is_no_silent_pass() -> None:
    said, code = verdict({"dependencies": [GOOD, UNASKED]})
    assert code == 0
    assert said[0].startswith("NOT AUDITED: 1 packages, such as duckdb")
    assert said[1] == "1 of 2 packages audited, 0 with known holes"


def test_a_service_out_of_reach_is_said() -> None:
    assert verdict(None) == (["NOT AUDITED: pip-audit could not ask anybody"], 0)
