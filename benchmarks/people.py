"""People whom films and series name: whether all are there and right, at what price, and what kills change.

python -m benchmarks.people 1000 250        the figures of so many films and series, as JSON, kept nowhere
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.films.biographies import page
from ayne.sandbox.television import Television
from benchmarks.processes import Figures, killed_at, sandbox, see_through, start_ayne
from benchmarks.scale import run_ayne

Body = dict[str, Any]

_FILMS, _SERIES, _KILLS = 20_000, 5_000, 10
_FAST = ("--rate", "100000", "--max-concurrent", "50")
_SPAN = ("--from", "1870", "--to", "2040", "--min-votes", "0", *_FAST)

# Who is meant, written here once more: the first so many of a cast, and these jobs.
_BILLED = 5
_JOBS = frozenset({"Director", "Writer", "Screenplay", "Story", "Teleplay"})
# What a column should be: the body's own value, or NULL where it says nothing.
_SAME = ("name", "known_for_department", "gender", "imdb_id", "biography", "birthday", "deathday", "homepage")
_ALSO_SAME = ("place_of_birth", "adult", "popularity", "profile_path")
_MOMENTS = frozenset({"first_seen_at", "summary_at", "details_at", "popularity_at"})


def people() -> Figures:
    """Fetch whom 20,000 films and 5,000 series name, in one go and killed ten times, and compare every column."""
    return measured(_FILMS, _SERIES, _KILLS)


def measured(films: int, series: int, kills: int = _KILLS) -> Figures:
    """The figures of those whom so many films and series name."""
    with (
        TemporaryDirectory() as name,
        sandbox("--movies", str(films), "--series", str(series)) as server,
    ):
        path, killed = Path(name) / "films.duckdb", Path(name) / "killed.duckdb"
        run_ayne(path, server, "collect", *_SPAN, "--parts", "credits")
        run_ayne(path, server, "collect", "--kind", "series", *_SPAN, "--parts", "aggregate_credits")
        killed.write_bytes(path.read_bytes())
        truth = _meant(path, films, series)

        server.reset()
        first = run_ayne(path, server, "people", *_FAST)
        requests = server.report()["total"]
        server.reset()
        again = run_ayne(path, server, "people", *_FAST)
        again["requests"] = server.report()["total"]

        server.reset()
        by_signal = sum(
            killed_at(start_ayne("people", server, killed, *_FAST), server, number * requests // (kills + 1))
            == -signal.SIGKILL
            for number in range(1, kills + 1)
        )
        see_through(start_ayne("people", server, killed, *_FAST))
        missing, unexpected, wrong = _compared(path, truth)
        return {
            "films": films,
            "series": series,
            "people": len(truth),
            "missing": missing,
            "unexpected": unexpected,
            "wrong": wrong,
            "requests": requests,
            "fewest_requests": len(truth),
            "ratio": round(requests / len(truth), 4),
            "first": first | {"people_per_second": round(len(truth) / first["seconds"])},
            "again": again,
            "kills_tried": kills,
            "kills": by_signal,
            "requests_repeated": server.report()["total"] - requests,
            "rows_different": _differences(path, killed),
        }


def _meant(path: Path, films: int, series: int) -> set[int]:
    """The ids of whom the stored films and series name, by the sandbox's own bodies of their credits."""
    with _opened(path) as con:
        stored_films, stored_series = (
            [number for (number,) in con.execute(sql).fetchall()]
            for sql in ("SELECT tmdb_id FROM films", "SELECT tmdb_id FROM live_series")
        )
    catalogue, television = Catalogue.generated(films), Television.generated(series)
    found: set[int] = set()
    for number in stored_films:
        named = (catalogue.details(number, ["credits"]) or {})["credits"]
        found |= _billed(named["cast"])
        found |= {each["id"] for each in named["crew"] if each["job"] in _JOBS}
    for number in stored_series:
        body = television.details(number, ["aggregate_credits"]) or {}
        found |= _billed(body["aggregate_credits"]["cast"])
        crew = body["aggregate_credits"]["crew"]
        found |= {each["id"] for each in crew if any(job["job"] in _JOBS for job in each["jobs"])}
        found |= {each["id"] for each in body["created_by"]}
    return found


def _billed(cast: Iterable[Body]) -> set[int]:
    # Who plays two parts takes one place.
    in_order = dict.fromkeys(each["id"] for each in sorted(cast, key=lambda each: (each["order"], each["id"])))
    return set(list(in_order)[:_BILLED])


def _compared(path: Path, truth: set[int]) -> tuple[int, int, int]:
    """How many people are missing, how many are there that nobody meant, and how many values are wrong."""
    with _opened(path) as con:
        found = con.execute("FROM live_people")
        names = [column[0] for column in found.description or []]
        rows = {row["tmdb_id"]: row for row in (dict(zip(names, each, strict=True)) for each in found.fetchall())}
    wrong = sum(_wrong(rows[number], page(number)) for number in truth & rows.keys())
    return len(truth - rows.keys()), len(rows.keys() - truth), wrong


def _wrong(row: Body, body: Body) -> int:
    said = {name: None if body[name] == "" else body[name] for name in (*_SAME, *_ALSO_SAME)}
    kept = {name: str(row[name]) if name.endswith("day") and row[name] else row[name] for name in said}
    kept["also_known_as"], said["also_known_as"] = row["also_known_as"], body["also_known_as"]
    return sum(kept[name] != said[name] for name in said)


def _differences(first: Path, second: Path) -> int:
    """How many rows of people are not in both files, moments left out."""
    with _opened(first) as con:
        con.execute(f"ATTACH '{second}' AS other (READ_ONLY)")
        names = [name for name, *_ in con.execute("DESCRIBE people").fetchall() if name not in _MOMENTS]
        chosen = f"SELECT {', '.join(names)}"
        ours, others = con.sql(f"{chosen} FROM people"), con.sql(f"{chosen} FROM other.people")
        return len(ours.except_(others)) + len(others.except_(ours))


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(path), read_only=True) as con:
        yield con


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    first = figures["first"]
    return (
        f"{figures['people']:,} people whom {figures['films']:,} films and {figures['series']:,} series name: "
        f"{figures['missing']} missing, {figures['unexpected']} too many, {figures['wrong']} values wrong; "
        f"{figures['requests']:,} requests, {figures['ratio']:.4f} x the fewest possible, {first['peak_mb']} MB of "
        f"memory; again: {figures['again']['requests']}; killed {figures['kills']} times: "
        f"{figures['rows_different']} rows different, {figures['requests_repeated']:,} requests repeated"
    )


def is_right(figures: Figures) -> bool:
    """Whether nobody is missing or too many, nothing is wrong, and kills changed nothing."""
    return (
        not any(figures[name] for name in ("missing", "unexpected", "wrong", "rows_different"))
        and figures["kills"] == figures["kills_tried"]
        and figures["ratio"] <= 1.01
        and figures["again"]["requests"] == 0
    )


if __name__ == "__main__":
    _size = [int(number) for number in sys.argv[1:]]
    sys.stdout.write(f"{json.dumps(measured(*_size), indent=2)}\n")
