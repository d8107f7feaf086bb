"""ayne for scripts and Python's prompt: the same classes, whose methods wait until they have a result.

They wrap the asynchronous classes, and have the same arguments, results, errors and limits. The asynchronous calls run
on an event loop in a separate thread, one for the whole process. So they also work where a loop runs already, as in a
notebook. Ctrl-C ends the call that is waited for, and nothing else.

Example:
    >>> from ayne.blocking import TMDBClient
    >>> from ayne.sandbox.app import SandboxApp
    >>> from ayne.sandbox.catalogue import Catalogue
    >>> from ayne.sandbox.transport import SandboxTransport
    >>> sandbox = SandboxTransport(SandboxApp(Catalogue.generated(movies=500, seed=1)))
    >>> with TMDBClient("0" * 32, transport=sandbox, requests_per_second=1000) as client:
    ...     films = client.discover_movies(2020, min_vote_count=0)
    ...     client.get_movie_details(films[0]["tmdb_id"])["title"] == films[0]["title"]
    True
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import ExitStack
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from ayne import background
from ayne.data_collection import orchestrator
from ayne.data_collection.omdb import client as omdb
from ayne.data_collection.tmdb import client as tmdb
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import KINDS
from ayne.notebook import progress_bar

if TYPE_CHECKING:
    from ayne.data_collection.given_files import Ids
    from ayne.data_collection.refresh import RefreshPolicy
    from ayne.data_collection.run_report import Progress, RunReport

__all__ = ["DataCollectionOrchestrator", "DuckDBClient", "OMDBClient", "TMDBClient", "collect"]

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C")
S = TypeVar("S")


def _made_like(cls: Callable[P, C]) -> Callable[[Callable[[S, C], None]], Callable[Concatenate[S, P], None]]:
    """Let a constructor take the arguments of another class's constructor, and keep an object of that class."""

    def decorate(keep: Callable[[S, C], None]) -> Callable[Concatenate[S, P], None]:
        @wraps(cls.__init__)
        def construct(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
            keep(self, cls(*args, **kwargs))

        return construct

    return decorate


def _waiting(method: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]) -> Callable[Concatenate[Any, P], R]:
    """Return a method that waits for the result of an asynchronous one."""

    @wraps(method)
    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return background.run(method(self.asynchronous, *args, **kwargs))

    return call


def _one_by_one(
    method: Callable[Concatenate[Any, P], AsyncGenerator[R, None]],
) -> Callable[Concatenate[Any, P], Generator[R, None, None]]:
    """Return a generator that yields the items of an asynchronous one."""

    @wraps(method)
    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> Generator[R, None, None]:
        return background.iterate(method(self.asynchronous, *args, **kwargs))

    return call


