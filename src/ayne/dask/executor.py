"""What you pass to a run to let a Dask cluster fetch for it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast
from uuid import uuid4

from distributed import Client
from distributed.protocol import to_serialize

from ayne.clock import SystemClock
from ayne.dask.cluster import opened
from ayne.dask.crew import Copyable, Crew
from ayne.dask.scheduler import DaskTokenServer
from ayne.dask.versions import check_versions
from ayne.dask.worker import Recipe
from ayne.data_collection.ports import DetailsSource, MovieSource
from ayne.data_collection.tmdb.client_settings import TMDBSettings
from ayne.errors import ConfigurationError
from ayne.net.allowance import OwnAllowance, SharedAllowance

# Seconds to take leave of the scheduler; when it does not listen, the end of the connection says the same.
_LEAVING = 2.0

# Settings that mean nothing in another process.
_BOUND = ("transport", "clock", "allowance", "output_dir")


class DaskExecutor:
    """Lets the workers of a Dask cluster fetch the details of films, for ``run_full_collection(executor=…)``.

    The run itself plans, keeps the ledger and writes; workers run the same client over batches of films. The rate,
    the burst and ``max_concurrent`` of the source hold for all workers together: all tokens come from one bucket in the
    scheduler, and the run's own requests use it too.

    Args:
        cluster: the scheduler's address; ``local:N`` for N processes of this machine, which end with the run; or a
            ``distributed.Client`` of a cluster.
        patience: seconds to wait for the scheduler, and then for a first worker.

    Example:
        >>> DaskExecutor("tcp://10.0.0.5:8786")
        <DaskExecutor tcp://10.0.0.5:8786>
    """

    def __init__(self, cluster: str | Client, *, patience: float = 10.0) -> None:
        self._cluster = cluster
        self._patience = patience

    def __repr__(self) -> str:
        return f"<DaskExecutor {self._cluster if isinstance(self._cluster, str) else self._cluster.scheduler.address}>"

    @asynccontextmanager
    async def fetching_for(self, source: MovieSource) -> AsyncIterator[DetailsSource]:
        """Let the cluster fetch the details of this source's films inside the context, within the source's allowance.

        Raises:
            ConfigurationError: it cannot be worked for this source, or not with this cluster.
        """
        client = _checked(source)
        async with opened(self._cluster, self._patience) as dask:
            run = f"ayne-{uuid4().hex}"
            await _join(dask, run, client)
            own = client.allowance
            tokens = DaskTokenServer(dask.scheduler, run)
            client.allowance = SharedAllowance(tokens, SystemClock(), "the Dask scheduler")
            crew = Crew(dask, run, client)
            watch = asyncio.create_task(crew.watch())
            try:
                yield crew
            finally:
                watch.cancel()
                client.allowance = own
                # What lay in the client's own bucket meanwhile would come on top of what was taken here.
                await own.pause(0.0)
                with suppress(OSError, TimeoutError):
                    async with asyncio.timeout(_LEAVING):
                        await dask.scheduler.ayne_leave(run=run)


def _checked(source: MovieSource) -> Copyable:
    """Return the source, if others can do its work."""
    how = getattr(source, "settings", None)
    if not isinstance(how, TMDBSettings):
        raise ConfigurationError(f"Dask workers can fetch for a TMDBClient, not for a {type(source).__name__}.")
    if names := [name for name in _BOUND if getattr(how, name) is not None]:
        raise ConfigurationError(
            f"Dask workers cannot fetch for a client with {', '.join(names)}: that has no meaning elsewhere."
        )
    client = cast("Copyable", source)
    if not isinstance(client.allowance, OwnAllowance):
        raise ConfigurationError("Dask workers cannot fetch within a budget: that takes a single process.")
    return client


async def _join(dask: Client, run: str, client: Copyable) -> None:
    """Tell the scheduler of a run. The key is in a form that no log shows, and that the scheduler does not open."""
    rate, burst = client.settings.requests_per_second, client.settings.burst
    bucket = hashlib.sha256(f"{client.settings.base_url}\n{client.credential.key}".encode()).hexdigest()
    recipe = to_serialize(Recipe(client.credential, client.settings))
    answer = await dask.scheduler.ayne_join(
        run=run, client=dask.id, bucket=bucket, rate=rate, burst=burst, recipe=recipe
    )
    check_versions("the Dask scheduler", answer["versions"])
    if answer["refused"]:
        raise ConfigurationError(
            f"{rate:g} requests a second were asked for, with bursts of {burst:g}, but {answer['refused']}. "
            "Give both the same rate."
        )
