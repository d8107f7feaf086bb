"""What TMDB has ids for, each kind described once, as data.

To add a column, add a line to its kind; a part, an entry; a kind, a file here and its name below. The decoders, the
tables and their SQL, the exports and the reference are made of these descriptions.
"""

# Pure: values in, values out.

from __future__ import annotations

from ayne.kinds.kind import Kind
from ayne.kinds.movie import MOVIE
from ayne.kinds.names import COLLECTION, COMPANY, KEYWORD, NAMES, NETWORK
from ayne.kinds.person import PERSON
from ayne.kinds.series import SERIES

KINDS: dict[str, Kind] = {kind.name: kind for kind in (MOVIE, SERIES, PERSON, *NAMES)}
"""The kinds by our word for each; films are the one that is meant when none is named."""

__all__ = ["COLLECTION", "COMPANY", "KEYWORD", "KINDS", "MOVIE", "NAMES", "NETWORK", "PERSON", "SERIES", "Kind"]
