"""Collect with the machines of a Dask cluster: ``pip install ayne[dask]``.

With one key, more machines bring no more films than its allowance lets through, and nothing here is for getting around
that: the machines share one allowance. They are of use where a machine is what one waits for: a mirror or a cache
without a limit, large parts, slow lines.

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
