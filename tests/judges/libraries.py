"""Run all calls of all client libraries against a sandbox, and count what fails."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from ayne.sandbox.pace import Pace
from ayne.sandbox.server import running
from tests.judges import with_themoviedb, with_tmdbsimple, with_tmdbv3api
from tests.judges.known import Known
from tests.judges.sandbox_answers import Sandbox

LIBRARIES: dict[str, ModuleType] = {
    "themoviedb": with_themoviedb,
    "tmdbsimple": with_tmdbsimple,
    "tmdbv3api": with_tmdbv3api,
}


@contextmanager
def served() -> Iterator[tuple[str, Known]]:
    """Serve a sandbox, and leave the environment as it was: one of the libraries keeps its settings in it."""
    sandbox = Sandbox(pace=Pace())
    before = dict(os.environ)
    try:
        with running(sandbox.app) as server:
            yield server.url, Known.of(sandbox)
    finally:
        os.environ.clear()
        os.environ.update(before)


def failures(url: str, known: Known) -> dict[str, list[str]]:
    """Return the calls that fail, by library; one that raises fails."""
    found: dict[str, list[str]] = {}
    for name, library in LIBRARIES.items():
        client = library.client(url)
        found[name] = [call for call, check in library.CALLS.items() if not _succeeds(check, client, known)]
    return found


def _succeeds(check: object, client: object, known: Known) -> bool:
    assert callable(check)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return bool(check(client, known))
    except Exception:  # noqa: BLE001 - whatever a library raises, its call has failed
        return False
