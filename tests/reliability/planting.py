"""Do the tests notice? Each planted bug goes into a copy of everything, and the tests are run on it.

The tests of the file it is planted in come first; what they miss is for all others to catch.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests.conftest import RECORDINGS
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.planted_bugs import BUGS, Bug
from tests.reliability.reach import FOLDER, PLUGIN, Reach

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ayne"

# Who should notice first, by the beginning of a file's path; the longest counts.
FIRST = {
    "net/rate_limit": ("unit/test_rate_limit.py", "unit/test_session.py"),
    "net/retry": ("unit/test_retry.py", "unit/test_session.py"),
    "net/session": ("unit/test_session.py", "client/test_details.py"),
    "net/fan_out": ("client/test_details.py", "integration/test_sync.py"),
    "net/bodies": ("unit/test_bodies.py", "unit/test_session.py"),
    "net/wire": ("client/test_wire.py", "unit/test_session.py"),
    "data_collection/tmdb/ranges": ("unit/test_ranges.py", "unit/test_planner.py", "client/test_discovery.py"),
    "data_collection/tmdb/planner": ("unit/test_planner.py", "unit/test_ranges.py", "client/test_discovery.py"),
    "data_collection/tmdb/splitting": ("unit/test_planner.py", "unit/test_ranges.py", "client/test_discovery.py"),
    "data_collection/tmdb/open_ranges": ("unit/test_planner.py", "client/test_discovery.py"),
    "data_collection/tmdb/chains": ("unit/test_chains.py", "unit/test_planner.py"),
    "data_collection/tmdb/session": ("client/test_details.py",),
    "data_collection/tmdb/protocol": ("unit/test_protocol.py", "client/test_details.py"),
    "data_collection/tmdb/changes": ("unit/test_changes.py", "integration/test_change_feed.py"),
    "data_collection/change_feed": (
        "unit/test_change_feed.py",
        "integration/test_change_feed.py",
        "store/test_changed_films.py",
    ),
    "data_collection/refresh": ("unit/test_refresh.py", "integration/test_orchestrator.py"),
    "data_collection/retention": ("store/test_purge.py", "integration/test_sync.py"),
    "data_collection/omdb": ("unit/test_omdb_quota.py", "integration/test_ratings.py"),
    "data_collection/budget": ("unit/test_budget.py", "integration/test_sync.py"),
    "data_collection/sync": ("integration/test_sync.py",),
    "data_collection/answers": ("unit/test_protocol.py", "unit/test_omdb_records.py"),
    "data_collection/writer": ("unit/test_writer.py", "integration/test_orchestrator.py"),
    "data_collection": ("integration/test_orchestrator.py", "client/test_details.py"),
    "database/ratings": ("store/test_ratings_store.py", "integration/test_ratings.py"),
    "database/changes": ("store/test_changed_films.py", "integration/test_change_feed.py"),
    "database/sql/changes": ("store/test_changed_films.py", "integration/test_change_feed.py"),
    "database": ("store/test_store.py", "store/test_history.py", "integration/test_change_feed.py"),
    "": ("unit",),
}

# Then all others that depend on nothing but the code: not on how busy the machine is, as those of clusters do. Who sees
# that a bug's place has changed would see every bug.
THEN = (
    *("tests/unit", "tests/store", "tests/client", "tests/commands", "tests/integration", "tests/reliability"),
    "src/ayne/data_collection",
    "--ignore=tests/reliability/test_planting.py",
)

# The folders of the default tier, which pytest takes when it is told none.
DEFAULT = ("src/", "tests/unit", "tests/store", "tests/client", "tests/commands")

# A bug may make the tests hang; that is noticed too, but told apart: a busy machine could be the reason. All tests take
# some fifteen minutes of one core.
_MOST_SECONDS_FIRST = 900
_MOST_SECONDS_THEN = 3600

Outcome = Literal["passed", "failed", "hung"]


def _plant(bug: Bug, root: Path) -> None:
    file = root / "src" / "ayne" / bug.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(bug.right, bug.wrong), encoding="utf-8")


def _copy(root: Path) -> None:
    skipped = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("src", "tests", "benchmarks", "docs", "examples"):
        shutil.copytree(ROOT / name, root / name, ignore=skipped)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, root)


def _outcome(root: Path, *arguments: str, seconds: float, profile: str = "first", reach: str = "") -> Outcome:
    """What comes of these tests on a copy; without any, of the default tier."""
    # What the copy holds goes before what is installed, for the processes of tests too.
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "AYNE_RECORDINGS": str(RECORDINGS), FOLDER: reach}
    options = ("-q", "-x", "-p", "no:cacheprovider", f"--hypothesis-profile={profile}")
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return "hung"
    if done.returncode not in {0, 1, 2}:
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return "failed" if done.returncode else "passed"


def first_tests(bug: Bug) -> tuple[str, ...]:
    """The tests that should notice a bug, as paths: the examples of the file itself, and its tests."""
    nearest = max((start for start in FIRST if bug.file.startswith(start)), key=len)
    examples = [f"src/ayne/{bug.file}"] if bug.file.endswith(".py") else []
    return (*examples, *(f"tests/{name}" for name in FIRST[nearest]))


def _trial(number: int) -> Tally:
    bug = BUGS[number]
    tally = Tally()
    with _planted(number) as root:
        if number == 0:
            # Tests that fail on any copy would notice every bug.
            outcome = _outcome(root, *THEN, seconds=_MOST_SECONDS_THEN)
            assert outcome == "passed", f"the tests {outcome} although nothing is wrong"
            return tally
        outcome = _outcome(root, *first_tests(bug), seconds=_MOST_SECONDS_FIRST)
        tally.counts["caught_by_the_first"] += outcome != "passed"
        if outcome == "passed":
            outcome = _outcome(root, *THEN, seconds=_MOST_SECONDS_THEN)
    return _counted(tally, number, outcome)


def _trial_by_default(number: int) -> Tally:
    """The same with the default tier alone; of its other tests only those run that reach the bug's place."""
    tally = Tally()
    with _planted(number) as root:
        if number == 0:
            # That nothing fails where nothing is wrong is seen when the map is made.
            _map_of_reach()
            return tally
        first = [test for test in first_tests(BUGS[number]) if test.startswith(DEFAULT)]
        outcome = _outcome(root, *first, seconds=_MOST_SECONDS_FIRST, profile="few") if first else "passed"
        tally.counts["caught_by_the_first"] += outcome != "passed"
        if outcome != "passed":
            return _counted(tally, number, outcome)
        reach, tests = Reach(_map_of_reach()), root / "tests.txt"
        tests.write_text(
            "\n".join(reach.tests(f"src/ayne/{BUGS[number].file}", place_of(BUGS[number]))), encoding="utf-8"
        )
        return _counted(tally, number, _outcome(root, f"@{tests}", seconds=_MOST_SECONDS_THEN, profile="few"))


