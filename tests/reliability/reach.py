"""Which tests of the default tier reach a line, and what each of them takes.

Who wants to know whether the tests notice a change need only run those that reach it, the quickest first. As a plugin
of pytest (``-p tests.reliability.reach``) this writes down what each test reaches; :class:`Reach` reads it.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import coverage
import pytest

# Where the plugin writes; without it, importing this module measures nothing.
FOLDER = "AYNE_REACH"
PLUGIN = __name__
_LINES, _TESTS = "lines.coverage", "tests.json"


class Reach:
    """What the tests of a run reached.

    Attributes:
        seconds: what each test took, by its name in pytest without parameters.
        apart: the tests that start processes: what those reach is not known.
    """

    def __init__(self, folder: Path) -> None:
        self._data = coverage.CoverageData(str(folder / _LINES))
        self._data.read()
        told = json.loads((folder / _TESTS).read_text(encoding="utf-8"))
        self.seconds: dict[str, float] = told["seconds"]
        self.apart = frozenset(told["apart"])

    def tests(self, file: str, lines: Iterable[int]) -> list[str]:
        """The tests that a change of these lines can fail, in the order in which they are best run.

        Lines that only an import reaches, and a file that is no Python, can fail every test that reaches the file, or
        the folder. Tests that start processes come last.
        """
        found = set().union(*(self._of(file, line) for line in lines))
        if not found:
            found = set().union(*self._by_line(file).values())
        if not found:
            folder = file.rpartition("/")[0].removesuffix("/sql") + "/"
            there = (name for name in self._data.measured_files() if name.startswith(folder))
            found = set().union(*(names for name in there for names in self._by_line(name).values()))
        return [*self._ordered(found - self.apart), *self._ordered(self.apart)]

    def _of(self, file: str, line: int) -> set[str]:
        return self._by_line(file).get(line, set())

    def _by_line(self, file: str) -> dict[int, set[str]]:
        by_line = self._data.contexts_by_lineno(file)
        return {line: {test for test in tests if test} for line, tests in by_line.items()}

    def _ordered(self, tests: Iterable[str]) -> list[str]:
        """The quickest files first and in each the quickest test, so that what a file's tests share is made once."""
        files: dict[str, list[str]] = defaultdict(list)
        for test in tests:
            files[test.partition("::")[0]].append(test)
        together = {file: sum(map(self.seconds.__getitem__, names)) for file, names in files.items()}
        ordered = sorted(files, key=together.__getitem__)
        return [test for file in ordered for test in sorted(files[file], key=self.seconds.__getitem__)]


class _Watch:
    """Measures a run: of each test the lines, the seconds, and whether it starts a process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._coverage = coverage.Coverage(str(folder / _LINES), source=["src/ayne"], config_file=False)
        self._coverage.set_option("run:relative_files", True)
        self._coverage.start()
        self._running = ""
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._apart: set[str] = set()
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[object, ...]) -> None:
        # A child that is forked by a server is asked for at a socket that has a path.
        if event == "subprocess.Popen" or (event == "socket.connect" and isinstance(arguments[1], str | bytes)):
            self._apart.add(self._running)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._running = item.nodeid.partition("[")[0]
        self._coverage.switch_context(self._running)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid.partition("[")[0]] += report.duration

    def pytest_unconfigure(self) -> None:
        self._coverage.stop()
        self._coverage.save()
        told = {"seconds": self._seconds, "apart": sorted(self._apart & self._seconds.keys())}
        (self._folder / _TESTS).write_text(json.dumps(told), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to measure, where it was said where to write."""
    if folder := os.environ.get(FOLDER):
        config.pluginmanager.register(_Watch(Path(folder)))
