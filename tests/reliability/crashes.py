"""A run that is cut off at any moment, and done again, leaves the file that an unbroken run leaves.

Each step of the life in ``steps`` goes through its seams a few hundred times: a request leaves, an answer is there, a
transaction begins, each of its statements, its commit, a look at the clock, a sleep. A trial dies at one of these
crossings. What lies on the disk at that moment, the file and its write-ahead log, is copied as it is, everything else
is thrown away, and the same step is done again on the copy. Then the file must hold what it holds without the crash,
and nothing was asked for again that was stored already.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import duckdb

from ayne.database.duckdb_client import DuckDBClient
from tests.reliability.campaign import Campaign, Figures, Tally, spread, unlogged
from tests.reliability.dump import differences
from tests.reliability.scene import Sent
from tests.reliability.steps import AT, STEPS, content, done, manners_of, scene_of, unbroken
from tests.reliability.wholeness import unwhole
from tests.virtual_time import Inline, Standing, run

# Second crashes that are tried for each first one.
_PAIRS = 5

# The films of a lease that died are nobody else's for so long.
_LEASE = timedelta(minutes=16)


class SimulatedCrash(BaseException):
    """The process is gone: nobody may catch it, and nothing happens after it."""


class Seams:
    """Counts crossings, and dies at one of them: from then on every crossing is a crash."""

    def __init__(self, die_at: int | None = None) -> None:
        self.crossings: list[str] = []
        self.die_at = die_at
        self.is_dead = False
        self.file: Path | None = None
        self.disk: Path | None = None

    def cross(self, where: str) -> None:
        """Pass a seam."""
        if self.is_dead:
            raise SimulatedCrash("nothing happens after a crash")
        self.crossings.append(where)
        if len(self.crossings) == self.die_at:
            self.is_dead = True
            self._keep_the_disk()
            raise SimulatedCrash(where)

    def _keep_the_disk(self) -> None:
        """Copy what a process that is killed at this moment would leave."""
        assert self.file
        assert self.disk
        _copy_disk(self.file, self.disk)


class _Clock(Standing):
    """A wall clock that stands, and seams where it is looked at or slept by."""

    def __init__(self, now: datetime, seams: Seams) -> None:
        super().__init__(now)
        self._seams = seams

    def now(self) -> datetime:
        self._seams.cross("the wall clock")
        return super().now()

    async def sleep(self, seconds: float) -> None:
        self._seams.cross("before a sleep")
        await super().sleep(seconds)


class _Statements:
    """A connection inside a transaction, with a seam before each statement."""

    def __init__(self, con: duckdb.DuckDBPyConnection, seams: Seams) -> None:
        self._con, self._seams = con, seams

    def __getattr__(self, name: str) -> Any:
        self._seams.cross("in a transaction")
        return getattr(self._con, name)


class _Store(DuckDBClient):
    """A file with seams at both ends of a transaction, and in it."""

    def __init__(self, file: Path, seams: Seams, clock: _Clock) -> None:
        super().__init__(file, clock=clock)
        self._seams = seams

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self._seams.cross("before a transaction")
        with super()._transaction() as con:
            yield cast("duckdb.DuckDBPyConnection", _Statements(con, self._seams))
            self._seams.cross("before a commit")
        self._seams.cross("after a commit")


@dataclass(slots=True)
class _Played:
    """What became of a step: how it went through its seams, and what was asked of the sandbox meanwhile."""

    crossings: list[str]
    sent: list[Sent] = field(default_factory=list)
    report: Any = None


def _play(step: int, file: Path, seams: Seams, moment: datetime) -> _Played:
    """Do a step on a file, to its end or to its crash."""
    seams.file = file
    clock = _Clock(moment, seams)
    played = _Played(seams.crossings)

    async def main() -> None:
        store = _Store(file, seams, clock)
        scene = scene_of(store, clock, moment, manners=manners_of(step), cross=seams.cross, executor=Inline())
        played.sent = scene.wire.sent
        played.report = await done(scene, step)

    with suppress(SimulatedCrash):
        run(main())
    return played


@cache
def _crossings() -> tuple[int, ...]:
    """How many seams each step of the unbroken life goes through."""
    counted = []
    with unlogged(), tempfile.TemporaryDirectory(prefix="ayne-crash-") as folder:
        for step in range(len(STEPS)):
            file = Path(folder) / f"{step}.duckdb"
            unbroken().put_before(step, file)
            counted.append(len(_play(step, file, Seams(), AT[step]).crossings))
    return tuple(counted)


def _all_crossings() -> int:
    return sum(_crossings())


def _place(number: int) -> tuple[int, int]:
    """The step, and its crossing, that a number of all crossings stands for."""
    for step, crossings in enumerate(_crossings()):
        if number < crossings:
            return step, number + 1
        number -= crossings
    raise IndexError("the life has no more crossings")


# --- trials ---------------------------------------------------------------------------------------------------------


def _crash_point(seed: int) -> Tally:
    step, crossing = _place(spread(seed, _all_crossings()))
    with unlogged(), tempfile.TemporaryDirectory(prefix="ayne-crash-") as folder:
        died = _die(_alive(Path(folder), step), crossing)
        return _finish(died)


def _crash_pairs(seed: int) -> Tally:
    """One first crash, and from what it leaves some second ones, each by itself."""
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    step, crossing = _place(dice.randrange(_all_crossings()))
    tally = Tally()
    with unlogged(), tempfile.TemporaryDirectory(prefix="ayne-crash-") as folder:
        died = _die(_alive(Path(folder), step), crossing)
        # What is left to do is less than all of it; a recovery that comes to its end before it dies again is one too.
        left = max(_PAIRS, _crossings()[step] - crossing // 2)
        for second in dice.sample(range(1, left + 1), _PAIRS):
            died_twice = _die(died, second)
            tally.add(_finish(died_twice))
            tally.counts["pairs"] += 1
    return tally


@dataclass(frozen=True, slots=True)
class _State:
    """Where a life is between two attempts at a step.

    Attributes:
        file: what lies on the disk.
        at: the moment at which the next attempt is made.
        told: how the attempts before died, in words.
        spent: requests that they sent.
        report: what the last attempt reported, if it came to its end.
    """

    folder: Path
    step: int
    file: Path
    at: datetime
    told: tuple[str, ...] = ()
    spent: int = 0
    report: Any = None


def _alive(folder: Path, step: int) -> _State:
    """Before the first attempt."""
    file = folder / "0.duckdb"
    unbroken().put_before(step, file)
    return _State(folder, step, file, AT[step])


def _die(state: _State, death: int | None) -> _State:
    """Attempt the step, and die at a crossing, or not at all; what was there before is still there afterwards."""
    attempt = len(state.told) + 1
    file, disk = state.folder / f"{attempt}.duckdb", state.folder / f"{attempt}-disk.duckdb"
    for target in (file, disk):
        _copy_disk(None, target)
    _copy_disk(state.file, file)
    # Before the first attempt nothing of the step is.
    held = _held(file) if state.told else Counter[tuple[str, Any, str]]()
    seams = Seams(death)
    seams.disk = disk
    played = _play(state.step, file, seams, state.at)
    again = [request.what for request in played.sent if _what(request.what, state.at) in held]
    # Pages of a list that is not complete yet are among what is held; all else is never asked for again.
    assert not again, f"after {state.told} this is stored and was asked for again: {again}"
    spent = state.spent + len(played.sent)
    if not seams.is_dead:
        return replace(state, file=file, spent=spent, report=played.report)
    told = f"dying at crossing {death} of {STEPS[state.step]}, {seams.crossings[-1]!r}"
    later = _LEASE if STEPS[state.step] == "rate" else timedelta()
    return replace(state, file=disk, at=state.at + later, told=(*state.told, told), spent=spent)


def _copy_disk(source: Path | None, target: Path) -> None:
    """Copy a file and its log as they are; without a source there is nothing."""
    for suffix in ("", ".wal", ".lock"):
        there = Path(f"{target}{suffix}")
        there.unlink(missing_ok=True)
        if source and (lies_there := Path(f"{source}{suffix}")).exists():
            shutil.copyfile(lies_there, there)


def _finish(state: _State) -> Tally:
    """Do what is left of the step, and compare."""
    tally, life = Tally(), unbroken()
    tally.counts["crashes"] += len(state.told)
    if state.report is None:
        state = _die(state, None)
    where = " and ".join(state.told)
    assert state.report is not None
    assert state.report.complete, f"after {where} the step is not complete"
    with duckdb.connect(str(state.file)) as con:
        differing = differences(life.dumps[state.step], content(con))
        assert not differing, f"after {where} the file differs: {differing}"
        unwell = unwhole(lambda sql: con.execute(sql).fetchall())
        assert not unwell, f"after {where}, {unwell[0]}"
        _is_written_down(con, state.step, state.spent, len(state.told))
    tally.note("films", life.films)
    tally.note("requests_again", state.spent - life.requests[state.step])
    tally.counts["requests_again"] += state.spent - life.requests[state.step]
    return tally


def _is_written_down(con: duckdb.DuckDBPyConnection, step: int, sent: int, crashes: int) -> None:
    """What is written down of OMDb's quota is never less than was sent, and a crash costs at most its lease."""
    if STEPS[step] == "rate":
        ((written,),) = con.execute("SELECT spent FROM allowance").fetchall()
        assert sent <= written <= sent + 20 * crashes, f"{sent} requests were sent, and {written} are written down"


