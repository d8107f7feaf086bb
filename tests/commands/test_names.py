"""Names of keywords, companies, networks and collections by the command: what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import Shell


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(SandboxApp(Catalogue.generated(100, 1))) as served:
        yield served


@pytest.fixture
def keyless(sandbox: RunningSandbox, tmp_path: Path) -> Shell:
    """A shell that knows a server and no key for it."""
    return Shell(tmp_path, {"AYNE_TMDB_URL": sandbox.url})


def test_what_only_downloads_exports_needs_no_key(sandbox: RunningSandbox, keyless: Shell) -> None:
    sandbox.app.log.clear()
    assert "keywords in the table keyword_names" in keyless.forked("names").stderr
    assert keyless.query("SELECT count(*) > 0 FROM companies") == [(True,)]
    keyless.forked("collect", "--source", "export", "--limit", "0", "--refresh-limit", "0")
    assert keyless.query("SELECT films > 0 FROM exports WHERE export = 'movie_ids'") == [(True,)]
    assert sandbox.app.log.report()["by_kind"].keys() == {"export"}


def test_details_without_a_key_are_refused_before_anything_is_done(sandbox: RunningSandbox, keyless: Shell) -> None:
    sandbox.app.log.clear()
    for words in (("names", "--details"), ("collect", "--source", "export", "--limit", "0")):
        assert "There is no TMDB key" in keyless.forked(*words, code=2).stderr
    assert sandbox.app.log.report()["total"] == 0
    assert list(keyless.folder.iterdir()) == []


@pytest.mark.parametrize("kind", ["keyword", "company"])
def test_who_looks_for_them_by_date_is_told_what_brings_them(tmp_path: Path, kind: str) -> None:
    shell = Shell(tmp_path, {})
    assert "`ayne names` fetches" in shell.forked("collect", "--kind", kind, code=2).stderr
    assert list(tmp_path.iterdir()) == []


def test_a_limit_without_details_is_refused(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    assert "add --details" in shell.forked("names", "--limit", "3", code=2).stderr
    assert list(tmp_path.iterdir()) == []
