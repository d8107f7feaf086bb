"""Start or find a cluster that can do the work, or say what it lacks."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import dask
from distributed import Client, LocalCluster, Security

from ayne.dask.scheduler import AllowancePlugin
from ayne.dask.versions import check_versions, versions
from ayne.errors import ConfigurationError

log = logging.getLogger("ayne.dask")

# While one thread of a worker waits for the network the other decodes.
_THREADS_OF_A_LOCAL_WORKER = 2

# More is a slip of the hand.
_MOST_LOCAL_WORKERS = 64


@asynccontextmanager
async def opened(cluster: str | Client, patience: float) -> AsyncIterator[Client]:
    """Connect to a cluster that has workers, all of them with the same versions as here.

    Args:
        cluster: a scheduler's address, ``local:N`` for N processes of this machine, or a client of the cluster.
        patience: seconds to wait for the scheduler, and then for a first worker.

    Raises:
        ConfigurationError: there is no such cluster; the message says what to do.
    """
    if isinstance(cluster, str) and cluster.startswith("local:"):
        async with _local(cluster) as started:
            address = str(started.scheduler_address)
            async with _connected(address, patience) as found:
                yield found
        return
    address = cluster if isinstance(cluster, str) else str(cluster.scheduler.address)
    async with _connected(address, patience, None if isinstance(cluster, str) else cluster.security) as found:
        yield found


@asynccontextmanager
async def _local(cluster: str) -> AsyncIterator[LocalCluster]:
    """Processes of this machine, which end with this one, however it ends."""
    number = cluster.removeprefix("local:")
    if not (number.isascii() and number.isdigit() and 0 < int(number) <= _MOST_LOCAL_WORKERS):
        raise ConfigurationError(f"{cluster!r} does not say how many workers to start, like local:4")
    # Nobody asked for web pages. Dask opens a port for them all the same, by default one that others may have.
    with dask.config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}):
        workers = LocalCluster(
            n_workers=int(number),
            threads_per_worker=_THREADS_OF_A_LOCAL_WORKER,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            # What is wrong with them is raised here. That one ends slowly is nobody's concern.
            silence_logs=logging.CRITICAL,
            preload=["ayne.dask.local"],
            asynchronous=True,
        )
        try:
            await workers
        except (OSError, RuntimeError) as error:
            raise ConfigurationError(f"{number} workers could not be started here ({_said(error)}).") from None
    async with workers:
        yield workers


@asynccontextmanager
async def _connected(address: str, patience: float, security: Security | None = None) -> AsyncIterator[Client]:
    try:
        client = await Client(
            address, asynchronous=True, set_as_default=False, timeout=patience, name="ayne", security=security
        )
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"No Dask scheduler answers at {address} ({_said(error)}). `dask scheduler` starts one and says its "
            "address, like tcp://10.0.0.5:8786; local:4 starts four workers on this machine."
        ) from None
    try:
        await _check(client, address, patience)
        yield client
    finally:
        with suppress(OSError, TimeoutError):
            await client.close()


async def _check(client: Client, address: str, patience: float) -> None:
    """See to it that everybody is there, and of the same versions."""
    try:
        await client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        raise ConfigurationError(
            f"The Dask scheduler at {address} has no worker. Start one with `dask worker {address}`, "
            "where ayne is installed."
        ) from None
    try:
        await client.register_plugin(AllowancePlugin())
    except Exception as error:  # noqa: BLE001 - whatever the scheduler says of it
        raise ConfigurationError(
            f"The Dask scheduler at {address} cannot keep the allowance: {_said(error)}. ayne must be installed "
            "where it runs, as here."
        ) from None
    answers = await client.run(versions, on_error="return")
    for worker, told in answers.items():
        # One that just went away has nothing to say.
        if not isinstance(told, OSError):
            check_versions(f"the worker {worker}", told)


def _said(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
