"""Convert films to a data frame of pandas or Polars, whichever is installed."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ayne.errors import ConfigurationError


def frame_of(rows: Sequence[Any], columns: Sequence[str]) -> Any:
    """Make a pandas frame of rows, or one of Polars where there is no pandas.

    Args:
        rows: dicts; a key that one of them lacks is unknown.
        columns: the columns that there are without a row, too; others come after them.

    Raises:
        ConfigurationError: neither library is installed.

    Example:
        >>> frame = frame_of([{"tmdb_id": 550, "title": "Fight Club"}], ["tmdb_id", "title"])
        >>> list(frame.columns), len(frame)
        (['tmdb_id', 'title'], 1)
    """
    others = dict.fromkeys(key for row in rows for key in row if key not in columns)
    names = [*columns, *others]
    values = {name: [row.get(name) for row in rows] for name in names}
    if find_spec("pandas"):
        return import_module("pandas").DataFrame(values)
    if find_spec("polars"):
        # A column may be empty at the top and hold parts of films further down.
        return import_module("polars").DataFrame(values, strict=False, infer_schema_length=None)
    raise ConfigurationError("A frame needs pandas or Polars. Install one of them, like pip install pandas.")
