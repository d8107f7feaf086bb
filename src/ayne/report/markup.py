"""Pieces of HTML. Every text goes through :func:`html.escape` here, once, whoever it is from."""

# Pure: values in, values out.

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ayne.report.charts import Chart

# The words of a state that are good news, and those that are not.
_TONES = {
    "proven": "good",
    "done": "good",
    "best effort": "warn",
    "capped": "warn",
    "interrupted": "warn",
    "stopped": "bad",
    "killed": "bad",
    "overfull": "bad",
}

# A moment, a span of time or a word stays in one line; a sentence need not.
_SHORT = 19


class State(str):
    """A word that is coloured by whether it is good news."""

    __slots__ = ()


def figure(charts: Mapping[str, Chart], name: str) -> Iterator[str]:
    """A chart and its words, or the words alone where there is no more to see."""
    chart = charts[name]
    said = f"<p>{html.escape(chart.said)}</p>"
    if not chart.is_worth_drawing:
        yield said
        return
    keys = "".join(f'<li class="{tone}">{html.escape(words)}</li>' for words, tone, _ in chart.stacks)
    legend = f'<ul class="legend">{keys}</ul>' if len(chart.stacks) > 1 else ""
    yield (
        f'<figure class="low"><figcaption><h3>{html.escape(chart.title)}</h3>{said}{legend}</figcaption>'
        f'<div class="plot" id="{name}"></div></figure>'
    )


def folded(summary: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], *, unfolded: bool = False) -> str:
    """A table under a line that opens it; columns of numbers stand on the right."""
    right = [any(isinstance(row[place], int | float) for row in rows) for place in range(len(heads))]
    top = "".join(
        f'<th scope="col"{on_the_right(is_right)}>{html.escape(head)}</th>'
        for head, is_right in zip(heads, right, strict=True)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row, right))}</tr>" for row in rows)
    return (
        f"<details{' open' if unfolded else ''}><summary>{html.escape(summary)}</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(summary)}">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _cell(value: Any, is_right: bool) -> str:
    if isinstance(value, State):
        return f'<td class="state {_TONES.get(value, "")}">{html.escape(value)}</td>'
    if value is None:
        value = ""
    elif isinstance(value, float):
        value = f"{value:,.1f}"
    elif isinstance(value, int):
        value = f"{value:,}"
    text = str(value)
    if not is_right and len(text) <= _SHORT:
        return f'<td class="nowrap">{html.escape(text)}</td>'
    return f"<td{on_the_right(is_right)}>{html.escape(text)}</td>"


def on_the_right(is_right: bool) -> str:
    """The class of a cell with a number."""
    return ' class="number"' if is_right else ""


def counted(number: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "run"), counted(2_000, "run")
    ('1 run', '2,000 runs')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def span(first: int | None, last: int | None) -> str:
    """The years from one to another.

    >>> span(2020, 2020), span(1916, 2017)
    ('2020', '1916 to 2017')
    """
    if first is None or last is None:
        return "none"
    return f"{first}" if first == last else f"{first} to {last}"


def moment(value: datetime | None) -> str:
    """A moment, to the minute; nothing when there was none."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M}"


def short(count: float) -> str:
    """A count, short.

    >>> short(1_234_567), short(12_345), short(950)
    ('1.2 M', '12.3 k', '950')
    """
    for size, unit, above in ((1e9, " bn", 1e9), (1e6, " M", 1e6), (1e3, " k", 1e4)):
        if count >= above:
            return f"{count / size:.1f}{unit}"
    return f"{count:,}"


def duration(seconds: float) -> str:
    """A span of time.

    >>> duration(25.2), duration(3700), duration(200_000)
    ('25 s', '1 h 1 min', '55 h 33 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
