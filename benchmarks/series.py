"""Series with their seasons and episodes: whether all are there and right, at what price, and what kills change.

python -m benchmarks.series 20000        the figures of so many series, as JSON, kept nowhere
python -m benchmarks.series 5000 20      what so many kills change of them
"""

from __future__ import annotations

import json
import math
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ayne.sandbox.television import Television
from benchmarks.film_sizes import without_gaps
from benchmarks.processes import Figures, Sandbox, killed_at, sandbox, see_through, start_collect
from benchmarks.scale import run_ayne
from benchmarks.series_truth import Body, compared, differences, whole

# Among so many there are series of 53 seasons, and of 9,980 episodes.
_SERIES, _KILLED_SERIES, _KILLS = 20_000, 1_000, 20
_ALL = ("--kind", "series", "--source", "both", "--from", "1936", "--to", "2040", "--min-votes", "0", "--include-adult")
_FAST = ("--rate", "100000", "--max-concurrent", "50")
_PAGE = 20
# An export of series, and one of adult ones.
_EXPORTS = 2


def series() -> Figures:
    """Collect 20,000 series with all their seasons and episodes by lists and exports, and compare every column."""
    return measured(_SERIES)


def series_kills() -> Figures:
    """Collect 1,000 series in one go; and killed twenty times on the way: the same rows."""
    return killed(_KILLED_SERIES, _KILLS)


def measured(count: int) -> Figures:
    """The figures of a collection of so many series."""
    television = Television.generated(count)
    with TemporaryDirectory() as name, _served(count) as server:
        path = Path(name) / "series.duckdb"
        first = run_ayne(path, server, "collect", *_ALL, *_FAST, *_exports(server))
        seen = server.report()
        server.reset()
        again = run_ayne(path, server, "collect", *_ALL, *_FAST, *_exports(server))
        again["requests"] = server.report()["total"]
        found = compared(path, bodies(television))
        # What the export adds are those that no list by date has.
        pages = math.ceil((count - found.undated) / _PAGE)
        fewest = found.fewest + pages + _EXPORTS
        with duckdb.connect(str(path), read_only=True) as con:
            ((report,),) = con.execute("SELECT report FROM runs ORDER BY run_id LIMIT 1").fetchall()
            ((undated,),) = con.execute(
                "SELECT count(*) FROM series WHERE first_air_date IS NULL AND details_at IS NOT NULL"
            ).fetchall()
        told = json.loads(report)
        packed = without_gaps(path)
        return {
            "series_exist": count,
            **found.told(),
            "undated_stored": undated,
            "requests": seen["total"],
            "requests_by_kind": seen["by_kind"],
            "fewest_requests": {"details": found.fewest, "lists": pages, "exports": _EXPORTS, "in_all": fewest},
            "ratio": round(seen["total"] / fewest, 3),
            "bytes_received": told["bytes_received"],
            "first": first
            | {
                "series_per_second": round(count / first["seconds"], 1),
                "series_per_cpu_second": round(count / first["cpu_seconds"], 1),
            },
            "again": again,
            "file_mb": round(path.stat().st_size / 1e6, 1),
            "file_bytes_a_series": round(packed / count),
            "file_bytes_a_series_without_answers": round(_without_answers(path) / count),
        }


def killed(count: int, kills: int) -> Figures:
    """The figures of a collection that is killed so many times."""
    television = Television.generated(count)
    with TemporaryDirectory() as name, _served(count) as server:
        folder = Path(name)
        see_through(start_collect(server, folder / "whole.duckdb", *_ALL, *_FAST, *_exports(server)))
        requests = server.report()["total"]
        server.reset()
        by_signal = sum(
            _killed_at(server, folder / "killed.duckdb", number * requests // (kills + 1))
            for number in range(1, kills + 1)
        )
        see_through(start_collect(server, folder / "killed.duckdb", *_ALL, *_FAST, *_exports(server)))
        return {
            "series_exist": count,
            "kills_tried": kills,
            "kills": by_signal,
            "requests": requests,
            "requests_repeated": server.report()["total"] - requests,
            "rows_different": differences(folder / "whole.duckdb", folder / "killed.duckdb"),
            **compared(folder / "killed.duckdb", bodies(television)).told(),
        }


def bodies(television: Television) -> Iterator[Body]:
    """The whole bodies of all series, in the order of their ids."""
    for number in sorted(television.ids(range(len(television)))):
        body = whole(television.details, number)
        if body:
            yield body


def _served(count: int) -> AbstractContextManager[Sandbox]:
    return sandbox("--movies", "10", "--series", str(count))


def _exports(server: Sandbox) -> tuple[str, str]:
    return "--exports-url", f"{server.url.removesuffix('/3')}/p/exports"


def _killed_at(server: Sandbox, path: Path, requests: int) -> bool:
    """Collect until the server has so many requests, and kill the collector then; whether it was still at work."""
    process = start_collect(server, path, *_ALL, *_FAST, *_exports(server))
    return killed_at(process, server, requests) == -signal.SIGKILL


def _without_answers(path: Path) -> int:
    """The size of a file without gaps, and without the answers as they came."""
    copy = path.with_suffix(".rows")
    with duckdb.connect(":memory:") as con:
        con.execute(f"ATTACH '{path}' AS original (READ_ONLY)")
        con.execute(f"ATTACH '{copy}' AS rows")
        con.execute("COPY FROM DATABASE original TO rows")
        con.execute("DELETE FROM rows.raw")
        con.execute("CHECKPOINT rows")
    return without_gaps(copy)


def tell(figures: Figures) -> str:
    """The figures of a collection in a sentence."""
    told = ", ".join(f"{figures[table]['stored']:,} {table}" for table in ("series", "seasons", "episodes"))
    first = figures["first"]
    return (
        f"{told}: {figures['missing']} missing, {figures['wrong']} values wrong; {figures['undated']:,} without a date "
        f"by the export; {figures['requests']:,} requests, {figures['ratio']:.3f} x the fewest possible; a core "
        f"fetches and stores {first['series_per_cpu_second']:g} a second, with {first['peak_mb']} MB of memory; "
        f"{figures['file_bytes_a_series']:,} bytes a series in the file"
    )


def tell_kills(figures: Figures) -> str:
    """The figures of kills in a sentence."""
    return (
        f"{figures['series']['stored']:,} series, killed {figures['kills']} times: {figures['rows_different']} rows "
        f"different, {figures['missing']} missing, {figures['wrong']} values wrong; {figures['requests_repeated']:,} "
        f"of {figures['requests']:,} requests repeated"
    )


def is_right(figures: Figures) -> bool:
    """Whether nothing is missing, unexpected or wrong, and nothing differs where two files are compared."""
    return not any(figures.get(name) for name in ("missing", "unexpected", "wrong", "rows_different"))


if __name__ == "__main__":
    count, *kills = map(int, sys.argv[1:])
    found = killed(count, *kills) if kills else measured(count)
    sys.stdout.write(f"{json.dumps(found, indent=2)}\n")
