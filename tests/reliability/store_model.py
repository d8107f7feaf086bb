"""What the store is said to do, in plain Python: dicts in place of tables, and one rule after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb.changes import DayOfChanges
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, MovieSummary, Unchanged
from ayne.database.rows import to_utc

# What a list row says of a film, of what is compared here.
LISTED = ("title", "overview", "release_date", "vote_average", "vote_count", "popularity")
# What only details say.
DETAILED = ("imdb_id", "runtime", "budget", "revenue", "status", "tagline")
FOLLOWED = ("vote_count", "vote_average", "popularity", "revenue", "budget", "status")

_LIST_IS_SLOW = timedelta(days=2)
_CACHE = timedelta(hours=8)

Values = dict[str, Any]


@dataclass(slots=True)
class Film:
    """A row of ``movies``."""

    first_seen_at: datetime
    values: Values = field(default_factory=lambda: dict.fromkeys(LISTED + DETAILED))
    summary_at: datetime | None = None
    details_at: datetime | None = None
    popularity_at: datetime | None = None
    gone_at: datetime | None = None
    merged_into: int | None = None
    merged_at: datetime | None = None

    def welcome_back(self, seen_at: datetime, after: timedelta = timedelta(0)) -> None:
        """It is there again, if that was said so long after it was said to be gone or merged."""
        if self.gone_at and self._is_past(self.gone_at, seen_at, after):
            self.gone_at = None
        if self.merged_at and self._is_past(self.merged_at, seen_at, after):
            self.merged_into = self.merged_at = None

    @staticmethod
    def _is_past(moment: datetime, seen_at: datetime, after: timedelta) -> bool:
        return seen_at > moment + after if after else seen_at >= moment


@dataclass(frozen=True, slots=True)
class Observation:
    """A row of ``movie_history``."""

    at: datetime
    values: tuple[Any, ...]
    gone: bool = False
    merged_into: int | None = None

    @property
    def is_away(self) -> bool:
        return self.gone or self.merged_into is not None


@dataclass(frozen=True, slots=True)
class Change:
    """A row of ``changed``."""

    changed_by: datetime
    safe_at: datetime
    not_before: datetime
    seen_at: datetime


@dataclass(slots=True)
class Model:
    """The whole store."""

    films: dict[int, Film] = field(default_factory=dict)
    listed: set[tuple[int, int]] = field(default_factory=set)
    parts: dict[tuple[int, str], tuple[datetime, list[int]]] = field(default_factory=dict)
    answers: list[tuple[int, tuple[str, ...], datetime]] = field(default_factory=list)
    etags: dict[int, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    history: dict[int, list[Observation]] = field(default_factory=dict)
    changed: dict[int, Change] = field(default_factory=dict)
    watermark: date | None = None
    ratings: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    spent: dict[date, int] = field(default_factory=dict)

    # --- a commit -------------------------------------------------------------------------------------------------

    def commit(self, batch: Commit, now: datetime) -> None:
        for film in {film["tmdb_id"]: film for page in batch.pages for film in page.results}.values():
            self.listed.add((batch.sweep_id or 0, film["tmdb_id"]))
            self._list(film, now)
        for details in {film["tmdb_id"]: film for film in batch.details}.values():
            self._detail(details, now)
        for seen in {film.tmdb_id: film for film in batch.unchanged}.values():
            self._confirm(seen)
        failures = {int(failure.tmdb_id): failure for failure, _ in batch.failures}
        # A film cannot be gone and merged by one answer, so the order does not matter.
        for failure in failures.values():
            self._fail(failure, now)

    def _list(self, row: MovieSummary, now: datetime) -> None:
        tmdb_id, at = row["tmdb_id"], _moment(row)
        film = self.films.get(tmdb_id)
        certain = film and film.details_at and film.details_at + _LIST_IS_SLOW
        if film and any(known and known > at for known in (certain, film.summary_at, film.gone_at)):
            return
        film = self.films.setdefault(tmdb_id, Film(now))
        said = {name: value for name in LISTED if (value := _value(name, row)) is not None}
        midnight = datetime.combine(at.date(), time())
        if film.popularity_at and film.popularity_at > midnight:
            said.pop("popularity", None)
        elif "popularity" in said:
            film.popularity_at = midnight
        if any(film.values[name] != value for name, value in said.items()):
            self.etags.pop(tmdb_id, None)
        film.values.update(said)
        film.summary_at = at
        film.welcome_back(at, _LIST_IS_SLOW)
        if film.gone_at is None and film.merged_into is None:
            self._observe_list(tmdb_id, midnight, film)

    def _detail(self, row: MovieDetails, now: datetime) -> None:
        tmdb_id, at = row["tmdb_id"], _moment(row)
        asked = tuple(sorted(row["parts"]))
        self.failures.pop(tmdb_id, None)
        self._settle(tmdb_id, at)
        self.etags.pop(tmdb_id, None)
        film = self.films.setdefault(tmdb_id, Film(now))
        is_outdated = film.details_at is not None and film.details_at > at
        newer = [part for part in asked if (tmdb_id, part) not in self.parts or self.parts[tmdb_id, part][0] <= at]
        for part in newer if is_outdated else asked:
            self.parts[tmdb_id, part] = (at, _words(row["parts"][part]))
        if is_outdated:
            if newer and "body" in row:
                self.answers.append((tmdb_id, asked, at))
            return
        values = {name: _value(name, row) for name in LISTED + DETAILED}
        self._observe(tmdb_id, at, tuple(values[name] for name in FOLLOWED))
        if film.popularity_at and film.popularity_at > at:
            values["popularity"] = film.values["popularity"]
        else:
            film.popularity_at = at if values["popularity"] is not None else None
        film.values = values
        film.details_at = at
        film.welcome_back(at)
        self.answers = [held for held in self.answers if held[0] != tmdb_id or not set(held[1]) <= set(asked)]
        if "body" in row:
            self.answers.append((tmdb_id, asked, at))
        if etag := row.get("etag"):
            self.etags[tmdb_id] = (asked, etag)

    def _confirm(self, seen: Unchanged) -> None:
        tmdb_id, at, parts = seen.tmdb_id, to_utc(seen.observed_at), tuple(sorted(seen.parts))
        self._note_return(tmdb_id, at)
        film = self.films.get(tmdb_id)
        if film and film.details_at and film.details_at <= at:
            film.popularity_at = at if film.popularity_at == film.details_at else film.popularity_at
            film.details_at = at
            film.welcome_back(at)
        for part in parts:
            if (held := self.parts.get((tmdb_id, part))) and held[0] < at:
                self.parts[tmdb_id, part] = (at, held[1])
        self.answers = [
            (held, asked, at if held == tmdb_id and asked == parts and made < at else made)
            for held, asked, made in self.answers
        ]
        self.failures.pop(tmdb_id, None)
        self._settle(tmdb_id, at)

    def _fail(self, failure: FetchFailure, now: datetime) -> None:
        tmdb_id = int(failure.tmdb_id)
        self.failures.pop(tmdb_id, None)
        if not failure.gone and failure.merged_into is None:
            self.failures[tmdb_id] = failure.reason
            return
        at = to_utc(failure.observed_at) if failure.observed_at else now
        self._settle(tmdb_id, at)
        film = self.films.get(tmdb_id)
        if film is None:
            return
        if any(known and known > at for known in (film.details_at, film.gone_at, film.merged_at)):
            if film.details_at and film.details_at > at:
                self.failures[tmdb_id] = failure.reason
            return
        self._note_mark(tmdb_id, at, failure.merged_into)
        if failure.gone:
            film.gone_at = at
        else:
            film.merged_into, film.merged_at, film.gone_at = failure.merged_into, at, None

    # --- what is remembered ---------------------------------------------------------------------------------------

    def _last(self, tmdb_id: int, until: datetime | None = None) -> Observation | None:
        held = [row for row in self.history.get(tmdb_id, ()) if until is None or row.at <= until]
        # Of equal moments the one that was written last.
        return max(enumerate(held), key=lambda pair: (pair[1].at, pair[0]))[1] if held else None

    def _add(self, tmdb_id: int, row: Observation) -> None:
        self.history.setdefault(tmdb_id, []).append(row)

    def _observe(self, tmdb_id: int, at: datetime, values: tuple[Any, ...]) -> None:
        last = self._last(tmdb_id, at)
        if last is None or last.is_away or last.values != values:
            self._add(tmdb_id, Observation(at, values))

    def _observe_list(self, tmdb_id: int, at: datetime, film: Film) -> None:
        if last := self._last(tmdb_id, at):
            known = zip(FOLLOWED, last.values, strict=True)
            values = tuple(film.values[name] if name in LISTED else value for name, value in known)
            if last.is_away or last.values != values:
                self._add(tmdb_id, Observation(at, values))

    def _note_mark(self, tmdb_id: int, at: datetime, target: int | None) -> None:
        last = self._last(tmdb_id)
        values = last.values if last else (None,) * len(FOLLOWED)
        into = target if target is not None else last.merged_into if last else None
        mark = Observation(at, values, target is None, into)
        if last is None or (last.gone, last.merged_into) != (mark.gone, mark.merged_into):
            self._add(tmdb_id, mark)

    def _note_return(self, tmdb_id: int, at: datetime) -> None:
        last = self._last(tmdb_id)
        if last and last.is_away and last.at <= at:
            self._add(tmdb_id, Observation(at, last.values))

    # --- the change feed ------------------------------------------------------------------------------------------

    def _settle(self, tmdb_id: int, at: datetime) -> None:
        if change := self.changed.get(tmdb_id):
            if at >= change.safe_at:
                del self.changed[tmdb_id]
            else:
                self.changed[tmdb_id] = replace(change, not_before=max(change.safe_at, at + _CACHE))

    def enter_changes(self, day: DayOfChanges, now: datetime) -> tuple[int, int]:
        ours = others = 0
        moments = [to_utc(moment) for moment in (day.changed_by, day.safe_at, day.not_before)]
        for tmdb_id in set(day.films):
            film = self.films.get(tmdb_id)
            answered = [moment for moment in (film.details_at, film.gone_at) if moment] if film else []
            if not (answered or tmdb_id in day.may_add) or (answered and max(answered) >= moments[1]):
                continue
            known = self.changed.get(tmdb_id)
            ours += bool(answered) and known is None
            others += not answered and known is None
            held = (known.changed_by, known.safe_at, known.not_before) if known else moments
            changed_by, safe_at, not_before = (max(pair) for pair in zip(held, moments, strict=True))
            self.changed[tmdb_id] = Change(changed_by, safe_at, not_before, known.seen_at if known else now)
        if day.complete:
            self.watermark = day.day
        return ours, others

    # --- purges ---------------------------------------------------------------------------------------------------

    def purge(self, before: datetime, *, history: bool) -> None:
        for tmdb_id, film in self.films.items():
            is_old = film.details_at is not None and film.details_at < before
            newest = self._last(tmdb_id)
            self.history[tmdb_id] = [
                row
                for row in self.history.get(tmdb_id, ())
                if not is_old and (row is newest or not history or row.at >= before)
            ]
            if is_old:
                self.etags.pop(tmdb_id, None)
            known = [moment for moment in (film.details_at, film.summary_at) if moment]
            if known and max(known) < before:
                film.values = dict.fromkeys(film.values)
                film.details_at = film.summary_at = film.popularity_at = None
            elif is_old:
                film.values.update(dict.fromkeys(DETAILED))
                film.details_at = None
        self.parts = {key: held for key, held in self.parts.items() if held[0] >= before}
        self.answers = [held for held in self.answers if held[2] >= before]

    # --- the same as tables -----------------------------------------------------------------------------------------

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the store should hold, sorted."""
        found: dict[str, Iterable[tuple[Any, ...]]] = {
            "movies": (
                (
                    tmdb_id,
                    *(film.values[name] for name in LISTED + DETAILED),
                    film.first_seen_at,
                    film.summary_at,
                    film.details_at,
                    film.popularity_at,
                    film.gone_at,
                    film.merged_into,
                    film.merged_at,
                )
                for tmdb_id, film in self.films.items()
            ),
            "listed": self.listed,
            "parts": ((tmdb_id, part, at) for (tmdb_id, part), (at, _) in self.parts.items()),
            "keywords": (
                (tmdb_id, word)
                for (tmdb_id, part), (_, words) in self.parts.items()
                if part == "keywords"
                for word in words
            ),
            "raw": ((tmdb_id, list(asked), at) for tmdb_id, asked, at in self.answers),
            "etags": ((tmdb_id, list(asked), etag) for tmdb_id, (asked, etag) in self.etags.items()),
            "failures": self.failures.items(),
            "movie_history": (
                (tmdb_id, row.at, *row.values, row.gone, row.merged_into)
                for tmdb_id, held in self.history.items()
                for row in held
            ),
            "changed": (
                (tmdb_id, row.changed_by, row.safe_at, row.not_before, row.seen_at)
                for tmdb_id, row in self.changed.items()
            ),
            "change_feed": [(self.watermark,)] if self.watermark else [],
            "ratings": ((imdb_id, *held) for imdb_id, held in self.ratings.items()),
            "allowance": self.spent.items(),
        }
        return {name: sorted(rows, key=repr) for name, rows in found.items()}


def _moment(row: MovieSummary | MovieDetails) -> datetime:
    return to_utc(datetime.fromisoformat(row["observed_at"]))


def _value(name: str, row: Any) -> Any:
    value = row[name]
    return date.fromisoformat(value) if name == "release_date" and value else value


def _words(part: Any) -> list[int]:
    return [word["id"] for word in (part or {}).get("keywords", [])]
