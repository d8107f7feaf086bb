"""``kill -9`` while ayne works: nothing that was committed is missing, and the end is that of a run nobody disturbed.

Two files live through the same days of a sandbox whose films change: collected, refreshed, rated and synced by the
command. One is left in peace; the runs on the other are killed again and again, when the sandbox has got so many of
their requests, and then carried on. The sandbox's time stands still during a run, so that both are told the same.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.data_collection.writer import MOST_GATHERED
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.pace import Pace
from ayne.sandbox.server import RunningSandbox, running
from ayne.sandbox.world import World
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.children import MOST_SECONDS, Said, child, command, in_child
from tests.reliability.dump import Dump, differences, dump
from tests.shell import grow_older

_KEY = "0" * 32
_HOUR = 3600.0
_AT_ONCE = 10
# As at TMDB, about one in a hundred of the films that change is removed: more at once are not believed.
_LIVELY = Pace(added=0.01, edited=0.1, moved=0.1, deleted=0.001, merged=0.0005, returned=0.3)

# What a killed run had received and not committed: a batch that was being filled, one that was on its way to the file,
# and what was under way. A film with two parts counts for three.
_MOST_REPEATED = 2 * (MOST_GATHERED // 3 + _AT_ONCE)

_SPAN = ["--from", "1870", "--to", "2040", "--min-votes", "0"]
_FAST = ["--rate", "500", "--max-concurrent", str(_AT_ONCE), "--quiet"]


@dataclass(frozen=True, slots=True)
class _Stage:
    """A command, how long before now the sandbox's time stands still for it, and how often it is killed."""

    name: str
    arguments: list[str]
    hours_ago: float
    kills: int


_STAGES = (
    _Stage("collect", ["collect", *_SPAN, *_FAST, "--parts", "credits,keywords", "--refresh-limit", "0"], 60, 5),
    _Stage("refresh", ["refresh", *_FAST], 30, 3),
    _Stage("ratings", ["ratings", "--quota", "100000", "--rate", "500"], 30, 2),
    _Stage("sync", ["sync", *_SPAN, *_FAST, "--add-changed", "--parts", "credits,keywords", "--no-ratings"], 0, 2),
)

# What a kill leaves behind and nobody minds: what was taken from the quota and not used, until the lease runs out.
_LEFTOVERS = {"allowance", "leases"}


class _DayChanged(Exception):
    """The feed of another day can be read now, so that two runs are not told the same."""


def _trial(seed: int) -> Tally:
    while True:
        try:
            return _live(seed)
        except _DayChanged:
            continue


def _feed_day() -> float:
    """What changes when the feed of another day is there to be read, by ayne's own clock."""
    return (time.time() - 8 * _HOUR) // (24 * _HOUR) + time.time() // (24 * _HOUR)


