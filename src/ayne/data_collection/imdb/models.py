"""What IMDb's client gives. Values only; nothing here acts."""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class ImdbRating(NamedTuple):
    """A line of the file.

    Attributes:
        imdb_id: IMDb's id of the title.
        rating: the average of its votes, 1 to 10; None when the file does not say.
        votes: how many there are; None when the file does not say.
    """

    imdb_id: str
    rating: float | None
    votes: int | None


@dataclass(frozen=True, slots=True)
class RatingsFile:
    """IMDb's file of ratings, downloaded and found whole.

    Attributes:
        path: the file.
        made_at: when it was made, as the server says; when it came, if the server does not.
        size: bytes, compressed.
    """

    path: Path
    made_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class StoredRatingsFile:
    """IMDb's file of ratings, as far as it is stored: what it says of titles that stored films name.

    Attributes:
        made_at: when the file was made.
        titles: how many titles it tells of.
        films: how many different titles stored films name.
        rated: of how many of those it tells.
        unreadable: how many lines had to be left out.
        examples: why, for the first of them; known only to who stored it.
    """

    made_at: datetime
    titles: int
    films: int
    rated: int
    unreadable: int
    examples: list[str] = field(default_factory=list)
