r"""What stands in IMDb's file of ratings: a title a line, in tab-separated values.

Source: https://developer.imdb.com/non-commercial-datasets/ (``title.ratings.tsv.gz``): UTF-8, the first line names the
columns, and ``\N`` stands for what is unknown.
"""

# Pure: values in, values out.

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ayne.data_collection.answers import UnreadableLine, glimpse
from ayne.data_collection.imdb.models import ImdbRating
from ayne.errors import BadPayload

_COLUMNS = (b"tconst", b"averageRating", b"numVotes")
_UNKNOWN = b"\\N"
_ID = re.compile(rb"tt[0-9]{7,10}")
_RATING = re.compile(rb"[0-9]{1,2}(\.[0-9]{1,6})?")
# No title has as many votes; it is more than there are people.
_VOTES = re.compile(rb"[0-9]{1,10}")


def read_ratings(lines: Iterable[bytes | str]) -> Iterator[ImdbRating | UnreadableLine]:
    r"""The titles of the file, in its order. A line that cannot be read costs itself alone.

    Args:
        lines: the lines, without their ends; a text instead of bytes says what is wrong with a line.

    Raises:
        BadPayload: the first line does not name the columns.

    >>> list(read_ratings([b"tconst\taverageRating\tnumVotes", b"tt0000001\t5.7\t2200"]))
    [ImdbRating(imdb_id='tt0000001', rating=5.7, votes=2200)]
    """
    rest = iter(lines)
    head = next(rest, b"")
    names = head.removesuffix(b"\r").split(b"\t") if isinstance(head, bytes) else []
    if not set(_COLUMNS) <= set(names):
        said = glimpse(head) if isinstance(head, bytes) else head
        raise BadPayload(f"IMDb's ratings file does not begin with the names of its columns: {said}")
    places = [names.index(name) for name in _COLUMNS]
    for number, line in enumerate(rest, start=2):
        if isinstance(line, str):
            yield UnreadableLine(number, line)
        elif line.strip():
            yield _read(line.removesuffix(b"\r").split(b"\t"), places, len(names)) or UnreadableLine(
                number, f"it is no id, rating and number of votes: {glimpse(line)}"
            )


def _read(cells: list[bytes], places: list[int], width: int) -> ImdbRating | None:
    if len(cells) != width:
        return None
    imdb_id, rating, votes = (cells[place] for place in places)
    if not _ID.fullmatch(imdb_id):
        return None
    if rating != _UNKNOWN and not (_RATING.fullmatch(rating) and 1 <= float(rating) <= 10):
        return None
    if votes != _UNKNOWN and not _VOTES.fullmatch(votes):
        return None
    return ImdbRating(
        imdb_id.decode(), None if rating == _UNKNOWN else float(rating), None if votes == _UNKNOWN else int(votes)
    )
