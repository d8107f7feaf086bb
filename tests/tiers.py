"""Which lines of each module a tier of the tests reaches, and which only the whole does.

``python -m tests.tiers .coverage.default .coverage.whole`` prints what ``nox -s coverage -- whole`` has measured.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import coverage


def reached(data_file: str) -> dict[str, tuple[set[int], set[int]]]:
    """Of each module below ``ayne``: the lines that can be reached, and those that were not."""
    measured = coverage.Coverage(data_file=data_file)
    measured.load()
    found: dict[str, tuple[set[int], set[int]]] = {}
    for path in measured.get_data().measured_files():
        _, statements, _, missing, _ = measured.analysis2(path)
        if statements:
            found[path.rpartition("/ayne/")[2]] = set(statements), set(missing)
    return found


def table(tiers: Sequence[dict[str, tuple[set[int], set[int]]]]) -> Iterator[str]:
    """A line for each module, those that the first tier reaches least before the others, and one for all.

    >>> default, whole = {"a.py": ({1, 2, 3, 4}, {3, 4})}, {"a.py": ({1, 2, 3, 4}, {4})}
    >>> for line in table([default, whole]): print(line)
      50 %    75 %  a.py, only the whole: 3
      50 %    75 %  all
    """
    first, last = tiers[0], tiers[-1]
    for name in sorted(last, key=lambda name: (_share(first, [name]), name)):
        more = sorted(first.get(name, last[name])[1] - last[name][1])
        told = f", only the whole: {_spans(more)}" if more else ""
        yield f"{'  '.join(_percent(tier, [name]) for tier in tiers)}  {name}{told}"
    yield f"{'  '.join(_percent(tier, list(last)) for tier in tiers)}  all"


def _share(tier: dict[str, tuple[set[int], set[int]]], names: list[str]) -> float:
    lines = sum(len(tier[name][0]) for name in names if name in tier)
    return 1 - sum(len(tier[name][1]) for name in names if name in tier) / lines if lines else 0.0


def _percent(tier: dict[str, tuple[set[int], set[int]]], names: list[str]) -> str:
    return f"{100 * _share(tier, names):4.0f} %"


def _spans(lines: list[int]) -> str:
    """Lines in short.

    >>> _spans([3, 4, 5, 9])
    '3-5, 9'
    """
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


if __name__ == "__main__":
    assert Path(sys.argv[1]).exists(), "measure first: nox -s coverage"
    print("\n".join(table([reached(file) for file in sys.argv[1:]])))  # noqa: T201 - that is what it is for
