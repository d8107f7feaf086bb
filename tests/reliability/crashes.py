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
from dataclasses import dataclass, field
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
        for suffix in ("", ".wal"):
            lies_there = Path(f"{self.file}{suffix}")
            if lies_there.exists():
                shutil.copyfile(lies_there, f"{self.disk}{suffix}")


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
        return _die_and_do_it_again(Path(folder), step, [crossing])


def _crash_pair(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    step, crossing = _place(dice.randrange(_all_crossings()))
    # What is left to do is less than all of it; a recovery that comes to its end before it dies again is one too.
    second = dice.randint(1, max(1, _crossings()[step] - crossing // 2))
    with unlogged(), tempfile.TemporaryDirectory(prefix="ayne-crash-") as folder:
        return _die_and_do_it_again(Path(folder), step, [crossing, second])


def _die_and_do_it_again(folder: Path, step: int, deaths: list[int]) -> Tally:
    life, tally = unbroken(), Tally()
    file = folder / "0.duckdb"
    life.put_before(step, file)
    at = AT[step]
    told: list[str] = []
    spent = 0
    for number, death in enumerate([*deaths, None]):
        # Before the first attempt nothing of the step is.
        held = _held(file) if told else Counter[tuple[str, Any, str]]()
        seams = Seams(death)
        seams.disk = folder / f"{number + 1}.duckdb"
        played = _play(step, file, seams, at)
        again = [request.what for request in played.sent if _what(request.what, at) in held]
        # Pages of a list that is not complete yet are among what is held; all else is never asked for again.
        assert not again, f"after {told} this is stored and was asked for again: {again}"
        spent += len(played.sent)
        if not seams.is_dead:
            break
        told.append(f"dying at crossing {death} of {STEPS[step]}, {seams.crossings[-1]!r}")
        tally.counts["crashes"] += 1
        file = seams.disk
        if STEPS[step] == "rate":
            at += _LEASE
    where = " and ".join(told)
    assert played.report is not None
    assert played.report.complete, f"after {where} the step is not complete"
    with duckdb.connect(str(file)) as con:
        differing = differences(life.dumps[step], content(con))
        assert not differing, f"after {where} the file differs: {differing}"
        unwell = unwhole(lambda sql: con.execute(sql).fetchall())
        assert not unwell, f"after {where}, {unwell[0]}"
        _is_written_down(con, step, spent, len(told))
    tally.note("films", life.films)
    tally.note("requests_again", spent - life.requests[step])
    tally.counts["requests_again"] += spent - life.requests[step]
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
    return (
        f"{figures['crashes']:,} crashes at {figures['trials']:,} places in a life of {figures['most_films']:,} films: "
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
    _crash_pair,
    quick=4,
    long=5_000,
    told=_told,
)
