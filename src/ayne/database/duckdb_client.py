"""The store in a DuckDB file: films, and the progress of collecting them.

Rows and the progress they stand for are written in one transaction, so the progress in a file always matches its films.
The file is held only for as long as a call takes. In between, which is nearly always, ``ayne status``, ``ayne sql`` or
a notebook can open it.

The class is synchronous. A caller that must not wait calls it from a separate thread, one call at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from ayne.clock import Clock
from ayne.data_collection.answers import KeptAnswer
from ayne.data_collection.commit import Commit
from ayne.data_collection.refresh import MaybeDue, StoredCopy
from ayne.data_collection.run_report import Rebuilt
from ayne.database import delta_tables, export_tables, given, history, object_storage, rows, writes
from ayne.database.changes import Changes, settle_changed
from ayne.database.connection import interruptible
from ayne.database.credited import CreditedPeople
from ayne.database.delta_tables import SharedTable
from ayne.database.exported_ids import ExportedIds
from ayne.database.file import DatabaseFile, Rows
from ayne.database.given import GivenLists
from ayne.database.history import History
from ayne.database.imdb import ImdbRatings
from ayne.database.ledger import Ledger
from ayne.database.numbers import Numbers
from ayne.database.ratings import Ratings
from ayne.database.relations import Relations
from ayne.database.rows import Record
from ayne.database.statements import statements
from ayne.database.tables import KindTables
from ayne.errors import ConfigurationError, StoreBusy
from ayne.kinds import MOVIE, Kind

__all__ = ["DuckDBClient", "Rows"]

# Rows that are read at a time where there may be a million.
_ROWS_AT_ONCE = 5_000

Part = TypeVar("Part")
Given = ParamSpec("Given")
Result = TypeVar("Result")


def _of(
    part: Callable[[DuckDBClient], Part], method: Callable[Concatenate[Part, Given], Result]
) -> Callable[Concatenate[DuckDBClient, Given], Result]:
    """Return a method of the store that one of its parts answers."""

    @wraps(method)
    def answer(self: DuckDBClient, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        return method(part(self), *args, **kwargs)

    return answer


class DuckDBClient:
    """Films, or another kind, in a DuckDB file.

    A store holds one kind; :meth:`of` returns the store of another kind in the same file.

    Args:
        path: the file; by default ``AYNE_DB`` or ``films.duckdb``; ``":memory:"`` for none. The first write creates it,
            or migrates it. Or a file object that is in use already, with its settings.
        kind: what the store holds.
        patience: seconds to wait for another process that holds the file.
        clock: what says when a film was first seen.
        on_wait: called repeatedly while another process holds the file, with the error that would be raised in the end
            and the seconds waited so far. To stop waiting, raise an error in it.

    Raises:
        ValueError: ``patience`` is negative or no number.
        ConfigurationError: ``path`` is empty, or an address.

    Example:
        >>> db = DuckDBClient(":memory:")
        >>> db.query("SELECT count(*) AS films FROM movies").as_dicts()
        [{'films': 0}]
    """

    def __init__(
        self,
        path: str | Path | DatabaseFile | None = None,
        *,
        kind: Kind = MOVIE,
        patience: float = 20.0,
        clock: Clock | None = None,
        on_wait: Callable[[StoreBusy, float], None] | None = None,
    ) -> None:
        if not isinstance(path, DatabaseFile):
            path = DatabaseFile(path, patience=patience, clock=clock, on_wait=on_wait)
        path.know(kind)
        self.kind = kind
        self._file = path
        self._tables = KindTables(path, kind)
        self._ledger = Ledger(self._tables)
        self._exported_ids = ExportedIds(self._tables)
        self._given = GivenLists(self._tables)
        self._credited = CreditedPeople(self._tables)
        self._changes = Changes(self._tables)
        self._history = History(self._tables)
        self._imdb = ImdbRatings(self._tables)
        self._numbers = Numbers(self._tables)
        self._ratings = Ratings(self._tables)
        self._relations = Relations(path)

    def of(self, kind: Kind) -> Self:
        """Return the store of another kind in the same file: with the same lock, connection and clock.

        Example:
            >>> from ayne.kinds import MOVIE
            >>> DuckDBClient(":memory:").of(MOVIE).kind.plural
            'films'
        """
        return type(self)(self._file, kind=kind)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, 'path', None)!r})"

    @property
    def path(self) -> str:
        """The file."""
        return self._file.path

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds whose tables the file has, as far as known here."""
        return self._file.kinds

    def close(self) -> None:
        """Close a database in memory, and drop copies for relations; a file is never held between calls."""
        self._file.close()
        self._relations.close()

    # --- the file itself, and what each part of the store answers -------------------------------------------------

    collecting = _of(lambda self: self._file, DatabaseFile.collecting)
    freshness = _of(lambda self: self._file, DatabaseFile.freshness)
    query = _of(lambda self: self._file, DatabaseFile.query)
    query_to_parquet = _of(lambda self: self._file, DatabaseFile.query_to_parquet)
    one_moment = _of(lambda self: self._file, DatabaseFile.one_moment)

    begin_sweep = _of(lambda self: self._ledger, Ledger.begin_sweep)
    finish_sweep = _of(lambda self: self._ledger, Ledger.finish_sweep)
    latest_sweep = _of(lambda self: self._ledger, Ledger.latest_sweep)
    films_of_day = _of(lambda self: self._ledger, Ledger.films_of_day)
    coverage = _of(lambda self: self._ledger, Ledger.coverage)
    stored_of_sweeps = _of(lambda self: self._ledger, Ledger.stored_of_sweeps)
    ids_without_details = _of(lambda self: self._ledger, Ledger.ids_without_details)
    count_without_details = _of(lambda self: self._ledger, Ledger.count_without_details)
    count_waiting = _of(lambda self: self._ledger, Ledger.count_waiting)
    ids_without_parts = _of(lambda self: self._ledger, Ledger.ids_without_parts)
    count_without_parts = _of(lambda self: self._ledger, Ledger.count_without_parts)

    named_ids = _of(lambda self: self._ledger, Ledger.named_ids)
    count_named = _of(lambda self: self._ledger, Ledger.count_named)

    store_export = _of(lambda self: self._exported_ids, ExportedIds.store_export)
    newest_export = _of(lambda self: self._exported_ids, ExportedIds.newest_export)
    ids_from_exports = _of(lambda self: self._exported_ids, ExportedIds.ids_from_exports)
    count_from_exports = _of(lambda self: self._exported_ids, ExportedIds.count_from_exports)
    count_waiting_in_exports = _of(lambda self: self._exported_ids, ExportedIds.count_waiting_in_exports)
    begin_new_ids = _of(lambda self: self._exported_ids, ExportedIds.begin_new_ids)
    enter_new_ids = _of(lambda self: self._exported_ids, ExportedIds.enter_new_ids)
    reconcile = _of(lambda self: self._exported_ids, ExportedIds.reconcile)
    only_in_export = _of(lambda self: self._exported_ids, ExportedIds.only_in_export)
    only_listed = _of(lambda self: self._exported_ids, ExportedIds.only_listed)

    parquet = _of(lambda self: self._given, GivenLists.parquet)
    enter_given = _of(lambda self: self._given, GivenLists.enter_given)
    foresee_given = _of(lambda self: self._given, GivenLists.foresee_given)
    given_waiting = _of(lambda self: self._given, GivenLists.given_waiting)
    count_given_waiting = _of(lambda self: self._given, GivenLists.count_given_waiting)
    given_merged = _of(lambda self: self._given, GivenLists.given_merged)
    given_outcomes = _of(lambda self: self._given, GivenLists.given_outcomes)
    voucher = _of(lambda self: self._given, GivenLists.voucher)

    credited_jobs = _of(lambda self: self._credited, CreditedPeople.credited_jobs)
    credited_ids = _of(lambda self: self._credited, CreditedPeople.credited_ids)
    count_credited = _of(lambda self: self._credited, CreditedPeople.count_credited)

    enter_changes = _of(lambda self: self._changes, Changes.enter_changes)
    new_and_waiting = _of(lambda self: self._changes, Changes.new_and_waiting)
    days_of_feed = _of(lambda self: self._changes, Changes.days_of_feed)
    feed_position = _of(lambda self: self._changes, Changes.feed_position)

    etags = _of(lambda self: self._history, History.etags)
    history = _of(lambda self: self._history, History.history)
    newest_moment = _of(lambda self: self._history, History.newest_moment)
    set_back = _of(lambda self: self._history, History.set_back)
    standing = _of(lambda self: self._history, History.standing)
    look_again_at_marks = _of(lambda self: self._history, History.look_again_at_marks)
    overdue = _of(lambda self: self._history, History.overdue)
    purge = _of(lambda self: self._history, History.purge)
    expiring = _of(lambda self: self._history, History.expiring)

    lease_ratings = _of(lambda self: self._ratings, Ratings.lease_ratings)
    commit_ratings = _of(lambda self: self._ratings, Ratings.commit_ratings)
    unrated = _of(lambda self: self._ratings, Ratings.unrated)
    allowance = _of(lambda self: self._ratings, Ratings.allowance)

    store_imdb = _of(lambda self: self._imdb, ImdbRatings.store_imdb)
    store_imdb_episodes = _of(lambda self: self._imdb, ImdbRatings.store_imdb_episodes)
    newest_imdb = _of(lambda self: self._imdb, ImdbRatings.newest_imdb)
    has_new_titles = _of(lambda self: self._imdb, ImdbRatings.has_new_titles)
    number_copies = _of(lambda self: self._numbers, Numbers.number_copies)
    number_looks = _of(lambda self: self._numbers, Numbers.number_looks)
    unseen_in = _of(lambda self: self._numbers, Numbers.unseen_in)
    without_details = _of(lambda self: self._numbers, Numbers.without_details)
    details_ages = _of(lambda self: self._numbers, Numbers.details_ages)
    oldest_details = _of(lambda self: self._numbers, Numbers.oldest_details)

    relation = _of(lambda self: self._relations, Relations.relation)
    movies = _of(lambda self: self._relations, Relations.movies)
    ratings = _of(lambda self: self._relations, Relations.ratings)
    credits = _of(lambda self: self._relations, Relations.credits)
    keywords = _of(lambda self: self._relations, Relations.keywords)
    watch_providers = _of(lambda self: self._relations, Relations.watch_providers)
    movie_history = _of(lambda self: self._relations, Relations.movie_history)
    series = _of(lambda self: self._relations, Relations.series)
    seasons = _of(lambda self: self._relations, Relations.seasons)
    episodes = _of(lambda self: self._relations, Relations.episodes)
    people = _of(lambda self: self._relations, Relations.people)

    # --- writing --------------------------------------------------------------------------------------------------

    def commit(self, batch: Commit) -> None:
        """Store rows and the progress they stand for in one transaction.

        Raises:
            StoreError: no row of the batch was stored.
        """
        now = rows.to_utc(self._file.clock.now())
        films = writes.Films.of(batch.details, self.kind)
        with self._tables.transaction() as tx:
            if batch.pages:
                if batch.sweep_id is None:
                    raise ValueError("pages belong to a sweep")
                writes.store_pages(tx, batch.sweep_id, batch.pages, now)
            if batch.listed:
                writes.store_listed(tx, batch.listed, now)
            if films.details:
                writes.store_details(tx, films, now)
            if batch.unchanged:
                history.store_unchanged(tx, batch.unchanged)
                settle_changed(tx, {film.tmdb_id: rows.to_utc(film.observed_at) for film in batch.unchanged})
            if batch.outside:
                tx.run("forget_failures", ids=[film["tmdb_id"] for film in batch.outside])
                settle_changed(tx, {film["tmdb_id"]: rows.moment(film) for film in batch.outside})
            if batch.failures:
                writes.store_failures(tx, batch.failures, now)
            if batch.answers and batch.given_list:
                given.store_answers(tx, batch.given_list, batch.answers, now)

    def commit_rebuilt(self, films: Sequence[Record]) -> Rebuilt:
        """Store films that were read again from kept answers, but nothing older than what is stored.

        Args:
            films: each film's answers, the oldest first.

        Raises:
            StoreError: nothing of it was stored.
        """
        read = writes.Films.of(films, self.kind)
        with self._tables.transaction() as tx:
            return writes.store_rebuilt(tx, read)

    def begin_run(self, version: str, plan: dict[str, Any], now: datetime) -> int:
        """Store the start of a run; return its number.

        Raises:
            ConfigurationError: the file holds films of another server, or in another language.
        """
        language = (plan.get("query") or {}).get("language") or "en-US"
        with self._tables.transaction() as tx:
            for server, spoken in tx.run("last_asked", server=plan.get("server"), language=language):
                # While a file has rows no other run is let in, so they are of whom the last run asked.
                if held := [kind.plural for kind in self.kinds if tx.of(kind).run("has_rows") == [(True,)]]:
                    raise ConfigurationError(
                        f"{self.path} holds {' and '.join(held)} of {server} in {spoken or 'en-US'}; these would be of "
                        f"{plan.get('server')} in {language}. Collect them into another file with --db."
                    )
                tx.run("forget_what_was_learned")
            ((run_id,),) = tx.run("begin_run", version=version, plan=rows.as_json(plan), now=rows.to_utc(now))
        return int(run_id)

    def finish_run(self, run_id: int, outcome: str, report: dict[str, Any], now: datetime) -> None:
        """Note how a run ended."""
        with self._tables.transaction() as tx:
            told = {"outcome": outcome, "report": rows.as_json(report)}
            tx.run("finish_run", run_id=run_id, **told, now=rows.to_utc(now))

    # --- reading --------------------------------------------------------------------------------------------------

    def named(self, name: str, **values: Any) -> Rows:
        """Run a named statement of ``sql/`` that only reads."""
        return self._tables.named(name, **values)

    def count_kept_answers(self) -> int:
        """Count the films whose answers were kept as received."""
        return int(self.named("count_raw").rows[0][0])

    def kept_answers(self, after: int, films: int) -> list[KeptAnswer]:
        """Return the answers of the next films by id, each film's together and the oldest first."""
        found = self.named("raw_batch", after=after, films=films).rows
        return [
            KeptAnswer(tmdb_id, tuple(parts), body.encode(), rows.from_utc(observed_at))
            for tmdb_id, parts, body, observed_at in found
        ]

    def stored_copies(self, net: MaybeDue, now: datetime) -> Iterator[StoredCopy]:
        """Return films that may be due and may be asked for now; all that are due, and few others."""
        values = {
            "now": rows.to_utc(now),
            "released_after": net.released_after,
            "young_before": rows.to_utc(net.young_before),
            "going_on_before": rows.to_utc(net.going_on_before),
            "old_before": rows.to_utc(net.old_before),
            "quiet_before": rows.to_utc(net.quiet_before),
            "quiet_votes": net.quiet_votes,
            "quiet_popularity": net.quiet_popularity,
        }
        with self._file.reading() as con:
            found = con.execute(statements(self.kind)["stored_copies"], values)
            while piece := found.fetchmany(_ROWS_AT_ONCE):
                yield from (rows.stored_copy_of(row, self.kind) for row in piece)

    def parts_of(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """Return the parts that each of these films has; leave out films without any."""
        return dict(self.named("parts_of_films", ids=list(ids)).rows)

    def children_of(self, ids: Sequence[int]) -> dict[int, list[int]]:
        """Return the numbers of what is stored inside each of these, like the seasons of series."""
        numbered = [child for child in self.kind.children if child.inside and child.inside.appended]
        tables = [KindTables(self._file, child) for child in numbered]
        return {key: found for each in tables for key, found in each.named("numbers_of_children", ids=list(ids)).rows}

    def movie(self, movie_id: int | str) -> dict[str, Any] | None:
        """Return a stored film by TMDB id, or by IMDb id if that is a text; None when it is not stored."""
        name = "movie_by_tmdb_id" if isinstance(movie_id, int) else "movie_by_imdb_id"
        found = self.named(name, id=movie_id).as_dicts()
        return found[0] if found else None

    @property
    def _exported(self) -> tuple[Kind, ...]:
        """Return the kinds whose tables are exported, the store's own first."""
        return (self.kind, *(kind for kind in self.kinds if kind is not self.kind))

    def export(
        self, folder: Path, form: str, *, by_year: bool = False, verbatim: bool = False
    ) -> list[tuple[str, int, Path]]:
        """Write the films, and every other table that has rows, to files, which appear when all are whole.

        ``schema.json`` beside them describes each table and column, and lists the files with their SHA-256. Parquet
        files also describe their columns in their metadata. An export replaces the files that ``schema.json`` lists,
        and no others.

        A CSV file is written for spreadsheets. It begins with a byte order mark, and lists are joined by ``"; "``. A
        text that begins with one of ``= + - @ '``, even behind blanks or a semicolon, or with a tab or a line break,
        gets an apostrophe in front, so that no spreadsheet takes it for a formula. To restore the texts, remove one
        apostrophe from those that begin with one.

        Args:
            folder: the folder to write to; created if missing.
            form: ``parquet``, ``csv`` or ``jsonl``.
            by_year: the films as a folder of Parquet files, one for each year of release, as
                ``movies/year=2024/data_0.parquet``.
            verbatim: CSV as DuckDB writes it, for programs.

        Returns:
            The name of each table, its rows, and its file or folder.

        Raises:
            ValueError: there is no such form, or it has no such option.
            ConfigurationError: the folder has a file that no export wrote, or that was changed since; nothing was
                written.
            SharedStorageBusy: another export is writing to the folder.
            OSError: the folder cannot be written to.
        """
        options = {"by_year": by_year, "verbatim": verbatim}
        export_tables.check_form(form, **options)
        with self._file.reading(into=folder) as con, self._file.as_made():
            return interruptible(con, lambda: export_tables.write(con, self._exported, folder, form, **options))

    def export_delta(self, out: str | Path) -> list[SharedTable]:
        """Write the films, and each table of parts that has rows, to Delta tables that other programs read.

        Each is partitioned by year of release (``release_year``, NULL for films without a date), and a partition is
        written only when it changed since the last export. A table changes in one commit: a reader sees its old or its
        new version, even if the export is killed. Each table has its own commit; the films come last.

        The file is held only while the changed rows are copied into a temporary folder, which must have room for them.

        Args:
            out: an address like ``s3://bucket/films``, or a folder; each table lies below it under its name.
                Credentials come from the environment, ``AWS_ACCESS_KEY_ID`` and the like.

        Returns:
            The result for each table.

        Raises:
            ConfigurationError: the extra ``ayne[delta]`` is not installed, there is no such bucket, the credentials do
                not suffice, or somebody else's table is there.
            SharedStorageBusy: somebody else wrote to a table meanwhile.
            SharedStorageError: the place could not be reached.

        Example:
            >>> from tempfile import TemporaryDirectory
            >>> with TemporaryDirectory() as folder:
            ...     [films] = DuckDBClient(":memory:").export_delta(folder)
            >>> films.table, films.rows, films.version
            ('movies', 0, 0)
        """
        place = object_storage.place_of(out)
        found = delta_tables.look(place, self._exported)
        with TemporaryDirectory(prefix="ayne-") as name:
            folder = Path(name)
            with self._file.reading(into=folder) as con, self._file.as_made():
                staged = interruptible(con, lambda: delta_tables.stage(con, self._exported, found, folder))
            return list(delta_tables.share(place, found, staged))
