"""The figures that were measured before, in ``benchmarks/figures.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("figures.json")


def kept_figures() -> dict[str, Any]:
    """Each benchmark's entry: its figures, the command that made them, when and where."""
    return dict(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.exists() else {}
