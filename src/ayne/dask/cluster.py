"""Getting hold of a cluster that can do the work, or saying what it lacks."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import dask
from distributed import Client, LocalCluster

from ayne.dask.scheduler import AllowancePlugin
from ayne.dask.versions import check_versions, versions
from ayne.errors import ConfigurationError

log = logging.getLogger("ayne.dask")

# While one thread of a worker waits for the network the other decodes.
_THREADS_OF_A_LOCAL_WORKER = 2


@asynccontextmanager
async def opened(cluster: str | Client, patience: float) -> AsyncIterator[Client]:
    """A client of a cluster that has workers, all of them with the same versions as here.

    Args:
        cluster: a scheduler's address, ``local:N`` for N processes of this machine, or a client of the cluster.
        patience: seconds to wait for the scheduler, and then for a first worker.

    Raises:
        ConfigurationError: there is no such cluster; the message says what to do.
    """
    if isinstance(cluster, str) and (local := re.fullmatch(r"local:(\d+)", cluster)):
        async with (
            _local(int(local[1])) as started,
            _connected(started, str(started.scheduler_address), patience) as found,
        ):
            yield found
        return
    address = cluster if isinstance(cluster, str) else str(cluster.scheduler.address)
    async with _connected(address, address, patience, _security_of(cluster)) as found:
        yield found


def _security_of(cluster: str | Client) -> dict[str, Any]:
    return {} if isinstance(cluster, str) else {"security": cluster.security}


@asynccontextmanager
async def _local(workers: int) -> AsyncIterator[LocalCluster]:
    """Processes of this machine, which end with this one, however it ends."""
    if not workers:
        raise ConfigurationError("local:0 is a cluster without workers; say how many, like local:4")
    # Nobody asked for web pages.
    with dask.config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}):
        cluster = await LocalCluster(
            n_workers=workers,
            threads_per_worker=_THREADS_OF_A_LOCAL_WORKER,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            asynchronous=True,
        )
    async with cluster:
        yield cluster


@asynccontextmanager
async def _connected(
    cluster: str | LocalCluster, address: str, patience: float, security: Mapping[str, Any] = {}
) -> AsyncIterator[Client]:
    try:
        client = await Client(
            cluster, asynchronous=True, set_as_default=False, timeout=patience, name="ayne", **security
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
        check_versions(f"the worker {worker}", told)


def _said(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
