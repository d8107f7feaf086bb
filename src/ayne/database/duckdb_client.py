"""The DuckDB file: films, and how far the collection of them is.

A DuckDB file belongs to one process at a time, even for reading. So it is opened for each commit and closed after it;
in between, which is nearly always, ``ayne status``, ``ayne sql`` or a notebook can have it. Rows and the progress
they stand for are one transaction: a file is never ahead of its films, nor behind.

The class is synchronous. Whoever must not wait calls it from a thread of its own, one at a time.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import duckdb

from ayne import settings
from ayne.clock import Clock, SystemClock
from ayne.data_collection.commit import (
    Commit,
    DayOfChanges,
    FeedPosition,
    KeptAnswer,
    MaybeDue,
    Rebuilt,
    Reconciliation,
    StoredCopy,
    StoredExport,
)
from ayne.data_collection.tmdb.coverage import Sweep, SweepPlan
from ayne.data_collection.tmdb.models import Export, ExportedMovie, MovieDetails, UnreadableLine
from ayne.database import commits, history, migrations, rows, table_files
from ayne.database.history import HistoryTables
from ayne.database.ratings import RatingTables
from ayne.database.statements import statements
from ayne.errors import ConfigurationError, StoreBusy, StoreError, StoreUnreadable

if sys.platform != "win32":
    import fcntl

# More than any table holds; LIMIT takes no NULL.
_NO_LIMIT = 2**62

# Rows that are read at a time where there may be a million.
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a query: the names of its columns, and its rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Each row as a dict."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class DuckDBClient(HistoryTables, RatingTables):
    """Films in a DuckDB file.

    Args:
        path: the file; by default ``AYNE_DB`` or ``films.duckdb``; ``":memory:"`` for none. It is made, or brought up
            to date, by the first write.
        patience: seconds to wait for another process that holds the file.
        clock: what says when a film was first seen.

    Example:
        >>> db = DuckDBClient(":memory:")
        >>> db.query("SELECT count(*) AS films FROM movies").as_dicts()
        [{'films': 0}]
    """

    def __init__(self, path: str | Path | None = None, *, patience: float = 20.0, clock: Clock | None = None) -> None:
        self.path = str(path) if path is not None else str(settings.database_path())
        self._patience = patience
        self._clock = clock or SystemClock()
        self._up_to_date = False
        self._memory = duckdb.connect(":memory:") if self.path == ":memory:" else None

    def __repr__(self) -> str:
        return f"DuckDBClient({self.path!r})"

    def close(self) -> None:
        """Let go of a database in memory; a file is never held between calls."""
        if self._memory:
            self._memory.close()

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """For as long as the context, nobody else may collect into this file.

        The mark is a lock on a file beside it, which the system lets go when the process ends, however it ends.

        Raises:
            StoreBusy: somebody else is collecting into it.
            ConfigurationError: the folder does not exist or cannot be written to.
        """
        if self._memory or sys.platform == "win32":
            yield
            return
        with self._open_mark() as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreBusy(f"Another ayne is collecting into {self.path}. Wait for it to finish.") from None
            yield

    def _open_mark(self) -> IO[str]:
        try:
            return Path(f"{self.path}.lock").open("a", encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"{self.path} cannot be written: {error.strerror}. Name another file with --db."
            ) from None

    # --- writing --------------------------------------------------------------------------------------------------

    def commit(self, batch: Commit) -> None:
        """Store rows and the progress they stand for in one transaction.

        Raises:
            StoreError: nothing of the batch was stored.
        """
        now = rows.to_utc(self._clock.now())
        films = commits.Films.of(batch.details)
        with self._transaction() as con:
            if batch.pages:
                if batch.sweep_id is None:
                    raise ValueError("pages belong to a sweep")
                commits.store_pages(con, batch.sweep_id, batch.pages, now)
            if films.details:
                commits.store_details(con, films, now)
            if batch.unchanged:
                history.store_unchanged(con, batch.unchanged)
                seen = {film.tmdb_id: rows.to_utc(film.observed_at) for film in batch.unchanged}
                commits.settle_changed(con, seen)
            if batch.failures:
                commits.store_failures(con, batch.failures, now)

    def commit_rebuilt(self, films: Sequence[MovieDetails]) -> Rebuilt:
        """Store films that were read again from kept answers; what came later, and when it was seen, stays.

        Args:
            films: each film's answers, the oldest first.

        Raises:
            StoreError: nothing of it was stored.
        """
        read = commits.Films.of(films)
        with self._transaction() as con:
            return commits.store_rebuilt(con, read)

    def begin_sweep(self, plan: SweepPlan, now: datetime) -> Sweep:
        """Enter a new discovery into the ledger."""
        with self._transaction() as con:
            values = {"identity": plan.identity, "last_day": f"{plan.end_year}-12-31", "now": rows.to_utc(now)}
            ((sweep_id,),) = con.execute(statements()["begin_sweep"], values).fetchall()
        return Sweep(sweep_id, now, None, [], [])

    def finish_sweep(self, sweep_id: int, now: datetime) -> None:
        """Note that every page of a discovery is in."""
        with self._transaction() as con:
            con.execute(statements()["finish_sweep"], {"sweep_id": sweep_id, "now": rows.to_utc(now)})
            con.execute(statements()["forget_superseded"], {"sweep_id": sweep_id})

    def store_export(self, export: Export, lines: Iterable[ExportedMovie | UnreadableLine]) -> StoredExport:
        """Put the films of a daily id export into the census: all of them in one transaction, or none.

        Args:
            export: which it is.
            lines: all its lines, as :func:`~ayne.data_collection.tmdb.export_files.read_export` gives them.

        Raises:
            ValueError: a newer export of this name is in the census already.
            StoreError: nothing of it was stored.
        """
        now = rows.to_utc(self._clock.now())
        with self._transaction() as con:
            for _, day, *_ in con.execute(statements()["newest_export"], {"export": export.name}).fetchall():
                if day > export.day:
                    raise ValueError(
                        f"the {export.name} export of {day} is stored, and newer than that of {export.day}"
                    )
            if not self._memory:
                # For as long as this connection. A database in memory has nowhere else to put things.
                con.execute(statements()["limit_memory"])
            return commits.store_export(con, export, lines, now)

    def enter_changes(self, day: DayOfChanges, now: datetime) -> tuple[int, int]:
        """Enter the films that changed on a day, and move the watermark behind them, in one transaction.

        Args:
            day: what the feed says of it; the watermark stays where it is when that is not all.
            now: the moment it was read.

        Returns:
            How many stored films are to be fetched because of it and were not already, and how many others.

        Raises:
            StoreError: nothing of it was stored.
        """
        with self._transaction() as con:
            return commits.store_day_of_changes(con, day, rows.to_utc(now))

    def begin_run(self, version: str, plan: dict[str, Any], now: datetime) -> int:
        """Enter a run; its number.

        Raises:
            ConfigurationError: the file holds films of another server, or in another language.
        """
        language = (plan.get("query") or {}).get("language") or "en-US"
        with self._transaction() as con:
            values = {"server": plan.get("server"), "language": language}
            for server, spoken in con.execute(statements()["other_films"], values).fetchall():
                raise ConfigurationError(
                    f"{self.path} holds films of {server} in {spoken or 'en-US'}; these would be of "
                    f"{plan.get('server')} in {language}. Collect them into another file with --db."
                )
            values = {"version": version, "plan": rows.as_json(plan), "now": rows.to_utc(now)}
            ((run_id,),) = con.execute(statements()["begin_run"], values).fetchall()
        return int(run_id)

    def finish_run(self, run_id: int, outcome: str, report: dict[str, Any], now: datetime) -> None:
        """Note how a run ended."""
        with self._transaction() as con:
            values = {"run_id": run_id, "outcome": outcome, "report": rows.as_json(report), "now": rows.to_utc(now)}
            con.execute(statements()["finish_run"], values)

    # --- reading --------------------------------------------------------------------------------------------------

    def query(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Rows:
        """Run a query on the file; it cannot change anything.

        Raises:
            StoreError: there is no such file, or it cannot be read.
            duckdb.Error: the query is wrong.
        """
        with self._reading() as con:
            # Not what execute() returns: for a text without a statement that is None.
            con.execute(sql, parameters)
            return Rows([column[0] for column in con.description or []], con.fetchall())

    def named(self, name: str, **values: Any) -> Rows:
        """Run one of the named statements of ``sql/statements.sql`` that only read."""
        return self.query(statements()[name], values)

    def latest_sweep(self, plan: SweepPlan) -> Sweep | None:
        """The newest discovery of this plan, None when there was none."""
        for sweep_id, started_at, finished_at in self.named("latest_sweep", identity=plan.identity).rows:
            known = [rows.progress_of(row) for row in self.named("ranges_of_sweep", sweep_id=sweep_id).rows]
            is_open = any(progress.state == "open" and progress.pages for progress in known)
            found = self.named("listed_in_open_ranges", sweep_id=sweep_id).rows if is_open else []
            listed = [rows.listed_of(row) for row in found]
            return Sweep(sweep_id, rows.from_utc(started_at), finished_at and rows.from_utc(finished_at), known, listed)
        return None

    def films_of_day(self, plan: SweepPlan) -> dict[date, int]:
        """How many films of each day are stored that a discovery of this plan would list."""
        found = self.named(
            "films_of_day",
            first=date(plan.start_year, 1, 1),
            last=date(plan.end_year, 12, 31),
            min_votes=plan.min_vote_count,
            adult=plan.query.include_adult,
            video=plan.query.include_video,
        )
        return dict(found.rows)

    def coverage(self, sweep_id: int) -> dict[str, int]:
        """What TMDB reported for a sweep's ranges and what is there: ``films``, ``reported``, and ranges by state."""
        return self.named("coverage", sweep_id=sweep_id).as_dicts()[0]

    def ids_without_details(self, sweep_id: int, now: datetime, most: int | None = None) -> list[int]:
        """Films a sweep listed whose details are missing and may be asked for now, most voted first."""
        limit = _NO_LIMIT if most is None else most
        found = self.named("ids_without_details", sweep_id=sweep_id, now=rows.to_utc(now), most=limit)
        return [tmdb_id for (tmdb_id,) in found.rows]

    def count_waiting(self, sweep_id: int, now: datetime) -> int:
        """Films a sweep listed that have no details, failed before and may not be asked for yet."""
        ((waiting,),) = self.named("count_waiting", sweep_id=sweep_id, now=rows.to_utc(now)).rows
        return int(waiting)

    def ids_without_parts(
        self, sweep_id: int, parts: Sequence[str], now: datetime, most: int | None = None
    ) -> list[int]:
        """Films a sweep listed that have details but not all of these parts."""
        if not parts:
            return []
        limit = _NO_LIMIT if most is None else most
        values = {"sweep_id": sweep_id, "names": list(parts), "now": rows.to_utc(now), "most": limit}
        return [tmdb_id for (tmdb_id,) in self.named("ids_without_parts", **values).rows]

    def newest_export(self, name: str) -> StoredExport | None:
        """The newest daily id export of this name whose films are in the census, None when there is none."""
        for row in self.named("newest_export", export=name).rows:
            return StoredExport(*row)
        return None

    def ids_from_census(
        self,
        now: datetime,
        most: int | None = None,
        *,
        parts: Sequence[str] = (),
        min_popularity: float | None = None,
        include_adult: bool = False,
        include_video: bool = True,
    ) -> list[int]:
        """Films of the newest exports whose details or parts are missing and may be asked for now, most popular first.

        What TMDB answers no more is asked for again only when an export made a week after that still names it.

        Args:
            now: the moment to judge by.
            most: at most so many.
            parts: the parts they should have.
            min_popularity: leave out films that were less popular on the day of the export, or of unknown popularity.
            include_adult: films with the flag too; they are known when ``adult_movie_ids`` was stored.
            include_video: films with the flag too.
        """
        values = {
            "now": rows.to_utc(now),
            "most": _NO_LIMIT if most is None else most,
            "names": list(parts),
            "min_popularity": min_popularity,
            "include_adult": include_adult,
            "include_video": include_video,
        }
        return [tmdb_id for (tmdb_id,) in self.named("ids_from_census", **values).rows]

    def count_waiting_in_census(self, now: datetime) -> int:
        """Films that the newest exports name that have no details, failed before and may not be asked for yet."""
        ((waiting,),) = self.named("count_waiting_in_census", now=rows.to_utc(now)).rows
        return int(waiting)

    def reconcile(self) -> Reconciliation:
        """How many films only the newest exports know, only the finished sweeps, or both."""
        (found,) = self.named("reconcile").as_dicts()
        return Reconciliation(**found)

    def only_in_export(self, most: int = 20) -> Rows:
        """Films of the newest exports that no finished sweep listed, most popular first, and what is known of why."""
        return self.named("only_in_export", most=most)

    def only_listed(self, most: int = 20) -> Rows:
        """Films that a finished sweep listed and that the newest exports do not name, most voted first."""
        return self.named("only_listed", most=most)

    def count_kept_answers(self) -> int:
        """Films of which answers were kept as they came."""
        return int(self.named("count_raw").rows[0][0])

    def kept_answers(self, after: int, films: int) -> list[KeptAnswer]:
        """The answers of the next films whose ids are larger, each film's together and the oldest first."""
        found = self.named("raw_batch", after=after, films=films).rows
        return [
            KeptAnswer(tmdb_id, tuple(parts), body.encode(), rows.from_utc(observed_at))
            for tmdb_id, parts, body, observed_at in found
        ]

    def stored_copies(self, net: MaybeDue, now: datetime) -> Iterator[StoredCopy]:
        """Films that may be due and may be asked for now; all that are due, and few others."""
        values = {
            "now": rows.to_utc(now),
            "released_after": net.released_after,
            "young_before": rows.to_utc(net.young_before),
            "old_before": rows.to_utc(net.old_before),
            "quiet_before": rows.to_utc(net.quiet_before),
            "quiet_votes": net.quiet_votes,
            "quiet_popularity": net.quiet_popularity,
        }
        with self._reading() as con:
            found = con.execute(statements()["stored_copies"], values)
            while piece := found.fetchmany(_ROWS_AT_ONCE):
                yield from map(rows.stored_copy_of, piece)

    def parts_of(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """The parts that each of these films has; films without any are left out."""
        return dict(self.named("parts_of_films", ids=list(ids)).rows)

    def feed_position(self) -> FeedPosition:
        """How far the change feed was followed."""
        ((watermark, oldest),) = self.named("feed_position").rows
        return FeedPosition(watermark, oldest and rows.from_utc(oldest))

    def movie(self, movie_id: int | str) -> dict[str, Any] | None:
        """One stored film by TMDB id, or by IMDb id when it is a text; None when it is not stored."""
        name = "movie_by_tmdb_id" if isinstance(movie_id, int) else "movie_by_imdb_id"
        found = self.named(name, id=movie_id).as_dicts()
        return found[0] if found else None

    def export(self, folder: Path, form: str) -> list[tuple[str, int, Path]]:
        """Write the films, and each table of parts that has rows, to files; each appears when it is whole.

        Args:
            folder: where to; made when it is not there.
            form: ``parquet``, ``csv`` or ``jsonl``.

        Returns:
            The name of each table, its rows, and its file.

        Raises:
            ValueError: there is no such form.
            OSError: the folder cannot be written to.
        """
        table_files.check_form(form)
        with self._reading(outside=True) as con:
            return table_files.write(con, folder, form)

    # --- the file -------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._connection() as con:
            if not self._up_to_date:
                migrations.migrate(con)
                self._up_to_date = True
            con.begin()
            try:
                yield con
                con.commit()
            except BaseException:
                _roll_back(con)
                raise

    @contextmanager
    def _reading(self, *, outside: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._memory:
            with self._transaction() as con:
                yield con
            return
        if not Path(self.path).exists():
            raise StoreError(f"There is no database {self.path}. `ayne collect` makes one; --db names another.")
        self._bring_up_to_date()
        with self._connection(read_only=True) as con:
            if not migrations.version(con):
                raise StoreError(f"{self.path} is empty. `ayne collect` fills it.")
            if not outside:
                # A query may read what is in the file, and nothing else; COPY … TO would write even over the file.
                con.execute("SET enable_external_access = false")
                con.execute("SET lock_configuration = true")
            yield con

    def _checkpoint(self) -> None:
        with self._connection() as con:
            con.execute("CHECKPOINT")

    def _bring_up_to_date(self) -> None:
        """Statements are written for the newest schema, so a file of an older ayne is migrated before it is read."""
        if not self._up_to_date:
            with self._connection(read_only=True) as con:
                done = migrations.version(con)
            if 0 < done < max(migrations.steps()):
                with self._connection() as con:
                    migrations.migrate(con)
            self._up_to_date = done > 0

    @contextmanager
    def _connection(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._memory:
            yield self._memory
            return
        con = self._open(read_only)
        try:
            yield con
        except duckdb.Error as error:
            # What is wrong with a query is its author's to mend; anything that goes wrong in writing is the file's.
            if read_only and not isinstance(error, duckdb.IOException | duckdb.FatalException):
                raise
            what = "read" if read_only else "written (is there room on the disk?)"
            raise StoreError(f"{self.path} could not be {what}: {_first_line(error)}") from error
        finally:
            con.close()

    def _open(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        give_up_at = time.monotonic() + self._patience
        while True:
            try:
                return duckdb.connect(self.path, read_only=read_only)
            except duckdb.Error as error:
                refusal = _refusal(self.path, error)
                if not isinstance(refusal, StoreBusy) or time.monotonic() > give_up_at:
                    raise refusal from None
            time.sleep(0.02)


def _refusal(path: str, error: duckdb.Error) -> StoreError:
    """Why a file could not be opened, and what to do about it."""
    text = str(error)
    if "lock on file" in text or "different configuration" in text:
        holder = re.search(r"PID (\d+)", text)
        who = f"process {holder[1]}" if holder else "another connection"
        return StoreBusy(f"{path} is held by {who}. Wait for it to finish or close it, then try again.")
    if "not a valid DuckDB database" in text:
        return StoreUnreadable(f"{path} is not a DuckDB database. Name another file with --db.")
    if "Cannot open file" in text or "No such file" in text or "Permission denied" in text:
        return StoreError(f"{path} cannot be opened: {_first_line(error)} Does the folder exist, and is it yours?")
    return StoreUnreadable(
        f"{path} cannot be read: {_first_line(error)} Keep the file and its .wal, and restore a copy or collect into "
        "another file with --db."
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    """Undo, without hiding the error that made it necessary: DuckDB may have undone it already."""
    try:
        con.rollback()
    except duckdb.TransactionException:
        return
