"""The recorded defects of TMDB's series, for a share of the sandbox's series.

Two seasons of one number, dates that are null or "", episodes without an id, counts that lag behind the seasons, and
numbers that are texts, as they were in 2013.
"""

from ayne.sandbox.chance import Dice

REPEATED, UNDATED, UNNUMBERED, WRONG_COUNTS, TEXTS = "repeated", "undated", "unnumbered", "wrong counts", "texts"
_ALL = (REPEATED, UNDATED, UNNUMBERED, WRONG_COUNTS, TEXTS)
_FINENESS = 1_000_000


def oddities(seed: int, series: int, share: float) -> frozenset[str]:
    """Return what is odd about a series; nothing about most.

    Args:
        seed: Which series are odd.
        series: The id.
        share: How many are, from 0 to 1.
    """
    if not share:
        return frozenset()
    dice = Dice(seed, series, "odd")
    if dice.below(_FINENESS) >= share * _FINENESS:
        return frozenset()
    return frozenset(dice.some(_ALL, dice.between(1, 2)))
