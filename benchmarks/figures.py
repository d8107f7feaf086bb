"""Measure what ayne promises.

    python -m benchmarks.figures                        every figure
    python -m benchmarks.figures kill politeness        some of them
    python -m benchmarks.figures --reliability          the long form of what tries to break ayne, which takes hours
    python -m benchmarks.figures --table README.md      write the table of what was measured

Figures go to stdout and into ``benchmarks/figures.json``, each with the command that makes it. The exit code is 1 when
a promise about films or databases was broken; no time decides it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import click
from tests.reliability.campaign import Broken

from benchmarks.in_short import IN_SHORT
from benchmarks.kept import FILE, kept_figures
from benchmarks.processes import Figures, Skipped
from benchmarks.promises import BENCHMARKS, RELIABILITY

# Where a page's figures stand: a table of those that are named, or of all; ``in short`` asks for a list of sentences.
_MARKS = re.compile(
    r"(<!-- figures(?P<short> in short)?(?:: (?P<names>[\w ]+))? -->).*(?P<end><!-- /figures -->)", re.DOTALL
)


@click.command(epilog=f"Names: {', '.join(BENCHMARKS)}")
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)), metavar="[NAME]...")
@click.option("--reliability", is_flag=True, help="All that tries to break a promise, in its long form.")
@click.option(
    "--table",
    "--readme",
    "pages",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write the table of what was measured between this file's markers.",
)
def main(names: tuple[str, ...], reliability: bool, pages: tuple[Path, ...]) -> None:
    """Measure what ayne promises: all of it, or what is named."""
    wanted = [*names, *(RELIABILITY if reliability else ())] or ([] if pages else BENCHMARKS)
    broken = [name for name in wanted if not _measure(name)]
    for page in pages:
        _write_table(page)
    if broken:
        raise click.ClickException(f"broken promises: {', '.join(broken)}")


def _measure(name: str) -> bool:
    """Measure, print and keep one benchmark; whether its promise was kept."""
    benchmark = BENCHMARKS[name]
    began = time.perf_counter()
    try:
        figures = benchmark.measure()
    except Skipped as reason:
        click.echo(f"{name}: skipped, {reason}")
        return True
    except Broken as reason:
        click.echo(f"{name}: BROKEN: {reason}")
        return False
    kept = benchmark.kept(figures)
    click.echo(f"{name}: {benchmark.told(figures)}{'' if kept else '  BROKEN'}")
    for line in _lines(figures):
        click.echo(f"    {line}")
    click.echo(f"    took {time.perf_counter() - began:.0f} s")
    entry = {
        "command": f"python -m benchmarks.figures {name}",
        "date": datetime.now(UTC).date().isoformat(),
        "figures": figures,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }
    FILE.write_text(json.dumps(kept_figures() | {name: entry}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return kept


def _lines(figures: Figures) -> list[str]:
    lines: list[str] = []
    for name, value in figures.items():
        parts = {f"{name}.{part}": inner for part, inner in value.items()} if isinstance(value, dict) else {}
        lines += [f"{part} = {inner}" for part, inner in (parts or {name: value}).items()]
    return lines


def _write_table(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    marks = _MARKS.search(text)
    if not marks:
        raise click.ClickException(f"{page} needs the marks <!-- figures --> and <!-- /figures -->, in this order")
    names = (marks["names"] or "").split() or list(IN_SHORT if marks["short"] else BENCHMARKS)
    if unknown := set(names) - BENCHMARKS.keys():
        raise click.ClickException(f"{page} names figures that nobody measures: {', '.join(sorted(unknown))}")
    measured = kept_figures()
    found = [(name, entry) for name in names if (entry := measured.get(name))]
    if marks["short"]:
        rows = [f"* {IN_SHORT[name](entry['figures'])}" for name, entry in found]
    else:
        rows = ["| promise | figure | command |", "|---|---|---|"]
        rows += [
            f"| {BENCHMARKS[name].promise} | {BENCHMARKS[name].told(entry['figures'])} | `{entry['command']}` |"
            for name, entry in found
        ]
    told = "\n".join([marks[1], "", *rows, "", marks["end"]])
    page.write_text(f"{text[: marks.start()]}{told}{text[marks.end() :]}", encoding="utf-8")
    click.echo(f"{len(found)} figures written to {page}")


if __name__ == "__main__":
    main()
