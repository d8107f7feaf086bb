"""Measure what ayne promises.

    python -m benchmarks.figures                        every figure
    python -m benchmarks.figures kill politeness        some of them
    python -m benchmarks.figures --readme README.md     write the table of what was measured

Figures go to stdout and into ``benchmarks/figures.json``, each with the command that makes it. The exit code is 1 when
a promise about films or databases was broken; no time decides it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from benchmarks import conduct, footprint, likeness, whole_runs
from benchmarks.processes import Figures, Skipped

FILE = Path(__file__).with_name("figures.json")

_BEGIN, _END = "<!-- figures -->", "<!-- /figures -->"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A promise, what measures it, and how the figures are told and judged."""

    promise: str
    measure: Callable[[], Figures]
    told: Callable[[Figures], str]
    kept: Callable[[Figures], bool] = lambda _: True


def _tell_completeness(figures: Figures) -> str:
    return "; ".join(
        f"{where}: {seen['found']:,} of {seen['films']:,} films in {seen['requests']:,} requests, "
        f"{seen['ratio']:.2f} x the fewest possible"
        for where, seen in (("true totals", figures["true"]), ("clamped totals", figures["clamped"]))
    )


def _tell_politeness(figures: Figures) -> str:
    told = [
        f"at {rate}/s the server saw {seen['mean_rate']:.1f}/s, at most {seen['worst_1s']} in 1 s "
        f"(promised {seen['promised_1s']:g}) and {seen['worst_10s']} in 10 s ({seen['promised_10s']:g})"
        for rate, seen in ((4, figures["at_4"]), (40, figures["at_40"]))
    ]
    slow = figures["slow_server"]
    return "; ".join([*told, f"at most {slow['peak_concurrency']} at once (cap {slow['max_concurrent']})"])


def _tell_faults(figures: Figures) -> str:
    return "; ".join(
        f"{where}: {seen['received']:,} of {seen['asked_for']:,} films received, {seen['failed']} listed as failed; "
        f"{seen['faults_served']} faults of {len(seen['faults_by_kind'])} kinds in {seen['requests']:,} requests"
        for where, seen in (
            ("over sockets", figures[conduct.ON_SOCKETS]),
            ("in virtual time", figures[conduct.VIRTUAL]),
        )
    )


def _tell_kill(figures: Figures) -> str:
    verdict = "the same database as" if figures["equal"] else "NOT the database of"
    return (
        f"{figures['kills']} kills, {figures['rows_after_kills']:,} films, {verdict} an unbroken run; asked for again "
        f"after a kill, at 500 requests a second: {figures['films_asked_again_mean']:.0f} films on average, "
        f"{figures['films_asked_again_most']} at most"
    )


def _tell_libraries(figures: Figures) -> str:
    return "; ".join(f"{name}: {seen['calls']} calls, {len(seen['failed'])} failed" for name, seen in figures.items())


