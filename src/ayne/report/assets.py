"""What the page carries beside the facts: its style and its script."""

from __future__ import annotations

from importlib.resources import files

_SCRIPTS = ("sums.js", "draw.js", "ask.js", "lists.js", "charts.js", "table.js", "card.js", "page.js")


def style() -> str:
    """The style sheet."""
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")


def script() -> str:
    """The script, out of its files; each says in its first line what it does."""
    pieces = (files(__package__).joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS)
    return '"use strict";\n(() => {\n' + "\n".join(pieces) + "})();\n"
