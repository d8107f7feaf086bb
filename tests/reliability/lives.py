"""Whole lives of a file in simulated time, under faults: nothing lost, nothing doubled, polite and bounded.

A life is some days of runs over films that are added, edited, deleted, merged and brought back meanwhile. Each run has
its own weather: faults of all kinds at random rates, storms, a server that is down, a key that is revoked, an id that
is wrongly said to be gone. Some runs are stopped. After each the file is looked over; and when the sky has cleared, one
more round has to bring everything to what the sandbox knows to be true.

All of it is decided by the seed, and time is virtual: who waits for something that never comes makes the trial fail.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from ayne.data_collection.refresh import RefreshPolicy
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import NotFound, SourceError, TransientError, Unauthorized
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.faults import PASSING, FaultPlan
from ayne.sandbox.pace import Pace
from ayne.sandbox.world import World
from tests.reliability.campaign import Campaign, Figures, Tally, unlogged
from tests.reliability.scene import (
    DAY,
    START,
    Manners,
    Scene,
    Sent,
    Weather,
    exists,
    films,
    listed_now,
    midnight,
    not_as_it_is,
)
from tests.reliability.wholeness import unwhole
from tests.virtual_time import VirtualClock, run

_CATALOGUES = 24
_PARTS = ("credits", "keywords", "release_dates", "external_ids", "videos", "alternative_titles")
# What sums of floats may be off by.
_ROUNDING = 1e-6
# What a server that limits requests lets through in a second.
_SLOW = 10.0
# The longest that Retry-After is obeyed, as the README says.
_LONGEST_PAUSE = 60.0
# What is under way is dropped, and to store what came takes no simulated time.
_LONGEST_STOP = 0.001
# No run of so few films may take longer; a run that goes on for ever is one that does.
_LONGEST_RUN = 2 * DAY
# A store is emptied from trial to trial; what was deleted stays in memory, so now and then there is a new one.
_TRIALS_OF_A_STORE = 40


def _trial(seed: int) -> Tally:
    with unlogged():
        return run(_Life(random.Random(seed)).live())  # noqa: S311 - a seed is the point


@dataclass
class _Life:
    dice: random.Random
    tally: Tally = field(default_factory=Tally)
    lied_about: set[str] = field(default_factory=set)

    async def live(self) -> Tally:
        """Some days of runs, then one without faults."""
        self._begin()
        for _ in range(self.dice.randint(3, 12)):
            await self._one_run()
            await self._wait(self.dice.choice((60.0, 3600.0, 9 * 3600.0, DAY, 1.5 * DAY)) * self.dice.random())
        await self._finish()
        self._count()
        return self.tally

    def _begin(self) -> None:
        dice = self.dice
        self.moving = dice.random() < 0.5
        pace = Pace(
            added=dice.choice((0.0, 0.02, 0.1)),
            edited=dice.choice((0.0, 0.05, 0.2)),
            moved=0.2 if self.moving else 0.0,
            deleted=dice.choice((0.0, 0.02, 0.05)),
            merged=dice.choice((0.0, 0.02)),
            returned=dice.choice((0.0, 0.3)),
        )
        catalogue = films(30 + 10 * dice.randrange(4), dice.randrange(_CATALOGUES // 4))
        loop = asyncio.get_running_loop()
        began = START + timedelta(seconds=dice.randrange(DAY))
        self.quota = dice.choice((5, 12, 25, 1000))
        self.drift = dice.choice((0.0, 0.0, 0.0, 0.1))
        self.weather = Weather()
        self.app = SandboxApp(
            World(catalogue, seed=dice.randrange(1000), pace=pace, start=START.timestamp()),
            seed=dice.randrange(1000),
            totals=dice.choice(("true", "clamped")),
            rate=dice.choice((None, None, _SLOW)),
            latency=dice.choice((0.0, 0.0, 0.05, 1.5)),
            faults=self.weather,
            short_pages=dice.choice((0.0, 0.3)),
            drift=self.drift,
            cached=dice.choice((False, False, True)),
            omdb_quota=self.quota,
            clock=loop.time,
            wall_clock=lambda: began.timestamp() + loop.time(),
        )
        manners = Manners(
            requests_per_second=dice.choice((4.0, 30.0, 30.0, 200.0)),
            burst=dice.choice((1.0, 1.0, 5.0)),
            max_concurrent=dice.choice((1, 3, 10)),
            max_retries=dice.choice((0, 1, 3)),
            backoff=dice.choice((0.5, 1.0)),
            timeout=dice.choice((3.0, 30.0)),
        )
        clock = VirtualClock(began)
        self.scene = Scene(
            self.app.world,
            self.app,
            _empty_store(clock),
            clock,
            self._watch,
            manners,
            append=dice.sample(_PARTS, dice.choice((0, 0, 1, 2))),
            keep_raw=dice.random() < 0.5,
            quota=self.quota,
            span=dice.choice(((1990, 2030), (2005, 2026))),
            # Whoever is hasty meets answers that caches have kept from before a change.
            policy=RefreshPolicy(settled=timedelta(hours=dice.choice((8, 8, 0)))),
        )
        self.stop_after: int | None = None
        self.stopped_at = 0.0
        # What is left undone is carried on by the same command, so a life keeps to one.
        self.habit = dice.choice(("collect", "collect", "sync"))
        # It lists older years once a month only; of what is added there, the feed tells at once.
        self.scene.add_changed = self.habit == "sync"

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def _watch(self, where: str) -> None:
        """Stop the run at the request that was drawn for it."""
        if self.stop_after is not None and where == "before a request":
            self.stop_after -= 1
            if self.stop_after == 0:
                self.scene.running.stop()
                self.stopped_at = self.scene.clock.monotonic()
                self.tally.counts["stopped"] += 1

    # --- runs -----------------------------------------------------------------------------------------------------

    async def _one_run(self) -> None:
        dice, scene = self.dice, self.scene
        sky = _sky(dice)
        self.weather.put_up(FaultPlan.parse(sky), len(self.app.log))
        self.stop_after = dice.randint(1, 25) if dice.random() < 0.3 else None
        command = dice.choice((self.habit, self.habit, "refresh", "rate"))
        first = len(scene.wire.sent)
        scene.wire.most_open = 0
        began = scene.clock.monotonic()
        whole = False
        failure: SourceError | None = None
        try:
            async with asyncio.timeout(_LONGEST_RUN):
                match command:
                    case "collect":
                        await scene.collect(dice.choice((None, None, 0, 10)), dice.choice((0, 100)))
                    case "refresh":
                        await scene.refresh(dice.choice((None, 5)))
                    case "sync":
                        await scene.sync(dice.choice((None, 25)))
                    case "rate":
                        await scene.rate(dice.choice((None, 7)))
            whole = self.stop_after is None or self.stop_after > 0
        except SourceError as error:
            failure = error
        if failure:
            self._may_give_up(failure, sky)
        self.tally.counts["runs"] += 1
        self._look_over(scene.wire.sent[first:], scene.clock.monotonic() - began)
        if not whole:
            self._look_into_the_file()
        if self.stop_after == 0:
            took = scene.clock.monotonic() - self.stopped_at
            assert took <= _LONGEST_STOP, f"the run went on for {took} s after it was told to stop"

    def _may_give_up(self, failure: SourceError, sky: str) -> None:
        """Whoever is refused, or cut off for long enough, may give up; what came before is stored."""
        expected: tuple[type[SourceError], ...] = (TransientError,)
        expected += (Unauthorized,) if "401" in sky else ()
        expected += (NotFound,) if "404" in sky else ()
        assert isinstance(failure, expected), f"{type(failure).__name__} under {sky!r}: {failure}"
        self.tally.counts["given_up"] += 1

    async def _finish(self) -> None:
        """When nothing fails any more, three runs bring everything to where it should be."""
        scene = self.scene
        self.weather.put_up(FaultPlan(), len(self.app.log))
        self.stop_after = None
        # Who is told to slow down does, and asks again.
        patient = min(scene.manners.requests_per_second, _SLOW / 2)
        scene.manners = replace(scene.manners, requests_per_second=patient, burst=1.0, max_retries=3)
        # The caches have forgotten the day before, and whoever was wrongly said to be gone may be looked at again.
        later = timedelta(days=3) if self._lies() else timedelta(days=1)
        ready = midnight(scene.now) + later + timedelta(hours=8, seconds=self.dice.randrange(6 * 3600))
        await self._wait((max(ready, scene.now + timedelta(days=1)) - scene.now).total_seconds())
        if scene.now.hour < 8:
            await self._wait(8 * 3600.0)
        since = midnight(scene.now)
        for command in (scene.collect if self.habit == "collect" else scene.sync, scene.refresh):
            first, began = len(scene.wire.sent), scene.clock.monotonic()
            scene.wire.most_open = 0
            report = await command()
            self._look_over(scene.wire.sent[first:], scene.clock.monotonic() - began)
            assert report.outcome == "done"
        assert midnight(scene.now) == since, "the last runs took until the next day"
        self._nothing_is_lost(since)
        await self._rate_the_rest()
        self._look_into_the_file()

    def _nothing_is_lost(self, since: Any) -> None:
        scene = self.scene
        stored = scene.store.query(
            "SELECT m.tmdb_id, details_at IS NOT NULL OR gone_at IS NOT NULL OR merged_into IS NOT NULL "
            "OR f.tmdb_id IS NOT NULL AS ended FROM movies m LEFT JOIN failures f USING (tmdb_id)"
        )
        lies = self._lies() | self._unconfirmed()
        known = dict(stored.rows)
        open_ended = [film for film, ended in known.items() if not ended]
        assert not open_ended, f"films {open_ended} were listed and are neither stored, gone, merged nor failed"
        missing = listed_now(scene) - known.keys()
        if self.habit == "sync":
            # A list of older years may be some weeks old, and of what only the feed named and is gone, or is said to
            # be, nothing is kept.
            missing = {film for film in missing if exists(scene, film) and film not in lies}
        if missing and self.drift:
            ((films_known, reported),) = scene.store.query(
                "SELECT sum(distinct_films), sum(reported_high) FROM ranges WHERE state <> 'split' "
                "AND sweep_id = (SELECT max(sweep_id) FROM sweeps)"
            ).rows
            assert films_known < reported, f"films {missing} were not listed, and the ledger does not say so"
            self.tally.counts["unlisted_and_said"] += len(missing)
            missing = set()
        assert not missing, f"films {sorted(missing)} can be discovered and are not stored"
        wrong = not_as_it_is(scene, since, moving=self.moving)
        wrong = [text for text in wrong if not any(text.startswith(f"film {film} ") for film in lies)]
        assert not wrong, f"{len(wrong)} films are not as they are: {wrong[0]}"
        self.tally.counts["films_compared"] += len(known)

    async def _rate_the_rest(self) -> None:
        scene = self.scene
        first, began = len(scene.wire.sent), scene.clock.monotonic()
        report = await scene.rate()
        self._look_over(scene.wire.sent[first:], scene.clock.monotonic() - began)
        assert report.outcome in {"done", "quota"}, report.outcome
        unrated = scene.store.query(
            "SELECT tmdb_id FROM films LEFT JOIN ratings USING (imdb_id) WHERE films.imdb_id IS NOT NULL "
            "AND ratings.imdb_id IS NULL AND details_at IS NOT NULL AND release_date <= $today",
            {"today": scene.now.date()},
        ).rows
        assert not unrated or report.outcome == "quota", f"{unrated} are not rated, and nothing is said to be due"

    def _unconfirmed(self) -> set[int]:
        """Films that are said to be gone, too many at once to be believed: the file says so, and asks again."""
        waiting = "SELECT tmdb_id FROM failures WHERE starts_with(reason, 'unconfirmed_')"
        return {film for (film,) in self.scene.store.query(waiting).rows}

    def _lies(self) -> set[int]:
        """Films of which the sandbox said on some request that they are gone although they are not."""
        return {entry["number"] for entry in self.app.log.entries() if entry["fault"] == "404"}

    # --- what is looked at after each run -------------------------------------------------------------------------

    def _look_over(self, sent: list[Sent], seconds: float) -> None:
        scene, manners = self.scene, self.scene.manners
        assert scene.wire.open == 0, f"{scene.wire.open} answers were never closed"
        assert scene.wire.most_open <= manners.max_concurrent, f"{scene.wire.most_open} requests at once"
        of_omdb = [request for request in sent if request.what.startswith("/omdb")]
        of_tmdb = [request for request in sent if not request.what.startswith("/omdb")]
        for requests in (of_tmdb, of_omdb):
            _is_polite(requests, manners)
        most = Counter(request.what for request in sent)
        # A list's page is put back three times at most, a film may be missing and then due.
        allowed = 4 * (1 + manners.max_retries)
        for what, times in most.items():
            assert times <= allowed, f"{what} was asked for {times} times in one run"
        self.tally.note("attempts", max(most.values(), default=0))
        longest = len(sent) * (1 / manners.requests_per_second + manners.timeout + 1.1 * _LONGEST_PAUSE) + 1
        assert seconds <= longest, f"a run of {len(sent)} requests took {seconds} s"
        self._keeps_the_quota()

    def _look_into_the_file(self) -> None:
        told = unwhole(lambda sql: self.scene.store.query(sql).rows)
        assert not told, told[0]

    def _keeps_the_quota(self) -> None:
        start = self.scene.now.timestamp() - self.scene.clock.monotonic()
        # A request with a key that is not accepted does not count.
        by_day = Counter(
            int((start + entry["at"]) // DAY)
            for entry in self.app.log.entries()
            if entry["kind"] == "omdb" and entry["fault"] != "401"
        )
        for day, requests in by_day.items():
            assert requests <= self.quota, f"{requests} requests to OMDb on one day, of {self.quota}, day {day}"

    def _count(self) -> None:
        report = self.app.log.report()
        self.tally.counts["requests"] += len(self.scene.wire.sent)
        self.tally.counts["faults"] += sum(report["by_fault"].values())
        self.tally.counts.update({f"fault {kind}": count for kind, count in report["by_fault"].items()})
        self.tally.counts["simulated_hours"] += round(self.scene.clock.monotonic() / 3600)


def _is_polite(sent: list[Sent], manners: Manners) -> None:
    """In any window at most burst + rate * T requests, and a pause that was asked for is kept."""
    tokens, last, quiet_until = manners.burst, 0.0, 0.0
    answered = sorted((r.came_at, r.told_to_wait, r.wait_until) for r in sent if r.status == 429 and r.whole)
    for request in sent:
        tokens = min(manners.burst, tokens + (request.at - last) * manners.requests_per_second) - 1
        last = request.at
        assert tokens >= -_ROUNDING, f"{request.what} was sent {-tokens:.3f} tokens too early, at {request.at}"
        while answered and answered[0][0] < request.at:
            came_at, told, until = answered.pop(0)
            quiet_until = max(quiet_until, until, came_at + max(manners.backoff, min(told, _LONGEST_PAUSE)))
        assert request.at >= quiet_until - _ROUNDING, (
            f"{request.what} was sent at {request.at}, in a pause until {quiet_until}"
        )


def _sky(dice: random.Random) -> str:
    """The faults of one run, as a plan is written."""
    words = [f"seed={dice.randrange(10**6)}", f"seconds={dice.choice((1, 7, 40))}"]
    kind = dice.random()
    if kind < 0.15:
        return words[0]
    if kind < 0.5:
        words.append(f"rate={dice.choice((0.02, 0.1, 0.3))}")
    elif kind < 0.8:
        words += [f"{name}={dice.choice((0.05, 0.2))}" for name in dice.sample(PASSING, 3)]
    else:
        words.append(f"rate={dice.choice((0.0, 0.5))}")
    first = dice.randint(1, 40)
    match dice.randrange(8):
        case 0:
            storm = dice.choice(("429", "429-after", "429-absurd", "503", "reset", "404"))
            words.append(f"{storm}@{first}-{first + dice.randrange(80)}")
        case 1:
            words.append(f"refuse@{first}")
        case 2:
            words.append(f"401@{first}-999999")
        case 3:
            words.append(f"404@{first}")
        case _:
            pass
    return ",".join(words)


@dataclass
class _OnTheWall:
    """A clock for a store that outlives a trial: it shows the time of the trial that goes on."""

    clock: VirtualClock

    def now(self) -> datetime:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@dataclass
class _Reused:
    """A store in memory. Making one costs as much as a run, so it is emptied and used again."""

    store: DuckDBClient
    wall: _OnTheWall
    trials: int = 1


@cache
def _stores() -> list[_Reused]:
    return []


def _empty_store(clock: VirtualClock) -> DuckDBClient:
    stores = _stores()
    if stores and stores[0].trials < _TRIALS_OF_A_STORE:
        reused = stores[0]
        reused.trials += 1
        reused.wall.clock = clock
        tables = reused.store.query(
            "SELECT table_name FROM duckdb_tables() "
            "WHERE NOT temporary AND NOT internal AND table_name <> 'schema_steps'"
        ).rows
        # Their names are out of the database's own catalogue.
        reused.store.query("; ".join(f"DELETE FROM {table}" for (table,) in tables))
        return reused.store
    while stores:
        stores.pop().store.close()
    wall = _OnTheWall(clock)
    store = DuckDBClient(":memory:", clock=wall)
    # Several trials run side by side already.
    store.query("SET threads = 1")
    stores.append(_Reused(store, wall))
    return store


def _told(figures: Figures) -> str:
    kinds = sum(name.startswith("fault ") for name in figures)
    counted = Counter({name: value for name, value in figures.items() if isinstance(value, int)})
    return (
        f"{counted['trials']:,} lives of {counted['runs']:,} runs, each under faults of its own, in "
        f"{counted['simulated_hours'] // 24:,} simulated days: {counted['requests']:,} requests, {counted['faults']:,} "
        f"faults of {kinds} kinds, {counted['stopped']:,} runs stopped and {counted['given_up']:,} given up; "
        f"{counted['films_compared']:,} films compared with the truth, 0 lost, 0 doubled"
    )


SIMULATED_LIFE = Campaign(
    "simulated_life",
    "Whatever the network and the servers do, nothing is lost, nothing doubled, and nobody is asked too much",
    _trial,
    quick=12,
    long=3_000,
    told=_told,
)
