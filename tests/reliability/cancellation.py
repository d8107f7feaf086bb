"""A run that is cancelled, or told to stop, at any await leaves nothing behind and can be run again.

Every task of the run is stepped through a counter, so "the n-th await" is counted over all of them together. At the
chosen one the run is cancelled, as a caller's timeout would do it, or told to stop, as the first Ctrl-C does, or
cancelled a second time while it ends. Afterwards there must be no task, no open answer, no file handle, no lock and no
thread of it; somebody else can write to the file at once; what had come is stored; and the same run, by the same
client, comes to its end with the file that an undisturbed run leaves.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from ayne.database.duckdb_client import DuckDBClient
from tests.reliability.campaign import Campaign, Figures, Tally, spread, unlogged
from tests.reliability.dump import differences
from tests.reliability.scene import START, Manners, Scene
from tests.reliability.steps import AT, STEPS, content, done, is_finished, scene_of, unbroken
from tests.reliability.wholeness import unwhole
from tests.virtual_time import Inline, Standing, VirtualTimeLoop

_WITH_THREAD = "cancelled with a thread for the store"
_WAYS = ("cancelled", "stopped", "cancelled twice", _WITH_THREAD)


class _Counted(Coroutine[Any, Any, Any]):
    """A coroutine that says so whenever it is about to wait."""

    def __init__(self, inner: Coroutine[Any, Any, Any], step: Callable[[], None]) -> None:
        self._inner, self._step = inner, step

    def send(self, value: Any) -> Any:
        awaited = self._inner.send(value)
        self._step()
        return awaited

    def throw(self, *error: Any) -> Any:
        awaited = self._inner.throw(*error)
        self._step()
        return awaited

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        raise NotImplementedError("a task steps it")


@dataclass
class _Trap:
    """Counts awaits, and springs at one of them."""

    at: int | None = None
    spring: Callable[[], None] = lambda: None
    awaits: int = 0

    def step(self) -> None:
        """Somebody is about to wait."""
        self.awaits += 1
        if self.awaits == self.at:
            self.spring()

    def task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        """A task factory: every step of every task is counted."""
        return asyncio.Task(_Counted(coroutine, self.step), loop=loop, **options)


@dataclass(frozen=True, slots=True)
class _Setting:
    """A step of the life, and what trouble it has on its way, which makes for other awaits."""

    step: int
    latency: float = 0.0
    faults: str = ""
    connections: int = 6


_SETTINGS = (
    _Setting(0, faults="seed=2,500=0.2"),
    _Setting(1, latency=0.2),
    _Setting(1, faults="seed=5,503=0.1,429-after=0.05"),
    # Whoever lost its only connection would wait for ever.
    _Setting(1, latency=0.02, faults="seed=8,reset=0.1,cut=0.1", connections=1),
    _Setting(2, latency=0.1, faults="seed=3,500=0.1"),
    _Setting(3, latency=0.1, faults="seed=4,503=0.1,stall=0.05"),
)


@dataclass(frozen=True, slots=True)
class _Case:
    """One disturbance: in which setting, in which way, at which await; None for no disturbance."""

    setting: _Setting
    way: str = ""
    at: int | None = None

    @property
    def with_thread(self) -> bool:
        """The store has a thread of its own, which knows nothing of virtual time; so nothing may wait."""
        return self.way == _WITH_THREAD

    def scene(self, file: Path, moment: datetime) -> Scene:
        """Where it is played."""
        setting, clock = self.setting, Standing(moment)
        return scene_of(
            DuckDBClient(file, clock=clock),
            clock,
            moment,
            manners=Manners(1e6 if self.with_thread else 40.0, max_concurrent=setting.connections),
            latency=0.0 if self.with_thread else setting.latency,
            faults="" if self.with_thread else setting.faults,
            executor=None if self.with_thread else Inline(),
        )


async def _disturb(scene: Scene, case: _Case, trap: _Trap, source: Any) -> str:
    """Run until the trap springs; how the run ended."""
    run = asyncio.ensure_future(done(scene, case.setting.step, source))

    def spring() -> None:
        if case.way == "stopped":
            if scene.running:
                scene.running.stop()
            return
        run.cancel()
        if case.way == "cancelled twice":
            # A moment later, while what came is being written down.
            trap.at = trap.awaits + 1 + trap.awaits % 3

    trap.spring, trap.awaits, trap.at = spring, 0, case.at
    try:
        return str((await run).outcome)
    except asyncio.CancelledError:
        return "cancelled"
    finally:
        trap.at = None


async def _live(file: Path, case: _Case, trap: _Trap) -> tuple[str, int]:
    """Disturb a run and do it again; how the first ended, and how many awaits it had."""
    step = case.setting.step
    scene = case.scene(file, AT[step])
    async with scene.omdb() if STEPS[step] == "rate" else scene.client() as source:
        outcome = await _disturb(scene, case, trap, source)
        awaits = trap.awaits
        _nothing_is_left(scene, file)
        if case.way != "cancelled twice":
            _what_came_is_stored(scene, file, step)
        if case.at is not None:
            report = await done(scene, step, source)
            assert is_finished(report), f"the run after it is not complete: {report.failures_by_reason}"
            _nothing_is_left(scene, file)
    return outcome, awaits


def _what_came_is_stored(scene: Scene, file: Path, step: int) -> None:
    """All films that came, but for those that nobody has looked at yet."""
    store = DuckDBClient(file)
    told = "/omdb" if STEPS[step] == "rate" else "/3/"
    came = {sent.what for sent in scene.wire.sent if sent.status in {200, 404} and sent.whole and told in sent.what}
    sql = {
        "discover": "SELECT 0",
        "collect": "SELECT count(*) FROM movies WHERE coalesce(details_at, gone_at, merged_at) IS NOT NULL",
        "refresh": "SELECT count(*) FROM movies WHERE greatest(details_at, gone_at, merged_at) >= $since",
        "rate": "SELECT count(*) FROM ratings",
    }[STEPS[step]]
    values = {"since": AT[step].replace(tzinfo=None)} if STEPS[step] == "refresh" else {}
    ((stored,),) = store.query(sql, values).rows
    lists = sum("/discover/" in what or "/changes" in what for what in came)
    if STEPS[step] == "discover":
        # Here it is the lists that are stored.
        ((lists,),) = store.query("SELECT coalesce(sum(len(pages_done)), 0) FROM ranges").rows
    # Bodies that are cut off or broken have come to nothing; there are a few in some settings.
    dropped = len(came) - lists - stored
    assert dropped <= 2 * scene.manners.max_concurrent, f"{dropped} films had come and were not stored"


def _nothing_is_left(scene: Scene, file: Path) -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks are left: {left}"
    assert scene.wire.open == 0, f"{scene.wire.open} answers are left open"
    for thread in threading.enumerate():
        if thread.name.startswith("ayne-store"):
            # It was told to end, which takes a moment.
            thread.join(timeout=10)
            assert not thread.is_alive(), "the store's thread is left"
    descriptors = Path("/proc/self/fd")
    if descriptors.exists():
        for descriptor in descriptors.iterdir():
            with suppress(OSError):
                target = descriptor.readlink()
                assert not str(target).startswith(str(file)), f"{target} is left open"
    other = DuckDBClient(file, patience=0.0)
    with other.collecting():
        other.finish_sweep(-1, START)
    with duckdb.connect(str(file)) as con:
        told = unwhole(lambda sql: con.execute(sql).fetchall())
    assert not told, told[0]


def _play(file: Path, case: _Case) -> tuple[str, int]:
    """Play a case; how its first run ended, and how many awaits that had."""
    trap = _Trap()
    factory = asyncio.new_event_loop if case.with_thread else VirtualTimeLoop
    with unlogged(), asyncio.Runner(loop_factory=factory) as runner:
        runner.get_loop().set_task_factory(trap.task)
        return runner.run(_live(file, case, trap))


@cache
def _awaits() -> tuple[int, ...]:
    """How many awaits an undisturbed run has in each setting."""
    counted = []
    # The same in each process, whichever trial counts them; so a trial's seed names the same case everywhere.
    random.seed(0)
    for setting in _SETTINGS:
        with tempfile.TemporaryDirectory(prefix="ayne-await-") as folder:
            file = Path(folder) / "films.duckdb"
            unbroken().put_before(setting.step, file)
            counted.append(_play(file, _Case(setting))[1])
    return tuple(counted)


@cache
def _awaits_with_thread(step: int) -> int:
    """The same where the store has a thread and nothing waits; it differs a little from run to run."""
    with tempfile.TemporaryDirectory(prefix="ayne-await-") as folder:
        file = Path(folder) / "films.duckdb"
        unbroken().put_before(step, file)
        return _play(file, _Case(_Setting(step), _WITH_THREAD))[1]


def _cases() -> int:
    return sum(_awaits()) * len(_WAYS)


def _case(number: int) -> _Case:
    number, way = divmod(number, len(_WAYS))
    for setting, awaits in zip(_SETTINGS, _awaits(), strict=True):
        if number < awaits:
            if _WAYS[way] == _WITH_THREAD:
                number %= _awaits_with_thread(setting.step)
            return _Case(setting, _WAYS[way], number + 1)
        number -= awaits
    raise IndexError("there are no more awaits")


def _trial(seed: int) -> Tally:
    case = _case(spread(seed, _cases()))
    random.seed(seed)
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="ayne-await-") as folder:
        file = Path(folder) / "films.duckdb"
        unbroken().put_before(case.setting.step, file)
        try:
            outcome, _ = _play(file, case)
        except AssertionError as error:
            raise AssertionError(f"{case}: {error}") from error
        with duckdb.connect(str(file)) as con:
            differing = differences(unbroken().dumps[case.setting.step], content(con))
    assert not differing, f"{case}, and run again, the file differs: {differing}"
    tally.counts[f"ended {outcome}"] += 1
    return tally


def _told(figures: Figures) -> str:
    ended = {name.removeprefix("ended "): count for name, count in figures.items() if name.startswith("ended ")}
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(ended.items()))
    return (
        f"{figures['trials']:,} runs cancelled or stopped, each at another await ({told}): no task, answer, lock, "
        "thread or open file left, and the run after it ends with the same file"
    )


CANCELLATION = Campaign(
    "cancellation",
    "Cancelled or stopped at any await, a run leaves nothing behind and can be run again",
    _trial,
    quick=12,
    long=800,
    told=_told,
)
