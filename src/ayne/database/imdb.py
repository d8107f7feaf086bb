"""IMDb's ratings of what is stored, out of its daily files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.imdb.models import (
    ImdbEpisode,
    ImdbFile,
    ImdbRating,
    StoredEpisodesFile,
    StoredRatingsFile,
)
from ayne.database import rows
from ayne.database.statements import statements
from ayne.database.tables import KindTables
from ayne.kinds import SERIES

T = TypeVar("T", ImdbRating, ImdbEpisode)

# Some megabytes of Python objects at a time; larger pieces are not faster.
_LINES_AT_ONCE = 20_000

# How many unreadable lines are told about; the others are counted.
_EXAMPLES = 10


class ImdbRatings:
    """IMDb's ratings of what is stored, of all kinds."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def store_imdb(self, file: ImdbFile, lines: Iterable[ImdbRating | UnreadableLine]) -> StoredRatingsFile:
        """Store what a file says of the titles that stored films name, in one transaction or not at all.

        What an earlier file said of a title that is not in this one stays.

        Raises:
            StoreError: nothing of it was stored.
        """
        now, made_at = rows.to_utc(self._tables.file.clock.now()), rows.to_utc(file.made_at)
        read = _Reading()
        with self._tables.transaction() as tx:
            tx.run("stage_imdb")
            for found in read.pieces(lines, ImdbRating):
                tx.append("staged_imdb", found)
            tx.run("stage_titles")
            for kind in self._tables.file.kinds:
                tx.of(kind).run("stage_titles_of_kind")
            tx.run("stage_titles_of_episodes")
            tx.run("keep_imdb_of_titles")
            tx.run("note_imdb_history", made_at=made_at)
            tx.run("delete_imdb")
            tx.run("insert_imdb", made_at=made_at)
            counted = {"titles": read.titles, "unreadable": read.unreadable}
            ((films, rated),) = tx.run("finish_imdb", made_at=made_at, now=now, **counted)
            tx.run("forget_staged_imdb")
            tx.run("forget_titles")
            tx.run("forget_found_imdb")
        return StoredRatingsFile(file.made_at, read.titles, films, rated, read.unreadable, read.examples)

    def store_imdb_episodes(self, file: ImdbFile, lines: Iterable[ImdbEpisode | UnreadableLine]) -> StoredEpisodesFile:
        """Store the IMDb ids of stored episodes, in one transaction or not at all.

        An episode is the one with the same numbers in the series of the same IMDb id, if there is one only. In a file
        without series there is none to find.

        Raises:
            StoreError: nothing of it was stored.
        """
        read = _Reading()
        if SERIES not in self._tables.file.kinds:
            titles = sum(map(len, read.pieces(lines, ImdbEpisode)))
            return StoredEpisodesFile(file.made_at, titles, 0, 0, 0, 0, 0, read.unreadable, read.examples)
        with self._tables.transaction() as tx:
            # The file is of all series there are: what is not stored is not even staged.
            stored = {imdb_id for (imdb_id,) in tx.of(SERIES).run("imdb_ids_of_kind")}
            tx.run("stage_imdb_episodes")
            for found in read.pieces(lines, ImdbEpisode):
                tx.append("staged_imdb_episodes", [line for line in found if line.series_imdb_id in stored])
            tx.of(SERIES).run("join_imdb_episodes")
            ((episodes, joined, without_series, ambiguous, elsewhere),) = tx.run("count_joined_imdb_episodes")
            tx.run("delete_imdb_episodes")
            tx.run("insert_imdb_episodes")
            tx.run("forget_staged_imdb_episodes")
            tx.run("forget_joined_imdb_episodes")
        return StoredEpisodesFile(
            made_at=file.made_at,
            titles=read.titles,
            episodes=episodes,
            joined=joined,
            without_series=without_series,
            ambiguous=ambiguous,
            elsewhere=elsewhere,
            unreadable=read.unreadable,
            examples=read.examples,
        )

    def newest_imdb(self) -> StoredRatingsFile | None:
        """Return the newest of IMDb's files that is stored, None when there is none."""
        for made_at, *counts in self._tables.named("newest_imdb").rows:
            return StoredRatingsFile(rows.from_utc(made_at), *counts)
        return None

    def has_new_titles(self) -> bool:
        """Return whether there may be titles that were not known when the newest file was stored.

        It compares which titles there are, by the hashes of their ids: to compare how many took as long.
        """
        newest = self._tables.named("known_to_newest_imdb").rows
        # A title may be known in several places, and is one: two films may name it, or a film and an episode.
        names = [statements(kind)["imdb_ids_of_kind"] for kind in self._tables.file.kinds]
        names.append(statements(SERIES)["imdb_ids_of_episodes"])
        known = " UNION ".join(name.rstrip().rstrip(";") for name in names)
        now = self._tables.file.ask(f"SELECT bit_xor(hash(imdb_id)) FROM ({known})", {}).rows  # noqa: S608 - our own
        return now != (newest or [(None,)])


@dataclass(slots=True)
class _Reading:
    """The contents of a file, counted while it is read."""

    titles: int = 0
    unreadable: int = 0
    examples: list[str] = field(default_factory=list)

    def pieces(self, lines: Iterable[T | UnreadableLine], record: type[T]) -> Iterator[list[T]]:
        """Yield what could be read, some thousand lines at a time."""
        left = iter(lines)
        while piece := list(islice(left, _LINES_AT_ONCE)):
            found = [line for line in piece if isinstance(line, record)]
            bad = [line for line in piece if isinstance(line, UnreadableLine)]
            self.titles += len(found)
            self.unreadable += len(bad)
            self.examples += [f"line {line.number}: {line.reason}" for line in bad[: _EXAMPLES - len(self.examples)]]
            yield found
