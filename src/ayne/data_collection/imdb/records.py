r"""Read IMDb's files: one title a line, in tab-separated values.

Source: https://developer.imdb.com/non-commercial-datasets/ (``title.ratings.tsv.gz``, ``title.episode.tsv.gz``): UTF-8,
the first line names the columns, and ``\N`` stands for what is unknown.
"""

# Pure: values in, values out.

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ayne.data_collection.answers import UnreadableLine, glimpse
from ayne.data_collection.imdb.models import ImdbEpisode, ImdbRating
from ayne.errors import BadPayload

T = TypeVar("T")

_UNKNOWN = b"\\N"
_ID = re.compile(rb"tt[0-9]{7,10}")
_RATING = re.compile(rb"[0-9]{1,2}(\.[0-9]{1,6})?")
# No title has as many votes; it is more than there are people.
_VOTES = re.compile(rb"[0-9]{1,10}")
# Some seasons are years, and some soaps have twenty thousand episodes.
_NUMBER = re.compile(rb"[0-9]{1,7}")


def read_ratings(lines: Iterable[bytes | str]) -> Iterator[ImdbRating | UnreadableLine]:
    r"""Yield the titles of the file of ratings, in its order. A line that cannot be read costs only itself.

    Args:
        lines: the lines, without their ends; a text instead of bytes says what is wrong with a line.

    Raises:
        BadPayload: the first line does not name the columns.

    >>> list(read_ratings([b"tconst\taverageRating\tnumVotes", b"tt0000001\t5.7\t2200"]))
    [ImdbRating(imdb_id='tt0000001', rating=5.7, votes=2200)]
    """
    return _read(lines, (b"tconst", b"averageRating", b"numVotes"), _rating, "id, rating and number of votes")


def read_episodes(lines: Iterable[bytes | str]) -> Iterator[ImdbEpisode | UnreadableLine]:
    r"""Yield the episodes of the file of episodes, in its order. A line that cannot be read costs only itself.

    Args:
        lines: as for :func:`read_ratings`.

    Raises:
        BadPayload: the first line does not name the columns.

    >>> list(read_episodes([b"tconst\tparentTconst\tseasonNumber\tepisodeNumber", b"tt0959621\ttt0903747\t1\t1"]))
    [ImdbEpisode(imdb_id='tt0959621', series_imdb_id='tt0903747', season_number=1, episode_number=1)]
    """
    columns = (b"tconst", b"parentTconst", b"seasonNumber", b"episodeNumber")
    return _read(lines, columns, _episode, "id, series, season and episode")


def _read(
    lines: Iterable[bytes | str], columns: tuple[bytes, ...], record: Callable[[list[bytes]], T | None], called: str
) -> Iterator[T | UnreadableLine]:
    """Yield what the lines say, by the names of the columns; ``record`` makes a record of the cells, or None."""
    rest = iter(lines)
    head = next(rest, b"")
    names = head.removesuffix(b"\r").split(b"\t") if isinstance(head, bytes) else []
    if not set(columns) <= set(names):
        said = glimpse(head) if isinstance(head, bytes) else head
        raise BadPayload(f"IMDb's file does not begin with the names of its columns: {said}")
    places = [names.index(name) for name in columns]
    for number, line in enumerate(rest, start=2):
        if isinstance(line, str):
            yield UnreadableLine(number, line)
        elif line.strip():
            cells = line.removesuffix(b"\r").split(b"\t")
            found = record([cells[place] for place in places]) if len(cells) == len(names) else None
            yield UnreadableLine(number, f"it is no {called}: {glimpse(line)}") if found is None else found


def _rating(cells: list[bytes]) -> ImdbRating | None:
    imdb_id, rating, votes = cells
    if not _ID.fullmatch(imdb_id):
        return None
    if rating != _UNKNOWN and not (_RATING.fullmatch(rating) and 1 <= float(rating) <= 10):
        return None
    if votes != _UNKNOWN and not _VOTES.fullmatch(votes):
        return None
    return ImdbRating(
        imdb_id.decode(), None if rating == _UNKNOWN else float(rating), None if votes == _UNKNOWN else int(votes)
    )


def _episode(cells: list[bytes]) -> ImdbEpisode | None:
    imdb_id, series, *numbers = cells
    if not (_ID.fullmatch(imdb_id) and _ID.fullmatch(series)):
        return None
    if not all(number == _UNKNOWN or _NUMBER.fullmatch(number) for number in numbers):
        return None
    season, episode = (None if number == _UNKNOWN else int(number) for number in numbers)
    return ImdbEpisode(imdb_id.decode(), series.decode(), season, episode)