def _held(file: Path) -> Counter[tuple[str, Any, str]]:
    """What a file holds at a moment: whoever asks for it again does so in vain."""
    if not file.exists():
        return Counter()
    with duckdb.connect(str(file)) as con:
        tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        if "change_feed" not in tables or "etags" not in tables:
            return Counter()
        held = con.execute(
            "SELECT 'movie', CAST(tmdb_id AS VARCHAR), CAST(greatest(details_at, gone_at, merged_at) AS VARCHAR) "
            "FROM movies "
            "UNION ALL SELECT 'feed', CAST(watermark AS VARCHAR), '' FROM change_feed "
            "UNION ALL SELECT 'omdb', imdb_id, '' FROM ratings "
            "UNION ALL SELECT 'page', CAST(unnest(pages_done) AS VARCHAR), '' FROM ranges"
        ).fetchall()
    return Counter(held)


def _what(what: str, at: datetime) -> tuple[str, Any, str]:
    """What a request asks for, as it would be held afterwards."""
    url = urlsplit(what)
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    match url.path.split("/")[1:]:
        case ["3", "movie", "changes"]:
            return "feed", asked["start_date"], ""
        case ["3", "movie", film]:
            return "movie", film, at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        case ["3", "discover", "movie"]:
            return "page", asked["page"], ""
        case _:
            return "omdb", asked["i"], ""


def _told(figures: Figures) -> str:
    pairs = figures.get("pairs")
    where = f"{pairs:,} pairs of places" if pairs else f"{figures['trials']:,} places"
    return (
        f"{figures['crashes']:,} crashes at {where} in a life of {figures['most_films']:,} films: "
        f"each time the same file as without; {figures['requests_again'] / figures['crashes']:.1f} requests were sent "
        f"again on average, {figures['most_requests_again']} at most"
    )


CRASH_POINTS = Campaign(
    "crash_points",
    "Cut off at any moment and done again, a run leaves the same file, and repeats only what was not stored",
    _crash_point,
    quick=12,
    long=_all_crossings,
    told=_told,
)
CRASH_PAIRS = Campaign(
    "crash_pairs",
    "Cut off a second time while it recovers, a run leaves the same file all the same",
    _crash_pairs,
    quick=2,
    long=1_000,
    told=_told,
)
