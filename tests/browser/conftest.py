"""A real browser. Where there is none these tests are skipped, and say so.

AYNE_CHROMIUM names one that must be there: without it, they fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# It shall talk to nobody, least of all to where it comes from; root has no sandbox to offer it.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Where Chromium is."""
    if named := os.environ.get("AYNE_CHROMIUM"):
        return Path(named)
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("there is no Chromium; on Debian: apt-get install chromium, elsewhere AYNE_CHROMIUM names one")
    return Path(found)


# No longer than a module: while Playwright is there, its thread has an event loop, and no test could run another.
@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield browser
        browser.close()
