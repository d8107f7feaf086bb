"""A run that is cut off at any moment, and done again, leaves the file that an unbroken run leaves.

Each step of the life in ``steps`` goes through its seams a few hundred times: a request leaves, an answer is there, a
transaction begins, each of its statements, its commit, a look at the clock, a sleep. A trial dies at one of these
crossings. What lies on the disk at that moment, the file and its write-ahead log, is copied as it is, everything else
is thrown away, and the same step is done again on the copy. Then the file must hold what it holds without the crash,
and nothing was asked for again that was stored already.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import duckdb

from ayne.database.duckdb_client import DuckDBClient
from ayne.database.file import DatabaseFile
from tests.reliability.campaign import Campaign, Figures, Tally, spread, unlogged
from tests.reliability.dump import differences
from tests.reliability.scene import Sent
from tests.reliability.steps import AT, STEPS, content, done, is_finished, manners_of, scene_of, unbroken
from tests.reliability.wholeness import unwhole
from tests.virtual_time import Inline, Standing, run

# Second crashes that are tried for each first one.
_PAIRS = 30

# The films of a lease that died are nobody else's for so long.
_LEASE = timedelta(minutes=16)


@dataclass(frozen=True, slots=True)
class Left:
    """What a process that is killed at a crossing leaves.

    Attributes:
        where: the crossing, in words.
        disk: a copy of the file, with its log beside it.
        sent: how many requests had been sent.
    """

    where: str
    disk: Path
    sent: int


class Seams:
    """Counts crossings, and keeps of some of them what a process that is killed there would leave.

    It need not be killed for that: what lies on the disk at that moment is all that is ever seen of it.
    """

    def __init__(self, killed_at: Collection[int] = ()) -> None:
        self.crossings = 0
        self.killed_at = frozenset(killed_at)
        self.left: list[Left] = []
        self.file: Path | None = None
        self.sent: list[Sent] = []

    def cross(self, where: str) -> None:
        """Pass a seam."""
        self.crossings += 1
        if self.crossings in self.killed_at:
            assert self.file
            disk = self.file.with_name(f"{self.file.stem}-{self.crossings}.duckdb")
            _copy_disk(self.file, disk)
            self.left.append(Left(f"crossing {self.crossings}, {where!r}", disk, len(self.sent)))


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


class _File(DatabaseFile):
    """A file with seams at both ends of a transaction, and in it."""

    def __init__(self, file: Path, seams: Seams, clock: _Clock) -> None:
        super().__init__(file, clock=clock)
        self._seams = seams

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self._seams.cross("before a transaction")
        with super().transaction() as con:
            yield cast("duckdb.DuckDBPyConnection", _Statements(con, self._seams))
            self._seams.cross("before a commit")
        self._seams.cross("after a commit")


def _play(step: int, file: Path, seams: Seams, moment: datetime) -> Any:
    """Do a step on a file; its report."""
    seams.file = file
    clock = _Clock(moment, seams)

    async def main() -> Any:
        store = DuckDBClient(_File(file, seams, clock))
        scene = scene_of(store, clock, moment, manners=manners_of(step), cross=seams.cross, executor=Inline())
        seams.sent = scene.wire.sent
        return await done(scene, step)

    return run(main())


@cache
def _crossings() -> tuple[int, ...]:
    """How many seams each step of the unbroken life goes through."""
    counted = []
    with unlogged(), tempfile.TemporaryDirectory(prefix="ayne-crash-") as folder:
        for step in range(len(STEPS)):
            file = Path(folder) / f"{step}.duckdb"
            unbroken().put_before(step, file)
            seams = Seams()
            _play(step, file, seams, AT[step])
            counted.append(seams.crossings)
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
        return _finish(_attempt(_alive(Path(folder), step), [crossing])[1])


def _crash_pairs(seed: int) -> Tally:
    """One first crash, and from what it leaves a recovery that is cut off at many places, each by itself."""
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    step, crossing = _place(dice.randrange(_all_crossings()))
    tally = Tally()
    with unlogged(), tempfile.TemporaryDirectory(prefix="ayne-crash-") as folder:
        (dead,) = _attempt(_alive(Path(folder), step), [crossing])[1]
        # What is left to do is less than all of it; some of these places lie behind its end.
        left = max(_PAIRS, _crossings()[step] - crossing // 2)
        recovered, dead_again = _attempt(dead, dice.sample(range(1, left + 1), _PAIRS))
        tally.add(_judged(recovered, [recovered.spent]))
        # Between two commits the disk does not change, and what follows from the same disk is the same.
        by_disk: dict[bytes, list[_State]] = {}
        for state in dead_again:
            by_disk.setdefault(_digest(state.file), []).append(state)
        for states in by_disk.values():
            tally.add(_finish(states))
        tally.counts.update(pairs=len(dead_again), states=len(by_disk))
    return tally


def _digest(file: Path) -> bytes:
    """What tells two states of the disk apart."""
    digest = hashlib.blake2b()
    for suffix in ("", ".wal"):
        lies_there = Path(f"{file}{suffix}")
        digest.update(lies_there.read_bytes() if lies_there.exists() else b"nothing")
    return digest.digest()


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
    return _State(step, file, AT[step])


def _attempt(state: _State, killed_at: Collection[int] = ()) -> tuple[_State, list[_State]]:
    """Attempt the step: what comes of it, and what would have come of it if it had been killed at some crossings."""
    # Before the first attempt nothing of the step is.
    held = _held(state.file) if state.told else Counter[tuple[str, Any, str]]()
    seams = Seams(killed_at)
    report = _play(state.step, state.file, seams, state.at)
    again = [request.what for request in seams.sent if _what(request.what, state.at) in held]
    # Pages of a list that is not complete yet are among what is held; all else is never asked for again.
    assert not again, f"after {state.told} this is stored and was asked for again: {again}"
    later = state.at + (_LEASE if STEPS[state.step] == "rate" else timedelta())
    dead = [
        _State(
            state.step,
            left.disk,
            later,
            (*state.told, f"dying in {STEPS[state.step]} at {left.where}"),
            state.spent + left.sent,
        )
        for left in seams.left
    ]
    return replace(state, spent=state.spent + len(seams.sent), report=report), dead


def _copy_disk(source: Path, target: Path) -> None:
    """Copy a file and its log as they are at this moment, if they are there."""
    for suffix in ("", ".wal"):
        lies_there = Path(f"{source}{suffix}")
        if lies_there.exists():
            shutil.copyfile(lies_there, f"{target}{suffix}")


def _finish(states: list[_State]) -> Tally:
    """Do what is left of the step, which died at some places and left the same disk at all of them, and compare."""
    done_at_last, _ = _attempt(states[0])
    sent_at_last = done_at_last.spent - states[0].spent
    return _judged(done_at_last, [state.spent + sent_at_last for state in states])


def _judged(state: _State, spent: list[int]) -> Tally:
    """Compare the file of a step that was done in the end with that of one that nothing happened to.

    Args:
        state: after the last attempt.
        spent: what each way there took in requests.
    """
    tally, life = Tally(), unbroken()
    tally.counts["crashes"] += len(state.told) * len(spent)
    where = " and ".join(state.told)
    assert is_finished(state.report), f"after {where} the step is not complete"
    with duckdb.connect(str(state.file)) as con:
        differing = differences(life.dumps[state.step], content(con))
        assert not differing, f"after {where} the file differs: {differing}"
        unwell = unwhole(lambda sql: con.execute(sql).fetchall())
        assert not unwell, f"after {where}, {unwell[0]}"
        for sent in spent:
            _is_written_down(con, state.step, sent, len(state.told))
            tally.note("requests_again", sent - life.requests[state.step])
            tally.counts["requests_again"] += sent - life.requests[state.step]
    tally.note("films", life.films)
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
    where = f"{figures['trials']:,} places"
    if pairs:
        where = f"{pairs:,} pairs of places, with {figures['states']:,} different states of the disk,"
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
    long=260,
    told=_told,
)
