"""Build clients and stores: the one place that knows the concrete classes.

It imports them late, because they are heavy.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import click

from ayne import settings
from ayne.cli import signals
from ayne.cli.config import Configuration, variable_of
from ayne.cli.options import SANDBOX_DATABASE, allowance, expanded, given
from ayne.cli.own_sandbox import servers_of
from ayne.cli.selection import Selection
from ayne.cli.terminal import say
from ayne.errors import ConfigurationError, StoreBusy

if TYPE_CHECKING:
    from ayne.dask import DaskExecutor
    from ayne.data_collection.forecast import Forecast
    from ayne.data_collection.imdb.client import ImdbClient, ImdbEpisodesClient, ImdbFileClient
    from ayne.data_collection.omdb.client import OMDBClient
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator
    from ayne.data_collection.refresh import RefreshPolicy
    from ayne.data_collection.tmdb.client import TMDBClient
    from ayne.data_collection.tmdb.exports import ExportClient
    from ayne.database.duckdb_client import DuckDBClient

# Accepted by every sandbox; of the shape of a v3 key.
SANDBOX_KEY = "5a4db0c5a4db0c5a4db0c5a4db0c0000"

# A collection may run for days; somebody who looks at the file for an hour must not end it.
COLLECTORS_PATIENCE = 3600.0

# Another ayne holds the file for less than that at a time, and it is not worth a word.
_SHORT_WAIT_SECONDS = 1.0


class _Waiting:
    """Waits while another program holds the file: says which, once each time, and stops when asked to."""

    def __call__(self, refusal: StoreBusy, seconds: float) -> None:
        if seconds < _SHORT_WAIT_SECONDS:
            self._told = False
            return
        if signals.asked.is_set():
            raise refusal
        if not self._told:
            self._told = True
            say(f"waiting: {refusal}")

    _told = False


def open_store(path: Path, *, collecting: bool = False) -> DuckDBClient:
    """Open the store on a file.

    Raises:
        ConfigurationError: the folder of the file does not exist, or there is only the sandbox's file.
    """
    from ayne.database.duckdb_client import DuckDBClient

    if not path.absolute().parent.is_dir():
        raise ConfigurationError(f"The folder {path.parent} does not exist. Make it, or name another file with --db.")
    if not collecting and not path.exists() and Path(SANDBOX_DATABASE).exists():
        raise ConfigurationError(
            f"There is no database {path}. "
            f"The sandbox's films are in a file of their own: --db {SANDBOX_DATABASE}; `ayne collect` brings real ones."
        )
    if collecting:
        return DuckDBClient(path, on_wait=_Waiting(), patience=COLLECTORS_PATIENCE)
    return DuckDBClient(path, on_wait=_Waiting())


def read_policy(path: Path | None) -> RefreshPolicy:
    """Read the refresh policy: ayne's own, changed by the table ``[refresh]`` of a TOML file.

    Raises:
        ConfigurationError: the file cannot be read, or says what makes no sense.
    """
    from ayne.data_collection.refresh import RefreshPolicy

    if path is None:
        return _usual_policy()
    try:
        table = settings.read_toml(path).get("refresh")
    except FileNotFoundError:
        raise ConfigurationError(f"There is no file {path}. Name another with --policy.") from None
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path} has no table [refresh]; it is written like [refresh], then in_cinemas = 3")
    try:
        return RefreshPolicy.from_mapping(table)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _usual_policy() -> RefreshPolicy:
    from ayne.data_collection.refresh import RefreshPolicy

    configuration = click.get_current_context().obj
    said = configuration.policy() if isinstance(configuration, Configuration) else {}
    try:
        return RefreshPolicy.from_mapping(said)
    except ConfigurationError as error:
        raise ConfigurationError(f"ayne.toml [refresh]: {error}") from None


_KEYS = {"TMDB": ("TMDB_API_KEY", "TMDB_ACCESS_TOKEN"), "OMDb": ("OMDB_API_KEY",)}


def check_recipient(
    service: str, setting: str, address: str | None, *, own: bool = False, any_scheme: bool = False
) -> None:
    """Refuse to send the key of TMDB or OMDb where only a file in the working folder says that it is to go.

    Raises:
        ConfigurationError: that would be done.
    """
    context = click.get_current_context()
    if not address or not isinstance(context.obj, Configuration):
        return
    if given(setting) and context.params[setting]:
        return
    found = context.obj.found(context.info_name or "", setting)
    if found is None:
        return
    key = context.obj.key_from(*_KEYS[service])
    if key is None:
        return
    place, told = key
    why = settings.objection_to_send(address, found.place, place, own=own, any_scheme=any_scheme)
    if why is None:
        return
    says = f"{found.told} would send your {service} key (from {told}) to another server"
    if why == "unencrypted":
        says = f"{found.told} would send your {service} key unencrypted to another machine"
    flag, variable = f"--{setting.replace('_', '-')}", variable_of(setting)
    raise ConfigurationError(f"{says}, {_host(address)}. If that is right, name it with {flag} or in {variable}.")


def _host(address: str) -> str:
    """Return the part of an address that may be shown."""
    try:
        return urlsplit(address).hostname or "as it is set there"
    except ValueError:
        return "as it is set there"


def open_client(
    *,
    tmdb_url: str | None,
    rate: float | None,
    max_concurrent: int,
    language: str | None = None,
    include_image_language: tuple[str, ...] | None = None,
    include_video_language: tuple[str, ...] | None = None,
    shared: str | None = None,
    output_dir: Path | None = None,
    in_sandbox: bool = False,
    max_retries: int = 3,
    needs_key: bool = True,
) -> TMDBClient:
    """Open a client of TMDB, or of the sandbox at an address; ``shared`` is where it shares its rate with others.

    Raises:
        ConfigurationError: there is no key and one is needed, or a setting is invalid.
    """
    from ayne.data_collection.tmdb.client import TMDBClient

    if in_sandbox and not given("allowance"):
        # What a file or a variable says is meant for TMDB.
        shared = None
    if not in_sandbox:
        check_recipient("TMDB", "allowance", shared, any_scheme=True)
    try:
        client = TMDBClient(
            SANDBOX_KEY if in_sandbox else None,
            requests_per_second=allowance(rate, sandbox=in_sandbox),
            max_concurrent=max_concurrent,
            output_dir=output_dir and expanded(output_dir),
            base_url=tmdb_url,
            language=language,
            include_image_language=include_image_language,
            include_video_language=include_video_language,
            allowance=shared or None,
            max_retries=max_retries,
            needs_key=needs_key,
        )
    except OSError as error:
        raise ConfigurationError(f"{output_dir} cannot be written to: {error}") from None
    if not in_sandbox:
        check_recipient("TMDB", "tmdb_url", client.base_url, own=client.server == "TMDB")
    return client


def collection(
    store: DuckDBClient, client: TMDBClient, *, exports: ExportClient | None = None, policy: RefreshPolicy | None = None
) -> DataCollectionOrchestrator:
    """Return an orchestrator that collects into a store by a client."""
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator

    return DataCollectionOrchestrator(store, client, exports=exports, policy=policy)


def open_dask(cluster: str) -> DaskExecutor:
    """Return an executor for the workers of a Dask cluster, which are looked for when they are needed.

    Raises:
        ConfigurationError: Dask is not installed, or a file in the working folder names the cluster.
    """
    from ayne.dask import DaskExecutor

    # Its workers are sent the key.
    check_recipient("TMDB", "dask", cluster, any_scheme=True)
    # Dask shows its logs on stderr by itself, over the view of the run; ours go where ayne's go.
    for name in ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("distributed").setLevel(logging.WARNING)
    return DaskExecutor(cluster)


def open_omdb(*, omdb_url: str | None, rate: float | None, in_sandbox: bool = False) -> OMDBClient:
    """Open a client of OMDb, or of the sandbox at an address.

    Raises:
        ConfigurationError: there is no key, or a setting is invalid.
    """
    from ayne.data_collection.omdb.client import OMDBClient

    client = OMDBClient(
        SANDBOX_KEY if in_sandbox else None,
        requests_per_second=allowance(rate, sandbox=in_sandbox),
        base_url=omdb_url,
    )
    if not in_sandbox:
        check_recipient("OMDb", "omdb_url", client.base_url, own=client.server == "OMDb")
    return client


def spare_the_quota(store: DuckDBClient, omdb: OMDBClient) -> None:
    """Refuse to spend the quota of the real OMDb on the films of a sandbox.

    Raises:
        ConfigurationError: that would be done.
    """
    if omdb.server == "OMDb" and Path(store.path).exists() and (others := _other_servers(store)):
        raise ConfigurationError(
            f"{store.path} holds films of {others[0]}, which OMDb does not know. Name a file of TMDB's with --db, "
            "or an OMDb that knows these with --omdb-url."
        )


def foresee(
    store: DuckDBClient,
    selection: Selection,
    *,
    requests: int | None = None,
    target: float | None = None,
    policy: RefreshPolicy | None = None,
) -> Forecast:
    """Estimate what a sync would take now, by what is stored."""
    from ayne.data_collection import forecast
    from ayne.data_collection.tmdb.question import sweep_plan

    plan = sweep_plan(
        selection.first, selection.last, language=selection.language, kind=selection.kind, **selection.discovery
    )
    return forecast.foresee(
        store,
        plan,
        datetime.now(UTC),
        append=selection.parts,
        policy=policy or _usual_policy(),
        requests=requests,
        target=target,
    )


def open_exports(
    database: Path, exports_url: str | None, client: TMDBClient, *, in_sandbox: bool = False
) -> ExportClient:
    """Open a client of the daily id exports, which downloads into a folder beside the database.

    Films of another server than TMDB are looked for at that server: its ids are not TMDB's.
    """
    from ayne.data_collection.tmdb.exports import ExportClient

    # What a file or a variable says is meant for TMDB.
    address = "" if in_sandbox and not given("exports_url") else exports_url
    if not address and client.server != "TMDB":
        address = f"{client.base_url.removesuffix('/3')}/p/exports"
    return ExportClient(database.with_name(f"{database.name}.exports"), base_url=address or None)


OfImdb = TypeVar("OfImdb", bound="ImdbFileClient")


def open_imdb(store: DuckDBClient, imdb_url: str | None) -> ImdbClient:
    """Open a client of IMDb's ratings file, which downloads into a folder beside the database.

    Raises:
        ConfigurationError: the address cannot be one, or IMDb's own file would be asked of films that it does not know.
    """
    from ayne.data_collection.imdb.client import ImdbClient

    return _of_imdb(ImdbClient, store, imdb_url)


def open_imdb_episodes(store: DuckDBClient, imdb_url: str | None) -> ImdbEpisodesClient:
    """Open a client of IMDb's episodes file; as :func:`open_imdb`."""
    from ayne.data_collection.imdb.client import ImdbEpisodesClient

    return _of_imdb(ImdbEpisodesClient, store, imdb_url)


def _of_imdb(client_of: type[OfImdb], store: DuckDBClient, imdb_url: str | None) -> OfImdb:
    from ayne.data_collection.imdb.client import IMDB_URL

    database = Path(store.path)
    client = client_of(database.with_name(f"{database.name}.imdb"), base_url=imdb_url or None)
    if client.base_url == IMDB_URL and database.exists() and (others := _other_servers(store)):
        raise ConfigurationError(
            f"{store.path} holds films of {others[0]}, which IMDb does not know. Name a file of TMDB's with --db, "
            "or a file of ratings that knows these with --imdb-url."
        )
    return client


def _other_servers(store: DuckDBClient) -> list[str]:
    """Return the servers that the films of a file come from, without TMDB."""
    return [server for server in servers_of(store) if server != "TMDB"]
