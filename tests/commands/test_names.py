"""Names of keywords, companies, networks and collections by the command: what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell import Shell


@pytest.mark.parametrize("kind", ["keyword", "company"])
def test_who_looks_for_them_by_date_is_told_what_brings_them(tmp_path: Path, kind: str) -> None:
    shell = Shell(tmp_path, {})
    assert "`ayne names` brings" in shell.forked("collect", "--kind", kind, code=2).stderr
    assert list(tmp_path.iterdir()) == []


def test_a_limit_without_details_is_refused(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    assert "say --details too" in shell.forked("names", "--limit", "3", code=2).stderr
    assert list(tmp_path.iterdir()) == []
