"""The tables of docs/explanation/cost-of-a-mirror.md, of the kept figures: ``python -m benchmarks.mirror_page``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.kept import kept_figures
from benchmarks.mirror import RECORDED_CHANGES, RECORDED_EPISODES, RECORDED_SERIES, RECORDED_TOTALS
from benchmarks.processes import Figures

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "cost-of-a-mirror.md"

_REASONS = {
    "feed": "pages of the change feed, 100 films each",
    "changed": "films that it names",
    "due": "films that have grown old for their kind",
    "added": "new films",
    "lists": "pages of lists: last year's films and later ones each day, all others once a month",
}


def tables(figures: dict[str, Figures]) -> dict[str, str]:
    """Each table of the page by its name, as Markdown.

    Args:
        figures: of the benchmarks ``mirror``, ``larger_files`` and ``series``.
    """
    mirror, files = figures["mirror"], figures["larger_files"]
    made = {
        "costs": _costs(mirror),
        "series": _series(figures["series"], mirror),
        "beside": _beside(mirror["beside"]),
        "upkeep": _upkeep(mirror),
        "growth": _growth(mirror),
        "times": _times(mirror["times"]),
        "files": _files(files),
    }
    return {name: "\n".join(f"| {' | '.join(row)} |" for row in table) for name, table in made.items()}


def written(text: str, figures: dict[str, Figures]) -> str:
    """The page with its tables as the figures have them.

    Raises:
        ValueError: the page lacks the marks of a table.
    """
    for name, table in tables(figures).items():
        text = between(text, f"<!-- table: {name} -->", f"<!-- /table: {name} -->", table)
    return text


def between(text: str, begin: str, end: str, table: str) -> str:
    """A text with a table between two marks, in the place of what stood there.

    Raises:
        ValueError: the marks are not there, once each and in this order.
    """
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"there must be the marks {begin} and {end}, once each and in this order")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.partition(end)[2]}"


def _table(*rows: Sequence[str]) -> list[Sequence[str]]:
    head, *others = rows
    return [head, ["---", *["---:"] * (len(head) - 1)], *others]


def _costs(mirror: Figures) -> list[Sequence[str]]:
    costs = dict(sorted(mirror["costs"].items(), key=lambda item: item[1]["file"]))

    def row(name: str, told: Callable[[Figures], str]) -> list[str]:
        return [name, *map(told, costs.values())]

    return _table(
        [f"{mirror['films']:,} films", *costs],
        row("requests", lambda c: f"{c['requests']:,}"),
        row("hours at 40 a second", lambda c: f"{c['hours_at_40']:,.1f}"),
        row("hours at 4 a second, the default", lambda c: f"{c['hours_at_4']:,.0f}"),
        row("received", lambda c: _gigabytes(c["wire"])),
        row("in the file, with answers", lambda c: _gigabytes(c["file"])),
        row("with `--no-raw`", lambda c: _gigabytes(c["file_without_answers"])),
        row("dollars a month for a disk", lambda c: f"{c['dollars_a_month']:,.2f}"),
    )


def _series(seen: Figures, mirror: Figures) -> list[Sequence[str]]:
    """All series beside all films: each is taken for one of those that were measured."""
    films, each = mirror["costs"]["films"], RECORDED_SERIES / seen["series_exist"]
    requests = each * seen["requests"]
    episodes = seen["episodes"]["exist"] / seen["series_exist"]
    return _table(
        ["", f"{RECORDED_SERIES:,} series", f"{mirror['films']:,} films"],
        ["requests", f"{requests:,.0f}", f"{films['requests']:,}"],
        ["hours at 40 a second", f"{requests / 40 / 3600:,.1f}", f"{films['hours_at_40']:,.1f}"],
        ["hours at 4 a second, the default", f"{requests / 4 / 3600:,.0f}", f"{films['hours_at_4']:,.0f}"],
        [
            "in the file, with answers",
            _gigabytes(RECORDED_SERIES * seen["file_bytes_a_series"]),
            _gigabytes(films["file"]),
        ],
        [
            "with `--no-raw`",
            _gigabytes(RECORDED_SERIES * seen["file_bytes_a_series_without_answers"]),
            _gigabytes(films["file_without_answers"]),
        ],
        ["hours of a core", f"{RECORDED_SERIES / seen['first']['series_per_cpu_second'] / 3600:,.1f}", _cores(mirror)],
        ["episodes of each, on average", f"{episodes:,.0f} (TMDB: {RECORDED_EPISODES / RECORDED_SERIES:,.0f})", ""],
        [f"MB of memory, with {seen['series_exist']:,} series", f"{seen['first']['peak_mb']:,}", ""],
    )


def _cores(mirror: Figures) -> str:
    (minutes,) = [row["measured"] for row in mirror["beside"] if row["what"] == "minutes of a core"]
    return f"{minutes / 60:,.1f}"


def _beside(rows: list[Figures]) -> list[Sequence[str]]:
    return _table(
        ["", "predicted", "measured", "measured / predicted", "predicted from", "measured by"],
        *(
            [
                row["what"],
                _number(row["predicted"]),
                _number(row["measured"]),
                f"{row['ratio']:.2f}",
                row["from"],
                row["by"],
            ]
            for row in rows
        ),
    )


def _upkeep(mirror: Figures) -> list[Sequence[str]]:
    few, many = mirror["upkeep"]
    few_changes, many_changes = RECORDED_CHANGES
    return _table(
        ["requests a day", f"{few_changes:,} films changed", f"{many_changes:,} films changed"],
        *([words, f"{few[name]:,}", f"{many[name]:,}"] for name, words in _REASONS.items()),
        ["in all", f"{few['requests']:,}", f"{many['requests']:,}"],
        ["minutes at 40 a second", f"{few['minutes_at_40']}", f"{many['minutes_at_40']}"],
        ["minutes at 4 a second", f"{few['minutes_at_4']}", f"{many['minutes_at_4']}"],
    )


def _growth(mirror: Figures) -> list[Sequence[str]]:
    return _table(
        ["recorded", "films that TMDB lists"],
        *([f"{day:%B %Y}", f"{films:,}"] for day, films in RECORDED_TOTALS.items()),
        ["growth a year", f"{mirror['growth']['films_a_year']:,} ({mirror['growth']['share_a_year']:.1%})"],
    )


def _times(times: Figures) -> list[Sequence[str]]:
    sizes = list(times.values())
    sorts = sorted(sizes[0]["file"], key=sizes[0]["file"].__getitem__)

    def row(name: str, told: Callable[[Figures], str]) -> list[str]:
        return [name, *map(told, sizes)]

    return _table(
        ["", *(f"{size['films']:,} films" for size in sizes)],
        row("days of the first collection at 40 a second", lambda s: f"{s['days_at_40']:,.1f}"),
        row("at 4 a second", lambda s: f"{s['days_at_4']:,.1f}"),
        row("upkeep, share of a day at 40 a second", lambda s: f"{s['upkeep_share_at_40']:.0%}"),
        row("at 4 a second", lambda s: f"{s['upkeep_share_at_4']:.0%}"),
        *([f"file, {name}", *(_gigabytes(size["file"][name]) for size in sizes)] for name in sorts),
        *([f"dollars a month, {name}", *(f"{size['dollars_a_month'][name]:,.2f}" for size in sizes)] for name in sorts),
    )


def _files(files: Figures) -> list[Sequence[str]]:
    sizes = {int(size): seen for size, seen in files.items() if size.isdigit()}

    def row(name: str, told: Callable[[Any], str]) -> list[str]:
        return [name, *map(told, sizes.values())]

    unbounded = [_due(seen["due_unbounded"]) if "due_unbounded" in seen else "not measured" for seen in sizes.values()]
    return _table(
        ["", *(f"{size:,} films" for size in sizes)],
        row("ms to open the file and ask something", lambda s: f"{s['open_ms']:,.0f}"),
        row("films added in a second of one core", lambda s: f"{s['added_per_cpu_second']:,}"),
        row("films updated in one, all over the file", lambda s: f"{s['updated_per_cpu_second']:,}"),
        row("seconds of the slowest of ten commits", lambda s: f"{s['slowest_commit_seconds']:.1f}"),
        row("MB of memory for these", lambda s: f"{s['peak_mb']:,}"),
        row(f"the {files['bound']:,} most urgent films, when all are due", lambda s: _due(s["due_bounded"])),
        ["all of them", *unbounded],
        row("`ayne status`", lambda s: f"{s['status']['cpu_seconds']:.1f} s"),
    )


def _due(seen: Figures) -> str:
    return f"{seen['cpu_seconds']:.0f} s, {seen['peak_mb']:,} MB"


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:.2f}"


if __name__ == "__main__":
    _KNOWN = {name: entry["figures"] for name, entry in kept_figures().items()}
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), _KNOWN), encoding="utf-8")
    sys.stdout.write(f"{PAGE} has its tables\n")
