"""A fixture for pytest: a TMDB and an OMDb of your own for one test.

The plugin is there as soon as ayne is installed beside pytest (``pip install "ayne[pytest]"``)::

    def test_my_program(tmdb_sandbox):
        my_program.main(tmdb_url=tmdb_sandbox.url, key="any")
        assert tmdb_sandbox.requests()["by_kind"] == {"details": 3}

    @pytest.mark.tmdb_sandbox(movies=500, seed=7, faults="429@1-3,reset@5", drift=0.072)
    def test_my_program_when_things_go_wrong(tmdb_sandbox): ...

The marker takes what makes films (``movies``, ``seed``, ``busiest_day``, ``undated``) and series (``series``,
``odd_series``), and what `SandboxApp` takes (``rate``, ``faults``, ``drift``, ``cached``, ``omdb_quota``, ``api_keys``
and so on); a plan of faults is written as for ``ayne sandbox --faults``. Unmarked, a test gets 100 films and as many
series. The films of the same numbers are made once, series when a test asks for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .app import SandboxApp
    from .catalogue import Catalogue
    from .server import RunningSandbox
    from .transport import SandboxTransport

_MARKER = "tmdb_sandbox"
_OF_FILMS = ("movies", "seed", "busiest_day", "undated")
#: By the marker's name: what `Television.generated` calls it.
_OF_SERIES = {"series": "series", "odd_series": "odd"}
_MOVIES = _SERIES = 100


class TmdbSandbox:
    """A sandbox that belongs to one test. It listens to a port only if the test asks for an address."""

    def __init__(self, app: SandboxApp, open_until_the_end: ExitStack) -> None:
        self.app = app
        """The application: its films, its log, and `answer` for a request as a value."""
        self._open = open_until_the_end

    @property
    def url(self) -> str:
        """TMDB's base URL, such as http://127.0.0.1:43210/3; served from a thread on a free port of this machine."""
        return self._served.url

    @property
    def omdb_url(self) -> str:
        """OMDb's base URL, such as http://127.0.0.1:43210/omdb/."""
        return self._served.omdb_url

    @property
    def exports_url(self) -> str:
        """The folder of the daily id exports, such as http://127.0.0.1:43210/p/exports/."""
        return self._served.exports_url

    @property
    def imdb_url(self) -> str:
        """The folder of IMDb's files of ratings and episodes, such as http://127.0.0.1:43210/imdb/."""
        return self._served.imdb_url

    @cached_property
    def transport(self) -> SandboxTransport:
        """A transport for `httpx.AsyncClient`: the same answers without a socket, whatever the host asked for."""
        from .transport import SandboxTransport  # noqa: PLC0415

        return SandboxTransport(self.app)

    def requests(self) -> dict[str, Any]:
        """Return what was asked for, as `/sandbox/requests` tells it: totals, kinds, rates, repetitions."""
        return self.app.log.report()

    @cached_property
    def _served(self) -> RunningSandbox:
        from .server import running  # noqa: PLC0415

        return self._open.enter_context(running(self.app))


@pytest.fixture
def tmdb_sandbox(request: pytest.FixtureRequest) -> Iterator[TmdbSandbox]:
    """A stand-in for TMDB and OMDb that belongs to this test alone: `.url`, `.omdb_url`, `.transport`, `.requests()`.

    Configure it by a marker: ``@pytest.mark.tmdb_sandbox(movies=500, seed=7, faults="429@1-3")``.
    """
    marker = request.node.get_closest_marker(_MARKER)
    with ExitStack() as open_until_the_end:
        yield TmdbSandbox(_application(marker), open_until_the_end)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(movies={_MOVIES}, seed=1, faults=None, **options): "
        "what the tmdb_sandbox fixture is made of; see ayne.sandbox.pytest_plugin",
    )


def _application(marker: pytest.Mark | None) -> SandboxApp:
    from .app import SandboxApp  # noqa: PLC0415
    from .faults import FaultPlan  # noqa: PLC0415
    from .television import Television  # noqa: PLC0415
    from .world import World  # noqa: PLC0415

    if marker and marker.args:
        raise pytest.UsageError(f"@pytest.mark.{_MARKER} takes keywords only, such as movies=500")
    options = dict(marker.kwargs) if marker else {}
    films = {name: options.pop(name) for name in _OF_FILMS if name in options}
    series = {"series": _SERIES} | {_OF_SERIES[name]: options.pop(name) for name in _OF_SERIES if name in options}
    try:
        if isinstance(options.get("faults"), str):
            options["faults"] = FaultPlan.parse(options["faults"])
        seed = films.get("seed", 1)
        world = World(
            _films(**{"movies": _MOVIES, **films}),
            series=lambda as_of: Television.generated(**series, seed=seed, as_of=as_of),
        )
        return SandboxApp(world, seed=seed, **options)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"@pytest.mark.{_MARKER}: {error}") from error


@lru_cache(8)
def _films(**options: Any) -> Catalogue:
    from .catalogue import Catalogue  # noqa: PLC0415

    return Catalogue.generated(**options)
