"""The report as a browser shows it, on a desk by day and by night, and on a phone.

    python -m benchmarks.report_screens         write docs/pictures/report-*.png

The films are the sandbox's. It needs Chromium, as the tests in ``tests/browser`` do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.processes import ROOT, collect, sandbox
from benchmarks.report_page import BROWSER_FLAGS

_PICTURES = ROOT / "docs" / "pictures"

# name -> width, height, colours, how many pixels a point has
_VIEWS: dict[str, tuple[int, int, Literal["light", "dark"], float]] = {
    "light": (1280, 900, "light", 1.0),
    "dark": (1280, 900, "dark", 1.0),
    "phone": (390, 844, "light", 1.5),
}


def main() -> None:
    """Collect, report, open, and take the pictures."""
    chromium = os.environ.get("AYNE_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        raise SystemExit(
            "There is no Chromium. On Debian: apt-get install chromium; elsewhere AYNE_CHROMIUM names one."
        )
    with TemporaryDirectory() as folder:
        database, page = Path(folder) / "films.duckdb", Path(folder) / "report.html"
        with sandbox("--movies", "4000") as server:
            years = ("--from", "1960", "--to", "2026", "--min-votes", "0", "--rate", "2000")
            collect(server, database, *years, "--parts", "credits,keywords")
        command = [sys.executable, "-m", "ayne", "report", "--db", str(database), "--out", str(page), "--quiet"]
        subprocess.run(command, check=True)  # noqa: S603 - our own command line
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
            for name, (width, height, colours, scale) in _VIEWS.items():
                view = browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme=colours, device_scale_factor=scale
                )
                view.goto(page.as_uri())
                view.wait_for_selector("html[data-drawn=yes]")
                picture = _PICTURES / f"report-{name}.png"
                view.screenshot(path=picture)
                # A third of the bytes, and nobody sees which.
                Image.open(picture).convert("RGB").quantize(128).save(picture, optimize=True)
                print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size // 1000} kB")  # noqa: T201
                view.close()
            browser.close()


if __name__ == "__main__":
    main()
