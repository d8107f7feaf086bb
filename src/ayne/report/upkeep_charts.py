"""Charts of how complete and how fresh the films are, and of what that took."""

# Pure: values in, values out.

from __future__ import annotations

from ayne.report.drawing import LEGEND, PALETTE, QUIET, YEAR_AXIS, Chart, bar_trace, count_axis, figure, plain, share
from ayne.report.facts import WEEKS_ALLOWED, Facts, Row

# What the ledger says of a year, the best first; with what is said of it in words.
_STATES = {
    "proven": ("proven complete", "#3ca951"),
    "best effort": ("best effort: TMDB lists fewer than it reports", "#efb118"),
    "capped": ("capped by --max-pages", "#97bbf5"),
    "overfull": ("overfull: TMDB does not list all", "#ff725c"),
    "open": ("open: pages are missing", "#a463f2"),
    None: ("not discovered by year", QUIET),
}

# With fewer bars than this they are as wide as if there were so many.
_FEWEST_RUNS = 8


def years(facts: Facts) -> Chart:
    """Films by year of release, coloured by what the ledger says of the year."""
    dated = [row for row in facts.years if row["year"] is not None]
    data = []
    for state, (words, color) in _STATES.items():
        rows = [row for row in dated if row["coverage"] == state]
        if rows:
            hover = [[f"{row['films']:,}", f"{row['with_details']:,}", _reported(row)] for row in rows]
            told = "<b>%{x}</b>: %{customdata[0]} films, %{customdata[1]} with details"
            template = f"{told}<br>{words}%{{customdata[2]}}"
            x, y = [row["year"] for row in rows], [row["films"] for row in rows]
            data.append(bar_trace(words, color, x, y, template=template, hover=hover) | {"showlegend": True})
    lacking = [row for row in dated if (row["reported"] or 0) > (row["listed"] or 0)]
    if lacking:
        x, y = [row["year"] for row in lacking], [row["reported"] - (row["listed"] or 0) for row in lacking]
        template = "<b>%{x}</b>: %{y:,} more are reported by TMDB, and not listed"
        outline = {"color": "rgba(0,0,0,0)", "line": {"color": PALETTE[2], "width": 1.5}}
        data.append(bar_trace("reported, but not listed", "", x, y, template=template) | {"marker": outline})
    layout = {"barmode": "stack", "bargap": 0.12, "legend": LEGEND, "xaxis": YEAR_AXIS, "yaxis": count_axis("films")}
    said = "Each bar is a year of release."
    if dated:
        most = max(dated, key=lambda row: row["films"])
        proven = sum(row["films"] for row in dated if row["coverage"] == "proven")
        said += f" Most films are of {most['year']}: {most['films']:,}."
        said += (
            f" {share(proven, sum(row['films'] for row in dated))} of the films are of years that are proven complete."
        )
    return Chart("years", "Films by year, and how complete each year is", said, figure(data, layout))


def _reported(row: Row) -> str:
    return "" if row["reported"] is None else f": {row['listed']:,} listed of {row['reported']:,} reported"


def ages(facts: Facts) -> Chart:
    """How old the stored details are, and how near the limit that TMDB's terms set."""
    found = {row["week"]: row["films"] for row in facts.ages}
    weeks = list(range(max([WEEKS_ALLOWED, *found]) + 1))
    near, over = WEEKS_ALLOWED - 2, WEEKS_ALLOWED
    colors = [PALETTE[0] if week < near else PALETTE[1] if week < over else PALETTE[2] for week in weeks]
    bars = bar_trace(
        "films",
        "",
        [week + 0.5 for week in weeks],
        [found.get(week, 0) for week in weeks],
        template="%{y:,} films, %{customdata[0]} to %{customdata[1]} weeks old",
        hover=[[week, week + 1] for week in weeks],
    )
    limit = 180 / 7
    line = {"type": "line", "x0": limit, "x1": limit, "y0": 0, "y1": 1, "yref": "paper"}
    note = {"x": limit, "y": 1, "yref": "paper", "text": "six months", "showarrow": False, "xanchor": "right"}
    layout = {
        "bargap": 0.12,
        "xaxis": {"title": {"text": "age of the copy in weeks"}, "range": [0, len(weeks)], "dtick": 4},
        "yaxis": count_axis("films"),
        "shapes": [{**line, "line": {"color": PALETTE[2], "dash": "dot"}}],
        "annotations": [{**note, "xshift": -4}],
    }
    expiring, overdue = facts.expiring["expiring"], facts.expiring["overdue"]
    said = "TMDB's terms allow no copy older than six months."
    if overdue:
        said += f" {overdue:,} films may no longer be kept: fetch them again, or run ayne purge."
    said += f" {expiring:,} come near that within a week." if expiring else " None comes near that within a week."
    drawn = figure([bars | {"marker": {"color": colors}}] if facts.ages else [], layout)
    return Chart("ages", "How fresh the copies are", said, drawn)


def requests(facts: Facts) -> Chart:
    """What each of the last runs sent, and what it had to send again."""
    runs = [run for run in reversed(facts.runs) if run["report"]]
    names = [f"run {run['run_id']}" for run in runs]
    again = [run["report"].get("retries", {}) for run in runs]
    sent = [run["report"].get("requests", 0) for run in runs]
    first = [max(0, count - sum(retries.values())) for count, retries in zip(sent, again, strict=True)]
    template = "<b>%{x}</b>, %{customdata[0]} UTC<br>%{y:,} requests, %{customdata[1]} a second"
    hover = [[f"{run['started_at']:%Y-%m-%d %H:%M}", f"{speed(run):.1f}"] for run in runs]
    data = [bar_trace("requests", PALETTE[0], names, first, template=template, hover=hover)]
    for place, reason in enumerate(sorted({reason for retries in again for reason in retries})):
        words = plain(reason.replace("_", " "))
        color = PALETTE[1 + place % (len(PALETTE) - 1)]
        counts = [retries.get(reason, 0) for retries in again]
        template = f"<b>%{{x}}</b>: %{{y:,}} asked again, {words}"
        data.append(bar_trace(f"asked again: {words}", color, names, counts, template=template))
    layout = {
        "barmode": "stack",
        "bargap": 0.25,
        "legend": LEGEND,
        "xaxis": {"type": "category", "range": [-0.6, max(len(runs), _FEWEST_RUNS) - 0.4]},
        "yaxis": count_axis("requests"),
    }
    repeated = sum(sum(retries.values()) for retries in again)
    said = f"{sum(sent):,} requests in {len(runs)} {'run' if len(runs) == 1 else 'runs'}"
    said += f", {repeated:,} of them because an answer failed or TMDB asked to wait" if repeated else ""
    waited = sum(run["report"].get("paused_seconds", 0) for run in runs)
    said += f"; the pauses that TMDB asked for add up to {waited:,.0f} seconds." if waited else "."
    return Chart("requests", "Requests, and what had to be asked again", said, figure(data if runs else [], layout))


def speed(run: Row) -> float:
    """Requests a second, over the whole run."""
    seconds = run["report"].get("seconds") or 0
    return float(run["report"].get("requests", 0) / seconds) if seconds else 0.0
