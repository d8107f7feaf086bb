"""Names of keywords, companies, networks and collections by the commands."""

from __future__ import annotations

import json
from pathlib import Path

from ayne.kinds import NAMES
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from ayne.sandbox.television import Television
from ayne.sandbox.world import World
from tests.shell import FAST, Shell, shell_for

YEARS = ("--from", "2024", "--to", "2024", "--min-votes", "0")


def test_names_are_brought_told_of_and_kept_by_a_sync(tmp_path: Path) -> None:
    world = World(Catalogue.generated(100, 1), series=lambda as_of: Television.generated(20, 1, as_of=as_of))
    with running(SandboxApp(world)) as served:
        shell = shell_for(tmp_path, served.url)
        told = json.loads(shell.forked("sync", *YEARS, *FAST, "--names", "--no-ratings", "--json").stdout)
        said = shell.forked("names", *FAST, "--details", "--limit", "1").stderr
    assert "319 keywords in the table keyword_names\n" in said
    assert "companies in the table companies, 1 with details (1 fetched, 0 refreshed)" in said
    status = shell.forked("status").stdout
    for kind in NAMES:
        ((held,),) = shell.query(f"SELECT count(*) FROM {kind.live}")
        assert told[kind.name]["names"] == held != 0
        assert (told[kind.name]["requests"], told[kind.name]["complete"]) == (0, True)
        assert f"{held:,} {kind.plural}" in status


def test_a_limit_without_details_is_refused(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    assert "say --details too" in shell.forked("names", "--limit", "3", code=2).stderr
    assert list(tmp_path.iterdir()) == []
