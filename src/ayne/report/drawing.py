"""What charts are made of.

Texts of films may hold anything. plotly reads some tags in them, so every text that is not ours goes through
:func:`plain`, and comes out of the chart as it is in the database.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Eight that people with any eyes can tell apart, on white and on black.
PALETTE = ("#5479e0", "#efb118", "#ff725c", "#3ca3a0", "#a463f2", "#8aa83d", "#e377b4", "#97bbf5")
QUIET = "#9498a0"

LEGEND: dict[str, Any] = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"}
YEAR_AXIS: dict[str, Any] = {"tickformat": "d", "hoverformat": "d"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its words.

    Attributes:
        name: its place in the page.
        title: what it shows.
        said: the same in a sentence or two, for whoever does not see it, and to read it by.
        figure: ``data`` and ``layout`` as plotly takes them, None when there is nothing to draw.
        languages: whether texts of the vertical axis are codes of languages, for the browser to spell out.
    """

    name: str
    title: str
    said: str
    figure: dict[str, Any] | None
    languages: bool = False


def plain(text: object) -> str:
    """A text that plotly shows as it is.

    >>> plain("<b>Up</b> & away")
    '&lt;b>Up&lt;/b> &amp; away'
    """
    return str(text).replace("&", "&amp;").replace("<", "&lt;")


def dollars(amount: int) -> str:
    """An amount, short.

    >>> dollars(2_787_965_087), dollars(15_500_000), dollars(800)
    ('$2.79 bn', '$15.5 M', '$800')
    """
    for size, unit in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
        if amount >= size:
            return f"${amount / size:.3g}{unit}"
    return f"${amount:,}"


def share(part: int, whole: int) -> str:
    """A share in percent; rounding makes no more of it than it is.

    >>> share(9_999, 10_000), share(1, 3), share(0, 0)
    ('99 %', '33 %', '0 %')
    """
    return f"{100 * part // whole if whole else 0} %"


def figure(data: list[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any] | None:
    """What plotly draws; None when there is nothing in it."""
    return {"data": data, "layout": layout} if data else None


def bar_trace(
    name: str, color: str, x: Sequence[Any], y: Sequence[Any], *, template: str, hover: Sequence[Any] | None = None
) -> dict[str, Any]:
    """Bars.

    Args:
        name: what the legend says.
        color: their colour.
        x: where they stand.
        y: how high they are.
        template: what is said of the one that is pointed at.
        hover: what the template may name as ``customdata``, for each bar.
    """
    bars = {
        "type": "bar",
        "name": name,
        "x": list(x),
        "y": list(y),
        "marker": {"color": color},
        "hovertemplate": f"{template}<extra></extra>",
    }
    return bars if hover is None else {**bars, "customdata": list(hover)}


def count_axis(what: str) -> dict[str, Any]:
    """An axis for whole numbers, from zero."""
    return {"title": {"text": what}, "tickformat": ",d", "rangemode": "tozero"}