def place_of(bug: Bug) -> range:
    """The lines that a bug changes."""
    before = (SOURCE / bug.file).read_text(encoding="utf-8").partition(bug.right)[0]
    first = before.count("\n") + 1
    return range(first, first + bug.right.rstrip("\n").count("\n") + 1)


def _map_of_reach() -> Path:
    """A folder with what each test of the default tier reaches, made once for this state of code and tests."""
    state = hashlib.sha256()
    for file in sorted((*SOURCE.rglob("*.*"), *(ROOT / "tests").rglob("*.py"))):
        if "__pycache__" not in file.parts:
            state.update(file.read_bytes())
    folder = Path(tempfile.gettempdir()) / f"ayne-reach-{state.hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        # Trials run beside each other; one makes the map.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            with _planted(0) as root:
                outcome = _outcome(root, "-p", PLUGIN, seconds=_MOST_SECONDS_THEN, profile="few", reach=str(folder))
            assert outcome == "passed", f"the tests {outcome} although nothing is wrong"
            (folder / "done").touch()
    return folder


@contextmanager
def _planted(number: int) -> Iterator[Path]:
    """A copy of everything, with a bug in it."""
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        root = Path(folder) / "ayne"
        root.mkdir()
        _copy(root)
        _plant(BUGS[number], root)
        yield root


def _counted(tally: Tally, number: int, outcome: Outcome) -> Tally:
    bug = BUGS[number]
    # All of them take an hour.
    sys.stderr.write(f"{number} {outcome}: {bug.story}\n")
    tally.counts["planted"] += 1
    tally.counts["caught"] += outcome != "passed"
    tally.counts["hung"] += outcome == "hung"
    if outcome == "passed":
        tally.counts[f"missed: {bug.story}"] += 1
    return tally


def _told(figures: Figures) -> str:
    missed = [name.removeprefix("missed: ") for name in figures if name.startswith("missed: ")]
    told = (
        f"{figures['caught']} of {figures['planted']} bugs planted by hand are caught, "
        f"{figures['caught_by_the_first']} by the tests of the file alone, "
        f"{figures['hung']} because the tests never end"
    )
    return f"{told}; missed: {'; '.join(missed)}" if missed else told


def _told_by_default(figures: Figures) -> str:
    missed = [name.removeprefix("missed: ") for name in figures if name.startswith("missed: ")]
    told = f"the default tier alone catches {figures['caught']} of {figures['planted']} bugs planted by hand"
    return f"{told}; missed: {'; '.join(missed)}" if missed else told


PLANTED_BUGS = Campaign(
    "planted_bugs", "The tests notice when something is wrong", _trial, quick=0, long=len(BUGS), told=_told
)

PLANTED_BUGS_BY_DEFAULT = Campaign(
    "planted_bugs_by_default",
    "The default tier notices when something is wrong",
    _trial_by_default,
    quick=0,
    long=len(BUGS),
    told=_told_by_default,
)
