"""Collect with the machines of a Dask cluster: ``pip install ayne[dask]``.

More machines do not fetch more films from TMDB: all of them share the one allowance of the key, and a cluster does not
get around that. It helps when the machine is the bottleneck: with a mirror or a cache without a limit, large parts, or
slow networks.

Raises:
    ConfigurationError: on import, when Dask is not installed.
"""

from __future__ import annotations

from ayne.errors import ConfigurationError

try:
    import distributed  # noqa: F401 - whether it is there
except ModuleNotFoundError as error:
    raise ConfigurationError(f"Dask is not installed ({error}): pip install 'ayne[dask]'") from None

from ayne.dask.executor import DaskExecutor

__all__ = ["DaskExecutor"]
