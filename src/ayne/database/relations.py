"""Tables for notebooks: DuckDB relations that do not hold the file.

A relation is a query that runs whenever its rows are needed. A relation over the file itself would keep the file open,
and nobody could write to it meanwhile: a notebook left open overnight would stop the nightly sync. So the table is
first copied into a Parquet file in a temporary folder, which is quick and needs no memory; the relation reads the copy.
"""

from __future__ import annotations

import shutil
import weakref
from pathlib import Path
from tempfile import mkdtemp

import duckdb

from ayne.database.export_tables import exported
from ayne.database.file import DatabaseFile

# Beside what is exported, and the views of what TMDB has.
_OTHERS = ("ranges", "runs", "failures", "given")


class _Copies:
    """Copies of tables as Parquet files in a temporary folder, which is removed with this object, and a connection."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="ayne-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._con = duckdb.connect(":memory:")
        self._known: dict[str, tuple[tuple[int, ...], Path]] = {}
        self._count = 0

    def of(self, table: str, state: tuple[int, ...] | None) -> Path | None:
        """Return the copy of a table as it is now, None when there is none."""
        copied, path = self._known.get(table, (None, None))
        return path if state is not None and copied == state else None

    def place(self) -> Path:
        """Return the path of the next copy."""
        self._count += 1
        return self._folder / f"{self._count}.parquet"

    def note(self, table: str, state: tuple[int, ...] | None, path: Path) -> None:
        """Remember the time of a copy."""
        if state is not None:
            self._known[table] = (state, path)

    def relation(self, path: Path) -> duckdb.DuckDBPyRelation:
        """Return a copy as a relation. The copies stay as long as it does, or a relation made from it."""
        found = self._con.read_parquet(str(path))
        # A relation cannot be given attributes; what waits for its end is handed the copies and holds on to them.
        weakref.finalize(found, _let_go, self)
        return found

    def close(self) -> None:
        """Remove the copies."""
        self._con.close()
        self._remove()


def _let_go(_copies: _Copies) -> None:
    """Remove the copies when nobody uses a relation over them any more."""


class Relations:
    """Tables as relations.

    You can join all relations of one client with each other. Each shows the table as it was when you asked for it,
    until the client is closed. If the file has not changed, asking again does not copy it again.

    ``.df()`` needs pandas, ``.pl()`` polars and pyarrow, ``.arrow()`` (a reader; ``.to_arrow_table()`` for a table)
    pyarrow; ``.fetchall()`` and ``.to_dicts()`` need nothing.
    """

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._copies: _Copies | None = None

    def movies(self, *, everything: bool = False) -> duckdb.DuckDBPyRelation:
        """Return the films that TMDB has, one row each.

        Args:
            everything: also those that are gone, merged into another or purged.

        Raises:
            StoreError: the file does not exist, or cannot be read.

        Example:
            >>> from ayne.database.duckdb_client import DuckDBClient
            >>> db = DuckDBClient(":memory:")
            >>> db.movies().filter("revenue > budget").select("title", "revenue").fetchall()
            []
        """
        return self.relation("movies" if everything else "films")

    def ratings(self) -> duckdb.DuckDBPyRelation:
        """Return OMDb's ratings, one row for each ``imdb_id``: ``db.movies().join(db.ratings(), "imdb_id")``."""
        return self.relation("ratings")

    def credits(self) -> duckdb.DuckDBPyRelation:
        """Return who did what in a film; a person has a row for each job."""
        return self.relation("credits")

    def keywords(self) -> duckdb.DuckDBPyRelation:
        """Return the keywords of films."""
        return self.relation("keywords")

    def watch_providers(self) -> duckdb.DuckDBPyRelation:
        """Return where to watch films, by country; the data come from JustWatch."""
        return self.relation("watch_providers")

    def series(self, *, everything: bool = False) -> duckdb.DuckDBPyRelation:
        """Return the series that TMDB has, one row each; with ``everything`` also gone, merged or purged ones."""
        return self.relation("series" if everything else "live_series")

    def seasons(self) -> duckdb.DuckDBPyRelation:
        """Return the seasons of the series that TMDB has: ``db.seasons().filter("series_id = 1396")``."""
        return self.relation("live_seasons")

    def episodes(self) -> duckdb.DuckDBPyRelation:
        """Return the episodes of the series that TMDB has, including season 0 (specials)."""
        return self.relation("live_episodes")

    def people(self, *, everything: bool = False) -> duckdb.DuckDBPyRelation:
        """Return the fetched people that TMDB has; with ``everything`` also those that are gone or purged."""
        return self.relation("people" if everything else "live_people")

    def movie_history(self) -> duckdb.DuckDBPyRelation:
        """Return how votes, popularity, revenue, budget and status of films changed."""
        return self.relation("movie_history")

    def relation(self, table: str) -> duckdb.DuckDBPyRelation:
        """Return any table: those that are exported, ``films``, ``given``, ``ranges``, ``runs`` and ``failures``.

        Raises:
            ValueError: there is no such table; the message names those that there are.
            StoreError: the file does not exist, or cannot be read.
        """
        kinds = self._file.kinds
        if table not in (known := {*exported(kinds), *(each.live for kind in kinds for each in kind.family), *_OTHERS}):
            raise ValueError(f"there is no table {table!r}; there are {', '.join(sorted(known))}")
        if self._copies is None:
            self._copies = _Copies()
        state = self._state()
        path = self._copies.of(table, state)
        if path is None:
            path = self._copies.place()
            with self._file.reading(into=path.parent) as con:
                con.table(table).write_parquet(str(path), compression="zstd")
            self._copies.note(table, state, path)
        return self._copies.relation(path)

    def _state(self) -> tuple[int, ...] | None:
        """Return a value that changes whenever the file does; None when that cannot be known."""
        files = [Path(self._file.path), Path(f"{self._file.path}.wal")]
        known = [file.stat() for file in files if file.exists()]
        return tuple(number for stat in known for number in (stat.st_mtime_ns, stat.st_size)) or None

    def close(self) -> None:
        """Drop the copies that relations read."""
        if self._copies:
            self._copies.close()
            self._copies = None
