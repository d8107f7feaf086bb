"""Collect films and series from TMDB into one DuckDB file, and keep that copy complete, fresh and ready to query.

``collect`` brings films into a file and waits until they are there. The classes are to be awaited; those of
:mod:`ayne.blocking`, by the same names, wait by themselves. Each is imported when it is first asked for.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ayne.blocking import collect
    from ayne.data_collection.omdb import OMDBClient
    from ayne.data_collection.orchestrator import DataCollectionOrchestrator
    from ayne.data_collection.tmdb import TMDBClient
    from ayne.database.duckdb_client import DuckDBClient

__all__ = ["DataCollectionOrchestrator", "DuckDBClient", "OMDBClient", "TMDBClient", "__version__", "collect"]

# As a library ayne says nothing of its own accord: what becomes of its log is the host application's business.
logging.getLogger("ayne").addHandler(logging.NullHandler())

__version__ = "0.1.0"

_DEFINED_IN = {
    "DataCollectionOrchestrator": "ayne.data_collection.orchestrator",
    "DuckDBClient": "ayne.database.duckdb_client",
    "OMDBClient": "ayne.data_collection.omdb",
    "TMDBClient": "ayne.data_collection.tmdb",
    "collect": "ayne.blocking",
}


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_DEFINED_IN[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_DEFINED_IN})
