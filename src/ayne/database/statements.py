"""The SQL of the files below ``sql`` that are no steps of the schema, by name."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_FILES = (
    "statements.sql",
    "census.sql",
    "changes.sql",
    "history.sql",
    "parts.sql",
    "purge.sql",
    "ratings.sql",
    "report.sql",
    "shared.sql",
)


@cache
def statements() -> dict[str, str]:
    """The named statements of all files; no name is in two."""
    found: dict[str, str] = {}
    for name in _FILES:
        text = files(__package__).joinpath("sql", name).read_text(encoding="utf-8")
        blocks = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
        found.update(zip(blocks[::2], blocks[1::2], strict=True))
    return found
