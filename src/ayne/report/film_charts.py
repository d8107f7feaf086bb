"""Charts of what the films are like."""

# Pure: values in, values out.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ayne.report.drawing import (
    LEGEND,
    PALETTE,
    QUIET,
    YEAR_AXIS,
    Chart,
    bar_trace,
    count_axis,
    dollars,
    figure,
    plain,
    share,
)
from ayne.report.facts import Facts, Row

_MOST_GENRES = 7
_MOST_LANGUAGES = 15
_MOST_BARS = 30

# A year with fewer films than this has no quartiles worth a line.
_FEWEST_FILMS = 3


def averages(facts: Facts) -> Chart:
    """How films are rated, by whom."""
    found: dict[str, dict[float, int]] = defaultdict(dict)
    for row in facts.averages:
        found[row["source"]][row["step"]] = row["films"]
    steps = [step / 2 for step in range(21)]
    middles = [step + 0.25 for step in steps]
    data = []
    for source, color in zip(("TMDB", "IMDb", "Metacritic", "Rotten Tomatoes"), PALETTE, strict=False):
        if source in found:
            counts = [found[source].get(step, 0) for step in steps]
            shares = [100 * count / sum(counts) for count in counts]
            hover = [[f"{count:,}", f"{step:g}"] for count, step in zip(counts, steps, strict=True)]
            template = (
                f"{source}: %{{customdata[0]}} films (%{{y:.1f}} %) have %{{customdata[1]}} or up to half a point more"
            )
            trace = bar_trace(source, color, middles, shares, template=template, hover=hover)
            line = {"type": "scatter", "mode": "lines+markers", "line": {"width": 2, "color": color}}
            data.append(trace if source == "TMDB" else {**trace, **line, "marker": {"size": 5, "color": color}})
    layout = {
        "bargap": 0.06,
        "legend": LEGEND,
        "xaxis": {"title": {"text": "average, of 10"}, "range": [0, 10.5], "dtick": 1},
        "yaxis": {"title": {"text": "share of films"}, "ticksuffix": " %"},
    }
    rated = sum(found["TMDB"].values()) if "TMDB" in found else 0
    said = f"{rated:,} films have an average of TMDB's voters; each counts once, however many voted."
    said += " Metascore and Rotten Tomatoes are divided by ten." if len(found) > 1 else ""
    return Chart("averages", "Ratings", said, figure(data, layout))


def averages_by_year(facts: Facts) -> Chart:
    """The median and the middle half of TMDB's averages, by year."""
    rows = [row for row in facts.averages_by_year if row["films"] >= _FEWEST_FILMS]
    x = [row["year"] for row in rows]
    low, middle, high = ([row["quartiles"][part] for row in rows] for part in range(3))
    line = {"type": "scatter", "mode": "lines", "x": x, "showlegend": False}
    edge: dict[str, Any] = {**line, "line": {"width": 0}, "hoverinfo": "skip"}
    median = {
        **line,
        "y": middle,
        "line": {"color": PALETTE[0], "width": 2.5},
        "customdata": [
            [f"{a:.1f}", f"{b:.1f}", f"{row['films']:,}"] for a, b, row in zip(low, high, rows, strict=True)
        ],
        "hovertemplate": "<b>%{x}</b>: median %{y:.1f}, half of them from %{customdata[0]} to %{customdata[1]}"
        "<br>%{customdata[2]} films<extra></extra>",
    }
    band = {**edge, "y": high, "fill": "tonexty", "fillcolor": "rgba(84,121,224,0.22)"}
    layout = {"xaxis": YEAR_AXIS, "yaxis": {"title": {"text": "average, of 10"}}}
    said = "The line is the median of films with at least 20 votes; the band holds the middle half of them."
    drawn = figure([{**edge, "y": low}, band, median] if rows else [], layout)
    return Chart("averages_by_year", "Ratings over the years", said, drawn)


def money(facts: Facts) -> Chart:
    """Budget against revenue, a point a film."""
    rows = facts.money
    points = {
        "type": "scatter",
        "mode": "markers",
        "name": "films",
        "x": [row["budget"] for row in rows],
        "y": [row["revenue"] for row in rows],
        "text": [plain(_titled(row)) for row in rows],
        "customdata": [[dollars(row["budget"]), dollars(row["revenue"])] for row in rows],
        "hovertemplate": "<b>%{text}</b><br>budget %{customdata[0]}, revenue %{customdata[1]}<extra></extra>",
        "marker": {"color": PALETTE[0], "size": 6, "opacity": 0.6},
    }
    even = {
        "type": "scatter",
        "mode": "lines",
        "name": "revenue = budget",
        "x": [1e3, 1e9],
        "y": [1e3, 1e9],
        "line": {"color": PALETTE[2], "dash": "dot", "width": 1.5},
        "hoverinfo": "skip",
    }
    layout = {
        "legend": LEGEND,
        "hovermode": "closest",
        "xaxis": _money_axis("budget", [row["budget"] for row in rows]),
        "yaxis": _money_axis("revenue", [row["revenue"] for row in rows]),
    }
    both = facts.overview["with_money"]
    said = f"{both:,} films tell both, in US dollars;"
    said += f" {share(facts.overview['paying'], both)} of them took in what they cost."
    if len(rows) < both:
        said += f" Shown are the {len(rows):,} most voted of those with at least $1,000 of each."
    return Chart("money", "Budget and revenue", said, figure([points, even] if rows else [], layout))