BENCHMARKS: dict[str, Benchmark] = {
    "real_films": Benchmark(
        "Real films are stored as they are",
        whole_runs.real_films,
        lambda f: (
            f"{f['rows_stored']:,} of {f['rows_expected']:,} real films stored, {f['mismatches']} mismatches "
            f"in {f['columns_compared']} columns"
        ),
        lambda f: not (f["missing"] or f["unexpected"] or f["mismatches"]),
    ),
    "completeness": Benchmark(
        "Every film is found, with few requests",
        conduct.completeness,
        _tell_completeness,
        lambda f: not any(seen["missing"] or seen["unexpected"] or seen["doubled"] for seen in f.values()),
    ),
    "kill": Benchmark(
        "`kill -9` at any moment loses nothing",
        whole_runs.kill,
        _tell_kill,
        lambda f: bool(f["equal"]),
    ),
    "faults": Benchmark(
        "A fifth of all answers may fail, and every film is received or listed as failed",
        conduct.faults,
        _tell_faults,
        lambda f: all(seen["received"] + seen["failed"] == seen["asked_for"] for seen in f.values()),
    ),
    "politeness": Benchmark(
        "Never faster than told, nor more at once",
        conduct.politeness,
        _tell_politeness,
        lambda f: bool(f["slow_server"]["peak_concurrency"] <= f["slow_server"]["max_concurrent"]),
    ),
    "recordings": Benchmark(
        "Recorded TMDB traffic is read whole",
        footprint.recorded_bodies,
        lambda f: (
            f"{f['movie_details']} films and {f['discover_pages']} pages with {f['rows']:,} rows read, "
            f"{f['unreadable_rows']} unreadable, {len(f['unknown_keys'])} unknown keys"
        ),
        lambda f: not f["unreadable_rows"],
    ),
    "client_libraries": Benchmark(
        "TMDB libraries work with the sandbox",
        likeness.client_libraries,
        _tell_libraries,
        lambda f: not any(seen["failed"] for seen in f.values()),
    ),
    "openapi": Benchmark(
        "The sandbox answers as TMDB's OpenAPI description says",
        likeness.described,
        lambda f: (
            f"{f['answers']:,} answers of {f['endpoints']} endpoints checked; {f['explained']} deviations explained by "
            f"{f['reasons']} reasons, {len(f['unexplained'])} unexplained"
        ),
        lambda f: not f["unexplained"],
    ),
    "recorded_shapes": Benchmark(
        "The sandbox serves the keys and types of recorded answers",
        likeness.recorded,
        lambda f: (
            f"{f['paths']} key paths of {f['kinds']} kinds of body compared: {f['missing']} missing, "
            f"{f['extra']} extra, {f['different']} of another type; {f['reasons']} reasons, "
            f"{len(f['unexplained'])} unexplained"
        ),
        lambda f: not f["unexplained"],
    ),
    "startup": Benchmark(
        "Light to install and to start",
        footprint.startup,
        lambda f: (
            f"{f['packages']} packages, {f['installed_mb']:g} MB; `ayne --help` {f['help_ms']:.0f} ms, `import ayne` "
            f"{f['import_ms']:.0f} ms, with TMDBClient {f['import_client_ms']:.0f} ms, Python alone "
            f"{f['python_ms']:.0f} ms"
        ),
    ),
    "sandbox_speed": Benchmark(
        "The limit is yours, not the program's",
        conduct.sandbox_speed,
        lambda f: f"{f['films_per_second']:,} films a second from the sandbox without a limit",
    ),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)), metavar="[NAME]...")
@click.option(
    "--readme",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write the table of what was measured between this file's markers.",
)
def main(names: tuple[str, ...], readme: Path | None) -> None:
    """Measure what ayne promises: all of it, or what is named.

    \b
    Names: real_films completeness kill faults politeness recordings client_libraries openapi recorded_shapes startup
    sandbox_speed
    """  # noqa: D301 - click marks a block of help with a backspace
    broken = [name for name in names or ([] if readme else BENCHMARKS) if not _measure(name)]
    if readme:
        _write_table(readme)
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
    FILE.write_text(json.dumps(_kept() | {name: entry}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return kept


def _lines(figures: Figures) -> list[str]:
    lines: list[str] = []
    for name, value in figures.items():
        parts = {f"{name}.{part}": inner for part, inner in value.items()} if isinstance(value, dict) else {}
        lines += [f"{part} = {inner}" for part, inner in (parts or {name: value}).items()]
    return lines


def _kept() -> dict[str, Any]:
    """What was measured before."""
    return dict(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.exists() else {}


def _write_table(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    if text.count(_BEGIN) != 1 or text.count(_END) != 1 or text.index(_BEGIN) > text.index(_END):
        raise click.ClickException(f"{readme} needs the markers {_BEGIN} and {_END}, once each and in this order")
    measured = _kept()
    rows = [
        f"| {benchmark.promise} | {benchmark.told(entry['figures'])} | `{entry['command']}` |"
        for name, benchmark in BENCHMARKS.items()
        if (entry := measured.get(name))
    ]
    table = "\n".join([_BEGIN, "", "| promise | figure | command |", "|---|---|---|", *rows, "", _END])
    span = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)
    readme.write_text(span.sub(lambda _: table, text), encoding="utf-8")
    click.echo(f"{len(rows)} figures written to {readme}")


if __name__ == "__main__":
    main()
