"""What TMDB has ids for, each kind described once, as data.

To add a column, add a line to its kind; a part, an entry; a kind, a file here and its name below. The decoders, the
tables and their SQL, the exports and the reference are made of these descriptions.
"""

# Pure: values in, values out.

from __future__ import annotations

from ayne.kinds.kind import Kind
from ayne.kinds.movie import MOVIE

KINDS: tuple[Kind, ...] = (MOVIE,)

__all__ = ["KINDS", "MOVIE", "Kind"]
