"""Differences that are known, each with its reason. An excuse that excuses nothing any more is a fault, too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Excuse(NamedTuple):
    """Why some differences are right. In both patterns `*` stands for anything."""

    where: str
    """The kind of body, or the endpoint."""
    difference: str
    reason: str

    def covers(self, where: str, difference: str) -> bool:
        """Return whether this difference is meant."""
        return _fits(self.where, where) and _fits(self.difference, difference)


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


class Verdict(NamedTuple):
    """What is left when all excuses were heard."""

    unexplained: list[str]
    explained: int
    unused: list[Excuse]


def judge(differences: Mapping[str, Iterable[str]], excuses: Sequence[Excuse]) -> Verdict:
    """Return which differences nobody excuses, and which excuses nobody needs."""
    used: set[Excuse] = set()
    unexplained = []
    explained = 0
    for where, several in differences.items():
        for difference in sorted(several):
            covering = {excuse for excuse in excuses if excuse.covers(where, difference)}
            used |= covering
            explained += bool(covering)
            if not covering:
                unexplained.append(f"{where}: {difference}")
    return Verdict(unexplained, explained, [excuse for excuse in excuses if excuse not in used])
