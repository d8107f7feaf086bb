"""The DuckDB file: films, and how far the collection of them is.

Rows and the progress they stand for are one transaction: a file is never ahead of its films, nor behind. The file is
held only for as long as a call takes, so that in between, which is nearly always, ``ayne status``, ``ayne sql`` or a
notebook can have it.

The class is synchronous. Whoever must not wait calls it from a thread of its own, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ayne.data_collection.commit import Commit, KeptAnswer, MaybeDue, Rebuilt, StoredCopy
from ayne.data_collection.tmdb.coverage import Sweep, SweepPlan
from ayne.data_collection.tmdb.models import MovieDetails
from ayne.database import commits, delta_tables, given, history, object_storage, rows, table_files
from ayne.database.census import CensusTables
from ayne.database.changes import ChangeTables, settle_changed
from ayne.database.connection import interruptible
from ayne.database.delta_tables import SharedTable
from ayne.database.file import Rows
from ayne.database.given import GivenTables
from ayne.database.history import HistoryTables
from ayne.database.ratings import RatingTables
from ayne.database.relations import RelationTables
from ayne.database.statements import statements
from ayne.errors import ConfigurationError

__all__ = ["DuckDBClient", "Rows"]

# Rows that are read at a time where there may be a million.
_ROWS_AT_ONCE = 5_000


class DuckDBClient(CensusTables, ChangeTables, GivenTables, HistoryTables, RatingTables, RelationTables):
    """Films in a DuckDB file.

    Args:
        path: the file; by default ``AYNE_DB`` or ``films.duckdb``; ``":memory:"`` for none. It is made, or brought up
            to date, by the first write.
        patience: seconds to wait for another process that holds the file.
        clock: what says when a film was first seen.
        on_wait: called again and again while another process holds the file, with what would be raised in the end and
            the seconds waited so far; when it raises, the waiting is over.

    Example:
        >>> db = DuckDBClient(":memory:")
        >>> db.query("SELECT count(*) AS films FROM movies").as_dicts()
        [{'films': 0}]
    """

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
                settle_changed(con, seen)
            if batch.failures:
                commits.store_failures(con, batch.failures, now)
            if batch.answers and batch.given_list:
                given.store_answers(con, batch.given_list, batch.answers, now)

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

    def begin_run(self, version: str, plan: dict[str, Any], now: datetime) -> int:
        """Enter a run; its number.

        Raises:
            ConfigurationError: the file holds films of another server, or in another language.
        """
        language = (plan.get("query") or {}).get("language") or "en-US"
        with self._transaction() as con:
            values = {"server": plan.get("server"), "language": language}
            for server, spoken, has_films in con.execute(statements()["last_asked"], values).fetchall():
                if has_films:
                    raise ConfigurationError(
                        f"{self.path} holds films of {server} in {spoken or 'en-US'}; these would be of "
                        f"{plan.get('server')} in {language}. Collect them into another file with --db."
                    )
                con.execute(statements()["forget_what_was_learned"])
            values = {"version": version, "plan": rows.as_json(plan), "now": rows.to_utc(now)}
            ((run_id,),) = con.execute(statements()["begin_run"], values).fetchall()
        return int(run_id)

    def finish_run(self, run_id: int, outcome: str, report: dict[str, Any], now: datetime) -> None:
        """Note how a run ended."""
        with self._transaction() as con:
            values = {"run_id": run_id, "outcome": outcome, "report": rows.as_json(report), "now": rows.to_utc(now)}
            con.execute(statements()["finish_run"], values)

    # --- reading --------------------------------------------------------------------------------------------------

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
            adult=plan.include_adult,
            video=plan.include_video,
        )
        return dict(found.rows)

    def coverage(self, sweep_id: int) -> dict[str, int]:
        """What TMDB reported for a sweep's ranges and what is there: ``films``, ``reported``, and ranges by state."""
        return self.named("coverage", sweep_id=sweep_id).as_dicts()[0]

    def ids_without_details(self, sweep_id: int, now: datetime, most: int | None = None) -> list[int]:
        """Films a sweep listed whose details are missing and may be asked for now, most voted first."""
        return self.ids("ids_without_details", most, sweep_id=sweep_id, now=rows.to_utc(now))

    def count_without_details(self, sweep_id: int, now: datetime) -> int:
        """How many films :meth:`ids_without_details` would find."""
        return self.count("ids_without_details", sweep_id=sweep_id, now=rows.to_utc(now))

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
        return self.ids("ids_without_parts", most, sweep_id=sweep_id, names=list(parts), now=rows.to_utc(now))

    def count_without_parts(self, sweep_id: int, parts: Sequence[str], now: datetime) -> int:
        """How many films :meth:`ids_without_parts` would find."""
        if not parts:
            return 0
        return self.count("ids_without_parts", sweep_id=sweep_id, names=list(parts), now=rows.to_utc(now))

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

    def movie(self, movie_id: int | str) -> dict[str, Any] | None:
        """One stored film by TMDB id, or by IMDb id when it is a text; None when it is not stored."""
        name = "movie_by_tmdb_id" if isinstance(movie_id, int) else "movie_by_imdb_id"
        found = self.named(name, id=movie_id).as_dicts()
        return found[0] if found else None

    def export(
        self, folder: Path, form: str, *, by_year: bool = False, verbatim: bool = False
    ) -> list[tuple[str, int, Path]]:
        """Write the films, and each table of parts that has rows, to files, which appear when all are whole.

        ``schema.json`` beside them says what each table and column holds, and lists the files with their SHA-256;
        Parquet files say what columns hold in their metadata, too. Files that it lists are replaced, no others.

        A CSV file is written for spreadsheets: it begins with a byte order mark, lists are joined by ``"; "``, and a
        text that begins with one of ``= + - @ '``, be it behind blanks or a semicolon, or with a tab or a line break,
        gets an apostrophe in front, so that no
        spreadsheet takes it for a formula. Whoever takes one apostrophe away from texts that begin with one has them
        as they were.

        Args:
            folder: where to; made when it is not there.
            form: ``parquet``, ``csv`` or ``jsonl``.
            by_year: the films as a folder of Parquet files, one for each year of release, as
                ``movies/year=2024/data_0.parquet``.
            verbatim: CSV as DuckDB writes it, for programs.

        Returns:
            The name of each table, its rows, and its file or folder.

        Raises:
            ValueError: there is no such form, or it has no such option.
            ConfigurationError: something is in the way that no export wrote, or that was changed since; nothing was
                written.
            SharedStorageBusy: another export is writing to the folder.
            OSError: the folder cannot be written to.
        """
        table_files.check_form(form, by_year=by_year, verbatim=verbatim)
        with self._reading(into=folder) as con, self._as_made():
            return interruptible(con, lambda: table_files.write(con, folder, form, by_year=by_year, verbatim=verbatim))

    def export_delta(self, out: str | Path) -> list[SharedTable]:
        """Bring the films, and each table of parts that has rows, into Delta tables that other programs read.

        Each is partitioned by year of release (``release_year``, NULL for films without a date), and a partition is
        written only when it changed since the last export. A table changes in one commit: a reader finds it as it was
        or as it is now, whatever becomes of the export. Several tables are several commits; the films come last.

        The file is held only until what changed is copied, into a temporary folder that must have room for it.

        Args:
            out: an address like ``s3://bucket/films``, or a folder; each table lies below it under its name.
                Credentials come from the environment, ``AWS_ACCESS_KEY_ID`` and the like.

        Returns:
            What came of each table.

        Raises:
            ConfigurationError: the extra ``ayne[delta]`` is not installed, there is no such bucket, the credentials do
                not do, or somebody else's table lies there.
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
        found = delta_tables.look(place)
        with TemporaryDirectory(prefix="ayne-") as name:
            folder = Path(name)
            with self._reading(into=folder) as con, self._as_made():
                staged = interruptible(con, lambda: delta_tables.stage(con, found, folder))
            return list(delta_tables.share(place, found, staged))
