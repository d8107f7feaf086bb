"""Make pages of a list at different times, so that a walk through them repeats some films and misses others.

At TMDB every page of a query is a cached copy with an age of its own, and while a walk goes on films change places. In
the recorded walk (500 pages of one year, by popularity) 720 of 9,999 rows were repeats. Two things stand out in it:
the upper third of the walk has most of them, and a film that moves does so in proportion to the depth at which it
stands: by some 20 places at rank 300, by 2,000 at rank 9,000.

So a page made now shows, in place of some of its films, films that stand elsewhere in the order. Which ones depends
on the seed, the page's URL and the moment its copy was made, and on nothing else: the same URL gets the same bytes as
long as its copy lives, and no other page has to be known, however many films there are. What would only change places
within one page is left as it is, so a query of one page loses nothing.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

from .answers import Request
from .cdn import LIFETIME, Cdn, canonical
from .chance import Dice

#: The deepest rank that a walk can show.
_WALK = 10_000
#: More than that would be no catalogue any more.
MOST = 0.25
_FINENESS = 1_000_000

#: How often a film moves, by its depth in the walk (thousandths): parts of the recorded walk's repeats.
_RESTLESSNESS = (
    (0, 40),
    (15, 60),
    (30, 240),
    (150, 250),
    (200, 215),
    (250, 165),
    (300, 95),
    (400, 50),
    (550, 36),
    (650, 12),
    (1000, 16),
)
#: How far it moves: quantiles (thousandths) of (place it is seen at) / (its own place), in thousandths above 1.
_MOVES = (
    (0, 2),
    (50, 30),
    (100, 42),
    (200, 73),
    (300, 110),
    (400, 145),
    (500, 184),
    (600, 228),
    (700, 292),
    (800, 383),
    (900, 582),
    (950, 800),
    (1000, 1500),
)
#: By how much of that films move at a depth (thousandths of both): the first ones by less.
_REACH = ((0, 250), (40, 300), (150, 1000), (250, 1100), (1000, 1100))
#: Totals differ from copy to copy by up to this share: four answers of two seconds lay within 87 of 1,140,000.
_FLICKER = 8e-5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The order of a query's films as one page shows it."""

    key: tuple[object, ...]
    """What tells this snapshot from all others."""
    share: float = 0.0
    """How often films move, compared with the table of this module."""

    def rows(self, total: int, rows: slice) -> list[int]:
        """Return which ranks of the order, of `total` films, stand in these rows of a page."""
        here = range(*rows.indices(total))
        if not self.share:
            return list(here)
        dice = Dice("drift", *self.key)
        shown = set(here)
        return [_seen(rank, total, shown, dice, self.share) for rank in here]

    def total(self, total: int, least: int) -> int:
        """Return the total that this page reports: up to `least` films the true one, above that now and then less."""
        if not self.share or total <= least:
            return total
        dice = Dice("flicker", *self.key)
        missing = total * _FLICKER * dice.below(_FINENESS) / _FINENESS + dice.below(_FINENESS) / _FINENESS
        return total - int(missing)


#: A page that shows the order as it is.
STILL = Snapshot(())


class Drift:
    """How pages age.

    Args:
        share: The share of rows of a walk of 500 pages that repeat a film; the recorded walk's is 0.072. 0: none.
        seed: Which films those are.
        lifetime: Seconds after which a page is made anew.

    Raises:
        ValueError: The share is out of range.
    """

    def __init__(self, share: float, seed: int = 1, lifetime: int = LIFETIME) -> None:
        if not 0 <= share <= MOST:
            raise ValueError(f"drift is a share of rows from 0 to {MOST}, not {share}")
        self.factor = _factor(share) if share else 0.0
        self._seed = seed
        self._cdn = Cdn(seed, lifetime)

    def snapshot(self, request: Request, now: float) -> Snapshot:
        """Return the snapshot that this page is at this moment."""
        if not self.factor:
            return STILL
        return Snapshot((self._seed, self._cdn.copy(request, now).made, canonical(request)), self.factor)


def _seen(rank: int, total: int, shown: set[int], dice: Dice, factor: float) -> int:
    """Return which film stands at this rank; `shown` holds the ranks that this page shows already."""
    depth = 1000 * rank // min(total, _WALK)
    if dice.below(_FINENESS) >= 1000 * factor * _between(_RESTLESSNESS, depth):
        return rank
    # A move within the page would not be seen, and the share counts those that are; so there are a few attempts.
    for _ in range(4):
        move = 1 + _between(_MOVES, dice.below(1000)) * _between(_REACH, depth) / 1_000_000
        other = int((rank + 1) * move) if dice.below(2) else int((rank + 1) / move)
        if other - 1 not in shown and 0 < other <= total:
            shown.add(other - 1)
            return other - 1
    return rank


def _between(points: Sequence[tuple[int, int]], at: float) -> float:
    """Return the value at a place on the straight lines through the points.

    >>> _between(((0, 10), (100, 30)), 50)
    20.0
    """
    after = min(max(1, bisect_left(points, (at, -1))), len(points) - 1)
    (start, low), (end, high) = points[after - 1], points[after]
    return low + (high - low) * (min(at, end) - start) / (end - start)


def _factor(share: float) -> float:
    """Return how often films must move for this share of a walk's rows to be repeats.

    A film is missed when it is away from its own page and on nobody else's, which happens by chance: q * exp(-q).
    """
    low, high = 0.0, 8.0
    depths = [_between(_RESTLESSNESS, depth) / 1000 for depth in range(1000)]

    def missed(factor: float) -> Iterator[float]:
        return ((often := min(1.0, factor * depth)) * exp(-often) for depth in depths)

    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(missed(middle)) < 1000 * share else (low, middle)
    return round(low, 6)
