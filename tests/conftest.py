"""Fixtures that all tests share."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from ayne.sandbox.catalogue import Catalogue
from tests import redis_server
from tests.redis_server import RedisServer

# A shell lets what it starts in the background ignore Ctrl-C, and all that starts in there would.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# And `nohup` lets it ignore the end of its terminal.
if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Far from UTC, so that it is seen when something goes by the machine's day and not by TMDB's.
os.environ["TZ"] = "Pacific/Chatham"
if sys.platform != "win32":
    time.tzset()

# A few examples with every run, the same for everybody: what fails on one machine fails on all. Hundreds of new ones
# with `--hypothesis-profile=long`. A busy machine is no broken promise: nothing here is judged by how long it took.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few", _PATIENT, max_examples=20, derandomize=True)
settings.register_profile("long", _PATIENT, max_examples=500)
# Whether a test fails is known before the smallest example is: who plants bugs stops there.
settings.register_profile("first", _PATIENT, max_examples=100, phases=set(Phase) - {Phase.shrink, Phase.explain})
settings.load_profile("few")

RECORDINGS = Path(os.environ.get("AYNE_RECORDINGS") or Path(__file__).parents[2] / "shared" / "recordings")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded bodies and tables. It is no part of the repository: absent, its tests are skipped."""
    if not RECORDINGS.is_dir():
        message = f"no recordings at {RECORDINGS}; AYNE_RECORDINGS names another folder"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return RECORDINGS


@pytest.fixture(scope="session")
def films() -> Catalogue:
    """Two thousand films of the sandbox; a hundred of them are of 2020 and 2021."""
    return Catalogue.generated(2000, seed=1)


@pytest.fixture
def empty_file(tmp_path: Path) -> Path:
    """A file of ayne's without films, a copy of one that is made once."""
    from tests.made_once import empty  # noqa: PLC0415 - not every run needs DuckDB

    return Path(shutil.copy(empty(), tmp_path / "films.duckdb"))


@pytest.fixture(scope="session")
def redis_program() -> str:
    """Where a Redis or Valkey server is. Absent, its tests are skipped; one that AYNE_REDIS_SERVER names must start."""
    found = redis_server.program()
    if found is None:
        pytest.skip("there is no Redis; on Debian: apt-get install redis-server, elsewhere AYNE_REDIS_SERVER names one")
    return found


@pytest.fixture(scope="session")
def redis(redis_program: str) -> Iterator[RedisServer]:
    """A running Redis server that tests share; each has buckets of its own there."""
    with redis_server.redis_server(redis_program) as server:
        yield server
