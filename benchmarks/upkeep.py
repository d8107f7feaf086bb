"""Freshness: how many stored films are as TMDB has them, day by day, for a fixed number of requests a day.

    python -m benchmarks.upkeep --films 5000 --days 30 --budget 70 --pace tmdb    one trial, by itself
    python -m benchmarks.figures upkeep                                           a tenth of the films, and what is kept
    python -m benchmarks.figures upkeep_whole                                     all of them

It is judged by values. Two worlds: in the *old* one two per cent of the films get votes each day whatever they have; in
the other one votes come as at TMDB. In both half a per cent of the films is edited each day, and the change feed is as
long as TMDB's.

A trial of all films takes a quarter of an hour of a core, that of a tenth three minutes. With a folder in
``AYNE_UPKEEP``, those that were made are kept there and not made again.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import click
import duckdb

from ayne.data_collection.numbers import freshness, surprises
from ayne.sandbox.pace import Pace
from benchmarks import pictures
from benchmarks.living import DAY, START, FeedOnly, InTurn, Living, Noon, Right, Syncs
from benchmarks.processes import Figures

FILMS, DAYS, BUDGET = 50_000, 120, 700
BUDGETS = (300, 1500, 3000)
PACES = {"old": "votes for 2 % of films a day", "tmdb": "votes as at TMDB"}
_FEED = 9_200
_PART = 10
_EVERY = 10
_SHOWN = ("1", "30", "60", "90", "120")


@dataclass(frozen=True, slots=True)
class Trial:
    """A file that is kept for some days.

    Attributes:
        films: how many films the world begins with, adult ones and videos included.
        days: for how long.
        budget: requests a day, None for as many as the target needs.
        pace: ``old`` or ``tmdb``.
        target: the share of films whose votes are to be close.
        min_votes: the fewest votes of the films that are kept.
        feed: how many films the feed of a day names beside those that are kept, if there were 50,000 of these.
        is_before: spend as syncs did before lists renewed numbers.
        aged: over how many days the age of details is spread at the start, as years of syncs leave them.
        rivals: have simple policies beside it.
    """

    films: int = FILMS
    days: int = DAYS
    budget: int | None = BUDGET
    pace: str = "tmdb"
    target: float | None = None
    min_votes: int = 0
    feed: int = _FEED
    is_before: bool = False
    aged: int = 0
    rivals: bool = True

    @property
    def name(self) -> str:
        """What tells it from others."""
        asked = (self.films, self.days, self.budget, self.target, self.min_votes, self.feed, self.aged)
        return "-".join([self.pace, *map(str, asked), *(["before"] if self.is_before else [])])

    def world(self) -> Living:
        """The world it happens in; a part of all films has a part of the feed."""
        elsewhere = round(self.feed * self.films / FILMS)
        voted = 1.0 if self.pace == "tmdb" else 0.0
        return Living(self.films, Pace(edited=0.005, moved=0.02, voted=voted, elsewhere=elsewhere))

    def run(self, start: Path) -> Figures:
        """Keep a copy of a file for some days; what became of it, and of the simple policies' copies beside it."""
        began = time.perf_counter()
        living, clock = self.world(), Noon(START - DAY)
        with TemporaryDirectory(prefix="ayne-upkeep-") as folder:
            if self.aged:
                start = Path(shutil.copy(start, folder))
                _age(start, self.aged)
            syncs = Syncs(living, ":memory:", clock, self.budget, self.target, self.min_votes, self.is_before, start)
        held = syncs.copies()
        others: dict[str, InTurn | FeedOnly] = {}
        if self.rivals and self.budget:
            others = {"in turn": InTurn(dict(held), self.budget), "feed only": FeedOnly(dict(held), self.budget)}
        by_day: dict[str, dict[str, Any]] = {}
        spent: list[int] = []
        oldest = 0.0
        for day in range(1, self.days + 1):
            clock.day += DAY
            living.reach(clock.now().timestamp())
            for each in others.values():
                each.spend(living)
            spent.append(asyncio.run(syncs.sync()))
            syncs.notice()
            oldest = max(oldest, syncs.oldest_copy())
            if day in (1, 5) or day % _EVERY == 0 or day == self.days:
                seen = by_day[str(day)] = _seen(living, syncs)
                seen |= {name: _shares(living.judge(each.copies)) for name, each in others.items()}
                click.echo(f"{self.name}, day {day}, {spent[-1]} requests: {seen}", err=True)
        now = clock.now().timestamp()
        return {
            "films": len(held),
            "days": self.days,
            "budget": self.budget,
            "requests_a_day": {
                "mean": round(mean(spent)),
                "mean_of_last_30": round(mean(spent[-30:])),
                "most": max(spent),
            },
            "by_day": by_day,
            "oldest_copy": round(oldest, 1),
            "new": living.added.figures(now),
            "gone": living.deleted.figures(now),
            "merged": living.merged.figures(now),
            "seconds": round(time.perf_counter() - began),
        }


def filled(folder: Path, films: int, min_votes: int = 0) -> Path:
    """A file of all films as they are on the day before anything happens."""
    path = folder / f"{films}-{min_votes}.duckdb"
    if not path.exists():
        half = path.with_suffix(".half")
        syncs = Syncs(Living(films, Pace()), str(half), Noon(START - DAY), None, min_votes=min_votes)
        asyncio.run(syncs.collect())
        syncs.db.close()
        half.rename(path)
    return path


