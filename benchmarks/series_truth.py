"""What a file says of series, beside the sandbox's own bodies.

What each column should hold is written here once more, straight from the body, by nothing that decodes for ayne; the
file is read with DuckDB alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.processes import Figures

Body = dict[str, Any]
Row = dict[str, Any]
Rows = dict[int, Row]
Table = tuple[str, str]

#: The tables, each with the column that says to which series a row belongs.
TABLES: tuple[Table, ...] = (("series", "tmdb_id"), ("seasons", "series_id"), ("episodes", "series_id"))
#: When something was seen, which no body tells.
MOMENTS = {"first_seen_at", "summary_at", "details_at", "popularity_at"}
# Nothing is left over, nothing is gone.
_NOTHING = dict.fromkeys(("raw", "gone_at", "merged_into", "merged_at"))
# As many as can come with one request.
_AT_ONCE = 20
_SERIES_AT_ONCE = 250


def whole(details: Callable[[int, Sequence[str]], Body | None], series: int) -> Body | None:
    """The body of a series with all that its list of seasons names; None when there is no such series."""
    body = details(series, ())
    return body and details(series, [f"season/{number}" for number in numbers(body)])


def numbers(body: Body) -> list[int]:
    """The numbers of the seasons that a series has."""
    return sorted({season["season_number"] for season in body["seasons"]})


def fewest(body: Body) -> int:
    """How many requests a series takes at least, with nothing but its seasons."""
    return max(1, math.ceil(len(numbers(body)) / _AT_ONCE))


def rows(body: Body) -> dict[str, Rows]:
    """What the tables should say of a series."""
    found: dict[str, Rows] = {"series": {body["id"]: _series(body)}, "seasons": {}, "episodes": {}}
    for entry in body["seasons"]:
        season = entry | body.get(f"season/{entry['season_number']}", {})
        found["seasons"][season["id"]] = _season(body, season)
        for episode in season.get("episodes", ()):
            found["episodes"][episode["id"]] = _episode(body, season, episode)
    return found


def _series(body: Body) -> Row:
    named = {name: body[name] or None for name in ("name", "original_name", "overview", "tagline", "homepage")}
    same = ("status", "type", "in_production", "number_of_seasons", "number_of_episodes", "episode_run_time")
    also = ("original_language", "languages", "origin_country", "vote_count", "popularity", "adult", "softcore")
    return {
        "tmdb_id": body["id"],
        **named,
        **{name: body[name] for name in (*same, *also, "poster_path", "backdrop_path")},
        "first_air_date": _day(body["first_air_date"]),
        "last_air_date": _day(body["last_air_date"]),
        "vote_average": body["vote_average"] or None,
        **_to_air("last", body["last_episode_to_air"]),
        **_to_air("next", body["next_episode_to_air"]),
        "genre_ids": _each(body["genres"], "id"),
        "genres": _each(body["genres"], "name"),
        "network_ids": _each(body["networks"], "id"),
        "networks": _each(body["networks"], "name"),
        "creator_ids": _each(body["created_by"], "id"),
        "created_by": _each(body["created_by"], "name"),
        "production_company_ids": _each(body["production_companies"], "id"),
        "production_companies": _each(body["production_companies"], "name"),
        "production_countries": _each(body["production_countries"], "iso_3166_1"),
        "spoken_languages": _each(body["spoken_languages"], "iso_639_1"),
        **_NOTHING,
    }


def _season(series: Body, body: Body) -> Row:
    return {
        "tmdb_id": body["id"],
        "series_id": series["id"],
        "season_number": body["season_number"],
        "name": body["name"] or None,
        "overview": body["overview"] or None,
        "air_date": _day(body["air_date"]),
        "episode_count": body["episode_count"],
        "network_ids": _each(body.get("networks", ()), "id"),
        "networks": _each(body.get("networks", ()), "name"),
        "vote_average": body["vote_average"] or None,
        "poster_path": body["poster_path"],
        **_NOTHING,
    }


def _episode(series: Body, season: Body, body: Body) -> Row:
    same = ("season_number", "episode_number", "episode_type", "vote_count", "still_path")
    return {
        "tmdb_id": body["id"],
        "series_id": series["id"],
        "season_id": season["id"],
        **{name: body[name] for name in same},
        **{name: body[name] or None for name in ("name", "overview", "runtime", "production_code", "vote_average")},
        "air_date": _day(body["air_date"]),
        **_NOTHING,
    }


def _to_air(which: str, episode: Body | None) -> Row:
    told = episode or {}
    return {
        f"{which}_episode_id": told.get("id"),
        f"{which}_episode_on": _day(told.get("air_date")),
        f"{which}_episode_season": told.get("season_number"),
        f"{which}_episode_number": told.get("episode_number"),
    }


def _each(objects: Sequence[Body], key: str) -> list[Any]:
    return [found[key] for found in objects]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# --- the file beside it -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Comparison:
    """What was found, of all that is true.

    Attributes:
        fewest: requests for details that all series take at least.
        most: the most seasons, and the most episodes, that a series has.
    """

    counts: dict[str, Counter[str]] = field(default_factory=lambda: {table: Counter() for table, _ in TABLES})
    wrong: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    fewest: int = 0
    undated: int = 0
    most: dict[str, int] = field(default_factory=lambda: {"seasons": 0, "episodes": 0})

    def add(self, body: Body, stored: Mapping[str, Rows]) -> None:
        """Compare what is stored of a series with its body."""
        true = rows(body)
        self.fewest += fewest(body)
        self.undated += not body["first_air_date"]
        for table in self.most:
            self.most[table] = max(self.most[table], len(true[table]))
        for table, expected in true.items():
            had, count = stored[table], self.counts[table]
            count["exist"] += len(expected)
            count["missing"] += len(expected.keys() - had.keys())
            count["unexpected"] += len(had.keys() - expected.keys())
            for tmdb_id in expected.keys() & had.keys():
                count["stored"] += 1
                self._compare(table, expected[tmdb_id], had[tmdb_id])

    def _compare(self, table: str, expected: Row, had: Row) -> None:
        if had.keys() - MOMENTS != expected.keys():
            raise RuntimeError(f"{table} has other columns than are compared: {had.keys() ^ expected.keys()}")
        self.columns[table] = len(expected)
        for name, value in expected.items():
            if had[name] != value:
                self.wrong[f"{table}.{name}"] += 1
                if len(self.examples) < 5:
                    self.examples.append(f"{table}.{name} of {had['tmdb_id']}: {had[name]!r}, not {value!r}")

    def told(self) -> Figures:
        """As figures."""
        return {
            **{table: dict(count) for table, count in self.counts.items()},
            "missing": sum(count["missing"] for count in self.counts.values()),
            "unexpected": sum(count["unexpected"] for count in self.counts.values()),
            "columns": self.columns,
            "wrong": self.wrong.total(),
            "wrong_by_column": dict(self.wrong),
            "examples": self.examples,
            "undated": self.undated,
            "most_seasons": self.most["seasons"],
            "most_episodes": self.most["episodes"],
        }


def compared(path: Path, bodies: Iterator[Body]) -> Comparison:
    """Compare a file with the bodies of all series there are, which come in the order of their ids."""
    found = Comparison()
    with _opened(path) as con:
        known = [series for (series,) in con.execute("SELECT tmdb_id FROM series ORDER BY ALL").fetchall()]
        unexpected = set(known)
        batch: list[Body] = []
        for body in bodies:
            unexpected.discard(body["id"])
            batch.append(body)
            if len(batch) == _SERIES_AT_ONCE:
                _add(found, con, batch)
                batch = []
        _add(found, con, batch)
    found.counts["series"]["unexpected"] += len(unexpected)
    return found


def _add(found: Comparison, con: duckdb.DuckDBPyConnection, batch: list[Body]) -> None:
    ids = [body["id"] for body in batch]
    stored: dict[int, dict[str, Rows]] = {series: {table: {} for table, _ in TABLES} for series in ids}
    for table, owner in TABLES:
        result = con.execute(f"SELECT * FROM {table} WHERE list_contains($1, {owner})", [ids])  # noqa: S608 - our own names
        names = [column[0] for column in result.description or ()]
        for values in result.fetchall():
            row = dict(zip(names, values, strict=True))
            stored[row[owner]][table][row["tmdb_id"]] = row
    for body in batch:
        found.add(body, stored[body["id"]])


def differences(first: Path, second: Path) -> int:
    """How many rows of two files are not in the other: of series, seasons and episodes, moments left out."""
    found = 0
    with _opened(first) as con:
        con.execute(f"ATTACH '{second}' AS other (READ_ONLY)")
        for table, _ in TABLES:
            names = [name for name, *_ in con.execute(f"DESCRIBE {table}").fetchall()]
            chosen = f"SELECT {', '.join(name for name in names if name not in MOMENTS)}"
            for one, two in ((table, f"other.{table}"), (f"other.{table}", table)):
                asked = f"SELECT count(*) FROM ({chosen} FROM {one} EXCEPT ALL {chosen} FROM {two})"  # noqa: S608 - our own names
                ((count,),) = con.execute(asked).fetchall()
                found += count
    return found


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(path), read_only=True) as con:
        yield con