class _Client:
    """What both clients share: they can be closed."""

    asynchronous: Any

    def __enter__(self) -> Self:
        background.run(self.asynchronous.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<blocking {getattr(self, 'asynchronous', 'client that could not be made')!r}>"

    def close(self) -> None:
        """Close the connections."""
        background.run(self.asynchronous.aclose())


class TMDBClient(_Client):
    """:class:`ayne.data_collection.tmdb.TMDBClient`, waiting. Use it with ``with``, or call :meth:`close` when done.

    Attributes:
        asynchronous: the client that does the work; its ``traffic`` counts requests, retries and bytes.
    """

    asynchronous: tmdb.TMDBClient

    @_made_like(tmdb.TMDBClient)
    def __init__(self, client: tmdb.TMDBClient) -> None:
        self.asynchronous = client

    check_credentials = _waiting(tmdb.TMDBClient.check_credentials)
    discover_movies = _waiting(tmdb.TMDBClient.discover_movies)
    iter_discover = _one_by_one(tmdb.TMDBClient.iter_discover)
    count_movies = _waiting(tmdb.TMDBClient.count_movies)
    search_movies = _waiting(tmdb.TMDBClient.search_movies)
    find_imdb_id = _waiting(tmdb.TMDBClient.find_imdb_id)
    iter_changes = _one_by_one(tmdb.TMDBClient.iter_changes)
    get_movie_details = _waiting(tmdb.TMDBClient.get_movie_details)
    get_batch_movie_details = _waiting(tmdb.TMDBClient.get_batch_movie_details)
    iter_movie_details = _one_by_one(tmdb.TMDBClient.iter_movie_details)
    discover_series = _waiting(tmdb.TMDBClient.discover_series)
    iter_series = _one_by_one(tmdb.TMDBClient.iter_series)
    count_series = _waiting(tmdb.TMDBClient.count_series)
    search_series = _waiting(tmdb.TMDBClient.search_series)
    get_series_details = _waiting(tmdb.TMDBClient.get_series_details)
    get_batch_series_details = _waiting(tmdb.TMDBClient.get_batch_series_details)
    search_people = _waiting(tmdb.TMDBClient.search_people)
    get_person_details = _waiting(tmdb.TMDBClient.get_person_details)
    get_batch_person_details = _waiting(tmdb.TMDBClient.get_batch_person_details)
    iter_sweep = _one_by_one(tmdb.TMDBClient.iter_sweep)
    iter_details = _one_by_one(tmdb.TMDBClient.iter_details)
    iter_lists = _one_by_one(tmdb.TMDBClient.iter_lists)


class OMDBClient(_Client):
    """:class:`ayne.data_collection.omdb.OMDBClient`, waiting. Use it with ``with``, or call :meth:`close` when done.

    Attributes:
        asynchronous: the client that does the work; its ``traffic`` counts requests, retries and bytes.
    """

    asynchronous: omdb.OMDBClient

    @_made_like(omdb.OMDBClient)
    def __init__(self, client: omdb.OMDBClient) -> None:
        self.asynchronous = client

    get_ratings = _waiting(omdb.OMDBClient.get_ratings)
    iter_ratings = _one_by_one(omdb.OMDBClient.iter_ratings)


class DataCollectionOrchestrator:
    """:class:`ayne.data_collection.orchestrator.DataCollectionOrchestrator`, waiting.

    Ctrl-C finishes the current commit and then raises ``KeyboardInterrupt``; the same call carries on. A second Ctrl-C
    ends at once.

    Args:
        store: where films go.
        source: where they come from; by default a client made for the run from the environment.
        policy: how old copies may grow.
        on_progress: called after each page or film, in the thread of the event loop.

    Attributes:
        asynchronous: the one that does the work.
    """

    asynchronous: orchestrator.DataCollectionOrchestrator

    def __init__(
        self,
        store: DuckDBClient,
        source: TMDBClient | None = None,
        *,
        policy: RefreshPolicy | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.asynchronous = orchestrator.DataCollectionOrchestrator(
            store, source.asynchronous if source else None, policy=policy, on_progress=on_progress
        )

    run_full_collection = _waiting(orchestrator.DataCollectionOrchestrator.run_full_collection)
    run_ids = _waiting(orchestrator.DataCollectionOrchestrator.run_ids)
    run_names = _waiting(orchestrator.DataCollectionOrchestrator.run_names)
    run_people = _waiting(orchestrator.DataCollectionOrchestrator.run_people)
    run_refresh = _waiting(orchestrator.DataCollectionOrchestrator.run_refresh)
    run_sync = _waiting(orchestrator.DataCollectionOrchestrator.run_sync)


def collect(
    db: DuckDBClient | str | Path,
    /,
    *years: Any,
    ids: Ids | None = None,
    kind: str | None = None,
    api_key: str | None = None,
    requests_per_second: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> RunReport:
    """Collect films or series into a file, and wait until they are stored.

    Args:
        db: the file, or a store.
        years: the first and the last year of release; for series, of the first episode. By default this year.
        ids: the films of a list, instead of years: a file like MovieLens' ``links.csv``, or the ids themselves.
        kind: ``movie`` or ``series``; by default the store's kind, and for a file ``movie``.
        api_key: the key or access token; by default that of the environment.
        requests_per_second: the most requests a second, by default 4.
        on_progress: called with a :class:`~ayne.data_collection.run_report.Progress` after each page or film, in the
            thread of the event loop; by default a notebook shows a bar.
        options: the other arguments of ``run_full_collection``, or of ``run_ids`` when ids are given.

    Raises:
        ValueError: both years and ids are given, or the kind is unknown. It also raises what those two methods raise.
    """
    if years and ids is not None:
        raise ValueError("a list names its films, so leave out the years")
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    store = db if isinstance(db, DuckDBClient) else DuckDBClient(db)
    store = store if kind is None else store.of(KINDS[kind])
    with ExitStack() as stack:
        source = None
        if requests_per_second is not None:
            source = stack.enter_context(TMDBClient(api_key, requests_per_second=requests_per_second))
        elif api_key is not None:
            source = stack.enter_context(TMDBClient(api_key))
        collection = DataCollectionOrchestrator(store, source, on_progress=on_progress or progress_bar())
        if ids is None:
            return collection.run_full_collection(*years, **options)
        return collection.run_ids(ids, **options)


def _shown(own: Signature, span: Signature, of_list: Signature) -> Signature:
    """Return the signature that help() shows for :func:`collect`: options of years, options of lists, and its own."""
    (db, _years, ids, *others) = own.parameters.values()
    _self, *of_span = span.parameters.values()
    lists_own = [of_list.parameters[name].replace(kind=Parameter.KEYWORD_ONLY) for name in ("id_column", "renew")]
    return own.replace(parameters=[db, *of_span, ids, *lists_own, *others[:-1]])


collect.__signature__ = _shown(  # type: ignore[attr-defined] # functions may have it
    signature(collect),
    signature(DataCollectionOrchestrator.run_full_collection),
    signature(DataCollectionOrchestrator.run_ids),
)