def _live(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    now, feed_day = time.time(), _feed_day()
    own = SandboxClock(now - _STAGES[0].hours_ago * _HOUR, 0)
    films = Catalogue.generated(dice.randrange(150, 900), seed=seed)
    world = World(films, seed=seed, pace=_LIVELY, start=own.midnight)
    tally = Tally()
    with (
        running(SandboxApp(world, seed=seed, own_time=own, omdb_quota=None)) as served,
        TemporaryDirectory(prefix="ayne-kill-") as folder,
    ):
        unbroken, broken = Path(folder) / "unbroken.duckdb", Path(folder) / "broken.duckdb"
        for stage in _STAGES:
            own.advance(max(0.0, now - stage.hours_ago * _HOUR - own.now()))
            served.app.log.clear()
            _run(stage, served, unbroken)
            asked = len(served.app.log)
            lost: Counter[tuple[Any, ...]] = Counter()
            for _ in range(stage.kills):
                # Early, so that much is left to be killed in, and now and then late.
                most = asked if dice.random() < 0.2 else asked // stage.kills
                sent = _kill(stage, served, broken, dice.randrange(1, max(2, most)), tally)
                _weigh(lost & sent, stage, tally)
                lost = sent
            served.app.log.clear()
            _run(stage, served, broken)
            _weigh(lost & _requests(served), stage, tally)
            if _feed_day() != feed_day:
                raise _DayChanged
            said = differences(_what_counts(dump(unbroken)), _what_counts(dump(broken)))
            assert not said, f"after {stage.name}, between an unbroken run (first) and a killed one: {said}"
            tally.note("films", len(dump(broken)["movies"]))
            for file in (unbroken, broken):
                grow_older(file, stage.hours_ago * _HOUR)
    return tally


def _what_counts(found: Dump) -> Dump:
    """All but moments: a server that is hours behind is believed only so far, and the two runs are not at once."""
    return {
        name: [tuple(isinstance(value, datetime) or value for value in row) for row in rows]
        for name, rows in found.items()
        if name not in _LEFTOVERS
    }


def _settings(served: RunningSandbox) -> dict[str, str]:
    return {
        "AYNE_TMDB_URL": served.url,
        "AYNE_OMDB_URL": served.omdb_url,
        "TMDB_API_KEY": _KEY,
        "OMDB_API_KEY": _KEY[:8],
    }


def _run(stage: _Stage, served: RunningSandbox, file: Path) -> None:
    """Let a command do its work to the end."""
    if stage.name == "ratings":
        _let_leases_run_out(file)
    said: Said = in_child(command, [*stage.arguments, "--db", str(file)], _settings(served))
    assert said.code == 0, f"{stage.name} ended with exit code {said.code}: {said.err}"


def _let_leases_run_out(file: Path) -> None:
    """As if somebody had waited for a quarter of an hour."""
    with duckdb.connect(str(file)) as con:
        con.execute("UPDATE leases SET taken_at = taken_at - INTERVAL 1 HOUR")


def _kill(stage: _Stage, served: RunningSandbox, file: Path, requests: int, tally: Tally) -> Counter[tuple[Any, ...]]:
    """Begin a command, kill it when it has sent so many requests, and look at what it left; what it had asked for."""
    dice = random.Random(requests)  # noqa: S311 - a seed is the point
    log = served.app.log
    log.clear()
    before = _acknowledged(file)
    with child(command, [*stage.arguments, "--db", str(file)], _settings(served)) as (process, _):
        give_up_at = time.monotonic() + MOST_SECONDS
        while len(log) < requests and process.is_alive():
            assert time.monotonic() < give_up_at, f"{stage.name} hangs"
            time.sleep(0.002)
        # Now and then somebody looks just before; a reader holds up commits, so not each time.
        if dice.random() < 0.3 and process.is_alive():
            before |= _acknowledged(file)
        time.sleep(dice.random() * 0.15)
        process.kill()
        process.join(MOST_SECONDS)
        was_at_work = process.exitcode == -signal.SIGKILL
    if not was_at_work:
        return Counter()
    tally.counts.update({"kills": 1, f"kills of {stage.name}": 1, "acknowledged": len(before)})
    tally.counts["kills with a commit in the log"] += file.with_name(f"{file.name}.wal").exists()
    missing = before - _acknowledged(file)
    assert not missing, f"committed before a kill of {stage.name} and missing after it: {sorted(missing)[:5]}"
    check_whole(file)
    return _requests(served)


def _weigh(repeated: Counter[tuple[Any, ...]], stage: _Stage, tally: Tally) -> None:
    """What a kill has cost: what the next run asked for again."""
    count = repeated.total()
    assert count <= _MOST_REPEATED, f"{count} requests repeated after a kill of {stage.name}"
    tally.note("repeated", count)


def _requests(served: RunningSandbox) -> Counter[tuple[Any, ...]]:
    """What the sandbox was asked for, of what costs: each film and each page by itself."""
    return Counter(
        (entry["kind"], entry["target"], entry["number"])
        for entry in served.app.log.entries()
        if entry["kind"] in {"details", "discover", "omdb"}
    )


def _acknowledged(file: Path) -> set[tuple[Any, ...]]:
    """Every commit shows in one of these: films listed, films with details and of when, ratings, days of the feed."""
    if not file.exists():
        return set()
    give_up_at = time.monotonic() + MOST_SECONDS
    while True:
        try:
            with duckdb.connect(str(file), read_only=True) as con:
                return _shown(con)
        except duckdb.IOException:
            # The collector has it for a moment.
            if time.monotonic() > give_up_at:
                raise
        time.sleep(0.001)


def _shown(con: duckdb.DuckDBPyConnection) -> set[tuple[Any, ...]]:
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    shown: set[tuple[Any, ...]] = set()
    for table, columns in (
        ("listed", "tmdb_id"),
        ("movie_history", "tmdb_id, observed_at, gone, merged_into"),
        ("raw", "tmdb_id"),
        ("ratings", "imdb_id, outcome"),
        ("change_feed", "feed"),
        ("runs", "run_id"),
    ):
        if table in tables:
            shown.update((table, *row) for row in con.execute(f"SELECT {columns} FROM {table}").fetchall())
    return shown


# Each finds rows without what was to be committed together with them.
_HALVES = {
    "a page listed films without storing them": """
        SELECT tmdb_id FROM listed WHERE tmdb_id NOT IN (SELECT tmdb_id FROM movies)""",
    # Of sweeps that a later one took the place of, nobody needs to know what they listed.
    "a page is in the ledger and its films are not, or the other way": """
        SELECT s.sweep_id FROM sweeps s
        WHERE s.sweep_id IN (SELECT max(sweep_id) FROM sweeps GROUP BY identity)
          AND (SELECT coalesce(sum(rows), 0) FROM ranges r WHERE r.sweep_id = s.sweep_id)
           <> (SELECT count(*) FROM listed l WHERE l.sweep_id = s.sweep_id)""",
    "details without the answer they are from": """
        SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL AND tmdb_id NOT IN (SELECT tmdb_id FROM raw)""",
    "one part of two that came together": """
        SELECT tmdb_id FROM parts WHERE part IN ('credits', 'keywords') GROUP BY tmdb_id HAVING count(*) <> 2""",
    "parts without their rows": """
        SELECT tmdb_id FROM parts p WHERE part = 'keywords'
        AND rows <> (SELECT count(*) FROM keywords k WHERE k.tmdb_id = p.tmdb_id)""",
    "details that no history knows": """
        SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL
        AND tmdb_id NOT IN (SELECT tmdb_id FROM movie_history)""",
    "a film twice": "SELECT tmdb_id FROM movies GROUP BY ALL HAVING count(*) > 1",
    "a part twice": "SELECT tmdb_id, part FROM parts GROUP BY ALL HAVING count(*) > 1",
    "an answer twice": "SELECT tmdb_id, parts FROM raw GROUP BY ALL HAVING count(*) > 1",
}


def check_whole(file: Path) -> None:
    """Nothing in the file is half of a commit."""
    if not file.exists():
        return
    with duckdb.connect(str(file), read_only=True) as con:
        if not con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'movie_history'").fetchall():
            return
        for what, query in _HALVES.items():
            found = con.execute(query).fetchall()
            assert not found, f"{what}: {found[:5]}"


def _told(figures: Figures) -> str:
    stages = ", ".join(f"{figures[f'kills of {stage.name}']:,} of {stage.name}" for stage in _STAGES)
    return (
        f"{figures['kills']:,} kills of real processes ({stages}), "
        f"{figures['kills with a commit in the log']:,} of them between a commit and the end of its checkpoint; 0 of "
        f"{figures['acknowledged']:,} acknowledged rows lost, each time the same database as an unbroken run; at most "
        f"{figures['most_repeated']:.0f} requests repeated after a kill"
    )


KILL_9 = Campaign("kill_9", "`kill -9` at any moment loses nothing", _trial, quick=1, long=46, told=_told)
