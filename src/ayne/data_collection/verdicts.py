"""Decide whether a source is believed when it says that films are gone or merged.

A film that is gone or merged leaves the view ``films``, so a wrong claim costs a film. Sources do make wrong claims,
and then about many films at once: during an outage of its film table, TMDB answers each film with its own 404; a
confused cache or connection answers each film with another one. True claims come now and then, among many films that
are answered normally. So the results around a claim decide:

* A claim among films that were fetched is believed at once.
* Any other is kept as *unconfirmed*: the film stays, and is asked for again some hours later. A second claim is
  believed, unless it concerns many films and few others were fetched since.
"""

# Pure: values in, values out.
from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Generic, Literal, TypeVar

from ayne.data_collection.tmdb.models import FetchFailure

Word = TypeVar("Word")

# How the reasons of failures begin that are words not believed yet.
UNCONFIRMED = "unconfirmed_"

# How many films on either side of a word are looked at.
AROUND = 50

# So many films must have been had for each word. TMDB removes some dozen films a day of a million, and of the thousands
# that its change feed names on a day about one in a hundred.
HAD_FOR_EACH = 10

# Chance does not put more of them in a row.
MOST_IN_A_ROW = 5

# A word about a film that the view does not hold removes nothing, so there may be so many for each film that was had:
# of the films that the change feed names and nobody stored, about half are new and half were removed.
MOST_NOT_HELD = 3

# When a second look is worth the request: TMDB's caches keep a 404 for up to eight hours.
AGAIN_AFTER = timedelta(hours=8)

# When many films are said to be away, longer than any outage lasted so far.
MANY_AFTER = timedelta(days=3)

# So few may be confirmed by time alone: there is a store of three films, too.
FEW = 3

# What became of a film that was asked for. A merged film is gone in this sense, too: it leaves the view.
FilmOutcome = Literal["had", "gone", "gone, and not held"]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """An earlier claim about a film that was not believed, as the store keeps it.

    Attributes:
        said_at: when it was first made.
        unconfirmed: how many stored films have such a claim waiting.
        had_since: how many films were fetched since then.
    """

    said_at: datetime
    unconfirmed: int
    had_since: int

    def beside(self, others: int) -> Suspicion:
        """Return the same, with other films that were claimed to be gone or merged since."""
        return replace(self, unconfirmed=self.unconfirmed + others)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a store knows of films that are asked for.

    Attributes:
        held: those that the view ``films`` holds.
        suspicions: those of which a word waits to be confirmed.
    """

    held: Set[int | str]
    suspicions: Mapping[int | str, Suspicion]


def is_confirmed(earlier: Suspicion, now: datetime) -> bool:
    """Return whether a repeated claim is believed: after some hours if it concerns few films, else after days.

    >>> from datetime import UTC
    >>> said_at, later = datetime(2026, 6, 1, 3, tzinfo=UTC), datetime(2026, 6, 1, 12, tzinfo=UTC)
    >>> is_confirmed(Suspicion(said_at, unconfirmed=3, had_since=0), later)
    True
    >>> is_confirmed(Suspicion(said_at, unconfirmed=200, had_since=0), later)
    False
    """
    since = now - earlier.said_at
    if earlier.unconfirmed <= max(FEW, earlier.had_since // HAD_FOR_EACH):
        return since >= AGAIN_AFTER
    return since >= MANY_AFTER and earlier.had_since >= earlier.unconfirmed


def unconfirmed(failure: FetchFailure) -> FetchFailure:
    """Return the claim as a failure: the film stays, and will be asked for again."""
    return replace(
        failure,
        reason=f"{UNCONFIRMED}{'gone' if failure.gone else 'merged'}",
        message=f"not believed yet: {failure.message}",
        gone=False,
        merged_into=None,
    )


def is_credible(before: Sequence[FilmOutcome], outcome: FilmOutcome, after: Sequence[FilmOutcome]) -> bool:
    """Return whether a claim is believed at once, by the results of the films before and after it.

    Args:
        before: what became of the films before it, the latest last.
        outcome: the claim itself.
        after: what became of the films after it.

    Example:
        >>> is_credible(["had"] * 20, "gone", ["had"] * 20), is_credible(["had"] * 50, "gone", ["gone"] * 50)
        (True, False)
    """
    around = [*before, *after]
    had, same = around.count("had"), 1 + around.count(outcome)
    if outcome == "gone, and not held":
        return had > 0 and same <= MOST_NOT_HELD * had
    in_a_row = 1 + _row(reversed(before), outcome) + _row(after, outcome)
    return same <= ceil(had / HAD_FOR_EACH) and in_a_row <= MOST_IN_A_ROW


def _row(outcomes: Iterable[FilmOutcome], outcome: FilmOutcome) -> int:
    """Count the films in a row with the same result, up to the first that was fetched."""
    found = 0
    for each in outcomes:
        if each == "had":
            break
        found += each == outcome
    return found


class Docket(Generic[Word]):
    """Claims that wait for the results of the films after them.

    Each call returns the claims that need not wait any more, and whether each is credible.

    Example:
        >>> docket = Docket[str]()
        >>> for _ in range(30):
        ...     decided = docket.had()
        >>> docket.said("film 7 is gone", "gone")
        []
        >>> docket.close()
        [('film 7 is gone', True)]
    """

    def __init__(self) -> None:
        self._outcomes: deque[FilmOutcome] = deque(maxlen=2 * AROUND + 1)
        self._open: deque[tuple[int, Word]] = deque()
        self._count = 0

    def had(self) -> list[tuple[Word, bool]]:
        """Note that a film was fetched."""
        return self._note("had")

    def said(self, word: Word, outcome: FilmOutcome) -> list[tuple[Word, bool]]:
        """Note a claim that a film is gone or merged."""
        self._open.append((self._count, word))
        return self._note(outcome)

    def close(self) -> list[tuple[Word, bool]]:
        """End the docket: nothing more comes after the claims that wait."""
        return self._decided(0)

    def _note(self, outcome: FilmOutcome) -> list[tuple[Word, bool]]:
        self._outcomes.append(outcome)
        self._count += 1
        return self._decided(AROUND)

    def _decided(self, after: int) -> list[tuple[Word, bool]]:
        """Return the claims that enough films have followed."""
        decided = []
        while self._open and self._count - self._open[0][0] > after:
            number, word = self._open.popleft()
            outcomes = list(self._outcomes)
            at = number - self._count + len(outcomes)
            credible = is_credible(outcomes[max(0, at - AROUND) : at], outcomes[at], outcomes[at + 1 : at + 1 + AROUND])
            decided.append((word, credible))
        return decided