def made(trials: Iterable[Trial]) -> list[Figures]:
    """What became of trials; of those that are kept in the folder ``AYNE_UPKEEP``, what became of them then."""
    with TemporaryDirectory(prefix="ayne-upkeep-") as fresh:
        folder = Path(os.environ.get("AYNE_UPKEEP") or fresh)
        folder.mkdir(exist_ok=True)
        return [_made(trial, folder) for trial in trials]


def _made(trial: Trial, folder: Path) -> Figures:
    path = folder / f"{trial.name}.json"
    if not path.exists():
        figures = trial.run(filled(folder, trial.films, trial.min_votes))
        path.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    found: Figures = json.loads(path.read_text(encoding="utf-8"))
    return found


def upkeep() -> Figures:
    """A tenth of the films, for a tenth of 700 requests a day, at both paces, beside two simple policies."""
    films, budget = FILMS // _PART, BUDGET // _PART
    found = dict(zip(PACES, made(Trial(films, 60, budget, pace) for pace in PACES), strict=True))
    if find_spec("matplotlib"):
        _plot(found)
    return {pace: _shown(figures) for pace, figures in found.items()}


def upkeep_budgets() -> Figures:
    """A tenth of the films for a tenth of other budgets, and for 700 spent as syncs did before, at TMDB's pace."""
    films = FILMS // _PART
    trials = {str(budget): Trial(films, 40, budget // _PART) for budget in BUDGETS}
    trials["before"] = Trial(films, 40, BUDGET // _PART, is_before=True)
    return {name: _shown(figures) for name, figures in zip(trials, made(trials.values()), strict=True)}


def upkeep_least() -> Figures:
    """As many requests as keep 99 % of films within 1 vote or 1 percent, at TMDB's pace of votes."""
    trials = {
        "a tenth of all films": Trial(FILMS // _PART, 30, None, target=0.99, rivals=False),
        "200 votes and more": Trial(FILMS, 30, None, target=0.99, min_votes=200, rivals=False),
    }
    return {name: _shown(figures) for name, figures in zip(trials, made(trials.values()), strict=True)}


def upkeep_whole() -> Figures:
    """All films with 700 requests a day, at TMDB's pace."""
    return {"tmdb": _shown(*made([Trial(pace="tmdb")]))}


def _shown(figures: Figures) -> Figures:
    days = {day: seen for day, seen in figures["by_day"].items() if day in (*_SHOWN, str(figures["days"]))}
    return {**figures, "by_day": days}


def _seen(living: Living, syncs: Syncs) -> dict[str, Any]:
    today = syncs.clock.now().astimezone(UTC).date()
    believed = freshness(syncs.db.number_copies(), today, surprises(syncs.db.number_looks(today), today))
    report = syncs.report
    return {
        "sync": _shares(living.judge(syncs.copies())),
        "expected_equal": round(believed.expected.equal_share, 4),
        "expected_close": round(believed.expected.close_share, 4),
        "median_age": believed.median_age,
        "oldest_numbers": believed.oldest_age,
        "lists": report.numbers.pages if report and report.numbers else 0,
    }


def _shares(right: Right) -> dict[str, float]:
    return {name: round(share, 4) for name, share in right._asdict().items()}


def _age(path: Path, days: int) -> None:
    """Spread the age of details over the days before; numbers stay of the start, for nothing moved before it."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "UPDATE movies SET summary_at = details_at,"
            " details_at = details_at - to_days(CAST(tmdb_id % ? AS INTEGER))",
            [days],
        )


def _plot(found: dict[str, Figures]) -> None:
    figure, axes = pictures.style().subplots(1, 2, figsize=(10, 4), sharey=True)
    for axis, (pace, figures) in zip(axes, found.items(), strict=True):
        days = [int(day) for day in figures["by_day"]]
        for name in ("sync", "in turn", "feed only"):
            axis.plot(days, [100 * seen[name]["close"] for seen in figures["by_day"].values()], label=name)
        axis.set(title=PACES[pace], xlabel="day")
    axes[0].set_ylabel("% edits current, votes within 1 or 1 %")
    axes[0].legend()
    pictures.save(figure, "freshness")


@click.command()
@click.option("--films", default=FILMS, show_default=True)
@click.option("--days", default=DAYS, show_default=True)
@click.option("--budget", type=int, help="Requests a day; without it, as many as the target needs.")
@click.option("--target", type=float, help="The share of films, up to 1, whose votes are to be close.")
@click.option("--min-votes", default=0, show_default=True)
@click.option("--pace", type=click.Choice(list(PACES)), default="tmdb", show_default=True)
@click.option("--feed", default=_FEED, show_default=True, help="Films that the feed names beside those there are.")
@click.option("--before", "is_before", is_flag=True, help="Spend as syncs did before lists renewed numbers.")
@click.option("--aged", default=0, help="Spread the age of details over so many days at the start.")
@click.option("--rivals/--no-rivals", default=True, show_default=True)
def main(**asked: Any) -> None:
    """Make one trial, and print what became of it."""
    (figures,) = made([Trial(**asked)])
    click.echo(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
