"""OMDb: the client and the ratings it returns.

The client is imported on first use: the records alone cost nothing, an HTTP client does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ayne.data_collection.omdb.client import OMDBClient
    from ayne.data_collection.omdb.models import OMDbMovie, RatingFailure

__all__ = ["OMDBClient", "OMDbMovie", "RatingFailure"]


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "client" if name == "OMDBClient" else "models"
    return getattr(import_module(f"{__name__}.{home}"), name)
