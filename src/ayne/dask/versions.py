"""List what must be the same on all machines of a run: what one process sends, another must understand."""

from __future__ import annotations

import platform

import distributed

from ayne import __version__
from ayne.errors import ConfigurationError


def versions() -> dict[str, str]:
    """Return the versions of this process that matter."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"ayne": __version__, "distributed": distributed.__version__, "Python": python}


def check_versions(where: str, told: object) -> None:
    """Check that another process has the same versions as this one.

    Args:
        where: the other process, in words.
        told: what :func:`versions` said there, or the error that came instead.

    Raises:
        ConfigurationError: it is not.
    """
    if not isinstance(told, dict):
        raise ConfigurationError(f"ayne does not work in {where} ({told}). Install it there, as here.")
    for name, ours in versions().items():
        if (theirs := told.get(name)) != ours:
            raise ConfigurationError(f"In {where} {name} is {theirs}, here it is {ours}: they must be the same.")
