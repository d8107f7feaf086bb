"""What the page carries beside the facts: its style, its script, and the library that draws."""

from __future__ import annotations

from importlib.resources import files

from ayne.errors import ConfigurationError


def style() -> str:
    """The style sheet."""
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")


def script() -> str:
    """The script: it draws the charts, and searches and sorts the table."""
    return files(__package__).joinpath("page.js").read_text(encoding="utf-8")


def chart_library() -> str:
    """plotly.js, out of the Python package of that name.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise ConfigurationError("The charts of a report need plotly. Install it: pip install 'ayne[report]'") from None
    text: str = get_plotlyjs()
    return text
