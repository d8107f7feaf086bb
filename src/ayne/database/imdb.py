"""IMDb's ratings of stored films, out of its daily file."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.imdb.models import ImdbRating, RatingsFile, StoredRatingsFile
from ayne.database import rows
from ayne.database.tables import KindTables

# Some megabytes of Python objects at a time; larger pieces are not faster.
_LINES_AT_ONCE = 20_000

# How many unreadable lines are told about; the others are counted.
_EXAMPLES = 10


class ImdbRatings:
    """IMDb's ratings of what is stored, of all kinds."""

    def __init__(self, tables: KindTables) -> None:
        self._tables = tables

    def store_imdb(self, file: RatingsFile, lines: Iterable[ImdbRating | UnreadableLine]) -> StoredRatingsFile:
        """Store what a file says of the titles that stored films name, in one transaction or not at all.

        What an earlier file said of a title that is not in this one stays.

        Raises:
            StoreError: nothing of it was stored.
        """
        now, made_at = rows.to_utc(self._tables.file.clock.now()), rows.to_utc(file.made_at)
        titles = unreadable = 0
        examples: list[str] = []
        with self._tables.transaction() as tx:
            tx.run("stage_imdb")
            left = iter(lines)
            while piece := list(islice(left, _LINES_AT_ONCE)):
                found = [line for line in piece if isinstance(line, ImdbRating)]
                tx.append("staged_imdb", found)
                titles += len(found)
                bad = [line for line in piece if isinstance(line, UnreadableLine)]
                unreadable += len(bad)
                examples += [f"line {line.number}: {line.reason}" for line in bad[: _EXAMPLES - len(examples)]]
            tx.run("stage_titles")
            for kind in self._tables.file.kinds:
                tx.of(kind).run("stage_titles_of_kind")
            tx.run("keep_imdb_of_titles")
            tx.run("note_imdb_history", made_at=made_at)
            tx.run("delete_imdb")
            tx.run("insert_imdb", made_at=made_at)
            ((films, rated),) = tx.run("finish_imdb", made_at=made_at, now=now, titles=titles, unreadable=unreadable)
            tx.run("forget_staged_imdb")
            tx.run("forget_titles")
            tx.run("forget_found_imdb")
        return StoredRatingsFile(file.made_at, titles, films, rated, unreadable, examples)

    def newest_imdb(self) -> StoredRatingsFile | None:
        """The newest of IMDb's files that is stored, None when there is none."""
        for made_at, *counts in self._tables.named("newest_imdb").rows:
            return StoredRatingsFile(rows.from_utc(made_at), *counts)
        return None

    def has_new_titles(self) -> bool:
        """Whether stored films name more titles than they did when the newest file was stored."""
        newest = self.newest_imdb()
        titles = 0
        for kind in self._tables.file.kinds:
            ((of_kind,),) = KindTables(self._tables.file, kind).named("count_imdb_ids").rows
            titles += of_kind
        return bool(titles > (newest.films if newest else 0))
