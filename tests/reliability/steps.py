"""A life of some sixty films in four steps, the same whenever it is lived: what is disturbed is compared with it.

The films are discovered, collected, refreshed by the change feed two days later, and rated. The wall clock stands
during a step, so even moments are the same, however often the step is begun.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from ayne.clock import Clock
from ayne.data_collection.verdicts import UNCONFIRMED
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.pace import Pace
from ayne.sandbox.world import World
from tests.reliability.campaign import unlogged
from tests.reliability.dump import Dump, dump_of
from tests.reliability.scene import START, Manners, Passing, Scene, films
from tests.virtual_time import Inline, Standing, run

STEPS = ("discover", "collect", "refresh", "rate")
AT = tuple(START + timedelta(hours=9) + days * timedelta(days=1) for days in (0, 0, 2, 2))

# Of so many, sixty are listed.
_FILMS = 97
_PACE = Pace(added=0.03, edited=0.3, moved=0, deleted=0.02, merged=0.02, returned=0.2)
# Slow enough that some of it is committed on the way.
_SLOW = {"discover": 0.5}
_RATE = 8.0


def manners_of(step: int) -> Manners:
    """How a step is usually done."""
    return Manners(_SLOW.get(STEPS[step], _RATE), burst=1, max_concurrent=6)


def scene_of(
    store: DuckDBClient,
    clock: Clock,
    moment: datetime,
    *,
    cross: Callable[[str], None] = lambda where: None,
    manners: Manners,
    latency: float = 0.05,
    faults: str = "",
    executor: Executor | None = None,
) -> Scene:
    """The films at a moment, at which the world stands; to be called on the loop that tells the time."""
    world = World(films(_FILMS, 3), seed=11, pace=_PACE, start=START.timestamp())
    # A film that a server refuses four times is rightly listed, and the file would rightly differ.
    passing = Passing(FaultPlan.parse(faults))
    app = SandboxApp(
        world,
        latency=latency,
        faults=passing,
        clock=asyncio.get_running_loop().time,
        wall_clock=moment.timestamp,
    )
    return Scene(world, app, store, clock, cross, manners, ("credits", "keywords"), executor=executor, faults=passing)


def done(scene: Scene, step: int, source: Any = None) -> Awaitable[Any]:
    """Do a step; its report."""
    do: Callable[..., Awaitable[Any]] = getattr(scene, STEPS[step])
    return do(source=source)


def is_finished(report: Any) -> bool:
    """Whether there is nothing more to do. Of so few films the gone ones are many: they wait for a second look."""
    failures = report.failures_by_reason
    return report.complete or (bool(failures) and all(reason.startswith(UNCONFIRMED) for reason in failures))


@dataclass
class Unbroken:
    """The life without any disturbance: the file after each step, and what it holds."""

    files: list[bytes] = field(default_factory=list)
    dumps: list[Dump] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)

    def put_before(self, step: int, file: Path) -> None:
        """Lay the file down as the step finds it; for the first there is none."""
        if step:
            file.write_bytes(self.files[step - 1])

    @property
    def films(self) -> int:
        """How many films it is about."""
        return len(self.dumps[0]["listed"])


@cache
def unbroken() -> Unbroken:
    """Live it once in each process."""
    life = Unbroken()
    with unlogged(), tempfile.TemporaryDirectory(prefix="ayne-life-") as folder:
        file = Path(folder) / "films.duckdb"
        for step in range(len(STEPS)):
            run(_live(life, step, file))
            life.files.append(file.read_bytes())
            with duckdb.connect(str(file)) as con:
                life.dumps.append(content(con))
    return life


async def _live(life: Unbroken, step: int, file: Path) -> None:
    clock = Standing(AT[step])
    store = DuckDBClient(file, clock=clock)
    scene = scene_of(store, clock, AT[step], manners=manners_of(step), executor=Inline())
    report = await done(scene, step)
    assert is_finished(report), f"undisturbed, the {STEPS[step]} is not complete"
    life.requests.append(len(scene.wire.sent))


def content(con: duckdb.DuckDBPyConnection) -> Dump:
    """What must be the same. What a dead run had leased of a quota stays spent, and is asked for a while later."""
    held = dump_of(con)
    for table in ("allowance", "leases"):
        held.pop(table)
    held["ratings"] = [tuple(value for value in row if not isinstance(value, datetime)) for row in held["ratings"]]
    return held