def genres(facts: Facts) -> Chart:
    """Which share of the films of a time each genre has."""
    totals: dict[str, int] = defaultdict(int)
    for row in facts.genres:
        totals[row["genre"]] += row["films"]
    top = sorted(totals, key=lambda name: (-totals[name], name))[:_MOST_GENRES]
    step = _step([row["year"] for row in facts.genres])
    counts: dict[str | None, dict[int, int]] = {name: defaultdict(int) for name in [*top, None]}
    sums: dict[int, int] = defaultdict(int)
    for row in facts.genres:
        time = row["year"] // step * step
        counts[row["genre"] if row["genre"] in top else None][time] += row["films"]
        sums[time] += row["films"]
    data = []
    for name, color in zip(counts, [*PALETTE[: len(top)], QUIET], strict=True):
        if counts[name]:
            words = "others" if name is None else plain(name)
            films = [counts[name][time] for time in sums]
            shares = [100 * count / sums[time] for count, time in zip(films, sums, strict=True)]
            spans = [f"{time}" if step == 1 else f"{time} to {time + step - 1}" for time in sums]
            template = f"<b>{words}</b>, %{{customdata[1]}}: %{{y:.1f}} %<br>%{{customdata[0]}} films"
            hover = [[f"{count:,}", span] for count, span in zip(films, spans, strict=True)]
            x = [time + (step - 1) / 2 for time in sums]
            data.append(bar_trace(words, color, x, shares, template=template, hover=hover) | {"width": 0.9 * step})
    layout = {
        "barmode": "stack",
        "legend": LEGEND,
        "xaxis": YEAR_AXIS,
        "yaxis": {"range": [0, 100], "ticksuffix": " %"},
    }
    said = "Most films have several genres; each of them counts as one."
    if len(totals) > len(top):
        said += f" The {len(totals) - len(top)} rarer ones are together, in grey."
    return Chart("genres", "Genres over time", said, figure(data, layout))


def languages(facts: Facts) -> Chart:
    """Films by the language they were made in."""
    shown, rest = facts.languages[:_MOST_LANGUAGES], facts.languages[_MOST_LANGUAGES:]
    names = [plain(row["language"]) for row in shown]
    films = [row["films"] for row in shown]
    colors = [PALETTE[3]] * len(shown)
    if rest:
        names, films, colors = (
            [*names, f"{len(rest)} others"],
            [*films, sum(row["films"] for row in rest)],
            [*colors, QUIET],
        )
    total = sum(films)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": films[::-1],
        "y": names[::-1],
        "customdata": [f"{100 * count / total:.1f}" for count in films[::-1]],
        "hovertemplate": "<b>%{y}</b>: %{x:,} films, %{customdata} %<extra></extra>",
        "marker": {"color": colors[::-1]},
    }
    # One language may outweigh all others together; on a scale of powers of ten the rest can still be compared.
    skewed = len(films) > 1 and films[0] > 20 * sorted(films)[len(films) // 2]
    axis = count_axis("films") | ({"type": "log", "dtick": 1} if skewed else {})
    said = f"Films were made in {len(facts.languages):,} languages."
    said += " Each step of the scale is ten times the one before." if skewed else ""
    drawn = figure([bars] if shown else [], {"bargap": 0.25, "xaxis": axis, "yaxis": {"automargin": True}})
    return Chart("languages", "Languages", said, drawn, languages=True)


def _titled(row: Row) -> str:
    return f"{row['title']} ({row['year']})" if row["year"] else str(row["title"])


def _step(found: Sequence[int]) -> int:
    """Years that a bar stands for, so that there are not too many.

    >>> _step([1990, 2019]), _step([1895, 2026]), _step([])
    (1, 5, 1)
    """
    span = max(found) - min(found) if found else 0
    return next((step for step in (1, 2, 5, 10, 20, 50) if span <= _MOST_BARS * step), 100)


def _money_axis(name: str, amounts: Sequence[int]) -> dict[str, Any]:
    """An axis from the power of ten below the least to the one above the most."""
    low, high = (len(str(min(amounts))) - 1, len(str(max(amounts)))) if amounts else (3, 9)
    ticks = [10**power for power in range(low, high + 1)]
    return {
        "title": {"text": name},
        "type": "log",
        "range": [low - 0.05, high],
        "tickvals": ticks,
        "ticktext": [dollars(tick) for tick in ticks],
    }
