"""A campaign tries to break one promise, many times over.

Each attempt is a *trial*, and a trial is decided by its seed alone: the same seed makes the same schedule of faults,
the same crash, the same garbage. A trial returns what it counted, or fails an assertion. A campaign is short in each CI
run and long before a release; the seeds of the short form are the first of the long one.
"""

from __future__ import annotations

import logging
import math
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

Figures = dict[str, Any]

# So many seeds go to a process at a time: enough to pay for the way there, few enough to share them evenly.
_SEEDS_AT_ONCE = 8


# What is so far apart never comes near each other again.
_GOLDEN = (5**0.5 - 1) / 2


class Broken(AssertionError):
    """A trial failed; the message ends with the command that runs it again."""


@dataclass(slots=True)
class Tally:
    """What trials counted.

    Attributes:
        counts: what is added up over trials.
        most: of what the largest counts.
    """

    counts: Counter[str] = field(default_factory=Counter)
    most: dict[str, float] = field(default_factory=dict)

    def note(self, name: str, value: float) -> None:
        """Keep the largest value of a name."""
        self.most[name] = max(value, self.most.get(name, value))

    def add(self, other: Tally) -> None:
        """Take in what other trials counted."""
        self.counts.update(other.counts)
        for name, value in other.most.items():
            self.note(name, value)

    def figures(self) -> Figures:
        """Everything by name, fit for JSON."""
        return {**self.counts, **{f"most_{name}": value for name, value in self.most.items()}}


@contextmanager
def unlogged() -> Iterator[None]:
    """Without logs: nobody reads what thousands of faults have to say."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def spread(seed: int, places: int) -> int:
    """A place for each seed: as many seeds as places take all of them, and the first few lie far apart.

    >>> [spread(seed, 100) for seed in range(5)], len({spread(seed, 100) for seed in range(100)})
    ([0, 63, 26, 89, 52], 100)
    """
    step = max(1, round(places * _GOLDEN))
    while math.gcd(step, places) > 1:
        step += 1
    return seed * step % places


@dataclass(frozen=True, slots=True)
class Campaign:
    """One promise, and what tries to break it.

    Attributes:
        name: a word, for the command line.
        promise: the sentence that would be shown false.
        trial: one attempt: from a seed to what it counted. It raises AssertionError when the promise is broken.
        quick: how many trials each CI run makes, with the seeds 0, 1, 2, …; a function where they have to be counted
            first.
        long: how many are made before a release.
        told: the figures in a sentence.
        parallel: whether several trials may run at once on one machine.
    """

    name: str
    promise: str
    trial: Callable[[int], Tally]
    quick: int | Callable[[], int]
    long: int | Callable[[], int]
    told: Callable[[Figures], str]
    parallel: bool = True

    def seeds(self, *, long: bool) -> range:
        """The seeds of the short or of the long form."""
        many = self.long if long else self.quick
        return range(many if isinstance(many, int) else many())

    def run_trial(self, seed: int) -> Tally:
        """One trial, which counts itself.

        Raises:
            Broken: the promise does not hold.
        """
        # What ayne leaves to chance, like how much longer than said it waits, the seed decides too.
        random.seed(seed)
        try:
            tally = self.trial(seed)
        except Exception as error:
            # Not only a failed assertion: what nobody foresaw breaks the promise too.
            again = f"python -m tests.reliability {self.name} --seed {seed}"
            raise Broken(f"{self.promise}: {type(error).__name__}: {error}\nrun it again: {again}") from error
        tally.counts["trials"] += 1
        return tally

    def run(self, seeds: Iterable[int], *, processes: int | None = None) -> Tally:
        """The trials of these seeds together, in several processes where that is allowed.

        Raises:
            Broken: the promise does not hold; other trials may not have been made.
        """
        total = Tally()
        many = (processes or os.cpu_count() or 1) if self.parallel else 1
        if many == 1:
            for seed in seeds:
                total.add(self.run_trial(seed))
            return total
        with ProcessPoolExecutor(many, mp_context=get_context("spawn")) as pool:
            for tally in pool.map(self.run_trial, seeds, chunksize=_SEEDS_AT_ONCE):
                total.add(tally)
        return total

    def measure(self) -> Figures:
        """The long form, in figures."""
        return self.run(self.seeds(long=True)).figures()
